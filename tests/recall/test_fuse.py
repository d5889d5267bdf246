"""Who is trusted how much: fusion on numbers small enough to do by hand, and the laws of the weights that are shipped."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.errors import BadInput
from remanence.recall.features import BY_SEVERAL, FEATURES
from remanence.recall.fuse import (
    PARTS,
    Linear,
    Ranker,
    by_named_weight,
    logistic,
    of_document,
    probability,
    reciprocal_rank_fusion,
    shipped,
)
from remanence.recall.question import Question, ready
from remanence.recall.view import View

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEEN = "conv-26"  # a conversation whose fold the shipped weights hold


def asked(text: str, recent: list[str] | None = None) -> Question:
    return ready(text, View(0), NOON, recent)


def equal(one: Linear, other: Linear) -> bool:
    return bool(np.array_equal(one.weight, other.weight)) and one.bias == other.bias


# ---------------------------------------------------------------- reciprocal ranks


def test_an_item_scores_one_over_sixty_plus_its_rank_in_each_list() -> None:
    fused = reciprocal_rank_fusion({"lexical": [7, 3], "dense": [3, 9]})
    assert fused == [(3, 1 / 62 + 1 / 61), (7, 1 / 61), (9, 1 / 62)]


def test_to_be_second_for_both_beats_to_be_first_for_one() -> None:
    fused = reciprocal_rank_fusion({"lexical": [1, 2], "dense": [3, 2]})
    assert fused[0][0] == 2


def test_only_the_first_place_in_a_list_counts() -> None:
    once = reciprocal_rank_fusion({"lexical": [5, 8, 6]})
    assert reciprocal_rank_fusion({"lexical": [5, 8, 5, 5, 6, 8]}) == once


def test_ties_keep_the_order_in_which_items_were_first_seen() -> None:
    assert [item for item, _ in reciprocal_rank_fusion({"lexical": [4, 2], "dense": [9, 1]})] == [4, 9, 2, 1]
    assert [item for item, _ in reciprocal_rank_fusion({"dense": [9, 1], "lexical": [4, 2]})] == [9, 4, 1, 2]


@pytest.mark.parametrize("lists", [{}, {"lexical": []}, {"lexical": [], "dense": []}])
def test_nothing_found_fuses_to_nothing(lists: dict[str, list[int]]) -> None:
    assert reciprocal_rank_fusion(lists) == []


@given(st.dictionaries(st.text(max_size=3), st.lists(st.integers(0, 20), unique=True, max_size=8), max_size=4))
def test_fusion_is_the_sum_of_reciprocal_ranks_best_first(lists: dict[str, list[int]]) -> None:
    exact = {
        item: sum((Fraction(1, 61 + items.index(item)) for items in lists.values() if item in items), Fraction(0))
        for item in {item for items in lists.values() for item in items}
    }
    fused = reciprocal_rank_fusion(lists)
    assert dict(fused) == pytest.approx({item: float(score) for item, score in exact.items()})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


# ---------------------------------------------------------------- a linear score


def test_a_linear_score_weighs_each_feature_by_its_distance_from_the_mean() -> None:
    score = Linear(mean=np.array([1, 2]), scale=np.array([2, 4]), weight=np.array([3, -1]), bias=0.5)
    #              (3 - 1) / 2 · 3  +  (10 - 2) / 4 · -1  +  0.5
    assert score(np.array([3, 10], np.float32)) == 3 - 2 + 0.5
    assert score(np.array([[3, 10], [1, 2]], np.float32)).tolist() == [1.5, 0.5]


def test_the_average_line_scores_the_bias() -> None:
    turn = shipped().turn
    assert turn(turn.mean) == turn.bias


def test_being_said_by_the_one_who_is_named_is_worth_its_weight() -> None:
    turn = shipped().turn
    line = turn.mean.copy()
    line[FEATURES.index("said by the named")] += 1
    assert turn(line) - turn(turn.mean) == pytest.approx(by_named_weight(turn), rel=1e-4)
    assert by_named_weight(turn) > 0


# ---------------------------------------------------------------- belief


def test_belief_is_shared_in_proportion_to_the_exponentials() -> None:
    assert probability(np.log([1, 3, 4])).tolist() == pytest.approx([1 / 8, 3 / 8, 4 / 8])


scores = st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=30).map(lambda values: np.array(values, np.float64))


@given(scores, st.floats(-1e4, 1e4))
def test_shares_sum_to_one_and_do_not_see_what_all_scores_have_in_common(given: np.ndarray, shift: float) -> None:
    shares = probability(given)
    assert shares.sum() == pytest.approx(1)
    assert shares.min() >= 0
    assert probability(given + shift) == pytest.approx(shares, abs=1e-9)


@given(scores)
def test_a_higher_score_never_gets_the_smaller_share(given: np.ndarray) -> None:
    assert (np.diff(probability(given)[np.argsort(given)]) >= 0).all()


def test_no_candidates_share_nothing() -> None:
    assert probability(np.empty(0, np.float32)).tolist() == []


def test_log_odds_become_a_chance_however_far_they_go() -> None:
    assert logistic(0.0) == 0.5
    assert logistic(math.log(3)) == pytest.approx(0.75)
    assert logistic(-math.log(3)) == pytest.approx(0.25)
    assert (logistic(-1e5), logistic(1e5)) == (0.0, 1.0)


# ---------------------------------------------------------------- the weights that are shipped


@pytest.mark.parametrize("part", PARTS)
def test_the_shipped_weights_know_every_feature_of_today(part: str) -> None:
    linear: Linear = getattr(shipped(), part)
    for numbers in (linear.mean, linear.scale, linear.weight):
        assert numbers.shape == (len(PARTS[part]),)
        assert np.isfinite(numbers).all()
    assert (linear.scale > 0).all()
    assert linear.weight.any()


def test_a_conversation_is_scored_by_weights_that_never_saw_it() -> None:
    held_out, full = shipped(SEEN), shipped()
    assert not equal(held_out.turn, full.turn)
    assert not equal(held_out.session, full.session)


def test_a_conversation_that_no_weights_saw_is_scored_by_all_of_them() -> None:
    stranger, full = shipped("never recorded"), shipped()
    assert all(equal(getattr(stranger, part), getattr(full, part)) for part in PARTS)


# ---------------------------------------------------------------- which weights serve which question


def test_a_chinese_question_is_ranked_by_the_weights_for_chinese() -> None:
    ranker = shipped()
    assert ranker.turns(asked("她住在哪里？")) is ranker.turn_zh
    assert equal(ranker.turns(asked("她住在哪里？")), ranker.turn_zh)
    assert not equal(ranker.turns(asked("Where does she live?")), ranker.turn_zh)


def test_the_more_a_question_asks_for_several_things_the_more_their_weights_count() -> None:
    ranker = shipped()
    one, some = asked("When did she move to Lisbon?"), asked("What instruments has she played?")
    assert ranker.chance_of_several(one) < 0.2 < 0.5 < ranker.chance_of_several(some)
    assert ranker.chance_of_several(asked("violin Lisbon kitten")) == 0, "no question"
    assert ranker.chance_of_several(asked("What instruments has she played?", recent=[])) == 0, "in a talk"
    for question in (one, some):
        added = ranker.turns(question).weight - ranker.turn.weight
        width, chance = len(BY_SEVERAL), ranker.chance_of_several(question)
        assert added[:width] == pytest.approx(chance * ranker.for_several.weight, abs=1e-5)
        assert not added[width:].any()


def test_a_lens_serves_the_embedder_it_was_learnt_for_and_english_questions() -> None:
    ranker = shipped()
    assert ranker.lens is not None
    assert ranker.reading(ranker.lens.embedder).lens_for(asked("Where does she live?")) is ranker.lens
    assert ranker.lens_for(asked("她住在哪里？")) is None
    for other in ("another embedder", None):
        assert ranker.reading(other).lens is None
        assert equal(ranker.reading(other).turn, ranker.turn)


def test_a_question_in_a_talk_ranks_sessions_by_the_weights_for_talks() -> None:
    ranker = shipped()
    assert ranker.sessions(asked("Where does she live?")) is ranker.session
    assert ranker.sessions(asked("Where does she live?", recent=["Do you know Alice?"])) is ranker.session_in_talk
    assert ranker.sessions(asked("Where does she live?", recent=[])) is ranker.session_in_talk, "a talk may just have begun"


# ---------------------------------------------------------------- weights as a document


def document(**changed: Any) -> dict[str, Any]:
    """Weights as training writes them: all ones in full, all twos in the fold without sample `one`."""
    shared = {part: {"features": [*names], "mean": [0] * len(names), "scale": [1] * len(names)} for part, names in PARTS.items()}
    full, fold = ({part: {"weight": [n] * len(names), "bias": -n} for part, names in PARTS.items()} for n in (1, 2))
    return {**shared, "all": full, "folds": [fold], "fold_of": {"one": 0}} | changed


def weighs(ranker: Ranker) -> set[float]:
    """All weights and biases, without their signs."""
    return {abs(float(n)) for part in PARTS for n in (*getattr(ranker, part).weight, getattr(ranker, part).bias)}


def test_a_document_gives_each_sample_the_weights_of_its_fold() -> None:
    assert weighs(of_document(document())) == {1}
    assert weighs(of_document(document(), "one")) == {2}
    assert weighs(of_document(document(), "another")) == {1}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("wrong", ["a feature less", "a feature more", "another order", "another name"])
def test_weights_learnt_on_other_features_are_refused(part: str, wrong: str) -> None:
    names = [*PARTS[part]]
    features = {
        "a feature less": names[:-1],
        "a feature more": [*names, "novelty"],
        "another order": [*reversed(names)],
        "another name": ["novelty", *names[1:]],
    }[wrong]
    with pytest.raises(BadInput, match=f"other {part} features .* learn them again"):
        of_document(document(**{part: {"features": features, "mean": [0] * len(features), "scale": [1] * len(features)}}))
