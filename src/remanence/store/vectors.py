"""Vectors as the store keeps them: a unit float32 vector in, int8 codes with one scale out, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remanence.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray


def codes(vector: NDArray[np.float32], embedder: tuple[str, int] | None) -> tuple[bytes, float]:
    """Symmetric int8 codes, shape [dimension], with the scale that turns them back. Cosine error stays below 0.005.

    Raises `BadInput` where the vector is not of the embedder's dimension.
    """
    if embedder is None or vector.shape != (embedder[1],):
        expected = "has no embedder yet" if embedder is None else f"holds vectors of {embedder[1]} axes"
        raise BadInput(f"This memory {expected}; a vector of shape {vector.shape} was given. Nothing was written.")
    scale = float(np.abs(vector).max()) / 127.0
    if not np.isfinite(scale):
        raise BadInput("A vector holds a number that is not finite. Check the embedder. Nothing was written.")
    if scale == 0.0:
        return np.zeros(len(vector), dtype=np.int8).tobytes(), 0.0
    return np.rint(vector / scale).astype(np.int8).tobytes(), scale
