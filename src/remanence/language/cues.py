"""The marks of a turn that tell what kind of question it may answer: dates, numbers, first person … English and Chinese."""

from __future__ import annotations

import re

CUES = ("date", "number", "first person", "future", "question", "proper name", "image")

_PATTERNS = (
    re.compile(
        r"\b(?:yesterday|today|tonight|tomorrow|last|next|ago|weeks?|weekend|months?|years?|(?:mon|tues|wednes|thurs|fri|"
        r"satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december|\d{4}|"
        r"recently|soon|morning|evening|night|summer|winter|spring|fall|since|just)\b"
        r"|[今昨前明后去]天|[今去前明后]年|上个?周|下个?周|这周|上个?月|下个?月|星期|周[一二三四五六日末]|\d月|[年月][前后]|最近|刚才|刚刚|早上|晚上",
        re.I,
    ),
    re.compile(
        r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|once|twice|several|couple|few|dozen)\b"
        r"|\d|[一二两三四五六七八九十几百千万][个只本次天年岁块元公里分小]",
        re.I,
    ),
    re.compile(r"\b(?:i|i'm|i've|i'd|my|me|we|we're|our|us)\b|我|咱", re.I),
    re.compile(r"\b(?:going to|gonna|will|plan|planning|next|tomorrow|soon|excited)\b|'ll\b|打算|准备|计划|明天|下周|以后|将要", re.I),
    re.compile(r"[?？]"),
    re.compile(r"(?<=[a-z,] )[A-Z][a-z]+|《"),
    re.compile(r"\[image: "),
)


def cues(text: str) -> int:
    """Which of `CUES` a turn shows, one bit each, the first being 1."""
    return sum(1 << place for place, pattern in enumerate(_PATTERNS) if pattern.search(text))
