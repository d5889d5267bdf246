"""The main job, scene by scene: conversations recorded, asked, understood, briefed, corrected, drawn, forgotten with proof."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from remanence.errors import BadInput
from remanence.serve import demo_story
from remanence.serve.demo_story import StoryScene
from remanence.serve.desk import Desk, data_folder, make_folder
from remanence.types import Certificate, Context, Episode, Fact, Filter, Hit

if TYPE_CHECKING:
    from remanence.memory import Memory
    from remanence.ports import Embedder, Progress

DATA = files("remanence.bench") / "data"
SOURCE = "MemoryBank"
LANGUAGES = {"en": "English", "cn": "中文"}
FOUND_WITHIN = 5
# The last conversations are of 6 May 2023; "a few days ago" in a question means days before the morning after.
MORNING_AFTER = datetime(2023, 5, 7, 9)

BRIEFING = ("Luna", "How can I help her relax after a stressful week?", 240)
CORRECTED_TEXT = "I used to like warm weather; since the ski trip I prefer cold, snowy days."
CORRECTION = ("John Zhang", "2023-04-28#1", "Do I like warm weather?", CORRECTED_TEXT)
CORRECTION_VIEWS = ("2023-05-06", "2023-05-07T23:00")
ERASURE = ("陆琳", "2023-04-30#1", "我在4月30号为什么会心情不好？")


class DemoClock:
    """The morning after the last conversation, from which time runs on."""

    def __init__(self) -> None:
        self._start = monotonic()

    def now(self) -> datetime:
        return MORNING_AFTER.astimezone() + timedelta(seconds=monotonic() - self._start)


@dataclass(frozen=True, slots=True)
class Question:
    """A probing question with its gold evidence: ids of exchanges, none where the history holds no answer."""

    language: str
    user: str
    text: str
    answer: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything said, recorded."""

    file: str
    users: tuple[str, ...]
    sessions: int
    episodes: int
    facts: int
    embedder: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what was recalled; `rank`: place of the first hit that holds evidence, `None`: not among those asked for."""

    question: Question
    hits: tuple[Hit, ...]
    rank: int | None
    confidence: float
    seconds: float
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """All questions together, by language: how many have an answer, and of how many the evidence was found."""

    asked: Mapping[str, int]
    found: Mapping[str, int]
    missed: tuple[str, ...]
    unanswerable: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Briefed:
    """A context for a prompt."""

    user: str
    question: str
    context: Context


@dataclass(frozen=True, slots=True)
class View:
    """Which of the two statements is recalled as of a moment, each with its rank among the first ten."""

    as_of: str
    seen: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction, seen from before and after."""

    user: str
    question: str
    old: Episode
    text: str
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """An erasure with its proof: the episodes, the facts that rested on them, and whether a question still reaches the words."""

    user: str
    question: str
    erased: tuple[Episode, ...]
    facts: tuple[Fact, ...]
    certificate: Certificate
    is_still_found: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Timed:
    """What it took."""

    episodes_per_second: float
    recall_p50_ms: float
    recall_p95_ms: float
    forget_ms: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Left:
    """The file that stays, and commands to play with it."""

    file: str
    commands: tuple[str, ...]


Scene = Recorded | Asked | Scored | Briefed | Corrected | StoryScene | Forgotten | Timed | Left
MANY: dict[str, type[Any]] = {
    "questions": Asked, "understood": demo_story.Understood, "viewed": demo_story.Viewed, "disputed": demo_story.Disputed,
}  # fmt: skip
"""Scenes that are played more than once."""


def perform(desk: Desk) -> int:
    """Play the demonstration and show every scene as it happens, or all of them as one JSON document."""
    path = stage(desk)
    embedder = desk.named_embedder()
    with desk.progress("recording · 记录") as progress:
        scenes = play(path, embedder, progress)
        first = next(scenes)
    if desk.is_json:
        desk.say(programme([first, *scenes]))
        return 0
    from remanence.serve.demo_page import show

    console = desk.page()
    show(console, first)
    for scene in scenes:
        show(console, scene)
    return 0


