"""What is believed in one scope: testimonies in, facts, entities and effects of changes out; kept current in steps."""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import RLock
from typing import Self

from remanence.distill.entities import Directory, Owner, key_of, owner_of, resolve
from remanence.distill.reconcile import Naming, Slot, Statement, begins, settle
from remanence.distill.relations import ENTITIES, Registry, Relation
from remanence.language.analyse import normalise, terms
from remanence.language.when import find_times
from remanence.ports import Mark, Store
from remanence.types import BY_HAND, Action, Effect, Entity, Fact, Scope, Stance, Status, Testimony

CORRECTION = "correction"
"""The relation of a correction that does not say of what."""
SCOPES = 64
"""Scopes whose beliefs are kept in memory; the least recently asked is worked out anew."""

SOME_DAY = datetime(2024, 6, 30, tzinfo=UTC)
"""When a birthday without a year is taken to be told: only its month and day are kept, and this year has all days."""
_YEAR = re.compile(r"\b\d{4}\b|\d{4}年")

Owned = tuple[Owner, Slot]
Field = tuple[Owner, str, str, str]
"""Owner, subject, relation or group, qualifier: the slots that a statement without an object may mean."""


class Beliefs:
    """The facts that follow from testimonies: slots are settled when they are asked for, and anew when more is said."""

    def __init__(self, registry: Registry, testimonies: Iterable[Testimony] = ()) -> None:
        self.registry = registry
        self._said: dict[int, tuple[Testimony, ...]] = {}
        self._directory = Directory()
        self._slots: dict[Owned, list[Statement]] = {}
        self._open: dict[Field, list[Statement]] = {}
        self._fields: dict[Field, set[Owned]] = {}
        self._subjects: dict[str, set[Owned]] = {}
        self._settled: dict[Owned, list[Fact]] = {}
        self._righted: dict[Owned, set[Owned]] = {}
        self._unplaced: list[Testimony] = []
        self._with_term: dict[str, set[Owned]] = {}
        self._beside: dict[str, set[str]] = {}
        self._places: dict[str, int] = {}
        self._named: dict[str, set[str]] | None = None
        self._is_stale = False
        self._lock = RLock()
        self.learn(testimonies)

    # ------------------------------------------------------------------ learning

    def learn(self, testimonies: Iterable[Testimony], gone: Iterable[int] = ()) -> None:
        """Take over what was said; `gone` are places whose earlier testimonies no longer hold as they were."""
        fresh: dict[int, list[Testimony]] = defaultdict(list)
        for testimony in testimonies:
            if testimony.claim.relation in self.registry:  # a file of relations may have been taken away since
                fresh[testimony.seq].append(testimony)
        with self._lock:
            changed = {seq: said for seq in {*gone, *fresh} if self._said.get(seq, ()) != (said := tuple(fresh.get(seq, ())))}
            is_rewritten = any(seq in self._said for seq in changed)
            self._said.update(changed)
            new = [testimony for said in changed.values() for testimony in said]
            known = self._believed(new)
            renames = [self._directory.hear(testimony, self.registry) for testimony in known]
            self._is_stale |= is_rewritten or any(renames) or any(map(self._meets_correction, known))
            if not self._is_stale:
                for testimony in known:
                    self._name(testimony)
                    self._place(testimony)

    def _believed(self, testimonies: Iterable[Testimony]) -> list[Testimony]:
        return [counted for testimony in testimonies if (counted := believed(testimony, self.registry)) is not None]

    def _name(self, testimony: Testimony) -> None:
        """Enter those whom a testimony names in the index of names, if there is one."""
        claim, owner = testimony.claim, owner_of(testimony)
        if self._named is not None:
            is_entity = self.registry[claim.relation].object in ENTITIES
            for name in (claim.subject, claim.object if is_entity else ""):
                if name:
                    self._named[key_of(name)].add(self._directory.entity(owner, name))

    def _fresh(self) -> None:
        """Rebuild everything after names have changed their meaning, or words were taken away."""
        if not self._is_stale:
            return
        known = self._believed(self.testimonies())
        self._directory = resolve(known, self.registry)
        self._slots, self._open, self._fields, self._subjects, self._settled = {}, {}, {}, {}, {}
        self._unplaced = []
        self._righted, self._with_term, self._beside, self._places, self._named = {}, {}, {}, {}, None
        self._is_stale = False
        for testimony in known:
            self._place(testimony)
        for correction in sorted(self._unplaced, key=lambda testimony: (testimony.said_at, testimony.seq)):
            self._place_where_meant(correction, known)

    def _meets_correction(self, testimony: Testimony) -> bool:
        """Whether it is a correction that does not say of what, or may be what one of these is about."""
        wrong = {_words(correction.claim.replaces) for correction in self._unplaced}
        return testimony.claim.relation == CORRECTION or _words(testimony.claim.object) in wrong

    def _place_where_meant(self, correction: Testimony, known: Sequence[Testimony]) -> None:
        """File a correction under the slot of the latest claim before it whose object it takes back; of the same speaker, if any."""
        wrong, owner = _words(correction.claim.replaces), owner_of(correction)
        before = [
            one for one in known
            if (one.said_at, one.seq) < (correction.said_at, correction.seq) and owner_of(one) == owner
            and one.claim.relation != CORRECTION and _words(one.claim.object) == wrong and one.claim.stance is Stance.AFFIRM
        ]  # fmt: skip
        meant = max(before, key=lambda one: (one.speaker == correction.speaker, one.said_at, one.seq), default=None)
        if meant is not None and wrong:
            said = meant.claim
            claim = replace(correction.claim, subject=said.subject, relation=said.relation, qualifier=said.qualifier)
            self._place(replace(correction, claim=claim))

    def _place(self, testimony: Testimony) -> None:
        """File a testimony under the slots that it bears on."""
        claim, owner = testimony.claim, owner_of(testimony)
        if claim.relation == CORRECTION:
            self._unplaced.append(testimony)
            return
        relation = self.registry[claim.relation]
        subject = self._directory.entity(owner, claim.subject)
        speaker = None if testimony.speaker is None else self._directory.entity(owner, testimony.speaker)
        field = (owner, subject, relation.group or relation.name, key_of(claim.qualifier))
        statement = Statement(
            testimony, value=self._value(owner, relation, claim.object), replaces=self._value(owner, relation, claim.replaces),
            speaker=speaker, object_entity=self._object_entity(owner, relation, claim.object),
            is_own=testimony.source == BY_HAND or speaker == self._directory.entity(owner, claim.subject.partition("/")[0]),
        )  # fmt: skip
        if relation.is_single:
            self._add((owner, Slot(*field[1:])), field, statement)
        elif not claim.object:
            self._open.setdefault(field, []).append(statement)
            for slot in self._fields.get(field, ()):
                self._settled.pop(slot, None)
        else:
            value = relation.name if relation.group else statement.value
            own = replace(statement, value=value, replaces="")
            self._add((owner, Slot(*field[1:], statement.value)), field, own)
            if claim.stance is Stance.CORRECT and statement.replaces:
                wrong = replace(testimony, claim=replace(claim, stance=Stance.RETRACT, object=claim.replaces, replaces=""))
                taken = replace(own, testimony=wrong, value="" if relation.group else statement.replaces)
                wrong_slot = (owner, Slot(*field[1:], statement.replaces))
                self._righted.setdefault(wrong_slot, set()).add((owner, Slot(*field[1:], statement.value)))
                self._add(wrong_slot, field, taken)

    def _add(self, slot: Owned, field: Field, statement: Statement) -> None:
        self._slots.setdefault(slot, []).append(statement)
        self._fields.setdefault(field, set()).add(slot)
        self._subjects.setdefault(slot[1].subject, set()).add(slot)
        for stale in (slot, *self._righted.get(slot, ())):
            self._settled.pop(stale, None)
        self._places[statement.testimony.episode] = statement.testimony.seq
        for term in terms(statement.claim.object):
            self._with_term.setdefault(term, set()).add(slot)
        if (other := statement.object_entity) is not None:
            self._subjects.setdefault(other, set())
            self._beside.setdefault(slot[1].subject, set()).add(other)
            self._beside.setdefault(other, set()).add(slot[1].subject)

    def _value(self, owner: Owner, relation: Relation, object: str) -> str:
        """What of an object is compared: who or what it names, or its words by their stems."""
        if not object:
            return ""
        if relation.object == "person":
            return self._directory.entity(owner, object)
        return (_day(object) if relation.object == "date" else "") or _words(object)

    def _object_entity(self, owner: Owner, relation: Relation, object: str) -> str | None:
        return self._directory.entity(owner, object) if object and relation.object in ENTITIES else None

    # ------------------------------------------------------------------ reading

    def facts(
        self, subject: str | None = None, relation: str | None = None, *, as_of: datetime, statuses: Container[Status] | None = None
    ) -> list[Fact]:
        """Facts as they stand at `as_of`, oldest first: of one entity (by id), of one relation, with one of `statuses`."""
        group = None if relation is None else self.registry[relation].group or relation
        with self._lock:
            self._fresh()
            slots = self._slots if subject is None else self._subjects.get(subject, ())
            found = [fact for slot in slots if group in (None, slot[1].relation) for fact in self._of_slot(slot)]
        seen = (standing_at(fact, as_of) for fact in found if relation in (None, fact.relation))
        kept = [fact for fact in seen if statuses is None or fact.status in statuses]
        return sorted(kept, key=lambda fact: (fact.valid_from is not None, fact.valid_from or as_of, fact.id))

    def _of_slot(self, slot: Owned) -> list[Fact]:
        if slot not in self._settled:
            owner, inner = slot
            open_to_all = [
                replace(statement, value="") for statement in self._open.get((owner, inner.subject, inner.relation, inner.qualifier), ())
            ]
            said = [*(self._dated(statement, slot) for statement in self._slots[slot]), *open_to_all]
            first = said[0].testimony.claim
            self._settled[slot] = settle(inner, said, self.registry, Naming(self._directory.shown(owner, first.subject), owner))
        return self._settled[slot]

    def _dated(self, statement: Statement, slot: Owned) -> Statement:
        """A correction of one of many values holds from when the wrong one was thought to."""
        claim = statement.claim
        if claim.stance is not Stance.CORRECT or not claim.replaces or claim.valid_from is not None or not slot[1].object:
            return statement
        wrong = self._slots.get((slot[0], slot[1]._replace(object=self._replaced(statement, slot))), ())
        since = [begins(other) for other in wrong if other.order < statement.order and other.claim.stance is Stance.AFFIRM]
        if not since:
            return statement
        return replace(statement, testimony=replace(statement.testimony, claim=replace(claim, valid_from=min(since))))

    def _replaced(self, statement: Statement, slot: Owned) -> str:
        return self._value(slot[0], self.registry[statement.claim.relation], statement.claim.replaces)

    def entities(self) -> list[Entity]:
        """All who and what is named, with how many slots speak of each."""
        with self._lock:
            self._fresh()
            return [replace(entity, facts=len(self._subjects.get(entity.id, ()))) for entity in self._directory.entities()]

    def named(self, name: str) -> list[Entity]:
        """The entities that go by `name` or have this id."""
        wanted = key_of(name)
        return [one for one in self.entities() if one.id == name or wanted in {key_of(alias) for alias in (one.name, *one.aliases)}]

    @contextmanager
    def at_rest(self) -> Iterator[Self]:
        """These beliefs, up to date and not changing while one looks closer."""
        with self._lock:
            self._fresh()
            yield self

    def names(self) -> Mapping[str, set[str]]:
        """Names as they are compared, to the ids of those who go by them."""
        if self._named is None:
            self._named = defaultdict(set)
            for entity in self._directory.entities():
                for name in (entity.name, *entity.aliases):
                    self._named[key_of(name)].add(entity.id)
        return self._named

    def slots_of(self, entity: str) -> Set[Owned]:
        """The slots whose subject an entity is."""
        return self._subjects.get(entity, frozenset())

    def slots_with(self, term: str) -> Set[Owned]:
        """The slots with an object that holds a term."""
        return self._with_term.get(term, frozenset())

    def neighbours(self, entity: str) -> Set[str]:
        """The entities that share a fact with an entity."""
        return self._beside.get(entity, frozenset())

    def settled(self, slot: Owned) -> list[Fact]:
        """The facts of one slot."""
        return self._of_slot(slot)

    def place(self, episode: str) -> int | None:
        """Where in the store an episode stands that claims something."""
        return self._places.get(episode)

    def shared(self, words: Container[str], fact: Fact) -> float:
        """The share of the terms of a fact's object that are among `words`."""
        held = terms(fact.object)
        return sum(term in words for term in held) / len(held) if held else 0.0

    def testimonies(self) -> Iterator[Testimony]:
        """Everything that was said, in the order recorded."""
        return (testimony for seq in sorted(self._said) for testimony in self._said[seq])

    def all_facts(self) -> Mapping[str, Fact]:
        """Every fact by its id, whatever its standing, without regard to a moment."""
        with self._lock:
            self._fresh()
            return {fact.id: fact for slot in self._slots for fact in self._of_slot(slot)}


