"""What is exported and imported again is the same memory."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remanence.changes import new_change
from remanence.errors import BadInput, ScopeViolation
from remanence.ports import Store
from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.store.transfer import export, restore
from remanence.testing.store import reading, told_of
from remanence.types import Action, Entry, Episode, Kind, Reading, ReadingState, Scope, Span, Trust

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=1)))
ACME = Scope("acme")
ALICE, BOB = Scope("acme", user="alice"), Scope("acme", user="bob")
MAKERS: dict[str, Callable[[Path], Store]] = {"memory": lambda _: InMemoryStore(), "sqlite": SqliteStore}

_names = itertools.count()


@pytest.fixture(params=MAKERS)
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    return lambda: MAKERS[request.param](tmp_path / f"{next(_names)}.db")


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Iterator[Store]:
    with closing(new_store()) as store:
        yield store


@pytest.fixture
def other(new_store: Callable[[], Store]) -> Iterator[Store]:
    with closing(new_store()) as store:
        yield store


def indexed(episodes: Sequence[Episode]) -> list[Entry]:
    """Each with its terms and what rules read: its first word is liked."""
    terms = (np.array([len(word) for word in episode.text.split()], np.uint32) for episode in episodes)
    return [Entry(e, t, readings=(reading(*e.text.split()[:1]),)) for e, t in zip(episodes, terms, strict=True)]


def episode(id: str, text: str = "some words", scope: Scope = ALICE, **given: Any) -> Episode:
    usual = {"kind": Kind.TURN, "said_at": NOON, "heard_at": NOON.astimezone(UTC), "key": id}
    return Episode(**{**usual, **given}, id=id, scope=scope, text=text)


def record(store: Store, *episodes: Episode, at: datetime = NOON, scope: Scope = ALICE, **given: Any) -> str:
    change = new_change(given.pop("action", Action.ASSERT), scope, at, added=[e.id for e in episodes], **given)
    return store.commit(change, indexed(episodes)).id


def told(store: Store, scope: Scope) -> tuple[Any, ...]:
    """All that a scope holds, zones included."""
    episodes = [e for _, e in store.scan(scope)]
    zones = [(e.said_at.utcoffset(), e.valid_to and e.valid_to.utcoffset()) for e in episodes]
    terms = [row.terms for row in store.index(scope)]
    readings = told_of(store, scope, [e.id for e in episodes])
    return episodes, zones, store.changes(scope), terms, readings


def copied(store: Store, target: Store, scope: Scope = ACME, batch: int = 512) -> None:
    restore(export(store, scope), target, scope, indexed, batch=batch)


# ---------------------------------------------------------------- histories

moments = st.datetimes(
    datetime(1970, 1, 2),
    datetime(2100, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(seconds=12345))]),
)
awkward = st.sampled_from(["a\u2028b\x85c\nd\re", '"\\', "我搬到了里斯本", "🦊\x00"])
words = awkward | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | words | st.lists(words, max_size=2)
metadata = st.dictionaries(words, values, max_size=2)
spans = st.none() | st.builds(Span, words.filter(bool), st.integers(0, 9), st.integers(10, 99))
scopes = st.sampled_from([ALICE, BOB, ALICE.narrow(session="s1"), ALICE.narrow(agent="x", project="y")])
experiences = st.fixed_dictionaries({
    "text": words, "scope": scopes, "kind": st.sampled_from(Kind), "said_at": moments, "speaker": st.none() | words,
    "role": st.none() | words, "source": st.none() | words, "trust": st.sampled_from(Trust), "metadata": metadata, "span": spans,
})  # fmt: skip
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.lists(experiences, min_size=1, max_size=3)),
        st.tuples(st.just("correct"), st.integers(0, 9), experiences, st.none() | moments),
        st.tuples(st.just("undo"), st.integers(0, 9)),
        st.tuples(st.just("distil"), st.integers(0, 9), words, st.sampled_from(ReadingState)),
        st.tuples(st.just("erase"), st.lists(st.integers(0, 9), min_size=1, max_size=2)),
        st.tuples(st.just("again"), st.integers(0, 9)),
    ),
    max_size=10,
)


def live(store: Store, history: Sequence[tuple[Any, ...]]) -> None:
    """Let a store live through a history; a deed that makes no sense at its time is left out."""
    erased: list[Episode] = []
    for n, (deed, *what) in enumerate(history):
        at = NOON + timedelta(minutes=n)
        here = [e for _, e in store.scan(ACME)]
        current = [e for e in here if e.is_current]
        if deed == "record":
            fresh = [episode(f"ep_{n}_{i}", heard_at=at.astimezone(UTC), **given) for i, given in enumerate(what[0])]
            record(store, *fresh, at=at, scope=ACME)
        elif deed == "correct" and current:
            old = current[what[0] % len(current)]
            new = episode(f"ep_{n}", heard_at=at.astimezone(UTC), **{**what[1], "scope": old.scope})
            record(store, new, at=at, scope=old.scope, action=Action.SUPERSEDE, retired=[old.id], ends_at=what[2], reason="better")
        elif deed == "undo" and (changes := [c for c in store.changes(ACME) if c.action is not Action.ERASE]):
            change = changes[what[0] % len(changes)]
            ids = {e.id for e in here}
            retired = [id_ for id_ in (*change.added, *change.restored) if id_ in ids]
            restored = [id_ for id_ in change.retired if id_ in ids]
            if retired or restored:
                record(store, at=at, scope=change.scope, action=Action.UNDO, undoes=change.id, retired=retired, restored=restored)
        elif deed == "distil" and here:
            store.reread(ACME, [(here[what[0] % len(here)].id, reading(what[1], by="model/a/1", state=what[2], valid_from=at))])
        elif deed == "erase" and here:
            doomed = {e.id: e for e in (here[i % len(here)] for i in what[0])}
            erased += doomed.values()
            store.erase(new_change(Action.ERASE, ACME, at, retired=list(doomed)))
        elif deed == "again" and erased:
            lost = replace(erased[what[0] % len(erased)], valid_to=None, retired_at=None, heard_at=at.astimezone(UTC))
            record(store, lost, at=at, scope=lost.scope)


@pytest.mark.parametrize("source", MAKERS)
@pytest.mark.parametrize("target", MAKERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=deeds, batch=st.integers(1, 5))
def test_an_export_restored_into_an_empty_store_is_an_equal_store(
    source: str, target: str, history: list[tuple[Any, ...]], batch: int, tmp_path: Path
) -> None:
    with closing(MAKERS[source](tmp_path / f"{next(_names)}.db")) as old, closing(MAKERS[target](tmp_path / f"{next(_names)}.db")) as new:
        live(old, history)
        lines = list(export(old, ACME))
        receipt = restore(lines, new, ACME, indexed, batch=batch)
        assert told(new, ACME) == told(old, ACME)
        assert [replace(t, seq=0) for t in new.testimonies(ACME)] == [replace(t, seq=0) for t in old.testimonies(ACME)]
        assert set(receipt.ids) == {e.id for _, e in old.scan(ACME)}
        assert all(finding.ok for finding in new.check())
        assert list(export(new, ACME)) == lines or source != target

        once = told(new, ACME)
        again = restore(lines, new, ACME, indexed, batch=batch)
        assert told(new, ACME) == once
        assert sorted(again.duplicates) == sorted(receipt.ids)

        # One user of it, whose changes were made in a wider scope, comes over with all that is hers and nothing else.
        with closing(MAKERS[target](tmp_path / f"{next(_names)}.db")) as part:
            copied(old, part, ALICE, batch)
            assert told(part, ACME)[:2] == told(old, ALICE)[:2]
            assert all(ALICE.contains(change.scope) for change in part.changes(ACME))


def test_every_line_is_one_line_for_every_reader(store: Store) -> None:
    record(store, episode("ep_1", "a\u2028b\x85c\nd\u2029e\rf\x1cg"))
    lines = list(export(store, ALICE))
    assert "\n".join(lines).splitlines() == lines
    assert [next(iter(json.loads(line))) for line in lines] == ["format", "change", "episode", "end"]


def test_importing_into_a_memory_that_lives_on_adds_what_it_lacks(store: Store, other: Store) -> None:
    record(store, episode("ep_1"), episode("ep_2"))
    copied(store, other)
    record(other, episode("ep_3"), at=NOON + timedelta(1))
    record(store, episode("ep_4"), at=NOON + timedelta(2))
    copied(store, other)
    assert [e.id for _, e in other.scan(ALICE)] == ["ep_1", "ep_2", "ep_3", "ep_4"]


def test_what_was_forgotten_does_not_come_back_with_an_old_export(store: Store) -> None:
    record(store, episode("ep_1"), episode("ep_2"))
    lines = list(export(store, ALICE))
    store.erase(new_change(Action.ERASE, ALICE, NOON + timedelta(1), retired=["ep_1"]))
    restore(lines, store, ALICE, lambda episodes: indexed([e for e in episodes if e.id != "ep_1"]))
    assert [e.id for _, e in store.scan(ALICE)] == ["ep_2"]


def test_an_imported_erasure_reaches_what_was_heard_before_it_and_spares_what_came_after(store: Store, other: Store) -> None:
    record(store, episode("ep_1"), episode("ep_2"))
    store.erase(new_change(Action.ERASE, ALICE, NOON + timedelta(1), retired=["ep_1", "ep_2"]))
    record(other, episode("ep_1"), episode("ep_2", heard_at=(NOON + timedelta(2)).astimezone(UTC)), at=NOON + timedelta(3))
    copied(store, other)
    assert [e.id for _, e in other.scan(ALICE)] == ["ep_2"]


def test_the_import_tells_its_progress(store: Store, other: Store) -> None:
    for n in range(10):
        record(store, episode(f"ep_{n}"), at=NOON + timedelta(n))
    seen: list[float] = []
    restore(export(store, ALICE), other, ALICE, indexed, batch=2, progress=lambda _, done: seen.append(done))
    assert seen == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_a_large_import_asks_for_the_index_of_one_batch_at_a_time(store: Store, other: Store) -> None:
    for n in range(50):
        record(store, episode(f"ep_{n}"), at=NOON + timedelta(n))
    asked: list[int] = []

    def entries(episodes: Sequence[Episode]) -> list[Entry]:
        asked.append(len(episodes))
        return indexed(episodes)

    restore(export(store, ALICE), other, ALICE, entries, batch=8)
    assert sum(asked) == 50
    assert max(asked) == 8


# ---------------------------------------------------------------- broken files


def broken(lines: list[str], line: int, **fields: Any) -> list[str]:
    """The file with fields of one line replaced (1-based)."""
    [(what, value)] = json.loads(lines[line - 1]).items()
    return [*lines[: line - 1], json.dumps({what: {**value, **fields}}), *lines[line:]]


@pytest.fixture
def lines(store: Store) -> list[str]:
    record(store, episode("ep_1"), episode("ep_2"))
    record(store, episode("ep_3"), at=NOON + timedelta(1), action=Action.SUPERSEDE, retired=["ep_1"], ends_at=NOON + timedelta(1))
    return list(export(store, ALICE))  # 1 header, 2 change, 3 and 4 episodes, 5 change, 6 episode, 7 end


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (3, {"text": 7}), (3, {"said_at": "yesterday"}), (3, {"said_at": "2026-03-02T12:00:00"}), (3, {"kind": "poem"}),
        (3, {"metadata": []}), (3, {"span": [1]}), (3, {"id": "ep_9"}), (3, {"scope": {"user": "alice"}}), (4, {"trust": None}),
        (2, {"added": ["ep_1"]}), (2, {"added": "ep_1"}), (2, {"action": "guess"}), (2, {"made_at": None}), (2, {"scope": []}),
    ],
)  # fmt: skip
def test_a_broken_line_is_named_and_its_change_leaves_nothing(lines: list[str], other: Store, line: int, fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"Line [2-5]:"):
        restore(broken(lines, line, **fields), other, ALICE, indexed, batch=1)
    assert list(other.scan(ALICE)) == []
    assert other.changes(ALICE) == []


@pytest.mark.parametrize("junk", ["{", "[1]", "null", "\x00", '{"neither": 1}', "[" * 100_000])
def test_a_line_that_is_no_change_and_no_episode_is_named(lines: list[str], other: Store, junk: str) -> None:
    with pytest.raises(BadInput, match="Line 5"):
        restore([*lines[:4], junk, *lines[4:]], other, ALICE, indexed)


@pytest.mark.parametrize("end", range(2, 7))
def test_a_file_that_was_cut_short_is_refused_and_the_whole_one_goes_on_from_there(
    lines: list[str], store: Store, other: Store, end: int
) -> None:
    with pytest.raises(BadInput, match="Some of the file was lost"):
        restore(lines[:end], other, ALICE, indexed, batch=1)
    assert {e.id for _, e in other.scan(ALICE)} in ({*()}, {"ep_1", "ep_2"}, {"ep_1", "ep_2", "ep_3"})
    restore(lines, other, ALICE, indexed)
    assert told(other, ALICE) == told(store, ALICE)


def test_a_file_that_lost_a_change_is_refused(lines: list[str], other: Store) -> None:
    with pytest.raises(BadInput, match="Line 5: 2 changes with 3 episodes were exported, 1 with 2 are here"):
        restore([*lines[:4], lines[6]], other, ALICE, indexed)


def test_an_end_that_no_change_brought_about_is_told(lines: list[str], other: Store) -> None:
    with pytest.raises(BadInput, match="ep_2 was retired"):
        restore(broken(lines, 4, valid_to=NOON.isoformat(), retired_at=NOON.isoformat()), other, ALICE, indexed)


@pytest.mark.parametrize("first", ["", "{}", "plain text", '{"format": "mem0/1"}', '{"change": {}}'])
def test_a_file_of_another_kind_is_refused(other: Store, first: str) -> None:
    with pytest.raises(BadInput):
        restore([first], other, ALICE, indexed)
    with pytest.raises(BadInput, match="no export"):
        restore([], other, ALICE, indexed)


def test_an_export_of_a_newer_version_asks_for_an_upgrade(lines: list[str], other: Store) -> None:
    with pytest.raises(BadInput, match="Upgrade"):
        restore([lines[0].replace("remanence/1", "remanence/2"), *lines[1:]], other, ALICE, indexed)


def test_nothing_of_another_tenant_can_be_imported(lines: list[str], other: Store) -> None:
    stranger = {"scope": {"tenant": "other", "user": "alice"}}
    for forged in (broken(lines, 2, **stranger), broken(lines, 3, **stranger), broken(lines, 4, scope=BOB.as_dict())):
        with pytest.raises(ScopeViolation, match="Line"):
            restore(forged, other, ALICE, indexed)
    with pytest.raises(ScopeViolation, match="Line 2"):
        restore(lines, other, BOB, indexed)
    assert list(other.scan(Scope("other"))) == list(other.scan(ACME)) == []


def test_a_forged_file_cannot_pass_for_what_another_tenant_holds(lines: list[str], store: Store) -> None:
    moved = [line.replace('"alice"', '"mallory"') for line in lines]
    with pytest.raises(ScopeViolation):
        restore(moved, store, Scope("acme", user="mallory"), indexed)
    renamed = [line.replace('"id":"ch_', '"id":"ch_x') for line in moved]
    with pytest.raises(ScopeViolation):
        restore(renamed, store, Scope("acme", user="mallory"), indexed)
    assert list(store.scan(Scope("acme", user="mallory"))) == []


# ---------------------------------------------------------------- readings

DEAR = Reading("model/a/1", reading("茶", end=2, valid_from=NOON, certainty=0.5).claims)


def test_what_a_model_read_is_exported_and_what_rules_read_is_not(store: Store, other: Store) -> None:
    record(store, episode("ep_1"), episode("ep_2"), episode("ep_3"))
    failed = Reading("model/a/1", (), ReadingState.REFUSED, "it answered in verse")
    store.reread(ALICE, [("ep_1", DEAR), ("ep_2", failed)])
    lines = list(export(store, ALICE))
    told_readings = [json.loads(line)["episode"].get("readings") for line in lines if '"episode"' in line and '"text"' in line]
    claim = {"subject": "Alice", "relation": "likes", "object": "茶", "start": 0, "end": 2}
    assert told_readings == [
        [{"by": "model/a/1", "state": "done", "detail": "", "claims": [
            {**claim, "valid_from": NOON.isoformat(), "certainty": 0.5},
        ]}],
        [{"by": "model/a/1", "state": "refused", "detail": "it answered in verse", "claims": []}],
        None,
    ]  # fmt: skip
    restore(lines, other, ALICE, indexed)
    rules = reading("some")
    assert told_of(other, ALICE, ["ep_1", "ep_2", "ep_3"]) == {"ep_1": (rules, DEAR), "ep_2": (rules, failed), "ep_3": (rules,)}


def test_importing_brings_what_a_model_read_since_and_leaves_what_it_read_here(store: Store, other: Store) -> None:
    record(store, *[episode(f"ep_{n}") for n in range(4)])
    copied(store, other)
    waiting = Reading("model/a/1", (), ReadingState.DEFERRED)
    ours = reading("ours", by="model/b/1")
    store.reread(ALICE, [("ep_0", DEAR), ("ep_1", DEAR), ("ep_2", DEAR), ("ep_3", waiting)])
    other.reread(ALICE, [("ep_1", ours), ("ep_2", waiting), ("ep_3", ours)])
    copied(store, other)
    model = {id_: readings[-1] for id_, readings in told_of(other, ALICE, [f"ep_{n}" for n in range(4)]).items()}
    assert model == {"ep_0": DEAR, "ep_1": ours, "ep_2": DEAR, "ep_3": ours}
    mark = other.mark()
    copied(store, other)
    assert other.mark() == mark


def test_an_export_from_before_there_were_readings_can_be_imported(store: Store, other: Store) -> None:
    record(store, episode("ep_1"))
    lines = list(export(store, ALICE))
    assert not any('"readings"' in line for line in lines)
    restore(lines, other, ALICE, indexed)
    assert [t.claim.object for t in other.testimonies(ALICE)] == ["some"]


def test_rules_readings_of_a_file_are_not_believed_but_made_anew(store: Store, other: Store) -> None:
    record(store, episode("ep_1"))
    forged = [{"by": "rules/9", "state": "done", "detail": "", "claims": []}]
    restore(broken(list(export(store, ALICE)), 3, readings=forged), other, ALICE, indexed)
    assert told_of(other, ALICE, ["ep_1"]) == {"ep_1": (reading("some"),)}


@pytest.mark.parametrize(
    "wrong",
    [
        5, [5], [{}], [{"by": "model/a/1"}], [{"by": 7, "state": "done", "detail": "", "claims": []}],
        *([{"by": by, "state": state, "detail": "", "claims": claims}] for by, state, claims in (
            ("model/a/1", "dome", []), ("tea leaves", "done", []), ("model/a/1", "done", {}), ("model/a/1", "done", [{}]),
            ("model/a/1", "done", [{"subject": "a", "relation": "b", "object": "c", "start": 0, "end": 99}]),
            ("model/a/1", "done", [{"subject": "a", "relation": "b", "object": "c", "start": 0, "end": 1, "valid_to": "2026-01-01"}]),
        )),
    ],
)  # fmt: skip
def test_readings_that_cannot_be_used_are_told_with_their_line(store: Store, other: Store, wrong: Any) -> None:
    record(store, episode("ep_1"))
    with pytest.raises(BadInput, match="Line 3"):
        restore(broken(list(export(store, ALICE)), 3, readings=wrong), other, ALICE, indexed)
    assert list(other.scan(ALICE)) == []
