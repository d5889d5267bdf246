"""Words of time for the stream: a moment to speak of goes in, words with the stretch they name come out, in English and Chinese."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from remanence.bench.updates.oracle import Edge

MONTHS = tuple(calendar.month_name)[1:]
COUNTS = {2: ("two", "两"), 3: ("three", "三"), 4: ("four", "四")}
SEASONS = {3: ("spring", "春天"), 6: ("summer", "夏天"), 9: ("autumn", "秋天")}


@dataclass(frozen=True, slots=True)
class Words:
    """`text` names a time that lies in `edge`, to `precision`."""

    text: str
    edge: Edge
    precision: str


def since(rng: np.random.Generator, language: str, day: datetime) -> Words:
    """The year, month or season of `day`."""
    form = rng.integers(3)
    if form == 0:
        return _year(language, day.year, day)
    if form == 1 and day.month in (3, 4, 5, 6, 7, 8, 9, 10, 11):
        first = day.month - day.month % 3
        name = SEASONS[first][language == "zh"]
        text = f"{day.year}年{name}" if language == "zh" else f"the {name} of {day.year}"
        return Words(text, Edge(_month(day, first), _month(day, first + 3)), "season")
    return _month_of_year(language, day)


def year(language: str, number: int, like: datetime) -> Words:
    """A whole year."""
    return _year(language, number, like)


def when(rng: np.random.Generator, language: str, said_at: datetime, after: datetime) -> Words | None:
    """Words for a day between `after` and `said_at`, `None` where there is no room. English has its preposition with it."""
    room = (said_at - after).days
    forms = [form for form, least in (("day", 30), ("month", 80), ("weeks", 50), ("last month", 95), ("months", 130)) if room >= least]
    if not forms:
        return None
    form = forms[rng.integers(len(forms))]
    is_zh = language == "zh"
    if form == "weeks":
        count = int(rng.choice([2, 3, 4]))
        day = said_at - timedelta(weeks=count)
        text = f"{COUNTS[count][1]}周前" if is_zh else f"{COUNTS[count][0]} weeks ago"
        return Words(text, Edge(day - timedelta(days=7), day + timedelta(days=7)), "week")
    if form == "months":
        count = int(rng.choice([2, 3]))
        day = said_at - timedelta(days=30 * count)
        text = f"{COUNTS[count][1]}个月前" if is_zh else f"{COUNTS[count][0]} months ago"
        return Words(text, Edge(day - timedelta(days=31), day + timedelta(days=31)), "month")
    if form == "last month":
        last = _midnight(said_at).replace(day=1)
        return Words("上个月" if is_zh else "last month", Edge((last - timedelta(days=1)).replace(day=1), last), "month")
    day = _midnight(after + timedelta(days=int(rng.integers(10, max(11, room - 10)))))
    if form == "month":
        day = after + timedelta(days=int(rng.integers(35, max(36, room - 40))))
        named = _month_of_year(language, day)
        return named if is_zh else Words(f"in {named.text}", named.edge, named.precision)
    text = f"{day.year}年{day.month}月{day.day}号" if is_zh else f"on {day.day} {MONTHS[day.month - 1]} {day.year}"
    return Words(text, Edge(day, day + timedelta(days=1)), "day")


def until(rng: np.random.Generator, language: str, day: datetime) -> Words:
    """`day`, or the end of its month; without a year where that is plain."""
    is_zh, month = language == "zh", MONTHS[day.month - 1]
    with_year = rng.random() < 0.5
    if rng.random() < 0.4:
        end = _month(day, day.month + 1)
        text = f"{day.month}月底" if is_zh else f"the end of {month}"
        edge, precision = Edge(end - timedelta(days=7), end), "month"
    else:
        text = f"{day.month}月{day.day}号" if is_zh else (f"{day.day} {month}" if rng.random() < 0.5 else f"{month} {day.day}")
        edge, precision = Edge(_midnight(day), _midnight(day) + timedelta(days=1)), "day"
    if with_year:
        text = f"{day.year}年{text}" if is_zh else f"{text}, {day.year}" if text.startswith(month) else f"{text} {day.year}"
    return Words(text, edge, precision)


def span(rng: np.random.Generator, language: str, said_at: datetime) -> Words:
    """A stretch of weeks or of ten days from `said_at` on."""
    is_zh = language == "zh"
    if rng.random() < 0.3:
        return Words("十天" if is_zh else "ten days", Edge(said_at + timedelta(days=9), said_at + timedelta(days=11)), "day")
    count = int(rng.choice([2, 3, 4]))
    end = said_at + timedelta(weeks=count)
    text = f"{COUNTS[count][1]}{'周' if rng.random() < 0.5 else '个星期'}" if is_zh else f"{COUNTS[count][0]} weeks"
    return Words(text, Edge(end - timedelta(days=2), end + timedelta(days=7)), "week")


def birthday(rng: np.random.Generator, language: str, month: int, day: int) -> str:
    """A day of the year, as people write it."""
    if language == "zh":
        return f"{month}月{day}{'日' if rng.random() < 0.5 else '号'}"
    suffix = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return (f"{day} {MONTHS[month - 1]}", f"{MONTHS[month - 1]} {day}", f"{MONTHS[month - 1]} {day}{suffix}")[rng.integers(3)]


def _year(language: str, number: int, like: datetime) -> Words:
    start = _midnight(like).replace(year=number, month=1, day=1)
    return Words(f"{number}年" if language == "zh" else str(number), Edge(start, start.replace(year=number + 1)), "year")


def _month_of_year(language: str, day: datetime) -> Words:
    text = f"{day.year}年{day.month}月" if language == "zh" else f"{MONTHS[day.month - 1]} {day.year}"
    return Words(text, Edge(_month(day, day.month), _month(day, day.month + 1)), "month")


def _month(day: datetime, number: int) -> datetime:
    """The first of month `number` of the year of `day`; month 13 is the next January."""
    first = _midnight(day).replace(day=1)
    return first.replace(year=day.year + 1, month=1) if number > 12 else first.replace(month=number)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
