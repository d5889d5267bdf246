"""The one table of public operations, which every face renders: the command line, later HTTP, MCP and the web page."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from remanence.errors import BadInput
from remanence.types import Budget, Filter, Hits, Kind, Scope, Status, Trust

if TYPE_CHECKING:
    from remanence.memory import Memory

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


class Type(StrEnum):
    """What an argument may be; each has a form in JSON."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    """ISO 8601, or seconds since 1970."""
    MAPPING = "mapping"
    VALUE = "value"
    """Any JSON value."""
    LINES = "lines"
    """A stream of lines."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an operation. `target`: the keyword of the method where it has another name; "where.since" is the
    field `since` of its keyword `where`. `bare`: on a command line it stands without its name, as every required one does."""

    name: str
    type: Type
    help: str
    default: Any = None
    required: bool = False
    repeatable: bool = False
    choices: tuple[str, ...] = ()
    target: str = ""
    bare: bool = False

    @property
    def keyword(self) -> str:
        return self.target or self.name


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a memory can do. `method`: its name on `Memory`; `python_only`: arguments that are objects, with the reason;
    `embeds`: whether it needs the embedder; `writes`: whether it changes the memory.

    `python` and `shell` are examples that run: `alice` is a scope, `$ID` one of her episodes, `$CHANGE` the change that
    recorded it, `$FACT` a fact of hers.
    """

    name: str
    summary: str
    method: str
    returns: str
    python: str
    shell: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    python_only: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    embeds: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """Something the command line does that is not an operation on a memory."""

    name: str
    summary: str
    shell: tuple[str, ...]


def text(name: str, help: str, **more: Any) -> Argument:
    """An argument that is text."""
    return Argument(name, Type.TEXT, help, **more)


def moment(name: str, help: str, **more: Any) -> Argument:
    """An argument that is a moment."""
    return Argument(name, Type.MOMENT, help, **more)


def flag(name: str, help: str, default: bool = False) -> Argument:
    """An argument that is yes or no."""
    return Argument(name, Type.FLAG, help, default)


KINDS, TRUSTS = tuple(kind.value for kind in Kind), tuple(trust.value for trust in Trust)
STATUSES = (*(status.value for status in Status), "all")
REASON = text("reason", "Why; kept in the history.", default="")
EMBED = flag("embed", "Make the vectors at once; without it they wait for `reindex`.", True)
PROGRESS = {"progress": "a function; the faces show a progress bar"}

QUESTION = text("question", "What to look for, in words.", required=True)
FINDING = (
    Argument("by", Type.TEXT, "Single episodes, or the best episode of each session.", "episode", choices=("episode", "session")),
    text("speaker", "Only what this speaker said.", target="where.speaker"),
    text("role", "Only messages of this role.", target="where.role"),
    text("kind", "Only this kind of episode.", choices=KINDS, target="where.kind"),
    text("source", "Only from this source.", target="where.source"),
    text("trust", "Only what these vouch for.", repeatable=True, choices=TRUSTS, target="where.trust"),
    moment("since", "Only what was said at or after this moment.", target="where.since"),
    moment("until", "Only what was said before this moment.", target="where.until"),
    Argument("metadata", Type.MAPPING, "Only episodes with these metadata.", target="where.metadata"),
    moment("as_of", "What was so at this moment."),
    moment("known_at", "What was known at this moment."),
    text("recent", "A turn of the conversation in which it is asked, oldest first.", repeatable=True),
    Argument("budget_seconds", Type.NUMBER, "Time that may be spent; arms that do not fit are left out.", target="budget.seconds"),
    Argument("budget_tokens", Type.INTEGER, "Tokens that the hits may have together.", target="budget.tokens"),
)
FINDING_IN_PYTHON = {"reranker": "an object that fulfils the `Reranker` port"}

ABOUT = text("about", "A name that somebody or something goes by; default: everybody.", bare=True)
VIEWED = (moment("as_of", "What was so at this moment; default: now."), moment("known_at", "By what was known at this moment."))
LIMIT = Argument("limit", Type.INTEGER, "How many at most.")


