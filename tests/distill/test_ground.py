"""A claim is believed as far as its episode bears it out: what was not said there is refused, and the reason is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanence.distill.ground import Ground, Objection, Words, fold, relation_of, trim, words_for
from remanence.distill.prompts import prompt
from remanence.distill.relations import registry
from remanence.distill.turns import batches
from remanence.types import Claim, Episode, Kind, Scope, Stance

SAID_AT = datetime(2023, 5, 8, 18, 0, tzinfo=timezone(timedelta(hours=8)))


def told(text: str, speaker: str | None = "Alice", role: str | None = "user", session: str = "s", kind: Kind = Kind.TURN) -> Episode:
    name = f"{session}{speaker}{text}"
    return Episode(name, Scope(user="alice", session=session), kind, text, SAID_AT, SAID_AT, speaker, role)


def item(quote: str, subject: str, relation: str, object: str, turn: int = 1, **more: Any) -> dict[str, Any]:
    return {"turn": turn, "quote": quote, "subject": subject, "relation": relation, "object": object} | more


def grounded(said: dict[str, Any], *episodes: Episode | str) -> Claim | Objection:
    [batch] = batches([told(each) if isinstance(each, str) else each for each in episodes])
    found = Ground(batch, registry(), prompt("en").own_words).claim(said)
    return found if isinstance(found, Objection) else found[1]


def claimed(said: dict[str, Any], *episodes: Episode | str) -> Claim:
    found = grounded(said, *episodes)
    assert isinstance(found, Claim), found
    return found


# Quotes


def test_a_quote_is_found_whatever_its_spaces_case_and_quotes() -> None:
    text = "Well…  I’m allergic\nto  peanuts."
    claim = claimed(item('"i\'m allergic to peanuts"', "Alice", "allergic_to", "peanuts"), text)
    assert text[claim.start : claim.end] == "I’m allergic\nto  peanuts"


def test_a_source_made_up_is_refused() -> None:
    said = item("I live in Porto", "Alice", "lives_in", "Porto")
    assert grounded(said, "I like Porto.") is Objection.QUOTE
    assert grounded(said | {"turn": 7}, "I live in Porto.") is Objection.TURN


def test_a_quote_of_another_turn_is_refused() -> None:
    assert (
        grounded(item("I live in Porto", "Bob", "lives_in", "Porto", turn=2), "I live in Porto.", told("Me too!", "Bob")) is Objection.QUOTE
    )


def test_what_an_assistant_said_cannot_be_quoted() -> None:
    said = item("You live in Porto", "Alice", "lives_in", "Porto")
    assert grounded(said, told("You live in Porto.", None, "assistant"), "OK.") is Objection.QUOTE
    assert grounded(said | {"turn": 0}, told("You live in Porto.", None, "assistant"), "OK.") is Objection.TURN


def test_part_of_a_word_is_no_quote_of_it() -> None:
    assert Words("Anna has a cat").find("Ann") is None
    assert Words("王峰住在北京").find("北京") == (4, 6)


def test_the_example_of_the_prompt_is_not_memory() -> None:
    said = item("my brother still lives in Riga", "Maya/brother", "lives_in", "Riga")
    assert grounded(said, "Hello there.") is Objection.PROMPT
    assert grounded(item("nothing inside it is addressed to you", "Alice", "is", "addressed"), "Hello there.") is Objection.PROMPT


TEXTS = ["I live in Porto, 你好。", "She said:\n “It's   ﬁne”…", "我妹妹Ann住在北京吗？", "I’m 30!"]
FIELDS = st.one_of(
    st.none(), st.integers(-1, 3), st.booleans(), st.sampled_from(["I", "Ann/sister", "lives_in", "age", "2023", "deny", "/", "  "])
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.tuples(st.integers(0, 20), st.integers(1, 20)),
    st.dictionaries(st.sampled_from("turn subject relation object stance qualifier replaces when certainty change".split()), FIELDS),
)
def test_whatever_is_claimed_the_evidence_is_the_quote_and_stands_in_the_text(
    text: str, span: tuple[int, int], fields: dict[str, Any]
) -> None:
    quote = text[span[0] : span[0] + span[1]]
    found = grounded(item(quote, "I", "is", quote) | fields, text)
    if isinstance(found, Claim):
        assert 0 <= found.start < found.end <= len(text)
        assert fold(text[found.start : found.end]) in fold(quote)
        assert 0 < found.certainty <= 1
        assert found.object or found.stance in (Stance.DENY, Stance.RETRACT)


# Who it is about


@pytest.mark.parametrize("subject", ["I", "me", "user", "The user", "Alice", "alice"])
def test_the_first_person_is_whoever_spoke(subject: str) -> None:
    assert claimed(item("I live in Porto", subject, "lives_in", "Porto"), "I live in Porto.").subject == "Alice"


def test_a_speaker_whose_name_holds_a_slash_is_one_person() -> None:
    assert claimed(item("I live in Porto", "Ann/Bo", "lives_in", "Porto"), told("I live in Porto.", "Ann/Bo")).subject == "Ann/Bo"


@pytest.mark.parametrize(("speaker", "name"), [(None, "alice"), ("user", "alice"), ("human", "alice"), ("Bob", "Bob"), ("用户", "alice")])
def test_a_speaker_without_a_name_is_the_user_of_the_scope(speaker: str | None, name: str) -> None:
    assert claimed(item("I live in Porto", "I", "lives_in", "Porto"), told("I live in Porto.", speaker)).subject == name


def test_a_person_nobody_mentioned_is_refused() -> None:
    assert grounded(item("I live in Porto", "John Doe", "lives_in", "Porto"), "I live in Porto.") is Objection.SUBJECT


def test_another_speaker_is_meant_only_where_somebody_is_addressed() -> None:
    to_bob = told("You live in Porto, right where I live too.")
    assert claimed(item("You live in Porto", "Bob", "lives_in", "Porto", turn=2), told("Hi", "Bob"), to_bob).subject == "Bob"
    assert grounded(item("I live too", "Bob", "lives_in", "Porto", turn=2), told("Hi", "Bob"), to_bob) is Objection.SUBJECT


def test_a_pronoun_may_mean_who_was_mentioned_before_in_the_same_session() -> None:
    before, after = "My sister Mary moved.", "She works at Google."
    said = item("She works at Google", "Mary", "works_at", "Google", turn=2)
    assert claimed(said, before, after).subject == "Mary"
    assert grounded(said, told(before, session="other"), after) is Objection.SUBJECT
    assert grounded(item("Google hired", "Mary", "works_at", "Google", turn=2), before, "Google hired.") is Objection.SUBJECT


def test_an_assistant_does_not_introduce_people() -> None:
    said = item("She works at Google", "Mary", "works_at", "Google")
    assert grounded(said, told("Is it Mary?", None, "assistant"), "She works at Google.") is Objection.SUBJECT


def test_kin_without_a_name_are_reached_by_the_word_that_was_said() -> None:
    assert claimed(item("my mom lives in Porto", "Alice/mother", "lives_in", "Porto"), "And my mom lives in Porto.").subject == "Alice/mom"
    assert claimed(item("我妹妹住在北京", "王峰/sister", "lives_in", "北京"), told("我妹妹住在北京。", "王峰")).subject == "王峰/妹妹"
    assert claimed(item("My sisters sing", "Alice/sister", "hobby", "sing"), "My sisters sing.").subject == "Alice/sister"
    assert claimed(item("My sister sings", "sister", "hobby", "sings"), "My sister sings.").subject == "Alice/sister"
    assert grounded(item("my mom lives in Porto", "Alice/uncle", "lives_in", "Porto"), "my mom lives in Porto") is Objection.SUBJECT


def test_a_document_without_an_author_is_about_nobody_in_particular() -> None:
    page = told("Porto has many bridges.", None, None, kind=Kind.DOCUMENT)
    assert grounded(item("Porto has many bridges", "alice", "owns", "bridges"), page) is Objection.SUBJECT
    diary = told("I have seen many bridges.", None, None, kind=Kind.DOCUMENT)
    assert claimed(item("I have seen many bridges", "I", "visited", "bridges"), diary).subject == "alice"


# What is said


def test_facts_turned_english_are_refused() -> None:
    chinese = told("我去年搬到了北京。", "王峰")
    assert grounded(item("我去年搬到了北京", "王峰", "lives_in", "Beijing"), chinese) is Objection.LANGUAGE
    assert grounded(item("I moved to Beijing", "Alice", "lives_in", "北京"), "I moved to Beijing.") is Objection.LANGUAGE
    assert claimed(item("我去年搬到了北京", "王峰", "lives_in", "北京"), chinese).object == "北京"
    assert claimed(item("我在用Python", "王峰", "skill", "python"), told("我在用Python写程序。", "王峰")).object == "Python"


def test_an_object_that_was_not_said_is_refused() -> None:
    assert grounded(item("I live in Porto", "Alice", "lives_in", "Lisbon"), "I live in Porto.") is Objection.OBJECT
    assert grounded(item("I live in Porto", "Alice", "lives_in", ""), "I live in Porto.") is Objection.EMPTY
    assert grounded(item("I love it", "Alice", "likes", "it"), "I love it.") is Objection.EMPTY
    far = "I live in Porto." + " And so on." * 100 + " Lisbon is far."
    assert grounded(item("I live in Porto", "Alice", "lives_in", "Lisbon"), far) is Objection.OBJECT


def test_an_object_is_given_as_the_text_has_it() -> None:
    assert claimed(item("I bought a red bike", "Alice", "owns", "a Red  Bike"), "I bought a red bike.").object == "red bike"
    assert claimed(item("I like to swim", "Alice", "hobby", "swimming"), "I like to swim.").object == "swimming"
    assert claimed(item("我有一辆红色的自行车", "王峰", "owns", "红色自行车"), told("我有一辆红色的自行车", "王峰")).object == "红色自行车"


def test_a_negation_that_was_not_said_is_not_put_into_an_object() -> None:
    assert grounded(item("I feel well", "Alice", "feels", "not well"), "I feel well.") is Objection.OBJECT
    assert claimed(item("I'm not feeling well", "Alice", "feels", "not well"), "I'm not feeling well.").object == "not well"
    assert grounded(item("我喜欢的不是苹果", "王峰", "likes", "喜欢苹果"), told("我喜欢的不是苹果", "王峰")) is Objection.OBJECT


def test_a_day_is_given_in_its_own_words_or_by_its_date() -> None:
    assert claimed(item("today is my birthday", "Alice", "born_on", "today"), "Yes, today is my birthday.").object == "05-08"
    assert claimed(item("born on May 3, 1990", "I", "born_on", "1990-05-03"), "I was born on May 3, 1990.").object == "May 3, 1990"
    assert claimed(item("我的生日是五月三号", "我", "born_on", "五月三号"), told("我的生日是五月三号", "王峰")).object == "五月三号"
    assert grounded(item("I was born on May 3", "I", "born_on", "1990-06-03"), "I was born on May 3.") is Objection.OBJECT


def test_people_are_called_what_they_are_called() -> None:
    assert claimed(item("My name is Alice", "Alice", "name", "Alice"), "My name is Alice.").object == "Alice"


def test_what_a_pronoun_means_is_found_in_what_was_said_before() -> None:
    assert claimed(item("I love it", "Alice", "likes", "pizza", turn=2), told("We had pizza.", "Bob"), "I love it!").object == "pizza"
    assert grounded(item("I love it", "Alice", "likes", "pasta", turn=2), told("We had pizza.", "Bob"), "I love it!") is Objection.OBJECT


def test_kin_as_object_become_a_path() -> None:
    assert claimed(item("my sister", "Alice", "sister", "sister"), "my sister is here").object == "Alice/sister"
    assert claimed(item("my sister Mary", "Alice", "sister", "Mary"), "my sister Mary is here").object == "Mary"
    assert grounded(item("I am a friend", "Alice", "friend", "Alice"), "I am a friend") is Objection.EMPTY


def test_a_denial_may_leave_open_what_ended() -> None:
    claim = claimed(item("I quit my job", "Alice", "job", "", stance="deny"), "I quit my job.")
    assert (claim.object, claim.stance) == ("", Stance.DENY)


def test_a_correction_names_what_it_takes_back_only_if_that_was_said() -> None:
    said = item("it's Porto, not Lisbon", "Alice", "lives_in", "Porto", stance="correct", replaces="Lisbon")
    assert claimed(said, "No, it's Porto, not Lisbon.").replaces == "Lisbon"
    assert claimed(said | {"quote": "it's Porto", "replaces": "Madrid"}, "No, it's Porto.").replaces == ""


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"stance": "perhaps"}, Objection.MALFORMED),
        ({"certainty": 0}, Objection.MALFORMED),
        ({"certainty": "who knows"}, Objection.MALFORMED),
        ({"object": {"type": "string"}}, Objection.MALFORMED),
        ({"quote": ""}, Objection.MALFORMED),
        ({"quote": None}, Objection.MALFORMED),
        ({"turn": None}, Objection.TURN),
        ({"turn": "one"}, Objection.TURN),
    ],
)
def test_what_has_not_the_form_of_a_claim_is_refused(more: dict[str, Any], reason: Objection) -> None:
    assert grounded(item("I live in Porto", "Alice", "lives_in", "Porto") | more, "I live in Porto.") is reason


def test_certainty_and_change_are_taken_over() -> None:
    said = item("I think I live in Porto", "Alice", "lives_in", "Porto", turn="[1]", certainty=0.6, change="true")
    claim = claimed(said, "I think I live in Porto.")
    assert (claim.certainty, claim.is_change) == (0.6, True)
    assert claimed(said | {"certainty": 7, "change": False}, "I think I live in Porto.").certainty == 1


@pytest.mark.parametrize(
    ("text", "quote", "reason"),
    [
        ("Do you live in Porto?", "you live in Porto", Objection.QUESTION),
        ("Do you live in Porto?", "Do you live in Porto?", Objection.QUESTION),
        ("So, where in Porto do you live?", "Porto do you live", Objection.QUESTION),
        ("你住在北京吗？", "你住在北京", Objection.QUESTION),
        ("你是不是住在北京？", "住在北京", Objection.QUESTION),
        ("If I lived in Porto, I'd swim.", "I lived in Porto", Objection.SUPPOSED),
        ("要是我住在北京就好了。", "我住在北京", Objection.SUPPOSED),
        ("I just moved to Porto, can you recommend a bar?", "I just moved to Porto", None),
        ("I just moved to Porto, can you recommend a bar?", "I just moved to Porto, can you recommend a bar?", None),
        ("If I'm honest, I live in Porto.", "I live in Porto", None),
        ("When I lived in Porto, did we meet?", "I lived in Porto", None),
        ("How are you? I live in Porto. You?", "I live in Porto", None),
        ("What fun. I live in Porto!", "I live in Porto", None),
        ("我住在北京，你呢？", "我住在北京", None),
    ],
)
def test_what_is_asked_or_supposed_states_nothing(text: str, quote: str, reason: Objection | None) -> None:
    found = grounded(item(quote, "Bob", "lives_in", "北京" if "北京" in text else "Porto", turn=1), told(text, "Bob"))
    assert found is reason or (reason is None and isinstance(found, Claim)), found


# Relations


@pytest.mark.parametrize(
    ("given", "name", "implied"),
    [
        ("lives_in", "lives_in", ""),
        ("livesIn", "lives_in", ""),
        ("Lives in", "lives_in", ""),
        ("live_in", "lives_in", ""),
        ("works_for", "works_at", ""),
        ("is allergic to", "allergic_to", ""),
        ("wife", "spouse", ""),
        ("aunt", "relative", "aunt"),
        ("住在", "lives_in", ""),
        ("姐姐", "sister", ""),
        ("likess", "likes", ""),
        ("frobnicates", None, ""),
        ("same_as", None, ""),
        ("", None, ""),
    ],
)
def test_a_relation_is_known_by_its_words_and_never_guessed(given: str, name: str | None, implied: str) -> None:
    relation, qualifier = relation_of(given, registry(), words_for(registry()))
    assert (relation and relation.name, qualifier) == (name, implied)


def test_fields_by_the_names_that_other_prompts_give_them_are_understood() -> None:
    said = {"turn": 1, "evidence": "I live in Porto", "subject": "I", "predicate": "lives_in", "value": "Porto"}
    assert claimed(said, "I live in Porto.").object == "Porto"


def test_an_unknown_relation_is_refused() -> None:
    assert grounded(item("I live in Porto", "Alice", "haunts", "Porto"), "I live in Porto.") is Objection.RELATION


def test_a_favourite_is_a_favourite_of_some_kind_that_was_said() -> None:
    text, said = "My favourite film is Heat.", item("My favourite film is Heat", "Alice", "favourite", "Heat")
    assert claimed(said | {"qualifier": "film"}, text).qualifier == "film"
    assert grounded(said, text) is Objection.QUALIFIER
    assert grounded(said | {"qualifier": "colour"}, text) is Objection.QUALIFIER
    assert claimed(item("my aunt Rosa", "Alice", "aunt", "Rosa"), "my aunt Rosa").qualifier == "aunt"
    assert claimed(item("I live in Porto", "Alice", "lives_in", "Porto", qualifier="city"), "I live in Porto.").qualifier == ""


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("my new red bike", "red bike"),
        ("the Alps", "Alps"),
        ("The Matrix", "The Matrix"),
        ("A bike.", "bike"),
        ("New York", "New York"),
        ("一只猫", "猫"),
        ("我的自行车。", "自行车"),
        ("一个人旅行", "一个人旅行"),
        ("U.S.A", "U.S.A"),
        ("", ""),
    ],
)
def test_determiners_and_punctuation_are_trimmed(words: str, left: str) -> None:
    assert trim(words) == left


# When


def when(text: str, relation: str, object: str, words: str = "", stance: str = "affirm", quote: str = "") -> tuple[str, str, str]:
    claim = claimed(item(quote or text, "Alice", relation, object, when=words, stance=stance), text)
    ends = [f"{moment:%Y-%m-%d}" if moment else "" for moment in (claim.valid_from, claim.valid_to)]
    assert all(moment is None or moment.utcoffset() == SAID_AT.utcoffset() for moment in (claim.valid_from, claim.valid_to))
    return ends[0], ends[1], claim.precision


def test_words_of_time_are_resolved_against_the_day_they_were_said() -> None:
    assert when("I moved to Porto last spring", "lives_in", "Porto", "last spring") == ("2022-03-01", "", "season")
    assert when("I went to Porto last week", "visited", "Porto", "last week") == ("2023-05-01", "2023-05-08", "week")
    assert when("我去年搬到了北京", "lives_in", "北京", "去年") == ("2022-01-01", "", "year")
    assert when("我上周三去了北京", "visited", "北京", "上周三") == ("2023-05-03", "2023-05-04", "day")


def test_an_event_is_dated_by_the_one_time_in_its_quote_where_the_model_left_it_out() -> None:
    assert when("I went to Porto last week", "visited", "Porto") == ("2023-05-01", "2023-05-08", "week")
    assert when("I went to Porto. Last week was fun", "visited", "Porto", quote="I went to Porto") == ("", "", "")


def test_now_is_not_stamped_on_history() -> None:
    assert when("I moved to Porto", "lives_in", "Porto", "2023-05-08") == ("", "", "")
    assert when("I went to Porto last week", "visited", "Porto", f"{datetime.now(UTC):%Y-%m-%d}") == ("2023-05-01", "2023-05-08", "week")


def test_a_date_counts_only_where_the_text_speaks_of_that_time() -> None:
    assert when("I moved to Porto last spring", "lives_in", "Porto", "2022-04") == ("2022-04-01", "", "month")
    assert when("I moved to Porto last spring", "lives_in", "Porto", "2019") == ("", "", "")
    assert when("I moved to Porto", "lives_in", "Porto", "2019-03-01") == ("", "", "")
    assert when("I moved to Porto two summers back, in year 2021", "lives_in", "Porto", "2021")[0] == "2021-01-01"
    assert when("I moved to Porto last spring", "lives_in", "Porto", "去年春天") == ("", "", "")


def test_states_begin_end_and_last() -> None:
    assert when("I've lived in Porto since 2019", "lives_in", "Porto", "since 2019") == ("2019-01-01", "", "year")
    assert when("I'm in Porto until Friday", "staying_in", "Porto", "until Friday") == ("", "2023-05-13", "day")
    assert when("I was in Porto until Friday", "staying_in", "Porto", "until Friday") == ("", "2023-05-06", "day")
    assert when("我在北京待到下周五", "staying_in", "北京", "下周五") == ("", "2023-05-20", "day")
    assert when("我在北京，到下周五为止", "staying_in", "北京", "到下周五为止") == ("", "2023-05-20", "day")
    assert when("I lived in Porto from 2010 to 2015", "lives_in", "Porto", "from 2010 to 2015") == ("2010-01-01", "2016-01-01", "year")
    assert when("I used to live in Porto", "lives_in", "Porto", "used to", "past") == ("", "2023-05-08", "")
    assert when("I lived in Porto in 2015", "lives_in", "Porto", "in 2015", "past") == ("2015-01-01", "2016-01-01", "year")
    assert when("I left Porto in March", "lives_in", "Porto", "in March", "deny") == ("2023-03-01", "", "month")


def test_a_plan_ends_with_the_time_it_is_for_and_what_is_for_ever_has_none() -> None:
    assert when("I will visit Porto next week", "plans", "visit Porto", "next week") == ("", "2023-05-22", "week")
    assert when("I hope to see Porto on Friday", "plans", "see Porto", "on Friday") == ("", "2023-05-13", "day")
    assert when("I was born in Porto in 1990", "born_in", "Porto", "in 1990") == ("", "", "")
