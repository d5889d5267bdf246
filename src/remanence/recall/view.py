"""One scope's index as arrays in memory: index rows in, postings, neighbours, moments and vectors out; kept current in steps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.ports import IndexRow, Mark, Store
from remanence.recall.growing import Growing
from remanence.recall.names import Names
from remanence.recall.nearest import Nearest
from remanence.recall.postings import Postings
from remanence.types import Scope

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = -1
DAY = 86_400.0
LEAST = 1e-3  # a sum of unit vectors shorter than this is what rounding left of vectors that were taken away again
PAGE = 8_192  # index rows taken over at once


class Labels:
    """Strings as small codes; `None` has a code of its own."""

    def __init__(self) -> None:
        self.names: list[str | None] = []
        self._codes: dict[str | None, int] = {}

    def code(self, name: str | None) -> int:
        found = self._codes.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found


class View:
    """The rows of one scope, aligned by row number in the order recorded.

    Columns, each shape [n]: `seq`, `session`, `position` (place within the session), `previous` and `next` (neighbouring
    rows of the session, -1 at its ends), `speaker`, `role`, `said_at`, `valid_to`, `heard_at`, `retired_at` (seconds),
    `length` (terms), `cues` (bits), `alive` (not erased), `current`
    (neither erased nor retired). An episode recorded without a session belongs to its day.
    """

    def __init__(self, dimension: int) -> None:
        self.mark = Mark(0, 0, 0)
        self.nearest = Nearest(dimension)
        self.sessions, self.speakers, self.roles = Labels(), Labels(), Labels()
        self.names = Names()
        self._columns = {
            "seq": Growing(np.int64), "session": Growing(np.int32), "position": Growing(np.int32),
            "previous": Growing(np.int32), "next": Growing(np.int32), "speaker": Growing(np.int32),
            "role": Growing(np.int32), "said_at": Growing(np.float64), "valid_to": Growing(np.float64),
            "heard_at": Growing(np.float64), "retired_at": Growing(np.float64), "length": Growing(np.int32),
            "cues": Growing(np.uint8), "alive": Growing(np.bool_), "current": Growing(np.bool_),
        }  # fmt: skip
        self._last: dict[int, int] = {}  # session code → its last row
        self._session_length = Growing(np.int64)
        self._session_sum = Growing(np.float32, dimension)
        self._postings = Postings()
        self.total_length = 0

    def __len__(self) -> int:
        return len(self.seq)

    def __getattr__(self, name: str) -> NDArray[Any]:
        try:
            return self.__dict__["_columns"][name].now  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def session_length(self) -> NDArray[np.int64]:
        """Terms in each session, shape [sessions]."""
        return self._session_length.now

    def session_vectors(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """The mean direction of each session's turns, unit rows, shape [len(codes), dimension]."""
        total = self._session_sum.now[codes]
        unit: NDArray[np.float32] = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), LEAST)
        return unit

    @property
    def memory(self) -> int:
        """Bytes held by the large arrays."""
        columns = sum(column.memory for column in self._columns.values())
        return columns + self._postings.memory + self._session_sum.memory + self.nearest.memory

    def refresh(self, store: Store, scope: Scope) -> None:
        """Bring the view up to date with `store`, reading only what changed since the last time."""
        mark = store.mark()
        if mark == self.mark:
            return
        if mark.generation != self.mark.generation:
            self.__init__(self.nearest.dimension)  # type: ignore[misc]
        else:
            self._move(store, scope)
        after = int(self.seq[-1]) if len(self) else 0
        rows = store.index(scope, after=max(after, self.mark.seq))
        while page := list(islice(rows, PAGE)):
            self._append(page)
        self._postings.settle()
        # A row written between the two reads is read again by its move, or seen next time: both are harmless.
        self.mark = mark

    def latest_of(self, session: int, limit: int) -> list[int]:
        """Up to `limit` rows of a session, the latest first."""
        rows: list[int] = []
        row = self._last.get(session, NONE)
        previous = self.previous
        while row != NONE and len(rows) < limit:
            rows.append(row)
            row = int(previous[row])
        return rows

    def row_of(self, seqs: Iterable[int]) -> NDArray[np.int64]:
        """Row numbers of those `seqs` that are in the view."""
        wanted = np.asarray(list(seqs), dtype=np.int64)
        if not len(self) or not len(wanted):
            return np.empty(0, np.int64)
        places = np.searchsorted(self.seq, wanted).clip(max=len(self) - 1)
        found: NDArray[np.int64] = places[self.seq[places] == wanted]
        return found

    def mask(self, seqs: Iterable[int]) -> NDArray[np.bool_]:
        """Which rows are among `seqs`, shape [n]."""
        found = np.zeros(len(self), np.bool_)
        found[self.row_of(seqs)] = True
        return found

    def postings(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """The rows that hold `term`, ascending, and how often each does."""
        return self._postings.of(term)

    def believed(self, as_of: float | None = None, known_at: float | None = None) -> NDArray[np.bool_]:
        """Which rows count, shape [n]: those current now, or those held to be so at `as_of` by what was known at `known_at`."""
        alive = self.alive
        if as_of is None and known_at is None:
            return self.current
        known = alive if known_at is None else alive & (self.heard_at <= known_at)
        if as_of is None:
            return known & (self.retired_at > known_at)
        valid_to = self.valid_to if known_at is None else np.where(self.retired_at <= known_at, self.valid_to, np.inf)
        return known & (self.said_at <= as_of) & (as_of < valid_to)

    def _append(self, fresh: list[IndexRow]) -> None:
        start = len(self)
        terms = [np.frombuffer(row.terms, dtype="<u4") for row in fresh]
        sessions = [self._session_code(row) for row in fresh]
        previous, positions = self._chain(sessions, start)
        self._extend("seq", [row.seq for row in fresh])
        self._extend("session", sessions)
        self._extend("position", positions)
        self._extend("previous", previous)
        self._extend("next", [NONE] * len(fresh))
        self._extend("speaker", [self._speaker_code(row.speaker) for row in fresh])
        self._extend("role", [self.roles.code(row.role) for row in fresh])
        for name in ("said_at", "valid_to", "heard_at", "retired_at"):
            self._extend(name, [getattr(row, name) for row in fresh])
        lengths = [len(held) for held in terms]
        self._extend("length", lengths)
        self._extend("cues", [row.cues for row in fresh])
        self._extend("alive", [True] * len(fresh))
        self._extend("current", [np.isinf(row.retired_at) for row in fresh])
        before = np.asarray(previous)
        linked = before >= 0
        self.next[before[linked]] = np.arange(start, start + len(fresh))[linked]
        new_sessions = len(self.sessions.names) - len(self._session_length.now)
        self._session_length.extend([0] * new_sessions)
        self._session_sum.extend(np.zeros((new_sessions, self.nearest.dimension), np.float32))
        np.add.at(self.session_length, sessions, lengths)
        self.total_length += sum(lengths)
        self.nearest.extend([row.vector for row in fresh], [row.scale for row in fresh])
        self._add_to_sessions(np.arange(start, start + len(fresh)))
        self._postings.add(terms, start)

    def _extend(self, name: str, values: Any) -> None:
        self._columns[name].extend(values)

    def _speaker_code(self, name: str | None) -> int:
        known = len(self.speakers.names)
        code = self.speakers.code(name)
        if code == known:
            self.names.learn(name, code)
        return code

    def _session_code(self, row: IndexRow) -> int:
        return self.sessions.code(row.session or f"\x00{row.said_at // DAY:.0f}")

    def _chain(self, sessions: list[int], start: int) -> tuple[list[int], list[int]]:
        previous, positions = [], []
        known = self.position
        fresh: dict[int, int] = {}
        for row, session in enumerate(sessions, start):
            before = self._last.get(session, NONE)
            place = 0 if before == NONE else (fresh[before] if before >= start else int(known[before])) + 1
            fresh[row] = place
            previous.append(before)
            positions.append(place)
            self._last[session] = row
        return previous, positions

    def _add_to_sessions(self, rows: NDArray[Any], sign: float = 1.0) -> None:
        """Add the vectors of `rows` to the sums of their sessions, or take them away."""
        for start in range(0, len(rows), PAGE):
            some = rows[start : start + PAGE]
            some = some[np.argsort(self.session[some], kind="stable")]
            codes, firsts = np.unique(self.session[some], return_index=True)
            self._session_sum.now[codes] += sign * np.add.reduceat(self.nearest.vectors(some), firsts, axis=0)

    def _move(self, store: Store, scope: Scope) -> None:
        """Re-read the rows that were retired, restored, embedded or erased."""
        rows = self.row_of(store.moved(scope, self.mark.move))
        rows = rows[self.alive[rows]]  # what is erased stays so, and a move may be told twice
        if not len(rows):
            return
        self.alive[rows] = self.current[rows] = False
        self._add_to_sessions(rows, sign=-1.0)
        present = {row.seq: row for row in store.index(scope, seqs=self.seq[rows].tolist())}
        for row in rows.tolist():
            if held := present.get(int(self.seq[row])):
                self.alive[row], self.current[row] = True, np.isinf(held.retired_at)
                self.valid_to[row], self.retired_at[row] = held.valid_to, held.retired_at
                self.nearest.replace(row, held.vector, held.scale)
            else:
                self._unlink(row)
        self._add_to_sessions(rows)
        self._renumber(self.session[rows[~self.alive[rows]]])

    def _renumber(self, sessions: NDArray[Any]) -> None:
        """Count the places within `sessions` anew, since some of their rows were erased."""
        if not len(sessions):
            return
        rows = np.flatnonzero(self.alive & np.isin(self.session, sessions))
        rows = rows[np.argsort(self.session[rows], kind="stable")]
        ordered = self.session[rows]
        self.position[rows] = np.arange(len(rows)) - np.searchsorted(ordered, ordered)

    def _unlink(self, row: int) -> None:
        before, behind = int(self.previous[row]), int(self.next[row])
        if before != NONE:
            self.next[before] = behind
        if behind != NONE:
            self.previous[behind] = before
        session = int(self.session[row])
        if self._last.get(session) == row:
            self._last[session] = before
        self.session_length[session] -= self.length[row]
        self.total_length -= int(self.length[row])
        self.nearest.replace(row, None, 0.0)
