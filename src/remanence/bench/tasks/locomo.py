"""LoCoMo (Maharana et al. 2024, arXiv 2402.17753): given a question on a long conversation, are the turns that answer it found?

Any file of its schema is read. Categories go by number, since published tables permute the names: 1 multi-hop, 2 temporal,
3 open-domain, 4 single-hop, 5 adversarial. Sessions are added in order of time; all questions are asked after the last.

    R@k            mean fraction of a question's evidence turns among the first k turns returned
    all@10, MRR    all of them among the first 10; 1 / rank of the first
    nDCG@10        with 1 / log2(rank + 1)
    S@k            mean fraction of its evidence sessions among the first k sessions: as the system ranks sessions, else the
                   first k distinct sessions of its turns
    Sany@5         at least one of them among the first 5
    covered@t      mean fraction of its evidence turns in a context of at most t tokens, by our stated estimate; systems
                   without a context of their own get ours, filled in the order of their ranking
    AUROC          of the confidence, categories 1-4 (answerable) against 5 (not)

Rankings are read to depth 50. With the label audit beside the data (dial481/locomo-audit), the same again for corrected
evidence, and without the questions whose answers the audit found corrupt ("sound").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remanence.bench.conversation import Conversation, Turn, data_files, read_json, thinned
from remanence.bench.metrics import Scored, all_at, any_at, auroc_summary, ndcg_at, recall_at, reciprocal_rank, summary
from remanence.bench.report import Row, View
from remanence.bench.systems import TURN_SYSTEMS, CachedEmbedder, Ranking, System, chosen
from remanence.errors import BadInput

if TYPE_CHECKING:
    from remanence.bench.run import Options

DEPTHS = (1, 5, 10, 25, 50)
SESSION_DEPTHS = (1, 3, 5, 10)
BUDGETS = (256, 512, 1024, 2048)
CATEGORIES = (1, 2, 3, 4, 5)
ANSWERABLE = frozenset({1, 2, 3, 4})
SPLITS = {"1-5": frozenset(CATEGORIES), "1-4": ANSWERABLE, **{str(number): frozenset({number}) for number in CATEGORIES}}

VIEWS = (
    View("Evidence turns", ("1-5", "1-4"), (*(f"R@{k}" for k in DEPTHS), "all@10", "MRR", "nDCG@10")),
    View("Sessions, evidence within a context, abstention", ("1-5", "1-4"), ("S@*", "Sany@5", "covered@*", "AUROC")),
    View("By category", tuple(map(str, CATEGORIES)), ("R@5", "R@10", "R@25", "S@5", "covered@1024")),
    View("With the audited labels", ("1-5 corrected", "1-4 corrected", "1-5 sound", "1-4 sound"), ("R@5", "R@10", "R@25", "S@5")),
)
NOTES = (
    "Weights never saw the conversation they are scored on (five folds); features and constants were chosen on LoCoMo's first "
    "five conversations. Categories by number: 1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop, 5 adversarial.",
    "mem0, where it ran: without a language model, spaCy or its sparse encoder (both come from the network), so with vectors alone.",
)

_EVIDENCE = re.compile(r"D:?(\d+):(\d+)")
_SESSION = re.compile(r"session_(\d+)")


@dataclass(frozen=True, slots=True)
class Question:
    """`evidence`: ids of turns that exist, as published; `corrected`: as audited; `is_sound`: its answer is not corrupt."""

    text: str
    category: int
    evidence: tuple[str, ...]
    corrected: tuple[str, ...]
    is_sound: bool = True


@dataclass(frozen=True, slots=True)
class Sample:
    conversation: Conversation
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one system returned for one question."""

    sample: Sample
    question: Question
    ranking: Ranking
    sessions: list[str]
    covered: Mapping[int, list[str]]


