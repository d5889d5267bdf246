"""What the English rules read of a sentence, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remanence.distill.english import read_english
from remanence.distill.english_corrections import mend
from remanence.distill.relations import registry
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance

SAID_AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""A Monday."""


def read(text: str, *others: str) -> list[Claim]:
    return read_english(Saying(text, 0, "Alice", None, SAID_AT, 1.0, others), registry())


def told(text: str, *others: str) -> set[tuple[str, str, str]]:
    """Subject, relation (with its qualifier) and object of each affirmation."""
    return {
        (claim.subject, claim.relation + (f" {claim.qualifier}" if claim.qualifier else ""), claim.object)
        for claim in read(text, *others)
        if claim.stance is Stance.AFFIRM
    }


def day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("My name is Alice and I'm 34 years old.", {("name", "Alice"), ("age", "34")}),
        ("I was born in Madrid, but I grew up in Dublin.", {("born_in", "Madrid"), ("comes_from", "Dublin")}),
        ("My birthday is May 2nd.", {("born_on", "May 2nd")}),
        ("I'm Irish and I speak French and some German.", {("nationality", "Irish"), ("speaks", "French"), ("speaks", "German")}),
        ("I live in Rome and work at Acme.", {("lives_in", "Rome"), ("works_at", "Acme")}),
        ("I'm a software engineer at Google.", {("job", "software engineer"), ("works_at", "Google")}),
        ("I study physics at MIT.", {("studies", "physics"), ("studies_at", "MIT")}),
        (
            "I really enjoy painting, playing piano and tea tasting.",
            {("likes", "painting"), ("likes", "playing piano"), ("likes", "tea tasting")},
        ),
        ("I don't like olives.", {("dislikes", "olives")}),
        ("I can't stand loud bars.", {("dislikes", "loud bars")}),
        ("I prefer tea to coffee.", {("prefers", "tea")}),
        ("My favorite colour is blue.", {("favourite colour", "blue")}),
        ("Hiking is my favourite hobby.", {("favourite hobby", "Hiking")}),
        ("I'm allergic to peanuts and cats.", {("allergic_to", "peanuts"), ("allergic_to", "cats")}),
        ("I'm a vegetarian.", {("diet", "vegetarian")}),
        ("I don't eat meat.", {("diet", "don't eat meat")}),
        ("I go running every morning.", {("habit", "go running")}),
        ("I play the violin.", {("plays", "violin")}),
        ("I'm reading The Great Gatsby at the moment.", {("reading", "Great Gatsby")}),
        ("We have two cats, Luna and Milo.", {("pet", "Luna"), ("pet", "Milo")}),
        ("I bought a new red bike.", {("got", "new red bike")}),
        ("I feel tired and stressed today.", {("feels", "tired"), ("feels", "stressed")}),
        ("I'm worried about my exam.", {("worried_about", "exam")}),
        ("I'm scared of spiders.", {("afraid_of", "spiders")}),
        ("I'd love to visit Japan someday.", {("goal", "visit Japan")}),
        ("I think museums are worth revisiting.", {("opinion", "museums are worth revisiting")}),
        ("I'm going to visit my parents in Rome next week.", {("plans", "visit my parents in Rome")}),
        ("I went hiking in the Alps.", {("did", "went hiking in the Alps")}),
        ("Just moved to Lisbon!", {("lives_in", "Lisbon")}),
        ("These days home is Lisbon.", {("lives_in", "Lisbon")}),
        ("I've switched jobs: Acme now.", {("works_at", "Acme")}),
        ('I recently watched "The Lost City", which tells of a search.', {("did", "watched The Lost City")}),
    ],
)
def test_what_people_say_of_themselves_becomes_claims(text: str, claims: set[tuple[str, str]]) -> None:
    assert told(text) == {("Alice", relation, value) for relation, value in claims}


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("My sister Anna is a nurse in Rome.", {("Alice", "sister", "Anna"), ("Anna", "job", "nurse")}),
        ("My sister lives in Berlin.", {("Alice/sister", "lives_in", "Berlin")}),
        ("My daughter's name is Mia.", {("Alice", "daughter", "Mia")}),
        ("I have a dog named Rex.", {("Alice", "pet", "Rex")}),
        ("My dog Rex is 3 years old.", {("Alice", "pet", "Rex"), ("Rex", "age", "3")}),
        ("Anna is my sister.", {("Alice", "sister", "Anna")}),
        ("My aunt Rosa lives in Cadiz.", {("Alice", "relative aunt", "Rosa"), ("Rosa", "lives_in", "Cadiz")}),
        ("Tom is Anna's husband.", {("Anna", "spouse", "Tom")}),
        ("Anna and Tom are married.", {("Anna", "spouse", "Tom")}),
        ("Caroline works at Acme.", {("Caroline", "works_at", "Acme")}),
        ("My sister's husband works at Acme.", {("Alice/sister/husband", "works_at", "Acme")}),
        ("My husband Tom and I moved to Oslo.", {("Alice", "spouse", "Tom"), ("Alice", "lives_in", "Oslo")}),
    ],
)
def test_persons_become_subjects_by_name_or_by_their_role(text: str, claims: set[tuple[str, str, str]]) -> None:
    assert told(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Do you like hiking?",
        "Is my sister a nurse?",
        "If I lived in Rome I would work at Acme.",
        "I wish I had a dog.",
        "I might move to Rome.",
        "I would love to have been an astronaut.",
        "Should I move to Rome?",
        "I wonder if I like jazz.",
        'He said "I live in Rome and work at Acme".',
        "My mom says I'm lazy.",
        "You are a nurse and you live in Rome.",
        "Tell me how I can learn French.",
        "The woman I love lives in Rome.",
        "I have a question.",
        "I'm happy to help.",
        "I will try your method.",
        "I want to hear your advice.",
        "I like your hat.",
        "I nearly lost my job.",
        "My day was great.",
        "I'm 5 minutes away.",
        "We should go hiking.",
        "Neither my sister nor I like jazz.",
        "I used to think I was allergic to nuts.",
        "Music is life and work is hard.",
    ],
)
def test_what_is_asked_supposed_wished_quoted_or_polite_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_a_doubtful_saying_is_not_read() -> None:
    assert read_english(Saying("I live in Rome.", 0, "Alice", None, SAID_AT, 0.3), registry()) == []


