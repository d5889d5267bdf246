"""Fuse what the arms know of each candidate into one score, by weights learnt on other conversations. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.errors import BadInput
from remanence.recall.confidence import CONFIDENCE
from remanence.recall.features import BY_SEVERAL, FEATURES
from remanence.recall.lens import Lens, lens_of
from remanence.recall.question import Question
from remanence.recall.session_features import SESSION_FEATURES
from remanence.recall.several import FORM, form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

K = 60
PARTS = {
    "turn": FEATURES,
    "turn_zh": FEATURES,
    "for_several": BY_SEVERAL,
    "several": FORM,
    "session": SESSION_FEATURES,
    "session_in_talk": SESSION_FEATURES,
    "odds": CONFIDENCE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """w · (x - mean) / scale + bias, for lines x of shape [..., features]."""

    mean: Floats
    scale: Floats
    weight: Floats
    bias: float = 0.0

    def __call__(self, lines: Floats) -> Floats:
        scores: Floats = ((lines - self.mean) / self.scale * self.weight).sum(-1) + np.float32(self.bias)
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """What was learnt: a score for turns, one for sessions, and the log-odds that the best turn answers the question.

    `several`: the log-odds that a question asks for things said in several sessions; `for_several`: what turns are worth
    besides, in proportion to that chance; `lens`: a share of the score for the axes of one embedder. Turns and sessions
    are scored so that the softmax over all candidates gives the evidence the most probability (the top-one likelihood of
    ListNet: Cao et al. 2007, equation 3).
    """

    turn: Linear
    turn_zh: Linear
    for_several: Linear
    several: Linear
    session: Linear
    session_in_talk: Linear
    odds: Linear
    lens: Lens | None = None

    def turns(self, question: Question) -> Linear:
        """The score of turns for a question in its language, and of its form: our default embedder reads no Chinese."""
        if question.is_chinese:
            return self.turn_zh
        weight = self.turn.weight.copy()
        weight[: len(BY_SEVERAL)] += self.chance_of_several(question) * self.for_several.weight
        return replace(self.turn, weight=weight)

    def chance_of_several(self, question: Question) -> float:
        """The chance that `question` asks for things said in several sessions; none where it has the form of no question,
        or is asked in a conversation: there it is not known what it goes on from."""
        marks = form(question.text)
        return logistic(float(self.several(marks))) if marks.any() and question.recent is None else 0.0

    def lens_for(self, question: Question) -> Lens | None:
        """The lens to read `question` by: it was learnt on English ones that stand alone."""
        return None if question.is_chinese or question.recent is not None else self.lens

    def reading(self, embedder: str | None) -> Ranker:
        """This ranker for vectors of `embedder`: without the lens, if that is for others."""
        fits = self.lens is None or self.lens.embedder == embedder
        return self if fits else replace(self, lens=None)

    def sessions(self, question: Question) -> Linear:
        """The score of sessions for a question from outside, or asked in a conversation that goes on."""
        return self.session if question.recent is None else self.session_in_talk


def by_named_weight(turn: Linear) -> float:
    """What a turn's score owes to being said by the one whom the question names."""
    place = FEATURES.index("said by the named")
    return float(turn.weight[place] / turn.scale[place])


def probability(scores: Floats) -> Floats:
    """The softmax over all candidates: the share of belief each gets."""
    powers = np.exp(scores - scores.max(initial=-np.inf))
    shares: Floats = powers / powers.sum()
    return shares


def logistic(log_odds: float) -> float:
    return float(np.exp(-np.logaddexp(0.0, -log_odds)))


@cache
def shipped(unseen: str | None = None) -> Ranker:
    """The weights that come with the package; with `unseen`, those learnt without the sample of that id.

    A sample that the weights never saw is in no fold: the full weights serve it.
    """
    document = json.loads(resources.files("remanence.recall").joinpath("weights.json").read_text("utf-8"))
    return of_document(document, unseen)


def of_document(document: Mapping[str, Any], unseen: str | None = None) -> Ranker:
    """A ranker from a document as `python -m remanence.bench.train` writes it. Raises `BadInput` where its features differ from ours."""
    for part, names in PARTS.items():
        if tuple(document[part]["features"]) != names:
            raise BadInput(f"These weights were learnt on other {part} features than this version has; learn them again.")
    fold = document["fold_of"].get(unseen)
    learnt = document["all"] if fold is None else document["folds"][fold]
    lens = lens_of(learnt["lens"]) if "lens" in learnt else None
    return Ranker(**{part: _linear(document[part], learnt[part]) for part in PARTS}, lens=lens)


def _linear(shared: Mapping[str, Sequence[float]], learnt: Mapping[str, Any]) -> Linear:
    mean, scale, weight = (np.asarray(values, np.float32) for values in (shared["mean"], shared["scale"], learnt["weight"]))
    return Linear(mean, scale, weight, float(learnt["bias"]))


def reciprocal_rank_fusion(lists: Mapping[str, Sequence[int]]) -> list[tuple[int, float]]:
    """Items of all lists by Σ 1 / (60 + rank), best first (Cormack, Clarke & Büttcher 2009, equation 1).

    The baseline that knows nothing of whom to trust. An item keeps its first place in a list; ties keep the order in
    which items were first seen.
    """
    scores: dict[int, float] = {}
    for items in lists.values():
        for rank, item in enumerate(dict.fromkeys(items), start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (K + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
