"""Eight processes, or eight threads, at one file: nobody sees a lock, nothing is lost, the counts add up."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import numpy as np
import pytest

from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.testing.processes import Say, Worker
from remanence.testing.store import ALICE, BOB, Follower, change, count_from, episode, erasure, record, vector
from remanence.types import Action, Filter, Scope

EIGHT = 8
ROUNDS = 20


def work(store: SqliteStore | InMemoryStore, worker: int, say: Say) -> None:
    """Record, read, retire and erase one's own among everybody's; says every id that is to remain."""
    luck = random.Random(worker)
    own = Scope("acme", user="alice", agent=f"worker {worker}")
    follower = Follower(store, ALICE)
    for n in range(ROUNDS):
        ids = [f"{worker}-{n}-{k}" for k in range(luck.randint(1, 4))]
        record(store, *[episode(f"words of {id_}", own, id=id_) for id_ in ids])
        assert [e.id for e in store.get(ALICE, ids)] == ids, "one's own words are there at once"
        match luck.randrange(4):
            case 0:
                store.erase(erasure(own, ids.pop()))
            case 1:
                store.commit(change(own, Action.SUPERSEDE, id=f"retire {worker} {n}", retired=(ids[0],)))
            case 2:
                store.fill(own, [(id_, vector(n)) for id_ in ids])
            case _:
                seen = [e.id for _, e in store.scan(own)]
                assert len(seen) == len(set(seen))
        follower.follow()
        for id_ in ids:
            say(id_)


def verify(store: SqliteStore | InMemoryStore, said: list[str]) -> None:
    held = {e.id: e.text for _, e in store.scan(ALICE)}
    assert held == {id_: f"words of {id_}" for id_ in said}
    assert len(said) == len(set(said)) == store.stats(ALICE).episodes
    per_worker = [store.stats(Scope("acme", user="alice", agent=f"worker {n}")).episodes for n in range(EIGHT)]
    assert sum(per_worker) == len(said)
    added = [id_ for c in store.changes(ALICE) for id_ in c.added]
    assert sorted(added) == sorted(said)
    recorded = [c for c in store.changes(ALICE) if c.action is Action.ASSERT]
    assert len(recorded) == EIGHT * ROUNDS
    assert [row.seq for row in store.index(ALICE)] == store.select(ALICE, Filter())
    assert all(finding.ok for finding in store.check())


def test_eight_processes_read_write_and_erase_at_once(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"  # which none of them has created yet

    def start(number: int) -> Worker:
        def run(say: Say) -> None:
            count_from(1_000_000 * (number + 1))
            store = SqliteStore(path)
            store.embed_as("some embedder", 4)
            work(store, number, say)
            store.close()

        return Worker(run)

    workers = [start(number) for number in range(EIGHT)]
    said = [id_ for worker in workers for id_ in worker.join()]
    store = SqliteStore(path)
    verify(store, said)
    store.close()


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_eight_threads_share_one_store(tmp_path: Path, kind: str) -> None:
    store = SqliteStore(tmp_path / "memory.db") if kind == "file" else InMemoryStore()
    store.embed_as("some embedder", 4)
    said: list[str] = []
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(store, number, said.append)
            store.stats(ALICE), store.check(), store.mark(), store.changes(BOB)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(EIGHT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    verify(store, said)
    store.close()


def test_every_process_sees_what_another_has_just_written(tmp_path: Path) -> None:
    """A long-lived reader follows a writer by marks."""
    path = tmp_path / "memory.db"

    def write(say: Say) -> None:
        other = SqliteStore(path)
        one, two = episode("one", id="one"), episode("two", id="two")
        record(other, one, two)
        other.commit(change(action=Action.SUPERSEDE, retired=("one",)))
        other.reterm(ALICE, [("two", np.array([1, 2, 3], dtype=np.uint32), 0)])
        other.close()
        say("done")

    worker = Worker(write, waits=True)
    store = SqliteStore(path)
    follower = Follower(store, ALICE)
    assert follower.follow() == []
    worker.go()
    assert worker.join() == ["done"]
    first, second = follower.follow()
    assert first.retired_at < float("inf")
    assert np.frombuffer(second.terms, "<u4").tolist() == [1, 2, 3]
    store.close()


def test_many_processes_that_create_one_memory_at_once_all_succeed(tmp_path: Path) -> None:
    for n in range(4):
        path = tmp_path / f"{n}.db"

        def create(say: Say, path: Path = path) -> None:
            store = SqliteStore(path)
            record(store, episode("hello", id=f"{random.SystemRandom().random()}"), scope=ALICE)
            store.close()
            say("ok")

        def start(number: int, create=create) -> Worker:  # type: ignore[no-untyped-def]
            def run(say: Say) -> None:
                count_from(1_000_000 * (number + 1))
                create(say)

            return Worker(run)

        workers = [start(number) for number in range(6)]
        assert [worker.join() for worker in workers] == [["ok"]] * 6
        store = SqliteStore(path)
        assert store.stats(ALICE).episodes == 6
        assert all(finding.ok for finding in store.check())
        store.close()
