"""Commands that are not operations on a memory: the demonstration, the benches, the embedder's installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remanence.errors import BadInput
from remanence.serve.desk import Desk


def demo(desk: Desk) -> int:
    """The main job on ten days of conversations."""
    from remanence.serve.demo import perform

    return perform(desk)


def bench(desk: Desk, task: str | None, json_file: str | None, systems: Sequence[str], sizes: Sequence[str], **given: Any) -> int:
    """Measure; tables for people, the result as JSON to a file or to standard output. Raises `BadInput`."""
    from remanence.bench.run import TASKS
    from remanence.bench.run import bench as measure

    if task is None:
        raise BadInput(f"Say what to measure: {', '.join(TASKS)}.")
    is_printed = desk.is_json or json_file == "-"
    options = {**given, "systems": separated(systems), "sizes": [number(size) for size in separated(sizes)]}
    if desk.embedder is not None:
        options["embedder"] = desk.embedder
    console = desk.aside(markup=True) if is_printed else desk.page(markup=True)
    with desk.progress(task) as progress:
        result = measure(task, json=None if is_printed else json_file, console=console, progress=progress, **options)
    if is_printed:
        desk.say(result.as_dict())
    return 0


def separated(given: Sequence[str]) -> list[str]:
    """Names that may be repeated, separated by commas, or both."""
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


def number(word: str) -> int:
    """The number that "10k", "1M" or "10000" stands for. Raises `BadInput`."""
    factor = {"k": 1_000, "m": 1_000_000}.get(word[-1:].lower(), 1)
    try:
        return int(word if factor == 1 else word[:-1]) * factor
    except ValueError:
        raise BadInput(f"{word!r} is not a number; give for example 10000, 10k or 1M.") from None


def setup(desk: Desk) -> int:
    """Install and convert the default embedder's weights."""
    from remanence.serve.setup import install

    with desk.progress("installing") as progress:
        done = install(progress)
    if desk.is_json:
        desk.say(done)
    else:
        took = f"({done['bytes'] / 1e6:.1f} MB, {done['seconds']:.1f} s)"
        desk.page().print(f"✓ {done['embedder']} is ready: {done['file']} {took}.", soft_wrap=True)
    return 0
