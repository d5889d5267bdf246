"""A clock that stands still until it is told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FrozenClock:
    """The `Clock` port for tests: `now` is always the same moment, until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError(f"A clock shows aware moments; {start!r} has no zone.")
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Let `by` pass; returns the new present."""
        self._now += by
        return self._now
