"""Describe how candidate turns bear on a question: one line of numbers per candidate, in the order of `FEATURES`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from remanence.language.cues import CUES
from remanence.recall.arms import K1, B, Found, Matches, matches, said_then, union
from remanence.recall.known import KNOWN
from remanence.recall.question import Question
from remanence.recall.view import NONE, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Rows = NDArray[np.int64]

# How much a turn so many places away adds to "near"; the turn before often holds the question that this one answers.
NEAR = {-3: 0.15, -2: 0.3, -1: 0.6, 0: 1.0, 1: 0.4, 2: 0.2}
FEEDBACK_TURNS = 5
FEEDBACK_WEIGHT = 0.6  # Rocchio's β for the turns found first
BEST_OF_SESSION = 3

_ASKED = {
    "when": re.compile(
        r"\bwhen\b|\b(?:what|which) (?:date|day|year|month|time)\b|\bhow (?:long|often)\b|什么时候|何时|哪[天年月]|几[月号点]|多久"
    ),
    "who": re.compile(r"\bwho(?:se|m)?\b|谁"),
    "where": re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|place|state|town)\b|哪里|哪儿|什么地方"),
    "how many": re.compile(r"\bhow (?:many|much|often|long|old)\b|多少|几[个次只本]"),
    "why": re.compile(r"\bwhy\b|\breason|motivat|inspir|为什么|为何|原因"),
    "would": re.compile(r"\b(?:would|might|could|likely|considered|potential(?:ly)?)\b|会不会|可能"),
}
_ASKED_BY_CUE = (
    ("when", "date"),
    ("when", "future"),
    ("when", "length"),
    ("who", "proper name"),
    ("where", "proper name"),
    ("where", "image"),
    ("how many", "number"),
    ("why", "length"),
    ("why", "first person"),
    ("would", "length"),
    ("would", "first person"),
)
_LEXICAL = ("words", "words ±1", "words near", "words of session", "share", "share ±1", "share ±2", "words before", "words after")
_DENSE = ("meaning", "best meaning beside", "meaning near", "meaning before", "meaning after", "meaning of session", "feedback")
_SPEAKER = ("said by the named", "mentions the named", "unnamed × meaning", "unnamed × words of session")
_ANSWER = ("words of the question before", "meaning of the question before", "answers a question")
_WHEN = ("said then",)
_FORM = (*CUES, "length", "position", "age")
_BASE = (*_LEXICAL, *_DENSE)
BY_ARM = KNOWN  # arms whose own score of a turn is a feature, 0 where they did not find it
SURE = 0.6  # above this, a score of the first of these counts once more: the fact is the one asked for
_SURE = "surely a fact"
BY_FACT = (*BY_ARM, _SURE)  # what is known of a turn by the facts that it told
BY_SEVERAL = (*_BASE, *_SPEAKER, *_ANSWER, *_WHEN, *_FORM)  # what counts otherwise where a question asks for several things
FEATURES = (
    *BY_SEVERAL,
    *BY_FACT,
    *(f"{asked} × {cue}" for asked, cue in _ASKED_BY_CUE),
    *(f"many terms × {name}" for name in _BASE),
    *(f"strange terms × {name}" for name in _BASE),
)
USUAL_LOG_TERMS = 1.4


class Around(NamedTuple):
    """Candidates with the turns around them. `known`: all these rows, ascending, shape [m]; `near`: for each distance of
    `NEAR` where in `known` the turn so far from each candidate stands, -1 where there is none, shape [n]."""

    known: Rows
    near: Mapping[int, Rows]


def features(
    view: View,
    question: Question,
    matched: Matches,
    of_session: Floats,
    rows: Rows,
    found: Mapping[str, Found] | None = None,
    around: Around | None = None,
) -> Floats:
    """The features of `rows`, ascending, shape [n, len(FEATURES)]. `of_session`: score of each session by words, shape
    [sessions]; `found`: what each arm found; `around`: their surroundings, where these are known already."""
    around = around or surroundings(view, rows)
    lexical = _lexical(view, matched, of_session, around, rows)
    dense = _dense(view, question, around, rows, lexical[0] + lexical[1])
    form = _form(view, rows)
    by_arm = [_by_arm((found or {}).get(arm), rows) for arm in BY_ARM]
    columns = [
        *lexical,
        *dense,
        *_speaker(view, question, lexical, dense, rows),
        *_answer(view, lexical, dense, rows),
        said_then(view, question, rows),
        *form,
        *by_arm,
        np.maximum(0, (by_arm[0] - SURE) / (1 - SURE)),
    ]
    columns += [*_asked_by_cue(question, form), *_by_terms(matched, [*lexical, *dense])]
    return np.stack(columns, axis=1).astype(np.float32)


def surroundings(view: View, rows: Rows) -> Around:
    """The turns around `rows`, found along the chain of their sessions."""
    at = {0: rows}
    for pointer, step in ((view.previous, -1), (view.next, 1)):
        place = step
        while place in NEAR:
            last = at[place - step]
            at[place] = np.where(last == NONE, NONE, pointer[last])
            place += step
    known = union(list(at.values()), len(view))
    places = np.empty(len(view) + 1, np.int64)  # one more: NONE is its last
    places[known], places[NONE] = np.arange(len(known)), NONE
    return Around(known, {gap: places[there] for gap, there in at.items()})


def _lexical(view: View, matched: Matches, of_session: Floats, around: Around, rows: Rows) -> list[Floats]:
    counts = counts_of(matched, around.known)
    weight = (matched.rarity / max(float(matched.rarity.sum()), 1e-6))[:, None]
    length = view.length[around.known].astype(np.float32)
    mean = max(view.total_length / max(len(view), 1), 1.0)
    said = {gap: _pick(counts, there) for gap, there in around.near.items()}
    size = {gap: _pick(length, there) for gap, there in around.near.items()}
    beside, beside_size = said[-1] + said[0] + said[1], size[-1] + size[0] + size[1]
    faded, faded_size = _faded(said), _faded(size)
    return [
        (weight * _saturated(said[0], size[0], mean)).sum(0),
        (weight * _saturated(beside, beside_size, 3 * mean)).sum(0),
        (weight * _saturated(faded, faded_size, sum(NEAR.values()) * mean)).sum(0),
        of_session[view.session[rows]],
        (weight * (said[0] > 0)).sum(0),
        (weight * (beside > 0)).sum(0),
        (weight * (beside + said[-2] + said[2] > 0)).sum(0),
        (weight * _saturated(said[-1], size[-1], mean)).sum(0),
        (weight * _saturated(said[1], size[1], mean)).sum(0),
    ]


def counts_of(matched: Matches, known: Rows) -> Floats:
    """How often each of `known`, ascending, says each term, shape [terms, m]."""
    counts = np.zeros((len(matched.holders), len(known)), np.float32)
    for line, (holders, times) in enumerate(zip(matched.holders, matched.counts, strict=True)):
        if len(holders):
            place = np.searchsorted(holders, known.astype(holders.dtype)).clip(max=len(holders) - 1)
            counts[line] = np.where(holders[place] == known, times[place], 0)
    return counts


def _dense(view: View, question: Question, around: Around, rows: Rows, lexical: Floats) -> list[Floats]:
    if question.vector is None:
        return [np.zeros(len(rows), np.float32)] * len(_DENSE)
    cosine = view.nearest.similarities(question.vector, around.known)
    at = {gap: _pick(cosine, there) for gap, there in around.near.items()}
    faded = _faded(at)
    found = rows[np.argsort(-(lexical + 2 * at[0] + 2 * faded / sum(NEAR.values())), kind="stable")[:FEEDBACK_TURNS]]
    towards = question.vector + FEEDBACK_WEIGHT * view.nearest.vectors(found).mean(0)
    feedback = view.nearest.similarities(towards / max(float(np.linalg.norm(towards)), 1e-9), rows)
    best = _best_of_session(cosine, view.session[around.known], view.session[rows])
    return [at[0], np.maximum(at[-1], at[1]), faded, at[-1], at[1], best, feedback]


def _best_of_session(cosine: Floats, session: Rows, wanted: Rows) -> Floats:
    """The mean of each wanted session's three best turns among those at hand."""
    order = np.lexsort((-cosine, session))
    held, starts, counts = np.unique(session[order], return_index=True, return_counts=True)
    total = np.r_[0.0, np.cumsum(cosine[order], dtype=np.float64)]
    kept = np.minimum(counts, BEST_OF_SESSION)
    means = (total[starts + kept] - total[starts]) / kept
    of_each: Floats = means[np.searchsorted(held, wanted)].astype(np.float32)
    return of_each


