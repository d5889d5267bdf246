"""The global options of the command line, resolved: which memory to open, through which scope, and how to speak."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remanence.errors import NotFound, StoreError
from remanence.operations import Operation, as_json

if TYPE_CHECKING:
    from rich.console import Console

    from remanence.memory import Memory
    from remanence.ports import Embedder, Progress

PIPE_WIDTH = 120  # columns where no terminal says how wide it is
NO_EMBEDDER = "none"
CREATING = frozenset({"record", "import"})


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one command is carried out. `db`: `None` means the user's own memory."""

    db: Path | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    embedder: str | None = None
    is_json: bool = False
    is_plain: bool = False
    relations: str | None = None

    @property
    def file(self) -> Path:
        return self.db if self.db is not None else data_folder() / "memory.db"

    def open(self, wanted: Operation) -> Memory:
        """The memory for one operation, narrowed to the scope. Raises `NotFound` where there is none to read."""
        from remanence.memory import Memory

        if not self.file.exists():
            if wanted.name not in CREATING:
                raise NotFound(f"There is no memory at {self.file}. Record something first, or name another file with --db.")
            if self.db is None:
                make_folder(self.file.parent)
        embedder = self.named_embedder() if wanted.embeds else None
        memory = Memory(self.file, embedder=embedder, replace_embedder=wanted.name == "reindex", relations=self.relations)
        try:
            return memory.scope(**self.scope)
        except BaseException:
            memory.close()
            raise

    def named_embedder(self) -> Embedder | str | None:
        """What --embedder names; the default where it names nothing."""
        from remanence.backends.registry import DEFAULT

        return None if self.embedder == NO_EMBEDDER else self.embedder or DEFAULT

    def say(self, result: Any) -> None:
        """One JSON document on standard output."""
        sys.stdout.write(json.dumps(as_json(result), ensure_ascii=False, allow_nan=False, indent=2) + "\n")

    def page(self, markup: bool = False) -> Console:
        """Where people read: standard output."""
        return _console(self.is_plain, is_stderr=False, markup=markup)

    def aside(self, markup: bool = False) -> Console:
        """Where progress and questions go: standard error."""
        return _console(self.is_plain, is_stderr=True, markup=markup)

    @contextmanager
    def progress(self, stage: str) -> Iterator[Progress]:
        """A progress bar on standard error while the block runs, where somebody is looking; gives the function that moves it."""
        from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
        console = self.aside()
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
            task = bars.add_task(stage, total=None)

            def move(stage: str, done: float) -> None:
                bars.update(task, description=stage, completed=done, total=1.0 if done > 0 else None)

            yield move


def data_folder() -> Path:
    """The folder for the user's own memory, by this system's convention."""
    from platformdirs import user_data_dir

    return Path(user_data_dir("remanence", appauthor=False))


def make_folder(folder: Path) -> None:
    """Create `folder` where it is missing. Raises `StoreError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be made ({error.strerror}). Name another file with --db.") from error


def _console(is_plain: bool, is_stderr: bool, markup: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=is_stderr, no_color=is_plain or None, highlight=False, markup=markup, emoji=False)
    if not console.is_terminal and console.width == 80:
        console.width = PIPE_WIDTH
    return console
