"""Arrays that rows are appended to, at an amortised cost of O(1) a row and without holding them twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Growing:
    """An array that grows along its first axis; `now` is what it holds, shape [n, ...], valid until the next `extend`."""

    def __init__(self, dtype: Any, width: int | None = None) -> None:
        self._shape = () if width is None else (width,)
        self._held = np.empty((16, *self._shape), dtype=dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def now(self) -> NDArray[Any]:
        return self._held[: self._n]

    @property
    def memory(self) -> int:
        """Bytes held."""
        return self._held.nbytes

    def extend(self, values: Any) -> None:
        values = np.asarray(values, dtype=self._held.dtype).reshape(len(values), *self._shape)
        need = self._n + len(values)
        if need > len(self._held):
            self._reserve(need + need // 4 + 16)
        self._held[self._n : need] = values
        self._n = need

    def _reserve(self, size: int) -> None:
        try:
            self._held.resize((size, *self._shape))  # in place where the system can: large arrays are not held twice
        except ValueError:  # somebody still looks at the old rows
            grown = np.empty((size, *self._shape), dtype=self._held.dtype)
            grown[: self._n] = self.now
            self._held = grown
