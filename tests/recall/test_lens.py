"""What a lens adds to the score of a turn: by hand on small numbers, through JSON and back."""

from __future__ import annotations

import json

import numpy as np

from remanence import Memory
from remanence.recall.features import NEAR, surroundings
from remanence.recall.lens import Lens, document_of, lens_of, thinned, through
from remanence.recall.view import View
from remanence.recall.views import Views

LUCK = np.random.default_rng(7)


def lens_by(own: np.ndarray, beside: np.ndarray) -> Lens:
    left, right = zip(thinned(own, len(own)), thinned(beside, len(own)), strict=True)
    return Lens("some embedder", np.stack(left).astype(np.float32), np.stack(right).astype(np.float32))


def view_of(memory: Memory) -> View:
    memory.record(["the red fox", "a letter came", "who knows?", "the fox ran"], session="s1")
    memory.record("far away", session="s2")
    return Views(memory.store, 10**9).of(memory.granted)


def test_a_turn_gets_the_two_products_that_the_lens_defines(spelling: Memory) -> None:
    view = view_of(spelling)
    own, beside = LUCK.normal(size=(2, 256, 256)) / 16
    asked = LUCK.normal(size=256).astype(np.float32)
    found = through(lens_by(own, beside), asked, view, surroundings(view, np.arange(5)))
    said = view.nearest.vectors(np.arange(5))
    for row, neighbours in enumerate([{1: 1, 2: 2}, {-1: 0, 1: 2, 2: 3}, {-2: 0, -1: 1, 1: 3}, {-3: 0, -2: 1, -1: 2}, {}]):
        around = sum((NEAR[gap] * said[other] for gap, other in neighbours.items()), np.zeros(256))
        np.testing.assert_allclose(found[row], asked @ own @ said[row] + asked @ beside @ around, atol=1e-4)


def test_without_a_lens_or_for_vectors_of_another_size_nothing_is_added(spelling: Memory) -> None:
    view = view_of(spelling)
    around, lens = surroundings(view, np.arange(5)), lens_by(np.eye(256), np.eye(256))
    for given, vector in ((None, np.ones(256, np.float32)), (lens, None), (lens, np.ones(8, np.float32))):
        assert through(given, vector, view, around).tolist() == [0] * 5


def test_a_lens_comes_back_from_json_as_it_was_to_half_precision() -> None:
    lens = lens_by(*LUCK.normal(size=(2, 6, 6)))
    back = lens_of(json.loads(json.dumps(document_of(lens))))
    assert back.embedder == lens.embedder
    np.testing.assert_allclose(back.left, lens.left, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(back.right, lens.right, rtol=1e-3, atol=1e-4)


def test_a_thinned_matrix_is_the_nearest_of_its_rank() -> None:
    matrix = np.diag([3.0, 2.0, 1.0])
    left, right = thinned(matrix, 2)
    np.testing.assert_allclose(left @ right, np.diag([3.0, 2.0, 0.0]), atol=1e-9)
