"""The nouns every room shares: scopes, episodes, changes, receipts, hits, contexts. Frozen values, no behaviour beyond their laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from remanence.errors import BadInput, ScopeViolation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCOPE_FIELDS = ("tenant", "user", "agent", "session", "project")


@dataclass(frozen=True, slots=True)
class Scope:
    """A capability: the rows one may see. A field left `None` ranges over all its values; `tenant` is always exactly one.

    Law: a scope can be narrowed, never widened or moved (`narrow` raises `ScopeViolation`).
    """

    tenant: str = "default"
    user: str | None = None
    agent: str | None = None
    session: str | None = None
    project: str | None = None

    def __post_init__(self) -> None:
        for name in SCOPE_FIELDS:
            value = getattr(self, name)
            if value is None and name != "tenant":
                continue
            if not isinstance(value, str) or not value.strip() or "\x00" in value:
                raise BadInput(f"Scope field {name}={value!r} must be a non-empty string without NUL characters.")

    def narrow(self, **given: str | None) -> Scope:
        """This scope with more fields fixed. Raises `ScopeViolation` where a field is already fixed to something else."""
        unknown = set(given) - set(SCOPE_FIELDS)
        if unknown:
            raise BadInput(f"Unknown scope field {sorted(unknown)[0]!r}; a scope has {', '.join(SCOPE_FIELDS)}.")
        wanted = {name: value for name, value in given.items() if value is not None}
        for name, value in wanted.items():
            held = getattr(self, name)
            if held is not None and held != value:
                raise ScopeViolation(f"This scope is fixed to {name}={held!r}; it cannot reach {name}={value!r}.")
        return replace(self, **wanted)

    def contains(self, other: Scope) -> bool:
        """Whether every row of `other` is also a row of this scope."""
        return all(getattr(self, name) in (None, getattr(other, name)) for name in SCOPE_FIELDS)

    def as_dict(self) -> dict[str, str]:
        """The fixed fields only."""
        return {name: value for name in SCOPE_FIELDS if (value := getattr(self, name)) is not None}


class Kind(StrEnum):
    """What sort of experience an episode is. A fact is one stated outright, as JSON with the fields of a `Claim`."""

    TURN = "turn"
    DOCUMENT = "document"
    TOOL = "tool"
    DATA = "data"
    FACT = "fact"


class Trust(StrEnum):
    """Who vouches for the words, most trusted first."""

    USER = "user"
    TOOL = "tool"
    WEB = "web"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a segment stands in the document it was cut from: `document_text[start:end]`, in characters."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One immutable piece of experience, verbatim.

    `said_at` is when the words were said (aware, in the speaker's zone), `heard_at` when remanence recorded them (UTC).
    `valid_to` and `retired_at` are set once a correction supersedes the episode: the end of its validity on the world's
    clock and on ours.
    """

    id: str
    scope: Scope
    kind: Kind
    text: str
    said_at: datetime
    heard_at: datetime
    speaker: str | None = None
    role: str | None = None
    source: str | None = None
    trust: Trust = Trust.USER
    key: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    span: Span | None = None
    valid_to: datetime | None = None
    retired_at: datetime | None = None

    @property
    def is_current(self) -> bool:
        return self.retired_at is None


class Stance(StrEnum):
    """How words bear on a fact: it is so; it is so no longer; it is so and what was said before never was; it never was."""

    AFFIRM = "affirm"
    DENY = "deny"
    CORRECT = "correct"
    RETRACT = "retract"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a stretch of one episode says: subject, relation, object, in the language of the text.

    `subject` and, for relations between people, `object` are names as said, or a path from one ("Alice/sister" for her
    unnamed sister). `relation` is one of the registry, `qualifier` sets slots of one relation apart (favourite *film*).
    `object` may be empty where a denial ends whatever was so; `replaces` is what a correction takes back, empty for
    whatever was said before. `valid_from` and `valid_to` (aware) are what the words say of when, `None` where they say
    nothing; `precision` is the unit they say it in ("day", "season"). `start` and `end` bound the words in the episode's
    text, in characters. `certainty` in (0, 1]: 1 for plain words, less where they may be meant otherwise.
    """

    subject: str
    relation: str
    object: str
    start: int
    end: int
    stance: Stance = Stance.AFFIRM
    qualifier: str = ""
    replaces: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    precision: str = ""
    certainty: float = 1.0
    is_change: bool = False
    """The words speak of a change ("moved to", "now", 改成): whatever else filled the slot ends."""


class ReadingState(StrEnum):
    """Where a reading stands. A deferred one waits to be tried again; a refused one would fail each time."""

    DONE = "done"
    DEFERRED = "deferred"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one distiller made of an episode. `by`: its layer and version, "rules/1" or "model/NAME/PROMPT VERSION".

    Of the layers of an episode only the highest that is done counts: a model's reading sets the rules' aside.
    """

    by: str
    claims: tuple[Claim, ...] = ()
    state: ReadingState = ReadingState.DONE
    detail: str = ""
    """Why it was deferred or refused."""

    @property
    def layer(self) -> str:
        """`rules` or `model`: an episode keeps one reading of each."""
        return self.by.partition("/")[0]


