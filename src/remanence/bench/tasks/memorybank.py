"""MemoryBank (Zhong et al. 2024, arXiv 2305.10250): are the exchanges found that answer a probing question, in Chinese and English?

15 users with ten days of talk with a companion each. The set carries no gold, so ours is used: `data/memorybank_gold.json`
says how it was made. An exchange is a question with its reply; a day is a session. All questions are asked after the last day.

    R@k            mean fraction of a question's evidence exchanges among the first k exchanges returned
    any@5          at least one of them: some evidence is alternatives rather than parts
    S@5            mean fraction of its evidence days among the first 5 days
    AUROC          of the confidence, questions that the history answers against those it does not
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remanence.bench.conversation import Conversation, Turn, data_files, read_json, thinned
from remanence.bench.metrics import Scored, all_at, any_at, auroc_summary, recall_at, reciprocal_rank, summary
from remanence.bench.report import Row, View
from remanence.bench.systems import TURN_SYSTEMS, CachedEmbedder, System, chosen
from remanence.errors import BadInput

if TYPE_CHECKING:
    from remanence.bench.run import Options

LANGUAGES = {"cn": "zh", "en": "en"}
COMPANION = "AI"

VIEWS = (View("Evidence exchanges and days", ("zh", "en"), ("R@1", "R@5", "R@10", "any@5", "all@5", "MRR", "S@1", "S@5", "AUROC")),)
NOTES = ("Gold: ours, marked by reading before any system ran (data/memorybank_gold.json). MiniLM knows no Chinese.",)


@dataclass(frozen=True, slots=True)
class Probe:
    """A question; without `gold` where the history holds no answer."""

    text: str
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class User:
    history: Conversation
    probes: tuple[Probe, ...]


@dataclass(slots=True)
class Answers:
    """What one system scored in one language: metrics of answerable probes, confidences of both sorts by user."""

    scored: list[Scored]
    sure: dict[str, list[float]]
    unsure: dict[str, list[float]]


def rows(options: Options) -> Iterator[Row]:
    """Every system on every language."""
    setup = options.setup(CachedEmbedder(options.embedder))
    languages = load(options.data)
    for name in chosen(TURN_SYSTEMS, options.systems):
        system = TURN_SYSTEMS[name](setup)
        try:
            for split, users in languages.items():
                answers = ask_all(system, split, users, options)
                metrics, spread = summary(answers.scored, options.rng)
                metrics["AUROC"], spread["AUROC"] = auroc_summary(answers.sure, answers.unsure, options.rng)
                yield Row(system.name, split, metrics, spread)
        finally:
            system.close()


def settings(options: Options) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    languages = load(options.data)
    return {"gold": gold_file()["version"], "probes": {split: sum(len(user.probes) for user in held) for split, held in languages.items()}}


def ask_all(system: System, split: str, users: list[User], options: Options) -> Answers:
    found = Answers([], {}, {})
    for at, user in enumerate(users):
        name = user.history.name
        system.start(f"{split} {name}")
        for session in user.history.sessions:
            system.add(session)
        sure, unsure = found.sure.setdefault(name, []), found.unsure.setdefault(name, [])
        for probe in thinned(user.probes, options.limit):
            ranking = system.rank(probe.text)
            (sure if probe.gold else unsure).append(ranking.confidence)
            if probe.gold:
                days = system.rank_sessions(probe.text, 5)
                found.scored.append(Scored(name, scores(ranking.turns, days, probe.gold)))
        options.report(f"memorybank · {system.name} · {split}", (at + 1) / len(users))
    return found


def scores(exchanges: list[str], days: list[str], gold: tuple[str, ...]) -> dict[str, float]:
    """One probe's metrics."""
    gold_days = {exchange.split("#")[0] for exchange in gold}
    return {
        **{f"R@{k}": recall_at(exchanges, gold, k) for k in (1, 5, 10)},
        "any@5": any_at(exchanges, gold, 5), "all@5": all_at(exchanges, gold, 5), "MRR": reciprocal_rank(exchanges, gold),
        **{f"S@{k}": recall_at(days, gold_days, k) for k in (1, 5)},
    }  # fmt: skip


# ------------------------------------------------------------------ reading the data


def load(data: Path | None) -> dict[str, list[User]]:
    """The users of each language found under `data`. Raises `BadInput` where there is none, or where gold names what is not there."""
    gold = gold_file()["languages"]
    found = {}
    for folder, split in LANGUAGES.items():
        for root in () if data is None else (data / "memorybank" / folder, data / folder):
            if held := sorted(root.glob("memory_bank_*.json*")):
                histories = {name.strip(): value for name, value in read_json(held[0]).items()}
                found[split] = users(histories, gold[folder], held[0])
                break
    if not found:
        data_files(data, "memorybank", "{cn,en}/memory_bank_*.json*")
    return found


def gold_file() -> dict[str, Any]:
    """Our gold, as it ships."""
    value: dict[str, Any] = json.loads((files("remanence.bench") / "data" / "memorybank_gold.json").read_text(encoding="utf-8"))
    return value


def users(histories: Mapping[str, Any], gold: list[Mapping[str, Any]], path: Path) -> list[User]:
    """Users with their probes, in the order of the gold; some names in the source carry spaces."""
    found = []
    for name in dict.fromkeys(str(item["user"]).strip() for item in gold):
        if name not in histories:
            raise BadInput(f"{path} has no user {name!r}, whom the gold asks about; is it MemoryBank's file of this language?")
        history = Conversation(name, tuple(_day(name, day, held) for day, held in sorted(histories[name]["history"].items())))
        probes = tuple(Probe(item["question"], tuple(item["evidence"])) for item in gold if str(item["user"]).strip() == name)
        known = {turn.id for turn in history.turns}
        if missing := sorted({exchange for probe in probes for exchange in probe.gold} - known):
            raise BadInput(f"{path}: the history of {name!r} has no exchange {missing[0]}, which the gold names.")
        found.append(User(history, probes))
    return found


def _day(user: str, day: str, exchanges: list[Mapping[str, str]]) -> tuple[Turn, ...]:
    said_at = datetime.strptime(day, "%Y-%m-%d").replace(hour=12, tzinfo=UTC)
    return tuple(
        Turn(f"{day}#{at}", day, said_at, speaker, exchange[part], role=role)
        for at, exchange in enumerate(exchanges)
        for part, speaker, role in (("query", user, "user"), ("response", COMPANION, "assistant"))
        if exchange.get(part, "").strip()
    )
