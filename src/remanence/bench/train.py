"""Learn the ranker's weights from conversations and made worlds, and write them with, for each sample, those that never saw it.

    python -m remanence.bench.train --data DIR [--out weights.json]

Turns: the softmax over a conversation's turns is to give the evidence the most probability (LoCoMo and MemoryBank: RealMem
names sessions, not turns), in Chinese near the English weights. What facts are worth is learnt after that, all else fixed, from
the same questions and from worlds of the `updates` bench's development bank, whose questions facts answer. Sessions: the same
over sessions, for questions from outside (LoCoMo, MemoryBank) and in a conversation (RealMem). Whether a question asks for
several things: a logistic regression of its form. The lens: the same softmax over turns once more, on top of the linear score.
Odds: a logistic regression of questions that can be answered against those that cannot: LoCoMo's adversarial ones, and
questions put to the wrong memory.

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
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from remanence.backends.registry import DEFAULT, resolve
from remanence.bench.conversation import Turn
from remanence.bench.systems import CachedEmbedder, message
from remanence.bench.tasks import locomo, memorybank, realmem
from remanence.bench.updates.asked import phrasings
from remanence.bench.updates.bank import LANGUAGES
from remanence.bench.updates.bank import bank as sentences
from remanence.bench.updates.world import Question as Slot
from remanence.bench.updates.world import Utterance, World, worlds
from remanence.memory import Memory
from remanence.ports import Clock, Embedder
from remanence.recall import arms
from remanence.recall.confidence import CONFIDENCE, confidence_features
from remanence.recall.features import BY_FACT, BY_SEVERAL, FEATURES, NEAR, features, strangeness, surroundings
from remanence.recall.fuse import PARTS, Linear, Ranker, by_named_weight, logistic, of_document
from remanence.recall.lens import Lens, document_of, thinned, through
from remanence.recall.pipeline import candidates
from remanence.recall.question import Question, ready
from remanence.recall.session_features import Sessions, session_features, sessions_of
from remanence.recall.several import FORM, form
from remanence.recall.view import View
from remanence.recall.views import Views

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Group = tuple[Floats, list[int]]

STRANGERS, STRANGERS_EACH = 33, 7  # questions put to a memory that does not hold their answer
POOL = 150  # turns of a question that are learnt from: the likeliest, and the evidence
FOLDS = 5
TURN_L2, CHINESE_L2, SESSION_L2, ODDS_L2, SEVERAL_L2, LENS_L2 = 10.0, 3.0, 10.0, 10.0, 2.0, 1.5
RANK, LENS_STEPS = 16, 30
BY_EVIDENCE = 0.5  # a question of n evidence turns teaches √n times as much as one of a single turn
WORLDS, FIRST_WORLD_SEED = 30, 970  # made worlds of each language; the bench's own seed is another
BY_MADE = 0.15  # a question to a made world teaches so much of what one to a conversation does
FACT_L2 = 3.0
EVEN = ("several", "session", "session_in_talk")  # parts whose features are not evened by a mean and scale of their own


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One question in the state the memory was in: the features of its `rows`, the sessions they lie `at`, and which of them
    are evidence. `sessions`: the codes of its evidence sessions; `strange`: the share of its terms never said; `answerable` is
    `None` where that is not said.
    """

    question: Question
    view: View
    rows: NDArray[np.int64]
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


def made(embedder: Embedder, count: int = WORLDS, seed: int = FIRST_WORLD_SEED) -> Samples:
    """Questions for what slots hold at the end of made worlds, in words that are not the bench's; the evidence is what told it last."""
    found: Samples = {}
    for language in LANGUAGES:
        rng = np.random.default_rng(seed)
        for number, world in enumerate(worlds(sentences(language, "dev"), count, seed)):
            desk = Desk(embedder, world.user, Standing(world.now))
            for session in world.sessions:
                desk.hear(session)
            found[f"{language} made {number}"] = [
                desk.moment(str(rng.choice(list(ways(world, slot)))), None, tellings, answerable=True)
                for slot in world.questions
                if (tellings := told(world, slot))
            ]
        click.echo(f"made {language}: {count} worlds", err=True)
    return found


