"""Segments cover the text, keep their limits, and end where a reader would pause."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.errors import BadInput
from remanence.record import segment


def pieces(text: str, **options) -> list[str]:
    return [text[start:end] for start, end in segment(text, **options)]


fragments = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["# Head\n", "\n\n", "```py\nx = 1\n```\n", "~~~\n", "End. ", "句子。", "e\u0301", "\r\n", "👩‍👩‍👧", "🇵🇹🇩🇪", " " * 50]),
)


@given(st.lists(fragments, max_size=60).map("".join), st.booleans(), st.integers(1, 60), st.integers(0, 60))
def test_pieces_joined_give_the_text_and_none_is_over_the_limit(text, markdown, target, more):
    spans = segment(text, markdown=markdown, target=target, limit=target + more)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(0 < end - start <= target + more for start, end in spans)


def test_an_empty_text_has_no_segments_and_a_short_one_is_one():
    assert segment("") == []
    assert segment("Hello.") == [(0, 6)]


def test_impossible_sizes_are_refused():
    with pytest.raises(BadInput, match="target=10, limit=5"):
        segment("text", target=10, limit=5)


def test_markdown_is_cut_before_headings():
    text = "".join(f"## Part {i}\n\n{'Some words here. ' * 30}\n" for i in range(6))
    assert all(piece.startswith("## Part") for piece in pieces(text, markdown=True))


def test_a_comment_in_a_code_block_is_no_heading_and_a_block_that_fits_is_kept_whole():
    block = "```python\n" + "# a comment\nx = 1\n\n" * 40 + "```\n"
    text = "Words before. " * 45 + "\n" + block + "Words after. " * 60
    assert sum(block in piece for piece in pieces(text, markdown=True)) == 1


def test_paragraphs_are_kept_together_where_they_fit():
    text = "\n\n".join(f"Paragraph {i}. " + "More of the same. " * 30 for i in range(5))
    assert all(piece.startswith("Paragraph") for piece in pieces(text))


@pytest.mark.parametrize(
    "sentence", ["我们上周搬到了里斯本，天气很好。", "他问：“你去哪儿？”", "We moved to Lisbon last week, and the weather is fine. "]
)
def test_without_paragraphs_the_cut_falls_after_a_sentence(sentence):
    found = pieces(sentence * 300)
    assert len(found) > 3
    assert all(len(piece) % len(sentence) == 0 for piece in found)


def test_without_sentences_the_cut_falls_between_words():
    assert all(piece.endswith("word ") for piece in pieces("word " * 2000))


@pytest.mark.parametrize("cluster", ["e\u0301\u0323", "👩‍👩‍👧", "🇵🇹", "👍🏽", "\r\n"])
def test_what_looks_like_one_character_is_not_split(cluster):
    assert all(len(piece) % len(cluster) == 0 for piece in pieces(cluster * 900, target=100, limit=150))


def test_no_crumb_is_left_at_the_end():
    assert min(map(len, pieces("A sentence of words. " * 48))) > 80


@pytest.mark.parametrize("unit", ["a", "```\n", "# a\n", "a. ", "\n", ".", "，", "e\u0301", "`"])
def test_half_a_megabyte_of_anything_is_cut_in_linear_time(unit):
    text = unit * (500_000 // len(unit))
    started = process_time()
    assert segment(text, markdown=True)[-1][1] == len(text)
    assert process_time() - started < 1.5
