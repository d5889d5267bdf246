"""A question in, hits out: each arm adds its candidates, the ranker fuses them, the best are fetched with their why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from remanence.language.tokens import estimate_tokens
from remanence.ports import Reranker
from remanence.recall import arms
from remanence.recall.arms import Found, Matches
from remanence.recall.confidence import confidence_features
from remanence.recall.features import features, strangeness, surroundings
from remanence.recall.fuse import Ranker, by_named_weight, logistic, probability
from remanence.recall.lens import through
from remanence.recall.pace import Pace, Stopwatch
from remanence.recall.question import Question, ready
from remanence.recall.session_features import Sessions, session_features, sessions_of
from remanence.recall.view import View
from remanence.types import Budget, Episode, Hit, Hits, Spent, Why

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOL = 100  # candidates an arm may add
RERANKED = 50  # hits that a reranker sees

Fetch = Callable[[Sequence[int]], list[Episode]]
Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
Look = Callable[[], AbstractContextManager[View]]
Arm = Callable[[Question, View, "NDArray[np.bool_]", int], Found]
"""Another source of candidates: a question, a view, which rows are allowed and how many are wanted in, what it finds out."""


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What a search works with. `fetch`: places to episodes; `embed`: texts to vectors, `None` without an embedder; `more`:
    arms from outside by name, whose scores are features where `remanence.recall.features.BY_ARM` names them."""

    fetch: Fetch
    embed: Embed | None
    ranker: Ranker
    pace: Pace
    reranker: Reranker | None = None
    more: Mapping[str, Arm] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Candidates `rows` with their scores, both shape [n], in `order`, best first; `confidence` that they answer."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    order: NDArray[np.int64]
    confidence: float


def recall(
    text: str,
    look: Look,
    tools: Tools,
    asked_at: datetime,
    limit: int,
    selected: Sequence[int] | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    by: Literal["episode", "session"] = "episode",
    recent: Sequence[str] | None = None,
    budget: Budget | None = None,
) -> Hits:
    """Hits for `text`, best first. `selected` restricts the places. Others may look while an embedder or reranker is waited for."""
    budget = budget or Budget()
    watch = Stopwatch(tools.pace, budget.seconds)
    with look() as view:
        spoken = ready(text, view, asked_at, recent).spoken
    vector = embedded(spoken, tools, watch)
    with look() as view:
        is_ours = vector is not None and len(vector) == view.nearest.dimension  # the file may have been reindexed meanwhile
        question = replace(ready(text, view, asked_at, recent), vector=vector if is_ours else None)
        allowed = view.believed(_seconds(as_of), _seconds(known_at))
        if selected is not None:
            allowed = allowed & view.mask(selected)
        matched = arms.matches(question.terms, view)
        of_session = arms.session_scores(matched, view)
        found = candidates(question, matched, of_session, view, allowed, tools.more)
        rows = arms.union([arm.rows for arm in found.values()], len(view))
        if not len(rows):
            return Hits(skipped=watch.skipped, spent=Spent(watch.seconds))
        ranked = rank(question, matched, of_session, view, rows, tools.ranker, by, found)
        hits = list(described(ranked, found, view, tools.fetch, max(limit, RERANKED if tools.reranker else 0)))
    hits = reranked(hits, text, tools, watch)
    kept = within_tokens(hits[:limit], budget.tokens)
    tokens = sum(estimate_tokens(hit.episode.text) for hit in kept) if budget.tokens is not None else 0
    return Hits(kept, ranked.confidence, watch.skipped, Spent(watch.seconds, tokens))


def embedded(spoken: str, tools: Tools, watch: Stopwatch) -> NDArray[np.float32] | None:
    """The vector of the question, if there is an embedder and time for it."""
    embed = tools.embed
    if embed is None or not watch.allows("dense"):
        return None
    vector: NDArray[np.float32] = tools.pace.timed("dense", lambda: embed([spoken]))[0]
    return vector


