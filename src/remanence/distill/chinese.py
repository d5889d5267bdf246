"""Read what a Chinese sentence claims of its speaker and of the persons it names: a saying in, claims out; no language model.

The rules are data (`rules/zh.toml`). A sentence is taken apart into clauses; of each the subject is found (a name, 我, 我妹妹;
Chinese leaves it out where it goes on), then adverbs are taken off one by one, and where the predicate begins the rules are
tried in order. What asks, supposes, orders, quotes or tells a tale claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise, takewhile

from remanence.distill.bonds_zh import Bonds, Marks
from remanence.distill.clauses_zh import Clause, Sentence, Time
from remanence.distill.corrections_zh import Corrections, ahead, mend
from remanence.distill.kinds_zh import CHECKS, NOUNS, split, trim
from remanence.distill.people_zh import People, Subject
from remanence.distill.phrases_zh import (
    BEGINS,
    CHINESE,
    CORRECTS,
    DEEDS,
    DONE,
    EVER,
    EVERY,
    FORMERLY,
    HEARD,
    HOUSEHOLD,
    HUMAN,
    IS_NOT,
    KNOWING,
    LOOSE,
    MISTAKEN,
    MODAL,
    MOODS,
    NEVER_WAS,
    NOT_MEANT,
    NOUNLIKE,
    NOW,
    OF_OTHERS,
    ONESELF,
    ONLY_CORRECTS,
    OPENING,
    OWN,
    PREPOSITIONS,
    RIGHT,
    SAID_BEFORE,
    SAID_OF_ME,
    SAYS,
    SUCH_AS,
    TAKE_BACK,
    UNMODAL,
    WITH,
    WRONG,
)
from remanence.distill.relations import Registry
from remanence.distill.rules_zh import NOT, QUOTE, TIME, TITLE, Rule, rules
from remanence.distill.segment_zh import Word
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance

__all__ = ["mend", "read_chinese", "read_with_persons"]

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


def _read(saying: Saying, registry: Registry) -> tuple[list[Claim], tuple[str, ...]]:
    if saying.certainty < SURE and (NOT_MEANT.search(saying.text) or any(pattern.search(saying.text) for pattern in TAKE_BACK)):
        saying = saying._replace(certainty=1.0)  # what takes words back is meant
    if saying.certainty < SURE or len(saying.text) > LONGEST or not CHINESE.search(saying.text):
        return [], saying.others
    reader = Reader(saying, registry)
    return reader.claims(), tuple(dict.fromkeys(reader.people.others))


class Reader(Corrections, Bonds):
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
        self.topic = ""
        """What something was said about that was said wrongly."""
        """What was said before in the place of what is said now."""
        self.is_modal = False
        self.clause = Clause(0, 0, True)
        self.listing: tuple[Rule, Subject, Marks, Clause] | None = None

    def claims(self) -> list[Claim]:
        for pattern in TAKE_BACK:
            if (taken := pattern.search(self.text)) and (found := self.taken_back(*taken.span("what"))):
                return found
        for clause in self.sentence.clauses:
            self.clause = clause
            if clause.is_dead:
                self.listing = None
                self.asked_of(clause)
            else:
                self.read(clause)
                for word in self.sentence.words_in(clause.start, clause.end):
                    if word.tag == "PER" and len(word.text) > 1 and word.text not in (*self.people.passing, self.saying.me):
                        self.people.passing.append(word.text)
            self.lead_times = self.inside or self.lead_times
        return self.settled()

    def asked_of(self, clause: Clause) -> None:
        """你知道周敏吧？ claims nothing, but it is she who is spoken of next."""
        if not KNOWING.search(self.text, clause.start, clause.end):
            return
        for word in self.sentence.words_in(clause.start, clause.end):
            if word.tag == "PER" and len(word.text) > 1:
                self.people.mention(word.text)

    def again(self, text: str, start: int) -> list[Claim]:
        saying = self.saying._replace(text=text, start=start, others=tuple(self.people.others))
        return Reader(saying, self.registry).claims()

    # ---- a clause

    def read(self, clause: Clause) -> None:
        said = self.text[clause.start : clause.end]
        if CORRECTS.search(said):
            self.is_correction = True
            if ONLY_CORRECTS.fullmatch(said.strip(" ，,。！")):
                return
        if match := MISTAKEN.fullmatch(said.strip(" ，,。！")):
            self.is_correction, self.mistaken = True, match["value"]
            if match["topic"]:
                self.found += self.as_said(match["topic"], match["value"], clause)
            elif self.found and self.found[-1].stance is Stance.AFFIRM:
                self.found[-1] = replace(self.found[-1], stance=Stance.CORRECT, replaces=match["value"])
            return
        if (match := SAID_BEFORE.fullmatch(said.strip(" ，,。！"))) and RIGHT.match(self.text, clause.end):
            self.found += self.again("我" + match["said"], self.saying.start + clause.start + said.find(match["said"]) - 1)[:1]
            self.is_correction = True
            return
        if match := WRONG.fullmatch(said.strip(" ，,。！")):
            self.topic = match["topic"]
            self.is_correction = True
            return
        if self.stays(clause) or self.turned(clause) or self.turned_about(clause):
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
        if subject is None and self.of_likely_name(clause, place, marks):
            return
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
        if own := ONESELF.match(self.text, subject.end, clause.end):
            subject = replace(subject, end=own.end())
        is_read = self.predicate(clause, subject, marks)
        if not is_read and OF_OTHERS.search(self.masked, subject.end, clause.end):
            self.carried = None
        said = self.masked[subject.end : clause.end]
        self.is_modal = (
            MODAL.search(said) is not None if not is_read else self.found[-1:] != [] and self.found[-1].relation in ("plans", "goal")
        )

    def of_likely_name(self, clause: Clause, place: int, marks: Marks) -> bool:
        """潘越对花生过敏: what only a person does, of one who may be called so."""
        word = self.sentence.word_at(place)
        if word is None or word.end >= clause.end or not self.people.may_be_name(place):
            return False
        after = self.sentence.word_at(word.end)
        before = len(self.found)
        subject = self.people.relations_of(word.text, word.end, clause.end) or Subject(word.text, word.end)
        if after is None or after.tag in ("n", "nz", "w") or not self.predicate(clause, subject, replace(marks, names=set(marks.names))):
            del self.found[before:]
            return False
        if not all(claim.relation in HUMAN for claim in self.found[before:]):
            del self.found[before:]
            return False
        self.people.mention(word.text)
        self.carried, self.is_carried_sure = word.text, True
        return True

    def opened(self, clause: Clause) -> int:
        """Where the clause begins when greetings and openings are passed over."""
        place = clause.start
        while match := OPENING.match(self.text, place, clause.end):
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
                    if time.start > self.saying.said_at or (time.stop > self.saying.said_at and self.looksahead(time)):
                        marks.names.add("future")
                    return min(time.end, end)
        if self.masked[place] == NOT:
            marks.names.add("neg")
            return place + 1
        if re.match(r"是\d{1,3}岁", self.text[place:end]):
            return place + 1
        if self.text[place] == "是" and (after := self.sentence.word_at(place + 1)) and after.tag in ("v", "p") and after.text != "在":
            return place + 1  # 我不是住在北京
        if self.text.startswith("是在", place) and self.found and self.found[-1].stance in (Stance.DENY, Stance.RETRACT):
            return place + 1
        if match := EVERY.match(self.masked, place, end):
            marks.names.add("habit")
            return match.end()
        for size in range(min(6, end - place), 0, -1):
            word = self.masked[place : place + size]
            found = self.rules.adverbs.get(word)
            if found is None:
                continue
            if word in ("还是", "就是") and (after := self.sentence.word_at(place + 2)) and after.tag in NOUNLIKE:
                continue  # 我还是一名司机: only 还 is an adverb
            is_cut = self.sentence.is_boundary(place + size) or set(found) & {"neg", "degree", "ended"}
            if not (is_cut or (word in "还也都就只才" and self.masked[place + 1 : place + 2] in ("是", "在", NOT))):
                continue
            if size == 1 and word in "好太老怪真" and not self.sentence.is_boundary(place + 1):
                continue
            marks.names |= set(found)
            return place + size
        return place

    def looksahead(self, time: Time) -> bool:
        return re.match(r"(?:我们?|他|她)?(?:会|要|将|打算|准备|得|需要|想)", self.text[time.end : time.end + 8]) is not None

    def phrase(self, place: int, end: int, marks: Marks) -> int:
        """Past one phrase that says with whom, where or for what: 和朋友一起, 在家里, 为了健康."""
        match = WITH.match(self.masked, place, end)
        if match:
            return match.end()
        word = self.sentence.word_at(place)
        if word is None or word.text not in PREPOSITIONS or word.end >= end:
            return place
        after = [each for each in self.sentence.words_in(word.end, end) if each.start >= word.end]
        for index, each in enumerate(after):
            if index and each.text in ("我", "你", "他", "她"):
                return place
            if index and (each.tag in ("v", "vn", "d", "vd") or each.text in ("一起", "一块")) and each.text not in PREPOSITIONS:
                marks.names.add("phrase")
                return each.start
        return place

    # ---- predicates

    def predicate(self, clause: Clause, subject: Subject, marks: Marks) -> bool:
        """Reads what is said of `subject` from its end on; whether anything was."""
        place, end = subject.end, clause.end
        self.clause = clause
        if subject.path is not None and self.text.startswith("的", place) and subject.is_said:
            place += 1
        if subject.is_said and subject.path == self.saying.me and HOUSEHOLD.match(self.text, place, end):
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
        if place >= clause.end or not (self.sentence.is_boundary(place) or self.masked[place - 1] in LOOSE):
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
                is_attitude_never = rule.negated in ("dislikes", "deny") and self.never_was(relation) and relation in ("likes", "dislikes")
                if rule.negated == "deny" or "ended" in marks.names or is_attitude_never:
                    is_never = "never" in marks.names or "ever" in marks.names or self.never_was(relation)
                    stance = Stance.RETRACT if is_never and relation not in DEEDS else Stance.DENY
                else:
                    relation = rule.negated
            if pattern == "{role}":
                return self.is_gone(subject, relation, span, marks)
            group = re.search(r"\{([a-z])\}", pattern)
            items = slots.get(group[1], [] if "p" in slots or "d" in slots else [span]) if group else [span]
            label = self.text[slice(*slots["q"][0])] if "q" in slots else qualifier
            is_listed = "q" in slots and re.search("[、和]|以及|还有", self.masked[slice(*items[0])]) is not None
            if relation == "favourite" and is_listed and len(split(self.sentence, *items[0])) > 1:
                relation, label = "likes", ""
                items = split(self.sentence, *items[0])
            for item in items:
                object = pattern.replace(group[0], self.text[slice(*item)].rstrip("了")) if group else pattern
                self.state(subject, relation, self.clean(object), item if group else span, stance, label, marks, rule)
        return True

    def never_was(self, relation: str) -> bool:
        """我没在百度工作过: of a state, that it never was so. What cannot change and is not so never was."""
        kind = self.registry[relation].kind if relation in self.registry else ""
        said = self.text[self.clause.start : self.clause.end]
        return kind == "fixed" or (kind == "state" and NEVER_WAS.search(said) is not None)

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
        if relation == "name":
            target = (
                path if "/" in path else self.introduced if not subject.is_said and self.introduced and "/" in self.introduced else None
            )
            if target:
                owner, _, kin = target.rpartition("/")
                self.found = [claim for claim in self.found if claim.object != target]
                self.people.forget(target)
                self.claim_bond(owner, kin, object, *span, stance, marks)
                if stance is not Stance.AFFIRM:
                    self.carried = target
                    return
                self.people.mention(object)
                self.introduced = object
                if self.role_of.get(kin, "pet") != "pet":
                    self.carried = object
                else:
                    self.people.forget(object)
                return
        if not subject.is_said and not self.is_carried_sure and relation not in OWN:
            return
        if not subject.is_said and self.is_modal and relation not in UNMODAL:
            return
        is_of_pet = self.introduced is not None and self.role_of.get(self.introduced.rpartition("/")[2], "") == "pet"
        if (
            relation == "name"
            and not subject.is_said
            and not is_of_pet
            and not any(word.tag == "PER" for word in self.sentence.words_in(*span))
        ):
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
        match = SUCH_AS.match(self.masked, place, clause.end)
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
        if match := SAID_OF_ME.match(self.masked, place, clause.end):
            self.saying = self.saying._replace(certainty=self.saying.certainty * REPORTED)
            self.read(Clause(match.end(), clause.end, False))
            self.saying = self.saying._replace(certainty=self.saying.certainty / REPORTED)
            return True
        if heard := HEARD.match(self.text, place, clause.end):
            place = heard.end()
        subject = self.people.subject(place, clause.end)
        end = subject.end if subject else place
        match = SAYS.match(self.masked, end, clause.end)
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
        if match := re.fullmatch(
            rf"(?:我家的?|我的|我们家的?)?(?P<name>[^，。了{TIME}]{{2,4}})(?:因病|不幸|{TIME})*(?:死|去世|走|过世|病死|去汪星|去喵星|送人|送给.{{1,6}}养?|送.{{1,4}}养)了",
            self.masked[clause.start : clause.end].strip(" ，,。！"),
        ):
            word = self.sentence.word_at(clause.start + self.text[clause.start : clause.end].find(match["name"]))
            if word is not None and word.text == match["name"] and self.is_pet_name(word, said):
                self.claim(self.saying.me, "pet", word.text, word.start, word.end, stance=Stance.DENY)
                return True
        return False

    def is_pet_name(self, word: Word, said: str) -> bool:
        """Named like no person, or like one where the words speak of a pet."""
        if word.text in self.role_of or word.text == self.saying.me or word.text in self.people.others:
            return False
        is_animal = re.search(r"[养猫狗兔鼠鸟龟鱼]", self.text) is not None or "送" in said
        return word.tag in ("n", "nz", "nw", "vn", "a") or (word.tag in ("PER", "LOC") and is_animal and len(word.text) < 4)

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
        if (
            (stance is Stance.DENY or (stance is Stance.RETRACT and self.registry[relation].kind == "fixed"))
            and "ended" not in marks.names
            and not said.rstrip("。！! ").endswith("了")
            and IS_NOT.search(said)
        ):
            self.undone.append(made)

    def when(self, relation: str, stance: Stance, marks: Marks, is_change: bool) -> tuple[datetime | None, datetime | None, str]:
        """Since when and until when, by the words of time in and before the clause."""
        kind = self.registry[relation].kind
        own = [time for time in marks.times if time.bears != "span"] or self.inside
        if kind == "plan":
            own = [time for time in own if time.bears != "lately"]
        if not own and (kind != "state" or relation in MOODS):
            own = self.lead_times
        own = own or [
            time for time in self.lead_times if time.bears in ("since", "until", "range") or (is_change and time.bears == "within")
        ]
        said_at = self.saying.said_at
        ended = said_at if "past" in marks.names and kind == "state" and stance in (Stance.AFFIRM, Stance.CORRECT) else None
        if relation == "staying_in" and stance is Stance.AFFIRM and not own:
            own = [time for time in self.sentence.times if time.bears == "span" and self.clause.start <= time.at < self.clause.end]
            if own:
                return None, own[-1].stop, "day"
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
            stays = relation == "staying_in"
            return None, ahead(time.stop, self.text[time.at : time.end], said_at) if stays else time.stop, precision
        if time.bears == "lately":
            return None, ended, ""
        if time.bears == "range" and time.stop <= said_at:
            return time.start, time.stop, precision
        if time.bears == "since" or time.start > said_at:
            return time.start, ended, precision
        is_over = time.stop <= said_at
        if is_over and relation in BEGINS:
            return time.start, ended, precision
        return time.start, time.stop if is_over or relation == "staying_in" else ended, precision

    @property
    def inside(self) -> list[Time]:
        """The words of time within the clause that is being read."""
        return [time for time in self.sentence.times if self.clause.start <= time.at < self.clause.end and time.bears != "span"]

    def settled(self) -> list[Claim]:
        """The claims in reading order, each once; of one denied and affirmed at a time the affirmed."""
        self.mend_undone()
        if NOT_MEANT.search(self.text):
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
    loose = "".join(char for place, char in enumerate(said, match.start()) if not any(start <= place < end for start, end in spans))
    found |= {"past"} if FORMERLY.search(loose) else set()
    found |= {"now"} if NOW.search(loose) else set()
    found |= {"ever"} if EVER.search(loose) else set()
    return found | ({"past"} if re.match(r"(?:当|做|干|养|学|练|住|任|有)过", said) or DONE.search(said) else set())


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
