"""An embedder comes in; the laws of `remanence.ports.Embedder` are checked on it. A contract suite for pytest.

    @pytest.fixture(scope="session")
    def mine():
        return Mine()

    class TestMine(EmbedderContract):
        @pytest.fixture
        def embedder(self, mine):
            return mine

Only what the port promises is checked, through the port.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from remanence.ports import Embedder

SENTENCES = [
    "Where does she live?",
    "I moved to Lisbon in March; I'm allergic to peanuts.",
    "我三月搬到了里斯本。",
    "def reconcile(known, candidates): ...",
    "a",
    "The meeting is on Tuesday at nine, in the small room on the second floor, and everybody should bring their notes.",
    "naïve café, Straße, Ελλάδα",
]
AWKWARD = {
    "empty": "",
    "blank": " \n\t ",
    "nul": "a\x00b",
    "controls": "".join(map(chr, range(32))),
    "lone high surrogate": "half \ud83d of a face",
    "lone low surrogate": "\ude00",
    "surrogate pair": "\ud83d\ude00",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "combining": "e" + "\u0301" * 500,
    "right to left": "\u202eשלום\u202c",
    "beyond the plane": "𠀀𓀀\U0010ffff",
    "no spaces": "x" * 20_000,
    "very long": "the quick brown fox " * 10_000,
    "very long Chinese": "记忆" * 20_000,
}


class EmbedderContract:
    """Subclass with a fixture `embedder`; every test is one sentence of the contract."""

    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError("Give the fixture `embedder` in your subclass.")

    def test_it_has_a_name_and_a_dimension(self, embedder: Embedder) -> None:
        assert isinstance(embedder.name, str)
        assert embedder.name.strip()
        assert embedder.dimension > 0

    def test_every_text_gets_one_row_of_unit_length(self, embedder: Embedder) -> None:
        check(embedder.embed(SENTENCES), len(SENTENCES), embedder)

    def test_no_texts_give_no_rows_of_the_right_width(self, embedder: Embedder) -> None:
        check(embedder.embed([]), 0, embedder)

    def test_the_same_texts_give_the_same_vectors(self, embedder: Embedder) -> None:
        np.testing.assert_array_equal(embedder.embed(SENTENCES), embedder.embed(SENTENCES))

    def test_a_text_has_the_same_vector_alone_and_in_a_batch(self, embedder: Embedder) -> None:
        many = SENTENCES * 9
        alone = np.concatenate([embedder.embed([text]) for text in SENTENCES] * 9)
        np.testing.assert_allclose(embedder.embed(many), alone, atol=1e-3)

    def test_rows_keep_the_order_of_the_texts(self, embedder: Embedder) -> None:
        backwards = embedder.embed(SENTENCES[::-1])[::-1]
        np.testing.assert_allclose(embedder.embed(SENTENCES), backwards, atol=1e-3)

    def test_different_texts_have_different_vectors(self, embedder: Embedder) -> None:
        vectors = embedder.embed(SENTENCES)
        likeness = vectors @ vectors.T - 2 * np.eye(len(SENTENCES))
        assert likeness.max() < 0.999

    @pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
    def test_any_text_has_a_vector(self, embedder: Embedder, text: str) -> None:
        check(embedder.embed([text]), 1, embedder)

    def test_awkward_texts_leave_their_neighbours_alone(self, embedder: Embedder) -> None:
        among = [text for pair in zip(SENTENCES, AWKWARD.values(), strict=False) for text in pair]
        np.testing.assert_allclose(embedder.embed(among)[::2], embedder.embed(SENTENCES), atol=1e-3)

    def test_random_code_points_have_vectors(self, embedder: Embedder) -> None:
        dice = random.Random(0)
        texts = ["".join(chr(dice.randrange(0x110000)) for _ in range(dice.randrange(30))) for _ in range(50)]
        check(embedder.embed(texts), len(texts), embedder)


def check(vectors: np.ndarray, count: int, embedder: Embedder) -> None:
    """`vectors` are float32 [count, dimension] with rows of unit length."""
    assert vectors.shape == (count, embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
