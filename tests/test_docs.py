"""The documents tell the truth: every operation is described, the reference is current, the code in them runs."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import remanence
from remanence.operations import COMMANDS, OPERATIONS

ROOT = Path(__file__).parents[1]
SOURCE = Path(remanence.__file__).parents[1]
PAGES = [path for path in (*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))) if path.name != "operations.md"]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w.-]+)`[:：]\n\n```(?:toml|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
"""A file that a page shows in full."""
MODULES = sorted(
    "remanence." + ".".join(path.relative_to(SOURCE / "remanence").with_suffix("").parts)
    for path in (SOURCE / "remanence").rglob("*.py")
    if path.name != "__init__.py"
)


def builder() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "docs" / "build_reference.py"))


def test_the_reference_is_current() -> None:
    written = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    assert builder()["page"]() == written, "Run `python docs/build_reference.py`."  # type: ignore[operator]


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_operation_is_documented_with_its_arguments_and_examples(row: object) -> None:
    page = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {row.name}\n")[1].split("\n## ")[0]  # type: ignore[attr-defined]
    for argument in row.arguments:  # type: ignore[attr-defined]
        assert f"| `{argument.name}` |" in section
    assert row.python in section  # type: ignore[attr-defined]


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert command.summary in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    """The Python blocks of a page are one program, as a reader types them; it needs the embedder that `make install` installs."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join(BLOCK.findall(text))
    if not code:
        return
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_exported_name_says_what_it_is() -> None:
    for name in remanence.__all__:
        assert inspect.getdoc(getattr(remanence, name)), name


@pytest.mark.parametrize("module", ["remanence.memory", "remanence.operations", "remanence.types", "remanence.errors", "remanence.ports"])
def test_every_public_class_and_function_says_what_it_is(module: str) -> None:
    for name, each in inspect.getmembers(importlib.import_module(module)):
        if name.startswith("_") or getattr(each, "__module__", None) != module or not (inspect.isclass(each) or inspect.isfunction(each)):
            continue
        assert inspect.getdoc(each), f"{module}.{name}"


def test_every_method_of_memory_says_what_it_does() -> None:
    for name, method in inspect.getmembers(remanence.Memory, inspect.isfunction):
        assert name.startswith("_") or inspect.getdoc(method), name


@pytest.mark.parametrize("module", MODULES)
def test_every_module_opens_with_a_sentence(module: str) -> None:
    source = SOURCE / (module.replace(".", "/") + ".py")
    assert re.match(r'^"""\w', source.read_text(encoding="utf-8")), f"{source} has no opening sentence."
