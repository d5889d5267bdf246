"""Runs inside mem0's own environment: requests come in as lines of JSON on stdin, answers go out as lines on stdout.

Started by `process.Mem0Process`. Of remanence it imports only the embedder, so that both sides use the same one.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

DIMENSION = 384


def embeddings(embedder: Any) -> Any:
    """`embedder` as a langchain `Embeddings` that counts the seconds it takes."""
    base = import_module("langchain_core.embeddings").Embeddings

    class Timed(base):  # type: ignore[misc, valid-type]
        seconds = 0.0

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            started = perf_counter()
            vectors = embedder.embed(texts).tolist()
            self.seconds += perf_counter() - started
            return vectors  # type: ignore[no-any-return]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Timed()


def named(name: str, threads: int) -> Any:
    """Our embedder by the name it gives itself."""
    model, _, precision = name.partition("/")
    if model == "hashed-ngrams":
        return import_module("remanence.backends.embedders.hashed").HashedNgrams(dimension=int(precision))
    return import_module("remanence.backends.embedders.minilm").MiniLM(precision=precision or "int8", threads=threads)


class Runner:
    """One mem0 and what can be asked of it."""

    def open(self, store: str, folder: str, embedder: str, threads: int) -> dict[str, Any]:
        mem0 = import_module("mem0")
        ours = named(embedder, threads)
        self.embeddings = embeddings(ours)
        where = {"collection_name": "bench", "path": str(Path(folder) / store), "embedding_model_dims": ours.dimension}
        if store == "qdrant":
            where["on_disk"] = True
        else:
            where["distance_strategy"] = "cosine"
        self.memory = mem0.Memory.from_config({
            "vector_store": {"provider": store, "config": where},
            "embedder": {"provider": "langchain", "config": {"model": self.embeddings}},
            "history_db_path": str(Path(folder) / "history.db"),
        })  # fmt: skip
        return {}

    def add(self, user: str, texts: list[str], first: int) -> dict[str, Any]:
        for row, text in enumerate(texts, first):
            self.memory.add([{"role": "user", "content": text}], user_id=user, metadata={"row": row}, infer=False)
        return {}

    def search(self, user: str, question: str, limit: int) -> dict[str, Any]:
        # Its default threshold would drop results below a score of 0.1; a ranking is asked for.
        found = self.memory.search(question, filters={"user_id": user}, top_k=limit, threshold=0.0)["results"]
        return {"found": [(hit["metadata"]["row"], hit["score"]) for hit in found]}

    def peak(self) -> dict[str, Any]:
        status = Path("/proc/self/status")
        if status.exists():
            line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            return {"bytes": int(line.split()[1]) * 1024}
        resource = import_module("resource")
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def main() -> None:
    # What mem0 prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.disable(logging.WARNING)
    runner = Runner()
    operations: dict[str, Callable[..., dict[str, Any]]] = {
        "open": runner.open, "add": runner.add, "search": runner.search, "memory": runner.peak,
    }  # fmt: skip
    for line in sys.stdin:
        request = json.loads(line)
        operation = operations[request.pop("operation")]
        embedded = getattr(getattr(runner, "embeddings", None), "seconds", 0.0)
        started = perf_counter()
        try:
            answer = operation(**request)
        except Exception as error:  # the asking side raises it again, with its own advice
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["seconds"] = perf_counter() - started
        answer["embedding_seconds"] = runner.embeddings.seconds - embedded if hasattr(runner, "embeddings") else 0.0
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
