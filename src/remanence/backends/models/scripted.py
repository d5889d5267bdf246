"""Replies written down beforehand come in; they go out one by one, or to the ask each was recorded for. For tests and replays."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from remanence.errors import BackendFailed, BadInput
from remanence.ports import Ask, LanguageModel, Reply

Line = str | Reply | BackendFailed | Callable[[Ask], str]
"""A reply, a failure, or what makes a reply of the ask."""


class Scripted:
    """A model that says what it was given to say; a list of lines, or a JSONL file as `Recording` writes it.

    A line recorded for an ask answers that ask, however often; the others answer in their order, once each. `asks` keeps
    what was asked.
    """

    def __init__(self, replies: Iterable[Line] | str | Path, name: str | None = None) -> None:
        self.asks: list[Ask] = []
        if isinstance(replies, (str, Path)):
            self.name = name or Path(replies).stem
            recorded = list(_read(Path(replies)))
        else:
            self.name = name or "scripted"
            recorded = [("", line) for line in replies]
        self._known = {key: line for key, line in recorded if key}
        self._lines = [line for key, line in recorded if not key]
        self._count = len(self._lines)
        self._lock = threading.Lock()

    def reply(self, ask: Ask) -> Reply:
        """Raises `BackendFailed` where the script says so, or has nothing left."""
        with self._lock:
            self.asks.append(ask)
            line = self._known.get(ask.key)
            if line is None:
                if not self._lines:
                    raise BackendFailed(f"The script {self.name!r} has no reply left (it had {self._count}) and none for this ask.")
                line = self._lines.pop(0)
        if isinstance(line, BackendFailed):
            raise line
        if isinstance(line, Reply):
            return line
        return Reply(line if isinstance(line, str) else line(ask))


class Recording:
    """A model that writes down what another one replies, a line of JSON each, for `Scripted` to say again."""

    def __init__(self, model: LanguageModel, path: str | Path) -> None:
        self.name = model.name
        self._model, self._path, self._lock = model, Path(path), threading.Lock()

    def reply(self, ask: Ask) -> Reply:
        reply = self._model.reply(ask)
        said = {
            "ask": ask.key,
            "text": reply.text,
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "seconds": round(reply.seconds, 3),
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said, ensure_ascii=True) + "\n")
        return reply


def _read(path: Path) -> Iterable[tuple[str, Line]]:
    """The lines of a file, each with the key of the ask it was recorded for, if any."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The recorded replies {str(path)!r} cannot be read ({error}).") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _line(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                raise BadInput(f"{path}:{number} is not a recorded reply ({error}); write {EXAMPLE} there.") from None


EXAMPLE = '{"text": "…"}'


def _line(said: Any) -> tuple[str, Line]:
    if isinstance(said, str):
        return "", said
    if "error" in said:
        return str(said.get("ask", "")), BackendFailed(str(said["error"]))
    reply = Reply(str(said["text"]), int(said.get("tokens_in", 0)), int(said.get("tokens_out", 0)), float(said.get("seconds", 0)))
    return str(said.get("ask", "")), reply
