"""A function runs in a fresh process: its arguments go in, its value comes out, its progress on the way; its memory is its own."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from remanence.errors import BackendFailed
from remanence.ports import Progress


def in_fresh_process(function: Callable[..., Any], *given: Any, progress: Progress | None = None) -> Any:
    """`function(report, *given)` in a new interpreter, where `report(stage, done)` reaches `progress`. Raises `BackendFailed`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, function, given))
    process.start()
    theirs.close()
    try:
        while True:
            kind, *content = ours.recv()
            if kind == "done":
                return content[0]
            if kind == "failed":
                raise BackendFailed(f"{function.__name__} failed in its process:\n{content[0]}")
            if progress is not None:
                progress(*content)
    except EOFError:
        process.join()
        raise BackendFailed(f"{function.__name__} ended without an answer (exit code {process.exitcode}).") from None
    finally:
        process.join()


def peak_memory() -> int:
    """The greatest resident size of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # the resource module would also count what the parent had before this process began
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _serve(pipe: Connection, function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    def report(stage: str, done: float) -> None:
        pipe.send(("progress", stage, done))

    try:
        pipe.send(("done", function(report, *given)))
    except Exception:  # raised again where the answer was awaited
        pipe.send(("failed", traceback.format_exc()))
