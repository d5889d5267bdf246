from pathlib import Path

import pytest

from remanence.bench.run import run
from remanence.bench.tasks.memorybank import gold_file, users
from remanence.errors import BadInput


def history(gold: list[dict[str, object]]) -> dict[str, object]:
    """A made-up history in which every exchange that gold names says what it answers."""
    found: dict[str, dict[str, dict[str, list[dict[str, str]]]]] = {}
    for item in gold:
        days = found.setdefault(f" {item['user']} ", {"history": {}})["history"]
        for exchange in item["evidence"]:
            day, _, number = exchange.partition("#")
            told = days.setdefault(day, [])
            while len(told) <= int(number):
                told.append({"query": f"Small talk number {len(told)}.", "response": "Indeed."})
            told[int(number)] = {"query": item["question"], "response": item["answer"]}
    return {name.strip(): value for name, value in found.items()}


def test_gold_names_exchanges_that_exist_once_spaces_are_stripped():
    gold = gold_file()["languages"]["en"]
    assert sum(len(user.probes) for user in users(history(gold), gold, Path("made up"))) == len(gold)


def test_a_history_without_an_exchange_that_gold_names_is_refused():
    gold = gold_file()["languages"]["en"][:1]
    empty = {gold[0]["user"]: {"history": {"2023-04-27": [{"query": "Hello", "response": "Hello"}]}}}
    with pytest.raises(BadInput, match=gold[0]["evidence"][0]):
        users(empty, gold, Path("made up"))


@pytest.mark.parametrize("folder", ["cn", "en"])
def test_questions_told_word_for_word_are_found(tmp_path: Path, embedder, folder: str):
    import json

    (tmp_path / folder).mkdir()
    path = tmp_path / folder / f"memory_bank_{folder}.json"
    path.write_text(json.dumps(history(gold_file()["languages"][folder]), ensure_ascii=False), encoding="utf-8")
    result = run("memorybank", tmp_path, systems=["bm25", "remanence"], limit=2, embedder=embedder)
    for row in result.rows:
        assert row.split == {"cn": "zh", "en": "en"}[folder]
        assert row.metrics["any@5"] >= 90.0
