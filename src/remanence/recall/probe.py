"""How well each of some episodes is found by its own words: the measure that forgetting reports before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from remanence.types import Episode, Hits

PROBE_DEPTH = 10


def ranks_by_own_words(episodes: Sequence[Episode], search: Callable[[str, int], Hits]) -> list[int | None]:
    """The place (1 = best) of each episode among the first ten hits for its own text, or `None`."""
    ranks: list[int | None] = []
    for episode in episodes:
        found = [hit.episode.id for hit in search(episode.text, PROBE_DEPTH)]
        ranks.append(found.index(episode.id) + 1 if episode.id in found else None)
    return ranks
