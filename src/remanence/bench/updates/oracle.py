"""What a careful listener believes: what was revealed of one slot, in order, in; the values at any moment out. Pure.

It is told what every sentence means by whoever made the sentence, so it needs neither language nor claims, and shares no
code with what it judges. The semantics:

- A later word on a state ends what was so before, at the date it names, else when it is said.
- A denial ends what was so; an expiry ends it at its date; afterwards nothing is so, and nothing older comes back.
- A correction puts the right value in the place of the wrong one, from where the wrong one began. A retraction leaves nothing
  in its place.
- "From … to …" and "used to" speak of the past and end nothing.
- Of two values that speakers of equal standing give without a word of change neither is believed: both are contested.
- What the web says, or a friend says of somebody who has spoken for himself, ends nothing; whether it is shown as a doubt is
  left open.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

MARGIN = timedelta(days=2)
"""Nothing is asked about moments nearer than this to an edge."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A moment known to lie in [early, late]."""

    early: datetime
    late: datetime

    @classmethod
    def at(cls, moment: datetime) -> Edge:
        return cls(moment, moment)

    def is_surely_before(self, moment: datetime) -> bool:
        return self.late + MARGIN < moment

    def is_surely_after(self, moment: datetime) -> bool:
        return moment < self.early - MARGIN


@dataclass(frozen=True, slots=True)
class Span:
    """`value` was so from `start` until `end`. Before the start of one that `has_beginning` it was not so; of another the
    start is only when it was first spoken of."""

    value: str
    start: Edge
    end: Edge | None = None
    has_beginning: bool = False


@dataclass(slots=True)
class Timeline:
    """One slot that holds one value at a time: a state of somebody, or whether one of many objects is in a relation."""

    spans: list[Span] = field(default_factory=list)
    rivals: frozenset[str] = frozenset()

    def tell(self, value: str, at: datetime, start: Edge | None = None, end: Edge | None = None) -> None:
        """`value` is so, since `start` or since it is said, until `end`; what was so before ends there."""
        if self.current_value == value:
            return
        begin = start or Edge.at(at)
        self._end(begin)
        self.spans.append(Span(value, begin, end, has_beginning=start is not None or bool(self.spans)))

    def was(self, value: str, start: Edge, end: Edge) -> None:
        """`value` was so once, before anything that has been told."""
        self.spans.insert(0, Span(value, start, end, has_beginning=True))

    def deny(self, at: datetime) -> None:
        """What was so is so no longer."""
        self._end(Edge.at(at))

    def retract(self) -> None:
        """What was said last never was so."""
        self.spans.pop()

    def correct(self, value: str) -> None:
        """What was said last should have been `value`."""
        self.spans[-1] = replace(self.spans[-1], value=value)

    def contest(self, value: str) -> None:
        """Somebody of equal standing says `value` instead."""
        assert self.current_value is not None
        self.rivals = frozenset({self.current_value, value})

    def settle(self, value: str) -> None:
        """Somebody of higher standing says which it is."""
        self.spans = [replace(self.spans[-1], value=value)]
        self.rivals = frozenset()

    @property
    def current_value(self) -> str | None:
        return self.spans[-1].value if self.spans and self.spans[-1].end is None else None

    def values_at(self, moment: datetime) -> frozenset[str] | None:
        """What was so at `moment`; `None` where a listener could not tell for sure."""
        if self.rivals:
            return None
        if not self.spans:
            return frozenset()
        for span in self.spans:
            if span.start.is_surely_before(moment) and (span.end is None or span.end.is_surely_after(moment)):
                return frozenset({span.value})
        for earlier, later in zip(self.spans, [*self.spans[1:], None], strict=True):
            if earlier.end is None or not earlier.end.is_surely_before(moment):
                continue
            if later is None or (later.has_beginning and later.start.is_surely_after(moment)):
                return frozenset()
        return None

    def _end(self, edge: Edge) -> None:
        if self.current_value is not None:
            self.spans[-1] = replace(self.spans[-1], end=edge)
