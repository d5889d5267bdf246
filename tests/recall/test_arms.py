"""Each arm adds candidates of its own kind: counted by hand, and seen to find what nothing else finds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from remanence import Memory
from remanence.language.analyse import hashes
from remanence.recall import arms
from remanence.recall.view import View
from remanence.testing.clock import FrozenClock
from remanence.types import Hit

K1, B = 1.2, 0.75


def view_of(memory: Memory) -> View:
    view = View(0)
    view.refresh(memory.store, memory.granted)
    return view


def sought(text: str, view: View) -> arms.Matches:
    return arms.matches(hashes(text).tolist(), view)


def bm25(rarity: float, count: int, length: int, average: float) -> float:
    return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length / average))


# ---------------------------------------------------------------- by hand


def test_turns_score_by_bm25(memory: Memory) -> None:
    memory.record(["apple banana", "apple apple cherry", "banana"])
    view = view_of(memory)
    found = arms.lexical(sought("apple", view), view, view.current, 10)
    rare = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # in two of three
    assert found.rows.tolist() == [1, 0]
    assert found.scores.tolist() == pytest.approx([bm25(rare, 2, 3, 2.0), bm25(rare, 1, 2, 2.0)], rel=1e-5)

    rarer = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))  # cherry: in one of three
    found = arms.lexical(sought("cherry banana", view), view, view.current, 10)
    assert found.rows.tolist() == [1, 2, 0]
    assert found.scores.tolist() == pytest.approx([bm25(rarer, 1, 3, 2.0), bm25(rare, 1, 1, 2.0), bm25(rare, 1, 2, 2.0)], rel=1e-5)


def test_sessions_score_by_bm25_as_one_text_each_and_as_a_share_of_what_was_sought(memory: Memory) -> None:
    memory.record(["apple banana", "apple"], session="first")
    memory.record(["banana", "cherry cherry cherry"], session="second")
    view = view_of(memory)
    scores = arms.session_scores(sought("apple banana", view), view)
    rare, common = math.log(1 + (2 - 1 + 0.5) / 1.5), math.log(1 + (2 - 2 + 0.5) / 2.5)  # of two sessions: in one, in both
    first, second = bm25(rare, 2, 3, 3.5) + bm25(common, 1, 3, 3.5), bm25(common, 1, 4, 3.5)
    assert scores.tolist() == pytest.approx([first / (rare + common), second / (rare + common)], rel=1e-4)


def test_the_arms_find_only_what_is_allowed_and_no_more_than_their_limit(memory: Memory) -> None:
    memory.record(["apple"] * 30)
    view = view_of(memory)
    allowed = np.arange(30) % 3 == 0
    assert set(arms.lexical(sought("apple", view), view, allowed, 5).rows.tolist()) <= set(range(0, 30, 3))
    assert len(arms.lexical(sought("apple", view), view, allowed, 5).rows) == 5
    assert arms.lexical(sought("pear", view), view, allowed, 5).rows.tolist() == []


def test_common_terms_are_left_unread_when_rare_ones_have_used_up_the_reading(monkeypatch: pytest.MonkeyPatch, memory: Memory) -> None:
    memory.record([*["apple"] * 20, "apple cherry"])
    view = view_of(memory)
    monkeypatch.setattr(arms, "POSTINGS", 10)
    matched = sought("apple cherry", view)
    assert matched.read == (1,)
    assert arms.lexical(matched, view, view.current, 50).rows.tolist() == [20]
    assert sought("apple", view).read == (0,), "one is always read"


@pytest.mark.parametrize(("documents", "holding"), [(1, 1), (10, 10), (10, 0), (1_000_000, 1), (0, 0)])
def test_no_term_counts_against_those_who_say_it(documents: int, holding: int) -> None:
    assert arms.idf(documents, holding) > 0


def test_neighbours_are_the_turns_beside_and_inherit_the_score(memory: Memory) -> None:
    memory.record(["one", "two", "three", "four", "five"])
    view = view_of(memory)
    found = arms.neighbours(arms.Found(np.array([1, 4]), np.array([0.9, 0.5], np.float32)), view, view.current)
    assert dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True)) == pytest.approx({0: 0.9, 2: 0.9, 3: 0.5})


# ---------------------------------------------------------------- what only one arm finds


def chatter(count: int) -> list[str]:
    return [f"filler {n}" for n in range(count)]


def found_by(hits: Sequence[Hit], text: str) -> set[str]:
    """The arms that found the episode of this text."""
    return {why.arm for hit in hits if hit.episode.text == text for why in hit.why}


def test_the_lexical_arm_adds_a_turn_that_says_what_is_asked(memory: Memory) -> None:
    memory.record(["the xylophone is blue", *chatter(40)], session="long")  # too far back for the session arm
    assert found_by(memory.recall("xylophone", limit=50), "the xylophone is blue") == {"lexical"}


def test_the_session_arm_adds_a_turn_of_a_session_that_speaks_of_what_is_asked(memory: Memory) -> None:
    memory.record(["the xylophone is blue", *chatter(3), "it cost a fortune"], session="shop")
    memory.record(chatter(40), session="long")
    assert found_by(memory.recall("xylophone", limit=50), "it cost a fortune") == {"session"}


def test_the_neighbour_arm_adds_the_answer_after_a_question(memory: Memory) -> None:
    memory.record(["what colour is the xylophone?", "blue, I think", *chatter(40)], session="long")
    assert found_by(memory.recall("xylophone", limit=50), "blue, I think") == {"neighbour"}


def test_the_temporal_arm_adds_what_was_said_at_the_time_asked_about(memory: Memory, clock: FrozenClock) -> None:
    memory.record("we saw a heron", session="walk", said_at=clock.now() - timedelta(days=1))
    memory.record(chatter(40), session="long", said_at=clock.now() - timedelta(days=9))
    assert found_by(memory.recall("What happened yesterday?", limit=50), "we saw a heron") == {"temporal"}
    assert found_by(memory.recall("昨天怎么样？", limit=50), "we saw a heron") == {"temporal"}


def test_the_speaker_arm_adds_what_the_one_who_is_named_said_last(memory: Memory) -> None:
    memory.record("olives, any kind", speaker="Nate", session="dinner")
    memory.record(chatter(40), speaker="Bo", session="long")
    assert found_by(memory.recall("What does Nate like?", limit=50), "olives, any kind") == {"speaker"}
    assert found_by(memory.recall("What do Nate and Bo like?", limit=50), "olives, any kind") == set(), "two are named: whose words?"


def test_the_dense_arm_adds_a_turn_of_other_words(spelling: Memory) -> None:
    spelling.record("a photographer of mountains", session="work")
    spelling.record(chatter(40), session="long")
    assert found_by(spelling.recall("photography", limit=50), "a photographer of mountains") == {"dense"}


def test_no_arm_finds_what_was_retired_or_lies_outside_the_filter(memory: Memory) -> None:
    memory.record("the xylophone is blue", speaker="Nate", session="shop")
    receipt = memory.record("the xylophone is green", speaker="Nate", session="shop")
    memory.undo(receipt.change)
    assert [hit.episode.text for hit in memory.recall("Which xylophone did Nate see today?", limit=50)] == ["the xylophone is blue"]
