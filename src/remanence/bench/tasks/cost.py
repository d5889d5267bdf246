"""What does it cost? Memories by the ten thousand to the million go in and are asked for; times, sizes and memory come out.

Texts are generated (`bench/generated.py`: their shape is that of language, their sense is not), and past the embedding
measurement their vectors are real ones disturbed by noise, so that a million can be made. Each number is taken in a fresh
process. `--sizes 10000,100000,1000000` chooses the sizes (default: the first two); each is measured as one tenant and as
tenants of 1,000 memories.

    ingest/s            the bulk path, durable in batches; with vectors, whose making is not counted
    ingest/s, no vectors
    record p50 ms       one message, durable when it returns, without embedding; beside it an append and fsync of 4 KiB on
                        the same disk, and what is left without that
    recall p50 ms       ten hits, warm, beyond the embedding of the question; "CPU" is what this process itself worked
    first recall ms     opening the file and the first question
    peak MB             of the process that recalls, everything included
    bytes/memory        of the settled file; "text bytes" are the words alone
    overlap@10          of the ten nearest vectors as searched with the ten by a full scan

The peer's rows: the same texts, one by one as its API takes them, the same embedder (MiniLM, one thread), until its time is
up; ours with as many, in bulk and one by one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from shutil import which
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.bench.child import in_fresh_process, peak_memory
from remanence.bench.generated import StandIn, Texts, messages
from remanence.bench.peers.process import Mem0Process
from remanence.bench.report import Row, View
from remanence.bench.systems import APART
from remanence.errors import BadInput
from remanence.memory import Memory
from remanence.ports import Embedder, Progress
from remanence.recall.nearest import Nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from remanence.bench.run import Options, Recipe

SIZES = (10_000, 100_000)
PER_TENANT = 1_000
LARGE = 100_000
SINGLES = 200
QUESTIONS = 200
WARMING = 20
EMBEDDED = 2_000
PLAIN = 20_000
SCANNED = 50
PEER_BATCH = 50
PEER_MOST = 10_000
PEER_LEAST = 100
STARTS = 5

LAYOUTS = ("one tenant*", "many tenants*")
VIEWS = (
    View("Start", ("start",), ("*",)),
    View("Writing", LAYOUTS, ("ingest/s", "ingest/s, no vectors", "record*", "fsync*", "bytes/memory", "text bytes")),
    View("Reading", LAYOUTS, ("recall*", "first recall ms", "cold tenant p50 ms", "peak MB", "overlap@10")),
    View("Embedding", ("embedding*",), ("*",)),
    View("Beside a peer: writing", ("peer*",), ("ingest*", "one by one*")),
    View("Beside a peer: searching", ("peer*",), ("search*", "found@10", "peak MB")),
)
NOTES = (
    "Generated texts, stand-in vectors (real ones disturbed); embedding is measured on its own subset and not extrapolated.",
    "ms are wall clock on one thread; other work on the machine counts. `record` without the disk's own fsync: p50 minus p50.",
    "mem0: without a language model, spaCy or its sparse encoder; its times are its own, without the pipe between the processes.",
)

Report = Progress


def rows(options: Options) -> Iterator[Row]:
    """Ours at every size, then beside the peers that are named."""
    sizes = options.sizes or SIZES
    if min(sizes) < PER_TENANT:
        raise BadInput(f"--sizes from {PER_TENANT:,} memories on; {min(sizes)} says little.")
    peers = _peers(options.systems)
    yield Row("remanence", "start", starting())
    real, metrics = _run(options, "embedding", embedding, options.recipe, options.seed, options.work)
    yield Row("remanence", f"embedding {EMBEDDED:,}", metrics)
    for size in sizes:
        if size <= LARGE:
            yield from both_layouts(options, size, real)
    for store in peers:
        yield from beside(options, store)
    for size in sizes:  # last, since they take the longest
        if size > LARGE:
            yield from both_layouts(options, size, real)


def both_layouts(options: Options, size: int, real: NDArray[np.float32]) -> Iterator[Row]:
    """So many memories of one tenant, and the same of many."""
    for tenants in dict.fromkeys((1, size // PER_TENANT)):
        split = f"{'one tenant' if tenants == 1 else 'many tenants'} {size:,}"
        yield Row("remanence", split, measured(options, split, size, tenants, real))


def settings(options: Options) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {"sizes": list(options.sizes or SIZES), "peer_seconds": options.peer_seconds}


def measured(options: Options, split: str, size: int, tenants: int, real: NDArray[np.float32]) -> dict[str, float]:
    """One size in one layout, from an empty file on."""
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        path = Path(folder) / "memory.db"
        found: dict[str, float] = {}
        found |= _run(options, f"{split} · without vectors", plain, Path(folder) / "plain.db", min(size, PLAIN), options.seed)
        found |= _run(options, f"{split} · with vectors", filled, path, size, tenants, options.seed, real)
        found |= _run(options, f"{split} · recall", recalling, path, size, tenants, options.seed, real)
        found |= _run(options, f"{split} · single records", singles, path, options.seed)
        if tenants == 1:
            found |= _run(options, f"{split} · nearest", overlapping, path, size, options.seed, real)
    return found


# ------------------------------------------------------------------ each in a fresh process


def embedding(report: Report, recipe: Recipe, seed: int, work: Path) -> tuple[NDArray[np.float32], dict[str, float]]:
    """Real vectors of the first texts; how fast they are made, and how fast the same texts are recorded with them."""
    embedder, texts = recipe.make(), list(Texts(seed).first(EMBEDDED))
    embedder.embed(texts[:32])
    started = perf_counter()
    vectors = np.concatenate([embedder.embed(texts[at : at + 256]) for at in range(0, len(texts), 256)])
    alone = perf_counter() - started
    report("embedding", 0.5)
    with tempfile.TemporaryDirectory(dir=work) as folder, Memory(Path(folder) / "memory.db", embedder=embedder) as memory:
        seconds = _bulk(memory, texts, report)
    return vectors, {"texts": len(texts), "embedded/s": len(texts) / alone, "ingest/s with embedding": len(texts) / seconds}


def plain(report: Report, path: Path, size: int, seed: int) -> dict[str, float]:
    """The bulk path into an empty file, no vectors made."""
    texts = list(Texts(seed).first(size))
    with Memory(path, embedder=None) as memory:
        seconds = _bulk(memory, texts, report, embed=False)
    return {"ingest/s, no vectors": size / seconds}


def filled(report: Report, path: Path, size: int, tenants: int, seed: int, real: NDArray[np.float32]) -> dict[str, float]:
    """The bulk path into an empty file, with stand-in vectors; then the size of what was written."""
    embedder = Timed(StandIn(real))
    stream, words, seconds = Texts(seed).first(size), 0, 0.0
    with Memory(path, embedder=embedder) as memory:
        for tenant in range(tenants):
            scope = memory if tenants == 1 else memory.scope(tenant=f"t{tenant}")
            for at in range(0, size // tenants, 10 * PER_TENANT):
                texts = list(islice(stream, min(10 * PER_TENANT, size // tenants - at)))
                words += sum(len(text.encode()) for text in texts)
                seconds += _bulk(scope, texts, None, first=at)
                report("recording", (tenant + (at + len(texts)) * tenants / size) / tenants)
    written = sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    return {
        "ingest/s": size / (seconds - embedder.seconds),
        "bytes/memory": written / size, "text bytes": words / size, "file MB": written / 1e6,
    }  # fmt: skip


def recalling(report: Report, path: Path, size: int, tenants: int, seed: int, real: NDArray[np.float32]) -> dict[str, float]:
    """Opening and the first question; then many, warm."""
    questions = Texts(seed).questions(QUESTIONS + WARMING, size)
    embedder = StandIn(real)
    embedder.hold([text for _, text in questions])
    before = peak_memory()
    started = perf_counter()
    with Memory(path, embedder=embedder) as memory:
        scopes: dict[int, Memory] = {}
        times: list[float] = []
        worked: list[float] = []
        cold: list[float] = []
        found = 0
        for at, (number, text) in enumerate(questions):
            tenant = number // (size // tenants) if tenants > 1 else 0
            if tenant not in scopes:
                scopes[tenant] = memory if tenants == 1 else memory.scope(tenant=f"t{tenant}")
                cold.append(_timed(scopes[tenant], text)[0])
                if at == 0:
                    first = perf_counter() - started
            busy = process_time()
            seconds, hits = _timed(scopes[tenant], text)
            busy = process_time() - busy
            if at >= WARMING:
                times.append(seconds)
                worked.append(busy)
                key = str(number % (size // tenants))
                found += any(hit.episode.key == key for hit in hits)
            report("recalling", at / len(questions))
    return {
        **_percentiles("recall", times), "recall CPU p50 ms": 1000 * statistics.median(worked), "first recall ms": 1000 * first,
        **({"cold tenant p50 ms": 1000 * statistics.median(cold)} if tenants > 1 else {}),
        "found@10": 100 * found / QUESTIONS,
        "peak MB": peak_memory() / 1e6, "peak MB before opening": before / 1e6,
    }  # fmt: skip


def singles(report: Report, path: Path, seed: int) -> dict[str, float]:
    """Single messages into the full file; and what this disk takes to make 4 KiB durable."""
    texts = Texts(seed + 1).block(0)[:SINGLES]
    with Memory(path, embedder=None) as memory:
        scope, times = memory.scope(tenant="singles"), []
        for at, message in enumerate(messages(texts)):
            started = perf_counter()
            scope.record(message, embed=False)
            times.append(perf_counter() - started)
            report("recording one by one", at / SINGLES)
    synced = _synced(path.parent)
    beyond = 1000 * (statistics.median(times) - statistics.median(synced))
    return {**_percentiles("record", times), "fsync p50 ms": 1000 * statistics.median(synced), "record - fsync p50 ms": beyond}


def overlapping(report: Report, path: Path, size: int, seed: int, real: NDArray[np.float32]) -> dict[str, float]:
    """How many of the ten nearest stored vectors the search finds; the full scan is over the same stored codes."""
    embedder = StandIn(real)
    queries = embedder.embed([text for _, text in Texts(seed).questions(SCANNED, size)])
    nearest, best = Nearest(embedder.dimension), [np.empty((0, 2)) for _ in queries]
    with Memory(path, embedder=embedder) as memory:
        index, at = memory.store.index(memory.granted), 0
        while block := list(islice(index, 10_000)):
            codes: list[Any] = [row.vector for row in block]
            nearest.extend(codes, [row.scale for row in block])
            rows = np.arange(at, at + len(block))
            cosines = nearest.vectors(rows) @ queries.T
            for query, held in enumerate(best):
                joined = np.concatenate([held, np.stack([rows, cosines[:, query]], axis=1)])
                best[query] = joined[np.argsort(-joined[:, 1], kind="stable")[:10]]
            at += len(block)
            report("scanning", at / size)
    everything = np.ones(at, np.bool_)
    shared = [len(set(nearest.search(query, 10, everything)[0].tolist()) & set(held[:, 0].astype(int).tolist()))
              for query, held in zip(queries, best, strict=True)]  # fmt: skip
    return {"overlap@10": 10 * float(np.mean(shared))}


# ------------------------------------------------------------------ beside a peer


def beside(options: Options, store: str) -> list[Row]:
    """mem0 until its time is up, then ours with as many of the same texts."""
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        count, theirs = _mem0(options, store, Path(folder))
        ours = _run(options, f"beside mem0 ({store})", ours_beside, Path(folder) / "memory.db", options.recipe, count, options.seed)
    split = f"peer, {count:,} memories"
    ratio = {name: ours[name] / theirs[name] for name in ("ingest/s", "ingest/s without embedding")}
    ratio |= {name: theirs[name] / ours[name] for name in ("search p50 ms", "search p50 ms without embedding")}
    return [
        Row(f"mem0 ({store})", split, theirs),
        Row("remanence", split, ours),
        Row(f"times better than mem0 ({store})", split, ratio),
    ]


def ours_beside(report: Report, path: Path, recipe: Recipe, count: int, seed: int) -> dict[str, float]:
    """The same texts in bulk, one by one, and the same questions."""
    timed, texts = Timed(recipe.make()), list(Texts(seed).first(count))
    timed.embed(texts[:8])
    timed.seconds = 0.0
    with Memory(path, embedder=timed) as memory:
        bulk, one_by_one = memory.scope(user="bulk"), memory.scope(user="one by one")
        seconds = _bulk(bulk, texts, report)
        embedded, timed.seconds = timed.seconds, 0.0
        few = texts[: min(count, 5 * SINGLES)]
        started = perf_counter()
        for message in messages(few):
            one_by_one.record(message)
        single, single_embedded, timed.seconds = perf_counter() - started, timed.seconds, 0.0
        times, without = [], []
        questions = Texts(seed).questions(QUESTIONS + WARMING, count)
        found = 0
        for at, (number, text) in enumerate(questions):
            before = timed.seconds
            spent, hits = _timed(bulk, text)
            if at >= WARMING:
                times.append(spent)
                without.append(spent - (timed.seconds - before))
                found += any(hit.episode.key == str(number) for hit in hits)
    return {
        "ingest/s": count / seconds, "ingest/s without embedding": count / (seconds - embedded),
        "one by one/s": len(few) / single, "one by one/s without embedding": len(few) / (single - single_embedded),
        **_percentiles("search", times), "search p50 ms without embedding": 1000 * statistics.median(without),
        "found@10": 100 * found / QUESTIONS, "peak MB": peak_memory() / 1e6,
    }  # fmt: skip


def _mem0(options: Options, store: str, folder: Path) -> tuple[int, dict[str, float]]:
    texts = list(Texts(options.seed).first(PEER_MOST))
    process = Mem0Process(options.peers, store, options.embedder.name, folder, options.recipe.threads)
    try:
        process.add("warm", texts[:8])
        count, seconds, embedded = 0, 0.0, 0.0
        while count < PEER_MOST and (count < PEER_LEAST or seconds < options.peer_seconds):
            process.add("bench", texts[count : count + PEER_BATCH], first=count)
            count += PEER_BATCH
            seconds, embedded = seconds + process.seconds, embedded + process.embedding_seconds
            options.report(f"cost · mem0 ({store}) · adding", max(seconds / options.peer_seconds, count / PEER_MOST))
        times, without, found = [], [], 0
        for at, (number, text) in enumerate(Texts(options.seed).questions(QUESTIONS + WARMING, count)):
            hits = process.search("bench", text, 10)
            if at >= WARMING:
                times.append(process.seconds)
                without.append(process.seconds - process.embedding_seconds)
                found += any(row == number for row, _ in hits)
        peak = process.peak_memory()
    finally:
        process.close()
    return count, {
        "ingest/s": count / seconds, "ingest/s without embedding": count / (seconds - embedded),
        "one by one/s": count / seconds, "one by one/s without embedding": count / (seconds - embedded),
        **_percentiles("search", times), "search p50 ms without embedding": 1000 * statistics.median(without),
        "found@10": 100 * found / QUESTIONS, "peak MB": peak / 1e6,
    }  # fmt: skip


# ------------------------------------------------------------------ starting, timing


def starting() -> dict[str, float]:
    """`import remanence` within Python, and the whole of `remanence --help` where the command is installed; medians."""
    asked = "from time import perf_counter as now; start = now(); import remanence; print(1000 * (now() - start))"
    times = [float(subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout) for _ in range(STARTS)]
    found = {"import remanence ms": statistics.median(times)}
    command = which("remanence", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if command is not None:
        found["remanence --help ms"] = 1000 * statistics.median(_wall([command, "--help"]) for _ in range(STARTS))
        found["python -c pass ms"] = 1000 * statistics.median(_wall([sys.executable, "-c", "pass"]) for _ in range(STARTS))
    return found


class Timed:
    """The `Embedder` port over another; `seconds` is what it took."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dimension, self.seconds = embedder.name, embedder.dimension, 0.0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        started = perf_counter()
        vectors = self._embedder.embed(texts)
        self.seconds += perf_counter() - started
        return vectors


