"""Episodes and changes as rows of the schema: values in, bindings out, and back. Pure."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from remanence.errors import BadInput
from remanence.types import SCOPE_FIELDS, Action, Change, Episode, Kind, Scope, Span, Trust

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment(value: int, offset: int = 0) -> datetime:
    """The aware moment at `value` microseconds, shown in a zone `offset` seconds east of UTC."""
    for east in (offset, DAY - 1, 1 - DAY):  # the first and last hours of the calendar exist only in zones far from UTC
        with suppress(OverflowError):
            zone = UTC if east == 0 else timezone(timedelta(seconds=east))
            return (EPOCH.replace(tzinfo=None) + (value * MICROSECOND + timedelta(seconds=east))).replace(tzinfo=zone)
    raise OverflowError(f"{value} microseconds since 1970 lie outside the calendar")


def offset_of(moment: datetime) -> int:
    """Seconds east of UTC."""
    return int((moment.utcoffset() or timedelta()).total_seconds())


def seconds(moment: datetime | None) -> float:
    """Seconds since 1970 UTC; an open end is infinity."""
    return float("inf") if moment is None else micros(moment) / 1e6


def scope_row(scope: Scope) -> tuple[str, ...]:
    """Scope fields as columns; an open field is ''."""
    return tuple(getattr(scope, name) or "" for name in SCOPE_FIELDS)


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
