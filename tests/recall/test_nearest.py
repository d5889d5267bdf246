"""The nearest rows: exactly so while there are few, and very nearly so beyond."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from remanence.recall import nearest
from remanence.recall.nearest import EXACT_ROWS, Nearest

Floats = NDArray[np.float32]


def unit(vectors: Floats) -> Floats:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def clustered(rows: int, dimension: int, seed: int = 0, clusters: int = 200) -> Floats:
    """Unit vectors about `clusters` centres, as sentences lie about their subjects."""
    luck = np.random.default_rng(seed)
    centres = luck.normal(size=(clusters, dimension)).astype(np.float32)
    return unit(centres[luck.integers(clusters, size=rows)] + luck.normal(scale=0.6, size=(rows, dimension)).astype(np.float32))


def coded(vectors: Floats) -> tuple[list[bytes], list[float], Floats]:
    """int8 codes with their scales, and the vectors that these say."""
    scales = np.abs(vectors).max(axis=1) / 127
    codes = np.rint(vectors / scales[:, None]).astype(np.int8)
    return [row.tobytes() for row in codes], scales.tolist(), codes * scales[:, None].astype(np.float32)


def index(vectors: Floats) -> tuple[Nearest, Floats]:
    codes, scales, said = coded(vectors)
    found = Nearest(vectors.shape[1])
    found.extend(codes, scales)
    return found, said


def brute(query: Floats, vectors: Floats, limit: int, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows = np.flatnonzero(allowed)
    return rows[np.argsort(-(vectors[rows] @ query), kind="stable")[:limit]]


def overlap(found: NDArray[np.int64], exact: NDArray[np.int64]) -> float:
    return len(set(found.tolist()) & set(exact.tolist())) / len(exact)


@pytest.mark.parametrize("dimension", [3, 100, 384])
def test_few_rows_are_searched_exactly(dimension: int) -> None:
    found, said = index(clustered(700, dimension))
    luck = np.random.default_rng(1)
    for query in clustered(20, dimension, seed=2):
        allowed = luck.random(700) < luck.choice([0.02, 0.5, 1.0])
        rows, cosines = found.search(query, 10, allowed)
        assert rows.tolist() == brute(query, said, 10, allowed).tolist()
        np.testing.assert_allclose(cosines, said[rows] @ query, atol=1e-5)


@pytest.fixture(scope="module")
def many() -> tuple[Nearest, Floats]:
    return index(clustered(EXACT_ROWS + 10_000, 384))


@pytest.mark.parametrize("share", [1.0, 0.8, 0.01])
def test_many_rows_are_searched_so_that_hardly_any_of_the_best_is_missed(many: tuple[Nearest, Floats], share: float) -> None:
    found, said = many
    allowed = np.random.default_rng(3).random(len(said)) < share
    overlaps = []
    for query in clustered(25, 384):  # the same seed: about the same centres
        rows, cosines = found.search(query, 10, allowed)
        assert allowed[rows].all()
        assert len(set(rows.tolist())) == 10
        np.testing.assert_allclose(cosines, said[rows] @ query, atol=1e-5)
        assert (np.diff(cosines) <= 0).all()
        overlaps.append(overlap(rows, brute(query, said, 10, allowed)))
    assert np.mean(overlaps) >= 0.95


def test_when_few_of_many_are_allowed_they_are_searched_exactly(many: tuple[Nearest, Floats]) -> None:
    found, said = many
    allowed = np.zeros(len(said), np.bool_)
    allowed[np.random.default_rng(4).choice(len(said), 7, replace=False)] = True
    query = clustered(1, 384)[0]
    assert found.search(query, 10, allowed)[0].tolist() == brute(query, said, 10, allowed).tolist()
    assert found.search(query, 10, np.zeros(len(said), np.bool_))[0].tolist() == []


@pytest.mark.parametrize("dimension", [5, 20, 100])
def test_a_dimension_that_fills_no_whole_byte_of_signs_is_searched_all_the_same(monkeypatch: pytest.MonkeyPatch, dimension: int) -> None:
    monkeypatch.setattr(nearest, "EXACT_ROWS", 500)
    found, said = index(clustered(2_000, dimension, clusters=20))
    everywhere = np.ones(2_000, np.bool_)
    overlaps = [overlap(found.search(q, 10, everywhere)[0], brute(q, said, 10, everywhere)) for q in said[:20]]
    assert np.mean(overlaps) >= 0.95


@pytest.mark.parametrize("exact", [10_000, 100], ids=["few", "many"])
class TestChanges:
    """Rows may be replaced, lose their vector, and be joined by others: before and after the search is by signs."""

    @pytest.fixture(autouse=True)
    def few_or_many(self, monkeypatch: pytest.MonkeyPatch, exact: int) -> None:
        monkeypatch.setattr(nearest, "EXACT_ROWS", exact)
        monkeypatch.setattr(nearest, "LEAST_RESCORED", 40)  # so that the signs of the many decide

    def test_a_row_without_a_vector_is_never_found_and_is_like_nothing(self) -> None:
        vectors = clustered(300, 16)
        codes, scales, _ = coded(vectors)
        found = Nearest(16)
        found.extend([None if n % 3 else codes[n] for n in range(300)], [0.0 if n % 3 else scales[n] for n in range(300)])
        rows, _ = found.search(vectors[1], 300, np.ones(300, np.bool_))
        assert sorted(rows.tolist()) == list(range(0, 300, 3))
        assert found.similarities(vectors[1], np.array([1, 2])).tolist() == [0.0, 0.0]
        assert not found.vectors(np.array([1, 2])).any()

    def test_a_replaced_row_is_found_by_its_new_vector_and_not_by_its_old_one(self) -> None:
        vectors = clustered(300, 16)
        found, said = index(vectors)
        everywhere = np.ones(300, np.bool_)
        assert found.search(said[7], 1, everywhere)[0].tolist() == [7]
        (code,), (scale,), (new,) = coded(-vectors[7:8])
        found.replace(7, code, scale)
        assert found.search(new, 1, everywhere)[0].tolist() == [7]
        assert found.search(said[7], 1, everywhere)[0].tolist() != [7]
        np.testing.assert_allclose(found.vectors(np.array([7]))[0], new, atol=1e-6)

    def test_a_row_that_lost_its_vector_is_found_no_more(self) -> None:
        found, said = index(clustered(300, 16))
        everywhere = np.ones(300, np.bool_)
        found.search(said[7], 1, everywhere)
        found.replace(7, None, 0.0)
        assert 7 not in found.search(said[7], 300, everywhere)[0]

    def test_rows_that_come_in_pieces_are_searched_as_if_they_had_come_at_once(self) -> None:
        vectors = clustered(300, 16)
        at_once, _ = index(vectors)
        codes, scales, said = coded(vectors)
        in_pieces = Nearest(16)
        for start, end in ((0, 1), (1, 90), (90, 130), (130, 300)):  # the many begin within the third
            in_pieces.extend(codes[start:end], scales[start:end])
            in_pieces.search(said[0], 5, np.ones(end, np.bool_))
        for query in said[::30]:
            one, other = (held.search(query, 10, np.ones(300, np.bool_)) for held in (at_once, in_pieces))
            assert one[0].tolist() == other[0].tolist()
            np.testing.assert_allclose(one[1], other[1], atol=1e-6)


def test_without_any_vector_nothing_is_near() -> None:
    found = Nearest(0)
    found.extend([None, None], [0.0, 0.0])
    assert found.search(np.empty(0, np.float32), 5, np.ones(2, np.bool_))[0].tolist() == []
    assert Nearest(4).search(np.ones(4, np.float32), 5, np.empty(0, np.bool_))[0].tolist() == []
