"""A function runs in a fresh process: its arguments go in, its value comes out, its progress on the way; its memory is its own."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from remanence.errors import BackendFailed
from remanence.ports import Progress

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def in_fresh_process(function: Callable[..., Any], *given: Any, threads: int = 1, progress: Progress | None = None) -> Any:
    """`function(report, *given)` in a new interpreter, where `report(stage, done)` reaches `progress`. Raises `BackendFailed`.

    `threads`: of its numerical libraries, whose threads would otherwise wait for each other on a machine with other work.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, function, given))
    with _environment(dict.fromkeys(THREADS, str(threads))):
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


@contextmanager
def _environment(wanted: dict[str, str]) -> Iterator[None]:
    """`wanted` as the environment of processes that start within."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(pipe: Connection, function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    def report(stage: str, done: float) -> None:
        pipe.send(("progress", stage, done))

    try:
        pipe.send(("done", function(report, *given)))
    except Exception:  # raised again where the answer was awaited
        pipe.send(("failed", traceback.format_exc()))
