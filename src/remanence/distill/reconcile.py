"""Decide what is so from what was said: the statements about one slot in, its dated facts out. Pure; no I/O.

A slot holds one value at a time: where somebody lives; whether she has a dog called Rex; what he feels about coffee. Nothing
outside a slot can end what fills it. Facts follow from the *set* of statements: neither the order of their arrival nor
their repetition matters, and taking one away leaves what would have been without it.

What ends what, for a value that holds (a *spell*) and a statement of another value:

  later                 the spell ends when the new value begins
  denied                the spell ends when the denial begins
  expired               the spell ends at its own end; nothing older comes back
  corrected, retracted  what was said before never was so
  of lower standing     the spell stays; the statement is contested and shown beside it
  in doubt              equal standing, and the words cover the same time, or another speaker says it without a word of
                        change or date, or the value cannot change (a birthday): both stay, contested

Standing: words that are meant before doubtful ones, then the tier of trust, then those who speak of themselves.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import prod
from typing import NamedTuple

from remanence.changes import digest
from remanence.distill.relations import Relation
from remanence.language.analyse import has_chinese
from remanence.types import Claim, Evidence, Fact, Stance, Status, Testimony, Trust

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)
BEGINNING = datetime.min.replace(tzinfo=UTC)
MEANT = 0.5
"""Words of less certainty may be sarcasm, quotation, fiction: they never outrank plain ones."""
RANK = {Trust.USER: 3, Trust.TOOL: 2, Trust.WEB: 1, Trust.MODEL: 0}
WEIGHT = {Trust.USER: 0.9, Trust.TOOL: 0.8, Trust.WEB: 0.5, Trust.MODEL: 0.4}
VAGUE = {
    "second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": DAY,
    "week": 7 * DAY, "month": 31 * DAY, "season": 92 * DAY, "year": 366 * DAY, "decade": 3653 * DAY,
}  # fmt: skip
"""How far behind its stated beginning something may have begun, by the unit it was stated in."""

RIVALS = 8
"""How many rivals a contested fact is shown with."""

Standing = tuple[bool, int, bool]
Relations = Mapping[str, Relation]


class Slot(NamedTuple):
    """What can hold one value at a time. `relation` is the name of a relation or of a group; `object` is set where values
    stand beside each other, so that each is a slot of its own."""

    subject: str
    relation: str
    qualifier: str = ""
    object: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A testimony as it bears on a slot: who speaks of whom, with all names resolved.

    `value`: what is compared; empty in a denial or a retraction of whatever fills the slot. `replaces`: the value that
    a correction takes back, likewise. `is_own`: the speaker speaks of themselves.
    """

    testimony: Testimony
    value: str
    replaces: str = ""
    speaker: str | None = None
    object_entity: str | None = None
    is_own: bool = False

    @property
    def claim(self) -> Claim:
        return self.testimony.claim

    @property
    def said_at(self) -> datetime:
        return self.testimony.said_at

    @property
    def standing(self) -> Standing:
        return (self.claim.certainty >= MEANT, RANK[self.testimony.trust], self.is_own)

    @property
    def order(self) -> tuple[datetime, int, int, int]:
        """When it was said; what was said at the same moment, in the order in which it was recorded."""
        return (self.said_at, self.testimony.seq, self.claim.start, self.claim.end)


@dataclass(slots=True, eq=False)
class Spell:
    """A value that held for a while, as it is pieced together: [start, end), `None` where that is not known."""

    value: str
    start: datetime | None
    end: datetime | None
    support: list[Statement] = field(default_factory=list)
    standing: Standing = (False, -1, False)
    speakers: set[str | None] = field(default_factory=set)
    rivals: list[Spell] = field(default_factory=list)
    is_contested: bool = False
    is_retracted: bool = False
    is_denial: bool = False

    def on(self, *statements: Statement) -> Spell:
        """Itself, borne out by these statements too."""
        self.support += statements
        self.standing = max(self.standing, *(statement.standing for statement in statements))
        self.speakers |= {statement.speaker for statement in statements}
        return self

    def finish(self, moment: datetime) -> None:
        """End it at `moment`; where it had not begun by then, it never was so."""
        self.is_retracted |= self.start is not None and moment < self.start
        self.end = moment if self.end is None else min(self.end, moment)


