"""How well are claims read from real turns without a language model? Held to labels made by hand, English and Chinese.

The turns are MemoryBank's; `data/distill_guide.md` says how they were labelled, before any rule was tuned. Half of them, by a
hash, are kept apart: the number is theirs (`--split test`, the default), rules are tuned on the others (`--split dev`).

    precision      of the claims read, those that agree with a label; such as agree only with an optional label, or with one
                   that another claim has met, count neither way
    recall         of the labels that are not optional, those met
    F1             of the two
    date_accuracy  of the labels met that have dates, those met with exactly these days
    cpu_ms_p50, cpu_ms_p95, turns_per_s
                   CPU time of reading one turn, and turns a CPU second, once everything is loaded
    recorded_per_s turns a second, by the clock, from words to a durable file with vectors and claims, a day's turns at once
    calls_per_1000_tokens
                   calls of a language model, where one is asked to read, for 1,000 tokens of text; its replies are scripted

A claim agrees with a label if its subject and stance are the label's, its relation is one of those accepted, its qualifier is
no other, and its object shares enough with an accepted wording: F1 of at least one half over words (Chinese: characters),
without articles, determiners and words of degree, endings apart. Claims and labels are matched one to one, best first.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from remanence.backends.models.scripted import Scripted
from remanence.bench.lexical import stripped
from remanence.bench.metrics import LEVEL, RESAMPLES, Spread
from remanence.bench.report import Row, View
from remanence.distill.drive import drive
from remanence.distill.extract import read
from remanence.distill.flow import distill
from remanence.distill.prompts import label
from remanence.distill.relations import registry
from remanence.errors import BadInput
from remanence.language.tokens import estimate_tokens
from remanence.memory import Memory
from remanence.types import Claim, Episode, Kind, Scope, Stance

if TYPE_CHECKING:
    from remanence.bench.run import Options

LANGUAGES = ("en", "zh")
SPLITS = ("test", "dev", "all")
ENOUGH = 0.5
NO_CLAIMS = '{"claims": []}'
WARM_UP = 5
"""Turns read before the clock starts."""

VIEWS = (
    View("Claims against labels", ("en *", "zh *"), ("precision", "recall", "F1", "date_accuracy", "turns")),
    View("Time of reading", ("en *", "zh *"), ("cpu_ms_*", "turns_per_s")),
    View("Recording with distilling, and asking a model", ("en", "zh"), ("recorded_per_s", "calls_per_1000_tokens")),
)
NOTES = (
    "Labels: ours, made by reading the turns before any rule was tuned (data/distill_guide.md). "
    'naive-patterns: "I like / love / enjoy / live in / work at / am X" and their like in Chinese, up to the next stop.',
)

Reader = Callable[[Episode], Sequence[Claim]]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_IDLE = frozenset(
    "a an the my your his her its our their this that these those some any really very quite so too bit little lot of more pretty".split()
)
_IDLE_CHINESE = re.compile("很|非常|有点|有些|一些|一点|特别|十分|最近|今天|一[只个本部道首张条件场次]|[了过着的]")


@dataclass(frozen=True, slots=True)
class Label:
    """A claim as labelled: of `relations` and `objects` any is right."""

    subject: str
    relations: tuple[str, ...]
    objects: tuple[str, ...]
    stance: str = "affirm"
    qualifier: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What one user said, with what it claims."""

    id: str
    episode: Episode
    labels: tuple[Label, ...]
    split: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Counts of one turn: claims that are right and wrong, labels met and asked for, dates right and asked for."""

    right: int = 0
    wrong: int = 0
    met: int = 0
    asked: int = 0
    dated_right: int = 0
    dated: int = 0


def rows(options: Options) -> Iterator[Row]:
    """Every system on the chosen half of each language."""
    for name in systems(options.systems):
        for language in LANGUAGES:
            turns = load(language, options.split, options.data)
            marks, seconds = examine(SYSTEMS[name], turns, language)
            metrics, spread = summary(marks, options.rng)
            yield Row(name, f"{language} {options.split}", {**metrics, **timing(seconds), "turns": float(len(turns))}, spread)
            options.report(f"distill · {name} · {language}", 1.0)
    for language in LANGUAGES if "remanence" in systems(options.systems) else ():
        days = by_day(load(language, "all", options.data))
        metrics = {"recorded_per_s": recorded(days, options), "calls_per_1000_tokens": asked_of_model(days)}
        yield Row("remanence", language, metrics, {})


def by_day(turns: Sequence[Turn]) -> list[list[Episode]]:
    """The episodes of each user and day together, in the order said."""
    days: dict[tuple[str, date], list[Episode]] = {}
    for turn in sorted(turns, key=lambda turn: turn.episode.said_at):
        days.setdefault((str(turn.episode.speaker), turn.episode.said_at.date()), []).append(turn.episode)
    return list(days.values())


def recorded(days: Sequence[Sequence[Episode]], options: Options) -> float:
    """Turns a second, from words to a durable file with vectors and claims; the embedder is warm."""
    options.embedder.embed([day[0].text for day in days[:WARM_UP]])
    with tempfile.TemporaryDirectory(dir=options.work) as folder, Memory(Path(folder) / "memory.db", embedder=options.embedder) as memory:
        started = perf_counter()
        for day in days:
            said = [{"role": "user", "name": one.speaker, "content": one.text, "said_at": one.said_at.isoformat()} for one in day]
            memory.scope(user=str(day[0].speaker)).record(said)
        seconds = perf_counter() - started
    return round(sum(map(len, days)) / seconds, 1)


def asked_of_model(days: Sequence[Sequence[Episode]]) -> float:
    """Calls for 1,000 tokens of text, by our estimate of tokens, where every reply is in order.

    All turns count as one person's: a call is filled with what one person said, and these said less than fills one.
    """
    model = Scripted([NO_CLAIMS] * sum(map(len, days)))
    together = [replace(one, scope=Scope(user="one")) for day in days for one in day]
    drive(distill(together, registry(), by=label(model.name)), model)
    return round(1000 * len(model.asks) / sum(estimate_tokens(one.text) for day in days for one in day), 3)


def settings(options: Options) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {"split": options.split, "enough": ENOUGH}


def systems(wanted: Sequence[str]) -> list[str]:
    """The systems asked for, by default all. Raises `BadInput` for an unknown name."""
    for name in wanted:
        if name not in (*SYSTEMS, "all"):
            raise BadInput(f"There is no system {name!r} in this task. There are: {', '.join(SYSTEMS)}; or 'all'.")
    return list(SYSTEMS) if not wanted or "all" in wanted else list(wanted)


def examine(reader: Reader, turns: Sequence[Turn], language: str) -> tuple[list[Marks], list[float]]:
    """The marks of every turn, and the CPU seconds that reading it took."""
    for turn in turns[:WARM_UP]:
        reader(turn.episode)
    marks, seconds = [], []
    for turn in turns:
        started = process_time()
        claims = reader(turn.episode)
        seconds.append(process_time() - started)
        marks.append(mark(claims, turn, is_chinese=language == "zh"))
    return marks, seconds


# ------------------------------------------------------------------ who reads


def by_rules(episode: Episode) -> Sequence[Claim]:
    """Our rules."""
    return read(episode, registry()).claims


def nothing(episode: Episode) -> Sequence[Claim]:
    """No extractor at all."""
    del episode
    return ()


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (relation, re.compile(pattern, re.I))
    for relation, pattern in (
        ("likes", r"\bI (?:really )?(?:like|love|enjoy) ([^.,!?;。，！？]+)"),
        ("lives_in", r"\bI live in ([^.,!?;。，！？]+)"),
        ("works_at", r"\bI work (?:at|for) ([^.,!?;。，！？]+)"),
        ("job", r"\bI(?:'m| am) an? ([^.,!?;。，！？]+)"),
        ("feels", r"\bI(?:'m| am) (?!an? )([^.,!?;。，！？]+)"),
        ("likes", r"我(?:很|非常|特别)?(?:喜欢|爱)([^.,!?;。，！？、]+)"),
        ("lives_in", r"我(?:家)?住在?([^.,!?;。，！？、]+)"),
        ("works_at", r"我在([^.,!?;。，！？、]+?)(?:工作|上班)"),
        ("job", r"我是(?:一[名个])?([^.,!?;。，！？、]+)"),
    )
)


def by_naive_patterns(episode: Episode) -> Sequence[Claim]:
    """A few patterns of the first person that anybody would write first."""
    return [
        Claim(str(episode.speaker), relation, found[1].strip(), found.start(1), found.end(1))
        for relation, pattern in _PATTERNS
        for found in pattern.finditer(episode.text)
    ]


SYSTEMS: Mapping[str, Reader] = {"none": nothing, "naive-patterns": by_naive_patterns, "remanence": by_rules}


# ------------------------------------------------------------------ marking


def mark(claims: Sequence[Claim], turn: Turn, *, is_chinese: bool) -> Marks:
    """Match claims with labels, one to one, best first, and count."""
    pairs = sorted(
        (label.is_optional, -likeness, at, number)
        for at, claim in enumerate(claims)
        for number, label in enumerate(turn.labels)
        if (likeness := agreement(claim, label, is_chinese=is_chinese)) >= ENOUGH
    )
    of_claim: dict[int, int] = {}
    of_label: dict[int, int] = {}
    for _, _, at, number in pairs:
        if at not in of_claim and number not in of_label:
            of_claim[at], of_label[number] = number, at
    agreeing = {at for _, _, at, _ in pairs}
    met = [(turn.labels[number], claims[at]) for number, at in of_label.items() if not turn.labels[number].is_optional]
    dated = [(label, claim) for label, claim in met if label.valid_from or label.valid_to]
    return Marks(
        right=len(met), wrong=len(claims) - len(agreeing), met=len(met), asked=sum(not label.is_optional for label in turn.labels),
        dated_right=sum(has_dates(claim, label, turn.episode.said_at) for label, claim in dated), dated=len(dated),
    )  # fmt: skip


def agreement(claim: Claim, label: Label, *, is_chinese: bool) -> float:
    """How much the objects share, in [0, 1], of a claim that agrees in everything else; else 0."""
    if (
        claim.subject.casefold() != label.subject.casefold()
        or claim.relation not in label.relations
        or claim.stance != label.stance
        or (claim.qualifier and label.qualifier and claim.qualifier.casefold() != label.qualifier.casefold())
    ):
        return 0.0
    mine = units(claim.object, is_chinese=is_chinese)
    return max(overlap(mine, units(wording, is_chinese=is_chinese)) for wording in label.objects or ("",))


def units(text: str, *, is_chinese: bool) -> Counter[str]:
    """The words of an object, stripped of endings, or its Chinese characters, without what does not matter; all where nothing else
    is left."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if is_chinese:
        return Counter(_characters(_IDLE_CHINESE.sub("", text))) or Counter(_characters(text))
    words = _WORD.findall(text.replace("’", "'"))
    return Counter(stripped(word) for word in words if word not in _IDLE) or Counter(words)


