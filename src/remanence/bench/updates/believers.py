"""Who is asked in the `updates` bench, each behind one seam: sessions are heard in order, then questions about slots are put.

Ours is used through the public `Memory` alone. Systems that hold no facts answer from texts: what they find for the slot's
question, newest first, and of it the value; which words are values they are told.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from remanence.bench.lexical import Bm25, tokens
from remanence.bench.peers.process import Mem0Process
from remanence.bench.systems import APART, Setup
from remanence.bench.updates.bank import Bank
from remanence.bench.updates.times import MONTHS
from remanence.bench.updates.world import Claim, Question, Utterance, World
from remanence.distill.extract import read
from remanence.distill.relations import registry
from remanence.errors import BadInput
from remanence.memory import Memory
from remanence.types import Episode, Filter, Kind, Scope, Stance, Status, Trust

DEPTH = 10
"""Of what is found for a question, so much is read, newest first: the best of 1, 3, 5 and 10 on the development bank."""
MANY_VALUED = frozenset({"allergic_to", "plays", "pet", "likes", "dislikes"})

_MONTH = {name[:3].casefold(): number for number, name in enumerate(MONTHS, 1)}
_MONTHS, _DAY = "|".join(MONTHS), r"(\d{1,2})(?:st|nd|rd|th)?"
_ENGLISH_DAY = re.compile(rf"\b(?:{_DAY}\s+(?:of\s+)?({_MONTHS})|({_MONTHS})\s+{_DAY})(?!\w)", re.I)
_CHINESE_DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?")
_FRAME = re.compile(r"^(?:the|an?)\s+|^[\s\"'“”‘’《》「」.,!?。，！？]+|[\s\"'“”‘’《》「」.,!?。，！？]+$", re.I)


class Belief(NamedTuple):
    """What a system holds for a slot, as `normal` writes values."""

    current: frozenset[str]
    contested: frozenset[str] = frozenset()

    @property
    def held(self) -> frozenset[str]:
        return self.current | self.contested


class Believer(Protocol):
    """Laws: after `start` nothing of an earlier world is known; an answer rests on what was heard before it."""

    name: str

    def start(self, world: World, bank: Bank) -> None: ...

    def hear(self, session: Sequence[Utterance]) -> None:
        """One whole session, later than those before it."""
        ...

    def believed(self, question: Question, now: datetime, as_of: datetime | None = None) -> Belief:
        """What is so of the question's slot at `as_of`, by default `now`."""
        ...

    def close(self) -> None: ...


def normal(value: str) -> str:
    """`value` without articles, quotation marks and capitals; a day of the year in one way of writing it."""
    text = unicodedata.normalize("NFKC", value).strip()
    if _ENGLISH_DAY.fullmatch(text) or _CHINESE_DAY.fullmatch(text):
        return days_in(text)[0]
    while (shorter := _FRAME.sub("", text)) != text:
        text = shorter
    return " ".join(text.casefold().split())


def normals(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(normal, values))


def days_in(text: str) -> list[str]:
    """Days of the year that `text` names, as "month-day"."""
    english = [(_MONTH[(two or three)[:3].casefold()], int(one or four)) for one, two, three, four in _ENGLISH_DAY.findall(text)]
    chinese = [(int(month), int(day)) for month, day in _CHINESE_DAY.findall(text)]
    return [f"{month}-{day}" for month, day in (*english, *chinese)]


# ------------------------------------------------------------------ ours


class Remanence:
    """This library: a file a world, asked by `facts`. It is given the sentences, or their structured form."""

    def __init__(self, name: str, setup: Setup, is_told_claims: bool = False) -> None:
        self.name = name
        self._setup, self._is_told_claims = setup, is_told_claims
        self._clock = _Clock()
        self._memory: Memory | None = None

    def start(self, world: World, bank: Bank) -> None:
        del bank
        self.close()
        self._memory = Memory(Path(tempfile.mkdtemp(dir=self._setup.work)) / "memory.db", embedder=None, clock=self._clock)
        self._scope = self._memory.scope(user=world.user)

    def hear(self, session: Sequence[Utterance]) -> None:
        for number, said in enumerate(session):
            self._clock.moment = said.said_at
            if self._is_told_claims:
                for claim in said.claims:
                    self._record(dict(claim), said, number, Kind.FACT)
            else:
                self._record(said.text, said, number)

    def believed(self, question: Question, now: datetime, as_of: datetime | None = None) -> Belief:
        self._clock.moment = now
        found = self._scope.facts(question.about, question.relation, as_of=as_of)
        mine = [fact for fact in found if normal(fact.qualifier) == normal(question.qualifier) and not fact.denied]
        return Belief(
            normals(fact.object for fact in mine if fact.status is Status.CURRENT),
            normals(fact.object for fact in mine if fact.status is Status.CONTESTED),
        )  # fmt: skip

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _record(self, experience: object, said: Utterance, number: int, kind: Kind | None = None) -> None:
        self._scope.record(
            experience, said_at=said.said_at, speaker=said.speaker, role=None if kind else said.role, source=said.source,
            trust=said.trust, kind=kind, key=f"{said.said_at.isoformat()} {number}",
        )  # fmt: skip


