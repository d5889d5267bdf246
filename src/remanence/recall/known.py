"""Arms from what is believed: a function that tells which places bear on a question in, arms of recall out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from remanence.recall.arms import NOTHING, Found, best
from remanence.recall.question import Question
from remanence.recall.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from remanence.recall.pipeline import Arm

KNOWN = ("fact", "entity", "graph")
"""Evidence of the fact asked for; of facts about whom or what the question names; of facts about those near to them."""

FEW = 30
"""Candidates that each may add: what facts point at is little, and what is merely near to them is everything."""

Bearing = Callable[[str], Mapping[str, Mapping[int, float]]]
"""A question's words in; for each of `KNOWN` the places in the store that bear on it, with scores in (0, 1], out."""


def known_arms(bearing: Bearing) -> dict[str, Arm]:
    """An arm for each of `KNOWN`; `bearing` is asked once a question."""
    held: dict[str, Mapping[str, Mapping[int, float]]] = {}

    def arm(name: str) -> Arm:
        def find(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
            if question.text not in held:
                held.clear()
                held[question.text] = bearing(question.text)
            return at_places(held[question.text].get(name, {}), view, allowed, min(limit, FEW))

        return find

    return {name: arm(name) for name in KNOWN}


def at_places(scores: Mapping[int, float], view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """The best `limit` of the allowed rows at these places in the store."""
    if not scores or not len(view):
        return NOTHING
    wanted = np.fromiter(scores, np.int64, len(scores))
    rows = np.searchsorted(view.seq, wanted).clip(max=len(view) - 1)
    is_here = view.seq[rows] == wanted
    column = np.zeros(len(view), np.float32)
    column[rows[is_here]] = np.fromiter(scores.values(), np.float32, len(scores))[is_here]
    return best(column, allowed, limit)
