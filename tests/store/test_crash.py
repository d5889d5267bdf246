"""Kill -9 at random instants: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from remanence.store.sqlite import SqliteStore
from remanence.testing.processes import Say, Worker
from remanence.testing.store import ALICE, change, count_from, entry, episode, erasure, reading, record
from remanence.types import Action, Entry

State = dict[str, bool]
"""Ids with whether they are current."""


def text_of(id_: str) -> str:
    """Short texts and some that need pages of their own; each holds its id."""
    return f"episode {id_} " + f"{id_} said more, " * (int(id_) % 7 * 60)


def claim_of(id_: str) -> str:
    return f"distilled {id_} thoroughly"


def read_entry(id_: str) -> Entry:
    """An episode with what was read of it."""
    return entry(episode(text_of(id_), id=id_), None, reading(claim_of(id_)))


def write_for_ever(path: Path, seed: int, say: Say) -> None:
    """Record, retire, restore, read anew and erase at random. Each step is announced with `?` and acknowledged with `=`."""
    luck = random.Random(seed)
    count_from(1_000_000 * seed)
    store = SqliteStore(path)
    state = {e.id: e.is_current for _, e in store.scan(ALICE)}
    number = seed * 1_000_000
    while True:
        current = [id_ for id_, is_current in state.items() if is_current]
        retired = [id_ for id_, is_current in state.items() if not is_current]
        verb = luck.choice(["add", "add", "add", "retire", "restore", "erase", "reread"])
        few = luck.sample(current, min(len(current), luck.randint(1, 5)))
        if verb == "add" or not few or (verb == "restore" and not retired):
            number += 10
            ids = [f"{number + n}" for n in range(luck.choice((1, 1, 9)))]
            say(f"? add {' '.join(ids)}")
            store.commit(change(added=tuple(ids)), [read_entry(id_) for id_ in ids])
            state |= dict.fromkeys(ids, True)
        elif verb == "retire":
            new = f"{number + 9 + 10}"
            number += 10
            say(f"? supersede {' '.join(few)} {new}")
            supersede = change(action=Action.SUPERSEDE, added=(new,), retired=tuple(few))
            store.commit(supersede, [read_entry(new)])
            state |= {**dict.fromkeys(few, False), new: True}
        elif verb == "reread":
            say(f"? reread {' '.join(few)}")
            store.reread(ALICE, [(id_, reading(claim_of(id_), "read anew", by="model/a/1")) for id_ in few])
        elif verb == "restore":
            few = retired[:2]
            say(f"? restore {' '.join(few)}")
            store.commit(change(action=Action.UNDO, restored=tuple(few)))
            state |= dict.fromkeys(few, True)
        else:
            say(f"? erase {' '.join(few)}")
            store.erase(erasure(ALICE, *few))
            for id_ in few:
                del state[id_]
        say("=")


def after(state: State, step: str) -> State:
    """The state that one announced step leads to."""
    _, verb, *ids = step.split()
    match verb:
        case "add" | "restore":
            return state | dict.fromkeys(ids, True)
        case "reread":
            return state
        case "supersede":
            return state | dict.fromkeys(ids[:-1], False) | {ids[-1]: True}
        case _:
            return {id_: is_current for id_, is_current in state.items() if id_ not in ids}


def kill_and_reopen(path: Path, kills: int, seed: int) -> tuple[int, int]:
    """Returns how many changes were acknowledged, and how many kills fell into the middle of one."""
    luck = random.Random(seed)
    state: State = {}
    erased: set[str] = set()
    acknowledged = interrupted = 0
    for kill in range(kills):
        worker = Worker(lambda say, kill=kill: write_for_ever(path, kill + 1, say))  # type: ignore[misc]
        time.sleep(luck.choice((luck.uniform(0, 0.02), luck.uniform(0.02, 0.2))))
        said = worker.kill()
        assert not [line for line in said if line.startswith("!")], said
        last: State | None = None
        for line in said:
            if line == "=":
                assert last is not None
                erased |= state.keys() - last.keys()
                state, last = last, None
                acknowledged += 1
            elif not line.startswith("?"):
                pytest.fail(f"unexpected: {line}")
            else:
                last = after(state, line)
        store = SqliteStore(path)
        assert all(finding.ok for finding in store.check())
        held = [e for _, e in store.scan(ALICE)]
        assert all(e.text == text_of(e.id) for e in held)
        told = [t for t in store.testimonies(ALICE) if t.claim.object != "read anew"]
        assert [(t.episode, t.claim.object) for t in told] == [(e.id, claim_of(e.id)) for e in held]
        found = {e.id: e.is_current for e in held}
        assert found in (state, last), f"kill {kill}: {said[-3:]}"
        if last is not None:
            interrupted += 1
        if last is not None and found == last:
            erased |= state.keys() - found.keys()
        state = found
        store.close()
    store = SqliteStore(path)
    store.compact()
    assert store.residue([text.encode() for id_ in erased for text in (f"episode {id_} ", claim_of(id_))])[0] == 0
    store.close()
    return acknowledged, interrupted


def test_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged, interrupted = kill_and_reopen(tmp_path / "memory.db", kills=20, seed=1)
    assert acknowledged > 20
    assert interrupted > 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    acknowledged, interrupted = kill_and_reopen(tmp_path / "memory.db", kills=75, seed=seed)
    print(f"{acknowledged} changes acknowledged, {interrupted} kills in the middle of one, 0 lost")
    assert acknowledged > 75
    assert interrupted > 10


def test_a_kill_while_the_memory_is_created_leaves_a_file_that_can_be_opened(tmp_path: Path) -> None:
    luck = random.Random(7)
    for n in range(12):
        path = tmp_path / f"{n}.db"

        def create(say: Say, path: Path = path) -> None:
            count_from(1_000_000)  # the parent numbers its own changes
            say("now")
            record(SqliteStore(path), episode("first", id="first"))
            say("=")

        worker = Worker(create)
        worker.hear()
        time.sleep(luck.uniform(0, 0.02))
        said = worker.kill()
        store = SqliteStore(path)
        found = [e.text for _, e in store.scan(ALICE)]
        assert found in ([["first"]] if "=" in said else [[], ["first"]])
        assert all(finding.ok for finding in store.check())
        record(store, episode("second"))
        store.close()


def test_a_killed_writer_leaves_the_others_at_work(tmp_path: Path) -> None:
    """A process that dies inside its transaction holds no lock afterwards."""
    path = tmp_path / "memory.db"

    def hold(say: Say) -> None:
        store = SqliteStore(path)
        with store._transaction("immediate"):
            store._rows("insert into property values ('half', 'done')")
            say("holding")
            time.sleep(60)

    worker = Worker(hold, waits=True)
    with_store = SqliteStore(path)
    worker.go()
    assert worker.hear() == "holding"
    worker.kill()
    with_store.embed_as("some embedder", 4)
    record(with_store, episode("after"), vectors=True)
    assert with_store._rows("select 1 from property where name = 'half'") == []
    with_store.close()
