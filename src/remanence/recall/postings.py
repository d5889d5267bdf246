"""Where terms stand: rows with their term hashes in, for each term the rows that hold it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAIL = 4096  # rows kept outside the sorted postings before they are merged in
ROW = np.uint64(0xFFFFFFFF)
HIGH = np.uint64(32)


class Postings:
    """An inverted index in three arrays, sorted by term and row, and a small tail of the latest rows.

    `add` many rows, then `settle`; a merge sorts (term, row) pairs as one 64-bit number each.
    """

    def __init__(self) -> None:
        self._terms = np.empty(0, np.uint32)  # ascending, shape [vocabulary]
        self._starts = np.zeros(1, np.int64)  # where each term's rows begin, shape [vocabulary + 1]
        self._rows = np.empty(0, np.int32)
        self._counts = np.empty(0, np.uint16)
        self._tail: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._waiting: list[NDArray[np.uint64]] = []
        self._waiting_rows = self._tail_rows = 0

    @property
    def memory(self) -> int:
        """Bytes held."""
        return self._terms.nbytes + self._starts.nbytes + self._rows.nbytes + self._counts.nbytes

    def add(self, terms: Sequence[NDArray[np.uint32]], start: int) -> None:
        """The terms of rows `start` and on; found after `settle`."""
        rows = np.repeat(np.arange(start, start + len(terms), dtype=np.uint64), [len(held) for held in terms])
        if len(rows):
            self._waiting.append((np.concatenate(terms).astype(np.uint64) << HIGH) | rows)
        self._waiting_rows += len(terms)

    def settle(self) -> None:
        """Make what was added findable: a few rows join the tail, many are merged."""
        if not self._waiting_rows:
            return
        few = self._tail_rows + self._waiting_rows <= TAIL
        waiting = self._waiting
        self._waiting = []
        (self._to_tail if few else self._merge)(waiting)
        self._tail_rows = self._tail_rows + self._waiting_rows if few else 0
        self._waiting_rows = 0

    def of(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """The rows that hold `term`, ascending, and how often each does."""
        key = np.uint32(term)  # of the array's own type: another would copy the whole array
        place = int(np.searchsorted(self._terms, key))
        known = place < len(self._terms) and self._terms[place] == key
        left, right = (int(self._starts[place]), int(self._starts[place + 1])) if known else (0, 0)
        rows, counts = self._rows[left:right], self._counts[left:right]
        if tail := self._tail.get(term):
            late = np.array(tail, dtype=np.int32)
            rows, counts = np.concatenate([rows, late[:, 0]]), np.concatenate([counts, late[:, 1].astype(np.uint16)])
        return rows, counts

    def _to_tail(self, waiting: list[NDArray[np.uint64]]) -> None:
        for pairs in waiting:
            held, counts = np.unique(pairs, return_counts=True)
            for pair, count in zip(held.tolist(), counts.clip(max=0xFFFF).tolist(), strict=True):
                self._tail[pair >> 32].append((pair & 0xFFFFFFFF, count))

    def _merge(self, waiting: list[NDArray[np.uint64]]) -> None:
        old = (np.repeat(self._terms, np.diff(self._starts)).astype(np.uint64) << HIGH) | self._rows.astype(np.uint64)
        late = [(term << 32 | row, count) for term, held in self._tail.items() for row, count in held]
        late_pairs = np.array([pair for pair, _ in late], dtype=np.uint64)
        late_counts = np.array([count for _, count in late], dtype=np.uint16)
        fresh = np.concatenate(waiting) if waiting else np.empty(0, np.uint64)
        waiting.clear()
        fresh, counts = _counted(fresh)
        if len(old) or len(late):
            fresh = np.concatenate([old, late_pairs, fresh])
            counts = np.concatenate([self._counts, late_counts, counts])
            order = np.argsort(fresh, kind="stable")
            fresh, counts = fresh[order], counts[order]
        self._rows, self._counts = (fresh & ROW).astype(np.int32), counts
        terms = (fresh >> HIGH).astype(np.uint32)
        first = np.flatnonzero(np.r_[True, terms[1:] != terms[:-1]]) if len(terms) else np.empty(0, np.int64)
        self._terms, self._starts = terms[first], np.r_[first, len(terms)]
        self._tail = defaultdict(list)


def _counted(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """Distinct pairs, ascending, with how often each occurs; sorts in place."""
    pairs.sort()
    first = np.flatnonzero(np.r_[True, pairs[1:] != pairs[:-1]]) if len(pairs) else np.empty(0, np.int64)
    counts = np.diff(np.r_[first, len(pairs)]).clip(max=0xFFFF).astype(np.uint16)
    return pairs[first], counts
