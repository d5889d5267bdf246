"""Facts on the command line, in English and Chinese: what is so and since when, what is in doubt, and how it is put right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from remanence.serve.cli import cli

Run = Callable[..., Result]
Told = Callable[..., Any]
State = Callable[..., dict[str, Any]]


@pytest.fixture
def state(told: Told) -> State:
    """Record a fact outright; the receipt with its effects."""

    def state(subject: str, relation: str, object: str, said_at: str, *words: str, **more: Any) -> dict[str, Any]:
        claim = {"subject": subject, "relation": relation, "object": object, **more}
        receipt: dict[str, Any] = told("record", "--kind", "fact", json.dumps(claim, ensure_ascii=False), "--said-at", said_at, *words)
        return receipt

    return state


@pytest.fixture
def moved(state: State) -> dict[str, Any]:
    """Alice moved from Lisbon to Porto; 小丽 from 北京 to 杭州; the receipt of Alice's move."""
    state("小丽", "lives_in", "北京", "2025-03-02")
    state("小丽", "lives_in", "杭州", "2025-09-01", is_change=True)
    state("Alice", "lives_in", "Lisbon", "2025-03-02")
    return state("Alice", "lives_in", "Porto", "2025-09-01", is_change=True)


@pytest.fixture
def disputed(state: State) -> None:
    """Two birthdays of one person, from two sources, in two languages."""
    state("小丽", "born_on", "5月3日", "2025-03-02", "--source", "护照", "--speaker", "小丽")
    state("小丽", "born_on", "5月4日", "2025-04-02", "--source", "信", "--speaker", "小丽")
    state("Alice", "born_on", "3 May", "2025-03-02", "--source", "passport.txt")
    state("Alice", "born_on", "4 May", "2025-04-02", "--source", "letter.txt")


def texts(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["text"] for fact in facts]


def effects(receipt: dict[str, Any]) -> list[tuple[str, str]]:
    return [(effect["action"], effect["fact"]["text"]) for effect in receipt["effects"]]


# ------------------------------------------------------------------- what is so, and since when


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("Alice", "Alice lives in Lisbon", "Alice lives in Porto"), ("小丽", "小丽住在北京", "小丽住在杭州")],
)
def test_the_past_stays_so_as_of_its_time(run: Run, told: Told, name: str, before: str, after: str) -> None:
    assert texts(told("facts", name)) == [after]
    assert texts(told("facts", name, "--as-of", "2025-06-01")) == [before]
    assert texts(told("facts", name, "--known-at", "2020-01-01")) == []
    assert texts(told("timeline", name)) == [before, after]
    shown = run("facts", name, "--status", "all").stdout
    assert [line.split("  ")[0] for line in shown.splitlines()[1:]] == [before, after]
    assert "2025-03-02  2025-09-01  ended" in shown


def test_recording_says_what_was_understood_unless_told_to_be_quiet(run: Run, moved: dict[str, Any]) -> None:
    assert effects(moved) == [("supersede", "Alice lives in Lisbon"), ("assert", "Alice lives in Porto")]
    claim = json.dumps({"subject": "小丽", "relation": "lives_in", "object": "苏州", "is_change": True}, ensure_ascii=False)
    shown = run("record", "--kind", "fact", claim, "--said-at", "2025-12-01").stdout
    assert "■ ended: 小丽住在杭州  since 2025-09-01 until 2025-12-01" in shown
    assert "+ so: 小丽住在苏州  since 2025-12-01" in shown
    assert "住在" not in run("record", "--kind", "fact", claim.replace("苏州", "无锡"), "--quiet").stdout


