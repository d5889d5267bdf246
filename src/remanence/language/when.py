"""Find the times a text speaks of, in English and Chinese: text and a reference moment in, dated intervals out. Pure.

A time is a core ("last spring", "May 2nd", "去年五月") that may follow words which change it ("since", "early", "the week
of"), be followed by such ("晚上", "at 5pm", "以来"), and be linked to another ("from … to …"). Cores, openers, closers are
three tables of patterns, each with the few lines that read it; the vocabulary is in `when_rules`. A rule is tried only
where one of its first words stands, and no pattern repeats without bound, so time grows linearly with the text.

What words mean where people differ:

  days            calendar days in the reference's zone; weeks begin on Monday; seasons are the north's, of whole months
  no year said    the latest such time that has begun by the reference; the next one where the sentence looks ahead
                  ("will", "plan to", 打算)
  last Friday     the latest before today; "next Friday" the first after today; 上周五 and 下周五 are of the week before, after
  last week       the calendar week before; "the past week", "the last two weeks", 最近两周 reach from then through today
  N weeks ago     a week around that day; "N months ago" a month around it; "N years ago" that calendar year
  a few           2 to 5, "a couple" 2 or 3, "several" 3 to 7, 几 2 to 6: the interval is as wide as the words are vague
  recently, 最近  the last 14 days; "the other day", 前几天 the last 7
  early, late     thirds of the span, 月初 and 月底 too; "the end of 2022" and 年底 are the last three months
  since X         from X's start through today; "until X" from `BEGINNING` through X; "before X", "after X" exclude X
  8/5/2023        read only where one of the numbers can be no month, or both are equal; 8.5.2023 has its day first

A clock time makes a minute ("5:30 pm") or an hour ("5pm") of its day, and is no time without a day.

Precision comes first: a word that is also a name, a verb or an amount ("may", "march", "fall", "2019", "三天") needs a clue
beside it. `dateparser.search` was measured first: 0.7–6 ms a sentence against 0.02–0.12 here, it takes "may", "march" and "in the
sun" for dates, misses "last spring" and "the week of May 3rd", and gives moments without width.
"""

# ruff: noqa: ARG001, E501 - all rules take the same arguments; a pattern reads best as one line.
from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from remanence.errors import BadInput
from remanence.language import when_rules as words
from remanence.types import Interval

BEGINNING = datetime(1000, 1, 1)
"""Where an open past begins, on the reference's wall clock."""
END = datetime(3000, 1, 1)
"""Where an open future ends."""

DAY = timedelta(days=1)


def find_times(text: str, reference: datetime) -> list[Interval]:
    """The times `text` speaks of when said at `reference` (aware), in reading order, apart from each other.

    Intervals are half-open, in the reference's zone, as wide as the words are vague, with the words they were read from.
    """
    if reference.tzinfo is None:
        raise BadInput(f"The reference {reference.isoformat()} has no time zone; give an aware datetime.")
    reader = Reader(text, reference)
    return [interval for start, found in reader.finds() if (interval := reader.interval(start, found)) is not None]


def asks_when(question: str) -> bool:
    """Whether `question` asks for a time: "When did …", "how long ago", 什么时候, 哪天."""
    return _ASKS_WHEN.search(question) is not None


class Stretch(NamedTuple):
    """A time on the wall clock, [start, end), with the unit it was said in and how often its words come round again."""

    start: datetime
    end: datetime
    grain: str
    repeats: str = ""


_HABIT = Stretch(BEGINNING, BEGINNING, "habit")
"""Words that were read and name no time."""


class Found(NamedTuple):
    stretch: Stretch
    end: int


class Reader:
    """One text, read at one moment."""

    def __init__(self, text: str, reference: datetime) -> None:
        assert reference.tzinfo is not None
        self.text = text
        self.reference = reference
        self.zone: tzinfo = reference.tzinfo
        self.now = reference.replace(tzinfo=None, fold=0)
        self.today = self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def finds(self) -> Iterator[tuple[int, Found]]:
        """Every time and where it starts, left to right."""
        done = 0
        for word in _WORD.finditer(self.text):
            if word.start() < done:
                continue
            found = self.read(word.start(), word[0])
            if found is not None and not self.is_in_title(word.start()):
                done = found.end
                yield word.start(), found

    def interval(self, start: int, found: Found) -> Interval | None:
        """The find as dated interval; `None` where the zone's clock skipped all of it."""
        try:
            since, until = (moment.replace(tzinfo=self.zone) for moment in found.stretch[:2])
            if since >= until or since.astimezone(UTC) >= until.astimezone(UTC):
                return None
        except (OverflowError, ValueError):
            return None
        return Interval(since, until, self.text[start : found.end])

    def read(self, start: int, word: str | None = None, depth: int = 0) -> Found | None:
        """The time that begins exactly at `start`, in its longest reading."""
        if word is None:
            match = _WORD.match(self.text, start)
            if match is None:
                return None
            word = match[0]
        key = "0" if word[0].isdecimal() else word.lower()
        if key not in _FIRST_WORDS or (depth == 0 and not self.is_at_word_start(start)):
            return None
        best: Found | None = None
        for pattern, core in _CORES.get(key, ()):
            match = pattern.match(self.text, start)
            if match and (best is None or match.end() > best.end):
                stretch = self.attempt(core, match)
                best = Found(stretch, match.end()) if stretch else best
        if depth < 3:
            for pattern, opener, is_tight in _OPENERS.get(key, ()):
                match = pattern.match(self.text, start)
                inner = self.read(match.end(), depth=max(2, depth + 1) if is_tight else depth + 1) if match else None
                if match and inner and inner.stretch is not _HABIT and (best is None or inner.end >= best.end):
                    stretch = self.attempt(opener, match, inner.stretch)
                    best = Found(stretch, inner.end) if stretch else best
        return self.close(start, best, depth) if best else None

    def close(self, start: int, found: Found, depth: int) -> Found | None:
        """`found` with what follows it taken in: parts of the day, clock times, open ends, a second time it is linked to."""
        for _ in range(3):
            for pattern, closer in _CLOSERS:
                match = pattern.match(self.text, found.end)
                stretch = self.attempt(closer, match, found.stretch) if match else None
                if match and stretch:
                    found = Found(stretch, match.end())
                    break
            else:
                break
        link = _LINK.match(self.text, found.end) if depth < 2 else None
        second = self.read(link.end(), depth=depth + 1) if link else None
        if link is None or second is None or not self.is_linked(start, link, second):
            return found
        if found.stretch.repeats == second.stretch.repeats == "week" and not _behind_from(self.text, start):
            return Found(_HABIT, second.end)  # "Monday to Friday" says when things happen, not when one did
        joined = span(found.stretch, second.stretch)
        return Found(joined, second.end) if joined else found

    def is_linked(self, start: int, link: re.Match[str], second: Found) -> bool:
        """ "A to B" is one span wherever it stands; "A and B" only between "between" or before 之间."""
        if not link["both"]:
            return True
        between = re.search(r"\bbetween\s{1,2}$", self.text[max(0, start - 10) : start], re.IGNORECASE)
        return between is not None or self.text.startswith(("之间", "期间"), second.end)

    def attempt(self, rule: Callable[..., Stretch | None], match: re.Match[str], *known: Stretch) -> Stretch | None:
        """What `rule` makes of the words, `None` where there is no such day (30 February, the year 0)."""
        try:
            return rule(match, self, *known)
        except (ValueError, OverflowError):
            return None

    def is_at_word_start(self, start: int) -> bool:
        before = self.text[start - 1] if start else " "
        if self.text[start].isdecimal():
            return not (before.isascii() and (before.isalnum() or before in "_.,:-/#$+@v")) and before not in "第￥€£¥"
        return not (self.text[start].isascii() and before.isascii() and (before.isalnum() or before in "_-"))

    def is_in_title(self, start: int) -> bool:
        """Whether 《 stands open: 《明日方舟》 is a game."""
        before = self.text[max(0, start - 20) : start]
        return "《" in before and before.rfind("《") > before.rfind("》")

    def word_before(self, start: int) -> str:
        """The English word right before `start`, articles left out."""
        match = _WORD_BEFORE.search(self.text[max(0, start - 24) : start])
        word = match[1].lower() if match else ""
        return "between" if word == "and" and "between" in self.text[max(0, start - 32) : start].lower() else word

    def looks_ahead(self, match: re.Match[str]) -> bool:
        """Whether the sentence around `match` speaks of what is to come."""
        before = _SENTENCE_END.split(self.text[max(0, match.start() - 80) : match.start()])[-1]
        behind = self.text[match.end() : match.end() + 24]
        return bool(_AHEAD.search(before) or _AHEAD_BEHIND.match(behind))

    def yearly(self, match: re.Match[str], of_year: Callable[[int], Stretch]) -> Stretch | None:
        """What comes round every year: the latest that has begun, or the next to end where the sentence looks ahead."""
        ahead = self.looks_ahead(match)
        for step in range(9):  # 29 February may be eight years away
            for year in (self.now.year + step,) if ahead else (self.now.year + 1 - step, self.now.year - step):
                try:
                    found = of_year(year)
                except ValueError:
                    continue
                if found.end > self.now if ahead else found.start <= self.now:
                    return found._replace(repeats="year")
        return None


