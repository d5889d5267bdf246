"""The demonstration's second half: two people tell what changes in their lives; what is understood of it goes out, scene by scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from remanence.types import BY_HAND, Effect, Fact, Profile

if TYPE_CHECKING:
    from remanence.memory import Memory

CHAT = "demonstration"
FORMS = {"Nora": "registration form", "周敏": "登记表"}
SOURCES = frozenset({CHAT, *FORMS.values(), BY_HAND})
"""Where the words of this half come from."""

STORIES: dict[str, tuple[tuple[str, str], ...]] = {
    "Nora": (
        ("2023-01-10", "I'm Nora. I live in Leeds with my husband Tom, and I work as a nurse. I love coffee."),
        ("2023-01-12", "I'm allergic to peanuts. My birthday is May 3."),
        ("2023-02-03", "If I won the lottery, I would move to Rome."),
        ("2023-03-07", "I moved to Bristol last week."),
        ("2023-03-08", "Sorry, I moved to Bath, not Bristol."),
        ("2023-04-20", "I don't like coffee any more. I love green tea now."),
        ("2023-04-21", "My sister Clara lives in Oslo. Clara works at the Munch Museum. She has a dog called Rex."),
        ("2023-04-22", "Tom and Clara are friends."),
    ),
    "周敏": (
        ("2023-01-10", "我叫周敏，住在成都，是一名编辑。我喜欢喝咖啡。"),
        ("2023-01-12", "我对花生过敏。我的生日是5月3日。"),
        ("2023-02-03", "要是中了彩票，我就搬到巴黎去。"),
        ("2023-03-07", "我上周搬到了苏州。"),
        ("2023-03-08", "不对，我搬到了杭州，不是苏州。"),
        ("2023-04-20", "我不再喜欢喝咖啡了，现在喜欢喝龙井茶。"),
        ("2023-04-21", "我妹妹周雨住在北京，她是医生。周雨养了一只叫小白的猫。"),
        ("2023-05-05", "下周我打算去云南旅行。"),
    ),
}
BIRTHDAYS = {"Nora": ("2023-04-02", "My birthday is May 13."), "周敏": ("2023-04-02", "我的生日是5月13日。")}
VIEWS = ("2023-02-01", "2023-03-20", "2023-05-07")
VIEWED = ("lives_in", "likes")
WHOSE_PROFILE, PROFILE_TOKENS = "周敏", 360
WHOSE_PICTURE = "Nora"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, and what it did to what is believed."""

    said_at: str
    source: str
    text: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """A person's story, sentence by sentence."""

    user: str
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Viewed:
    """What was so of a person at several moments: facts by the moment asked for."""

    user: str
    views: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Disputed:
    """Two sources that contradict each other, and what came of taking one back and of undoing that."""

    user: str
    heard: Heard
    facts: tuple[Fact, ...]
    retracted: tuple[Effect, ...]
    undone: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Profiled:
    """A profile within a budget."""

    user: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pictures beside the memory's file."""

    user: str
    graph: str
    timeline: str


StoryScene = Understood | Viewed | Disputed | Profiled | Drawn


def tell(memory: Memory, path: Path) -> Iterator[StoryScene]:
    """The scenes of both stories, in order."""
    for user, story in STORIES.items():
        person = memory.scope(user=user)
        yield Understood(user, tuple(hear(person, user, said_at, text, CHAT) for said_at, text in story))
        yield view(person, user)
    for user in STORIES:
        yield dispute(memory.scope(user=user), user)
    yield Profiled(WHOSE_PROFILE, memory.scope(user=WHOSE_PROFILE).profile(WHOSE_PROFILE, max_tokens=PROFILE_TOKENS))
    yield draw(memory.scope(user=WHOSE_PICTURE), path)


def hear(person: Memory, user: str, said_at: str, text: str, source: str) -> Heard:
    """Record what somebody says, and see what it does to what is believed."""
    receipt = person.record(text, speaker=user, said_at=said_at, session=said_at, source=source)
    return Heard(said_at, source, text, effects_of(person, receipt.change))


def effects_of(person: Memory, change: str | None) -> tuple[Effect, ...]:
    """What a change did to facts."""
    return () if change is None else person.history(change)[0].effects


def view(person: Memory, user: str) -> Viewed:
    """Where somebody lives and what they like, as of several moments."""
    return Viewed(user, tuple((moment, tuple(so(person, user, moment))) for moment in VIEWS))


def so(person: Memory, user: str, moment: str) -> Iterator[str]:
    """What was so at a moment."""
    for relation in VIEWED:
        yield from (fact.text for fact in person.facts(user, relation, as_of=moment))


def dispute(person: Memory, user: str) -> Disputed:
    """Let a form contradict what somebody said; take back what the form says; undo that."""
    heard = hear(person, user, *BIRTHDAYS[user], FORMS[user])
    facts = sorted(person.facts(user, "born_on"), key=lambda fact: fact.evidence[0].said_at)
    wrong = next((fact for fact in facts if any(evidence.source == FORMS[user] for evidence in fact.evidence)), None)
    if wrong is None:
        return Disputed(user, heard, tuple(facts), (), ())
    change = person.retract(wrong.id, reason="a slip in the form").change
    retracted = effects_of(person, change)
    undone = person.undo(change, reason="the form was right").id if change is not None else None
    return Disputed(user, heard, tuple(facts), retracted, effects_of(person, undone))


def draw(person: Memory, path: Path) -> Drawn:
    """The graph and the timeline as pictures, beside the memory's file."""
    from remanence.serve.picture import graph_picture, timeline_picture

    graph, timeline = (path.with_name(f"{path.stem}-{what}.svg") for what in ("graph", "timeline"))
    graph.write_text(graph_picture(person.graph(WHOSE_PICTURE, hops=2), title=WHOSE_PICTURE), encoding="utf-8")
    timeline.write_text(timeline_picture(person.timeline(), title=WHOSE_PICTURE), encoding="utf-8")
    return Drawn(WHOSE_PICTURE, str(graph), str(timeline))
