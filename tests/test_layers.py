"""Imports go one way: types and errors, the seams, the rooms, memory, operations, the faces. Read from the source, not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "remanence"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "types"}),
    frozenset({"ports", "settings", "changes", "language"}),
    frozenset({"record", "distill", "store", "recall", "assemble", "answer", "forget", "backends", "weights", "reflect", "domains"}),
    frozenset({"memory"}),
    frozenset({"operations"}),
    frozenset({"bench", "serve"}),
)
MEMORY = 3
NAMES = ("types and errors", "the seams", "the rooms", "memory", "operations", "the faces")
FREE_ABOVE_ROOMS = "testing"
FACADE = ""
WITHIN = {
    0: frozenset({("types", "errors")}),
    1: frozenset({("ports", "settings"), ("changes", "language")}),
    5: frozenset({("serve", "bench")}),
}
"""Who may import whom inside one layer; a room, none."""
HEAVY = frozenset({"torch", "transformers", "peft", "sentence_transformers"})
HEAVY_DOORS = ("weights/", "backends/embedders/sentence_transformers.py", "backends/models/", "testing/mechanism")


class Import(NamedTuple):
    """One imported module, where it stands, and the line as it is written."""

    file: str
    number: int
    module: str
    line: str


def imports(source: str, file: str) -> Iterator[Import]:
    """Every import in `source`, wherever it stands: at the top, in a function, under TYPE_CHECKING."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "remanence":
            modules = [f"remanence.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
        elif isinstance(node, ast.ImportFrom):
            modules = ["." * node.level + (node.module or "")]
        else:
            continue
        yield from (Import(file, node.lineno, module, lines[node.lineno - 1].strip()) for module in modules)


def room_of(file: str) -> str:
    """The first part of a file's path in the package: its room, or the module itself."""
    first = file.split("/")[0].removesuffix(".py")
    return FACADE if first == "__init__" else first


def room_in(module: str) -> str:
    """The room that "remanence.room.file" names; the package itself is the facade."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else FACADE


def layer_of(room: str) -> int | None:
    return next((number for number, layer in enumerate(LAYERS) if room in layer), None)


def offence(found: Import) -> str | None:
    """The sentence that an import breaks, or `None`."""
    here = room_of(found.file)
    if found.module.startswith("."):
        return "Imports are written in full, so that this test can read them."
    if found.module.split(".")[0] in HEAVY:
        is_door = found.file.startswith(HEAVY_DOORS)
        return None if is_door else "Only `weights` and the local model back-ends may import torch or transformers."
    if found.module.split(".")[0] != "remanence" or here == FACADE:
        return None
    there = room_in(found.module)
    if there in (here, FACADE) or there.startswith("__"):
        return None
    if here == FREE_ABOVE_ROOMS:
        return None if (layer_of(there) or 0) < MEMORY else "`testing` may import anything below `memory`, and nothing above."
    if there == FREE_ABOVE_ROOMS:
        return "`testing` is for tests and third parties; the library does not import it."
    mine, theirs = layer_of(here), layer_of(there)
    if mine is None or theirs is None:
        return f"{here if mine is None else there!r} has no layer yet: give it one in tests/test_layers.py."
    if theirs > mine:
        return f"Imports go one way ({' ← '.join(NAMES)}); {here!r} may not import {there!r}, which stands above it."
    if theirs == mine and (here, there) not in WITHIN.get(mine, ()):
        if NAMES[mine] == "the rooms":
            return f"Rooms do not import each other; {here!r} and {there!r} meet in `types` and `ports`, and `memory` wires them."
        return f"{here!r} and {there!r} stand side by side; neither imports the other."
    return None


def sources() -> list[str]:
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", sources())
def test_imports_go_one_way(file: str) -> None:
    found = imports((PACKAGE / file).read_text(encoding="utf-8"), file)
    broken = [f"src/remanence/{each.file}:{each.number}: {each.line}\n    {why}" for each in found if (why := offence(each))]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("file", "source", "sentence"),
    [
        ("store/sqlite.py", "from remanence.recall.fuse import K", "Rooms do not import each other"),
        ("recall/view.py", "from remanence.memory import Memory", "Imports go one way"),
        ("types.py", "from remanence.ports import Store", "Imports go one way"),
        ("memory.py", "from remanence import operations", "Imports go one way"),
        ("store/sqlite.py", "def late():\n    import remanence.serve.cli", "Imports go one way"),
        ("recall/arms.py", "import torch", "Only `weights`"),
        ("bench/run.py", "from remanence.serve.cli import main", "side by side"),
        ("memory.py", "from remanence.testing.clock import FrozenClock", "`testing` is for tests"),
        ("testing/store.py", "from remanence.memory import Memory", "anything below `memory`"),
        ("record/write.py", "from .intake import Intake", "written in full"),
        ("attic/old.py", "from remanence.types import Scope", "has no layer yet"),
    ],
)
def test_a_forbidden_import_is_named_with_its_rule(file: str, source: str, sentence: str) -> None:
    assert sentence in (offence(next(imports(source, file))) or "")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("record/write.py", "from remanence.changes import new_change"),
        ("record/write.py", "from remanence.record.intake import Intake"),
        ("memory.py", "from remanence.recall.pipeline import recall"),
        ("serve/commands.py", "from remanence.bench.run import bench"),
        ("testing/store.py", "from remanence.store.sqlite import SqliteStore"),
        ("weights/attach.py", "import torch"),
        ("backends/embedders/sentence_transformers.py", "from sentence_transformers import SentenceTransformer"),
    ],
)
def test_an_import_along_the_rule_is_allowed(file: str, source: str) -> None:
    assert offence(next(imports(source, file))) is None
