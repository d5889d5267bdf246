"""Read who is what to whom: 我和小红是朋友, 小红是我妹妹, 养了一只叫小白的猫, 奶奶去世了. A clause in, bonds between its persons out."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

from remanence.distill.clauses_zh import Clause, Sentence, Time
from remanence.distill.kinds_zh import CHECKS
from remanence.distill.people_zh import People, Subject
from remanence.distill.phrases_zh import ANIMAL, BECAME, HAS, PAIR
from remanence.distill.relations import Registry
from remanence.distill.rules_zh import NOT, Rule, Rules
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance


@dataclass
class Marks:
    """What the adverbs before a predicate said of it."""

    names: set[str] = field(default_factory=set)
    times: list[Time] = field(default_factory=list)


class Bonds(ABC):
    """The part of a reader that knows persons by what they are to each other."""

    saying: Saying
    registry: Registry
    rules: Rules
    sentence: Sentence
    text: str
    masked: str
    people: People
    role_of: dict[str, str]
    found: list[Claim]
    carried: str | None
    is_carried_sure: bool
    introduced: str | None
    listing: tuple[Rule, Subject, Marks, Clause] | None

    @abstractmethod
    def adverbs(self, place: int, end: int, marks: Marks) -> int: ...

    @abstractmethod
    def predicate(self, clause: Clause, subject: Subject, marks: Marks) -> bool: ...

    @abstractmethod
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
    ) -> None: ...

    def two_persons(self, clause: Clause, place: int) -> bool:
        """林悦和张伟是同学 · 我和小红是好朋友 · 小红是我妹妹."""
        match = PAIR.match(self.masked, place, clause.end)
        if match:
            first, second = self.people.person(match.start("a"), match.end("a")), self.people.person(match.start("b"), match.end("b"))
            kin = match["kin"]
            role = next((word for word in sorted(self.rules.mutual, key=len, reverse=True) if kin.endswith(word)), None)
            if first and second and role and first.path and second.path and first.end == match.end("a") and second.end == match.end("b"):
                relation, word = self.rules.mutual[role]
                if second.path == self.saying.me:
                    first, second = second, first
                assert first.path is not None
                assert second.path is not None
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
        is_so = BECAME.match(self.masked, behind, clause.end)
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
        stance = Stance.RETRACT if is_denied and "ever" in marks.names else Stance.DENY if is_denied else Stance.AFFIRM
        if "过" in is_so[0]:
            marks.names.add("past")
        self.claim_bond(whose, kin, name, place, owner.end, stance, marks)
        self.carried, self.is_carried_sure = name, True
        self.people.mention(name)
        return True

    def bond(self, owner: str, kin: str, name: str, start: int, end: int, *, is_over: bool = False) -> None:
        self.claim_bond(owner, kin, name, start, end, Stance.AFFIRM, Marks({"past"} if is_over else set()))
        self.people.mention(name)
        self.introduced = name

    def claim_bond(self, owner: str, kin: str, name: str, start: int, end: int, stance: Stance, marks: Marks) -> None:
        relation = self.role_of.get(kin, "pet")  # 刺猬 is no word of the registry
        self.claim(owner, relation, name, start, end, qualifier=kin if self.registry[relation].each else "", stance=stance, marks=marks)

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

    def has_kin(self, clause: Clause, subject: Subject, place: int, marks: Marks) -> bool:
        """有一个妹妹(叫小红) · 养了一只叫小白的猫 · 交了女朋友."""
        match = HAS.match(self.masked, place, clause.end)
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
        is_pet = match["verb"] in ("养", "领养", "收养", "买", "捡", "添", "新添")
        if kin is None:
            animal = ANIMAL.match(self.text, behind, clause.end)
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
