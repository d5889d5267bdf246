"""A filter means what it says, however it is written; what it cannot mean is an error that names what there is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remanence import Filter, Kind, Memory, Trust
from remanence.errors import BadInput
from remanence.recall.filters import read_filter
from remanence.testing.clock import FrozenClock

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 7, 2, 18, 30, tzinfo=LISBON)
MIDNIGHT = datetime(2026, 7, 1, tzinfo=LISBON)


def loose(**given: Any) -> Filter:
    """A filter with values of whatever type."""
    return Filter(**given)


@pytest.fixture
def memory() -> Memory:
    memory = Memory(embedder=None, clock=FrozenClock(NOW))
    memory.record("bread in June", said_at="2026-06-30T23:30")
    memory.record("bread in July", said_at="2026-07-01T00:30")
    memory.record({"role": "assistant", "content": "bread, says the model"}, said_at="2026-07-02")
    return memory


@pytest.mark.parametrize("since", ["2026-07-01", date(2026, 7, 1), datetime(2026, 7, 1), MIDNIGHT, MIDNIGHT.timestamp()])
def test_a_date_however_written_is_read_in_the_zone_of_the_clock(memory: Memory, since: object) -> None:
    where = loose(since=since, trust=["user"])
    assert [hit.episode.text for hit in memory.recall("bread", where=where)] == ["bread in July"]
    assert [episode.text for _, episode in memory.episodes(where=where)] == ["bread in July"]
    assert [episode.text for _, episode in memory.episodes(where=loose(until=since))] == ["bread in June"]


@pytest.mark.parametrize("trust", ["model", Trust.MODEL, ["model"], ("model",), {Trust.MODEL}])
def test_trust_is_read_by_name_one_or_several(memory: Memory, trust: object) -> None:
    assert [hit.episode.text for hit in memory.recall("bread", where=loose(trust=trust))] == ["bread, says the model"]


def test_a_kind_is_read_by_name(memory: Memory) -> None:
    assert read_filter(loose(kind="turn"), NOW) == Filter(kind=Kind.TURN)
    assert len(memory.recall("bread", where=loose(kind="turn"))) == 3
    assert memory.recall("bread", where=loose(kind="document")) == []


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (loose(kind="bogus"), "kind='bogus'.*turn, document, tool, data"),
        (loose(trust="bogus"), "trust='bogus'.*user, tool, web, model"),
        (loose(trust=["user", 3]), "trust=3.*user, tool, web, model"),
        (loose(since="last week"), "since='last week'.*for example"),
        (loose(until=True), "until=True.*for example"),
        (loose(speaker=7), "speaker=7 is a int; give text"),
        (loose(metadata="place=home"), "metadata='place=home' is a str; give a mapping"),
        ({"speaker": "Alice"}, "is a dict; give a Filter"),
    ],
)
def test_what_a_filter_cannot_mean_is_an_error_that_names_it(memory: Memory, where: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        memory.recall("bread", where=where)
    with pytest.raises(BadInput, match=says):
        memory.episodes(where=where)


def test_a_filter_that_asks_nothing_is_none() -> None:
    assert read_filter(None, NOW) is None
    assert read_filter(Filter(), NOW) is None


def test_a_filter_already_read_stays_as_it_is() -> None:
    where = Filter(kind=Kind.TURN, trust=(Trust.USER,), since=datetime(2026, 1, 1, tzinfo=UTC), metadata={"place": "home"})
    assert read_filter(where, NOW) == where


def test_hits_by_something_else_than_episode_or_session_are_refused(memory: Memory) -> None:
    with pytest.raises(BadInput, match=r"by='day'.*'episode' or 'session'"):
        memory.recall("bread", by="day")  # type: ignore[arg-type]
