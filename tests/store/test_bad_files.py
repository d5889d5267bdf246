"""Whatever lies at the path: one clear error that says what to do, and nothing half-written."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from remanence.errors import RemanenceError, StoreBusy, StoreCorrupt, StoreError, StoreNewer, StoreReadOnly
from remanence.store import migrations, sqlite
from remanence.store.migrations import LATEST, Migration
from remanence.store.sqlite import SqliteStore
from remanence.testing.faulty_disk import Fault, FaultyDisk
from remanence.testing.processes import Say, Worker
from remanence.testing.store import ALICE, change, episode, erasure, everything, record, texts
from remanence.types import Action, Filter

NOBODY = 65534


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory of two hundred episodes with history, closed."""
    path = tmp_path_factory.mktemp("template") / "memory.db"
    store = SqliteStore(path)
    store.embed_as("some embedder", 4)
    held = [episode(f"{n} " + "many words " * (n % 9) * 20, id=f"{n}", speaker="Alice", metadata={"n": n}) for n in range(200)]
    record(store, *held, vectors=True)
    store.commit(change(action=Action.SUPERSEDE, retired=("5", "6")))
    store.erase(erasure(ALICE, "7"))
    store.close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "memory.db"))


def read_all(path: Path) -> bool:
    """Open and use every read; returns whether the check is clean. Raises only what remanence raises on purpose."""
    store = SqliteStore(path, busy_seconds=1)
    try:
        findings = store.check()
        assert all(finding.advice for finding in findings if not finding.ok)
        everything(store, ALICE)
        store.select(ALICE, Filter(metadata={"n": 1}))
        store.residue([b"many words"])
        record(store, episode("one more", id=f"more {time.monotonic_ns()}"))
        return all(finding.ok for finding in findings)
    finally:
        store.close()


# ---------------------------------------------------------------- what is not a memory


