import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from remanence.bench.run import run
from remanence.bench.tasks.distill import (
    Label,
    Marks,
    Turn,
    by_naive_patterns,
    label_of,
    load,
    mark,
    overlap,
    summary,
    turn_of,
    units,
)
from remanence.distill.relations import registry
from remanence.errors import BadInput
from remanence.types import Claim, Episode, Kind, Scope, Stance

SAID_AT = datetime(2023, 5, 2, 12, tzinfo=UTC)


def turn(*labels: Label, text: str = "") -> Turn:
    return Turn("t", Episode("t", Scope(user="Ann"), Kind.TURN, text, SAID_AT, SAID_AT, "Ann", "user"), labels, "dev")


def label(object: str = "jazz", *more: str, relations: tuple[str, ...] = ("likes", "hobby"), **given: object) -> Label:
    return Label("Ann", relations, (object, *more), **given)  # type: ignore[arg-type]


def claim(object: str = "jazz", relation: str = "likes", subject: str = "ann", **given: object) -> Claim:
    return Claim(subject, relation, object, 0, 1, **given)  # type: ignore[arg-type]


def marked(claims: list[Claim], *labels: Label, is_chinese: bool = False) -> Marks:
    return mark(claims, turn(*labels), is_chinese=is_chinese)


def test_a_claim_is_right_with_any_accepted_relation_and_wording():
    assert marked([claim("old jazz records", "hobby")], label("music", "jazz records")) == Marks(right=1, met=1, asked=1)


@pytest.mark.parametrize(
    "wrong",
    [claim("techno"), claim(relation="owns"), claim(subject="Bea"), claim(stance=Stance.DENY), claim(qualifier="film")],
)
def test_a_claim_is_wrong_in_object_relation_subject_stance_or_qualifier(wrong: Claim):
    assert marked([wrong], label(qualifier="colour")) == Marks(wrong=1, asked=1)


def test_a_qualifier_counts_only_where_both_have_one():
    assert marked([claim()], label(qualifier="music")).right == 1


def test_a_label_is_met_once_and_what_says_it_again_is_no_mistake():
    assert marked([claim(), claim("jazz", "hobby")], label()) == Marks(right=1, met=1, asked=1)


def test_one_claim_cannot_meet_two_labels():
    assert marked([claim("jazz and blues")], label("jazz"), label("blues")) == Marks(right=1, met=1, asked=2)


def test_the_best_pairs_are_matched_first():
    both = marked([claim("blues music"), claim("blues")], label("blues"), label("blues music"))
    assert (both.right, both.wrong, both.met) == (2, 0, 2)


def test_optional_labels_give_neither_credit_nor_blame():
    assert marked([claim()], label(is_optional=True)) == Marks()
    assert marked([], label(is_optional=True)) == Marks()
    assert marked([claim()], label(is_optional=True), label()) == Marks(right=1, met=1, asked=1)


def test_claims_on_a_turn_without_labels_are_wrong():
    assert marked([claim(), claim("tea")]) == Marks(wrong=2)


def test_articles_degrees_and_endings_do_not_matter():
    assert units("a bit of the walking", is_chinese=False) == units("walk", is_chinese=False)
    assert units("很喜欢的一本书", is_chinese=True) == units("喜欢书", is_chinese=True)
    assert units("the", is_chinese=False) == units("The", is_chinese=False) != units("", is_chinese=False)


def test_chinese_objects_are_compared_by_characters():
    assert overlap(units("学习弹钢琴", is_chinese=True), units("弹钢琴", is_chinese=True)) == 0.75
    assert marked([claim("看军事书籍")], label("军事类的书籍"), is_chinese=True).right == 1
    assert marked([claim("做饭")], label("军事类的书籍"), is_chinese=True).wrong == 1


def test_dates_are_judged_on_labels_that_have_them_by_days():
    dated = label(valid_from=date(2023, 5, 1), valid_to=date(2023, 5, 2))
    right = claim(valid_from=datetime(2023, 5, 1, tzinfo=UTC), valid_to=datetime(2023, 5, 2, tzinfo=UTC))
    half = claim(valid_from=datetime(2023, 5, 1, tzinfo=UTC))
    assert [(one.dated_right, one.dated) for one in (marked([right], dated), marked([half], dated), marked([right], label()))] == [
        (1, 1), (0, 1), (0, 0),
    ]  # fmt: skip
    assert marked([half], label(valid_from=date(2023, 5, 1))).dated_right == 1


