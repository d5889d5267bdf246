"""Whom a question calls by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.recall.names import ROLES, Names, in_first_person

ANNA, ANNA_SMITH, BO, WANG_FENG, LI_XUE, MARIA = range(6)


def speakers(*given: tuple[str, int]) -> Names:
    names = Names()
    for name, code in given:
        names.learn(name, code)
    return names


@pytest.mark.parametrize("question", ["What does Bo like?", "what does bo like", "BO's dog", "is it Bo's?", "Bo"])
def test_an_english_name_is_known_in_any_case_and_as_an_owner(question: str) -> None:
    assert speakers(("Bo", BO)).named(question) == (BO,)


@pytest.mark.parametrize("question", ["What does Bob like?", "the bow", "elbo", "Who was it?"])
def test_a_name_within_another_word_is_nobody(question: str) -> None:
    assert speakers(("Bo", BO)).named(question) == ()


def test_a_chinese_name_is_known_among_the_characters_around_it() -> None:
    names = speakers(("王峰", WANG_FENG), ("李雪", LI_XUE))
    assert names.named("你知道王峰喜欢什么吗？") == (WANG_FENG,)
    assert names.named("李雪和王峰见过吗？") == (LI_XUE, WANG_FENG)
    assert names.named("山峰上有雪吗？") == ()


def test_the_first_name_is_enough_where_only_one_speaker_has_it() -> None:
    assert speakers(("Anna Smith", ANNA_SMITH)).named("Where does Anna live?") == (ANNA_SMITH,)


def test_a_first_name_that_two_speakers_share_names_neither_but_whole_names_do() -> None:
    names = speakers(("Anna Smith", ANNA_SMITH), ("Anna Lee", ANNA))
    assert names.named("Where does Anna live?") == ()
    assert names.named("Where does Anna Lee live?") == (ANNA,)
    assert names.named("Did Anna Smith meet Anna Lee?") == (ANNA_SMITH, ANNA)


def test_whoever_is_called_by_the_first_name_alone_owns_it() -> None:
    for order in ([("Anna", ANNA), ("Anna Smith", ANNA_SMITH)], [("Anna Smith", ANNA_SMITH), ("Anna", ANNA)]):
        names = speakers(*order)
        assert names.named("Where does Anna live?") == (ANNA,)
        assert names.named("Where does Anna Smith live?")[0] == ANNA_SMITH


def test_the_named_come_once_each_in_the_order_of_their_naming() -> None:
    names = speakers(("Anna", ANNA), ("Bo", BO), ("María José", MARIA))
    assert names.named("Did Bo, María José and Anna see Bo?") == (BO, MARIA, ANNA)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_is_not_a_name(role: str) -> None:
    names = speakers((role, 0), (role.title(), 1))
    assert names.named(f"What did the {role} say?") == ()


@pytest.mark.parametrize("name", [None, "", "   ", "!!!"])
def test_a_speaker_without_a_name_is_never_called(name: str | None) -> None:
    names = Names()
    names.learn(name, 0)
    assert names.named("Who? !!!") == ()


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=40))
def test_any_names_may_meet_any_question(given: list[str], question: str) -> None:
    found = speakers(*((name, code) for code, name in enumerate(given))).named(question)
    assert len(set(found)) == len(found)
    assert set(found) <= set(range(len(given)))


# ---------------------------------------------------------------- what is embedded


def test_a_question_about_a_speaker_is_put_the_way_that_speaker_talks() -> None:
    assert in_first_person("What did Anna say of Anna's dog?", ["Anna"]) == "What did I say of my dog?"
    assert in_first_person("Where does anna live? And Anna Smith’s sister?", ["Anna Smith"]) == "Where does I live? And my sister?"
    assert in_first_person("王峰喜欢什么？", ["王峰"]) == "我喜欢什么？"
    assert in_first_person("What about Annabel?", ["Anna"]) == "What about Annabel?"


def test_a_name_may_hold_signs_that_mean_something_in_patterns() -> None:
    assert in_first_person("What is x.y+ to (you)?", ["x.y+", "(you)", "["]) == in_first_person("What is x.y+ to (you)?", ["x.y+", "(you)"])
