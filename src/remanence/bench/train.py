"""Learn the ranker's weights from LoCoMo, RealMem and MemoryBank, and write them with, for each sample, those that never saw it.

    python -m remanence.bench.train --data DIR [--out weights.json]

Turns: the softmax over a conversation's turns is to give the evidence the most probability (LoCoMo and MemoryBank: RealMem
names sessions, not turns), in Chinese near the English weights. Sessions: the same over sessions, for questions from outside
(LoCoMo, MemoryBank) and in a conversation (RealMem). Odds: a logistic regression of questions that can be answered against
those that cannot: LoCoMo's adversarial ones, and questions put to the wrong memory.

The samples are dealt into five folds. Scores that sessions and odds learn from come from weights that saw neither the
question's own fold nor the one left out, so the weights that rank a sample know nothing of it. Three things cross the folds:
the means and scales that features are measured by (no labels); and, for the odds alone, the texts of questions, since a
question of the fold left out may have been put to the wrong memory in another as one without an answer.
"""

from __future__ import annotations

import json
import pickle
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
from remanence.bench.tasks import locomo, memorybank, realmem
from remanence.memory import Memory
from remanence.ports import Embedder
from remanence.recall import arms
from remanence.recall.confidence import CONFIDENCE, confidence_features
from remanence.recall.features import FEATURES, features, strangeness
from remanence.recall.fuse import Linear, Ranker, by_named_weight, logistic, of_document
from remanence.recall.pipeline import candidates
from remanence.recall.question import Question, ready
from remanence.recall.session_features import SESSION_FEATURES, Sessions, session_features, sessions_of
from remanence.recall.views import Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Group = tuple[Floats, list[int]]