def test_numbers_are_summed_over_turns():
    metrics, spread = summary([Marks(3, 1, 3, 4, 1, 2), Marks(0, 0, 0, 2)], np.random.default_rng(0))
    assert metrics == {"precision": 75.0, "recall": 50.0, "F1": 60.0, "date_accuracy": 50.0}
    assert spread["recall"]["ci95"][0] <= 50.0 <= spread["recall"]["ci95"][1]


def test_who_reads_nothing_has_no_precision_and_no_recall():
    metrics, _ = summary([Marks(asked=3)], np.random.default_rng(0))
    assert np.isnan(metrics["precision"])
    assert (metrics["recall"], metrics["F1"]) == (0.0, 0.0)


def test_the_naive_patterns_read_the_first_person():
    found = by_naive_patterns(turn(text="I love old maps, I live in Oslo. I'm a nurse! 我喜欢下棋。").episode)
    read = [f"{one.relation} {one.object}" for one in found]
    assert read == ["likes old maps", "lives_in Oslo", "job nurse", "likes 下棋"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_labels_can_be_read_and_halved(language: str):
    whole, dev, test = (load(language, split) for split in ("all", "dev", "test"))
    assert len(whole) >= 150
    assert len({one.id for one in whole}) == len(whole) == len(dev) + len(test)
    assert min(len(dev), len(test)) >= 0.4 * len(whole)
    known = set(registry())
    assert {relation for one in whole for held in one.labels for relation in held.relations} <= known


def test_a_line_is_read_as_written():
    line = {
        "id": "x", "user": "Ann", "said_at": "2023-05-02T12:00:00+00:00", "text": "Hi", "split": "dev",
        "claims": [{"subject": "Ann", "relation": ["likes"], "object": ["tea"], "valid_from": "2023-05-01", "optional": True}],
    }  # fmt: skip
    assert turn_of(line).labels == (label("tea", relations=("likes",), valid_from=date(2023, 5, 1), is_optional=True),)
    assert label_of({"subject": "A", "relation": [], "object": [], "stance": "deny"}).stance == "deny"


def test_labels_of_ones_own_are_used_and_missing_ones_named(tmp_path: Path, embedder):
    line = {"id": "x", "user": "Ann", "said_at": "2023-05-02T12:00:00+00:00", "text": "I love tea.", "split": "test"}
    for language in ("en", "zh"):
        claims = [{"subject": "Ann", "relation": ["likes"], "object": ["tea"]}]
        (tmp_path / f"distill_{language}.jsonl").write_text(json.dumps(line | {"claims": claims}) + "\n", encoding="utf-8")
    rows = run("distill", tmp_path, systems=["naive-patterns"], embedder=embedder).rows
    assert [(row.split, row.metrics["F1"], row.metrics["turns"]) for row in rows] == [("en test", 100.0, 1.0), ("zh test", 100.0, 1.0)]
    with pytest.raises(BadInput, match=r"distill_en\.jsonl"):
        run("distill", tmp_path / "none", embedder=embedder)


@pytest.mark.parametrize(("given", "says"), [({"split": "tset"}, "test, dev, all"), ({"systems": ["rulse"]}, "remanence")])
def test_an_unknown_word_is_answered_with_the_known_ones(embedder, given, says):
    with pytest.raises(BadInput, match=says):
        run("distill", embedder=embedder, **given)


def test_a_run_has_a_row_for_each_system_and_language_with_its_time(embedder):
    rows = run("distill", split="dev", embedder=embedder).rows
    read, whole = [row for row in rows if row.split.endswith(" dev")], [row for row in rows if not row.split.endswith(" dev")]
    assert {(row.system, row.split) for row in read} == {
        (system, f"{language} dev") for system in ("none", "naive-patterns", "remanence") for language in ("en", "zh")
    }
    assert all(row.metrics["cpu_ms_p95"] >= row.metrics["cpu_ms_p50"] for row in read)
    assert [(row.system, row.split) for row in whole] == [("remanence", "en"), ("remanence", "zh")]
    assert all(0 < row.metrics["calls_per_1000_tokens"] <= 1 and row.metrics["recorded_per_s"] > 0 for row in whole)
