"""What ends what: the laws of slots, one sentence a law, and the same laws over random lives."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from saying import day, facts, said, values

from remanence.distill.beliefs import Beliefs, effects
from remanence.distill.relations import registry
from remanence.types import Action, Stance, Status
from remanence.types import Testimony as Told

# ------------------------------------------------------------------ one value at a time


def test_a_new_value_of_a_single_valued_slot_ends_the_old_one_at_its_date():
    moves = [said("2024-01-10", "Alice", "lives_in", "Porto"), said("2025-03-02", "Alice", "lives_in", "Lisbon")]
    assert values(moves) == ["Lisbon"]
    assert values(moves, at="2024-06-01") == ["Porto"]
    assert facts(moves)[0].valid_to == day("2025-03-02")


def test_values_of_a_many_valued_relation_stand_beside_each_other():
    assert sorted(values([said("2024-01-10", "Alice", "hobby", "chess"), said("2024-02-10", "Alice", "hobby", "rowing")])) == [
        "chess",
        "rowing",
    ]


def test_saying_it_again_adds_evidence_and_no_second_fact():
    [fact] = facts([said("2024-01-10", "Alice", "hobby", "playing chess"), said("2024-02-10", "Alice", "hobby", "Playing Chess")])
    assert len(fact.evidence) == 2
    assert fact.confidence > facts([said("2024-01-10", "Alice", "hobby", "playing chess")])[0].confidence


def test_nothing_unrelated_is_retired():
    told = [
        said("2024-01-10", "Alice", "lives_in", "Porto"),
        said("2024-01-11", "Bob", "lives_in", "Rome"),
        said("2024-01-12", "Alice", "favourite", "blue", qualifier="colour"),
        said("2024-01-13", "Alice", "favourite", "Alien", qualifier="film"),
        said("2024-01-14", "Alice", "works_at", "Acme"),
        said("2025-01-10", "Alice", "lives_in", "Lisbon"),
        said("2025-01-12", "Alice", "favourite", "green", qualifier="colour"),
    ]
    assert sorted(values(told)) == ["Acme", "Alien", "Lisbon", "Rome", "green"]


def test_coming_to_dislike_something_ends_liking_it_and_nothing_else():
    told = [
        said("2024-01-10", "Alice", "likes", "coffee"),
        said("2024-01-10", "Alice", "likes", "tea"),
        said("2025-01-10", "Alice", "dislikes", "coffee"),
    ]
    assert [(fact.relation, fact.object) for fact in facts(told) if fact.status is Status.CURRENT] == [
        ("likes", "tea"),
        ("dislikes", "coffee"),
    ]


# ------------------------------------------------------------------ denials and ends


def test_a_denial_ends_what_it_denies_and_its_repetition_brings_nothing_back():
    told = [said("2024-01-10", "Alice", "works_at", "Acme"), said("2025-01-10", "Alice", "works_at", "Acme", "deny")]
    assert values(told) == []
    assert values([*told, said("2025-02-10", "Alice", "works_at", "Acme", "deny")]) == []
    assert values(told, at="2024-06-01") == ["Acme"]


def test_a_denial_without_an_object_ends_whatever_was_so():
    pets = [said("2024-01-10", "Alice", "pet", "Rex"), said("2024-02-10", "Alice", "pet", "Tom")]
    assert values([*pets, said("2025-01-10", "Alice", "pet", "", "deny")]) == []


def test_a_denial_of_the_unknown_is_known_as_a_denial():
    [fact] = facts([said("2024-01-10", "Alice", "pet", "Rex", "deny")])
    assert fact.denied
    assert fact.text.startswith("Not so: ")


def test_what_was_denied_can_come_true_again_as_another_fact():
    told = [
        said("2023-01-10", "Alice", "lives_in", "Porto"),
        said("2024-01-10", "Alice", "lives_in", "Lisbon"),
        said("2025-01-10", "Alice", "lives_in", "Porto"),
    ]
    first, _, second = facts(told)
    assert (first.object, second.object) == ("Porto", "Porto")
    assert first.id != second.id
    assert values(told) == ["Porto"]


def test_a_state_with_an_end_expires_and_nothing_older_comes_back():
    told = [
        said("2024-01-10", "Alice", "staying_in", "Rome"),
        said("2024-01-20", "Alice", "staying_in", "Milan", until="2024-02-01"),
    ]
    assert values(told, at="2024-01-25") == ["Milan"]
    assert values(told, at="2024-02-01") == []


def test_a_passing_state_lasts_as_long_as_such_states_do():
    told = [said("2024-01-10", "Alice", "feels", "tired")]
    assert values(told, at="2024-01-12") == ["tired"]
    assert values(told, at="2024-02-12") == []


def test_an_end_is_exact_to_the_second():
    from datetime import timedelta

    [fact] = facts([said("2024-01-10", "Alice", "staying_in", "Rome", until="2024-01-12T08:30:15")])
    assert fact.valid_to is not None
    assert fact.holds_at(fact.valid_to - timedelta(seconds=1))
    assert not fact.holds_at(fact.valid_to)


# ------------------------------------------------------------------ the past


def test_since_sets_validity_not_today():
    told = [said("2024-06-10", "Alice", "works_at", "Acme", since="2019-01-01", precision="year")]
    assert values(told, at="2020-01-01") == ["Acme"]


def test_a_past_stretch_said_later_takes_its_place_in_the_past():
    told = [
        said("2023-01-10", "Alice", "lives_in", "Lisbon"),
        said("2024-01-10", "Alice", "lives_in", "Paris", since="2010-01-01", until="2015-01-01", precision="year"),
    ]
    assert values(told, at="2012-01-01") == ["Paris"]
    assert values(told, at="2016-01-01") == []
    assert values(told) == ["Lisbon"]


def test_where_one_lived_before_a_move_ends_with_the_move():
    told = [
        said("2024-06-10", "Alice", "lives_in", "Lisbon", since="2024-03-01", precision="season", is_change=True),
        said("2024-06-10", "Alice", "lives_in", "Porto", until="2024-03-01", precision="season"),
    ]
    assert values(told, at="2024-02-01") == ["Porto"]
    assert values(told) == ["Lisbon"]


def test_words_as_vague_as_a_month_do_not_contradict_what_was_said_within_it():
    told = [
        said("2024-01-10", "Alice", "works_at", "Acme"),
        said("2024-06-10", "Alice", "works_at", "Globex", since="2024-01-01", precision="month"),
    ]
    assert values(told) == ["Globex"]
    assert [fact.status for fact in facts(told)] == [Status.ENDED, Status.CURRENT]


def test_the_same_event_told_twice_is_one_event_and_another_time_is_another():
    told = [
        said("2024-06-10", "Alice", "visited", "Rome", since="2024-05-01", until="2024-06-01", precision="month"),
        said("2024-07-10", "Alice", "visited", "Rome", since="2024-05-04", until="2024-05-05", precision="day"),
        said("2025-07-10", "Alice", "visited", "Rome", since="2025-07-01", until="2025-07-02", precision="day"),
    ]
    first, second = facts(told)
    assert (first.valid_from, len(first.evidence)) == (day("2024-05-04").replace(hour=0), 2)
    assert second.valid_from == day("2025-07-01").replace(hour=0)


def test_what_was_so_once_was_before_what_is_so_now():
    told = [said("2023-01-10", "Alice", "works_at", "Acme"), said("2024-01-10", "Alice", "works_at", "Globex", until="2024-01-10T12:00")]
    assert values(told) == ["Acme"]
    assert values(told, at="2023-06-10") == ["Acme"]
    assert values(told, at="2022-06-10") == ["Globex"]


# ------------------------------------------------------------------ corrections


def test_what_a_correction_puts_in_place_of_one_of_many_held_all_the_time():
    told = [said("2024-01-10", "Alice", "pet", "Rex"), said("2024-03-20", "Alice", "pet", "Max", "correct", replaces="Rex")]
    assert values(told, at="2024-02-01") == ["Max"]


def test_a_correction_takes_the_wrong_value_back_altogether():
    told = [
        said("2024-01-10", "Alice", "lives_in", "Porto"),
        said("2024-01-20", "Alice", "lives_in", "Lisbon", "correct", replaces="Porto"),
    ]
    assert values(told) == ["Lisbon"]
    assert values(told, at="2024-01-15") == ["Lisbon"]
    assert {fact.object: fact.status for fact in facts(told)} == {"Porto": Status.RETRACTED, "Lisbon": Status.CURRENT}


def test_a_correction_that_names_no_old_value_takes_back_the_last_one():
    told = [
        said("2023-01-10", "Alice", "lives_in", "Rome"),
        said("2024-01-10", "Alice", "lives_in", "Porto"),
        said("2024-01-20", "Alice", "lives_in", "Lisbon", "correct"),
    ]
    assert values(told) == ["Lisbon"]
    assert values(told, at="2023-06-01") == ["Rome"]


def test_a_correction_of_one_of_many_values_takes_back_that_one():
    told = [
        said("2024-01-10", "Alice", "pet", "Rex"),
        said("2024-01-10", "Alice", "pet", "Tom"),
        said("2024-01-20", "Alice", "pet", "Max", "correct", replaces="Rex"),
    ]
    assert sorted(values(told)) == ["Max", "Tom"]


def test_a_correction_that_does_not_say_of_what_is_of_the_last_claim_that_held_the_wrong_value():
    told = [
        said("2024-01-10", "Alice", "lives_in", "Bristol", seq=1),
        said("2024-01-10", "Bob", "lives_in", "Bristol", seq=2),
        said("2024-01-20", "Alice", "correction", "Bath", "correct", replaces="Bristol", seq=3),
    ]
    assert sorted(values(told)) == ["Bath", "Bristol"]
    assert [fact.object for fact in facts(told) if fact.subject_name == "Alice" and fact.status is Status.CURRENT] == ["Bath"]
    beliefs = Beliefs(registry())
    for one in (told[2], told[0], told[1]):
        beliefs.learn([one])
    assert beliefs.all_facts() == Beliefs(registry(), told).all_facts()


def test_a_correction_that_was_taken_back_takes_nothing_back():
    told = [
        said("2024-01-10", "Alice", "lives_in", "Porto"),
        said("2024-01-20", "Alice", "lives_in", "Lisbon", "correct", replaces="Porto"),
        said("2024-01-30", "Alice", "lives_in", "Lisbon", "retract"),
    ]
    assert values(told) == ["Porto"]


def test_what_is_said_after_a_retraction_counts():
    told = [
        said("2024-01-10", "Alice", "lives_in", "Porto"),
        said("2024-01-20", "Alice", "lives_in", "Porto", "retract"),
        said("2024-02-20", "Alice", "lives_in", "Porto"),
    ]
    assert values(told) == ["Porto"]
    assert values(told, at="2024-01-15") == []


# ------------------------------------------------------------------ doubt


def test_two_witnesses_of_equal_standing_are_both_kept_and_shown_as_contested():
    told = [said("2024-01-10", "Bob", "works_at", "Acme", by="Ann"), said("2024-01-12", "Bob", "works_at", "Globex", by="Carl")]
    one, other = facts(told)
    assert {one.status, other.status} == {Status.CONTESTED}
    assert one.rivals == (other.id,)
    assert one.confidence < facts(told[:1])[0].confidence


def test_the_one_concerned_settles_what_others_contest():
    told = [
        said("2024-01-10", "Bob", "works_at", "Acme", by="Ann"),
        said("2024-01-12", "Bob", "works_at", "Globex", by="Carl"),
        said("2024-02-12", "Bob", "works_at", "Globex"),
    ]
    assert values(told) == ["Globex"]


def test_another_speaker_with_a_date_or_a_word_of_change_tells_of_a_change():
    told = [said("2024-01-10", "Bob", "works_at", "Acme", by="Ann")]
    assert values([*told, said("2025-01-12", "Bob", "works_at", "Globex", by="Carl", is_change=True)]) == ["Globex"]
    assert values([*told, said("2025-01-12", "Bob", "works_at", "Globex", by="Carl", since="2024-09-01")]) == ["Globex"]


def test_a_source_of_lower_trust_never_replaces_and_is_shown_as_contested():
    told = [said("2024-01-10", "Alice", "lives_in", "Porto"), said("2025-01-10", "Alice", "lives_in", "Oslo", by="site", trust="web")]
    assert values(told) == ["Porto"]
    assert {fact.object: fact.status for fact in facts(told)} == {"Porto": Status.CURRENT, "Oslo": Status.CONTESTED}


def test_another_person_does_not_outrank_the_one_concerned():
    told = [said("2024-01-10", "Bob", "lives_in", "Porto"), said("2025-01-10", "Bob", "lives_in", "Oslo", by="Ann", is_change=True)]
    assert values(told) == ["Porto"]


def test_a_value_that_cannot_change_is_contested_not_updated():
    told = [said("2024-01-10", "Alice", "born_in", "Porto"), said("2025-01-10", "Alice", "born_in", "Oslo")]
    assert {fact.status for fact in facts(told)} == {Status.CONTESTED}


@pytest.mark.parametrize(("one", "other"), [("May 3", "the 3rd of May"), ("3 May", "May 3rd"), ("5月3日", "5月3号")])
def test_the_same_day_in_other_words_is_no_contradiction(one, other):
    [fact] = facts([said("2024-01-10", "Alice", "born_on", one), said("2025-01-10", "Alice", "born_on", other)])
    assert (fact.status, len(fact.evidence)) == (Status.CURRENT, 2)


def test_covering_a_time_for_which_something_else_was_said_is_a_contradiction():
    told = [
        said("2023-01-10", "Alice", "lives_in", "Lisbon"),
        said("2024-01-10", "Alice", "lives_in", "Porto", since="2019-01-01", precision="year"),
    ]
    assert {fact.status for fact in facts(told)} == {Status.CONTESTED}


def test_words_that_may_not_be_meant_change_nothing_and_stay_out_of_weights():
    told = [said("2024-01-10", "Alice", "likes", "rain"), said("2024-02-10", "Alice", "dislikes", "rain", certainty=0.3)]
    assert values(told) == ["rain"]
    assert [fact.quarantined for fact in facts(told)] == [False, True]


# ------------------------------------------------------------------ what users of other memories suffered


def test_both_sides_are_not_kept_for_ever():
    told = [said(f"2024-{month:02}-10", "Alice", "favourite", f"film {month}", qualifier="film") for month in range(1, 13)]
    assert values(told) == ["film 12"]


def test_a_true_fact_is_not_retired_by_a_merely_similar_one():
    told = [
        said("2024-01-10", "Alice", "works_at", "Northwind Health"),
        said("2024-02-10", "Alice", "visited", "Northwind Health Museum"),
        said("2024-03-10", "Alice", "friend", "Ann of Northwind"),
        said("2024-03-10", "Bob", "works_at", "Northwind Bank"),
    ]
    assert all(fact.status is Status.CURRENT or fact.relation == "visited" for fact in facts(told))


def test_the_same_fact_said_twice_is_not_deleted():
    assert values([said("2024-01-10", "Alice", "likes", "tea"), said("2024-01-11", "Alice", "likes", "tea")]) == ["tea"]


def test_ten_thousand_statements_about_one_slot_are_settled_in_bounded_time():
    from time import process_time

    told = [said("2024-01-10", "Alice", "lives_in", f"town {n % 50}", seq=n, since="2024-01-01", precision="year") for n in range(5_000)]
    told += [said("2024-01-10", "Alice", "born_in", f"town {n}", seq=n + 5_000) for n in range(5_000)]
    started = process_time()
    assert facts(told)
    assert process_time() - started < 20


# ------------------------------------------------------------------ laws over random lives

STANCES = [Stance.AFFIRM] * 6 + [Stance.DENY] * 2 + [Stance.CORRECT, Stance.RETRACT]
days = st.integers(0, 900)


@st.composite
def lives(draw: st.DrawFn) -> list[Told]:
    """A random life in three slots, told by three people, each statement on another day."""
    from datetime import timedelta

    start = day("2023-01-01")
    told = []
    for seq, when in enumerate(draw(st.lists(days, min_size=1, max_size=12, unique=True))):
        relation = draw(st.sampled_from(["lives_in", "likes", "dislikes", "works_at", "pet", "visited", "born_in"]))
        one = said("2023-01-01", "Alice", relation, draw(st.sampled_from(["a1", "b2", "c3"])), str(draw(st.sampled_from(STANCES))))
        since = draw(st.none() | st.integers(-400, 0))
        until = draw(st.none() | st.integers(0, 200))
        moment = start + timedelta(days=when)
        claim = replace(
            one.claim, certainty=draw(st.sampled_from([1.0, 1.0, 0.3])), is_change=draw(st.booleans()),
            valid_from=None if since is None else moment + timedelta(days=since),
            valid_to=None if until is None else moment + timedelta(days=until),
            precision=draw(st.sampled_from(["", "day", "month", "year"])),
        )  # fmt: skip
        speaker = draw(st.sampled_from(["Alice", "Alice", "Bob", "Carl"]))
        trust = draw(st.sampled_from(list(type(one.trust))))
        told.append(
            replace(one, claim=claim, said_at=moment, heard_at=moment, seq=seq, episode=f"ep_{seq:020}", speaker=speaker, trust=trust)
        )
    return told


@given(lives())
def test_hearing_everything_twice_equals_hearing_it_once(told):
    beliefs = Beliefs(registry(), told)
    beliefs.learn(told)
    assert beliefs.all_facts() == Beliefs(registry(), told).all_facts()


@given(lives(), st.integers(0, 1_000))
def test_the_order_of_arrival_changes_nothing(told, seed):
    shuffled = list(told)
    Random(seed).shuffle(shuffled)
    beliefs = Beliefs(registry())
    for one in shuffled:
        beliefs.learn([one])
    assert beliefs.all_facts() == Beliefs(registry(), told).all_facts()


@given(lives())
def test_spells_of_a_single_valued_slot_never_overlap_among_what_is_believed(told):
    for relation in ("lives_in", "works_at"):
        sure = [fact for fact in facts(told, relation=relation) if fact.status in (Status.CURRENT, Status.ENDED) and not fact.denied]
        for one, other in combinations(sure, 2):
            if one.evidence and other.evidence and not (set(one.rivals) & {other.id}):
                starts = [one.valid_from, other.valid_from]
                ends = [one.valid_to, other.valid_to]
                latest = max((start for start in starts if start is not None), default=None)
                earliest = min((end for end in ends if end is not None), default=None)
                assert latest is not None
                assert earliest is not None
                assert earliest <= latest


@given(lives(), st.data())
def test_taking_a_statement_away_restores_exactly_what_was_believed_without_it(told, data):
    gone = data.draw(st.sampled_from(told))
    beliefs = Beliefs(registry(), told)
    beliefs.learn([], gone=[gone.seq])
    assert beliefs.all_facts() == Beliefs(registry(), [one for one in told if one is not gone]).all_facts()


@given(lives())
def test_every_fact_names_the_words_it_rests_on(told):
    known = {one.episode for one in told}
    for fact in Beliefs(registry(), told).all_facts().values():
        assert fact.evidence
        assert {piece.episode for piece in fact.evidence} <= known


def test_effects_say_what_lies_between_two_states_of_belief():
    before = facts([said("2024-01-10", "Alice", "lives_in", "Porto", seq=1)])
    after = facts([said("2024-01-10", "Alice", "lives_in", "Porto", seq=1), said("2025-01-10", "Alice", "lives_in", "Rome", seq=2)])
    assert [(effect.action, effect.fact.object) for effect in effects(before, after)] == [
        (Action.SUPERSEDE, "Porto"),
        (Action.ASSERT, "Rome"),
    ]
