"""The rows whose vectors lie nearest to a query: exact while that is fast, by binary codes and exact rescoring beyond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_ROWS = 20_000  # a float32 scan of so many rows takes about 3 ms on one core
RESCORED = 8  # binary candidates rescored per row asked for
LEAST_RESCORED = 800


class Nearest:
    """Unit vectors by row. Rows without a vector have similarity 0 and are never found."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._codes = np.empty((16, dimension), np.int8)
        self._scales = np.empty(16, np.float32)
        self._floats: NDArray[np.float32] | None = np.empty((16, dimension), np.float32)
        self._bits = np.empty((16, -(-dimension // 8)), np.uint8)
        self._n = 0
        self._binary: Any = None

    @property
    def memory(self) -> int:
        floats = 0 if self._floats is None else self._floats.nbytes
        return self._codes.nbytes + self._scales.nbytes + floats + 2 * self._bits.nbytes

    def extend(self, vectors: Sequence[bytes | None], scales: Sequence[float]) -> None:
        """Append rows: int8 codes of length `dimension` with their scale, or `None`."""
        start, need = self._n, self._n + len(vectors)
        self._reserve(need)
        blank = bytes(self.dimension)
        joined = b"".join(blank if vector is None or len(vector) != self.dimension else vector for vector in vectors)
        self._codes[start:need] = np.frombuffer(joined, np.int8).reshape(len(vectors), self.dimension)
        self._scales[start:need] = [0.0 if vector is None else scale for vector, scale in zip(vectors, scales, strict=True)]
        self._n = need
        if need > EXACT_ROWS:
            self._floats = None
        if self._floats is not None:
            self._floats[start:need] = self._codes[start:need] * self._scales[start:need, None]
        self._bits[start:need] = _signs(self._codes[start:need])
        if self._binary is not None:
            self._binary.add(self._bits[start:need])

    def replace(self, row: int, vector: bytes | None, scale: float) -> None:
        self._codes[row] = 0 if vector is None else np.frombuffer(vector, np.int8)
        self._scales[row] = 0.0 if vector is None else scale
        if self._floats is not None:
            self._floats[row] = self._codes[row] * self._scales[row]
        self._bits[row] = _signs(self._codes[row])
        self._binary = None  # filled again at the next search: a copy of 48 bytes a row

    def similarities(self, query: NDArray[np.float32], rows: NDArray[Any]) -> NDArray[np.float32]:
        """Cosines of `query` [dimension] with `rows`, shape [len(rows)]."""
        cosines: NDArray[np.float32]
        if self._floats is not None:
            cosines = self._floats[rows] @ query
        else:
            cosines = (self._codes[rows].astype(np.float32) @ query) * self._scales[rows]
        return cosines

    def vectors(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """The vectors of `rows`, shape [len(rows), dimension]; zeros where there is none."""
        found: NDArray[np.float32] = self._codes[rows].astype(np.float32) * self._scales[rows, None]
        return found

    def search(self, query: NDArray[np.float32], limit: int, allowed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Up to `limit` allowed rows of highest cosine with `query`, best first, and their cosines."""
        allowed = allowed & (self._scales[: self._n] > 0)
        if self._floats is not None:
            rows = np.flatnonzero(allowed)
            scores = self._floats[: self._n] @ query
            scores = scores[rows]
        else:
            rows = self._shortlist(query, max(RESCORED * limit, LEAST_RESCORED), allowed)
            scores = self.similarities(query, rows)
        best = np.argpartition(-scores, limit - 1)[:limit] if len(scores) > limit else np.arange(len(scores))
        best = best[np.argsort(-scores[best], kind="stable")]
        return rows[best], scores[best]

    def _shortlist(self, query: NDArray[np.float32], count: int, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rows whose signs agree with the query's in most axes."""
        import faiss  # loaded only for scopes that need it: 30 MB

        if self._binary is None:
            self._binary = faiss.IndexBinaryFlat(8 * self._bits.shape[1])
            self._binary.add(self._bits[: self._n])
        few = int(allowed.sum())
        if few <= EXACT_ROWS:
            return np.flatnonzero(allowed)
        # Rows that are not allowed take places in the shortlist, so it is lengthened by their share.
        wanted = min(self._n, int(count * self._n / few) + 1)
        rows: NDArray[np.int64] = self._binary.search(_signs(query[None, :]), wanted)[1][0]
        return rows[allowed[rows]]

    def _reserve(self, need: int) -> None:
        if need <= len(self._codes):
            return
        size = need * 5 // 4 + 16
        for name in ("_codes", "_scales", "_floats", "_bits"):
            held = getattr(self, name)
            if held is None or (name == "_floats" and need > EXACT_ROWS):
                continue
            grown = np.empty((size, *held.shape[1:]), held.dtype)
            grown[: self._n] = held[: self._n]
            setattr(self, name, grown)


def _signs(vectors: NDArray[Any]) -> NDArray[np.uint8]:
    """One bit an axis, shape [n, dimension / 8]."""
    return np.packbits(vectors > 0, axis=-1)
