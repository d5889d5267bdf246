"""The store's double for tests and for memories that need not outlive their process: same laws, plain dictionaries."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from remanence.changes import part_of
from remanence.errors import BadInput, NotFound, ScopeViolation, StoreError
from remanence.ports import IndexRow, Mark
from remanence.store.migrations import LATEST
from remanence.store.rows import counting, refuse_misfits, refuse_twice, seconds
from remanence.store.vectors import codes
from remanence.types import LAYERS, Action, Change, Entry, Episode, Filter, Finding, Reading, ReadingState, Scope, Stats, Testimony

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class _Row:
    seq: int
    episode: Episode
    terms: bytes
    vector: bytes | None
    scale: float
    cues: int
    readings: tuple[Reading, ...] = ()


@dataclass
class _State:
    """Everything the store holds; replaced as a whole by a commit, so that a failed one leaves no trace."""

    rows: dict[str, _Row] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    moves: list[tuple[Scope, int]] = field(default_factory=list)
    last_seq: int = 0
    generation: int = 1
    embedder: tuple[str, int] | None = None

    def copy(self) -> _State:
        return replace(self, rows=dict(self.rows), changes=list(self.changes), moves=list(self.moves))


class InMemoryStore:
    """A store in dictionaries. Nothing is written to disk; `close` forgets everything."""

    path = ":memory:"

    def __init__(self) -> None:
        self._held: _State | None = _State()
        self._lock = threading.RLock()

    @property
    def _state(self) -> _State:
        if self._held is None:
            raise StoreError("This memory was closed, and with it all it held; open a new Memory.")
        return self._held

    @_state.setter
    def _state(self, state: _State) -> None:
        self._held = state

    def commit(self, change: Change, entries: Sequence[Entry] = ()) -> Change:
        with self._lock:
            state = self._state.copy()
            for entry in entries:
                if not change.scope.contains(entry.episode.scope):
                    raise ScopeViolation(f"Episode {entry.episode.id} lies outside the scope of the change that adds it.")
            refuse_twice(change)
            fresh = list({e.episode.id: e for e in entries if e.episode.id not in state.rows}.values())
            kept = replace(change, added=tuple(entry.episode.id for entry in fresh))
            if not (fresh or kept.retired or kept.restored):
                return kept
            _refuse_known(state, change)
            for entry in fresh:
                state.last_seq += 1
                state.rows[entry.episode.id] = _row(state.last_seq, entry, state.embedder)
            _turn(
                state, kept,
                retired=[_found(state, change.scope, id_) for id_ in kept.retired],
                restored=[_found(state, change.scope, id_) for id_ in kept.restored],
            )  # fmt: skip
            state.changes.append(kept)
            self._state = state
        return kept

    def erase(self, change: Change) -> None:
        with self._lock:
            refuse_twice(change)
            state = self._state.copy()
            _refuse_known(state, change)
            _remove(state, [_found(state, change.scope, id_) for id_ in change.retired])
            state.changes.append(change)
            self._state = state

    def replay(self, steps: Sequence[tuple[Change, Sequence[Entry]]]) -> list[Change]:
        """Take over changes from another store's history as a whole, and return those that were new here."""
        with self._lock:
            state = self._state.copy()
            known = {change.id: change.scope for change in state.changes}
            taken = []
            for change, entries in steps:
                if change.id not in known:
                    _take_over(state, change, entries)
                    taken.append(change)
                elif not change.scope.contains(known[change.id]):
                    raise ScopeViolation(f"Change {change.id} is already known, outside the scope it is given for.")
                known.setdefault(change.id, change.scope)
            self._state = state
        return taken

    def compact(self, deep: bool = False) -> None:
        """Nothing to do: erased rows are gone."""

    def embed_as(self, name: str, dimension: int) -> None:
        with self._lock:
            state = self._state.copy()
            if state.embedder == (name, dimension):
                return
            if state.embedder is not None:
                state.rows = {id_: replace(row, vector=None, scale=0.0) for id_, row in state.rows.items()}
                state.generation += 1
            state.embedder = (name, dimension)
            self._state = state

    def fill(self, scope: Scope, vectors: Sequence[tuple[str, NDArray[np.float32]]]) -> int:
        with self._lock:
            state = self._state.copy()
            found = [(row, vector) for id_, vector in dict(vectors).items() if (row := _within(state, scope, id_))]
            for row, vector in found:
                code, scale = codes(vector, state.embedder)
                state.rows[row.episode.id] = replace(row, vector=code, scale=scale)
                state.moves.append((row.episode.scope, row.seq))
            self._state = state
        return len(found)

    def reterm(self, scope: Scope, terms: Sequence[tuple[str, NDArray[np.uint32], int]]) -> int:
        with self._lock:
            state = self._state.copy()
            wanted = {id_: (hashes, cues) for id_, hashes, cues in terms}
            found = [(row, *values) for id_, values in wanted.items() if (row := _within(state, scope, id_))]
            for row, hashes, cues in found:
                state.rows[row.episode.id] = replace(row, terms=hashes.astype("<u4").tobytes(), cues=cues)
            state.generation += bool(found)
            self._state = state
        return len(found)

    def reread(self, scope: Scope, readings: Sequence[tuple[str, Reading]]) -> int:
        with self._lock:
            state = self._state.copy()
            moved: dict[int, Scope] = {}
            written = 0
            for id_, reading in readings:
                if (row := _within(state, scope, id_)) is None:
                    continue
                refuse_misfits([reading], row.episode.text)
                if reading.state is not ReadingState.DONE and any(_is_done(held, reading.layer) for held in row.readings):
                    continue
                others = (held for held in row.readings if held.layer != reading.layer)
                state.rows[id_] = replace(row, readings=_in_order((*others, reading)))
                moved[row.seq] = row.episode.scope
                written += 1
            state.moves += [(place, seq) for seq, place in moved.items()]
            self._state = state
        return written

    def testimonies(self, scope: Scope, after: int = 0, seqs: Sequence[int] | None = None) -> Iterator[Testimony]:
        wanted = None if seqs is None else {int(seq) for seq in seqs}
        return iter([
            testimony
            for row in self._within(scope)
            if (row.seq > after if wanted is None else row.seq in wanted)
            for testimony in _testimonies(row)
        ])  # fmt: skip

    def unread(self, scope: Scope, by: str, limit: int, after: int = 0, pending: bool = False) -> list[tuple[int, Episode]]:
        def is_wanted(row: _Row) -> bool:
            if pending:
                return any(_is_deferred(held, Reading(by).layer) for held in row.readings)
            return all(held.by != by or held.state is ReadingState.DEFERRED for held in row.readings)

        rows = (row for row in self._within(scope) if row.seq > after and row.episode.is_current and is_wanted(row))
        return [(row.seq, row.episode) for row in islice(rows, limit)]

    def readings(self, scope: Scope, ids: Sequence[str]) -> dict[str, tuple[Reading, ...]]:
        """All readings of those of these episodes that exist in `scope` and have one, the layer that counts least first."""
        rows = (row for id_ in ids if (row := _within(self._state, scope, id_)))
        return {row.episode.id: row.readings for row in rows if row.readings}

    def get(self, scope: Scope, ids: Sequence[str]) -> list[Episode]:
        rows = (self._state.rows.get(id_) for id_ in ids)
        return [row.episode for row in rows if row is not None and scope.contains(row.episode.scope)]

    def at(self, scope: Scope, seqs: Sequence[int]) -> list[Episode]:
        placed = {row.seq: row.episode for row in self._within(scope)}
        return [placed[int(seq)] for seq in seqs if int(seq) in placed]

    def scan(self, scope: Scope, where: Filter | None = None, after: int = 0) -> Iterator[tuple[int, Episode]]:
        where = where or Filter()
        yield from ((r.seq, r.episode) for r in self._within(scope) if r.seq > after and _meets(r.episode, where))

    def select(self, scope: Scope, where: Filter) -> list[int]:
        return [seq for seq, _ in self.scan(scope, where)]

    def index(self, scope: Scope, after: int = 0, seqs: Sequence[int] | None = None) -> Iterator[IndexRow]:
        wanted = None if seqs is None else {int(seq) for seq in seqs}
        return iter([
            _index_row(row)
            for row in self._within(scope)
            if (row.seq > after if wanted is None else row.seq in wanted)
        ])  # fmt: skip

    def tenants(self) -> list[str]:
        return sorted({row.episode.scope.tenant for row in self._state.rows.values()})

    def mark(self) -> Mark:
        return Mark(self._state.generation, self._state.last_seq, len(self._state.moves))

    def moved(self, scope: Scope, after: int) -> list[int]:
        return sorted({seq for place, seq in self._state.moves[after:] if scope.contains(place)})

    def changes(self, scope: Scope, episode: str | None = None, limit: int | None = None) -> list[Change]:
        found = [
            change
            for change in self._state.changes
            if scope.contains(change.scope) and (episode is None or episode in (*change.added, *change.retired, *change.restored))
        ]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def ledger(self, scope: Scope) -> Iterator[tuple[Change, list[Episode]]]:
        """The history of `scope`, oldest first, each change with the episodes it added that still exist; the part within
        `scope` of a change that reaches beyond it, as a change of its own."""
        state = self._state
        rows = {id_: row.episode for id_, row in state.rows.items() if scope.contains(row.episode.scope)}
        for change in state.changes:
            if scope.contains(change.scope):
                yield change, [rows[id_] for id_ in change.added]
            elif touched := rows.keys() & {*change.added, *change.retired, *change.restored}:
                yield part_of(change, scope, touched), [rows[id_] for id_ in change.added if id_ in touched]

    def change(self, scope: Scope, id: str) -> Change:
        """The change by this id. Raises `NotFound`."""
        for change in self.changes(scope):
            if change.id == id:
                return change
        raise NotFound(f"There is no change {id!r} in this scope. `history` lists those there are.")

    def embedder(self) -> tuple[str, int] | None:
        return self._state.embedder

    def deferred(self, scope: Scope, limit: int) -> list[Episode]:
        return [row.episode for row in self._within(scope) if row.vector is None][:limit]

    def stats(self, scope: Scope) -> Stats:
        rows = self._within(scope)
        said: list[datetime] = sorted(row.episode.said_at for row in rows)
        name, dimension = self._state.embedder or ("none", 0)
        return Stats(
            episodes=len(rows),
            retired=sum(not row.episode.is_current for row in rows),
            deferred=sum(row.vector is None for row in rows),
            sessions=len({row.episode.scope for row in rows if row.episode.scope.session}),
            speakers=len({row.episode.speaker for row in rows} - {None}),
            changes=len(self.changes(scope)),
            first_said_at=said[0] if said else None,
            last_said_at=said[-1] if said else None,
            embedder=name,
            dimension=dimension,
            schema=LATEST,
            bytes=sum(len(row.episode.text.encode()) + len(row.terms) + len(row.vector or b"") for row in rows),
            claims=sum(len(reading.claims) for row in rows if (reading := counting(row.readings))),
            undistilled=sum(row.episode.is_current and any(_is_deferred(held, "model") for held in row.readings) for row in rows),
        )

    def check(self) -> list[Finding]:
        ends = [r.episode.id for r in self._state.rows.values() if (r.episode.retired_at is None) != (r.episode.valid_to is None)]
        return [Finding("retired episodes have an end", not ends, "; ".join(ends[:3]) or "fine")]

    def residue(self, needles: Sequence[bytes]) -> tuple[int, int]:  # noqa: ARG002 - there are no files
        return 0, 0

    def close(self) -> None:
        self._held = None

    def _within(self, scope: Scope) -> list[_Row]:
        return [row for row in self._state.rows.values() if scope.contains(row.episode.scope)]


