"""Questions about what is believed: beliefs and names in, facts, timelines and histories out."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from remanence.distill.beliefs import Beliefs, effects, heard_by
from remanence.distill.entities import key_of
from remanence.distill.graph import Network
from remanence.errors import BadInput, NotFound
from remanence.ports import Store
from remanence.types import Change, Effect, Entity, Fact, Graph, Scope, Status, Testimony

SHOWN = frozenset({Status.CURRENT, Status.CONTESTED})
"""What is shown of facts unless one asks for more: what is so, and what may be."""
KNOWN = frozenset({Status.CURRENT, Status.ENDED, Status.CONTESTED})
"""What is or was so."""
JOINS = "same_as"
INSTANT = timedelta(microseconds=1)


def facts(
    beliefs: Beliefs,
    about: str | None,
    relation: str | None,
    as_of: datetime,
    statuses: Container[Status] = SHOWN,
    limit: int | None = None,
) -> list[Fact]:
    """Facts of the entities that go by `about`, oldest first. Those current or contested hold at `as_of`. What only joins
    names is left out unless it is asked for.

    Raises `BadInput` for a relation that does not exist; a name nobody goes by has no facts.
    """
    subjects: Sequence[str | None] = [None] if about is None else [entity.id for entity in beliefs.named(about)]
    found = [fact for subject in subjects for fact in beliefs.facts(subject, relation, as_of=as_of, statuses=statuses)]
    kept = [fact for fact in found if (fact.status not in SHOWN or fact.holds_at(as_of)) and (relation or fact.relation != JOINS)]
    return kept if limit is None else kept[:limit]


def timeline(beliefs: Beliefs, about: str | None, as_of: datetime, limit: int | None = None) -> list[Fact]:
    """All that is or was so of whom or what goes by `about`, also as the object of another's fact, in order of time."""
    known = beliefs.facts(as_of=as_of, statuses=KNOWN)
    if about is not None:
        ids = {entity.id for entity in beliefs.named(about)}
        wanted = key_of(about)
        known = [fact for fact in known if {fact.subject, fact.object_entity} & ids or key_of(fact.object) == wanted]
    return known if limit is None else known[-limit:]


def statuses(given: Status | str | Sequence[Status | str] | None) -> Container[Status]:
    """The statuses asked for. Raises `BadInput` for one that does not exist."""
    if given is None:
        return SHOWN
    names = [given] if isinstance(given, str) else list(given)
    if "all" in names:
        return frozenset(Status)
    if unknown := [name for name in names if name not in set(Status)]:
        raise BadInput(f"status={unknown[0]!r} is not known; use {', '.join(Status)}, or all.")
    return frozenset(Status(name) for name in names)


def fact(beliefs: Beliefs, id: str) -> Fact:
    """The fact by this id. Raises `NotFound`."""
    found = beliefs.all_facts().get(id)
    if found is None:
        raise NotFound(f"There is no fact {id!r} in this scope. `facts` lists those there are.")
    return found


def entity(beliefs: Beliefs, name: str) -> Entity:
    """The one entity that goes by `name` or has this id. Raises `NotFound`, and `BadInput` where several do."""
    found = beliefs.named(name)
    if not found:
        raise NotFound(f"Nothing is known of {name!r} in this scope. `entities` lists whom and what facts speak of.")
    if len(found) > 1:
        raise BadInput(f"{len(found)} entities go by {name!r}: {', '.join(one.id for one in found)}. Name one by its id.")
    return found[0]


def bearing_on(beliefs: Beliefs, about: str) -> list[str]:
    """The episodes that say anything of whom or what goes by `about`, by their ids."""
    ids = {entity.id for entity in beliefs.named(about)}
    wanted = key_of(about)
    speak = (
        known for known in beliefs.all_facts().values() if {known.subject, known.object_entity} & ids or key_of(known.object) == wanted
    )
    return list(dict.fromkeys(piece.episode for known in speak for piece in known.evidence))


def evidence(known: Fact) -> list[str]:
    """The episodes that a fact rests on, by their ids."""
    return list(dict.fromkeys(piece.episode for piece in known.evidence))


