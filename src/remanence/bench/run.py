"""Run a task by its name: the files in `tasks/` are the registry; each says its views and yields rows."""

from __future__ import annotations

import pkgutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from rich.console import Console

from remanence.backends.registry import DEFAULT, resolve
from remanence.bench import tasks
from remanence.bench.peers.install import default_folder
from remanence.bench.report import Result
from remanence.bench.systems import Setup
from remanence.errors import BadInput
from remanence.ports import Embedder, Progress

TASKS = tuple(sorted(module.name for module in pkgutil.iter_modules(tasks.__path__)))


class Recipe(NamedTuple):
    """An embedder's name, or an embedder that can be pickled, and its threads."""

    given: Embedder | str
    threads: int

    def make(self) -> Embedder:
        made = resolve(self.given, threads=self.threads)
        if made is None:
            raise BadInput("A bench compares dense systems too; name an embedder.")
        return made


@dataclass(frozen=True, slots=True)
class Options:
    """How a task is run. `recipe`: what `embedder` was resolved from, for other processes to do the same; `systems` empty: those
    that need no installing; `limit`: at most so many questions a conversation; `sizes`: memories, for `cost`, or worlds, for
    `updates`; `bank`: whose sentences `updates` uses; `split`: which labels `distill` is held to; `peer_seconds`: the time a
    peer gets in `cost`; `work`: a folder to write in, gone afterwards.
    """

    embedder: Embedder
    recipe: Recipe
    work: Path
    data: Path | None = None
    seed: int = 0
    systems: tuple[str, ...] = ()
    limit: int | None = None
    sizes: tuple[int, ...] = ()
    bank: str = "test"
    split: str = "test"
    peers: Path = field(default_factory=default_folder)
    peer_seconds: float = 120.0
    progress: Progress | None = None

    @property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def setup(self, embedder: Embedder | None = None) -> Setup:
        return Setup(embedder or self.embedder, self.peers, self.work)

    def report(self, stage: str, done: float) -> None:
        if self.progress is not None:
            self.progress(stage, min(1.0, done))


def run(
    task: str,
    data: str | Path | None = None,
    *,
    seed: int = 0,
    systems: Sequence[str] = (),
    limit: int | None = None,
    sizes: Sequence[int] = (),
    bank: str = "test",
    split: str = "test",
    peers: str | Path | None = None,
    peer_seconds: float = 120.0,
    embedder: Embedder | str = DEFAULT,
    threads: int = 1,
    work: str | Path | None = None,
    progress: Progress | None = None,
    keep: Callable[[Result], None] | None = None,
) -> Result:
    """Run `task` on `data` and return its rows. `work`: an existing folder for databases (default: the system's temporary one).
    `keep` is given what there is after every row: long runs lose nothing to a peer that fails at their end.

    Raises `BadInput` for an unknown task or system, or data that cannot be read; `BackendFailed` where a peer fails.
    """
    if limit is not None and limit < 1:
        raise BadInput(f"limit={limit} leaves no question; give at least 1.")
    module = _module(task)
    recipe = Recipe(embedder, threads)
    ready = recipe.make()
    with tempfile.TemporaryDirectory(prefix="remanence-bench-", dir=work) as folder:
        options = Options(
            embedder=ready, recipe=recipe, work=Path(folder), data=None if data is None else Path(data), seed=seed, systems=tuple(systems),
            limit=limit, sizes=tuple(sizes), bank=bank, split=split, peers=default_folder() if peers is None else Path(peers),
            peer_seconds=peer_seconds, progress=progress,
        )  # fmt: skip
        settings = {"embedder": ready.name, "threads": threads, "limit": limit, **module.settings(options)}
        result = Result(task, seed, (), tuple(module.NOTES), settings)
        for row in module.rows(options):
            result = replace(result, rows=(*result.rows, row))
            if keep is not None:
                keep(result)
        return result


def bench(
    task: str, data: str | Path | None = None, *, json: str | Path | None = None, console: Console | None = None, **given: object
) -> Result:
    """Run `task`, print its tables, write the JSON to `json` if named, anew after every row. `given` as for `run`."""
    keep = None if json is None else lambda result: result.write(Path(json))
    result = run(task, data, keep=keep, **given)  # type: ignore[arg-type]
    result.show(_module(task).VIEWS, console)
    return result


def _module(task: str) -> ModuleType:
    if task not in TASKS:
        raise BadInput(f"There is no task {task!r}. There are: {', '.join(TASKS)}.")
    return import_module(f"remanence.bench.tasks.{task}")
