"""Where sentences begin and end, and which of them are not meant as they stand."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.distill.sentences import LONGEST, MOST_CHARACTERS, is_question, quotations, sentences


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I live in Rome. I work at Acme!", ["I live in Rome.", "I work at Acme!"]),
        ("i live in rome. i work at acme", ["i live in rome.", "i work at acme"]),
        ("I met Dr. Smith in St. Louis.", ["I met Dr. Smith in St. Louis."]),
        ("It costs 3.5 dollars. Fine.", ["It costs 3.5 dollars.", "Fine."]),
        ('"What If?" is great. Read it.', ['"What If?" is great.', "Read it."]),
        ('He said "I am sad. Go away." Then he left.', ['He said "I am sad. Go away."', "Then he left."]),
        ("我住在北京。你呢？我叫王峰！", ["我住在北京。", "你呢？", "我叫王峰！"]),
        ("one line\nanother line", ["one line", "another line"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_stop(text: str, parts: list[str]) -> None:
    assert texts(text) == parts


def test_code_quoted_lines_and_asides_are_left_out() -> None:
    text = "Look [image: I live in Rome] here.\n> I hate jazz\n```\nI = 'live in Paris'\n```\nFine."
    assert texts(text) == ["Look", "here.", "Fine."]


@pytest.mark.parametrize(
    "text",
    [
        "Let's pretend I am a pirate. I live on a ship.",
        "In my novel the hero lives in Rome. He works at Acme.",
        "Imagine you are my boss. I work at Acme.",
        "我们来角色扮演吧。我是海盗。",
        "The movie tells the story of Chris. He lost his job.",
    ],
)
def test_what_follows_a_play_or_a_tale_is_in_doubt(text: str) -> None:
    assert all(sentence.certainty < 0.5 for sentence in sentences(text))


def test_a_tale_ends_where_the_speaker_speaks_of_themselves() -> None:
    assert [sentence.certainty for sentence in sentences("The movie tells of a thief. He steals. I liked it.")] == [0.3, 0.3, 1.0]


@pytest.mark.parametrize("text", ["Yeah right, I live in a castle.", "I love Mondays /s", "我爱加班才怪。", "I'm a lawyer, just kidding."])
def test_sarcasm_casts_doubt_on_its_own_sentence_only(text: str) -> None:
    first, second = sentences(text + "\nI live in Rome.")
    assert first.certainty < 0.5
    assert second.certainty == 1


def test_a_question_ends_as_one() -> None:
    assert is_question("Do you?")
    assert is_question("你呢？")
    assert is_question('Did he say "why?"')
    assert not is_question("I do.")


def test_quotations_bound_what_another_said() -> None:
    text = 'He said "no" and “yes”.'
    assert [text[start:end] for start, end in quotations(text)] == ['"no"', "“yes”"]


@given(st.text(alphabet=st.sampled_from('ab .!?"“”。\n`>[]IiXx我,'), max_size=300))
def test_every_sentence_stands_where_it_says(text: str) -> None:
    end = 0
    for sentence in sentences(text):
        assert sentence.start >= end
        end = sentence.start + len(sentence.text)
        assert len(text[sentence.start : end]) == len(sentence.text)


@pytest.mark.parametrize("unit", ["x ", '"a. I live in x! ', "in my novel ", "[image ", "```", "`a", ". ", "\n", "a.", '"', "I "])
def test_a_megabyte_is_cut_in_bounded_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = process_time()
    found = list(sentences(text))
    assert process_time() - started < 2
    assert all(len(sentence.text) <= LONGEST for sentence in found)
    assert all(sentence.start < MOST_CHARACTERS for sentence in found)