@pytest.mark.parametrize("content", [b"hello, I am a diary\n" * 100, b"\x00" * 5000, b"SQLite format 3\x00", bytes(range(256)) * 64, b"xy"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"notes\.db"):
        SqliteStore(path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["notes.db"]


def test_an_empty_file_becomes_a_memory(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    path.touch()
    store = SqliteStore(path)
    record(store, episode("hello"))
    assert texts(store) == ["hello"]
    store.close()


def test_another_programs_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("create table migration (number integer)")
        theirs.execute("insert into migration values (1)")
    theirs.close()
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="not a memory"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused_with_the_advice_to_upgrade(path: Path) -> None:
    with sqlite3.connect(path) as newer:
        newer.execute("insert into migration values (99, 'from the future', 0)")
    newer.close()
    with pytest.raises(StoreNewer, match="Upgrade"):
        SqliteStore(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no folder .*nowhere.*create it"):
        SqliteStore(tmp_path / "nowhere" / "memory.db")
    assert os.listdir(tmp_path) == []


def test_a_folder_is_not_a_memory(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(tmp_path)


def test_a_closed_store_says_so(path: Path) -> None:
    store = SqliteStore(path)
    store.close()
    store.close()
    for use in (lambda: store.get(ALICE, ["1"]), lambda: record(store, episode()), lambda: store.erase(erasure(ALICE, "1")), store.mark):
        with pytest.raises(StoreError, match="closed"):
            use()


def test_half_a_character_is_refused_and_nothing_of_it_kept(path: Path) -> None:
    store = SqliteStore(path)
    before = everything(store, ALICE)
    for bad in (episode("\ud83d"), episode(speaker="\ud83d"), episode(metadata={"k": "\ud83d"})):
        with pytest.raises(RemanenceError, match="half a character"):
            record(store, episode("fine"), bad)
    assert everything(store, ALICE) == before
    store.close()


# ---------------------------------------------------------------- damage


def test_a_truncated_file_is_reported(template: Path, tmp_path: Path) -> None:
    size = template.stat().st_size
    whole = SqliteStore(Path(shutil.copy(template, tmp_path / "whole.db")))
    expected = texts(whole)
    whole.close()
    for n, kept in enumerate([2, 99, 100, 511, 512, 4095, 4096, 4097, 8192, size // 3, size // 2, size - 4096, size - 1]):
        path = tmp_path / f"{n}.db"
        path.write_bytes(template.read_bytes()[:kept])
        try:
            is_clean = read_all(path)
        except StoreError:
            continue
        if is_clean:  # then the part cut off was unused
            store = SqliteStore(path)
            assert texts(store)[:-1] == expected, f"{kept} of {size} bytes"
            store.close()


def damage(template: Path, path: Path, hurt: Callable[[bytearray], None]) -> None:
    held = bytearray(template.read_bytes())
    hurt(held)
    path.write_bytes(held)


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_are_reported_or_harmless_and_never_a_foreign_error(template: Path, tmp_path: Path, seed: int) -> None:
    luck = random.Random(seed)
    outcomes = {"raised": 0, "reported": 0, "unseen": 0}
    for n in range(40):

        def flip(held: bytearray) -> None:
            for _ in range(luck.choice((1, 1, 4))):
                # Half of them where the structure is, at the head of a page; the rest anywhere.
                place = luck.randrange(len(held)) if luck.random() < 0.5 else luck.randrange(len(held) // 4096) * 4096 + luck.randrange(100)
                held[place] ^= 1 << luck.randrange(8)

        damage(template, path := tmp_path / f"{n}.db", flip)
        try:
            outcomes["unseen" if read_all(path) else "reported"] += 1
        except StoreError:
            outcomes["raised"] += 1
    print(outcomes)
    assert outcomes["raised"] > 0
    assert outcomes["reported"] > 0


def test_a_page_of_noise_is_reported(template: Path, tmp_path: Path) -> None:
    luck = random.Random(5)
    pages = template.stat().st_size // 4096
    for page in range(pages):

        def scribble(held: bytearray, page: int = page) -> None:
            held[page * 4096 : (page + 1) * 4096] = luck.randbytes(4096)

        damage(template, path := tmp_path / f"{page}.db", scribble)
        try:
            is_clean = read_all(path)
        except StoreError:
            continue
        assert not is_clean, f"page {page} of {pages}"


def test_a_row_that_cannot_be_a_memory_is_damage(path: Path) -> None:
    for column, value in (("kind", "'bird'"), ("trust", "''"), ("metadata", "'{'"), ("said_at", 2**62), ("text", "cast(x'ff' as text)")):
        with sqlite3.connect(path) as theirs:
            [(held,)] = theirs.execute(f"select {column} from episode where id = '3'")
            theirs.execute(f"update episode set {column} = {value} where id = '3'")
        theirs.close()
        store = SqliteStore(path)
        with pytest.raises(StoreCorrupt, match="Restore a backup"):
            list(store.scan(ALICE))
        assert [e.id for e in store.get(ALICE, ["4"])] == ["4"], "its neighbours can still be read"
        store.close()
        with sqlite3.connect(path) as theirs:
            theirs.execute(f"update episode set {column} = ? where id = '3'", (held,))
        theirs.close()


# ---------------------------------------------------------------- rights


def test_a_memory_one_may_not_write_can_be_read_and_says_so_when_written(path: Path) -> None:
    for target in (path, path.parent):
        target.chmod(0o755 if target.is_dir() else 0o644)
    for folder in path.parents:  # pytest's folders are its owner's alone; a stranger must be able to reach this one
        if folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o711)
    before = path.read_bytes()

    def as_a_stranger(say: Say) -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            store = SqliteStore(path)
            say(f"{store.stats(ALICE).episodes}")
            record(store, episode("new"))
        except StoreReadOnly as error:
            say(str(error))

    assert os.geteuid() == 0 or not os.access(path, os.W_OK), "run as root, so that rights can be dropped"
    said = Worker(as_a_stranger).join()
    assert "Check" in said[-1]
    assert "memory.db" in said[-1]
    assert path.read_bytes() == before


def test_a_memory_cannot_be_created_where_one_may_not_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o711)

    def as_a_stranger(say: Say) -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with pytest.raises(StoreReadOnly, match="Check"):
            SqliteStore(tmp_path / "memory.db")
        say("refused")

    assert Worker(as_a_stranger).join() == ["refused"]
    assert os.listdir(tmp_path) == []


# ---------------------------------------------------------------- others at the same file


def test_a_lock_held_for_longer_than_allowed_is_a_busy_store(path: Path) -> None:
    def hold(say: Say) -> None:
        store = SqliteStore(path)
        with store._transaction("immediate"):
            say("holding")
            time.sleep(60)

    worker = Worker(hold)
    assert worker.hear() == "holding"
    store = SqliteStore(path, busy_seconds=0.2)
    before = everything(store, ALICE)
    with pytest.raises(StoreBusy, match="busy_seconds"):
        record(store, episode("new"))
    assert everything(store, ALICE) == before, "reading goes on"
    worker.kill()
    assert record(store, episode("new")).added
    store.close()


def test_looking_at_the_bytes_does_not_let_another_process_take_the_log_away(path: Path) -> None:
    """Closing any handle on a file drops all locks this process holds on it; the next to close would delete a log in use."""

    def visit(say: Say) -> None:
        other = SqliteStore(path)
        other.stats(ALICE)
        other.close()
        say("gone")

    def look(say: Say) -> None:
        other = SqliteStore(path)
        say(f"{len(other.get(ALICE, ['acknowledged']))}")
        other.close()

    visitor, witness = Worker(visit, waits=True), Worker(look, waits=True)
    store = SqliteStore(path)
    store.residue([b"many words"])
    store.erase(erasure(ALICE, "9"))
    visitor.go()
    visitor.join()
    record(store, episode("acknowledged", id="acknowledged"))
    witness.go()
    assert witness.join() == ["1"]
    store.close()


def test_a_reader_who_stays_long_delays_the_bytes_of_an_erasure_but_not_the_erasure(path: Path) -> None:
    store = SqliteStore(path, busy_seconds=0.2)
    reader = apsw.Connection(str(path))  # not the standard module's SQLite: two of them in one process do not see each other's locks
    reader.execute("begin")
    reader.execute("select count(*) from episode").fetchall()
    secret = episode("an unmistakable secret")
    record(store, secret)
    store.erase(erasure(ALICE, secret.id))
    assert store.get(ALICE, [secret.id]) == []
    assert store.residue([b"an unmistakable secret"])[0] == 1, "and this is told"
    reader.close()
    store.compact()
    assert store.residue([b"an unmistakable secret"])[0] == 0
    store.close()


# ---------------------------------------------------------------- migrations


def test_an_error_in_the_middle_of_migrating_leaves_the_version_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Migration(LATEST + 1, "broken half-way", ("create table half (done integer)", "create table half (done integer)"))
    before = SqliteStore(path)
    held = everything(before, ALICE)
    before.close()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "MIGRATIONS", (*migrations.MIGRATIONS, broken))
        patch.setattr(sqlite, "LATEST", LATEST + 1)
        with pytest.raises(StoreError):
            SqliteStore(path)
    store = SqliteStore(path)
    assert everything(store, ALICE) == held
    assert store._rows("select name from sqlite_schema where name = 'half'") == []
    store.close()


def test_a_migration_is_applied_and_recorded_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another = Migration(LATEST + 1, "another step", ("create table half (done integer)",))
    monkeypatch.setattr(sqlite, "MIGRATIONS", (*migrations.MIGRATIONS, another))
    monkeypatch.setattr(sqlite, "LATEST", LATEST + 1)
    store = SqliteStore(path)
    assert store._rows("select number, reason from migration where number > ?", (LATEST,)) == [(LATEST + 1, "another step")]
    assert store.stats(ALICE).schema == LATEST + 1
    store.close()
    SqliteStore(path).close()


@pytest.mark.parametrize("cut", [False, True])
def test_a_crash_while_the_schema_is_created_leaves_version_zero_or_the_whole(tmp_path: Path, cut: bool) -> None:
    seen = set()
    for n in range(0, 99, 2):
        with FaultyDisk(seed=n) as disk:
            disk.fail(Fault.POWER if cut else Fault.WRITE, after=n)
            with contextlib.suppress(StoreError):
                SqliteStore(tmp_path / f"{n}.db", vfs=disk.name).close()
            failed = disk.has_failed
            (platter := tmp_path / f"{n}").mkdir()
            disk.salvage(platter)
        left = platter if cut else tmp_path
        with sqlite3.connect(left / f"{n}.db") as peek:
            tables = {name for (name,) in peek.execute("select name from sqlite_schema")}
        peek.close()
        seen.add("episode" in tables)
        assert ("episode" in tables) == ("property" in tables) == ("migration" in tables)
        SqliteStore(left / f"{n}.db").close()
        if not failed:
            break
    assert not failed
    assert seen == {False, True}
