"""What the form of a question says of how many things it asks for."""

from __future__ import annotations

import pytest

from remanence.recall.several import FORM, form


def marks(text: str) -> set[str]:
    return {name for name, mark in zip(FORM[:-1], form(text)[:-1], strict=True) if mark}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What instruments does she play?", {"a plural", "does"}),
        ("Which two big cities has he seen?", {"a plural", "has"}),
        ("What does she play?", {"does"}),
        ("What was his name?", {"did"}),
        ("How many children does she have?", {"how many", "has", "does"}),
        ("What kind of art does she make?", {"a kind", "does"}),
        ("What do they have in common?", {"both", "has", "does", "a circumstance"}),
        ("When did he leave?", {"did", "when", "a circumstance"}),
        ("Where would she go?", {"who or where", "would"}),
        ("Why did he leave?", {"did", "why or how"}),
        ("", set()),
    ],
)
def test_the_marks_of_a_question(text: str, found: set[str]) -> None:
    assert marks(text) == found


def test_longer_questions_are_longer_and_words_that_ask_nothing_have_no_form() -> None:
    assert form("What is it?")[-1] < form("What is it that she said to him when they met?")[-1]
    assert not form("violin Lisbon kitten").any()
