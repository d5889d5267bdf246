"""Describe how whole sessions bear on a question: one line of numbers per session, in the order of `SESSION_FEATURES`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from remanence.recall.features import FEATURES
from remanence.recall.question import Question
from remanence.recall.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Rows = NDArray[np.int64]

SESSION_FEATURES = (
    "best turn",
    "mean of three best",
    "mass",
    "words",
    "meaning",
    "meaning of the whole",
    "kinship",
    "length",
    "newness in talk",
    "kinship × newness",
    "first in talk",
)


class Sessions(NamedTuple):
    """The sessions in which candidate rows lie. `codes`: theirs, ascending, shape [s]; `member`: which of them each row is
    of, shape [n]; `length` in terms and `whole`, the mean direction of their turns, shapes [s] and [s, dimension]; `held`:
    how many sessions there are in all."""

    codes: Rows
    member: Rows
    length: Rows
    whole: Floats
    held: int


def sessions_of(view: View, rows: Rows) -> Sessions:
    """The sessions of `rows`."""
    codes, member = np.unique(view.session[rows], return_inverse=True)
    return Sessions(codes, member, view.session_length[codes], view.session_vectors(codes), len(view.session_length))


def session_features(sessions: Sessions, question: Question, found: Floats, scores: Floats) -> Floats:
    """The features of each session, shape [s, len(SESSION_FEATURES)], from the features and scores of the rows.

    Each feature is taken relative to its mean over the sessions, since sessions compete with each other.
    """
    codes, member, length, whole, held = sessions
    order = np.lexsort((-scores, member))
    starts = np.searchsorted(member[order], np.arange(len(codes)))
    ends = np.searchsorted(member[order], np.arange(len(codes)), side="right")
    three = np.minimum(ends - starts, 3)
    total = np.r_[0.0, np.cumsum(scores[order], dtype=np.float64)]
    best_three = (total[starts + three] - total[starts]) / three
    top = float(scores.max(initial=0.0))
    mass = np.log(np.bincount(member, weights=np.exp(scores - top)) + 1e-9) + top
    words = found[order[starts], FEATURES.index("words of session")]
    meaning = found[order[starts], FEATURES.index("meaning of session")]
    in_talk = question.recent is not None
    newness = -np.log1p(held - codes) if in_talk else np.zeros(len(codes))
    kin = _kinship(whole, 3 * words + 5 * meaning + best_three / 2 + 0.3 * newness)
    of_whole = whole @ question.vector if question.vector is not None else np.zeros(len(codes))
    columns = [
        scores[order[starts]],
        best_three,
        mass,
        words,
        meaning,
        of_whole,
        kin,
        np.log1p(length),
        newness,
        newness * (kin - kin.mean()),
        (codes == 0) * float(in_talk),
    ]
    table = np.stack(columns, axis=1)
    centred: Floats = (table - table.mean(0)).astype(np.float32)
    return centred


def _kinship(whole: Floats, likely: Floats) -> Floats:
    """How near each session lies to the three that seem likeliest: talk on one matter goes on over many sessions."""
    towards = whole[np.argsort(-likely, kind="stable")[:3]].mean(0)
    near: Floats = whole @ (towards / max(float(np.linalg.norm(towards)), 1e-9))
    return near
