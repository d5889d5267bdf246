"""What a turn shows of what it may answer, in English and in Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.language.cues import CUES, cues


def shown(text: str) -> set[str]:
    return {name for place, name in enumerate(CUES) if cues(text) >> place & 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She left last week", {"date"}),
        ("In 1999 it rained", {"date", "number"}),
        ("the three dogs", {"number"}),
        ("my dog barks", {"first person"}),
        ("They're going to paint it", {"future"}),
        ("She'll paint it", {"future"}),
        ("Really?", {"question"}),
        ("they met Caroline there", {"proper name"}),
        ("[image: a dog]", {"image"}),
        ("the dog barks", set()),
        ("", set()),
    ],
)
def test_english_shows_its_cues(text: str, expected: set[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("昨天下雨了", {"date"}),
        ("他去年搬家", {"date"}),
        ("买了三本书", {"number"}),
        ("我喜欢茶", {"first person"}),
        ("他打算去", {"future"}),
        ("真的吗？", {"question"}),
        ("他在看《红楼梦》", {"proper name"}),
        ("狗在叫", set()),
    ],
)
def test_chinese_shows_its_cues(text: str, expected: set[str]) -> None:
    assert shown(text) == expected


def test_a_turn_may_show_several() -> None:
    assert shown("Will you come with me to see Anna tomorrow at 7?") == {
        "date",
        "number",
        "first person",
        "future",
        "question",
        "proper name",
    }


def test_a_cue_is_a_word_and_not_a_part_of_one() -> None:
    assert shown("the willow swings, mayhem and meteors, army boots") == set()


@given(st.text(st.characters(), max_size=80))
def test_any_text_has_cues_that_fit_a_byte(text: str) -> None:
    assert 0 <= cues(text) < 1 << len(CUES) <= 256