def settle(slot: Slot, statements: Iterable[Statement], relation_of: Relations, naming: Naming) -> list[Fact]:
    """The facts of `slot`, in the order of their beginnings: current, ended, contested and retracted ones.

    `relation_of`: the relations the slot's values stand for, by the name in each claim.
    Law: equal sets of statements give equal facts. Spells that are neither contested nor retracted never overlap.
    """
    said = sorted(set(statements), key=lambda statement: statement.order)
    if not said:
        return []
    taken_back = retractions(said)
    kept = [s for s in said if s.claim.stance is not Stance.RETRACT and s not in taken_back]
    spells = SHAPES[relation_of[said[0].claim.relation].kind](kept, relation_of, corrected_beginnings(taken_back))
    spells += withdrawn(taken_back, relation_of)
    spells.sort(key=lambda spell: (spell.start or BEGINNING, spell.support[0].order))
    return as_facts(slot, spells, relation_of, naming)


class Naming(NamedTuple):
    """What facts are made of beside statements: the subject's name, and whose memory it is."""

    subject_name: str
    owner: tuple[str | None, ...]


# ------------------------------------------------------------------ what never was so


def retractions(said: Sequence[Statement]) -> dict[Statement, Statement]:
    """Statements taken back, each with the later one that did it.

    Read from the last to the first, so that a correction which was itself taken back takes nothing back.
    """
    taken: dict[Statement, Statement] = {}
    for later in reversed(said):
        if later in taken or later.claim.stance not in (Stance.CORRECT, Stance.RETRACT):
            continue
        before = [s for s in said if s.order < later.order and s.claim.stance in (Stance.AFFIRM, Stance.CORRECT) and s not in taken]
        for statement in _meant_by(later, before):
            if statement.standing <= later.standing:
                taken[statement] = later
    return taken


def _meant_by(later: Statement, before: Sequence[Statement]) -> list[Statement]:
    """Which of the statements `before` it a correction or retraction takes back."""
    if later.claim.stance is Stance.RETRACT:
        return [s for s in before if later.value in ("", s.value)]
    others = [s for s in before if s.value != later.value]
    if later.replaces:
        return [s for s in others if s.value == later.replaces]
    last = max(others, key=lambda statement: statement.order, default=None)
    return [s for s in others if last is not None and s.value == last.value]


def withdrawn(taken_back: dict[Statement, Statement], relation_of: Relations) -> list[Spell]:
    """What was taken back, as spells that never were."""
    values: dict[str, list[Statement]] = {}
    for statement in sorted(taken_back, key=lambda statement: statement.order):
        values.setdefault(statement.value, []).append(statement)
    return [
        Spell(value, begins(support[0]), ends(support[0], relation_of), is_retracted=True).on(*support) for value, support in values.items()
    ]


def corrected_beginnings(taken_back: Mapping[Statement, Statement]) -> dict[Statement, datetime]:
    """A correction without a date of its own holds from when the wrong value was thought to."""
    found: dict[Statement, datetime] = {}
    for wrong, right in taken_back.items():
        if right.claim.stance is Stance.CORRECT and right.claim.valid_from is None:
            found[right] = min(found.get(right, right.said_at), begins(wrong))
    return found


# ------------------------------------------------------------------ what held when


Began = Mapping[Statement, datetime]


def states(said: Sequence[Statement], relation_of: Relations, began: Began) -> list[Spell]:
    """Spells of a value that changes: walk through the statements in the order of what they say of when."""
    spells: list[Spell] = []
    holding: list[Spell] = []
    known: set[str] = set()
    last_end: datetime | None = None
    for moment, statement in places(said, began):
        last_end = max((spell.end for spell in holding if spell.end and spell.end <= moment), default=last_end)
        holding = [spell for spell in holding if spell.end is None or spell.end > moment]
        if statement.claim.stance is Stance.DENY:
            opened = _deny(statement, moment, holding, known)
        elif statement.claim.valid_from is None and is_past(statement):
            opened = _recall_past(statement, holding, last_end)
        else:
            opened = _affirm(statement, moment, holding, ends(statement, relation_of))
        if opened is not None:
            spells.append(opened)
            holding.append(opened)
            known.add(opened.value)
    return spells


