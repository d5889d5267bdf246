"""Testimonies for tests, in a few words: who said what of whom, when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from remanence.distill.beliefs import Beliefs
from remanence.distill.relations import registry
from remanence.types import Claim, Fact, Scope, Stance, Status, Testimony, Trust

NOW = datetime(2026, 6, 1, tzinfo=UTC)
_number = count(1)


def day(text: str) -> datetime:
    """Noon UTC of an ISO day."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def said(
    when: str,
    subject: str,
    relation: str,
    object: str = "",
    stance: str = "affirm",
    *,
    by: str | None = None,
    since: str | None = None,
    until: str | None = None,
    trust: str = "user",
    seq: int | None = None,
    heard: str | None = None,
    **claim: Any,
) -> Testimony:
    """`by` (default: the subject) said so on the day `when`."""
    number = next(_number) if seq is None else seq
    moments = {
        "valid_from": datetime.fromisoformat(since).replace(tzinfo=UTC) if since else None,
        "valid_to": datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None,
    }
    return Testimony(
        claim=Claim(subject, relation, object, 0, 10, Stance(stance), **moments, **claim),
        episode=f"ep_{number:020}", seq=number, scope=Scope(user="alice"), said_at=day(when), heard_at=day(heard or when),
        speaker=by or subject, source=None, trust=Trust(trust),
    )  # fmt: skip


def facts(testimonies: Iterable[Testimony], at: str | None = None, *statuses: str, relation: str | None = None) -> list[Fact]:
    """Facts as they stand on a day."""
    wanted = None if not statuses else {Status(status) for status in statuses}
    return Beliefs(registry(), testimonies).facts(relation=relation, as_of=day(at) if at else NOW, statuses=wanted)


def values(testimonies: Iterable[Testimony], at: str | None = None, relation: str | None = None) -> list[str]:
    """What is believed without doubt to hold on a day."""
    moment = day(at) if at else NOW
    standing = {Status.CURRENT, Status.ENDED}
    believed = (fact for fact in facts(testimonies, at, relation=relation) if fact.status in standing and not fact.denied)
    return [fact.object for fact in believed if fact.holds_at(moment)]
