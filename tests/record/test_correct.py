"""A correction ends what was believed and begins what is; an undo turns it round; nothing of it is rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from remanence import Memory
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.errors import BadInput, NotFound
from remanence.testing.clock import FrozenClock
from remanence.types import Action

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["memory", "sqlite"])
def memory(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Memory]:
    path = ":memory:" if request.param == "memory" else tmp_path / "a.db"
    with closing(Memory(path, embedder=HashedNgrams(64), clock=clock)) as memory:
        yield memory


def believed(memory: Memory, **given: object) -> list[str]:
    return sorted(hit.episode.text for hit in memory.recall("Where do I live?", **given))


def record(memory: Memory, text: str = "I live in Rome", **given: object) -> str:
    return memory.record(text, said_at=memory.clock.now() - 100 * DAY, **given).ids[0]


# ---------------------------------------------------------------- a correction


def test_after_a_correction_the_new_words_are_believed_and_the_old_ones_kept(memory: Memory, clock: FrozenClock) -> None:
    old = record(memory)
    clock.advance(DAY)
    receipt = memory.correct(old, "I live in Oslo", reason="she moved")
    assert believed(memory) == ["I live in Oslo"]
    was, now = memory.show(old), memory.show(receipt.ids[0])
    assert (was.text, was.is_current, was.retired_at, was.valid_to) == ("I live in Rome", False, clock.now(), clock.now())
    assert (now.text, now.is_current, now.said_at, now.metadata) == ("I live in Oslo", True, clock.now(), {"corrects": old})


def test_a_correction_is_said_by_whom_the_old_words_were_said(memory: Memory) -> None:
    old = record(memory, speaker="Anna", role="user", source="chat", session="s1", metadata={"n": 1}, trust="web", kind="document")
    was, now = memory.show(old), memory.show(memory.correct(old, "I live in Oslo").ids[0])
    for name in ("speaker", "role", "source", "scope", "trust", "kind"):
        assert getattr(now, name) == getattr(was, name)
    assert now.metadata == {"n": 1, "corrects": old}


def test_each_time_sees_what_was_so_then(memory: Memory, clock: FrozenClock) -> None:
    old = record(memory)
    memory.correct(old, "I live in Oslo", said_at=clock.now() - 10 * DAY)
    assert believed(memory, as_of=clock.now() - 11 * DAY) == ["I live in Rome"]
    assert believed(memory, as_of=clock.now() - 10 * DAY) == ["I live in Oslo"]
    assert believed(memory, as_of=clock.now() - 101 * DAY) == []


def test_words_corrected_as_of_before_they_were_said_were_never_so(memory: Memory, clock: FrozenClock) -> None:
    old = record(memory)
    receipt = memory.correct(old, "I live in Oslo", said_at=clock.now() - 500 * DAY)
    assert memory.show(old).valid_to == memory.show(old).said_at == memory.show(receipt.ids[0]).said_at
    assert believed(memory, as_of=clock.now() - 100 * DAY) == ["I live in Oslo"]


def test_a_correction_can_be_corrected(memory: Memory, clock: FrozenClock) -> None:
    first = record(memory)
    for place in ("Oslo", "Bern", "Rome"):
        clock.advance(DAY)
        first = memory.correct(first, f"I live in {place}").ids[0]
    assert believed(memory) == ["I live in Rome"], "also back to where it began"
    assert believed(memory, as_of=clock.now() - DAY) == ["I live in Bern"]
    assert believed(memory, known_at=clock.now() - 2 * DAY) == ["I live in Oslo"]


def test_a_correction_keeps_secrets_out_as_a_recording_does(memory: Memory) -> None:
    key = "sk-" + "abcdefghijklmnopqrst" + "T3BlbkFJ" + "abcdefghijklmnopqrst"
    receipt = memory.correct(record(memory), f"The key is {key}")
    assert receipt.redactions
    assert key not in memory.show(receipt.ids[0]).text


def test_what_cannot_be_corrected_is_refused_and_changes_nothing(memory: Memory) -> None:
    old = record(memory)
    with pytest.raises(BadInput, match="already says exactly that"):
        memory.correct(old, "I live in Rome")
    with pytest.raises(NotFound, match="no episode 'ep_nobody'"):
        memory.correct("ep_nobody", "I live in Oslo")
    with pytest.raises(BadInput):
        memory.correct(old, "   ")
    with pytest.raises(BadInput, match="not a date"):
        memory.correct(old, "I live in Oslo", said_at="once upon a time")
    assert len(memory.history()) == 1
    memory.correct(old, "I live in Oslo")
    with pytest.raises(BadInput, match="no longer current"):
        memory.correct(old, "I live in Bern")
    assert believed(memory) == ["I live in Oslo"]


# ---------------------------------------------------------------- undo


def test_an_undone_correction_is_as_if_it_had_not_been_made(memory: Memory, clock: FrozenClock) -> None:
    old = record(memory)
    before = memory.show(old)
    receipt = memory.correct(old, "I live in Oslo", said_at=clock.now() - 10 * DAY)
    clock.advance(DAY)
    undo = memory.undo(receipt.change, reason="a mistake")
    assert (undo.action, undo.retired, undo.restored, undo.undoes) == (Action.UNDO, receipt.ids, (old,), receipt.change)
    assert memory.show(old) == before
    assert believed(memory) == ["I live in Rome"]
    assert believed(memory, as_of=clock.now() - 5 * DAY) == ["I live in Rome"]


def test_an_undone_undo_is_the_correction_again(memory: Memory, clock: FrozenClock) -> None:
    old = record(memory)
    receipt = memory.correct(old, "I live in Oslo", said_at=clock.now() - 10 * DAY)
    corrected = [memory.show(id_) for id_ in (old, *receipt.ids)]
    clock.advance(DAY)
    undo = memory.undo(receipt.change)
    clock.advance(DAY)
    again = memory.undo(undo.id)
    assert (again.retired, again.restored, again.undoes) == ((old,), receipt.ids, undo.id)
    was, now = (memory.show(id_) for id_ in (old, *receipt.ids))
    assert now == corrected[1]
    assert (was.valid_to, was.retired_at) == (corrected[0].valid_to, clock.now())
    assert believed(memory, as_of=clock.now() - 13 * DAY) == ["I live in Rome"]
    assert believed(memory, as_of=clock.now()) == ["I live in Oslo"]


def test_undo_may_go_back_and_forth_for_long(memory: Memory, clock: FrozenClock) -> None:
    change = memory.correct(record(memory), "I live in Oslo").change
    for place in ("Rome", "Oslo") * 3:
        clock.advance(DAY)
        change = memory.undo(change).id
        assert believed(memory) == [f"I live in {place}"]
    assert all(finding.ok for finding in memory.doctor())


def test_an_undone_recording_is_believed_no_more_but_known_to_have_been(memory: Memory, clock: FrozenClock) -> None:
    receipt = memory.record(["I live in Rome", "I live in a flat"])
    clock.advance(DAY)
    memory.undo(receipt.change)
    assert believed(memory) == []
    assert believed(memory, as_of=clock.now() - DAY) == [], "as if it had never been so"
    assert believed(memory, known_at=clock.now() - DAY) == ["I live in Rome", "I live in a flat"]
    assert [memory.show(id_).text for id_ in receipt.ids] == ["I live in Rome", "I live in a flat"]


def test_a_change_that_others_build_on_is_undone_after_them(memory: Memory, clock: FrozenClock) -> None:
    old = memory.record("I live in Rome")
    first = memory.correct(old.ids[0], "I live in Oslo")
    clock.advance(DAY)
    second = memory.correct(first.ids[0], "I live in Bern")
    for early in (old.change, first.change):
        with pytest.raises(BadInput, match="undo the later one first"):
            memory.undo(early)
    for change, left in ((second.change, ["I live in Oslo"]), (first.change, ["I live in Rome"]), (old.change, [])):
        clock.advance(DAY)
        memory.undo(change)
        assert believed(memory) == left


def test_what_cannot_be_undone_is_refused(memory: Memory) -> None:
    receipt = memory.correct(record(memory), "I live in Oslo")
    memory.undo(receipt.change)
    with pytest.raises(BadInput, match="undone already"):
        memory.undo(receipt.change)
    with pytest.raises(NotFound, match="no change 'ch_nothing'"):
        memory.undo("ch_nothing")
    erasure = memory.forget(list(receipt.ids))
    with pytest.raises(BadInput, match="erased"):
        memory.undo(erasure.change)


def test_a_change_whose_words_were_erased_cannot_be_undone(memory: Memory) -> None:
    old = record(memory)
    receipt = memory.correct(old, "I live in Oslo")
    memory.forget([old])
    with pytest.raises(BadInput):
        memory.undo(receipt.change)
    assert believed(memory) == ["I live in Oslo"]


# ---------------------------------------------------------------- history


def test_the_history_tells_what_happened_in_order_and_why(memory: Memory, clock: FrozenClock) -> None:
    old = record(memory)
    other = memory.record("tea", key="tea").ids[0]
    clock.advance(DAY)
    receipt = memory.correct(old, "I live in Oslo", reason="she moved")
    clock.advance(DAY)
    undo = memory.undo(receipt.change, reason="she did not")
    assert [(c.action, c.reason) for c in memory.history()] == [
        (Action.ASSERT, ""), (Action.ASSERT, ""), (Action.SUPERSEDE, "she moved"), (Action.UNDO, "she did not"),
    ]  # fmt: skip
    assert [c.action for c in memory.history(old)] == [Action.ASSERT, Action.SUPERSEDE, Action.UNDO]
    assert [c.id for c in memory.history(receipt.ids[0])] == [receipt.change, undo.id]
    assert len(memory.history(other)) == 1
    assert memory.history(limit=1) == [undo]
    assert memory.history("ep_nobody") == []


def test_words_that_were_given_up_before_are_believed_when_a_correction_says_them_again(memory: Memory, clock: FrozenClock) -> None:
    """Words, speaker and date may all be those of an episode that is no longer current: it is another episode."""
    told = clock.now() - DAY
    rome = memory.record("I live in Rome", said_at=told)
    oslo = memory.correct(rome.ids[0], "I live in Oslo", said_at=told)
    clock.advance(DAY)
    again = memory.correct(oslo.ids[0], "I live in Rome", said_at=told)
    assert believed(memory) == ["I live in Rome"]
    clock.advance(DAY)
    memory.undo(again.change)
    memory.correct(oslo.ids[0], "I live in Rome", said_at=told)
    assert believed(memory) == ["I live in Rome"]
