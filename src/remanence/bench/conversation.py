"""What every conversational task gives its systems: turns, in sessions, in order of time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from remanence.errors import BadInput

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `id` is what gold evidence names; several turns may share one (a question with its reply)."""

    id: str
    session: str
    said_at: datetime
    speaker: str
    words: str
    caption: str | None = None
    role: str = "user"

    @property
    def text(self) -> str:
        """The words, with what a shared picture shows."""
        return f"{self.words} [image: {self.caption}]" if self.caption else self.words


@dataclass(frozen=True, slots=True)
class Conversation:
    """`name`: what the data calls it, also how a ranker's training folds name it."""

    name: str
    sessions: tuple[tuple[Turn, ...], ...]

    @property
    def turns(self) -> list[Turn]:
        return [turn for session in self.sessions for turn in session]


def distinct(labels: Sequence[str]) -> list[str]:
    """Each label once, at its first place."""
    return list(dict.fromkeys(labels))


def thinned(items: Sequence[T], limit: int | None) -> Sequence[T]:
    """At most `limit` items, evenly spaced; all of them without a limit."""
    if limit is None or len(items) <= limit:
        return items
    return [items[at * len(items) // limit] for at in range(limit)]


def read_json(path: Path) -> Any:
    """The value in a `.json` or `.json.gz` file. Raises `BadInput`."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as reason:
        raise BadInput(f"{path} cannot be read as JSON: {reason}.") from reason


def data_files(data: Path | None, task: str, pattern: str) -> list[Path]:
    """The files of `task` under `data`: `data` itself when it is a file, else what matches in DATA/TASK or in DATA."""
    if data is None:
        raise BadInput(f"The task {task!r} needs its data: `remanence bench {task} --data DIR`, where DIR or DIR/{task} holds {pattern}.")
    if data.is_file():
        return [data]
    for folder in (data / task, data):
        if found := sorted(path for path in folder.glob(pattern) if path.is_file()):
            return found
    raise BadInput(f"There is no {pattern} in {data} or {data / task}.")
