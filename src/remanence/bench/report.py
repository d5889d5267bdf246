"""What a bench found, as the one JSON shape and as tables: rows of one system on one split, with where the numbers came from."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import remanence
from remanence.bench.metrics import Spread

VERSION = 1
"""Of the JSON shape."""


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one split. Scores are per cent; other metrics carry their unit in the name."""

    system: str
    split: str
    metrics: dict[str, float]
    spread: Spread = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """One printed table: these metrics on these splits; names ending in "*" stand for all that begin so."""

    title: str
    splits: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A task's rows and their parents: what was run, by which code, on which machine. `notes` say how to read them.

    Made when the run begins: `commit` is that of the code that was loaded, whatever is committed while it runs.
    """

    task: str
    seed: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    commit: str = field(default_factory=lambda: commit_of_code())

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape; a number that does not exist is null."""
        return {
            "task": self.task,
            "version": VERSION,
            "commit": self.commit,
            "seed": self.seed,
            "machine": machine(),
            "settings": self.settings,
            "notes": list(self.notes),
            "rows": [_finite(asdict(row)) for row in self.rows],
        }

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def show(self, views: Sequence[View], console: Console | None = None) -> None:
        """Print the tables that have rows."""
        console = console or Console()
        for view in views:
            if rows := [row for row in self.rows if _matches(row.split, view.splits)]:
                console.print(_table(view, rows))
        for note in self.notes:
            console.print(f"[dim]· {note}[/dim]", highlight=False)


def commit_of_code() -> str:
    """The commit that is checked out, "+" behind it where files differ from it; without git, the package's version."""
    here = Path(__file__).parent
    asked = ["git", "-C", str(here), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
        tracked = subprocess.run(
            ["git", "-C", str(here), "ls-files", "--error-unmatch", Path(__file__).name], capture_output=True, check=False, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return remanence.__version__
    return found if tracked.returncode == 0 else remanence.__version__


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1) if hasattr(os, "sysconf") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(held) for name, held in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns)


def _table(view: View, rows: Sequence[Row]) -> Table:
    metrics = list(dict.fromkeys(name for pattern in view.metrics for row in rows for name in row.metrics if _matches(name, (pattern,))))
    table = Table(title=view.title, title_justify="left", header_style="bold")
    table.add_column("split")
    table.add_column("system")
    for name in metrics:
        table.add_column(name, justify="right")
    for row in sorted(rows, key=lambda row: _place(row.split, view.splits)):
        style = "bold green" if row.system == "remanence" else ""
        table.add_row(row.split, row.system, *(_shown(row.metrics.get(name)) for name in metrics), style=style)
    return table


def _place(split: str, splits: Sequence[str]) -> int:
    return next(at for at, pattern in enumerate(splits) if _matches(split, (pattern,)))


def _shown(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
