"""A world from a seed: years of sessions in which people tell of changes, with what ought to be believed of every slot.

The story of a slot comes first, then the sentences that reveal it. Every sentence has its structured form, the fields of a
`Claim`; sentences that only resemble news, small talk and what an assistant says have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import numpy as np

from remanence.bench.updates import stories, times
from remanence.bench.updates.bank import LANGUAGES, Bank, half_of
from remanence.bench.updates.oracle import Edge, Timeline
from remanence.bench.updates.stories import DIGITS, Stories, sentences_of, tellable

ZONES = {"en": (-5, 0, 1, 2), "zh": (8,)}
SESSIONS = (10, 14)
GAP_DAYS = (25, 150)
AFTERWARDS = timedelta(days=45)
"""From the last session to the questions."""
MOMENTS = 3
"""Questions about the past, for a slot."""
SINGLE = ("lives_in", "works_at", "job", "boss")
FIXED = ("born_in", "born_on")
MANY = ("allergic_to", "plays", "pet")
OF_ANOTHER = ("lives_in", "works_at", "job", "favourite", "born_in", "born_on", "allergic_to")
OBJECTS = 3
"""How many objects a story of one of those speaks of."""
FAVOURITES = 3
PER_PERSON = 3
TITLES = ("电影", "书")
CHAT_SHARE = 0.5
OPENING_SHARE = 0.15

T = TypeVar("T")
Claim = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message. `claims`: what it says, as fields of `Claim`; none where it says nothing that lasts."""

    said_at: datetime
    speaker: str | None
    text: str
    claims: tuple[Claim, ...] = ()
    role: str | None = "user"
    source: str | None = None
    trust: str = "user"