def _by_arm(found: Found | None, rows: Rows) -> Floats:
    """What an arm gave each of `rows`."""
    given = np.zeros(len(rows), np.float32)
    if found is not None and len(rows):
        place = np.searchsorted(rows, found.rows).clip(max=len(rows) - 1)
        inside = rows[place] == found.rows
        given[place[inside]] = found.scores[inside]
    return given


def _speaker(view: View, question: Question, lexical: list[Floats], dense: list[Floats], rows: Rows) -> list[Floats]:
    if len(question.named) != 1:
        nothing = np.zeros(len(rows), np.float32)
        return [nothing, nothing, dense[0], lexical[_LEXICAL.index("words of session")]]
    said_by = np.where(view.speaker[rows] == question.named[0], 1.0, -1.0)
    mentions = counts_of(matches(question.name_terms, view), rows)
    nothing = np.zeros(len(rows), np.float32)
    return [said_by, (mentions.sum(0) > 0).astype(np.float32), nothing, nothing]


def _answer(view: View, lexical: list[Floats], dense: list[Floats], rows: Rows) -> list[Floats]:
    before = view.previous[rows]
    asks = _cue(view, before, "question") & (view.speaker[before] != view.speaker[rows]) & (before != NONE)
    return [asks * lexical[_LEXICAL.index("words before")], asks * dense[_DENSE.index("meaning before")], asks.astype(np.float32)]


