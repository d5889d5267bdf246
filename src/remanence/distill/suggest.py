"""Find entities that may be one and were not joined: entities in, pairs with a score and a reason out. Pure.

Only those are compared that share a block: one spelling but for a letter, a first name, a family name with an initial, the
same words in another order, the initials, a Chinese family name with a title; and with an embedder, the nearest by meaning.
Large blocks hold no news and are passed over, so that the time grows with the number of names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from remanence.distill.names import SURNAMES, begins, given_names, is_han, is_placeholder, key_of
from remanence.types import Entity, Suggestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]

CROWD = 24
"""A block with more names than this tells nothing about any two of them."""
SHORTEST = 4
NEAR = 0.8
"""The least cosine of two names that may mean one."""
NEIGHBOURS = 8
"""What has more neighbours than this lies among names that an embedder cannot tell apart."""
ROWS = 1024
TITLES = ("先生", "女士", "小姐", "太太", "老师", "医生", "教授", "经理", "总", "阿姨", "叔叔", "哥", "姐")
SCORES = {
    "the same words in another order": 0.9,
    "spelt alike": 0.8,
    "an initial for the first name": 0.7,
    "the first name": 0.6,
    "one of several by this first name": 0.3,
    "the initials": 0.5,
    "the family name with a title": 0.4,
    "the family name": 0.4,
}


class Named(NamedTuple):
    """A name of an entity (by its place), as it is compared."""

    place: int
    key: str


def suggest(
    entities: Iterable[Entity], embed: Embed | None = None, apart: Container[frozenset[str]] = (), limit: int | None = None
) -> list[Suggestion]:
    """Pairs of `entities` that may be one, likeliest first. `apart`: pairs of ids known not to be."""
    known = list(entities)
    names = [name for place, entity in enumerate(known) for name in _names(place, entity)]
    found: dict[tuple[int, int], tuple[float, str]] = {}
    for reason, one, other, score in _alike(names, known, embed):
        pair = (min(one, other), max(one, other))
        kinds = {known[one].kind, known[other].kind} - {""}
        if one != other and len(kinds) < 2 and found.get(pair, (0.0, ""))[0] < score:
            found[pair] = (score, reason)
    pairs = [
        Suggestion(known[one], known[other], round(score, 3), reason)
        for (one, other), (score, reason) in found.items()
        if frozenset((known[one].id, known[other].id)) not in apart
    ]
    pairs.sort(key=lambda pair: (-pair.score, pair.one.name, pair.other.name, pair.one.id, pair.other.id))
    return pairs[:limit]


def _names(place: int, entity: Entity) -> Iterator[Named]:
    for shown in dict.fromkeys((entity.name, *entity.aliases)):
        key = key_of(shown)
        if key and "/" not in key and len(key) <= 60 and not is_placeholder(key):
            yield Named(place, key)


def _alike(names: Sequence[Named], entities: Sequence[Entity], embed: Embed | None) -> Iterator[tuple[str, int, int, float]]:
    for reason, blocks in BLOCKS.items():
        filed: dict[str, set[Named]] = defaultdict(set)
        for name in names:
            for block in blocks(name.key):
                filed[block].add(name)
        for together in filed.values():
            if 1 < len(together) <= CROWD:
                for one, other in combinations(sorted(together), 2):
                    if one.key != other.key and MEANS[reason](one.key, other.key):
                        yield reason, one.place, other.place, SCORES[reason]
    yield from _shortened(names)
    if embed is not None:
        yield from _near(entities, embed)


def _shortened(names: Sequence[Named]) -> Iterator[tuple[str, int, int, float]]:
    """First names with the full names that begin with them: one of them, or some."""
    full: dict[str, set[Named]] = defaultdict(set)
    for name in names:
        for given in given_names(name.key):
            if begins(name.key, given):
                full[given].add(name)
    for name in names:
        others = full.get(name.key, set())
        reason = "the first name" if len({other.place for other in others}) == 1 else "one of several by this first name"
        if len(others) <= CROWD:
            yield from ((reason, name.place, other.place, SCORES[reason]) for other in others)


def _near(entities: Sequence[Entity], embed: Embed) -> Iterator[tuple[str, int, int, float]]:
    """The nearest by meaning, where an embedder tells names apart."""
    places = [place for place, entity in enumerate(entities) if "/" not in entity.name and not is_placeholder(key_of(entity.name))]
    if len(places) < 2:
        return
    vectors = np.asarray(embed([entities[place].name for place in places]), dtype=np.float32)
    neighbours = np.zeros(len(places), dtype=np.int64)
    near: list[tuple[int, int, float]] = []
    for start in range(0, len(places), ROWS):
        cosines = vectors[start : start + ROWS] @ vectors[start:].T
        is_near = cosines >= NEAR
        is_near[np.tril_indices(len(cosines))] = False
        neighbours[start : start + ROWS] += np.count_nonzero(is_near, axis=1)
        neighbours[start:] += np.count_nonzero(is_near, axis=0)
        is_near[np.count_nonzero(is_near, axis=1) > NEIGHBOURS] = False
        near += [
            (start + int(row), start + int(column), float(cosines[row, column])) for row, column in zip(*np.nonzero(is_near), strict=True)
        ]
    for one, other, cosine in near:
        if max(neighbours[one], neighbours[other]) <= NEIGHBOURS:
            yield "near in meaning", places[one], places[other], 0.9 * min(cosine, 1.0)


# ------------------------------------------------------------------ blocks


def _one_letter_less(key: str) -> Iterator[str]:
    """What two names have in common of which one is the other but for one letter."""
    if len(key) >= SHORTEST and not is_han(key):
        yield key
        yield from {key[:at] + key[at + 1 :] for at in range(1, len(key))}


def _words_in_order(key: str) -> Iterator[str]:
    words = key.replace(",", " ").replace("-", " ").split()
    if len(words) > 1:
        yield " ".join(sorted(words))


def _initial_and_last(key: str) -> Iterator[str]:
    words = key.split()
    if len(words) > 1 and words[0][0].isalpha():
        yield f"{words[0][0]} {words[-1]}"


def _initials(key: str) -> Iterator[str]:
    words = key.split()
    if len(words) > 2:
        yield "".join(word[0] for word in words)
    elif len(words) == 1 and 3 <= len(key) <= 6 and key.isascii():
        yield key


def _last_word(key: str) -> Iterator[str]:
    words = key.split()
    if words and len(words[-1]) >= SHORTEST:
        yield words[-1]


def _family_with_title(key: str) -> Iterator[str]:
    if key[:1] in SURNAMES and 2 <= len(key) <= 4:
        yield key[0]


def _has_initial(one: str, other: str) -> bool:
    first, second = one.split()[0].strip("."), other.split()[0].strip(".")
    return 1 in (len(first), len(second)) and first != second


def _is_short_for(one: str, other: str) -> bool:
    return (" " in one) != (" " in other)


def _has_title(one: str, other: str) -> bool:
    return one[1:].endswith(TITLES) != other[1:].endswith(TITLES)


def _is_slip(one: str, other: str) -> bool:
    """One letter more, less, other, or two swapped; digits are never slips."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < SHORTEST:
        return False
    differing = Counter(one)
    differing.subtract(Counter(other))
    return not any(character.isdigit() or character == " " for character, count in differing.items() if count) and one != other


BLOCKS: dict[str, Callable[[str], Iterator[str]]] = {
    "the same words in another order": _words_in_order,
    "spelt alike": _one_letter_less,
    "an initial for the first name": _initial_and_last,
    "the initials": _initials,
    "the family name": _last_word,
    "the family name with a title": _family_with_title,
}
MEANS: dict[str, Callable[[str, str], bool]] = {
    "the same words in another order": lambda _one, _other: True,
    "spelt alike": _is_slip,
    "an initial for the first name": _has_initial,
    "the initials": _is_short_for,
    "the family name": _is_short_for,
    "the family name with a title": _has_title,
}
