"""A scope's memory as JSON Lines: a store in, lines out, and back, change by change.

    {"format": "remanence/1", "scope": {…}, "embedder": "minilm", "episodes": 2, "changes": 1}
    {"change": {"id": "ch_…", "action": "assert", …, "added": ["ep_…", "ep_…"]}}
    {"episode": {"id": "ep_…", "text": "…", …}}
    {"episode": {…}}
    {"end": {"episodes": 2, "changes": 1}}

The changes stand in their order, each followed by the episodes it added that were not erased since. Vectors, terms and what
rules read are not written: they are made anew. What a model read was dear, so an episode brings it along, if there is any:

    "readings": [{"by": "model/NAME/1", "state": "done", "detail": "", "claims": [{"subject": "Alice", …}]}]
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

from remanence.errors import BadInput, ScopeViolation
from remanence.ports import Progress, Store
from remanence.store.rows import claim_fields, claim_of, refuse_misfits
from remanence.types import (
    SCOPE_FIELDS,
    Action,
    Change,
    Entry,
    Episode,
    Kind,
    Reading,
    ReadingState,
    Receipt,
    Scope,
    Span,
    Spent,
    Trust,
)

FORMAT = "remanence/1"
BATCH = 512
ANEW = "rules"  # the layer whose readings cost nothing to make again
IndexAll = Callable[[Sequence[Episode]], Sequence[Entry]]
T = TypeVar("T")

# Some readers of lines also break them at these, and a lone surrogate has no UTF-8: JSON can say them by number.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Told(NamedTuple):
    """An episode of an export with the readings that it brings along."""

    episode: Episode
    readings: tuple[Reading, ...] = ()


def export(store: Store, scope: Scope) -> Iterator[str]:
    """Every change and every episode of `scope`, a line each, without line ends."""
    stats = store.stats(scope)
    embedder = store.embedder()
    yield _line({
        "format": FORMAT, "scope": scope.as_dict(), "embedder": embedder[0] if embedder else None,
        "episodes": stats.episodes, "changes": stats.changes,
    })  # fmt: skip
    changes = episodes = 0
    for change, added in store.ledger(scope):
        changes += 1
        episodes += len(added)
        yield _line({"change": _change_fields(change)})
        for start in range(0, len(added), BATCH):
            page = added[start : start + BATCH]
            readings = _readings(store, scope, [episode.id for episode in page])
            yield from (_line({"episode": _episode_fields(Told(episode, readings.get(episode.id, ())))}) for episode in page)
    yield _line({"end": {"episodes": episodes, "changes": changes}})


def restore(
    lines: Iterable[str], store: Store, scope: Scope, entries: IndexAll, *, progress: Progress | None = None, batch: int = BATCH
) -> Receipt:
    """Replay an export into `scope`, about `batch` episodes to a transaction and never half a change.

    `entries` gives episodes their terms, vectors and what rules read; what a model read comes from the file, also for an
    episode that is here already and that none has read. The receipt names all episodes of the file, and as duplicates those that
    were here before; importing twice equals importing once. Raises `BadInput`, which names the line, and `ScopeViolation` for
    a line outside `scope`; the batches before it are kept, and importing the mended file goes on from there.
    """
    started = perf_counter()
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    promised = _header(numbered)
    ends = _Ends()
    ids: list[str] = []
    duplicates: list[str] = []
    for steps in _batches(_steps(numbered, scope, ends), batch):
        told = {each.episode.id: each for _, added in steps for each in added}
        here = {episode.id for episode in store.get(scope, list(told))}
        # Every episode comes in as current; the changes that follow end it again.
        current = [replace(each.episode, valid_to=None, retired_at=None) for id_, each in told.items() if id_ not in here]
        indexed = {entry.episode.id: _with(entry, told[entry.episode.id].readings) for entry in entries(current)}
        store.replay([(change, [indexed[e.id] for e, _ in added if e.id in indexed]) for change, added in steps])
        if lacking := _lacking(store, scope, [told[id_] for id_ in told if id_ in here]):
            store.reread(scope, lacking)
        listed = [each.episode.id for _, added in steps for each in added]
        ids += listed
        duplicates += [id_ for id_ in listed if id_ in here]
        if progress is not None:
            progress("importing", min(1.0, len(ids) / promised) if promised else 1.0)
    ends.check()
    return Receipt(None, tuple(ids), tuple(duplicates), spent=Spent(perf_counter() - started))


# -------------------------------------------------------------------- writing


def _line(value: Mapping[str, Any]) -> str:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _change_fields(change: Change) -> dict[str, Any]:
    return {
        "id": change.id, "action": change.action, "scope": change.scope.as_dict(), "made_at": _iso(change.made_at),
        "added": change.added, "retired": change.retired, "restored": change.restored, "ends_at": _iso(change.ends_at),
        "undoes": change.undoes, "reason": change.reason,
    }  # fmt: skip


def _episode_fields(told: Told) -> dict[str, Any]:
    e = told.episode
    fields = {
        "id": e.id, "scope": e.scope.as_dict(), "kind": e.kind, "text": e.text, "said_at": _iso(e.said_at), "heard_at": _iso(e.heard_at),
        "speaker": e.speaker, "role": e.role, "source": e.source, "trust": e.trust, "key": e.key, "metadata": dict(e.metadata),
        "span": [e.span.document, e.span.start, e.span.end] if e.span else None, "valid_to": _iso(e.valid_to),
        "retired_at": _iso(e.retired_at),
    }  # fmt: skip
    return fields | ({"readings": [_reading_fields(reading) for reading in told.readings]} if told.readings else {})


def _reading_fields(reading: Reading) -> dict[str, Any]:
    claims = [claim_fields(claim) for claim in reading.claims]
    return {"by": reading.by, "state": reading.state, "detail": reading.detail, "claims": claims}


def _readings(store: Store, scope: Scope, ids: Sequence[str]) -> dict[str, tuple[Reading, ...]]:
    """What was read of these episodes and cannot be read again for nothing."""
    held = store.readings(scope, ids)
    return {id_: tuple(reading for reading in readings if reading.layer != ANEW) for id_, readings in held.items()}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


# -------------------------------------------------------------------- reading

Numbered = Iterator[tuple[int, str]]
Step = tuple[Change, list[Told]]


@dataclass
class _Ends:
    """What the episodes say of their own ends, held against what the changes do to them. Grows with what is retired only."""

    said: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    done: dict[str, tuple[datetime | None, datetime]] = field(default_factory=dict)
    last: datetime | None = None

    def note(self, change: Change, added: Sequence[Told]) -> Change:
        """Follow `change`; it is returned with the zone its end was told in, which only the episodes remember."""
        if change.action is Action.ERASE:
            return change
        for episode, _ in added:
            if episode.retired_at and episode.valid_to:
                self.said[episode.id] = (episode.valid_to, episode.retired_at)
        told = [self.said[id_][0] for id_ in change.retired if id_ in self.said and self.said[id_][0] == change.ends_at]
        change = replace(change, ends_at=told[0]) if told else change
        self.done.update({id_: (change.ends_at, change.made_at) for id_ in change.retired if id_ in self.said})
        for id_ in change.restored:
            self.done.pop(id_, None)
        self.last = max(self.last or change.made_at, change.made_at)
        return change

    def check(self) -> None:
        """Raise `BadInput` where an episode says it ended and no change ended it then."""
        for id_, (valid_to, retired_at) in self.said.items():
            if self.last is not None and retired_at > self.last:
                continue  # it was retired while the file was being written, by a change behind its end
            ends_at, made_at = self.done.get(id_, (None, None))
            if made_at != retired_at or (ends_at or valid_to) != valid_to:
                raise BadInput(
                    f"The file says that episode {id_} was retired at {retired_at.isoformat()}, but none of its changes did that: it "
                    "was altered after it was exported. Everything in it was imported; check this episode with `history`."
                )


def _header(lines: Numbered) -> int:
    """How many episodes the file promises. Raises `BadInput` unless this is an export that we can read."""
    number, line = next(lines, (1, ""))
    head = _fields(line, number) if line else {}
    given = head.get("format")
    if given == FORMAT:
        return _at(number, _count, head, "episodes")
    if isinstance(given, str) and re.fullmatch(r"remanence/\d+", given):
        raise BadInput(f"This export is of format {given!r}; this version of remanence reads {FORMAT!r}. Upgrade remanence to import it.")
    raise BadInput(f'This is no export of remanence: its first line does not hold {{"format": "{FORMAT}"}}. Nothing was imported.')


def _steps(lines: Numbered, scope: Scope, ends: _Ends) -> Iterator[Step]:
    """Each change with the episodes it added, in the order of the file."""
    changes = episodes = 0
    last = 1
    waiting: list[Step] = []  # a change is whole only once something else follows it
    for number, line in lines:
        last = number
        fields = _fields(line, number)
        if "end" in fields:
            promised = [_at(number, _count, fields["end"], name) for name in ("changes", "episodes")]
            if promised != [changes, episodes]:
                raise BadInput(
                    f"Line {number}: {promised[0]} changes with {promised[1]} episodes were exported, "
                    f"{changes} with {episodes} are here. {LOST}"
                )
            yield from waiting
            return
        change = _at(number, _change, fields)
        yield from waiting
        _stay_within(scope, change.scope, number)
        added: list[Told] = []
        for id_ in change.added:
            number, line = next(lines, (number + 1, ""))
            fields = _fields(line, number)
            told = _at(number, _told, fields)
            episode = told.episode
            if episode.id != id_:
                raise BadInput(f"Line {number}: episode {id_} was expected here, not {episode.id}. {LOST}")
            _stay_within(change.scope, episode.scope, number)
            added.append(told)
        changes, episodes = changes + 1, episodes + len(added)
        waiting = [(ends.note(change, added), added)]
    raise BadInput(f"Line {last}: the file ends here, before its end line. {LOST}")


LOST = "Some of the file was lost; export it again. Whole changes before this line may have been imported."


def _batches(steps: Iterator[Step], size: int) -> Iterator[list[Step]]:
    """Steps grouped so that a group holds about `size` episodes or changes."""
    group: list[Step] = []
    weight = 0
    for change, added in steps:
        group.append((change, added))
        weight += max(1, len(added))
        if weight >= size:
            yield group
            group, weight = [], 0
    if group:
        yield group


def _stay_within(scope: Scope, inner: Scope, number: int) -> None:
    if not scope.contains(inner):
        raise ScopeViolation(f"Line {number}: {inner.as_dict()} lies outside the scope it is imported into, {scope.as_dict()}.")


def _fields(line: str, number: int) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"Line {number}: this is not JSON ({error or 'nested too deeply'}). {LOST}") from None
    if not isinstance(fields, dict):
        raise BadInput(f"Line {number}: a JSON object was expected, not {line[:40]!r}. {LOST}")
    return fields


def _at(number: int, read: Callable[..., T], *given: Any) -> T:
    """What `read` makes of what line `number` holds; what it cannot use is told with that number."""
    try:
        return read(*given)
    except KeyError as error:
        raise BadInput(f"Line {number}: the field {error} is missing. {LOST}") from None
    except (ValueError, TypeError, AttributeError, OverflowError, BadInput) as error:
        raise BadInput(f"Line {number}: {error}") from None


def _part(fields: dict[str, Any], name: str) -> dict[str, Any]:
    part = fields[name]
    if not isinstance(part, dict):
        raise TypeError(f"{name!r} must be an object, not {part!r}.")
    return part


def _change(line: dict[str, Any]) -> Change:
    fields = _part(line, "change")
    return Change(
        id=_text(fields, "id"), action=Action(fields["action"]), scope=_scope(fields), made_at=_moment(fields, "made_at"),
        added=_ids(fields, "added"), retired=_ids(fields, "retired"), restored=_ids(fields, "restored"),
        ends_at=_maybe(_moment, fields, "ends_at"), undoes=_maybe(_text, fields, "undoes"), reason=_text(fields, "reason"),
    )  # fmt: skip


def _told(line: dict[str, Any]) -> Told:
    fields = _part(line, "episode")
    episode = _episode(fields)
    told = fields.get("readings", [])
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise TypeError(f"'readings' must be a list of objects, not {told!r}.")
    readings = tuple(reading for reading in map(_reading, told) if reading.layer != ANEW)
    refuse_misfits(readings, episode.text)
    return Told(episode, readings)


def _reading(fields: dict[str, Any]) -> Reading:
    if not isinstance(claims := fields["claims"], list):
        raise TypeError(f"'claims' must be a list of objects, not {claims!r}.")
    return Reading(_text(fields, "by"), tuple(map(claim_of, claims)), ReadingState(fields["state"]), _text(fields, "detail"))


def _with(entry: Entry, readings: Sequence[Reading]) -> Entry:
    """`entry` with these readings, in place of those of the same layers."""
    layers = {reading.layer for reading in readings}
    return replace(entry, readings=(*(reading for reading in entry.readings if reading.layer not in layers), *readings))


def _lacking(store: Store, scope: Scope, told: Sequence[Told]) -> list[tuple[str, Reading]]:
    """The readings that the file tells of episodes which have none here by that layer, or none that is done."""
    bringing = [each for each in told if each.readings]
    held = _readings(store, scope, [each.episode.id for each in bringing]) if bringing else {}
    standing = {(id_, reading.layer): reading.state for id_, readings in held.items() for reading in readings}
    done = ReadingState.DONE
    return [
        (each.episode.id, reading)
        for each in bringing
        for reading in each.readings
        if (state := standing.get((each.episode.id, reading.layer))) is None or (state is not done and reading.state is done)
    ]


def _episode(fields: dict[str, Any]) -> Episode:
    return Episode(
        id=_text(fields, "id"), scope=_scope(fields), kind=Kind(fields["kind"]), text=_text(fields, "text"),
        said_at=_moment(fields, "said_at"), heard_at=_moment(fields, "heard_at"), speaker=_maybe(_text, fields, "speaker"),
        role=_maybe(_text, fields, "role"), source=_maybe(_text, fields, "source"), trust=Trust(fields["trust"]),
        key=_text(fields, "key"), metadata=_part(fields, "metadata"), span=_maybe(_span, fields, "span"),
        valid_to=_maybe(_moment, fields, "valid_to"), retired_at=_maybe(_moment, fields, "retired_at"),
    )  # fmt: skip


def _maybe(read: Callable[[dict[str, Any], str], T], fields: dict[str, Any], name: str) -> T | None:
    return None if fields[name] is None else read(fields, name)


def _text(fields: dict[str, Any], name: str) -> str:
    if not isinstance(value := fields[name], str):
        raise TypeError(f"{name!r} must be a string, not {value!r}.")
    return value


def _integer(fields: dict[str, Any], name: str) -> int:
    if isinstance(value := fields[name], bool) or not isinstance(value, int):
        raise TypeError(f"{name!r} must be an integer, not {value!r}.")
    return value


def _count(fields: Any, name: str) -> int:
    if not isinstance(fields, dict) or (value := _integer(fields, name)) < 0:
        raise ValueError(f"{name!r} must be a number of {name}; {fields!r} is given.")
    return value


def _ids(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    if not isinstance(value := fields[name], list) or not all(isinstance(id_, str) for id_ in value):
        raise TypeError(f"{name!r} must be a list of ids, not {value!r}.")
    return tuple(value)


def _moment(fields: dict[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(_text(fields, name))
    if moment.utcoffset() is None:
        raise ValueError(f"{name!r} must be a moment with its zone, not {fields[name]!r}.")
    return moment


def _scope(fields: dict[str, Any]) -> Scope:
    given = _part(fields, "scope")
    if "tenant" not in given or set(given) - set(SCOPE_FIELDS):
        raise ValueError(f"A scope has a tenant and may have {', '.join(SCOPE_FIELDS[1:])}; {given!r} is given.")
    return Scope(**given)


def _span(fields: dict[str, Any], name: str) -> Span:
    value = fields[name]
    if not isinstance(value, list) or len(value) != 3:
        raise TypeError(f"{name!r} must be [document, start, end], not {value!r}.")
    parts = dict(zip(("document", "start", "end"), value, strict=True))
    return Span(_text(parts, "document"), _integer(parts, "start"), _integer(parts, "end"))