class Believing:
    """Beliefs of scopes, kept current with their store. Past states of knowledge are worked out when asked for."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self.registry = registry
        self._store = store
        self._held: OrderedDict[Scope, tuple[Mark, Beliefs]] = OrderedDict()
        self._too_many: set[Scope] = set()
        self._lock = RLock()

    def of(self, scope: Scope, known_at: datetime | None = None) -> Beliefs:
        """What follows from all that was heard in `scope` by `known_at` (default: so far)."""
        with self._lock:
            current = self._current(scope)
            assert current is not None, "without a limit beliefs are always worked out"
            if known_at is None:
                return current
            return Beliefs(self.registry, (one for said in current.testimonies() if (one := heard_by(said, known_at)) is not None))

    def within(self, scope: Scope, most: int, known_at: datetime | None = None) -> Beliefs | None:
        """The same, unless more than `most` claims would have to be read for it first."""
        with self._lock:
            if scope in self._too_many or self._current(scope, most) is None:
                self._too_many.add(scope)
                return None
        return self.of(scope, known_at)

    def _current(self, scope: Scope, most: int | None = None) -> Beliefs | None:
        """The beliefs of `scope` as they are; `None` where more than `most` claims are to be read."""
        mark = self._store.mark()
        held = self._held.get(scope)
        if held is not None and held[0] == mark:
            return held[1]
        if held is None or held[0].generation != mark.generation:
            told = list(self._store.testimonies(scope) if most is None else islice(self._store.testimonies(scope), most + 1))
            if most is not None and len(told) > most:
                return None
            beliefs = Beliefs(self.registry, told)
        else:
            before, beliefs = held
            moved = self._store.moved(scope, before.move)
            beliefs.learn(self._store.testimonies(scope, seqs=moved) if moved else (), gone=moved)
            beliefs.learn(self._store.testimonies(scope, after=before.seq))
        self._held[scope] = (mark, beliefs)
        self._held.move_to_end(scope)
        if len(self._held) > SCOPES:
            self._held.popitem(last=False)
        return beliefs


def _words(object: str) -> str:
    """An object by the stems of its words."""
    return " ".join(terms(object)) or normalise(object).strip()


def _day(object: str) -> str:
    """A date by its month and day, and its year where that is told: "May 3rd" and "the 3rd of May" are one; empty for no day."""
    found = find_times(object, SOME_DAY)
    if len(found) != 1 or found[0].end - found[0].start != timedelta(days=1):
        return ""
    return f"{found[0].start:%Y-%m-%d}" if _YEAR.search(object) else f"{found[0].start:%m-%d}"


def believed(testimony: Testimony, registry: Registry) -> Testimony | None:
    """A testimony as it counts now: what was superseded held until then; what was undone never was said."""
    if testimony.retired_at is None:
        return testimony
    ended, claim = testimony.ended_at, testimony.claim
    if ended is None or ended <= testimony.said_at or claim.stance is not Stance.AFFIRM:
        return None
    if registry[claim.relation].kind == "event":
        return testimony
    return replace(testimony, claim=replace(claim, valid_to=ended if claim.valid_to is None else min(ended, claim.valid_to)))


def heard_by(testimony: Testimony, moment: datetime) -> Testimony | None:
    """A testimony as it was known at `moment`; `None` where it had not been heard by then."""
    if testimony.heard_at > moment:
        return None
    is_later = testimony.retired_at is not None and testimony.retired_at > moment
    return replace(testimony, retired_at=None, ended_at=None) if is_later else testimony


def standing_at(fact: Fact, moment: datetime) -> Fact:
    """A fact with its status at `moment`: one that ends later is current still."""
    if fact.status is Status.ENDED and fact.valid_to is not None and moment < fact.valid_to:
        return replace(fact, status=Status.CURRENT)
    return fact


def effects(before: Sequence[Fact], after: Sequence[Fact]) -> list[Effect]:
    """What lies between two states of belief, fact by fact."""
    was, found = {fact.id: fact for fact in before}, []
    for fact in after:
        old = was.pop(fact.id, None)
        action = _action(old, fact)
        if action is not None:
            found.append(Effect(action, fact, old))
    return [*found, *(Effect(Action.RETRACT, fact, fact) for fact in was.values())]


def _action(old: Fact | None, new: Fact) -> Action | None:
    """What happened to a fact; `None` where nothing did."""
    if old == new:
        return None
    was = None if old is None else old.status
    if new.status is not was and new.status is Status.CONTESTED:
        return Action.CONTEST
    if new.status is not was and new.status is Status.RETRACTED:
        return Action.RETRACT
    if old is None:
        return Action.ASSERT
    if old.valid_to != new.valid_to and new.status is Status.ENDED:
        return Action.SUPERSEDE
    return Action.CONFIRM
