"""A line of numbers for each candidate: always numbers, and only of what stands around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanence import Memory
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.recall import arms
from remanence.recall.confidence import CONFIDENCE, confidence_features
from remanence.recall.features import FEATURES, NEAR, features, strangeness, surroundings
from remanence.recall.question import Question, ready
from remanence.recall.session_features import SESSION_FEATURES, session_features, sessions_of
from remanence.recall.view import View
from remanence.recall.views import Views
from remanence.testing.clock import FrozenClock

NOON = FrozenClock().now()
EMBEDDER = HashedNgrams(64)
WORDS = ["apple", "pear", "I", "yesterday", "seven", "Anna", "?", "北京", "昨天", "will", "why"]


def view_of(memory: Memory) -> View:
    return Views(memory.store, 10**9).of(memory.granted)


def asked(text: str, view: View, with_vector: bool = True, recent: list[str] | None = None) -> Question:
    question = ready(text, view, NOON, recent)
    return replace(question, vector=EMBEDDER.embed([question.spoken])[0]) if with_vector and view.nearest.dimension else question


def described(view: View, question: Question, rows: np.ndarray) -> np.ndarray:
    matched = arms.matches(question.terms, view)
    return features(view, question, matched, arms.session_scores(matched, view), rows)


def conversation(seed: int, turns: int = 40, vectors: bool = True) -> Memory:
    luck, memory = Random(seed), Memory(embedder=EMBEDDER if vectors else None, clock=FrozenClock())
    for _ in range(turns):
        memory.record(
            " ".join(luck.choices(WORDS, k=luck.randint(1, 9))) + f" word{luck.randrange(1000)}",
            session=luck.choice(["s1", "s2", None]), speaker=luck.choice(["Anna", "Bo", None]), embed=luck.random() < 0.9,
            said_at=NOON - timedelta(hours=luck.randint(0, 100)),
        )  # fmt: skip
    return memory


QUESTIONS = ["When did Anna eat seven apples yesterday?", "昨天安娜去了北京吗？", "???", "why", "Who is Bo to Anna?", "word1 word2 word3"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=30), st.sampled_from([None, "Anna", "北京"]), st.booleans()), min_size=1, max_size=8),
    st.text(min_size=1, max_size=30) | st.sampled_from(QUESTIONS),
    st.booleans(),
    st.none() | st.just(["and then?"]),
)
def test_every_feature_of_anything_is_a_number(
    turns: list[tuple[str, str | None, bool]], text: str, with_vector: bool, recent: list[str] | None
) -> None:
    memory = Memory(embedder=EMBEDDER, clock=FrozenClock())
    memory.record([{"role": "user", "content": f"{words}.", "name": name} for words, name, _ in turns if f"{words}.".isprintable()] or "x")
    view = view_of(memory)
    question, rows = asked(text, view, with_vector, recent), np.arange(len(view))
    lines = described(view, question, rows)
    assert lines.shape == (len(view), len(FEATURES))
    assert np.isfinite(lines).all()
    scores = lines.sum(1)
    sessions = session_features(sessions_of(view, rows), question, lines, scores)
    assert sessions.shape[1] == len(SESSION_FEATURES)
    assert np.isfinite(sessions).all()
    odds = confidence_features(question, lines, scores, 0.5, strangeness(arms.matches(question.terms, view)))
    assert odds.shape == (len(CONFIDENCE),)
    assert np.isfinite(odds).all()


@pytest.mark.parametrize("text", [text for text in QUESTIONS if text != "???"])  # which is equally far from everything: ties
@pytest.mark.parametrize("vectors", [True, False])
def test_the_order_of_candidates_does_not_matter(text: str, vectors: bool) -> None:
    view = view_of(conversation(1, vectors=vectors))
    question = asked(text, view)
    rows = np.arange(0, len(view), 2)
    order = np.random.default_rng(0).permutation(len(rows))
    np.testing.assert_allclose(described(view, question, rows[order]), described(view, question, rows)[order], atol=1e-5)


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_stands_far_from_every_candidate_does_not_matter(text: str) -> None:
    """Only the counts of terms and turns reach over the whole scope: not far turns' vectors, cues, speakers or dates."""
    view = view_of(conversation(2, turns=120))
    question = asked(text, view)
    rows = np.array([3, 50, 51])
    before = described(view, question, rows)
    far = np.setdiff1d(np.arange(len(view)), surroundings(view, rows).known)
    assert len(far) > 80
    luck = np.random.default_rng(0)
    view.cues[far], view.said_at[far], view.speaker[far] = luck.integers(128), NOON.timestamp(), luck.integers(3)
    for row in far:
        view.nearest.replace(int(row), luck.integers(-127, 128, 64, np.int8).tobytes(), 0.01)
    np.testing.assert_array_equal(described(view, question, rows), before)