def rows(options: Options) -> Iterator[Row]:
    """Every system on every split."""
    samples = load(options.data)
    setup = options.setup(CachedEmbedder(options.embedder))
    for name in chosen(TURN_SYSTEMS, options.systems):
        system = TURN_SYSTEMS[name](setup)
        try:
            answered = ask_all(system, samples, options)
        finally:
            system.close()
        yield from scored_rows(system.name, answered, options, is_audited=audit_of(options.data) is not None)


def settings(options: Options) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {"data": data_file(options.data).name, "conversations": [sample.conversation.name for sample in load(options.data)]}


def ask_all(system: System, samples: Sequence[Sample], options: Options) -> list[Answered]:
    """Every question of every conversation, after all its sessions have been added."""
    found = []
    for at, sample in enumerate(samples):
        system.start(sample.conversation.name)
        for session in sample.conversation.sessions:
            system.add(session)
        asked = thinned(sample.questions, options.limit)
        for number, question in enumerate(asked, 1):
            found.append(ask(system, sample, question))
            options.report(f"locomo · {system.name} · {sample.conversation.name}", (at + number / len(asked)) / len(samples))
    return found


def ask(system: System, sample: Sample, question: Question) -> Answered:
    sessions = system.rank_sessions(question.text, max(SESSION_DEPTHS))
    covered = {budget: system.cover(question.text, budget) for budget in BUDGETS}
    return Answered(sample, question, system.rank(question.text), sessions, covered)


def scored_rows(system: str, answered: Sequence[Answered], options: Options, is_audited: bool) -> Iterator[Row]:
    """The system's row on each split, as published and, with the audit, as corrected and without corrupt questions."""
    for split, categories in SPLITS.items():
        inside = [one for one in answered if one.question.category in categories]
        published = [scored(one, one.question.evidence) for one in inside if one.question.evidence]
        metrics, spread = summary(published, options.rng)
        if split == "1-5":
            metrics["AUROC"], spread["AUROC"] = abstention(inside, options)
        if metrics:
            yield Row(system, split, metrics, spread)
        if is_audited and split in ("1-5", "1-4"):
            corrected = [one for one in inside if one.question.corrected]
            sound = [one for one in corrected if one.question.is_sound]
            for label, kept in (("corrected", corrected), ("sound", sound)):
                again = [scored(one, one.question.corrected) for one in kept]
                yield Row(system, f"{split} {label}", *summary(again, options.rng))


def scored(one: Answered, gold: Sequence[str]) -> Scored:
    """One question's metrics against `gold`."""
    turns = one.ranking.turns
    home = {turn.id: turn.session for turn in one.sample.conversation.turns}
    gold_sessions = {home[turn] for turn in gold}
    return Scored(
        one.sample.conversation.name,
        {f"R@{k}": recall_at(turns, gold, k) for k in DEPTHS}
        | {"all@10": all_at(turns, gold, 10), "MRR": reciprocal_rank(turns, gold), "nDCG@10": ndcg_at(turns, gold, 10)}
        | {f"S@{k}": recall_at(one.sessions, gold_sessions, k) for k in SESSION_DEPTHS}
        | {"Sany@5": any_at(one.sessions, gold_sessions, 5)}
        | {f"covered@{budget}": recall_at(shown, gold, len(shown)) for budget, shown in one.covered.items()},
    )


def abstention(answered: Sequence[Answered], options: Options) -> tuple[float, dict[str, list[float]]]:
    """AUROC of the confidence, answerable questions against adversarial ones."""
    sides: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    for one in answered:
        for side, is_here in zip(sides, (one.question.category in ANSWERABLE, one.question.category not in ANSWERABLE), strict=True):
            held = side.setdefault(one.sample.conversation.name, [])
            held.extend([one.ranking.confidence] if is_here else [])
    return auroc_summary(*sides, options.rng)


# ------------------------------------------------------------------ reading the data


def load(data: Path | None) -> list[Sample]:
    """Every conversation in the file, with the audit's corrections where it lies beside. Raises `BadInput`."""
    path = data_file(data)
    value = read_json(path)
    if not isinstance(value, list) or not all(isinstance(item, dict) and "conversation" in item and "qa" in item for item in value):
        raise BadInput(f"{path} does not have LoCoMo's schema: a list of objects with 'conversation' and 'qa'.")
    audit = audit_of(data) or {}
    return [sample(item, audit) for item in value]


