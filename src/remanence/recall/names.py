"""Which speakers a question calls by name: text in, speaker codes out."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[\u3400-\u9fff]+")
LONGEST_CJK = 6
ROLES = frozenset({"user", "assistant", "system", "tool", "human", "ai", "bot", "model", "function", "developer"})


class Names:
    """Speakers by name: the whole name, or its first word where only one speaker has it."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, ...], int] = {}
        self._first: dict[str, int | None] = {}
        self._longest = 1

    def learn(self, name: str | None, code: int) -> None:
        words = tuple(_WORD.findall((name or "").lower()))
        if not words or (len(words) == 1 and words[0] in ROLES):
            return
        self._whole[words] = code
        self._first[words[0]] = code if words[0] not in self._first else None
        self._longest = max(self._longest, len(words))

    def named(self, text: str) -> tuple[int, ...]:
        """Codes of those whom `text` names, each once, in the order of their naming."""
        words = _WORD.findall(text.lower())
        found = [code for start in range(len(words)) if (code := self._at(words, start)) is not None]
        found += [code for run in _CJK.findall(text) for part in _parts(run) if (code := self._whole.get((part,))) is not None]
        return tuple(dict.fromkeys(found))

    def _at(self, words: list[str], start: int) -> int | None:
        for length in range(min(self._longest, len(words) - start), 0, -1):
            if (code := self._whole.get(tuple(words[start : start + length]))) is not None:
                return code
        return self._first.get(words[start])


def in_first_person(text: str, names: Iterable[str]) -> str:
    """`text` with "I" and "my" (我) for the names: turns speak of their speakers that way."""
    for name in names:
        for form in dict.fromkeys((name, name.split()[0])):
            if _CJK.fullmatch(form):
                text = text.replace(form, "我")
                continue
            text = re.sub(rf"\b{re.escape(form)}['’]s\b", "my", text, flags=re.IGNORECASE)
            text = re.sub(rf"\b{re.escape(form)}\b", "I", text, flags=re.IGNORECASE)
    return text


def _parts(run: str) -> Iterable[str]:
    return (run[i : i + n] for i in range(len(run)) for n in range(2, min(LONGEST_CJK, len(run) - i) + 1))
