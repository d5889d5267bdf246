"""The terms under which text is stored and sought: English by stems, Chinese by pairs of characters."""

from __future__ import annotations

import zlib
from time import process_time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from remanence.language.analyse import STOP_WORDS, hashed, hashes, is_chinese, normalise, terms

any_text = st.text(st.characters(), max_size=60)  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Peanuts", ["peanut"]),
        ("allergies allergic allergy", ["allergi", "allerg", "allergi"]),
        ("She moved; moving, moves.", ["move", "move", "move"]),
        ("the Running of the bulls", ["run", "bull"]),
        ("room 42b, 2026-03-02", ["room", "42b", "2026", "03", "02"]),
        ("snake_case and e-mail", ["snake", "case", "e", "mail"]),
        ("naïve café", ["naïv", "café"]),
        ("Привет мир", ["привет", "мир"]),
    ],
)
def test_words_are_known_by_their_stems_in_order(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_every_form_of_a_word_that_an_asker_may_use_is_the_same_term() -> None:
    for one, other in [("hiking", "hike"), ("cities", "city"), ("painted", "paints"), ("DOG", "dogs"), ("Anna's", "Anna")]:
        assert terms(one) == terms(other)


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_a_stop_word_is_no_term_however_it_is_written(word: str) -> None:
    assert terms(word) == terms(word.upper()) == terms(word.replace("'", "’")) == []


def test_apostrophes_of_either_kind_are_one() -> None:
    assert terms("Anna's o'clock") == terms("Anna’s o’clock")
    assert terms("'quoted' ''twice''") == ["quot", "twice"]
    assert terms("dogs'") == ["dog"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我住在里斯本", ["我住", "住在", "在里", "里斯", "斯本"]),
        ("里斯本。花生", ["里斯", "斯本", "花生"]),
        ("茶", ["茶"]),
        ("茶 水", ["茶", "水"]),
        ("カメラ", ["カメ", "メラ"]),
        ("서울", ["서울"]),
        ("𠀀𠀁𠀂", ["𠀀𠀁", "𠀁𠀂"]),
    ],
)
def test_chinese_japanese_and_korean_are_known_by_pairs_of_characters(text: str, found: list[str]) -> None:
    assert terms(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我用Python写code", ["我用", "python", "写", "code"]),
        ("在2026年3月", ["在", "2026", "年", "3", "月"]),
        ("meet me at 北京站 tomorrow", ["meet", "北京", "京站", "tomorrow"]),
    ],
)
def test_scripts_are_told_apart_without_spaces_between_them(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_full_width_and_composed_forms_are_what_they_look_like() -> None:
    assert terms("ＰＹＴＨＯＮ　２０２６") == terms("python 2026")
    assert terms("ﬁsh") == terms("fish")
    assert terms("cafe\u0301") == terms("café")
    assert terms("ｶﾒﾗ") == terms("カメラ")


@pytest.mark.parametrize("text", ["", " ", "?!…", "——", "👩‍👩‍👧‍👦", "\x00", "\ud83d", "___", "'"])
def test_what_says_nothing_has_no_terms(text: str) -> None:
    assert terms(text) == []


@given(any_text)
@example("İ")
@example("ǅ")
@example("a\ud800b")
def test_any_text_has_terms_and_each_is_of_letters_or_digits(text: str) -> None:
    found = terms(text)
    assert all(term and term not in STOP_WORDS for term in found if term.isascii() and len(term) > 3)
    assert terms(normalise(text)) == terms(text)
    assert hashes(text).tolist() == [hashed(term) for term in found]
    assert hashes(text).dtype == np.uint32


@given(any_text, any_text)
def test_texts_put_side_by_side_keep_their_terms(one: str, other: str) -> None:
    assert terms(f"{one} . {other}") == terms(one) + terms(other)


def test_a_term_has_the_same_hash_on_every_machine() -> None:
    assert hashed("peanut") == zlib.crc32(b"peanut") == 0x2FC11A85
    assert hashed("花生") == zlib.crc32("花生".encode())
    assert hashes("Peanuts! 花生").tolist() == [hashed("peanut"), hashed("花生")]


def test_twenty_thousand_short_texts_a_second_are_analysed() -> None:
    some = [f"I told Anna on day {n} that the blue kite flies over the old harbour" for n in range(200)] + ["我昨天在里斯本吃了花生"] * 50
    for text in some:
        hashes(text)
    best = min(_seconds(some) for _ in range(5))
    assert len(some) / best > 20_000


def _seconds(texts: list[str]) -> float:
    started = process_time()
    for text in texts * 4:
        hashes(text)
    return (process_time() - started) / 4


# ---------------------------------------------------------------- which language


@pytest.mark.parametrize("text", ["她住在哪里？", "我用Python写代码", "昨天?", "茶", "Anna 喜欢什么"])
def test_a_text_that_is_half_chinese_or_more_is_chinese(text: str) -> None:
    assert is_chinese(text)


@pytest.mark.parametrize(
    "text", ["Where does she live?", "", "???", "42", "What does 茶 mean in English?", "Привет", "she said 你好 to everybody"]
)
def test_a_text_that_is_mostly_not_chinese_is_not(text: str) -> None:
    assert not is_chinese(text)


def test_a_character_weighs_as_two_letters() -> None:
    assert is_chinese("茶ab")
    assert not is_chinese("茶abc")
    assert is_chinese("茶 12345 !!!"), "digits and marks are of no language"


@given(any_text)
def test_any_text_is_chinese_or_not(text: str) -> None:
    assert is_chinese(text) in (True, False)
    assert not is_chinese(text.encode("ascii", "ignore").decode())
