"""Find what SQLite leaves behind in the unused middle of its pages: raw pages and erased bytes in, a verdict out. Pure.

`secure_delete` overwrites a row where it stood last. Where a page was split or merged before, an earlier copy of the row may
remain in the gap between the page's cell pointers and its cells; only rebuilding the file removes it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

HEADERS = {2: 12, 5: 12, 10: 8, 13: 8}  # bytes of header by the kind of b-tree page; other pages have no gap
RUN = 16  # shorter pieces are chance: they say nothing


def gaps(pages: bytes, size: int) -> bytes:
    """The bytes in the gaps of these b-tree pages, where they are not zeros; runs of RUN zeros keep them apart."""
    found = []
    for start in range(0, len(pages) - size + 1, size):
        header = HEADERS.get(pages[start])
        if header is None:
            continue
        cells = int.from_bytes(pages[start + 3 : start + 5])
        content = int.from_bytes(pages[start + 5 : start + 7]) or 65536
        if gap := pages[start + header + 2 * cells : start + min(content, size)].strip(b"\0"):
            found.append(gap)
    return bytes(RUN).join(found)


def occurs(erased: Iterable[bytes], stale: bytes) -> bool:
    """Whether any RUN bytes of what was erased stand in `stale`."""
    if len(stale) < RUN:
        return False
    pieces = [_words(blob) for blob in erased if len(blob) >= RUN]
    if not pieces:
        return False
    known = np.isin(_words(stale), np.setdiff1d(np.concatenate(pieces), [0]))
    return bool((known[:-8] & known[8:]).any())


def _words(blob: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The eight bytes at every place, as numbers."""
    view = np.lib.stride_tricks.sliding_window_view(np.frombuffer(blob, np.uint8), 8)
    return np.ascontiguousarray(view).view(np.uint64).ravel()
