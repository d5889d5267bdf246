"""Memory: the verbs, wired to the rooms that do them. A method that needs a loop belongs to a room."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from types import TracebackType
from typing import Any, Literal, Self

from remanence.assemble import assemble
from remanence.backends.registry import DEFAULT, resolve
from remanence.errors import BadInput, EmbedderMismatch, NotFound
from remanence.forget import forget, named
from remanence.language.analyse import terms
from remanence.language.moment import read_moment
from remanence.ports import Clock, CountTokens, Embedder, Progress, Reranker, Store
from remanence.recall.filters import read_filter
from remanence.recall.fuse import Ranker, shipped
from remanence.recall.pace import Pace
from remanence.recall.pipeline import Tools, recall
from remanence.recall.probe import ranks_by_own_words
from remanence.recall.view import View
from remanence.recall.views import Views
from remanence.record.correct import correct, undo
from remanence.record.intake import Numbering, intake
from remanence.record.write import entries, reindex, write, write_all
from remanence.settings import Settings
from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.store.transfer import export, restore
from remanence.types import (
    Budget,
    Certificate,
    Change,
    Context,
    Episode,
    Filter,
    Finding,
    Hits,
    Kind,
    Receipt,
    Scope,
    Spent,
    Stats,
    Trust,
)

Moment = datetime | str | int | float


class SystemClock:
    """The present, in this machine's zone."""

    def now(self) -> datetime:
        return datetime.now().astimezone()


