"""The demonstration, played in full on words alone: what it promises is what happened, and it harms nobody's memory."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from remanence.memory import Memory
from remanence.serve import demo
from remanence.serve.cli import cli


def perform(db: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["demo", "--db", str(db), "--embedder", "none", *words])


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo.db"


@pytest.fixture(scope="module")
def told(db: Path) -> Any:
    """The whole demonstration as JSON."""
    done = perform(db, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_every_exchange_of_the_sample_is_recorded(told: Any) -> None:
    exchanges = [
        each for users in demo.conversations().values() for user in users.values() for day in user["history"].values() for each in day
    ]
    assert told["recorded"]["episodes"] == 2 * len(exchanges)
    assert len(told["recorded"]["users"]) == 6


def test_all_questions_are_asked_and_the_score_counts_hits_and_misses_alike(told: Any) -> None:
    asked = told["questions"]
    assert len(asked) == len(demo.questions(told["recorded"]["users"]))
    found = [each for each in asked if each["rank"] is not None]
    missed = [each for each in asked if each["rank"] is None and each["question"]["evidence"]]
    assert sum(told["scored"]["found"].values()) == len(found)
    assert len(told["scored"]["missed"]) == len(missed)
    assert len(found) > len(missed)
    for each in found:
        assert each["hits"][each["rank"] - 1]["episode"]["metadata"]["exchange"] in each["question"]["evidence"]


def test_the_first_question_of_each_person_is_shown_whatever_came_of_it(told: Any) -> None:
    shown = [each["question"]["user"] for each in told["questions"] if each["is_shown"]]
    assert shown == told["recorded"]["users"]


def test_nobody_sees_another_persons_memory(told: Any) -> None:
    for each in told["questions"]:
        assert {hit["episode"]["scope"]["user"] for hit in each["hits"]} == {each["question"]["user"]}


def test_the_context_keeps_its_budget_and_cites(told: Any) -> None:
    context = told["briefed"]["context"]
    assert 0 < context["tokens"] <= context["max_tokens"]
    assert context["citations"]


def test_before_the_correction_the_old_words_are_seen_and_after_it_the_new(told: Any) -> None:
    corrected = told["corrected"]
    before, after = ({text for _, text in view["seen"]} for view in corrected["views"])
    assert before == {corrected["old"]["text"]}
    assert after == {corrected["text"]}


def test_what_was_forgotten_is_gone_from_search_and_from_the_bytes(told: Any, db: Path) -> None:
    forgotten = told["forgotten"]
    assert forgotten["certificate"]["is_clean"]
    assert not forgotten["is_still_found"]
    for part in db.parent.glob(f"{db.name}*"):
        for episode in forgotten["erased"]:
            assert episode["text"].encode() not in part.read_bytes()


def test_what_people_tell_becomes_facts_and_what_they_only_imagine_does_not(told: Any) -> None:
    for scene in told["understood"]:
        effects = {
            heard["text"]: [(effect["action"], effect["fact"]["relation"]) for effect in heard["effects"]] for heard in scene["heard"]
        }
        told_of = [text for text in effects if effects[text]]
        assert [text for text in effects if not effects[text]] == [text for text in effects if "lottery" in text or "彩票" in text]
        assert ("supersede", "lives_in") in effects[told_of[2]]
        assert ("retract", "lives_in") in effects[told_of[3]]
        assert ("supersede", "likes") in effects[told_of[4]]


def test_a_changed_preference_is_seen_as_of_before_and_after_in_both_languages(told: Any) -> None:
    for scene, before, after in zip(told["viewed"], ("coffee", "咖啡"), ("green tea", "龙井茶"), strict=True):
        seen = [" ".join(facts) for _, facts in scene["views"]]
        assert [before in facts for facts in seen] == [True, True, False]
        assert [after in facts for facts in seen] == [False, False, True]


def test_a_contradiction_is_contested_settled_and_contested_again_after_the_undo(told: Any) -> None:
    for scene in told["disputed"]:
        assert [fact["status"] for fact in scene["facts"]] == ["contested", "contested"]
        assert len({evidence["source"] for fact in scene["facts"] for evidence in fact["evidence"]}) == 2
        assert sorted(effect["fact"]["status"] for effect in scene["retracted"]) == ["current", "retracted"]
        assert [effect["fact"]["status"] for effect in scene["undone"]] == ["contested", "contested"]


def test_the_chinese_profile_keeps_its_budget(told: Any) -> None:
    profile = told["profiled"]["profile"]
    assert 0 < profile["tokens"] <= profile["max_tokens"]
    for known in ("杭州", "龙井茶", "花生", "周雨"):
        assert known in profile["text"]
    assert "苏州" not in profile["text"]


def test_the_pictures_lie_beside_the_file(told: Any, db: Path) -> None:
    for file, names in ((told["drawn"]["graph"], ("Clara", "Rex")), (told["drawn"]["timeline"], ("Bath",))):
        picture = Path(file)
        assert picture.parent == db.parent
        assert all(name in picture.read_text(encoding="utf-8") for name in names)


def test_the_facts_that_rested_on_what_was_forgotten_are_gone_with_it(told: Any) -> None:
    forgotten = told["forgotten"]
    assert [fact["id"] for fact in forgotten["facts"]] == forgotten["certificate"]["facts"] != []
    assert forgotten["certificate"]["facts_unharmed"]


def test_the_file_stays_and_its_commands_work(told: Any, db: Path) -> None:
    assert db.exists()
    for command in told["left"]["commands"]:
        done = CliRunner().invoke(cli, [*shlex.split(command)[1:], "--embedder", "none"])
        assert done.exit_code == 0, done.stderr
        assert "Nothing found" not in done.stdout


def test_the_page_tells_everything_in_two_languages_without_a_terminal(told: Any, db: Path) -> None:
    page = perform(db).stdout
    for caption in ("Record", "记录", "Recall", "回忆", "Context", "上下文", "Correct", "更正", "Forget", "遗忘", "Timings", "用时"):
        assert caption in page
    assert "✓ clean" in page
    assert "\x1b" not in page
    assert all(f"missed · 未命中  {missed.split(':')[0]}" in page for missed in told["scored"]["missed"])


def test_it_can_be_played_again_but_never_on_another_memory(tmp_path: Path) -> None:
    mine = tmp_path / "mine.db"
    with Memory(mine, embedder=None) as memory:
        memory.record("my own words")
    done = perform(mine)
    assert done.exit_code == 2
    assert "memories of its own" in done.stderr
    with Memory(mine, embedder=None) as memory:
        assert memory.stats().episodes == 1


def test_the_environments_memory_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.db"
    env = {"REMANENCE_DB": str(mine), "REMANENCE_USER": "me", "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    done = CliRunner().invoke(cli, ["--embedder", "none", "demo", "--json"], env=env)
    assert done.exit_code == 0, done.stderr
    assert not mine.exists()
    assert json.loads(done.stdout)["left"]["file"].endswith("demo.db")


def test_it_is_one_command_of_the_program(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "remanence.serve.cli", "--db", str(tmp_path / "demo.db"), "--embedder", "none", "demo"]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "张曼婷" in done.stdout
