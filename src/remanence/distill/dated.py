"""The words of time that a claim cites in; since when and until when it was so out. Pure.

Words are resolved by `find_times`' reader against the moment they were said. A date that a model worked out itself counts
only where the text speaks of that time: else it is invented, or it is today's.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from remanence.language.cues import CUES, cues
from remanence.language.when import BEGINNING, DAY, END, Reader

MARGIN = 160
"""Characters around a quote in which its time may stand."""
DATED = 1 << CUES.index("date") | 1 << CUES.index("number")

_ISO = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:[T ]\d\d:\d\d\S*)?)?)?")
_BOTH_ENDS = re.compile(r"\bfrom\b|\bbetween\b|\d ?[-–—~～]|到|至", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:since|until|till|before|after|from|between|自从|自|从|直到|截至|截止到?)\s*(?:the )?(?:in )?"
    r"|(?:以来|至今|到现在|之前|以前|之后|以后)$",
    re.IGNORECASE,
)
_UNTIL_ZH = re.compile(r"(?:[待住呆留做干用学]|工作|持续|一直|停留)[到至]|到$")
"""Before and at the first character of words of time: they say until when."""
_PAST = re.compile(r"\b(?:was|were|had|did|lived|worked|stayed|used)\b|过|曾|以前|之前", re.IGNORECASE)
_LINK = re.compile(r"\s*(?:[-–—~～]|\bto\b|\buntil\b|\btill\b|\band\b|到|至)\s*", re.IGNORECASE)
_WIDTHS = (
    (timedelta(minutes=2), "minute"),
    (timedelta(hours=8), "hour"),
    (timedelta(days=1.5), "day"),
    (timedelta(days=10), "week"),
    (timedelta(days=45), "month"),
    (timedelta(days=120), "season"),
    (timedelta(days=400), "year"),
)


class Dated(NamedTuple):
    """When a claim holds, and the unit its words say it in."""

    valid_from: datetime | None = None
    valid_to: datetime | None = None
    precision: str = ""


class Time(NamedTuple):
    """A time that a text speaks of: [start, end), its words, whether they leave an end open, and where they stand."""

    start: datetime
    end: datetime
    words: str
    is_open: bool
    at: int


def dated(words: str, text: str, quote: tuple[int, int], said_at: datetime, kind: str, stance: str) -> tuple[Dated, bool]:
    """When a claim of a relation of `kind` holds whose evidence is `text[slice(*quote)]`, and whether its date was invented.

    `words` is what the model cites as its time, verbatim or as ISO date, or empty; `stance` is the model's.
    """
    if kind == "fixed":
        return Dated(), False
    origin = max(0, quote[0] - MARGIN)
    window = text[origin : quote[1] + MARGIN]
    near = times(window, said_at)
    time, invented = _cited(words.strip(), window, near, said_at)
    if time is None and kind in ("event", "plan"):
        inside = [each for each in near if quote[0] <= origin + each.at < quote[1]]
        time = inside[0] if len(inside) == 1 else None
    if time is not None and _lies_ahead(time, said_at, kind, stance, text[slice(*quote)]):
        # Read as behind a word that looks ahead: the next Friday, not the last.
        time = next((each for each in times(f"will {time.words}", said_at) if each.end > said_at), time)
    return _within(time, said_at, kind, stance), invented


def _lies_ahead(time: Time, said_at: datetime, kind: str, stance: str, quote: str) -> bool:
    """Whether a time that was read as over is meant to come: of a plan, or the end of what is so."""
    if time.end > said_at or stance != "affirm":
        return False
    is_end = kind == "state" and time.is_open and time.start.year <= BEGINNING.year
    return kind == "plan" or (is_end and not _PAST.search(quote))


def _cited(words: str, window: str, near: list[Time], said_at: datetime) -> tuple[Time | None, bool]:
    if not words:
        return None, False
    at = window.lower().find(words.lower())
    if at >= 0:
        overlapping = [each for each in near if each.at < at + len(words) and at < each.at + len(each.words)]
        found = overlapping or times(words, said_at)
        if found and not _BOTH_ENDS.search(found[0].words) and _UNTIL_ZH.search(window[max(0, at - 3) : at + 1]):
            return found[0]._replace(start=BEGINNING.replace(tzinfo=said_at.tzinfo), is_open=True), False
        return (found[0] if found else None), False
    iso = _iso(words, said_at)
    if iso is None:
        return None, True
    if near:
        agrees = any(each.start < iso.end and iso.start < each.end for each in near)
    else:
        agrees = cues(window) & DATED != 0 and not iso.start <= said_at < iso.end
    return (iso, False) if agrees else (None, True)


def _within(time: Time | None, said_at: datetime, kind: str, stance: str) -> Dated:
    """The interval as the kind of relation understands it: an event lies within, a state begins, a plan ends."""
    ended = said_at if stance == "past" else None
    if time is None:
        return Dated(None, ended)
    start = None if time.start.year <= BEGINNING.year else time.start
    end = None if time.end.year >= END.year else time.end
    if kind == "plan":
        return Dated(None, end, _precision(time, said_at))
    if kind == "event":
        found = Dated(start, end, _precision(time, said_at))
    elif time.is_open:
        found = Dated(start, end if start is None else ended, _precision(time, said_at))
    elif stance == "past" or (stance == "affirm" and _BOTH_ENDS.search(time.words) and time.end <= said_at):
        found = Dated(start, end, _precision(time, said_at))
    else:
        found = Dated(start, None, _precision(time, said_at))
    if found.valid_from is not None and found.valid_to is not None and found.valid_from >= found.valid_to:
        return Dated(None, ended)
    return found


def times(text: str, said_at: datetime) -> list[Time]:
    """The times that `text` speaks of when said at `said_at`."""
    reader = Reader(text, said_at)
    found = [(at, each, reader.interval(at, each)) for at, each in reader.finds()]
    return [Time(i.start, i.end, i.text, each.stretch.grain == "open", at) for at, each, i in found if i is not None]


def _precision(time: Time, said_at: datetime) -> str:
    """The unit of the words: a month of "since May", a year of "from 2010 to 2015"."""
    if time.is_open or _BOTH_ENDS.search(time.words):
        inner = _LINK.split(_OPENING.sub("", time.words))[0]
        found = times(inner, said_at) or times(f"in {inner}", said_at)
        if not found or found[0].is_open:
            return ""
        time = found[0]
    width = time.end - time.start
    return next((unit for most, unit in _WIDTHS if width <= most), "decade")


def _iso(words: str, said_at: datetime) -> Time | None:
    """2019, 2019-05 or 2019-05-02, in the speaker's zone."""
    match = _ISO.fullmatch(words)
    if match is None:
        return None
    year, month, day = (int(match[name]) if match[name] else None for name in ("year", "month", "day"))
    assert year is not None
    try:
        start = datetime(year, month or 1, day or 1, tzinfo=said_at.tzinfo)
        if day:
            end = start + DAY
        elif month:
            end = start.replace(year=year + month // 12, month=month % 12 + 1)
        else:
            end = start.replace(year=year + 1)
    except (ValueError, OverflowError):
        return None
    return Time(start, end, "", False, -1)