LAYERS = ("rules", "model")
"""The layers of readings, the one that counts most last."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """A claim with the circumstances of its episode: who said it, when, where, on whose word, and how long that held.

    `seq` is the episode's place in its store. `ended_at` and `retired_at` are the episode's ends on the two clocks.
    """

    claim: Claim
    episode: str
    seq: int
    scope: Scope
    said_at: datetime
    heard_at: datetime
    speaker: str | None
    source: str | None
    trust: Trust
    ended_at: datetime | None = None
    retired_at: datetime | None = None


class Status(StrEnum):
    """How a fact stands: so without an end, so until an end, in doubt beside its rivals, or never so."""

    CURRENT = "current"
    ENDED = "ended"
    CONTESTED = "contested"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that bear on a fact: `text[start:end]` of an episode, who said them, when, and which way they bear."""

    episode: str
    start: int
    end: int
    said_at: datetime
    speaker: str | None
    source: str | None
    trust: Trust
    stance: Stance


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated statement that follows from what was said.

    `subject` is the id of an entity, `subject_name` its name; `object` the value as said last, `object_entity` the id of
    the entity it names, if it names one. So from `valid_from` (`None`: unknown) until `valid_to` (`None`: no end known),
    known to `precision`. `recorded_at`: when its first evidence was heard. `rivals`: the facts it is contested with.
    `quarantined`: nobody but the web, a model, or words that may not be meant vouches for it: it stays out of weights.
    """

    id: str
    subject: str
    subject_name: str
    relation: str
    object: str
    text: str
    status: Status
    qualifier: str = ""
    object_entity: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    precision: str = ""
    recorded_at: datetime | None = None
    confidence: float = 1.0
    trust: Trust = Trust.USER
    quarantined: bool = False
    evidence: tuple[Evidence, ...] = ()
    rivals: tuple[str, ...] = ()
    denied: bool = False
    """The fact is that it is *not* so: it was denied and never affirmed."""

    @property
    def expires_at(self) -> datetime | None:
        """When it ends or ended, to the second and further; `None` where no end is known."""
        return self.valid_to

    def holds_at(self, moment: datetime) -> bool:
        """Whether it was so at `moment` (aware), by what is known."""
        return (self.valid_from is None or self.valid_from <= moment) and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did to one fact: brought it in, ended it, put it in doubt, took it back, or gave it more evidence."""

    action: Action
    fact: Fact
    before: Fact | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, place, organisation or thing that facts speak of. `aliases`: other names it goes by; `facts`: how many."""

    id: str
    name: str
    kind: str = ""
    aliases: tuple[str, ...] = ()
    facts: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """An episode with what search needs of it, written in one transaction.

    `terms`: uint32 hashes of its terms in reading order, shape [length]; `vector`: float32 of unit length, shape
    [dimension], or `None` while its embedding is deferred; `cues`: a bit for each of `remanence.language.cues.CUES`;
    `readings`: what distillers made of it, one per layer.
    """

    episode: Episode
    terms: NDArray[np.uint32]
    vector: NDArray[np.float32] | None = None
    cues: int = 0
    readings: tuple[Reading, ...] = ()


BY_HAND = "by hand"
"""The source of what the owner of a memory states, corrects or retracts outright: it counts as if the one concerned spoke."""


class Action(StrEnum):
    """What a change does to what is believed."""

    ASSERT = "assert"
    CONFIRM = "confirm"
    SUPERSEDE = "supersede"
    CONTEST = "contest"
    RETRACT = "retract"
    MERGE = "merge"
    UNDO = "undo"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Change:
    """A decision as a value. The store commits it in one transaction and keeps it, without any text, as history.

    `added` names the episodes it brings in, `retired` those it ends (at `ends_at` on the world's clock; without it, as if
    they had never been so), `restored` those it makes current again, `undoes` the change it reverses.
    """

    id: str
    action: Action
    scope: Scope
    made_at: datetime
    added: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    ends_at: datetime | None = None
    undoes: str | None = None
    reason: str = ""
    effects: tuple[Effect, ...] = ()
    """What it did to facts: worked out where it is asked for, never stored."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A secret that was taken out before anything was stored: its kind and how often, never its text."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that was not recorded: its place in the input (0-based) and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What a verb used up."""

    seconds: float = 0.0
    tokens: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """What a verb may use up; `None` means no limit."""

    seconds: float | None = None
    tokens: int | None = None
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written. `ids` follow the input; those already known from an earlier record are repeated in `duplicates`."""

    change: str | None
    ids: tuple[str, ...]
    duplicates: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    spent: Spent = Spent()


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time [start, end), aware, with the words it was read from."""

    start: datetime
    end: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """One arm's reason for a hit: its rank among that arm's finds (1 = best) and its own score."""

    arm: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A found episode: `score` rises with relevance, `confidence` is the calibrated chance that it bears on the question."""

    episode: Episode
    score: float
    confidence: float
    why: tuple[Why, ...] = ()


