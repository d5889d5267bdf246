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
from remanence.backends.registry import DEFAULT, resolve, resolve_model
from remanence.distill import inquire
from remanence.distill.bearing import bearing
from remanence.distill.beliefs import Beliefs, Believing, standing_at
from remanence.distill.by_hand import correction, endings, joined, just_after, retraction, understood
from remanence.distill.extract import read as read_by_rules
from remanence.distill.flow import Distilled
from remanence.distill.profile import profile
from remanence.distill.relations import registry
from remanence.distill.run import read_waiting
from remanence.errors import BadInput, EmbedderMismatch, NotFound
from remanence.forget import all_meeting, forget, named
from remanence.language.analyse import terms
from remanence.language.moment import read_moment
from remanence.ports import Clock, CountTokens, Embedder, LanguageModel, Progress, Reranker, Store
from remanence.recall.filters import read_filter
from remanence.recall.fuse import Ranker, shipped
from remanence.recall.known import known_arms as arms_of
from remanence.recall.pace import Pace
from remanence.recall.pipeline import Arm, Tools, recall
from remanence.recall.probe import ranks_by_own_words
from remanence.recall.view import View
from remanence.recall.views import Views
from remanence.record.correct import correct, retire, undo
from remanence.record.intake import Numbering, intake
from remanence.record.write import entries, reindex, write, write_all
from remanence.settings import Settings
from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.store.transfer import export, restore
from remanence.types import (
    BY_HAND,
    Budget,
    Certificate,
    Change,
    Context,
    Entity,
    Episode,
    Fact,
    Filter,
    Finding,
    Graph,
    Hits,
    Kind,
    Profile,
    Reading,
    Receipt,
    Scope,
    Spent,
    Stats,
    Status,
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
        self._relations = registry(self.settings.relations)
        self._believing = Believing(self.store, self._relations)
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
        given: dict[str, Any] = {
            "said_at": said_at,
            "speaker": speaker,
            "role": role,
            "source": source,
            "trust": trust,
            "key": key,
            "kind": kind,
        }
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
        """Supersede an episode: the old words stay in the history and in every `as_of` before `said_at` (default: now).

        Of a fact, `text` is the right object: what was believed never was so.
        """
        now = self.clock.now()
        moment = now if said_at is None else read_moment(said_at, now)
        if id.startswith("fa_"):
            wrong = inquire.fact(self._beliefs(), id)
            return self._by_hand(correction(wrong, text), just_after(wrong) if said_at is None else moment, reason)
        return correct(self.store, self.granted, id, text, moment, now, self._ready_embedder(), reason, self._understood)

    def retract(self, what: str | Filter, *, reason: str = "") -> Receipt:
        """Take a fact back (by id): it never was so. Or, with a filter, everything that some source or speaker said.

        The words stay in the ledger, and `undo` brings all of it back. `forget` erases.
        """
        now = self.clock.now()
        if isinstance(what, Filter):
            return retire(self.store, self.granted, read_filter(what, now) or Filter(), now, reason)
        return self._by_hand(retraction(inquire.fact(self._beliefs(), what)), now, reason)

    def merge(self, one: str, other: str, *, reason: str = "") -> Receipt:
        """Make two names one entity; `undo` takes them apart again. Raises `NotFound` for a name that nothing is known of."""
        beliefs = self._beliefs()
        same = joined(inquire.entity(beliefs, one).name, inquire.entity(beliefs, other).name)
        return self._by_hand(same, self.clock.now(), reason)

    def undo(self, change: str, *, reason: str = "") -> Change:
        """Reverse a change: what it added is retired, what it retired is current again."""
        return undo(self.store, self.granted, change, self.clock.now(), reason)

    def forget(
        self,
        what: str | Sequence[str] | None = None,
        *,
        about: str | None = None,
        where: Filter | None = None,
        reason: str = "",
        preview: bool = False,
    ) -> Certificate:
        """Erase episodes and prove it: by id, by fact, by a description (every episode that holds all its words), everything
        `about` somebody or something, or everything that meets `where` (a source, a speaker, a time).

        A fact goes with all the words that it rests on, and so does what else rested on them alone: `preview=True` lists
        both. A description names superseded and undone versions too; an id names that version alone (`history` has the
        others). Removes rows, terms, vectors, claims and their bytes on disk, then probes and scans.
        """
        now, beliefs = self.clock.now(), self._beliefs()
        doomed = self._doomed(what, about, where if where is None else read_filter(where, now) or Filter(), beliefs)
        known, erased = beliefs.all_facts(), {episode.id for episode in doomed}
        if preview:
            left = inquire.without(beliefs, erased)
            listed = Certificate(None, tuple(dict.fromkeys(episode.id for episode in doomed)), (), (), 0, 0, now)
            return replace(listed, **inquire.aftermath(known, erased, left))
        certificate = forget(
            self.store, self.granted, doomed, made_at=now, reason=reason,
            probe=lambda episodes: ranks_by_own_words(episodes, self._find_by_words),
        )  # fmt: skip
        after = self._beliefs().all_facts()
        if ended := endings(known, after):
            self._by_hand(ended, now)
        return replace(certificate, **inquire.aftermath(known, erased, after))

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
        then = None if as_of is None else read_moment(as_of, now, "as_of")
        known = None if known_at is None else read_moment(known_at, now, "known_at")
        return recall(
            question, self._look, self._tools(reranker, then, known), now, limit,
            selected=None if where is None else self.store.select(self.granted, where), as_of=then, known_at=known,
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
        """What changed and why, oldest first; with `id`, only what touched that episode or that fact.

        A change to a fact, or the one change whose id is given, tells its effects on facts. Raises `NotFound`.
        """
        if id is not None and id.startswith("fa_"):
            return inquire.history(self._beliefs(), self.store, self.granted, id)[-limit if limit else None :]
        if id is not None and id.startswith("ch_"):
            return [inquire.effects_of(self._beliefs(), self.store.change(self.granted, id))]
        return self.store.changes(self.granted, id, limit)

    def facts(
        self,
        about: str | None = None,
        relation: str | None = None,
        *,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
        status: Status | str | Sequence[Status | str] | None = None,
        limit: int | None = None,
    ) -> list[Fact]:
        """What is so, or contested, at `as_of` (default: now) by what was known at `known_at`, oldest first.

        `about`: a name; `relation`: as in the registry; `status`: "current", "ended", "contested", "retracted", several of
        them, or "all". Raises `BadInput` for a relation or a status that does not exist.
        """
        moment, beliefs = self._moment(as_of, "as_of"), self._beliefs(known_at)
        return inquire.facts(beliefs, about, relation, moment, inquire.statuses(status), limit)

    def fact(self, id: str) -> Fact:
        """One fact with its evidence. Raises `NotFound`."""
        return standing_at(inquire.fact(self._beliefs(), id), self.clock.now())

    def timeline(
        self, about: str | None = None, *, as_of: Moment | None = None, known_at: Moment | None = None, limit: int | None = None
    ) -> list[Fact]:
        """All that is or was so of `about` (of everybody, without it), in order of time; `limit` keeps the latest."""
        return inquire.timeline(self._beliefs(known_at), about, self._moment(as_of, "as_of"), limit)

    def entities(self, name: str | None = None) -> list[Entity]:
        """Whom and what facts speak of, with their aliases; those that go by `name`."""
        return self._beliefs().entities() if name is None else self._beliefs().named(name)

    def stats(self) -> Stats:
        """Counts of this scope and of its file."""
        return self.store.stats(self.granted)

    def profile(
        self,
        about: str | None = None,
        *,
        topics: Sequence[str] | None = None,
        max_tokens: int | None = None,
        count: CountTokens | None = None,
        history: bool = False,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
    ) -> Profile:
        """The current facts of one subject by topic and sub-topic, each with its sources; `text` is a block for a prompt.

        `about`: a name (default: the scope's user, else whom most is known of); `topics`: only these, each a topic or
        "topic/sub-topic"; `max_tokens` bounds the text by `count`; `history`: with what has ended. Raises `NotFound`, and
        `BadInput` for a topic that does not exist.
        """
        beliefs, moment = self._beliefs(known_at), self._moment(as_of, "as_of")
        whom = inquire.subject(beliefs, about, self.granted)
        known = beliefs.facts(whom.id, as_of=moment, statuses=inquire.KNOWN)
        return profile(known, self._relations, name=whom.name, topics=topics, max_tokens=max_tokens, count=count, history=history)

    def graph(
        self, about: str | None = None, *, hops: int = 1, to: str | None = None, as_of: Moment | None = None, known_at: Moment | None = None
    ) -> Graph:
        """Entities and the facts that join them: all, those within `hops` of `about`, or the way from there `to` another.

        Raises `NotFound` for a name that nothing is known of.
        """
        beliefs, moment = self._beliefs(known_at), self._moment(as_of, "as_of")
        return inquire.graph(beliefs, about, to, moment, hops)

    # ------------------------------------------------------------------ upkeep

    def distill(
        self,
        model: LanguageModel | str,
        *,
        pending: bool = False,
        limit: int | None = None,
        budget: Budget | None = None,
        progress: Progress | None = None,
    ) -> Distilled:
        """Have a language model read what it has not read yet, in place of what the rules made of it; `pending`: what it had
        to put off.

        `model`: a name ("openai:MODEL") or an object that fulfils the `LanguageModel` port. What fails or exceeds the
        `budget` is deferred, visible in `stats`, and loses nothing. Raises `BadInput` for an unknown name.
        """
        found = resolve_model(model)
        if found is None:
            raise BadInput("Name a model to distill with, for example 'openai:gpt-5-mini'. What rules can read was read when recorded.")
        return read_waiting(
            self.store, self.granted, found, self._relations, pending=pending, limit=limit, budget=budget, progress=progress
        )

    def export(self) -> Iterator[str]:
        """The whole scope as JSON Lines: every episode and every change."""
        return export(self.store, self.granted)

    def import_(self, lines: Iterable[str], *, progress: Progress | None = None, embed: bool = True) -> Receipt:
        """Replay an export into this scope; importing twice equals importing once. Raises `BadInput` naming the line."""
        embedder = self._ready_embedder() if embed else None
        return restore(lines, self.store, self.granted, lambda episodes: entries(episodes, embedder, self._read), progress=progress)

    def doctor(self) -> list[Finding]:
        """Check the whole file: structure, references, index against ledger."""
        return self.store.check()

    def reindex(self, *, pending: bool = False, progress: Progress | None = None) -> Receipt:
        """Rebuild terms, vectors and what rules read from the ledger; `pending=True` only gives deferred episodes their vectors.

        From the memory itself, not from a narrower scope, it rebuilds the whole file, for every tenant: only so can a file
        be moved to another embedder (`replace_embedder=True`). Raises `BadInput` where a scope tries.
        """
        started = perf_counter()
        if not self._is_owner and self._is_other_embedder():
            raise BadInput(
                "Another embedder means other vectors for the whole file: reindex from the memory itself, not from a scope of it."
            )
        scopes = [Scope(tenant) for tenant in self.store.tenants()] if self._is_owner else [self.granted]
        done = reindex(self.store, scopes, self._ready_embedder(), self.settings.batch, pending, progress, self._read)
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

    def _record(
        self, experience: object, session: str | None, embed: bool, numbering: Numbering | None, reason: str = "", **given: Any
    ) -> Receipt:
        started, now, scope = perf_counter(), self.clock.now(), self.granted.narrow(session=session)
        taken = intake(experience, scope=scope, heard_at=now, include_system=self.settings.include_system, numbering=numbering, **given)
        return write(self.store, scope, taken, self._ready_embedder() if embed else None, now, started, self._understood, reason)

    def _by_hand(self, stated: object, said_at: datetime, reason: str = "") -> Receipt:
        """Record what the owner states of a fact outright."""
        return self._record(stated, None, True, None, reason, kind=Kind.FACT, said_at=said_at, source=BY_HAND)

    def _understood(self, episode: Episode) -> Reading:
        """What the rules read in a new episode. Raises `BadInput` for a stated fact that they cannot."""
        return understood(episode, self._relations)

    def _doomed(self, what: str | Sequence[str] | None, about: str | None, where: Filter | None, beliefs: Beliefs) -> list[Episode]:
        """The episodes that are to be forgotten. Raises `BadInput` unless exactly one thing is named, `NotFound`."""
        if sum(given is not None for given in (what, about, where)) != 1:
            raise BadInput("Say what to forget in one way: an id or a description, about= a name, or where= a filter.")
        if where is not None:
            return all_meeting(self.store, self.granted, where)
        if about is not None:
            said = self.store.get(self.granted, inquire.bearing_on(beliefs, about))
            return list({episode.id: episode for episode in (*said, *named(self.store, self.granted, about, terms))}.values())
        names = [what] if isinstance(what, str) else list(what or ())
        resting = [id_ for name in names if name.startswith("fa_") for id_ in inquire.evidence(inquire.fact(beliefs, name))]
        others = [name for name in names if not name.startswith("fa_")]
        found = self.store.get(self.granted, resting)
        return [*found, *named(self.store, self.granted, others, terms)] if others or not resting else found

    def _read(self, episode: Episode) -> Reading:
        return read_by_rules(episode, self._relations)

    def _beliefs(self, known_at: Moment | None = None) -> Beliefs:
        return self._believing.of(self.granted, None if known_at is None else self._moment(known_at, "known_at"))

    def _moment(self, given: Moment | None, name: str) -> datetime:
        now = self.clock.now()
        return now if given is None else read_moment(given, now, name)

    def _find_by_words(self, text: str, limit: int) -> Hits:
        """Hits by terms alone: what an erasure is checked by must not depend on an embedder that may fail."""
        return recall(text, self._look, replace(self._tools(None), embed=None), self.clock.now(), limit)

    def _look(self) -> AbstractContextManager[View]:
        return self._views.look(self.granted)

    def _tools(self, reranker: Reranker | None, as_of: datetime | None = None, known_at: datetime | None = None) -> Tools:
        self._agree_on_embedder()  # another process may have reindexed the file
        given = None if self.embedder is None else (self.embedder.name, self.embedder.dimension)
        embed = self.embedder.embed if self.embedder is not None and self.store.embedder() == given else None
        ranker = (self.ranker or shipped()).reading(self.embedder.name if self.embedder is not None else None)
        return Tools(lambda seqs: self.store.at(self.granted, seqs), embed, ranker, self._pace, reranker, self.known_arms(as_of, known_at))

    def known_arms(self, as_of: datetime | None = None, known_at: datetime | None = None) -> dict[str, Arm]:
        """The arms that lead from a question to the evidence of facts, as they stood at `as_of` by what was known then."""

        def bear(question: str) -> Mapping[str, Mapping[int, float]]:
            beliefs = self._believing.within(self.granted, self.settings.recalled_claims, known_at)
            return {} if beliefs is None else bearing(beliefs, question, as_of or self.clock.now(), self.granted.user)

        return arms_of(bear)


def _move_here(path: str | os.PathLike[str] | None, embedder: Embedder | str | None) -> str:
    """How a memory gets the vectors of `embedder`: a command where a file and a name say all, Python for objects."""
    if path is not None and isinstance(embedder, str):
        return f"`remanence --db {shlex.quote(os.fspath(path))} --embedder {shlex.quote(embedder)} reindex`"
    return "open it with the same arguments and `replace_embedder=True`, then call `reindex()`"


def _open(path: str | os.PathLike[str], settings: Settings) -> Store:
    if os.fspath(path) == ":memory:":
        return InMemoryStore()
    return SqliteStore(path, busy_seconds=settings.busy_seconds)