def events(said: Sequence[Statement], relation_of: Relations, began: Began) -> list[Spell]:
    """Spells of something that happened: once, unless its times lie apart. What was denied did not happen."""
    happened = [s for s in said if s.claim.stance is not Stance.DENY]
    spells: list[Spell] = []
    for statement in sorted(happened, key=lambda s: (s.claim.valid_from is None, began.get(s, begins(s)), s.order)):
        start = began.get(statement, begins(statement))
        end = max(ends(statement, relation_of) or start + DAY, start)
        is_dated = statement.claim.valid_from is not None
        same = next((spell for spell in reversed(spells) if not is_dated or _meets(spell, start, end)), None)
        if same is None:
            spells.append(Spell(statement.value, start, end).on(statement))
        else:
            same.on(statement)
            if is_dated:  # of two accounts that agree the narrower
                same.start, same.end = max(same.start or start, start), min(same.end or end, end)
    for denial in (s for s in said if s.claim.stance is Stance.DENY):
        for spell in spells:
            spell.is_retracted |= all(s.order < denial.order for s in spell.support) and denial.standing >= spell.standing
    return spells


def fixed(said: Sequence[Statement], relation_of: Relations, began: Began) -> list[Spell]:  # noqa: ARG001 - all shapes take the same
    """Spells of a value that cannot change: a second one of equal standing contradicts it."""
    spells: dict[str, Spell] = {}
    for statement in (s for s in said if s.claim.stance is not Stance.DENY):
        spells.setdefault(statement.value, Spell(statement.value, statement.claim.valid_from, None)).on(statement)
    for denial in (s for s in said if s.claim.stance is Stance.DENY):
        for spell in spells.values():
            is_meant = denial.value in ("", spell.value) and all(s.order < denial.order for s in spell.support)
            spell.is_retracted |= is_meant and _outweighs(denial, spell)
    standing = sorted((s for s in spells.values() if not s.is_retracted), key=lambda spell: spell.standing, reverse=True)
    for place, spell in enumerate(standing[: RIVALS + 1]):
        for other in standing[place + 1 :]:
            _dispute(spell, other)
    return list(spells.values())


SHAPES: dict[str, Callable[[Sequence[Statement], Relations, Began], list[Spell]]] = {
    "state": states, "plan": states, "event": events, "fixed": fixed,
}  # fmt: skip


def _affirm(statement: Statement, moment: datetime, holding: Sequence[Spell], until: datetime | None) -> Spell | None:
    """`statement` fills the slot from `moment` on: more evidence, a change, or a contest. The spell that it opens, if any."""
    same = next((spell for spell in holding if spell.value == statement.value and not spell.is_denial), None)
    stays = [spell for spell in holding if spell is not same and not _ends(statement, moment, spell)]
    filling = Spell(statement.value, moment, until) if same is None else same
    filling.on(statement).end = until if same is None else _extended(same.end, until, statement)
    if not stays:
        filling.is_contested = False
        for spell in holding:
            if spell is not filling:
                spell.finish(moment)
    for spell in sorted(stays, key=lambda spell: spell.standing, reverse=True):
        _dispute(filling, spell)
    return None if filling is same else filling


def _deny(denial: Statement, moment: datetime, holding: Sequence[Spell], known: Container[str]) -> Spell | None:
    """What `denial` speaks of ends at `moment`; where nothing of the kind was known, that it is not so is known now."""
    meant = [spell for spell in holding if not spell.is_denial and denial.value in ("", spell.value)]
    for spell in meant:
        if _outweighs(denial, spell):
            spell.finish(max(denial.claim.valid_from or moment, spell.start or BEGINNING))
            spell.support.append(denial)
        else:
            spell.is_contested |= denial.standing >= spell.standing
    if meant or not denial.value or denial.value in known:
        return None
    return Spell(denial.value, moment, denial.claim.valid_to, is_denial=True).on(denial)


def _recall_past(statement: Statement, holding: Sequence[Spell], last_end: datetime | None) -> Spell | None:
    """`statement` says that its value held up to a moment, not since when; "once", told of the past without a date, was
    before whatever held when it was told."""
    until = statement.claim.valid_to or statement.said_at
    for spell in holding:
        if spell.value == statement.value and not spell.is_denial:
            spell.on(statement).finish(until)
            return None
    if until >= statement.said_at or not statement.claim.precision:
        until = min([until, *(spell.start for spell in holding if spell.start is not None)])
        return Spell(statement.value, None if last_end is None else min(last_end, until), until).on(statement)
    just_before = until - DAY
    opened = Spell(statement.value, None if last_end is None else min(last_end, just_before), until).on(statement)
    for spell in holding:
        opened.start = max(just_before, spell.start or just_before)
        if _ends(statement, opened.start, spell):
            spell.finish(opened.start)
        else:
            _dispute(opened, spell)
    return opened


