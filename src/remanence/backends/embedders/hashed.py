"""Texts come in; hashed counts of their words and letters go out as unit vectors. No model, no weights, no learning.

It sees shared spelling, not meaning. Signed hashing as in Weinberger et al. 2009 (arXiv 0902.2206).
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from remanence.backends.embedders import well_formed
from remanence.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = re.compile(r"\w+")
# Scripts written without spaces, where letters stand for words: kana, Han.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
MAX_CHARACTERS = 16_384


class HashedNgrams:
    """Words, letter triples of words, and single and paired Han characters, hashed into `dimension` axes.

    Instant, and the same on every machine. Texts are read up to 16,384 characters.
    """

    def __init__(self, dimension: int | str = 1024) -> None:
        if not str(dimension).isdecimal() or int(dimension) < 2:
            raise BadInput(f"dimension is a whole number of at least 2, not {dimension!r}.")
        self.dimension = int(dimension)
        self.name = f"hashed-ngrams/{self.dimension}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[len(texts), dimension], rows of unit length, in the order given."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for term, count in Counter(terms(text)).items():
                code = zlib.crc32(term.encode())
                row[(code >> 1) % self.dimension] += math.sqrt(count) * (1 if code & 1 else -1)
            # A text without a letter, or whose terms cancel out, still needs a direction.
            row[0] += not row.any()
            row /= np.linalg.norm(row)
        return vectors


def terms(text: str) -> Iterator[str]:
    """What is counted. A mark before each kind keeps words, triples and characters apart."""
    for match in WORD.finditer(unicodedata.normalize("NFKC", well_formed(text[:MAX_CHARACTERS])).casefold()):
        word = match.group()
        if UNSPACED.search(word):
            yield from (f"c{letter}" for letter in word)
            yield from (f"p{word[at : at + 2]}" for at in range(len(word) - 1))
        else:
            yield f"w{word}"
            framed = f"<{word}>"
            yield from (f"t{framed[at : at + 3]}" for at in range(len(framed) - 2))
