"""Facts through a memory: what is so and since when, on both clocks; corrected, undone, rolled back, forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remanence import Memory
from remanence.errors import BadInput, NotFound
from remanence.testing.clock import FrozenClock
from remanence.types import Action, Filter, Status

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    return FrozenClock(START)


@pytest.fixture(params=["sqlite", "memory"])
def memory(request, tmp_path, clock):
    path = tmp_path / "facts.db" if request.param == "sqlite" else ":memory:"
    with Memory(path, embedder=None, clock=clock) as memory:
        yield memory.scope(user="alice")


def state(memory, subject, relation, object="", **fields):
    said = {name: fields.pop(name) for name in ("said_at", "speaker", "source", "trust", "session") if name in fields}
    return memory.record(
        {"subject": subject, "relation": relation, "object": object, **fields}, kind="fact", **{"speaker": subject, **said}
    )


def texts(memory, *given, **options):
    return [fact.text for fact in memory.facts(*given, **options)]


# ------------------------------------------------------------------ both clocks


def test_what_was_so_and_what_was_known_are_asked_for_apart(memory, clock):
    state(memory, "Alice", "lives_in", "Porto", said_at="2025-01-01T00:00+00:00")
    clock.advance(timedelta(days=10))
    state(memory, "Alice", "lives_in", "Lisbon", said_at="2025-06-01T00:00+00:00")
    assert texts(memory) == ["Alice lives in Lisbon"]
    assert texts(memory, as_of="2025-03-01T00:00+00:00") == ["Alice lives in Porto"]
    assert texts(memory, known_at=START + timedelta(days=1)) == ["Alice lives in Porto"]
    assert texts(memory, as_of="2025-07-01T00:00+00:00", known_at=START + timedelta(days=1)) == ["Alice lives in Porto"]
    assert texts(memory, known_at=START - timedelta(days=1)) == []


def test_the_words_themselves_are_distilled_when_they_are_recorded(memory):
    memory.record("I moved from Porto to Lisbon in March 2024.", speaker="Alice", said_at="2024-06-01T10:00+00:00")
    assert texts(memory, "Alice", "lives_in") == ["Alice lives in Lisbon"]
    assert texts(memory, "Alice", "lives_in", as_of="2024-02-01T00:00+00:00") == ["Alice lives in Porto"]


def test_chinese_words_become_chinese_facts(memory):
    memory.record("我住在北京，在百度工作。", speaker="小明", said_at="2024-06-01T10:00+08:00")
    assert set(texts(memory, "小明")) == {"小明住在北京", "小明在百度工作"}


def test_facts_survive_closing_and_another_memory_sees_them(tmp_path):
    with Memory(tmp_path / "a.db", embedder=None) as memory:
        state(memory.scope(user="alice"), "Alice", "lives_in", "Porto")
        told = texts(memory.scope(user="alice"))
        with Memory(tmp_path / "a.db", embedder=None) as other:
            assert texts(other.scope(user="alice")) == told
            state(other.scope(user="alice"), "Alice", "pet", "Rex")
        assert len(texts(memory.scope(user="alice"))) == 2


def test_facts_of_one_user_are_not_seen_by_another(tmp_path):
    with Memory(tmp_path / "b.db", embedder=None) as owner:
        state(owner.scope(user="alice"), "Alice", "lives_in", "Porto")
        assert texts(owner.scope(user="bob")) == []
        assert texts(owner.scope(tenant="other")) == []
        assert len(texts(owner)) == 1


def test_facts_of_two_sessions_of_a_user_fill_one_slot(memory):
    state(memory, "Alice", "lives_in", "Porto", session="one", said_at="2025-01-01T00:00+00:00")
    state(memory, "Alice", "lives_in", "Lisbon", session="two", said_at="2025-06-01T00:00+00:00")
    assert texts(memory) == ["Alice lives in Lisbon"]
    assert texts(memory.scope(session="one")) == ["Alice lives in Porto"]


def test_a_replay_of_the_ledger_rebuilds_the_same_beliefs(memory, tmp_path):
    memory.record("I live in Porto and I like rowing. My sister Anna is a nurse.", speaker="Alice", said_at="2025-01-01T00:00+00:00")
    receipt = memory.record("I moved to Lisbon.", speaker="Alice", said_at="2025-06-01T00:00+00:00")
    memory.undo(receipt.change)
    with Memory(tmp_path / "copy.db", embedder=None) as copy:
        mine = copy.scope(user="alice")
        mine.import_(memory.export())
        assert mine.facts(status="all") == memory.facts(status="all")
        mine.reindex()
        assert mine.facts(status="all") == memory.facts(status="all")


# ------------------------------------------------------------------ changing one's mind


def test_undo_restores_exactly_what_was_believed(memory, clock):
    state(memory, "Alice", "lives_in", "Porto")
    before = memory.facts(status="all")
    clock.advance(timedelta(days=1))
    receipt = state(memory, "Alice", "lives_in", "Lisbon")
    clock.advance(timedelta(days=1))
    memory.undo(receipt.change)
    assert memory.facts(status="all") == before
    assert texts(memory, known_at=START + timedelta(days=1, hours=1)) == ["Alice lives in Lisbon"]


def test_a_fact_is_corrected_by_its_id_and_the_correction_can_be_undone(memory, clock):
    state(memory, "Alice", "lives_in", "Porto")
    clock.advance(timedelta(days=1))
    receipt = memory.correct(memory.facts()[0].id, "Lisbon")
    assert texts(memory) == ["Alice lives in Lisbon"]
    assert texts(memory, as_of=START + timedelta(hours=1)) == ["Alice lives in Lisbon"]
    clock.advance(timedelta(days=1))
    memory.undo(receipt.change)
    assert texts(memory) == ["Alice lives in Porto"]


def test_a_wrong_fact_is_retracted_with_its_reason_and_its_words_stay(memory, clock):
    state(memory, "Alice", "allergic_to", "peanuts")
    clock.advance(timedelta(days=1))
    memory.retract(memory.facts()[0].id, reason="it was a joke")
    assert texts(memory) == []
    [fact] = memory.facts(status="retracted")
    assert memory.history(fact.id)[-1].reason == "it was a joke"
    assert "peanuts" in memory.show(fact.evidence[0].episode).text


def test_the_owner_settles_a_contest_by_retracting_one_side(memory, clock):
    state(memory, "Bob", "works_at", "Acme", speaker="Ann")
    clock.advance(timedelta(days=1))
    state(memory, "Bob", "works_at", "Globex", speaker="Carl")
    one, other = memory.facts(status="contested")
    clock.advance(timedelta(days=1))
    memory.retract(one.id)
    assert [(fact.text, fact.status) for fact in memory.facts()] == [(other.text, Status.CURRENT)]


def test_a_sources_whole_influence_is_rolled_back_and_can_be_restored(memory, clock):
    state(memory, "Alice", "lives_in", "Porto", said_at=START)
    clock.advance(timedelta(days=1))
    state(memory, "Alice", "lives_in", "Oslo", source="feed", said_at=START + timedelta(days=1))
    state(memory, "Alice", "pet", "Rex", source="feed", said_at=START + timedelta(days=1))
    assert set(texts(memory)) == {"Alice lives in Oslo", "Alice has a pet, Rex"}
    clock.advance(timedelta(days=1))
    receipt = memory.retract(Filter(source="feed"))
    assert texts(memory) == ["Alice lives in Porto"]
    clock.advance(timedelta(days=1))
    memory.undo(receipt.change)
    assert set(texts(memory)) == {"Alice lives in Oslo", "Alice has a pet, Rex"}


def test_an_empty_filter_takes_nothing_back(memory):
    state(memory, "Alice", "pet", "Rex")
    with pytest.raises(BadInput, match="everything"):
        memory.retract(Filter())
    with pytest.raises(BadInput, match="everything"):
        memory.forget(where=Filter())


def test_merged_names_share_their_facts_and_can_be_taken_apart(memory, clock):
    state(memory, "Bobby", "lives_in", "Porto")
    state(memory, "Robert", "pet", "Rex")
    clock.advance(timedelta(days=1))
    receipt = memory.merge("Bobby", "Robert")
    assert len(memory.facts("Robert")) == 2
    clock.advance(timedelta(days=1))
    memory.undo(receipt.change)
    assert len(memory.facts("Robert")) == 1


def test_the_history_of_a_fact_tells_each_change_and_its_effect(memory, clock):
    state(memory, "Alice", "lives_in", "Porto", said_at=START)
    clock.advance(timedelta(days=1))
    state(memory, "Alice", "pet", "Rex")
    state(memory, "Alice", "lives_in", "Lisbon", said_at=START + timedelta(days=1))
    told = memory.history(memory.facts(relation="lives_in")[0].id)
    assert [[(effect.action, effect.fact.object) for effect in change.effects] for change in told] == [
        [(Action.ASSERT, "Porto")],
        [(Action.SUPERSEDE, "Porto"), (Action.ASSERT, "Lisbon")],
    ]


def test_naming_what_is_not_there_says_so(memory):
    with pytest.raises(NotFound, match="facts"):
        memory.fact("fa_nothing")
    with pytest.raises(NotFound, match="Nothing is known of"):
        memory.merge("Ann", "Bob")
    with pytest.raises(BadInput, match="lives_in"):
        memory.facts(relation="lives_on")
    with pytest.raises(BadInput, match="current"):
        memory.facts(status="curent")


def test_a_stated_fact_that_cannot_be_used_is_refused_and_nothing_is_written(memory):
    for wrong in ({"subject": "Alice"}, {"subject": "Alice", "relation": "lives_on", "object": "x"}, "not a fact", [1]):
        with pytest.raises(BadInput):
            memory.record(wrong, kind="fact")
    assert memory.stats().episodes == 0


# ------------------------------------------------------------------ forgetting


def test_forgetting_a_fact_removes_all_words_it_rests_on(memory, clock):
    state(memory, "Alice", "allergic_to", "peanuts", said_at=START)
    clock.advance(timedelta(days=1))
    memory.record("I'm allergic to peanuts, did I say?", speaker="Alice")
    state(memory, "Alice", "pet", "Rex")
    certificate = memory.forget(memory.facts(relation="allergic_to")[0].id)
    assert certificate.is_clean
    assert len(certificate.facts) == 1
    assert len(certificate.removed) == 2
    assert texts(memory, status="all") == ["Alice has a pet, Rex"]


def test_forgetting_what_replaced_something_does_not_bring_the_old_back(memory, clock):
    state(memory, "Alice", "lives_in", "Porto", said_at=START)
    clock.advance(timedelta(days=1))
    state(memory, "Alice", "lives_in", "Lisbon", said_at=START + timedelta(days=1))
    clock.advance(timedelta(days=1))
    memory.forget(memory.facts()[0].id)
    assert texts(memory) == []
    assert texts(memory, as_of=START + timedelta(hours=1)) == ["Alice lives in Porto"]
    assert not any("Lisbon" in episode.text for _, episode in memory.episodes())


def test_a_preview_tells_which_facts_would_go_and_which_would_stay(memory, clock):
    memory.record("I live in Porto. I like rowing.", speaker="Alice")
    clock.advance(timedelta(days=1))
    memory.record("I like rowing.", speaker="Alice")
    lives, rows = memory.facts(relation="lives_in")[0], memory.facts(relation="likes")[0]
    certificate = memory.forget(lives.id, preview=True)
    assert certificate.facts == (lives.id,)
    assert certificate.facts_left == (rows.id,)
    assert len(memory.facts()) == 2


def test_everything_about_somebody_is_forgotten(memory):
    state(memory, "Alice", "sister", "Anna")
    state(memory, "Anna", "lives_in", "Rome")
    memory.record("Anna called today.", speaker="Alice")
    memory.record("It rained today.", speaker="Alice")
    certificate = memory.forget(about="Anna")
    assert certificate.is_clean
    assert [episode.text for _, episode in memory.episodes()] == ["It rained today."]
    assert memory.entities("Anna") == []


def test_everything_before_a_date_and_everything_from_a_source_is_forgotten(memory):
    memory.record("I like tea.", speaker="Alice", said_at="2024-01-01T00:00+00:00")
    memory.record("I like rowing.", speaker="Alice", said_at="2025-01-01T00:00+00:00", source="import")
    memory.record("I like chess.", speaker="Alice", said_at="2025-06-01T00:00+00:00")
    assert memory.forget(where=Filter(until=datetime(2024, 6, 1, tzinfo=UTC))).is_clean
    assert memory.forget(where=Filter(source="import")).is_clean
    assert texts(memory) == ["Alice likes chess"]


def test_one_way_of_naming_what_to_forget_is_asked_for(memory):
    with pytest.raises(BadInput, match="one way"):
        memory.forget()
    with pytest.raises(BadInput, match="one way"):
        memory.forget("Anna", about="Anna")


# ------------------------------------------------------------------ what may not be meant


def test_fiction_sarcasm_and_hypotheses_are_not_believed(memory):
    for words in (
        "If I lived in Paris, I would be happy.",
        "In my novel the hero says: “I live on the moon.”",
        "Let's pretend I am a pirate called Jack.",
        "Do I live in Rome?",
        "如果我住在巴黎就好了。",
    ):
        memory.record(words, speaker="Alice")
    assert [fact for fact in memory.facts() if not fact.quarantined] == []


def test_what_an_assistant_says_of_the_user_is_no_testimony(memory):
    memory.record([{"role": "assistant", "content": "You live in Rome and I live in a data centre."}])
    assert memory.facts() == []


def test_a_turn_of_a_megabyte_is_read_in_bounded_time(memory):
    from time import process_time

    started = process_time()
    memory.record("I like tea, and my sister Anna lives in Rome. " * 22_000, speaker="Alice")
    assert process_time() - started < 20


def test_correcting_what_has_ended_leaves_its_successor_alone(memory, clock):
    state(memory, "Alice", "lives_in", "Lisbon", said_at=START)
    clock.advance(timedelta(days=30))
    state(memory, "Alice", "lives_in", "Porto", said_at=START + timedelta(days=30))
    clock.advance(timedelta(days=1))
    memory.correct(memory.facts(status="ended")[0].id, "Leiria")
    assert texts(memory) == ["Alice lives in Porto"]
    assert texts(memory, as_of=START + timedelta(days=1)) == ["Alice lives in Leiria"]


def test_several_facts_are_forgotten_at_once(memory):
    state(memory, "Alice", "pet", "Rex")
    state(memory, "Alice", "lives_in", "Porto")
    assert memory.forget([fact.id for fact in memory.facts()]).is_clean
    assert memory.facts(status="all") == []


# ------------------------------------------------------------------ what users of other memories suffered


def test_what_was_acknowledged_is_found_as_words_and_as_a_fact(memory):
    receipt = state(memory, "Alice", "allergic_to", "peanuts")
    assert [hit.episode.id for hit in memory.recall("peanuts")] == list(receipt.ids)
    assert [fact.evidence[0].episode for fact in memory.facts()] == list(receipt.ids)


def test_no_duplicates_with_identical_names_arise(memory):
    for name in ("Anna", "anna", "ANNA", " Anna "):
        state(memory, name.strip(), "lives_in", "Rome", said_at=START)
    assert len(memory.entities("Anna")) == 1
    assert len(memory.facts("Anna")) == 1


def test_the_same_fact_is_not_injected_many_times(memory, clock):
    for _ in range(12):
        clock.advance(timedelta(days=1))
        memory.record("I am allergic to peanuts.", speaker="Alice", said_at=clock.now())
    assert len(memory.facts(relation="allergic_to")) == 1
    assert memory.profile("Alice").text.count("peanuts") == 1
    assert memory.context("peanuts").text.count("peanuts") == 1


def test_nothing_is_stamped_with_now_that_was_said_long_ago(memory):
    memory.record("I moved to Lisbon.", speaker="Alice", said_at="2019-05-04T00:00+00:00")
    assert {fact.valid_from.year for fact in memory.facts() if fact.valid_from} == {2019}


def test_facts_stay_in_the_language_they_were_said_in(memory):
    memory.record("我喜欢喝绿茶。", speaker="小明")
    [fact] = memory.facts("小明")
    assert fact.text == "小明喜欢喝绿茶"


def test_another_users_words_do_not_reach_ones_facts(tmp_path):
    with Memory(tmp_path / "c.db", embedder=None) as owner:
        state(owner.scope(user="alice"), "Alice", "lives_in", "Porto")
        state(owner.scope(user="mallory"), "Alice", "lives_in", "Oslo", is_change=True)
        assert texts(owner.scope(user="alice")) == ["Alice lives in Porto"]


def test_a_doubtful_source_stays_out_of_weights_however_often_it_repeats_itself(memory, clock):
    for day in range(5):
        clock.advance(timedelta(days=1))
        state(memory, "Alice", "likes", "cheap watches", speaker="shop", trust="web", said_at=START + timedelta(days=day))
    assert [fact.quarantined for fact in memory.facts()] == [True]
