"""From a question to hits: what is allowed, in time, within tokens, and with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from remanence import Memory
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.errors import BackendFailed, BadInput
from remanence.language.tokens import estimate_tokens
from remanence.recall import arms, pace, pipeline
from remanence.recall import features as features_module
from remanence.recall.arms import Found
from remanence.recall.confidence import CONFIDENCE
from remanence.recall.features import BY_SEVERAL, FEATURES
from remanence.recall.fuse import Linear, Ranker
from remanence.recall.question import Question, ready
from remanence.recall.session_features import SESSION_FEATURES
from remanence.recall.several import FORM
from remanence.recall.view import View
from remanence.recall.views import Views
from remanence.store.inmemory import InMemoryStore
from remanence.testing.clock import FrozenClock
from remanence.types import Budget, Episode, Filter, Hit, Hits, Kind, Scope, Trust

DAY = timedelta(days=1)


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.episode.text for hit in hits]


# ---------------------------------------------------------------- nothing, and something


@pytest.mark.parametrize("embedder", [None, HashedNgrams(32)])
def test_an_empty_memory_answers_with_no_hits(embedder: HashedNgrams | None) -> None:
    for by in ("episode", "session"):
        found = Memory(embedder=embedder).recall("What happened yesterday?", by=by)
        assert isinstance(found, Hits)
        assert found == []
        assert found.confidence == 0.0


@pytest.mark.parametrize("question", ["", "   ", "\n", None, 7])
def test_a_question_without_words_is_refused(memory: Memory, question: object) -> None:
    with pytest.raises(BadInput, match="give some words"):
        memory.recall(question)  # type: ignore[arg-type]


def test_what_cannot_be_meant_is_refused(memory: Memory) -> None:
    memory.record("tea")
    with pytest.raises(BadInput, match="at least 1"):
        memory.recall("tea", limit=0)
    with pytest.raises(BadInput, match="by='sessions' is not known"):
        memory.recall("tea", by="sessions")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="as_of='soon' is not a date"):
        memory.recall("tea", as_of="soon")


def test_what_was_said_is_found_first_with_its_source_and_date(spelling: Memory) -> None:
    spelling.record(["the dog sleeps", "a letter came"], session="s1", source="chat.json", said_at="2026-01-05T10:00+08:00")
    spelling.record("I moved to Lisbon", session="s2", source="mail", said_at="2026-02-01")
    hits = spelling.recall("Who moved to Lisbon?")
    best = hits[0].episode
    assert (best.text, best.source, best.scope.session) == ("I moved to Lisbon", "mail", "s2")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert 0 < hits[0].confidence <= hits.confidence <= 1
    assert sum(hit.confidence for hit in hits) <= hits.confidence + 1e-6


def test_every_hit_says_which_arms_found_it(spelling: Memory) -> None:
    spelling.record([f"the {word} is on the table" for word in ("pear", "plum", "fig", "lime")], session="s1")
    for hit in spelling.recall("Where is the plum?"):
        assert hit.why
        assert all(why.rank >= 1 and np.isfinite(why.score) for why in hit.why)
    first = {why.arm: why.rank for why in spelling.recall("Where is the plum?")[0].why}
    assert first["lexical"] == first["dense"] == 1


# ---------------------------------------------------------------- what is allowed


@pytest.fixture
def mixed(memory: Memory, clock: FrozenClock) -> Memory:
    memory.record({"role": "user", "name": "Anna", "content": "tea by Anna"}, source="chat", metadata={"mood": "good", "n": 1})
    memory.record({"role": "assistant", "content": "tea by the model"}, said_at=clock.now() - 9 * DAY)
    memory.record({"role": "tool", "name": "kettle", "content": "tea by a tool"})
    memory.record("tea in a document", kind="document", source="https://tea.example", said_at=clock.now() - 2 * DAY)
    return memory


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Filter(speaker="Anna"), {"tea by Anna"}),
        (Filter(role="assistant"), {"tea by the model"}),
        (Filter(kind=Kind.DOCUMENT), {"tea in a document"}),
        (Filter(kind=Kind.TOOL), {"tea by a tool"}),
        (Filter(source="chat"), {"tea by Anna"}),
        (Filter(trust=(Trust.TOOL, Trust.MODEL)), {"tea by a tool", "tea by the model"}),
        (Filter(since=FrozenClock().now() - 3 * DAY, until=FrozenClock().now()), {"tea in a document"}),
        (Filter(until=FrozenClock().now() - 2 * DAY), {"tea by the model"}),
        (Filter(metadata={"mood": "good"}), {"tea by Anna"}),
        (Filter(metadata={"n": 1}, speaker="Anna"), {"tea by Anna"}),
        (Filter(speaker="Nobody"), set()),
        (Filter(), {"tea by Anna", "tea by the model", "tea by a tool", "tea in a document"}),
    ],
)
def test_every_hit_meets_the_filter(mixed: Memory, where: Filter, found: set[str]) -> None:
    assert set(texts(mixed.recall("tea", where=where))) == found


def test_as_of_shows_what_was_so_then_and_known_at_what_was_known_then(memory: Memory, clock: FrozenClock) -> None:
    start = clock.now()
    old = memory.record("I live in Rome", said_at=start - 100 * DAY)
    clock.advance(10 * DAY)
    memory.correct(old.ids[0], "I live in Oslo", said_at=start - 50 * DAY)  # she had moved long before we heard
    clock.advance(DAY)

    def lives(**given: object) -> list[str]:
        return [text.split()[-1] for text in texts(memory.recall("Where do I live?", **given))]

    assert lives() == ["Oslo"]
    assert lives(as_of=start - 60 * DAY) == ["Rome"]
    assert lives(as_of=start - 50 * DAY) == ["Oslo"]
    assert lives(as_of=start - 101 * DAY) == []
    assert lives(known_at=start + DAY) == ["Rome"]
    assert lives(known_at=start + 10 * DAY) == ["Oslo"]
    assert lives(known_at=start - DAY) == []
    assert lives(as_of=start - 40 * DAY, known_at=start + DAY) == ["Rome"]
    assert lives(as_of=start - 40 * DAY, known_at=start + 11 * DAY) == ["Oslo"]


def test_by_session_each_session_is_found_once_by_its_best_turn(spelling: Memory) -> None:
    spelling.record(["the plum was ripe", "plum, plum", "we ate"], session="fruit")
    spelling.record(["a plum tree", "it fell"], session="garden")
    spelling.record(["engines", "wheels"], session="cars")
    by_turn, by_session = spelling.recall("plum"), spelling.recall("plum", by="session")
    assert sorted(hit.episode.scope.session or "" for hit in by_session) == ["cars", "fruit", "garden"]
    best = {}
    for hit in by_turn:
        best.setdefault(hit.episode.scope.session, hit.episode.id)
    assert {hit.episode.scope.session: hit.episode.id for hit in by_session} == best
    assert by_session[-1].episode.scope.session == "cars"
    assert len(spelling.recall("plum", by="session", limit=2)) == 2


# ---------------------------------------------------------------- budgets


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(0, 150))
def test_within_a_token_budget_are_the_best_hits_that_fit_and_no_more(lengths: list[int], tokens: int) -> None:
    memory = Memory(embedder=None, clock=FrozenClock())
    memory.record([" ".join(["tea", *(f"word{n}" for n in range(length))]) for length in lengths])
    everything, kept = memory.recall("tea", limit=20), memory.recall("tea", limit=20, budget=Budget(tokens=tokens))
    fitting, left = [], tokens
    for text in texts(everything):  # the best first; one too long is passed over
        if estimate_tokens(text) <= left:
            fitting.append(text)
            left -= estimate_tokens(text)
    assert texts(kept) == fitting
    assert kept.spent.tokens == sum(map(estimate_tokens, texts(kept))) <= tokens


class Slow(HashedNgrams):
    """An embedder that takes `seconds` by a clock of the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        super().__init__(64)
        self.now, self.seconds, self.asked = 0.0, seconds, 0
        monkeypatch.setattr(pace, "perf_counter", lambda: self.now)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.now += self.seconds
        self.asked += 1
        return super().embed(texts)


