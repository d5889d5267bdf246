"""Episodes in; batches of turns out, each for one call of a language model. Pure.

A batch holds consecutive turns of one or more sessions, up to a size, of one owner and one language. Numbered turns are to
be read; the others (an assistant's words, turns read before) stand there to be understood, shortened, and only where a
numbered one follows. A turn longer than a batch is cut into pieces.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from remanence.distill.extract import speaker_of
from remanence.distill.recalled import mask_recalled
from remanence.language.analyse import is_chinese
from remanence.language.tokens import estimate_tokens
from remanence.types import Episode, Kind, Scope, Trust

TOKENS = 3_000
"""Of text in one call."""
CONTEXT_TURNS = 3
CONTEXT_CHARACTERS = 400
LONGEST_LABEL = 60
NOT_WITNESSES = frozenset("assistant system developer tool function ai model bot chatbot agent".split())
"""Roles whose words are no testimony."""

_GAP = re.compile(r"\s+")
_FRAME = re.compile(r"[\[\]:：]")
_NOT_CHINESE = re.compile("[\u3041-\u30ff\uac00-\ud7af]")
_END = re.compile(r"[.!?]\s|[。！？；\n]")


def is_testimony(episode: Episode) -> bool:
    """Whether the words are somebody's own: what a program or a model says is no testimony, and neither is its data."""
    is_witness = (episode.role or "").strip().lower() not in NOT_WITNESSES and episode.trust is not Trust.MODEL
    return is_witness and episode.kind in (Kind.TURN, Kind.DOCUMENT)


@dataclass(frozen=True)
class Turn:
    """A turn, or a piece of one, as a model is shown it. `number` 0: to be understood only.

    `text` is `episode.text[start:start + len(text)]` with recalled memory blanked out.
    """

    number: int
    episode: Episode
    start: int
    text: str
    is_testimony: bool = True

    @property
    def session(self) -> Scope:
        return self.episode.scope

    @property
    def who(self) -> str:
        return speaker_of(self.episode)

    @property
    def is_signed(self) -> bool:
        """Whether it is known who says "I"; a document may be by anyone."""
        return self.episode.kind is Kind.TURN or bool(self.episode.speaker)

    @property
    def label(self) -> str:
        """Who said it, unable to pass for a number or the start of somebody's words."""
        is_known = self.is_testimony and self.is_signed
        name = self.who if is_known else self.episode.speaker or self.episode.role or str(self.episode.kind)
        return _level(_FRAME.sub(" ", name))[:LONGEST_LABEL]

    @cached_property
    def shown(self) -> str:
        """The words on one line; of those only to be understood, the beginning and the end."""
        words = _level(self.text if self.number else _ends(self.text, 4 * CONTEXT_CHARACTERS))
        return words if self.number else _ends(words, CONTEXT_CHARACTERS)

    @cached_property
    def cost(self) -> int:
        return estimate_tokens(self.shown) + 4


@dataclass(frozen=True)
class Batch:
    """What one call is about."""

    turns: tuple[Turn, ...]
    chinese: bool

    @property
    def numbered(self) -> dict[int, Turn]:
        return {turn.number: turn for turn in self.turns if turn.number}

    @property
    def tokens(self) -> int:
        return sum(turn.cost for turn in self.turns)


@dataclass
class _Open:
    """A batch that is being filled."""

    chinese: bool
    turns: list[Turn] = field(default_factory=list)
    tokens: int = 0
    count: int = 0

    def add(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.tokens += turn.cost
        self.count += turn.number > 0

    def close(self) -> Batch:
        return Batch(tuple(self.turns), self.chinese)


def batches(episodes: Iterable[Episode], read: Container[str] = (), size: int = TOKENS) -> Iterator[Batch]:
    """The batches in which `episodes` are to be read; those whose ids are in `read` are only there to be understood.

    Every piece of every other testimony that holds a word is numbered in exactly one batch.
    """
    owners: dict[tuple[Scope, bool], list[list[Episode]]] = {}
    for session in _sessions(episodes):
        chinese = _is_chinese("\n".join(each.text for each in session if is_testimony(each)))
        owners.setdefault((replace(session[0].scope, session=None), chinese), []).append(session)
    for (_, chinese), sessions in owners.items():
        yield from _fill(sessions, chinese, read, size)


def _is_chinese(text: str) -> bool:
    """Whether Chinese is what most of `text` is in, and not Japanese or Korean."""
    return is_chinese(text) and 8 * len(_NOT_CHINESE.findall(text)) < len(text)


def _sessions(episodes: Iterable[Episode]) -> Iterable[list[Episode]]:
    found: dict[Scope, list[Episode]] = {}
    for episode in episodes:
        found.setdefault(episode.scope, []).append(episode)
    return found.values()


def _fill(sessions: Iterable[Sequence[Episode]], chinese: bool, read: Container[str], size: int) -> Iterator[Batch]:
    batch = _Open(chinese)
    for session in sessions:
        before: deque[Turn] = deque(maxlen=CONTEXT_TURNS)
        fresh = deque[Turn](maxlen=CONTEXT_TURNS)  # of these, the ones not yet in the batch
        for turn in (piece for episode in session for piece in _pieces(episode, read, size)):
            if turn.number:
                context = sum(each.cost for each in fresh)
                if batch.count and batch.tokens + context + turn.cost > size:
                    yield batch.close()
                    batch = _Open(chinese, list(before))  # these come on top of the size
                    fresh.clear()
                for each in fresh:
                    batch.add(each)
                fresh.clear()
                batch.add(replace(turn, number=batch.count + 1))
                before.append(replace(turn, number=0))
            else:
                before.append(turn)
                fresh.append(turn)
    if batch.count:
        yield batch.close()


def _pieces(episode: Episode, read: Container[str], size: int) -> Iterator[Turn]:
    """The episode as turns; number 1 stands for "to be numbered"."""
    text = mask_recalled(episode.text)
    witness = is_testimony(episode)
    if not text.strip():
        return
    if not witness or episode.id in read:
        yield Turn(0, episode, 0, text, witness)
        return
    start = 0
    for end in _cuts(text, size):
        if text[start:end].strip():
            yield Turn(1, episode, start, text[start:end])
        start = end


def _cuts(text: str, size: int) -> Iterator[int]:
    """Where pieces of about `size` tokens end, at the end of a sentence or a word where there is one."""
    tokens = estimate_tokens(text)
    length = len(text) if tokens <= size else max(1, len(text) * size // tokens)
    start = 0
    while len(text) - start > length:
        end = start + length
        last = text[start + length // 2 : end]
        ends = [found.end() for found in _END.finditer(last)] or [found.end() for found in _GAP.finditer(last)]
        start = start + length // 2 + ends[-1] if ends else end
        yield start
    yield len(text)


def _level(text: str) -> str:
    """On one line, without what nobody sees."""
    return "".join(c for c in _GAP.sub(" ", text) if c.isprintable() or unicodedata.category(c)[0] != "C").strip()


def _ends(text: str, length: int) -> str:
    """The first quarter and the last three of what `length` allows: a question stands at the end of what an assistant says."""
    if len(text) <= length:
        return text
    return f"{text[: length // 4].rstrip()} … {text[-3 * length // 4 :].lstrip()}"
