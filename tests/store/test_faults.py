"""A full disk, a failing disk and a power cut leave the old state or the new one, never something between."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from remanence.errors import StoreError, StoreFull
from remanence.store.sqlite import SqliteStore
from remanence.testing.faulty_disk import Fault, FaultyDisk
from remanence.testing.store import ALICE, BOB, change, entry, episode, erasure, everything, reading, record, vector
from remanence.types import Action

ENOUGH = 99  # more operations than any of the writes below needs


HELD = [episode(f"alice {n} " + "long words " * 220 * n, id=f"a{n}") for n in range(3)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds three episodes of Alice's and one of Bob's."""
    path = tmp_path_factory.mktemp("template") / "memory.db"
    store = SqliteStore(path)
    store.embed_as("some embedder", 4)
    record(store, *HELD, vectors=True)
    record(store, episode("bob's", BOB, id="b"))
    store.close()
    return path


def opened(template: Path, path: Path, vfs: str | None = None) -> SqliteStore:
    shutil.copy(template, path)
    return SqliteStore(path, vfs=vfs)


def commit(store: SqliteStore) -> None:
    new = [episode("new " + "and long " * 300 * n, id=f"new{n}") for n in range(3)]
    added = tuple(e.id for e in new)
    both = change(action=Action.SUPERSEDE, added=added, retired=("a0", "a2"))
    store.commit(both, [entry(e, vector(), reading(e.text[:9])) for e in new])


def erase(store: SqliteStore) -> None:
    store.erase(erasure(ALICE, "a0", "a2"))


def fill(store: SqliteStore) -> None:
    store.fill(BOB, [("b", vector(5))])


def reread(store: SqliteStore) -> None:
    store.reread(ALICE, [("a0", reading("long " * 2000, by="model/a/1")), ("a1", reading("anew"))])


def embed_as(store: SqliteStore) -> None:
    store.embed_as("another", 9)


def state(store: SqliteStore) -> object:
    """All that can be read, without the names and times a change makes up for itself."""
    alice, bob = everything(store, ALICE), everything(store, BOB)
    seen = [(rows, index, [(c.action, c.added, c.retired) for c in made], *rest) for rows, index, made, _, _, *rest in (alice, bob)]
    return seen, store.embedder()


def expected(template: Path, path: Path, write: Callable[[SqliteStore], None]) -> tuple[object, object]:
    """The state before and after `write` on a disk that works."""
    store = opened(template, path)
    before = state(store)
    write(store)
    after = state(store)
    store.close()
    return before, after


WRITES = pytest.mark.parametrize("write", [commit, erase, fill, reread, embed_as])


@WRITES
@pytest.mark.parametrize("fault", [Fault.FULL, Fault.WRITE, Fault.SYNC])
def test_a_failing_disk_gives_a_clear_error_and_the_old_state(
    template: Path, tmp_path: Path, write: Callable[[SqliteStore], None], fault: Fault
) -> None:
    before, after = expected(template, tmp_path / "expected.db", write)
    struck = 0
    # A full disk and a failing write strike the same operations: each takes every other one.
    for n in range(0, ENOUGH, 1) if fault is Fault.SYNC else range(fault is Fault.WRITE, ENOUGH, 2):
        with FaultyDisk() as disk:
            store = opened(template, tmp_path / f"{n}.db", disk.name)
            disk.fail(fault, after=n)
            refused: StoreError | None = None
            try:
                write(store)
            except StoreError as error:
                refused = error
            failed = disk.has_failed
            disk.heal()
            if refused:
                assert isinstance(refused, StoreFull) or fault is not Fault.FULL
                assert state(store) == before, f"operation {n}"
            else:
                assert state(store) == after, f"operation {n}"
            assert all(finding.ok for finding in store.check())
            if refused:  # and once the cause is gone, the same write succeeds
                write(store)
                assert state(store) == after
            store.close()
        again = SqliteStore(tmp_path / f"{n}.db")
        assert state(again) == after
        again.close()
        struck += failed
        if not failed:
            break
    assert struck > 0
    assert not failed, "the write has no operation that was not tried"


