"""Learn the ranker's weights from LoCoMo and RealMem, and write them with, for each sample, those that never saw it.

    python -m remanence.bench.train --data DIR [--out weights.json]

Turns: the softmax over a conversation's turns is to give the evidence the most probability (LoCoMo only: RealMem names
sessions, not turns). Sessions: the same over sessions, from both sets. Odds: a logistic regression of answerable against
adversarial questions. Scores that the second and third learn from always come from weights that saw neither the question's
own conversation nor the sample left out, so nothing of a sample reaches the weights that are to be judged on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from remanence.backends.registry import DEFAULT, resolve
from remanence.bench.conversation import Turn
from remanence.bench.systems import CachedEmbedder, message
from remanence.bench.tasks import locomo, realmem
from remanence.memory import Memory
from remanence.ports import Embedder
from remanence.recall import arms
from remanence.recall.confidence import CONFIDENCE, confidence_features
from remanence.recall.features import FEATURES, features
from remanence.recall.fuse import Linear
from remanence.recall.question import Question, ready
from remanence.recall.session_features import SESSION_FEATURES, Sessions, session_features, sessions_of
from remanence.recall.views import Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Group = tuple[Floats, list[int]]

POOL = 150  # turns of a question that are learnt from: the likeliest, and the evidence
TURN_L2, SESSION_L2, ODDS_L2 = 3.0, 3.0, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One question in the state the memory was in: the features of its rows, the sessions they lie `at`, and which rows are
    evidence. `sessions`: the codes of its evidence sessions; `answerable` is `None` where that is not said.
    """

    question: Question
    at: Sessions
    lines: Floats
    gold: list[int]
    sessions: list[int]
    answerable: bool | None = None


def conversations(data: Path, embedder: Embedder) -> dict[str, list[Moment]]:
    """Every LoCoMo question, by conversation."""
    found = {}
    for sample in locomo.load(data):
        desk = Desk(embedder, sample.conversation.name)
        for session in sample.conversation.sessions:
            desk.add(session)
        found[sample.conversation.name] = [
            desk.moment(asked.text, None, asked.evidence, answerable=asked.category in locomo.ANSWERABLE)
            for asked in sample.questions
            if asked.evidence
        ]
        click.echo(f"{sample.conversation.name}: {len(found[sample.conversation.name])} questions", err=True)
    return found


def talks(data: Path, embedder: Embedder) -> dict[str, list[Moment]]:
    """Every RealMem query in the state before its session, by persona."""
    found = {}
    for persona in realmem.load(data):
        desk = Desk(embedder, persona.name)
        moments = []
        for session in persona.sessions:
            for asked in session.queries:
                recent = [turn.text for turn in session.turns[: asked.at]]
                moments.append(desk.moment(asked.text, recent, sessions=asked.gold))
            desk.add(session.turns)
        found[persona.name] = moments
        click.echo(f"{persona.name}: {len(moments)} queries", err=True)
    return found


class Desk:
    """A memory that is filled as the benches fill it, and asked for features instead of hits."""

    def __init__(self, embedder: Embedder, name: str) -> None:
        self._embedder = embedder
        self._memory = Memory(embedder=embedder).scope(user=name)
        self._views = Views(self._memory.store, limit=1 << 40)
        self._rows: dict[str, list[int]] = {}

    def add(self, turns: Sequence[Turn]) -> None:
        if not turns:
            return
        name = turns[0].session
        receipt = self._memory.record([message(turn, f"{name}/{at}") for at, turn in enumerate(turns)], session=name)
        known = sum(len(rows) for rows in self._rows.values())
        for row, episode in enumerate(self._memory.store.get(self._memory.granted, list(dict.fromkeys(receipt.ids))), known):
            self._rows.setdefault(str(episode.metadata["turn"]), []).append(row)

    def moment(
        self,
        text: str,
        recent: Sequence[str] | None,
        evidence: Sequence[str] = (),
        sessions: Sequence[str] = (),
        answerable: bool | None = None,
    ) -> Moment:
        view = self._views.of(self._memory.granted)
        question = ready(text, view, self._memory.clock.now(), recent)
        question = replace(question, vector=self._embedder.embed([question.spoken])[0])
        rows = np.flatnonzero(view.believed())
        matched = arms.matches(question.terms, view)
        lines = features(view, question, matched, arms.session_scores(matched, view), rows)
        gold = sorted({row for turn in evidence for row in self._rows.get(turn, [])})
        codes = [view.sessions.names.index(name) for name in sessions] if sessions else sorted({int(view.session[row]) for row in gold})
        return Moment(question, sessions_of(view, rows), lines, gold, codes, answerable)