def test_an_embedder_too_slow_for_the_time_is_left_out_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = Slow(monkeypatch, seconds=0.3)
    memory = Memory(embedder=embedder)
    memory.record(["green tea", "black coffee"])
    recorded = embedder.asked
    first = memory.recall("tea", budget=Budget(seconds=0.1))
    assert first.skipped == {}
    assert first.spent.seconds == pytest.approx(0.3)
    second = memory.recall("tea", budget=Budget(seconds=0.1))
    assert second.skipped == {"dense": "it takes about 300 ms and 100 ms were left"}
    assert second.spent.seconds == 0.0
    assert texts(second)[0] == "green tea"
    assert memory.recall("tea").skipped == {}, "without a limit there is time"
    assert embedder.asked == recorded + 2


def test_scopes_of_one_memory_share_what_they_learnt_of_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(embedder=Slow(monkeypatch, seconds=0.3))
    memory.scope(user="anna").record("tea")
    memory.scope(user="anna").recall("tea")
    assert "dense" in memory.scope(user="bo").recall("tea", budget=Budget(seconds=0.1)).skipped


# ---------------------------------------------------------------- a reranker


class Shortest:
    """Prefers short texts."""

    name = "shortest"

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.seen: list[str] = []

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        self.questions.append(question)
        self.seen = list(texts)
        return [-len(text) for text in texts]