class Unreconciled:
    """What everybody ever affirmed is so, all of it, for ever: claims without reconciliation, from sentences or as told."""

    def __init__(self, name: str, is_told_claims: bool = False) -> None:
        self.name = name
        self._is_told_claims = is_told_claims

    def start(self, world: World, bank: Bank) -> None:
        del bank
        self._user = world.user
        self._affirmed: dict[tuple[str, str, str], list[tuple[datetime, str]]] = defaultdict(list)

    def hear(self, session: Sequence[Utterance]) -> None:
        for said in session:
            for claim in said.claims if self._is_told_claims else self._read(said):
                if claim.get("stance", Stance.AFFIRM) in (Stance.AFFIRM, Stance.CORRECT):
                    slot = (claim["subject"], claim["relation"], normal(claim.get("qualifier", "")))
                    self._affirmed[slot].append((said.said_at, normal(claim["object"])))

    def believed(self, question: Question, now: datetime, as_of: datetime | None = None) -> Belief:
        told = self._affirmed.get((question.about, question.relation, normal(question.qualifier)), [])
        return Belief(frozenset(value for said_at, value in told if said_at <= (as_of or now)))

    def close(self) -> None:
        self._affirmed = defaultdict(list)

    def _read(self, said: Utterance) -> list[Claim]:
        episode = Episode(
            "", Scope(user=self._user), Kind.TURN, said.text, said.said_at, said.said_at, said.speaker, said.role, said.source,
            Trust(said.trust),
        )  # fmt: skip
        return [asdict(claim) for claim in read(episode, registry()).claims]


class _Clock:
    """The `Clock` port: the present is when something is said or asked."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2000-01-01T00:00+00:00")

    def now(self) -> datetime:
        return self.moment


# ------------------------------------------------------------------ systems that hold texts


class Find(Protocol):
    """A way to find texts by their numbers."""

    def start(self, world: World) -> None: ...

    def add(self, number: int, said: Utterance) -> None: ...

    def find(self, question: str, until: datetime, limit: int) -> list[int]:
        """The best texts said until then, best first."""
        ...

    def close(self) -> None: ...


class NewestText:
    """The value in the newest of the texts found for the slot's question that the person said or that name the person; of slots
    with many values, all in those texts."""

    def __init__(self, name: str, finder: Find, depth: int = DEPTH) -> None:
        self.name = name
        self._finder, self._depth = finder, depth

    def start(self, world: World, bank: Bank) -> None:
        self._bank = bank
        self._texts: list[Utterance] = []
        self._finder.start(world)

    def hear(self, session: Sequence[Utterance]) -> None:
        for said in session:
            self._finder.add(len(self._texts), said)
            self._texts.append(said)

    def believed(self, question: Question, now: datetime, as_of: datetime | None = None) -> Belief:
        asked = self._bank.questions[question.relation].format(who=question.about, q=question.qualifier)
        found = sorted(self._finder.find(asked, as_of or now, self._depth), reverse=True)
        mine = [said for said in (self._texts[number] for number in found) if question.about == said.speaker or question.about in said.text]
        told = [values for said in mine if (values := self._values(question, said.text))]
        if question.relation in MANY_VALUED:
            return Belief(frozenset(value for values in told for value in values))
        # Where a text names two values, the one behind is more often the new one: "from Porto to Oslo".
        return Belief(frozenset(told[0][-1:]) if told else frozenset())

    def close(self) -> None:
        self._finder.close()

    def _values(self, question: Question, text: str) -> list[str]:
        """Values of the slot's type that `text` names, in its order."""
        if question.relation == "born_on":
            return days_in(text)
        return values_in(text, self._bank.values(question.relation, question.qualifier))