def said_by(keyword: str) -> tuple[Argument, ...]:
    """Conditions on what was said, as parts of the filter `keyword`."""
    return (
        text("source", "Everything from this source.", target=f"{keyword}.source"),
        text("speaker", "Everything this speaker said.", target=f"{keyword}.speaker"),
        text("trust", "Everything that only these vouch for.", repeatable=True, choices=TRUSTS, target=f"{keyword}.trust"),
        moment("since", "Everything said at or after this moment.", target=f"{keyword}.since"),
        moment("before", "Everything said before this moment.", target=f"{keyword}.until"),
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "record",
        "Record experience word for word, and read what it says is so; durable before it answers.",
        "record",
        "Receipt",
        'alice.record("I moved to Lisbon; I\'m allergic to peanuts.", said_at="2026-03-02T18:00+00:00", speaker="Alice")',
        (
            'remanence --user alice record "I moved to Lisbon; I\'m allergic to peanuts." --said-at 2026-03-02T18:00+00:00',
            "remanence --user alice record --file chat.jsonl",
            "echo '我三月搬到了里斯本。' | remanence --user alice record -",
        ),
        (
            Argument("experience", Type.VALUE, "A text, a chat message, a list of messages, or any JSON.", required=True),
            text("session", "The session it belongs to."),
            moment("said_at", "When it was said; default: now, or what each message says of itself."),
            text("speaker", "Who said it: the human side."),
            text("role", "Role of the speaker: user, assistant, tool, …"),
            text("source", "Where it comes from: a file, an address, an application."),
            text("trust", "Who vouches for the words.", choices=TRUSTS),
            text("key", "Recording the same key twice is one episode."),
            text("kind", "What sort of experience it is; default: as it looks.", choices=KINDS),
            Argument("metadata", Type.MAPPING, "Anything else worth keeping with it."),
            EMBED,
        ),
        writes=True,
        embeds=True,
    ),
    Operation(
        "recall",
        "Find what bears on a question, best first, each with source, date, confidence and why.",
        "recall",
        "Hits",
        'alice.recall("where does she live?", limit=5)',
        (
            'remanence --user alice recall "where does she live?" --limit 5',
            'remanence --user alice recall "她住在哪里？" --as-of 2026-01-01 --why',
        ),
        (QUESTION, Argument("limit", Type.INTEGER, "How many hits at most.", 10), *FINDING),
        FINDING_IN_PYTHON,
        embeds=True,
    ),
    Operation(
        "context",
        "Recalled memory as text for a prompt: dated, cited, marked as data, never over its budget.",
        "context",
        "Context",
        'alice.context("plan a dinner", max_tokens=400).text',
        ('remanence --user alice context "plan a dinner" --max-tokens 400',),
        (
            QUESTION,
            Argument("max_tokens", Type.INTEGER, "The most tokens the text may have.", 1000),
            Argument("limit", Type.INTEGER, "How many hits may be used.", 50),
            *FINDING,
        ),
        {**FINDING_IN_PYTHON, "count": "a function; without it tokens are estimated"},
        embeds=True,
    ),
    Operation(
        "facts",
        "What is so, or in doubt: dated facts that follow from what was said, with their evidence.",
        "facts",
        "list[Fact]",
        '[fact.text for fact in alice.facts("Alice")]',
        ("remanence --user alice facts Alice", "remanence --user alice facts --relation lives_in --as-of 2026-04-01 --status all"),
        (
            ABOUT,
            text("relation", "Only facts of this relation (lives_in, likes, …)."),
            *VIEWED,
            text("status", "Only facts that stand so; default: current and contested.", repeatable=True, choices=STATUSES),
            LIMIT,
        ),
    ),
    Operation(
        "fact",
        "One fact with the words it rests on.",
        "fact",
        "Fact",
        "alice.fact(fact).evidence",
        ("remanence --user alice fact $FACT",),
        (text("id", "The fact's id (fa_…).", required=True),),
    ),
    Operation(
        "timeline",
        "All that is or was so of somebody or something, in order of time.",
        "timeline",
        "list[Fact]",
        'alice.timeline("Alice")',
        ("remanence --user alice timeline Alice", "remanence --user alice timeline Alice --picture alice.svg"),
        (ABOUT, *VIEWED, Argument("limit", Type.INTEGER, "Only the latest so many.")),
    ),
    Operation(
        "profile",
        "What is known of somebody, by topic, as text for a prompt and as slots with sources and dates.",
        "profile",
        "Profile",
        'alice.profile("Alice", max_tokens=300).text',
        ("remanence --user alice profile Alice --max-tokens 300",),
        (
            text("about", "Whose; default: the user whose memory it is, else whom most is known of.", bare=True),
            text("topics", "Only these topics, or topic/sub-topic.", repeatable=True),
            Argument("max_tokens", Type.INTEGER, "The most tokens the text may have."),
            flag("history", "Also what was so before, slot by slot."),
            *VIEWED,
        ),
        {"count": "a function; without it tokens are estimated"},
    ),
    Operation(
        "graph",
        "Who and what stands around a name and how, or what leads from one name to another.",
        "graph",
        "Graph",
        'alice.graph("Alice", hops=2)',
        ("remanence --user alice graph Alice --hops 2", "remanence --user alice graph Alice --to Lisbon --picture graph.svg"),
        (
            text("about", "Where to begin; default: everything.", bare=True),
            Argument("hops", Type.INTEGER, "How many steps away.", 1),
            text("to", "Only the way from there to this name."),
            *VIEWED,
        ),
    ),
    Operation(
        "entities",
        "Whom and what facts speak of, with the other names they go by.",
        "entities",
        "list[Entity]",
        "alice.entities()",
        ("remanence --user alice entities", "remanence --user alice entities Lisbon"),
        (text("name", "Only those that go by this name.", bare=True),),
    ),
    Operation(
        "show",
        "Show one episode, word for word.",
        "show",
        "Episode",
        "alice.show(id)",
        ("remanence --user alice show $ID --around 2",),
        (text("id", "The episode's id (ep_…).", required=True),),
    ),
    Operation(
        "correct",
        "Put right what was said, or a fact: the old stays in the history and in every view of what was known before.",
        "correct",
        "Receipt",
        'alice.correct(id, "I moved to Porto; I\'m allergic to peanuts.", reason="she said so")',
        (
            'remanence --user alice correct $ID "I moved to Porto." --reason "she said so"',
            'remanence --user alice correct $FACT Porto --reason "misheard"',
        ),
        (
            text("id", "The id of an episode (ep_…) or of a fact (fa_…).", required=True),
            text("text", "What is so instead; of a fact, the right object alone.", required=True),
            moment("said_at", "From when on; default: now. A corrected fact keeps its own dates."),
            REASON,
        ),
        writes=True,
        embeds=True,
    ),
    Operation(
        "retract",
        "Take back a fact, or all that a source or a speaker ever said: it never was so. The words stay; `undo` brings it back.",
        "retract",
        "Receipt",
        'alice.retract(alice.facts("Alice", "allergic_to")[0].id, reason="it was a rash")',
        (
            'remanence --user alice retract $FACT --reason "a joke"',
            "remanence --user alice retract --source https://example.org/gossip",
        ),
        (text("what", "The fact's id (fa_…).", bare=True), *said_by("what"), REASON),
        writes=True,
        embeds=True,
    ),
    Operation(
        "merge",
        "Make two names one: their facts become those of one person, place or thing. `undo` takes them apart.",
        "merge",
        "Receipt",
        'alice.merge("Bob", "Robert", reason="one and the same")',
        ('remanence --user alice merge Bob Robert --reason "one and the same"',),
        (
            text("one", "A name, or an entity's id (en_…).", required=True),
            text("other", "Another name of the same.", required=True),
            REASON,
        ),
        writes=True,
        embeds=True,
    ),
    Operation(
        "undo",
        "Reverse a change: what it added is retired, what it retired is current again.",
        "undo",
        "Change",
        "alice.undo(change)",
        ("remanence --user alice undo $CHANGE",),
        (text("change", "The change's id (see `history`).", required=True), REASON),
        writes=True,
    ),
    Operation(
        "forget",
        "Erase episodes with all facts that rest on them, and prove it: rows, index and bytes, probed and scanned afterwards.",
        "forget",
        "Certificate",
        'alice.forget("peanuts allergy")',
        (
            "remanence --user alice forget peanuts allergic --yes",
            "remanence --user alice forget $ID --preview",
            "remanence --user alice forget --about Lisbon --preview",
            "remanence --user alice forget --source https://example.org/gossip --before 2026-01-01 --yes",
        ),
        (
            text(
                "what",
                "Ids of episodes or of a fact, or words that all occur in an episode, superseded ones too.",
                repeatable=True,
                bare=True,
            ),
            text("about", "Everything that says anything of this name."),
            *said_by("where"),
            REASON,
            flag("preview", "Only list what would go."),
        ),
        writes=True,
        embeds=True,
    ),
    Operation(
        "history",
        "What changed and why, oldest first; of a fact or of a single change, with the effect on what is believed.",
        "history",
        "list[Change]",
        "alice.history(limit=20)",
        ("remanence --user alice history --limit 20", "remanence --user alice history $FACT", "remanence --user alice history $CHANGE"),
        (text("id", "Only what touched this episode or this fact, or only this change.", bare=True), LIMIT),
    ),
    Operation(
        "distill",
        "Have a language model read what it has not read yet, in place of what the rules made of it.",
        "distill",
        "Distilled",
        "alice.distill(model, limit=100)",
        (
            "remanence --user alice distill openai:gpt-5-mini --budget-calls 10",
            "remanence --user alice distill openai:gpt-5-mini --pending",
        ),
        (
            text("model", "A model's name (openai:MODEL, …), on the command line also from REMANENCE_MODEL.", required=True),
            flag("pending", "Only what it had to put off before."),
            Argument("limit", Type.INTEGER, "How many episodes at most."),
            Argument("budget_seconds", Type.NUMBER, "Time that may be spent.", target="budget.seconds"),
            Argument("budget_tokens", Type.INTEGER, "Tokens that may be spent.", target="budget.tokens"),
            Argument("budget_calls", Type.INTEGER, "How often the model may be asked.", target="budget.calls"),
        ),
        PROGRESS,
        writes=True,
    ),
    Operation(
        "export",
        "Write everything of the scope, episodes and changes, as JSON Lines.",
        "export",
        "Iterator[str]",
        "lines = list(alice.export())",
        ("remanence --user alice export --output alice.jsonl",),
    ),
    Operation(
        "import",
        "Replay an export into this scope; doing it twice is doing it once.",
        "import_",
        "Receipt",
        "memory.import_(lines)",
        ("remanence import alice.jsonl",),
        (Argument("lines", Type.LINES, "The lines of an export.", required=True), EMBED),
        PROGRESS,
        writes=True,
        embeds=True,
    ),
    Operation(
        "doctor",
        "Check the whole file: structure, references, index against ledger.",
        "doctor",
        "list[Finding]",
        "assert all(finding.ok for finding in memory.doctor())",
        ("remanence doctor",),
    ),
    Operation(
        "stats",
        "Counts of the scope and of its file.",
        "stats",
        "Stats",
        "alice.stats().episodes",
        ("remanence --user alice stats",),
    ),
    Operation(
        "reindex",
        "Rebuild terms, vectors and what the rules read from the ledger, also for another embedder.",
        "reindex",
        "Receipt",
        "memory.reindex(pending=True)",
        ("remanence reindex --pending",),
        (flag("pending", "Only make the vectors that are still missing."),),
        PROGRESS,
        writes=True,
        embeds=True,
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "demo",
        "Conversations in Chinese and English: recorded, asked, understood, corrected, forgotten; with two pictures.",
        ("remanence demo",),
    ),
    Command("bench", "Measure remanence beside its baselines.", ("remanence bench locomo --data DIR",)),
    Command("setup", "Install the default embedder's weights, once: fetches 84 MB, converts them to 24 MB.", ("remanence setup",)),
)

