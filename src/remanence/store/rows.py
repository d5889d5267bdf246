"""Episodes, readings and changes as rows of the schema: values in, bindings out, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from remanence.errors import BadInput
from remanence.types import (
    LAYERS,
    SCOPE_FIELDS,
    Action,
    Change,
    Claim,
    Episode,
    Kind,
    Reading,
    ReadingState,
    Scope,
    Span,
    Stance,
    Testimony,
    Trust,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_ZERO = EPOCH.replace(tzinfo=None)
MICROSECOND = timedelta(microseconds=1)
DAY = 24 * 3600

EPISODE_COLUMNS = (
    "id, kind, text, speaker, role, said_at, said_offset, heard_at, source, trust, key, metadata, "
    "document, span_start, span_end, valid_to, valid_offset, retired_at"
)
SCOPE_COLUMNS = ", ".join(f"s.{name}" for name in SCOPE_FIELDS)
EPISODE_SELECT = (
    "select " + ", ".join(f"e.{name}" for name in EPISODE_COLUMNS.split(", ")) + f", {SCOPE_COLUMNS}, e.seq "
    "from episode e join scope s on s.id = e.scope"
)
CHANGE_SELECT = (
    f"select c.id, c.action, c.made_at, c.ends_at, c.undoes, c.reason, {SCOPE_COLUMNS}, c.seq from change c join scope s on s.id = c.scope"
)
READING_COLUMNS = 'seq, layer, "by", state, count, detail, claims'
READ = ", ".join(f"r.{name}" for name in READING_COLUMNS.split(", "))
TESTIMONY_COLUMNS = (
    f"r.claims, e.id, e.seq, {SCOPE_COLUMNS}, e.said_at, e.said_offset, e.heard_at, e.speaker, e.source, e.trust, "
    "e.valid_to, e.valid_offset, e.retired_at"
)

CLAIM_TYPES: dict[str, tuple[type, ...]] = {
    "subject": (str,), "relation": (str,), "object": (str,), "start": (int,), "end": (int,), "stance": (str,), "qualifier": (str,),
    "replaces": (str,), "valid_from": (str,), "valid_to": (str,), "precision": (str,), "certainty": (int, float), "is_change": (bool,),
}  # fmt: skip
"""A claim's fields as JSON has them."""
USUAL = {field.name: field.default for field in fields(Claim) if field.default is not MISSING}
ALWAYS = CLAIM_TYPES.keys() - USUAL.keys()


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment(value: int, offset: int = 0) -> datetime:
    """The aware moment at `value` microseconds, shown in a zone `offset` seconds east of UTC."""
    for east in (offset, DAY - 1, 1 - DAY):  # the first and last hours of the calendar exist only in zones far from UTC
        try:
            return (CLOCK_ZERO + timedelta(seconds=east, microseconds=value)).replace(tzinfo=_zone(east))
        except OverflowError:
            continue
    raise OverflowError(f"{value} microseconds since 1970 lie outside the calendar")


@lru_cache(maxsize=256)
def _zone(east: int) -> timezone:
    return UTC if east == 0 else timezone(timedelta(seconds=east))


def offset_of(moment: datetime) -> int:
    """Seconds east of UTC."""
    return int((moment.utcoffset() or timedelta()).total_seconds())


def seconds(moment: datetime | None) -> float:
    """Seconds since 1970 UTC; an open end is infinity."""
    return float("inf") if moment is None else micros(moment) / 1e6


def scope_row(scope: Scope) -> tuple[str, ...]:
    """Scope fields as columns; an open field is ''."""
    return tuple(getattr(scope, name) or "" for name in SCOPE_FIELDS)


@lru_cache(maxsize=4096)
def scope_of(columns: tuple[str, ...]) -> Scope:
    return Scope(*(value or None if name != "tenant" else value for name, value in zip(SCOPE_FIELDS, columns, strict=True)))  # type: ignore[arg-type]


def episode_row(episode: Episode) -> tuple[Any, ...]:
    """Bindings for `EPISODE_COLUMNS`."""
    span = episode.span
    return (
        episode.id,
        str(episode.kind),
        episode.text,
        episode.speaker,
        episode.role,
        micros(episode.said_at),
        offset_of(episode.said_at),
        micros(episode.heard_at),
        episode.source,
        str(episode.trust),
        episode.key,
        json.dumps(dict(episode.metadata), ensure_ascii=False, separators=(",", ":")),
        span.document if span else None,
        span.start if span else None,
        span.end if span else None,
        micros(episode.valid_to) if episode.valid_to else None,
        offset_of(episode.valid_to) if episode.valid_to else None,
        micros(episode.retired_at) if episode.retired_at else None,
    )


def episode_of(row: tuple[Any, ...]) -> Episode:
    """The episode in a row of `EPISODE_SELECT`."""
    (id_, kind, text, speaker, role, said_at, said_offset, heard_at, source, trust, key, metadata) = row[:12]
    document, start, end, valid_to, valid_offset, retired_at = row[12:18]
    return Episode(
        id=id_,
        scope=scope_of(row[18:23]),
        kind=Kind(kind),
        text=text,
        said_at=moment(said_at, said_offset),
        heard_at=moment(heard_at),
        speaker=speaker,
        role=role,
        source=source,
        trust=Trust(trust),
        key=key,
        metadata=json.loads(metadata),
        span=Span(document, start, end) if document is not None else None,
        valid_to=moment(valid_to, valid_offset) if valid_to is not None else None,
        retired_at=moment(retired_at) if retired_at is not None else None,
    )


