"""What is forgotten is gone, and the certificate says how one knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.changes import new_change
from remanence.errors import BadInput
from remanence.forget import forget, holding_all
from remanence.forget.flow import needles, neighbours
from remanence.memory import Memory
from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.testing.clock import FrozenClock
from remanence.types import Action, Certificate, Entry, Episode, Kind, Scope

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALICE = Scope("acme", user="alice")
BOB = Scope("acme", user="bob")
Either = InMemoryStore | SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Either]:
    with closing(InMemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "a.db")) as store:
        yield store


def episode(id: str, text: str, scope: Scope = ALICE, said_at: datetime = NOON, **given: Any) -> Episode:
    return Episode(id=id, scope=scope, kind=Kind.TURN, text=text, said_at=said_at, heard_at=NOON, **given)


def record(store: Either, *episodes: Episode) -> list[Episode]:
    change = new_change(Action.ASSERT, Scope("acme"), NOON, added=[e.id for e in episodes])
    store.commit(change, [Entry(e, np.array([1], np.uint32)) for e in episodes])
    return list(episodes)


def finds(store: Either) -> Any:
    """A search that finds an episode by its own words, first or not at all."""

    def ranks(episodes: Sequence[Episode]) -> list[int | None]:
        texts = [e.text for _, e in store.scan(Scope("acme"))]
        return [1 if episode.text in texts else None for episode in episodes]

    return ranks


def session(name: str, count: int, **given: Any) -> list[Episode]:
    place = ALICE.narrow(session=name)
    return [episode(f"{name}_{n}", f"turn number {n} of session {name}", place, NOON + timedelta(minutes=n), **given) for n in range(count)]


def forgotten(store: Either, episodes: Sequence[Episode], scope: Scope = ALICE, **given: Any) -> Certificate:
    return forget(store, scope, episodes, made_at=NOON + timedelta(days=1), probe=finds(store), **given)


def test_what_is_forgotten_is_found_no_more_and_its_neighbours_are(store: Either) -> None:
    turns = record(store, *session("s1", 9))
    certificate = forgotten(store, [turns[4]], reason="asked to")
    assert certificate.is_clean
    assert certificate.removed == ("s1_4",)
    assert [(p.episode, p.rank_before, p.rank_after) for p in certificate.probes] == [("s1_4", 1, None)]
    assert [p.episode for p in certificate.neighbours] == ["s1_3", "s1_5", "s1_2", "s1_6", "s1_1", "s1_7", "s1_0", "s1_8"]
    assert {(p.rank_before, p.rank_after) for p in certificate.neighbours} == {(1, 1)}
    assert store.get(ALICE, ["s1_4"]) == []


def test_the_erasure_stays_in_the_history_without_words(store: Either) -> None:
    turns = record(store, *session("s1", 2))
    certificate = forgotten(store, turns[:1], reason="asked to")
    last = store.changes(ALICE)[-1]
    assert (last.id, last.action, last.retired, last.reason) == (certificate.change, Action.ERASE, ("s1_0",), "asked to")


def test_the_bytes_of_a_forgotten_text_are_scanned_for_and_not_found(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a.db")) as store:
        secret = episode("ep_1", "我对花生过敏，别告诉任何人。" * 400)
        record(store, secret, episode("ep_2", "the weather is fine"))
        certificate = forgotten(store, [secret])
        assert certificate.is_clean
        assert certificate.scanned_bytes > 0
        assert not any(needle in path.read_bytes() for path in tmp_path.iterdir() for needle in needles([secret]))


def test_an_erasure_that_leaves_bytes_behind_cleans_deeper_and_then_says_what_is_left(tmp_path: Path) -> None:
    class Sticky(SqliteStore):
        """A store in whose files something remains until they are written anew."""

        cleaned: tuple[bool, ...] = ()

        def residue(self, needles: Sequence[bytes]) -> tuple[int, int]:
            return (0 if True in self.cleaned else len(needles)), 100

        def compact(self, deep: bool = False) -> None:
            super().compact(deep)
            self.cleaned += (deep,)

    with closing(Sticky(tmp_path / "a.db")) as store:
        turns = record(store, *session("s1", 3))
        assert forgotten(store, turns[:1]).is_clean
        assert store.cleaned == (False, True)  # the quick way first
        assert [e.id for _, e in store.scan(ALICE)] == ["s1_1", "s1_2"]
        assert all(finding.ok for finding in store.check())

    class Hopeless(SqliteStore):
        def residue(self, needles: Sequence[bytes]) -> tuple[int, int]:
            return len(needles), 100

    with closing(Hopeless(tmp_path / "b.db")) as store:
        certificate = forgotten(store, record(store, *session("s1", 3))[:1])
        assert certificate.residue == 1
        assert not certificate.is_clean


def test_a_search_that_still_finds_the_forgotten_makes_the_certificate_unclean(store: Either) -> None:
    turns = record(store, *session("s1", 3))
    certificate = forget(store, ALICE, turns[:1], made_at=NOON, reason="", probe=lambda episodes: [1] * len(episodes))
    assert not certificate.is_clean


def test_a_search_that_loses_a_neighbour_makes_the_certificate_unclean(store: Either) -> None:
    turns = record(store, *session("s1", 3))
    answers = iter([[1, 1, 1], [None, 1, None]])
    assert not forget(store, ALICE, turns[:1], made_at=NOON, reason="", probe=lambda _: next(answers)).is_clean


def test_with_nothing_to_forget_nothing_changes(store: Either) -> None:
    record(store, *session("s1", 2))
    before = store.changes(ALICE)
    certificate = forgotten(store, [episode("ep_unknown", "never recorded")])
    assert (certificate.change, certificate.removed, certificate.is_clean) == (None, (), True)
    assert store.changes(ALICE) == before


def test_nothing_outside_the_scope_is_forgotten(store: Either) -> None:
    hers, his = record(store, episode("ep_a", "alice likes tea"), episode("ep_b", "bob likes tea", BOB))
    assert forgotten(store, [hers, his, hers], ALICE).removed == ("ep_a",)
    assert store.get(BOB, ["ep_b"]) == [his]


def test_many_are_forgotten_at_once_and_twenty_of_them_are_probed(store: Either) -> None:
    turns = record(store, *session("s1", 60))
    certificate = forgotten(store, turns[:50])
    assert len(certificate.removed) == 50
    assert len(certificate.probes) == 20
    assert certificate.is_clean


def test_neighbours_are_of_the_same_session_and_stay(store: Either) -> None:
    ones, twos = session("s1", 6), session("s2", 6)
    record(store, *[turn for pair in zip(ones, twos, strict=True) for turn in pair])
    found = neighbours(store, ALICE, [ones[2], ones[3]])
    assert {e.id for e in found} == {"s1_0", "s1_1", "s1_4", "s1_5"}


def test_neighbours_are_found_where_a_whole_session_was_said_at_one_moment(store: Either) -> None:
    turns = record(store, *[episode(f"ep_{n}", f"number {n}") for n in range(30)])
    assert [e.id for e in neighbours(store, ALICE, [turns[10]])][:2] == ["ep_9", "ep_11"]
    last = episode("ep_end", "the end of time", said_at=datetime.max.replace(tzinfo=UTC))
    record(store, last)
    assert [e.id for e in neighbours(store, ALICE, [last])][:1] == ["ep_29"]


# ---------------------------------------------------------------- what is scanned for


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), max_size=80))
def test_needles_are_whole_characters_of_the_texts_and_few(texts: list[str]) -> None:
    found = needles([episode(f"ep_{n}", text) for n, text in enumerate(texts)])
    assert len(found) <= 64
    assert all(any(needle.decode() in text for text in texts) for needle in found)
    assert all(8 <= len(needle) <= 48 for needle in found)
    assert bool(found) == any(len(text.encode()) >= 8 for text in texts)


def test_a_long_text_is_looked_for_at_its_start_at_its_end_and_between() -> None:
    text = "".join(f"{n:08d}" for n in range(500))
    found = needles([episode("ep_1", text)])
    assert len(found) == 4
    assert text.encode().startswith(found[0])
    assert text.encode().endswith(found[-1])
    assert needles([episode("ep_1", "tiny")]) == []


# ---------------------------------------------------------------- by description


def test_a_description_names_every_version_that_holds_all_its_words_the_retired_too() -> None:
    def terms(text: str) -> list[str]:
        return text.lower().replace(",", "").split()

    given = [
        episode("ep_1", "Peanuts, my allergy"), episode("ep_2", "My allergy"), episode("ep_3", "Peanuts"),
        episode("ep_4", "allergy to peanuts", retired_at=NOON, valid_to=NOON),
    ]  # fmt: skip
    assert [e.id for e in holding_all(given, "allergy peanuts", terms)] == ["ep_1", "ep_4"]
    assert [e.id for e in holding_all(given, "peanuts", terms)] == ["ep_1", "ep_3", "ep_4"]
    assert holding_all(given, " , ", terms) == []


def test_words_that_were_corrected_or_undone_are_forgotten_by_description_and_answer_no_as_of(tmp_path: Path) -> None:
    with Memory(tmp_path / "a.db", embedder=None, clock=FrozenClock(NOON)) as memory:
        home = memory.record("I live in Lisbon, Portugal.", said_at="2026-01-01")
        memory.correct(home.ids[0], "I live in Berlin.", said_at="2026-02-01")
        taken_back = memory.record("My sister lives in Lisbon.", said_at="2026-01-05")
        memory.undo(str(taken_back.change))
        certificate = memory.forget("lisbon")
        assert set(certificate.removed) == {*home.ids, *taken_back.ids}
        assert certificate.is_clean
        assert memory.recall("Where do I live?", as_of="2026-01-15") == []
        assert [hit.episode.text for hit in memory.recall("Where do I live?")] == ["I live in Berlin."]
        assert not any(b"Lisbon" in path.read_bytes() for path in tmp_path.iterdir())


def test_an_id_names_that_version_alone(tmp_path: Path) -> None:
    with Memory(tmp_path / "a.db", embedder=None, clock=FrozenClock(NOON)) as memory:
        first = memory.record("I live in Lisbon.", said_at="2026-01-01").ids[0]
        second = memory.correct(first, "I live in Porto.", said_at="2026-02-01").ids[0]
        assert memory.forget(second).removed == (second,)
        assert memory.show(first).text == "I live in Lisbon."


# ---------------------------------------------------------------- changes


def test_the_same_decision_at_the_same_instant_is_the_same_change() -> None:
    one = new_change(Action.ERASE, ALICE, NOON, retired=["a"])
    assert one.id == new_change(Action.ERASE, ALICE, NOON.astimezone(ZoneInfo("Asia/Shanghai")), retired=["a"]).id
    assert one.id.startswith("ch_")
    assert len(one.id) == 23


def test_another_decision_is_another_change() -> None:
    changes = [
        new_change(Action.ERASE, ALICE, NOON, retired=["a"]), new_change(Action.ERASE, ALICE, NOON, retired=["a", "b"]),
        new_change(Action.ERASE, ALICE, NOON, restored=["a"]), new_change(Action.ERASE, BOB, NOON, retired=["a"]),
        new_change(Action.ASSERT, ALICE, NOON, retired=["a"]), new_change(Action.ERASE, ALICE, NOON, retired=["a"], reason="x"),
        new_change(Action.ERASE, ALICE, NOON + timedelta(microseconds=1), retired=["a"]),
        new_change(Action.ERASE, ALICE, NOON, retired=["a"], undoes="c"),
        new_change(Action.ERASE, ALICE, NOON, retired=["a"], ends_at=NOON),
    ]  # fmt: skip
    assert len({change.id for change in changes}) == len(changes)


def test_a_change_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="no zone"):
        new_change(Action.ERASE, ALICE, datetime(2026, 3, 2))