class Hits(list[Hit]):
    """Hits, best first. `confidence`: calibrated chance that the question is answered by them; `skipped`: arms left out to
    keep the budget, with the reason; `spent`: what the search used."""

    def __init__(
        self,
        hits: Sequence[Hit] = (),
        confidence: float = 0.0,
        skipped: Mapping[str, str] | None = None,
        spent: Spent = Spent(),
    ) -> None:
        super().__init__(hits)
        self.confidence = confidence
        self.skipped = dict(skipped or {})
        self.spent = spent


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions every hit must meet; `None` leaves a condition out. `since`/`until` bound `said_at` as [since, until).

    A memory also takes what `record` takes for a date, and kinds and trusts by name."""

    speaker: str | None = None
    role: str | None = None
    kind: Kind | None = None
    source: str | None = None
    trust: tuple[Trust, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    metadata: Mapping[str, Any] | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, f.name) is None for f in fields(self))


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of one numbered line of a context."""

    number: int
    episode: str
    said_at: datetime
    speaker: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """Recalled memory as text for a prompt: `tokens` ≤ `max_tokens` by the caller's count, each line cited."""

    text: str
    citations: tuple[Citation, ...]
    tokens: int
    max_tokens: int
    confidence: float
    left_out: int = 0
    spent: Spent = Spent()


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether an episode was found by its own words, before and after an erasure (rank 1 = best, `None` = not found)."""

    episode: str
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """Proof of an erasure: what was removed, probes of it and of its neighbours, and what a scan of the files still found."""

    change: str | None
    removed: tuple[str, ...]
    probes: tuple[Probe, ...]
    neighbours: tuple[Probe, ...]
    residue: int
    scanned_bytes: int
    made_at: datetime
    spent: Spent = Spent()
    facts: tuple[str, ...] = ()
    """Ids of the facts that rested on nothing else, and are gone (in a preview: will be)."""
    facts_left: tuple[str, ...] = ()
    """Ids of the facts that lost some of their evidence and still rest on other words."""
    facts_unharmed: bool = True
    """Every fact that rested on none of the erased words is believed as before."""

    @property
    def is_clean(self) -> bool:
        """Nothing erased is found any more, in search or in the bytes of the files, and no neighbour was harmed."""
        gone = all(probe.rank_after is None for probe in self.probes)
        kept = all(probe.rank_after is not None for probe in self.neighbours if probe.rank_before is not None)
        return gone and kept and self.residue == 0 and self.facts_unharmed


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a doctor's report: `ok` says whether the check passed, `advice` what to do where it did not."""

    check: str
    ok: bool
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of one scope and of the file that holds it."""

    episodes: int
    retired: int
    deferred: int
    sessions: int
    speakers: int
    changes: int
    first_said_at: datetime | None
    last_said_at: datetime | None
    embedder: str
    dimension: int
    schema: int
    bytes: int
    claims: int = 0
    undistilled: int = 0
    """Episodes whose reading by a model was deferred: `distill(pending=True)` tries them again."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two entities that may be one: how likely, in (0, 1], and why. Nothing is done about it unless somebody merges them."""

    one: Entity
    other: Entity
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Edge:
    """What joins two entities (by id), as a fact says it; without a fact where only a name does ("Alice/sister")."""

    source: str
    target: str
    relation: str
    text: str
    fact: str | None = None
    status: Status = Status.CURRENT
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Graph:
    """Entities and what joins them."""

    nodes: tuple[Entity, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """One current fact in a profile: its value and qualifier, when it was so, what vouches for it.

    `noted_at`: when it was said last; `sources`: the episodes it rests on; `rivals`: the facts it is contested with.
    """

    fact: str
    relation: str
    value: str
    qualifier: str
    text: str
    status: Status
    valid_from: datetime | None
    valid_to: datetime | None
    noted_at: datetime | None
    confidence: float
    sources: tuple[str, ...]
    rivals: tuple[str, ...] = ()
    denied: bool = False
    quarantined: bool = False
    precision: str = ""

    @property
    def is_contested(self) -> bool:
        return self.status is Status.CONTESTED


@dataclass(frozen=True, slots=True)
class ProfileSlot:
    """What is known of one sub-topic, what is current first."""

    topic: str
    sub_topic: str
    values: tuple[ProfileValue, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The current facts of one subject by topic and sub-topic; `text` is the same for a prompt, within `max_tokens`.

    The slots hold everything; `left_out` says how many of their values the text could not afford.
    """

    subject: str
    slots: tuple[ProfileSlot, ...]
    text: str = ""
    tokens: int = 0
    max_tokens: int | None = None
    left_out: int = 0
