"""Real processes for tests: fork a worker, hear what it acknowledges, end it in the middle of whatever it does."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from typing import Never

Say = Callable[[str], None]


class Worker:
    """A forked process that runs `work(say)`; what it says survives its death.

    Forking spares the start of an interpreter, which would take longer than the work. A worker must be made before its
    parent opens the store they share (SQLite's locks do not bear forking): with `waits`, it begins at `go`.
    """

    def __init__(self, work: Callable[[Say], None], waits: bool = False) -> None:
        gate, self._gate = os.pipe()
        self._ear, mouth = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking among threads: the worker uses none of them
            self.pid = os.fork()
        if self.pid == 0:
            os.close(self._ear)
            os.close(self._gate)
            os.read(gate, 1)
            self._run(work, mouth)
        os.close(mouth)
        os.close(gate)
        if not waits:
            self.go()

    def go(self) -> None:
        """Let a waiting worker begin."""
        os.write(self._gate, b"!")
        os.close(self._gate)

    def _run(self, work: Callable[[Say], None], mouth: int) -> Never:
        status = 1
        try:
            work(lambda line: _write_all(mouth, line.encode() + b"\n"))
            status = 0
        except BaseException:
            _write_all(mouth, b"!" + traceback.format_exc().replace("\n", "\n!").encode() + b"\n")
        finally:
            os._exit(status)

    def kill(self) -> list[str]:
        """Kill -9; returns what it said."""
        os.kill(self.pid, signal.SIGKILL)
        return self.lines()

    def join(self) -> list[str]:
        """Wait for its end; returns what it said. Raises `RuntimeError` with the worker's traceback where it failed."""
        said = self.lines()
        if failed := [line[1:] for line in said if line.startswith("!")]:
            raise RuntimeError("A worker failed:\n" + "\n".join(failed))
        return said

    def hear(self) -> str:
        """Wait for its next line; '' where it ended before."""
        line = b""
        while not line.endswith(b"\n") and (got := os.read(self._ear, 1)):
            line += got
        return line.decode().rstrip("\n")

    def lines(self) -> list[str]:
        with os.fdopen(self._ear, "rb") as ear:
            said = ear.read().decode()
        os.waitpid(self.pid, 0)
        return said.splitlines()


def _write_all(mouth: int, said: bytes) -> None:
    while said:
        said = said[os.write(mouth, said) :]
