"""What was recorded is kept, whatever becomes of its vectors; the same thing twice is one episode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from remanence import Memory
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.errors import BackendFailed, BadInput
from remanence.record.write import embedded_text
from remanence.testing.clock import FrozenClock
from remanence.types import Action, Kind, Trust


class Moody(HashedNgrams):
    """An embedder that answers while it `works`, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(64)
        self.works = True
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not self.works:
            raise BackendFailed("The embedder did not answer.")
        self.asked += texts
        return super().embed(texts)


@pytest.fixture
def embedder() -> Moody:
    return Moody()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["memory", "sqlite"])
def memory(request: pytest.FixtureRequest, tmp_path: Path, embedder: Moody, clock: FrozenClock) -> Iterator[Memory]:
    path = ":memory:" if request.param == "memory" else tmp_path / "a.db"
    with closing(Memory(path, embedder=embedder, clock=clock, batch=3)) as memory:
        yield memory


def by_terms(memory: Memory) -> Memory:
    """The same memory, searched by terms alone."""
    return Memory(store=memory.store, embedder=None, clock=memory.clock)


def said(memory: Memory) -> list[str]:
    return [episode.text for _, episode in memory.episodes()]


# ---------------------------------------------------------------- deferred


def test_an_embedder_that_fails_costs_the_vectors_and_nothing_else(memory: Memory, embedder: Moody) -> None:
    embedder.works = False
    receipt = memory.record(["green tea", "black coffee"])
    assert receipt.deferred == receipt.ids
    assert memory.stats().deferred == 2
    assert by_terms(memory).recall("tea")[0].episode.text == "green tea"
    assert {why.arm for why in by_terms(memory).recall("tea")[0].why} >= {"lexical"}


def test_what_was_deferred_gets_its_vectors_later(memory: Memory, embedder: Moody) -> None:
    embedder.works = False
    memory.record(["green tea", "black coffee"], speaker="Anna")
    with pytest.raises(BackendFailed):
        memory.reindex(pending=True)
    assert memory.stats().deferred == 2

    embedder.works = True
    assert memory.reindex(pending=True).spent.calls == 2
    assert memory.stats().deferred == 0
    assert embedder.asked == ["Anna: green tea", "Anna: black coffee"]
    assert "dense" in {why.arm for why in memory.recall("tea")[0].why}
    assert memory.reindex(pending=True).spent.calls == 0, "nothing is left to do"


def test_what_was_done_before_the_embedder_failed_is_kept(memory: Memory, embedder: Moody) -> None:
    memory.record([f"text {n}" for n in range(8)], embed=False)
    answer = embedder.embed
    batches = iter([True, True, False])

    def fails_at_the_third(texts: Sequence[str]) -> NDArray[np.float32]:
        embedder.works = next(batches)
        return answer(texts)

    embedder.embed = fails_at_the_third  # type: ignore[method-assign]
    with pytest.raises(BackendFailed):
        memory.reindex(pending=True)
    assert memory.stats().deferred == 8 - 2 * 3


def test_without_embedding_everything_is_deferred_on_purpose(memory: Memory, embedder: Moody) -> None:
    receipt = memory.record("green tea", embed=False)
    assert receipt.deferred == receipt.ids
    assert embedder.asked == []


def test_without_an_embedder_reindex_has_no_vectors_to_give(memory: Memory) -> None:
    memory.record("green tea", embed=False)
    assert by_terms(memory).reindex(pending=True).spent.calls == 0
    assert memory.stats().deferred == 1


def test_a_vector_is_made_of_the_words_and_of_who_said_them(memory: Memory, embedder: Moody) -> None:
    memory.record("hello", speaker="Anna")
    memory.record("hi")
    assert embedder.asked == ["Anna: hello", "hi"] == [embedded_text(episode) for _, episode in memory.episodes()]


# ---------------------------------------------------------------- the same thing again


def test_the_same_thing_recorded_twice_is_one_episode(memory: Memory) -> None:
    first, again = (memory.record("I moved to Lisbon", speaker="Anna", said_at="2026-03-01") for _ in range(2))
    assert again.ids == again.duplicates == first.ids
    assert (again.change, again.deferred) == (None, ())
    assert said(memory) == ["I moved to Lisbon"]
    assert [change.id for change in memory.history()] == [first.change]


def test_a_key_makes_two_recordings_the_same_and_the_first_words_stay(memory: Memory, clock: FrozenClock) -> None:
    first = memory.record("one wording", key="mail-7")
    clock.advance(timedelta(days=30))
    assert memory.record("another wording", key="mail-7").duplicates == first.ids
    assert said(memory) == ["one wording"]
    assert memory.scope(user="anna").record("hers", key="mail-7").duplicates == (), "another scope, another episode"


def test_undated_words_are_the_same_on_the_same_day_and_others_on_another(memory: Memory, clock: FrozenClock) -> None:
    memory.record("good morning")
    clock.advance(timedelta(hours=1))
    assert memory.record("good morning").duplicates
    clock.advance(timedelta(days=1))
    assert not memory.record("good morning").duplicates
    assert said(memory) == ["good morning"] * 2


def test_of_a_list_recorded_again_only_the_new_is_written(memory: Memory) -> None:
    first = memory.record(["one", "two"], said_at="2026-03-01")
    receipt = memory.record(["one", "three", "two"], said_at="2026-03-01")
    assert receipt.ids == (first.ids[0], receipt.ids[1], first.ids[1])
    assert receipt.duplicates == first.ids
    assert memory.history()[-1].added == (receipt.ids[1],)


def test_words_said_twice_within_one_recording_are_two_episodes(memory: Memory) -> None:
    assert len(set(memory.record(["yes", "yes"]).ids)) == 2
    assert memory.record(["yes", "yes", "yes"]).duplicates == memory.record(["yes", "yes"]).ids


