"""RealMem (2026, arXiv 2601.06966): before a session goes on, are the earlier sessions found that its next reply needs?

A user's projects run interleaved over some 200 sessions. A user's turn marked as a query is asked with the earlier turns of
its session as what was just said, over the sessions before it; then the session is added. Its gold is what the reply that
follows names; the session itself does not count as found or sought.

    any@k, all@k   at least one, every one of the gold sessions among the first k
    nDCG@10        with 1 / log2(rank + 1); "nDCG@10 old" in LongMemEval's form, where ranks 1 and 2 weigh the same
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remanence.bench.conversation import Turn, data_files, read_json
from remanence.bench.metrics import Scored, all_at, any_at, ndcg_at, old_ndcg_at, recall_at, summary
from remanence.bench.report import Row, View
from remanence.bench.systems import SESSION_SYSTEMS, CachedEmbedder, System, chosen
from remanence.errors import BadInput

if TYPE_CHECKING:
    from remanence.bench.run import Options

DEPTHS = (5, 10, 20)
METRICS = ("any@5", "any@10", "any@20", "all@5", "all@10", "all@20", "nDCG@10", "nDCG@10 old", "R@10")

VIEWS = (View("All personas", ("all",), METRICS), View("By persona", ("persona *",), ("any@10", "all@5", "all@10", "nDCG@10")))
NOTES = (
    "Online: a question sees only the sessions before its own. Peers: BM25 of whole sessions; a session's three best turns by cosine.",
)


@dataclass(frozen=True, slots=True)
class Query:
    """`at`: its place among the session's turns; `gold`: earlier sessions."""

    text: str
    at: int
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    turns: tuple[Turn, ...]
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    name: str
    sessions: tuple[Session, ...]


def rows(options: Options) -> Iterator[Row]:
    """Every system, over all personas and by persona."""
    personas = load(options.data)
    setup = options.setup(CachedEmbedder(options.embedder))
    for name in chosen(SESSION_SYSTEMS, options.systems):
        system = SESSION_SYSTEMS[name](setup)
        try:
            scored = [one for at, persona in enumerate(personas) for one in live(system, persona, options, at, len(personas))]
        finally:
            system.close()
        yield Row(system.name, "all", *summary(scored, options.rng))
        for persona in personas:
            own = [one for one in scored if one.group == persona.name]
            yield Row(system.name, f"persona {persona.name}", *summary(own, options.rng))


def settings(options: Options) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    personas = load(options.data)
    return {"queries": {persona.name: sum(len(session.queries) for session in persona.sessions) for persona in personas}}


def live(system: System, persona: Persona, options: Options, at: int, personas: int) -> list[Scored]:
    """The persona's sessions in order: first a session's questions, then the session itself. With a limit, the first so many."""
    system.start(persona.name)
    found: list[Scored] = []
    for place, session in enumerate(persona.sessions):
        for query in session.queries:
            recent = [turn.text for turn in session.turns[: query.at]]
            ranked = system.rank_sessions(query.text, max(DEPTHS), recent)
            found.append(Scored(persona.name, scores(ranked, query.gold)))
        if options.limit is not None and len(found) >= options.limit:
            break
        system.add(session.turns)
        options.report(f"realmem · {system.name} · {persona.name}", (at + (place + 1) / len(persona.sessions)) / personas)
    return found[: options.limit]


def scores(ranked: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    """One question's metrics."""
    return {
        **{f"any@{k}": any_at(ranked, gold, k) for k in DEPTHS},
        **{f"all@{k}": all_at(ranked, gold, k) for k in DEPTHS},
        "nDCG@10": ndcg_at(ranked, gold, 10), "nDCG@10 old": old_ndcg_at(ranked, gold, 10), "R@10": recall_at(ranked, gold, 10),
    }  # fmt: skip


# ------------------------------------------------------------------ reading the data


def load(data: Path | None) -> list[Persona]:
    """Every persona's file. Raises `BadInput`."""
    return [persona(path, read_json(path)) for path in data_files(data, "realmem", "*_dialogues_*.json*")]


def persona(path: Path, value: Any) -> Persona:
    if not isinstance(value, dict) or not isinstance(value.get("dialogues"), list):
        raise BadInput(f"{path} does not have RealMem's schema: an object with 'dialogues'.")
    name = str(value.get("_metadata", {}).get("person_name") or path.name.split("_dialogues")[0])
    dialogues = value["dialogues"]
    place = {dialogue["session_uuid"]: at for at, dialogue in enumerate(dialogues)}
    return Persona(name, tuple(_session(dialogue, place, name) for dialogue in dialogues))


def _session(dialogue: Mapping[str, Any], place: Mapping[str, int], user: str) -> Session:
    name = dialogue["session_uuid"]
    said_at = datetime.strptime(dialogue["current_time"][:10], "%Y-%m-%d").replace(tzinfo=UTC)
    spoken = dialogue["dialogue_turns"]
    turns = tuple(
        Turn(
            f"{name}:{at}", name, said_at, user if turn["speaker"] == "User" else "Assistant", turn["content"],
            role="user" if turn["speaker"] == "User" else "assistant",
        )
        for at, turn in enumerate(spoken)
    )  # fmt: skip
    queries = (Query(turn["content"], at, _gold(spoken, at, place, place[name])) for at, turn in enumerate(spoken) if turn.get("is_query"))
    return Session(turns, tuple(query for query in queries if query.gold))


def _gold(spoken: Sequence[Mapping[str, Any]], at: int, place: Mapping[str, int], here: int) -> tuple[str, ...]:
    """The earlier sessions that the reply after turn `at` names."""
    named = next((turn["memory_session_uuids"] for turn in spoken[at:] if turn.get("memory_session_uuids")), ())
    return tuple(dict.fromkeys(session for session in named if place.get(session, here) < here))
