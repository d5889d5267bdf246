"""The arms that find candidates: a question and a view in, rows with scores out. Each arm may add; none can remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from remanence.recall.question import Question
from remanence.recall.view import DAY, NONE, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

K1, B = 1.2, 0.75
TURNS_OF_SESSION = 20
POSTINGS = 200_000  # rows of postings read for one question; the rarest terms are read first


class Found(NamedTuple):
    """Rows an arm found, best first, with its own scores, both shape [k]."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.float32))


class Matches(NamedTuple):
    """Where a question's terms stand. `holders` and `counts`: for each term the rows that hold it, ascending, and how
    often; `rarity`: its idf among turns, shape [terms]; `read`: the terms rare enough to be read in full."""

    holders: tuple[NDArray[np.int32], ...]
    counts: tuple[NDArray[np.uint16], ...]
    rarity: NDArray[np.float32]
    read: tuple[int, ...]


def matches(terms: Sequence[int], view: View) -> Matches:
    """Look `terms` up once for all arms."""
    found = [view.postings(term) for term in terms]
    rarity = np.array([idf(len(view), len(rows)) for rows, _ in found], np.float32)
    read: list[int] = []
    total = 0
    for place in sorted(range(len(found)), key=lambda place: len(found[place][0])):
        total += len(found[place][0])
        if total > POSTINGS and read:
            break
        read.append(place)
    return Matches(tuple(rows for rows, _ in found), tuple(counts for _, counts in found), rarity, tuple(read))


def lexical(matched: Matches, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns by BM25 (Robertson & Zaragoza 2009, equation 3.15)."""
    scores = np.zeros(len(view), np.float32)
    average = max(view.total_length / max(1, len(view)), 1.0)
    for place in matched.read:
        rows, counts = matched.holders[place], matched.counts[place]
        norm = K1 * (1 - B + B * view.length[rows] / average)
        scores[rows] += matched.rarity[place] * counts * (K1 + 1) / (counts + norm)
    return best(scores, allowed, limit)


def session_scores(matched: Matches, view: View) -> NDArray[np.float32]:
    """BM25 of each session as one text, as a share of the idf sought, shape [sessions]."""
    count = len(view.session_length)
    scores, total = np.zeros(count, np.float32), 1e-6
    norm = K1 * (1 - B + B * view.session_length / max(view.total_length / max(1, count), 1.0))
    for place in matched.read:
        tf = np.bincount(view.session[matched.holders[place]], weights=matched.counts[place], minlength=count)
        rarity = idf(count, int(np.count_nonzero(tf)))
        scores += rarity * tf * (K1 + 1) / (tf + norm)
        total += rarity
    return scores / total


def sessions(scores: NDArray[np.float32], view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """The latest turns of the sessions that score best."""
    few = min(len(scores), max(1, limit // TURNS_OF_SESSION))
    top = np.argpartition(-scores, few - 1)[:few]
    rows = np.array([row for code in top if scores[code] > 0 for row in view.latest_of(int(code), TURNS_OF_SESSION)], np.int64)
    return ranked(rows, scores[view.session[rows]], allowed)


def dense(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns whose vectors lie nearest to the question's."""
    if question.vector is None:
        return NOTHING
    return Found(*view.nearest.search(question.vector, limit, allowed))


def temporal(question: Question, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """Turns said within a time that the question speaks of; the narrower the time, the higher the score."""
    return best(said_then(view, question, np.arange(len(view))), allowed, limit) if question.times else NOTHING


def said_then(view: View, question: Question, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Whether each of `rows` was said at a time the question speaks of: 1 for an instant, 0.71 for a day, 0.18 for a month."""
    scores = np.zeros(len(rows), np.float32)
    for time in question.times:
        start, end = time.start.timestamp(), time.end.timestamp()
        inside = (view.said_at[rows] >= start) & (view.said_at[rows] < end)
        scores[inside] = np.maximum(scores[inside], (1.0 + (end - start) / DAY) ** -0.5)
    return scores


def neighbours(found: Found, view: View, allowed: NDArray[np.bool_]) -> Found:
    """The turns just before and after those already found: an answer follows its question."""
    beside = np.concatenate([view.previous[found.rows], view.next[found.rows]]).astype(np.int64)
    rows, first = np.unique(beside, return_index=True)
    inside = rows != NONE
    return ranked(rows[inside], np.tile(found.scores, 2)[first][inside], allowed)


def said_by(speaker: int, view: View, allowed: NDArray[np.bool_], limit: int) -> Found:
    """The latest turns of one speaker."""
    rows = np.flatnonzero((view.speaker == speaker) & allowed)[::-1][:limit]
    return Found(rows, np.linspace(1.0, 0.5, len(rows), dtype=np.float32))


def union(parts: Sequence[NDArray[np.int64]], size: int) -> NDArray[np.int64]:
    """The distinct rows of all `parts` but `NONE`, ascending, where rows are below `size`: no sorting needed."""
    found = np.zeros(size + 1, np.bool_)
    for rows in parts:
        found[rows] = True
    return np.flatnonzero(found[:-1])


def idf(documents: int, holding: int) -> float:
    """Inverse document frequency, never negative: log(1 + (N - n + ½) / (n + ½))."""
    return float(np.log1p((documents - holding + 0.5) / (holding + 0.5)))


def best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int) -> Found:
    """The `limit` highest positive scores, shape [n], among the allowed rows."""
    rows = np.flatnonzero(scores)
    rows = rows[allowed[rows]]
    if len(rows) > limit:
        rows = rows[np.argpartition(-scores[rows], limit - 1)[:limit]]
    return ranked(rows, scores[rows], allowed)


def ranked(rows: NDArray[np.int64], scores: NDArray[np.float32], allowed: NDArray[np.bool_]) -> Found:
    """The allowed ones of `rows` with their scores, best first."""
    inside = allowed[rows]
    rows, scores = rows[inside], scores[inside]
    order = np.argsort(-scores, kind="stable")
    return Found(rows[order], scores[order])
