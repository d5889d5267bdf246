"""Files and standard input come in; experiences that `record` takes go out. The suffix says what a file holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remanence.errors import BadInput

FORMATS = ("text", "markdown", "json", "jsonl")
SUFFIXES = {
    ".md": "markdown", ".markdown": "markdown", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Stream:
    """Experiences one by one; `total` is `None` where it cannot be known before."""

    items: Iterator[object]
    total: int | None


def read(name: str, format: str | None = None) -> object | Stream:
    """What the file `name` holds: a `Stream` for JSON Lines, a value for JSON, a `Document` for the rest. Raises `BadInput`."""
    format = format or SUFFIXES.get(Path(name).suffix.lower(), "text")
    if format == "jsonl":
        return Stream(_json_lines(name), None if name == STDIN else count_lines(name))
    from remanence.record.intake import Document

    content = _content(name)
    if format == "json":
        value: object = parsed(content, name)
        return value
    if name == STDIN:
        document: object = Document(content, format="markdown")
        return document if format == "markdown" else content
    return Document(content, title=Path(name).stem, format="markdown" if format == "markdown" else "text")


def lines(name: str) -> Iterator[str]:
    """The lines of a file or of standard input, read as they are needed. Raises `BadInput`."""
    try:
        if name == STDIN:
            yield from sys.stdin
        else:
            with Path(name).open(encoding="utf-8-sig") as file:
                yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(name, error) from error


def count_lines(name: str) -> int:
    """How many lines a file has. Raises `BadInput`."""
    try:
        with Path(name).open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError as error:
        raise unreadable(name, error) from error


def parsed(content: str, place: str) -> Any:
    """The JSON value in `content`. Raises `BadInput` naming `place`."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{place} is not JSON: {error}.") from error


def unreadable(name: str, error: OSError | UnicodeDecodeError) -> BadInput:
    """The error to raise for a file that cannot be read as text."""
    if isinstance(error, UnicodeDecodeError):
        return BadInput(f"{name} is not UTF-8 text: {error.reason} at byte {error.start}. Convert it to UTF-8 first.")
    return BadInput(f"{name} cannot be read: {error.strerror or error}.")


def _content(name: str) -> str:
    try:
        return sys.stdin.read() if name == STDIN else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(name, error) from error


def _json_lines(name: str) -> Iterator[object]:
    for number, line in enumerate(lines(name), start=1):
        if line.strip():
            yield parsed(line, f"{name}, line {number},")
