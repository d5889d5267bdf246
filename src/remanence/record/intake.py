"""Turn whatever the user gives into episodes ready to be stored, together with what was refused and what was redacted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, TypeVar, cast

from remanence.errors import BadInput
from remanence.language.moment import read_moment
from remanence.record.identity import digest, document_id, episode_id, segment_key
from remanence.record.message import (
    MESSAGE_KEYS,
    is_conversation,
    is_message,
    json_text,
    plain_json,
    text_of,
    tool_results_in,
    tools_named_in,
    why_unstorable,
    without_binary,
)
from remanence.record.redact import Json, redact, redact_json
from remanence.record.segment import segment
from remanence.types import Episode, Kind, Redaction, Refusal, Scope, Span, Trust

USERS = frozenset({"user", "human"})
MODELS = frozenset({"assistant", "ai", "model", "bot"})
TOOLS = frozenset({"tool", "function"})
SYSTEMS = frozenset({"system", "developer"})
WEB = ("http://", "https://")
LONGEST_NAME = 1_000


@dataclass(frozen=True, slots=True)
class Document:
    """A long text to be recorded in segments. `format` says where it may be cut; `title` is kept as metadata."""

    text: str
    title: str | None = None
    source: str | None = None
    format: Literal["text", "markdown"] = "text"

    def __post_init__(self) -> None:
        if self.format not in ("text", "markdown"):
            raise BadInput(f"Document format={self.format!r} is not known; use 'text' or 'markdown'.")


@dataclass(frozen=True, slots=True)
class Limits:
    """`text_bytes`: the longest text taken, in UTF-8 bytes. `turn`: characters above which a text is cut into segments,
    `target` and `segment`: the usual and the greatest length of these, in characters."""

    text_bytes: int = 10_000_000
    turn: int = 4_000
    target: int = 800
    segment: int = 1_600


class Numbering:
    """What a stream has held so far, handed from one intake to the next so that its batches are numbered as one list."""

    def __init__(self) -> None:
        self.items = 0
        self.seen: Counter[str] = Counter()


@dataclass(frozen=True, slots=True)
class Intake:
    """Episodes in the order given (a document's segments follow each other), refused items, and what was taken out."""

    episodes: tuple[Episode, ...]
    refused: tuple[Refusal, ...] = ()
    redactions: tuple[Redaction, ...] = ()


def intake(
    experience: object,
    *,
    scope: Scope,
    heard_at: datetime,
    said_at: datetime | str | int | float | None = None,
    speaker: str | None = None,
    role: str | None = None,
    source: str | None = None,
    trust: Trust | str | None = None,
    key: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    kind: Kind | str | None = None,
    include_system: bool = False,
    limits: Limits = Limits(),
    numbering: Numbering | None = None,
) -> Intake:
    """Read `experience` into episodes of `scope`.

    Taken: a string; a `Document`; a chat message or a list of messages, strings and documents; `{"messages": [...]}`, whose
    own `session`, date, `source`, `trust`, `speaker`, `key` and `metadata` hold for its messages; any other JSON value,
    kept as JSON text. A text longer than `limits.turn` is cut into segments, whose texts joined give it back.

    `heard_at`: aware, in the user's zone, in which dates without one are read. What a message says of itself (`speaker` or
    `name`, `said_at`, `timestamp` or `created_at`, `source`, `key`, `metadata`, `session`) goes before the arguments; its
    `trust` can only lower the one given here; without either, the role says who vouches, and at best the web does for what
    has a web address as its `source`. `speaker` names the human side. Other keys of a message become metadata.
    With `key`, the same thing may be recorded twice and is one episode; the items of a list get `key#0`, `key#1`, …,
    going on where `numbering` stands.

    In a list, items that are empty, too long, unstorable, or system messages (unless `include_system`) are refused one by
    one; given alone, they raise. Raises `BadInput` naming the place for anything else that cannot be used, and
    `ScopeViolation` for a message of a session outside `scope`.
    """
    if not isinstance(heard_at, datetime) or heard_at.utcoffset() is None:
        raise BadInput(f"heard_at={heard_at!r} must be a datetime with a time zone.")
    given = _Given(
        said_at=None if said_at is None else read_moment(said_at, heard_at),
        speaker=_name(speaker, "speaker"),
        role=_name(role, "role"),
        source=_name(source, "source"),
        trust=_choice(Trust, trust, "trust"),
        key=_name(key, "key"),
        metadata=_metadata(metadata, "metadata"),
        kind=_choice(Kind, kind, "kind"),
    )
    return _Desk(scope, heard_at, include_system, limits, numbering or Numbering()).take(experience, given)


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known of an item besides its words."""

    said_at: datetime | None = None
    speaker: str | None = None
    role: str | None = None
    source: str | None = None
    trust: Trust | None = None
    key: str | None = None
    metadata: dict[str, Json] = field(default_factory=dict)
    kind: Kind | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing to be read: its value, where the user finds it again, and what its surroundings say of it."""

    value: object
    place: str
    given: _Given


@dataclass(frozen=True, slots=True)
class _Draft:
    """An item that has been read: words, and where they may be cut."""

    text: str
    given: _Given
    kind: Kind
    trust: Trust
    markdown: bool


class _Refused(Exception):
    """Why one item is not recorded, while its neighbours are."""


class _Desk:
    """Works through one intake, counting what was taken out and what was said twice."""

    def __init__(self, scope: Scope, heard_at: datetime, include_system: bool, limits: Limits, numbering: Numbering) -> None:
        self.scope = scope
        self.heard_at = heard_at
        self.heard_utc = heard_at.astimezone(UTC)
        self.include_system = include_system
        self.limits = limits
        self.taken: Counter[str] = Counter()
        self.numbering = numbering
        self.seen = numbering.seen
        self.tools: dict[str, str] = {}
        self.clean_names: dict[str, str] = {}
        self.scopes: dict[str | None, Scope] = {None: scope}
        for name, value in scope.as_dict().items():
            _storable(value, f"scope.{name}")

    def take(self, experience: object, given: _Given) -> Intake:
        items, is_single = self._items(experience, given)
        self.tools = tools_named_in([item.value for item in items])
        episodes: list[Episode] = []
        refused: list[Refusal] = []
        for index, item in enumerate(items):
            try:
                episodes += self._episodes(self._read(item))
            except _Refused as reason:
                if is_single:
                    raise BadInput(f"{item.place} {reason}") from None
                refused.append(Refusal(index, str(reason)))
        return Intake(tuple(episodes), tuple(refused), tuple(Redaction(k, n) for k, n in self.taken.items()))

    # --- from what was given to items ---

    def _items(self, experience: object, given: _Given) -> tuple[list[_Item], bool]:
        if given.kind is Kind.DATA and not isinstance(experience, Document):
            return [_Item(experience, "The value", given)], True
        if is_conversation(experience):
            conversation = cast(Mapping[str, object], experience)
            return self._conversation(conversation, "", given), False
        if not isinstance(experience, (list, tuple)):
            return [_Item(experience, _title(experience), given)], True
        if not experience:
            raise BadInput("The list is empty: there is nothing to record.")
        if not (all(isinstance(v, str) for v in experience) or any(map(_is_item, experience))):
            return [_Item(experience, "The value", given)], True
        items: list[_Item] = []
        first = self.numbering.items
        for i, value in enumerate(experience):
            if is_conversation(value):
                items += self._conversation(cast(Mapping[str, object], value), f"item {i}", _numbered(given, first + i))
            else:
                items.append(_Item(value, f"item {i}", _numbered(given, first + i)))
        self.numbering.items += len(experience)
        return items, False

    def _conversation(self, conversation: Mapping[str, object], place: str, given: _Given) -> list[_Item]:
        """The messages of `{"messages": [...]}`, each knowing what the conversation says of itself."""
        own = self._own_words(conversation, place or "The conversation", given)
        messages = cast(list[object], conversation["messages"])
        if not messages:
            raise BadInput(f"{place or 'The conversation'} has no messages: there is nothing to record.")
        where = f"{place} messages" if place else "messages"
        return [_Item(value, f"{where}[{i}]", _numbered(own, i)) for i, value in enumerate(messages)]

    def _own_words(self, said: Mapping[str, object], place: str, given: _Given) -> _Given:
        """What a message or a conversation says of itself, over what the call says."""
        dates = (name for name in ("said_at", "timestamp", "created_at") if said.get(name) is not None)
        date = next(dates, None)
        session = said.get("session")
        if isinstance(session, int) and not isinstance(session, bool):
            session = str(session)
        key = _name(said.get("key"), f"{place} key")
        return _Given(
            said_at=given.said_at if date is None else read_moment(said[date], self.heard_at, f"{place} {date}"),
            speaker=_name(said.get("speaker"), f"{place} speaker") or given.speaker,
            source=_name(said.get("source"), f"{place} source") or given.source,
            role=given.role,
            trust=given.trust if said.get("trust") is None else _lower(_choice(Trust, said["trust"], f"{place} trust"), given.trust),
            key=key or given.key,
            metadata={**given.metadata, **_metadata(said.get("metadata"), f"{place} metadata")},
            kind=given.kind,
            session=_name(session, f"{place} session") or given.session,
        )

    # --- from an item to a draft ---

    def _read(self, item: _Item) -> _Draft:
        if isinstance(item.value, Document):
            return self._read_document(item.value, item)
        if isinstance(item.value, (bytes, bytearray, memoryview)):
            raise BadInput(f"{item.place} is bytes; decode it first, for example with .decode('utf-8').")
        if item.value is None:
            raise _Refused("is None: there is nothing to record.")
        if isinstance(item.value, str):
            return self._read_string(str(item.value), item.given)
        if item.given.kind is not Kind.DATA and is_message(item.value):
            return self._read_message(cast(Mapping[str, object], item.value), item)
        clean, redactions = redact_json(plain_json(item.value, item.place))
        self._count(redactions)
        trust = item.given.trust or _trust_of(item.given.role, item.given.source)
        return self._draft(json_text(clean, item.place), item.given, item.given.kind or Kind.DATA, trust, is_clean=True)

    def _read_string(self, text: str, given: _Given) -> _Draft:
        self._refuse_system(given.role)
        kind = given.kind or (Kind.TOOL if given.role in TOOLS else Kind.TURN)
        trust = given.trust or _trust_of("tool" if kind is Kind.TOOL else given.role, given.source)
        return self._draft(text, given, kind, trust, markdown=kind is not Kind.DATA)

    def _read_document(self, document: Document, item: _Item) -> _Draft:
        if not isinstance(document.text, str):
            raise BadInput(f"{item.place} text is a {type(document.text).__name__}; a Document's text is a str.")
        title = {} if document.title is None else {"title": cast(Json, _name(document.title, f"{item.place} title"))}
        source = _name(document.source, f"{item.place} source") or item.given.source
        given = replace(item.given, source=source, metadata={**title, **item.given.metadata})
        trust = given.trust or _trust_of(given.role, source)
        return self._draft(document.text, given, given.kind or Kind.DOCUMENT, trust, document.format == "markdown")

    def _read_message(self, message: Mapping[str, object], item: _Item) -> _Draft:
        given = self._own_words(message, item.place, item.given)
        role = _name(message.get("role"), f"{item.place} role") or item.given.role
        self._refuse_system(role)
        has_results, is_result = tool_results_in(message)
        is_tool = role in TOOLS or is_result
        rest = {name: without_binary(value) for name, value in message.items() if name not in MESSAGE_KEYS and not _is_blank(value)}
        call = message.get("tool_call_id")
        if call is not None:
            rest["tool_call_id"] = call
        speaker = _name(message.get("speaker") or message.get("name"), f"{item.place} name")
        if speaker is None and is_tool and isinstance(call, str):
            speaker = self.tools.get(call)
        if speaker is None and not (is_tool or role in MODELS or role in SYSTEMS):
            speaker = item.given.speaker
        metadata = {**_metadata(rest, item.place), **given.metadata} if rest else given.metadata
        own = _Given(
            said_at=given.said_at,
            speaker=speaker,
            role=role,
            source=given.source,
            trust=given.trust,
            key=given.key,
            metadata=metadata,
            kind=given.kind,
            session=given.session,
        )
        kind = given.kind or (Kind.TOOL if is_tool else Kind.TURN)
        trust = given.trust or _trust_of("tool" if is_tool else role, given.source)
        if has_results:
            trust = _lower(trust, Trust.TOOL) or trust
        return self._draft(text_of(message, item.place), own, kind, trust, markdown=not is_tool)

    def _refuse_system(self, role: str | None) -> None:
        if role in SYSTEMS and not self.include_system:
            raise _Refused(f"is a {role} message, an instruction and no experience; pass include_system=True to record it.")

    def _draft(self, text: str, given: _Given, kind: Kind, trust: Trust, markdown: bool = False, is_clean: bool = False) -> _Draft:
        """Checked and cleaned of secrets."""
        if not text or text.isspace():
            raise _Refused("is empty: there are no words to record.")
        unstorable = why_unstorable(text)
        if unstorable:
            raise _Refused(unstorable)
        most = self.limits.text_bytes
        if len(text) > most or (len(text) * 4 > most and len(text.encode()) > most):
            raise _Refused(f"is longer than {most:,} bytes of UTF-8, the limit for one text; split it into parts.")
        if not is_clean:
            text, redactions = redact(text)
            self._count(redactions)
        if kind is Kind.TURN and given.kind is None and len(text) > self.limits.turn:
            kind = Kind.DOCUMENT
        metadata = given.metadata
        if metadata:
            clean, redactions = redact_json(cast(Json, metadata))
            self._count(redactions)
            metadata = cast(dict[str, Json], clean)
        cleaned = _Given(
            said_at=given.said_at,
            speaker=self._clean(given.speaker),
            role=self._clean(given.role),
            source=self._clean(given.source),
            trust=given.trust,
            key=self._clean_key(given.key),
            metadata=metadata,
            kind=given.kind,
            session=given.session,
        )
        return _Draft(text, cleaned, kind, trust, markdown)

    def _clean(self, name: str | None) -> str | None:
        if name is None:
            return None
        if name not in self.clean_names:
            self.clean_names[name], redactions = redact(name)
            self._count(redactions)
        return self.clean_names[name]

    def _clean_key(self, key: str | None) -> str | None:
        """The key without secrets, and still another one for another secret."""
        if key is None:
            return None
        clean, redactions = redact(key)
        self._count(redactions)
        return f"{clean}#{digest([key])}" if redactions else key

    def _count(self, redactions: tuple[Redaction, ...]) -> None:
        for redaction in redactions:
            self.taken[redaction.kind] += redaction.count

    # --- from a draft to episodes ---

    def _episodes(self, draft: _Draft) -> list[Episode]:
        given, kind = draft.given, draft.kind
        scope = self._scope(given.session)
        key = given.key or self._default_key(draft, scope)
        whole = Episode(
            id=episode_id(scope, key),
            scope=scope,
            kind=kind,
            text=draft.text,
            said_at=given.said_at or self.heard_at,
            heard_at=self.heard_utc,
            speaker=given.speaker,
            role=given.role,
            source=given.source,
            trust=draft.trust,
            key=key,
            metadata=given.metadata,
        )
        is_whole_by_wish = given.kind is Kind.TURN or len(draft.text) <= self.limits.turn
        return [whole] if kind is not Kind.DOCUMENT and is_whole_by_wish else self._segments(whole, draft.markdown)

    def _segments(self, whole: Episode, markdown: bool) -> list[Episode]:
        document = document_id(whole.scope, whole.key)
        segments: list[Episode] = []
        for start, end in segment(whole.text, markdown, self.limits.target, self.limits.segment):
            text = whole.text[start:end]
            key = segment_key(whole.key, start, text)
            segments.append(replace(whole, id=episode_id(whole.scope, key), key=key, text=text, span=Span(document, start, end)))
        return segments

    def _default_key(self, draft: _Draft, scope: Scope) -> str:
        """The same words of the same speaker at the same time (or, undated, heard on the same day) are the same episode,
        unless this very call says them more than once."""
        given = draft.given
        when = given.said_at.astimezone(UTC).isoformat() if given.said_at else self.heard_at.date().isoformat()
        base = "auto:" + digest([draft.kind, given.speaker, given.role, draft.text, given.source, when])
        place = f"{scope.session} {base}"
        self.seen[place] += 1
        return base if self.seen[place] == 1 else f"{base}#{self.seen[place]}"

    def _scope(self, session: str | None) -> Scope:
        if session not in self.scopes:
            self.scopes[session] = self.scope.narrow(session=session)
        return self.scopes[session]


def _title(value: object) -> str:
    if isinstance(value, str):
        return "The text"
    return "The document" if isinstance(value, Document) else "The message" if is_message(value) else "The value"


def _is_item(value: object) -> bool:
    return isinstance(value, Document) or is_message(value) or is_conversation(value)


def _numbered(given: _Given, number: int) -> _Given:
    """Items of one list share its key, told apart by their place."""
    return given if given.key is None else replace(given, key=f"{given.key}#{number}")


def _is_blank(value: object) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _trust_of(role: str | None, source: str | None = None) -> Trust:
    """Who vouches for words of this role. Unknown roles are other agents, trusted least; what has a web address for its
    source is the web's at best, whoever passed it on."""
    trust = Trust.TOOL if role in TOOLS else Trust.USER if role is None or role in USERS or role in SYSTEMS else Trust.MODEL
    is_web = source is not None and source.lstrip().lower().startswith(WEB)
    return _lower(trust, Trust.WEB) or trust if is_web else trust


def _lower(one: Trust | None, other: Trust | None) -> Trust | None:
    """The less trusted of two."""
    order = list(Trust)
    return max((t for t in (one, other) if t is not None), key=order.index, default=None)


Choice = TypeVar("Choice", bound=StrEnum)


def _choice(kind: type[Choice], value: object, place: str) -> Choice | None:
    if value is None:
        return None
    try:
        return kind(cast(str, value))
    except ValueError:
        raise BadInput(f"{place}={value!r} is not known; use one of {', '.join(kind)}.") from None


def _name(value: object, place: str) -> str | None:
    """A short text such as a speaker or a source; blank means none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadInput(f"{place}={value!r} is a {type(value).__name__}; give text.")
    if len(value) > LONGEST_NAME:
        raise BadInput(f"{place} is {len(value):,} characters long; at most {LONGEST_NAME:,} are taken.")
    _storable(value, place)
    return str(value) if value.strip() else None


def _storable(value: str, place: str) -> None:
    unstorable = why_unstorable(value)
    if unstorable:
        raise BadInput(f"{place} {unstorable}")


def _metadata(value: object, place: str) -> dict[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput(f"{place}={value!r} is a {type(value).__name__}; give a mapping.")
    return cast(dict[str, Json], plain_json(value, place)) if value else {}
