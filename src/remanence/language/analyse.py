"""Turn text into the terms under which it is stored and sought: words by their stem, Chinese by pairs of characters."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import Stemmer
from numpy.typing import NDArray

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:'[^\W_{_CJK}]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_CJK_RUN = re.compile(rf"[{_CJK}]+")
_STEMMER = Stemmer.Stemmer("english", 0)

STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between both but by can could
    did do does doing don't during each few for from further had has have having he her here hers herself him himself
    his how i i'd i'll i'm i've if in into is isn't it it's its itself just let let's me more most my myself no nor not
    of off on once only or other our ours out over own same she should so some such than that that's the their theirs
    them then there there's these they they're this those through to too under until up very was wasn't we we'll we're
    we've were what what's when where which while who whom whose why will with would you you'd you'll you're you've
    your yours yourself yourselves""".split()
)


def terms(text: str) -> list[str]:
    """The terms of `text` in order, without stop words; writing and asking use the same."""
    return list(_terms(normalise(text)))


def normalise(text: str) -> str:
    """Compatibility form, lower case, one kind of apostrophe."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()


def _terms(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        if _IS_CJK.match(token):
            yield from _pairs(token)
        elif token not in STOP_WORDS:
            yield stem(token)


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The Snowball English stem of a lower-case word."""
    stemmed: str = _STEMMER.stemWord(word)
    return stemmed


def is_chinese(text: str) -> bool:
    """Whether half of what `text` says, or more, is in Chinese characters; a character weighs as two letters."""
    chinese = sum(map(len, _CJK_RUN.findall(text)))
    return chinese > 0 and 2 * chinese >= sum(character.isalpha() for character in text) - chinese


def has_chinese(text: str) -> bool:
    """Whether any character of `text` is Chinese."""
    return _IS_CJK.search(text) is not None


@lru_cache(maxsize=1 << 17)
def hashed(term: str) -> int:
    """The 32-bit hash that stands for a term in the store: it needs no dictionary that could outlive an erased text."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def hashes(text: str) -> NDArray[np.uint32]:
    """Hashes of the terms of `text` in reading order, shape [length]."""
    return np.fromiter((hashed(term) for term in terms(text)), dtype=np.uint32)
