"""Walk the graph that facts make: facts and entities in; neighbourhoods, paths, ranks and communities out. Pure.

A node is an entity that a fact speaks of; an edge is a fact whose object is one, or what a name tells by itself
("Alice/sister" is a sister of Alice). Nothing is stored: what loses its last fact is no longer there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import rustworkx as rx

from remanence.distill.entities import key_of
from remanence.errors import NotFound
from remanence.types import Edge, Entity, Fact, Graph, Status

DAMPING = 0.85
ENDED = 0.5
"""What an edge that has ended weighs of one that holds."""
IMPLIED = 0.9
"""The confidence of what a name tells by itself."""
LEAST = 0.01
NOT_SO = frozenset({Status.RETRACTED})


class Network:
    """A graph to be asked. It is built once and not changed."""

    def __init__(self, facts: Iterable[Fact], entities: Iterable[Entity]) -> None:
        known = {entity.id: entity for entity in entities}
        told = [fact for fact in facts if fact.status not in NOT_SO and not fact.denied]
        edges = list(_edges(told))
        edges += _implied(known, {name for fact in told for name in (fact.subject, fact.object_entity) if name}, edges)
        supported = {fact.subject: fact.subject_name for fact in told}
        supported |= {fact.object_entity: fact.object for fact in told if fact.object_entity and fact.object_entity not in supported}
        supported |= {id: known[id].name for edge in edges for id in (edge.source, edge.target) if id not in supported}
        count: dict[str, int] = defaultdict(int)
        for fact in told:
            for id in {fact.subject, fact.object_entity} - {None}:
                count[str(id)] += 1
        self._nodes = {id: replace(known.get(id, Entity(id, supported[id])), facts=count[id]) for id in sorted(supported)}
        self._edges = tuple(sorted(edges, key=lambda edge: (edge.source, edge.target, edge.relation, edge.fact or "")))
        self._ids = list(self._nodes)
        self._place = {id: place for place, id in enumerate(self._ids)}
        self._between: dict[tuple[int, int], list[Edge]] = defaultdict(list)
        for edge in self._edges:
            ends = sorted((self._place[edge.source], self._place[edge.target]))
            self._between[ends[0], ends[1]].append(edge)
        self._graph: rx.PyGraph[str, float] = rx.PyGraph(multigraph=False)
        self._graph.add_nodes_from(self._ids)
        weights = ((*ends, min(1.0, sum(map(_weight, parallel)))) for ends, parallel in sorted(self._between.items()))
        self._graph.add_edges_from([(one, other, weight) for one, other, weight in weights if one != other])

    def graph(self) -> Graph:
        """All of it."""
        return Graph(tuple(self._nodes.values()), self._edges)

    def named(self, about: str) -> list[str]:
        """The ids of the nodes that go by `about` or have this id."""
        wanted = key_of(about)
        return [id for id, node in self._nodes.items() if id == about or wanted in {key_of(name) for name in (node.name, *node.aliases)}]

    def neighbourhood(self, about: str, hops: int = 1, limit: int | None = None) -> Graph:
        """What lies within `hops` edges of whom or what goes by `about`; the `limit` nodes that bear on it most."""
        near = self._within(self.named(about), hops)
        if limit is not None and len(near) > limit:
            scores = self.rank(self.named(about))
            near = dict(sorted(near.items(), key=lambda pair: (pair[1] > 0, -scores.get(pair[0], 0.0), pair[1], pair[0]))[:limit])
        return self._only(near)

    def path(self, one: str, other: str) -> tuple[Edge, ...]:
        """The fewest and surest edges that lead from one to the other, to be read in that order; none where nothing does.

        Raises `NotFound` for a name that is not in the graph.
        """
        starts, goals = self._known(one), self._known(other)
        if set(starts) & set(goals):
            return ()
        best: tuple[float, list[int]] | None = None
        for start in starts:
            found = rx.dijkstra_shortest_paths(self._graph, start, weight_fn=_length)
            for goal in goals:
                if goal in found:
                    steps = list(found[goal])
                    length = sum(_length(self._graph.get_edge_data(a, b)) for a, b in pairwise(steps))
                    best = min(best or (length, steps), (length, steps))
        return () if best is None else tuple(self._surest(a, b) for a, b in pairwise(best[1]))

    def rank(self, seeds: Mapping[str, float] | Sequence[str]) -> dict[str, float]:
        """How much each node bears on `seeds` (ids, with weights or alike): personalised PageRank, best first.

        Edges count both ways, by their confidence. Seeds that are not in the graph are passed over.
        """
        given = seeds if isinstance(seeds, Mapping) else dict.fromkeys(seeds, 1.0)
        personal = {self._place[id]: weight for id, weight in given.items() if id in self._place and weight > 0}
        if not personal:
            return {}
        scores = rx.pagerank(
            self._both_ways(),
            alpha=DAMPING,
            weight_fn=float,
            personalization=personal,
            dangling=personal,
            nstart=personal,
            tol=1e-8,
            max_iter=200,
        )
        found = ((self._ids[place], score) for place, score in scores.items() if score > 0)
        return dict(sorted(found, key=lambda pair: (-pair[1], pair[0])))

    def communities(self) -> list[tuple[str, ...]]:
        """Nodes that hang together, by id, the largest group first."""
        groups = (tuple(sorted(self._ids[place] for place in group)) for group in rx.connected_components(self._graph))
        return sorted(groups, key=lambda group: (-len(group), group))

    def _both_ways(self) -> rx.PyDiGraph[str, float]:
        return self._graph.to_directed()

    def _known(self, name: str) -> list[int]:
        found = [self._place[id] for id in self.named(name)]
        if not found:
            raise NotFound(f"No fact in this scope speaks of {name!r}. `entities` lists whom and what facts speak of.")
        return found

    def _within(self, ids: Iterable[str], hops: int) -> dict[str, int]:
        """The ids within so many hops, each with its distance."""
        distance = dict.fromkeys(ids, 0)
        edge = list(distance)
        for hop in range(1, hops + 1):
            reached = (self._ids[place] for id in edge for place in self._graph.neighbors(self._place[id]))
            edge = sorted({id for id in reached if id not in distance})
            distance |= dict.fromkeys(edge, hop)
        return distance

    def _only(self, ids: Mapping[str, int]) -> Graph:
        nodes = sorted(ids, key=lambda id: (ids[id], id))
        return Graph(tuple(self._nodes[id] for id in nodes), tuple(e for e in self._edges if e.source in ids and e.target in ids))

    def _surest(self, one: int, other: int) -> Edge:
        """Of the edges between two nodes the one that tells most: it holds, it is sure, a fact says it."""
        between = self._between[min(one, other), max(one, other)]
        return min(between, key=lambda edge: (edge.status is not Status.CURRENT, -edge.confidence, edge.fact is None, edge.fact or ""))


def _edges(facts: Iterable[Fact]) -> Iterator[Edge]:
    for fact in facts:
        if fact.object_entity is not None and fact.object_entity != fact.subject:
            yield Edge(
                fact.subject, fact.object_entity, fact.relation, fact.text, fact.id, fact.status, fact.valid_from, fact.valid_to,
                fact.confidence,
            )  # fmt: skip


def _implied(known: Mapping[str, Entity], spoken_of: set[str], edges: Sequence[Edge]) -> Iterator[Edge]:
    """What paths tell: "Alice/sister" is the sister of the only Alice there is, if no fact says so."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for entity in known.values():
        for name in (entity.name, *entity.aliases):
            by_name[key_of(name)].add(entity.id)
    told = {(edge.source, edge.target) for edge in edges}
    for entity in known.values():
        for name in (entity.name, *entity.aliases):
            whose, slash, word = name.rpartition("/")
            owners = by_name.get(key_of(whose), set()) if slash else set()
            if entity.id in spoken_of and len(owners) == 1 and (owner := min(owners)) != entity.id and (owner, entity.id) not in told:
                told.add((owner, entity.id))
                yield Edge(owner, entity.id, word, name, confidence=IMPLIED)


def _weight(edge: Edge) -> float:
    return max(LEAST, edge.confidence) * (ENDED if edge.status is Status.ENDED else 1.0)


def _length(weight: float) -> float:
    """An edge counts one step, and a little more the less sure it is."""
    return 1.0 + 0.1 * (1.0 - weight)
