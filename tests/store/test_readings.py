"""What was distilled is kept beside the words: read anew, carried over from older files, found where it is damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import apsw
import pytest

from remanence.errors import BadInput, StoreCorrupt
from remanence.ports import Store
from remanence.record.write import entries, reindex
from remanence.store import sqlite
from remanence.store.inmemory import InMemoryStore
from remanence.store.migrations import LATEST, MIGRATIONS
from remanence.store.rows import claim_fields, claim_of
from remanence.store.sqlite import SqliteStore
from remanence.testing.store import ALICE, BOB, change, entry, episode, everything, read, reading, record, said, told_of
from remanence.types import Action, Claim, Episode, Filter, Reading, Scope, Stance

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=8)))
MAKERS: dict[str, Callable[[Path], Store]] = {"memory": lambda _: InMemoryStore(), "sqlite": SqliteStore}


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with closing(MAKERS[request.param](tmp_path / "memory.db")) as store:
        yield store


# ---------------------------------------------------------------- a claim as JSON


def test_a_plain_claim_is_written_without_what_is_usual() -> None:
    claim = Claim("王峰/妹妹", "lives_in", "里斯本", 2, 9)
    assert claim_fields(claim) == {"subject": "王峰/妹妹", "relation": "lives_in", "object": "里斯本", "start": 2, "end": 9}


def test_a_claim_with_everything_comes_back_with_its_zones() -> None:
    claim = Claim(
        "Alice", "lives_in", "Porto", 0, 5, Stance.CORRECT, "home", "Lisbon", NOON, NOON + timedelta(days=1), "day", 0.6, True
    )  # fmt: skip
    told = json.loads(json.dumps(claim_fields(claim)))
    assert told["valid_from"] == "2026-03-02T12:00:00+08:00"
    assert claim_of(told) == claim
    assert (claim_of(told).valid_to or NOON).utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "told",
    [
        None, [], "x", {}, {"subject": "a", "relation": "b", "object": "c", "start": 0},
        *({"subject": "a", "relation": "b", "object": "c", "start": 0, "end": 1, **more} for more in (
            {"colour": "red"}, {"object": None}, {"start": "0"}, {"start": True}, {"end": 0.5}, {"stance": "maybe"}, {"is_change": 1},
            {"valid_from": "yesterday"}, {"valid_to": 5}, {"certainty": "high"}, {"certainty": True},
        )),
    ],
)  # fmt: skip
def test_what_is_no_claim_is_not_read_as_one(told: object) -> None:
    with pytest.raises(ValueError, match=r"claim|Stance|isoformat"):
        claim_of(told)


# ---------------------------------------------------------------- files from before there were readings


@pytest.fixture
def first_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A memory as the first schema kept it, closed."""
    path = tmp_path / "old.db"
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "MIGRATIONS", MIGRATIONS[:1])
        patch.setattr(sqlite, "LATEST", 1)
        store = SqliteStore(path)
        store.embed_as("some embedder", 4)
        record(store, episode("I moved to Lisbon", id="1"), episode("I like tea", id="2"), vectors=True)
        store.commit(change(action=Action.SUPERSEDE, retired=("1",)))
        store.close()
    with closing(apsw.Connection(str(path))) as peek:
        assert peek.execute("select max(number) from migration").fetchall() == [(1,)]
        assert peek.execute("select count(*) from sqlite_schema where tbl_name = 'reading'").fetchall() == [(0,)]
    return path


def test_a_file_of_the_first_schema_opens_and_keeps_all_it_held(first_schema: Path) -> None:
    store = SqliteStore(first_schema)
    assert store.stats(ALICE).schema == LATEST
    assert [(e.text, e.is_current) for _, e in store.scan(ALICE)] == [("I moved to Lisbon", False), ("I like tea", True)]
    assert [row.vector is None for row in store.index(ALICE)] == [False, False]
    assert said(store) == []
    assert [e.id for _, e in store.unread(ALICE, "rules/1", 9)] == ["2"]
    assert all(finding.ok for finding in store.check())
    store.reread(ALICE, [("1", reading("Lisbon")), ("2", reading("tea"))])
    read(store, (episode("new"), [reading("new")]))
    before = everything(store, ALICE)
    store.close()
    again = SqliteStore(first_schema)
    assert everything(again, ALICE) == before
    assert said(again) == ["Lisbon", "tea", "new"]
    again.close()


def test_an_error_in_the_middle_of_migrating_an_old_file_leaves_it_as_it_was(first_schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = MIGRATIONS[1]
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "MIGRATIONS", (MIGRATIONS[0], held._replace(statements=(*held.statements, "create nonsense"))))
        with pytest.raises(sqlite.StoreError):
            SqliteStore(first_schema)
    with closing(apsw.Connection(str(first_schema))) as peek:
        assert peek.execute("select count(*) from sqlite_schema where tbl_name = 'reading'").fetchall() == [(0,)]
    SqliteStore(first_schema).close()


