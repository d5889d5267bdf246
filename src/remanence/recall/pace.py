"""Keep a search within its time: what each step has cost lately in, whether there is time for it out."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
MEMORY = 0.8  # how much of the last estimate stays when a step was timed again


class Pace:
    """What steps cost, learnt from one search to the next."""

    def __init__(self) -> None:
        self._cost: dict[str, float] = {}

    def cost(self, step: str) -> float:
        """Seconds that `step` usually takes; 0 while it is not known."""
        return self._cost.get(step, 0.0)

    def timed(self, step: str, work: Callable[[], T]) -> T:
        started = perf_counter()
        done = work()
        took = perf_counter() - started
        self._cost[step] = took if step not in self._cost else MEMORY * self._cost[step] + (1 - MEMORY) * took
        return done


class Stopwatch:
    """One search against its limit in seconds (`None`: no limit). `skipped`: the steps there was no time for, with why."""

    def __init__(self, pace: Pace, limit: float | None) -> None:
        self._pace, self._limit = pace, limit
        self._started = perf_counter()
        self.skipped: dict[str, str] = {}

    @property
    def seconds(self) -> float:
        return perf_counter() - self._started

    def allows(self, step: str) -> bool:
        """Whether there is time left for `step`, judged by what it usually costs."""
        if self._limit is None or self.seconds + self._pace.cost(step) <= self._limit:
            return True
        left = max(0.0, self._limit - self.seconds)
        self.skipped[step] = f"it takes about {1000 * self._pace.cost(step):.0f} ms and {1000 * left:.0f} ms were left"
        return False
