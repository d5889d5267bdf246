"""What a ranking is worth: found ids and gold ids in, numbers in [0, 1] out, with their spread. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

RESAMPLES = 1000
LEVEL = 0.95


def recall_at(found: Sequence[str], gold: Collection[str], k: int) -> float:
    """The fraction of `gold` among the first `k` found."""
    return len(set(found[:k]) & set(gold)) / len(set(gold))


def any_at(found: Sequence[str], gold: Collection[str], k: int) -> float:
    """1 where at least one of `gold` is among the first `k` found."""
    return float(bool(set(found[:k]) & set(gold)))


def all_at(found: Sequence[str], gold: Collection[str], k: int) -> float:
    """1 where the whole of `gold` is among the first `k` found."""
    return float(set(gold) <= set(found[:k]))


def reciprocal_rank(found: Sequence[str], gold: Collection[str]) -> float:
    """1 / rank of the first of `gold` found; 0 where none is."""
    return next((1.0 / rank for rank, item in enumerate(found, 1) if item in gold), 0.0)


def ndcg_at(found: Sequence[str], gold: Collection[str], k: int) -> float:
    """Σ 1/log2(rank + 1) over the gold found in the first `k`, divided by its greatest possible value (binary relevance)."""
    return _gain(found, gold, k, lambda rank: np.log2(rank + 1.0))


def old_ndcg_at(found: Sequence[str], gold: Collection[str], k: int) -> float:
    """As LongMemEval counts: rank 1 undiscounted, later ranks divided by log2(rank), so ranks 1 and 2 weigh the same."""
    return _gain(found, gold, k, lambda rank: np.maximum(1.0, np.log2(rank)))


def _gain(found: Sequence[str], gold: Collection[str], k: int, discount: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
    worth = 1.0 / discount(np.arange(1, k + 1, dtype=np.float64))
    hit = [item in gold for item in found[:k]]
    return float(worth[: len(hit)][hit].sum() / worth[: len(set(gold))].sum())


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann & Whitney 1947); NaN without both."""
    if not len(positive) or not len(negative):
        return float("nan")
    below = np.sort(np.asarray(negative, np.float64))
    scores = np.asarray(positive, np.float64)
    wins = np.searchsorted(below, scores, "left") + np.searchsorted(below, scores, "right")
    return float(wins.mean() / (2 * len(below)))


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's numbers and the conversation it belongs to."""

    group: str
    metrics: Mapping[str, float]


Spread = dict[str, dict[str, list[float]]]
"""By metric: `ci95`, from resampling questions within conversations; `leave_one_out`, least and greatest without one of them."""


def summary(scored: Sequence[Scored], rng: np.random.Generator) -> tuple[dict[str, float], Spread]:
    """Mean of every metric over the questions, in per cent, and its spread. Every question has the same metrics."""
    if not scored:
        return {}, {}
    names = list(scored[0].metrics)
    groups = [np.array([[one.metrics[name] for name in names] for one in scored if one.group == group]) for group in _groups(scored)]
    mean = 100 * np.concatenate(groups).mean(axis=0)
    drawn = 100 * sum(_resampled_sums(rows, rng) for rows in groups) / len(scored)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    without = 100 * np.array([np.concatenate(rest).mean(axis=0) for rest in _leaving_one_out(groups)])
    spread: Spread = {}
    for at, name in enumerate(names):
        spread[name] = {"ci95": [_round(low[at]), _round(high[at])]}
        if len(without):
            spread[name]["leave_one_out"] = [_round(without[:, at].min()), _round(without[:, at].max())]
    return {name: _round(value) for name, value in zip(names, mean, strict=True)}, spread


def auroc_summary(
    positive: Mapping[str, Sequence[float]], negative: Mapping[str, Sequence[float]], rng: np.random.Generator, resamples: int = 200
) -> tuple[float, dict[str, list[float]]]:
    """AUROC in per cent over scores by conversation, and its spread as `summary` reckons it; NaN where a side is empty."""
    value = 100 * auroc(_joined(positive), _joined(negative))
    if np.isnan(value):
        return value, {}
    drawn = [100 * auroc(_joined(_drawn(positive, rng)), _joined(_drawn(negative, rng))) for _ in range(resamples)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    spread = {"ci95": [_round(low), _round(high)]}
    if len(positive) > 1:
        without = [100 * auroc(_joined(positive, group), _joined(negative, group)) for group in positive]
        spread["leave_one_out"] = [_round(min(without)), _round(max(without))]
    return _round(value), spread


def _resampled_sums(rows: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Sums over resampled rows, shape [RESAMPLES, metrics]: how often each row is drawn is multinomial."""
    return rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), RESAMPLES) @ rows


def _groups(scored: Sequence[Scored]) -> list[str]:
    return list(dict.fromkeys(one.group for one in scored))


def _leaving_one_out(groups: Sequence[T]) -> list[list[T]]:
    return [[*groups[:at], *groups[at + 1 :]] for at in range(len(groups))] if len(groups) > 1 else []


def _joined(scores: Mapping[str, Sequence[float]], without: str | None = None) -> list[float]:
    return [score for group, held in scores.items() if group != without for score in held]


def _drawn(scores: Mapping[str, Sequence[float]], rng: np.random.Generator) -> dict[str, Sequence[float]]:
    return {group: list(rng.choice(held, len(held))) if len(held) else [] for group, held in scores.items()}


def _round(value: float) -> float:
    return round(float(value), 2)