def _cue(view: View, rows: Rows, name: str) -> NDArray[np.bool_]:
    return (view.cues[rows] >> CUES.index(name) & 1).astype(np.bool_)


def _form(view: View, rows: Rows) -> list[Floats]:
    marks = [_cue(view, rows, name).astype(np.float32) for name in CUES]
    age = 1 - rows / max(len(view), 1)
    return [*marks, np.log1p(view.length[rows]), np.log1p(view.position[rows]), age]


def _asked_by_cue(question: Question, form: list[Floats]) -> list[Floats]:
    text = question.text.lower()
    asked = {what: float(pattern.search(text) is not None) for what, pattern in _ASKED.items()}
    return [asked[what] * form[_FORM.index(cue)] for what, cue in _ASKED_BY_CUE]


def _by_terms(matched: Matches, columns: list[Floats]) -> list[Floats]:
    """The columns again for longer questions, and for those with words that were never said."""
    many = np.log1p(len(matched.holders)) - USUAL_LOG_TERMS
    strange = strangeness(matched)
    return [*(many * column for column in columns), *(strange * column for column in columns)]


def strangeness(matched: Matches) -> float:
    """The share of a question's terms that were never said."""
    return float(np.mean([len(rows) == 0 for rows in matched.holders])) if matched.holders else 0.0


def _faded(at: Mapping[int, Floats]) -> Floats:
    """The values around, each weighed by how near it is."""
    faded: Floats = np.stack([np.float32(weight) * at[gap] for gap, weight in NEAR.items()]).sum(0, dtype=np.float32)
    return faded


def _pick(values: Floats, places: Rows) -> Floats:
    """`values[..., places]`, with 0 where there is no such turn."""
    return np.where(places == NONE, np.float32(0), values[..., places])


def _saturated(count: Floats, length: Floats, mean: float) -> Floats:
    saturated = count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))
    return saturated.astype(np.float32, copy=False)
