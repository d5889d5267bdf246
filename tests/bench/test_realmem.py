from pathlib import Path

from remanence.bench.run import run
from remanence.bench.tasks.realmem import load


def test_gold_is_what_the_reply_names_among_earlier_sessions(data: Path):
    (persona,) = load(data)
    (query,) = persona.sessions[2].queries
    assert query.gold == ("s1",)
    assert query.at == 2


def test_every_system_finds_the_session_that_a_question_is_about(data: Path, embedder):
    result = run("realmem", data, embedder=embedder)
    found = {row.system: row.metrics for row in result.rows if row.split == "all"}
    assert set(found) == {"bm25", "dense", "remanence"}
    # Only two sessions lie before the question's own, which itself is never found.
    assert all(metrics["all@5"] == 100.0 for metrics in found.values())
    assert found["bm25"]["nDCG@10"] == 100.0
    assert result.settings["queries"] == {"Nobody": 1}
