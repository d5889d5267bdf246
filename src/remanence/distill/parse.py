"""A model's reply in; the items of the list it holds out, however it was mangled: fenced, talked around, half quoted, cut off.

Well-formed JSON is read as JSON. All else is read by a forgiving reader in one pass: it takes single and curly quotes,
quotes inside of quotes, trailing and missing commas, bare words, comments, Python's constants and several values in a row,
and of what was cut off it keeps each item that is complete. Pure; time grows linearly with the reply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LONGEST = 400_000
"""Characters of a reply that are read."""
DEEPEST = 40
LISTS = ("claims", "facts", "memories", "items", "results", "notes")
"""Names under which models hand over the list."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply holds. `found`: there was a list, be it empty; `cut`: the reply ends before its JSON does; `echo`: it
    repeats the schema instead of following it."""

    items: tuple[dict[str, Any], ...] = ()
    found: bool = False
    cut: bool = False
    echo: bool = False


def parse(reply: str) -> Parsed:
    """The items of `reply`: those of its list under one of `LISTS`, of a bare list, or items that stand in a row."""
    text = _THOUGHT.sub("", reply[:LONGEST].rpartition("</think>")[2])
    values, cut = _values(text)
    found = [items for value in values if (items := _items(value)) is not None]
    echo = any(map(_is_schema, values))
    return Parsed(tuple(item for items in found for item in items), bool(found), cut, echo)


_THOUGHT = re.compile(r"<think>.*", re.DOTALL)


def _values(text: str) -> tuple[list[Any], bool]:
    """The JSON values of `text`, outermost first, and whether the last was cut off."""
    try:
        return [json.loads(text, strict=False)], False
    except (ValueError, RecursionError):
        reader = _Reader(text)
        return list(reader.values()), reader.cut


def _items(value: Any, depth: int = 0) -> list[dict[str, Any]] | None:
    """The items in `value`; `None` where there is no list of any."""
    if isinstance(value, list):
        items = [item for item in value if isinstance(item, dict) and not _is_schema(item)]
        return items if items or not value else None
    if not isinstance(value, dict) or _is_schema(value):
        return None
    if {"relation", "predicate"} & set(value) and {"object", "value"} & set(value):
        return [value]
    for name in LISTS:
        if name in value:
            return _items(value[name], depth + 1)
    inner = (_items(each, depth + 1) for each in value.values() if isinstance(each, dict) and depth < 2)
    return next((items for items in inner if items is not None), None)


def _is_schema(value: Any, depth: int = 0) -> bool:
    """Whether `value` describes items instead of being one: `{"type": "array", …}`, `{"turn": {"type": "integer"}}`."""
    if isinstance(value, list):
        return depth < 3 and bool(value) and all(_is_schema(each, depth + 1) for each in value)
    if not isinstance(value, dict):
        return False
    if "$schema" in value or isinstance(value.get("properties"), dict) or value.get("type") in _TYPES:
        return True
    return depth < 3 and bool(value) and all(_is_schema(each, depth + 1) for each in value.values())


_TYPES = ("object", "array", "string", "integer", "number", "boolean")

_CUT = object()
"""Stands for an item whose end is missing."""

_BLANK = re.compile(r"(?:[\s,;]|//[^\n]*|/\*[^*]{0,200}\*/)*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s,;}\]]|$)")
_BARE = re.compile(r"[^,:;{}\[\]\n\"]*")
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None, "undefined": None, "nan": None}
_CLOSING = {'"': '"', "'": "'", "“": '”"', "‘": "’'", "`": "`"}
_AFTER_KEY = re.compile(r"\s*:")
_AFTER_VALUE = re.compile(r"\s*(?:\Z|[}\]]|,\s*(?:\Z|[}\]]|[\"'“‘`]?[A-Za-z_]\w*[\"'”’`]?\s*:)|\n\s*[\"'“‘`][A-Za-z_]\w*[\"'”’`]\s*:)")
_AFTER_ELEMENT = re.compile(r"\s*(?:\Z|[\],])")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class _TooDeep(Exception):
    """Nested beyond reason: nobody's list of items."""


class _Reader:
    """Reads what was meant as JSON. `cut` tells whether the text ended inside of a value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.cut = False

    def values(self) -> Iterator[Any]:
        """Each object and list that stands in the text outside of any other."""
        opening = re.compile(r"[{\[]")
        while (start := opening.search(self.text, self.at)) is not None:
            self.at = start.start()
            try:
                value = self.value(0, _AFTER_ELEMENT)
            except _TooDeep:
                return
            if value is not _CUT:
                yield value

    def value(self, depth: int, after: re.Pattern[str]) -> Any:
        if depth > DEEPEST:
            raise _TooDeep
        first = self.text[self.at : self.at + 1]
        if first == "{":
            return self.mapping(depth)
        if first == "[":
            return self.sequence(depth)
        if first in _CLOSING and first:
            return self.string(after)
        return self.bare()

    def mapping(self, depth: int) -> Any:
        """An object. One that is cut off counts only for the lists and objects it holds."""
        self.at += 1
        found: dict[str, Any] = {}
        while self.next() not in ("}", ""):
            if self.peek() == "]":  # a brace was forgotten
                return found
            key = self.string(_AFTER_KEY) if self.peek() in _CLOSING else self.bare()
            if self.next() != ":":
                if self.peek() in ("{", "["):  # no colon between key and value
                    found[str(key)] = self.value(depth + 1, _AFTER_VALUE)
                elif self.peek() == ":" or key == "":
                    self.at += 1
                continue
            self.at += 1
            self.next()
            found[str(key)] = self.value(depth + 1, _AFTER_VALUE)
        if self.peek() == "}":
            self.at += 1
            return found
        self.cut = True
        inner = {key: value for key, value in found.items() if isinstance(value, (dict, list))}
        return inner or _CUT

    def sequence(self, depth: int) -> list[Any]:
        self.at += 1
        found: list[Any] = []
        while self.next() not in ("]", ""):
            if self.peek() in ("}", ":"):  # a bracket was forgotten
                return found
            before = self.at
            value = self.value(depth + 1, _AFTER_ELEMENT)
            if value is not _CUT:
                found.append(value)
            self.at += self.at == before
        if self.peek() == "]":
            self.at += 1
        else:
            self.cut = True
        return found

    def string(self, after: re.Pattern[str]) -> str:
        """A string. A quote ends it only where what must follow a string does follow: others are part of it."""
        closing = _CLOSING[self.text[self.at]]
        start = at = self.at + 1
        while at < len(self.text):
            character = self.text[at]
            if character == "\\":
                at += 2
                continue
            if character in closing and after.match(self.text, at + 1):
                break
            at += 1
        self.at = min(at + 1, len(self.text))
        return _ESCAPE.sub(_unescape, self.text[start:at])

    def bare(self) -> Any:
        """A number, a constant or a word without quotes."""
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return float(number[0]) if set(number[0]) & set(".eE") else int(number[0][:30])
        word = _BARE.match(self.text, self.at)
        assert word is not None
        self.at = word.end()
        said = word[0].strip()
        return _CONSTANTS.get(said.lower(), said)

    def next(self) -> str:
        """The character that follows blanks, commas and comments; empty at the end."""
        blank = _BLANK.match(self.text, self.at)
        assert blank is not None
        self.at = blank.end()
        return self.peek()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _ESCAPED.get(match[2], match[2])
