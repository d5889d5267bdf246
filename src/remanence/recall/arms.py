"""The arms that find candidates: a question and a view in, rows with scores out. Each arm may add; none can remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from remanence.recall.question import Question
from remanence.recall.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

K1, B = 1.2, 0.75
POSTINGS = 400_000  # rows of postings read for one question; the rarest terms are read first


class Found(NamedTuple):
    """Rows an arm found, best first, with its own scores, both shape [k]."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.float32))


def lexical(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns by BM25 (Robertson & Zaragoza 2009, equation 3.15)."""
    scores = np.zeros(len(view), np.float32)
    average = view.total_length / max(1, len(view))
    for rows, counts in rarest(question, view):
        norm = K1 * (1 - B + B * view.length[rows] / max(average, 1e-9))
        scores[rows] += idf(len(view), len(rows)) * counts * (K1 + 1) / (counts + norm)
    return best(scores, allowed, limit)


def sessions(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns of the sessions that score best by BM25 over whole sessions."""
    scores = session_scores(question, view)
    top = np.argsort(-scores, kind="stable")[: max(1, limit // 25)]
    spread = np.where(np.isin(view.session, top[scores[top] > 0]), scores[view.session], 0.0) if len(view) else np.empty(0)
    return best(spread.astype(np.float32), allowed, limit)


def session_scores(question: Question, view: View) -> NDArray[np.float64]:
    """BM25 of each session as one text, shape [sessions]."""
    count = len(view.session_length)
    scores = np.zeros(count)
    average = view.total_length / max(1, count)
    for rows, counts in rarest(question, view):
        tf = np.bincount(view.session[rows], weights=counts, minlength=count)
        norm = K1 * (1 - B + B * view.session_length / max(average, 1e-9))
        scores += idf(count, int((tf > 0).sum())) * tf * (K1 + 1) / (tf + norm)
    return scores


def dense(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns whose vectors lie nearest to the question's."""
    if question.vector is None:
        return NOTHING
    return Found(*view.nearest.search(question.vector, limit, allowed))


def temporal(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns said within a time that the question speaks of; the narrower the time, the higher the score."""
    scores = np.zeros(len(view), np.float32)
    for time in question.times:
        start, end = time.start.timestamp(), time.end.timestamp()
        inside = (view.said_at >= start) & (view.said_at < end)
        scores[inside] = np.maximum(scores[inside], 1.0 / (1.0 + (end - start) / 86_400.0))
    return best(scores, allowed, limit)


def neighbours(found: Found, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """The turns just before and after those already found: an answer follows its question."""
    rows = found.rows[:limit]
    near = np.concatenate([view.previous[rows], view.next[rows]]).astype(np.int64)
    scores = np.concatenate([found.scores[:limit]] * 2)
    kept = near >= 0
    near, scores = near[kept], scores[kept]
    kept = allowed[near]
    order = np.argsort(-scores[kept], kind="stable")
    near, first = np.unique(near[kept][order], return_index=True)
    order = np.argsort(first)
    return Found(near[order][:limit], scores[kept][np.argsort(-scores[kept], kind="stable")][np.sort(first)][:limit])


def rarest(question: Question, view: View) -> list[tuple[NDArray[np.int32], NDArray[np.uint16]]]:
    """Postings of the question's terms, rarest first, until `POSTINGS` rows are reached: common words add little but time."""
    found = sorted((view.postings(term) for term in question.terms), key=lambda posting: len(posting[0]))
    kept, total = [], 0
    for rows, counts in found:
        total += len(rows)
        if kept and total > POSTINGS:
            break
        if len(rows):
            kept.append((rows, counts))
    return kept


def idf(documents: int, holding: int) -> float:
    """Inverse document frequency, never negative: log(1 + (N - n + ½) / (n + ½))."""
    return float(np.log1p((documents - holding + 0.5) / (holding + 0.5)))


def best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int) -> Found:
    """The `limit` highest positive scores among the allowed rows."""
    rows = np.flatnonzero((scores > 0) & allowed)
    if len(rows) > limit:
        rows = rows[np.argpartition(-scores[rows], limit - 1)[:limit]]
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    return Found(rows, scores[rows])
