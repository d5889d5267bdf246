"""After an erasure no byte of what was erased is in the file or its log, whatever was written before."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from remanence.store.sqlite import SqliteStore
from remanence.testing.store import ALICE, change, entry, episode, erasure, reading
from remanence.types import Action, Entry, Episode, Reading

SEEDS = (1, 9, 10)  # these lives leave traces where the file is not rebuilt after an erasure
TOKEN = re.compile(rb"zq[0-9a-f]{14}")


def on_disk(path: Path) -> bytes:
    """Every byte beside the store's name: the file, its log, and whatever else lies there."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()) if file.name.startswith(path.name))


class Author:
    """Writes episodes of unmistakable tokens, so that any piece of any of them can be told apart in the bytes."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        self.written: dict[str, tuple[set[bytes], list[bytes]]] = {}
        self.said: dict[str, str] = {}

    def tokens(self, count: int) -> list[str]:
        return [f"zq{self.luck.getrandbits(56):014x}" for _ in range(count)]

    def write(self, size: int, with_vector: bool) -> Entry:
        words, extra = self.tokens(size), self.tokens(6)
        written = episode(
            " ".join(words), speaker=extra[0], role=extra[1], source=extra[2], key=extra[3], metadata={extra[4]: extra[5]},
        )  # fmt: skip
        terms = np.array([self.luck.getrandbits(32) for _ in range(size + 4)], dtype=np.uint32)
        drawn = np.random.default_rng(self.luck.getrandbits(32)).normal(size=384).astype(np.float32)
        vector = drawn / np.linalg.norm(drawn) if with_vector else None
        blobs = [terms.tobytes()[i : i + 16] for i in range(0, len(terms) * 4 - 16, max(64, size // 8))]
        readings = [self.read(size, by) for by in self.luck.choice((("rules/1",), ("rules/1", "model/a/1"), ()))]
        derived = TOKEN.findall(repr(readings).encode())
        self.written[written.id] = ({token.encode() for token in words + extra} | set(derived), blobs)
        self.said[written.id] = written.text
        return Entry(written, terms, vector, readings=tuple(readings))

    def read(self, size: int, by: str) -> Reading:
        """A reading of a few claims, each of tokens that stand nowhere else."""
        return reading(*[" ".join(self.tokens(3)) for _ in range(self.luck.choice((0, 1, 2, min(size, 40))))], by=by)


def traces(path: Path, author: Author, erased: set[str]) -> list[str]:
    """What of the erased episodes is still to be found."""
    held = on_disk(path)
    found = set(TOKEN.findall(held))
    return [
        f"{id_}: {len(tokens & found)} of {len(tokens)} tokens, {sum(blob in held for blob in blobs)} of {len(blobs)} pieces of terms"
        for id_ in sorted(erased)
        for tokens, blobs in [author.written[id_]]
        if tokens & found or any(blob in held for blob in blobs)
    ]


@pytest.mark.parametrize("size", [1, 40, 300, 3000, 40_000], ids=lambda size: f"{size * 17} bytes")
def test_a_text_of_any_length_is_gone_from_every_byte(tmp_path: Path, size: int) -> None:
    path, author = tmp_path / "memory.db", Author(size)
    store = SqliteStore(path)
    store.embed_as("some embedder", 384)
    neighbours = [author.write(30, with_vector=True) for _ in range(40)]
    secret = author.write(size, with_vector=True)
    entries = [*neighbours[:20], secret, *neighbours[20:]]
    store.commit(change(added=tuple(e.episode.id for e in entries)), entries)
    assert traces(path, author, {secret.episode.id}), "it is there before"
    store.erase(erasure(ALICE, secret.episode.id))
    assert traces(path, author, {secret.episode.id}) == []
    assert [e for _, e in store.scan(ALICE)] == [e.episode for e in neighbours]
    found = set(TOKEN.findall(on_disk(path)))
    whole = [len(author.written[e.episode.id][0] - found) for e in neighbours]
    assert sum(whole) < len(whole), "neighbours' bytes are intact, but for words cut by the border of a page"
    store.close()
    assert traces(path, author, {secret.episode.id}) == []


def live_at_random(path: Path, seed: int, steps: int, reindexes: bool = False, other: SqliteStore | None = None) -> tuple[int, int]:
    """Record, retire, restore, fill, reterm, reread and erase at random; after every erasure no trace of any erased is left."""
    author, luck = Author(seed), random.Random(f"life {seed}")
    store = SqliteStore(path)
    store.embed_as("some embedder", 384)
    erased: set[str] = set()
    here: dict[str, Episode] = {}
    for step in range(steps):
        few = luck.sample(sorted(here), min(len(here), luck.choice((1, 1, 2, 7))))
        anew = luck.choice(["reterm", "reread"]) if reindexes else "fill"
        verb = luck.choice(["add", "add", "retire", "fill", anew, "erase"])
        if verb == "add" or not few:
            sizes = [luck.choice((1, 5, 40, 120, 230, 260, 900)) for _ in range(luck.choice((1, 3, 12)))]
            entries = [author.write(size, with_vector=luck.random() < 0.5) for size in sizes]
            store.commit(change(added=tuple(e.episode.id for e in entries)), entries)
            here |= {e.episode.id: e.episode for e in entries}
        elif verb == "retire":
            current = {e.id: e.is_current for e in store.get(ALICE, few)}
            both = {True: "retired", False: "restored"}
            for id_, is_current in current.items():
                store.commit(change(action=Action.SUPERSEDE, **{both[is_current]: (id_,)}))
        elif verb == "fill":
            drawn = np.random.default_rng(step).normal(size=384).astype(np.float32)
            store.fill(ALICE, [(e.id, drawn / np.linalg.norm(drawn)) for e in store.deferred(ALICE, 3)])
        elif verb == "reterm":
            for id_ in few:
                terms = np.array([luck.getrandbits(32) for _ in range(luck.choice((3, 50, 400)))], dtype=np.uint32)
                store.reterm(ALICE, [(id_, terms, 0)])
                author.written[id_][1].extend(terms.tobytes()[i : i + 16] for i in range(0, len(terms) * 4 - 16, 256))
        elif verb == "reread":
            given = [(id_, author.read(9, luck.choice(("rules/2", "model/b/1")))) for id_ in few]
            store.reread(ALICE, given)
            for id_, read in given:
                author.written[id_][0].update(TOKEN.findall(repr(read).encode()))
        else:
            store.erase(erasure(ALICE, *few))
            erased |= set(few)
            here = {id_: e for id_, e in here.items() if id_ not in erased}
            assert traces(path, author, erased) == [], f"step {step}"
            if other is not None:
                assert len(list(other.scan(ALICE))) == len(here)
    held = store.get(ALICE, list(here))
    assert [(e.id, e.text, e.metadata) for e in held] == [(e.id, e.text, e.metadata) for e in here.values()]
    assert all(finding.ok for finding in store.check())
    store.close()
    return len(erased), len(here)


@pytest.mark.parametrize("reindexes", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_random_life_leaves_no_trace_of_what_was_erased_in_it(tmp_path: Path, seed: int, reindexes: bool) -> None:
    erased, kept = live_at_random(tmp_path / "memory.db", seed, 80, reindexes)
    assert erased > 10
    assert kept > 10


@pytest.mark.slow
@pytest.mark.parametrize("reindexes", [False, True])
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_long_random_lives_leave_no_trace_of_what_was_erased_in_them(tmp_path: Path, seed: int, reindexes: bool) -> None:
    erased, kept = live_at_random(tmp_path / "memory.db", seed, 200, reindexes)
    assert erased > 10
    assert kept > 10


@pytest.mark.parametrize("seed", [1, 9])  # as above
def test_what_was_read_anew_time_and_again_leaves_no_trace_when_it_is_erased(tmp_path: Path, seed: int) -> None:
    path, luck = tmp_path / "memory.db", random.Random(seed)
    store = SqliteStore(path)
    told: dict[str, set[bytes]] = {}
    here: list[str] = []
    erased: set[str] = set()

    def read(id_: str, by: str) -> Reading:
        tokens = [f"zq{luck.getrandbits(56):014x}" for _ in range(luck.choice((1, 2, 5, 12, 30, 60)))]
        told.setdefault(id_, set()).update(token.encode() for token in tokens)
        return reading(" ".join(tokens), by=by)

    for step in range(150):
        new = [episode("x") for _ in range(luck.choice((1, 3, 12)))]
        store.commit(change(added=tuple(e.id for e in new)), [entry(e, None, read(e.id, "rules/1")) for e in new])
        here += [e.id for e in new]
        few = luck.sample(here, min(len(here), luck.choice((1, 2, 7))))
        store.reread(ALICE, [(id_, read(id_, luck.choice(("rules/2", "model/a/1")))) for id_ in few])
        if luck.random() < 0.3:
            few = luck.sample(here, min(len(here), luck.choice((1, 2))))
            store.erase(erasure(ALICE, *few))
            erased |= set(few)
            here = [id_ for id_ in here if id_ not in erased]
            found = set(TOKEN.findall(on_disk(path)))
            assert not [id_ for id_ in erased if told[id_] & found], f"step {step}"
    assert {t.episode for t in store.testimonies(ALICE)} == set(here)
    store.close()


def test_bytes_are_gone_while_another_connection_is_open_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    other = SqliteStore(path)
    live_at_random(path, seed=9, steps=60, other=other)
    other.close()