def test_a_reranker_orders_the_hits_and_leaves_its_reason(memory: Memory) -> None:
    memory.record(["tea, tea, always tea", "some tea", "no coffee but tea"])
    plain, again = memory.recall("tea"), memory.recall("tea", reranker=Shortest())
    assert texts(again) == sorted(texts(plain), key=len)
    assert [hit.why[-1].arm for hit in again] == ["rerank"] * 3
    assert [(hit.why[-1].rank, hit.why[-1].score, hit.score) for hit in again] == [(1, -8, -8), (2, -17, -17), (3, -20, -20)]
    before = {hit.episode.id: hit.why for hit in plain}
    assert all(hit.why[:-1] == before[hit.episode.id] for hit in again)


def test_a_reranker_sees_more_than_is_asked_for(memory: Memory) -> None:
    memory.record(["tea " + "word " * n for n in range(1, 80)])
    reranker = Shortest()
    assert len(memory.recall("tea", limit=3, reranker=reranker)) == 3
    assert len(reranker.seen) == pipeline.RERANKED
    assert reranker.questions == ["tea"]


def test_a_reranker_that_fails_is_an_error_not_an_order(memory: Memory) -> None:
    class Broken(Shortest):
        def score(self, question: str, texts: Sequence[str]) -> list[float]:
            raise BackendFailed(f"The reranker did not answer {question!r} for {len(texts)} texts.")

    memory.record("tea")
    with pytest.raises(BackendFailed, match="did not answer 'tea' for 1 texts"):
        memory.recall("tea", reranker=Broken())
    assert memory.scope(user="nobody").recall("tea", reranker=Broken()) == [], "nothing to rerank"


# ---------------------------------------------------------------- could not look


def test_a_question_that_cannot_be_embedded_is_an_error_and_not_an_empty_answer() -> None:
    class Failing(HashedNgrams):
        works = True

        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if not self.works:
                raise BackendFailed("The embedder did not answer.")
            return super().embed(texts)

    embedder = Failing(64)
    memory = Memory(embedder=embedder)
    memory.record("tea")
    embedder.works = False
    with pytest.raises(BackendFailed, match="did not answer"):
        memory.recall("tea")
    embedder.works = True
    assert texts(memory.recall("tea")) == ["tea"]


def test_what_another_process_erases_between_ranking_and_fetching_is_left_out() -> None:
    class Racing(InMemoryStore):
        """Loses an episode at the moment in which hits are fetched."""

        doomed: Sequence[str] = ()

        def at(self, scope: Scope, seqs: Sequence[int]) -> list[Episode]:
            if self.doomed:
                doomed, self.doomed = self.doomed, ()
                memory.forget(doomed)
            return super().at(scope, seqs)

    store = Racing()
    memory = Memory(store=store, embedder=None, clock=FrozenClock())
    memory.record(["green tea", "black tea", "no tea"])
    before = memory.recall("tea")
    store.doomed = [before[0].episode.id]
    after = memory.recall("tea")
    assert [(hit.episode.text, hit.score) for hit in after] == [(hit.episode.text, hit.score) for hit in before[1:]]


# ---------------------------------------------------------------- in a talk


def only(names: Sequence[str], name: str) -> Linear:
    """A score that sees nothing but one feature."""
    return Linear(np.zeros(len(names)), np.ones(len(names)), np.array([float(each == name) for each in names]))


