"""Does it track change? Generated worlds in English and Chinese: years of sessions full of news; what is believed at their end?

For every world the true history of some twenty slots is made up first (`bench/updates/`), then the sentences that reveal it:
updates, corrections, retractions, denials, expiries, facts told in retrospect, repetitions, contradictions of two sources,
words of the web, sentences that only resemble these, and small talk. The sentences and words of the test bank were seen by
no rule's author; tuning uses the development bank (`--bank dev`). All in per cent, for each language:

    current_accuracy   slots of which exactly what is so is believed; where two sources of equal standing contradict each
                       other, exactly their values, as contested, and none as current
    as_of_accuracy     the same at random moments of the past, at which it is sure what was so (up to 3 a slot)
    staleness          values that are so no longer, believed at the end without ever having been seen gone
    resurrection       such values that were gone after the session that ended them, and are believed again at the end
    collateral         values that nothing ever spoke against, once believed, not believed at the end; goal 0
    contested_precision, contested_recall
                       of slots shown as contested, those that are; of those that are, those shown so with both values

Where a less trusted voice disagrees (the web; somebody else about one who has spoken for himself) the old value must stay;
whether the doubt is shown beside it is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.bench.metrics import LEVEL, RESAMPLES, Spread
from remanence.bench.report import Row, View
from remanence.bench.systems import CachedEmbedder
from remanence.bench.updates.bank import BANKS, LANGUAGES, Bank, bank
from remanence.bench.updates.believers import SYSTEMS, Belief, Believer, chosen, normal, normals
from remanence.bench.updates.world import Question, World, worlds

if TYPE_CHECKING:
    from remanence.bench.run import Options

WORLDS = 30
"""Of each language."""
METRICS = (
    "current_accuracy", "as_of_accuracy", "staleness", "resurrection", "collateral", "contested_precision", "contested_recall",
)  # fmt: skip

VIEWS = (
    *(View(f"Believed at the end, {language}", BANKS, tuple(f"{metric}_{language}" for metric in METRICS)) for language in LANGUAGES),
    View("By what happened", ("en *", "zh *"), ("current_accuracy", "as_of_accuracy", "slots")),
)  # fmt: skip
NOTES = (
    "remanence hears the sentences and reads them by rules alone; remanence-stated is told what they mean (goal 100). "
    "unreconciled: everything ever affirmed is believed for ever.",
    "newest-text, newest-bm25, mem0: the value in the newest of the best 10 texts found for the slot's question (our recall, BM25, "
    "mem0 with infer=False and our embedder) that the person said or that name the person; which words are values they are told.",
)


@dataclass(slots=True)
class Tally:
    """Counts of one world: of how many, how many."""

    counts: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, hits: int, of: int = 1) -> None:
        held = self.counts.setdefault(name, [0, 0])
        held[0] += hits
        held[1] += of


def rows(options: Options) -> Iterator[Row]:
    """Every system on both languages together, then on each sort of story."""
    setup = options.setup(CachedEmbedder(options.embedder))
    for name in chosen(options.systems):
        believer = SYSTEMS[name](setup)
        try:
            tallies = {language: ask_all(believer, bank(language, options.bank), options) for language in LANGUAGES}
        finally:
            believer.close()
        yield from rows_of(believer.name, tallies, options.bank, options.rng)


def settings(options: Options) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {"bank": options.bank, "worlds": count(options)}


def count(options: Options) -> int:
    """How many worlds of each language."""
    return options.sizes[0] if options.sizes else WORLDS


def ask_all(believer: Believer, half: Bank, options: Options) -> list[Tally]:
    """A tally for every world of one language."""
    found = []
    for at, world in enumerate(worlds(half, count(options), options.seed)):
        found.append(ask(believer, world, half))
        options.report(f"updates · {believer.name} · {half.language}", (at + 1) / count(options))
    return found


def ask(believer: Believer, world: World, half: Bank) -> Tally:
    """Tell one world session by session, looking after each at what it taught or ended, and ask about everything at its end."""
    believer.start(world, half)
    learnt: set[tuple[int, str]] = set()
    gone: set[tuple[int, str]] = set()
    for number, session in enumerate(world.sessions):
        believer.hear(session)
        for at, question in enumerate(world.questions):
            kept, ended = ([value for value, when in values if when == number] for values in (question.kept, question.ended))
            if (kept or ended) and session:
                belief = believer.believed(question, session[-1].said_at)
                learnt |= {(at, value) for value in kept if normal(value) in belief.held}
                gone |= {(at, value) for value in ended if normal(value) not in belief.held}
    tally = Tally()
    for at, question in enumerate(world.questions):
        belief = believer.believed(question, world.now)
        score(tally, question, belief, {v for n, v in learnt if n == at}, {v for n, v in gone if n == at})
        for moment, values in question.as_of:
            belief = believer.believed(question, world.now, as_of=moment)
            is_right = holds(belief, normals(values), question.is_open)
            for name in ("as_of_accuracy", f"as_of_accuracy {question.kind}"):
                tally.add(name, is_right)
    return tally


def score(tally: Tally, question: Question, belief: Belief, learnt: set[str], gone: set[str]) -> None:
    """Count what is believed of one slot at the end. `learnt`: kept values that were believed once; `gone`: ended values that
    were seen not believed after they had ended."""
    is_right = is_current(question, belief)
    for name in ("current_accuracy", f"current_accuracy {question.kind}"):
        tally.add(name, is_right)
    for value, _ in question.ended:
        is_believed = normal(value) in belief.current
        tally.add("staleness", is_believed and value not in gone)
        tally.add("resurrection", is_believed and value in gone)
    for value, _ in question.kept:
        if value in learnt:
            held = belief.held if question.is_open else belief.current
            tally.add("collateral", normal(value) not in held)
    if not question.is_open:
        shown, gold = bool(belief.contested), bool(question.contested)
        if shown:
            tally.add("contested_precision", gold)
        if gold:
            tally.add("contested_recall", belief.contested == normals(question.contested))


def is_current(question: Question, belief: Belief) -> bool:
    """Whether exactly what is so is believed of the slot."""
    if question.contested:
        return belief.contested == normals(question.contested) and not belief.current
    return holds(belief, normals(question.current), question.is_open)


def holds(belief: Belief, gold: frozenset[str], is_open: bool) -> bool:
    """Whether exactly `gold` is believed; where a doubt may be shown, whether nothing else is believed without one."""
    if is_open:
        return belief.current <= gold <= belief.held
    return belief.current == gold and not belief.contested


# ------------------------------------------------------------------ summing up


def rows_of(system: str, tallies: Mapping[str, Sequence[Tally]], half: str, rng: np.random.Generator) -> Iterator[Row]:
    """One row for all of both languages, one for each sort of story in each."""
    metrics: dict[str, float] = {}
    spread: Spread = {}
    for language, held in tallies.items():
        for name in METRICS:
            metrics[f"{name}_{language}"], spread[f"{name}_{language}"] = share(held, name, rng)
    yield Row(system, half, metrics, {name: limits for name, limits in spread.items() if limits})
    for language, held in tallies.items():
        kinds = sorted({name.partition(" ")[2] for tally in held for name in tally.counts if name.startswith("current_accuracy ")})
        for kind in kinds:
            shares = {name: share(held, f"{name} {kind}", rng) for name in ("current_accuracy", "as_of_accuracy")}
            slots = sum(tally.counts.get(f"current_accuracy {kind}", [0, 0])[1] for tally in held)
            yield Row(
                system, f"{language} {kind}", {**{name: value for name, (value, _) in shares.items()}, "slots": float(slots)},
                {name: limits for name, (_, limits) in shares.items() if limits},
            )  # fmt: skip


def share(tallies: Sequence[Tally], name: str, rng: np.random.Generator) -> tuple[float, dict[str, list[float]]]:
    """In per cent over all worlds, with its interval from resampling worlds; NaN where there is nothing to count."""
    counts = np.array([tally.counts.get(name, [0, 0]) for tally in tallies], np.float64).reshape(-1, 2)
    hits, of = counts.sum(axis=0)
    if not of:
        return float("nan"), {}
    drawn = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES) @ counts
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.quantile(100 * drawn[:, 0] / drawn[:, 1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return round(float(100 * hits / of), 2), {"ci95": [round(float(low), 2), round(float(high), 2)]}