def candidates(
    question: Question,
    matched: Matches,
    of_session: NDArray[np.float32],
    view: View,
    allowed: NDArray[np.bool_],
    more: Mapping[str, Arm] | None = None,
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
    found |= {name: arm(question, view, allowed, POOL) for name, arm in (more or {}).items()}
    found["neighbour"] = arms.neighbours(found["lexical"], view, allowed)
    return found


def rank(
    question: Question,
    matched: Matches,
    of_session: NDArray[np.float32],
    view: View,
    rows: NDArray[np.int64],
    ranker: Ranker,
    by: Literal["episode", "session"],
    found: Mapping[str, Found] | None = None,
) -> Ranked:
    """`rows` by the learnt score; by session, the best of each, the sessions by theirs."""
    around = surroundings(view, rows)
    lines = features(view, question, matched, of_session, rows, found, around)
    turn = ranker.turns(question)
    scores = turn(lines) + through(ranker.lens_for(question), question.vector, view, around)
    sure = confidence_features(question, lines, scores, by_named_weight(turn), strangeness(matched))
    order = np.argsort(-scores, kind="stable")
    if by == "session":
        sessions = sessions_of(view, rows)
        order = best_of_sessions(sessions, order, ranker.sessions(question)(session_features(sessions, question, lines, scores)))
    return Ranked(rows, scores, order, logistic(float(ranker.odds(sure))))


def best_of_sessions(sessions: Sessions, order: NDArray[np.int64], scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The first in `order` of each session, the sessions by their `scores`, shape [sessions]."""
    _, first = np.unique(sessions.member[order], return_index=True)
    return order[first[np.argsort(-scores, kind="stable")]]


def described(ranked: Ranked, found: Mapping[str, Found], view: View, fetch: Fetch, limit: int) -> Iterator[Hit]:
    """The best `limit` as hits."""
    order = ranked.order[:limit]
    rows = ranked.rows[order]
    shares = probability(ranked.scores)[order] * ranked.confidence
    lines = zip(fetched(view.seq[rows].tolist(), fetch), ranked.scores[order], shares, reasons(rows.tolist(), found), strict=True)
    return (Hit(episode, float(score), float(share), why) for episode, score, share, why in lines if episode is not None)


def fetched(seqs: list[int], fetch: Fetch) -> list[Episode | None]:
    """The episodes at `seqs`; `None` where another process has just erased one."""
    episodes = fetch(seqs)
    if len(episodes) == len(seqs):
        return list(episodes)
    return [next(iter(fetch([seq])), None) for seq in seqs]


def reasons(rows: Sequence[int], found: Mapping[str, Found]) -> list[tuple[Why, ...]]:
    """Each arm's rank and score, for each of `rows`."""
    why: dict[int, list[Why]] = {row: [] for row in rows}
    for name, arm in found.items():
        for place, (row, score) in enumerate(zip(arm.rows.tolist(), arm.scores.tolist(), strict=True), start=1):
            if row in why:
                why[row].append(Why(name, place, score))
    return [tuple(why[row]) for row in rows]


def reranked(hits: list[Hit], text: str, tools: Tools, watch: Stopwatch) -> list[Hit]:
    """`hits` in the order of the reranker, if there is one and time for it; its rank and score join the why."""
    reranker = tools.reranker
    if reranker is None or not hits or not watch.allows("rerank"):
        return hits
    scores = tools.pace.timed("rerank", lambda: reranker.score(text, [hit.episode.text for hit in hits]))
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [
        replace(hits[place], score=float(scores[place]), why=(*hits[place].why, Why("rerank", rank, float(scores[place]))))
        for rank, place in enumerate(order, start=1)
    ]


def within_tokens(hits: Sequence[Hit], tokens: int | None) -> list[Hit]:
    """The best hits whose texts together stay within `tokens` by our estimate; one too long is passed over."""
    if tokens is None:
        return list(hits)
    kept: list[Hit] = []
    for hit in hits:
        cost = estimate_tokens(hit.episode.text)
        if cost <= tokens:
            kept.append(hit)
            tokens -= cost
    return kept


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
