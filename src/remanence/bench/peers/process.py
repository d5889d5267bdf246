"""mem0 in its own environment, spoken to in lines of JSON: texts go in, rows with scores come back, with its own timings."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import remanence
from remanence.bench.peers.install import default_folder, python_of
from remanence.errors import BackendFailed, BadInput

RUNNER = Path(__file__).with_name("mem0_runner.py")
SOURCES = Path(remanence.__file__).parents[1]


class Mem0Process:
    """One running mem0. `peers`: where peers are installed; `store`: "qdrant" or "faiss"; `embedder`: the name of ours;
    `data`: a folder for what mem0 writes. `seconds` and `embedding_seconds` are mem0's own for the last call.

    Raises `BackendFailed` when it is not installed, does not start, or answers with an error.
    """

    def __init__(self, peers: Path | None, store: str, embedder: str, data: Path, threads: int = 1) -> None:
        home = (peers or default_folder()) / "mem0"
        python = python_of(home)
        if not python.exists():
            raise BackendFailed(
                f"mem0 is not installed in {home}. Run `python -m remanence.bench.peers.install {home.parent}` and try again."
            )
        if store not in ("qdrant", "faiss"):
            raise BadInput(f"mem0's store is 'qdrant' or 'faiss', not {store!r}.")
        self.seconds = self.embedding_seconds = 0.0
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [python, RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8",
            env=_environment(data, threads),
        )  # fmt: skip
        self.call("open", store=store, folder=str(data), embedder=embedder, threads=threads)

    def add(self, user: str, texts: Sequence[str], first: int = 0) -> None:
        """Store `texts` one after the other as rows `first`, `first` + 1, …"""
        if texts:
            self.call("add", user=user, texts=list(texts), first=first)

    def search(self, user: str, question: str, limit: int) -> list[tuple[int, float]]:
        """Rows and scores, best first."""
        answer = self.call("search", user=user, question=question, limit=limit)
        return [(int(row), float(score)) for row, score in answer["found"]]

    def peak_memory(self) -> int:
        """The greatest resident size so far, in bytes."""
        return int(self.call("memory")["bytes"])

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """One request and its answer."""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        try:
            pipe_in.write(json.dumps({"operation": operation, **given}) + "\n")
            pipe_in.flush()
            line = pipe_out.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise BackendFailed(f"mem0 ended during {operation!r}. Its last words:\n{self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BackendFailed(f"mem0 failed at {operation!r}: {answer['error']}")
        self.seconds, self.embedding_seconds = answer.get("seconds", 0.0), answer.get("embedding_seconds", 0.0)
        return answer

    def close(self) -> None:
        """End the process; what it wrote stays in its folder."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(timeout=60)
        self._errors.close()

    def _last_words(self) -> str:
        self._process.wait(timeout=60)
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")[-2000:]


def _environment(data: Path, threads: int) -> dict[str, str]:
    """mem0 refuses to start without a key and reports what it does unless told not to; it is given neither network nor hub."""
    return {
        **os.environ,
        "OPENAI_API_KEY": "none", "MEM0_TELEMETRY": "False", "MEM0_DIR": str(data / "home"), "ANONYMIZED_TELEMETRY": "False",
        "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(SOURCES), "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": str(threads),
    }  # fmt: skip
