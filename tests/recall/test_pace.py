"""What a step cost lately decides whether there is time for it."""

from __future__ import annotations

import pytest

from remanence.recall import pace
from remanence.recall.pace import Pace, Stopwatch


class Seconds:
    """A counter of seconds that moves only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: float) -> str:
        self.now += seconds
        return "done"


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    counter = Seconds()
    monkeypatch.setattr(pace, "perf_counter", counter)
    return counter


def test_a_step_never_timed_costs_nothing_and_is_tried() -> None:
    assert Pace().cost("dense") == 0.0
    assert Stopwatch(Pace(), limit=0.5).allows("dense")


def test_the_first_time_is_the_estimate_and_later_times_move_it_a_fifth(seconds: Seconds) -> None:
    steps = Pace()
    assert steps.timed("dense", lambda: seconds.work(1.0)) == "done"
    assert steps.cost("dense") == 1.0
    steps.timed("dense", lambda: seconds.work(2.0))
    assert steps.cost("dense") == pytest.approx(1.2)
    assert steps.cost("rerank") == 0.0


def test_a_step_that_failed_teaches_nothing(seconds: Seconds) -> None:
    steps = Pace()

    def fail() -> None:
        seconds.work(9.0)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        steps.timed("dense", fail)
    assert steps.cost("dense") == 0.0


def test_a_step_too_slow_for_what_is_left_is_skipped_and_says_so(seconds: Seconds) -> None:
    steps = Pace()
    steps.timed("dense", lambda: seconds.work(0.2))
    watch = Stopwatch(steps, limit=0.3)
    assert watch.allows("dense")
    assert watch.skipped == {}
    seconds.work(0.15)
    assert watch.seconds == pytest.approx(0.15)
    assert not watch.allows("dense")
    assert watch.skipped == {"dense": "it takes about 200 ms and 150 ms were left"}


def test_time_already_overdrawn_is_told_as_none_left(seconds: Seconds) -> None:
    watch = Stopwatch(Pace(), limit=0.1)
    seconds.work(0.1004)
    assert not watch.allows("dense")
    assert watch.skipped == {"dense": "it takes about 0 ms and 0 ms were left"}


def test_without_a_limit_every_step_is_allowed(seconds: Seconds) -> None:
    steps = Pace()
    steps.timed("dense", lambda: seconds.work(1e6))
    watch = Stopwatch(steps, limit=None)
    seconds.work(1e6)
    assert watch.allows("dense")