# ---- the calendar ----------------------------------------------------------------------------------------------------


def days(start: datetime, count: int = 1, grain: str = "day", repeats: str = "") -> Stretch:
    return Stretch(start, start + count * DAY, grain, repeats)


def week(day: datetime) -> Stretch:
    return days(day - day.weekday() * DAY, 7, "week")


def weekend(day: datetime) -> Stretch:
    """Saturday and Sunday of the week of `day`."""
    return days(day + (5 - day.weekday()) * DAY, 2, "weekend")


def months(year: int, month: int, count: int = 1, grain: str = "month") -> Stretch:
    """`count` whole months from a month that may be counted beyond December or before January."""
    start = year * 12 + month - 1
    first, last = (datetime(index // 12, index % 12 + 1, 1) for index in (start, start + count))
    return Stretch(first, last, grain)


def years(year: int, count: int = 1, grain: str = "year") -> Stretch:
    return months(year, 1, 12 * count, grain)


def shift_months(day: datetime, count: int) -> datetime:
    """The same day `count` months on, or the last of that month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> datetime:
    """The `nth` such weekday of a month, counted from its end where negative."""
    if nth > 0:
        first = datetime(year, month, 1)
        found = first + ((weekday - first.weekday()) % 7 + 7 * (nth - 1)) * DAY
    else:
        last = months(year, month).end - DAY
        found = last - ((last.weekday() - weekday) % 7 - 7 * (nth + 1)) * DAY
    if found.month != month:
        raise ValueError(f"{year}-{month} has no weekday {weekday} number {nth}")
    return found


def feast(rule: words.Feast, year: int) -> Stretch:
    """The holiday of `year` that a row of the table describes."""
    if isinstance(rule[0], str):
        index = year - words.LUNAR_FROM
        moves = rule[0].split()
        if not 0 <= index < len(moves):
            raise ValueError(f"no lunar table for {year}")
        start = datetime(year, int(moves[index][:2]), int(moves[index][2:])) + rule[1] * DAY
    elif len(rule) == 4:
        start = nth_weekday(year, rule[0], rule[1], rule[2])
    else:
        start = datetime(year, rule[0], rule[1])
    return days(start, rule[-1])


def third(whole: Stretch, which: int, is_edge: bool = False) -> Stretch:
    """The first, middle or last third (0, 1, 2) of a span, in whole months where it has enough, else in whole days.

    The edge of a year is its first or last three months.
    """
    length = (whole.end - whole.start).days
    if is_edge and whole.grain == "year" and which != 1:
        return months(whole.start.year, 10 if which else 1, 3, "span")
    if length > 80:
        count = round(length / 30.44)
        cuts = [shift_months(whole.start, count * k // 3) for k in (0, 1, 2)]
    else:
        cuts = [whole.start + (length * k // 3) * DAY for k in (0, 1, 2)]
    return Stretch(cuts[which], [*cuts, whole.end][which + 1], "span", whole.repeats)


def part_of(day: Stretch, hours: tuple[int, int]) -> Stretch | None:
    if day.grain != "day" or day.end - day.start > DAY:
        return None
    return Stretch(day.start + timedelta(hours=hours[0]), day.start + timedelta(hours=hours[1]), "part", day.repeats)


def span(first: Stretch, second: Stretch) -> Stretch | None:
    """From the start of the first to the end of the second; where only their order tells the year or week, the first gives way."""
    if first.repeats == "year" and not second.repeats and second.grain != "span":
        first = in_year(first, second.start.year)
        if first.start > second.start:
            first = in_year(first, second.start.year - 1)
    elif first.start > second.start and first.repeats:
        step = {"week": 7 * DAY}.get(first.repeats)
        first = first._replace(start=first.start - step) if step else in_year(first, first.start.year - 1)
    if first.start >= second.end:
        return None
    return Stretch(first.start, second.end, "span", first.repeats and second.repeats)


def in_year(stretch: Stretch, year: int) -> Stretch:
    """The same days of another year."""
    moved = 12 * (year - stretch.start.year)
    return stretch._replace(start=shift_months(stretch.start, moved), end=shift_months(stretch.end, moved))


# ---- the tables ------------------------------------------------------------------------------------------------------

Core = Callable[[re.Match[str], Reader], "Stretch | None"]
Change = Callable[[re.Match[str], Reader, Stretch], "Stretch | None"]

_CORES: dict[str, list[tuple[re.Pattern[str], Core]]] = {}
_OPENERS: dict[str, list[tuple[re.Pattern[str], Change, bool]]] = {}
_CLOSERS: list[tuple[re.Pattern[str], Change]] = []


def _any(names: Iterable[str]) -> str:
    """A regular expression for any of these words, longest first."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True)).replace(r"\ ", " ").replace("'", "['’]")


_DIGITS_ZH = "零〇一二两三四五六七八九十"
_UNIT = r"(?P<unit>day|week|weekend|month|year|decade|hour|minute)s?"
_AMOUNT_WORDS = [*words.NUMBERS, *words.VAGUE, "half"]
_PIECES = {
    "month": rf"(?P<month>{_any(words.MONTHS)})(?:\.(?= ?\d))?",
    "year": rf"(?P<year>(?:1[89]|20)\d\d)(?!\d|%|[,.:/]\d|-(?!(?:19|20)\d\d)\d| (?:{words.COUNTED})\b)",
    "day": r"(?P<day>0?[1-9]|[12]\d|3[01])(?P<nth>st|nd|rd|th)?(?!\d|%|[.:/]\d|,\d{3}(?!\d))",
    "day2": r"(?P<day2>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d|%|[.:/]\d|,\d{3}(?!\d))",
    "dash": r"(?: ?[-–—~] ?| (?:to|through|until) )",
    "weekday": rf"(?P<weekday>{_any(words.WEEKDAYS)})",
    "season": rf"(?P<season>{_any(words.SEASONS)})",
    "holiday": rf"(?P<holiday>{_any(words.HOLIDAYS)})",
    "part": rf"(?P<part>{_any(words.PARTS)})",
    "ordinal": rf"(?P<ordinal>{_any(words.ORDINALS)})",
    "unit": _UNIT,
    "n": rf"(?P<n>\d{{1,3}}|{_any(_AMOUNT_WORDS)})",
    "more": rf"(?:(?: ?- ?| or | to )(?P<n2>\d{{1,3}}|{_any(words.NUMBERS)}))?",
    "clock": r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?: ?(?P<half>[ap])\.?m\b\.?)",
    "yz": rf"(?P<year>{_any(words.YEARS_ZH)}|(?:1[89]|20)\d\d ?年|[一二][{_DIGITS_ZH}]{{3}}年)的?",
    "mz": r"(?P<month>0?[1-9]|1[0-2]|十[一二]?|[一二三四五六七八九])(?P<m> ?月份?)",
    "dz": r"(?P<day>0?[1-9]|[12]\d|3[01]|二?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九]) ?(?:日|号)(?![线楼门院店馆机厅口床房室码球车])",
    "nz": rf"(?P<n>\d{{1,3}}|{_any(words.VAGUE_ZH)}|十几|[二三四五六七八九]十几|[{_DIGITS_ZH}百]{{1,4}}|半)(?P<odd>多)?",
    "uz": r"(?P<unit>天|日|周|个?星期|个?礼拜|个多?月|年|个?小时|分钟)(?P<half>半)?",
    "partz": rf"(?P<part>{_any(words.PARTS_ZH)})",
    "wz": r"(?P<weekday>[一二三四五六日天])(?!直|起|样|个|次|下|家|共|点|些|定|边|气|程|常|本|手|月|天)",
}