NOT_OPERATIONS: Mapping[str, str] = {
    "scope": "narrows what the operations see; every face has it as its scope: global options, a key, a session",
    "record_all": "`record` for streams; the faces use it for files that are too long for one transaction",
    "episodes": "an iterator for programs; `export` writes the same to a file",
    "known_arms": "part of `recall`, for programs that rank by other weights or learn them",
    "close": "belongs to the life of the Python object",
}


def operation(name: str) -> Operation:
    """The operation by this name. Raises `BadInput` naming the nearest."""
    for each in OPERATIONS:
        if each.name == name:
            return each
    raise BadInput(f"There is no operation {name!r}.{nearest(name, [each.name for each in OPERATIONS])}")


def call(memory: Memory, name: str, given: Mapping[str, Any], **python_only: Any) -> Any:
    """Do operation `name` with JSON-friendly arguments. Raises `BadInput` for unknown, missing or wrong ones."""
    wanted = operation(name)
    values = checked(wanted, given)
    return getattr(memory, wanted.method)(**keywords(wanted, values), **python_only)


def checked(wanted: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given, each of its type. Raises `BadInput`."""
    known = {argument.name: argument for argument in wanted.arguments}
    for name in given:
        if name not in known:
            raise BadInput(f"{wanted.name} has no argument {name!r}.{nearest(name, list(known))}")
    values = {name: value for name, value in given.items() if value is not None or known[name].type is Type.VALUE}
    for argument in wanted.arguments:
        if argument.required and argument.name not in values:
            raise BadInput(f"{wanted.name} needs {argument.name!r}: {argument.help}")
    return {name: fitting(value, known[name]) for name, value in values.items()}


def fitting(value: Any, argument: Argument) -> Any:
    """`value` if it is of the argument's type; a repeatable one as a tuple. Raises `BadInput`."""
    if argument.repeatable:
        items = value if isinstance(value, list | tuple) else [value]
        return tuple(_fitting_one(item, argument) for item in items)
    return _fitting_one(value, argument)


_PYTHON = {
    Type.TEXT: (str,),
    Type.INTEGER: (int,),
    Type.NUMBER: (int, float),
    Type.FLAG: (bool,),
    Type.MOMENT: (str, int, float, datetime, date),
    Type.MAPPING: (Mapping,),
}


def _fitting_one(value: Any, argument: Argument) -> Any:
    if argument.type in _PYTHON:
        is_bool = isinstance(value, bool)
        if not isinstance(value, _PYTHON[argument.type]) or (is_bool and argument.type is not Type.FLAG):
            raise BadInput(f"{argument.name}={value!r} must be {argument.type}.")
    if argument.choices and value not in argument.choices:
        raise BadInput(f"{argument.name}={value!r} must be one of {', '.join(argument.choices)}.")
    return value


def keywords(wanted: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of the operation's method; parts of a filter or a budget are put together.

    Raises `BadInput` where a thing that can be said whole or in parts is said in neither way, or in both.
    """
    whole: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for argument in wanted.arguments:
        if argument.name not in values:
            continue
        keyword, _, part = argument.keyword.partition(".")
        if part:
            parts.setdefault(keyword, {})[part] = values[argument.name]
        else:
            whole[keyword] = values[argument.name]
    for keyword in in_either_way(wanted):
        if (keyword in whole) == (keyword in parts):
            others = ", ".join(argument.name for argument in wanted.arguments if argument.keyword.startswith(f"{keyword}."))
            raise BadInput(f"{wanted.name} needs either {keyword!r} or any of {others}, and not both.")
    made: dict[str, Any] = {keyword: (Budget if keyword == "budget" else Filter)(**given) for keyword, given in parts.items()}
    return {**whole, **made}


def in_either_way(wanted: Operation) -> set[str]:
    """The keywords that can be given whole, or as the parts of a filter."""
    said = {argument.keyword for argument in wanted.arguments}
    return {keyword for keyword in said if any(other.startswith(f"{keyword}.") for other in said)}


def nearest(name: str, known: list[str]) -> str:
    """A sentence that names what was probably meant, or everything there is."""
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(known)}."


def as_json(result: Any) -> Json:
    """Any result of an operation as plain JSON: records become objects, moments ISO 8601, numbers that are no number null."""
    if isinstance(result, Enum):
        return as_json(result.value)
    if result is None or isinstance(result, str | bool | int):
        return result
    if isinstance(result, float):
        return result if math.isfinite(result) else None
    if isinstance(result, datetime | date):
        return result.isoformat()
    if isinstance(result, Hits):
        named = {"hits": list(result), "confidence": result.confidence, "skipped": result.skipped, "spent": result.spent}
        return {name: as_json(value) for name, value in named.items()}
    if is_dataclass(result):
        return {name: as_json(value) for name, value in _said(result).items()}
    if isinstance(result, Mapping):
        return {str(name): as_json(value) for name, value in result.items()}
    if isinstance(result, list | tuple | set | frozenset | Iterator):
        return [as_json(item) for item in result]
    raise TypeError(f"{type(result).__name__} has no form in JSON.")


def _said(record: Any) -> dict[str, Any]:
    """A record's fields, and what it says of itself."""
    said = {each.name: getattr(record, each.name) for each in fields(record)}
    said |= {name: getattr(record, name) for name, own in vars(type(record)).items() if isinstance(own, property)}
    return {name: value.as_dict() if isinstance(value, Scope) else value for name, value in said.items()}