@pytest.mark.parametrize(
    ("name", "words", "understood"),
    [("Alice", "I live in Lisbon.", "+ so: Alice lives in Lisbon"), ("小丽", "我住在杭州。", "+ so: 小丽住在杭州")],
)
def test_plain_words_become_facts_as_they_are_recorded(run: Run, told: Told, name: str, words: str, understood: str) -> None:
    assert understood in run("record", words, "--speaker", name, "--said-at", "2025-03-02").stdout
    fact = told("facts", name, "--relation", "lives_in")[0]
    assert [evidence["speaker"] for evidence in fact["evidence"]] == [name]
    assert words in run("fact", fact["id"]).stdout
    assert told("stats")["claims"] == 1


def test_words_that_no_fact_comes_of_say_so_and_are_found(run: Run, told: Told) -> None:
    assert "no fact came of it" in run("record", "Hmm.").stdout
    assert [hit["episode"]["text"] for hit in told("recall", "hmm")["hits"]] == ["Hmm."]


def test_a_stream_says_what_was_understood_of_each_line(run: Run, tmp_path: Path) -> None:
    lines = [{"subject": f"P{number}", "relation": "lives_in", "object": "Porto"} for number in range(12)]
    chat = tmp_path / "facts.jsonl"
    chat.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    shown = run("record", "--file", str(chat), "--kind", "fact").stdout
    assert "+ so: P0 lives in Porto" in shown
    assert "… and 2 more" in shown


@pytest.mark.usefixtures("disputed")
def test_a_contradiction_shows_both_sides_with_sources_and_dates(run: Run, told: Told) -> None:
    found = told("facts", "Alice")
    assert {fact["status"] for fact in found} == {"contested"}
    assert [fact["rivals"] for fact in found] == [[found[1]["id"]], [found[0]["id"]]]
    shown = run("facts").stdout
    dates = ("said 2025-03-02 小丽 护照", "said 2025-04-02 小丽 信", "said 2025-03-02 passport.txt", "said 2025-04-02 letter.txt")
    for part in (*dates, f"against {found[0]['id'][:9]}: {found[0]['text']}", f"against {found[1]['id'][:9]}: {found[1]['text']}"):
        assert part in shown


@pytest.mark.usefixtures("disputed", "moved")
def test_columns_stand_below_each_other_in_both_languages(run: Run) -> None:
    rows = [line for line in run("facts").stdout.splitlines() if line[:2].strip() and "fa_" in line]
    assert len({cell_len(line[: line.index("fa_")]) for line in rows}) == 1
    rows = [line for line in run("entities").stdout.splitlines() if "en_" in line]
    assert len({cell_len(line[: line.index("en_")]) for line in rows}) == 1


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_a_table_fits_the_page(run: Run, columns: str) -> None:
    shown = run("facts", "--status", "all", env={"COLUMNS": columns}).stdout
    assert all(cell_len(line) <= int(columns) for line in shown.splitlines())
    assert "小丽住在北京" in shown


def test_dates_are_as_wide_as_they_are_known(run: Run, state: State) -> None:
    zone = "+08:00"
    state("小丽", "works_at", "银行", "2025-03-02", valid_from=f"2019-01-01T00:00{zone}", precision="year")
    state(
        "小丽", "visited", "巴黎", "2025-03-02", valid_from=f"2024-05-01T00:00{zone}", valid_to=f"2024-06-01T00:00{zone}", precision="month"
    )
    state("小丽", "staying_in", "南京", "2025-03-02", valid_to="2025-03-08T00:00+00:00", precision="day")
    state("小丽", "plans", "搬家", "2025-03-02", valid_to="2025-07-01T00:00+00:00", precision="month")
    lines = {line.split("  ")[0]: line.split()[1:3] for line in run("facts", "--status", "all").stdout.splitlines()}
    assert lines["小丽目前在南京"] == ["2025-03-02", "2025-03-07"]
    assert lines["小丽打算搬家"] == ["2025-03-02", "2025-06"]
    assert lines["小丽在银行工作"] == ["2019", "–"]
    assert lines["小丽去过巴黎"] == ["2024-05", "2024-05"]