def _compile(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """The pattern with its pieces filled in and a space standing for one or two of any kind."""
    for _ in range(2):
        pattern = re.sub(r"\{([a-z]\w*)\}", lambda piece: _PIECES[piece[1]], pattern)
    return re.compile(pattern.replace(" ", r"\s{1,2}").replace(r"\s{1,2}?", r"\s{0,2}"), flags)


def core(first: Iterable[str], pattern: str) -> Callable[[Core], Core]:
    """Register how to read an English time whose first word is one of `first` (a digit is "0")."""
    return _register(first, _compile(rf"(?:{pattern})(?![A-Za-z0-9_])"))


def core_zh(first: Iterable[str], pattern: str) -> Callable[[Core], Core]:
    """Register how to read a Chinese time whose first character is that of one of `first`."""
    return _register(first, _compile(pattern))


def _register(first: Iterable[str], pattern: re.Pattern[str]) -> Callable[[Core], Core]:
    def register(read: Core) -> Core:
        for word in sorted({_key(word) for word in (first.split() if isinstance(first, str) else first)}):
            _CORES.setdefault(word, []).append((pattern, read))
        return read

    return register


def _key(word: str) -> str:
    """What `_WORD` finds first of a word: its first letters, or its first Chinese character."""
    return re.split("[^a-z0-9]", word)[0] if word.isascii() else word[0]


def opener(first: str, pattern: str, is_tight: bool = False) -> Callable[[Change], Change]:
    """Register how words before a time change it; the time begins where the pattern ends.

    Tight ones bind before "to": "late March to May" is from late March.
    """

    def register(change: Change) -> Change:
        for word in first.split():
            _OPENERS.setdefault(_key(word), []).append((_compile(pattern), change, is_tight))
        return change

    return register


def closer(pattern: str) -> Callable[[Change], Change]:
    """Register how words right behind a time change it."""

    def register(change: Change) -> Change:
        _CLOSERS.append((_compile(pattern), change))
        return change

    return register


# ---- English ---------------------------------------------------------------------------------------------------------


def _is_named(reader: Reader, match: re.Match[str], name: str, clear: frozenset[str]) -> bool:
    """Whether a month's or weekday's bare name is meant as a time."""
    word = match[name]
    if word.lower() in words.CAPITAL_ONLY and not word[0].isupper():
        return False
    return word.lower() in clear or reader.word_before(match.start()) in words.TIME_CLUES


@core(
    words.MONTHS,
    r"{month}(?:,? (?:the )?{day}(?:{dash}{day2})?| (?:the )?{ordinal}(?! (?:day|week|weekend|time|of)\b))(?:,? ?(?:of )?{year}| (?P<which>last|this|next) year)?",
)
@core("0", r"{day}(?:{dash}{day2})? ?(?:of )?{month}(?:,? (?:of )?{year}| (?P<which>last|this|next) year)?")
@core(words.ORDINALS, r"{ordinal} of {month}(?:,? (?:of )?{year}| (?P<which>last|this|next) year)?")
def _day_of_month(match: re.Match[str], reader: Reader) -> Stretch | None:
    """May 8th, 2023 · 8 May · May 2-5 · the second of May last year."""
    said = match.groupdict()
    first = int(said["day"]) if said.get("day") else words.ORDINALS[said["ordinal"].lower()]
    last = int(said["day2"]) if said.get("day2") else first
    doubtful = match["month"].lower() in words.CAPITAL_ONLY and not match["month"][0].isupper()
    behind = reader.text[match.end() : match.end() + 12]
    if doubtful and not (said["year"] or said.get("nth") or said.get("ordinal") or reader.word_before(match.start()) == "on"):
        return None
    if not said["year"] and not said.get("nth") and re.match(rf"\s(?:{words.COUNTED}|of|years?|more)\b", behind):
        return None
    return _of_month(match, reader, lambda year, month: _days_of(year, month, first, last))


def _days_of(year: int, month: int, first: int, last: int) -> Stretch:
    start, end = datetime(year, month, first), datetime(year, month, last)
    return Stretch(start, end + DAY, "day" if first == last else "span")


@core(words.MONTHS, r"{month}(?:,? (?:of )?{year}|,? (?:of )?(?P<which>last|this|next) year)")
def _month_of_year(match: re.Match[str], reader: Reader) -> Stretch | None:
    """May 2023 · May of last year."""
    return _of_month(match, reader, months)


@core(words.MONTHS, r"{month}")
def _month(match: re.Match[str], reader: Reader) -> Stretch | None:
    """in May"""
    if not _is_named(reader, match, "month", words.CLEAR_MONTHS):
        return None
    return reader.yearly(match, lambda year: months(year, words.MONTHS[match["month"].lower()]))


@core("last next this past coming", r"(?:this )?(?P<which>last|next|this|past|coming) {month}(?:,? (?:the )?{day})?")
def _month_beside_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """last May · next June · this March 5th, but never "this may help" """
    if match["month"].lower() in words.CAPITAL_ONLY and not match["month"][0].isupper() and match["which"].lower() == "this":
        return None
    month = words.MONTHS[match["month"].lower()]
    day = int(match["day"]) if match["day"] else 0
    return _beside_now(match, reader, lambda year: _days_of(year, month, day, day) if day else months(year, month))


def _of_month(match: re.Match[str], reader: Reader, of: Callable[[int, int], Stretch]) -> Stretch | None:
    """A month's stretch in the year that is said, or in the one that is meant."""
    month = words.MONTHS[match["month"].lower()]
    if match["year"]:
        return of(int(match["year"]), month)
    if match["which"]:
        return of(reader.now.year + {"last": -1, "this": 0, "next": 1}[match["which"].lower()], month)
    return reader.yearly(match, lambda year: of(year, month))


def _beside_now(match: re.Match[str], reader: Reader, of_year: Callable[[int], Stretch]) -> Stretch | None:
    """The latest that is over, the one of now, or the first still to begin."""
    which, year = match["which"].lower(), reader.now.year
    stretches = [of_year(y) for y in (year - 2, year - 1, year, year + 1)]
    if which in ("last", "past"):
        return next(s for s in reversed(stretches) if s.end <= reader.today)
    if which == "this":
        current = [s for s in stretches if s.start <= reader.now < s.end]
        return current[0] if current else stretches[2]
    return next(s for s in stretches if s.start > reader.now)


@core("0", r"{year}")
def _year(match: re.Match[str], reader: Reader) -> Stretch | None:
    """in 2019, but never "a total of 2019" or "up to 2000" """
    clue = reader.word_before(match.start())
    needed = {"of": _BEFORE_OF, "to": _BEFORE_TO, "through": _BEFORE_TO}.get(clue)
    if clue not in words.YEAR_CLUES or (needed and not needed.search(reader.text[max(0, match.start() - 24) : match.start()])):
        return None
    return years(int(match["year"]))


_BEFORE_OF = re.compile(r"\b(?:beginning|start|middle|end|half|quarter|rest|day|weeks?|weekend|month) of (?:the )?$", re.IGNORECASE)
_BEFORE_TO = re.compile(r"\bfrom [^.]{1,16}$|\b(?:1[89]|20)\d\d (?:to|through) $", re.IGNORECASE)


@core("0", r"(?P<decade>(?:1[89]|20)\d0)['’]?s")
def _decade(match: re.Match[str], reader: Reader) -> Stretch | None:
    """the 1990s · the 1800s"""
    first = int(match["decade"])
    return years(first, 100, "century") if first in (1800, 1900) else years(first, 10, "decade")


@core("0", r"(?P<decade>[5-9]0)['’]?s")
@core(words.DECADES, rf"(?P<decade>{_any(words.DECADES)})")
def _decade_short(match: re.Match[str], reader: Reader) -> Stretch | None:
    """the 90s · the nineties"""
    if not re.search(r"\b(?:the|early|mid|late)[\s-]['’]?$", reader.text[max(0, match.start() - 8) : match.start()], re.IGNORECASE):
        return None
    said = match["decade"].lower()
    return years(1900 + (words.DECADES[said] if said in words.DECADES else int(said)), 10, "decade")


@core(
    "0",
    r"(?P<y>(?:1[89]|20)\d\d)(?P<sep>[-/.])(?P<m>0?[1-9]|1[0-2])(?P=sep)(?P<d>0?[1-9]|[12]\d|3[01])(?![-/.]?\d)"
    r"(?:[T\s](?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d(?:[.,]\d{1,9})?)?(?: ?(?P<zone>Z|[+-][01]\d:?[0-5]\d))?)?",
)
def _iso_day(match: re.Match[str], reader: Reader) -> Stretch | None:
    """2023-05-08 · 2023/5/8 · 2023-05-08T13:56:00Z"""
    day = datetime(int(match["y"]), int(match["m"]), int(match["d"]))
    if not match["hour"]:
        return days(day)
    moment = day + timedelta(hours=int(match["hour"]), minutes=int(match["minute"]))
    if match["zone"]:
        aware = datetime.fromisoformat(moment.isoformat() + match["zone"].upper())
        moment = aware.astimezone(reader.zone).replace(tzinfo=None)
    return Stretch(moment, moment + timedelta(minutes=1), "minute")


@core("0", r"(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?![-/.\d])")
def _iso_month(match: re.Match[str], reader: Reader) -> Stretch | None:
    """2023-05"""
    return months(int(match["y"]), int(match["m"]))


@core("0", r"(?P<a>0?[1-9]|[12]\d|3[01])(?P<sep>[-/.])(?P<b>0?[1-9]|[12]\d|3[01])(?P=sep)(?P<y>(?:19|20)\d\d)(?![-/.]?\d)")
def _numeric_day(match: re.Match[str], reader: Reader) -> Stretch | None:
    """13/5/2023 · 5/13/2023 · 8.5.2023, never 8/5/2023"""
    return _day_and_month(match, int(match["y"]), day_first=match["sep"] == ".")


@core("0", r"(?P<a>0?[1-9]|[12]\d|3[01])/(?P<b>0?[1-9]|[12]\d|3[01])(?![-/.]?\d)")
def _numeric_day_of_no_year(match: re.Match[str], reader: Reader) -> Stretch | None:
    """on 5/13"""
    if reader.word_before(match.start()) not in ("on", "since", "until", "by"):
        return None
    return reader.yearly(match, lambda year: _day_and_month(match, year) or days(END))


def _day_and_month(match: re.Match[str], year: int, day_first: bool = False) -> Stretch | None:
    a, b = int(match["a"]), int(match["b"])
    if a > 12 or day_first or a == b:
        return days(datetime(year, b, a))
    return days(datetime(year, a, b)) if b > 12 else None


@core("0", r"{day}(?<=[a-z])(?= ?(?:[.,;:!?。，)]|$| (?:and|but|at|in|with|for|when|because|did|was|we|i|he|she|they)\b))")
def _day_of_this_month(match: re.Match[str], reader: Reader) -> Stretch | None:
    """on the 8th"""
    before = reader.text[max(0, match.start() - 7) : match.start()].lower()
    if not before.endswith(("on the ", "since the ")):
        return None
    return _latest_day(match, reader, int(match["day"]))


def _latest_day(match: re.Match[str], reader: Reader, day: int) -> Stretch | None:
    """The latest day of this number that has begun, or the next one where the sentence looks ahead."""
    ahead = reader.looks_ahead(match)
    for step in range(4):
        month = months(reader.now.year, reader.now.month + (step if ahead else -step))
        if day <= (month.end - month.start).days:
            found = days(month.start + (day - 1) * DAY)
            if found.end > reader.now if ahead else found.start <= reader.now:
                return found
    return None


@core("yesterday today tomorrow tonight", r"(?P<day>yesterday|today|tomorrow|tonight)(?!\.[a-z]{2})")
def _beside_today(match: re.Match[str], reader: Reader) -> Stretch | None:
    said = match["day"].lower()
    if said == "tonight":
        return part_of(days(reader.today), words.PARTS["night"])
    return days(reader.today + {"yesterday": -1, "today": 0, "tomorrow": 1}[said] * DAY)


@core("day night", r"(?:day|night)(?P<how>(?: before yesterday| before last)| after tomorrow)")
def _two_days_away(match: re.Match[str], reader: Reader) -> Stretch | None:
    """the day before yesterday · the night before last"""
    day = days(reader.today + (2 if "after" in match["how"].lower() else -2) * DAY)
    return part_of(day, words.PARTS["night"]) if match[0].lower().startswith("night") else day


@core("this last earlier later", r"(?P<which>this|last|earlier|later) (?P<part>morning|afternoon|evening|night|today|tonight)")
def _part_beside_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """this morning · last night · earlier today"""
    which, part = match["which"].lower(), match["part"].lower()
    if which in ("this", "last"):
        is_said = part in words.PARTS and (part in ("night", "evening") or which == "this")
        return part_of(days(reader.today - (which == "last") * DAY), words.PARTS[part]) if is_said else None
    if part not in ("today", "tonight"):
        return None
    whole = days(reader.today)
    start, end = (whole.start, reader.now) if which == "earlier" else (reader.now, whole.end)
    return Stretch(start, end, "span") if start < end else whole


@core(
    _AMOUNT_WORDS,
    r"(?:a )?{n}{more}(?: and a (?P<half>half))?(?: (?:a|an|of|dozen|more|odd|long|short|full|good)){0,2} {unit}(?P<or> or (?:two|three)| or so)?"
    r"(?: and a (?P<later>half))? (?:ago|back(?= [a-z']|[.,;!?]|$))",
)
@core("0", r"{n}{more}(?: and a (?P<half>half))?\+? {unit}(?: and a (?P<later>half)| or so)? (?:ago|back(?= [a-z']|[.,;!?]|$))")
def _ago(match: re.Match[str], reader: Reader) -> Stretch | None:
    """three days ago · a couple of weeks ago · a year and a half ago"""
    few, many = _amount(match)
    if (match.groupdict().get("or") or "").lower().endswith(("two", "three")):
        many += 1
    return ago(reader, few, many, match["unit"].lower())


@core(_AMOUNT_WORDS, r"(?:a )?{n}{more}(?: of)? {unit} from (?:now|today)")
@core("0", r"{n}{more} {unit} from (?:now|today)")
def _from_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """two weeks from now"""
    few, many = _amount(match)
    return ago(reader, -many, -few, match["unit"].lower())


@core("in", r"in (?:about |around |just )?(?:a )?{n}{more}(?: of)? (?P<unit>day|week|month|year|hour)s?(?! of\b)")
def _in_some_time(match: re.Match[str], reader: Reader) -> Stretch | None:
    """I'll leave in two weeks"""
    if not reader.looks_ahead(match):
        return None
    few, many = _amount(match)
    return ago(reader, -many, -few, match["unit"].lower())


def _amount(match: re.Match[str]) -> tuple[float, float]:
    """The least and the most that an amount in words or digits can mean."""
    said = match.groupdict()
    few, many = _number(said["n"])
    if said.get("n2"):
        many = max(few, _number(said["n2"])[1])
    half = 0.5 if said.get("half") or said.get("later") else 0.0
    return few + half, many + half


def _number(word: str) -> tuple[float, float]:
    word = word.lower()
    if word == "half":
        return 0.5, 0.5
    if word in words.VAGUE:
        return words.VAGUE[word]
    number = words.NUMBERS[word] if word in words.NUMBERS else int(word)
    return number, number


def ago(reader: Reader, few: float, many: float, unit: str) -> Stretch | None:
    """Between `few` and `many` units before now (after it where negative), blurred by half a unit of weeks and months."""
    today = reader.today
    if unit in ("hour", "minute"):
        size = timedelta(hours=1) if unit == "hour" else timedelta(minutes=1)
        blur = timedelta(minutes=30 if unit == "hour" else 2)
        far, near = (
            (reader.reference.astimezone(UTC) - number * size).astimezone(reader.zone).replace(tzinfo=None, fold=0)
            for number in (many, few)
        )
        return Stretch(far - blur, near + blur, "hour")
    if unit == "decade":
        return years(reader.now.year - round(many * 10) - 1, round((many - few) * 10) + 3)
    if unit == "year" and few == int(few) and many == int(many):
        return years(reader.now.year - int(many), int(many - few) + 1)
    if unit in ("year", "month"):
        factor = 12 if unit == "year" else 1
        if few * factor != int(few * factor) or many * factor != int(many * factor):
            return days(today - round(many * 30.44 + 3) * DAY, round((many - few) * 30.44) + 7, "span")
        far, near = (shift_months(today, -int(number * factor)) for number in (many, few))
        return Stretch(far - 15 * DAY, near + 16 * DAY, "span")
    if unit == "weekend":
        if few < 1:
            return None
        last = weekend(today - 7 * DAY if today.weekday() > 4 or reader.now.weekday() < 5 else today)
        return Stretch(last.start - 7 * (int(many) - 1) * DAY, last.end - 7 * (int(few) - 1) * DAY, "weekend")
    if unit == "week":
        return Stretch(today - round(7 * many + 3) * DAY, today - round(7 * few - 4) * DAY, "span")
    return Stretch(today - int(many) * DAY, today - (int(few) - 1) * DAY, "day" if few == many else "span")


@core(
    "this last past next coming previous upcoming",
    r"(?:this |these )?(?P<which>last|past|next|coming|upcoming|previous|this) (?P<few>few |couple (?:of )?|several |{n} )?(?P<unit>day|week|weekend|month|year|decade|hour)(?P<s>s)?",
)
def _units_beside_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """last week · this month · the past two months · the next few days"""
    which, unit = match["which"].lower(), match["unit"].lower()
    is_behind, is_ahead = which in ("last", "past", "previous"), which in ("next", "coming", "upcoming")
    amount = (match["few"] or "").split()
    if amount or match["s"] or (which == "past" and unit != "weekend"):
        if which == "previous" or not (is_behind or is_ahead) or (not amount and match["s"] and unit == "day"):
            return None
        many = _number(amount[0])[1] if amount else words.VAGUE["few"][1] if match["s"] else 1
        return _running(reader, many, unit, -1 if is_behind else 1)
    step = -is_behind + is_ahead
    if unit == "week":
        found = days(week(reader.today).start + 7 * step * DAY, 7, "week")
        # On a Sunday, "last week" may as well end yesterday: many weeks begin on Sundays.
        return found._replace(end=reader.today) if which == "last" and reader.today.weekday() == 6 else found
    if unit == "weekend":
        return days(weekend(reader.today).start + 7 * step * DAY, 2, "weekend")
    if unit == "month":
        return months(reader.now.year, reader.now.month + step)
    if unit == "year":
        return years(reader.now.year + step)
    if unit == "hour":
        return _running(reader, 1, unit, step) if step and which != "previous" else None
    if unit == "decade":
        return years(reader.now.year // 10 * 10 + 10 * step, 10, "decade")
    return None


def _running(reader: Reader, many: float, unit: str, sign: int) -> Stretch | None:
    """`many` units up to today, or from today on."""
    if unit in ("hour", "minute"):
        return ago(reader, 0, many, unit) if sign < 0 else ago(reader, -many, 0, unit)
    if unit in ("month", "year", "decade"):
        other = shift_months(reader.today, sign * round(many * {"month": 1, "year": 12, "decade": 120}[unit]))
    else:
        other = reader.today + sign * round(many * {"day": 1, "week": 7, "weekend": 7}[unit]) * DAY
    if sign < 0:
        return Stretch(other, reader.today + DAY, "span")
    return Stretch(reader.today, other + DAY, "span")


@core("week month year weekend", r"(?P<unit>week|weekend|month|year) before last")
def _before_last(match: re.Match[str], reader: Reader) -> Stretch | None:
    unit = match["unit"].lower()
    if unit == "month":
        return months(reader.now.year, reader.now.month - 2)
    if unit == "year":
        return years(reader.now.year - 2)
    day = reader.today - 14 * DAY
    return week(day) if unit == "week" else weekend(day)


@core("earlier later", r"(?P<which>earlier|later) this (?P<unit>week|month|year|weekend)")
def _within_this(match: re.Match[str], reader: Reader) -> Stretch | None:
    """earlier this week"""
    unit, now = match["unit"].lower(), reader.today
    whole = {"week": week(now), "weekend": weekend(now), "month": months(now.year, now.month), "year": years(now.year)}[unit]
    behind = match["which"].lower() == "earlier"
    found = Stretch(whole.start, now, "span") if behind else Stretch(now + DAY, whole.end, "span")
    return found if found.start < found.end else whole


@core(
    "early mid late beginning start middle end",
    r"(?P<which>early|mid|late|beginning of|start of|middle of|end of) the (?P<unit>week|month|year)",
)
def _third_of_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """the end of the month"""
    now = reader.today
    whole = {"week": week(now), "month": months(now.year, now.month), "year": years(now.year)}[match["unit"].lower()]
    said = match["which"].lower().split()
    return third(whole, _THIRDS[said[0]], is_edge=len(said) > 1)


@core(
    words.WEEKDAYS, r"(?<!black\x20)(?<!good\x20)(?<!every\x20)(?<!each\x20)(?<!ash\x20){weekday}(?! (?:schools?|the 13th)\b)(?!['’]s|s\b)"
)
def _weekday(match: re.Match[str], reader: Reader) -> Stretch | None:
    """on Friday"""
    if not _is_named(reader, match, "weekday", words.CLEAR_WEEKDAYS) or _NO_WEEKDAY.search(
        reader.text[max(0, match.start() - 12) : match.start()]
    ):
        return None
    ahead = reader.looks_ahead(match)
    return _weekday_beside(reader, words.WEEKDAYS[match["weekday"].lower()], "next" if ahead else "on")._replace(repeats="week")


_NO_WEEKDAY = re.compile(r"(?:\b(?:every|each|today is|today's|was a|is a)\s{1,2}|每个|今天是)$", re.IGNORECASE)
"""Before a weekday's name: a habit, or what today is called."""


@core("this last past next coming previous", r"(?:this )?(?P<which>last|past|next|coming|this|previous) {weekday}")
def _weekday_beside_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """last Friday · this coming Sunday"""
    return _weekday_beside(reader, words.WEEKDAYS[match["weekday"].lower()], match["which"].lower())


def _weekday_beside(reader: Reader, weekday: int, which: str) -> Stretch:
    back = (reader.today.weekday() - weekday) % 7
    if which == "this":
        return days(week(reader.today).start + weekday * DAY)
    if which in ("next", "coming"):
        return days(reader.today + (7 - back) * DAY)
    return days(reader.today - (back if which == "on" or back else 7) * DAY)


@core("weekend", r"(?<=the\x20)weekend(?! (?:of|before|after|getaways?|trips?)\b)")
def _weekend(match: re.Match[str], reader: Reader) -> Stretch | None:
    """over the weekend"""
    before = reader.text[max(0, match.start() - 12) : match.start()].lower()
    if not before.endswith(("over the ", "during the ", "on the ", "at the ", "for the ")):
        return None
    if reader.looks_ahead(match):
        return weekend(reader.today)
    return weekend(reader.today if reader.today.weekday() > 4 else reader.today - 7 * DAY)


@core(words.SEASONS, r"{season}(?: of|,)? (?:{year}|(?P<which>last|this|next) year)")
@core(
    "last this next past coming", r"(?:this )?(?P<which>last|this|next|past|coming) {season}(?! (?:apart|asleep|off|in love)\b)(?P<year>)?"
)
def _season(match: re.Match[str], reader: Reader) -> Stretch | None:
    """last spring · the summer of 2022"""
    first = words.SEASONS[match["season"].lower()]
    if match["year"]:
        return months(int(match["year"]), first, 3, "season")
    if match.start("which") > match.start("season"):
        return months(reader.now.year + {"last": -1, "this": 0, "next": 1}[match["which"].lower()], first, 3, "season")
    return _beside_now(match, reader, lambda year: months(year, first, 3, "season"))


@core(words.SEASONS, r"{season}(?! (?:apart|asleep|off|in love|of|break|semester|term|camps?|vacations?)\b)")
def _season_alone(match: re.Match[str], reader: Reader) -> Stretch | None:
    """over the summer"""
    before = reader.text[max(0, match.start() - 13) : match.start()].lower()
    if not before.endswith(("over the ", "back in the ")):
        return None
    return reader.yearly(match, lambda year: months(year, words.SEASONS[match["season"].lower()], 3, "season"))


@core(
    words.HOLIDAYS,
    r"{holiday}(?: (?:of )?{year}| (?P<which>last|this|next) year)?(?! (?:trees?|cards?|part(?:y|ies)|movies?|songs?|carols?|gifts?|presents?)\b)",
)
def _holiday(match: re.Match[str], reader: Reader) -> Stretch | None:
    """on Christmas Eve · Halloween 2022"""
    row = words.HOLIDAYS[match["holiday"].lower().replace("’", "'")]
    if match["year"]:
        return feast(row, int(match["year"]))
    if match["which"]:
        return feast(row, reader.now.year + {"last": -1, "this": 0, "next": 1}[match["which"].lower()])
    if reader.word_before(match.start()) not in words.TIME_CLUES | {"at", "over"} - {"of", "last", "this", "next"}:
        return None
    return reader.yearly(match, lambda year: feast(row, year))


@core("last this next past", r"(?:this )?(?P<which>last|this|next|past) {holiday}")
def _holiday_beside_now(match: re.Match[str], reader: Reader) -> Stretch | None:
    """last Christmas"""
    row = words.HOLIDAYS[match["holiday"].lower().replace("’", "'")]
    return _beside_now(match, reader, lambda year: feast(row, year))


@core("recently lately", r"(?<!more\x20)(?<!most\x20)(?:recently|lately)(?! (?:in|on) (?:\d|{month}))")
def _recently(match: re.Match[str], reader: Reader) -> Stretch | None:
    return _running(reader, 14, "day", -1)


@core("other", r"(?<=the\x20)other (?:day|night|evening|morning|week)")
def _the_other_day(match: re.Match[str], reader: Reader) -> Stretch | None:
    size = 21 if "week" in match[0].lower() else 7
    return Stretch(reader.today - size * DAY, reader.today, "span")


@opener("early mid late", r"(?P<which>early|mid|late)[\s-](?:in )?(?:the )?", is_tight=True)
@opener("beginning start middle end", r"(?P<which>beginning|start|middle|end) of (?:the )?", is_tight=True)
def _early(match: re.Match[str], reader: Reader, whole: Stretch) -> Stretch | None:
    """early June · late 2019 · the end of last month"""
    said = match["which"].lower()
    is_long = whole.grain in ("week", "month", "season", "year", "decade", "century")
    return third(whole, _THIRDS[said], said not in ("early", "mid", "late")) if is_long else None


_THIRDS = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}


@opener("week weekend month year", r"(?P<unit>week|weekend|month|year) (?:of|from) (?:the )?", is_tight=True)
def _unit_of(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """the week of May 3rd"""
    return _unit_around(match["unit"].lower(), day.start) if day.grain in ("day", "month") else None


def _unit_around(unit: str, day: datetime) -> Stretch:
    if unit == "month":
        return months(day.year, day.month)
    if unit == "year":
        return years(day.year)
    return week(day) if unit == "week" else weekend(day)


@opener(
    "first second third fourth last 0",
    rf"(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th) (?P<unit>day|week|weekend|{_any(words.WEEKDAYS)}) (?:of|in) ",
    is_tight=True,
)
def _nth_of(match: re.Match[str], reader: Reader, whole: Stretch) -> Stretch | None:
    """the last week of May · the first weekend of June · the second Monday of July"""
    if whole.grain not in ("month", "year"):
        return None
    said, unit = match["nth"].lower(), match["unit"].lower()
    nth = -1 if said == "last" else int(said[0]) if said[0].isdecimal() else words.ORDINALS[said]
    if unit in ("day", "week"):
        size = 1 if unit == "day" else 7
        start = whole.end - size * DAY if nth < 0 else whole.start + (nth - 1) * size * DAY
        return days(start, size, unit, whole.repeats)
    month = whole.start.month if nth > 0 else (whole.end - DAY).month
    day = nth_weekday(whole.start.year, month, 5 if unit == "weekend" else words.WEEKDAYS[unit], nth)
    return days(day, 2 if unit == "weekend" else 1, "weekend" if unit == "weekend" else "day", whole.repeats)


@opener(
    "last day week weekend month year " + " ".join(words.WEEKDAYS),
    rf"(?:last )?(?P<unit>day|week|weekend|month|year|{_any(words.WEEKDAYS)}) (?P<side>before|after) (?:the )?",
    is_tight=True,
)
def _unit_beside(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """the week before 9 June · the Friday after Christmas"""
    unit, sign = match["unit"].lower(), 1 if match["side"].lower() == "after" else -1
    if day.grain not in ("day", "weekend", "week", "month"):
        return None
    if unit in words.WEEKDAYS:
        edge = day.start if sign < 0 else day.end - DAY
        gap = (words.WEEKDAYS[unit] - edge.weekday()) * sign % 7 or 7
        return days(edge + sign * gap * DAY)
    if unit in ("day", "week"):
        size = 1 if unit == "day" else 7
        return days(day.start - size * DAY if sign < 0 else day.end, size, unit)
    edge = day.start
    if unit == "weekend":
        return weekend(edge - 7 * DAY if sign < 0 else edge + 7 * DAY if edge.weekday() > 4 else edge)
    return _unit_around(unit, shift_months(edge, sign * (1 if unit == "month" else 12)))


@opener(
    " ".join([*words.NUMBERS, "couple", "few", "0"]),
    r"(?:a )?{n}(?: of)? (?P<unit>day|week|month|year)s? (?P<side>before|after) (?:the )?",
    is_tight=True,
)
def _some_before(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """two days before Christmas"""
    if day.grain != "day":
        return None
    few, many = _number(match["n"])
    sign, factor = (1 if match["side"].lower() == "after" else -1), {"day": 1, "week": 7, "month": 1, "year": 12}[match["unit"].lower()]
    edges = []
    for number in sorted((sign * few, sign * many)):
        by_day = match["unit"].lower() in ("day", "week")
        edges.append(day.start + number * factor * DAY if by_day else shift_months(day.start, int(number * factor)))
    blur = {"day": 0, "week": 3, "month": 15, "year": 15}[match["unit"].lower()] * DAY
    return Stretch(edges[0] - blur, edges[1] + DAY + blur, "span" if blur or few != many else "day")


@opener("morning afternoon evening night", r"(?P<part>morning|afternoon|evening|night) of (?:the )?", is_tight=True)
def _part_of(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """the morning of May 5th"""
    return part_of(day, words.PARTS[match["part"].lower()])


@opener("0", r"{clock},? (?:on |of )?(?:the )?", is_tight=True)
def _clock_before(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """1:56 pm on 8 May 2023"""
    return _at_clock(match, reader, day)


@opener(" ".join(words.WEEKDAYS), r"{weekday},? (?:the )?", is_tight=True)
def _weekday_of(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """Thursday, 4 June 2026 · Thursday, June 4: where no year is said, the weekday may tell it"""
    is_date = any(char.isdecimal() for char in reader.text[match.end() : match.end() + 16])
    if not is_date or day.grain not in ("day", "minute", "part"):
        return None
    if day.repeats == "year":
        near = [in_year(day, day.start.year + step) for step in (0, 1, -1)]
        return next((one for one in near if one.start.weekday() == words.WEEKDAYS[match["weekday"].lower()]), day)
    return day


@opener("since", r"since (?:the |way back in |about |around )?(?:in )?")
@opener("从 自", r"(?:自从|自)")
def _since(match: re.Match[str], reader: Reader, start: Stretch) -> Stretch | None:
    """since May"""
    if start.end > reader.today and start.grain == "day":
        return None  # "since today is …" gives a reason
    return Stretch(start.start, reader.today + DAY, "open")


@opener("until till", r"(?:until|till) (?:the )?(?:in )?")
@opener("直 截", r"(?:直到|截至|截止到?)")
def _until(match: re.Match[str], reader: Reader, last: Stretch) -> Stretch | None:
    """until last year"""
    return Stretch(BEGINNING, last.end, "open")


@opener("before", r"before (?:the )?")
def _before(match: re.Match[str], reader: Reader, limit: Stretch) -> Stretch | None:
    """before May"""
    return Stretch(BEGINNING, limit.start, "open")


@opener("after", r"after (?:the )?")
def _after(match: re.Match[str], reader: Reader, limit: Stretch) -> Stretch | None:
    """after May: up to today where May is over"""
    if limit.end <= reader.today:
        return Stretch(limit.end, reader.today + DAY, "open")
    return Stretch(limit.end, END, "open") if limit.end < END else None


@opener("between from", r"(?:between|from) (?:the )?")
@opener("从", r"从")
def _from(match: re.Match[str], reader: Reader, whole: Stretch) -> Stretch | None:
    """The opening word of a span, which `Reader.close` has linked already."""
    return whole if whole.grain == "span" else None


@closer(r",? (?:in the |at |during the )?{part}(?![A-Za-z])")
def _its_part(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """yesterday morning"""
    return part_of(day, words.PARTS[match["part"].lower()])


@closer(r",?(?: (?:at|around|about|by))? {clock}(?![A-Za-z0-9])")
@closer(r",? at (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?P<half>)(?! ?[ap]\.?m|\d)")
def _at_clock(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """yesterday at 5pm"""
    if day.grain not in ("day", "part"):
        return None
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), (match["half"] or "").lower()
    if (half and not 1 <= hour <= 12) or hour > 23 or minute > 59:
        return None
    if not half and day.grain == "part" and hour < 12:
        half = "p" if day.start.hour >= 12 else "a"
    if not half and hour <= 12 and not match["hour"].startswith("0"):
        return None  # "Friday at 6:00" may be early or late
    return _clock(day, hour % 12 + (12 if half == "p" else 0) if half else hour, minute if match["minute"] else None)


def _clock(day: Stretch, hour: int, minute: int | None) -> Stretch:
    start = day.start.replace(hour=0) + timedelta(hours=hour, minutes=minute or 0)
    return Stretch(start, start + (timedelta(hours=1) if minute is None else timedelta(minutes=1)), "minute", day.repeats)


# ---- Chinese ---------------------------------------------------------------------------------------------------------


def _number_zh(word: str) -> int:
    """一百二十三 · 两 · 二〇二三 · 15"""
    if word.isdecimal():
        return int(word)
    if len(word) > 1 and not set(word) & set("十百"):
        return int("".join(str(_DIGIT_ZH[char]) for char in word))
    total, digit = 0, 0
    for char in word:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGIT_ZH[char]
    return total + digit


_DIGIT_ZH = {char: index for index, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def _year_zh(reader: Reader, said: str) -> int:
    said = said.strip()
    return reader.now.year + words.YEARS_ZH[said] if said in words.YEARS_ZH else _number_zh(said.rstrip("年").strip())


@core_zh(
    words.DAYS_ZH, rf"(?<![目以之从眼面当提先月年周期])(?P<day>{_any(words.DAYS_ZH)})(?!的?努力|形成|培养|习得|免疫|因素|环境|教育|性)"
)
def _day_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """大前天"""
    return days(reader.today + words.DAYS_ZH[match["day"]] * DAY)


@core_zh("今 昨 明 前", r"(?P<day>[今昨明前])(?P<part>早|晚|夜|晨)(?!期|餐|饭上|会的|报|辈|年|秋|霜)")
def _part_of_day_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """昨晚"""
    return part_of(days(reader.today + {"今": 0, "昨": -1, "明": 1, "前": -2}[match["day"]] * DAY), words.PARTS_ZH[match["part"]])


@core_zh(
    [*_DIGITS_ZH, *words.VAGUE_ZH, "半", "0"], r"(?<![第每近这那十百\d]){nz} ?{uz}(?:以前|之前|前(?!天|往|来|后|途|进|面|期|台|提|锋))"
)
def _ago_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """三天前 · 半年前 · 一年半前 · 几个月前"""
    if match["unit"] == "年" and match["n"] == "2000":
        return None
    few, many = _amount_zh(match)
    return ago(reader, few, many, _unit_zh(match["unit"]))


@core_zh([*_DIGITS_ZH, *words.VAGUE_ZH, "半", "0"], r"(?<![第每近这那十百\d]){nz} ?{uz}(?:以后|之后|后)(?![天面来续])")
def _from_now_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """我打算三天后出发"""
    if not reader.looks_ahead(match):
        return None
    few, many = _amount_zh(match)
    return ago(reader, -many, -few, _unit_zh(match["unit"]))


def _amount_zh(match: re.Match[str]) -> tuple[float, float]:
    said = match["n"]
    if said == "半":
        return 0.5, 0.5
    if said in words.VAGUE_ZH:
        return words.VAGUE_ZH[said]
    if said.endswith("几"):
        tens = _number_zh(said[:-1])
        return tens + 1, tens + 9
    number = _number_zh(said)
    return number + 0.5 * bool(match["half"]), number + 0.5 * bool(match["half"]) + bool(match["odd"] or "多" in match["unit"])


def _unit_zh(said: str) -> str:
    said = said.removeprefix("个").removeprefix("多")
    return {
        "天": "day",
        "日": "day",
        "周": "week",
        "星期": "week",
        "礼拜": "week",
        "月": "month",
        "年": "year",
        "小时": "hour",
        "分钟": "minute",
    }[said]


@core_zh("最 过 近 这 前", r"(?:最近|过去的?|近|这|前)(?P<n>\d{1,3}|[一两二三四五六七八九十几半]{1,2}) ?{uz}(?!前|后|以|之|级|多)")
def _running_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """最近两周 · 过去三个月 · 这几天 · 前几天"""
    first, said, unit = match[0][0], match["n"], _unit_zh(match["unit"])
    if first in "这前" and (said not in ("几", "两") or (first == "前" and unit == "year")):
        return None
    if first == "近" and match.start() and reader.text[match.start() - 1] in "附最接":
        return None
    many = 0.5 if said == "半" else 7 if said == "几" and unit == "day" else 5 if said == "几" else _number_zh(said)
    running = _running(reader, many, unit, -1)
    return Stretch(running.start, reader.today, "span") if running and first == "前" and running.start < reader.today else running


@core_zh("最 近 前", r"(?<![离距])(?:最近(?!的|处)|近来|近日|近期|前些天|前些日子|前阵子|前一?段时间|前不久)")
def _recently_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """最近 · 前阵子"""
    if match[0] == "最近" and re.search(r"[离距][^，。,.!?！？]{0,5}$", reader.text[max(0, match.start() - 6) : match.start()]):
        return None
    if match[0][0] == "前":
        size = 10 if match[0] == "前些天" else 60
        return Stretch(reader.today - size * DAY, reader.today, "span")
    return _running(reader, 14, "day", -1)


@core_zh(
    "上 下 这 本",
    r"(?<![以之年晚早])(?P<which>上上|上一?|下下|下一?|这一?|本)个?(?P<unit>周末|周|星期|礼拜)(?![期围边刊转身到全密岁瑜杰遭年而]|末日)(?:的?(?:周|星期|礼拜)?{wz})?",
)
def _week_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """上周三 · 下个周末 · 这周"""
    day = reader.today + 7 * words.STEPS_ZH[match["which"]] * DAY
    if match["unit"] == "周末":
        return weekend(day) if not match["weekday"] else None
    if match["weekday"]:
        return days(week(day).start + _WEEKDAYS_ZH[match["weekday"]] * DAY)
    return week(day)


_WEEKDAYS_ZH = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}


@core_zh("周 星 礼", rf"(?<![每{_DIGITS_ZH}几半\d双整全各逢单隔个])(?:周|星期|礼拜){{wz}}")
def _weekday_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """周六"""
    if _NO_WEEKDAY.search(reader.text[max(0, match.start() - 12) : match.start()]):
        return None
    ahead = reader.looks_ahead(match)
    return _weekday_beside(reader, _WEEKDAYS_ZH[match["weekday"]], "next" if ahead else "on")._replace(repeats="week")


@core_zh("上 下 这 本", r"(?<!以)(?P<which>上上|上一?|下下|下一?|这一?|本)个?(?P<unit>月|季度)(?!亮|球|饼|光|台|经)(?:份)?的?(?:{dz})?")
def _month_beside_now_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """上个月 · 下月五号"""
    step = words.STEPS_ZH[match["which"]]
    if match["unit"] == "季度":
        return months(reader.now.year, (reader.now.month - 1) // 3 * 3 + 1 + 3 * step, 3, "season")
    month = months(reader.now.year, reader.now.month + step)
    if not match["day"]:
        return month
    day = _number_zh(match["day"])
    return _days_of(month.start.year, month.start.month, day, day)


_DATE_ZH = r"(?:{yz} ?|(?P<short>\d\d)年(?=\d{1,2}月))?{mz}"


@core_zh(
    [*words.YEARS_ZH, *_DIGITS_ZH, "0"],
    _DATE_ZH + r" ?{dz}(?:(?:到|至|[-–—~～])(?P<day2>[12]?\d|3[01]|[二三]?十?[一二三四五六七八九十]) ?[日号])?",
)
def _day_of_month_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """2023年5月2日 · 五月二号 · 5月2日到5日"""
    first = _number_zh(match["day"])
    last = _number_zh(match["day2"]) if match["day2"] else first
    return _of_month_zh(match, reader, lambda year, month: _days_of(year, month, first, last))


@core_zh([*words.YEARS_ZH, *_DIGITS_ZH, "0"], r"(?<![第个半\d整满])" + _DATE_ZH + r"(?![亮球饼光怀])")
def _month_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """2023年5月 · 去年五月份 · 5月"""
    if (
        not match["year"]
        and re.match(r"[一两二三四\d]次|后|前|一[天日]|末|大的", reader.text[match.end() : match.end() + 2])
        and "份" not in match["m"]
    ):
        return None
    return _of_month_zh(match, reader, months)


def _of_month_zh(match: re.Match[str], reader: Reader, of: Callable[[int, int], Stretch]) -> Stretch | None:
    month = _number_zh(match["month"])
    if match["short"]:
        return of(2000 + int(match["short"]), month)
    if match["year"]:
        return of(_year_zh(reader, match["year"]), month)
    return reader.yearly(match, lambda year: of(year, month))


@core_zh([*words.YEARS_ZH, "0", *"一二"], r"(?<![以之生目眼面当提先往\d]){yz}(?<!的)(?!级|夜饭|来|间的|左右的?历史|的?历史|多|轻|代)")
def _year_alone_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """2023年 · 去年"""
    if match["year"] in ("2000年", "1800年", "1900年") and reader.text.startswith("前", match.end()):
        return None
    return years(_year_zh(reader, match["year"]))


@core_zh([*words.YEARS_ZH, "0"], r"{yz} ?(?P<season>[春夏秋冬])(?:天|季|日)?")
@core_zh([*words.YEARS_ZH, "0"], rf"{{yz}} ?(?P<holiday>{_any(words.HOLIDAYS_ZH)})(?:假期|期间)?")
def _feast_of_year_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """去年春天 · 2022年国庆"""
    said, year = match.groupdict(), _year_zh(reader, match["year"])
    if said.get("season"):
        return months(year, words.SEASONS_ZH[said["season"]], 3, "season")
    return feast(words.HOLIDAYS_ZH[said["holiday"]], year)


@core_zh("这 今 上 去", r"(?:这个?|上个?)(?P<season>[春夏秋冬])[天季]")
def _season_beside_now_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """这个夏天 · 上个冬天"""
    first, over = words.SEASONS_ZH[match["season"]], match[0].startswith("上")
    found = [months(year, first, 3, "season") for year in (reader.now.year - 2, reader.now.year - 1, reader.now.year)]
    return [s for s in found if (s.end <= reader.today if over else s.start <= reader.now or s.start.year == reader.now.year)][-1]


@core_zh(words.HOLIDAYS_ZH, rf"(?P<holiday>{_any(words.HOLIDAYS_ZH)})(?P<clue>假期|期间|那天|当天|的?时候|小长假|黄金周|长假|前夕)?")
def _holiday_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """国庆假期 · 在春节"""
    if not match["clue"] and reader.text[max(0, match.start() - 1) : match.start()] not in ("在", "从", "自", "到"):
        return None
    return reader.yearly(match, lambda year: feast(words.HOLIDAYS_ZH[match["holiday"]], year))


@core_zh("月 年", r"(?<![\d一二两三四五六七八九十个半岁本上下这每今去明前后])(?P<unit>月|年)(?P<third>初|中旬|上旬|下旬|底|末)(?!代)")
def _third_of_now_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """月底 · 年初"""
    now = reader.today
    wholes = (
        [months(now.year, now.month - 1), months(now.year, now.month)] if match["unit"] == "月" else [years(now.year - 1), years(now.year)]
    )
    found = [third(whole, _THIRDS_ZH[match["third"]], is_edge=True) for whole in wholes]
    return found[1] if found[1].start <= reader.now or reader.looks_ahead(match) else found[0]


_THIRDS_ZH = {"初": 0, "上旬": 0, "中": 1, "中旬": 1, "下旬": 2, "底": 2, "末": 2}


@core_zh(
    "0 上 二 五 六 七 八 九", r"(?:(?:上世纪|(?P<century>20|二十)世纪)?(?P<decade>[5-9]0|[五六七八九]十)年代|(?P<full>(?:19|20)\d0)年代)"
)
def _decade_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """90年代 · 上世纪八十年代 · 2010年代"""
    start = int(match["full"]) if match["full"] else 1900 + _number_zh(match["decade"])
    return years(start, 10, "decade")


@core_zh("0", r"(?<![第\d.])(?P<day>0?[1-9]|[12]\d|3[01])[日号](?=那天|当天|早|晚|上午|下午|中午|的时候|[我你他她咱]|，|,|。|$)")
def _day_of_this_month_zh(match: re.Match[str], reader: Reader) -> Stretch | None:
    """8号那天"""
    return _latest_day(match, reader, int(match["day"]))


@closer(r"的?(?P<half>[上下])半年")
def _half_year_zh(match: re.Match[str], reader: Reader, year: Stretch) -> Stretch | None:
    return months(year.start.year, 1 if match["half"] == "上" else 7, 6, "span") if year.grain == "year" else None


@closer(r"的?(?:年|月)?(?P<third>初|中旬|上旬|下旬|底|末(?!日)|中(?![国文午秋学心考央间等旬]))")
def _third_zh(match: re.Match[str], reader: Reader, whole: Stretch) -> Stretch | None:
    """5月底 · 去年年初"""
    return third(whole, _THIRDS_ZH[match["third"]], is_edge=True) if whole.grain in ("month", "year") else None


@closer(r"(?:那天|这天|当天)?的?{partz}")
def _its_part_zh(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """昨天晚上"""
    return part_of(day, words.PARTS_ZH[match["part"]])


@closer(
    r"的? ?(?P<hour>\d{1,2}|[一二两三四五六七八九]|十[一二]?)(?:(?:点|时)(?P<half>半)?(?:(?P<minute>\d{1,2}|[一二三四五]?十[一二三四五六七八九]?)分?)?|[:：](?P<colon>[0-5]\d))(?![也都儿不没小])"
)
def _clock_zh(match: re.Match[str], reader: Reader, day: Stretch) -> Stretch | None:
    """昨天下午三点半"""
    if day.grain not in ("day", "part"):
        return None
    hour, is_late = _number_zh(match["hour"]), day.grain == "part" and day.start.hour >= 12
    said = "30" if match["half"] else match["minute"] or match["colon"]
    if hour > 23 or (said and _number_zh(said) > 59):
        return None
    return _clock(day, hour + 12 if is_late and hour < 12 else hour, _number_zh(said) if said else None)


@closer(r"(?:起|开始)?(?P<side>以来|至今|到现在)")
def _since_zh(match: re.Match[str], reader: Reader, start: Stretch) -> Stretch | None:
    """去年以来"""
    return _since(match, reader, start) if start.grain != "open" else None


@closer(r"(?P<side>之前|以前|之后|以后)(?![的]?几?[天周])")
def _beside_zh(match: re.Match[str], reader: Reader, limit: Stretch) -> Stretch | None:
    """5月2日之前 · 春节以后"""
    if limit.grain == "open":
        return None
    return (_before if match["side"][1] == "前" else _after)(match, reader, limit)


# ---- what ties the tables together -----------------------------------------------------------------------------------

_LINK = _compile(r" (?:to|until|till|through) (?:the )?| ?[-–—~～] ?|到|至|直到|(?P<both> and (?:the )?| ?[和与] ?)")
_WORD_BEFORE = re.compile(r"([A-Za-z]+)(?:[\s-]{1,2}(?:the|a|an))?[\s-]{1,2}['’]?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？;；\n]")
_AHEAD = re.compile(f"{words.AHEAD}|{words.AHEAD_ZH}", re.IGNORECASE)
_AHEAD_BEHIND = re.compile(f"{words.AHEAD_BEHIND}|{words.AHEAD_ZH_BEHIND}", re.IGNORECASE)
_ASKS_WHEN = re.compile(f"{words.ASKS_WHEN}|{words.ASKS_WHEN_ZH}", re.IGNORECASE)
_FIRST_WORDS = frozenset(_CORES) | frozenset(_OPENERS)
_WORD = re.compile(rf"[A-Za-z]+|\d+|[{''.join(word for word in _FIRST_WORDS if not word.isascii())}]")


def _behind_from(text: str, start: int) -> bool:
    return re.search(r"(?:\b(?:from|between)\s{1,2}|从)$", text[max(0, start - 10) : start], re.IGNORECASE) is not None
