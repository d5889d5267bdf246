"""Decide which names mean the same one: testimonies in, a directory of entities out. Pure.

Names are resolved within one owner (tenant and user): the Anna of one user is not the Anna of another. Two names are one
entity where

  exact     they are equal but for case, width and spacing
  stated    a `same_as` claim joins them, as `merge` makes it
  alias     one is said to be the name of the other ("my name is Emily", "everybody calls him Bo"), unless two who have
            names of their own are called so
  spelling  they are two spellings of one name (Jenifer Holt, Jennifer Holt), of one kind, and nothing tells them apart
  full      one is the first name of the other (Anna, Anna Schmidt; 小红, 陈小红), the only one it begins, both are people,
            and nothing tells them apart
  role      a path ("Alice/sister") meets the only one who is said to stand so to her ("my sister Anna"); paths meet that
            start from one entity with one word, or with words for the only one there can be ("mom", "mother")

What tells two names apart is that one is said to stand in a relation to the other, that one speaks of the other, that they
were born on different days, and for spellings that they differ in anything of which there is one.

Of what is said about two names the last word counts. A `same_as` that is denied keeps its two names apart for good, also
through third names: joins are made in the order above, earlier words first, and one that would bring two together who are
not the same is left out. Words that may not be meant, and those of the web or a model, join nobody and part nobody.
"I", "user" and the like name nobody: no law but the first applies to them.

All of it follows from claims, so that undoing a claim undoes its merges, and in no order: equal sets of testimonies give
equal directories. It takes about as long as reading them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

from remanence.changes import digest
from remanence.distill.names import begins, given_names, is_full, is_placeholder, is_proper, key_of, misspellings, spelling_class
from remanence.distill.relations import ENTITIES, Registry, Relation
from remanence.types import BY_HAND, Entity, Stance, Testimony, Trust

__all__ = ["NAMING", "Directory", "Name", "Owner", "key_of", "owner_of", "resolve"]

Owner = tuple[str, str | None]
Name = tuple[Owner, str]
"""A name within an owner's memory, as `key_of` writes it."""
Role = tuple[Name, str, str]
"""Whose, the relation, and the word for it where the relation has several of them."""
Order = tuple[datetime, int, int]

NAMING = frozenset({"name", "nickname", "same_as"})
MEANT = 0.5
TRUSTED = frozenset({Trust.USER, Trust.TOOL})
OF_PEOPLE = ("basic_info/", "contact_info/", "education/", "demographics/", "work/", "interest/", "psychological/", "life_event/")
"""The topics of relations whose subject is a person, or a pet."""
OF_ANYTHING = frozenset({"is", "attribute", "owns"}) | NAMING
UNCOUNTED = frozenset({"friend", "colleague"})
"""Of these one has more than those who were named: "a friend" is not the friend whose name is known."""
SAME_WORD = {
    "sis": "sister", "bro": "brother", "姐": "姐姐", "妹": "妹妹", "哥": "哥哥", "弟": "弟弟", "闺女": "女儿",
    "puppy": "dog", "kitten": "cat", "小狗": "狗", "小猫": "猫",
}  # fmt: skip
GENERAL = frozenset({"sister", "brother", "pet", "宠物", "child", "kid", "baby", "孩子", "小孩", "宝宝"})
"""Words that do not tell which of several: beside 姐姐 and 妹妹, "sister" may be either."""
PASSES = 8
"""How often joins through roles are sought among those that earlier ones made possible."""
COMPARED = 64
"""Entities of more pairs of names than this are not joined by likeness."""
SPELLINGS = 6
"""A name that seems to be spelt in more ways than this is several names."""
KINDS = ("", "thing", "place", "organisation", "person")
"""What an entity may be, the more telling last."""


def owner_of(testimony: Testimony) -> Owner:
    """Whose memory a testimony belongs to."""
    return (testimony.scope.tenant, testimony.scope.user)