def test_an_unreadable_disk_gives_a_clear_error_and_is_read_again_once_it_works(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path / "memory.db")
    with FaultyDisk() as disk:
        for n in range(ENOUGH):
            disk.fail(Fault.READ, after=n)
            try:
                store = SqliteStore(tmp_path / "memory.db", vfs=disk.name)
            except StoreError:
                disk.heal()
                continue
            try:
                found = store.get(ALICE, [e.id for e in HELD])
            except StoreError:
                pass
            else:
                assert found == HELD
            failed = disk.has_failed
            disk.heal()
            assert store.get(ALICE, [e.id for e in HELD]) == HELD
            store.close()
            if not failed:
                break
        assert not failed
        assert n > 3


@pytest.mark.parametrize("fault", [Fault.FULL, Fault.WRITE, Fault.SYNC])
def test_a_disk_that_fails_while_a_memory_is_created_leaves_one_that_can_be_created_again(tmp_path: Path, fault: Fault) -> None:
    for n in range(0, ENOUGH, 1 if fault is Fault.SYNC else 3):
        with FaultyDisk() as disk:
            disk.fail(fault, after=n)
            with contextlib.suppress(StoreError):
                SqliteStore(tmp_path / f"{n}.db", vfs=disk.name).close()
            failed = disk.has_failed
        store = SqliteStore(tmp_path / f"{n}.db")
        assert record(store, episode()).added
        assert all(finding.ok for finding in store.check())
        store.close()
        if not failed:
            break
    assert not failed
    assert n > 5


@WRITES
@pytest.mark.parametrize("seed", range(2))
def test_a_power_cut_leaves_the_old_state_or_the_new_and_never_less_than_was_acknowledged(
    template: Path, tmp_path: Path, write: Callable[[SqliteStore], None], seed: int
) -> None:
    before, after = expected(template, tmp_path / "expected.db", write)
    outcomes = set()
    for n in range(ENOUGH):
        with FaultyDisk(seed=seed * 1000 + n) as disk:
            store = opened(template, tmp_path / f"{n}.db", disk.name)
            disk.fail(Fault.POWER, after=n)
            acknowledged = False
            with contextlib.suppress(StoreError):
                write(store)
                acknowledged = True
            is_cut = disk.is_cut
            with contextlib.suppress(StoreError):
                store.close()
            platter = tmp_path / f"platter {n}"
            platter.mkdir()
            disk.salvage(platter)
        found = SqliteStore(platter / f"{n}.db")
        assert all(finding.ok for finding in found.check()), f"operation {n}"
        seen = state(found)
        assert seen == after or (seen == before and not acknowledged), f"operation {n}"
        outcomes.add(seen == after)
        found.close()
        if not is_cut:
            break
    assert not is_cut, "the write has no operation that was not tried"
    assert outcomes == {False, True}


@pytest.mark.parametrize("seed", range(4))
def test_a_power_cut_in_a_long_run_of_changes_loses_no_acknowledged_one(template: Path, tmp_path: Path, seed: int) -> None:
    """Enough is written for the log to be folded into the file, so that the cut also falls into that."""
    for n in range(3, 420, 61):
        folder = tmp_path / f"{n}"
        folder.mkdir()
        acknowledged: dict[str, str] = {}
        attempted: dict[str, str] = {}
        erased: set[str] = set()
        erasing = ""
        with FaultyDisk(seed=seed * 1000 + n) as disk:
            store = opened(template, folder / "memory.db", disk.name)
            disk.fail(Fault.POWER, after=n + seed)
            with contextlib.suppress(StoreError):
                for k in range(200):
                    attempted = {f"{k}": f"{k} " * (1 + 400 * (k % 5))}
                    record(store, episode(attempted[f"{k}"], id=f"{k}"))
                    acknowledged |= attempted
                    if k % 3 == 2:
                        erasing = f"{k - 2}"
                        store.erase(erasure(ALICE, erasing))
                        erased.add(erasing)
                    if k % 7 == 6:
                        store.compact()
            assert disk.is_cut
            with contextlib.suppress(StoreError):
                store.close()
            platter = folder / "platter"
            platter.mkdir()
            disk.salvage(platter)
        found = SqliteStore(platter / "memory.db")
        assert all(finding.ok for finding in found.check())
        kept = {e.id: e.text for _, e in found.scan(ALICE) if e.id.isdigit()}
        wanted = {id_: text for id_, text in acknowledged.items() if id_ not in erased}
        for id_, text in wanted.items():
            assert kept.get(id_) == text or id_ == erasing
        assert kept.items() <= (wanted | attempted).items()
        found.close()
