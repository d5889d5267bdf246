"""Stored words come in; text that is fit for a page goes out: safe, dated, marked, broken into lines, shortened."""

from __future__ import annotations

import re
from datetime import datetime, time

from rich.cells import cell_len
from rich.text import Text

from remanence.language.analyse import terms

LONGEST_CARD = 400  # characters of an episode on a card; `show` gives all
LISTED = 10  # episodes listed before the rest is counted
SHORT_ID = 9  # characters of an id in a table: its kind and thirty bits
CONTROLS = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"}
CONTROLS |= {0x7F: "␡", **dict.fromkeys(range(0x80, 0xA0), "�")}
CONTROLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
COMMON = frozenset(
    WORD.findall(
        "a about am an and are as at be been before but by can could did do does for from had has have he her him his how i if in into "
        "is it its just me my no not of on or our out she should so some than that the their them then there they this to up was we "
        "were what when where which who whom whose why will with would you your"
    )
)
COMMON_CHINESE = frozenset(
    WORD.findall("的 了 吗 呢 我 你 他 她 它 是 在 什么 么样 怎么 曾经 过一 一个 我的 你的 我们 你们 哪些 哪里 那天 这天 和你 给我")
)

MARKED, DIM, GOOD, BAD, TITLE = "bold yellow", "bright_black", "green", "red", "bold"


def safe(text: str) -> str:
    """`text` with control characters made visible and text-direction overrides gone, so that it cannot command a terminal."""
    return text.translate(CONTROLS)


def when(moment: datetime | None) -> str:
    """A moment in this machine's zone; midnight is a date alone."""
    if moment is None:
        return "–"
    try:
        local = moment.astimezone()
    except (OverflowError, ValueError):
        return moment.isoformat()
    return f"{local:%Y-%m-%d}" if local.time() == time.min else f"{local:%Y-%m-%d %H:%M}"


def marked(text: str, question: str) -> Text:
    """`text` with the words of `question` made to stand out."""
    shown = Text(safe(text))
    wanted = {term for word in WORD.findall(question) if word.lower() not in COMMON for term in terms(word)} - COMMON_CHINESE
    for word in WORD.finditer(shown.plain):
        found = terms(word.group())
        if len(found) == 1 and found[0] in wanted:
            shown.stylize(MARKED, word.start(), word.end())
        elif len(found) > 1:
            for at in range(len(word.group()) - 1):
                if word.group()[at : at + 2] in wanted:
                    shown.stylize(MARKED, word.start() + at, word.start() + at + 2)
    return shown


def shortened(text: str, most: int = LONGEST_CARD) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def seconds(spent: float) -> str:
    return f"{spent * 1000:.1f} ms" if spent < 1 else f"{spent:.1f} s"


def size(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1e6:.2f} MB"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


# What stays together on a line: a wide character with the punctuation that closes it, a word with the blanks behind it.
PIECE = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\uffee][，。！？、；：」』”’）》】…·]*|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\uffee]+|\n|[^\S\n]+"
)


def flow(text: Text, width: int, indent: int = 0) -> Text:
    """`text` broken into lines of `width` cells, `indent` included; Chinese may break between any two characters."""
    lines = text.divide(breaks(text.plain, max(8, width - indent)))
    for line in lines:
        line.rstrip()
        line.pad_left(indent)
    return Text("\n").join(lines)


def breaks(plain: str, width: int) -> list[int]:
    """Where new lines begin."""
    found: list[int] = []
    used = 0
    for piece in PIECE.finditer(plain):
        if piece.group() == "\n":
            used = 0
            found.append(piece.end())
            continue
        cells = cell_len(piece.group())
        if used and used + cells > width and not piece.group().isspace():
            found.append(piece.start())
            used = 0
        used += cells
    return found


def brief(id: str) -> str:
    """An id as short as a table shows it; commands take it as long as it names one thing only."""
    return id[:SHORT_ID]