STRANGERS, STRANGERS_EACH = 33, 7  # questions put to a memory that does not hold their answer
POOL = 150  # turns of a question that are learnt from: the likeliest, and the evidence
FOLDS = 5
TURN_L2, CHINESE_L2, SESSION_L2, ODDS_L2 = 10.0, 3.0, 3.0, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One question in the state the memory was in: the features of its rows, the sessions they lie `at`, and which rows are
    evidence. `sessions`: the codes of its evidence sessions; `strange`: the share of its terms never said; `answerable` is
    `None` where that is not said.
    """

    question: Question
    at: Sessions
    lines: Floats
    gold: list[int]
    sessions: list[int]
    strange: float
    answerable: bool | None = None


Samples = dict[str, list[Moment]]


def conversations(data: Path, embedder: Embedder) -> Samples:
    """Every LoCoMo question, and some of MemoryBank's, which there have no answer; by conversation."""
    found = {}
    strangers = [probe.text for user in memorybank.load(data).get("en", []) for probe in user.probes]
    for sample in locomo.load(data):
        desk = Desk(embedder, sample.conversation.name)
        for session in sample.conversation.sessions:
            desk.add(session)
        found[sample.conversation.name] = [
            desk.moment(asked.text, None, asked.evidence, answerable=asked.category in locomo.ANSWERABLE)
            for asked in sample.questions
            if asked.evidence
        ] + [desk.moment(text, None, answerable=False) for text in strangers[:: len(strangers) // STRANGERS]]
        click.echo(f"{sample.conversation.name}: {len(found[sample.conversation.name])} questions", err=True)
    return found


def talks(data: Path, embedder: Embedder) -> Samples:
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


def bank(data: Path, embedder: Embedder) -> Samples:
    """Every MemoryBank probe that has an answer, and questions that here have none: LoCoMo's, in Chinese another user's."""
    found = {}
    asked = [question.text for sample in locomo.load(data) for question in sample.questions]
    for language, users in memorybank.load(data).items():
        for place, user in enumerate(users):
            name = f"{language} {user.history.name}"
            desk = Desk(embedder, name)
            for session in user.history.sessions:
                desk.add(session)
            own = [desk.moment(probe.text, None, probe.gold, answerable=True) for probe in user.probes if probe.gold]
            strangers = (
                [probe.text for probe in users[place - 1].probes] if language == "zh" else asked[place :: len(users)][:STRANGERS_EACH]
            )
            found[name] = [*own, *(desk.moment(text, None, answerable=False) for text in strangers)]
        click.echo(f"MemoryBank {language}: {len(users)} users", err=True)
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
        matched = arms.matches(question.terms, view)
        of_session = arms.session_scores(matched, view)
        found = candidates(question, matched, of_session, view, view.believed())
        wanted = sorted({row for turn in evidence for row in self._rows.get(turn, [])})
        rows = np.unique(np.concatenate([np.array(wanted, np.int64), *(arm.rows for arm in found.values())]))
        lines = features(view, question, matched, of_session, rows)
        gold = np.searchsorted(rows, wanted).tolist()
        codes = [view.sessions.names.index(name) for name in sessions] if sessions else sorted({int(view.session[row]) for row in wanted})
        return Moment(question, sessions_of(view, rows), lines, gold, codes, strangeness(matched), answerable)


def learn(groups: Sequence[Group], l2: float, prior: Floats | None = None) -> Floats:
    """Weights, near `prior` or zero, under which the gold lines of each group get the most of its softmax (ListNet)."""
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
        away = weight - start
        return float(value + l2 * away @ away / 2) / len(groups), (slope + l2 * away).astype(float) / len(groups)

    start = np.zeros(width) if prior is None else prior.astype(float)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
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
    """Learns each part from every sample outside the folds left out, remembering what was learnt for which.

    `asked`: LoCoMo, by conversation; `spoken`: RealMem, by persona; `banked`: MemoryBank, by language and user.
    """

    def __init__(self, asked: Samples, spoken: Samples, banked: Samples) -> None:
        self.asked, self.spoken, self.banked = asked, spoken, banked
        self.fold_of = {name: place % FOLDS for part in (asked, spoken, *by_language(banked)) for place, name in enumerate(part)}
        turns = {**asked, **banked}
        some = np.concatenate([moment.lines for moments in asked.values() for moment in moments[::5]])
        self.mean, self.scale = some.mean(0), some.std(0) + 1e-6
        self._pooled = {name: [self._pool(moment) for moment in moments if moment.gold] for name, moments in turns.items()}
        self.turn, self.turn_zh = cache(self._turn), cache(self._turn_zh)
        odds = np.stack([line for name in turns for line, _ in self.odds(name, None)])
        self.odds_mean, self.odds_scale = odds.mean(0), odds.std(0) + 1e-6

    def _pool(self, moment: Moment) -> Group:
        rough = moment.lines[:, [FEATURES.index(name) for name in ("words near", "meaning", "meaning near")]] @ [2, 2, 1.5]
        rough[moment.gold] = np.inf
        kept = np.argsort(-rough, kind="stable")[:POOL]
        return (moment.lines[kept] - self.mean) / self.scale, list(range(len(moment.gold)))

    def _learnable(self, without: frozenset[int], chinese: bool) -> list[Group]:
        names = [name for name in self._pooled if self.fold_of[name] not in without and is_chinese(name) == chinese]
        return [group for name in names for group in self._pooled[name]]

    def _turn(self, without: frozenset[int]) -> Linear:
        return Linear(self.mean, self.scale, learn(self._learnable(without, chinese=False), TURN_L2))

    def _turn_zh(self, without: frozenset[int]) -> Linear:
        """Few Chinese questions are at hand, so the weights stay near the English ones."""
        prior = self.turn(without).weight
        return Linear(self.mean, self.scale, learn(self._learnable(without, chinese=True), CHINESE_L2, prior))

    def _turns(self, name: str, fold: int | None) -> Linear:
        without = frozenset({self.fold_of[name]} if fold is None else {self.fold_of[name], fold})
        return self.turn_zh(without) if is_chinese(name) else self.turn(without)

    def sessions(self, name: str, fold: int | None) -> list[Group]:
        """Session lines of one sample's moments, scored by turn weights that saw neither its fold nor `fold`."""
        turn = self._turns(name, fold)
        moments = {**self.asked, **self.spoken, **self.banked}[name]
        return [self._session(moment, turn) for moment in moments if moment.sessions]

    def _session(self, moment: Moment, turn: Linear) -> Group:
        table = session_features(moment.at, moment.question, moment.lines, turn(moment.lines))
        return table, np.searchsorted(moment.at.codes, moment.sessions).tolist()

    def odds(self, name: str, fold: int | None) -> Iterator[tuple[Floats, bool]]:
        """Confidence lines of one conversation's questions with whether they can be answered."""
        turn = self._turns(name, fold)
        for moment in {**self.asked, **self.banked}[name]:
            lines = confidence_features(moment.question, moment.lines, turn(moment.lines), by_named_weight(turn), moment.strange)
            yield lines, bool(moment.answerable)

    def weights(self, fold: int | None) -> dict[str, dict[str, Any]]:
        """All parts, learnt without `fold`."""
        others = [name for name in self.fold_of if self.fold_of[name] != fold]
        outside = [group for name in others if name not in self.spoken for group in self.sessions(name, fold)]
        in_talk = [group for name in others if name in self.spoken for group in self.sessions(name, fold)]
        sure = [pair for name in others if name not in self.spoken for pair in self.odds(name, fold)]
        lines = (np.stack([line for line, _ in sure]) - self.odds_mean) / self.odds_scale
        odds, bias = learn_odds(lines, np.array([answerable for _, answerable in sure]))
        without = frozenset(() if fold is None else (fold,))
        return {
            "turn": {"weight": _short(self.turn(without).weight), "bias": 0.0},
            "turn_zh": {"weight": _short(self.turn_zh(without).weight), "bias": 0.0},
            "session": {"weight": _short(learn(outside, SESSION_L2)), "bias": 0.0},
            "session_in_talk": {"weight": _short(learn(in_talk, SESSION_L2)), "bias": 0.0},
            "odds": {"weight": _short(odds), "bias": round(bias, 5)},
        }

    def document(self) -> dict[str, Any]:
        """What `remanence.recall.fuse` reads."""
        turn = {"features": FEATURES, "mean": _short(self.mean), "scale": _short(self.scale)}
        even = np.zeros(len(SESSION_FEATURES), np.float32), np.ones(len(SESSION_FEATURES), np.float32)
        session = {"features": SESSION_FEATURES, "mean": _short(even[0]), "scale": _short(even[1])}
        return {
            "turn": turn,
            "turn_zh": turn,
            "session": session,
            "session_in_talk": session,
            "odds": {"features": CONFIDENCE, "mean": _short(self.odds_mean), "scale": _short(self.odds_scale)},
            "all": self.weights(None),
            "folds": [self.weights(fold) for fold in range(FOLDS)],
            "fold_of": self.fold_of,
        }

    def report(self, document: dict[str, Any]) -> None:
        """What the weights reach on the samples they never saw, on standard error."""
        for title, samples in (("LoCoMo", self.asked), *zip(("MemoryBank en", "MemoryBank zh"), by_language(self.banked), strict=True)):
            found = [recalls(m, of_document(document, name)) for name, moments in samples.items() for m in moments if m.gold]
            click.echo(f"{title}: turns R@5/10/25, sessions R@5/10 {np.round(100 * np.mean(found, 0), 1)}", err=True)
        for title, samples in zip(("LoCoMo", "MemoryBank en", "MemoryBank zh"), (self.asked, *by_language(self.banked)), strict=True):
            sure = [(chance(m, of_document(document, name)), m.answerable) for name, moments in samples.items() for m in moments]
            click.echo(
                f"{title}: mean confidence answerable / not {[round(mean_where(sure, is_so), 2) for is_so in (True, False)]}", err=True
            )
        found = [recalls(m, of_document(document, name))[3:] for name, moments in self.spoken.items() for m in moments]
        click.echo(f"RealMem: sessions R@5/10 {np.round(100 * np.mean(found, 0), 1)}", err=True)


def recalls(moment: Moment, ranker: Ranker) -> list[float]:
    """The fraction of a moment's evidence within the first 5, 10, 25 turns and 5, 10 sessions."""
    scores = ranker.turns(moment.question)(moment.lines)
    rows = np.argsort(-scores, kind="stable").tolist()
    codes = moment.at.codes[
        np.argsort(-ranker.sessions(moment.question)(session_features(moment.at, moment.question, moment.lines, scores)))
    ].tolist()
    turns = [len(set(rows[:k]) & set(moment.gold)) / max(1, len(moment.gold)) for k in (5, 10, 25)]
    return [*turns, *(len(set(codes[:k]) & set(moment.sessions)) / max(1, len(moment.sessions)) for k in (5, 10))]


def chance(moment: Moment, ranker: Ranker) -> float:
    """The confidence that a moment's question is answered."""
    turn = ranker.turns(moment.question)
    scores = turn(moment.lines)
    return logistic(float(ranker.odds(confidence_features(moment.question, moment.lines, scores, by_named_weight(turn), moment.strange))))


def mean_where(sure: Sequence[tuple[float, bool | None]], is_so: bool) -> float:
    return float(np.mean([chance for chance, answerable in sure if answerable == is_so]))


def by_language(banked: Samples) -> tuple[Samples, Samples]:
    """English samples, Chinese samples."""
    return tuple({n: m for n, m in banked.items() if is_chinese(n) == chinese} for chinese in (False, True))  # type: ignore[return-value]


def is_chinese(name: str) -> bool:
    """Whether a sample is one of MemoryBank's Chinese users, which the benches call "zh NAME"."""
    return name.startswith("zh ")


def _short(values: Floats) -> list[float]:
    return [round(float(value), 5) for value in values]


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True, help="The folder that holds locomo/ and realmem/.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("weights.json"), show_default=True)
@click.option("--vectors", type=click.Path(path_type=Path), help="A file to keep the embeddings in from run to run.")
def main(data: Path, out: Path, vectors: Path | None) -> None:
    """Learn the ranker's weights."""
    embedder = resolve(DEFAULT)
    if embedder is None:
        raise click.ClickException("The ranker is learnt with an embedder.")
    cached = CachedEmbedder(embedder)
    if vectors is not None and vectors.exists():
        cached.held.update(pickle.loads(vectors.read_bytes()))
    school = School(conversations(data, cached), talks(data, cached), bank(data, cached))
    if vectors is not None:
        vectors.write_bytes(pickle.dumps(cached.held))
    document = school.document()
    out.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    click.echo(f"written to {out}", err=True)
    school.report(document)


if __name__ == "__main__":
    main()