def programme(scenes: Sequence[Scene]) -> dict[str, Any]:
    """The scenes by name; those played more than once as lists."""
    told: dict[str, Any] = {name: [scene for scene in scenes if isinstance(scene, kind)] for name, kind in MANY.items()}
    return told | {type(scene).__name__.lower(): scene for scene in scenes if type(scene) not in MANY.values()}


def stage(desk: Desk) -> Path:
    """The demonstration's file, empty. One left by an earlier demonstration is replaced, any other memory refused with `BadInput`."""
    path = desk.db if desk.db is not None else data_folder() / "demo.db"
    if not path.exists():
        if desk.db is None:
            make_folder(path.parent)
        return path
    from remanence.memory import Memory

    with Memory(path, embedder=None) as memory:
        sources = {episode.source for _, episode in memory.episodes()}
        is_ours = not sources or SOURCE in sources <= {SOURCE, *demo_story.SOURCES}
    if not is_ours:
        raise BadInput(f"{path} holds memories of its own. Give the demonstration another file: `remanence demo --db demo.db`.")
    for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        part.unlink(missing_ok=True)
    return path


def play(path: Path, embedder: Embedder | str | None, progress: Progress) -> Iterator[Scene]:
    """The scenes, in order."""
    from remanence.memory import Memory

    with Memory(path, embedder=embedder, clock=DemoClock()) as memory:
        recorded = record(memory, path, progress)
        yield recorded
        answers: list[Asked] = []
        for each in questions(recorded.users):
            answers.append(ask(memory, each, is_shown=each.user not in {asked.question.user for asked in answers}))
            yield answers[-1]
        yield score(answers)
        yield brief(memory)
        yield correct(memory)
        yield from demo_story.tell(memory, path)
        forgotten = forget(memory)
        yield forgotten
        yield timed(recorded, answers, forgotten, memory.stats().bytes)
    yield Left(str(path), to_try(path))


def conversations() -> dict[str, dict[str, Any]]:
    """The histories, by language and user."""
    sample: dict[str, Any] = json.loads((DATA / "memorybank_sample.json").read_text(encoding="utf-8"))
    return {language: sample["languages"][language] for language in LANGUAGES}


def questions(users: Sequence[str]) -> list[Question]:
    """All probing questions to these users' histories, in the order of the set."""
    gold = json.loads((DATA / "memorybank_gold.json").read_text(encoding="utf-8"))
    return [
        Question(language, each["user"], each["question"].strip('"'), each["answer"], tuple(each["evidence"]))
        for language in LANGUAGES
        for each in gold["languages"][language]
        if each["user"] in users
    ]


