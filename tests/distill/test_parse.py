"""Whatever a model's reply looks like, the items that are whole are read, and what is missing is known to be missing."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanence.distill.parse import LONGEST, parse
from remanence.distill.prompts import prompt

ITEMS = [
    {"turn": 1, "quote": 'I\'m at "Blue", in Porto', "subject": "Ana", "relation": "lives_in", "object": "Porto", "change": True},
    {"turn": 2, "quote": "我对花生过敏", "subject": "王峰", "relation": "allergic_to", "object": "花生", "certainty": 0.6, "when": None},
]
REPLY = json.dumps({"claims": ITEMS}, ensure_ascii=False)


def read(reply: str) -> list[dict[str, Any]]:
    return list(parse(reply).items)


@pytest.mark.parametrize(
    "reply",
    [
        REPLY,
        json.dumps({"claims": ITEMS}, indent=2),
        json.dumps(ITEMS),
        "\n".join(json.dumps(item, ensure_ascii=False) for item in ITEMS),
        f"Here are the claims:\n```json\n{REPLY}\n```\nI hope this helps!",
        f'<think>The user {{says}} that… {{"claims": [1, 2</think>\n{REPLY}',
        REPLY.replace("}, {", "},\n {").replace("}]}", "},\n]}"),
        REPLY.replace("}, {", "} {"),
        REPLY.replace('"claims"', "claims").replace('"turn"', "turn"),
        REPLY.replace("true", "True").replace("null", "None"),
        REPLY.replace('\\"Blue\\"', '"Blue"'),
        json.dumps({"result": {"facts": ITEMS}}),
        "{ // the claims\n" + REPLY[1:],
    ],
    ids="whole indented list lines fenced thought trailing_commas no_commas bare_keys python quotes_in_quotes wrapped commented".split(),
)
def test_a_reply_is_read_however_it_is_dressed(reply: str) -> None:
    assert read(reply) == ITEMS
    assert parse(reply).found
    assert not parse(reply).cut


def test_single_quotes_are_read_with_apostrophes_inside() -> None:
    reply = "{'claims': [{'turn': 1, 'quote': 'I'm allergic, it's bad', 'relation': 'allergic_to', 'object': 'nuts',}]}"
    assert read(reply) == [{"turn": 1, "quote": "I'm allergic, it's bad", "relation": "allergic_to", "object": "nuts"}]


def test_curly_quotes_are_read() -> None:
    assert read("{“claims”: [{“relation”: “likes”, “object”: “tea”}]}") == [{"relation": "likes", "object": "tea"}]


@pytest.mark.parametrize("end", range(len('{"claims": ['), len(REPLY)))
def test_a_reply_cut_off_anywhere_keeps_each_whole_item_and_no_half_one(end: int) -> None:
    parsed = parse(REPLY[:end])
    whole = sum(end >= REPLY.index(json.dumps(item, ensure_ascii=False)) + len(json.dumps(item, ensure_ascii=False)) for item in ITEMS)
    assert list(parsed.items) == ITEMS[:whole]
    assert parsed.cut
    assert parsed.found


def test_nothing_to_note_is_a_list_and_not_a_failure() -> None:
    for reply in ('{"claims": []}', "[]", '```json\n{"claims": [ ]}\n```'):
        assert parse(reply).found
        assert parse(reply).items == ()


@pytest.mark.parametrize("reply", ["", "I'm sorry, I can't help with that.", "null", "{}", '"claims"', '{"error": "overloaded"}', "[1, 2]"])
def test_a_reply_without_a_list_is_not_taken_for_nothing_to_note(reply: str) -> None:
    assert not parse(reply).found


def test_the_schema_echoed_holds_no_items() -> None:
    schema = prompt("en").schema
    properties = schema["properties"]["claims"]["items"]["properties"]
    for echo in (schema, {"claims": schema["properties"]["claims"]}, {"claims": [properties]}, properties, {"properties": properties}):
        parsed = parse(json.dumps(echo))
        assert parsed.items == ()
        assert not parsed.found
        assert parsed.echo or "claims" in echo


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="{}[]\",:'\\“” \nabcturelation0123.-/*", max_size=120))
def test_no_text_is_too_broken_to_be_looked_at(text: str) -> None:
    assert all(isinstance(item, dict) for item in parse(text).items)


@pytest.mark.parametrize("piece", ["[", "{", '{"a":', '"', "/*,", '", ', "{'", '{"a": "b", ', "\\", "[{]}", "-1e9", "1"])
def test_a_mangled_reply_is_read_in_bounded_time(piece: str) -> None:
    started = perf_counter()
    parse(piece * (LONGEST // len(piece)))
    assert perf_counter() - started < 6