def ways(world: World, slot: Slot) -> Iterator[str]:
    """The questions that may be asked for a slot."""
    return phrasings(world.language, slot.relation, slot.about, slot.qualifier, slot.about == world.user)


def told(world: World, slot: Slot) -> list[str]:
    """The turns, as `turn_of` names them, that told what a slot holds."""
    held = slot.current | slot.contested
    wanted = (slot.about, slot.relation, slot.qualifier)
    return [
        turn_of(said)
        for said in world.utterances
        if any(
            (claim["subject"], claim["relation"], claim.get("qualifier", "")) == wanted
            and claim.get("object") in held
            and claim.get("stance", "affirm") in ("affirm", "correct")
            for claim in said.claims
        )
    ]


def turn_of(said: Utterance) -> str:
    return said.said_at.isoformat()


@dataclass(frozen=True, slots=True)
class Standing:
    """The `Clock` port: always the same moment."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class Desk:
    """A memory that is filled as the benches fill it, and asked for features instead of hits."""

    def __init__(self, embedder: Embedder, name: str, clock: Clock | None = None) -> None:
        self._embedder = embedder
        self._memory = Memory(embedder=embedder, clock=clock).scope(user=name)
        self._views = Views(self._memory.store, limit=1 << 40)
        self._rows: dict[str, list[int]] = {}

    def add(self, turns: Sequence[Turn]) -> None:
        if not turns:
            return
        name = turns[0].session
        receipt = self._memory.record([message(turn, f"{name}/{at}") for at, turn in enumerate(turns)], session=name)
        self._keep(receipt.ids)

    def hear(self, session: Sequence[Utterance]) -> None:
        """A session of a made world."""
        for said in session:
            receipt = self._memory.record(
                said.text, said_at=said.said_at, speaker=said.speaker, role=said.role, source=said.source, trust=said.trust,
                key=turn_of(said), metadata={"turn": turn_of(said)},
            )  # fmt: skip
            self._keep(receipt.ids)

    def _keep(self, ids: Sequence[str]) -> None:
        known = sum(len(rows) for rows in self._rows.values())
        for row, episode in enumerate(self._memory.store.get(self._memory.granted, list(dict.fromkeys(ids))), known):
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
        found = candidates(question, matched, of_session, view, view.believed(), self._memory.known_arms())
        wanted = sorted({row for turn in evidence for row in self._rows.get(turn, [])})
        rows = np.unique(np.concatenate([np.array(wanted, np.int64), *(arm.rows for arm in found.values())]))
        lines = features(view, question, matched, of_session, rows, found)
        gold = np.searchsorted(rows, wanted).tolist()
        codes = [view.sessions.names.index(name) for name in sessions] if sessions else sorted({int(view.session[row]) for row in wanted})
        return Moment(question, view, rows, sessions_of(view, rows), lines, gold, codes, strangeness(matched), answerable)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """The likeliest rows of one question, the `gold` ones first: their features, evened, and the vectors that a lens sees of
    them, shape [2, n, dimension]; the `form` of the question and its vector; whether its evidence lies in `several` sessions."""

    lines: Floats
    gold: int
    form: Floats
    vector: Floats
    seen: Floats
    several: bool

    def widened(self, several: Linear) -> Group:
        """Its lines, with those columns again that count otherwise where several things are asked for."""
        chance = logistic(float(several(self.form)))
        return np.c_[self.lines, chance * self.lines[:, : len(BY_SEVERAL)]].astype(np.float32), list(range(self.gold))


def learn(
    groups: Sequence[Group],
    l2: float,
    prior: Floats | None = None,
    power: float = 0.0,
    worth: Sequence[float] | None = None,
    given: Sequence[Floats] | None = None,
) -> Floats:
    """Weights, near `prior` or zero, under which the gold lines of each group get the most of its softmax (ListNet).

    A group of n gold lines counts n^`power` times what it is `worth`; `given`: scores that each line has besides.
    """
    from scipy.optimize import minimize

    size, width = max(len(lines) for lines, _ in groups), groups[0][0].shape[1]
    lines = np.zeros((len(groups), size, width), np.float32)
    shares, absent = np.zeros((len(groups), size), np.float32), np.ones((len(groups), size), bool)
    besides = np.zeros((len(groups), size), np.float32)
    for place, (own, gold) in enumerate(groups):
        lines[place, : len(own)], absent[place, : len(own)] = own, False
        shares[place, gold] = 1 / len(gold)
        besides[place, : len(own)] = 0 if given is None else given[place]
    counts = np.array([len(gold) for _, gold in groups], np.float32) ** np.float32(power)
    counts *= (np.float32(1) if worth is None else np.asarray(worth, np.float32)) / counts.mean()
    flat = lines.reshape(-1, width)

    def loss(weight: Floats) -> tuple[float, Floats]:
        scores = (flat @ weight.astype(np.float32)).reshape(len(groups), size) + besides
        scores = np.where(absent, -1e9, scores)
        scores -= scores.max(1, keepdims=True)
        odds = np.exp(scores)
        mass = odds.sum(1, keepdims=True)
        value = counts @ (np.log(mass[:, 0]) - (np.where(absent, 0, scores) * shares).sum(1))
        slope = flat.T @ (counts[:, None] * (odds / mass - shares)).reshape(-1)
        away = weight - start
        return float(value + l2 * away @ away / 2) / len(groups), (slope + l2 * away).astype(float) / len(groups)

    start = np.zeros(width) if prior is None else prior.astype(float)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    weights: Floats = found.x.astype(np.float32)
    return weights


def without_facts(groups: Sequence[Group]) -> list[Group]:
    """The groups as if no fact had been read: what else counts is learnt from these."""
    places = [FEATURES.index(name) for name in BY_FACT]
    bare = []
    for lines, gold in groups:
        lines = lines.copy()
        lines[:, places] = 0
        bare.append((lines, gold))
    return bare


def with_facts(weight: Floats, groups: Sequence[Group], made: Sequence[Group]) -> Floats:
    """`weight` with what facts are worth learnt anew, all else as it is, from conversations and from made worlds together.

    Few questions to the conversations at hand are answered by a fact that our rules read; those to made worlds are.
    """
    places = [FEATURES.index(name) for name in BY_FACT]
    others = weight.copy()
    others[places] = 0
    both = [*groups, *made]
    worth = [1.0] * len(groups) + [BY_MADE] * len(made)
    found = weight.copy()
    found[places] = learn(
        [(lines[:, places], gold) for lines, gold in both], FACT_L2, power=BY_EVIDENCE, worth=worth,
        given=[lines @ others for lines, _ in both],
    )  # fmt: skip
    return found


def learn_lens(lessons: Sequence[Lesson], scores: Sequence[Floats]) -> tuple[Floats, Floats]:
    """The two matrices, each of rank `RANK`, that added to `scores` give the gold rows the most of each question's softmax."""
    from scipy.optimize import minimize

    size, width = max(len(own) for own in scores), len(lessons[0].vector)
    asked = np.stack([lesson.vector for lesson in lessons])
    seen = np.zeros((2, len(lessons), size, width), np.float32)
    start, shares = np.full((len(lessons), size), -1e9, np.float32), np.zeros((len(lessons), size), np.float32)
    for place, (lesson, own) in enumerate(zip(lessons, scores, strict=True)):
        seen[:, place, : len(own)], start[place, : len(own)] = lesson.seen, own
        shares[place, : lesson.gold] = 1 / lesson.gold

    def loss(flat: Floats) -> tuple[float, Floats]:
        matrices = flat.reshape(2, width, width).astype(np.float32)
        found = start + sum(np.matmul(part, (asked @ matrix)[:, :, None])[:, :, 0] for part, matrix in zip(seen, matrices, strict=True))
        found -= found.max(1, keepdims=True)
        odds = np.exp(found)
        mass = odds.sum(1, keepdims=True)
        value = np.log(mass).sum() - (np.where(shares > 0, found, 0) * shares).sum()
        away = (odds / mass - shares)[:, None, :]
        slope = np.stack([asked.T @ np.matmul(away, part)[:, 0, :] for part in seen]).reshape(-1)
        return float(value + LENS_L2 * flat @ flat / 2) / len(lessons), (slope + LENS_L2 * flat).astype(float) / len(lessons)

    found = minimize(loss, np.zeros(2 * width * width), jac=True, method="L-BFGS-B", options={"maxiter": LENS_STEPS}).x
    left, right = zip(*(thinned(matrix, RANK) for matrix in found.reshape(2, width, width)), strict=True)
    return np.stack(left).astype(np.float32), np.stack(right).astype(np.float32)


