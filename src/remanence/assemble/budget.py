"""Choose which hits a context can afford: hits and a budget in, a context that never costs more out. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cache
from time import perf_counter

from remanence.assemble.render import PLAIN, Group, Heading, fold, header, is_chinese, line, local, render, shorten
from remanence.errors import BadInput
from remanence.language.tokens import estimate_tokens
from remanence.ports import CountTokens
from remanence.types import Citation, Context, Episode, Hit, Hits, Scope, Spent

WORTH_SHORTENING = 32
SHORTENING_TRIES = 4


_Place = tuple[Scope, str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A hit that may become a line: what is shown of it, where it stands, when it was said there, and what the line costs."""

    episode: Episode
    words: str
    group: _Place
    said_at: datetime
    cost: int = 0

    def header(self, heading: Heading, chinese: bool) -> str:
        """The line above its group."""
        return header(self.said_at, self.episode.scope.session, heading, chinese)


def assemble(
    hits: Hits | Sequence[Hit],
    *,
    max_tokens: int,
    count: CountTokens | None = None,
    zone: tzinfo | None = None,
    heading: Heading = PLAIN,
    places: Mapping[str, int] | None = None,
    started: float | None = None,
) -> Context:
    """The best of `hits` that `max_tokens` affords, in reading order, dated and cited, as text marked as data.

    `count` is the caller's tokenizer (without one: `estimate_tokens`); it is called about twice per hit at most (thrice
    where languages mix). Dates are shown in `zone`, else in the speaker's own; they and the notice are in the language of
    most of what the lines say. `places` tells the recorded order of episodes said at the same moment; `started`, a reading
    of `perf_counter`, is when the work began whose time the context reports.
    Law: `tokens == count(text) ≤ max_tokens`; where not even one line fits, the text is empty and costs 0.
    Raises `BadInput` unless `max_tokens` is an integer from 1.
    """
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 1:
        raise BadInput(f"max_tokens={max_tokens!r} must be an integer from 1, for example 400.")
    count = cache(count or estimate_tokens)
    started = perf_counter() if started is None else started
    pieces = [_piece(hit.episode, zone) for hit in _distinct(hits)]
    chosen = _agreeing(pieces, max_tokens, count, heading)
    confidence = hits.confidence if isinstance(hits, Hits) else max((hit.confidence for hit in hits), default=0.0)
    at_least = 1  # what a line costs alone says little under some tokenizers: only the whole text's count is believed
    while chosen:
        chinese = is_chinese(piece.words for piece in chosen)
        groups = _reading_order(chosen, places or {}, heading, chinese)
        text = render(groups, chinese)
        tokens = count(text)
        if tokens <= max_tokens:
            left_out = len(pieces) - len(chosen)
            return Context(text, _citations(groups), tokens, max_tokens, confidence, left_out, Spent(perf_counter() - started, tokens))
        chosen = _without_worst(chosen, tokens - max_tokens, at_least)
        at_least *= 2
    return Context("", (), 0, max_tokens, confidence, len(pieces), Spent(perf_counter() - started))


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """Best first, the same words by the same speaker once; a version that has ended is not the same as one that holds."""
    best: dict[tuple[object, ...], Hit] = {}
    for hit in sorted(hits, key=lambda hit: -hit.score):
        episode = hit.episode
        words = " ".join(episode.text.split()).casefold()
        best.setdefault((words, (episode.speaker or "").casefold(), episode.valid_to), hit)
    return [hit for hit in best.values() if fold(hit.episode.text)]


def _piece(episode: Episode, zone: tzinfo | None) -> _Piece:
    said_at = local(episode.said_at, zone)
    return _Piece(episode, fold(episode.text), (episode.scope, said_at.date().isoformat()), said_at)


def _agreeing(pieces: Sequence[_Piece], max_tokens: int, count: CountTokens, heading: Heading) -> list[_Piece]:
    """The pieces that fit under a notice in their own language, which depends on them as they depend a little on it."""
    guess = is_chinese(piece.words for piece in pieces)
    first: list[_Piece] = []
    for chinese in (guess, not guess):
        chosen = _choose(pieces, max_tokens, count, heading, chinese)
        if is_chinese(piece.words for piece in chosen) is chinese:
            return chosen
        first = first or chosen
    return first


def _choose(pieces: Sequence[_Piece], max_tokens: int, count: CountTokens, heading: Heading, chinese: bool) -> list[_Piece]:
    """Best first while the budget lasts. The first that does not fit is shortened if that is worth it; others are passed over."""
    base = max(0, count(""))  # some tokenizers add marks of their own to any text: they are paid once, not per line

    def cost(text: str) -> int:
        return max(0, count(text + "\n") - base)

    def price(piece: _Piece, words: str) -> int:
        # Numbers follow the reading order, which is known only later: reckon with the longest.
        return cost(line(len(pieces), piece.episode, words, chinese))

    left = max_tokens - count(render((), chinese))
    headers: dict[str, int] = {}
    begun: set[_Place] = set()
    chosen: list[_Piece] = []
    has_shortened = False
    for piece in pieces:
        if left <= 0:
            break
        title = piece.header(heading, chinese)
        if title not in headers:
            headers[title] = cost(title)
        above = 0 if piece.group in begun else headers[title]
        words, paid = piece.words, price(piece, piece.words)
        if above + paid > left >= WORTH_SHORTENING and not has_shortened:
            has_shortened = True
            words, paid = _shortened(piece, left - above, paid, price)
        if words and above + paid <= left:
            chosen.append(replace(piece, words=words, cost=above + paid))
            begun.add(piece.group)
            left -= above + paid
    return chosen


def _shortened(piece: _Piece, left: int, paid: int, price: Callable[[_Piece, str], int]) -> tuple[str, int]:
    """As many of the first words as `left` affords, with their price; no words where none are found within a few tries."""
    length, words = len(piece.words), piece.words
    for _ in range(SHORTENING_TRIES):
        length = min(length - 1, int(length * 0.95 * left / paid)) if paid else length // 2
        if length < 1:
            break
        words = shorten(piece.words, length)
        paid = price(piece, words)
        if paid <= left:
            return words, paid
    return "", 0


def _without_worst(chosen: Sequence[_Piece], excess: int, at_least: int) -> list[_Piece]:
    """Without the last lines whose prices make up for `excess`: no fewer than `at_least`, else no more than half."""
    kept, freed = len(chosen), 0
    while kept and (len(chosen) - kept < at_least or (freed < excess and kept > len(chosen) // 2)):
        kept -= 1
        freed += chosen[kept].cost
    return list(chosen[:kept])


def _reading_order(chosen: Sequence[_Piece], places: Mapping[str, int], heading: Heading, chinese: bool) -> list[Group]:
    """In the order said, then recorded; what one session said on one day stands together."""

    def order(piece: _Piece) -> tuple[object, ...]:
        e = piece.episode
        return (e.said_at, places.get(e.id, 0), e.heard_at, e.span.start if e.span else 0)

    together: dict[_Place, list[_Piece]] = {}
    for piece in sorted(chosen, key=order):
        together.setdefault(piece.group, []).append(piece)
    return [
        Group(pieces[0].header(heading, chinese), tuple((piece.episode, piece.words) for piece in pieces)) for pieces in together.values()
    ]


def _citations(groups: Sequence[Group]) -> tuple[Citation, ...]:
    shown = [episode for group in groups for episode, _ in group.lines]
    return tuple(Citation(number, e.id, e.said_at, e.speaker, e.source) for number, e in enumerate(shown, 1))