@dataclass(slots=True)
class Directory:
    """Entities by name. A name that nothing was said of is an entity of its own."""

    _parent: dict[Name, Name] = field(default_factory=dict)
    _first: dict[Name, Name] = field(default_factory=dict)
    _members: dict[Name, list[Name]] = field(default_factory=dict)
    _enemies: dict[Name, set[Name]] = field(default_factory=dict)
    _best: dict[Name, str] = field(default_factory=dict)
    _shown: dict[Name, str] = field(default_factory=dict)
    _kinds: dict[Name, str] = field(default_factory=dict)
    _said: dict[tuple[bool, Name, Name], tuple[Order, bool | None]] = field(default_factory=dict)
    """Of two names (by `same_as`, or by being called so): the last word, and whether it joins, parts or takes back."""
    _roles: dict[tuple[Role, Name], tuple[Order, bool]] = field(default_factory=dict)
    _full: dict[Name, set[Name]] = field(default_factory=dict)
    """Full names by the first names one may shorten them to."""
    _spelt: dict[Name, set[Name]] = field(default_factory=dict)
    _people: set[Name] = field(default_factory=set)
    _distinct: set[frozenset[Name]] = field(default_factory=set)
    _traits: dict[Name, dict[str, set[str]]] = field(default_factory=dict)
    _fixed: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------ reading

    def entity(self, owner: Owner, name: str) -> str:
        """The id of the entity that `owner` calls `name`."""
        return _id(self.root((owner, key_of(name))))

    def shown(self, owner: Owner, name: str) -> str:
        """How that entity is called in text."""
        root = self._find((owner, key_of(name)))
        if root not in self._best:
            names = [self._shown[member] for member in self._members.get(root, [root]) if member in self._shown]
            if not names:
                return name
            self._best[root] = min(names, key=_plainness)
        return self._best[root]

    def root(self, name: Name) -> Name:
        """The name that stands for all names of its entity: the first in order, whatever joined them."""
        root = self._find(name)
        return self._first.get(root, root)

    def entities(self) -> Iterator[Entity]:
        """All entities, in the order of their names."""
        for root in sorted(self._members, key=lambda root: _order(self._first[root])):
            names = sorted({self._shown[member] for member in self._members[root]}, key=_plainness)
            kinds = (self._kind(member) for member in self._members[root])
            yield Entity(_id(self._first[root]), names[0], max(kinds, key=_telling), tuple(names[1:]))

    def apart(self) -> set[frozenset[str]]:
        """Pairs of entities that are said not to be the same, by their ids."""
        return {frozenset((self.entity(*one), self.entity(*other))) for one, other in self._parted()}

    # ------------------------------------------------------------------ learning

    def note(self, name: Name, shown: str, kind: str = "") -> bool:
        """A name that occurs. Whether it may be another name of somebody known."""
        is_new = name not in self._shown
        if is_new:
            self._members[name], self._first[name] = [name], name
        if is_new or _plainness(shown) < _plainness(self._shown[name]):
            self._shown[name] = shown
            self._best.pop(self._find(name), None)
            is_new |= self._file(name, shown)
        if _telling(kind) > _telling(self._kinds.get(name, "")):
            self._kinds[name] = kind
            is_new |= self._is_like_others(name)
        return is_new and ("/" in name[1] or self._is_like_others(name))

    def hear(self, testimony: Testimony, registry: Registry) -> bool:
        """Take in whom a testimony names and what it says of who is who. Whether that may join or part entities already
        settled; if not, they need no settling anew."""
        claim, owner = testimony.claim, owner_of(testimony)
        relation = registry[claim.relation]
        subject, object_ = (owner, key_of(claim.subject)), (owner, key_of(claim.object))
        is_telling = self.note(subject, claim.subject)
        if claim.object and claim.relation in NAMING:
            is_telling |= self.note(object_, claim.object)
        elif claim.object and relation.object in ENTITIES:
            is_telling |= self.note(object_, claim.object, relation.object)
        if relation.topic.startswith(OF_PEOPLE) and claim.relation not in OF_ANYTHING:
            is_telling |= self._add(self._people, subject, subject)
        if testimony.speaker is not None and (speaker := key_of(testimony.speaker)) and testimony.source != BY_HAND:
            is_telling |= self._tell_apart((owner, speaker), subject)
        if testimony.trust in TRUSTED and claim.certainty >= MEANT and claim.object:
            is_telling |= self._weigh(testimony, relation, subject, object_)
        return is_telling

    def concerns(self, testimony: Testimony, registry: Registry) -> bool:
        """Whether who is who might be otherwise without this testimony."""
        claim, owner = testimony.claim, owner_of(testimony)
        names = [(owner, key_of(name)) for name in (claim.subject, claim.object) if name]
        is_naming = claim.relation in NAMING or bool(registry[claim.relation].of)
        return is_naming or any("/" in name[1] or self._is_like_others(name) for name in names)

    def _weigh(self, testimony: Testimony, relation: Relation, subject: Name, object_: Name) -> bool:
        """What a testimony that is meant says for and against two names being one."""
        claim, order = testimony.claim, (testimony.said_at, testimony.seq, testimony.claim.start)
        is_so = claim.stance in (Stance.AFFIRM, Stance.CORRECT)
        if relation.name in NAMING:
            wrong = (subject[0], key_of(claim.replaces))
            if claim.stance is Stance.CORRECT and claim.replaces and wrong != object_:
                self._say(relation.name == "same_as", subject, wrong, order, None)
            verdict = True if is_so else None if claim.stance is Stance.RETRACT or claim.is_change else False
            self._say(relation.name == "same_as", subject, object_, order, verdict)
            return True
        is_telling = False
        if relation.of:
            role = (subject, relation.name, key_of(claim.qualifier) if relation.each else "")
            held = self._roles.get((role, object_))
            if held is None or held[0] < order:
                self._roles[role, object_] = (order, is_so)
            is_telling = held is None or held[1] is not self._roles[role, object_][1]
        if relation.object == "person":
            is_telling |= self._tell_apart(subject, object_)
        if is_so and relation.is_single and not relation.each:
            if relation.kind == "fixed":
                self._fixed.add(relation.name)
            is_telling |= self._add(self._traits.setdefault(subject, {}).setdefault(relation.name, set()), object_[1], subject)
            if relation.object in ENTITIES:
                whose = self._traits.setdefault(object_, {}).setdefault(f"{relation.name} of {subject[1]}", set())
                is_telling |= self._add(whose, object_[1], object_)
        return is_telling

    def _say(self, is_same_as: bool, one: Name, other: Name, order: Order, verdict: bool | None) -> None:
        if is_same_as:
            one, other = sorted((one, other))
        held = self._said.get((is_same_as, one, other))
        if held is None or held[0] < order:
            self._said[is_same_as, one, other] = (order, verdict)

    def _tell_apart(self, one: Name, other: Name) -> bool:
        pair = frozenset((one, other))
        if len(pair) < 2 or pair in self._distinct or "/" in one[1] or "/" in other[1]:
            return False
        self._distinct.add(pair)
        return self._is_like_others(one) and self._is_like_others(other)

    def _add(self, held: set[Any], value: Any, name: Name) -> bool:
        """Add to what is held of a name; whether that is new and may matter."""
        if value in held:
            return False
        held.add(value)
        return self._is_like_others(name)

    def _file(self, name: Name, shown: str) -> bool:
        """File a proper name under those it may be taken for. Whether it was not filed before."""
        owner, key = name
        if not is_proper(shown) or is_placeholder(key):
            return False
        spelling = spelling_class(key)
        shelves = [self._full.setdefault((owner, given), set()) for given in given_names(key)]
        if spelling is not None:
            shelves.append(self._spelt.setdefault((owner, spelling), set()))
        is_new = any(name not in shelf for shelf in shelves)
        for shelf in shelves:
            shelf.add(name)
        return is_new

    def _is_like_others(self, name: Name) -> bool:
        owner, key = name
        if name in self._full or any((owner, given) in self._shown for given in given_names(key)):
            return True
        spelling = spelling_class(key)
        return spelling is not None and len(self._spelt.get((owner, spelling), ())) > 1

    def _kind(self, name: Name) -> str:
        return self._kinds.get(name) or ("person" if name in self._people else "")

    # ------------------------------------------------------------------ settling

    def settle(self, registry: Registry) -> None:
        """Join what is one."""
        for one, other in self._parted():
            self._part(one, other)
        for law in (self._join_stated, self._join_aliases, self._join_spellings, self._join_full_names):
            law()
        paths = sorted((name for name in self._shown if "/" in name[1]), key=_order)
        for _ in range(PASSES):
            if not (self._join_paths(paths, registry) | self._join_roles(paths, registry)):
                break

    def join(self, one: Name, other: Name) -> bool:
        """Make two names one entity. Whether they were not, and may be."""
        low, high = self._find(one), self._find(other)
        if low == high or high in self._enemies.get(low, ()):
            return False
        if len(self._members.get(low, ())) < len(self._members.get(high, ())):
            low, high = high, low
        self._parent[high] = low
        firsts = (self._first.get(low, low), self._first.pop(high, high))
        self._first[low] = min(firsts, key=_order)
        self._members.setdefault(low, [low]).extend(self._members.pop(high, [high]))
        for enemy in self._enemies.pop(high, ()):
            self._enemies[enemy].discard(high)
            self._part(low, enemy)
        return True

    def _find(self, name: Name) -> Name:
        while (parent := self._parent.get(name, name)) != name:
            self._parent[name] = name = self._parent.get(parent, parent)
        return name

    def _part(self, one: Name, other: Name) -> None:
        low, high = self._find(one), self._find(other)
        if low != high:
            self._enemies.setdefault(low, set()).add(high)
            self._enemies.setdefault(high, set()).add(low)

    def _parted(self) -> Iterator[tuple[Name, Name]]:
        return ((one, other) for (_, one, other), (_, verdict) in self._said.items() if verdict is False and one != other)

    def _joined(self, is_same_as: bool) -> list[tuple[Name, Name]]:
        """Names that the last word joins, in the order of those words."""
        said = [(order, one, other) for (kind, one, other), (order, verdict) in self._said.items() if verdict and kind is is_same_as]
        said.sort(key=lambda word: (word[0], _order(word[1]), _order(word[2])))
        return [(one, other) for _, one, other in said if not (is_placeholder(one[1]) or is_placeholder(other[1]))]

    def _join_stated(self) -> None:
        for one, other in self._joined(is_same_as=True):
            self.join(one, other)

    def _join_aliases(self) -> None:
        called = self._joined(is_same_as=False)
        bearers: dict[Name, set[Name]] = defaultdict(set)
        for one, other in called:
            if "/" not in one[1]:
                bearers[other].add(self._find(one))
        for one, other in called:
            if "/" in one[1] or len(bearers[other]) == 1:
                self.join(one, other)

    def _join_spellings(self) -> None:
        for shelf in (self._spelt[key] for key in sorted(self._spelt, key=_order) if 1 < len(self._spelt[key]) <= SPELLINGS):
            for name in sorted(shelf):
                for spelling in misspellings(name[1]):
                    other = (name[0], spelling)
                    if other in shelf and self._kind(name) == self._kind(other) not in ("", "thing") and self._agree(name, other, None):
                        self.join(name, other)

    def _join_full_names(self) -> None:
        for given in sorted(self._full, key=_order):
            if given not in self._shown or is_placeholder(given[1]) or not is_proper(self._shown[given]):
                continue
            full = self._full[given]
            own = self._find(given)
            if len({self._find(name) for name in full} - {own}) != 1 or self._has_full_name(own):
                continue
            other = min((name for name in full if begins(name[1], given[1])), default=None)
            if other is not None and self._kind(given) == self._kind(other) == "person" and self._agree(given, other, self._fixed):
                self.join(given, other)

    def _has_full_name(self, root: Name) -> bool:
        return any("/" not in key and is_full(key) and is_proper(self._shown[owner, key]) for owner, key in self._members[root])

    def _agree(self, one: Name, other: Name, relations: set[str] | None) -> bool:
        """Whether nothing tells two entities apart, of all that can have one value or of `relations` only."""
        ours, theirs = self._members[self._find(one)], self._members[self._find(other)]
        if len(ours) * len(theirs) > COMPARED:
            return False
        return not any(frozenset(pair) in self._distinct or self._differ(*pair, relations) for pair in product(ours, theirs))

    def _differ(self, one: Name, other: Name, relations: set[str] | None) -> bool:
        ours, theirs = self._traits.get(one, {}), self._traits.get(other, {})
        shared = ours.keys() & theirs.keys()
        return any(not ours[trait] & theirs[trait] for trait in (shared if relations is None else shared & relations))

    def _join_paths(self, paths: Sequence[Name], registry: Registry) -> bool:
        """Join paths that lead from one entity by one word, or by words of which there can be but one."""
        first: dict[tuple[Name, str], Name] = {}
        joined = False
        for path in paths:
            whose, word = self._way(path)
            name = registry.role_of.get(word)
            role = name if name is not None and registry[name].is_single else SAME_WORD.get(word, word)
            joined |= self.join(path, first.setdefault((self._find(whose), role), path))
        return joined

    def _join_roles(self, paths: Sequence[Name], registry: Registry) -> bool:
        """Join a path with the only one who is said to be at its end."""
        named: dict[Role, set[Name]] = defaultdict(set)
        for ((whose, role, word), other), (_, is_so) in self._roles.items():
            if is_so and "/" not in other[1] and not is_placeholder(other[1]):
                named[self._find(whose), role, word].add(other)
        ways: dict[tuple[Name, str], set[str]] = defaultdict(set)
        for path in paths:
            whose, word = self._way(path)
            ways[self._find(whose), registry.role_of.get(word, "")].add(SAME_WORD.get(word, word))
        joined = False
        for path in paths:
            whose, word = self._way(path)
            name = registry.role_of.get(word)
            if name is None or name in UNCOUNTED:
                continue
            relation, root = registry[name], self._find(whose)
            found = {self._find(one): one for one in sorted(named.get((root, name, word if relation.each else ""), ()))}
            found.pop(root, None)
            is_told_apart = not relation.is_single and not relation.each and len(ways.get((root, name), set()) - GENERAL) > 1
            if len(found) == 1 and not is_told_apart:
                joined |= self.join(path, min(found.values()))
        return joined

    def _way(self, path: Name) -> tuple[Name, str]:
        """Whose, and the word."""
        whose, _, word = path[1].rpartition("/")
        return (path[0], whose), word


def resolve(testimonies: Iterable[Testimony], registry: Registry) -> Directory:
    """The directory of all who are named in `testimonies`."""
    directory = Directory()
    for testimony in testimonies:
        directory.hear(testimony, registry)
    directory.settle(registry)
    return directory


def _id(root: Name) -> str:
    return "en_" + digest([*root[0], root[1]])


def _order(name: Name) -> tuple[bool, str, str, str]:
    """Names before paths, then by letters."""
    (tenant, user), key = name
    return ("/" in key, key, tenant, user or "")


def _telling(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind) if kind in KINDS else 0, kind)


def _plainness(shown: str) -> tuple[bool, bool, int, str]:
    """Proper names before words in lower case, before paths; then the longer one."""
    return ("/" in shown, shown[:1].islower(), -len(shown), shown)
