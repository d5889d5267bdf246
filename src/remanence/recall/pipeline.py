"""A question in, hits out: each arm adds its candidates, the ranker fuses them, the best are fetched with their why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from remanence.ports import Reranker
from remanence.recall import arms
from remanence.recall.arms import Found, Matches
from remanence.recall.confidence import confidence_features
from remanence.recall.features import features
from remanence.recall.fuse import Ranker, logistic, probability
from remanence.recall.question import Question, ready
from remanence.recall.session_features import Sessions, session_features, sessions_of
from remanence.recall.view import View
from remanence.types import Budget, Episode, Hit, Hits, Spent, Why

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOL = 100  # candidates an arm may add
WHOLE = 1_500  # a scope of up to so many turns is ranked whole

Fetch = Callable[[Sequence[int]], list[Episode]]
Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]


def recall(
    text: str,
    view: View,
    fetch: Fetch,
    embed: Embed | None,
    ranker: Ranker,
    asked_at: datetime,
    limit: int,
    selected: NDArray[np.bool_] | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    by: Literal["episode", "session"] = "episode",
    recent: Sequence[str] | None = None,
    budget: Budget | None = None,
    reranker: Reranker | None = None,
) -> Hits:
    """Hits for `text`, best first. `fetch` turns places into episodes; `selected` restricts the rows, shape [n]."""
    started = perf_counter()
    allowed = view.believed(_seconds(as_of), _seconds(known_at))
    if selected is not None:
        allowed = allowed & selected
    if not allowed.any():
        return Hits(spent=Spent(perf_counter() - started))
    question = ready(text, view, asked_at, recent)
    skipped: dict[str, str] = {}
    if embed is not None:
        question = replace(question, vector=embed([question.spoken])[0])
    matched = arms.matches(question.terms, view)
    of_session = arms.session_scores(matched, view)
    found = candidates(question, matched, of_session, view, allowed)
    rows = pool(found, view, allowed)
    described = features(view, question, matched, of_session, rows)
    scores = ranker.turn(described)
    confidence = logistic(float(ranker.odds(confidence_features(question, described, scores, ranker.by_named_weight))))
    order = np.argsort(-scores, kind="stable")
    if by == "session":
        sessions = sessions_of(view, rows)
        lines = session_features(sessions, question, described, scores)
        order = best_of_sessions(sessions, order, np.argsort(-ranker.session(lines), kind="stable"))
    order = order[:limit]
    shares = probability(scores)
    episodes = fetch(view.seq[rows[order]].tolist())
    hits = [
        Hit(episode, float(scores[i]), float(shares[i]) * confidence, why(int(rows[i]), found))
        for i, episode in zip(order.tolist(), episodes, strict=True)
    ]
    return Hits(hits, confidence, skipped, Spent(perf_counter() - started))


def best_of_sessions(sessions: Sessions, order: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first in `order` of each session, the sessions in the order of their `places`."""
    _, first = np.unique(sessions.member[order], return_index=True)
    return order[first[places]]


def candidates(
    question: Question, matched: Matches, of_session: NDArray[np.float32], view: View, allowed: NDArray[np.bool_]
) -> dict[str, Found]:
    """What each arm finds."""
    found = {
        "lexical": arms.lexical(matched, view, allowed, POOL),
        "session": arms.sessions(of_session, view, allowed, POOL),
        "dense": arms.dense(question, view, allowed, POOL),
        "temporal": arms.temporal(question, view, allowed, POOL),
    }
    if len(question.named) == 1:
        found["speaker"] = arms.said_by(question.named[0], view, allowed, POOL)
    found["neighbour"] = arms.neighbours(found["lexical"], view, allowed)
    return found


def pool(found: Mapping[str, Found], view: View, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The rows to rank, ascending: all of a small scope, else every arm's candidates."""
    if len(view) <= WHOLE:
        return np.flatnonzero(allowed)
    return np.unique(np.concatenate([arm.rows for arm in found.values()]))


def why(row: int, found: Mapping[str, Found]) -> tuple[Why, ...]:
    """Each arm's rank and score of a row."""
    reasons = []
    for name, arm in found.items():
        places = np.flatnonzero(arm.rows == row)
        if len(places):
            reasons.append(Why(name, int(places[0]) + 1, float(arm.scores[places[0]])))
    return tuple(reasons)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
