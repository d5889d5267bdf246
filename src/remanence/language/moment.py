"""Read what a user gives as a date into an aware moment. Pure: what is missing is taken from the moment of hearing."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

from remanence.errors import BadInput

EXAMPLE = "'2026-03-02T18:00:00+00:00'"


def read_moment(given: object, heard_at: datetime, place: str = "said_at") -> datetime:
    """The aware moment that `given` names.

    An aware datetime keeps its zone; a naive one, an ISO 8601 string without an offset and a plain date (midnight) are
    taken in `heard_at`'s zone; a number is seconds since 1970 (UTC, shown in `heard_at`'s zone).
    Raises `BadInput` naming `place`, what was given and an example.
    """
    try:
        moment = _read(given, heard_at)
        moment.astimezone(UTC)  # a moment beyond the calendar in UTC cannot be stored or compared
    except _Unreadable as reason:
        raise BadInput(f"{place}={given!r} {reason}; give for example {EXAMPLE}.") from None
    except (OverflowError, OSError):
        what = f"lies outside the years 1 to 9999{_advice(given)}"
        raise BadInput(f"{place}={given!r} {what}; give for example {EXAMPLE}.") from None
    except ValueError:
        raise BadInput(f"{place}={given!r} is not a date that can be read; give for example {EXAMPLE}.") from None
    return moment


class _Unreadable(Exception):
    """Why a value is no date at all."""


def _read(given: object, heard_at: datetime) -> datetime:
    if isinstance(given, datetime):
        return _in_zone(given, heard_at)
    if isinstance(given, date):
        return datetime(given.year, given.month, given.day, tzinfo=heard_at.tzinfo)
    if isinstance(given, str):
        return _in_zone(datetime.fromisoformat(given.strip()), heard_at)
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return _from_epoch(given, heard_at)
    raise _Unreadable("is neither a datetime, an ISO 8601 string nor seconds since 1970")


def _in_zone(moment: datetime, heard_at: datetime) -> datetime:
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=heard_at.tzinfo)


def _from_epoch(seconds: int | float, heard_at: datetime) -> datetime:
    if not math.isfinite(seconds):
        raise _Unreadable("is not a finite number of seconds")
    try:
        return datetime.fromtimestamp(seconds, heard_at.tzinfo)
    except ValueError as reason:  # the platform says "year 55838 is out of range"
        raise OverflowError from reason


def _advice(given: object) -> str:
    looks_like_milliseconds = isinstance(given, (int, float)) and 1e11 < abs(given) < 1e14
    return " (it looks like milliseconds: divide by 1000)" if looks_like_milliseconds else ""
