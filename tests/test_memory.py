"""The laws through the public face: scopes keep apart, words come back as given, what is acknowledged stays."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from remanence import Memory
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.errors import BadInput, EmbedderMismatch, NotFound, ScopeViolation, StoreError, UnknownSetting
from remanence.store.inmemory import InMemoryStore
from remanence.store.sqlite import SqliteStore
from remanence.testing.clock import FrozenClock
from remanence.testing.processes import Say, Worker
from remanence.types import SCOPE_FIELDS, Budget, Episode, Scope

SMALL, LARGE = HashedNgrams(32), HashedNgrams(64)


def plain(path: Path | str = ":memory:", **given: Any) -> Memory:
    return Memory(path, **{"embedder": None, "clock": FrozenClock(), **given})


def said(memory: Memory) -> list[str]:
    return [episode.text for _, episode in memory.episodes()]


# ---------------------------------------------------------------- tenancy

fields = st.fixed_dictionaries(
    {"tenant": st.sampled_from(["acme", "umbrella", "ACME"])},
    optional={name: st.sampled_from(["a", "b", "A", "%"]) for name in SCOPE_FIELDS[1:]},
)
words = st.sampled_from(["tea", "green tea", "coffee with Anna", "昨天喝茶", "where is it?"])
recorded = st.lists(st.tuples(fields, words, st.sampled_from([None, "Anna", "Bo"])), min_size=2, max_size=8)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path_factory.mktemp("tenancy") / "a.db")) as store:
        yield store


class Tenants:
    """Memories by scope on one store, and what each may see: the episodes of the scopes that it contains."""

    def __init__(self, store: InMemoryStore | SqliteStore, items: list[tuple[dict[str, str], str, str | None]], example: int) -> None:
        self.clock = FrozenClock()
        self.root = Memory(store=store, embedder=SMALL, clock=self.clock)
        self.homes = [{**home, "tenant": f"{home['tenant']} {example}"} for home, _, _ in items]
        self.episodes: list[Episode] = []
        self.changes: list[str] = []
        for number, ((_, text, speaker), home) in enumerate(zip(items, self.homes, strict=True)):
            memory = self.root.scope(**home)
            receipt = memory.record(f"{text} {number}", speaker=speaker)
            self.episodes += [memory.show(id_) for id_ in receipt.ids]
            self.changes.append(receipt.change or "")

    def inside(self, scope: Scope) -> set[str]:
        return {episode.id for episode in self.episodes if scope.contains(episode.scope)}


_examples = iter(range(10**9))


def check_reading(memory: Memory, own: set[str], strangers: set[str]) -> None:
    """Everything that can be read through `memory` is its own."""
    for question in ("tea", "What did Anna say yesterday?", "昨天"):
        for options in ({}, {"by": "session"}, {"as_of": "2030-01-01"}, {"known_at": "2030-01-01"}, {"budget": Budget(tokens=500)}):
            assert {hit.episode.id for hit in memory.recall(question, limit=50, **options)} <= own
        assert {citation.episode for citation in memory.context(question).citations} <= own
    assert {hit.episode.id for hit in memory.recall("tea", limit=50)} == own, "and all that is its own is there to be found"
    assert {episode.id for _, episode in memory.episodes()} == own
    assert memory.stats().episodes == len(own)
    touched = {id_ for change in memory.history() for id_ in (*change.added, *change.retired, *change.restored)}
    assert touched <= own
    exported = "\n".join(memory.export())
    assert all((id_ in exported) == (id_ in own) for id_ in own | strangers)


def check_refusals(memory: Memory, stranger: str, change: str) -> None:
    """A stranger's episode does not exist for `memory`, whatever is tried."""
    for attempt in (
        lambda: memory.show(stranger), lambda: memory.correct(stranger, "mine now"), lambda: memory.forget([stranger]),
        lambda: memory.forget(stranger), lambda: memory.undo(change),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()
    assert memory.history(stranger) == []


@pytest.mark.parametrize("kind", ["memory", "file"])
@settings(max_examples=12, deadline=None)
@given(items=recorded)
def test_no_operation_of_one_scope_sees_or_touches_a_row_of_another(file: SqliteStore, kind: str, items: list[Any]) -> None:
    tenants = Tenants(InMemoryStore() if kind == "memory" else file, items, next(_examples))
    everybody = {episode.id for episode in tenants.episodes}
    for home in tenants.homes:
        memory = tenants.root.scope(**home)
        own = tenants.inside(memory.granted)
        check_reading(memory, own, everybody - own)
        for episode, change in zip(tenants.episodes, tenants.changes, strict=True):
            if episode.id not in own:
                check_refusals(memory, episode.id, change)


@pytest.mark.parametrize("kind", ["memory", "file"])
@settings(max_examples=12, deadline=None)
@given(items=recorded)
def test_whatever_one_scope_does_to_its_rows_others_stay_as_they_were(file: SqliteStore, kind: str, items: list[Any]) -> None:
    tenants = Tenants(InMemoryStore() if kind == "memory" else file, items, next(_examples))
    memory = tenants.root.scope(**tenants.homes[0])
    own = tenants.inside(memory.granted)
    others = [episode for episode in tenants.episodes if episode.id not in own]
    assume(others)
    tenants.clock.advance(timedelta(days=1))
    first = tenants.episodes[0].id
    corrected = memory.correct(first, "something else entirely")
    memory.undo(corrected.change or "")
    memory.reindex()
    memory.forget("tea")
    memory.forget(sorted(own & {episode.id for _, episode in memory.episodes()}))
    memory.import_(list(memory.export()))
    for episode in others:
        home = tenants.root.scope(**episode.scope.as_dict())
        assert home.show(episode.id) == episode
        assert episode.id in {hit.episode.id for hit in home.recall(episode.text, limit=50)}


def test_a_scope_is_narrowed_for_good() -> None:
    anna = plain().scope(user="anna")
    for beyond in ({"user": "bo"}, {"tenant": "umbrella"}):
        with pytest.raises(ScopeViolation, match="it cannot reach"):
            anna.scope(**beyond)
    with pytest.raises(ScopeViolation):
        anna.scope(session="s1").record("hello", session="s2")
    assert anna.scope(user="anna", session="s1").granted == Scope(user="anna", session="s1")
    with pytest.raises(BadInput, match="Unknown scope field 'usr'"):
        anna.scope(usr="anna")


# ---------------------------------------------------------------- word for word


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    with closing(plain(tmp_path_factory.mktemp("ledger") / "a.db")) as memory:
        yield memory


awkward = st.sampled_from(
    [
        "\x00",
        "a\x00b",
        "\ufeff",
        "e\u0301",
        "é",
        "\u202egnirts",
        "👩‍👩‍👧‍👦",
        "𝒳",
        "\r\n",
        "\u2028",
        "\U0010ffff",
        "'; drop table episode;--",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | awkward,
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_words_come_back_as_they_were_said(ledger: Memory, text: str, name: str) -> None:
    assume(text.strip() and not text.isspace())
    receipt = ledger.record(text, speaker=name, source=name, metadata={name: [name, {"n": None}]})
    assume(not receipt.redactions)
    kept = ledger.show(receipt.ids[0])
    assert kept.text == text
    assert kept.speaker == (name if name.strip() else None)
    assert json.loads(json.dumps(kept.metadata)) == dict(kept.metadata)
    assert isinstance(ledger.recall(text, limit=3), list)


def test_a_lone_surrogate_is_refused_with_the_way_to_mend_it() -> None:
    with pytest.raises(BadInput, match=r"lone surrogate .* repair it"):
        plain().record("half \ud83d of a face")


# ---------------------------------------------------------------- what is acknowledged stays


def test_what_was_recorded_is_there_after_its_process_died_without_closing(tmp_path: Path) -> None:
    def work(say: Say) -> None:
        for n in range(5):
            memory = plain(tmp_path / "a.db")
            memory.record(f"text {n}")
            say(f"text {n}")  # the worker then ends without closing anything

    acknowledged = Worker(work).join()
    with closing(plain(tmp_path / "a.db")) as memory:
        assert said(memory) == acknowledged == [f"text {n}" for n in range(5)]
        assert all(finding.ok for finding in memory.doctor())


def test_two_memories_on_one_file_see_each_others_words_at_once(tmp_path: Path) -> None:
    with closing(plain(tmp_path / "a.db")) as one, closing(plain(tmp_path / "a.db")) as other:
        assert one.recall("tea") == []
        receipt = other.record("green tea")
        assert [hit.episode.text for hit in one.recall("tea")] == ["green tea"]
        other.correct(receipt.ids[0], "black tea")
        assert [hit.episode.text for hit in one.recall("tea")] == ["black tea"]
        one.forget("black tea")
        assert other.recall("tea") == []


def test_a_memory_without_a_file_works_alike_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Memory(":memory:", embedder=SMALL) as memory:
        receipt = memory.record(["green tea", "black coffee"])
        assert memory.recall("tea")[0].episode.text == "green tea"
        assert memory.forget(list(receipt.ids[:1])).is_clean
        assert said(memory) == ["black coffee"]
        assert "black coffee" in memory.context("coffee").text
    with Memory(":memory:", embedder=SMALL) as another:
        assert said(another) == []
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- closed


VERBS: dict[str, Callable[[Memory], object]] = {
    "record": lambda memory: memory.record("tea"),
    "recall": lambda memory: memory.recall("tea"),
    "context": lambda memory: memory.context("tea"),
    "show": lambda memory: memory.show("ep_1"),
    "episodes": lambda memory: list(memory.episodes()),
    "history": lambda memory: memory.history(),
    "stats": lambda memory: memory.stats(),
    "export": lambda memory: list(memory.export()),
    "forget": lambda memory: memory.forget("tea"),
    "reindex": lambda memory: memory.reindex(),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_closed_memory_says_so_instead_of_finding_nothing(tmp_path: Path, kind: str, verb: str) -> None:
    memory = plain(":memory:" if kind == "memory" else tmp_path / "a.db")
    memory.record("tea")
    anna = memory.scope(user="anna")
    memory.close()
    for closed in (memory, anna):
        with pytest.raises(StoreError, match=r"was closed.* open a new Memory"):
            VERBS[verb](closed)
    memory.close()  # again does no harm


def test_the_doctor_of_a_closed_file_finds_nothing_in_order(tmp_path: Path) -> None:
    memory = plain(tmp_path / "a.db")
    memory.close()
    assert all(not finding.ok and "was closed" in finding.detail for finding in memory.doctor())


# ---------------------------------------------------------------- embedders


def test_another_embedder_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with plain(path, embedder=SMALL) as memory:
        memory.record("green tea")
    with pytest.raises(EmbedderMismatch, match=r"'hashed-ngrams/32' \(32 axes\).*'hashed-ngrams/64' \(64\).*replace_embedder=True"):
        plain(path, embedder=LARGE)
    with plain(path) as memory:
        assert memory.recall("tea"), "by terms alone any file can be read"


def test_reindexing_moves_a_file_to_another_embedder(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with plain(path, embedder=SMALL) as memory:
        memory.record(["green tea", "black coffee"])
    with plain(path, embedder=LARGE, replace_embedder=True) as memory:
        before = memory.recall("tea")
        assert before[0].episode.text == "green tea"
        assert "dense" not in {why.arm for hit in before for why in hit.why}, "vectors of another embedder say nothing"
        assert memory.reindex().spent.calls == 2
        assert "dense" in {why.arm for why in memory.recall("tea")[0].why}
        assert (memory.stats().embedder, memory.stats().dimension, memory.stats().deferred) == (LARGE.name, 64, 0)
    with plain(path, embedder=LARGE) as memory:
        assert memory.recall("tea")[0].episode.text == "green tea"
    with pytest.raises(EmbedderMismatch):
        plain(path, embedder=SMALL)


def test_a_memory_that_was_open_while_another_process_reindexed_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with plain(path, embedder=SMALL) as memory:
        memory.record("green tea")
        assert memory.recall("tea")
        with plain(path, embedder=LARGE, replace_embedder=True) as other:
            other.reindex()
        for verb in (lambda: memory.recall("tea"), lambda: memory.record("black tea")):
            with pytest.raises(EmbedderMismatch, match="hashed-ngrams/64"):
                verb()
        assert said(memory) == ["green tea"]


def test_an_embedder_is_named_with_what_it_needs() -> None:
    assert Memory(embedder="hashed").embedder.dimension == 1024  # type: ignore[union-attr]
    assert Memory(embedder="hashed:48").embedder.dimension == 48  # type: ignore[union-attr]
    with pytest.raises(BadInput, match=r"no embedder 'hashd'\. There are: .*hashed"):
        Memory(embedder="hashd")


# ---------------------------------------------------------------- settings


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(UnknownSetting, match=r"no setting 'busy_second'\. Did you mean 'busy_seconds'\?"):
        plain(busy_second=3)
    with pytest.raises(UnknownSetting, match=r"no setting 'zzz'\. There are: busy_seconds, "):
        plain(zzz=1)


def test_system_messages_are_recorded_only_where_that_was_set() -> None:
    message = [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "Ahoy"}]
    assert [refusal.index for refusal in plain().record(message).refused] == [0]
    assert plain(include_system=True).record(message).refused == ()


# ---------------------------------------------------------------- several threads


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_several_threads_share_one_memory(tmp_path: Path, kind: str) -> None:
    memory = plain(":memory:" if kind == "memory" else tmp_path / "a.db", embedder=SMALL)
    failed: list[BaseException] = []

    def run(name: str) -> None:
        own = memory.scope(user=name)
        try:
            for n in range(15):
                receipt = own.record(f"tea number {n} of {name}", session="s1", key=str(n))
                assert own.recall(f"tea number {n}", limit=50), "one's own words are found at once"
                if n % 3 == 1:
                    own.correct(receipt.ids[0], f"coffee number {n} of {name}", said_at=own.clock.now() + timedelta(seconds=n))
                if n % 3 == 2:
                    own.forget(list(receipt.ids))
                memory.recall("tea", limit=50)
        except BaseException as error:
            failed.append(error)

    names = ["anna", "bo", "cleo", "dan"]
    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    for name in names:
        current = {episode.text for _, episode in memory.scope(user=name).episodes() if episode.is_current}
        assert current == {f"{'coffee' if n % 3 else 'tea'} number {n} of {name}" for n in range(15) if n % 3 != 2}
        assert {hit.episode.text for hit in memory.scope(user=name).recall("number", limit=50)} == current
    assert all(finding.ok for finding in memory.doctor())
    memory.close()


def test_a_scope_of_the_default_tenant_cannot_enter_another() -> None:
    with Memory(embedder=None) as memory:
        memory.scope(tenant="acme").record("the acme secret")
        handed_on = memory.scope(tenant="default")
        with pytest.raises(ScopeViolation):
            handed_on.scope(tenant="acme")
        with pytest.raises(ScopeViolation):
            memory.scope(user="alice").scope(tenant="acme")