def messages(user: str, day: str, exchanges: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """One day's conversation as chat messages, each knowing its exchange."""
    said: list[dict[str, Any]] = []
    for number, exchange in enumerate(exchanges):
        about = {"said_at": day, "session": day, "source": SOURCE, "metadata": {"exchange": f"{day}#{number}"}}
        said.append({"role": "user", "speaker": user, "content": exchange["query"], **about})
        said.append({"role": "assistant", "speaker": "assistant", "content": exchange["response"], **about})
    return said


def record(memory: Memory, path: Path, progress: Progress) -> Recorded:
    """Record every history, one scope a user."""
    started = perf_counter()
    histories = {user: history["history"] for users in conversations().values() for user, history in users.items()}
    days = [(user, day, exchanges) for user, history in histories.items() for day, exchanges in history.items() if exchanges]
    episodes = 0
    for done, (user, day, exchanges) in enumerate(days, start=1):
        episodes += len(memory.scope(user=user).record(messages(user, day, exchanges)).ids)
        progress("recording · 记录", done / len(days))
    spent = perf_counter() - started
    facts = sum(len(memory.scope(user=user).facts()) for user in histories)
    return Recorded(str(path), tuple(histories), len(days), episodes, facts, memory.stats().embedder, spent)


def ask(memory: Memory, question: Question, is_shown: bool) -> Asked:
    """Recall for one question."""
    started = perf_counter()
    hits = memory.scope(user=question.user).recall(question.text, limit=FOUND_WITHIN)
    spent = perf_counter() - started
    rank = next((rank for rank, hit in enumerate(hits, start=1) if holds(hit.episode, question)), None)
    return Asked(question, tuple(hits), rank, hits.confidence, spent, is_shown)


def holds(episode: Episode, question: Question) -> bool:
    """Whether an episode is of an exchange that carries the evidence."""
    return episode.metadata.get("exchange") in question.evidence


def score(answers: Sequence[Asked]) -> Scored:
    """How many questions found their evidence, and which did not."""
    answerable = [asked for asked in answers if asked.question.evidence]
    return Scored(
        asked={name: sum(asked.question.language == name for asked in answerable) for name in LANGUAGES},
        found={name: sum(asked.question.language == name and asked.rank is not None for asked in answerable) for name in LANGUAGES},
        missed=tuple(f"{asked.question.user}: {asked.question.text}" for asked in answerable if asked.rank is None),
        unanswerable=tuple((asked.question.text, asked.confidence) for asked in answers if not asked.question.evidence),
    )


def brief(memory: Memory) -> Briefed:
    """A context within a budget."""
    user, question, tokens = BRIEFING
    return Briefed(user, question, memory.scope(user=user).context(question, max_tokens=tokens))


def correct(memory: Memory) -> Corrected:
    """Supersede one statement, then look from before and from after."""
    user, exchange, question, text = CORRECTION
    person = memory.scope(user=user)
    old = said_in(person, exchange)[0]
    person.correct(old.id, text, reason="changed his mind")
    views = []
    for moment in CORRECTION_VIEWS:
        hits = person.recall(question, limit=10, as_of=moment)
        seen = [(rank, hit.episode.text) for rank, hit in enumerate(hits, start=1) if hit.episode.text in (old.text, text)]
        views.append(View(moment, tuple(seen)))
    return Corrected(user, question, old, text, tuple(views))


def forget(memory: Memory) -> Forgotten:
    """Erase one exchange and prove it."""
    user, exchange, question = ERASURE
    person = memory.scope(user=user)
    erased = said_in(person, exchange)
    ids = [episode.id for episode in erased]
    facts = [person.fact(fact) for fact in person.forget(ids, preview=True).facts]
    started = perf_counter()
    certificate = person.forget(ids, reason="she asked for it")
    spent = perf_counter() - started
    words = {episode.text for episode in erased}
    is_still_found = any(hit.episode.text in words for hit in person.recall(question, limit=50))
    return Forgotten(user, question, tuple(erased), tuple(facts), certificate, is_still_found, spent)


def said_in(person: Memory, exchange: str) -> list[Episode]:
    """The turns of one exchange."""
    return [episode for _, episode in person.episodes(where=Filter(metadata={"exchange": exchange}))]


def timed(recorded: Recorded, answers: Sequence[Asked], forgotten: Forgotten, bytes: int) -> Timed:
    """The line of timings."""
    spent = [asked.seconds * 1000 for asked in answers]
    return Timed(recorded.episodes / recorded.seconds, median(spent), quantiles(spent, n=20)[-1], forgotten.seconds * 1000, bytes)


def to_try(path: Path) -> tuple[str, ...]:
    """Commands to play with."""
    file = shlex.quote(str(path))
    return (
        f'remanence --db {file} --user Emily recall "which park did I visit?"',
        f'remanence --db {file} --user 张曼婷 context "给她推荐一本书" --max-tokens 300',
        f"remanence --db {file} --user Nora facts --as-of 2023-03-20",
        f"remanence --db {file} --user 周敏 timeline 周敏",
        f'remanence --db {file} --user "John Zhang" history --limit 5',
    )