# ---------------------------------------------------------------- streams


def test_a_stream_is_recorded_in_batches_each_durable_before_the_next_is_read(memory: Memory) -> None:
    def stream() -> Iterator[str]:
        for n in range(8):
            assert said(memory) == [f"text {k}" for k in range(n // 3 * 3)], "a batch is kept before the next is read"
            yield f"text {n}"

    receipts = memory.record_all(stream())
    assert [len(receipt.ids) for receipt in receipts] == [3, 3, 2]
    assert [change.added for change in memory.history()] == [receipt.ids for receipt in receipts]


@pytest.mark.parametrize("given", [{}, {"key": "log"}, {"said_at": "2026-03-01", "session": "s1", "speaker": "Anna"}])
def test_a_stream_in_batches_equals_the_same_list_at_once(memory: Memory, given: dict[str, str], clock: FrozenClock) -> None:
    stream = ["yes", "no", "yes", "yes", "and", "yes", "no", "end"]
    ids = [id_ for receipt in memory.record_all(stream, **given) for id_ in receipt.ids]
    at_once = Memory(embedder=None, clock=clock)
    assert tuple(ids) == at_once.record(stream, **given).ids
    assert [episode for _, episode in memory.episodes()] == [episode for _, episode in at_once.episodes()]
    assert [receipt.change for receipt in memory.record_all(stream, **given)] == [None] * 3, "again, it changes nothing"


def test_a_stream_tells_its_progress(memory: Memory) -> None:
    told: list[tuple[str, float]] = []
    memory.record_all(["text"] * 8, total=8, progress=lambda stage, done: told.append((stage, done)))
    assert told == [("recording", 3 / 8), ("recording", 6 / 8), ("recording", 1.0)]


def test_a_stream_of_unknown_length_still_tells_that_it_goes_on(memory: Memory) -> None:
    told: list[float] = []
    memory.record_all(iter(["text"] * 4), progress=lambda _, done: told.append(done))
    assert told == [0.0, 0.0]


def test_a_stream_that_breaks_keeps_its_finished_batches(memory: Memory) -> None:
    def stream() -> Iterator[str]:
        yield from (f"text {n}" for n in range(4))
        raise ConnectionError("the line went dead")

    with pytest.raises(ConnectionError):
        memory.record_all(stream())
    assert said(memory) == ["text 0", "text 1", "text 2"]
    memory.record_all(f"text {n}" for n in range(4))
    assert said(memory) == [f"text {n}" for n in range(4)]


def test_an_empty_stream_records_nothing(memory: Memory) -> None:
    nothing: Iterable[object] = []
    assert memory.record_all(nothing) == []
    assert memory.history() == []


# ---------------------------------------------------------------- reindex


def test_reindex_reads_every_episode_anew_and_tells_its_progress(memory: Memory) -> None:
    memory.record(["green tea", "black coffee", "milk", "sugar"], embed=False)
    before = [hit.episode.id for hit in by_terms(memory).recall("tea")]
    ids = [(episode.id, np.array([1], np.uint32), 0) for _, episode in memory.episodes()]
    memory.store.reterm(memory.granted, ids)  # as if another analyser had read them
    assert all("lexical" not in {why.arm for why in hit.why} for hit in by_terms(memory).recall("tea"))

    told: list[tuple[str, float]] = []
    assert memory.reindex(progress=lambda stage, done: told.append((stage, done))).spent.calls == 4
    assert told == [("indexing", 3 / 4), ("indexing", 1.0), ("embedding", 3 / 4), ("embedding", 1.0)]
    assert [hit.episode.id for hit in by_terms(memory).recall("tea")] == before
    assert memory.recall("tea")[0].episode.text == "green tea"


# ---------------------------------------------------------------- receipts


def test_a_receipt_says_what_was_refused_and_what_was_taken_out(memory: Memory) -> None:
    key = "sk-" + "abcdefghijklmnopqrst" + "T3BlbkFJ" + "abcdefghijklmnopqrst"
    receipt = memory.record(["hello", "  ", f"my key is {key}"])
    assert [(refusal.index, "empty" in refusal.reason) for refusal in receipt.refused] == [(1, True)]
    assert sum(redaction.count for redaction in receipt.redactions) == 1
    assert key not in "".join(said(memory))
    assert len(receipt.ids) == 2
    assert receipt.spent.seconds > 0


def test_bad_input_writes_nothing(memory: Memory) -> None:
    for bad in ("", [], b"bytes", {"role": "user", "content": "x", "said_at": "never"}):
        with pytest.raises(BadInput):
            memory.record(bad)
    with pytest.raises(BadInput):
        memory.record(["good", {"role": "user", "content": "x", "said_at": "never"}])
    assert said(memory) == []
    assert memory.history() == []


def test_what_is_said_of_an_episode_is_kept_with_it(memory: Memory) -> None:
    receipt = memory.record(
        "42 degrees", session="s1", said_at="2026-03-01T08:00+08:00", speaker="probe", role="tool", source="lab", trust="tool",
        kind="data", metadata={"unit": "C"},
    )  # fmt: skip
    kept = memory.show(receipt.ids[0])
    assert (kept.scope.session, kept.speaker, kept.role, kept.source) == ("s1", "probe", "tool", "lab")
    assert (kept.trust, kept.kind, kept.metadata) == (Trust.TOOL, Kind.DATA, {"unit": "C"})
    assert kept.said_at.isoformat() == "2026-03-01T08:00:00+08:00"
    assert kept.heard_at == memory.clock.now()
    (change,) = memory.history(kept.id)
    assert (change.action, change.added, change.id) == (Action.ASSERT, (kept.id,), receipt.change)