def learn(groups: Sequence[Group], l2: float) -> Floats:
    """Weights under which the gold lines of each group get the most of its softmax (ListNet, Cao et al. 2007)."""
    from scipy.optimize import minimize

    size, width = max(len(lines) for lines, _ in groups), groups[0][0].shape[1]
    lines = np.zeros((len(groups), size, width), np.float32)
    shares, absent = np.zeros((len(groups), size), np.float32), np.ones((len(groups), size), bool)
    for place, (own, gold) in enumerate(groups):
        lines[place, : len(own)], absent[place, : len(own)] = own, False
        shares[place, gold] = 1 / len(gold)
    flat = lines.reshape(-1, width)

    def loss(weight: Floats) -> tuple[float, Floats]:
        scores = (flat @ weight.astype(np.float32)).reshape(len(groups), size)
        scores = np.where(absent, -1e9, scores)
        scores -= scores.max(1, keepdims=True)
        odds = np.exp(scores)
        mass = odds.sum(1, keepdims=True)
        value = np.log(mass).sum() - (np.where(absent, 0, scores) * shares).sum()
        slope = flat.T @ (odds / mass - shares).reshape(-1)
        return float(value + l2 * weight @ weight / 2) / len(groups), (slope + l2 * weight).astype(float) / len(groups)

    found = minimize(loss, np.zeros(width), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    weights: Floats = found.x.astype(np.float32)
    return weights


def learn_odds(lines: Floats, answerable: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Logistic regression with a free bias."""
    from scipy.optimize import minimize

    wide = np.c_[lines, np.ones(len(lines))].astype(float)
    sign = np.where(answerable, 1.0, -1.0)
    tied = np.r_[np.ones(lines.shape[1]), 0.0]

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (wide @ weight)
        slope = -(sign / (1 + np.exp(margin))) @ wide
        value = np.logaddexp(0, -margin).sum() + ODDS_L2 / 2 * (tied * weight) @ weight
        return float(value), slope + ODDS_L2 * tied * weight

    found = minimize(loss, np.zeros(wide.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found[:-1].astype(np.float32), float(found[-1])


class School:
    """Learns each part from every sample but those left out, remembering what was learnt for which."""

    def __init__(self, asked: dict[str, list[Moment]], spoken: dict[str, list[Moment]]) -> None:
        self.asked, self.spoken = asked, spoken
        some = np.concatenate([moment.lines for moments in asked.values() for moment in moments[::5]])
        self.mean, self.scale = some.mean(0), some.std(0) + 1e-6
        self._pooled = {name: [self._pool(moment) for moment in moments] for name, moments in asked.items()}
        self.turn = cache(self._turn)
        tables = np.concatenate([table for name in {**asked, **spoken} for table, _ in self.sessions(name, "")])
        self.session_mean, self.session_scale = tables.mean(0), tables.std(0) + 1e-6
        odds = np.stack([line for name in asked for line, _ in self.odds(name, "")])
        self.odds_mean, self.odds_scale = odds.mean(0), odds.std(0) + 1e-6

    def _pool(self, moment: Moment) -> Group:
        rough = moment.lines[:, [FEATURES.index(name) for name in ("words near", "meaning", "meaning near")]] @ [2, 2, 1.5]
        rough[moment.gold] = np.inf
        kept = np.argsort(-rough, kind="stable")[:POOL]
        return (moment.lines[kept] - self.mean) / self.scale, list(range(len(moment.gold)))

    def _turn(self, without: frozenset[str]) -> Linear:
        groups = [group for name, pooled in self._pooled.items() if name not in without for group in pooled]
        return Linear(self.mean, self.scale, learn(groups, TURN_L2))

    def sessions(self, name: str, unseen: str) -> list[Group]:
        """Session lines of one sample's moments, scored by turn weights that saw neither it nor `unseen`."""
        return [self._session(moment, self.turn(self._apart(name, unseen))) for moment in {**self.asked, **self.spoken}[name]]

    def _session(self, moment: Moment, turn: Linear) -> Group:
        table = session_features(moment.at, moment.question, moment.lines, turn(moment.lines))
        return table, np.searchsorted(moment.at.codes, moment.sessions).tolist()

    def odds(self, name: str, unseen: str) -> Iterator[tuple[Floats, bool]]:
        """Confidence lines of one conversation's questions with whether they can be answered."""
        turn = self.turn(self._apart(name, unseen))
        place = FEATURES.index("said by the named")
        by_named = float(turn.weight[place] / turn.scale[place])
        for moment in self.asked[name]:
            yield confidence_features(moment.question, moment.lines, turn(moment.lines), by_named), bool(moment.answerable)

    def _apart(self, name: str, unseen: str) -> frozenset[str]:
        return frozenset({name, unseen} & set(self.asked))

    def weights(self, unseen: str) -> dict[str, dict[str, Any]]:
        """All parts, learnt without `unseen`."""
        others = [name for name in {**self.asked, **self.spoken} if name != unseen]
        scaled = [((t - self.session_mean) / self.session_scale, g) for name in others for t, g in self.sessions(name, unseen)]
        sure = [pair for name in self.asked if name != unseen for pair in self.odds(name, unseen)]
        lines = (np.stack([line for line, _ in sure]) - self.odds_mean) / self.odds_scale
        odds, bias = learn_odds(lines, np.array([answerable for _, answerable in sure]))
        turn = self.turn(frozenset({unseen} & set(self.asked)))
        return {
            "turn": {"weight": _short(turn.weight), "bias": 0.0},
            "session": {"weight": _short(learn(scaled, SESSION_L2)), "bias": 0.0},
            "odds": {"weight": _short(odds), "bias": round(bias, 5)},
        }

    def document(self) -> dict[str, Any]:
        """What `remanence.recall.fuse` reads."""
        names = [*self.asked, *self.spoken]
        return {
            "learnt_on": names,
            "turn": {"features": FEATURES, "mean": _short(self.mean), "scale": _short(self.scale)},
            "session": {"features": SESSION_FEATURES, "mean": _short(self.session_mean), "scale": _short(self.session_scale)},
            "odds": {"features": CONFIDENCE, "mean": _short(self.odds_mean), "scale": _short(self.odds_scale)},
            "all": self.weights(""),
            "unseen": {name: self.weights(name) for name in names},
        }


def _short(values: Floats) -> list[float]:
    return [round(float(value), 5) for value in values]


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True, help="The folder that holds locomo/ and realmem/.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("weights.json"), show_default=True)
def main(data: Path, out: Path) -> None:
    """Learn the ranker's weights."""
    embedder = resolve(DEFAULT)
    if embedder is None:
        raise click.ClickException("The ranker is learnt with an embedder.")
    cached = CachedEmbedder(embedder)
    document = School(conversations(data, cached), talks(data, cached)).document()
    out.write_text(json.dumps(document, indent=1), "utf-8")
    click.echo(f"written to {out}", err=True)


if __name__ == "__main__":
    main()
