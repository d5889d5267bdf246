"""Memories by the million for measuring cost: a seed comes in, texts and stand-in vectors go out. Not language: only its shape.

Words: those of the vendored MemoryBank sample (English words, Chinese pairs of characters), most frequent first, then
invented ones; drawn by Zipf's law with exponent 1. Seven texts in ten are English.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1_000
VOCABULARY = 30_000
ENGLISH_SHARE = 0.7
NOISE = 0.6
"""Length of the noise added to a unit vector: the cosine between a stand-in and its origin is 0.86."""
PER_SESSION = 20

_SYLLABLES = [first + vowel + last for first in "bdfgklmnprstvz" for vowel in "aeiou" for last in ("", "n", "r", "s")]


class Texts:
    """Text number i is the same for the same seed, whichever are asked for."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        english, chinese = _words()
        self._vocabularies = (_filled(english, seed), np.array(chinese))
        self._chances = [_zipf(len(words)) for words in self._vocabularies]

    def block(self, number: int) -> list[str]:
        """Texts `number` × `BLOCK` and on."""
        rng = np.random.default_rng((self._seed, number))
        is_english = rng.random(BLOCK) < ENGLISH_SHARE
        lengths = np.clip(rng.lognormal(2.7, 0.5, BLOCK).astype(int), 4, 80)
        texts = [""] * BLOCK
        for language, rows in enumerate((np.flatnonzero(is_english), np.flatnonzero(~is_english))):
            places = np.searchsorted(self._chances[language], rng.random(int(lengths[rows].sum())))
            words = iter(self._vocabularies[language][places].tolist())
            for row in rows:
                texts[row] = (" " if language == 0 else "").join(next(words) for _ in range(lengths[row]))
        return texts

    def first(self, count: int) -> Iterator[str]:
        """Texts 0 to `count` - 1."""
        for number in range(-(-count // BLOCK)):
            yield from self.block(number)[: count - number * BLOCK]

    def questions(self, count: int, among: int) -> list[tuple[int, str]]:
        """`count` questions with the number of the text each is about: a third of its words, at least two, at most eight."""
        rng = np.random.default_rng((self._seed, among, count))
        found = []
        for number in rng.integers(among, size=count).tolist():
            text = self.block(number // BLOCK)[number % BLOCK]
            is_english = " " in text
            words = text.split() if is_english else [text[at : at + 2] for at in range(0, len(text), 2)]
            taken = rng.choice(words, size=min(8, max(2, len(words) // 3)), replace=False)
            found.append((number, (" " if is_english else "").join(taken.tolist())))
        return found


def messages(texts: Sequence[str], first: int = 0) -> Iterator[dict[str, Any]]:
    """`texts` as a user's messages, a minute apart, twenty to a session."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    for number, text in enumerate(texts, first):
        said_at = (start + timedelta(minutes=number)).isoformat()
        yield {"role": "user", "content": text, "said_at": said_at, "session": f"s{number // PER_SESSION}", "key": str(number)}


class StandIn:
    """The `Embedder` port without a model: a text's vector is one of a few thousand real ones, disturbed; both by its hash."""

    def __init__(self, real: NDArray[np.float32]) -> None:
        self._real = real
        self.name, self.dimension = "stand-in", real.shape[1]
        self._held: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            held = self._held.get(text)
            vectors[row] = self._made(text) if held is None else held
        return vectors

    def hold(self, texts: Sequence[str]) -> None:
        """Make the vectors of `texts` now, so that asking with them costs nothing later."""
        self._held = dict(zip(texts, self.embed(texts), strict=True))

    def _made(self, text: str) -> NDArray[np.float32]:
        code = zlib.crc32(text.encode())
        noise = np.random.Generator(np.random.PCG64(code)).standard_normal(self.dimension, dtype=np.float32)
        vector = self._real[code % len(self._real)] + NOISE * noise / np.linalg.norm(noise)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _words() -> tuple[list[str], list[str]]:
    """English words and pairs of Chinese characters of the sample, most frequent first."""
    sample = json.loads((files("remanence.bench") / "data" / "memorybank_sample.json").read_text(encoding="utf-8"))
    written = "\n".join(_strings(sample["languages"]))
    english = Counter(re.findall(r"[a-z]+(?:'[a-z]+)?", written.lower()))
    chinese = Counter(run[at : at + 2] for run in re.findall("[\u4e00-\u9fff]{2,}", written) for at in range(len(run) - 1))
    return [word for word, _ in english.most_common()], [pair for pair, _ in chinese.most_common()]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from _strings(held)
    elif isinstance(value, list):
        for held in value:
            yield from _strings(held)


def _filled(words: list[str], seed: int) -> NDArray[Any]:
    """`words` and, behind them, invented ones, `VOCABULARY` in all."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(_SYLLABLES), size=(2 * VOCABULARY, 3)).tolist()
    invented = (_SYLLABLES[one] + _SYLLABLES[two] + _SYLLABLES[three] for one, two, three in drawn)
    return np.array(list(islice(dict.fromkeys([*words, *invented]), VOCABULARY)))


def _zipf(count: int) -> NDArray[np.float64]:
    """Cumulative chances of ranks 1 to `count`."""
    chances = np.cumsum(1.0 / np.arange(1, count + 1))
    return np.asarray(chances / chances[-1], np.float64)
