"""Mend what a Chinese sentence claimed by what it says of its words: 不对, 不是X是Y, 写成X了, 现在受不了. Claims in and out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime, timedelta

from remanence.distill.clauses_zh import Clause, Sentence
from remanence.distill.people_zh import People
from remanence.distill.phrases_zh import BUT_THIS, MEND, NOT_THIS, OVER, STAYS, TOPIC_FIRST, TURNED
from remanence.distill.relations import Registry
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance


class Corrections(ABC):
    """The part of a reader that mends what it has found. It reads words put in another order by a reader of its own (`again`)."""

    saying: Saying
    registry: Registry
    sentence: Sentence
    text: str
    masked: str
    people: People
    found: list[Claim]
    undone: list[Claim]
    is_correction: bool
    mistaken: str
    topic: str

    @abstractmethod
    def again(self, text: str, start: int) -> list[Claim]:
        """What `text` claims when it is said by itself, from `start` of the saying on."""
        ...

    def taken_back(self, start: int, end: int) -> list[Claim]:
        """忘掉我说的喜欢音乐剧的事吧，不是真的 · 我之前说的最喜欢的菜是瞎说的: what was said is not so and never was."""
        inner = self.again(self.text[start:end], self.saying.start + start)
        found = [replace(claim, stance=Stance.RETRACT) for claim in inner]
        if not found and (topic := re.search(r"最(?:喜欢|爱)的(?P<kind>[^的，。]{1,6})\Z", self.text[start:end])):
            at = self.saying.start + start + topic.start("kind")
            found = [Claim(self.saying.me, "favourite", "", at, at + len(topic["kind"]), Stance.RETRACT, qualifier=topic["kind"])]
        return found

    def as_said(self, topic: str, value: str, clause: Clause) -> list[Claim]:
        """我把生日写成5月3日了: what stood there, to be mended by what follows."""
        text = f"我{topic.removeprefix('我').removeprefix('的')}是{value}"
        start = self.saying.start + max(clause.start, self.text.find(value, clause.start))
        found = self.again(text, 0)
        return [replace(claim, start=start, end=start + len(value)) for claim in found[:1]]

    def turned_about(self, clause: Clause) -> bool:
        """萨克斯我早就不吹了: read as 我早就不吹萨克斯了."""
        match = TOPIC_FIRST.fullmatch(self.text[clause.start : clause.end].strip(" ，,。！!"))
        if match is None or "我" in match["topic"]:
            return False
        verbs = [word for word in self.sentence.words_in(clause.start, clause.end) if word.tag in ("v", "vn", "a")]
        if not verbs or verbs[0].start < clause.start + self.text[clause.start : clause.end].find(match["who"]):
            return False
        text = f"{match['who']}{match['said']}{match['topic']}{match['end']}"
        found = self.again(text, 0)
        about = [claim for claim in found if claim.object == match["topic"]]
        start = self.saying.start + clause.start
        self.found += [replace(claim, start=start, end=start + len(match["topic"])) for claim in about]
        return bool(about)

    def turned(self, clause: Clause) -> bool:
        """我以前喜欢香菜，现在受不了: how one feels now about what was named before."""
        match = TURNED.fullmatch(self.text[clause.start : clause.end].strip(" ，,。！!"))
        last = self.found[-1] if self.found else None
        if match is None or last is None or self.registry[last.relation].group != "attitude" or last.valid_to is None:
            return False
        relation = "likes" if match["likes"] else "dislikes"
        if relation != last.relation:
            self.found.append(replace(last, relation=relation, valid_from=None, valid_to=None, stance=Stance.AFFIRM, is_change=True))
        return True

    def stays(self, clause: Clause) -> bool:
        """我暂时在海口，待到2月底: until when, of the stay told just before."""
        if not self.found or self.found[-1].relation != "staying_in":
            return False
        if not STAYS.fullmatch(self.masked[clause.start : clause.end].strip(" ，,。！!")):
            return False
        times = [time for time in self.sentence.times if clause.start <= time.at < clause.end]
        if times:
            self.found[-1] = replace(
                self.found[-1], valid_to=ahead(times[-1].stop, self.text[times[-1].at : times[-1].end], self.saying.said_at)
            )
        return bool(times)

    def contrast(self, clause: Clause) -> bool:
        """…，不是北京 · 不是北京，(而)是南京 · 不对，是南京."""
        said = self.text[clause.start : clause.end].strip(" ，,。！!")
        if match := NOT_THIS.fullmatch(said):
            if self.found and len(match["value"]) <= 12 and self.found[-1].stance is not Stance.DENY and not self.is_followed(clause):
                self.found[-1] = self.instead(self.found[-1], match["value"], said)
                return True
            if not self.found and match and said.startswith("不是") and len(match["value"]) <= 8:
                self.is_correction, self.mistaken = True, bare(match["value"])
                return True
            return False
        if not self.found and self.topic and (match := BUT_THIS.fullmatch(said)):
            self.found = [replace(each, stance=Stance.CORRECT) for each in self.as_said(self.topic, bare(match["value"]), clause)]
            return bool(self.found)
        if (
            not self.found
            and self.mistaken
            and said.startswith(("是", "而是"))
            and BUT_THIS.fullmatch(said)
            and clause.end < len(self.text) - 2
        ):
            return True  # 不是京东，是华创，我在华创工作
        if (match := BUT_THIS.fullmatch(said)) and self.found and len(match["value"]) <= 14:
            last = self.found[-1]
            value = self.alike(bare(match["value"]), last)
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
            if last.stance is Stance.DENY and last.object and OVER.search(self.text[: clause.start]):
                self.found.append(replace(meant, stance=Stance.AFFIRM, is_change=True))
                return True
            if last.stance in (Stance.DENY, Stance.RETRACT) and last.object and last.relation != "is":
                self.found[-1] = replace(meant, stance=Stance.CORRECT, replaces=last.object)
                return True
        return False

    def alike(self, value: str, last: Claim) -> str:
        """…32岁，是33岁: a value without what also stands behind the one before it."""
        behind = self.text[last.end - self.saying.start : last.end - self.saying.start + 2]
        tail = next((behind[:size] for size in (2, 1) if len(behind) >= size and value.endswith(behind[:size])), "")
        return value[: -len(tail)] if tail and len(value) > len(tail) else value

    def instead(self, claim: Claim, former: str, said: str) -> Claim:
        """现在是南京，不是北京了: a change; 是南京，不是北京: a correction."""
        former = self.alike(bare(former), claim)
        if not self.is_correction and claim.stance is Stance.AFFIRM and (said.endswith("了") or claim.is_change or "不再" in said):
            return replace(claim, is_change=True)
        if claim.relation == "prefers":
            return claim
        return replace(claim, stance=Stance.CORRECT, replaces=former)

    def is_followed(self, clause: Clause) -> bool:
        """Whether 而是 or 是 goes on after the clause."""
        return re.match(r"[，,\s]*(?:而|应该)?是", self.text[clause.end : clause.end + 6]) is not None

    def mend_undone(self) -> None:
        """我不是北京人，我是天津人: what is so in the place of what is not."""
        for undone in self.undone:
            for at, claim in enumerate(self.found):
                is_same = (claim.subject, claim.relation, claim.qualifier) == (undone.subject, undone.relation, undone.qualifier)
                if is_same and claim.stance in (Stance.AFFIRM, Stance.CORRECT) and undone in self.found and undone.object:
                    self.found[at] = replace(claim, stance=Stance.CORRECT, replaces=undone.object)
                    self.found.remove(undone)
                    break


def bare(said: str) -> str:
    """A value without the words that lead to it, and without particles."""
    return re.sub(r"^(?:在|叫|去|个|一个|一名)|[了的吧呢啊]$", "", said).strip('《》“”"')


def ahead(until: datetime, said: str, said_at: datetime) -> datetime:
    """An end that lies ahead: who stays until Friday, said on Sunday, means the next; so with a month or a day of the month."""
    if until > said_at or (said_at - until).days > 366:
        return until
    if "月" in said:
        return until.replace(year=until.year + 1, day=min(until.day, 28))
    return until + timedelta(days=7 if re.search("周|星期|礼拜", said) else 30)


def mend(saying: Saying, before: Claim) -> Claim | None:
    """What a bare correction (不对，是南京。 我说错了，应该是南京) makes of the claim made just before it."""
    match = MEND.fullmatch(saying.text.strip())
    if match is None or not before.object:
        return None
    at = saying.text.find(match["value"], saying.text.find(match["sign"]) + len(match["sign"]))
    start = saying.start + at
    return replace(
        before, object=match["value"], start=start, end=start + len(match["value"]), stance=Stance.CORRECT, replaces=before.object
    )