def claim_fields(claim: Claim) -> dict[str, Any]:
    """A claim as plain JSON: moments as ISO 8601 with their offset, what is as usual left out."""
    told = {"subject": claim.subject, "relation": claim.relation, "object": claim.object, "start": claim.start, "end": claim.end}
    for name, usual in USUAL.items():
        value = getattr(claim, name)
        if value != usual:
            told[name] = value.isoformat() if isinstance(value, datetime) else value
    return told


def claim_of(told: Any) -> Claim:
    """The claim in plain JSON. Raises `ValueError` where there is none."""
    if not isinstance(told, dict) or not ALWAYS <= told.keys() <= CLAIM_TYPES.keys():
        raise ValueError(f"A claim has {', '.join(CLAIM_TYPES)}, the first five always; {told!r} is given.")
    for name, value in told.items():
        types = CLAIM_TYPES[name]
        if not isinstance(value, types) or (value.__class__ is bool and bool not in types):
            raise ValueError(f"{name!r} of a claim cannot be {value!r}.")
    given = dict(told)
    if "stance" in given:
        given["stance"] = Stance(given["stance"])
    for name in ("valid_from", "valid_to"):
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    return Claim(**given)


def claims_of(written: str) -> tuple[Claim, ...]:
    """The claims in a row's JSON. Raises `ValueError` where there are none."""
    told = json.loads(written)
    if not isinstance(told, list):
        raise ValueError(f"claims stand in a list; {told!r} is given")
    return tuple(claim_of(each) for each in told)


def reading_row(seq: int, reading: Reading) -> tuple[Any, ...]:
    """Bindings for `READING_COLUMNS`."""
    claims = json.dumps([claim_fields(claim) for claim in reading.claims], ensure_ascii=False, separators=(",", ":"))
    return seq, reading.layer, reading.by, str(reading.state), len(reading.claims), reading.detail, claims


def reading_of(row: tuple[Any, ...]) -> Reading:
    """The reading in a row of `READING_COLUMNS`."""
    _, layer, by, state, count, detail, written = row
    reading = Reading(by, claims_of(written), ReadingState(state), detail)
    if (reading.layer, len(reading.claims)) != (layer, count):
        raise ValueError(f"a reading {by!r} of {len(reading.claims)} claims is filed as one of {count} by {layer!r}")
    return reading


def testimonies_of(row: tuple[Any, ...]) -> list[Testimony]:
    """The testimonies in a row of `TESTIMONY_COLUMNS`, one for each claim."""
    said_at, said_offset, heard_at, speaker, source, trust, valid_to, valid_offset, retired_at = row[8:]
    told = (
        row[1], row[2], scope_of(row[3:8]), moment(said_at, said_offset), moment(heard_at), speaker, source, Trust(trust),
        moment(valid_to, valid_offset) if valid_to is not None else None, moment(retired_at) if retired_at is not None else None,
    )  # fmt: skip
    return [Testimony(claim, *told) for claim in claims_of(row[0])]


def counting(readings: Sequence[Reading]) -> Reading | None:
    """Of an episode's readings the one that counts: the highest layer's that is done."""
    done = [reading for reading in readings if reading.state is ReadingState.DONE and reading.layer in LAYERS]
    return max(done, key=lambda reading: LAYERS.index(reading.layer), default=None)


def refuse_misfits(readings: Sequence[Reading], text: str) -> None:
    """Raise `BadInput` where `readings` cannot be those of an episode of this text."""
    layers = [reading.layer for reading in readings]
    for reading in readings:
        if reading.layer not in LAYERS:
            raise BadInput(f"A reading is by one of {', '.join(LAYERS)}, as in 'rules/1'; {reading.by!r} is given. Nothing was written.")
        if layers.count(reading.layer) > 1:
            raise BadInput(f"An episode has one reading by {reading.layer!r}; several are given. Nothing was written.")
        for claim in reading.claims:
            if not 0 <= claim.start <= claim.end <= len(text):
                where = f"from {claim.start} to {claim.end}, in a text of {len(text)} characters"
                raise BadInput(f"A claim by {reading.by!r} has no words to rest on: it is said to stand {where}. Nothing was written.")
            if not 0 < claim.certainty <= 1:
                raise BadInput(f"A claim by {reading.by!r} is certain to {claim.certainty}, not in (0, 1]. Nothing was written.")
            if any(end is not None and end.utcoffset() is None for end in (claim.valid_from, claim.valid_to)):
                raise BadInput(f"A claim by {reading.by!r} has a moment without its zone. Nothing was written.")


def refuse_twice(change: Change) -> None:
    """Raise `BadInput` where `change` names an episode twice: what it does to it would depend on the order."""
    named = (*change.retired, *change.restored)
    if len(set(named)) < len(named):
        twice = next(id_ for id_ in named if named.count(id_) > 1)
        raise BadInput(f"The change {change.id!r} names the episode {twice!r} twice. Name it once. Nothing was changed.")


def change_row(change: Change) -> tuple[Any, ...]:
    """Bindings for (id, action, made_at, ends_at, undoes, reason)."""
    ends_at = micros(change.ends_at) if change.ends_at else None
    return (change.id, str(change.action), micros(change.made_at), ends_at, change.undoes, change.reason)


def change_of(row: tuple[Any, ...], added: tuple[str, ...], retired: tuple[str, ...], restored: tuple[str, ...]) -> Change:
    """The change in a row of `CHANGE_SELECT`."""
    id_, action, made_at, ends_at, undoes, reason = row[:6]
    return Change(
        id=id_,
        action=Action(action),
        scope=scope_of(row[6:11]),
        made_at=moment(made_at),
        added=added,
        retired=retired,
        restored=restored,
        ends_at=moment(ends_at) if ends_at is not None else None,
        undoes=undoes,
        reason=reason,
    )