@dataclass(frozen=True, slots=True)
class Question:
    """What is so of one slot, now and at moments of the past.

    `is_open`: whether a doubt is shown beside the current value is not judged. `ended`: values that are so no longer, with the
    session by which that was known; `kept`: values that nothing ever spoke against, with the session that told them.
    """

    kind: str
    about: str
    relation: str
    qualifier: str
    current: frozenset[str]
    contested: frozenset[str] = frozenset()
    is_open: bool = False
    ended: tuple[tuple[str, int], ...] = ()
    kept: tuple[tuple[str, int], ...] = ()
    as_of: tuple[tuple[datetime, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """`user`: whose memory it is. `now`: when the questions are asked."""

    name: str
    language: str
    user: str
    sessions: tuple[tuple[Utterance, ...], ...]
    questions: tuple[Question, ...]
    now: datetime

    @property
    def utterances(self) -> list[Utterance]:
        return [utterance for session in self.sessions for utterance in session]


def worlds(bank: Bank, count: int, seed: int) -> Iterator[World]:
    """Worlds 0 to `count` - 1 of `seed`; each is the same whatever the count."""
    for number in range(count):
        yield world(bank, number, seed)


def world(bank: Bank, number: int, seed: int) -> World:
    """World `number` of `seed`."""
    return _Teller(bank, np.random.default_rng((seed, number, LANGUAGES.index(bank.language)))).tell(f"{bank.language} {number}")


# ------------------------------------------------------------------ telling


@dataclass(slots=True)
class _Slot:
    """A slot while its story is told. `lines`: the timeline of the one value, or of each object that may be related."""

    kind: str
    about: str
    family: str
    relation: str
    qualifier: str = ""
    values: list[str] = field(default_factory=list)
    lines: dict[str, Timeline] = field(default_factory=lambda: defaultdict(Timeline))
    against: dict[str, Timeline] = field(default_factory=lambda: defaultdict(Timeline))
    """For attitudes: the timelines of dislikes."""
    told: dict[str, int] = field(default_factory=dict)
    ended: list[tuple[str, int]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    reporter: str = ""
    animals: dict[str, str] = field(default_factory=dict)
    """Of pets, what each is: no two are the same."""
    is_open: bool = False
    last: datetime | None = None
    """When something was last said or said to have happened."""

    @property
    def key(self) -> tuple[str, ...]:
        return self.about, self.family, self.qualifier

    @property
    def line(self) -> Timeline:
        return self.lines[""]

    @property
    def value(self) -> str:
        return self.line.spans[-1].value if self.line.spans else next(iter(self.line.rivals))


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where a step is told."""

    session: int
    at: datetime


class _Teller:
    def __init__(self, bank: Bank, rng: np.random.Generator) -> None:
        self._bank, self._rng = bank, rng
        self._language = bank.language
        people = self._shuffled(bank.words["people"])
        self._user, self._friend, *self._others = people[:5]
        self._bystanders, self._bosses = people[5:9], people[9:]
        self._introduced: set[tuple[str | None, str]] = set()
        self._said: dict[int, dict[tuple[str, ...], list[Utterance]]] = defaultdict(dict)
        zone = timezone(timedelta(hours=int(rng.choice(ZONES[self._language]))))
        first = datetime(int(rng.integers(2019, 2022)), int(rng.integers(1, 13)), int(rng.integers(1, 28)), 9, tzinfo=zone)
        self._days = [first]
        for _ in range(int(rng.integers(*SESSIONS)) - 1):
            later = self._days[-1].replace(hour=9) + timedelta(days=int(rng.integers(*GAP_DAYS)))
            self._days.append(later + timedelta(hours=int(rng.integers(0, 12))))
        self._now = self._days[-1] + AFTERWARDS

    def tell(self, name: str) -> World:
        """Every slot's story, then the small talk between."""
        slots = list(self._slots())
        questions = tuple(question for slot in slots for question in self._questions(slot))
        return World(name, self._language, self._user, tuple(self._session(at) for at in range(len(self._days))), questions, self._now)

    def _slots(self) -> Iterator[_Slot]:
        qualifiers = self._shuffled(tuple(self._bank.favourites))[:FAVOURITES]
        for family in SINGLE:
            yield self._story(self._user, family, stories.OF_ONESELF)
        for qualifier in qualifiers:
            yield self._story(self._user, "favourite", stories.OF_ONESELF, qualifier)
        for family in FIXED:
            yield self._story(self._user, family, stories.FIXED)
        for family in MANY:
            yield self._story(self._user, family, stories.MANY)
        yield self._story(self._user, "attitude", stories.ATTITUDE)
        yield self._story(self._user, "staying_in", stories.STAYING)
        for person in self._others:
            for family in self._shuffled(OF_ANOTHER)[:PER_PERSON]:
                held = {"favourite": stories.OF_ANOTHER, "allergic_to": stories.MANY_OF_ANOTHER}
                of_another = held.get(family, stories.FIXED_OF_ANOTHER if family in FIXED else stories.OF_ANOTHER)
                yield self._story(person, family, of_another, qualifiers[0] if family == "favourite" else "")

    def _story(self, about: str, family: str, among: Stories, qualifier: str = "") -> _Slot:
        """Choose a story for the slot and tell it."""
        own = about == self._user
        known = tellable(among, self._bank.sentences[family], own)
        others = [kind for kind in known if kind != "untouched"]
        is_untouched = "untouched" in known and (not others or self._rng.random() < stories.UNTOUCHED_SHARE)
        kind = "untouched" if is_untouched else self._one([kind for kind in others for _ in range(stories.WEIGHTS.get(kind, 1))])
        slot = _Slot(kind, about, family, "likes" if family == "attitude" else family, qualifier)
        slot.values = self._values(slot)
        slot.used = set(slot.values[:OBJECTS]) if slot.family in (*MANY, "attitude") else set()
        slot.reporter = self._user if own or self._rng.random() < 0.6 else self._friend
        slot.animals = dict(zip(slot.values, self._shuffled(self._bank.words["animals"]), strict=False)) if family == "pet" else {}
        steps = self._one(known[kind]).split()
        for step, session in zip(steps, self._sessions(steps), strict=True):
            told, which = step.rstrip(DIGITS), [int(digit) for digit in step[len(step.rstrip(DIGITS)) :]]
            getattr(self, f"_{told}")(slot, self._moment(slot, session), *which)
        return slot

    def _values(self, slot: _Slot) -> list[str]:
        """Values for the slot, in the order in which they are taken."""
        if slot.family == "born_on":
            days = [(month, day) for month in range(1, 13) for day in range(1, 29) if self._bank.half in ("all", half_of(f"{month}-{day}"))]
            chosen = [days[at] for at in self._rng.permutation(len(days))[:6]]
            return [times.birthday(self._rng, self._language, month, day) for month, day in chosen]
        if slot.family == "boss":
            return self._shuffled(self._bosses)
        return self._shuffled(self._bank.values(slot.relation, slot.qualifier))

    def _sessions(self, steps: Sequence[str]) -> list[int]:
        """A session for each step, in order; a correction may follow in the same one, an expiry leaves time to pass."""
        last = len(self._days) - (2 if any(step in ("until", "span", "update_until") for step in steps) else 1)
        if steps[-1] == "until_later":
            return [*range(len(steps) - 1), len(self._days) - 1]
        chosen = sorted(self._rng.choice(last + 1, size=len(steps), replace=False).tolist())
        for at, step in enumerate(steps):
            if step.startswith("correct") and self._rng.random() < 0.5:
                chosen[at] = chosen[at - 1]
        return [int(session) for session in chosen]

    def _moment(self, slot: _Slot, session: int) -> _Moment:
        return _Moment(session, self._days[session] + timedelta(minutes=len(self._said[session].get(slot.key, ()))))

    # -------------------------------------------------------------- steps of a slot with one value

    def _tell(self, slot: _Slot, moment: _Moment, which: int | None = None) -> None:
        if which is not None:
            return self._tell_object(slot, moment, slot.values[which])
        value = self._fresh(slot)
        self._told(slot, moment, value)
        return self._say(slot, moment, "tell", value, self._claim(slot, value))

    def _repeat(self, slot: _Slot, moment: _Moment) -> None:
        self._say(slot, moment, "repeat", slot.value, self._claim(slot, slot.value))

    def _update(self, slot: _Slot, moment: _Moment, step: str = "update", value: str = "", speaker: str | None = None) -> None:
        old, value = slot.value, value or self._fresh(slot)
        self._over(slot, moment, old)
        self._told(slot, moment, value)
        self._say(slot, moment, step, value, self._claim(slot, value, is_change=True), old=old, speaker=speaker)

    def _update_by_other(self, slot: _Slot, moment: _Moment) -> None:
        self._update(slot, moment, speaker=self._other_speaker(slot))

    def _back(self, slot: _Slot, moment: _Moment) -> None:
        first = slot.line.spans[0].value
        self._update(slot, moment, value=first)
        slot.ended = [(value, session) for value, session in slot.ended if value != first]

    def _plain(self, slot: _Slot, moment: _Moment) -> None:
        old, value = slot.value, self._fresh(slot)
        self._over(slot, moment, old)
        self._told(slot, moment, value)
        self._say(slot, moment, "tell", value, self._claim(slot, value))

    def _dated(self, slot: _Slot, moment: _Moment) -> None:
        assert slot.last is not None
        words = times.when(self._rng, self._language, moment.at, slot.last)
        if words is None:
            return self._update(slot, moment)
        old, value = slot.value, self._fresh(slot)
        self._over(slot, moment, old)
        self._told(slot, moment, value, start=words.edge)
        claim = self._claim(slot, value, is_change=True, valid_from=words.edge.early, precision=words.precision)
        return self._say(slot, moment, "dated", value, claim, old=old, when=words.text)

    def _since(self, slot: _Slot, moment: _Moment, which: int | None = None) -> None:
        day = self._days[0].replace(year=int(self._rng.integers(2015, 2018)), month=int(self._rng.integers(1, 13)), day=5)
        value = self._fresh(slot) if which is None else slot.values[which]
        self._since_day(slot, moment, value, day, "" if which is None else value)

    def _later_since(self, slot: _Slot, moment: _Moment) -> None:
        assert slot.last is not None
        room = (moment.at - slot.last).days
        if room < 2 * 31:
            return self._plain(slot, moment)
        old, value = slot.value, self._fresh(slot)
        first = (slot.last + timedelta(days=31)).replace(day=1)
        if room > 4 * 31:
            first = (first + timedelta(days=int(self._rng.integers(0, room - 3 * 31)))).replace(day=1)
        text = f"{first.year}年{first.month}月" if self._language == "zh" else f"{times.MONTHS[first.month - 1]} {first.year}"
        first = first.replace(hour=0)
        words = times.Words(text, Edge(first, (first + timedelta(days=31)).replace(day=1)), "month")
        self._over(slot, moment, old)
        return self._since_words(slot, moment, value, words, "")

    def _since_day(self, slot: _Slot, moment: _Moment, value: str, day: datetime, key: str) -> None:
        self._since_words(slot, moment, value, times.since(self._rng, self._language, day), key)

    def _since_words(self, slot: _Slot, moment: _Moment, value: str, words: times.Words, key: str) -> None:
        self._told(slot, moment, value, start=words.edge, key=key)
        claim = self._claim(slot, value, valid_from=words.edge.early, precision=words.precision)
        self._say(slot, moment, "since", value, claim, since=words.text)

    def _was(self, slot: _Slot, moment: _Moment) -> None:
        value = self._fresh(slot)
        first, last = int(self._rng.integers(2003, 2008)), int(self._rng.integers(2010, 2015))
        start, end = (times.year(self._language, number, moment.at) for number in (first, last))
        slot.line.was(value, start.edge, end.edge)
        slot.ended.append((value, moment.session))
        claim = self._claim(slot, value, valid_from=start.edge.early, valid_to=end.edge.late, precision="year")
        self._say(slot, moment, "range", value, claim, start=start.text, end=end.text)

    def _past(self, slot: _Slot, moment: _Moment) -> None:
        value = self._fresh(slot)
        slot.ended.append((value, moment.session))
        self._say(slot, moment, "past", value, self._claim(slot, value, valid_to=moment.at))

    def _correct(self, slot: _Slot, moment: _Moment, *which: int) -> None:
        if which:
            return self._correct_object(slot, moment, slot.values[which[0]], slot.values[which[1]])
        old, value = slot.value, self._fresh(slot)
        slot.line.correct(value)
        self._over(slot, moment, old)
        slot.told[value] = moment.session
        return self._say(slot, moment, "correct", value, self._claim(slot, value, stance="correct", replaces=old), old=old)

    def _retract(self, slot: _Slot, moment: _Moment, which: int | None = None) -> None:
        value = slot.value if which is None else slot.values[which]
        slot.lines["" if which is None else value].retract()
        self._over(slot, moment, value)
        self._say(slot, moment, "retract", value, self._claim(slot, value, stance="retract"))

    def _deny(self, slot: _Slot, moment: _Moment, which: int | None = None, event: str = "deny") -> None:
        value = slot.value if which is None else slot.values[which]
        slot.lines["" if which is None else value].deny(moment.at)
        self._over(slot, moment, value)
        self._say(slot, moment, event, value, self._claim(slot, value, stance="deny"))

    def _until(self, slot: _Slot, moment: _Moment) -> None:
        self._ending(slot, moment, "until", moment.at + timedelta(days=int(self._rng.integers(10, 36))))

    def _until_later(self, slot: _Slot, moment: _Moment) -> None:
        self._ending(slot, moment, "until", self._now + timedelta(days=int(self._rng.integers(40, 80))))

    def _update_until(self, slot: _Slot, moment: _Moment) -> None:
        old = slot.value
        self._over(slot, moment, old)
        self._ending(slot, moment, "update_until", moment.at + timedelta(days=int(self._rng.integers(10, 36))), old, is_change=True)

    def _span(self, slot: _Slot, moment: _Moment) -> None:
        self._ending_in(slot, moment, "span", times.span(self._rng, self._language, moment.at))

    def _ending(self, slot: _Slot, moment: _Moment, event: str, day: datetime, old: str = "", **more: Any) -> None:
        self._ending_in(slot, moment, event, times.until(self._rng, self._language, day), old, **more)

    def _ending_in(self, slot: _Slot, moment: _Moment, event: str, words: times.Words, old: str = "", **more: Any) -> None:
        value = self._fresh(slot)
        self._told(slot, moment, value, end=words.edge)
        claim = self._claim(slot, value, valid_to=words.edge.late, precision=words.precision, **more)
        if words.edge.late < self._now:
            later = [at for at, day in enumerate(self._days) if day > words.edge.late]
            self._over(slot, _Moment(later[0] if later else len(self._days) - 1, moment.at), value)
        self._say(slot, moment, event, value, claim, old=old, until=words.text, span=words.text)

    # -------------------------------------------------------------- words of others

    def _near(self, slot: _Slot, moment: _Moment) -> None:
        self._say(slot, moment, "near", "", None, speaker=self._user, other=self._fresh(slot))

    def _web(self, slot: _Slot, moment: _Moment) -> None:
        slot.is_open = True
        value = self._fresh(slot)
        self._say(slot, moment, "web", value, self._claim(slot, value), source=f"https://example.org/{int(self._rng.integers(1000))}")

    def _other(self, slot: _Slot, moment: _Moment) -> None:
        slot.is_open = True
        value = self._fresh(slot)
        self._say(slot, moment, "other", value, self._claim(slot, value), speaker=self._friend)

    def _contest(self, slot: _Slot, moment: _Moment) -> None:
        value = self._fresh(slot)
        slot.touched.add(slot.value)
        slot.line.contest(value)
        self._say(slot, moment, "tell", value, self._claim(slot, value), speaker=self._other_speaker(slot))

    def _settle(self, slot: _Slot, moment: _Moment) -> None:
        slot.is_open = True
        value = self._one(sorted(slot.line.rivals))
        slot.line.settle(value)
        self._say(slot, moment, "settle", value, self._claim(slot, value), speaker=slot.about)

    # -------------------------------------------------------------- slots with many objects

    def _tell_object(self, slot: _Slot, moment: _Moment, value: str) -> None:
        self._told(slot, moment, value, key=value)
        self._say(slot, moment, "tell", value, self._claim(slot, value))

    def _correct_object(self, slot: _Slot, moment: _Moment, old: str, value: str) -> None:
        slot.lines[value] = slot.lines.pop(old)
        slot.animals[value] = slot.animals.get(old, "")
        slot.lines[value].correct(value)
        self._over(slot, moment, old)
        slot.told[value] = moment.session
        slot.touched.add(value)
        self._say(slot, moment, "correct", value, self._claim(slot, value, stance="correct", replaces=old), old=old)

    def _like(self, slot: _Slot, moment: _Moment, which: int, event: str = "like") -> None:
        value = slot.values[which]
        self._told(slot, moment, value, key=value)
        self._say(slot, moment, event, value, self._claim(slot, value, is_change=event != "like"))

    def _dislike(self, slot: _Slot, moment: _Moment, which: int, event: str = "dislike") -> None:
        value = slot.values[which]
        slot.against[value].tell(value, moment.at)
        slot.last = moment.at
        self._say(slot, moment, event, value, {**self._claim(slot, value, is_change=event != "dislike"), "relation": "dislikes"})

    def _to_dislike(self, slot: _Slot, moment: _Moment, which: int) -> None:
        value = slot.values[which]
        slot.lines[value].deny(moment.at)
        self._over(slot, moment, value)
        self._dislike(slot, moment, which, "to_dislike")

    def _to_like(self, slot: _Slot, moment: _Moment, which: int) -> None:
        value = slot.values[which]
        slot.against[value].deny(moment.at)
        slot.ended = [(one, session) for one, session in slot.ended if one != value]
        self._like(slot, moment, which, "to_like")

    def _fade(self, slot: _Slot, moment: _Moment, which: int) -> None:
        self._deny(slot, moment, which, "fade")

    # -------------------------------------------------------------- what is kept of it

    def _told(
        self, slot: _Slot, moment: _Moment, value: str, start: Edge | None = None, end: Edge | None = None, key: str = ""
    ) -> None:  # fmt: skip
        slot.lines[key].tell(value, moment.at, start, end)
        slot.told.setdefault(value, moment.session)
        slot.last = moment.at

    def _over(self, slot: _Slot, moment: _Moment, value: str) -> None:
        slot.ended.append((value, moment.session))
        slot.touched.add(value)
        slot.last = moment.at

    def _fresh(self, slot: _Slot) -> str:
        """A value that was not used in this slot before."""
        value = next(value for value in slot.values if value not in slot.used and value not in slot.told)
        slot.used.add(value)
        return value

    def _claim(self, slot: _Slot, value: str, **more: Any) -> Claim:
        fields = {"subject": slot.about, "relation": slot.relation, "object": value, "qualifier": slot.qualifier, **more}
        return {name: held.isoformat() if isinstance(held, datetime) else held for name, held in fields.items() if held}

    def _other_speaker(self, slot: _Slot) -> str:
        return self._friend if slot.reporter == self._user else self._user

    # -------------------------------------------------------------- sentences

    def _say(
        self, slot: _Slot, moment: _Moment, step: str, value: str, claim: Claim | None, *, speaker: str | None = None,
        source: str | None = None, **words: str,
    ) -> None:  # fmt: skip
        """One sentence from the list of `step`; a claim on which it leaves out the value leaves it out too."""
        speaker = None if source else speaker or slot.reporter
        of_oneself = slot.about == self._user
        sentence = self._one(self._bank.sentences[slot.family][sentences_of(step, of_oneself) or step])
        animal = slot.animals.get(value) or self._one(self._bank.words["animals"])
        value, words = self._titled(slot, value), {name: self._titled(slot, word) for name, word in words.items()}
        fields = {"v": value, "q": slot.qualifier, "kind": animal, "name": self._one(self._bystanders), **words}
        fields |= {f"a{name}": _article(fields[name]) for name in ("v", "old", "other") if name in fields}
        text = sentence.replace("{who}", self._who(slot.about, speaker), 1).replace("{who}", slot.about).format(**fields)
        claims = () if claim is None else (_as_said(claim, sentence),)
        if claim is not None and source is None:
            text = self._framed(text)
        said = Utterance(
            moment.at, speaker, _capital(text), claims, role="user" if speaker else None, source=source,
            trust="web" if source else "user",
        )  # fmt: skip
        self._said[moment.session].setdefault(slot.key, []).append(said)

    def _who(self, person: str, speaker: str | None) -> str:
        """The person's name; who first speaks of one may say who that is."""
        if speaker is None or person == self._user or (speaker, person) in self._introduced:
            return person
        self._introduced.add((speaker, person))
        if self._rng.random() < 0.5:
            return person
        role = self._one(self._bank.words["roles"])
        return f"我{role}{person}" if self._language == "zh" else f"my {role} {person}"

    def _titled(self, slot: _Slot, value: str) -> str:
        """The value as it is written: titles may stand in quotation marks, in Chinese."""
        return f"《{value}》" if slot.qualifier in TITLES and value in slot.values and self._rng.random() < 0.5 else value

    def _framed(self, text: str) -> str:
        talk, space = self._bank.sentences["talk"], "" if self._language == "zh" else " "
        if self._rng.random() < OPENING_SHARE:
            text = f"{self._one(talk['lead'])}{space}{_capital(text)}"
        if self._rng.random() < OPENING_SHARE:
            text = f"{text}{space}{self._one(talk['tail'])}"
        return text

    def _session(self, at: int) -> tuple[Utterance, ...]:
        """What was said in session `at`, small talk between, a minute apart, each slot's sentences in their order."""
        together: list[Utterance] = []
        for utterance in (utterance for group in self._shuffled(list(self._said[at].values())) for utterance in group):
            together.append(utterance)
            if self._rng.random() < CHAT_SHARE:
                together.append(self._small_talk(utterance))
        return tuple(replace(one, said_at=self._days[at] + timedelta(minutes=minute)) for minute, one in enumerate(together))

    def _small_talk(self, after: Utterance) -> Utterance:
        talk = self._bank.sentences["talk"]
        if self._rng.random() < 0.15:
            singular = {name.removesuffix("s"): self._one(held) for name, held in self._bank.words.items()}
            return Utterance(after.said_at, "Assistant", self._one(talk["assistant"]).format(**singular), role="assistant", trust="model")
        return Utterance(after.said_at, self._user, self._one(talk["chat"]))

    # -------------------------------------------------------------- questions

    def _questions(self, slot: _Slot) -> Iterator[Question]:
        rivals = slot.line.rivals if "" in slot.lines else frozenset()
        gold = frozenset() if rivals else self._values_at(list(slot.lines.values()), self._now)
        assert gold is not None
        told = [(value, session) for value, session in slot.told.items() if value not in slot.touched and value in gold]
        yield Question(
            slot.kind, slot.about, slot.relation, slot.qualifier, gold, rivals, slot.is_open,
            tuple((value, session) for value, session in slot.ended if value not in gold), tuple(told),
            () if rivals or slot.kind == "settled" else self._moments(slot.lines, slot.told.values()),
        )  # fmt: skip
        if slot.against and slot.kind in ("untouched", "flip"):
            disliked = self._values_at(list(slot.against.values()), self._now)
            assert disliked is not None
            yield Question(slot.kind, slot.about, "dislikes", "", disliked, as_of=self._moments(slot.against))

    def _moments(self, lines: Mapping[str, Timeline], told: Collection[int] = ()) -> tuple[tuple[datetime, frozenset[str]], ...]:
        """Moments of the past at which it is sure what was so."""
        spans = [span for line in lines.values() for span in line.spans]
        stretches = [(span.start.early, min(self._now, span.end.late) if span.end else self._now) for span in spans]
        if told:
            stretches.append((min(start for start, _ in [*stretches, (self._days[min(told)], None)]), self._now))
        if not stretches:
            return ()
        found: dict[datetime, frozenset[str]] = {}
        for share in self._rng.random(4 * MOMENTS):
            start, end = self._one(stretches)
            moment = (start + float(share) * (end - start)).replace(microsecond=0)
            values = self._values_at(list(lines.values()), moment)
            if values is not None and len(found) < MOMENTS:
                found[moment] = values
        return tuple(found.items())

    @staticmethod
    def _values_at(lines: Sequence[Timeline], moment: datetime) -> frozenset[str] | None:
        held = [line.values_at(moment) for line in lines]
        return None if None in held else frozenset().union(*(values for values in held if values is not None))

    # -------------------------------------------------------------- chance

    def _one(self, among: Sequence[T]) -> T:
        return among[int(self._rng.integers(len(among)))]

    def _shuffled(self, items: Sequence[T]) -> list[T]:
        return [items[at] for at in self._rng.permutation(len(items))]


def _as_said(claim: Claim, sentence: str) -> Claim:
    """`claim` without the values that `sentence` does not name."""
    silent = {"object"} if "v}" not in sentence else set()
    silent |= {"replaces"} if "old}" not in sentence else set()
    return {name: value for name, value in claim.items() if name not in silent}


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