def _ends(newer: Statement, moment: datetime, spell: Spell) -> bool:
    """Whether `newer`, of another value from `moment` on, ends `spell`, rather than being in doubt beside it."""
    if newer.standing < spell.standing:
        return False
    if newer.standing[:2] > spell.standing[:2] or spell.is_denial:
        return True
    is_covered = any(s.said_at > newer.said_at and s.claim.valid_from and begins(s) + vagueness(s) <= moment for s in spell.support)
    is_at_once = spell.start is not None and moment <= spell.start and not newer.claim.is_change
    return not is_covered and not is_at_once and _may_speak(newer, spell)


def _may_speak(newer: Statement, spell: Spell) -> bool:
    """Whether a change of `spell` may be taken from `newer`: from one who said it, one concerned, or with words of change or date."""
    return newer.speaker in spell.speakers or newer.is_own or newer.claim.is_change or newer.claim.valid_from is not None


def _outweighs(denial: Statement, spell: Spell) -> bool:
    if denial.standing[:2] != spell.standing[:2]:
        return denial.standing > spell.standing
    return denial.standing >= spell.standing and _may_speak(denial, spell)


def _dispute(one: Spell, other: Spell) -> None:
    """Set two spells against each other. Of unequal ones only the lower is in doubt."""
    if other not in one.rivals and len(one.rivals) < RIVALS and len(other.rivals) < RIVALS:
        one.rivals.append(other)
        other.rivals.append(one)
    one.is_contested |= one.standing <= other.standing
    other.is_contested |= other.standing <= one.standing


# ------------------------------------------------------------------ when


def begins(statement: Statement) -> datetime:
    """When what it says began, by its words or else when it was said."""
    return statement.claim.valid_from or statement.said_at


def ends(statement: Statement, relation_of: Relations) -> datetime | None:
    """When what it says ends, by its words or by how long such things last."""
    claim, lasting = statement.claim, relation_of[statement.claim.relation].lasting
    if claim.valid_to is not None:
        return claim.valid_to
    return None if lasting is None else _later(max(begins(statement), statement.said_at), lasting)


def vagueness(statement: Statement) -> timedelta:
    """How much later than stated it may have begun."""
    return VAGUE.get(statement.claim.precision, timedelta())


def places(said: Sequence[Statement], began: Began) -> Iterator[tuple[datetime, Statement]]:
    """Statements with the moments from which they count, in that order.

    Words as vague as a year do not contradict what was said within it before: the change came afterwards. A denial ends
    what was affirmed before it was uttered, also where it speaks of an earlier time.
    """
    is_changing = len({statement.value for statement in said}) > 1
    latest: dict[str, datetime] = {}
    before: list[tuple[datetime, str]] = []  # beginnings of what was said so far, ascending
    placed = []
    for statement in said:
        moment = began.get(statement, begins(statement))
        if statement.claim.stance is Stance.DENY:
            moment = max(moment, latest.get(statement.value, moment))
        elif statement.claim.valid_from is None and is_past(statement):
            moment = (statement.claim.valid_to or moment) - MOMENT
        elif is_changing and statement.claim.precision:
            moment = _after_what_was_said(statement, moment, before)
        if statement.claim.stance is not Stance.DENY:
            latest[statement.value] = max(moment, latest.get(statement.value, moment))
            if is_changing:
                insort(before, (moment, statement.value))
        placed.append((moment, statement))
    placed.sort(key=lambda pair: (pair[0], pair[1].order))
    return iter(placed)


def _after_what_was_said(statement: Statement, start: datetime, before: Sequence[tuple[datetime, str]]) -> datetime:
    """Just after the last other value that was said to begin within the vague beginning of `statement`."""
    latest = min(_later(start, vagueness(statement)), statement.said_at)
    for place in range(bisect_left(before, (latest, "")) - 1, -1, -1):
        moment, value = before[place]
        if moment < start:
            break
        if value != statement.value:
            return moment + MOMENT
    return start


