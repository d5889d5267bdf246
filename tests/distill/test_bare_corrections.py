"""Corrections that name the wrong value, and not what it was the value of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from remanence.distill.bare_corrections import bare_correction
from remanence.distill.sentences import Saying


def read(text):
    claim = bare_correction(Saying(text, 0, "Ann", None, datetime(2026, 1, 1, tzinfo=UTC)))
    return None if claim is None else (claim.object, claim.replaces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Actually, it's Bath, not Bristol.", ("Bath", "Bristol")),
        ("No wait, sorry, that should be Bath, not Bristol!", ("Bath", "Bristol")),
        ("It's not Bristol but Bath.", ("Bath", "Bristol")),
        ("Oops: May 3rd, not May 2nd.", ("May 3rd", "May 2nd")),
        ("不对，是南京，不是北京。", ("南京", "北京")),
        ("说错了，应该是小红，不是小兰", ("小红", "小兰")),
        ("不是北京，是南京。", ("南京", "北京")),
    ],
)
def test_the_right_and_the_wrong_value_are_read(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It's not that I mind, but I'm tired.",
        "It's late, and I'm not hungry.",
        "Is it Bath, not Bristol?",
        "That's great, not bad at all, because we won.",
        "不是我不想去，是太忙了。",
        "今天不是周末。",
    ],
)
def test_what_only_sounds_alike_is_left_alone(text):
    assert read(text) is None
