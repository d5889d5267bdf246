"""The stated estimate of tokens.

Repeat its calibration with any tokenizer: the sum of `estimate_tokens(text)` over the sum of that tokenizer's counts, on the
turns of LoCoMo and the strings of MemoryBank (en, zh). Measured: Qwen's 152k byte-pair vocabulary, Mistral's Tekken (131k)
and MiniLM's word pieces (31k).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.assemble import estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        (" ", 0),
        ("I moved to Lisbon.", 5),
        ("internationalization", 6),
        ("2026-03-02", 10),
        ("我对花生过敏。", 8),
        ("one\n\ntwo", 3),
        ("é", 1),
        ("😀", 2),
    ],
)
def test_an_estimate_follows_its_stated_rule(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_two_texts_cost_no_more_together_than_apart_and_nearly_as_much(one: str, other: str) -> None:
    together = estimate_tokens(one + "\n" + other)
    assert together <= estimate_tokens(one) + estimate_tokens(other) + 1
    assert together >= estimate_tokens(one.rstrip()) + estimate_tokens(other.lstrip()) - 1


@given(st.text(min_size=1).filter(lambda text: not text.isspace()))
def test_any_words_cost_something(text: str) -> None:
    assert estimate_tokens(text) >= 1