def data_file(data: Path | None) -> Path:
    """The one file to read: the only one, or the only one that is not the audit."""
    found = [path for path in data_files(data, "locomo", "*.json*") if not _is_audit(path) or path == data]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise BadInput(f"Give the file itself: `--data FILE`; of LoCoMo's conversations there are here: {names}.")
    return found[0]


def audit_of(data: Path | None) -> Mapping[tuple[object, ...], Mapping[str, Any]] | None:
    """The audit's entries by what they cite, `None` where there is no audit beside the data."""
    beside = data_file(data).parent
    found = [path for folder in (beside, beside / "audit") for path in sorted(folder.glob("*.json*")) if _is_audit(path)]
    if not found:
        return None
    return {_cited(entry["question"], entry["category"], entry["cited_evidence"]): entry for entry in read_json(found[0])}


def sample(item: Mapping[str, Any], audit: Mapping[tuple[object, ...], Mapping[str, Any]]) -> Sample:
    """One conversation with its questions. Some files list dates of sessions that do not exist: sessions count, not dates."""
    spoken = item["conversation"]
    numbers = sorted(int(match[1]) for name in spoken if (match := _SESSION.fullmatch(name)) and spoken[name])
    sessions = tuple(_session(spoken, number) for number in numbers)
    conversation = Conversation(str(item.get("sample_id", "")) or _name(sessions), sessions)
    known = frozenset(turn.id for turn in conversation.turns)
    return Sample(conversation, tuple(_question(qa, known, audit) for qa in item["qa"]))


def evidence(cited: Sequence[object], known: frozenset[str]) -> tuple[str, ...]:
    """The turns that `cited` names and that exist. Several may share a string; "D:11:26" and "D30:05" are read as meant."""
    named = (f"D{int(session)}:{int(turn)}" for one in cited for session, turn in _EVIDENCE.findall(str(one)))
    return tuple(dict.fromkeys(turn for turn in named if turn in known))


def when(text: str) -> datetime:
    """The moment that "1:56 pm on 8 May, 2023" names; the data gives no zone."""
    return datetime.strptime(text.strip(), "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)


def _session(spoken: Mapping[str, Any], number: int) -> tuple[Turn, ...]:
    said_at = when(spoken[f"session_{number}_date_time"])
    return tuple(
        Turn(_canonical(turn["dia_id"]), f"session_{number}", said_at, turn["speaker"], turn["text"], turn.get("blip_caption"))
        for turn in spoken[f"session_{number}"]
    )


def _question(qa: Mapping[str, Any], known: frozenset[str], audit: Mapping[tuple[object, ...], Mapping[str, Any]]) -> Question:
    published = evidence(qa.get("evidence") or (), known)
    entry = audit.get(_cited(qa["question"], qa["category"], qa.get("evidence") or ()), {})
    return Question(
        text=str(qa["question"]),
        category=int(qa["category"]),
        evidence=published,
        corrected=evidence(entry.get("correct_evidence") or (), known) or published,
        is_sound=entry.get("error_type", "WRONG_CITATION") == "WRONG_CITATION",
    )


def _cited(question: object, category: object, cited: Sequence[object]) -> tuple[object, ...]:
    return str(question).strip(), int(str(category)), tuple(_EVIDENCE.findall(" ".join(map(str, cited))))


def _canonical(turn: str) -> str:
    match = _EVIDENCE.fullmatch(turn.strip())
    return f"D{int(match[1])}:{int(match[2])}" if match else turn


def _name(sessions: Sequence[Sequence[Turn]]) -> str:
    """A name for a conversation that has none: its speakers."""
    return " and ".join(sorted({turn.speaker for session in sessions for turn in session}))


def _is_audit(path: Path) -> bool:
    return "audit" in path.name or path.name.startswith("errors")
