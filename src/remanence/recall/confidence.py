"""How well the best turn stands, and whether the one who is asked about said it: numbers for the odds of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remanence.recall.features import FEATURES
from remanence.recall.question import Question

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CONFIDENCE = (
    "score",
    "lead",
    "probability",
    "entropy",
    "share",
    "share of three",
    "meaning",
    "meaning of three",
    "one is named",
    "none is named",
    "named lead",
    "named lead in words",
    "named lead in share",
    "named lead in meaning",
    "best is by the named",
    "three best by the named",
    "five best by the named",
    "strangeness",
    "score of the neighbourhood",
)


def confidence_features(question: Question, found: Floats, scores: Floats, by_named_weight: float, strange: float) -> Floats:
    """The features of an answer's odds, shape [len(CONFIDENCE)], from the features [n, …] and scores [n] of all candidates.

    `by_named_weight`: what a turn's score owes to being said by the one who is named, per unit; `strange`: the share of the
    question's terms that were never said.
    """
    order = np.argsort(-scores, kind="stable")
    probability = np.exp(scores - scores.max())
    probability /= probability.sum()
    said_by, words, share, meaning, near = (
        found[:, FEATURES.index(name)] for name in ("said by the named", "words", "share", "meaning", "words near")
    )
    content = scores - said_by * by_named_weight
    one = float(len(question.named) == 1)
    by_named = said_by[order] > 0
    return np.array(
        [
            scores[order[0]],
            scores[order[0]] - scores[order[min(1, len(order) - 1)]],
            probability[order[0]],
            -(probability * np.log(probability + 1e-12)).sum(),
            share[order[0]],
            share[order[:3]].max(),
            meaning[order[0]],
            meaning[order[:3]].max(),
            one,
            float(not question.named),
            one * _lead(content, said_by),
            one * _lead(words, said_by),
            one * _lead(share, said_by),
            one * _lead(meaning, said_by),
            float(by_named[0]),
            by_named[:3].mean(),
            by_named[:5].mean(),
            strange,
            near[order[:3]].max(),
        ],
        np.float32,
    )


def _lead(values: Floats, said_by: Floats) -> float:
    """By how much the best of the named one's turns surpasses the best of the others'."""
    own, other = values[said_by > 0], values[said_by <= 0]
    least = values.min()
    return float(own.max(initial=least) - other.max(initial=least))
