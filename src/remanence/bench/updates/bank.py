"""The sentences and words of one language: a TOML file in, the development or the test half of every list out.

A string belongs to a half by its hash alone, so that none moves when others are added.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from remanence.errors import BadInput

LANGUAGES = ("en", "zh")
BANKS = ("test", "dev", "all")
SALT = "remanence updates 970"
TYPE_OF = {
    "lives_in": "places", "staying_in": "places", "works_at": "organisations", "job": "jobs", "boss": "people", "born_in": "places",
    "allergic_to": "allergens", "plays": "instruments", "pet": "pets", "likes": "topics", "dislikes": "topics",
}  # fmt: skip
"""The list of words that holds a relation's values; favourites have one per qualifier, birthdays are made."""
WHOLE = ("animals", "roles")
"""Lists that are not split: they are the frame of a sentence, not what is asked for."""


@dataclass(frozen=True, slots=True)
class Bank:
    """One half of a language's strings (or all of them): `sentences` by family and event, `words` by type."""

    language: str
    half: str
    sentences: Mapping[str, Mapping[str, tuple[str, ...]]]
    words: Mapping[str, tuple[str, ...]]
    favourites: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, str]

    def values(self, relation: str, qualifier: str = "") -> tuple[str, ...]:
        """What may fill the slots of `relation`."""
        return self.favourites[qualifier] if relation == "favourite" else self.words[TYPE_OF[relation]]


def half_of(text: str) -> str:
    """The bank that `text` belongs to."""
    return ("dev", "test")[hashlib.sha256(f"{SALT}\n{text}".encode()).digest()[0] & 1]


@cache
def bank(language: str, half: str = "test") -> Bank:
    """The strings of `language` in `half`: "dev", "test" or "all". Raises `BadInput` for another word."""
    if half not in BANKS:
        raise BadInput(f"There is no bank {half!r}. There are: {', '.join(BANKS)}.")
    if language not in LANGUAGES:
        raise BadInput(f"There are no sentences in {language!r}. There are: {', '.join(LANGUAGES)}.")
    tables = _tables(language)
    words = dict(tables.pop("lexicon"))
    favourites = words.pop("favourite")
    questions = tables.pop("question")
    return Bank(
        language, half,
        _frozen({family: _frozen({event: _kept(held, half) for event, held in events.items()}) for family, events in tables.items()}),
        _frozen({name: tuple(held) if name in WHOLE else _kept(held, half) for name, held in words.items()}),
        _frozen({qualifier: _kept(held, half) for qualifier, held in favourites.items()}),
        _frozen(questions),
    )  # fmt: skip


def _tables(language: str) -> dict[str, Any]:
    return tomllib.loads((files("remanence.bench") / "data" / f"updates_{language}.toml").read_text(encoding="utf-8"))


def _kept(strings: Sequence[str], half: str) -> tuple[str, ...]:
    return tuple(text for text in strings if half in ("all", half_of(text)))


def _frozen(held: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(held)
