"""What was learnt of which turns answer which questions, in the axes of one embedder: vectors in, a share of the score out.

    score = qᵀ A t + qᵀ B n        n: the sum of the turns around t, each weighed by how near it is

  q, t   unit vectors of the question and the turn
  A, B   [dimension, dimension], of low rank, learnt on top of the linear score (a bilinear ranker: Bai et al. 2010,
         "Learning to rank with (a lot of) word features", equation 2)

Plain likeness asks whether question and turn speak of the same; the lens knows that "what does she do to relax?" wants "I
love …" rather than another question.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.recall.features import NEAR, Around
from remanence.recall.view import NONE, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """`left` @ `right` for each of A and B: shapes [2, dimension, rank] and [2, rank, dimension]. `embedder`: whose axes."""

    embedder: str
    left: Floats
    right: Floats

    def towards(self, vector: Floats) -> Floats:
        """Where a question's `vector` looks for its turns and for what surrounds them, shape [2, dimension]."""
        seen: Floats = np.matmul(np.matmul(vector, self.left)[:, None, :], self.right)[:, 0, :]
        return seen


def through(lens: Lens | None, vector: Floats | None, view: View, around: Around) -> Floats:
    """What `lens` adds to the score of each candidate in `around`, shape [n]."""
    there = around.near[0]
    if lens is None or vector is None or len(vector) != lens.left.shape[1]:
        return np.zeros(len(there), np.float32)
    own, beside = view.nearest.similarities(lens.towards(vector), around.known)
    added: Floats = own[there].copy()
    for gap, places in around.near.items():
        if gap:
            added += np.where(places == NONE, np.float32(0), np.float32(NEAR[gap]) * beside[places])
    return added


def thinned(matrix: Floats, rank: int) -> tuple[Floats, Floats]:
    """The product of rank `rank` nearest to `matrix` (Eckart & Young 1936), as its two factors."""
    left, size, right = np.linalg.svd(matrix, full_matrices=False)
    return left[:, :rank] * size[:rank], right[:rank]


def lens_of(learnt: Mapping[str, Any]) -> Lens:
    """A lens from a document, as `document_of` writes it."""
    size, rank = int(learnt["dimension"]), int(learnt["rank"])
    left, right = (np.frombuffer(base64.b64decode(learnt[part]), "<f2").astype(np.float32) for part in ("left", "right"))
    return Lens(str(learnt["embedder"]), left.reshape(2, size, rank), right.reshape(2, rank, size))


def document_of(lens: Lens) -> dict[str, Any]:
    """What JSON can hold of `lens`: its factors in half precision."""
    left, right = (base64.b64encode(part.astype("<f2").tobytes()).decode("ascii") for part in (lens.left, lens.right))
    return {"embedder": lens.embedder, "dimension": lens.left.shape[1], "rank": lens.left.shape[2], "left": left, "right": right}