def _row(seq: int, entry: Entry, embedder: tuple[str, int] | None) -> _Row:
    vector, scale = (None, 0.0) if entry.vector is None else codes(entry.vector, embedder)
    refuse_misfits(entry.readings, entry.episode.text)
    return _Row(seq, entry.episode, entry.terms.astype("<u4").tobytes(), vector, scale, entry.cues, _in_order(entry.readings))


def _in_order(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    return tuple(sorted(readings, key=lambda reading: LAYERS.index(reading.layer)))


def _is_done(reading: Reading, layer: str) -> bool:
    return reading.layer == layer and reading.state is ReadingState.DONE


def _is_deferred(reading: Reading, layer: str) -> bool:
    return reading.layer == layer and reading.state is ReadingState.DEFERRED


def _testimonies(row: _Row) -> list[Testimony]:
    e, reading = row.episode, counting(row.readings)
    return [
        Testimony(claim, e.id, row.seq, e.scope, e.said_at, e.heard_at, e.speaker, e.source, e.trust, e.valid_to, e.retired_at)
        for claim in (reading.claims if reading else ())
    ]


def _refuse_known(state: _State, change: Change) -> None:
    if any(known.id == change.id for known in state.changes):
        raise BadInput(f"The change {change.id!r} was committed before. Give every change an id of its own. Nothing was changed.")


def _within(state: _State, scope: Scope, id_: str) -> _Row | None:
    row = state.rows.get(id_)
    return row if row is not None and scope.contains(row.episode.scope) else None


def _found(state: _State, scope: Scope, id_: str) -> _Row:
    row = _within(state, scope, id_)
    if row is None:
        raise NotFound(f"There is no episode {id_!r} in this scope. Nothing was changed.")
    return row


def _take_over(state: _State, change: Change, entries: Sequence[Entry]) -> None:
    refuse_twice(change)
    added = []
    for entry in entries:
        row = state.rows.get(entry.episode.id)
        if not change.scope.contains(entry.episode.scope) or (row and not change.scope.contains(row.episode.scope)):
            raise ScopeViolation(f"Change {change.id} would add episodes outside its scope.")
        if row is None:
            state.last_seq += 1
            state.rows[entry.episode.id] = _row(state.last_seq, entry, state.embedder)
            added.append(entry.episode.id)
    if change.action is Action.ERASE:
        _remove(state, [row for row in _present(state, change.scope, change.retired) if row.episode.heard_at <= change.made_at])
    else:
        retired, restored = _present(state, change.scope, change.retired), _present(state, change.scope, change.restored)
        _turn(state, change, retired, restored)
    state.changes.append(replace(change, added=tuple(added)))


def _present(state: _State, scope: Scope, ids: Sequence[str]) -> list[_Row]:
    return [row for id_ in ids if (row := state.rows.get(id_)) is not None and scope.contains(row.episode.scope)]


def _turn(state: _State, change: Change, retired: Sequence[_Row], restored: Sequence[_Row]) -> None:
    """End the episodes of `retired` rows and make those of `restored` rows current again."""
    for row in retired:
        ends_at = change.ends_at or row.episode.said_at
        _move(state, row, replace(row.episode, retired_at=change.made_at, valid_to=ends_at))
    for row in restored:
        _move(state, row, replace(row.episode, retired_at=None, valid_to=None))


def _remove(state: _State, rows: Sequence[_Row]) -> None:
    for row in rows:
        del state.rows[row.episode.id]
        state.moves.append((row.episode.scope, row.seq))
    gone = {row.episode.id for row in rows}
    state.changes = [replace(c, added=tuple(i for i in c.added if i not in gone)) for c in state.changes]


def _move(state: _State, row: _Row, episode: Episode) -> None:
    state.rows[episode.id] = replace(row, episode=episode)
    state.moves.append((episode.scope, row.seq))


def _index_row(row: _Row) -> IndexRow:
    e = row.episode
    return IndexRow(
        row.seq, e.scope.session, e.speaker, e.role, seconds(e.said_at), seconds(e.valid_to), seconds(e.heard_at),
        seconds(e.retired_at), row.terms, row.vector, row.scale, row.cues,
    )  # fmt: skip


def _meets(episode: Episode, where: Filter) -> bool:
    wanted = {name: value for name in ("speaker", "role", "kind", "source") if (value := getattr(where, name)) is not None}
    return (
        all(getattr(episode, name) == value for name, value in wanted.items())
        and (where.trust is None or episode.trust in where.trust)
        and (where.since is None or episode.said_at >= where.since)
        and (where.until is None or episode.said_at < where.until)
        and all(episode.metadata.get(name) == value for name, value in (where.metadata or {}).items())
    )
