"""The graph that facts make: what lies near, what leads where, what bears on what, and what is no longer there."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from time import perf_counter

import pytest
from saying import NOW, said

from remanence.distill.beliefs import Beliefs
from remanence.distill.graph import Network
from remanence.distill.relations import registry
from remanence.errors import NotFound
from remanence.types import Status
from remanence.types import Testimony as Told

DAY = "2024-01-10"
TOLD = [
    said(DAY, "Alice", "friend", "Bob"),
    said(DAY, "Bob", "works_at", "Acme"),
    said(DAY, "Carl", "works_at", "Acme"),
    said(DAY, "Carl", "lives_in", "Rome"),
    said(DAY, "Dora", "lives_in", "Oslo"),
    said(DAY, "Alice/sister", "lives_in", "Porto", by="Alice"),
    said(DAY, "Alice", "likes", "tea"),
]


def network(told: Iterable[Told]) -> Network:
    beliefs = Beliefs(registry(), told)
    return Network(beliefs.facts(as_of=NOW, statuses=frozenset(Status)), beliefs.entities())


def names(graph_of: Network, ids: Iterable[str]) -> list[str]:
    known = {node.id: node.name for node in graph_of.graph().nodes}
    return [known[id] for id in ids]


def test_a_path_is_read_as_the_facts_it_is_made_of():
    path = network(TOLD).path("Alice", "Rome")
    assert [edge.text for edge in path] == ["Alice is friends with Bob", "Bob works at Acme", "Carl works at Acme", "Carl lives in Rome"]
    assert all(edge.fact for edge in path)


def test_there_is_no_path_between_strangers_and_none_to_oneself():
    assert network(TOLD).path("Alice", "Oslo") == ()
    assert network(TOLD).path("Alice", "alice") == ()


def test_a_path_from_somebody_unknown_is_an_error_that_says_so():
    with pytest.raises(NotFound, match="Zoe"):
        network(TOLD).path("Zoe", "Alice")


def test_a_neighbourhood_grows_with_its_hops():
    near = [{node.name for node in network(TOLD).neighbourhood("Alice", hops).nodes} for hops in (0, 1, 2)]
    assert near == [{"Alice"}, {"Alice", "Bob", "Alice/sister"}, {"Alice", "Bob", "Alice/sister", "Acme", "Porto"}]
    assert [node.name for node in network(TOLD).neighbourhood("Alice", 9, limit=1).nodes] == ["Alice"]
    assert network(TOLD).neighbourhood("Zoe").nodes == ()


def test_a_path_in_a_name_is_an_edge_without_a_fact():
    [edge] = [edge for edge in network(TOLD).graph().edges if edge.fact is None]
    assert (edge.relation, edge.text) == ("sister", "Alice/sister")


def test_a_named_sister_is_one_edge_not_two():
    told = [*TOLD, said(DAY, "Alice", "sister", "Eva")]
    assert [edge.fact is None for edge in network(told).graph().edges if edge.relation == "sister"] == [False]


def test_what_is_near_the_seeds_ranks_before_what_is_far():
    graph = network(TOLD)
    scores = graph.rank(graph.named("Alice"))
    order = names(graph, scores)
    assert order.index("Bob") < order.index("Acme") < order.index("Carl") < order.index("Rome")
    assert "Oslo" not in order
    assert abs(sum(scores.values()) - 1) < 1e-6
    assert graph.rank(["en_nobody"]) == {}


def test_what_has_ended_counts_less():
    told = [said(DAY, "Alice", "lives_in", "Porto"), said("2025-01-10", "Alice", "lives_in", "Lisbon")]
    graph = network(told)
    scores = graph.rank(graph.named("Alice"))
    assert names(graph, scores)[1:] == ["Lisbon", "Porto"]


def test_nodes_left_without_support_are_gone():
    assert "Rome" in {node.name for node in network(TOLD).graph().nodes}
    left = network(one for one in TOLD if one.claim.object != "Rome").graph()
    assert "Rome" not in {node.name for node in left.nodes}
    retracted = [*TOLD, said("2024-02-10", "Carl", "lives_in", "Rome", "retract")]
    assert "Rome" not in {node.name for node in network(retracted).graph().nodes}


def test_what_was_denied_is_no_edge():
    assert network([said(DAY, "Alice", "friend", "Bob", "deny")]).graph().edges == ()


def test_communities_are_what_hangs_together():
    graph = network(TOLD)
    assert [sorted(names(graph, group)) for group in graph.communities()] == [
        ["Acme", "Alice", "Alice/sister", "Bob", "Carl", "Porto", "Rome"],
        ["Dora", "Oslo"],
    ]


def test_nothing_known_is_an_empty_graph():
    graph = network([])
    assert graph.graph().nodes == ()
    assert graph.communities() == []


def test_the_graph_does_not_depend_on_the_order_of_what_was_said():
    assert network(TOLD).graph() == network(reversed(TOLD)).graph()


def test_ten_thousand_edges_are_ranked_in_bounded_time():
    random = Random(1)
    told = [said(DAY, f"P{random.randrange(2000)}", "friend", f"P{random.randrange(2000)}") for _ in range(10_000)]
    graph = network(told)
    started = perf_counter()
    assert len(graph.rank(graph.named("P1"))) > 1000
    assert perf_counter() - started < 2