def learn_odds(lines: Floats, answerable: NDArray[np.bool_], l2: float = ODDS_L2) -> tuple[Floats, float]:
    """Logistic regression with a free bias."""
    from scipy.optimize import minimize

    wide = np.c_[lines, np.ones(len(lines))].astype(float)
    sign = np.where(answerable, 1.0, -1.0)
    tied = np.r_[np.ones(lines.shape[1]), 0.0]

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (wide @ weight)
        slope = -(sign / (1 + np.exp(margin))) @ wide
        value = np.logaddexp(0, -margin).sum() + l2 / 2 * (tied * weight) @ weight
        return float(value), slope + l2 * tied * weight

    found = minimize(loss, np.zeros(wide.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found[:-1].astype(np.float32), float(found[-1])


class School:
    """Learns each part from every sample outside the folds left out, remembering what was learnt for which.

    `asked`: LoCoMo, by conversation; `spoken`: RealMem, by persona; `banked`: MemoryBank, by language and user; `made`: made
    worlds, by language and number.
    """

    def __init__(self, asked: Samples, spoken: Samples, banked: Samples, made: Samples, embedder: str) -> None:
        self.embedder = embedder
        self.asked, self.spoken, self.banked, self.made = asked, spoken, banked, made
        parts = (asked, spoken, *by_language(banked), *by_language(made))
        self.fold_of = {name: place % FOLDS for part in parts for place, name in enumerate(part)}
        turns = {**asked, **banked}
        some = np.concatenate([moment.lines for moments in asked.values() for moment in moments[::5]])
        self.mean, self.scale = some.mean(0), some.std(0) + 1e-6
        self._lessons = {name: [self._lesson(moment) for moment in moments if moment.gold] for name, moments in {**turns, **made}.items()}
        self.ranker = cache(self._ranker)
        odds = np.stack([line for name in turns for line, _ in self.odds(name, None)])
        self.odds_mean, self.odds_scale = odds.mean(0), odds.std(0) + 1e-6

    def _lesson(self, moment: Moment) -> Lesson:
        rough = moment.lines[:, [FEATURES.index(name) for name in ("words near", "meaning", "meaning near")]] @ [2, 2, 1.5]
        rough[moment.gold] = np.inf
        kept = np.argsort(-rough, kind="stable")[:POOL]
        lines = (moment.lines[kept] - self.mean) / self.scale
        seen = np.stack(vectors_around(moment.view, moment.rows[kept]))
        assert moment.question.vector is not None
        return Lesson(lines, len(moment.gold), form(moment.question.text), moment.question.vector, seen, len(moment.sessions) > 1)

    def _learnable(self, without: frozenset[int], chinese: bool, is_made: bool = False) -> list[Lesson]:
        known = [name for name in self._lessons if (name in self.made) == is_made]
        names = [name for name in known if self.fold_of[name] not in without and is_chinese(name) == chinese]
        return [lesson for name in names for lesson in self._lessons[name]]

    def _ranker(self, without: frozenset[int]) -> Ranker:
        """What scores turns, learnt without these folds: first the lines, then on top of them the lens.

        Few Chinese questions are at hand, so their weights stay near the English ones for a question of usual form.
        """
        lessons, width = self._learnable(without, chinese=False), len(BY_SEVERAL)
        weight, bias = learn_odds(np.stack([lesson.form for lesson in lessons]), np.array([one.several for one in lessons]), SEVERAL_L2)
        several = Linear(np.zeros(len(FORM), np.float32), np.ones(len(FORM), np.float32), weight, bias)
        groups = [lesson.widened(several) for lesson in lessons]
        made = [lesson.widened(several) for lesson in self._learnable(without, chinese=False, is_made=True)]
        base = learn(without_facts(groups), TURN_L2, power=BY_EVIDENCE)
        found = with_facts(base, groups, made)
        turn, for_several = found[: len(FEATURES)], found[len(FEATURES) :]
        usual = turn.copy()
        usual[:width] += np.mean([logistic(float(several(lesson.form))) for lesson in lessons]) * for_several
        chinese, made = (
            [(lesson.lines, list(range(lesson.gold))) for lesson in self._learnable(without, chinese=True, is_made=is_made)]
            for is_made in (False, True)
        )
        turn_zh = with_facts(learn(without_facts(chinese), CHINESE_L2, usual), chinese, made)
        lens = learn_lens(lessons, [lines @ base for lines, _ in groups])
        blank = {part: _blank(PARTS[part]) for part in ("session", "session_in_talk", "odds")}
        return Ranker(
            Linear(self.mean, self.scale, turn),
            Linear(self.mean, self.scale, turn_zh),
            Linear(self.mean[:width], self.scale[:width], for_several),
            several,
            **blank,
            lens=Lens(self.embedder, *lens),
        )

    def _ranker_for(self, name: str, fold: int | None) -> Ranker:
        return self.ranker(frozenset({self.fold_of[name]} if fold is None else {self.fold_of[name], fold}))

    def sessions(self, name: str, fold: int | None) -> list[Group]:
        """Session lines of one sample's moments, scored by turn weights that saw neither its fold nor `fold`."""
        ranker = self._ranker_for(name, fold)
        moments = {**self.asked, **self.spoken, **self.banked}[name]
        groups = [self._session(moment, ranker) for moment in moments if moment.sessions]
        return [(lines, gold) for lines, gold in groups if gold]

    def _session(self, moment: Moment, ranker: Ranker) -> Group:
        table = session_features(moment.at, moment.question, moment.lines, scores_of(moment, ranker))
        return table, np.flatnonzero(np.isin(moment.at.codes, moment.sessions)).tolist()  # those that no arm found teach nothing

    def odds(self, name: str, fold: int | None) -> Iterator[tuple[Floats, bool]]:
        """Confidence lines of one conversation's questions with whether they can be answered."""
        ranker = self._ranker_for(name, fold)
        for moment in {**self.asked, **self.banked}[name]:
            yield sureness(moment, ranker), bool(moment.answerable)

    def weights(self, fold: int | None) -> dict[str, dict[str, Any]]:
        """All parts, learnt without `fold`."""
        others = [name for name in self.fold_of if self.fold_of[name] != fold and name not in self.made]
        outside = [group for name in others if name not in self.spoken for group in self.sessions(name, fold)]
        in_talk = [group for name in others if name in self.spoken for group in self.sessions(name, fold)]
        sure = [pair for name in others if name not in self.spoken for pair in self.odds(name, fold)]
        lines = (np.stack([line for line, _ in sure]) - self.odds_mean) / self.odds_scale
        odds, bias = learn_odds(lines, np.array([answerable for _, answerable in sure]))
        ranker = self.ranker(frozenset(() if fold is None else (fold,)))
        assert ranker.lens is not None
        return {
            **{part: {"weight": _short(linear.weight), "bias": round(linear.bias, 5)} for part, linear in parts_of(ranker).items()},
            "lens": document_of(ranker.lens),
            "session": {"weight": _short(learn(outside, SESSION_L2)), "bias": 0.0},
            "session_in_talk": {"weight": _short(learn(in_talk, SESSION_L2)), "bias": 0.0},
            "odds": {"weight": _short(odds), "bias": round(bias, 5)},
        }

    def document(self) -> dict[str, Any]:
        """What `remanence.recall.fuse` reads."""
        turn = {"features": FEATURES, "mean": _short(self.mean), "scale": _short(self.scale)}
        width = len(BY_SEVERAL)
        even = {part: {"features": PARTS[part], "mean": [0] * len(PARTS[part]), "scale": [1] * len(PARTS[part])} for part in EVEN}
        return {
            "turn": turn,
            "turn_zh": turn,
            "for_several": {"features": BY_SEVERAL, "mean": turn["mean"][:width], "scale": turn["scale"][:width]},
            **even,
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
        for language, samples in zip(LANGUAGES, by_language(self.made), strict=True):
            first = [firsts(m, of_document(document, name)) for name, moments in samples.items() for m in moments]
            click.echo(f"Made {language}: an answer first, among the first 3 {np.round(100 * np.mean(first, 0), 1)}", err=True)
        found = [recalls(m, of_document(document, name))[3:] for name, moments in self.spoken.items() for m in moments]
        click.echo(f"RealMem: sessions R@5/10 {np.round(100 * np.mean(found, 0), 1)}", err=True)


def recalls(moment: Moment, ranker: Ranker) -> list[float]:
    """The fraction of a moment's evidence within the first 5, 10, 25 turns and 5, 10 sessions."""
    scores = scores_of(moment, ranker)
    rows = np.argsort(-scores, kind="stable").tolist()
    codes = moment.at.codes[
        np.argsort(-ranker.sessions(moment.question)(session_features(moment.at, moment.question, moment.lines, scores)))
    ].tolist()
    turns = [len(set(rows[:k]) & set(moment.gold)) / max(1, len(moment.gold)) for k in (5, 10, 25)]
    return [*turns, *(len(set(codes[:k]) & set(moment.sessions)) / max(1, len(moment.sessions)) for k in (5, 10))]


def firsts(moment: Moment, ranker: Ranker) -> list[bool]:
    """Whether evidence is the first turn, or among the first three."""
    rows = np.argsort(-scores_of(moment, ranker), kind="stable").tolist()
    return [bool(set(rows[:k]) & set(moment.gold)) for k in (1, 3)]


def chance(moment: Moment, ranker: Ranker) -> float:
    """The confidence that a moment's question is answered."""
    return logistic(float(ranker.odds(sureness(moment, ranker))))


def sureness(moment: Moment, ranker: Ranker) -> Floats:
    """The confidence line of a moment."""
    named = by_named_weight(ranker.turns(moment.question))
    return confidence_features(moment.question, moment.lines, scores_of(moment, ranker), named, moment.strange)


def scores_of(moment: Moment, ranker: Ranker) -> Floats:
    """The scores of a moment's rows."""
    added = through(ranker.lens_for(moment.question), moment.question.vector, moment.view, surroundings(moment.view, moment.rows))
    return ranker.turns(moment.question)(moment.lines) + added


def vectors_around(view: View, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The vectors of `rows`, and the sums of those around each, weighed by how near they are."""
    around = surroundings(view, rows)
    known = np.r_[view.nearest.vectors(around.known), np.zeros((1, view.nearest.dimension), np.float32)]
    beside = sum(np.float32(weight) * known[around.near[gap]] for gap, weight in NEAR.items() if gap)
    return known[around.near[0]], beside  # NONE is the last: zeros


def parts_of(ranker: Ranker) -> dict[str, Linear]:
    """The parts that score turns."""
    return {"turn": ranker.turn, "turn_zh": ranker.turn_zh, "for_several": ranker.for_several, "several": ranker.several}


def mean_where(sure: Sequence[tuple[float, bool | None]], is_so: bool) -> float:
    return float(np.mean([chance for chance, answerable in sure if answerable == is_so]))


def by_language(samples: Samples) -> tuple[Samples, Samples]:
    """English samples, Chinese samples."""
    return tuple({n: m for n, m in samples.items() if is_chinese(n) == chinese} for chinese in (False, True))  # type: ignore[return-value]


def is_chinese(name: str) -> bool:
    """Whether a sample is Chinese: one of MemoryBank's users, which the benches call "zh NAME", or a made world."""
    return name.startswith("zh ")


def _blank(names: Sequence[str]) -> Linear:
    zero = np.zeros(len(names), np.float32)
    return Linear(zero, zero + 1, zero)


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
    school = School(conversations(data, cached), talks(data, cached), bank(data, cached), made(cached), embedder.name)
    if vectors is not None:
        vectors.write_bytes(pickle.dumps(cached.held))
    document = school.document()
    out.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    click.echo(f"written to {out}", err=True)
    school.report(document)


if __name__ == "__main__":
    main()
