"""Cut a text into its sentences, in English and Chinese, each with its place and with what its framing says of its truth. Pure.

Left out altogether: code between back-ticks, quoted lines (">"), bracketed asides of programs ("[image: …]"), lines that no
one would call a sentence. Framing is of two kinds: words that make all that follows a play ("let's pretend", "in my novel",
角色扮演) and words that take back the one sentence they stand in ("yeah right", "/s", 才怪). Both are data, in
`rules/framing.toml`. Work is bounded: no more than `MOST_CHARACTERS` of a text are read, no sentence beyond `LONGEST`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib import resources
from typing import NamedTuple

MOST_CHARACTERS = 50_000
"""How much of a text is read."""
LONGEST = 1_200
"""A sentence of more characters is a list, a log or a paste: it is left alone."""
NOT_MEANT = 0.3
"""The certainty of words that may not be meant."""


class Saying(NamedTuple):
    """A sentence with what must be known to read it."""

    text: str
    start: int
    """Where the sentence begins in the episode's text."""
    me: str
    """Whom the first person means."""
    you: str | None
    """Whom the second person means, where that is known."""
    said_at: datetime
    certainty: float = 1.0
    """Less than 1 where the framing (quotation, role-play, fiction, sarcasm) casts doubt."""
    others: tuple[str, ...] = ()
    """Persons named earlier in this turn, the latest last."""


class Sentence(NamedTuple):
    """`text` is the episode's text from `start`; `certainty` is less than 1 where the framing casts doubt on it."""

    text: str
    start: int
    certainty: float = 1.0


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of `text` (its first `MOST_CHARACTERS`), in order."""
    text = _without(text[:MOST_CHARACTERS])
    quoted = quotations(text)
    framing, is_play, is_tale = _framing(), False, False
    for start, end in _bounds(text, quoted):
        said = text[start:end]
        if not said or end - start > LONGEST or not _LETTER.search(said):
            continue
        plain = said.replace("’", "'")
        if framing.ends.search(plain):
            is_play = False
        is_play = is_play or framing.plays.search(plain) is not None
        is_tale = is_tale and not _FIRST_PERSON.search(plain)
        is_meant = not (is_play or is_tale or framing.doubts.search(plain))
        if framing.tales.search(plain):
            is_meant, is_tale = is_meant and _FIRST_PERSON.search(plain) is not None, True
        yield Sentence(said, start, 1.0 if is_meant else NOT_MEANT)


def quotations(text: str) -> list[tuple[int, int]]:
    """The stretches of `text` that stand in quotation marks, marks included, in order. Titles in 《》 are none."""
    if not _ANY_QUOTE.search(text):
        return []
    return [match.span() for match in _QUOTE.finditer(text)]


def is_question(sentence: str) -> bool:
    """Whether the sentence ends as a question does."""
    return _QUESTION.search(sentence) is not None


def _bounds(text: str, quoted: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends, blanks at both ends left out."""
    start, open_quotes = 0, iter([*quoted, (len(text) + 1, len(text) + 1)])
    quote = next(open_quotes)
    for match in _END.finditer(text):
        while quote[1] <= match.start():
            quote = next(open_quotes)
        if quote[0] < match.start() < quote[1] and (match.end() < quote[1] or _GOES_ON.match(text, quote[1])):
            continue
        if match[0][0] == "." and _is_abbreviation(text, match):
            continue
        yield _trimmed(text, start, match.end())
        start = match.end()
    yield _trimmed(text, start, len(text))


def _is_abbreviation(text: str, stop: re.Match[str]) -> bool:
    before = text[max(0, stop.start() - 12) : stop.start() + 1]
    return _ABBREVIATION.search(before) is not None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    bare = said.lstrip(_BLANK)
    return end - len(bare), end - len(bare) + len(bare.rstrip(_BLANK))


def _without(text: str) -> str:
    """`text` with code, quoted lines and asides as blanks of the same length: places stay as they are."""
    if not _MARKS.search(text):
        return text
    return _ASIDE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]) if "\n" in match[0] else "\n" * len(match[0]), text)


class _Framing(NamedTuple):
    plays: re.Pattern[str]
    tales: re.Pattern[str]
    ends: re.Pattern[str]
    doubts: re.Pattern[str]


@cache
def _framing() -> _Framing:
    tables = tomllib.loads(resources.files("remanence.distill").joinpath("rules/framing.toml").read_text("utf-8"))
    return _Framing(*(re.compile("|".join(tables[name].split("\n")[:-1]), re.IGNORECASE) for name in ("plays", "tales", "ends", "doubts")))


_BLANK = " \t\r\n\u00a0\u3000*_#•·-–—"
_FIRST_PERSON = re.compile(r"\b[Ii]\b|我")
_LETTER = re.compile(r"[^\W\d_]")
_ANY_QUOTE = re.compile('["“”「『]')
_QUOTE = re.compile(r"\"[^\"\n]{1,400}\"|“[^”\n]{1,400}”|「[^」\n]{1,400}」|『[^』\n]{1,400}』")
_END = re.compile(r"(?:\.{1,6}|[!?]{1,9}|…{1,3})[\"”’')\]]{0,3}(?=\s|$)|[。！？!?]{1,6}[”」』）\"]{0,3}|\n[\s]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|approx|no|dept|inc|ltd|co|e\.g|i\.e|a\.m|p\.m|u\.s|u\.k)|\b[A-Z])\.$", re.IGNORECASE
)
_GOES_ON = re.compile(r" ?[a-z,，、的]|[\u4e00-\u9fff]")
_QUESTION = re.compile(r"[?？][\"”’')\]）」』!！\s]*$")
_MARKS = re.compile(r"`|\[|^[ \t]*>|https?://", re.MULTILINE)
_ASIDE = re.compile(
    r"```[\s\S]*?(?:```|\Z)|`[^`\n]{1,300}`|^[ \t]*>[^\n]*|\[(?:image|audio|file|video|calls|refuses)\b[^\]\n]{0,400}\]|https?://\S{1,400}",
    re.MULTILINE | re.IGNORECASE,
)
