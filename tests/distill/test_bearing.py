"""Which words bear on a question: those that tell what is so now of the one who is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from saying import NOW, day, said

from remanence.distill.bearing import SLOTS, asked_relations, bearing, candidates, read_question
from remanence.distill.beliefs import Beliefs
from remanence.distill.relations import registry

if TYPE_CHECKING:
    from remanence.types import Testimony

ALICE = [
    said("2024-01-05", "Alice", "lives_in", "Porto", seq=1),
    said("2025-03-02", "Alice", "lives_in", "Lisbon", seq=2, is_change=True),
    said("2025-03-05", "Anna", "lives_in", "Rome", by="Alice", seq=3),
    said("2025-03-05", "Alice", "sister", "Anna", seq=4),
    said("2025-03-06", "Alice", "works_at", "Acme", seq=5),
    said("2025-03-07", "Alice", "favourite", "Heat", qualifier="film", seq=6),
    said("2025-03-08", "Alice", "favourite", "blue", qualifier="colour", seq=7),
    said("2025-03-09", "小红", "lives_in", "上海", by="Alice", seq=8),
    said("2025-03-09", "Alice", "job", "nurse", seq=9),
    said("2025-03-10", "Alice/妹妹", "works_at", "华为", by="Alice", seq=10),
]


def best(question: str, told: list[Testimony] | None = None, user: str | None = "alice", at: str | None = None) -> list[tuple[int, float]]:
    """The places that facts lead to, with their scores, best first."""
    found = bearing(Beliefs(registry(), ALICE if told is None else told), question, day(at) if at else NOW, user)["fact"]
    return sorted(found.items(), key=lambda pair: -pair[1])


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("Where does Alice live?", 2),
        ("Where do I live?", 2),
        ("我住在哪里？", 2),
        ("Which city does the user live in?", 2),
        ("Where does Anna live?", 3),
        ("Where does my sister live?", 3),
        ("Where does Alice's sister live?", 3),
        ("Anna的家在哪个城市？", 3),
        ("小红住哪", 8),
        ("Which company does Alice work for?", 5),
        ("What do I do for a living?", 9),
        ("What is Alice's favourite film?", 6),
        ("What's my favorite movie?", 6),
        ("What is my favourite color?", 7),
        ("我妹妹在哪家公司上班？", 10),
    ],
)
def test_the_fact_that_is_asked_for_scores_near_one_and_others_far_less(question: str, place: int) -> None:
    (first, score), *others = best(question)
    assert first == place
    assert score > 0.6 if "妹妹" in question else score > 0.85
    assert all(other < 0.5 * score for _, other in others)


def test_what_was_so_counts_less_than_what_is_unless_the_past_is_asked_for() -> None:
    now, before = dict(best("Where does Alice live?")), dict(best("Where did Alice live before?"))
    assert now[2] > 2 * now[1]
    assert before[1] > before[2]


def test_what_counts_is_what_was_so_at_the_moment_that_is_asked_about() -> None:
    then = dict(best("Where does Alice live?", at="2024-06-01"))
    assert then[1] > 2 * then[2]


def test_the_words_that_end_a_fact_count_where_nothing_took_its_place() -> None:
    told = [
        said("2024-01-05", "Alice", "works_at", "Acme", seq=1),
        said("2025-01-05", "Alice", "works_at", "Acme", "deny", seq=2),
    ]
    found = dict(best("Where does Alice work?", told))
    assert found[2] > found[1] > 0


def test_the_last_word_on_a_fact_counts_most() -> None:
    told = [said("2024-01-05", "Alice", "works_at", "Acme", seq=1), said("2025-01-05", "Alice", "works_at", "Acme", seq=2)]
    assert [place for place, _ in best("Where does Alice work?", told)] == [2, 1]


def test_what_was_taken_back_does_not_count() -> None:
    told = [said("2024-01-05", "Alice", "pet", "Toby", seq=1), said("2024-02-05", "Alice", "pet", "Toby", "retract", seq=2)]
    assert best("What is the name of Alice's pet?", told) == []


def test_what_only_the_web_says_counts_less() -> None:
    told = [
        said("2024-01-05", "Ben", "lives_in", "Oslo", seq=1),
        said("2024-01-05", "Eva", "lives_in", "Bergen", by="example.org", trust="web", seq=2),
    ]
    assert best("Where does Ben live?", told)[0][1] > 1.5 * best("Where does Eva live?", told)[0][1]


def test_nobody_is_meant_by_i_where_nobody_is_known_to_ask() -> None:
    (_, known), *_ = best("Where do I live?")
    assert all(score < 0.6 * known for _, score in best("Where do I live?", user=None))


def test_a_question_that_asks_for_much_besides_is_less_surely_answered_by_a_fact() -> None:
    (_, plain), *_ = best("Where does Alice live?")
    assert dict(best("Which recipes did Alice cook for guests where she lives with candles?")).get(2, 0.0) < 0.6 * plain


def test_a_longer_chinese_word_is_not_taken_for_the_one_in_it() -> None:
    relations, _ = asked_relations("我不喜欢什么", "我不喜欢什么", registry())
    assert set(relations) == {"dislikes"}


def test_in_a_large_memory_only_so_many_slots_are_looked_into_and_what_is_asked_is_among_them() -> None:
    many = [said("2025-01-01", "Alice", "did", f"deed {number}", seq=100 + number) for number in range(3 * SLOTS)]
    beliefs = Beliefs(registry(), [*ALICE, *many])
    with beliefs.at_rest() as now:
        assert len(candidates(now, read_question("Where do I live?", now, "alice"), {})) == SLOTS
    found = bearing(beliefs, "Where do I live?", NOW, "alice")["fact"]
    assert max(found, key=lambda place: found[place]) == 2


@given(st.text(alphabet="I my's sister live where Alice我妹妹住哪的?", max_size=40))
def test_scores_are_shares_whatever_is_asked(question: str) -> None:
    found = bearing(Beliefs(registry(), ALICE), question, NOW, "alice")
    assert all(0 < score <= 1 for held in found.values() for score in held.values())
