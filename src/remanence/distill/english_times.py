"""When what an English clause says was so: its words of time, tense and "for three years" in, the ends of a claim out."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from remanence.distill.english_clauses import FUTURE, PERFECT, PRESENT, USED, Predicate, Time, Words
from remanence.distill.english_phrases import Phrase
from remanence.distill.relations import Relation
from remanence.distill.sentences import Saying
from remanence.language.when import find_times

BREAKS = frozenset("; : . ! ? ( ) — – … , but because".split())
"""Where the words around a clause no longer belong to it."""


class Dating:
    """Dates the clauses of one sentence."""

    def __init__(self, said: Words, saying: Saying) -> None:
        self.said = said
        self.saying = saying

    def times(self, predicate: Predicate, end: int) -> list[Time]:
        """The times said in a clause: in it, right behind it, or before the subject."""
        first = predicate.start
        while first > 0 and (self.said.low[first - 1] not in BREAKS or any(time.last in (first - 1, first) for time in self.said.times)):
            first -= 1
        last = max(predicate.limit, end)
        while (
            last < len(self.said)
            and self.said.low[last] not in BREAKS
            and not (self.said.low[last] in ("i", "we") and last not in self.said.time_at)
        ):
            last += 1
        return [time for time in self.said.times if first <= time.first < max(last, end)]

    def is_ahead(self, predicate: Predicate, end: int) -> bool:
        times = [
            self.ahead(time) if time.grain == "day" and not _BEHIND.search(self.said.said(time.first, time.last)) else time
            for time in self.times(predicate, end)
            if not _UNTIL.match(self.said.said(time.first, time.last))
        ]
        return any(
            time.interval.start > self.saying.said_at
            or (time.interval.end > self.saying.said_at + timedelta(hours=20) and time.grain not in ("week", "month", "season", "year"))
            for time in times
        )

    def ahead(self, time: Time) -> Time:
        """What is planned lies ahead: "an exam on Friday" is on the next."""
        if time.interval.end > self.saying.said_at:
            return time
        if _BEHIND.search(self.said.said(time.first, time.last)):
            return time
        for interval in find_times(f"will {self.said.said(time.first, time.last)}", self.saying.said_at):
            return time._replace(interval=interval)
        return time

    def says_now(self, predicate: Predicate) -> bool:
        around = self.said.low[max(0, predicate.start - 3) : min(len(self.said), predicate.limit + 2)]
        pairs = set(pairwise(around))
        return (
            ("now" in around and not pairs & {("right", "now"), ("for", "now"), ("now", "and"), ("until", "now")})
            or "nowadays" in around
            or ("these" in around and "days" in around)
            or "anymore" in around
        )

    def is_no_more(self, predicate: Predicate) -> bool:
        """ "I don't eat meat any more" """
        low = self.said.low
        tail = low[predicate.verb : predicate.limit + 4]
        return (
            predicate.denied == "longer"
            or any(tail[k : k + 2] == ["any", "more"] for k in range(len(tail)))
            or "anymore" in tail
            or ("any" in tail and "longer" in tail)
        )

    def is_long_ago(self, predicate: Predicate) -> bool:
        """ "I once lived in Rome", "he was formerly a nurse" """
        return not _LONG_AGO.isdisjoint(self.said.low[max(0, predicate.start - 2) : predicate.limit + 1])

    def when(
        self, predicate: Predicate, relation: Relation, end: int, filled: Collection[Phrase], is_change: bool, options: dict[str, Any]
    ) -> tuple[datetime | None, datetime | None, str]:
        """From when to when it was so, and how exactly that is known."""
        times = [
            time
            for time in self.times(predicate, end)
            if not _VAGUE_TIME.fullmatch(self.said.said(time.first, time.last))
            and not any(phrase.first <= time.first < phrase.last for phrase in filled)
        ]
        if relation.kind == "fixed" or relation.object == "date":
            return None, None, ""
        if relation.name == "staying_in" and predicate.tense in (PRESENT, FUTURE) and (stay := _LASTING.search(self.said.text)):
            days = (_number(stay["n"]) or 1.0) * _DAYS[stay["unit"].lower()]
            return None, self.saying.said_at + timedelta(days=days), _GRAIN_OF.get(stay["unit"], stay["unit"])
        if not times:
            lasting = _LASTING.search(self.said.text)
            if (
                lasting
                and relation.kind == "state"
                and predicate.tense in (PERFECT, PRESENT, "past")
                and (number := _number(lasting["n"])) is not None
            ):
                unit = lasting["unit"]
                if predicate.tense == "past":
                    return None, self.saying.said_at if options.get("past") == "ended" else None, ""
                return self.saying.said_at - timedelta(days=number * _DAYS[unit]), None, unit
            if predicate.tense == "past" and relation.kind == "state" and options.get("past") == "ended" and not options.get("change"):
                return None, self.saying.said_at, ""
            return None, None, ""
        time = (
            self.ahead(times[0])
            if relation.kind == "plan" or (predicate.tense == PRESENT and _UNTIL.match(self.said.said(times[0].first, times[0].last)))
            else times[0]
        )
        grain = _GRAINS.get(time.grain) or _grain_of(self.said.said(time.first, time.last))
        words_of = self.said.text[self.said.start[time.first] : self.said.end[time.last - 1]].lower()
        since, until = time.interval.start, time.interval.end
        if relation.kind == "event":
            return since, until, grain
        if relation.kind == "plan":
            return (None, until, grain) if until > self.saying.said_at else (None, None, "")
        before = self.said.low[time.first - 1] if time.first else ""
        if (
            words_of.startswith(("since", "ever since", "starting", "as of"))
            or before in ("since", "from", "starting")
            or (predicate.tense == PERFECT and "past" in words_of)
        ):
            return since, None, grain
        if words_of.startswith(("until", "till", "through", "by")) or before in ("until", "till", "til", "through", "thru", "to"):
            return None, until, grain
        if is_change and until <= self.saying.said_at + timedelta(days=400):
            return since, None, grain
        if predicate.tense in ("past", USED):
            return since, until, grain
        if predicate.tense == PERFECT or (relation.lasting is not None and since <= self.saying.said_at < until + timedelta(days=1)):
            return since, None, grain
        return None, None, ""


def _grain_of(said: str) -> str:
    """The unit of a time that was read as a span."""
    return next((unit for unit, pattern in _UNITS if pattern.search(said)), "day")


def _number(word: str) -> float | None:
    word = word.lower()
    if word.isdecimal():
        return float(word)
    return 1.0 if word in ("a", "an") else _NUMBERS.get(word)


_LASTING = re.compile(
    r"\bfor (?:about |over |almost |nearly |around |more than |the past |the last |at least |the next |another |just |a whole |only )?"
    r"(?P<n>\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty) "
    r"(?:more )?(?P<unit>year|month|week|decade|day|fortnight|night)s?\b",
    re.IGNORECASE,
)
_NUMBERS = {word: float(number) for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)}
_NUMBERS |= {"fifteen": 15.0, "twenty": 20.0}
_DAYS = {"year": 365.25, "month": 30.44, "week": 7.0, "decade": 3652.5, "day": 1.0, "night": 1.0, "fortnight": 14.0}
_GRAIN_OF = {"fortnight": "week", "night": "day"}
_LONG_AGO = frozenset({"once", "formerly", "previously"})
_GRAINS = {
    "minute": "minute",
    "hour": "hour",
    "part": "hour",
    "day": "day",
    "week": "week",
    "weekend": "day",
    "month": "month",
    "season": "season",
    "year": "year",
    "decade": "decade",
    "century": "decade",
}
_VAGUE_TIME = re.compile(
    r"(?:recently|lately|of late|these days|now|nowadays|currently|soon|in the (?:near )?future|next time"
    r"|(?:over |in |for )?(?:the )?(?:past|last) few .*|(?:for )?several .*)",
    re.IGNORECASE,
)
_UNITS = tuple(
    (unit, re.compile(pattern, re.IGNORECASE))
    for unit, pattern in (
        ("week", r"\bweeks?\b"),
        ("day", r"\b(?:today|yesterday|tomorrow|\w+day|days?|weekend)\b|\b\d{1,2}(?:st|nd|rd|th)\b|[a-z] \d{1,2}\b(?!\d)|\b\d{1,2} [a-z]"),
        ("month", r"\b(?:months?|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"),
        ("season", r"\b(?:spring|summer|autumn|fall|winter)\b"),
        ("year", r"\byears?\b|\b\d{4}\b|childhood"),
    )
)
_UNTIL = re.compile(r"(?:until|till|through|by)\b", re.IGNORECASE)
_BEHIND = re.compile(r"\b(?:last|yesterday|ago|this morning|past|previous|today|since)\b", re.IGNORECASE)
