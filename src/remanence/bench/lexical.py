"""The lexical peer: Okapi BM25 as the reference table of LoCoMo reckons it, over any texts, growing as they come.

k1 1.2, b 0.75, idf log(1 + (N - n + ½) / (n + ½)), a short list of stop words, light suffix stripping. Chinese, which the
reference does not have, is read by pairs of characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

K1, B = 1.2, 0.75
_STOP_WORDS = """a an the is are was were be been of in on at to for and or did do does what when where who how which that
this it i you he she they we his her their my your with from as by has have had"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
SUFFIXES = ("ing", "edly", "ed", "es", "ly", "s")
SHORTEST_STEM = 3

_PIECE = re.compile("[a-z0-9']+|[\u3400-\u4dbf\u4e00-\u9fff]+")


def tokens(text: str) -> list[str]:
    """The tokens of `text`, without stop words."""
    found: list[str] = []
    for piece in _PIECE.findall(text.lower()):
        if piece[0] >= "\u3400":
            found.extend(piece[at : at + 2] for at in range(max(1, len(piece) - 1)))
        elif piece not in STOP_WORDS:
            found.append(stripped(piece))
    return found


def stripped(word: str) -> str:
    """`word` without its ending, where at least three letters are left."""
    return next((word[: -len(end)] for end in SUFFIXES if word.endswith(end) and len(word) - len(end) >= SHORTEST_STEM), word)


class Bm25:
    """Texts by number, in the order added."""

    def __init__(self) -> None:
        self._postings: dict[str, tuple[list[int], list[int]]] = {}
        self._lengths: list[int] = []

    def add(self, text: Sequence[str]) -> None:
        """One more text, as tokens."""
        for token, count in Counter(text).items():
            rows, counts = self._postings.setdefault(token, ([], []))
            rows.append(len(self._lengths))
            counts.append(count)
        self._lengths.append(len(text))

    def scores(self, question: Sequence[str]) -> NDArray[np.float64]:
        """The score of every text; a token asked for twice counts twice."""
        lengths = np.array(self._lengths, np.float64)
        total = np.zeros(len(lengths))
        average = max(lengths.mean(), 1e-9) if len(lengths) else 1.0
        for token, times in Counter(question).items():
            if token not in self._postings:
                continue
            rows, counts = (np.array(part) for part in self._postings[token])
            idf = np.log(1 + (len(lengths) - len(rows) + 0.5) / (len(rows) + 0.5))
            total[rows] += times * idf * counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths[rows] / average))
        return total
