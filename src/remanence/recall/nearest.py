"""The rows whose vectors lie nearest to a query: exact while that is fast, by binary codes and exact rescoring beyond."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.recall.growing import Growing

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_ROWS = 20_000  # a float32 scan of so many rows takes about 3 ms on one core
RESCORED = 8  # binary candidates rescored per row asked for
LEAST_RESCORED = 800


class Nearest:
    """Unit vectors by row. Rows without a vector have similarity 0 and are never found.

    All on one thread: questions come in parallel in a service, and threads that wait for a share of a small scan cost more
    than they save.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._codes, self._scales = Growing(np.int8, dimension), Growing(np.float32)
        self._bits = Growing(np.uint8, -(-dimension // 8))
        self._floats: Growing | None = Growing(np.float32, dimension)
        self._binary: Any = None

    @property
    def memory(self) -> int:
        """Bytes held."""
        floats = 0 if self._floats is None else self._floats.memory
        return self._codes.memory + self._scales.memory + floats + 2 * self._bits.memory

    def extend(self, vectors: Sequence[bytes | None], scales: Sequence[float]) -> None:
        """Append rows: int8 codes of length `dimension` with their scale, or `None`."""
        start = len(self._scales)
        blank = bytes(self.dimension)
        joined = b"".join(blank if vector is None or len(vector) != self.dimension else vector for vector in vectors)
        codes = np.frombuffer(joined, np.int8).reshape(len(vectors), self.dimension)
        self._codes.extend(codes)
        self._bits.extend(_signs(codes))
        self._scales.extend([0.0 if vector is None else scale for vector, scale in zip(vectors, scales, strict=True)])
        if len(self._scales) > EXACT_ROWS:
            self._floats = None
        if self._floats is not None:
            self._floats.extend(codes * self._scales.now[start:, None])
        if self._binary is not None:
            self._binary.add(self._bits.now[start:])

    def replace(self, row: int, vector: bytes | None, scale: float) -> None:
        """Give a row another vector, or none."""
        self._codes.now[row] = 0 if vector is None else np.frombuffer(vector, np.int8)
        self._scales.now[row] = 0.0 if vector is None else scale
        self._bits.now[row] = _signs(self._codes.now[row])
        if self._floats is not None:
            self._floats.now[row] = self._codes.now[row] * self._scales.now[row]
        self._binary = None  # filled again at the next search: a copy of 48 bytes a row

    def similarities(self, query: NDArray[np.float32], rows: NDArray[Any]) -> NDArray[np.float32]:
        """Cosines of `query` [..., dimension] with `rows`, shape [..., len(rows)]."""
        cosines: NDArray[np.float32]
        if self._floats is not None:
            cosines = np.vecdot(self._floats.now[rows], query[..., None, :])
        else:
            cosines = np.vecdot(self._codes.now[rows].astype(np.float32), query[..., None, :]) * self._scales.now[rows]
        return cosines

    def vectors(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """The vectors of `rows`, shape [len(rows), dimension]; zeros where there is none."""
        found: NDArray[np.float32] = self._codes.now[rows].astype(np.float32) * self._scales.now[rows, None]
        return found

    def search(self, query: NDArray[np.float32], limit: int, allowed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Up to `limit` allowed rows of highest cosine with `query`, best first, and their cosines."""
        allowed = allowed & (self._scales.now > 0)
        if self._floats is not None:
            rows = np.flatnonzero(allowed)
            scores = np.vecdot(self._floats.now, query)[rows]
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
            faiss.omp_set_num_threads(1)
            self._binary = faiss.IndexBinaryFlat(8 * self._bits.now.shape[1])
            self._binary.add(self._bits.now)
        few = int(allowed.sum())
        if few <= EXACT_ROWS:
            return np.flatnonzero(allowed)
        # Rows that are not allowed take places in the shortlist, so it is lengthened by their share.
        held = len(self._scales)
        wanted = min(held, int(count * held / few) + 1)
        rows: NDArray[np.int64] = self._binary.search(_signs(query[None, :]), wanted)[1][0]
        return rows[allowed[rows]]


def _signs(vectors: NDArray[Any]) -> NDArray[np.uint8]:
    """One bit an axis, shape [n, dimension / 8]."""
    return np.packbits(vectors > 0, axis=-1)
