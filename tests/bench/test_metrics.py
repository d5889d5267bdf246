import math

import numpy as np
import pytest

from remanence.bench.metrics import (
    Scored,
    all_at,
    any_at,
    auroc,
    auroc_summary,
    ndcg_at,
    old_ndcg_at,
    recall_at,
    reciprocal_rank,
    summary,
)

FOUND = ["a", "b", "c", "d", "e"]


def test_recall_is_the_fraction_of_the_evidence_among_the_first_k():
    assert recall_at(FOUND, ["b", "e", "z"], 2) == pytest.approx(1 / 3)
    assert recall_at(FOUND, ["b", "e", "z"], 5) == pytest.approx(2 / 3)


def test_any_asks_for_one_and_all_for_every_piece_of_evidence():
    assert (any_at(FOUND, ["c", "z"], 2), any_at(FOUND, ["c", "z"], 3)) == (0.0, 1.0)
    assert (all_at(FOUND, ["a", "c"], 2), all_at(FOUND, ["a", "c"], 3)) == (0.0, 1.0)


def test_reciprocal_rank_looks_at_the_first_evidence_only():
    assert reciprocal_rank(FOUND, ["d", "c"]) == pytest.approx(1 / 3)
    assert reciprocal_rank(FOUND, ["z"]) == 0.0


def test_ndcg_discounts_by_the_logarithm_of_rank_plus_one():
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert ndcg_at(FOUND, ["b", "d"], 10) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert ndcg_at(FOUND, ["a", "b"], 10) == pytest.approx(1.0)
    assert ndcg_at(FOUND, ["e"], 4) == 0.0


def test_the_old_ndcg_gives_the_first_two_ranks_the_same_weight():
    assert old_ndcg_at(FOUND, ["a"], 10) == old_ndcg_at(FOUND, ["b"], 10) == pytest.approx(1.0)
    assert old_ndcg_at(FOUND, ["c"], 10) == pytest.approx(1 / math.log2(3))


def test_the_ideal_of_ndcg_is_cut_at_k_as_well():
    assert ndcg_at(["a", "b"], ["a", "b", "c"], 2) == pytest.approx(1.0)


def test_auroc_counts_pairs_in_order_and_ties_as_half():
    assert auroc([3.0, 1.0], [2.0, 0.0]) == pytest.approx(3 / 4)
    assert auroc([1.0, 1.0], [1.0]) == pytest.approx(1 / 2)
    assert math.isnan(auroc([], [1.0]))


def test_the_mean_weighs_questions_alike_and_leaving_one_conversation_out_shows_its_weight():
    scored = [Scored("one", {"R@5": 1.0}), Scored("one", {"R@5": 0.0}), Scored("two", {"R@5": 1.0})]
    metrics, spread = summary(scored, np.random.default_rng(0))
    assert metrics["R@5"] == pytest.approx(66.67)
    assert spread["R@5"]["leave_one_out"] == [50.0, 100.0]


def test_resampling_stays_within_conversations():
    """Each conversation's questions agree, so no draw within conversations can change the mean."""
    scored = [Scored("one", {"R@5": 1.0})] * 3 + [Scored("two", {"R@5": 0.0})] * 3
    _, spread = summary(scored, np.random.default_rng(0))
    assert spread["R@5"]["ci95"] == [50.0, 50.0]


def test_the_same_seed_gives_the_same_spread_and_its_interval_holds_the_mean():
    rng = np.random.default_rng(1)
    scored = [Scored("g", {"R@5": float(value)}) for value in rng.integers(0, 2, 100)]
    first, again = (summary(scored, np.random.default_rng(7)) for _ in range(2))
    assert first == again
    low, high = first[1]["R@5"]["ci95"]
    assert low < first[0]["R@5"] < high


def test_the_spread_of_auroc_holds_its_value():
    rng = np.random.default_rng(2)
    value, spread = auroc_summary({"g": rng.normal(1, 1, 80).tolist()}, {"g": rng.normal(0, 1, 80).tolist()}, np.random.default_rng(3))
    assert spread["ci95"][0] < value < spread["ci95"][1]
