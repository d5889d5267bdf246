"""The laws of the `Store` port as tests: subclass `StoreContract` with one fixture, `store`, to prove a store of your own.

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with closing(MyStore()) as store:
                yield store

Where the store outlives its handle, also give `reopen`: a callable that closes `store` and returns a new one on the same data.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from remanence.errors import BadInput, NotFound, ScopeViolation
from remanence.ports import IndexRow, Mark, Store
from remanence.types import (
    LAYERS,
    Action,
    Change,
    Claim,
    Entry,
    Episode,
    Filter,
    Kind,
    Reading,
    ReadingState,
    Scope,
    Span,
    Stance,
    Testimony,
    Trust,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=1)))
ALICE, BOB = Scope("acme", user="alice"), Scope("acme", user="bob")
AXES = 4

# The store of one test serves all examples of a property; each example keeps to tenants of its own.
REPEATABLE = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow],
)
_numbers = itertools.count()

# ---------------------------------------------------------------- what is put in


def fresh(prefix: str) -> str:
    """A name that was not used before."""
    return f"{prefix}{next(_numbers)}"


def count_from(number: int) -> None:
    """Let the names given out begin at `number`: forked processes would otherwise give out the same ones."""
    global _numbers
    _numbers = itertools.count(number)


def episode(text: str = "some words", scope: Scope = ALICE, **given: Any) -> Episode:
    defaults = {"id": fresh("e"), "kind": Kind.TURN, "said_at": NOON, "heard_at": NOON.astimezone(UTC)}
    return Episode(text=text, scope=scope, **{**defaults, **given})


def vector(seed: int = 0, axes: int = AXES) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=axes)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def entry(episode: Episode, vector: NDArray[np.float32] | None = None, *readings: Reading) -> Entry:
    return Entry(episode, np.array([len(word) for word in episode.text.split()], dtype=np.uint32), vector, readings=readings)


def reading(*objects: str, by: str = "rules/1", state: ReadingState = ReadingState.DONE, **given: Any) -> Reading:
    """A reading that claims that Alice likes each of `objects`; `given` are further fields of the claims."""
    usual = {"subject": "Alice", "relation": "likes", "start": 0, "end": 0, **given}
    return Reading(by, tuple(Claim(**usual, object=each) for each in objects), state)


def read(store: Store, *pairs: tuple[Episode, Sequence[Reading]], scope: Scope | None = None) -> Change:
    """Commit these episodes with their readings as one change."""
    added = tuple(e.id for e, _ in pairs)
    return store.commit(change(scope or pairs[0][0].scope, added=added), [entry(e, None, *readings) for e, readings in pairs])


def change(scope: Scope = ALICE, action: Action = Action.ASSERT, **given: Any) -> Change:
    return Change(**{"id": fresh("c"), "action": action, "scope": scope, "made_at": NOON, **given})


def record(store: Store, *episodes: Episode, scope: Scope | None = None, vectors: bool = False) -> Change:
    """Commit these episodes as one change of `scope` (by default: of the first episode's)."""
    entries = [entry(e, vector(i) if vectors else None) for i, e in enumerate(episodes)]
    added = tuple(e.id for e in episodes)
    return store.commit(change(scope or episodes[0].scope, added=added), entries)


def erasure(scope: Scope, *ids: str) -> Change:
    return change(scope, Action.ERASE, retired=ids)


# ---------------------------------------------------------------- what is seen


def texts(store: Store, scope: Scope = ALICE) -> list[str]:
    return [episode.text for _, episode in store.scan(scope)]


def everything(store: Store, scope: Scope) -> tuple[Any, ...]:
    """All that a scope can see, as comparable values."""
    return (
        list(store.scan(scope)),
        list(store.index(scope)),
        store.changes(scope),
        store.deferred(scope, 10_000),
        replace(store.stats(scope), bytes=0),
        list(store.testimonies(scope)),
        store.unread(scope, "rules/1", 10_000),
        store.unread(scope, "model/a/1", 10_000, pending=True),
    )


def said(store: Store, scope: Scope = ALICE, **given: Any) -> list[str]:
    """The objects of all that is claimed, in order."""
    return [testimony.claim.object for testimony in store.testimonies(scope, **given)]


class Follower:
    """A reader that keeps its copy of the index current by marks alone, as search does."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self.store, self.scope = store, scope
        self.mark: Mark | None = None
        self.rows: dict[int, IndexRow] = {}
        self.told: dict[int, list[Testimony]] = {}

    def follow(self) -> list[IndexRow]:
        mark = self.store.mark()
        if self.mark is None or mark.generation != self.mark.generation:
            self.rows = {row.seq: row for row in self.store.index(self.scope)}
            self.told = {}
            self._hear(self.store.testimonies(self.scope))
        elif mark != self.mark:
            moved = self.store.moved(self.scope, self.mark.move)
            for seq in moved:
                self.rows.pop(seq, None)
                self.told.pop(seq, None)
            self.rows |= {row.seq: row for row in self.store.index(self.scope, seqs=moved)}
            self.rows |= {row.seq: row for row in self.store.index(self.scope, after=self.mark.seq)}
            # What is new may have moved since: it must not be heard twice.
            self._hear(self.store.testimonies(self.scope, seqs=[seq for seq in moved if seq <= self.mark.seq]))
            self._hear(self.store.testimonies(self.scope, after=self.mark.seq))
        self.mark = mark
        return [self.rows[seq] for seq in sorted(self.rows)]

    def testimonies(self) -> list[Testimony]:
        """What was told when it followed last."""
        return [testimony for seq in sorted(self.told) for testimony in self.told[seq]]

    def _hear(self, testimonies: Iterable[Testimony]) -> None:
        for testimony in testimonies:
            self.told.setdefault(testimony.seq, []).append(testimony)


# ---------------------------------------------------------------- what could be given

AWKWARD = (
    "", " ", "\x00", "a\x00b", "'; drop table episode; --", "%_?1", "\\u0000", "\ufeff", "\u202eright to left\u202c", "שלום", "مرحبا",
    "我住在里斯本。", "e\u0301", "é", "👩‍👩‍👧‍👦", "𝒳", "\n\r\t", "ﬁ", "İ", '{"a": 1}', "[1]", "null", "1", "\U0010ffff", "\x7f", "\u2028",
)  # fmt: skip
words = st.sampled_from(AWKWARD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
names = words.filter(lambda name: name.strip() and "\x00" not in name)
zones = st.sampled_from([0, 3600, -5 * 3600, 20700, 1172, -(17 * 60 + 30), 86399, -86399]).map(lambda s: timezone(timedelta(seconds=s)))
moments = st.datetimes(timezones=zones) | st.sampled_from(
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1),
    ]
)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6)
metadata = st.dictionaries(words, values, max_size=4)
claims = st.builds(
    Claim, words, words, words, st.just(0), st.just(0), st.sampled_from(Stance), words, words, st.none() | moments, st.none() | moments,
    words, st.floats(0, 1, exclude_min=True), st.booleans(),
)  # fmt: skip
versions = st.sampled_from(["rules/1", "rules/2", "model/a/1", "model/b/1"])
readings = st.builds(Reading, versions, st.lists(claims, max_size=3).map(tuple), st.sampled_from(ReadingState), words)
spans = st.none() | st.builds(Span, words, st.integers(0, 2**62), st.integers(0, 2**62))


def scopes(tenant: str, *, wide: bool = False) -> st.SearchStrategy[Scope]:
    """Scopes of two tenants with few values per field, so that they meet, nest and miss each other."""
    some = st.sampled_from(["a", "A", "á", "a ", "%", "'", "🦊"]) | names
    field = st.none() | some if not wide else st.none()
    return st.builds(Scope, st.sampled_from([tenant, tenant + "x"]), field, st.none(), field, st.none() | field)


scope_seeds = st.lists(st.tuples(st.booleans(), *[st.sampled_from([None, None, "a", "A", "%"]) for _ in range(4)]), min_size=1, max_size=8)


def scope_from(tenant: str, seed: tuple[Any, ...]) -> Scope:
    return Scope(tenant + "x" if seed[0] else tenant, *seed[1:])


class StoreContract:
    """What every store must do. See the module's head for how to use it."""

    @pytest.fixture
    def reopen(self, store: Store) -> Callable[[], Store]:
        """The default for a store that does not outlive its handle."""
        return lambda: store

    # ------------------------------------------------------------ keeping

    @REPEATABLE
    @given(data=st.data())
    def test_every_word_comes_back_as_it_was_given(self, store: Store, data: st.DataObject) -> None:
        scope = Scope(fresh("tenant "), *[data.draw(st.none() | names) for _ in range(4)])
        given = [
            episode(
                data.draw(words), scope,
                id=fresh(data.draw(words)), kind=data.draw(st.sampled_from(Kind)), trust=data.draw(st.sampled_from(Trust)),
                said_at=data.draw(moments), speaker=data.draw(st.none() | words), role=data.draw(st.none() | words),
                source=data.draw(st.none() | words), key=data.draw(words), metadata=data.draw(metadata), span=data.draw(spans),
            )
            for _ in range(data.draw(st.integers(1, 3)))
        ]  # fmt: skip
        record(store, *given)
        kept = store.get(scope, [e.id for e in given])
        assert kept == given
        assert [e.said_at.utcoffset() for e in kept] == [e.said_at.utcoffset() for e in given]
        assert [e for _, e in store.scan(scope)] == given

    def test_a_reopened_store_holds_what_was_committed(self, store: Store, reopen: Callable[[], Store]) -> None:
        store.embed_as("some embedder", AXES)
        first, second = episode("one 一"), episode("two 二", metadata={"n": [1, {"x": None}]})
        record(store, first, second, vectors=True)
        store.commit(change(action=Action.SUPERSEDE, retired=(first.id,), ends_at=NOON))
        before = everything(store, ALICE), store.mark(), store.embedder()
        after = reopen()
        assert (everything(after, ALICE), after.mark(), after.embedder()) == before

    def test_a_new_store_is_empty_and_sound(self, store: Store) -> None:
        seen = (store.scan(ALICE), store.index(ALICE), store.changes(ALICE), store.deferred(ALICE, 9))
        assert [list(rows) for rows in seen] == [[], [], [], []]
        asked = (store.get(ALICE, ["x"]), store.at(ALICE, [1]), store.select(ALICE, Filter()), store.moved(ALICE, 0))
        assert [list(rows) for rows in asked] == [[], [], [], []]
        stats = store.stats(ALICE)
        assert (stats.episodes, stats.retired, stats.deferred, stats.sessions, stats.changes) == (0, 0, 0, 0, 0)
        assert (stats.first_said_at, stats.last_said_at, store.embedder()) == (None, None, None)
        assert all(finding.ok for finding in store.check())

    def test_episodes_are_kept_in_the_order_they_were_recorded(self, store: Store) -> None:
        record(store, episode("c"), episode("a"))
        record(store, episode("b", said_at=NOON - timedelta(days=9)))
        seqs = [seq for seq, _ in store.scan(ALICE)]
        assert texts(store) == ["c", "a", "b"]
        assert seqs == sorted(seqs) == [row.seq for row in store.index(ALICE)]
        assert [e.text for _, e in store.scan(ALICE, after=seqs[0])] == ["a", "b"]

    def test_a_long_ledger_is_read_whole_and_once(self, store: Store) -> None:
        record(store, *[episode(f"{n}", speaker="odd" if n % 2 else "even") for n in range(1300)])
        assert texts(store) == [str(n) for n in range(1300)]
        assert [e.text for _, e in store.scan(ALICE, Filter(speaker="odd"))] == [str(n) for n in range(1, 1300, 2)]
        assert len(list(store.index(ALICE))) == len(store.select(ALICE, Filter())) == 1300

    def test_writing_while_a_scan_is_under_way_neither_blocks_nor_upsets_it(self, store: Store) -> None:
        record(store, *[episode(f"{n}") for n in range(600)])
        seen = []
        for seq, found in store.scan(ALICE):
            seen.append(found.text)
            if len(seen) in (1, 300):
                record(store, episode("bob's", BOB))
                store.erase(erasure(ALICE, store.at(ALICE, [seq])[0].id))
        assert seen == [str(n) for n in range(600)]

    def test_ids_are_answered_in_the_order_asked_for_and_unknown_ones_left_out(self, store: Store) -> None:
        one, two = episode("one"), episode("two")
        record(store, one, two)
        assert store.get(ALICE, [two.id, "nobody", one.id, two.id]) == [two, one, two]
        first, second = (seq for seq, _ in store.scan(ALICE))
        assert store.at(ALICE, [second, 10**12, first]) == [two, one]
        assert store.get(ALICE, []) == store.at(ALICE, []) == []
        assert list(store.index(ALICE, seqs=[])) == []

    # ------------------------------------------------------------ whole or absent

    def test_recording_a_known_id_again_changes_nothing(self, store: Store) -> None:
        known = episode("as it was")
        record(store, known)
        before = everything(store, ALICE), store.mark()
        kept = record(store, replace(known, text="otherwise", speaker="someone"))
        assert kept.added == ()
        assert (everything(store, ALICE), store.mark()) == before

    def test_of_known_and_new_together_only_the_new_is_added(self, store: Store) -> None:
        known, new = episode("known"), episode("new")
        record(store, known)
        kept = record(store, known, new, new)
        assert kept.added == (new.id,)
        assert texts(store) == ["known", "new"]
        assert store.changes(ALICE)[-1].added == (new.id,)

    @pytest.mark.parametrize("wrong", [vector(axes=AXES + 1), vector(axes=1), np.full(AXES, np.nan, dtype=np.float32)])
    def test_a_wrong_vector_in_the_middle_leaves_nothing_of_its_commit(self, store: Store, wrong: NDArray[np.float32]) -> None:
        store.embed_as("some embedder", AXES)
        record(store, episode("before"), vectors=True)
        before = everything(store, ALICE), store.mark()
        good, bad, other = episode("good"), episode("bad"), episode("other")
        with pytest.raises(BadInput):
            store.commit(change(added=(good.id, bad.id, other.id)), [entry(good, vector()), entry(bad, wrong), entry(other, vector())])
        assert (everything(store, ALICE), store.mark()) == before
        record(store, good, other, vectors=True)
        assert texts(store) == ["before", "good", "other"]

    def test_a_vector_without_an_embedder_is_refused(self, store: Store) -> None:
        with pytest.raises(BadInput):
            record(store, episode(), vectors=True)
        assert texts(store) == []

    def test_a_change_that_names_an_unknown_episode_changes_nothing(self, store: Store) -> None:
        known = episode("known")
        record(store, known)
        before = everything(store, ALICE), store.mark()
        for bad in (change(retired=(known.id, "nobody")), change(restored=("nobody",))):
            with pytest.raises(NotFound):
                store.commit(bad, [entry(episode("new"))])
        with pytest.raises(NotFound):
            store.erase(erasure(ALICE, known.id, "nobody"))
        assert (everything(store, ALICE), store.mark()) == before

    def test_a_change_that_names_an_episode_twice_is_refused(self, store: Store) -> None:
        known = episode("known")
        record(store, known)
        before = everything(store, ALICE), store.mark()
        with pytest.raises(BadInput):
            store.commit(change(retired=(known.id, known.id)))
        with pytest.raises(BadInput):
            store.commit(change(retired=(known.id,), restored=(known.id,)))
        with pytest.raises(BadInput):
            store.erase(erasure(ALICE, known.id, known.id))
        assert (everything(store, ALICE), store.mark()) == before

    def test_a_change_is_committed_once(self, store: Store) -> None:
        one, two = episode("one"), episode("two")
        first = record(store, one)
        before = everything(store, ALICE), store.mark()
        with pytest.raises(BadInput):
            store.commit(replace(first, added=(two.id,)), [entry(two)])
        with pytest.raises(BadInput):
            store.erase(replace(erasure(ALICE, one.id), id=first.id))
        assert (everything(store, ALICE), store.mark()) == before

    def test_a_change_without_content_leaves_no_history(self, store: Store) -> None:
        store.commit(change())
        assert store.changes(ALICE) == []

    # ------------------------------------------------------------ two clocks

    def test_a_superseded_episode_ends_on_both_clocks(self, store: Store) -> None:
        old, new = episode("lives in Porto"), episode("lives in Lisbon")
        record(store, old)
        ends_at, made_at = NOON + timedelta(days=3), NOON + timedelta(days=5)
        store.commit(change(action=Action.SUPERSEDE, added=(new.id,), retired=(old.id,), ends_at=ends_at, made_at=made_at), [entry(new)])
        then, now = store.get(ALICE, [old.id, new.id])
        assert (then.valid_to, then.retired_at, then.is_current) == (ends_at, made_at, False)
        assert then.valid_to is not None
        assert then.valid_to.utcoffset() == ends_at.utcoffset()
        assert (now.valid_to, now.retired_at, now.is_current) == (None, None, True)
        assert replace(then, valid_to=None, retired_at=None) == old
        ended, open_ended = store.index(ALICE)
        assert (ended.valid_to, ended.retired_at) == (ends_at.timestamp(), made_at.timestamp())
        assert open_ended.valid_to == open_ended.retired_at == float("inf")

    def test_without_an_end_the_retired_episode_was_never_so(self, store: Store) -> None:
        wrong = episode("a slip of the tongue", said_at=NOON - timedelta(days=1))
        record(store, wrong)
        store.commit(change(action=Action.SUPERSEDE, retired=(wrong.id,)))
        [kept] = store.get(ALICE, [wrong.id])
        assert kept.valid_to == kept.said_at == wrong.said_at
        assert kept.retired_at == NOON

    def test_restoring_gives_back_the_episode_as_it_was(self, store: Store) -> None:
        old = episode("as it was")
        record(store, old)
        retiring = store.commit(change(action=Action.SUPERSEDE, retired=(old.id,), ends_at=NOON))
        undo = store.commit(change(action=Action.UNDO, restored=(old.id,), undoes=retiring.id, reason="it was so after all"))
        assert store.get(ALICE, [old.id]) == [old]
        assert store.changes(ALICE)[1:] == [retiring, undo]

    def test_dates_at_the_edges_of_the_calendar_are_kept_and_ordered(self, store: Store) -> None:
        edges = [datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))]
        first, last = (episode(f"{edge}", said_at=edge) for edge in edges)
        record(store, last, first)
        store.commit(change(action=Action.SUPERSEDE, retired=(first.id, last.id), ends_at=edges[1]))
        assert [e.said_at for e in store.get(ALICE, [first.id, last.id])] == edges
        assert [e.valid_to for e in store.get(ALICE, [first.id, last.id])] == [edges[1]] * 2
        assert store.changes(ALICE)[-1].ends_at == edges[1]
        assert (store.stats(ALICE).first_said_at, store.stats(ALICE).last_said_at) == (edges[0], edges[1])
        assert [e for _, e in store.scan(ALICE, Filter(until=NOON))] == store.get(ALICE, [first.id])

    # ------------------------------------------------------------ history

    def test_history_is_told_oldest_first_and_a_limit_keeps_the_newest(self, store: Store) -> None:
        one, two = episode("one"), episode("two")
        made = [record(store, one), record(store, two)]
        made.append(store.commit(change(action=Action.SUPERSEDE, retired=(one.id,), ends_at=NOON, reason="she moved 🏠")))
        assert store.changes(ALICE) == made
        assert store.changes(ALICE, limit=2) == made[1:]
        assert store.changes(ALICE, limit=0) == []
        assert store.changes(ALICE, episode=one.id) == [made[0], made[2]]
        assert store.changes(ALICE, episode="nobody") == []
        assert [store.change(ALICE, c.id) for c in made] == made
        with pytest.raises(NotFound):
            store.change(ALICE, "nothing")

    def test_a_change_names_its_episodes_in_the_order_given(self, store: Store) -> None:
        three = [episode(name) for name in "zay"]
        record(store, *three)
        order = (three[2].id, three[0].id, three[1].id)
        store.commit(change(action=Action.SUPERSEDE, retired=order))
        store.commit(change(action=Action.UNDO, restored=order[::-1]))
        added, retired, restored = store.changes(ALICE)
        assert added.added == tuple(e.id for e in three)
        assert (retired.retired, restored.restored) == (order, order[::-1])

    # ------------------------------------------------------------ scopes

    @REPEATABLE
    @given(seeds=scope_seeds, viewing=scope_seeds)
    def test_no_read_returns_a_row_outside_its_scope(self, store: Store, seeds: list[Any], viewing: list[Any]) -> None:
        tenant = fresh("tenant ")
        given = [episode(f"{n}", scope_from(tenant, seed)) for n, seed in enumerate(seeds)]
        waiting = Reading("model/a/1", (), ReadingState.DEFERRED)
        made = [read(store, (e, [reading(e.text), waiting])) for e in given]
        moves = store.mark().move
        retired = [store.commit(change(e.scope, Action.SUPERSEDE, retired=(e.id,))) for e in given[::2]]
        ids = [e.id for e in given]
        all_seqs = {e.id: seq for x in ("", "x") for seq, e in store.scan(Scope(tenant + x))}
        assert set(all_seqs) == set(ids)
        for viewer in (scope_from(tenant, seed) for seed in viewing):
            own = [e.id for e in given if viewer.contains(e.scope)]
            seqs = [all_seqs[id_] for id_ in own]
            assert [e.id for e in store.get(viewer, ids)] == own
            assert [e.id for e in store.at(viewer, list(all_seqs.values()))] == [i for i in all_seqs if i in own]
            assert [e.id for _, e in store.scan(viewer)] == [e.id for _, e in store.scan(viewer, Filter(kind=Kind.TURN))] == own
            assert store.select(viewer, Filter()) == seqs
            assert [row.seq for row in store.index(viewer)] == seqs
            assert [row.seq for row in store.index(viewer, after=min(all_seqs.values()) - 1)] == seqs
            assert [row.seq for row in store.index(viewer, seqs=list(all_seqs.values()))] == seqs
            assert store.moved(viewer, moves) == sorted(all_seqs[e.id] for e in given[::2] if e.id in own)
            assert store.changes(viewer) == [c for c in made + retired if viewer.contains(c.scope)]
            for id_, committed in zip(ids, made, strict=True):
                assert store.changes(viewer, episode=id_)[:1] == ([committed] if id_ in own else [])
                if id_ not in own:
                    with pytest.raises(NotFound):
                        store.change(viewer, committed.id)
            assert [e.id for e in store.deferred(viewer, 99)] == own
            assert [t.episode for t in store.testimonies(viewer)] == own
            assert [t.episode for t in store.testimonies(viewer, after=min(all_seqs.values()) - 1)] == own
            assert [t.episode for t in store.testimonies(viewer, seqs=list(all_seqs.values()))] == own
            current = [(all_seqs[e.id], e.id) for e in given[1::2] if e.id in own]
            assert [(seq, e.id) for seq, e in store.unread(viewer, "rules/2", 99)] == current
            assert [(seq, e.id) for seq, e in store.unread(viewer, "model/a/1", 99, pending=True)] == current
            assert list(told_of(store, viewer, ids)) == own
            stats = store.stats(viewer)
            assert (stats.claims, stats.undistilled) == (len(own), len(current))
            assert (stats.episodes, stats.deferred) == (len(own), len(own))
            assert stats.retired == len([e for e in given[::2] if e.id in own])
            assert stats.changes == len(store.changes(viewer))

    @REPEATABLE
    @given(seeds=scope_seeds, seed=scope_seeds.map(lambda drawn: drawn[0]))
    def test_no_write_touches_a_row_outside_its_scope(self, store: Store, seeds: list[Any], seed: Any) -> None:
        store.embed_as("some embedder", AXES)
        tenant = fresh("tenant ")
        writer = scope_from(tenant, seed)
        given = [episode(f"{n}", scope_from(tenant, s)) for n, s in enumerate(seeds)]
        for e in given:
            read(store, (e, [reading(e.text)]))
        own = [e.id for e in given if writer.contains(e.scope)]
        foreign = [e for e in given if e.id not in own]

        def outside() -> list[Any]:
            rows = [row for x in ("", "x") for row in store.index(Scope(tenant + x))]
            seen = [e for x in ("", "x") for _, e in store.scan(Scope(tenant + x))]
            told = [t for x in ("", "x") for t in store.testimonies(Scope(tenant + x)) if t.episode not in own]
            return [told, *((row, e) for row, e in zip(rows, seen, strict=True) if e.id not in own)]

        def both() -> list[Any]:
            return [everything(store, Scope(tenant + x)) for x in ("", "x")]

        before, all_before = outside(), both()
        for e in foreign:
            for refused in (change(writer, retired=(*own, e.id)), change(writer, restored=(e.id,))):
                with pytest.raises(NotFound):
                    store.commit(refused, [entry(episode("new", writer))])
            with pytest.raises(NotFound):
                store.erase(erasure(writer, *own, e.id))
            inside, astray = episode("in", writer), episode("out", e.scope)
            with pytest.raises(ScopeViolation):
                store.commit(change(writer, added=(inside.id, astray.id)), [entry(inside), entry(astray)])
            assert record(store, replace(e, text="mine now", scope=writer)).added == ()
        assert both() == all_before
        assert store.fill(writer, [(e.id, vector()) for e in given]) == len(own)
        assert store.reterm(writer, [(e.id, np.array([7], dtype=np.uint32), 0) for e in given]) == len(own)
        assert store.reread(writer, [(e.id, reading("mine now")) for e in given]) == len(own)
        if own:
            store.commit(change(writer, retired=tuple(own)))
            store.erase(erasure(writer, *own))
        assert outside() == before
        assert store.get(writer, [e.id for e in given]) == []

    def test_scope_values_that_look_alike_are_not_mixed_up(self, store: Store) -> None:
        users = ["alice", "Alice", "alice ", "al%", "ali_e", "álice", "a\u0301lice", "'", '"', "🦊", "阿丽", "אליס"]
        for user in users:
            record(store, episode(user, Scope("acme", user=user)))
        assert [texts(store, Scope("acme", user=user)) for user in users] == [[user] for user in users]
        assert texts(store, Scope("acme")) == users
        assert texts(store, Scope("acme", user="nobody")) == texts(store, Scope("acme", agent="alice")) == texts(store, Scope("ACME")) == []

    # ------------------------------------------------------------ filters

    @REPEATABLE
    @given(data=st.data())
    def test_a_filter_finds_exactly_the_rows_that_meet_it(self, store: Store, data: st.DataObject) -> None:
        scope = Scope(fresh("tenant "))
        few = st.sampled_from([None, "a", "A", "a\x00", ""])
        days = st.integers(-3, 3).map(lambda n: NOON + timedelta(days=n))
        keys = st.sampled_from(["k", "a.b", "$", '"', "\x00", "é"])
        nested = st.sampled_from(
            [None, True, 1, 1.0, 0, "1", "", 2**70, 2**70 + 1, [1], "[1]", {"a": 1, "b": 2}, {"b": 2, "a": 1.0}, '{"a":1,"b":2}', 0.1, "é"]
        )
        bags = st.dictionaries(keys, nested, max_size=2)
        given = [
            episode(
                "x", scope, speaker=data.draw(few), role=data.draw(few), source=data.draw(few), said_at=data.draw(days),
                kind=data.draw(st.sampled_from(Kind)), trust=data.draw(st.sampled_from(Trust)), metadata=data.draw(bags),
            )
            for _ in range(8)
        ]  # fmt: skip
        record(store, *given)
        for _ in range(6):
            where = Filter(
                speaker=data.draw(few), role=data.draw(few), source=data.draw(few), kind=data.draw(st.none() | st.sampled_from(Kind)),
                trust=data.draw(st.none() | st.lists(st.sampled_from(Trust), max_size=2).map(tuple)),
                since=data.draw(st.none() | days), until=data.draw(st.none() | days), metadata=data.draw(st.none() | bags),
            )  # fmt: skip
            expected = [e for e in given if _meets(e, where)]
            assert [e for _, e in store.scan(scope, where)] == expected
            assert store.at(scope, store.select(scope, where)) == expected

    # ------------------------------------------------------------ the index

    def test_the_index_tells_what_search_needs_of_each_episode(self, store: Store) -> None:
        store.embed_as("some embedder", AXES)
        said = episode("three short words", replace(ALICE, session="s1"), speaker="Alice", role="user")
        given = vector(3)
        store.commit(change(ALICE, added=(said.id,)), [entry(said, given)])
        [row] = store.index(ALICE)
        assert (row.session, row.speaker, row.role) == ("s1", "Alice", "user")
        assert (row.said_at, row.heard_at) == (said.said_at.timestamp(), said.heard_at.timestamp())
        assert np.frombuffer(row.terms, "<u4").tolist() == [5, 5, 5]
        assert row.vector is not None
        np.testing.assert_allclose(np.frombuffer(row.vector, np.int8) * row.scale, given, atol=0.01)

    def test_an_open_session_and_a_missing_vector_are_none(self, store: Store) -> None:
        record(store, episode())
        [row] = store.index(ALICE)
        assert (row.session, row.speaker, row.role, row.vector) == (None, None, None, None)

    def test_equal_marks_mean_that_nothing_changed(self, store: Store) -> None:
        store.embed_as("some embedder", AXES)
        one, two = episode("one"), episode("two")
        marks = [store.mark()]
        for step in (
            lambda: record(store, one, two),
            lambda: store.fill(ALICE, [(one.id, vector())]),
            lambda: store.reterm(ALICE, [(one.id, np.array([1], dtype=np.uint32), 0)]),
            lambda: store.reread(ALICE, [(one.id, reading("tea"))]),
            lambda: store.commit(change(retired=(one.id,))),
            lambda: store.commit(change(restored=(one.id,))),
            lambda: store.erase(erasure(ALICE, two.id)),
            lambda: store.embed_as("another", AXES),
        ):
            step()
            assert store.mark() == store.mark()
            marks.append(store.mark())
        assert len(set(marks)) == len(marks)

    @settings(REPEATABLE, max_examples=40)
    @given(steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**16)), max_size=25))
    def test_a_reader_that_follows_marks_sees_what_a_new_reader_sees(self, store: Store, steps: list[tuple[int, int]]) -> None:
        tenant = fresh("tenant ")
        alice, bob = Scope(tenant, user="alice"), Scope(tenant, user="bob")
        followers = [Follower(store, scope) for scope in (alice, bob, Scope(tenant))]
        store.embed_as("first", AXES)
        for kind, luck in steps:
            scope = bob if luck % 3 == 0 else alice
            present = [e for _, e in store.scan(scope)]
            chosen = present[luck % len(present)] if present else None
            if kind in (0, 1, 2):
                few = [episode(f"{luck} {n}", scope) for n in range(luck % 4 + 1)]
                if kind < 2:
                    record(store, *few, vectors=bool(luck % 2))
                else:
                    read(store, *[(e, [reading(*e.text.split())]) for e in few])
            elif kind == 3:
                store.embed_as("first" if luck % 2 else "second", AXES)
            elif kind == 4 and chosen:
                store.fill(scope, [(e.id, vector(luck)) for e in store.deferred(scope, 2)])
            elif kind == 5 and chosen:
                store.reterm(scope, [(chosen.id, np.array([luck], dtype=np.uint32), 0)])
            elif kind == 9 and chosen:
                by = "model/a/1" if luck % 2 else "rules/2"
                store.reread(scope, [(chosen.id, reading(f"{luck}", by=by, state=list(ReadingState)[luck % 3]))])
            elif kind == 6 and chosen:
                store.erase(erasure(scope, chosen.id))
            elif chosen:
                toggled = (chosen.id,)
                store.commit(change(scope, retired=toggled) if chosen.is_current else change(scope, restored=toggled))
            for follower in followers[: luck % 4]:  # some readers sleep through several changes
                assert follower.follow() == list(store.index(follower.scope))
                assert follower.testimonies() == list(store.testimonies(follower.scope))
        for follower in followers:
            assert follower.follow() == list(store.index(follower.scope))
            assert follower.testimonies() == list(store.testimonies(follower.scope))

    # ------------------------------------------------------------ the embedder

    def test_another_embedder_defers_every_vector_and_opens_a_new_generation(self, store: Store) -> None:
        store.embed_as("first", AXES)
        record(store, episode("one"), episode("two"), vectors=True)
        assert store.deferred(ALICE, 9) == []
        before = store.mark()
        store.embed_as("second", AXES + 1)
        assert store.embedder() == ("second", AXES + 1)
        assert store.mark().generation > before.generation
        assert [e.text for e in store.deferred(ALICE, 9)] == ["one", "two"]
        assert all(row.vector is None for row in store.index(ALICE))
        assert store.stats(ALICE).deferred == 2

    def test_the_same_embedder_again_changes_nothing(self, store: Store) -> None:
        store.embed_as("first", AXES)
        record(store, episode("one"), vectors=True)
        before = everything(store, ALICE), store.mark()
        store.embed_as("first", AXES)
        assert (everything(store, ALICE), store.mark()) == before

    def test_the_first_embedder_keeps_what_was_recorded_without_one(self, store: Store) -> None:
        record(store, episode("one"))
        store.embed_as("first", AXES)
        assert [e.text for e in store.deferred(ALICE, 9)] == ["one"]

    def test_deferred_episodes_are_filled_oldest_first(self, store: Store) -> None:
        store.embed_as("first", AXES)
        three = [episode(name) for name in "cab"]
        record(store, *three)
        assert store.deferred(ALICE, 2) == three[:2]
        assert store.fill(ALICE, [(three[0].id, vector(1)), ("nobody", vector(1))]) == 1
        assert store.deferred(ALICE, 9) == three[1:]
        assert store.fill(ALICE, []) == 0

    def test_a_wrong_vector_fills_nothing(self, store: Store) -> None:
        store.embed_as("first", AXES)
        one, two = episode("one"), episode("two")
        record(store, one, two)
        before = everything(store, ALICE), store.mark()
        with pytest.raises(BadInput):
            store.fill(ALICE, [(one.id, vector()), (two.id, vector(axes=AXES + 1))])
        assert (everything(store, ALICE), store.mark()) == before

    def test_new_terms_replace_the_old(self, store: Store) -> None:
        one, two = episode("one"), episode("two")
        record(store, one, two)
        assert (
            store.reterm(ALICE, [(two.id, np.array([1, 2**32 - 1], dtype=np.uint32), 3), ("nobody", np.array([], dtype=np.uint32), 0)]) == 1
        )
        assert [np.frombuffer(row.terms, "<u4").tolist() for row in store.index(ALICE)] == [[3], [1, 2**32 - 1]]

    # ------------------------------------------------------------ readings

    @REPEATABLE
    @given(data=st.data())
    def test_every_claim_comes_back_as_it_was_read(self, store: Store, data: st.DataObject) -> None:
        scope = Scope(fresh("tenant "))
        given = [(episode(data.draw(words), scope), data.draw(st.lists(readings, max_size=2, unique_by=rank))) for _ in range(3)]
        read(store, *given)
        told = told_of(store, scope, [e.id for e, _ in given])
        assert {id_: list(kept) for id_, kept in told.items()} == {e.id: sorted(few, key=rank) for e, few in given if few}
        ends = [end for few in told.values() for r in few for c in r.claims for end in (c.valid_from, c.valid_to)]
        wanted = [end for _, few in given for r in sorted(few, key=rank) for c in r.claims for end in (c.valid_from, c.valid_to)]
        assert [end and end.utcoffset() for end in ends] == [end and end.utcoffset() for end in wanted]
        assert all(finding.ok for finding in store.check())

    def test_a_testimony_tells_the_circumstances_of_its_claim(self, store: Store) -> None:
        place = replace(ALICE, session="s1")
        old = episode("tea", place, speaker="Alice", source="chat.txt", trust=Trust.TOOL, said_at=NOON - timedelta(days=1))
        new = episode("coffee")
        read(store, (old, [reading("tea", end=3, qualifier="drink")]), (new, [reading("coffee", "cake")]), scope=ALICE)
        ends_at, made_at = NOON + timedelta(days=1), NOON + timedelta(days=2)
        store.commit(change(action=Action.SUPERSEDE, retired=(old.id,), ends_at=ends_at, made_at=made_at))
        seqs = store.select(ALICE, Filter())
        claim = Claim("Alice", "likes", "tea", 0, 3, qualifier="drink")
        first, *others = store.testimonies(ALICE)
        assert first == Testimony(
            claim, old.id, seqs[0], place, old.said_at, old.heard_at, "Alice", "chat.txt", Trust.TOOL, ends_at, made_at
        )  # fmt: skip
        assert first.said_at.utcoffset() == old.said_at.utcoffset()
        assert [(t.claim.object, t.seq, t.ended_at, t.retired_at) for t in others] == [
            ("coffee", seqs[1], None, None), ("cake", seqs[1], None, None),
        ]  # fmt: skip

    def test_of_an_episodes_readings_the_highest_that_is_done_counts(self, store: Store) -> None:
        rules, model = reading("by rules"), reading("by a model", by="model/a/1")
        undone = [replace(model, state=state, detail="why") for state in (ReadingState.DEFERRED, ReadingState.REFUSED)]
        silent = Reading("model/a/1")
        cases: tuple[list[Reading], ...] = (
            [rules],
            [rules, model],
            [model, rules],
            [rules, undone[0]],
            [rules, undone[1]],
            [undone[0]],
            [rules, silent],
            [],
        )
        read(store, *[(episode(f"{n}"), case) for n, case in enumerate(cases)])
        seqs = store.select(ALICE, Filter())
        expected = ["by rules", "by a model", "by a model", "by rules", "by rules"]
        assert [(t.seq, t.claim.object) for t in store.testimonies(ALICE)] == list(zip(seqs, expected, strict=False))
        stats = store.stats(ALICE)
        assert (stats.claims, stats.undistilled) == (5, 2)

    def test_testimonies_are_told_in_the_order_recorded_and_from_a_place_on(self, store: Store) -> None:
        read(store, (episode("b"), [reading("1", "2")]), (episode("none"), [reading()]), (episode("a"), [reading("3")]))
        read(store, (episode("bob's", BOB), [reading("bob's")]), scope=Scope("acme"))
        seqs = store.select(ALICE, Filter())
        assert said(store) == ["1", "2", "3"]
        assert said(store, after=seqs[0]) == ["3"]
        assert said(store, seqs=[seqs[2], seqs[0], 10**12]) == ["1", "2", "3"]
        assert said(store, seqs=[seqs[1]]) == said(store, seqs=[]) == said(store, after=seqs[-1]) == []

    def test_a_long_ledgers_testimonies_are_read_whole_and_once(self, store: Store) -> None:
        read(store, *[(episode(f"{n}"), [reading(f"{n}")] if n % 3 else []) for n in range(9000)])
        assert said(store) == [f"{n}" for n in range(9000) if n % 3]

    def test_a_new_reading_takes_the_place_of_the_one_of_its_layer_and_the_episode_counts_as_moved(self, store: Store) -> None:
        one, two, three = (episode(name) for name in ("one", "two", "three"))
        read(store, (one, [reading("old")]), (two, [reading("kept")]), (three, []))
        [first, _, third] = store.select(ALICE, Filter())
        mark = store.mark()
        given = [(one.id, reading("new", by="rules/2")), (three.id, reading("first")), ("nobody", reading("x"))]
        assert store.reread(ALICE, given) == 2
        assert said(store) == ["new", "kept", "first"]
        assert store.moved(ALICE, mark.move) == [first, third]
        assert store.moved(BOB, mark.move) == []
        assert (store.mark().generation, store.mark().seq) == (mark.generation, mark.seq)
        assert store.reread(ALICE, [(one.id, reading("by a model", by="model/a/1"))]) == 1
        assert said(store) == ["by a model", "kept", "first"]
        assert [r.by for r in told_of(store, ALICE, [one.id])[one.id]] == ["rules/2", "model/a/1"]
        assert store.reread(ALICE, []) == 0

    @pytest.mark.parametrize("state", [ReadingState.DEFERRED, ReadingState.REFUSED])
    def test_a_reading_that_is_not_done_never_replaces_one_that_is(self, store: Store, state: ReadingState) -> None:
        one, two = episode("one"), episode("two")
        read(store, (one, [reading("rules"), reading("dear", by="model/a/1")]), (two, [Reading("model/a/1", (), ReadingState.DEFERRED)]))
        mark = store.mark()
        failed = Reading("model/b/2", (), state, "it did not answer")
        assert store.reread(ALICE, [(one.id, failed)]) == 0
        assert (said(store), store.mark()) == (["dear"], mark)
        assert store.reread(ALICE, [(two.id, failed)]) == 1
        assert told_of(store, ALICE, [two.id]) == {two.id: (failed,)}
        assert store.reread(ALICE, [(two.id, reading("at last", by="model/b/2")), (two.id, failed)]) == 1
        assert said(store) == ["dear", "at last"]

    def test_what_a_distiller_has_not_read_is_listed_until_it_has(self, store: Store) -> None:
        by = "model/a/2"
        states = {
            "never": [], "rules only": [reading()], "older": [reading(by="model/a/1")], "done": [reading(by=by)],
            "deferred": [reading("x"), Reading(by, (), ReadingState.DEFERRED)], "refused": [Reading(by, (), ReadingState.REFUSED)],
            "deferred by another": [Reading("model/b/1", (), ReadingState.DEFERRED)], "retired": [],
        }  # fmt: skip
        given = {name: episode(name) for name in states}
        read(store, *[(given[name], few) for name, few in states.items()])
        store.commit(change(retired=(given["retired"].id,)))

        def unread(**more: Any) -> list[str]:
            return [e.text for _, e in store.unread(ALICE, by, **{"limit": 99, **more})]

        waiting = ["never", "rules only", "older", "deferred", "deferred by another"]
        assert unread() == waiting
        assert unread(pending=True) == ["deferred", "deferred by another"]
        assert unread(limit=2) == waiting[:2]
        assert unread(limit=0) == []
        [(_, _), (place, _), *_] = store.unread(ALICE, by, 99)
        assert unread(after=place) == waiting[2:]
        assert store.stats(ALICE).undistilled == 2
        store.reread(ALICE, [(e.id, reading(by=by)) for e in given.values()])
        assert unread() == unread(pending=True) == []
        assert store.stats(ALICE).undistilled == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            reading("x", start=2, end=99), reading("x", start=-1), reading("x", start=2, end=1), reading("x", by="tea leaves/1"),
            reading("x", certainty=0.0), reading("x", certainty=float("nan")), reading("x", valid_from=datetime(2026, 3, 2)),
        ],
    )  # fmt: skip
    def test_a_reading_that_cannot_be_of_its_episode_is_refused_and_nothing_of_its_commit_kept(self, store: Store, wrong: Reading) -> None:
        known = episode("words")
        read(store, (known, [reading("as it was", by=wrong.by if wrong.layer == "model" else "rules/1")]))
        before = everything(store, ALICE), store.mark()
        with pytest.raises(BadInput, match="Nothing was written"):
            read(store, (episode("fine"), [reading("fine")]), (episode("words"), [wrong]))
        with pytest.raises(BadInput, match="Nothing was written"):
            store.reread(ALICE, [(known.id, reading("fine")), (known.id, wrong)])
        with pytest.raises(BadInput, match="one reading by"):
            read(store, (episode("words"), [reading("one"), reading("two", by="rules/2")]))
        assert (everything(store, ALICE), store.mark()) == before

    def test_readings_survive_a_reopening(self, store: Store, reopen: Callable[[], Store]) -> None:
        one, two = episode("one"), episode("two")
        read(
            store,
            (one, [reading("tea", valid_from=NOON)]),
            (two, [reading("茶"), Reading("model/a/1", (), ReadingState.DEFERRED, "later")]),
        )
        store.reread(ALICE, [(one.id, reading("coffee", by="model/a/1"))])
        before = everything(store, ALICE), store.mark(), told_of(store, ALICE, [one.id, two.id])
        after = reopen()
        assert (everything(after, ALICE), after.mark(), told_of(after, ALICE, [one.id, two.id])) == before

    def test_recording_a_known_id_again_leaves_its_reading(self, store: Store) -> None:
        known = episode("words")
        read(store, (known, [reading("as it was")]))
        read(store, (known, [reading("otherwise")]), (episode("new"), [reading("new")]))
        assert said(store) == ["as it was", "new"]

    def test_what_is_replayed_brings_its_readings_and_again_changes_nothing(self, store: Store) -> None:
        one, two = episode("one"), episode("two")
        steps = [
            (
                change(added=(one.id, two.id)),
                [entry(one, None, reading("1")), entry(two, None, reading("2"), reading("dear", by="model/a/1"))],
            ),
            (change(action=Action.SUPERSEDE, retired=(one.id,), ends_at=NOON), []),
        ]
        store.replay(steps)
        assert said(store) == ["1", "dear"]
        assert [t.retired_at for t in store.testimonies(ALICE)] == [NOON, None]
        before = everything(store, ALICE), store.mark()
        store.replay(steps)
        assert (everything(store, ALICE), store.mark()) == before
        store.replay([(erasure(ALICE, two.id), [])])
        assert said(store) == ["1"]

    def test_what_was_read_of_an_erased_episode_is_nowhere(self, store: Store, reopen: Callable[[], Store]) -> None:
        gone, kept = episode("gone"), episode("kept")
        secret = [reading("the distilled secret"), Reading("model/a/1", (), ReadingState.DEFERRED, "could not read the distilled secret")]
        read(store, (gone, secret), (kept, [reading("the rest")]))
        [seq, _] = store.select(ALICE, Filter())
        assert store.residue([b"the distilled secret", b"the rest"])[0] == 0, "what still lives is no residue"
        store.erase(erasure(ALICE, gone.id))
        for n in range(2):
            held = reopen() if n else store
            assert (said(held), said(held, seqs=[seq]), told_of(held, ALICE, [gone.id])) == (["the rest"], [], {})
            assert held.unread(ALICE, "model/a/1", 9, pending=True) == []
            assert (held.stats(ALICE).claims, held.stats(ALICE).undistilled) == (1, 0)
            assert held.residue([b"the distilled secret"])[0] == 0
            assert all(finding.ok for finding in held.check())

    def test_a_reading_that_was_replaced_leaves_no_residue_when_its_episode_is_erased(self, store: Store) -> None:
        gone = episode("gone")
        read(store, (gone, [reading("the former secret " * 9)]), *[(episode(f"{n}"), [reading(f"{n}")]) for n in range(200)])
        store.reread(ALICE, [(gone.id, reading("the latter"))])
        store.erase(erasure(ALICE, gone.id))
        assert store.residue([b"the former secret", b"the latter"])[0] == 0

    # ------------------------------------------------------------ forgetting

    def test_an_erased_episode_is_nowhere(self, store: Store, reopen: Callable[[], Store]) -> None:
        store.embed_as("first", AXES)
        gone, kept = episode("the secret", key="k"), episode("the rest")
        record(store, gone, kept, vectors=True)
        [seq, _] = store.select(ALICE, Filter())
        store.erase(erasure(ALICE, gone.id))
        for n in range(2):
            held = reopen() if n else store
            assert held.get(ALICE, [gone.id]) == held.at(ALICE, [seq]) == []
            assert texts(held) == ["the rest"]
            assert seq not in held.select(ALICE, Filter())
            assert [row.seq for row in held.index(ALICE)] == held.select(ALICE, Filter())
            assert list(held.index(ALICE, seqs=[seq])) == []
            assert held.stats(ALICE).episodes == 1
            assert held.residue([b"the secret"])[0] == 0

    def test_history_tells_that_an_episode_was_erased_but_no_longer_that_it_was_added(self, store: Store) -> None:
        gone, kept = episode("gone"), episode("kept")
        record(store, gone, kept)
        erased = erasure(ALICE, gone.id)
        store.erase(erased)
        assert [c.added for c in store.changes(ALICE)] == [(kept.id,), ()]
        assert store.changes(ALICE, episode=gone.id) == [erased]

    def test_a_retired_episode_can_be_erased_and_then_not_restored(self, store: Store) -> None:
        gone = episode("gone")
        record(store, gone)
        store.commit(change(retired=(gone.id,)))
        store.erase(erasure(ALICE, gone.id))
        with pytest.raises(NotFound):
            store.commit(change(restored=(gone.id,)))

    def test_what_was_erased_can_be_recorded_anew_at_a_new_place(self, store: Store) -> None:
        first, other = episode("again"), episode("other")
        record(store, other, first)
        before = store.select(ALICE, Filter())
        store.erase(erasure(ALICE, first.id))
        assert record(store, first).added == (first.id,)
        assert store.get(ALICE, [first.id]) == [first]
        assert max(store.select(ALICE, Filter())) > max(before)

    def test_erasing_all_leaves_a_sound_empty_store(self, store: Store) -> None:
        given = [episode(f"{n}") for n in range(50)]
        record(store, *given)
        store.erase(erasure(ALICE, *[e.id for e in given]))
        assert texts(store) == []
        assert all(finding.ok for finding in store.check())

    # ------------------------------------------------------------ counts

    def test_stats_count_one_scope_only(self, store: Store) -> None:
        store.embed_as("first", AXES)
        s1, s2 = replace(ALICE, session="1"), replace(ALICE, session="2")
        one = episode("one", s1, speaker="a", said_at=NOON - timedelta(days=2))
        record(store, one, episode("two", s1, speaker="b"), episode("three", s2, speaker="a"), episode("four"), scope=ALICE, vectors=True)
        record(store, episode("bob's", BOB, speaker="c", said_at=NOON - timedelta(days=99)))
        store.commit(change(retired=(one.id,)))
        stats = store.stats(ALICE)
        assert (stats.episodes, stats.retired, stats.deferred, stats.sessions, stats.speakers, stats.changes) == (4, 1, 0, 2, 2, 2)
        assert (stats.first_said_at, stats.last_said_at) == (NOON - timedelta(days=2), NOON)
        assert (stats.embedder, stats.dimension) == ("first", AXES)
        assert stats.bytes > 0

    def test_a_session_seen_by_two_agents_is_one_per_scope_it_lies_in(self, store: Store) -> None:
        for agent in ("x", "y"):
            record(store, episode("hello", replace(ALICE, agent=agent, session="1")))
        assert store.stats(ALICE).sessions == 2
        assert store.stats(replace(ALICE, agent="x")).sessions == 1


def told_of(store: Store, scope: Scope, ids: Sequence[str]) -> dict[str, tuple[Reading, ...]]:
    """Every reading of these episodes, whether it counts or not."""
    return store.readings(scope, ids)


def rank(reading: Reading) -> int:
    """How much the layer of a reading counts."""
    return LAYERS.index(reading.layer)


def _meets(episode: Episode, where: Filter) -> bool:
    """What the words of `Filter` say, one condition after the other."""
    for name in ("speaker", "role", "kind", "source"):
        if getattr(where, name) not in (None, getattr(episode, name)):
            return False
    return (
        (where.trust is None or episode.trust in where.trust)
        and (where.since is None or where.since <= episode.said_at)
        and (where.until is None or episode.said_at < where.until)
        and all(episode.metadata.get(key) == value for key, value in (where.metadata or {}).items())
    )
