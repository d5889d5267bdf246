"""What the owner of a memory says of a fact outright: a fact in, the fields of a stated claim out. Pure.

Such a statement is an episode like any other (kind `fact`): it stays in the ledger, and undoing its change undoes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from remanence.distill.extract import BY, read
from remanence.distill.names import PLACEHOLDERS, key_of
from remanence.distill.relations import Registry
from remanence.errors import BadInput
from remanence.types import Episode, Fact, Kind, Reading, ReadingState, Stance, Status


def understood(episode: Episode, registry: Registry) -> Reading:
    """What the rules read in an episode. Raises `BadInput` for a stated fact that cannot be read, or of no known relation.

    A fault in a rule, which may be a user's own, must not cost the words: the reading is deferred to the next `reindex`.
    """
    if episode.kind is not Kind.FACT:
        try:
            return read(episode, registry)
        except Exception as fault:
            return Reading(BY, state=ReadingState.DEFERRED, detail=f"the rules failed: {type(fault).__name__}")
    reading = read(episode, registry)
    if reading.state is ReadingState.REFUSED:
        raise BadInput(f"{reading.detail} Nothing was recorded.")
    for claim in reading.claims:
        registry[claim.relation]
    return reading


def correction(fact: Fact, object: str) -> dict[str, Any]:
    """`object` is right, and what `fact` says never was so. Raises `BadInput` where nothing would change."""
    if not object.strip():
        raise BadInput("The right object is empty; to say that the fact never was so, use `retract`. Nothing was changed.")
    if object.strip() == fact.object:
        raise BadInput(f"Fact {fact.id} says exactly that already. Nothing was changed.")
    dates = {name: moment.isoformat() for name in ("valid_from", "valid_to") if (moment := getattr(fact, name)) is not None}
    return _stated(fact.subject_name, fact.relation, object.strip(), Stance.CORRECT, fact.qualifier) | {
        "replaces": fact.object, **dates, "precision": fact.precision,
    }  # fmt: skip


def just_after(fact: Fact) -> datetime:
    """When a correction of `fact` counts as said: right after its words, so that what was said since counts as it did."""
    return max(piece.said_at for piece in fact.evidence) + timedelta(seconds=1)


def retraction(fact: Fact) -> dict[str, Any]:
    """What `fact` says never was so."""
    stance = Stance.AFFIRM if fact.denied else Stance.RETRACT
    return _stated(fact.subject_name, fact.relation, fact.object, stance, fact.qualifier)


def endings(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> list[dict[str, Any]]:
    """Facts that ended `before` and would hold again `after`, because the words that told of their end are gone: they end
    as they did. What replaced them is not named."""
    return [
        _stated(fact.subject_name, fact.relation, fact.object, Stance.DENY, fact.qualifier) | {"valid_from": was.valid_to.isoformat()}
        for fact in after.values()
        if (was := before.get(fact.id)) is not None and was.status is Status.ENDED and was.valid_to is not None
        and fact.status is not Status.RETRACTED and (fact.valid_to is None or fact.valid_to > was.valid_to)
    ]  # fmt: skip


def joined(one: str, other: str) -> dict[str, Any]:
    """Two names mean the same one. Raises `BadInput` for a word that names nobody: it joins nobody."""
    for name in (one, other):
        if key_of(name) in PLACEHOLDERS:
            raise BadInput(f"{name!r} names nobody: it stands for whoever speaks. Record with a speaker's name, or in a user's scope.")
    return _stated(one, "same_as", other, Stance.AFFIRM, "")


def _stated(subject: str, relation: str, object: str, stance: Stance, qualifier: str) -> dict[str, Any]:
    fields = {"subject": subject, "relation": relation, "object": object, "stance": str(stance), "qualifier": qualifier}
    return {name: value for name, value in fields.items() if value}
