"""The table at work: JSON-friendly arguments in, plain JSON out, and clear words for what does not fit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from remanence.backends.models.scripted import Scripted
from remanence.errors import BadInput
from remanence.memory import Memory
from remanence.operations import OPERATIONS, as_json, call
from remanence.testing.clock import FrozenClock
from remanence.types import Hits, Kind, Scope, Trust


@pytest.fixture
def memory() -> Memory:
    return Memory(embedder=None, clock=FrozenClock())


def recorded(memory: Memory, text: str, **more: Any) -> str:
    id_: str = call(memory, "record", {"experience": text, **more}).ids[0]
    return id_


def test_filters_and_budgets_are_put_together_from_plain_arguments(memory: Memory) -> None:
    recorded(memory, "the plan of March", said_at="2026-03-01", trust="web", metadata={"page": 1})
    recorded(memory, "the plan of April", said_at="2026-04-01", trust="tool", metadata={"page": 2})

    def plans(**given: Any) -> list[str]:
        return [hit.episode.text for hit in call(memory, "recall", {"question": "plan", **given})]

    assert plans(since="2026-03-15") == ["the plan of April"]
    assert plans(until=1774800000) == ["the plan of March"]
    assert plans(trust=["web"]) == plans(trust="web") == plans(metadata={"page": 1}) == ["the plan of March"]
    assert plans(kind="document") == []
    assert len(plans(budget_seconds=5, budget_tokens=1000)) == 2


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("recal", {}, "Did you mean 'recall'?"),
        ("recall", {}, "needs 'question'"),
        ("recall", {"question": None}, "needs 'question'"),
        ("recall", {"question": "x", "limti": 3}, "Did you mean 'limit'?"),
        ("recall", {"question": 3}, "must be text"),
        ("recall", {"question": "x", "limit": "3"}, "must be integer"),
        ("recall", {"question": "x", "limit": True}, "must be integer"),
        ("recall", {"question": "x", "by": "week"}, "episode, session"),
        ("recall", {"question": "x", "trust": ["web", "nobody"]}, "user, tool, web, model"),
        ("recall", {"question": "x", "since": "soonish"}, "since"),
        ("recall", {"question": "x", "since": True}, "must be moment"),
        ("recall", {"question": "x", "metadata": ["a"]}, "must be mapping"),
        ("forget", {"what": [3]}, "must be text"),
        ("reindex", {"pending": "yes"}, "must be flag"),
        ("facts", {"status": ["so"]}, "current, ended, contested, retracted, all"),
        ("facts", {"relation": "livesin"}, "Did you mean 'lives_in'?"),
        ("facts", {"as_of": "soonish"}, "as_of"),
        ("graph", {"hops": "2"}, "must be integer"),
        ("retract", {}, "either 'what' or any of source, speaker, trust, since, before"),
        ("retract", {"what": "fa_x", "source": "y"}, "not both"),
        ("distill", {}, "needs 'model'"),
    ],
)
def test_what_does_not_fit_is_named(memory: Memory, name: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says.replace("?", r"\?")):
        call(memory, name, given)


def test_one_name_alone_is_a_description_and_ids_are_ids(memory: Memory) -> None:
    first, second = recorded(memory, "peanuts are out"), recorded(memory, "almonds are in")
    assert call(memory, "forget", {"what": ["peanuts out"], "preview": True}).removed == (first,)
    assert call(memory, "forget", {"what": [first, second], "preview": True}).removed == (first, second)


def test_every_result_has_a_form_in_json(memory: Memory) -> None:
    scope: dict[str, Any] = {"alice": memory.scope(user="alice"), "memory": memory}
    receipt = scope["alice"].record("I moved to Lisbon; I'm allergic to peanuts.")
    stated = [("Alice", "allergic_to", "almonds"), ("Alice", "friend", "Bob"), ("Robert", "lives_in", "Lisbon")]
    change = scope["alice"].record([dict(zip(("subject", "relation", "object"), each, strict=True)) for each in stated], kind="fact").change
    fact = scope["alice"].history(change)[0].effects[0].fact.id
    scope |= {"id": receipt.ids[0], "change": receipt.change, "fact": fact, "model": Scripted([])}
    for row in OPERATIONS:
        made = run(row.python, scope)
        if row.name != "export":
            assert json.loads(json.dumps(as_json(made), allow_nan=False)) == as_json(made)
        if row.name == "correct":
            scope["change"] = made.change


def run(example: str, scope: dict[str, Any]) -> Any:
    """What an example's expression gives; a statement is carried out."""
    try:
        return eval(example, scope)
    except SyntaxError:
        exec(example, scope)
        return None


def test_json_keeps_what_matters(memory: Memory) -> None:
    id_ = recorded(memory, "你好", speaker="小丽", said_at="2026-03-02T18:00+08:00")
    told: Any = as_json(call(memory.scope(user=None), "recall", {"question": "你好"}))
    episode = told["hits"][0]["episode"]
    assert (episode["id"], episode["said_at"], episode["speaker"]) == (id_, "2026-03-02T18:00:00+08:00", "小丽")
    assert episode["scope"] == {"tenant": "default"}
    assert episode["is_current"] is True
    assert set(told) == {"hits", "confidence", "skipped", "spent"}
    assert as_json(call(memory, "forget", {"what": [id_]}))["is_clean"] is True  # type: ignore[call-overload,index]


def test_a_source_is_taken_back_and_brought_back_from_plain_arguments(memory: Memory) -> None:
    def places() -> list[tuple[str, str]]:
        told: Any = as_json(call(memory, "facts", {"about": "小丽"}))
        return [(fact["object"], fact["status"]) for fact in told]

    for object, source in (("杭州", "chat"), ("苏州", "letter")):
        claim = {"subject": "小丽", "relation": "born_in", "object": object}
        call(memory, "record", {"experience": claim, "kind": "fact", "source": source})
    assert {status for _, status in places()} == {"contested"}
    taken = call(memory, "retract", {"source": "letter"})
    assert places() == [("杭州", "current")]
    call(memory, "undo", {"change": taken.change})
    assert len(places()) == 2


def test_numbers_that_are_none_moments_and_names_become_plain() -> None:
    assert as_json([float("nan"), float("inf"), Kind.TURN, Trust.WEB, 1, True, None]) == [None, None, "turn", "web", 1, True, None]
    assert as_json(datetime(2026, 3, 2, tzinfo=UTC)) == "2026-03-02T00:00:00+00:00"
    assert as_json(Hits()) == {"hits": [], "confidence": 0.0, "skipped": {}, "spent": {"seconds": 0.0, "tokens": 0, "calls": 0}}
    assert as_json(iter(["a", "b"])) == ["a", "b"]


def test_what_has_no_form_in_json_is_an_error() -> None:
    with pytest.raises(TypeError, match="object has no form"):
        as_json(object())
    assert as_json(Scope(user="a")) == {"tenant": "default", "user": "a", "agent": None, "session": None, "project": None}
