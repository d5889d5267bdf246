from datetime import UTC, datetime
from pathlib import Path

import pytest

from remanence.bench.run import run
from remanence.bench.systems import Bm25Turns, Remanence
from remanence.bench.tasks.locomo import SPLITS, evidence, load, when
from remanence.errors import BadInput

KNOWN = frozenset({"D1:2", "D8:6", "D9:17", "D11:26", "D30:5"})


@pytest.mark.parametrize(
    ("cited", "meant"),
    [
        (["D1:2"], ("D1:2",)),
        (["D8:6; D9:17"], ("D8:6", "D9:17")),
        (["D8:6 D9:17", "D8:6"], ("D8:6", "D9:17")),
        (["D:11:26"], ("D11:26",)),
        (["D30:05"], ("D30:5",)),
        (["D", "D7:7", ""], ()),
        ([], ()),
    ],
)
def test_malformed_evidence_is_read_as_meant_and_what_does_not_exist_is_dropped(cited, meant):
    assert evidence(cited, KNOWN) == meant


def test_a_session_date_is_read():
    assert when("1:56 pm on 8 May, 2023") == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)


def test_dates_without_a_session_are_no_session(data: Path):
    first, _ = load(data)
    assert [session[0].session for session in first.conversation.sessions] == ["session_1", "session_2"]


def test_the_audit_corrects_evidence_and_marks_corrupt_questions(data: Path):
    ferry, cat, _, ladder, _ = load(data)[0].questions
    assert ferry.corrected == ("D1:1", "D1:3")
    assert ferry.is_sound
    assert cat.corrected == cat.evidence == ("D2:2",)
    assert not ladder.is_sound


def test_a_file_of_another_schema_is_refused_by_name(data: Path):
    with pytest.raises(BadInput, match="LoCoMo's schema"):
        load(data / "realmem" / "Nobody_dialogues_1k.json")


def test_data_that_is_not_there_is_refused_with_what_was_sought(tmp_path: Path):
    with pytest.raises(BadInput, match=r"\*\.json\*"):
        load(tmp_path)


@pytest.mark.parametrize("system", ["bm25", "dense", "remanence"])
def test_a_whole_run_finds_plain_evidence(data: Path, embedder, system: str):
    result = run("locomo", data, systems=[system], embedder=embedder)
    rows = {row.split: row.metrics for row in result.rows}
    assert {*SPLITS, "1-5 corrected", "1-4 sound"} <= set(rows)
    assert rows["4"]["R@5"] == 100.0
    assert rows["4"]["S@3"] == 100.0
    assert rows["4"]["covered@512"] == 100.0
    assert 0.0 <= rows["1-5"]["AUROC"] <= 100.0


def test_corrupt_questions_count_only_where_they_are_not_left_out(data: Path, embedder):
    rows = {row.split: row.metrics for row in run("locomo", data, systems=["bm25"], embedder=embedder).rows}
    # Its caption answers the corrupt question; nothing else in category 3 is asked.
    assert rows["3"]["R@5"] == 100.0
    assert rows["1-4 corrected"] != rows["1-4 sound"]


def test_ours_sees_one_conversation_at_a_time(data: Path, options):
    system = Remanence(options.setup())
    try:
        for sample in load(data):
            system.start(sample.conversation.name)
            for session in sample.conversation.sessions:
                system.add(session)
        assert set(system.rank("rye bread and the grey cat").turns) == {"D1:1", "D1:2"}
    finally:
        system.close()


def test_neighbours_lend_their_words(data: Path):
    first, _ = load(data)
    alone, near = Bm25Turns("alone"), Bm25Turns("near", window=1)
    for system in (alone, near):
        system.start("conv-a")
        for session in first.conversation.sessions:
            system.add(session)
    assert alone.rank("tomatoes").turns[0] == "D1:3"
    assert set(near.rank("tomatoes").turns[:2]) == {"D1:2", "D1:3"}


def test_a_context_of_a_few_tokens_holds_nothing(data: Path):
    first, _ = load(data)
    system = Bm25Turns("bm25")
    for session in first.conversation.sessions:
        system.add(session)
    assert system.cover("ferry", 8) == []
    assert "D1:1" in system.cover("ferry", 256)