def test_a_statement_beside_a_question_is_read() -> None:
    assert told("I like hiking, do you?") == {("Alice", "likes", "hiking")}


def test_what_another_says_of_himself_is_his_and_less_certain() -> None:
    (claim,) = read("Tom says he lives in Porto.")
    assert (claim.subject, claim.object, claim.certainty) == ("Tom", "Porto", 0.8)


def test_she_is_the_person_named_last_whom_it_fits() -> None:
    (claim,) = read("She works as a lawyer.", "Alice/brother", "Alice/sister", "Tom")
    assert (claim.subject, claim.relation, claim.object) == ("Alice/sister", "job", "lawyer")


@pytest.mark.parametrize(
    ("text", "relation", "value", "stance"),
    [
        ("I no longer work at Acme.", "works_at", "Acme", Stance.DENY),
        ("I don't live in Lisbon any more.", "lives_in", "Lisbon", Stance.DENY),
        ("I quit my job at Google.", "works_at", "Google", Stance.DENY),
        ("I don't like jazz anymore.", "likes", "jazz", Stance.DENY),
        ("I am no longer allergic to cats.", "allergic_to", "cats", Stance.DENY),
        ("We broke up.", "partner", "", Stance.DENY),
        ("I'm not married.", "marital_status", "married", Stance.DENY),
        ("I sold my car.", "owns", "car", Stance.DENY),
        ("I never lived in Paris.", "lives_in", "Paris", Stance.RETRACT),
        ("I'm not allergic to nuts after all.", "allergic_to", "nuts", Stance.RETRACT),
        ("It's not true that I have a dog.", "pet", "dog", Stance.RETRACT),
    ],
)
def test_a_denial_ends_and_a_retraction_takes_back(text: str, relation: str, value: str, stance: Stance) -> None:
    (claim,) = read(text)
    assert (claim.relation, claim.object, claim.stance) == (relation, value, stance)


@pytest.mark.parametrize(
    ("text", "value", "replaces"),
    [
        ("No wait, I live in Porto, not Lisbon.", "Porto", "Lisbon"),
        ("Actually I live in Porto, not in Lisbon.", "Porto", "Lisbon"),
        ("Scratch that, I live in Porto.", "Porto", ""),
        ("I was wrong: I live in Porto.", "Porto", ""),
    ],
)
def test_a_correction_says_what_is_right_and_what_it_replaces(text: str, value: str, replaces: str) -> None:
    (claim,) = read(text)
    assert (claim.relation, claim.object, claim.stance, claim.replaces) == ("lives_in", value, Stance.CORRECT, replaces)


@pytest.mark.parametrize("text", ["No wait, Porto.", "Sorry, I meant Porto.", "Make that Porto!", "Scratch that: Porto, not Lisbon."])
def test_a_bare_correction_mends_the_claim_before_it(text: str) -> None:
    (before,) = read("I live in Lisbon.")
    mended = mend(Saying(text, 20, "Alice", None, SAID_AT), before)
    assert mended is not None
    start = 20 + text.index("Porto")
    assert mended == replace(before, object="Porto", stance=Stance.CORRECT, replaces="Lisbon", start=start, end=start + 5)


@pytest.mark.parametrize("text", ["No problem!", "Sorry, I was late.", "No, thank you.", "Actually, that's a great idea."])
def test_a_polite_no_mends_nothing(text: str) -> None:
    (before,) = read("I live in Lisbon.")
    assert mend(Saying(text, 20, "Alice", None, SAID_AT), before) is None


