"""Episodes in; asks of a language model out, and at the end what its replies came to: readings, what they cost, what was refused.

A generator: it yields an `Ask`, is sent a `Reply`, or is thrown a `BackendFailed`. After every reply it hands the readings
that are complete to `keep`, so that nothing paid for is lost. Whatever could not be read is deferred, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Generator, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from remanence.distill.ground import ANSWERS_ELSE, Ground, Objection, distinct
from remanence.distill.parse import Parsed, parse
from remanence.distill.prompts import Prompt, prompt
from remanence.distill.relations import Registry
from remanence.distill.turns import TOKENS, Batch, Turn, batches, is_testimony
from remanence.errors import BackendFailed
from remanence.language.tokens import estimate_tokens
from remanence.ports import Ask, Reply
from remanence.types import Budget, Claim, Episode, Reading, ReadingState, Spent

Readings = Sequence[tuple[str, Reading]]
LEAST_REPLY = 256
"""Tokens of a reply that is worth asking for."""
MOST_REPLY = 8_000
MOST_FAILURES = 2
"""Batches in a row that a model may fail at, or answer beside the point, before the others wait for another day."""

NO_LIST = "replies without a list of claims"
ECHO = "replies that repeat the schema"
ELSE = "replies about something else"
CUT = "replies cut off"
INVENTED = "dates that the text does not speak of"


@dataclass(frozen=True, slots=True)
class Distilled:
    """What came of it. `readings` by episode; `refused`: how many items and replies, by reason; `failures`: what the model's
    errors said."""

    readings: tuple[tuple[str, Reading], ...] = ()
    spent: Spent = field(default_factory=Spent)
    refused: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    @property
    def deferred(self) -> tuple[str, ...]:
        """The episodes that wait to be tried again."""
        return tuple(id for id, reading in self.readings if reading.state is ReadingState.DEFERRED)


def distill(
    episodes: Iterable[Episode],
    registry: Registry,
    *,
    by: str,
    keep: Callable[[Readings], object] = lambda _: None,
    budget: Budget | None = None,
    read: Container[str] = frozenset(),
    cache: MutableMapping[str, Reply] | None = None,
    size: int = TOKENS,
    retries: int = 1,
    timer: Callable[[], float] = perf_counter,
) -> Generator[Ask, Reply, Distilled]:
    """Read `episodes`, in the order they were recorded, many in one ask, and sign the readings `by` (`prompts.label`).

    `read`: ids of episodes that have been read by the same; they only help to understand the others. `cache`: replies by
    what was asked, which are not asked for again. `size`: tokens of text in one ask. `retries`: how often one is repeated
    whose reply held no claims list. What is no testimony is refused, so that what else was made of it stands.
    """
    run = _Run(registry, by, keep, budget or Budget(), cache, retries, timer)
    episodes = list(episodes)
    plan = list(batches(episodes, read, size))
    run.begin([each for each in episodes if each.id not in read], plan)
    for batch in plan:
        yield from run.read(batch)
    return run.outcome()


class _OutOfBudget(Exception):
    """No further ask can be afforded."""


class _Unreadable(Exception):
    """The model replied, and not with what it was asked for."""


class _Run:
    """One run of the flow: what is spent, kept and refused so far."""

    def __init__(
        self,
        registry: Registry,
        by: str,
        keep: Callable[[Readings], object],
        budget: Budget,
        cache: MutableMapping[str, Reply] | None,
        retries: int,
        timer: Callable[[], float],
    ) -> None:
        self._registry, self._by, self._keep = registry, by, keep
        self._budget, self._cache, self._retries, self._timer = budget, {} if cache is None else cache, retries, timer
        self._started = timer()
        self._calls = self._tokens = self._failed_in_a_row = 0
        self._readings: dict[str, Reading] = {}
        self._refused: Counter[str] = Counter()
        self._failures: list[str] = []
        self._claims: dict[str, list[tuple[Turn, Claim]]] = {}
        self._pieces: Counter[str] = Counter()
        self._is_tight = False
        """Whether the budget shortened the last reply."""

    def outcome(self) -> Distilled:
        spent = Spent(self._timer() - self._started, self._tokens, self._calls)
        refused = {str(why): count for why, count in self._refused.items() if count}
        return Distilled(tuple(self._readings.items()), spent, refused, tuple(self._failures))

    def begin(self, episodes: Sequence[Episode], plan: Sequence[Batch]) -> None:
        """Count the pieces that each episode is read in, and give those a reading that need no model for it."""
        self._pieces.update(turn.episode.id for batch in plan for turn in batch.numbered.values())
        unread = Reading(self._by, state=ReadingState.REFUSED, detail="not testimony: no one's own words")
        # A testimony without pieces is empty, or only repeats what was recalled.
        rest = [each for each in episodes if not self._pieces[each.id]]
        self._give([(each.id, Reading(self._by) if is_testimony(each) else unread) for each in rest])

    def read(self, batch: Batch) -> Generator[Ask, Reply, None]:
        """Read one batch, and give its episodes their readings or the reason why they have to wait."""
        self._defer_unaffordable(batch)
        turns = [turn for turn in batch.numbered.values() if turn.episode.id not in self._readings]
        if not turns:
            return
        try:
            if self._failed_in_a_row >= MOST_FAILURES:
                raise BackendFailed(self._failures[-1])
            claims, last = yield from self._claims_of(batch)
        except _OutOfBudget as reason:
            self._defer(turns, str(reason))
        except (BackendFailed, _Unreadable) as failure:
            self._failed(turns, str(failure))
        else:
            self._failed_in_a_row = 0
            self._done([turn for turn in turns if turn.number <= last], claims)
            self._cut_off([turn for turn in turns if turn.number > last], claims)

    # ---- asking ------------------------------------------------------------------------------------------------------

    def _claims_of(self, batch: Batch) -> Generator[Ask, Reply, tuple[list[tuple[Turn, Claim]], int]]:
        """The claims of a batch, and the number of the last turn that was read to its end."""
        page = prompt("zh" if batch.chinese else "en")
        ground = Ground(batch, self._registry, page.own_words)
        ask = page.ask(batch, self._registry, min(MOST_REPLY, 512 + batch.tokens * 3 // 2))
        parsed, claims = yield from self._answer(page, ask, ground)
        last = max(batch.numbered)
        if parsed.cut:
            more, is_whole = yield from self._rest(page, ask, parsed, ground)
            numbers = [turn.number for turn, _ in claims + more]
            in_order = numbers == sorted(numbers)
            last = last if is_whole else max(numbers, default=1) - 1 if in_order else 0
            claims += more
        self._refused[INVENTED] += ground.invented
        return claims, last

    def _answer(self, page: Prompt, ask: Ask, ground: Ground) -> Generator[Ask, Reply, tuple[Parsed, list[tuple[Turn, Claim]]]]:
        """The reply to `ask` and its claims, asked again where it holds none of what was asked for."""
        reply = yield from self._put(ask)
        for attempt in range(self._retries + 1):
            parsed = parse(reply.text)
            claims, reasons = self._grounded(parsed, ground)
            if parsed.found and not (parsed.items and not claims and reasons <= ANSWERS_ELSE):
                return parsed, claims
            reason = ECHO if parsed.echo else ELSE if parsed.found else NO_LIST
            self._refused[reason] += 1
            if attempt < self._retries:
                reply = yield from self._put(page.again(ask, reply.text))
        raise _Unreadable(f"{reason}, {self._retries + 1} in a row")

    def _rest(self, page: Prompt, ask: Ask, parsed: Parsed, ground: Ground) -> Generator[Ask, Reply, tuple[list[tuple[Turn, Claim]], bool]]:
        """What was missing where a reply was cut off, and whether that is all of it."""
        self._refused[CUT] += 1
        try:
            reply = yield from self._put(page.further(ask, parsed.items))
        except (_OutOfBudget, BackendFailed):
            self._is_tight = True
            return [], False
        rest = parse(reply.text)
        self._refused[CUT] += rest.cut
        return self._grounded(rest, ground)[0], rest.found and not rest.cut

    def _grounded(self, parsed: Parsed, ground: Ground) -> tuple[list[tuple[Turn, Claim]], set[Objection]]:
        """The claims among the items, and the objections to the others, which are counted."""
        found = [ground.claim(item) for item in parsed.items]
        objections = [each for each in found if isinstance(each, Objection)]
        self._refused.update(objections)
        return [each for each in found if not isinstance(each, Objection)], set(objections)

    def _put(self, ask: Ask) -> Generator[Ask, Reply, Reply]:
        """Ask, within the budget, unless the same was answered before."""
        self._is_tight = False
        key = f"{self._by} {ask.key}"
        if (known := self._cache.get(key)) is not None:
            return known
        asked = self._afforded(ask)
        self._calls += 1
        reply = yield asked
        words = sum(estimate_tokens(message.content) for message in ask.messages)
        self._tokens += (reply.tokens_in or words) + (reply.tokens_out or estimate_tokens(reply.text))
        parsed = parse(reply.text)
        if parsed.found and not parsed.cut:
            self._cache[key] = reply
        return reply

    def _afforded(self, ask: Ask) -> Ask:
        """`ask` with limits that keep the budget. Raises `_OutOfBudget`."""
        most, seconds = self._budget, None
        if most.calls is not None and self._calls >= most.calls:
            raise _OutOfBudget(f"the budget of {most.calls} calls was spent")
        if most.seconds is not None and (seconds := most.seconds - (self._timer() - self._started)) <= 0:
            raise _OutOfBudget(f"the budget of {most.seconds:g} seconds was spent")
        limit = ask.max_tokens
        if most.tokens is not None:
            words = sum(estimate_tokens(message.content) for message in ask.messages)
            limit = min(limit, most.tokens - self._tokens - words)
            if limit < LEAST_REPLY:
                raise _OutOfBudget(f"the budget of {most.tokens} tokens was spent")
            self._is_tight = limit < ask.max_tokens
        return replace(ask, max_tokens=limit, seconds=seconds)

    # ---- keeping -----------------------------------------------------------------------------------------------------

    def _done(self, turns: Sequence[Turn], claims: Sequence[tuple[Turn, Claim]]) -> None:
        """Note what was read; an episode whose last piece this was has its reading."""
        read = {id(turn) for turn in turns}
        for turn, claim in claims:
            if id(turn) in read:
                self._claims.setdefault(turn.episode.id, []).append((turn, claim))
        whole = []
        for turn in turns:
            self._pieces[turn.episode.id] -= 1
            if not self._pieces[turn.episode.id]:
                whole.append(turn.episode.id)
        self._give([(id, self._reading(id)) for id in whole])

    def _reading(self, id: str) -> Reading:
        claims, repeated = distinct(self._claims.pop(id, []))
        self._refused[Objection.REPEATED] += repeated
        return Reading(self._by, tuple(claim for _, claim in claims))

    def _cut_off(self, turns: Sequence[Turn], claims: Sequence[tuple[Turn, Claim]]) -> None:
        """Let those wait that the reply did not come to; a turn that fills two replies by itself would do so each time."""
        if turns and not self._is_tight and claims and {id(turn) for turn, _ in claims} == {id(turns[0])}:
            detail = "two replies were not enough for what is said here"
            self._give([(turns[0].episode.id, Reading(self._by, state=ReadingState.REFUSED, detail=detail))])
        self._defer(turns, "the reply was cut off before it came to this")

    def _defer_unaffordable(self, batch: Batch) -> None:
        """An episode in more pieces than there are calls left is not begun: it would be paid for and not kept."""
        if self._budget.calls is None:
            return
        for turn in batch.numbered.values():
            pieces = self._pieces[turn.episode.id]
            if pieces > max(1, self._budget.calls - self._calls):
                self._defer([turn], f"it is long: reading the rest of it takes {pieces} calls, more than the budget has left")

    def _failed(self, turns: Sequence[Turn], failure: str) -> None:
        if self._failed_in_a_row < MOST_FAILURES:
            self._failed_in_a_row += 1
            self._failures.append(failure)
        # What a server adds behind the colon may repeat the words of other episodes, which must go when those are forgotten.
        self._defer(turns, f"the model failed: {failure.partition(': ')[0][:200]}")

    def _defer(self, turns: Sequence[Turn], reason: str) -> None:
        self._give([(turn.episode.id, Reading(self._by, state=ReadingState.DEFERRED, detail=reason)) for turn in turns])

    def _give(self, readings: Readings) -> None:
        """Hand over readings that are complete, each once."""
        fresh = {id: reading for id, reading in readings if id not in self._readings}
        self._readings |= fresh
        if fresh:
            self._keep(list(fresh.items()))
