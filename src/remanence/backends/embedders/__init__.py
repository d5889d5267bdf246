"""Embedders, and the two steps they share: any string becomes valid Unicode; any rows become rows of unit length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remanence.errors import BackendFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def well_formed(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced by U+FFFD, so that it can be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def unit_rows(vectors: NDArray[np.floating], name: str) -> NDArray[np.float32]:
    """`vectors` [n, d] with every row at length 1. Raises `BackendFailed` where a row has no direction."""
    # In double precision, so that very long and very short rows neither overflow nor vanish.
    wide = vectors.astype(np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    if not np.all(np.isfinite(length) & (length > 0)):
        raise BackendFailed(f"{name} returned a vector that is zero or not finite. Check the model behind it.")
    rows: NDArray[np.float32] = (wide / length).astype(np.float32)
    return rows
