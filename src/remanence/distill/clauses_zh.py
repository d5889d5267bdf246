"""Take a Chinese sentence apart: a saying in; its words, times and clauses out, those that assert nothing marked. Pure but for LAC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from remanence.distill.rules_zh import NOT, QUOTE, TIME, TITLE, Rules
from remanence.distill.segment_zh import Word, words
from remanence.language.when import BEGINNING, END, Reader

LONGEST_CLAUSE = 90
"""Characters without a stop: who goes on so does not claim anything that could be understood."""


class Time(NamedTuple):
    """Words of time at `text[at:end]`, what they span, and how they bear: "within", "since", "until"."""

    at: int
    end: int
    start: datetime
    stop: datetime
    bears: str


class Clause(NamedTuple):
    """`text[start:end]`. `is_dead`: it asks, supposes, orders, tells a tale: it asserts nothing."""

    start: int
    end: int
    is_dead: bool


class Sentence:
    """A sentence as rules see it: `masked` is as long as `text`, with stand-ins where times, titles and quotations are."""

    def __init__(self, text: str, said_at: datetime, rules: Rules) -> None:
        self.text = text
        self.rules = rules
        self.said_at = said_at
        self.words: tuple[Word, ...] = words(text)
        self.at = {word.start: word for word in self.words}
        self.times = [time for time in _times(text, said_at) if not self.is_in_name(time)]
        self.masked = self.mask()
        self.clauses = self.cut()

    def mask(self) -> str:
        masked = [" " if char in _PRIVATE else char for char in self.text]
        for time in self.times:
            masked[time.at : time.end] = TIME * (time.end - time.at)
        for match in _TITLE.finditer(self.text):
            masked[match.start() : match.end()] = TITLE * len(match[0])
        for match in _QUOTED.finditer(self.text):
            inner = match[0][1:-1]
            is_speech = len(inner) > 8 or _SPOKEN.search(inner) is not None
            if is_speech:
                masked[match.start() : match.end()] = QUOTE * len(match[0])
        for pattern in (_TOPIC, _REPLACES):
            for match in pattern.finditer(self.text):
                masked[match.start("comma") : match.end("comma")] = " " * len(match["comma"])
        for match in _IS_NOT.finditer(self.text):
            if masked[match.start()] == "不":
                masked[match.start() : match.end()] = NOT * len(match[0])
        return "".join(masked)

    def is_in_name(self, time: Time) -> bool:
        """五月 in 五月天, a band."""
        return any(
            word.start <= time.at and time.end <= word.end and word.end - word.start > time.end - time.at and word.tag in _NAMES
            for word in self.words
        )

    def words_in(self, start: int, end: int) -> list[Word]:
        return [word for word in self.words if word.start < end and word.end > start]

    def is_boundary(self, place: int) -> bool:
        return place >= len(self.text) or place in self.at or self.masked[place] in _STAND_INS or self.masked[place - 1] in _STAND_INS

    def word_at(self, place: int) -> Word | None:
        return self.at.get(place)

    # ---- clauses

    def cut(self) -> list[Clause]:
        leave = self.rules.leave
        is_asked = _ASKED.search(self.text) is not None
        if any(mark in self.text for mark in leave["sarcasm"]) or any(mark in self.masked for mark in leave["fiction"]):
            return []
        bounds = [(start, end) for start, end in self.bounds() if self.text[start:end].strip()]
        clauses: list[Clause] = []
        tale = is_condition = False
        for index, (start, end) in enumerate(bounds):
            said = self.masked[start:end]
            tale = tale or any(mark in said for mark in leave["story"]) or self.supposes(said)
            is_last = index == len(bounds) - 1
            is_condition = is_condition or said.rstrip().endswith("的话")
            tale = tale or (is_condition and _WOULD.search(said) is not None)
            is_endless = end - start > LONGEST_CLAUSE
            asks = is_endless or self.asks(said) or (is_last and is_asked)
            clauses.append(Clause(start, end, tale or asks or self.orders(start, end) or _LEADS_UP.search(said) is not None))
            if asks and _TAG.fullmatch(said.strip(" ？?")) and len(clauses) > 1:
                clauses[-2] = clauses[-2]._replace(is_dead=True)
        return clauses

    def bounds(self) -> list[tuple[int, int]]:
        """Clauses by punctuation and by conjunctions that stand between two predicates."""
        cuts = [0]
        for match in _CUT.finditer(self.masked):
            cuts += [match.start(), match.end()]
        for word in self.words:
            if word.text in _CONJUNCTIONS and word.start and self.masked[word.start] == word.text[0] and word.tag in ("c", "d"):
                cuts += [word.start, word.start]
        cuts = sorted([*cuts, len(self.text)])
        return [(start, end) for start, end in pairwise(cuts) if end > start and not _CUT.fullmatch(self.masked[start:end])]

    def supposes(self, said: str) -> bool:
        return any(mark in said for mark in self.rules.leave["hypothetical"] if mark != "的话")

    def asks(self, said: str) -> bool:
        if _UNSURE.search(said) and not _TRIVIAL.search(said):
            return False
        bare = said.strip(" ？?。！!，,的了啊呀")
        if bare.endswith(("吗", "么", "呢")) and (bare.endswith("吗") or _ASKING.search(said) or bare.startswith(("你", "您"))):
            return True
        return _ASKING.search(said) is not None

    def orders(self, start: int, end: int) -> bool:
        said = _OPENER.sub("", self.text[start:end])
        if _REMEMBER.match(said):
            return False
        return said.startswith(self.rules.leave["imperative"])


def _times(text: str, said_at: datetime) -> list[Time]:
    reader = Reader(text, said_at)
    found: list[Time] = []
    for at, each in reader.finds():
        interval = reader.interval(at, each)
        if interval is None:
            continue
        end, bears = each.end, "within"
        behind = _SINCE_BEHIND.match(text, end)
        before = _SINCE_BEFORE.search(text, max(0, at - 3), at)
        if interval.start.year <= BEGINNING.year:
            bears = "until"
        elif interval.end.year >= END.year or _IS_SINCE.search(interval.text):
            bears = "since"
        elif before and not behind and _BOTH_ENDS.search(interval.text):
            at, bears = before.start(), "range"
        elif behind or before:
            bears = "since"
            at = before.start() if before else at
            end = behind.end() if behind else end
        elif (until := _UNTIL_BEFORE.search(text, max(0, at - 4), at)) or _UNTIL_BEHIND.match(text, end):
            at = until.start() if until else at
            end = ending.end() if (ending := _UNTIL_BEHIND.match(text, end)) else end
            bears = "until"
        elif _BOTH_ENDS.search(interval.text):
            bears = "range"
        elif interval.text in _VAGUE:
            bears = "lately"
        if bears == "range" and (now := _TO_NOW.search(interval.text)):
            bears = "since" if now else bears
        elif bears in ("range", "within") and (now := _TO_NOW_BEHIND.match(text, end)):
            bears, end = "since", now.end()
        if bears in ("range", "within") and (during := _DURING.match(text, end)):
            end = during.end()
        if bears in ("since", "range") and (lead := _SINCE_BEFORE.search(text, max(0, at - 3), at)):
            at = lead.start()
        found.append(Time(at, end, interval.start, interval.end, bears))
    for match in _AHEAD.finditer(text):
        found = [time for time in found if time.end <= match.start() or match.end() <= time.at]
        found.append(Time(match.start(), match.end(), said_at, said_at + timedelta(days=_days(match)), "until"))
    taken = [(time.at, time.end) for time in found]
    for match in _LASTING.finditer(text):
        if all(match.end() <= at or end <= match.start() for at, end in taken):
            since = _ago(match, said_at)
            bears = "since" if since else "span"
            lasting = said_at if since else said_at + timedelta(days=_days(match))
            found.append(Time(match.start(), match.end(), since or said_at, lasting, bears))
    return sorted(found)


def _ago(match: re.Match[str], said_at: datetime) -> datetime | None:
    """五年了: since five years ago. Without 了 at the end the time may be over."""
    days = _days(match)
    if not match["still"]:
        return None
    return datetime.fromtimestamp(max(0.0, said_at.timestamp() - days * 86400), said_at.tzinfo) if days < 36500 else None


def _days(match: re.Match[str]) -> float:
    said = match["n"]
    number = {"半": 0.5, "几": 4}.get(said)
    if number is None:
        number = float(said) if said.isdecimal() else _number(said)
    return number * {"年": 365.25, "个月": 30.44, "月": 30.44, "周": 7, "个星期": 7, "星期": 7, "个礼拜": 7, "天": 1}[match["unit"]]


def _number(said: str) -> float:
    digits = {char: index for index, char in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 4}
    if "十" in said:
        tens, _, ones = said.partition("十")
        return 10 * (digits.get(tens, 1) if tens else 1) + (digits.get(ones, 0) if ones else 0)
    return float(digits.get(said[:1], 1))


_PRIVATE = frozenset((NOT, QUOTE, TIME, TITLE))
_STAND_INS = TIME + TITLE + QUOTE
_TOPIC = re.compile(
    r"(?:最(?:喜欢|爱|喜爱|钟爱)(?:吃|看|听|喝|玩)?的[^，。：、是]{1,6}|生日|职业|专业|老家|出生地)"
    r"(?P<comma>[：:]|[，,？?](?=(?:那|当然|肯定|一定|必须|还|一直)*就?是|《))"
)
"""A topic before its comment (要问我最喜欢的颜色，那就是酒红色): no two clauses."""
_REPLACES = re.compile(r"(?:取代|接替|代替|顶替|替代|超过|超越|打败)[^，。]{1,20}(?P<comma>[，,])(?=(?:现在|已经)?(?:成|变成|当上|是))")
_NAMES = frozenset("ORG PER LOC nw nz".split())
_IS_NOT = re.compile(r"(?<!是)不(?:再)?(?=是|叫)")
_TITLE = re.compile(r"《[^》\n]{1,60}》")
_QUOTED = re.compile(r"“[^”\n]{1,400}”|\"[^\"\n]{1,400}\"|「[^」\n]{1,400}」|『[^』\n]{1,400}』|‘[^’\n]{1,200}’")
_SPOKEN = re.compile(r"[我你您他她，。！？,!?]")
_CUT = re.compile(r"[，,；;：:。！!？?…\n~～—（）()]+")
_CONJUNCTIONS = frozenset(
    "但是 但 可是 不过 而且 并且 所以 因为 因此 然后 于是 同时 却 然而 由于 不仅 接着 结果 随后 另外 此外 尽管 虽然 只是".split()
)
_ASKED = re.compile(r"[?？][\"”’')\]）」』!！\s]*\Z")
_ASKING = re.compile(
    r"吗\Z|什么(?!都|也|的)|[为]啥|啥(?!都|也)|(?<!随)哪(?!怕|儿都|里都|个都)|(?<![无论])谁(?!都|也)|(?<!不)怎[么样]|如何|为何|是否|是不是|会不会|要不要|能不能|有没有|可不可以|好不好|行不行|对不对|该不该|想不想"
    r"|多少|几[个岁点](?=[？?了]*\Z)|多久|多大(?!的)|何时|难道|岂|该不该|值不值|应不应该|不知道|不确定|不清楚|想知道|想问|想请教|好奇"
)
_WOULD = re.compile(r"会|就|要|想|可以|应该")
"""In what follows 的话 these say that it would be so."""
_UNSURE = re.compile(
    r"不(?:知道|确定|清楚)(?:自己|我|究竟|到底|应该)*(?:该)?(?:是否|能否|是不是|能不能|如何|怎么|怎样|往|朝着?|向|要不要|要怎么)(?:应该|能够?|可以|能|会|该)?[^，。？?]{4,}"
)
"""What one is not sure of, which is told and not asked."""
_TRIVIAL = re.compile(r"怎么办|怎么做|如何做|怎么[说样用玩去走]|如何开始|怎么开始|怎么提高|为什么|你|推荐|建议|[?？]|吗\Z|呢\Z|从哪")
_TAG = re.compile(
    r"(?:对|是|好|行|可以|没错|记得|知道)?(?:吧|吗|不对|对不对|是不是|吧对吧|吗你说|吗对吗)|记得吗|还记得吗|对吗|是吧|对吧|是吗"
)
_OPENER = re.compile(r"^(?:嗯|哦|好的?|那么?|所以|对了|另外|其实|但是?|不过|然后|朋友|，|\s)+")
_REMEMBER = re.compile(r"(?:请|麻烦)?(?:你|帮我)?(?:记住|记得|别忘了|注意|记一下|记下|知道)(?:一下|了|的)?我")
_LEADS_UP = re.compile(r"(?:的时候|之时|时候|(?<![有平及小同随准暂临按当届定])时|期间)\s*\Z")
_SINCE_BEHIND = re.compile(r"(?:份|底|初|那?时候?|那会儿?)?(?:以来|至今|到现在|起(?!来)|(?:就)?开始|以后一直|之后一直)")
_BOTH_ENDS = re.compile(r"到|至|[-–—~～]")
_SINCE_BEFORE = re.compile(r"打?(?:自从|自打|自|从|打)\Z")
_UNTIL_BEFORE = re.compile(r"(?:直到|截至|截止|到|至)\Z")
_UNTIL_BEHIND = re.compile(r"(?:为止|之前|以前|前)")
_TO_NOW = re.compile(r"(?:到|至)(?:现在|如今|今天|今|目前)$")
_TO_NOW_BEHIND = re.compile(r"(?:一直)?(?:到|至)(?:现在|如今|今天?|目前)")
_DURING = re.compile(r"(?:这|那)?(?:之?间|期间|段时间|几年|些年|段日子)")
_AHEAD = re.compile(
    r"(?:未来|接下来|接下去|往后)(?:的)?这?(?P<n>\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九几]?|[一二两三四五六七八九半几])(?P<unit>个月|周|个星期|星期|个礼拜|天|年)(?P<still>)"
)
_IS_SINCE = re.compile(r"^(?:自从|自)|(?:以来|至今|到现在)$")
_VAGUE = frozenset("最近 近来 近日 近期 今年 这几天 这段时间 这阵子 这两天".split())
_LASTING = re.compile(
    r"(?:快|已经|差不多|大概|大约|有|整整|将近|足足|都)*(?P<n>\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九几]?|[一二两三四五六七八九半几])(?:多)?(?P<unit>年|个月|周|个星期|星期|个礼拜|天)(?:多|时间|左右)*(?P<still>了)?(?=[，,。！!；;\s]|\Z)"
)