def values_in(text: str, values: Iterable[str]) -> list[str]:
    """Those of `values` that `text` names, in its order, as `normal` writes them."""
    places = []
    for value in values:
        bounded = rf"(?<!\w){re.escape(value)}(?!\w)" if value.isascii() else re.escape(value)
        if found := re.search(bounded, text, re.I):
            places.append((found.start(), normal(value)))
    return [value for _, value in sorted(places)]


class ByRecall:
    """Our own recall."""

    def __init__(self, setup: Setup) -> None:
        self._setup, self._clock = setup, _Clock()
        self._memory: Memory | None = None

    def start(self, world: World) -> None:
        self.close()
        self._memory = Memory(Path(tempfile.mkdtemp(dir=self._setup.work)) / "memory.db", embedder=self._setup.embedder, clock=self._clock)
        self._scope = self._memory.scope(user=world.user)

    def add(self, number: int, said: Utterance) -> None:
        self._clock.moment = said.said_at
        self._scope.record(
            said.text, said_at=said.said_at, speaker=said.speaker, role=said.role, source=said.source, trust=said.trust,
            key=str(number), metadata={"number": number},
        )  # fmt: skip

    def find(self, question: str, until: datetime, limit: int) -> list[int]:
        self._clock.moment = until
        hits = self._scope.recall(question, limit=limit, where=Filter(until=until))
        return [int(hit.episode.metadata["number"]) for hit in hits]

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None


class ByWords:
    """BM25."""

    def start(self, world: World) -> None:
        del world
        self._index, self._said_at = Bm25(), list[datetime]()

    def add(self, number: int, said: Utterance) -> None:
        assert number == len(self._said_at)
        self._index.add(tokens(_line(said)))
        self._said_at.append(said.said_at)

    def find(self, question: str, until: datetime, limit: int) -> list[int]:
        scores = self._index.scores(tokens(question))
        known = [row for row, said_at in enumerate(self._said_at) if said_at <= until and scores[row] > 0]
        return sorted(known, key=lambda row: -scores[row])[:limit]

    def close(self) -> None:
        self._said_at = []


class ByMem0:
    """mem0 without a language model (`infer=False`), with our embedder, in its own environment. It cannot be asked about the
    past: of what it finds, what was said later is left out."""

    MORE = 4

    def __init__(self, setup: Setup) -> None:
        self._process = Mem0Process(setup.peers, "qdrant", setup.embedder.name, Path(tempfile.mkdtemp(dir=setup.work)))
        self._users = 0

    def start(self, world: World) -> None:
        del world
        self._users += 1
        self._said_at: list[datetime] = []

    def add(self, number: int, said: Utterance) -> None:
        self._process.add(f"user-{self._users}", [_line(said)], first=number)
        self._said_at.append(said.said_at)

    def find(self, question: str, until: datetime, limit: int) -> list[int]:
        found = self._process.search(f"user-{self._users}", question, self.MORE * limit)
        return [row for row, _ in found if self._said_at[row] <= until][:limit]

    def close(self) -> None:
        self._process.close()


def _line(said: Utterance) -> str:
    return f"{said.speaker}: {said.text}" if said.speaker else said.text


# ------------------------------------------------------------------ which

Maker = Callable[[Setup], Believer]

SYSTEMS: Mapping[str, Maker] = {
    "remanence": lambda setup: Remanence("remanence", setup),
    "remanence-stated": lambda setup: Remanence("remanence-stated", setup, is_told_claims=True),
    "unreconciled": lambda _: Unreconciled("unreconciled"),
    "unreconciled-stated": lambda _: Unreconciled("unreconciled-stated", is_told_claims=True),
    "newest-text": lambda setup: NewestText("newest-text", ByRecall(setup)),
    "newest-bm25": lambda _: NewestText("newest-bm25", ByWords()),
    "mem0": lambda setup: NewestText("mem0", ByMem0(setup)),
}
"""`remanence` hears the sentences; "-stated" systems are told what they mean."""


def chosen(wanted: Sequence[str]) -> list[str]:
    """The names in `wanted`, or all that need no installing; "all" means every one. Raises `BadInput` for an unknown name."""
    for name in wanted:
        if name not in (*SYSTEMS, "all"):
            raise BadInput(f"There is no system {name!r} in this task. There are: {', '.join(SYSTEMS)}; or 'all'.")
    if "all" in wanted:
        return list(SYSTEMS)
    return list(wanted) or [name for name in SYSTEMS if name not in APART]