def _bulk(memory: Memory, texts: Sequence[str], progress: Progress | None, first: int = 0, embed: bool = True) -> float:
    """Seconds that the bulk path takes for `texts`."""
    ready = list(messages(texts, first))
    started = perf_counter()
    memory.record_all(ready, total=len(ready), progress=progress, embed=embed)
    return perf_counter() - started


def _timed(memory: Memory, question: str) -> tuple[float, Any]:
    started = perf_counter()
    hits = memory.recall(question, limit=10)
    return perf_counter() - started, hits


def _synced(folder: Path) -> list[float]:
    """Seconds of each of many appends of 4 KiB with fsync."""
    times = []
    with (folder / "fsync.probe").open("wb", buffering=0) as file:
        for _ in range(SINGLES):
            started = perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(perf_counter() - started)
    return times


def _wall(command: list[str]) -> float:
    started = perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return perf_counter() - started


def _percentiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    low, high = np.percentile(seconds, [50, 95])
    return {f"{name} p50 ms": 1000 * float(low), f"{name} p95 ms": 1000 * float(high)}


def _peers(systems: Sequence[str]) -> list[str]:
    """mem0's stores that are asked for."""
    known = ("remanence", *APART, "all")
    for name in systems:
        if name not in known:
            raise BadInput(f"There is no system {name!r} in this task. There are: {', '.join(known)}.")
    wanted = APART if "all" in systems else [name for name in APART if name in systems]
    return ["qdrant" if name == "mem0" else "faiss" for name in wanted]


def _run(options: Options, stage: str, function: Callable[..., Any], *given: Any) -> Any:
    """`function` in a fresh process, its progress shown under `stage`."""

    def report(part: str, done: float) -> None:
        options.report(f"cost · {stage} · {part}", done)

    return in_fresh_process(function, *given, threads=options.recipe.threads, progress=report)
