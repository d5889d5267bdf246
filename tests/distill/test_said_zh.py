"""What people say in Chinese in a chat (`said_zh.toml`): how much of it the rules read, and that they read nothing else into it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from test_said import Gold, gold, judge

FAMILIES = tomllib.loads(Path(__file__).with_name("said_zh.toml").read_text("utf-8"))


def said(family: str) -> list[tuple[str, list[Gold]]]:
    lines = [line.partition("=>") for line in FAMILIES[family]["said"].strip().split("\n")]
    return [(text.strip(), gold(claims)) for text, _, claims in lines]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_people_say_in_chinese_is_read_and_nothing_else(family: str) -> None:
    judged = [(text, *judge(text, wanted)) for text, wanted in said(family)]
    right = sum(not missed and not untold for _, missed, untold in judged)
    assert 100 * right >= FAMILIES[family]["floor"] * len(judged), [each for each in judged if each[1] or each[2]]
