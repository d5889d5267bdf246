"""Read what a Chinese sentence claims of its speaker and of the persons it names: a saying in, claims out; no language model.

The rules are data (`rules/zh.toml`). A sentence is taken apart into clauses; of each the subject is found (a name, 我, 我妹妹;
Chinese leaves it out where it goes on), then adverbs are taken off one by one, and where the predicate begins the rules are
tried in order. What asks, supposes, orders, quotes or tells a tale claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise, takewhile

from remanence.distill.clauses_zh import Clause, Sentence, Time
from remanence.distill.kinds_zh import CHECKS, NOUNS, split, trim
from remanence.distill.people_zh import People, Subject
from remanence.distill.relations import Registry
from remanence.distill.rules_zh import NOT, QUOTE, TIME, TITLE, Rule, rules
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance

SURE = 0.5
"""Words less certain than this are not meant: nothing is read from them."""
REPORTED = 0.8
HEDGED = 0.6
LONGEST = 600
"""A sentence of more characters is a list or a paste."""


def read_chinese(saying: Saying, registry: Registry) -> list[Claim]:
    """The claims of one sentence, in reading order, each once."""
    return _read(saying, registry)[0]


def read_with_persons(saying: Saying, registry: Registry) -> tuple[list[Claim], tuple[str, ...]]:
    """The claims of one sentence, and the persons that it names behind those named before it."""
    return _read(saying, registry)


def mend(saying: Saying, before: Claim) -> Claim | None:
    """What a bare correction (不对，是南京。 我说错了，应该是南京) makes of the claim made just before it."""
    match = _MEND.fullmatch(saying.text.strip())
    if match is None or not before.object:
        return None
    at = saying.text.find(match["value"], saying.text.find(match["sign"]) + len(match["sign"]))
    start = saying.start + at
    return replace(
        before, object=match["value"], start=start, end=start + len(match["value"]), stance=Stance.CORRECT, replaces=before.object
    )


def _read(saying: Saying, registry: Registry) -> tuple[list[Claim], tuple[str, ...]]:
    if saying.certainty < SURE and (_NOT_MEANT.search(saying.text) or _TAKES_BACK.search(saying.text)):
        saying = saying._replace(certainty=1.0)  # what takes words back is meant
    if saying.certainty < SURE or len(saying.text) > LONGEST or not _CHINESE.search(saying.text):
        return [], saying.others
    reader = Reader(saying, registry)
    return reader.claims(), tuple(dict.fromkeys(reader.people.others))


@dataclass
class Marks:
    """What the adverbs before a predicate said of it."""

    names: set[str] = field(default_factory=set)
    times: list[Time] = field(default_factory=list)


class Reader:
    """Reads one sentence."""

    def __init__(self, saying: Saying, registry: Registry) -> None:
        self.saying = saying
        self.registry = registry
        self.rules = rules()
        self.sentence = Sentence(saying.text, saying.said_at, self.rules)
        self.text, self.masked = saying.text, self.sentence.masked
        self.role_of = {**self.rules.kin, **registry.role_of}
        self.people = People(self.sentence, saying.me, list(saying.others), self.role_of, self.bond)
        self.found: list[Claim] = []
        self.carried: str | None = saying.me
        self.is_carried_sure = not saying.others
        self.introduced: str | None = None
        self.lead_times: list[Time] = []
        self.is_correction = False
        self.undone: list[Claim] = []
        self.mistaken = ""
        """What was said before in the place of what is said now."""
        self.is_modal = False
        self.clause = Clause(0, 0, True)
        self.listing: tuple[Rule, Subject, Marks, Clause] | None = None

    def claims(self) -> list[Claim]:
        if taken := _TAKES_BACK.search(self.text):
            return self.taken_back(*taken.span("what"))
        for clause in self.sentence.clauses:
            self.clause = clause
            if clause.is_dead:
                self.listing = None
            else:
                self.read(clause)
            self.lead_times = self.inside or self.lead_times
        return self.settled()

    def taken_back(self, start: int, end: int) -> list[Claim]:
        """忘掉我说的喜欢音乐剧的事吧，不是真的 · 我之前说的最喜欢的菜是瞎说的: what was said is not so and never was."""
        inner = Reader(self.saying._replace(text=self.text[start:end], start=self.saying.start + start), self.registry)
        found = [replace(claim, stance=Stance.RETRACT) for claim in inner.claims()]
        if not found and (topic := re.search(r"最(?:喜欢|爱)的(?P<kind>[^的，。]{1,6})\Z", self.text[start:end])):
            at = self.saying.start + start + topic.start("kind")
            found = [Claim(self.saying.me, "favourite", "", at, at + len(topic["kind"]), Stance.RETRACT, qualifier=topic["kind"])]
        return found

    # ---- a clause

    def read(self, clause: Clause) -> None:
        said = self.text[clause.start : clause.end]
        if _CORRECTS.search(said):
            self.is_correction = True
            if _ONLY_CORRECTS.fullmatch(said.strip(" ，,。！")):
                return
        if match := _MISTAKEN.fullmatch(said.strip(" ，,。！")):
            self.is_correction, self.mistaken = True, match["value"]
            return
        if self.contrast(clause) or self.apposed(clause):
            return
        place = self.opened(clause)
        if self.reported(clause, place):
            return
        marks = Marks()
        if self.apply(clause, Subject(None, place), place, marks, is_general=False, is_whole=True):
            return
        place = self.adverbs(place, clause.end, marks)
        if place >= clause.end:
            return
        if self.two_persons(clause, place):
            return
        if self.apply(clause, Subject(None, place), place, marks, is_general=False, is_whole=True):
            return
        subject = self.people.subject(place, clause.end)
        if subject is None:
            if self.titled(clause, self.opened(clause)) or self.examples(clause, self.opened(clause)):
                return
            inherits = Subject(self.carried, self.opened(clause), is_said=False)
            if self.predicate(clause, inherits, Marks()):
                return
            word = self.sentence.word_at(place)
            said = self.text[place : clause.end]
            if said.startswith("是") or (word is not None and word.tag in ("m", "q")):
                self.carried = None
            if self.go_on_listing(clause):
                return
            self.listing = None
            if (
                word is not None
                and word.tag in NOUNS
                and word.tag not in ("s", "f", "TIME", "vn")
                and word.text not in self.rules.lists["weather"]
            ):
                self.carried = None
            return
        self.listing = None
        self.carried, self.is_carried_sure = subject.path, True
        self.introduced = subject.path if subject.path and "/" in subject.path else self.introduced
        if subject.path is None:
            self.apply(clause, Subject(None, clause.start), self.opened(clause), Marks(), is_general=False, is_mine=True)
            return
        self.is_modal = False
        is_read = self.predicate(clause, subject, marks)
        if not is_read and _OF_OTHERS.search(self.masked, subject.end, clause.end):
            self.carried = None
        said = self.masked[subject.end : clause.end]
        self.is_modal = (
            _MODAL.search(said) is not None if not is_read else self.found[-1:] != [] and self.found[-1].relation in ("plans", "goal")
        )

    def opened(self, clause: Clause) -> int:
        """Where the clause begins when greetings and openings are passed over."""
        place = clause.start
        while match := _OPENING.match(self.text, place, clause.end):
            place = match.end()
        return place

    def adverbs(self, place: int, end: int, marks: Marks) -> int:
        """Past all adverbs and words of time from `place` on."""
        while (behind := self.adverb(place, end, marks)) > place:
            place = behind
        return place

    def adverb(self, place: int, end: int, marks: Marks) -> int:
        """Past one adverb at `place`, leaving its marks; `place` where there is none."""
        while place < end and self.text[place] in " \u3000、":
            place += 1
        if place >= end:
            return place
        if self.masked[place] == TIME:
            for time in self.sentence.times:
                if time.at <= place < time.end:
                    marks.times.append(time)
                    marks.names |= {"time"} if time.bears != "lately" else set()
                    if time.bears == "lately":
                        return min(time.end, end)
                    if time.start > self.saying.said_at or (time.stop > self.saying.said_at and self.looks_ahead(time)):
                        marks.names.add("future")
                    return min(time.end, end)
        if self.masked[place] == NOT:
            marks.names.add("neg")
            return place + 1
        if match := _EVERY.match(self.masked, place, end):
            marks.names.add("habit")
            return match.end()
        for size in range(min(6, end - place), 0, -1):
            word = self.masked[place : place + size]
            found = self.rules.adverbs.get(word)
            if found is None:
                continue
            if word in ("还是", "就是") and (after := self.sentence.word_at(place + 2)) and after.tag in _NOUNLIKE:
                continue  # 我还是一名司机: only 还 is an adverb
            is_cut = self.sentence.is_boundary(place + size) or set(found) & {"neg", "degree", "ended"}
            if not (is_cut or (word in "还也都就只才" and self.masked[place + 1 : place + 2] in ("是", "在", NOT))):
                continue
            if size == 1 and word in "好太老怪真" and not self.sentence.is_boundary(place + 1):
                continue
            marks.names |= set(found)
            return place + size
        return place

    def looks_ahead(self, time: Time) -> bool:
        return re.match(r"(?:我们?|他|她)?(?:会|要|将|打算|准备|得|需要|想)", self.text[time.end : time.end + 8]) is not None

    def phrase(self, place: int, end: int, marks: Marks) -> int:
        """Past one phrase that says with whom, where or for what: 和朋友一起, 在家里, 为了健康."""
        match = _WITH.match(self.masked, place, end)
        if match:
            return match.end()
        word = self.sentence.word_at(place)
        if word is None or word.text not in _PREPOSITIONS or word.end >= end:
            return place
        after = [each for each in self.sentence.words_in(word.end, end) if each.start >= word.end]
        for index, each in enumerate(after):
            if index and each.text in ("我", "你", "他", "她"):
                return place
            if index and (each.tag in ("v", "vn", "d", "vd") or each.text in ("一起", "一块")) and each.text not in _PREPOSITIONS:
                marks.names.add("phrase")
                return each.start
        return place

    # ---- persons

    def two_persons(self, clause: Clause, place: int) -> bool:
        """林悦和张伟是同学 · 我和小红是好朋友 · 小红是我妹妹."""
        match = _PAIR.match(self.masked, place, clause.end)
        if match:
            first, second = self.people.person(match.start("a"), match.end("a")), self.people.person(match.start("b"), match.end("b"))
            kin = match["kin"]
            role = next((word for word in sorted(self.rules.mutual, key=len, reverse=True) if kin.endswith(word)), None)
            if first and second and role and first.path and second.path and first.end == match.end("a") and second.end == match.end("b"):
                relation, word = self.rules.mutual[role]
                self.claim(
                    first.path, relation, second.path, match.start(), match.end(), qualifier=word if self.registry[relation].each else ""
                )
                self.people.mention(first.path)
                self.people.mention(second.path)
                self.carried = None
                return True
        subject = self.people.person(place, clause.end)
        name = subject.path if subject and subject.path else None
        end = subject.end if subject else place
        if name is None:
            return False
        marks = Marks()
        behind = self.adverbs(end, clause.end, marks)
        is_so = re.compile(f"{NOT}*" + r"(?:(?:就|也|还|曾经|以前)?是|(?:接替[^，。]{1,6}?|后来|已经)?(?:当|成|做|成为|担任)了)").match(
            self.text, behind, clause.end
        )
        if is_so is None:
            return False
        owner = self.people.person(is_so.end(), clause.end)
        if (
            owner is None
            or owner.path is None
            or "/" not in owner.path
            or not re.fullmatch(r"[之一了呢啊啦。！\s]*", self.text[owner.end : clause.end])
        ):
            return False
        whose, _, kin = owner.path.rpartition("/")
        if whose == name or "/" in name:
            return False
        self.people.forget(owner.path)
        is_denied = bool(marks.names & {"neg", "ended"}) or is_so[0].startswith(NOT)
        self.claim_bond(whose, kin, name, place, owner.end, Stance.DENY if is_denied else Stance.AFFIRM, marks)
        self.carried, self.is_carried_sure = name, True
        self.people.mention(name)
        return True

    def bond(self, owner: str, kin: str, name: str, start: int, end: int) -> None:
        self.claim_bond(owner, kin, name, start, end, Stance.AFFIRM, Marks())
        self.people.mention(name)
        self.introduced = name

    def claim_bond(self, owner: str, kin: str, name: str, start: int, end: int, stance: Stance, marks: Marks) -> None:
        relation = self.role_of.get(kin, "pet")  # 刺猬 is no word of the registry
        self.claim(owner, relation, name, start, end, qualifier=kin if self.registry[relation].each else "", stance=stance, marks=marks)

    # ---- predicates

    def predicate(self, clause: Clause, subject: Subject, marks: Marks) -> bool:
        """Reads what is said of `subject` from its end on; whether anything was."""
        place, end = subject.end, clause.end
        self.clause = clause
        if subject.path is not None and self.text.startswith("的", place) and subject.is_said:
            place += 1
        if subject.is_said and subject.path == self.saying.me and _HOUSEHOLD.match(self.text, place, end):
            place += 1  # 我家搬到了…
        for _ in range(12):
            if self.text.startswith("是", place) and place + 1 < end and self.masked[place + 1] == TIME:
                place += 1  # 我是2021年加入携程的
            while place < end and self.masked[place] == TIME:
                if self.apply(clause, subject, place, marks, is_general=False, is_dated=True):
                    return True
                place = self.adverb(place, end, marks)
            if self.has_kin(clause, subject, place, marks) or self.apply(clause, subject, place, marks, is_general=False):
                return True
            behind = self.adverb(place, end, marks)
            if behind == place:
                if self.apply(clause, subject, place, marks, is_general=True):
                    return True
                behind = self.phrase(place, end, marks)
            if behind == place or behind >= end:
                return False
            place = behind
        return False

    def apply(
        self,
        clause: Clause,
        subject: Subject,
        place: int,
        marks: Marks,
        is_general: bool,
        is_mine: bool = False,
        is_dated: bool = False,
        is_whole: bool = False,
    ) -> bool:
        if place >= clause.end or not (self.sentence.is_boundary(place) or self.masked[place - 1] in _LOOSE):
            return False
        for rule in self.rules.rows:
            if (
                rule.is_general is not is_general
                or (is_mine and not rule.is_mine)
                or (is_dated and not rule.is_dated)
                or is_whole is not rule.is_whole
                or not self.fits(rule, subject, marks)
            ):
                continue
            for pattern in rule.patterns:
                match = pattern.regex.match(self.masked, place, clause.end)
                if match is None:
                    continue
                slots = self.slots(match, pattern.types, rule.is_list)
                if slots is not None:
                    marks.names |= _marks_within(match)
                if slots is not None and self.said(rule, subject, slots, match.span(), marks):
                    if rule.is_list or rule.claims[0][0] == "plans":
                        self.listing = (rule, subject, marks, clause)
                    return True
        return False

    def fits(self, rule: Rule, subject: Subject, marks: Marks) -> bool:
        if rule.needs and not rule.needs & marks.names:
            return False
        if rule.without & marks.names:
            return False
        return not (rule.only_me and subject.path != self.saying.me)

    def slots(self, match: re.Match[str], types: Mapping[str, str], is_list: bool) -> dict[str, list[tuple[int, int]]] | None:
        """What fills the groups of a pattern, each of its type; `None` where something is of another."""
        found: dict[str, list[tuple[int, int]]] = {}
        for group, kind in types.items():
            span = match.span(group)
            if span[0] < 0:
                continue
            items = split(self.sentence, *span) if is_list and group == "o" else [span]
            checked = [CHECKS[kind](self.sentence, *item) for item in items]
            if checked[0] is None:
                return None
            found[group] = [item for item in checked if item is not None]
        return found

    def said(self, rule: Rule, subject: Subject, slots: dict[str, list[tuple[int, int]]], span: tuple[int, int], marks: Marks) -> bool:
        """Makes the claims of a rule that fits; whether it was meant for this."""
        if "w" in slots:
            found = self.people.person(slots["w"][0][0], slots["w"][0][1])
            if found is None or found.end != slots["w"][0][1]:
                return False
            subject = found
        if rule.is_mine:
            subject = Subject(self.saying.me, subject.end)
        if subject.path is None:
            return True
        if rule.claims[0][0] == "did" and not self.happened(subject, span, marks):
            return False
        if "neg" in marks.names and self.text[self.clause.start : self.clause.end].rstrip("。！!，, ").endswith("了"):
            marks.names.add("ended")
        is_negated = bool(marks.names & {"neg", "ended"})
        for relation, pattern, qualifier in rule.claims:
            stance = Stance.DENY if rule.is_denial else Stance.AFFIRM
            if is_negated and not rule.is_denial:
                if rule.negated == "" or (rule.negated != "deny" and "ended" not in marks.names and rule.negated == relation):
                    return True
                if rule.negated == "deny" or "ended" in marks.names:
                    stance = Stance.RETRACT if "never" in marks.names and relation not in _DEEDS else Stance.DENY
                else:
                    relation = rule.negated
            if pattern == "{role}":
                return self.is_gone(subject, relation, span, marks)
            group = re.search(r"\{([a-z])\}", pattern)
            items = slots.get(group[1], [] if "p" in slots or "d" in slots else [span]) if group else [span]
            label = self.text[slice(*slots["q"][0])] if "q" in slots else qualifier
            if relation == "favourite" and len(split(self.sentence, *items[0])) > 1 and "q" in slots:
                relation, label = "likes", ""
                items = split(self.sentence, *items[0])
            for item in items:
                object = pattern.replace(group[0], self.text[slice(*item)].rstrip("了")) if group else pattern
                self.state(subject, relation, self.clean(object), item if group else span, stance, label, marks, rule)
        return True

    def is_gone(self, subject: Subject, relation: str, span: tuple[int, int], marks: Marks) -> bool:
        """我奶奶去世了 · 我的仓鼠小白死了: a loss of whose they were; of a pet that it is his no longer."""
        assert subject.path is not None
        owner, _, role = subject.path.rpartition("/")
        bonds = [claim for claim in self.found if claim.object == subject.path and self.registry[claim.relation].of]
        if not owner and not bonds:
            return False
        if bonds and bonds[-1].relation == "pet":
            self.found[self.found.index(bonds[-1])] = replace(bonds[-1], stance=Stance.DENY)
            return True
        if owner and self.role_of.get(role, "pet") == "pet":
            self.claim(owner, "pet", subject.path, *span, stance=Stance.DENY, marks=marks)
            return True
        self.claim(owner or bonds[-1].subject, relation, role, *span, marks=marks)
        return True

    def clean(self, object: str) -> str:
        times = sorted((self.text[time.at : time.end] for time in self.sentence.times), key=len, reverse=True)
        for said in times:
            if object.startswith(said) and len(object) > len(said) + 1:
                object = object[len(said) :].lstrip("的")
        return object

    def state(
        self, subject: Subject, relation: str, object: str, span: tuple[int, int], stance: Stance, qualifier: str, marks: Marks, rule: Rule
    ) -> None:
        assert subject.path is not None
        path = subject.path
        if relation == "name" and stance is Stance.AFFIRM:
            target = (
                path if "/" in path else self.introduced if not subject.is_said and self.introduced and "/" in self.introduced else None
            )
            if target:
                owner, _, kin = target.rpartition("/")
                self.found = [claim for claim in self.found if claim.object != target]
                self.people.forget(target)
                self.bond(owner, kin, object, *span)
                if self.role_of.get(kin, "pet") != "pet":
                    self.carried = object
                else:
                    self.people.forget(object)
                return
        if not subject.is_said and not self.is_carried_sure and relation not in _OWN:
            return
        if not subject.is_said and self.is_modal and relation not in _UNMODAL:
            return
        if relation == "name" and not subject.is_said and not any(word.tag == "PER" for word in self.sentence.words_in(*span)):
            return
        if relation == "goal" and "future" in marks.names:
            relation = "plans"
        if (object == path and relation != "name") or (relation == "name" and object in self.people.others):
            return
        self.claim(
            path,
            relation,
            object,
            *span,
            qualifier=qualifier,
            stance=stance,
            marks=marks,
            is_change=rule.is_change,
            is_doubtful=rule.is_doubtful,
        )

    def happened(self, subject: Subject, span: tuple[int, int], marks: Marks) -> bool:
        """Whether a deed is told as done: 了 or 过 stands behind its verb, or the speaker says when."""
        if subject.path != self.saying.me and "/" not in (subject.path or "") and subject.path not in self.saying.others:
            return False
        inside = self.sentence.words_in(span[0], min(span[1] + 1, len(self.masked)))
        for before, word in pairwise(inside):
            is_last = word.end >= span[1]
            is_ending = is_last and (before.tag != "v" or self.masked[span[0]] in "去来先")
            if word.text in ("了", "过") and before.tag in ("v", "vn", "n") and not is_ending:
                return True
        if any(word.tag == "v" and len(word.text) > 1 and word.text.endswith(("了", "过")) for word in inside):
            return True
        return subject.is_said and bool(marks.names & {"time"}) and not marks.names & {"future", "degree", "habit"}

    def titled(self, clause: Clause, place: int) -> bool:
        """…一部电影，叫做《肖申克的救赎》: the name of what was just spoken of."""
        match = re.compile(f"(?:它)?(?:的)?(?:名字)?(?:就?是|叫做?|名叫|名为)(?:作)?(?P<title>{TITLE}+)").match(
            self.masked, place, clause.end
        )
        if match is None or not self.found or self.found[-1].relation not in ("reading", "watching", "did", "likes", "favourite"):
            return False
        start, end = match.start("title") + 1, match.end("title") - 1
        self.found[-1] = replace(self.found[-1], object=self.text[start:end], start=self.saying.start + start, end=self.saying.start + end)
        return True

    def examples(self, clause: Clause, place: int) -> bool:
        """我喜欢日本料理，尤其是烤肉和寿司 · 古典文学，如《红楼梦》."""
        match = _SUCH_AS.match(self.masked, place, clause.end)
        if match is None or self.listing is None or not self.found:
            return False
        marks, last = self.listing[2], self.found[-1]
        if last.relation == "plans" and TITLE not in self.masked[match.end() : clause.end]:
            return True
        for item in split(self.sentence, match.end(), clause.end):
            checked = CHECKS["thing"](self.sentence, *item)
            if checked and checked[1] - checked[0] <= 12:
                self.claim(last.subject, last.relation, self.text[slice(*checked)], *checked, stance=last.stance, marks=marks)
        return True

    def has_kin(self, clause: Clause, subject: Subject, place: int, marks: Marks) -> bool:
        """有一个妹妹(叫小红) · 养了一只叫小白的猫 · 交了女朋友."""
        match = _HAS.match(self.masked, place, clause.end)
        if match is None or subject.path is None:
            return False
        kin = None
        behind = match.end()
        named = re.compile(r"(?:名字)?(?:叫做?|名叫|名为)(?P<name>.{1,8}?)的").match(self.text, behind, clause.end)
        name = named["name"].strip('“”"') if named else ""
        if named:
            behind = named.end()
        modifier = re.compile(r"[^的，]{1,6}的|大|小|老|漂亮的|可爱的|亲").match(self.text, behind, clause.end)
        for start in dict.fromkeys([behind, modifier.end() if modifier else behind]):
            kin = kin or self.people.kin_at(start, clause.end)
            if kin:
                behind = start + len(kin)
                break
        is_pet = match["verb"] in ("养", "领养", "收养", "买")
        if kin is None:
            animal = _ANIMAL.match(self.text, behind, clause.end)
            if animal is None or not (is_pet or match["count"]):
                return False
            kin, behind = animal["animal"], animal.end()
        relation = self.role_of.get(kin, "pet")
        if is_pet and relation != "pet":
            return False
        rest = self.text[behind : clause.end]
        after = re.compile(r"[，, ]?(?:它|他|她)?(?:的)?(?:名字)?(?:叫做?|名叫|名为|是)(?P<name>[^，。,的]{1,8})").match(rest)
        if after and not name:
            at = behind + after.start("name")
            checked = CHECKS["name"](self.sentence, at, at + len(after["name"]))
            name = self.text[slice(*checked)] if checked else ""
        elif not re.fullmatch(r"[了呢啊啦呀吧，。！\s]*", rest) and not rest.startswith(("在", "是", "今年", "，")):
            return False
        is_negated = bool(marks.names & {"neg", "ended"}) or match["verb"].startswith("没")
        path = f"{subject.path}/{kin}"
        count = match["count"] or ""
        stance = Stance.DENY if is_negated else Stance.AFFIRM
        object = "" if is_negated and self.registry[relation].is_single else name or path
        if count and count[0] in "两二三四五六七八九十几" and not name and relation != "pet":
            return True
        self.claim(
            subject.path, relation, object, place, behind, qualifier=kin if self.registry[relation].each else "", stance=stance, marks=marks
        )
        if is_negated:
            return True
        self.introduced = name or path
        self.listing = None
        if relation != "pet":
            self.carried = name or path
            self.people.mention(name or path)
            if rest and re.match(r"(?:在|是|今年)", rest):
                self.predicate(Clause(behind, clause.end, False), Subject(self.carried, behind), Marks())
        return True

    def go_on_listing(self, clause: Clause) -> bool:
        """喜欢唱歌，健身，旅游: what follows a list without any predicate of its own belongs to it."""
        if self.listing is None:
            return False
        rule, subject, marks, first = self.listing
        start, end = trim(self.sentence, clause.start, clause.end)
        if match := re.compile(r"(?:和|还有|以及|与|包括)").match(self.text, start, end):
            start = match.end()
        inside = self.sentence.words_in(start, end)
        index = self.sentence.clauses.index(clause)
        siblings = [each for each in self.sentence.clauses[self.sentence.clauses.index(first) + 1 :] if each.end - each.start <= 8]
        if (len(siblings) < 2 and not match) or not inside or end - start > 8 or index == 0:
            return False
        if any(word.tag not in NOUNS | {"v", "n", "a", "c", "w"} for word in inside) or inside[0].text in ("谢谢", "感谢", "可以", "想"):
            return False
        kind = rule.patterns[-1].types.get("o", "thing")
        for item in split(self.sentence, start, end):
            checked = CHECKS[kind](self.sentence, *item)
            if checked:
                self.said(rule, subject, {"o": [checked]}, item, marks)
        return True

    # ---- what others say, corrections

    def reported(self, clause: Clause, place: int) -> bool:
        """小红说她… · 他说：“我…” : the words of another, believed less."""
        if match := _SAID_OF_ME.match(self.masked, place, clause.end):
            self.saying = self.saying._replace(certainty=self.saying.certainty * REPORTED)
            self.read(Clause(match.end(), clause.end, False))
            self.saying = self.saying._replace(certainty=self.saying.certainty / REPORTED)
            return True
        subject = self.people.subject(place, clause.end)
        end = subject.end if subject else place
        match = _SAYS.match(self.masked, end, clause.end)
        if match is None:
            return False
        who = subject.path if subject else None
        rest = match.end()
        quote = self.masked.find(QUOTE, match.end())
        if 0 <= quote <= clause.end + 2:
            stop = quote
            while stop < len(self.masked) and self.masked[stop] == QUOTE:
                stop += 1
            if who is not None:
                spoken = self.text[quote + 1 : stop - 1]
                saying = self.saying._replace(
                    text=spoken,
                    start=self.saying.start + quote + 1,
                    me=who,
                    certainty=self.saying.certainty * REPORTED,
                    others=tuple(self.people.others),
                )
                self.found += read_chinese(saying, self.registry)
            return True
        if who is None or who == self.saying.me or rest >= clause.end:
            self.carried = who
            return who is None or rest >= clause.end
        inner = Reader(self.saying._replace(certainty=self.saying.certainty * REPORTED, others=(*self.people.others, who)), self.registry)
        inner.sentence.clauses = [Clause(rest, clause.end, False)]
        inner.carried = who
        self.found += inner.claims()
        self.carried = who
        return True

    def contrast(self, clause: Clause) -> bool:
        """…，不是北京 · 不是北京，(而)是南京 · 不对，是南京."""
        said = self.text[clause.start : clause.end].strip(" ，,。！!")
        if match := _NOT_THIS.fullmatch(said):
            if self.found and len(match["value"]) <= 12 and self.found[-1].stance is not Stance.DENY and not self.is_followed(clause):
                self.found[-1] = replace(self.found[-1], stance=Stance.CORRECT, replaces=_bare(match["value"]))
                return True
            return False
        if (match := _BUT_THIS.fullmatch(said)) and self.found and len(match["value"]) <= 14:
            last = self.found[-1]
            value = _bare(match["value"])
            if any(word.tag in ("v", "vn") for word in self.sentence.words_in(clause.start + said.find(value), clause.end)):
                return False
            at = self.text.find(value, clause.start, clause.end)
            meant = replace(last, object=value, start=self.saying.start + at, end=self.saying.start + at + len(value))
            if said.startswith(("现在", "如今")) and last.stance is Stance.AFFIRM and self.registry[last.relation].is_single:
                self.found.append(replace(meant, valid_from=None, valid_to=None, is_change=True))
                return True
            if self.is_correction:
                self.found[-1] = replace(meant, stance=Stance.CORRECT, replaces=last.object)
                return True
            if last.stance is Stance.DENY and last.object and _OVER.search(self.text[: clause.start]):
                self.found.append(replace(meant, stance=Stance.AFFIRM, is_change=True))
                return True
            if last.stance is Stance.DENY and last.object and last.relation != "is":
                self.found[-1] = replace(meant, stance=Stance.CORRECT, replaces=last.object)
                return True
        return False

    def apposed(self, clause: Clause) -> bool:
        """提到酒红色，我最喜欢的颜色 · 年糕死了: what stands last before, and is named by the way."""
        said = self.text[clause.start : clause.end].strip(" ，,。！")
        if match := re.fullmatch(r"(?:也是|就是|是|这是|它是|那是)?我最(?:喜欢|爱)的(?P<kind>[^的，。是]{1,6})", said):
            before = [word for word in self.sentence.words if word.end <= clause.start and word.tag != "w"]
            names = list(takewhile(lambda word: word.tag not in ("v", "p", "c", "u", "w", "r", "xc", "m"), reversed(before)))
            if names and before[-1].end - names[-1].start <= 8:
                start, end = names[-1].start, before[-1].end
                self.claim(self.saying.me, "favourite", self.text[start:end], start, end, qualifier=match["kind"])
            return True
        if match := re.fullmatch(r"(?P<name>[^，。了]{2,4})(?:昨天|今天|上周|上个月|前天)?(?:死|去世)了", said):
            word = self.sentence.word_at(clause.start)
            if word is not None and word.text == match["name"] and word.tag in ("n", "nz", "nw") and word.text not in self.role_of:
                self.claim(self.saying.me, "pet", word.text, word.start, word.end, stance=Stance.DENY)
                return True
        return False

    def is_followed(self, clause: Clause) -> bool:
        """Whether 而是 or 是 goes on after the clause."""
        return re.match(r"[，,\s]*(?:而|应该)?是", self.text[clause.end : clause.end + 6]) is not None

    # ---- claims

    def claim(
        self,
        subject: str,
        relation: str,
        object: str,
        start: int,
        end: int,
        *,
        qualifier: str = "",
        stance: Stance = Stance.AFFIRM,
        marks: Marks | None = None,
        is_change: bool = False,
        is_doubtful: bool = False,
    ) -> None:
        if relation not in self.registry:
            return
        marks = marks or Marks()
        certainty = self.saying.certainty * (
            HEDGED if "hedge" in marks.names or is_doubtful else REPORTED if "reported" in marks.names else 1.0
        )
        since, until, precision = self.when(relation, stance, marks, is_change)
        if self.is_correction and stance is Stance.AFFIRM:
            stance = Stance.CORRECT
        self.found.append(
            made := Claim(
                subject,
                relation,
                object.strip(),
                self.saying.start + start,
                self.saying.start + end,
                stance=stance,
                qualifier=qualifier,
                replaces=self.mistaken if stance is Stance.CORRECT else "",
                valid_from=since,
                valid_to=until,
                precision=precision,
                certainty=round(certainty, 3),
                is_change=is_change or "now" in marks.names,
            )
        )

        said = self.text[self.clause.start : self.clause.end]
        if stance is Stance.DENY and "ended" not in marks.names and not said.rstrip("。！! ").endswith("了") and _IS_NOT.search(said):
            self.undone.append(made)

    def when(self, relation: str, stance: Stance, marks: Marks, is_change: bool) -> tuple[datetime | None, datetime | None, str]:
        """Since when and until when, by the words of time in and before the clause."""
        kind = self.registry[relation].kind
        own = [time for time in marks.times if time.bears != "span"] or self.inside
        if kind == "plan":
            own = [time for time in own if time.bears != "lately"]
        if not own and (kind != "state" or relation in _MOODS):
            own = self.lead_times
        own = own or [time for time in self.lead_times if time.bears in ("since", "until") or (is_change and time.bears == "within")]
        said_at = self.saying.said_at
        ended = said_at if "past" in marks.names and kind == "state" and stance is not Stance.DENY else None
        if not own or kind == "fixed" or (self.registry[relation].of and not marks.times):
            return None, ended, ""
        time = own[-1]
        precision = _precision(time)
        if kind == "event":
            return time.start, time.stop, precision
        if kind == "plan":
            return None, time.stop if time.stop > said_at else None, precision
        if stance is Stance.DENY:
            return (time.start if time.bears in ("within", "since") and time.start < said_at else None), None, precision
        if time.bears == "until":
            return None, time.stop, precision
        if time.bears == "lately":
            return None, ended, ""
        if time.bears == "range" and time.stop <= said_at:
            return time.start, time.stop, precision
        if time.bears == "since" or time.start > said_at:
            return time.start, ended, precision
        is_over = time.stop <= said_at
        if is_over and relation in _BEGINS:
            return time.start, ended, precision
        return time.start, time.stop if is_over or relation == "staying_in" else ended, precision

    @property
    def inside(self) -> list[Time]:
        """The words of time within the clause that is being read."""
        return [time for time in self.sentence.times if self.clause.start <= time.at < self.clause.end and time.bears != "span"]

    def mend_undone(self) -> None:
        """我不是北京人，我是天津人: what is so in the place of what is not."""
        for undone in self.undone:
            for at, claim in enumerate(self.found):
                is_same = (claim.subject, claim.relation, claim.qualifier) == (undone.subject, undone.relation, undone.qualifier)
                if is_same and claim.stance in (Stance.AFFIRM, Stance.CORRECT) and undone in self.found and undone.object:
                    self.found[at] = replace(claim, stance=Stance.CORRECT, replaces=undone.object)
                    self.found.remove(undone)
                    break

    def settled(self) -> list[Claim]:
        """The claims in reading order, each once; of one denied and affirmed at a time the affirmed."""
        self.mend_undone()
        if _NOT_MEANT.search(self.text):
            self.found = [replace(claim, stance=Stance.RETRACT) for claim in self.found]
        seen: dict[tuple[str, str, str, str], Claim] = {}
        for claim in self.found:
            if not claim.object and claim.stance is not Stance.DENY:
                continue
            seen.setdefault((claim.subject, claim.relation, claim.qualifier, claim.object), claim)
        return sorted(seen.values(), key=lambda claim: claim.start)


def _marks_within(match: re.Match[str]) -> set[str]:
    """Marks that words within a predicate leave: 现在是, 不是, 当过."""
    said = match[0]
    spans = [match.span(group) for group in match.groupdict()]
    nots = [place for place, char in enumerate(said, match.start()) if char == NOT]
    found = {"neg"} if any(not any(start <= place < end for start, end in spans) for place in nots) else set()
    found |= {"past"} if re.search(f"(?:以前|曾经|原来|过去){NOT}?是", said) else set()
    found |= {"now"} if said.startswith(("现在", "如今")) else set()
    return found | ({"past"} if re.match(r"(?:当|做|干|养|学|练|住|任|有)过", said) or _DONE.search(said) else set())


def _bare(said: str) -> str:
    return re.sub(r"^(?:在|叫|去|个|一个|一名)|[了的吧呢啊]$", "", said).strip('《》“”"')


def _precision(time: Time) -> str:
    if time.bears in ("since", "until", "span", "lately"):
        return ""
    hours = (time.stop - time.start).total_seconds() / 3600
    for most, unit in (
        (0.1, "minute"),
        (13, "hour"),
        (36, "day"),
        (24 * 10, "week"),
        (24 * 45, "month"),
        (24 * 120, "season"),
        (24 * 400, "year"),
    ):
        if hours <= most:
            return unit
    return "decade"


_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
_HOUSEHOLD = re.compile(r"家(?![的里人住在乡务庭长属教])")
_MODAL = re.compile(r"会|可以|应该|应当|必须|能够|能|需要|尝试|试着|要")
_EVERY = re.compile(
    r"(?:几乎)?每(?:逢|到|隔)?(?:一|两|三)?(?:天|周|个?星期|个?礼拜|个?月|年|晚|个|早)(?:[一二三四五六日末]|周末|工作日|几天)?的?"
    r"(?:早上|早晨|晚上|上午|下午|中午|清晨|凌晨|傍晚|睡前|下班后|放学后|饭后|早|晚)?(?:都会?)?"
)
_FALSE = r"(?:假的|瞎说的?|骗你的?|骗人的|开玩笑的?|乱说的?|胡说的?|逗你(?:玩)?的?|不是真的|编的|乱讲的?|误会|搞错了)"
_TAKES_BACK = re.compile(
    r"(?:忘(?:掉|了|记)|(?:我)?(?:之前|刚才|上次|以前)?)(?:我)?(?:之前|刚才|上次)?(?:说|讲|提)(?:的|过的?|我|自己)*(?:我)?(?P<what>[^，。]{2,24}?)"
    rf"(?:的?(?:事|话|这件事|那件事|那些话))?(?:吧)?[，,]?(?:那)?(?:全|都|纯属|其实)?(?:是)?{_FALSE}"
)
_NOT_MEANT = re.compile(rf"[，,。](?:那|这|之前|刚才|上次|以前)?(?:说的)?(?:都|全|只|我)?(?:是)?{_FALSE}[。！!了啦]*\Z|[，,]是?误诊")
_OVER = re.compile(r"不再[^，。]*[，,]?\Z|了[，,]?\Z")
_IS_NOT = re.compile(r"不(?:是|叫|姓|在|住)")
_OF_OTHERS = re.compile(r"[他她它你您]|听说|看到|看见|发现|知道|记得|认为|觉得")
_SUCH_AS = re.compile(r"(?:(?:尤其是|特别是|尤其|比如说?|例如|譬如|诸如|如|包括|像|像是|主要是))(?=[^果何今此是])")
_DONE = re.compile(r"(?:工作|上班|住|待|生活|实习|学|读|当|做)过[的了]?\Z")
_NOUNLIKE = frozenset("n nz nw m q PER LOC ORG r t TIME".split())
_LOOSE = frozenset("不没很的都也就还" + NOT)
_OWN = frozenset("feels plans goal worried_about opinion likes dislikes prefers favourite habit hobby afraid_of studies".split())
"""What one says of oneself: a subject left out is then the speaker, whoever was spoken of before."""
_UNMODAL = frozenset("plans goal feels worried_about opinion habit".split())
_DEEDS = frozenset("habit plays skill visited did met got won plans owns".split())
_MOODS = frozenset("feels worried_about".split())
_BEGINS = frozenset("lives_in works_at job studies_at spouse partner owns marital_status pet studies has_condition diet likes".split())
_PAIR = re.compile(
    r"(?P<a>[^，。和跟与是]{1,8}?)(?:和|跟|与)(?P<b>[^，。和跟与是]{1,8}?)(?:现在|以前|曾经|一直|都|也|就|其实)*是(?P<kin>[^，。]{1,10}?)(?:关系)?[了啦呢啊。！]*\Z"
)
_OPENING = re.compile(
    r"[\s，,、。！!~～]+|(?:你好|您好|嗨|嘿|哈喽|早上好|晚上好|下午好|上午好|大家好|hello|Hello|Hi|hi)(?:啊|呀)?|(?:嗯|恩|哦|噢|喔|哎呀|哎|唉|啊|呃|额|哈哈+|嘿嘿|哇)+(?=[，,、\s我其今昨最不没])"
    r"|(?:说真的|老实说|说实话|坦白说|其实吧|跟你说(?:一下|个事)?|告诉你(?:一下|个好消息|一件事)?|你知道(?:吗|的|嘛)?(?=我)|你也知道(?=我)|听说(?=我)|话说|顺便说一下|顺便提一下|对了|另外|还有(?=，)|补充一下|忘了说|忘了告诉你|自我介绍一下|先自我介绍一下)"
    r"|(?:请|麻烦)?(?:你|帮我)?(?:记住|记得|别忘了|注意|记一下|记下)(?:一下|了)?(?=我)|(?:要问|要说|说到|说起|问起|提到|问到)(?=我|[他她])|我(?:还)?(?:记得|知道|印象中)(?!你|怎么|如何|什么|了|这|那|[，。])|我(?:觉得|想|发现|意识到|承认|感觉|想说|想告诉你|告诉你|跟你说过?|(?:想|要)?(?:跟|和|向|与)你(?:分享|说|讲|汇报)(?:一下|的是|一个好消息|个好消息)?|记得|注意到|得说|必须说)(?:，)?(?=我|自己)|AI伴侣|朋友(?=，|！|\Z)"
)
_WITH = re.compile(r"(?:和|跟|与|同|陪|带着?|约了?)[^，。]{1,10}?(?:一起|一块儿?|一同)")
_PREPOSITIONS = frozenset("和 跟 与 同 在 到 从 对 为 为了 给 向 通过 除了 随着 由于 按照 用 当 于 趁 针对 关于 陪 带 经过 利用".split())
_HAS = re.compile(
    r"(?P<verb>有|没有|养|领养|收养|买|交|找|生|没)(?:了|着|过|有|到)?(?P<count>一|两|二|三|四|五|六|七|八|九|十|几|好几|\d)?(?:个|位|名|只|条|对|头|匹|窝)?"
)
_ANIMAL = re.compile(
    r"(?P<animal>[^，。叫的是]{0,6}?(?:猫|狗|犬|兔子?|仓鼠|鹦鹉|乌龟|金鱼|鱼|鸟|马|羊|鸡|鸭子?|猪|龙猫|荷兰猪|刺猬|蜥蜴|蛇|柯基|金毛|泰迪|哈士奇|柴犬|拉布拉多|边牧|比熊|萨摩耶|英短|美短|布偶|橘猫|猫咪|狗狗))(?![粮窝舍])"
)
_SAYS = re.compile(
    r"(?:们)?(?:最近|昨天|今天|刚刚|刚才|曾经|曾|总|经常|一直|都|也|还|\ue000)*(?:跟我|对我|和我|向我)?(?:说|告诉过?我|提到|表示|透露|回答|抱怨)(?:过|了|道|，|：|:)*"
)
_SAID_OF_ME = re.compile(
    r"(?:我(?:的)?)?(?:妈妈?|爸爸?|爷爷|奶奶|外婆|老婆|老公|妻子|丈夫|女儿|儿子|女朋友|男朋友|医生|大夫|朋友们?|同事们?|老师|大家|别人|家人|爸妈|父母|同学们?|老板|身边的人|周围的人)(?:都|总|常|也|经常|一直|总是)*(?:说过?|觉得|认为|夸|告诉我)(?=我)"
)
_CORRECTS = re.compile(
    r"(?:我|刚才|刚刚|之前|上次|前面|昨天)(?:把.{1,6})?(?:说|记|搞|弄)错了?(?=[，,。！\s]|\Z)|^(?:说|记|搞|弄)错了|口误|更正(?:一下|：|:)|纠正(?:一下|：|:)|改正一下|不对(?=[，,。！]|\Z)|^不是的?\Z|^不\Z"
)
_MISTAKEN = re.compile(r"(?:我)?(?:刚才|刚刚|之前|上次)?(?:不小心)?(?:写|说|记|打|讲|搞|弄)成(?:了)?(?P<value>[^，。]{1,10}?)了?")
_ONLY_CORRECTS = re.compile(
    r"(?:啊|哦|等等|等一下|抱歉|对不起|不好意思|不|哎呀)?[，,]?(?:我)?(?:刚才|刚刚|之前|上次|前面|昨天)?(?:是)?(?:我)?(?:说错|记错|搞错|弄错|写错|打错|口误|不对|不是的|更正|纠正|不)(?:了|一下|啦|一点)*(?:，)?"
)
_NOT_THIS = re.compile(r"(?:而|才|并|可|我说的)?(?:不是|并非|不叫|不在|不去|没在|而不是)(?P<value>[^，。不]{1,12})")
_BUT_THIS = re.compile(
    r"(?:而|应该|其实|准确地?说|正确的|实际上|现在|如今)*(?:是|叫|应该是|(?:改|换|变)成了?|(?:改|变)为了?)(?P<value>[^，。]{1,14})"
)
_MEND = re.compile(
    r"(?P<sign>(?:啊|哦|等等|等一下|抱歉|对不起|不好意思|哎呀)?[，,]?(?:我)?(?:刚才|刚刚|之前)?(?:说错了?|记错了?|搞错了?|弄错了?|口误|不对|不是|更正一下|纠正一下|不)(?:了)?[，,。！:：\s]*(?:其实|应该|准确地?说|正确的|我的意思)*(?:是|叫|在))"
    r"(?P<value>[^，。！？!?,]{1,12}?)(?:[，,](?:而)?不是[^，。！]{1,12})?[才对了。！!\s]*"
)
