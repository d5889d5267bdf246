"""Estimate how many tokens a text costs where no tokenizer is given. Pure; errs on the high side."""

from __future__ import annotations

import re

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"
_PIECE = re.compile(rf"(?P<one>[{_CJK}0-9!-/:-@\[-`{{-~]|\s*\n\s*|[^\S\n]{{2,}})|(?P<word>[A-Za-z]+)|(?P<space>\s)|(?P<other>.)", re.DOTALL)
FREE = 6
STEP = 3


def estimate_tokens(text: str) -> int:
    """A cautious estimate of `text`'s tokens for byte-pair and word-piece vocabularies of 30,000 entries or more.

    One for each Chinese, Japanese or Korean character, digit, ASCII mark, line break and run of spaces; one for a word of
    up to 6 letters (its leading space included) and one more for every 3 letters beyond; one for every two UTF-8 bytes of
    anything else. Against three vocabularies on LoCoMo and MemoryBank it reads 11 to 23 % high on English and 10 to 89 %
    high on Chinese (see `tests/assemble/test_tokens.py` for how to repeat that).
    """
    return sum(_cost(piece) for piece in _PIECE.finditer(text))


def _cost(piece: re.Match[str]) -> int:
    match piece.lastgroup:
        case "one":
            return 1
        case "word":
            beyond = piece.end() - piece.start() - FREE
            return 1 if beyond <= 0 else 1 + -(-beyond // STEP)
        case "space":
            return 0
        case _:
            return (len(piece.group().encode("utf-8", "surrogatepass")) + 1) // 2
