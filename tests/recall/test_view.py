"""A view that follows its store step by step says the same as one that reads it all afresh."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanence.changes import new_change
from remanence.ports import Mark, Store
from remanence.recall import postings as postings_module
from remanence.recall import view as view_module
from remanence.recall.view import NONE, View
from remanence.recall.views import Views
from remanence.store import sqlite
from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.types import Action, Entry, Episode, Kind, Scope

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALICE = Scope("acme", user="alice")
BOB = Scope("acme", user="bob")
AXES = 12
WORDS = 9


@dataclass
class Writer:
    """Does random things to a store, remembering what may be done next."""

    store: Store
    luck: Random
    current: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    deferred: set[str] = field(default_factory=set)
    made: int = 0

    def do(self, step: str) -> None:
        getattr(self, step)()

    def commit(self) -> None:
        fresh = [self._entry(self.luck.choice([ALICE, ALICE, ALICE, BOB])) for _ in range(self.luck.randint(1, 6))]
        self.store.commit(self._change(Action.ASSERT, added=[entry.episode.id for entry in fresh]), fresh)
        ours = [entry for entry in fresh if entry.episode.scope.user == "alice"]
        self.current += [entry.episode.id for entry in ours]
        self.deferred |= {entry.episode.id for entry in ours if entry.vector is None}

    def retire(self) -> None:
        if self.current:
            self.retired.append(self._take(self.current))
            ends_at = self.luck.choice([None, NOON + timedelta(hours=self.luck.randint(-48, 48))])
            self.store.commit(self._change(Action.SUPERSEDE, retired=self.retired[-1:], ends_at=ends_at))

    def restore(self) -> None:
        if self.retired:
            self.current.append(self._take(self.retired))
            self.store.commit(self._change(Action.UNDO, restored=self.current[-1:]))

    def erase(self) -> None:
        held = self.current + self.retired
        if held:
            doomed = self.luck.sample(held, self.luck.randint(1, min(3, len(held))))
            self.store.erase(self._change(Action.ERASE, retired=doomed))
            self.current = [id_ for id_ in self.current if id_ not in doomed]
            self.retired = [id_ for id_ in self.retired if id_ not in doomed]
            self.deferred -= set(doomed)

    def fill(self) -> None:
        some = sorted(self.deferred)[: self.luck.randint(1, 4)]
        self.store.fill(ALICE, [(id_, self._vector()) for id_ in some])
        self.deferred -= set(some)

    def _take(self, ids: list[str]) -> str:
        return ids.pop(self.luck.randrange(len(ids)))

    def _change(self, action: Action, **given: Any) -> Any:
        self.made += 1
        return new_change(action, Scope("acme"), NOON + timedelta(seconds=self.made), **given)

    def _entry(self, scope: Scope) -> Entry:
        self.made += 1
        said_at = NOON + timedelta(hours=self.luck.randint(-60, 60))
        episode = Episode(
            id=f"ep_{self.made}", scope=replace(scope, session=self.luck.choice([None, "s1", "s2"])), kind=Kind.TURN, text="…",
            said_at=said_at, heard_at=NOON + timedelta(seconds=self.made), speaker=self.luck.choice([None, "Anna", "Bo"]),
            role=self.luck.choice([None, "user"]),
        )  # fmt: skip
        terms = np.array(self.luck.choices(range(WORDS), k=self.luck.randint(0, 5)), np.uint32)
        return Entry(episode, terms, self.luck.choice([None, self._vector()]), cues=self.luck.randrange(128))

    def _vector(self) -> np.ndarray:
        drawn = np.array([self.luck.gauss(0, 1) for _ in range(AXES)])
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)


STEPS = ["commit", "commit", "retire", "restore", "erase", "fill"]


def afresh(store: Store, dimension: int = AXES) -> View:
    view = View(dimension)
    view.refresh(store, ALICE)
    return view


def sight(view: View) -> dict[str, Any]:
    """All that a view says of what is not erased, without the numbers it gives rows, sessions and speakers."""
    rows = np.flatnonzero(view.alive)
    seq = {row: int(view.seq[row]) for row in rows.tolist()} | {NONE: None}
    columns = ("seq", "said_at", "valid_to", "heard_at", "retired_at", "length", "cues", "current")
    names = {"session": view.sessions.names, "speaker": view.speakers.names, "role": view.roles.names}
    held = {view.sessions.names[code]: int(code) for code in np.unique(view.session[rows])}
    return {
        **{name: getattr(view, name)[rows].tolist() for name in columns},
        **{name: [labels[code] for code in getattr(view, name)[rows]] for name, labels in names.items()},
        "position": view.position[rows].tolist(),
        "previous": [seq[row] for row in view.previous[rows].tolist()],
        "next": [seq[row] for row in view.next[rows].tolist()],
        "latest": {name: [seq[row] for row in view.latest_of(code, 5)] for name, code in held.items()},
        "session_length": {name: int(view.session_length[code]) for name, code in held.items()},
        "total_length": view.total_length,
        "postings": {term: _postings(view, term) for term in range(WORDS)},
    }


def _postings(view: View, term: int) -> list[tuple[int, int]]:
    rows, counts = view.postings(term)
    assert (np.diff(rows) > 0).all(), "ascending, each row once"
    return [(int(view.seq[row]), int(count)) for row, count in zip(rows, counts, strict=True) if view.alive[row]]


def meaning(view: View, query: np.ndarray) -> np.ndarray:
    """What a view says by numbers that rounding may touch: each row's similarity, vector, and its session's direction."""
    rows = np.flatnonzero(view.alive)
    of_session = view.session_vectors(view.session[rows])
    return np.concatenate([view.nearest.similarities(query, rows)[:, None], view.nearest.vectors(rows), of_session], axis=1)


def agree(one: View, other: View) -> None:
    assert sight(one) == sight(other)
    query = np.random.default_rng(0).normal(size=one.nearest.dimension).astype(np.float32)
    np.testing.assert_allclose(meaning(one, query), meaning(other, query), atol=1e-4)
    everything = one.alive, other.alive
    (found, cosines), (same, alike) = (view.nearest.search(query, 5, alive) for view, alive in zip((one, other), everything, strict=True))
    assert one.seq[found].tolist() == other.seq[same].tolist()
    np.testing.assert_allclose(cosines, alike, atol=1e-5)


@contextmanager
def one_store() -> Iterator[tuple[Store, Store]]:
    store = InMemoryStore()
    yield store, store


@contextmanager
def two_stores_on_one_file() -> Iterator[tuple[Store, Store]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        with closing(SqliteStore(path)) as writes, closing(SqliteStore(path)) as reads:
            yield writes, reads


Stores = Callable[[], Any]
BOTH = pytest.mark.parametrize("stores", [one_store, two_stores_on_one_file])


@BOTH
@settings(max_examples=12, deadline=None)
@given(steps=st.lists(st.sampled_from([*STEPS, "look"]), min_size=10, max_size=40), seed=st.integers(0, 2**32))
def test_a_view_followed_step_by_step_equals_one_read_afresh(stores: Stores, steps: list[str], seed: int) -> None:
    with stores() as (writes, reads):
        writes.embed_as("some embedder", AXES)
        writer, followed = Writer(writes, Random(seed)), View(AXES)
        for step in steps:
            if step == "look":
                followed.refresh(reads, ALICE)
            else:
                writer.do(step)
        followed.refresh(reads, ALICE)
        agree(followed, afresh(reads))


def test_a_view_sees_only_the_rows_of_its_scope() -> None:
    with one_store() as (store, _):
        store.embed_as("some embedder", AXES)
        writer = Writer(store, Random(1))
        for _ in range(20):
            writer.do("commit")
        assert afresh(store).seq.tolist() == [seq for seq, _ in store.scan(ALICE)]
        assert len(list(store.scan(BOB))) > 0


@pytest.mark.parametrize("tail", [1, 2, 7, 30])
def test_postings_are_the_same_whether_they_are_merged_yet_or_not(monkeypatch: pytest.MonkeyPatch, tail: int) -> None:
    with one_store() as (store, _):
        store.embed_as("some embedder", AXES)
        writer, unmerged, merged = Writer(store, Random(tail)), View(AXES), View(AXES)
        for n in range(40):
            writer.do(STEPS[n % len(STEPS)])
            unmerged.refresh(store, ALICE)
            monkeypatch.setattr(postings_module, "TAIL", tail)
            merged.refresh(store, ALICE)
            monkeypatch.undo()
        assert unmerged._postings.memory < 100 < merged._postings.memory
        agree(merged, unmerged)


@BOTH
def test_a_view_read_in_small_pages_equals_one_read_at_once(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    with stores() as (writes, reads):
        writes.embed_as("some embedder", AXES)
        writer = Writer(writes, Random(8))
        for step in STEPS * 8:
            writer.do(step)
        at_once = afresh(reads)
        monkeypatch.setattr(view_module, "PAGE", 2)
        monkeypatch.setattr(sqlite, "INDEX_PAGE", 3)
        agree(afresh(reads), at_once)


def test_a_term_said_more_than_65535_times_counts_so_often_in_either_place(monkeypatch: pytest.MonkeyPatch) -> None:
    store = InMemoryStore()
    entries = [Entry(Episode(f"ep_{n}", ALICE, Kind.TURN, "…", NOON, NOON), np.full(70_000, 3, np.uint32)) for n in range(2)]
    store.commit(new_change(Action.ASSERT, ALICE, NOON, added=["ep_0", "ep_1"]), entries)
    assert afresh(store, 0).postings(3)[1].tolist() == [65_535] * 2
    monkeypatch.setattr(postings_module, "TAIL", 1)
    assert afresh(store, 0).postings(3)[1].tolist() == [65_535] * 2


# ---------------------------------------------------------------- what was believed


@BOTH
@settings(max_examples=8, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=10, max_size=30), seed=st.integers(0, 2**32))
def test_what_is_believed_is_what_the_two_clocks_say(stores: Stores, steps: list[str], seed: int) -> None:
    with stores() as (writes, reads):
        writes.embed_as("some embedder", AXES)
        writer = Writer(writes, Random(seed))
        for step in steps:
            writer.do(step)
        view, luck = afresh(reads), Random(seed)
        times = [None, *(NOON + timedelta(hours=luck.randint(-60, 60)) for _ in range(6)), *(e.said_at for _, e in reads.scan(ALICE))]
        knowledge = [None, *(NOON + timedelta(seconds=luck.randint(-1, writer.made + 1)) for _ in range(6))]
        for as_of in times:
            for known_at in knowledge:
                believed = view.believed(as_of and as_of.timestamp(), known_at and known_at.timestamp())
                assert view.seq[believed].tolist() == [seq for seq, e in reads.scan(ALICE) if is_believed(e, as_of, known_at)]


def is_believed(episode: Episode, as_of: datetime | None, known_at: datetime | None) -> bool:
    """The definition, one episode at a time: a retirement that was not known yet had not happened."""
    if known_at is not None and episode.heard_at > known_at:
        return False
    is_ended = episode.retired_at is not None and (known_at is None or episode.retired_at <= known_at)
    if as_of is None:
        return not is_ended
    return episode.said_at <= as_of and (not is_ended or as_of < episode.valid_to)


# ---------------------------------------------------------------- sessions


def test_what_was_recorded_without_a_session_belongs_to_its_day() -> None:
    store = InMemoryStore()
    hours = [0, 5, 13, 11.9, 40]  # after noon of the second of March: two on that day, then days 2, 3 and 4
    entries = [
        Entry(Episode(f"ep_{n}", ALICE, Kind.TURN, "…", NOON + timedelta(hours=hour), NOON), np.array([n], np.uint32))
        for n, hour in enumerate(hours)
    ]
    store.commit(new_change(Action.ASSERT, ALICE, NOON, added=[e.episode.id for e in entries]), entries)
    view = afresh(store, 0)
    by_day = defaultdict(list)
    for row, session in enumerate(view.session.tolist()):
        by_day[session].append(row)
    assert list(by_day.values()) == [[0, 1, 3], [2], [4]]
    assert view.position.tolist() == [0, 1, 0, 2, 0]
    assert view.previous.tolist() == [-1, 0, -1, 1, -1]
    assert view.next.tolist() == [1, 3, -1, -1, -1]


def test_vectors_that_are_all_gone_leave_their_session_without_a_direction() -> None:
    with one_store() as (store, _):
        store.embed_as("some embedder", AXES)
        writer, view = Writer(store, Random(3)), View(AXES)
        entries = [writer._entry(ALICE) for _ in range(30)]
        entries = [
            Entry(replace(e.episode, scope=ALICE.narrow(session="s1")), e.terms, writer._vector() if n else None)
            for n, e in enumerate(entries)
        ]
        store.commit(new_change(Action.ASSERT, ALICE, NOON, added=[e.episode.id for e in entries]), entries)
        view.refresh(store, ALICE)
        for n in range(1, 30, 3):
            store.erase(new_change(Action.ERASE, ALICE, NOON, retired=[e.episode.id for e in entries[n : n + 3]]))
            view.refresh(store, ALICE)
        assert np.abs(view.session_vectors(view.session[:1])).max() < 1e-3


# ---------------------------------------------------------------- another generation, another embedder


@BOTH
def test_terms_that_were_read_anew_replace_the_old_ones(stores: Stores) -> None:
    with stores() as (writes, reads):
        writes.embed_as("some embedder", AXES)
        writer = Writer(writes, Random(5))
        for step in STEPS * 3:
            writer.do(step)
        followed = afresh(reads)
        ids = [episode.id for _, episode in writes.scan(ALICE)]
        writes.reterm(ALICE, [(id_, np.array([8, 8], np.uint32), 5) for id_ in ids])
        followed.refresh(reads, ALICE)
        agree(followed, afresh(reads))
        assert followed.postings(8)[1].tolist() == [2] * len(ids)
        assert followed.postings(0)[0].tolist() == []


@BOTH
def test_another_embedder_makes_another_view(stores: Stores) -> None:
    with stores() as (writes, reads):
        views = Views(reads, limit=10**9)
        writes.embed_as("some embedder", AXES)
        writer = Writer(writes, Random(6))
        for step in STEPS * 3:
            writer.do(step)
        query = np.ones(AXES, np.float32)
        before = views.of(ALICE)
        assert len(before.nearest.search(query, 5, before.alive)[0]) > 0
        writes.embed_as("another embedder", AXES)
        after = views.of(ALICE)
        assert len(after.nearest.search(query, 5, after.alive)[0]) == 0
        writes.embed_as("a smaller embedder", 3)
        assert views.of(ALICE).nearest.dimension == 3


def test_a_move_that_is_told_twice_is_made_once() -> None:
    """A reader may see a row's move before the mark that counts it, and then hear of it again."""

    class Late(InMemoryStore):
        """Its marks tell of a move one look too late."""

        told: Mark | None = None

        def mark(self) -> Mark:
            now = super().mark()
            late, self.told = self.told or now, now
            return late

    store = Late()
    store.embed_as("some embedder", AXES)
    writer, followed = Writer(store, Random(7)), View(AXES)
    for _ in range(30):
        for step in STEPS:
            writer.do(step)
            followed.refresh(store, ALICE)
    for _ in range(3):
        followed.refresh(store, ALICE)
    assert len(writer.current) > 10
    agree(followed, afresh_after_all(store))


def afresh_after_all(store: InMemoryStore) -> View:
    view = View(AXES)
    for _ in range(2):
        view.refresh(store, ALICE)
    return view


def test_the_least_recently_used_views_are_dropped_to_keep_within_the_memory_allowed() -> None:
    store = InMemoryStore()
    views = Views(store, limit=0)
    first = views.of(ALICE)
    assert views.of(ALICE) is first, "the one in use is kept, however large"
    views.of(BOB)
    assert views.of(ALICE) is not first
    roomy = Views(store, limit=10**9)
    first, _ = roomy.of(ALICE), roomy.of(BOB)
    assert roomy.of(ALICE) is first
