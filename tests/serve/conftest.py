"""A command line on a memory of this test's own: words go in, what a person or a program reads comes out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from remanence.serve.cli import cli

Run = Callable[..., Result]
Told = Callable[..., Any]


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Shanghai, and nothing set from outside."""
    for name in [name for name in os.environ if name.startswith("REMANENCE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


@pytest.fixture
def run(db: Path) -> Run:
    """Run a command on this test's memory, searching by words alone."""

    def run(*words: str, input: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        return CliRunner().invoke(cli, ["--db", str(db), "--embedder", "none", *words], input=input, env=env)

    return run


@pytest.fixture
def told(run: Run) -> Callable[..., Any]:
    """What a command says in JSON, which is one document and nothing else."""

    def told(*words: str, input: str | None = None) -> Any:
        done = run(*words, "--json", input=input)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    return told
