"""Beliefs kept current in steps equal beliefs worked out anew, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from saying import NOW, day, facts, said

from remanence import Memory
from remanence.distill.bearing import bearing
from remanence.distill.beliefs import Beliefs
from remanence.distill.relations import registry
from remanence.testing.clock import FrozenClock

WORDS = [
    "I live in Porto.",
    "I moved to Lisbon.",
    "My sister Anna works at Acme.",
    "My sister is called Anna Berg.",
    "I like tea and rowing.",
    "I don't like tea any more.",
    "我妹妹叫小红。",
    "我住在北京。",
    "小红在上海工作。",
]


@pytest.mark.parametrize("seed", range(8))
def test_a_long_life_in_steps_equals_the_same_life_at_once(tmp_path, seed):
    chance, clock = Random(seed), FrozenClock(NOW)
    with Memory(tmp_path / "a.db", embedder=None, clock=clock) as memory:
        scope = memory.scope(user="alice")
        changes = []
        for _ in range(30):
            clock.advance(timedelta(hours=1))
            step = chance.random()
            if step < 0.7 or not changes:
                changes.append(scope.record(chance.choice(WORDS), speaker=chance.choice(["Alice", "Bob"]), said_at=clock.now()).change)
            elif step < 0.8:
                scope.undo(changes.pop())
            elif step < 0.9:
                scope.reindex()
            elif known := scope.facts():
                scope.forget(chance.choice(known).id)
                changes.clear()
            scope.facts()
        told = scope.facts(status="all")
    with Memory(tmp_path / "a.db", embedder=None, clock=clock) as again:
        assert again.scope(user="alice").facts(status="all") == told


def test_who_is_who_is_found_out_later_for_what_was_said_before():
    told = [said("2024-01-10", "Alice/sister", "lives_in", "Rome", by="Alice"), said("2024-02-10", "Alice", "sister", "Anna")]
    assert {fact.subject_name for fact in facts(told, relation="lives_in")} == {"Anna"}
    beliefs = Beliefs(registry(), told[:1])
    assert [fact.subject_name for fact in beliefs.facts(as_of=NOW)] == ["Alice/sister"]
    beliefs.learn(told[1:])
    assert {fact.subject_name for fact in beliefs.facts(as_of=NOW, relation="lives_in")} == {"Anna"}


def test_words_of_a_relation_that_is_no_longer_known_are_left_aside():
    assert facts([said("2024-01-10", "Alice", "sails_with", "Bo"), said("2024-01-10", "Alice", "pet", "Rex")])[0].object == "Rex"


def test_the_evidence_of_the_fact_asked_for_comes_first():
    told = [
        said("2024-01-10", "Anna", "lives_in", "Rome", seq=1),
        said("2024-01-10", "Anna", "hobby", "rowing", seq=2),
        said("2024-01-10", "Bob", "lives_in", "Oslo", seq=3),
    ]
    found = bearing(Beliefs(registry(), told), "Where does Anna live?", NOW)
    assert max(found["fact"], key=found["fact"].__getitem__) == 1
    assert 1 in found["graph"]


def test_what_is_so_bears_more_than_what_was():
    told = [said("2024-01-10", "Anna", "lives_in", "Rome", seq=1), said("2025-01-10", "Anna", "lives_in", "Oslo", seq=2)]
    beliefs = Beliefs(registry(), told)
    now = bearing(beliefs, "Where does Anna live?", NOW)["fact"]
    assert now[2] > now[1]
    then = bearing(beliefs, "Where does Anna live?", day("2024-06-01"))["fact"]
    assert then[1] >= now[1]


def test_a_question_that_names_nobody_costs_nothing():
    assert bearing(Beliefs(registry()), "?", NOW) == {"fact": {}, "entity": {}, "graph": {}}
