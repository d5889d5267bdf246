"""Who is who: what joins two names, what keeps them apart, and that it takes no longer for names made to confuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, permutations
from random import Random
from time import perf_counter

import numpy as np
import pytest
from saying import said

from remanence.distill.entities import Directory, resolve
from remanence.distill.relations import registry
from remanence.distill.suggest import suggest
from remanence.types import BY_HAND, Entity, Scope
from remanence.types import Testimony as Told

DAY = "2024-01-10"
OWNER = ("default", "alice")


def groups(told: Iterable[Told]) -> list[list[str]]:
    """The names of those who have several, each in order."""
    found = ([entity.name, *entity.aliases] for entity in resolve(told, registry()).entities())
    return sorted(sorted(names) for names in found if len(names) > 1)


def joined(told: Iterable[Told], one: str, other: str) -> bool:
    directory = resolve(told, registry())
    return directory.entity(OWNER, one) == directory.entity(OWNER, other)


def person(name: str, likes: str = "tea") -> Told:
    return said(DAY, name, "likes", likes)


def seconds(told: list[Told]) -> tuple[float, Directory]:
    started = perf_counter()
    directory = resolve(told, registry())
    return perf_counter() - started, directory


# ------------------------------------------------------------------ said


def test_names_are_one_but_for_case_width_and_spacing():
    assert joined([person("Anna  Schmidt")], "ANNA schmidt", "Ａｎｎａ Schmidt")


def test_a_stated_name_joins_and_taking_its_claim_away_parts_again():
    naming = said(DAY, "Robert", "nickname", "Bo")
    told = [person("Robert"), person("Bo", "jazz"), naming]
    assert groups(told) == [["Bo", "Robert"]]
    assert groups([one for one in told if one is not naming]) == []


def test_two_people_with_one_nickname_stay_two():
    told = [said(DAY, "Alice", "nickname", "Al"), said(DAY, "Albert", "nickname", "Al")]
    assert groups(told) == []


def test_a_corrected_name_no_longer_joins():
    told = [
        said("2024-01-10", "Bob/sister", "name", "Emily"),
        said("2024-01-11", "Bob/sister", "name", "Emilia", "correct", replaces="Emily"),
    ]
    assert groups(told) == [["Bob/sister", "Emilia"]]


def test_the_last_word_on_two_names_counts_whatever_the_order_of_arrival():
    told = [said("2024-01-10", "Ann", "same_as", "Nan"), said("2024-01-12", "Ann", "same_as", "Nan", "deny")]
    again = said("2024-01-14", "Nan", "same_as", "Ann")
    assert groups(told) == groups(reversed(told)) == []
    assert groups([*told, again]) == groups([again, *told]) == [["Ann", "Nan"]]


def test_the_web_and_a_model_join_nobody():
    told = [said(DAY, "Alice", "same_as", "Mallory", trust="web"), said(DAY, "Alice", "name", "Mallory", trust="model", certainty=0.3)]
    assert groups(told) == []


def test_names_of_one_user_say_nothing_of_those_of_another():
    other = replace(person("Anna Schmidt"), scope=Scope(user="bob"))
    assert groups([person("Anna"), other]) == []


@pytest.mark.parametrize("word", ["user", "I", "me", "you", "我", "他", "用户"])
def test_words_for_whoever_is_meant_join_nobody(word: str):
    told = [said(DAY, word, "name", "Emily"), said(DAY, "Tom", "nickname", word), said(DAY, word, "same_as", "Tom")]
    assert groups(told) == []


# ------------------------------------------------------------------ denied


def test_a_denied_sameness_stands_against_alias_role_and_first_name():
    denial = said("2024-02-01", "Anna", "same_as", "Anna Schmidt", "deny")
    assert groups([person("Anna"), person("Anna Schmidt"), denial]) == []
    role = [said(DAY, "Bob", "sister", "Eva"), person("Bob/sister"), said(DAY, "Bob/sister", "same_as", "Eva", "deny")]
    assert groups(role) == []
    alias = [said(DAY, "Robert", "nickname", "Bo"), said(DAY, "Bo", "same_as", "Robert", "deny")]
    assert groups(alias) == []


def test_a_denied_sameness_holds_through_third_names_and_the_earlier_word_stands():
    told = [
        said("2024-01-10", "A", "same_as", "B"),
        said("2024-01-11", "B", "same_as", "C"),
        said("2024-01-12", "A", "same_as", "C", "deny"),
    ]
    assert all(groups(order) == [["A", "B"]] for order in permutations(told))


def test_a_directory_tells_which_entities_are_said_to_be_two():
    directory = resolve([said(DAY, "Anna", "same_as", "Eva", "deny")], registry())
    assert directory.apart() == {frozenset({directory.entity(OWNER, "Anna"), directory.entity(OWNER, "Eva")})}


# ------------------------------------------------------------------ alike


def test_a_first_name_is_the_only_full_name_that_it_begins():
    assert groups([person("Anna"), person("Anna Schmidt")]) == [["Anna", "Anna Schmidt"]]
    assert groups([person("小红"), person("陈小红")]) == [["小红", "陈小红"]]


def test_an_ambiguous_first_name_stays_apart():
    assert groups([person("Anna"), person("Anna Schmidt"), person("Anna Weber")]) == []
    assert groups([person("小红"), person("陈小红"), person("王小红")]) == []
    assert groups([person("小红"), person("陈小红"), person("王红")]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("Maria", "Marie"), ("Christina", "Christine"), ("Michele", "Michelle"), ("Daniel", "Daniela"), ("Merlin", "Marlin"),
     ("Andrea", "Andreas"), ("王芳", "王方"), ("Room 1221", "Room 1212")],
)  # fmt: skip
def test_names_that_are_nearly_equal_are_two_names(one: str, other: str):
    assert groups([person(one), person(other)]) == []


@pytest.mark.parametrize(("one", "other"), [("Michael", "Micheal"), ("Jennifer Holt", "Jenifer Holt"), ("Phillip", "Philip")])
def test_a_slip_of_spelling_joins_two_people_of_whom_nothing_differs(one: str, other: str):
    assert groups([person(one), person(other, "jazz")]) == [sorted([one, other])]
    assert groups([person(one), person(other), said(DAY, one, "lives_in", "Rome"), said(DAY, other, "lives_in", "Oslo")]) == []


def test_two_who_stand_in_a_relation_are_two():
    assert groups([said(DAY, "Emily", "friend", "Emily Clark"), person("Emily Clark")]) == []


def test_one_who_speaks_of_another_is_not_that_one():
    assert groups([person("Emily"), said(DAY, "Emily Clark", "lives_in", "Rome", by="Emily")]) == []
    assert groups([person("Emily"), replace(said(DAY, "Emily Clark", "lives_in", "Rome", by="Emily"), source=BY_HAND)]) != []


def test_two_birthdays_are_two_people():
    assert groups([said(DAY, "Anna", "born_on", "3 May"), said(DAY, "Anna Schmidt", "born_on", "9 June")]) == []


def test_a_place_is_not_a_person_of_that_first_name():
    assert groups([said(DAY, "Bob", "lives_in", "Paris"), person("Paris Hilton")]) == []


# ------------------------------------------------------------------ roles


def test_a_role_meets_the_only_one_named_in_it():
    sister = [said(DAY, "Alice", "sister", "小红"), said(DAY, "Alice/妹妹", "likes", "tea")]
    assert groups(sister) == [["Alice/妹妹", "小红"]]
    assert groups([*sister, said(DAY, "Alice", "sister", "小兰")]) == []


def test_an_elder_and_a_younger_sister_are_not_the_one_who_was_named():
    told = [said(DAY, "Alice", "sister", "小红"), said(DAY, "Alice/妹妹", "likes", "tea"), said(DAY, "Alice/姐姐", "likes", "tea")]
    assert groups(told) == []


def test_an_aunt_is_not_the_only_uncle_named():
    told = [said(DAY, "Alice", "relative", "Bob", qualifier="uncle"), person("Alice/aunt"), person("Alice/uncle")]
    assert groups(told) == [["Alice/uncle", "Bob"]]


def test_a_friend_is_not_the_friend_whose_name_is_known():
    assert groups([said(DAY, "Alice", "friend", "Bob"), person("Alice/friend")]) == []


def test_words_for_the_only_mother_there_is_are_one():
    assert groups([person("Alice/mom"), person("Alice/妈妈"), person("Alice/father")]) == [["Alice/mom", "Alice/妈妈"]]


def test_paths_from_two_names_of_one_meet():
    told = [person("Alice/dog"), person("Ally/dog"), said(DAY, "Alice", "nickname", "Ally")]
    assert groups(told) == [["Alice", "Ally"], ["Alice/dog", "Ally/dog"]]


def test_a_role_is_sought_again_once_a_first_name_has_found_its_full_one():
    told = [said(DAY, "Alice", "sister", "Eva"), said(DAY, "Alice", "sister", "Eva Holt"), person("Alice/sister")]
    told += [person("Eva"), person("Eva Holt")]
    assert groups(told) == [["Alice/sister", "Eva", "Eva Holt"]]


# ------------------------------------------------------------------ laws


def life(random: Random) -> list[Told]:
    names = [
        "Anna",
        "Anna Schmidt",
        "Anna Weber",
        "Bo",
        "Robert",
        "Alice",
        "Alice/sister",
        "Bo/sister",
        "Michael",
        "Micheal",
        "小红",
        "陈小红",
        "user",
    ]
    relations = ["likes", "name", "nickname", "same_as", "sister", "lives_in", "mother", "friend"]
    stances = ["affirm", "affirm", "affirm", "deny", "correct", "retract"]
    return [
        said(
            f"2024-01-{random.randint(1, 28):02}",
            random.choice(names),
            random.choice(relations),
            random.choice(names),
            random.choice(stances),
        )
        for _ in range(25)
    ]


def test_order_changes_nothing():
    for seed in range(40):
        random = Random(seed)
        told = life(random)
        expected = list(resolve(told, registry()).entities())
        for _ in range(4):
            random.shuffle(told)
            assert list(resolve(told, registry()).entities()) == expected


def test_what_is_no_news_of_who_is_who_may_be_learnt_without_settling_anew():
    for seed in range(60):
        told = life(Random(seed))
        directory = resolve(told[:-6], registry())
        is_news = [directory.hear(one, registry()) for one in told[-6:]]
        if not any(is_news):
            assert list(directory.entities()) == list(resolve(told, registry()).entities())


def test_one_who_is_known_well_may_be_spoken_of_without_settling_anew():
    directory = resolve([person("Alice"), said(DAY, "Alice", "lives_in", "Rome")], registry())
    assert not directory.hear(said(DAY, "Alice", "likes", "jazz"), registry())
    assert directory.hear(person("Alice Smith"), registry())


def test_denied_names_never_end_in_one_entity():
    for seed in range(60):
        directory = resolve(life(Random(seed)), registry())
        assert all(len(pair) == 2 for pair in directory.apart())


# ------------------------------------------------------------------ bounded


@pytest.mark.parametrize("others", [["B", "C", "A"], ["A"]])
def test_cycles_of_sameness_end(others: list[str]):
    names = ["A", *others]
    told = [said(DAY, one, "same_as", other) for one, other in pairwise(names)]
    assert len(list(resolve(told, registry()).entities())) == 1


def test_a_chain_of_ten_thousand_is_one_entity_in_bounded_time():
    told = [said(DAY, f"N{number}", "same_as", f"N{number + 1}") for number in range(10_000)]
    Random(1).shuffle(told)
    took, directory = seconds(told)
    assert len(list(directory.entities())) == 1
    assert took < 4


def test_ten_thousand_of_one_name_take_bounded_time():
    letters = "abcdefghij"
    family = ["".join(letters[int(digit)] for digit in f"{number:04}").title() for number in range(10_000)]
    for told in (
        [person("Anna"), *(person(f"Anna {name}") for name in family)],
        [said(DAY, f"Anna {name}", "nickname", "Anna") for name in family],
        [said(DAY, "Alice", "sister", name) for name in family] + [person("Alice/sister")],
        [said(DAY, "Z", "same_as", name, "deny") for name in family] + [said(DAY, a, "same_as", b) for a, b in pairwise(family)],
    ):
        took, directory = seconds(told)
        assert took < 4
        assert directory.entity(OWNER, "Anna") != directory.entity(OWNER, "Anna Aaab")


def test_names_made_of_the_same_letters_are_not_run_together():
    told = [person("A" + "".join(letters)) for letters in permutations("bcdefg")]
    took, directory = seconds(told)
    assert took < 4
    assert len(list(directory.entities())) == len(told)


# ------------------------------------------------------------------ suggestions


def test_what_may_be_one_is_suggested_with_a_reason_and_never_done():
    names = ["Anna Schmidt", "A. Schmidt", "Christina", "Christine", "陈小红", "陈老师", "Eva", "Eva Holt", "Eva Weber"]
    entities = [Entity(str(place), name, "person") for place, name in enumerate(names)]
    found = {(pair.one.name, pair.other.name): pair.reason for pair in suggest(entities)}
    assert found["Anna Schmidt", "A. Schmidt"] == "an initial for the first name"
    assert found["Christina", "Christine"] == "spelt alike"
    assert found["陈小红", "陈老师"] == "the family name with a title"
    assert found["Eva", "Eva Holt"] == found["Eva", "Eva Weber"] == "one of several by this first name"


def test_what_is_denied_or_of_two_kinds_is_not_suggested():
    one, other, place = Entity("1", "Christina", "person"), Entity("2", "Christine", "person"), Entity("3", "Christin", "place")
    assert suggest([one, other], apart={frozenset({"1", "2"})}) == []
    assert {frozenset((pair.one.id, pair.other.id)) for pair in suggest([one, other, place])} == {frozenset({"1", "2"})}


def test_an_embedder_suggests_what_means_the_same():
    vectors = {"Big Apple": [1.0, 0.0], "New York": [0.95, 0.312], "Oslo": [0.0, 1.0]}
    [pair] = suggest([Entity(name, name, "place") for name in vectors], lambda texts: np.array([vectors[t] for t in texts], np.float32))
    assert (pair.one.name, pair.other.name, pair.reason) == ("Big Apple", "New York", "near in meaning")


def test_suggestions_among_ten_thousand_take_bounded_time():
    random, parts = Random(3), "an ber co da el fi go ha is jo ka le mi no os pa qui ro sa ti".split()
    names = [f"{''.join(random.choices(parts, k=2)).title()} {''.join(random.choices(parts, k=3)).title()}" for _ in range(10_000)]
    started = perf_counter()
    suggest([Entity(str(place), name, "person") for place, name in enumerate(names)])
    assert perf_counter() - started < 6
