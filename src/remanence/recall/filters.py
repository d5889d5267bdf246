"""Read a filter as a user writes it into one whose dates are moments and whose names are known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from remanence.errors import BadInput
from remanence.language.moment import read_moment
from remanence.types import Filter, Kind, Trust

TEXTS = ("speaker", "role", "source")
Choice = TypeVar("Choice", bound=StrEnum)


def read_filter(where: object, now: datetime) -> Filter | None:
    """The filter that `where` means, `None` where it asks nothing.

    Dates are read as `read_moment` reads them, in `now`'s zone; kinds and trusts by their names, one trust or several.
    Raises `BadInput` naming the field, what was given and what there is.
    """
    if where is None:
        return None
    if not isinstance(where, Filter):
        raise BadInput(f"where={where!r} is a {type(where).__name__}; give a Filter, for example Filter(speaker='Alice').")
    for name in TEXTS:
        _check(getattr(where, name), str, name, "text")
    _check(where.metadata, Mapping, "metadata", "a mapping")
    read = replace(
        where,
        kind=None if where.kind is None else _choice(Kind, where.kind, "kind"),
        trust=None if where.trust is None else _trusts(where.trust),
        since=None if where.since is None else read_moment(where.since, now, "since"),
        until=None if where.until is None else read_moment(where.until, now, "until"),
    )
    return None if read.is_empty else read


def _trusts(given: object) -> tuple[Trust, ...]:
    names = given if isinstance(given, (list, tuple, set, frozenset)) else [given]
    return tuple(_choice(Trust, name, "trust") for name in names)


def _choice(kind: type[Choice], value: object, name: str) -> Choice:
    try:
        return kind(cast("str", value))
    except ValueError:
        raise BadInput(f"{name}={value!r} is not known; use one of {', '.join(kind)}.") from None


def _check(value: object, kind: Any, name: str, what: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise BadInput(f"{name}={value!r} is a {type(value).__name__}; give {what}.")
