"""A question in, hits out: each arm adds its candidates, the ranker fuses them, the best are fetched with their why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from remanence.ports import Reranker
from remanence.recall import arms
from remanence.recall.fuse import reciprocal_rank_fusion
from remanence.recall.question import Question, ready
from remanence.recall.view import View
from remanence.types import Budget, Episode, Hit, Hits, Spent, Why

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOL = 200  # candidates an arm may add


def recall(
    text: str,
    view: View,
    fetch: Callable[[Sequence[int]], list[Episode]],
    embed: Callable[[Sequence[str]], NDArray[np.float32]] | None,
    asked_at: datetime,
    limit: int,
    selected: NDArray[np.bool_] | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    by: Literal["episode", "session"] = "episode",
    recent: Sequence[str] = (),
    budget: Budget | None = None,
    reranker: Reranker | None = None,
) -> Hits:
    """Hits for `text`, best first. `fetch` turns places into episodes; `selected` restricts the rows, shape [n]."""
    started = perf_counter()
    if not len(view):
        return Hits(spent=Spent(seconds=perf_counter() - started))
    allowed = view.believed(_seconds(as_of), _seconds(known_at))
    if selected is not None:
        allowed = allowed & selected
    question = ready(text, asked_at, recent)
    skipped: dict[str, str] = {}
    if embed is not None and len(view):
        question = replace(question, vector=embed([text])[0])
    found = {
        "lexical": arms.lexical(question, view, allowed, POOL),
        "session": arms.sessions(question, view, allowed, POOL),
        "dense": arms.dense(question, view, allowed, POOL),
        "temporal": arms.temporal(question, view, allowed, POOL),
    }
    found["neighbour"] = arms.neighbours(found["lexical"], view, allowed, POOL)
    fused = reciprocal_rank_fusion({name: arm.rows.tolist() for name, arm in found.items()})[:limit]
    episodes = fetch([int(view.seq[row]) for row, _ in fused])
    places = {name: {row: place for place, row in enumerate(arm.rows.tolist())} for name, arm in found.items()}
    hits = [
        Hit(
            episode,
            score,
            0.5,
            tuple(
                Why(name, places[name][row] + 1, float(found[name].scores[places[name][row]])) for name in found if row in places[name]
            ),
        )
        for (row, score), episode in zip(fused, episodes, strict=True)
    ]
    return Hits(hits, 0.5, skipped, Spent(seconds=perf_counter() - started))


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