# ---------------------------------------------------------------- damage


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "memory.db"
    store = SqliteStore(path)
    read(store, *[(episode(f"words {n}", id=f"{n}"), [reading(f"{n}", end=5)]) for n in range(4)])
    store.close()
    return path


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("claims", "'[{'"), ("claims", "'{}'"), ("claims", "'[{}]'"), ("claims", "'[]'"), ("claims", "cast(x'ff' as text)"),
        ("claims", """replace(claims, '"end":5', '"end":77')"""), ("claims", """replace(claims, 'start', 'stars')"""),
        ("claims", """replace(claims, '"Alice"', '7')"""), ("layer", "'ruins'"), ("state", "'dome'"), ("count", "7"), ('"by"', "''"),
    ],
)  # fmt: skip
def test_a_damaged_reading_is_reported_and_healed_by_reading_anew(template: Path, tmp_path: Path, column: str, value: str) -> None:
    path = Path(shutil.copy(template, tmp_path / "memory.db"))
    with sqlite3.connect(path) as theirs:
        theirs.execute(f"update reading set {column} = {value} where seq = 2")
    theirs.close()
    store = SqliteStore(path)
    [finding] = [finding for finding in store.check() if not finding.ok]
    assert finding.check == "readings rest on the words of their episodes"
    assert "reindex" in finding.advice
    assert [t.claim.object for t in store.testimonies(ALICE, seqs=[1, 3, 4])] == ["0", "2", "3"], "its neighbours can still be read"
    if column != "layer":
        store.reread(ALICE, [("1", reading("1", end=5))])
        assert said(store) == ["0", "1", "2", "3"]
        assert all(finding.ok for finding in store.check())
    store.close()


@pytest.mark.parametrize("value", ["'[{'", "'[{}]'", "cast(x'ff' as text)", """replace(claims, '"Alice"', '7')"""])
def test_claims_that_cannot_be_read_are_damage(template: Path, tmp_path: Path, value: str) -> None:
    path = Path(shutil.copy(template, tmp_path / "memory.db"))
    with sqlite3.connect(path) as theirs:
        theirs.execute(f"update reading set claims = {value} where seq = 2")
    theirs.close()
    store = SqliteStore(path)
    with pytest.raises(StoreCorrupt, match="Restore a backup"):
        said(store)
    assert [e.id for e in store.get(ALICE, ["1"])] == ["1"], "the words are as they were"
    store.close()


def test_a_reading_without_its_episode_is_reported(template: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(template, tmp_path / "memory.db"))
    with sqlite3.connect(path) as theirs:
        theirs.execute("insert into reading values (99, 'rules', 'rules/1', 'done', 0, '', '[]')")
    theirs.close()
    store = SqliteStore(path)
    assert {finding.check for finding in store.check() if not finding.ok} == {"references", "every reading has its episode"}
    store.close()


# ---------------------------------------------------------------- recording and rebuilding


def rules(version: int) -> Callable[[Episode], Reading]:
    """A distiller that takes the last word to be liked."""
    return lambda e: reading(e.text.split()[-1].upper() if version > 1 else e.text.split()[-1], by=f"rules/{version}")


def test_what_is_recorded_with_rules_has_been_read_when_it_is_there(store: Store) -> None:
    told = [episode("I like tea"), episode("我 喜欢 茶")]
    store.commit(change(added=tuple(e.id for e in told)), entries(told, None, rules(1)))
    assert said(store) == ["tea", "茶"]
    assert store.unread(ALICE, "rules/1", 9) == []


def test_without_rules_nothing_is_read(store: Store) -> None:
    told = episode("I like tea")
    store.commit(change(added=(told.id,)), entries([told], None))
    assert (said(store), store.stats(ALICE).claims) == ([], 0)
    reindex(store, [ALICE], None, 2)
    assert said(store) == []


def test_reindexing_with_newer_rules_reads_everything_anew_and_leaves_what_a_model_read(store: Store) -> None:
    told = [episode(f"I like {thing}") for thing in ("tea", "cake", "figs", "rain", "snow")]
    dear = reading("dear", by="model/a/1")
    first = [replace(e, readings=(*e.readings, dear)) if n == 1 else e for n, e in enumerate(entries(told, None, rules(1)))]
    store.commit(change(added=tuple(e.id for e in told)), first)
    store.commit(change(retired=(told[0].id,)))
    record(store, episode("I like fog", BOB))
    reindex(store, [ALICE], None, 2, pending=True, read=rules(2))
    assert said(store) == ["tea", "dear", "figs", "rain", "snow"]
    reindex(store, [ALICE], None, 2, read=rules(2))
    assert said(store) == ["TEA", "dear", "FIGS", "RAIN", "SNOW"]
    assert [r.by for r in told_of(store, ALICE, [told[1].id])[told[1].id]] == ["rules/2", "model/a/1"]
    assert said(store, BOB) == []


def test_a_distiller_that_misplaces_a_claim_is_told_so_and_nothing_is_kept(store: Store) -> None:
    told = episode("I like tea")
    with pytest.raises(BadInput, match="from 0 to 99, in a text of 10 characters"):
        store.commit(change(added=(told.id,)), [entry(told, None, reading("tea", end=99))])
    assert store.select(Scope("acme"), Filter()) == []
