import math

import pytest

from remanence.bench.lexical import K1, B, Bm25, tokens


def test_tokens_lose_stop_words_and_endings():
    assert tokens("When did the painters start painting?") == ["painter", "start", "paint"]


def test_short_words_keep_their_endings():
    assert tokens("bus") == ["bus"]


def test_chinese_is_read_in_pairs():
    assert tokens("去博物馆 twice") == ["去博", "博物", "物馆", "twice"]


def test_a_score_is_the_sum_of_idf_and_saturated_frequency():
    index = Bm25()
    for text in (["cat", "cat", "mat"], ["dog"], ["mat", "dog"]):
        index.add(text)
    average = 2.0
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    saturated = 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / average))
    assert index.scores(["cat"]).tolist() == pytest.approx([idf * saturated, 0.0, 0.0])
    assert index.scores(["cat", "cat"])[0] == pytest.approx(2 * idf * saturated)


def test_words_never_seen_score_nothing():
    index = Bm25()
    index.add(["cat"])
    assert index.scores(["zebra"]).tolist() == [0.0]
