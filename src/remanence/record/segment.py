"""Cut a long text into segments at the best places there are: offsets that cover it, in order, without a gap."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from remanence.errors import BadInput

HEADING = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(`{3,}+(?=[^`\n]*+$)|~{3,}+)[^\n]*+(?:\n|\Z)", re.MULTILINE)
BLANK_LINE = re.compile(r"\n(?:[ \t\r\f\v\u3000]*+\n)++[ \t]*+")
SENTENCE_END = re.compile(r"""[.!?]{1,8}+["')\]”’»]{0,4}+\s++|[。！？；…]++[”’」』）)"']{0,4}+\s*+""")
LINE_BREAK = re.compile(r"\n")
CLAUSE_END = re.compile(r"[，、：,;:]\s++|[，、：]")
SPACE = re.compile(r"\s++")
PLAIN = (BLANK_LINE, SENTENCE_END, LINE_BREAK, CLAUSE_END, SPACE)

JOINER = "\u200d"
LONGEST_CLUSTER = 32

Span = tuple[int, int]


def segment(text: str, markdown: bool = False, target: int = 800, limit: int = 1600) -> list[Span]:
    """Offsets `(start, end)` of segments near `target` characters and never over `limit`; `[]` for an empty text.

    Laws: the pieces joined give `text`; time is linear. Cuts fall, in order of preference, before a Markdown heading, at a
    blank line, after a sentence (English or Chinese), a line, a clause, a space; a character and its combining marks stay
    together, and so does a fenced code block that fits in `limit`. Raises `BadInput` unless 1 ≤ target ≤ limit.
    """
    if not 1 <= target <= limit:
        raise BadInput(f"A segment's target must lie between 1 and its limit; target={target}, limit={limit}.")
    fences = _fences(text, limit) if markdown else []
    starts = [start for start, _ in fences]
    pieces: list[Span] = []
    start = 0
    while start < len(text):
        end = _next_cut(text, start, markdown, target, limit, fences, starts)
        pieces.append((start, end))
        start = end
    return pieces


def _next_cut(text: str, start: int, markdown: bool, target: int, limit: int, fences: list[Span], starts: list[int]) -> int:
    left = len(text) - start
    if left <= min(limit, target + target // 4):
        return len(text)
    low, ideal = start + max(1, target // 2), start + target
    high = start + min(limit, max(target, left - target // 8))  # leave no crumb behind

    def is_allowed(cut: int) -> bool:
        return _fence_around(cut, fences, starts) is None and _is_boundary(text, cut)

    if markdown:
        headings = (match.start() for match in HEADING.finditer(text, start + max(1, target // 4), high + 8))
        block = _nearest((cut for cut in headings if cut <= high), ideal, is_allowed)
        block = block or _nearest(_fence_edges(low, high, fences, starts), ideal, is_allowed)
        if block:
            return block
    for pattern in PLAIN:
        ends = (match.end() for match in pattern.finditer(text, low, high))
        cut = _nearest(ends, ideal, is_allowed)
        if cut:
            return cut
    return _hard_cut(text, start, min(ideal, high), start + limit, fences, starts)


def _nearest(cuts: Iterable[int], ideal: int, is_allowed: Callable[[int], bool]) -> int | None:
    by_distance = sorted(cuts, key=lambda cut: abs(cut - ideal))
    return next(filter(is_allowed, by_distance), None)


def _hard_cut(text: str, start: int, ideal: int, furthest: int, fences: list[Span], starts: list[int]) -> int:
    """A cut where the text offers none: around a fence that would be split, else between two characters."""
    fence = _fence_around(ideal, fences, starts)
    if fence is not None:
        return fence[1] if fence[1] <= furthest else fence[0]
    for cut in range(ideal, max(start, ideal - LONGEST_CLUSTER), -1):
        if _is_boundary(text, cut) and _fence_around(cut, fences, starts) is None:
            return cut
    return ideal


def _fences(text: str, limit: int) -> list[Span]:
    """Fenced code blocks that fit in `limit`; one that is never closed reaches to the end."""
    found: list[Span] = []
    opened: re.Match[str] | None = None
    for line in FENCE.finditer(text):
        if opened is None:
            opened = line
        elif line[1].startswith(opened[1]) and line[0].strip() == line[1]:
            found.append((opened.start(), line.end()))
            opened = None
    if opened is not None:
        found.append((opened.start(), len(text)))
    return [fence for fence in found if fence[1] - fence[0] <= limit]


def _fence_around(cut: int, fences: list[Span], starts: list[int]) -> Span | None:
    """The fence that a cut at `cut` would split."""
    before = bisect_right(starts, cut - 1) - 1
    return fences[before] if before >= 0 and fences[before][0] < cut < fences[before][1] else None


def _fence_edges(low: int, high: int, fences: list[Span], starts: list[int]) -> Iterator[int]:
    for start, end in fences[max(0, bisect_right(starts, low) - 1) :]:
        if start > high:
            return
        yield from (edge for edge in (start, end) if low <= edge <= high)


def _is_boundary(text: str, cut: int) -> bool:
    """Whether a reader sees two characters, not one, on the two sides of `cut`."""
    if cut >= len(text):
        return True
    before, after = text[cut - 1], text[cut]
    if after < "\u0300":
        return not (before == "\r" and after == "\n") and before != JOINER
    return not (
        after == JOINER
        or before == JOINER
        or unicodedata.category(after).startswith("M")
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        or ("\U0001f1e6" <= after <= "\U0001f1ff" and _flags_before(text, cut) % 2 == 1)
    )


def _flags_before(text: str, cut: int) -> int:
    """How many regional indicators run up to `cut`: two make one flag."""
    count = 0
    while count < LONGEST_CLUSTER and cut - count > 0 and "\U0001f1e6" <= text[cut - count - 1] <= "\U0001f1ff":
        count += 1
    return count
