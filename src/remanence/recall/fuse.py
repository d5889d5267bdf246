"""Merge ranked lists into one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 60


def reciprocal_rank_fusion(lists: Mapping[str, Sequence[int]], weights: Mapping[str, float] | None = None) -> list[tuple[int, float]]:
    """Items of all lists by Σ weight / (60 + rank), best first (Cormack, Clarke & Büttcher 2009, equation 1).

    An item keeps its first place in a list. Ties keep the order in which items were first seen.
    """
    scores: dict[int, float] = {}
    for name, items in lists.items():
        weight = 1.0 if weights is None else weights.get(name, 1.0)
        for rank, item in enumerate(dict.fromkeys(items), start=1):
            scores[item] = scores.get(item, 0.0) + weight / (K + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