@pytest.mark.usefixtures("moved")
def test_nothing_known_is_said_and_is_no_failure(run: Run, told: Told) -> None:
    done = run("facts", "nobody")
    assert (done.exit_code, done.stdout[:25]) == (0, "Nothing is known of that.")
    assert told("facts", "nobody") == told("timeline", "nobody") == told("entities", "nobody") == []


# ------------------------------------------------------------------- profiles and graphs


@pytest.mark.usefixtures("moved", "disputed")
@pytest.mark.parametrize(("name", "city", "before"), [("Alice", "Porto", "Lisbon"), ("小丽", "杭州", "北京")])
def test_a_profile_is_a_block_for_a_prompt_or_a_table_with_sources(run: Run, told: Told, name: str, city: str, before: str) -> None:
    made = told("profile", name, "--max-tokens", "150")
    assert 0 < made["tokens"] <= made["max_tokens"] == 150
    assert city in made["text"]
    assert before not in made["text"]
    assert before in told("profile", name, "--as-of", "2025-06-01")["text"]
    assert run("profile", name, "--max-tokens", "150").stdout.startswith(made["text"])
    rows = [line for line in run("profile", name, "--table").stdout.splitlines() if "ep_" in line]
    assert [row.split()[0] for row in rows] == ["basic_info/birthday", "basic_info/birthday", "contact_info/city"]
    assert len({cell_len(row[: row.index("fa_")]) for row in rows}) == 1


def test_the_way_from_one_name_to_another_is_told_step_by_step(run: Run, told: Told, state: State) -> None:
    state("小丽", "sister", "小雨", "2025-03-02")
    state("小雨", "lives_in", "北京", "2025-03-02")
    state("Bo", "lives_in", "Oslo", "2025-03-02")
    assert [edge["text"] for edge in told("graph", "小丽", "--to", "北京")["edges"]] == ["小丽的姐妹是小雨", "小雨住在北京"]
    assert [edge["text"] for edge in told("graph", "小丽")["edges"]] == ["小丽的姐妹是小雨"]
    assert "2 names, 1 tie" in run("graph", "Bo").stdout
    assert "Nothing leads from 小丽 to Oslo." in run("graph", "小丽", "--to", "Oslo").stdout
    assert run("graph", "nobody").exit_code == 3


# ------------------------------------------------------------------- one fact


def test_a_fact_is_shown_with_its_words_and_its_history(run: Run, told: Told, moved: dict[str, Any]) -> None:
    lisbon, porto = (effect["fact"]["id"] for effect in moved["effects"])
    found = told("fact", lisbon)
    assert [json.loads(episode["text"])["object"] for episode in found["episodes"].values()] == ["Lisbon"]
    assert [[effect["action"] for effect in change["effects"]] for change in found["history"]] == [["assert"], ["supersede", "assert"]]
    shown = run("show", lisbon).stdout
    for part in ("Alice lives in Lisbon  ended", "2025-03-02", '"object": "Lisbon"', porto):
        assert part in shown


def test_ids_may_be_shortened_as_the_tables_show_them(run: Run, told: Told, moved: dict[str, Any]) -> None:
    fact, episode = moved["effects"][1]["fact"]["id"], moved["ids"][0]
    assert fact[:9] in run("facts").stdout
    assert told("fact", fact[:9])["fact"]["id"] == fact
    assert told("show", episode[:9])["episode"]["id"] == episode
    assert told("history", moved["change"][:9])[0]["id"] == moved["change"]
    assert told("forget", fact[:9], "--preview")["certificate"]["removed"] == [episode]
    done = run("fact", "fa_")
    assert done.exit_code == 2
    assert "give more of it" in done.stderr
    assert run("fact", "fa_0000").exit_code == 3


# ------------------------------------------------------------------- put right