def overlap(one: Counter[str], other: Counter[str]) -> float:
    """F1 of two bags; 1 for two empty ones."""
    if not one and not other:
        return 1.0
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total())


def has_dates(claim: Claim, label: Label, said_at: datetime) -> bool:
    """Whether the claim has the label's days, where the label has any."""
    zone = said_at.tzinfo

    def day(moment: datetime | None) -> date | None:
        return None if moment is None else moment.astimezone(zone).date()

    return all(gold is None or day(held) == gold for held, gold in ((claim.valid_from, label.valid_from), (claim.valid_to, label.valid_to)))


def _characters(text: str) -> list[str]:
    """Chinese characters one by one, other words whole."""
    return re.findall("[\u3400-\u9fff]|[^\\W\u3400-\u9fff]+", text)


# ------------------------------------------------------------------ summing up


def summary(marks: Sequence[Marks], rng: np.random.Generator) -> tuple[dict[str, float], Spread]:
    """Over all turns, in per cent, with intervals from resampling turns; a share of nothing is NaN."""
    counts = np.array([[one.right, one.wrong, one.met, one.asked, one.dated_right, one.dated] for one in marks], np.float64).reshape(-1, 6)
    if not len(counts):
        return {}, {}
    values = _shares(counts.sum(axis=0)[None])
    drawn = _shares(rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES) @ counts)
    metrics = {name: round(float(value[0]), 2) for name, value in values.items()}
    spread = {
        name: {"ci95": [round(float(limit), 2) for limit in np.nanquantile(held, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])]}
        for name, held in drawn.items()
        if not np.isnan(metrics[name]) and not np.isnan(held).all()
    }
    return metrics, spread