def test_the_surroundings_of_a_turn_are_the_turns_of_its_own_session() -> None:
    memory = Memory(embedder=None, clock=FrozenClock())
    for n in range(8):
        memory.record(f"turn {n}", session=f"s{n % 2}")
    around = surroundings(view_of(memory), np.array([4, 1]))
    at = {gap: [int(around.known[place]) if place >= 0 else None for place in there] for gap, there in around.near.items()}
    assert at == {-3: [None, None], -2: [0, None], -1: [2, None], 0: [4, 1], 1: [6, 3], 2: [None, 5]}
    assert set(at) == set(NEAR)


# ---------------------------------------------------------------- what single features say


def feature(memory: Memory, text: str, name: str, recent: list[str] | None = None) -> list[float]:
    view = view_of(memory)
    return described(view, asked(text, view, recent=recent), np.arange(len(view)))[:, FEATURES.index(name)].tolist()


def test_who_is_named_said_it_or_did_not_and_is_spoken_of_or_not(memory: Memory) -> None:
    memory.record([
        {"role": "user", "name": "Anna", "content": "hello Bo"},
        {"role": "user", "name": "Bo", "content": "hello Anna"},
    ])  # fmt: skip
    assert feature(memory, "What did Anna say?", "said by the named") == [1, -1]
    assert feature(memory, "What did Anna say?", "mentions the named") == [0, 1]
    assert feature(memory, "What was said?", "said by the named") == [0, 0]
    assert feature(memory, "What did Anna and Bo say?", "said by the named") == [0, 0]


def test_an_answer_follows_the_question_of_another(memory: Memory) -> None:
    memory.record([
        {"role": "user", "name": "Anna", "content": "which apple?"},
        {"role": "user", "name": "Bo", "content": "the red one"},
        {"role": "user", "name": "Bo", "content": "really?"},
        {"role": "user", "name": "Bo", "content": "yes"},
    ])  # fmt: skip
    assert feature(memory, "apple", "answers a question") == [0, 1, 0, 0]
    answered = feature(memory, "apple", "words of the question before")
    assert answered[1] > 0
    assert answered[:1] + answered[2:] == [0, 0, 0]


def test_the_share_is_how_much_of_the_sought_rarity_a_turn_holds(memory: Memory) -> None:
    memory.record(["apple pear", "apple", "plum"])
    apple, pear = arms.idf(3, 2), arms.idf(3, 1)
    shares = feature(memory, "apple pear", "share")
    assert shares == pytest.approx([1.0, apple / (apple + pear), 0.0])


def test_a_scope_without_vectors_has_no_meaning(memory: Memory) -> None:
    memory.record(["apple pear", "apple"])
    assert feature(memory, "apple", "meaning") == [0, 0]


def test_the_words_of_speakers_names_are_not_sought_as_words(memory: Memory) -> None:
    memory.record([{"role": "user", "name": "Anna", "content": "pear"}, {"role": "user", "name": "Bo", "content": "Anna, an apple?"}])
    view = view_of(memory)
    assert ready("Anna's apple", view, NOON).terms == ready("apple", view, NOON).terms