def by_words(session: Linear, in_talk: Linear) -> Ranker:
    """Turns by their words alone, sessions as given, and never an opinion."""
    words, nothing = only(FEATURES, "words"), only(BY_SEVERAL, "")
    return Ranker(words, words, nothing, only(FORM, ""), session, in_talk, only(CONFIDENCE, ""))


def test_sessions_are_ranked_by_what_counts_outside_and_by_what_counts_in_a_talk(memory: Memory) -> None:
    memory.ranker = by_words(only(SESSION_FEATURES, "best turn"), only(SESSION_FEATURES, "newness"))
    for n in range(6):
        memory.record([f"plan {n}" + " and so on" * n, "let us pack"], session=f"s{n}")

    def sessions(recent: list[str] | None) -> list[str | None]:
        return [hit.episode.scope.session for hit in memory.recall("the plan", by="session", recent=recent)]

    assert sessions(None) == ["s0", "s1", "s2", "s3", "s4", "s5"], "the shortest turn says it most"
    assert sessions(["hello", "hi"]) == ["s5", "s4", "s3", "s2", "s1", "s0"], "the newest first"


def test_an_arm_from_outside_adds_candidates_and_says_so(memory: Memory) -> None:
    memory.record([f"tea number {n}" for n in range(5)] + ["coffee"], session="s1")

    def last(question: Question, _: View, allowed: NDArray[np.bool_], limit: int) -> Found:
        assert question.text == "tea"
        assert limit == pipeline.POOL
        rows = np.flatnonzero(allowed)[-1:]
        return Found(rows, np.ones(len(rows), np.float32))

    tools = replace(memory._tools(None), more={"last": last})
    hits = pipeline.recall("tea", memory._look, tools, memory.clock.now(), 10)
    assert [why.arm for hit in hits if hit.episode.text == "coffee" for why in hit.why if why.arm == "last"] == ["last"]


def test_the_score_of_an_arm_from_outside_is_a_feature_where_it_is_named(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.record(["tea", "milk", "coffee"], session="s1")
    view = Views(memory.store, 10**9).of(memory.granted)
    question, rows = ready("tea", view, memory.clock.now()), np.array([0, 2])
    matched = arms.matches(question.terms, view)
    monkeypatch.setattr(features_module, "BY_ARM", ("fact",))
    found = {"fact": Found(np.array([2, 1]), np.array([0.9, 0.4], np.float32))}
    lines = features_module.features(view, question, matched, arms.session_scores(matched, view), rows, found)
    assert lines[:, len(BY_SEVERAL)].tolist() == pytest.approx([0, 0.9])


class Waiting(HashedNgrams):
    """An embedder that keeps a question waiting until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = Event(), Event()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if list(texts) == ["a slow question"]:
            self.asked.set()
            assert self.go.wait(20)
        return super().embed(texts)


def test_others_are_answered_while_a_question_waits_for_its_embedder() -> None:
    embedder = Waiting()
    with Memory(embedder=embedder) as memory, ThreadPoolExecutor() as pool:
        memory.record(["a slow question is asked", "a quick answer is given"])
        slow = pool.submit(memory.recall, "a slow question")
        assert embedder.asked.wait(20)
        quick = pool.submit(memory.recall, "a quick answer").result(20)
        embedder.go.set()
        assert texts(quick)[0] == "a quick answer is given"
        assert texts(slow.result(20))[0] == "a slow question is asked"


def test_the_turn_that_tells_what_is_so_now_comes_before_those_that_only_sound_like_the_question() -> None:
    memory = Memory(embedder=None).scope(user="alice")
    for text, said_at in (
        ("I live in Porto and I live there well.", "2025-01-02"),
        ("I moved from Porto to Lisbon last spring and work at Acme as a nurse.", "2026-03-02"),
        ("My sister Anna lives in Rome. She loves rowing.", "2026-03-05"),
        ("我最喜欢的电影是《英雄》，我妹妹叫小红，她在上海工作。", "2026-03-07"),
    ):
        memory.record(text, said_at=said_at, speaker="Alice")
    first = {
        asked: memory.recall(asked)[0].episode.text for asked in ("Where does Alice live?", "Where do I live?", "Where does Anna live?")
    }
    assert [text.split()[1] for text in first.values()] == ["moved", "moved", "sister"]
    assert "《英雄》" in memory.recall("我最喜欢的电影是什么？")[0].episode.text
