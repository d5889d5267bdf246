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
    "meaning of three",
    "best meaning",
    "best words near",
    "three best words",
    "meaning of the whole",
    "kinship",
    "length",
    "newness",
    "kinship × newness",
    "first of all",
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

    Each is evened over the sessions (mean 0, deviation 1), since sessions compete with each other. How new a session is
    counts only for a question asked in a conversation: from outside, all of the past is equally far.
    """
    codes, member, length, whole, held = sessions
    in_talk = float(question.recent is not None)
    words_near, words, of_session, meaning = (
        found[:, FEATURES.index(name)] for name in ("words near", "words", "words of session", "meaning")
    )
    mass: Floats = np.log(np.bincount(member, weights=np.exp(scores - scores.max())) + 1e-9).astype(np.float32)
    three, by_words, by_meaning = best(scores, member, 3), best(of_session, member, 1), best(meaning, member, 3)
    newness: Floats = (-np.log1p(held - codes) * in_talk).astype(np.float32)
    likely: Floats = (_even(by_words) + _even(by_meaning) + _even(three) / 2 + _even(newness) / 2).astype(np.float32)
    kin = _kinship(whole, likely)
    of_whole = whole @ question.vector if question.vector is not None else np.zeros(len(codes), np.float32)
    columns = [
        best(scores, member, 1),
        three,
        mass,
        by_words,
        by_meaning,
        best(meaning, member, 1),
        best(words_near, member, 1),
        best(words, member, 3),
        of_whole,
        kin,
        np.log1p(length).astype(np.float32),
        newness,
        _even(newness) * _even(kin),
    ]
    first = (codes == 0) * in_talk
    return np.stack([*map(_even, columns), first], axis=1).astype(np.float32)


def best(values: Floats, member: Rows, count: int) -> Floats:
    """For each session the mean of its `count` highest values."""
    order = np.lexsort((-values, member))
    starts = np.searchsorted(member[order], np.arange(member.max() + 1))
    ends = np.minimum(np.searchsorted(member[order], np.arange(member.max() + 1), side="right"), starts + count)
    total = np.r_[0.0, np.cumsum(values[order], dtype=np.float64)]
    means: Floats = (total[ends] - total[starts]) / (ends - starts)
    return means


def _even(values: Floats) -> Floats:
    evened: Floats = (values - values.mean()) / (values.std() + 1e-6)
    return evened


def _kinship(whole: Floats, likely: Floats) -> Floats:
    """How near each session lies to the three that seem likeliest: talk on one matter goes on over many sessions."""
    towards = whole[np.argsort(-likely, kind="stable")[:3]].mean(0)
    near: Floats = whole @ (towards / max(float(np.linalg.norm(towards)), 1e-9))
    return near