class Memory:
    """A memory, seen through a scope. `memory.scope(user="alice")` gives the same memory, narrowed for good.

    `path`: the one file (made when missing), or ":memory:" for one that is forgotten on `close`.
    `embedder`: a name ("minilm", "openai:MODEL", …), an object that fulfils the `Embedder` port, or `None` to search by
    terms alone. `replace_embedder=True` lets a file that was built with another embedder be opened for `reindex`.
    Further keywords are `Settings`. Raises `StoreError`, `EmbedderMismatch`, `UnknownSetting`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ":memory:",
        *,
        embedder: Embedder | str | None = DEFAULT,
        clock: Clock | None = None,
        store: Store | None = None,
        ranker: Ranker | None = None,
        replace_embedder: bool = False,
        **settings: Any,
    ) -> None:
        self.settings = Settings.of(settings)
        self.granted = Scope()
        self._is_owner = True
        self.clock = clock or SystemClock()
        self.embedder = resolve(embedder, threads=self.settings.threads, cache=self.settings.cache)
        self.store = store or _open(path, self.settings)
        self._move_here = _move_here(path if store is None else None, embedder)
        self.ranker = ranker
        self._pace = Pace()
        self._views = Views(self.store, self.settings.view_bytes)
        self._replace_embedder = replace_embedder
        self._agree_on_embedder()

    def scope(self, **fields: str | None) -> Memory:
        """The same memory through a narrower scope (`tenant`, `user`, `agent`, `session`, `project`).

        Raises `ScopeViolation` where this scope is already fixed to something else.
        """
        if not any(fields.values()):
            return self
        narrowed = object.__new__(Memory)
        narrowed.__dict__.update(self.__dict__, granted=self._narrow(fields), _is_owner=False)
        return narrowed

    # ------------------------------------------------------------------ writing

    def record(
        self,
        experience: object,
        *,
        session: str | None = None,
        said_at: Moment | None = None,
        speaker: str | None = None,
        role: str | None = None,
        source: str | None = None,
        trust: Trust | str | None = None,
        key: str | None = None,
        kind: Kind | str | None = None,
        metadata: Mapping[str, Any] | None = None,
        embed: bool = True,
    ) -> Receipt:
        """Record a string, a chat message, a list of messages, a document or JSON; durable before it returns.

        Recording the same thing twice is one episode. `embed=False` leaves the vectors to a later `reindex`.
        Raises `BadInput` (nothing is written), `StoreError`.
        """
        given = {"said_at": said_at, "speaker": speaker, "role": role, "source": source, "trust": trust, "key": key, "kind": kind}
        return self._record(experience, session, embed, None, metadata=metadata, **given)

    def record_all(
        self,
        experiences: Iterable[object],
        *,
        session: str | None = None,
        embed: bool = True,
        total: int | None = None,
        progress: Progress | None = None,
        **given: Any,
    ) -> list[Receipt]:
        """Record a stream in batches (`Settings.batch`), each durable before the next is read; `given` as for `record`.

        Returns a receipt for each batch. Where one fails, those before it are kept; recording the stream again adds the rest.
        """
        return write_all(
            experiences, lambda batch, numbering: self._record(batch, session, embed, numbering, **given),
            self.settings.batch, progress, total,
        )  # fmt: skip

    def correct(self, id: str, text: str, *, said_at: Moment | None = None, reason: str = "") -> Receipt:
        """Supersede an episode: the old words stay in the history and in every `as_of` before `said_at` (default: now)."""
        now = self.clock.now()
        moment = now if said_at is None else read_moment(said_at, now)
        return correct(self.store, self.granted, id, text, moment, now, self._ready_embedder(), reason)

    def undo(self, change: str, *, reason: str = "") -> Change:
        """Reverse a change: what it added is retired, what it retired is current again."""
        return undo(self.store, self.granted, change, self.clock.now(), reason)

    def forget(self, what: str | Sequence[str], *, reason: str = "", preview: bool = False) -> Certificate:
        """Erase episodes and prove it: by id, or by a description, which names every episode that holds all its words.

        A description names superseded and undone versions too; an id names that version alone (`history` has the others).
        Removes rows, terms, vectors and their bytes on disk, then probes and scans. `preview=True` only lists them.
        """
        doomed = named(self.store, self.granted, what, terms)
        now = self.clock.now()
        if preview:
            return Certificate(None, tuple(episode.id for episode in doomed), (), (), 0, 0, now)
        return forget(
            self.store, self.granted, doomed, made_at=now, reason=reason,
            probe=lambda episodes: ranks_by_own_words(episodes, self._find_by_words),
        )  # fmt: skip

    # ------------------------------------------------------------------ reading

    def recall(
        self,
        question: str,
        *,
        limit: int = 10,
        by: Literal["episode", "session"] = "episode",
        where: Filter | None = None,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
        recent: Sequence[str] | None = None,
        budget: Budget | None = None,
        reranker: Reranker | None = None,
    ) -> Hits:
        """What bears on `question`, best first, each hit with source, score, confidence and why.

        `by="session"` gives the best episode of each session; `as_of` shows what was so then, `known_at` what was known
        then; `recent` is the conversation in which it is asked, oldest turn first. Nothing found is an empty list.
        """
        if not isinstance(question, str) or not question.strip():
            raise BadInput("The question is empty; give some words to search for.")
        if limit < 1:
            raise BadInput(f"limit={limit} finds nothing; give at least 1.")
        if by not in ("episode", "session"):
            raise BadInput(f"by={by!r} is not known; give 'episode' or 'session'.")
        now = self.clock.now()
        where = read_filter(where, now)
        return recall(
            question, self._look, self._tools(reranker), now, limit,
            selected=None if where is None else self.store.select(self.granted, where),
            as_of=None if as_of is None else read_moment(as_of, now, "as_of"),
            known_at=None if known_at is None else read_moment(known_at, now, "known_at"),
            by=by, recent=recent, budget=budget,
        )  # fmt: skip

    def context(self, question: str, *, max_tokens: int = 1000, count: CountTokens | None = None, limit: int = 50, **given: Any) -> Context:
        """Recalled memory as text for a prompt: dated, cited, in reading order, marked as data, never over `max_tokens`.

        `count` counts tokens the way your model does; without it a stated estimate is used. `given` as for `recall`.
        """
        started = perf_counter()
        return assemble(self.recall(question, limit=limit, **given), max_tokens=max_tokens, count=count, started=started)

    def show(self, id: str) -> Episode:
        """One episode, word for word. Raises `NotFound`."""
        found = self.store.get(self.granted, [id])
        if not found:
            raise NotFound(f"There is no episode {id!r} in this scope.")
        return found[0]

    def episodes(self, *, where: Filter | None = None, after: int = 0) -> Iterator[tuple[int, Episode]]:
        """All episodes in the order recorded, each with its place; resume behind place `after`."""
        return self.store.scan(self.granted, read_filter(where, self.clock.now()), after)

    def history(self, id: str | None = None, *, limit: int | None = None) -> list[Change]:
        """What changed and why, oldest first; with `id`, only what touched that episode."""
        return self.store.changes(self.granted, id, limit)

    def stats(self) -> Stats:
        """Counts of this scope and of its file."""
        return self.store.stats(self.granted)

    # ------------------------------------------------------------------ upkeep

    def export(self) -> Iterator[str]:
        """The whole scope as JSON Lines: every episode and every change."""
        return export(self.store, self.granted)

    def import_(self, lines: Iterable[str], *, progress: Progress | None = None, embed: bool = True) -> Receipt:
        """Replay an export into this scope; importing twice equals importing once. Raises `BadInput` naming the line."""
        embedder = self._ready_embedder() if embed else None
        return restore(lines, self.store, self.granted, lambda episodes: entries(episodes, embedder), progress=progress)

    def doctor(self) -> list[Finding]:
        """Check the whole file: structure, references, index against ledger."""
        return self.store.check()

    def reindex(self, *, pending: bool = False, progress: Progress | None = None) -> Receipt:
        """Rebuild terms and vectors from the ledger; `pending=True` only gives deferred episodes their vectors.

        From the memory itself, not from a narrower scope, it rebuilds the whole file, for every tenant: only so can a file
        be moved to another embedder (`replace_embedder=True`). Raises `BadInput` where a scope tries.
        """
        started = perf_counter()
        if not self._is_owner and self._is_other_embedder():
            raise BadInput(
                "Another embedder means other vectors for the whole file: reindex from the memory itself, not from a scope of it."
            )
        scopes = [Scope(tenant) for tenant in self.store.tenants()] if self._is_owner else [self.granted]
        done = reindex(self.store, scopes, self._ready_embedder(), self.settings.batch, pending, progress)
        return Receipt(None, (), spent=Spent(perf_counter() - started, calls=done))

    def close(self) -> None:
        """Close the file. Scopes made from this memory are closed with it."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # ------------------------------------------------------------------ wiring

    def _narrow(self, fields: Mapping[str, str | None]) -> Scope:
        tenant = fields.get("tenant")
        if tenant is not None and self._is_owner:
            return Scope(tenant).narrow(**fields)  # who opened the file may enter any tenant; what is handed on may not
        return self.granted.narrow(**fields)

    def _agree_on_embedder(self) -> None:
        """Raise `EmbedderMismatch` where the file holds vectors of another embedder."""
        stored = self.store.embedder()
        if self.embedder is None or stored is None or self._replace_embedder:
            return
        given = (self.embedder.name, self.embedder.dimension)
        if stored != given:
            raise EmbedderMismatch(
                f"This memory was built with {stored[0]!r} ({stored[1]} axes); you opened it with {given[0]!r} ({given[1]}). "
                f"Open it with the embedder it was built with, or move it to this one: {self._move_here}."
            )

    def _is_other_embedder(self) -> bool:
        """Whether the file holds vectors by another embedder than ours."""
        stored = self.store.embedder()
        return self.embedder is not None and stored is not None and stored != (self.embedder.name, self.embedder.dimension)

    def _ready_embedder(self) -> Embedder | None:
        """The embedder, named in the file before any vector of its is written."""
        self._agree_on_embedder()
        if self.embedder is not None and self.store.embedder() != (self.embedder.name, self.embedder.dimension):
            self.store.embed_as(self.embedder.name, self.embedder.dimension)
        return self.embedder

    def _record(self, experience: object, session: str | None, embed: bool, numbering: Numbering | None, **given: Any) -> Receipt:
        started, now, scope = perf_counter(), self.clock.now(), self.granted.narrow(session=session)
        taken = intake(experience, scope=scope, heard_at=now, include_system=self.settings.include_system, numbering=numbering, **given)
        return write(self.store, scope, taken, self._ready_embedder() if embed else None, now, started)

    def _find_by_words(self, text: str, limit: int) -> Hits:
        """Hits by terms alone: what an erasure is checked by must not depend on an embedder that may fail."""
        return recall(text, self._look, replace(self._tools(None), embed=None), self.clock.now(), limit)

    def _look(self) -> AbstractContextManager[View]:
        return self._views.look(self.granted)

    def _tools(self, reranker: Reranker | None) -> Tools:
        self._agree_on_embedder()  # another process may have reindexed the file
        given = None if self.embedder is None else (self.embedder.name, self.embedder.dimension)
        embed = self.embedder.embed if self.embedder is not None and self.store.embedder() == given else None
        return Tools(lambda seqs: self.store.at(self.granted, seqs), embed, self.ranker or shipped(), self._pace, reranker)


def _move_here(path: str | os.PathLike[str] | None, embedder: Embedder | str | None) -> str:
    """How a memory gets the vectors of `embedder`: a command where a file and a name say all, Python for objects."""
    if path is not None and isinstance(embedder, str):
        return f"`remanence --db {shlex.quote(os.fspath(path))} --embedder {shlex.quote(embedder)} reindex`"
    return "open it with the same arguments and `replace_embedder=True`, then call `reindex()`"


def _open(path: str | os.PathLike[str], settings: Settings) -> Store:
    if os.fspath(path) == ":memory:":
        return InMemoryStore()
    return SqliteStore(path, busy_seconds=settings.busy_seconds)