def is_past(statement: Statement) -> bool:
    """Whether its words speak of what had ended when they were said."""
    return statement.claim.valid_to is not None and statement.claim.valid_to <= statement.said_at


def _extended(end: datetime | None, until: datetime | None, newer: Statement) -> datetime | None:
    """The end of a spell that was affirmed again: a stated end counts; one that is only usual moves on."""
    if newer.claim.valid_to is not None:
        return until
    return end if end is None or until is None else max(end, until)


def _meets(spell: Spell, start: datetime, end: datetime) -> bool:
    """Whether an event's time touches [start, end)."""
    return (spell.start or BEGINNING) < end and (spell.end is None or start < spell.end)


def _later(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


# ------------------------------------------------------------------ facts


def as_facts(slot: Slot, spells: Sequence[Spell], relation_of: Relations, naming: Naming) -> list[Fact]:
    """Spells as facts, each with an id that its evidence does not change: what it says, and which time round it is."""
    ids = list(_ids(slot, spells, naming))
    of = {id(spell): fact_id for spell, fact_id in zip(spells, ids, strict=True)}
    return [
        _fact(fact_id, slot, spell, tuple(sorted(of[id(rival)] for rival in spell.rivals)), relation_of, naming)
        for spell, fact_id in zip(spells, ids, strict=True)
    ]


def _ids(slot: Slot, spells: Sequence[Spell], naming: Naming) -> Iterator[str]:
    seen: dict[tuple[str, bool], int] = {}
    for spell in spells:
        what = (spell.value, spell.is_denial)
        seen[what] = seen.get(what, -1) + 1
        yield "fa_" + digest([*naming.owner, *slot, *what, seen[what]])


def _fact(fact_id: str, slot: Slot, spell: Spell, rivals: tuple[str, ...], relation_of: Relations, naming: Naming) -> Fact:
    affirming = [s for s in spell.support if s.claim.stance is not Stance.DENY] or spell.support
    last = max(affirming, key=lambda statement: statement.order)
    claim, relation = last.claim, relation_of[last.claim.relation]
    text = relation.says(naming.subject_name, claim.object, claim.qualifier, chinese=has_chinese(naming.subject_name + claim.object))
    dated = next((s for s in affirming if s.claim.valid_from is not None and s.claim.valid_from == spell.start), None)
    trust = max((s.testimony.trust for s in affirming), key=RANK.__getitem__)
    return Fact(
        id=fact_id, subject=slot.subject, subject_name=naming.subject_name, relation=relation.name, object=claim.object,
        text=_negated(text) if spell.is_denial else text, status=_status(spell), qualifier=claim.qualifier,
        object_entity=last.object_entity, valid_from=spell.start, valid_to=spell.end,
        precision=dated.claim.precision if dated else claim.precision,
        recorded_at=min(s.testimony.heard_at for s in affirming), confidence=_confidence(spell, affirming), trust=trust,
        quarantined=RANK[trust] < RANK[Trust.TOOL] or all(s.claim.certainty < MEANT for s in affirming),
        evidence=tuple(map(_evidence, sorted(spell.support, key=lambda s: s.order))), rivals=rivals, denied=spell.is_denial,
    )  # fmt: skip


def _status(spell: Spell) -> Status:
    if spell.is_retracted:
        return Status.RETRACTED
    if spell.is_contested:
        return Status.CONTESTED
    return Status.CURRENT if spell.end is None else Status.ENDED


def _confidence(spell: Spell, affirming: Sequence[Statement]) -> float:
    """The chance that not all its witnesses err, one for each episode; halved where it is contested."""
    best: dict[str, float] = {}
    for statement in affirming:
        weight = WEIGHT[statement.testimony.trust] * statement.claim.certainty
        best[statement.testimony.episode] = max(best.get(statement.testimony.episode, 0.0), weight)
    sure = 1 - prod(1 - weight for weight in best.values())
    return round(sure / 2 if spell.is_contested else sure, 4)


def _evidence(statement: Statement) -> Evidence:
    said, claim = statement.testimony, statement.claim
    return Evidence(said.episode, claim.start, claim.end, said.said_at, said.speaker, said.source, said.trust, claim.stance)


def _negated(text: str) -> str:
    return f"并非：{text}" if has_chinese(text) else f"Not so: {text}"
