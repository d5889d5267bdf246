"""Drafts in, a durable receipt out: index what was said, commit it in one transaction; embed what had to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING

from remanence.changes import new_change
from remanence.errors import BackendFailed
from remanence.language.analyse import hashes
from remanence.language.cues import cues
from remanence.ports import Embedder, Progress, Store
from remanence.record.intake import Intake, Numbering
from remanence.types import Action, Entry, Episode, Reading, Receipt, Scope, Spent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Read = Callable[[Episode], Reading]
"""What rules make of an episode."""


def embedded_text(episode: Episode) -> str:
    """What an episode's vector is made of: its words, and who said them."""
    return f"{episode.speaker}: {episode.text}" if episode.speaker else episode.text


def entries(episodes: Sequence[Episode], embedder: Embedder | None, read: Read | None = None) -> list[Entry]:
    """Episodes with their terms and cues, given `read` with a reading each, and, given an embedder that answers, their vectors.

    An embedder that fails costs nothing but the vectors: the words are kept and found by their terms, and the episodes
    stay deferred until `reindex` fills them in.
    """
    vectors: Sequence[NDArray[np.float32] | None] = [None] * len(episodes)
    if embedder is not None and episodes:
        with suppress(BackendFailed):
            vectors = list(embedder.embed([embedded_text(episode) for episode in episodes]))
    return [
        Entry(episode, hashes(episode.text), vector, cues(episode.text), () if read is None else (read(episode),))
        for episode, vector in zip(episodes, vectors, strict=True)
    ]


def write(
    store: Store,
    scope: Scope,
    taken: Intake,
    embedder: Embedder | None,
    made_at: datetime,
    started: float,
    read: Read | None = None,
    reason: str = "",
) -> Receipt:
    """Commit what was taken in. Returns when it is durable."""
    receipt = commit(store, scope, taken, entries(taken.episodes, embedder, read), made_at, reason)
    return replace(receipt, spent=Spent(perf_counter() - started))


def commit(
    store: Store, scope: Scope, taken: Intake, indexed: Sequence[Entry], made_at: datetime, reason: str = "", **change: object
) -> Receipt:
    """Commit indexed episodes as one change; `change` may say what they supersede."""
    started = perf_counter()
    ids = tuple(episode.id for episode in taken.episodes)
    action = change.pop("action", Action.ASSERT)
    wanted = new_change(action, scope, made_at, added=ids, reason=reason, **change)  # type: ignore[arg-type]
    kept = store.commit(wanted, indexed)
    fresh = set(kept.added)
    return Receipt(
        change=kept.id if fresh or kept.retired else None,
        ids=ids,
        duplicates=tuple(id_ for id_ in ids if id_ not in fresh),
        deferred=tuple(entry.episode.id for entry in indexed if entry.vector is None and entry.episode.id in fresh),
        refused=taken.refused,
        redactions=taken.redactions,
        spent=Spent(seconds=perf_counter() - started),
    )


def write_all(
    experiences: Iterable[object],
    record: Callable[[list[object], Numbering], Receipt],
    batch: int,
    progress: Progress | None = None,
    total: int | None = None,
) -> list[Receipt]:
    """Record a stream in batches, each durable before the next is read; the receipt of each.

    What repeats, or is numbered by a key, is counted over the whole stream.
    """
    stream, done, numbering = iter(experiences), 0, Numbering()
    receipts: list[Receipt] = []
    while chunk := list(islice(stream, batch)):
        receipts.append(record(chunk, numbering))
        done += len(chunk)
        if progress is not None:
            progress("recording", done / total if total else 0.0)
    return receipts


def embed_deferred(store: Store, scope: Scope, embedder: Embedder, batch: int, progress: Progress | None = None) -> int:
    """Give every deferred episode of `scope` its vector; returns how many. Raises `BackendFailed`; what was done is kept."""
    total = store.stats(scope).deferred
    done = 0
    while waiting := store.deferred(scope, batch):
        vectors = embedder.embed([embedded_text(episode) for episode in waiting])
        done += store.fill(scope, [(episode.id, vector) for episode, vector in zip(waiting, vectors, strict=True)])
        if progress is not None:
            progress("embedding", min(1.0, done / total))
    return done


def reindex(
    store: Store,
    scopes: Sequence[Scope],
    embedder: Embedder | None,
    batch: int,
    pending: bool = False,
    progress: Progress | None = None,
    read: Read | None = None,
) -> int:
    """Rebuild the index of `scopes` and what rules `read`, or with `pending` only the vectors that were deferred; returns how
    many vectors were written."""
    done = 0
    for scope in scopes:
        if not pending:
            rebuild_terms(store, scope, batch, progress, read)
        done += embed_deferred(store, scope, embedder, batch, progress) if embedder is not None else 0
    return done


def rebuild_terms(store: Store, scope: Scope, batch: int, progress: Progress | None = None, read: Read | None = None) -> int:
    """Analyse every episode of `scope` anew, as a newer analyser or distiller may read it differently; returns how many."""
    total = store.stats(scope).episodes
    stream, done = store.scan(scope), 0
    while chunk := [episode for _, episode in islice(stream, batch)]:
        done += store.reterm(scope, [(episode.id, hashes(episode.text), cues(episode.text)) for episode in chunk])
        if read is not None:
            store.reread(scope, [(episode.id, read(episode)) for episode in chunk])
        if progress is not None:
            progress("indexing", min(1.0, done / total))
    return done
