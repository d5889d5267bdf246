"""Make a change: what is decided in, a `Change` out whose id follows from its content. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from remanence.errors import BadInput
from remanence.types import SCOPE_FIELDS, Action, Change, Scope

ID_CHARACTERS = 20


def new_change(
    action: Action,
    scope: Scope,
    made_at: datetime,
    *,
    added: Sequence[str] = (),
    retired: Sequence[str] = (),
    restored: Sequence[str] = (),
    ends_at: datetime | None = None,
    undoes: str | None = None,
    reason: str = "",
) -> Change:
    """The change with these fields. Law: the same decision at the same instant has the same id, on every machine.

    Raises `BadInput` where a moment has no zone.
    """
    content = [
        str(action), [getattr(scope, name) for name in SCOPE_FIELDS], _instant(made_at), list(added), list(retired),
        list(restored), None if ends_at is None else _instant(ends_at), undoes, reason,
    ]  # fmt: skip
    return Change(
        id="ch_" + digest(content), action=action, scope=scope, made_at=made_at, added=tuple(added), retired=tuple(retired),
        restored=tuple(restored), ends_at=ends_at, undoes=undoes, reason=reason,
    )  # fmt: skip


def part_of(change: Change, scope: Scope, ids: Container[str]) -> Change:
    """What `change`, made in a wider scope, did to the episodes `ids` of `scope`: a change of its own, without its reason,
    which may speak of others."""
    return new_change(
        change.action, scope.narrow(**change.scope.as_dict()), change.made_at, added=[id_ for id_ in change.added if id_ in ids],
        retired=[id_ for id_ in change.retired if id_ in ids], restored=[id_ for id_ in change.restored if id_ in ids],
        ends_at=change.ends_at,
    )  # fmt: skip


def _instant(moment: datetime) -> str:
    """The same text for the same instant, in whichever zone it is given."""
    if moment.utcoffset() is None:
        raise BadInput(f"A change is made at an aware moment; {moment!r} has no zone.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def digest(content: object) -> str:
    """20 lower-case base32 characters (100 bits); no two different contents are written alike."""
    written = json.dumps(content, separators=(",", ":")).encode()
    return base64.b32encode(blake2b(written, digest_size=13).digest())[:ID_CHARACTERS].decode().lower()
