"""Find whom a Chinese clause is about: 我, 小红, 我妹妹小红, 小红的丈夫, 她. Their path out, and the bonds told by the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from remanence.distill.clauses_zh import Sentence
from remanence.distill.kinds_zh import SURNAMES


class Bond(Protocol):
    """Is told of each bond that is named in passing (我妹妹小红): owner, kin, name, and where the name stands."""

    def __call__(self, owner: str, kin: str, name: str, start: int, end: int, *, is_over: bool = False) -> None: ...


@dataclass
class Subject:
    """Whom a clause is about: `path` is `None` for somebody or something we do not know. `end`: where its words end."""

    path: str | None
    end: int
    is_said: bool = True
    """It stands there, and is not carried on from before."""


class People:
    """The persons of one sentence. `others`: those spoken of so far, the latest last."""

    def __init__(self, sentence: Sentence, me: str, others: list[str], role_of: Mapping[str, str], bond: Bond) -> None:
        self.sentence = sentence
        self.text, self.masked = sentence.text, sentence.masked
        self.rules = sentence.rules
        self.me = me
        self.others = others
        self.role_of = role_of
        self.bond = bond
        self.passing: list[str] = []
        """Who was named, but not as whom the sentence is about."""

    def subject(self, place: int, end: int) -> Subject | None:
        """The subject that stands at `place`, `None` where none does."""
        found = self.person(place, end)
        if found is not None:
            return found
        for word in sorted(self.rules.words["nobody"], key=len, reverse=True):
            if self.text.startswith(word, place) and self.sentence.is_boundary(place + len(word)):
                return Subject(None, place + len(word))
        return None

    def person(self, place: int, end: int) -> Subject | None:
        """The person who stands at `place`: 我, 小红, 我妹妹小红, 小红的丈夫, 妈妈."""
        word = self.sentence.word_at(place)
        if word is None:
            return None
        if word.text in ("那个", "这个", "那位", "这位") and (named := self.sentence.word_at(word.end)) and named.tag == "PER":
            return self.person(word.end, end)
        first = next((each for each in ("我们", "咱们", "俺们", "本人", "我", "咱", "俺") if self.text.startswith(each, place)), None)
        if first and not self.text.startswith(("我国家", "我国人", "我方", "我校", "我院"), place):
            behind = place + len(first)
            return self.relations_of(self.me, behind, end) or Subject(self.me, behind)
        if word.text in ("他", "她", "TA", "ta"):
            path = self.antecedent(word.text)
            return (self.relations_of(path, word.end, end) if path else None) or Subject(path, word.end)
        if word.text == "自己":
            return None
        kin = self.kin_at(place, end)
        if kin and kin not in self.rules.words["needs_owner"] and self.role_of.get(kin) not in (None, "pet", "acquaintance"):
            return self.named(self.me, kin, place + len(kin), end)
        if kin and (after := self.sentence.word_at(place + len(kin))) and after.tag == "PER":
            return self.named(self.me, kin, place + len(kin), end)
        after = self.sentence.word_at(word.end)
        if word.tag == "n" and after is not None and after.tag == "PER" and word.text.endswith((*self.rules.lists["job_end"], "网友")):
            word = after
        if word.tag == "PER" and word.end <= end:
            self.mention(word.text)
            return self.relations_of(word.text, word.end, end) or Subject(word.text, word.end)
        return None

    def relations_of(self, owner: str, place: int, end: int) -> Subject | None:
        """我 + (的) + 妹妹 (+ 小红): the person called so from `owner`."""
        match = _OF.match(self.masked, place, end)
        if match is None:
            return None
        for behind in range(match.end(), place - 1, -1):
            is_start = self.sentence.is_boundary(behind) or self.text[behind - 1] in "老大小二亲好新的"
            kin = self.kin_at(behind, end) if is_start else None
            if kin is None:
                continue
            if "前" in (between := self.text[place:behind]) or "来的" in between or "过去" in between or "那时" in between:
                return self.former(owner, kin, between, behind + len(kin), end)
            return self.named(owner, kin, behind + len(kin), end)
        return self.described(owner, match.end(), end)

    def may_be_name(self, place: int) -> bool:
        """A word that is built as names are, though it was not taken for one: 潘越."""
        word = self.sentence.word_at(place)
        if (
            word is None
            or word.tag not in ("n", "nz", "nw", "nr", "LOC", "vn")
            or not 2 <= len(word.text) <= 3
            or word.text[0] not in SURNAMES
        ):
            return False
        lists = self.rules.lists
        is_known = word.text in self.role_of or word.text.endswith((*lists["job_end"], *lists["place_end"], *lists["organisation_end"]))
        return not is_known and word.text not in lists["place"] and word.text not in lists["no_name"]

    def former(self, owner: str, kin: str, between: str, place: int, end: int) -> Subject:
        """我以前的上司是陈静: who no longer is; what else is said of them is left alone."""
        named = _NAMED.match(self.text, place, end)
        word = self.sentence.word_at(named.end()) if named else None
        if word is not None and word.tag == "PER" and word.end <= end and between != "前":
            self.bond(owner, kin, word.text, word.start, word.end, is_over=True)
            return Subject(None, end)
        return Subject(None, place)

    def described(self, owner: str, place: int, end: int) -> Subject | None:
        """我的健身教练, 我大学同学: whose role has a noun before it."""
        for word in self.sentence.words_in(place, min(end, place + 8)):
            kin = self.kin_at(word.start, end) if word.start > place else None
            if kin is not None:
                return self.named(owner, kin, word.start + len(kin), end)
            if word.tag not in ("n", "vn", "nz", "LOC", "ORG", "a"):
                break
        return None

    def named(self, owner: str, kin: str, place: int, end: int) -> Subject:
        """`owner`'s `kin`, by the name that follows if one does, and whose kin follows after that."""
        path = f"{owner}/{kin}"
        if self.text.startswith("们", place):
            return Subject(None, place + 1)
        word = self.sentence.word_at(place)
        is_name = word is not None and (word.tag == "PER" or self.may_be_name(word.start))
        if word is not None and self.role_of.get(kin) == "pet" and word.tag in ("n", "nz", "nw") and len(word.text) < 5:
            behind = self.sentence.word_at(word.end)
            is_name = behind is not None and behind.tag in ("v", "d", "a", "r", "TIME") and word.text not in self.role_of
        if word is not None and is_name and word.end <= end:
            self.bond(owner, kin, word.text, word.start, word.end)
            path, place = word.text, word.end
        further = self.relations_of(path, place, end) if self.text.startswith("的", place) else None
        if further is None and path not in self.others and self.role_of.get(kin) != "pet":
            self.mention(path)
        return further or Subject(path, place)

    def mention(self, path: str) -> None:
        """He or she is now the latest spoken of."""
        if path != self.me:
            self.forget(path)
            self.others.append(path)

    def forget(self, path: str) -> None:
        if path in self.others:
            self.others.remove(path)

    def kin_at(self, place: int, end: int) -> str | None:
        for size in range(min(5, end - place), 0, -1):
            word = self.text[place : place + size]
            if word in self.role_of and (self.sentence.is_boundary(place + size) or size > 1):
                is_joined = self.text[place + size : place + size + 1] in ("节", "辈", "性", "语", "级", "证", "馆", "肉", "粮")
                return None if is_joined else word
        return None

    def antecedent(self, pronoun: str) -> str | None:
        known = self.others or self.passing
        if not known:
            return None
        if pronoun in "他她":
            wrong = self.rules.words["male"] if pronoun == "她" else self.rules.words["female"]
            fits = [path for path in known if path.rpartition("/")[2] not in wrong]
            return fits[-1] if fits else None
        return known[-1]


_NAMED = re.compile(r"(?:一直|就)?(?:是|叫做?|名叫)")
_OF = re.compile(
    r"(?:们)?(?:家)?(?:里)?(?:养)?的?(?:以前的?|之前的?|原来的|过去的|那时候?的|当时的|前任|最要好的?|关系最好的?|新来的?|顶头|最好的?|好|大|小|二|亲|高中|大学|初中|小学|前|新|老|直属|现任|一个|一位|一名|第一个|直接|现在的|双胞胎|那个|这个|几个|公司的?|部门的?)*(?:的)?"
)