def test_a_corrected_fact_never_was_and_undo_brings_it_back(run: Run, told: Told, moved: dict[str, Any]) -> None:
    porto = moved["effects"][1]["fact"]["id"]
    made = told("correct", porto, "Braga", "--reason", "misheard")
    assert set(effects(made)) == {("retract", "Alice lives in Porto"), ("assert", "Alice lives in Braga")}
    assert texts(told("facts", "Alice")) == ["Alice lives in Braga"]
    assert texts(told("facts", "Alice", "--as-of", "2025-06-01")) == ["Alice lives in Lisbon"]
    shown = run("undo", made["change"]).stdout
    assert "+ so again: Alice lives in Porto" in shown
    assert texts(told("facts", "Alice")) == ["Alice lives in Porto"]


@pytest.mark.usefixtures("disputed")
def test_a_retracted_fact_leaves_its_rival_uncontested(run: Run, told: Told) -> None:
    wrong = next(fact for fact in told("facts", "小丽") if fact["object"] == "5月4日")
    shown = run("retract", wrong["id"], "--reason", "笔误").stdout
    assert "✗ taken back: 小丽的生日是5月4日" in shown
    assert "+ so again: 小丽的生日是5月3日" in shown
    assert [(fact["text"], fact["status"]) for fact in told("facts", "小丽")] == [("小丽的生日是5月3日", "current")]


@pytest.mark.usefixtures("disputed")
def test_one_sources_whole_influence_is_rolled_back_and_can_be_restored(run: Run, told: Told) -> None:
    made = told("retract", "--source", "letter.txt", "--reason", "forged")
    assert len(made["ids"]) == 1
    assert [(fact["object"], fact["status"]) for fact in told("facts", "Alice")] == [("3 May", "current")]
    told("undo", made["change"])
    assert {fact["status"] for fact in told("facts", "Alice")} == {"contested"}
    assert "Nothing matches" in run("retract", "--source", "nobody").stdout


@pytest.mark.parametrize("words", [("retract",), ("retract", "fa_x", "--source", "y")])
def test_what_to_take_back_is_said_in_one_way(run: Run, told: Told, words: tuple[str, ...]) -> None:
    told("record", "x")
    done = run(*words)
    assert done.exit_code == 2
    assert "either 'what' or any of source" in done.stderr


def test_merged_names_are_one_until_it_is_undone(run: Run, told: Told, state: State) -> None:
    state("小丽", "likes", "绿茶", "2025-03-02")
    state("王丽", "lives_in", "杭州", "2025-03-02")
    shown = run("merge", "小丽", "王丽").stdout
    assert "小丽 and 王丽 are one" in shown
    assert "taken back" not in shown.split("`undo`")[1]
    assert len(told("facts", "小丽")) == len(told("facts", "王丽")) > 1
    one = told("entities", "小丽")[0]
    assert {one["name"], *one["aliases"]} == {"小丽", "王丽"}
    run("undo", told("history")[-1]["id"])
    assert texts(told("facts", "小丽")) == ["小丽喜欢绿茶"]


# ------------------------------------------------------------------- forgotten


@pytest.mark.usefixtures("moved")
def test_a_fact_is_forgotten_with_its_words_and_the_certificate_says_so(run: Run, told: Told) -> None:
    preview = run("forget", "--about", "杭州", "--preview").stdout
    assert "and with it 1 fact:" in preview
    assert "小丽住在杭州  since 2025-09-01" in preview
    done = run("forget", "--about", "杭州", "--yes").stdout
    for part in ("✓ clean", "1 episode, 1 fact", "unharmed"):
        assert part in done
    assert "小丽住在杭州" not in texts(told("facts", "--status", "all"))
    assert texts(told("facts", "Alice")) == ["Alice lives in Porto"]


