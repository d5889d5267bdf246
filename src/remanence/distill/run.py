"""Read what waits in a store with a language model: episodes out of it, their readings into it, batch by batch."""

from __future__ import annotations

from collections import Counter
from time import perf_counter

from remanence.distill.drive import drive
from remanence.distill.flow import Distilled, distill
from remanence.distill.prompts import label
from remanence.distill.relations import Registry
from remanence.ports import LanguageModel, Progress, Store
from remanence.types import Budget, Reading, Scope, Spent

PAGE = 2_000
"""Episodes taken from the store at once."""


def read_waiting(
    store: Store,
    scope: Scope,
    model: LanguageModel,
    registry: Registry,
    *,
    pending: bool = False,
    limit: int | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> Distilled:
    """Read the episodes of `scope` that `model` has not read yet, or with `pending` those it had to put off, oldest first.

    Each reading is in the store before the next ask, so that nothing paid for is lost; what the budget does not reach in
    the pages begun is deferred. At most `limit` episodes are read.
    """
    by, budget, started = label(model.name), budget or Budget(), perf_counter()
    total = min(limit or store.stats(scope).episodes, store.stats(scope).episodes)
    parts: list[Distilled] = []
    after = done = 0
    while (size := PAGE if limit is None else min(PAGE, limit - done)) > 0:
        page = store.unread(scope, by, size, after, pending)
        if not page or (parts and parts[-1].failures) or _is_spent(left := _left(budget, parts, perf_counter() - started)):
            break  # a model that failed twice running is left alone: what it has not seen waits as it was
        flow = distill(
            [episode for _, episode in page], registry, by=by, budget=left,
            keep=lambda readings: store.reread(scope, list(readings)),
        )  # fmt: skip
        parts.append(drive(flow, model))
        after, done = page[-1][0], done + len(page)
        if progress is not None:
            progress("distilling", min(1.0, done / max(1, total)))
    return _together(parts, perf_counter() - started)


def _left(budget: Budget, parts: list[Distilled], seconds: float) -> Budget:
    """What of `budget` is left."""
    calls, tokens = sum(part.spent.calls for part in parts), sum(part.spent.tokens for part in parts)
    return Budget(
        seconds=None if budget.seconds is None else budget.seconds - seconds,
        tokens=None if budget.tokens is None else budget.tokens - tokens,
        calls=None if budget.calls is None else budget.calls - calls,
    )


def _is_spent(left: Budget) -> bool:
    return any(amount is not None and amount <= 0 for amount in (left.seconds, left.tokens, left.calls))


def _together(parts: list[Distilled], seconds: float) -> Distilled:
    refused: Counter[str] = Counter()
    readings: dict[str, Reading] = {}
    for part in parts:
        refused.update(part.refused)
        readings |= dict(part.readings)
    spent = Spent(seconds, sum(part.spent.tokens for part in parts), sum(part.spent.calls for part in parts))
    failures = tuple(failure for part in parts for failure in part.failures)
    return Distilled(tuple(readings.items()), spent, dict(refused), failures)