def timing(seconds: Sequence[float]) -> dict[str, float]:
    """CPU milliseconds of a turn, and turns a second."""
    if not seconds:
        return {}
    low, high = 1000 * np.percentile(seconds, [50, 95])
    return {
        "cpu_ms_p50": round(float(low), 3), "cpu_ms_p95": round(float(high), 3),
        "turns_per_s": round(len(seconds) / max(sum(seconds), 1e-9), 1),
    }  # fmt: skip


def _shares(sums: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Metrics from summed counts, shape [draws, 6]."""
    right, wrong, met, asked, dated_right, dated = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = 100 * right / (right + wrong), 100 * met / asked
        # Without any claim there is no precision, and F1 is 0.
        f1 = np.where(right > 0, 2 * precision * recall / (precision + recall), np.where(asked > 0, 0.0, np.nan))
        return {"precision": precision, "recall": recall, "F1": f1, "date_accuracy": 100 * dated_right / dated}


# ------------------------------------------------------------------ reading the labels


def load(language: str, split: str, data: Path | None = None) -> list[Turn]:
    """The labelled turns of one language and split, as they ship or from the folder `data`. Raises `BadInput`."""
    if split not in SPLITS:
        raise BadInput(f"There is no split {split!r}. There are: {', '.join(SPLITS)}.")
    name = f"distill_{language}.jsonl"
    shipped = files("remanence.bench") / "data" / name
    try:
        lines = (shipped if data is None else data / name).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadInput(f"The labels {name} cannot be read ({error.strerror}); give the folder that holds them with --data.") from None
    turns = [turn_of(json.loads(line)) for line in lines if line.strip()]
    return [turn for turn in turns if split in ("all", turn.split)]


def turn_of(item: Mapping[str, Any]) -> Turn:
    """One line of the labels."""
    said_at = datetime.fromisoformat(item["said_at"])
    episode = Episode(
        item["id"], Scope(user=item["user"]), Kind.TURN, item["text"], said_at, said_at, speaker=item["user"], role="user"
    )  # fmt: skip
    return Turn(item["id"], episode, tuple(map(label_of, item["claims"])), item["split"])


def label_of(item: Mapping[str, Any]) -> Label:
    return Label(
        item["subject"], tuple(item["relation"]), tuple(item["object"]), str(Stance(item.get("stance") or "affirm")),
        item.get("qualifier") or "", _day(item.get("valid_from")), _day(item.get("valid_to")), bool(item.get("optional")),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
