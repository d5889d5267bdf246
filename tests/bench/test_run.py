import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from remanence.bench import report
from remanence.bench.report import Result, Row, commit_of_code
from remanence.bench.run import TASKS, bench, run
from remanence.errors import BadInput


def test_every_task_file_is_a_task():
    assert set(TASKS) == {"cost", "distill", "locomo", "memorybank", "realmem", "updates"}


def test_the_json_has_the_one_shape(data: Path, embedder, tmp_path: Path):
    file = tmp_path / "result.json"
    page = StringIO()
    bench("locomo", data, json=file, systems=["bm25", "remanence"], seed=3, embedder=embedder, console=Console(file=page, width=200))
    value = json.loads(file.read_text(encoding="utf-8"))
    assert {"task", "version", "commit", "seed", "machine", "rows"} <= set(value)
    assert (value["task"], value["seed"], value["commit"]) == ("locomo", 3, commit_of_code())
    assert {"cpu", "cores", "memory_gb", "python"} <= set(value["machine"])
    for row in value["rows"]:
        assert set(row) == {"system", "split", "metrics", "spread"}
        assert set(row["spread"]) <= set(row["metrics"])
    assert {row["system"] for row in value["rows"]} == {"bm25", "remanence"}
    assert "Evidence turns" in page.getvalue()
    assert "R@10" in page.getvalue()


def test_a_number_that_does_not_exist_is_null():
    result = Result("made up", 0, (Row("x", "all", {"AUROC": float("nan")}),))
    assert result.as_dict()["rows"][0]["metrics"] == {"AUROC": None}


def test_the_same_seed_gives_the_same_rows(data: Path, embedder):
    first, again = (run("locomo", data, systems=["bm25"], seed=9, embedder=embedder).rows for _ in range(2))
    assert first == again


def test_progress_reaches_its_end(data: Path, embedder):
    seen: list[float] = []
    run("locomo", data, systems=["bm25"], embedder=embedder, progress=lambda _, done: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize(("given", "says"), [({"task": "locmo"}, "locomo"), ({"task": "locomo", "systems": ["bm52"]}, "bm25")])
def test_an_unknown_name_is_answered_with_the_known_ones(data: Path, embedder, given, says):
    with pytest.raises(BadInput, match=says):
        run(data=data, embedder=embedder, **given)


def test_a_limit_takes_questions_evenly(data: Path, embedder):
    with pytest.raises(BadInput, match="limit"):
        run("locomo", data, limit=0, embedder=embedder)
    rows = {row.split for row in run("locomo", data, systems=["bm25"], limit=1, embedder=embedder).rows}
    assert "2" in rows
    assert "5" not in rows


def test_the_commit_is_that_of_the_code_that_began_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "commit_of_code", lambda: "before")
    result = Result("made up", 0, ())
    monkeypatch.setattr(report, "commit_of_code", lambda: "after")
    assert result.as_dict()["commit"] == "before"
    assert replace(result, rows=(Row("x", "all", {}),)).as_dict()["commit"] == "before"