def without(beliefs: Beliefs, episodes: Container[str]) -> Mapping[str, Fact]:
    """What would be believed had these episodes never been."""
    return Beliefs(beliefs.registry, (said for said in beliefs.testimonies() if said.episode not in episodes)).all_facts()


def aftermath(before: Mapping[str, Fact], erased: Container[str], after: Mapping[str, Fact]) -> dict[str, Any]:
    """What erasing episodes does to facts, in the fields of a `Certificate`: which are gone, which rest on other words.

    A fact that rested on none of the erased words is unharmed where it still stands, or where one of its slot that ended or
    disputed it is gone: what replaced it never was said.
    """
    touched = [known for known in before.values() if any(piece.episode in erased for piece in known.evidence)]
    slots = {(known.subject, known.relation, known.qualifier) for known in touched}
    others = [known for known in before.values() if (known.subject, known.relation, known.qualifier) not in slots]
    return {
        "facts": tuple(known.id for known in touched if known.id not in after),
        "facts_left": tuple(known.id for known in touched if known.id in after),
        "facts_unharmed": all(known.id in after and after[known.id].object == known.object for known in others),
    }


def subject(beliefs: Beliefs, about: str | None, scope: Scope) -> Entity:
    """Whom a profile is of: the one who goes by `about`; without a name the scope's user, else whom most is known of.

    Raises `NotFound` where nothing is known of anybody.
    """
    if about is not None:
        return entity(beliefs, about)
    known = [one for one in beliefs.entities() if one.facts]
    own = [one for one in known if scope.user is not None and key_of(scope.user) in {key_of(name) for name in (one.name, *one.aliases)}]
    found = max(own or known, key=lambda one: one.facts, default=None)
    if found is None:
        raise NotFound("No facts are known in this scope yet. Record something that somebody says of themselves.")
    return found


def graph(beliefs: Beliefs, about: str | None, to: str | None, as_of: datetime, hops: int) -> Graph:
    """The whole graph as it stands at `as_of`, what lies within `hops` of `about`, or the path from there `to` another."""
    if to is not None and about is None:
        raise BadInput("A path begins somewhere: name whom it is about, too.")
    if hops < 1:
        raise BadInput(f"hops={hops} reaches nobody; give at least 1.")
    network = Network(facts(beliefs, None, None, as_of), beliefs.entities())
    if about is None:
        return network.graph()
    if to is None:
        return network.neighbourhood(entity(beliefs, about).id, hops)
    path = network.path(about, to)
    ends = {id_ for edge in path for id_ in (edge.source, edge.target)}
    return Graph(tuple(node for node in network.graph().nodes if node.id in ends), path)


def history(beliefs: Beliefs, store: Store, scope: Scope, id: str) -> list[Change]:
    """The changes that made a fact what it is, oldest first, each with its effects on the fact's slot."""
    known = fact(beliefs, id)
    relation = beliefs.registry[known.relation]
    told = list(beliefs.testimonies())
    same = [testimony for testimony in told if beliefs.registry[testimony.claim.relation].same_slot(relation)]
    episodes = dict.fromkeys(testimony.episode for testimony in same)
    touching = {change.id: change for episode in episodes for change in store.changes(scope, episode)}
    found = []
    for change in sorted(touching.values(), key=lambda change: change.made_at):
        done = [
            effect for effect in _effects_at(beliefs, told, change.made_at)
            if (effect.fact.subject, effect.fact.qualifier) == (known.subject, known.qualifier)
            and beliefs.registry[effect.fact.relation].same_slot(relation)
            and (relation.is_single or effect.fact.object == known.object or effect.fact.id == id)
        ]  # fmt: skip
        if done:
            found.append(replace(change, effects=tuple(done)))
    return found


def effects_of(beliefs: Beliefs, change: Change) -> Change:
    """`change` with all it did to facts."""
    return replace(change, effects=tuple(_effects_at(beliefs, list(beliefs.testimonies()), change.made_at)))


def _effects_at(beliefs: Beliefs, told: Sequence[Testimony], moment: datetime) -> list[Effect]:
    """What the moment of a change did to the facts that follow from `told`."""
    states = [
        Beliefs(beliefs.registry, (one for testimony in told if (one := heard_by(testimony, at)) is not None)).all_facts().values()
        for at in (moment - INSTANT, moment)
    ]
    return effects(*map(list, states))
