"""Forget episodes: what is to go comes in, a certificate that it is gone comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import TypeVar

from remanence.changes import new_change
from remanence.errors import BadInput, NotFound
from remanence.ports import Store
from remanence.types import Action, Certificate, Episode, Filter, Probe, Scope, Spent

PROBED = 20
NEIGHBOURS = 8
REACH = 4
NEEDLES = 64
NEEDLES_EACH = 4
NEEDLE_BYTES = 40
SHORTEST_NEEDLE = 8

T = TypeVar("T")
SHORTEST_STEM = 5
RanksOf = Callable[[Sequence[Episode]], Sequence[int | None]]


def forget(store: Store, scope: Scope, episodes: Sequence[Episode], *, made_at: datetime, reason: str = "", probe: RanksOf) -> Certificate:
    """Erase `episodes` from `scope` and prove it: probes of them and of their neighbours, and a scan of the store's bytes.

    `probe` tells each episode's rank when it is looked for by its own words. Up to 20 of the erased and 8 neighbours are
    probed. With nothing of them in `scope` nothing is done, and the certificate names no change.
    """
    started = perf_counter()
    doomed = list({episode.id: episode for episode in store.get(scope, [episode.id for episode in episodes])}.values())
    if not doomed:
        return Certificate(None, (), (), (), 0, 0, made_at, Spent(perf_counter() - started))
    probed, beside = doomed[:PROBED], neighbours(store, scope, doomed)
    before = probe([*probed, *beside])
    change = new_change(Action.ERASE, scope, made_at, retired=[episode.id for episode in doomed], reason=reason)
    store.erase(change)
    after = probe([*probed, *beside])
    probes = [Probe(episode.id, *ranks) for episode, *ranks in zip([*probed, *beside], before, after, strict=True)]
    residue, scanned = _scour(store, needles(doomed))
    return Certificate(
        change=change.id, removed=change.retired, probes=tuple(probes[: len(probed)]), neighbours=tuple(probes[len(probed) :]),
        residue=residue, scanned_bytes=scanned, made_at=made_at, spent=Spent(perf_counter() - started),
    )  # fmt: skip


def holding_all(episodes: Iterable[Episode], description: str, terms: Callable[[str], Sequence[str]]) -> list[Episode]:
    """The rule for forgetting by description: every episode that holds all terms of `description`. Pure.

    Also those that were superseded or undone: they still answer `as_of` and lie in the file. A term is held by
    one of the same stem, or of a stem that begins with it or begins it (allergy, allergic; from five letters on). A
    description without terms names nothing.
    """
    wanted = set(terms(description))
    return [e for e in episodes if wanted and all(_holds(set(terms(e.text)), term) for term in wanted)]


def named(store: Store, scope: Scope, what: str | Sequence[str], terms: Callable[[str], Sequence[str]]) -> list[Episode]:
    """The episodes that `what` names: one id or several, or a description. Raises `NotFound` for an id that is not there.

    An id names that one version and no other; a description names every version that holds its words.
    """
    names = [what] if isinstance(what, str) else list(what)
    if len(names) == 1 and not names[0].startswith("ep_"):
        return holding_all((episode for _, episode in store.scan(scope)), names[0], terms)
    found = store.get(scope, names)
    if missing := set(names) - {episode.id for episode in found}:
        raise NotFound(f"There is no episode {min(missing)!r} in this scope. Nothing was forgotten.")
    return found


def all_meeting(store: Store, scope: Scope, where: Filter) -> list[Episode]:
    """Every episode that meets `where`, whatever became of it. Raises `BadInput` for an empty filter."""
    if where.is_empty:
        raise BadInput("An empty filter would forget everything. Name a source, a speaker or a time.")
    return store.at(scope, store.select(scope, where))


def _holds(held: set[str], term: str) -> bool:
    return term in held or (
        len(term) >= SHORTEST_STEM
        and any(other.startswith(term) or (len(other) >= SHORTEST_STEM and term.startswith(other)) for other in held)
    )


def neighbours(store: Store, scope: Scope, doomed: Sequence[Episode]) -> list[Episode]:
    """Up to 8 current episodes that stand just before or after the doomed ones in their session, and stay."""
    gone = {episode.id for episode in doomed}
    found: dict[str, Episode] = {}
    for episode in _spread(doomed, NEIGHBOURS // 2):
        inner = scope.narrow(**episode.scope.as_dict())
        beside = [near for near in _around(store, inner, episode) if near.id not in gone and near.is_current]
        found.update({near.id: near for near in beside[: max(2, NEIGHBOURS // len(doomed))]})
    return list(found.values())[:NEIGHBOURS]


def needles(episodes: Sequence[Episode]) -> list[bytes]:
    """Up to 64 fragments of about 40 bytes, up to 4 of an episode, spread over its text; texts under 8 bytes give none.

    Several short ones, because a long text is stored in pieces whose joints would hide one long needle.
    """
    long_enough = [text for episode in episodes if len(text := episode.text.encode("utf-8", "surrogatepass")) >= SHORTEST_NEEDLE]
    each = max(1, min(NEEDLES_EACH, NEEDLES // max(1, len(long_enough))))
    fragments = (fragment for text in _spread(long_enough, NEEDLES) for fragment in _fragments(text, each))
    return list(dict.fromkeys(islice(fragments, NEEDLES)))


def _around(store: Store, scope: Scope, episode: Episode) -> Iterator[Episode]:
    """Episodes recorded next to `episode` in `scope`, the nearest first."""
    is_last = episode.said_at.replace(tzinfo=None) == datetime.max
    until = None if is_last else episode.said_at + timedelta(microseconds=1)
    same_moment = store.select(scope, Filter(since=episode.said_at, until=until))
    place = next((seq for seq, e in zip(same_moment, store.at(scope, same_moment), strict=False) if e.id == episode.id), None)
    if place is None:
        return
    distances = (step for distance in range(1, NEIGHBOURS * REACH) for step in (-distance, distance))
    yield from store.at(scope, [place + step for step in distances if place + step > 0])


def _scour(store: Store, fragments: Sequence[bytes]) -> tuple[int, int]:
    """What the files still hold of `fragments`, cleaned as deeply as it takes, and the bytes that were read."""
    residue, scanned = store.residue(fragments)
    for deep in (False, True):
        if residue:
            store.compact(deep=deep)
            residue, scanned = store.residue(fragments)
    return residue, scanned


def _spread(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of `items`, evenly spaced."""
    if len(items) <= most:
        return list(items)
    return [items[i * len(items) // most] for i in range(most)]


def _fragments(text: bytes, most: int) -> Iterator[bytes]:
    """Up to `most` pieces of `text` that do not overlap, cut between its characters, from its start to its end."""
    if len(text) <= NEEDLE_BYTES:
        yield text
        return
    many = min(most, len(text) // NEEDLE_BYTES)
    for piece in range(many):
        start = (len(text) - NEEDLE_BYTES) * piece // max(1, many - 1)
        yield text[_character(text, start) : _character(text, start + NEEDLE_BYTES)]


def _character(text: bytes, at: int) -> int:
    """The first place from `at` where a character of UTF-8 begins, or the end."""
    while at < len(text) and text[at] & 0xC0 == 0x80:
        at += 1
    return at