@pytest.mark.parametrize(
    ("text", "since", "until", "precision"),
    [
        ("I live in Rome.", None, None, ""),
        ("I have lived in Tokyo since 2019.", day(2019, 1, 1), None, "year"),
        ("I moved to Lisbon last spring.", day(2025, 3, 1), None, "season"),
        ("I lived in Prague from 2010 to 2014.", day(2010, 1, 1), day(2015, 1, 1), "year"),
        ("I used to live in Paris.", None, SAID_AT, ""),
        ("I went hiking last weekend.", day(2026, 2, 28), day(2026, 3, 2), "day"),
        ("I plan to run a marathon in October.", None, day(2026, 11, 1), "month"),
        ("On Saturday I'm flying to Tokyo.", None, day(2026, 3, 8), "day"),
        ("I'm staying in Rome until Friday.", None, day(2026, 3, 7), "day"),
        ("Today I feel sad.", day(2026, 3, 2), None, "day"),
        ("I've been learning Japanese recently.", None, None, ""),
    ],
)
def test_words_of_time_date_the_claim(text: str, since: datetime | None, until: datetime | None, precision: str) -> None:
    (claim,) = read(text)
    assert (claim.valid_from, claim.valid_to, claim.precision) == (since, until, precision)


def test_moving_ends_one_home_and_begins_another() -> None:
    old, new = read("I moved from Porto to Lisbon last spring.")
    assert (old.object, old.valid_to, old.is_change) == ("Porto", day(2025, 3, 1), False)
    assert (new.object, new.valid_from, new.is_change) == ("Lisbon", day(2025, 3, 1), True)


def test_what_was_gives_way_to_what_is_now() -> None:
    old, new = read("My favorite band used to be Oasis, now it's Blur.")
    assert (old.object, old.valid_to) == ("Oasis", SAID_AT)
    assert (new.object, new.valid_to, new.is_change, new.qualifier) == ("Blur", None, True, "band")


def test_a_hedge_makes_a_claim_less_certain() -> None:
    (claim,) = read("I think I might like sushi.") or read("I think I like sushi.")
    assert claim.certainty < 1


def test_a_claim_points_at_its_words() -> None:
    text = "Well, my sister Anna works at Acme."
    for claim in read(text):
        assert text[claim.start : claim.end] == claim.object


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("The Cure has replaced Blur as my favourite band.", {("Alice", "favourite band", "Cure")}),
        ("The Hobbit, my favourite book, came up again today.", {("Alice", "favourite book", "Hobbit")}),
        ("I have a new favorite colour: navy blue.", {("Alice", "favourite colour", "navy blue")}),
        ("Zurich is where Anton was born.", {("Anton", "born_in", "Zurich")}),
        ("At Acme, where I work, nobody answers.", {("Alice", "works_at", "Acme")}),
        ("I ran into Fatima, who works at Acme.", {("Alice", "met", "Fatima"), ("Fatima", "works_at", "Acme")}),
        ("Maria happens to be badly allergic to cashews.", {("Maria", "allergic_to", "cashews")}),
        ("I work for a company called Juniper Labs.", {("Alice", "works_at", "Juniper Labs")}),
        ("I'm staying at an Airbnb in Glasgow.", {("Alice", "staying_in", "Glasgow")}),
        ("I got a dog and named it Figaro.", {("Alice", "pet", "Figaro")}),
        ("May 3rd is my neighbour Tom's birthday.", {("Alice", "acquaintance neighbour", "Tom"), ("Tom", "born_on", "May 3rd")}),
        (
            "I moved from Castle Rail to Kestrel Robotics.",
            {("Alice", "works_at", "Castle Rail"), ("Alice", "works_at", "Kestrel Robotics")},
        ),
    ],
)
def test_the_same_is_understood_in_other_words(text: str, claims: set[tuple[str, str, str]]) -> None:
    assert told(text) == claims


def test_what_is_no_longer_the_favourite_gives_way_to_what_is() -> None:
    old, new = sorted(read("Navy blue is no longer my favourite colour, turquoise is."), key=lambda claim: claim.stance)
    assert (old.stance, old.object) == (Stance.AFFIRM, "turquoise")
    assert (new.stance, new.object) == (Stance.DENY, "Navy blue")


def test_it_is_what_the_sentence_was_just_about() -> None:
    loved, hated = read("I used to love baking, now I hate it.")
    assert (loved.relation, loved.valid_to) == ("likes", SAID_AT)
    assert (hated.relation, hated.object, hated.is_change) == ("dislikes", "baking", True)


def test_a_denial_beside_its_opposite_is_a_correction() -> None:
    (claim,) = read("Actually I'm not allergic to sesame, I'm allergic to wheat.")
    assert (claim.object, claim.stance, claim.replaces) == ("wheat", Stance.CORRECT, "sesame")


def test_a_home_one_moved_to_at_some_time_not_said_does_not_end_the_present_one() -> None:
    assert not any(claim.is_change for claim in read("When I moved to Rome, I knew nobody."))


def test_helping_somewhere_is_not_being_employed_there() -> None:
    assert {claim.relation for claim in read("I'm volunteering at a homeless shelter.")} == {"habit"}
