"""What was recalled into a text is not distilled from it again; every other word keeps its place."""

from __future__ import annotations

import pytest

from remanence.assemble import render
from remanence.distill.recalled import CLOSE, NOTICES, OPEN, mask_recalled

BLOCK = f"{OPEN}\n{NOTICES[0]}\n2026-03-02 Mon\n[1] Alice: I live in Porto.\n[2] Bob (web): I hate tea.\n{CLOSE}"


def test_the_frame_is_the_one_that_contexts_are_written_in() -> None:
    assert (OPEN, CLOSE, NOTICES) == (render.OPEN, render.CLOSE, (render.NOTICE, render.NOTICE_ZH))


@pytest.mark.parametrize("notice", NOTICES)
def test_a_recalled_block_is_blanked_and_the_words_around_it_keep_their_places(notice: str) -> None:
    text = f"Before. {BLOCK.replace(NOTICES[0], notice)} I moved to Lisbon."
    masked = mask_recalled(text)
    assert len(masked) == len(text)
    assert masked.split() == ["Before.", "I", "moved", "to", "Lisbon."]
    assert masked.index("Lisbon") == text.index("Lisbon")


def test_several_blocks_are_blanked() -> None:
    assert mask_recalled(f"a {BLOCK} b {BLOCK} c").split() == ["a", "b", "c"]


def test_a_block_that_was_cut_off_ends_with_its_last_record() -> None:
    cut = BLOCK.removesuffix(CLOSE)
    assert mask_recalled(f"{cut}And I like tea.").split() == "And I like tea.".split()
    assert mask_recalled(f"{cut}I like tea.\n{BLOCK}").split() == "I like tea.".split()


def test_a_block_without_its_opening_mark_is_known_by_its_notice() -> None:
    assert mask_recalled(BLOCK.removeprefix(OPEN)).strip() == ""


def test_other_text_is_left_alone() -> None:
    for text in ("", "I wrote <memory> and [1] Alice: hi </memory> myself", "记录 [1] 王峰: 好"):
        assert mask_recalled(text) is text