@pytest.mark.usefixtures("moved", "disputed")
def test_everything_a_source_a_speaker_or_a_time_said_is_forgotten(told: Told) -> None:
    def gone(*words: str) -> list[str]:
        return texts(told("forget", *words, "--preview")["facts"])

    assert gone("--source", "letter.txt") == ["Alice's birthday is 4 May"]
    assert set(gone("--speaker", "小丽")) == {"小丽的生日是5月3日", "小丽的生日是5月4日"}
    assert gone("--speaker", "小丽", "--before", "2025-04-01") == ["小丽的生日是5月3日"]
    assert set(gone("--since", "2025-09-01")) == {"小丽住在杭州", "Alice lives in Porto"}
    certificate = told("forget", "--before", "2025-04-01", "--yes")["certificate"]
    assert certificate["is_clean"]
    assert len(certificate["removed"]) == 4


def test_what_to_forget_is_said_in_one_way(run: Run, told: Told) -> None:
    told("record", "x")
    for words in (("forget",), ("forget", "x", "--about", "y")):
        done = run(*words, "--yes")
        assert done.exit_code == 2
        assert "in one way" in done.stderr


# ------------------------------------------------------------------- a model


def test_what_a_model_could_not_read_is_deferred_counted_and_read_later(
    run: Run, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told("record", "The bakery is closing for good.", "--speaker", "Alice")
    Path("fails.jsonl").write_text('{"error": "the endpoint is down"}\n', encoding="utf-8")
    shown = run("distill", "scripted:fails.jsonl").stdout
    assert "1 episode deferred" in shown
    assert "the endpoint is down" in shown
    assert told("stats")["undistilled"] == 1
    Path("fails.jsonl").write_text(json.dumps({"text": '{"claims": []}', "tokens_in": 70, "tokens_out": 7}) + "\n", encoding="utf-8")
    done = run("distill", "--pending", env={"REMANENCE_MODEL": "scripted:fails.jsonl"})
    assert done.exit_code == 0, done.stderr
    assert "1 episode read, 0 claims · 1 call, 77 tokens" in done.stdout
    assert told("stats")["undistilled"] == 0


# ------------------------------------------------------------------- relations and pictures


def test_relations_of_ones_own_come_from_a_file(run: Run, told: Told, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[drives]\nkind = "state"\nvalues = "one"\nobject = "thing"\ntopic = "life/car"\nen = "{s} drives a {o}"\n', encoding="utf-8"
    )
    claim = json.dumps({"subject": "Alice", "relation": "drives", "object": "Fiat"})
    told("record", "--kind", "fact", claim, "--relations", str(own))
    assert texts(told("facts", "--relations", str(own))) == ["Alice drives a Fiat"]
    done = run("facts", "--relations", str(tmp_path / "absent.toml"))
    assert done.exit_code == 2
    assert "absent.toml" in done.stderr


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("words", [("timeline", "小丽"), ("graph", "Alice", "--hops", "2")])
def test_a_picture_is_drawn_into_a_file(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "drawn.svg"
    done = run(*words, "--picture", str(file))
    assert done.exit_code == 0, done.stderr
    assert str(file) in done.stdout
    assert file.read_text(encoding="utf-8").lstrip().startswith("<")
    assert run(*words, "--picture", str(tmp_path / "absent" / "drawn.svg")).exit_code == 4


@pytest.mark.usefixtures("moved")
def test_stored_words_in_facts_cannot_command_the_terminal(run: Run, state: State) -> None:
    state("Eve", "likes", "red \x1b[31m alert [bold]not bold[/bold]", "2025-03-02", "--speaker", "\x1b]0;owned\x07")
    shown = (
        run("facts").stdout + run("timeline", "Eve").stdout + run("entities").stdout + run("forget", "--about", "Eve", "--preview").stdout
    )
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[bold]not bold[/bold]" in shown


def test_a_memory_that_is_not_there_is_not_made_by_asking_for_facts(db: Path) -> None:
    for verb in ("facts", "timeline", "entities", "profile", "graph"):
        assert CliRunner().invoke(cli, ["--db", str(db), verb]).exit_code == 3
    assert not db.exists()
