"""Take an English sentence apart: its words in; who does what in each clause, in which tense, whether it is denied, out.

No parser: a subject is looked for where a clause may begin, then the verbs behind it are read up to the one that carries
the meaning. A clause whose surroundings make it a question, a condition, a wish, a quotation or somebody else's words is kept as
a boundary and marked as not to be read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from remanence.distill.english_words import BASE, ING, PARTICIPLE, PAST, THIRD, Form, attribute_of, forms, names, words
from remanence.distill.sentences import Saying, quotations
from remanence.language.when import Reader, Stretch
from remanence.types import Interval

BE = Form("be", frozenset({BASE}))
PRESENT, WOULD, FUTURE, PERFECT, USED, CAN, MODAL = "present", "would", "future", "perfect", "used", "can", "modal"
"""Tenses, beside "past"."""


SKIPPED = frozenset(
    """
    really also currently now just still always actually mostly mainly usually often recently finally even only both all sometimes
    definitely truly quite so very ever already back once formerly previously somewhere
    """.split()
)
"""Words that may stand between those of a rule."""


class Time(NamedTuple):
    """Words of time and what they mean; `first` and `last` are places of words, `last` exclusive."""

    first: int
    last: int
    interval: Interval
    grain: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a clause is about.

    `path`: the person or pet, `None` for what is no one in particular. `noun`: what of theirs ("my *birthday*"), "" for
    themselves. `role` and `name`: what the words say of who they are ("my *sister* *Anna*", to `owner`).
    """

    path: str | None
    end: int
    noun: str = ""
    role: str = ""
    name: str = ""
    owner: str = ""
    is_plural: bool = False
    certainty: float = 1.0


@dataclass(frozen=True, slots=True)
class Predicate:
    """A clause: subject, the verb that carries the meaning at `verb`, and the words that belong to it, up to `limit`."""

    subject: Subject
    start: int
    verb: int
    form: Form | None
    tense: str
    denied: str = ""
    """ "", "not", "never" or "longer" (no longer)."""
    is_progressive: bool = False
    is_change: bool = False
    is_live: bool = True
    """Not a question, a condition, a wish or another's words."""
    is_background: bool = False
    """Behind "when", "after" …: it was so at some time that is not said."""
    certainty: float = 1.0
    limit: int = 0


@dataclass(slots=True)
class Words:
    """A sentence as words: as they stand (`text[start:end]`), and in lower case (`low`) with contractions taken apart."""

    text: str
    low: list[str] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    quoted: list[int] = field(default_factory=list)
    """For each word in quotation marks the place of the first word behind them, else 0."""
    times: list[Time] = field(default_factory=list)
    time_at: dict[int, Time] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.low)

    def raw(self, i: int) -> str:
        return self.text[self.start[i] : self.end[i]]

    def said(self, first: int, last: int) -> str:
        """The text from the first of these words to the last (exclusive)."""
        return self.text[self.start[first] : self.end[last - 1]] if last > first else ""

    def is_capital(self, i: int) -> bool:
        return i < len(self.low) and self.text[self.start[i]].isupper() and self.low[i] != "i"

    def is_word(self, i: int) -> bool:
        return i < len(self.low) and (self.low[i][0].isalnum() or self.low[i][0] == "'")


_TOKEN = re.compile(
    r"[^\W_]+?(?=n['’]t\b)|n['’]t\b|['’](?:m|s|re|ve|ll|d)\b|[^\W_]+(?:[-.&/@+][^\W_]+|['’](?!(?:m|s|re|ve|ll|d|t)\b)[^\W_]+)*|[^\w\s]",
    re.IGNORECASE,
)
_SPLIT = {
    "im": ("i", "'m"),
    "ive": ("i", "'ve"),
    "dont": ("do", "n't"),
    "doesnt": ("does", "n't"),
    "didnt": ("did", "n't"),
    "cant": ("can", "n't"),
    "cannot": ("can", "n't"),
    "wont": ("will", "n't"),
    "isnt": ("is", "n't"),
    "wasnt": ("was", "n't"),
    "havent": ("have", "n't"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("must", "to"),
    "anymore": ("any", "more"),
}
_STEM = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}


def take_apart(text: str) -> Words:
    """The words of a sentence."""
    found = Words(text)
    low, starts, ends = found.low, found.start, found.end
    for match in _TOKEN.finditer(text):
        word = match[0].lower().replace("’", "'")
        split = _SPLIT.get(word)
        for part in split or (word,):
            low.append(part)
            starts.append(match.start())
            ends.append(match.end())
        if word == "n't" and len(low) > 1 and low[-2] in _STEM:
            low[-2] = _STEM[low[-2]]
    found.quoted = [0] * len(low)
    for first, last in quotations(text):
        inside = [i for i in range(len(low)) if first <= starts[i] < last]
        for i in inside:
            found.quoted[i] = inside[-1] + 1
    return found


def find_times(said: Words, saying: Saying) -> None:
    """Mark the words of time in `said`."""
    reader = Reader(said.text, saying.said_at)
    for start, found in reader.finds():
        interval = reader.interval(start, found)
        if interval is None:
            continue
        first = bisect_right(said.start, start) - 1
        last = bisect_right(said.start, found.end - 1)
        stretch: Stretch = found.stretch
        time = Time(first, last, interval, stretch.grain)
        said.times.append(time)
        said.time_at[first] = time


class Clauses:
    """Reads the clauses of one sentence."""

    def __init__(self, said: Words, saying: Saying, roles: dict[str, str], question_at: int) -> None:
        self.said = said
        self.low = said.low
        self.saying = saying
        self.roles = roles
        self.question_at = question_at
        self.found: list[Predicate] = []
        self.others = list(saying.others)

    def read(self) -> list[Predicate]:
        """The clauses, in order, each with its limit."""
        i = 0
        while i < len(self.low):
            predicate = None if self.said.quoted[i] else self.clause(i)
            if predicate is None:
                i += 1
                continue
            self.found.append(predicate)
            i = max(predicate.verb, i) + 1
        ends = [*(predicate.start for predicate in self.found[1:]), len(self.low)][: len(self.found)]
        self.found = [
            replace(predicate, limit=self.trimmed(min(end, max(self.question_at, predicate.start)), predicate.verb))
            for predicate, end in zip(self.found, ends, strict=True)
        ]
        return self.found

    def trimmed(self, end: int, verb: int) -> int:
        """`end` moved before the words that lead over to the next clause."""
        while end - 1 > verb and (self.low[end - 1] in _LEADING or (not self.said.is_word(end - 1) and self.low[end - 1] not in "\"”'")):
            end -= 1
        return end

    def clause(self, i: int) -> Predicate | None:
        """The clause whose subject begins at `i`."""
        word = self.low[i]
        if not self.said.is_word(i):
            return None
        at_boundary = self.is_boundary(i)
        subject = self.subject(i, at_boundary)
        if subject is not None:
            predicate = self.predicate(i, subject, subject.end)
            if predicate is not None:
                return self.judged(predicate)
        if at_boundary and (word in forms() or word in _ADVERBS or word.endswith("ly")):
            return self.elided(i)
        return None

    # ---- subjects

    def subject(self, i: int, at_boundary: bool) -> Subject | None:
        word = self.low[i]
        if word == "i":
            return Subject(self.saying.me, i + 1)
        if word == "we":
            return Subject(self.saying.me, i + 1, is_plural=True)
        if word in ("he", "she"):
            return Subject(self.other(word), i + 1, certainty=0.9)
        if word == "who" and (before := self.person_before(i)) is not None:
            return Subject(before, i + 1)
        if word in ("they", "you", "who"):
            return Subject(None, i + 1)
        if word in (
            "it",
            "this",
            "that",
            "these",
            "those",
            "there",
            "what",
            "which",
            "everyone",
            "everything",
            "someone",
            "nobody",
            "people",
        ):
            return (
                Subject(None, i + 1)
                if at_boundary
                or (self.said.is_word(i + 1) and (self.low[i + 1] in _FINITE or self.low[i + 1] in ("left", "made", "makes")))
                else None
            )
        if word in _POSSESSIVES:
            return self.owned(i)
        if self.said.is_capital(i) and (person := self.person(i) or self.stranger(i)):
            return self.named(i, *person)
        if at_boundary and word in ("the", "a", "an", "both", "all", "one", "some", "most", "our"):
            return self.anything(i + 1)
        return None

    def person_before(self, i: int) -> str | None:
        """The person named right before "who": "Pavel, who works as a nurse"."""
        last = i - 1 if i and self.low[i - 1] == "," else i
        for first in range(max(0, last - 3), last):
            person = self.person(first, is_introduced=first > 0 and self.low[first - 1] in self.roles)
            if person is not None and person[1] == last:
                self.others.append(person[0])
                return person[0]
        return None

    def owner(self, i: int) -> str | None:
        """Whose, of a possessive."""
        word = self.low[i]
        if word in ("my", "our"):
            return self.saying.me
        return self.other("he" if word == "his" else "she") if word in ("his", "her") else None

    def owned(self, i: int) -> Subject | None:
        """ "my sister", "my older sister Anna", "my sister's name", "our dog Rex", "my favourite colour"."""
        owner = self.owner(i)
        return self.of(owner, i + 1)

    def of(self, owner: str | None, i: int) -> Subject | None:
        """What is owned, from the word behind the possessive."""
        first = i
        while i < len(self.low) and i < first + 6 and self.said.is_word(i) and self.low[i] not in _NP_ENDS and not self.is_finite(i, first):
            i += 1
        if i == first:
            return None
        person = self.role(owner, first, i)
        if person is None:
            return Subject(owner, i, noun=" ".join(self.low[first:i]))
        if person.end < len(self.low) and self.low[person.end] == "'s" and self.owns(person.end):
            return self.of(person.path, person.end + 1)
        if person.end < i:
            return Subject(None, i)
        if person.end < len(self.low) and self.low[person.end] in ",(" and self.said.is_capital(person.end + 1):
            return self.apposed(person)
        return person

    def apposed(self, person: Subject) -> Subject:
        """ "my sister, Anna, …" """
        named = self.person(person.end + 1)
        if named is None or person.name or named[1] >= len(self.low) or self.low[named[1]] not in ",)":
            return person
        self.others.append(named[0])
        return replace(person, path=named[0], name=named[0], end=named[1] + 1)

    def role(self, owner: str | None, first: int, limit: int) -> Subject | None:
        """The person or pet that begins at `first`: "older sister Anna"."""
        i = first
        while i < limit and self.low[i] in words("role_adjectives"):
            i += 1
        if i >= limit:
            return None
        word = self.low[i]
        if i + 1 < limit and f"{word} {self.low[i + 1]}" in self.roles:
            return self.as_role(owner, f"{word} {self.low[i + 1]}", i + 2)
        is_plural = word not in self.roles and word.endswith("s") and word[:-1] in self.roles
        role = word[:-1] if is_plural else word
        if role not in self.roles or self.low[i + 1 : i + 2] in (["tongue"], ["nature"], ["board"]):
            return None
        return self.as_role(owner, role, i + 1, is_plural)

    def as_role(self, owner: str | None, role: str, end: int, is_plural: bool = False) -> Subject:
        """One of this role to `owner`, by the name that follows or by the role."""
        if end < len(self.low) and self.said.is_capital(end) and (named := self.person(end, is_introduced=True)) and owner is not None:
            self.others.append(named[0])
            return Subject(named[0], named[1], role=role, name=named[0], owner=owner)
        path = f"{owner}/{role}" if owner is not None and not is_plural else None
        if path is not None:
            known = self.introduced(path)
            self.others.append(known)
            return Subject(known, end, role=role, owner=owner or "")
        return Subject(path, end, role=role, owner=owner or "", is_plural=is_plural)

    def introduced(self, path: str) -> str:
        return path

    def person(self, i: int, is_introduced: bool = False) -> tuple[str, int] | None:
        """A person's name at `i` and the place behind it. Behind "my sister" any capitalised word is one."""
        if not self.said.is_capital(i) or self.said.quoted[i] or i in self.said.time_at:
            return None
        word = self.low[i]
        is_known = word in names() or word in self.known()
        if not is_known and (not is_introduced or word in words("not_names")):
            return None
        end = i + 1
        while (
            end < min(len(self.low), i + 3)
            and self.said.is_capital(end)
            and self.low[end] not in words("not_names")
            and self.low[end] not in names()
            and self.said.start[end] == self.said.end[end - 1] + 1
            and self.said.raw(end).isalpha()
            and end not in self.said.time_at
        ):
            end += 1
        return self.said.said(i, end), end

    def stranger(self, i: int) -> tuple[str, int] | None:
        """A name nobody knows, by its look and by what it does: "Zohra lives in Rome"."""
        word = self.low[i]
        end = i + 1
        if end < len(self.low) and self.said.is_capital(end) and self.said.raw(end).isalpha() and end not in self.said.time_at:
            end += 1
        if end < len(self.low) and self.low[end] == "'s" and self.owns_known(i, end):
            return self.said.said(i, end), end
        if end + 1 >= len(self.low) or not self.said.raw(i).isalpha() or self.said.raw(i).isupper() or len(word) < 2 or self.said.quoted[i]:
            return None
        if word in words("no_strangers") or word in forms() or word in _CLOSED or i in self.said.time_at or _NO_NAME.search(word):
            return None
        verb = end
        while verb < len(self.low) and (
            self.low[verb] in _ADVERBS or self.low[verb] in ("never", "no", "used", "to", "has", "had", "been", "longer")
        ):
            verb += 1
        if verb >= len(self.low):
            return None
        does = any(
            form.lemma in _PERSONAL and form.kinds & ({THIRD, PAST} if verb == end else {BASE, ING, PARTICIPLE, THIRD, PAST})
            for form in forms().get(self.low[verb], ())
        )
        is_one = (
            self.low[verb] in ("is", "'s", "was")
            and verb + 1 < len(self.low)
            and (
                (self.low[self.ahead(verb + 1) : self.ahead(verb + 1) + 1] != [] and self.low[self.ahead(verb + 1)] in _PERSONAL_BE)
                or (
                    self.low[verb + 2 : verb + 3]
                    and self.low[verb + 1] in ("a", "an", "my")
                    and (self.low[verb + 2] in words("jobs") or self.low[verb + 2] in self.roles)
                )
            )
        )
        return (self.said.said(i, end), end) if does or is_one else None

    def owns_known(self, i: int, end: int) -> bool:
        """Whether what "Zohra's …" owns is a person or a thing one says of persons: her sister, her hobby."""
        if self.low[i] in words("no_strangers") or self.low[i] in forms() or not self.said.raw(i).isalpha() or not self.is_boundary(i):
            return False
        last = end + 1
        while last < len(self.low) and last < end + 4 and not self.is_finite(last, last) and self.said.is_word(last):
            last += 1
        noun = self.low[end + 1 : last]
        return bool(noun) and (noun[-1] in self.roles or noun[0] in self.roles or attribute_of(" ".join(noun)) is not None)

    def known(self) -> frozenset[str]:
        """The first words of persons' names that the turn has made known."""
        listed = [self.saying.me, self.saying.you or "", *self.others]
        return frozenset(name.split()[0].lower() for name in listed if name.strip() and "/" not in name) - {"user"}

    def named(self, i: int, name: str, end: int) -> Subject | None:
        if end < len(self.low) and self.low[end] == "'s" and self.owns(end):
            return self.of(name, end + 1)
        if end < len(self.low) and self.low[end] == "," and self.said.low[end + 1 : end + 2] == ["my"]:
            person = self.role(self.saying.me, end + 2, len(self.low))  # "Anna, my sister, …"
            if person is not None and not person.name and self.low[person.end : person.end + 1] == [","]:
                self.others.append(name)
                return Subject(name, person.end + 1, role=person.role, name=name, owner=self.saying.me)
        if not self.is_finite(end, end):
            return None
        if i == 0 and end < len(self.low) and name.lower() == (self.saying.you or "").lower():
            return Subject(name, end) if self.low[end] in _THIRD_FINITE or self.is_third(end) else None
        if name.lower() == self.saying.me.lower():
            return Subject(self.saying.me, end)
        self.others.append(name)
        return Subject(name, end)

    def is_third(self, i: int) -> bool:
        return any(THIRD in form.kinds for form in forms().get(self.low[i], ()))

    def owns(self, i: int) -> bool:
        """Whether the 's at `i` is a possessive and not "is" or "has"."""
        behind = self.low[i + 1] if i + 1 < len(self.low) else ""
        if self.low[i - 1] == "name" or behind in _NOT_OWNED or behind.endswith("ing") or not behind[:1].isalnum():
            return False
        kinds = {kind for form in forms().get(behind, ()) for kind in form.kinds}
        return not kinds or bool(kinds & {BASE}) or behind in self.roles

    def anything(self, i: int) -> Subject | None:
        first = i
        while i < len(self.low) and i < first + 6 and self.said.is_word(i) and (self.low[i] not in _NP_ENDS or i == first):
            if i > first and self.is_finite(i, first):
                return Subject(None, i)
            i += 1
        return None

    def other(self, pronoun: str) -> str | None:
        """Whom "he" or "she" means: the person named last that it fits."""
        for path in reversed(self.others):
            if self.gender(path) in (pronoun, "either"):
                return path
        return None

    def gender(self, path: str) -> str:
        if "/" in path:
            role = path.rpartition("/")[2]
            return "she" if role in words("she") else "he" if role in words("he") else "either"
        return names().get(path.split()[0].lower(), "either")

    # ---- verbs

    def is_finite(self, i: int, first: int) -> bool:
        """Whether a finite verb stands at `i`, behind a subject that began at `first`."""
        if i >= len(self.low):
            return False
        word = self.low[i]
        if word == "used" and self.low[i + 1 : i + 3] == ["to", "be"]:
            return True
        if word == "no" and self.low[i + 1 : i + 2] == ["longer"]:
            return i + 2 < len(self.low) and (self.low[i + 2] in _FINITE or self.is_verb(i + 2))
        if word in _FINITE:
            return not (word == "'s" and self.owns(i))
        if word in _ADVERBS or word == "now" or (word.endswith("ly") and len(word) > 4):
            return (
                i + 1 < len(self.low)
                and (self.low[i + 1] in _FINITE or self.is_verb(i + 1))
                and i > first - 1
                and word not in ("only", "family")
            )
        return i > first - 1 and self.is_verb(i)

    def is_verb(self, i: int) -> bool:
        """Whether the word may be a finite verb of the third person or the past, and is nothing else by its look."""
        word = self.low[i]
        behind = i - 1
        while behind > 0 and (self.low[behind] in _ADVERBS or self.low[behind] == "now"):
            behind -= 1
        before = self.low[behind] if i else ""
        if self.said.is_capital(i) or (word in words("nouns_too") and not ((i and self.said.is_capital(behind)) or before in self.roles)):
            return False
        if before in ("parents", "grandparents", "kids", "children", "in-laws", "sisters", "brothers", "friends", "siblings"):
            return any(BASE in form.kinds for form in forms().get(word, ()))
        return any(form.kinds & {THIRD, PAST} for form in forms().get(word, ()))

    def predicate(self, start: int, subject: Subject, i: int) -> Predicate | None:
        """The verbs from `i` on."""
        low, tense, denied, is_change = self.low, "", "", False
        is_progressive, is_stopped, certainty = False, False, subject.certainty
        while i < len(low):
            word = low[i]
            if word in ("not", "n't"):
                denied = denied or "not"
            elif word == "never":
                denied = "never"
            elif word == "no" and low[i + 1 : i + 2] == ["longer"]:
                denied, i = "longer", i + 1
            elif word in ("now", "newly"):
                is_change = True
            elif word == "might" or (word in ("almost", "nearly") and not self.is_count(i + 1)):
                tense = MODAL
            elif word in _UNSURE:
                certainty = min(certainty, 0.7)
            elif word in ("all", "both", "each") or word in _ADVERBS or (word.endswith("ly") and len(word) > 4):
                pass
            elif word in ("sort", "kind") and low[i + 1 : i + 2] == ["of"]:
                i += 1
            elif word in _BE:
                ahead = self.ahead(i + 1)
                if (
                    word == "'s"
                    and self.has_kind(ahead, PARTICIPLE)
                    and low[ahead] in ("been", "got", "had", "moved", "gone", "started", "become")
                ):
                    tense = tense or PERFECT
                elif ahead < len(low) and low[ahead] == "going" and low[ahead + 1 : ahead + 2] == ["to"] and self.has_kind(ahead + 2, BASE):
                    tense, i = tense if tense == "past" else FUTURE, ahead + 1
                    denied = denied or self.denial(i - 2, ahead)
                    if word in ("was", "were"):
                        tense = WOULD
                elif ahead < len(low) and self.is_ing(ahead) and not subject.noun:
                    tense = tense or ("past" if word in ("was", "were") else PRESENT)
                    is_progressive, i = True, ahead - 1
                    denied = denied or self.denial(i, ahead)
                else:
                    return Predicate(
                        subject,
                        start,
                        max(i, ahead - 1) if self.low[ahead - 1] in _NEGATIONS else i,
                        BE,
                        tense or ("past" if word in ("was", "were") else PRESENT),
                        denied or self.denial(i, ahead),
                        is_change=is_change,
                        certainty=certainty,
                    )
            elif word in ("have", "has", "had", "'ve") or (word == "'d" and self.is_had(i)):
                ahead = self.ahead(i + 1)
                if (
                    word != "had"
                    and ahead < len(low)
                    and low[ahead] == "got"
                    and not self.has_kind(ahead + 1, PARTICIPLE)
                    and low[ahead + 1 : ahead + 2] != ["to"]
                ):
                    return Predicate(subject, start, ahead, _HAVE_FORM, tense or PRESENT, denied, is_change=is_change, certainty=certainty)
                if (
                    ahead < len(low)
                    and (low[ahead] in ("n't", "been") or self.has_kind(ahead, PARTICIPLE))
                    and not (word in ("have", "had", "has") and low[ahead] in words("nouns_too"))
                ):
                    tense = tense or ("past" if word in ("had", "'d") else PERFECT)
                elif ahead < len(low) and low[ahead] == "to" and self.has_kind(ahead + 1, BASE):
                    tense, i = (PRESENT if subject.noun and low[ahead + 1] == "be" else MODAL), ahead
                else:
                    return Predicate(
                        subject,
                        start,
                        i,
                        _HAVE_FORM,
                        tense or ("past" if word == "had" else PRESENT),
                        denied,
                        is_change=is_change,
                        certainty=certainty,
                    )
            elif word == "'d":
                tense = MODAL if low[i + 1 : i + 2] == ["better"] else WOULD
            elif word in ("do", "does", "did"):
                ahead = self.ahead(i + 1)
                if ahead >= len(low) or not (low[i + 1] in ("n't", "not") or self.has_kind(ahead, BASE)):
                    return Predicate(
                        subject,
                        start,
                        i,
                        Form("do", frozenset({PAST if word == "did" else BASE})),
                        tense or ("past" if word == "did" else PRESENT),
                        denied,
                        is_change=is_change,
                        certainty=certainty,
                    )
                tense = tense or ("past" if word == "did" else PRESENT)
            elif word in ("will", "'ll", "shall"):
                tense = FUTURE
            elif word == "would":
                tense = WOULD
            elif word == "can":
                tense = CAN
            elif word in ("could", "should", "may", "might", "must", "ought"):
                tense = MODAL
            elif (word == "used" and low[i + 1 : i + 2] == ["to"] and self.has_kind(self.ahead(i + 2), BASE)) or (
                word == "use" and tense == "past" and low[i + 1 : i + 2] == ["to"]
            ):
                tense, i = USED, i + 1
            else:
                form = self.form(i, tense, is_progressive)
                if form is None:
                    if not tense:
                        return None
                    return Predicate(subject, start, i, None, tense, denied, is_progressive, is_change, certainty=certainty)
                if not tense:
                    tense = "past" if PAST in form.kinds and (BASE not in form.kinds or form.lemma in _PAST_LIKE_BASE) else PRESENT
                return Predicate(subject, start, i, form, tense, denied, is_progressive, is_change or is_stopped, certainty=certainty)
            i += 1
        return None

    def is_count(self, i: int) -> bool:
        """Whether a number stands at `i`."""
        return i < len(self.low) and (self.low[i].isdecimal() or self.low[i] in words("numbers"))

    def denial(self, first: int, last: int) -> str:
        between = self.low[first:last]
        if "never" in between:
            return "never"
        if "longer" in between:
            return "longer"
        return "not" if "not" in between or "n't" in between else ""

    def ahead(self, i: int) -> int:
        """The next word that is no adverb or negation."""
        while i < len(self.low) and (
            self.low[i] in _ADVERBS
            or (
                self.low[i] in ("not", "n't", "never", "no", "longer", "now", "both", "all")
                and not (self.low[i] == "no" and self.low[i + 1 : i + 2] != ["longer"])
            )
            or (self.low[i].endswith("ly") and len(self.low[i]) > 4 and self.low[i] not in words("adjectives_ly"))
        ):
            i += 1
        return i

    def has_kind(self, i: int, kind: str) -> bool:
        if i >= len(self.low):
            return False
        word = self.low[i]
        if word in ("be", "have", "do", "get") and kind == BASE:
            return True
        if word == "been" and kind == PARTICIPLE:
            return True
        known = forms().get(word)
        if known is None:
            return (kind == PARTICIPLE and word.endswith("ed") and len(word) > 4) or (
                kind == BASE and not self.said.is_capital(i) and word not in _CLOSED and self.said.is_word(i)
            )
        return any(kind in form.kinds for form in known)

    def is_ing(self, i: int) -> bool:
        word = self.low[i]
        return word.endswith("ing") and len(word) > 4 and word not in words("ing_adjectives")

    def is_had(self, i: int) -> bool:
        ahead = self.ahead(i + 1)
        return (self.has_kind(ahead, PARTICIPLE) and not self.has_kind(ahead, BASE)) or self.low[i + 1 : i + 2] == ["been"]

    def form(self, i: int, tense: str, is_progressive: bool) -> Form | None:
        """The verb at `i` as one that may stand there."""
        known = forms().get(self.low[i], ())
        wanted = (
            {ING}
            if is_progressive
            else {PARTICIPLE}
            if tense == PERFECT
            else {BASE, PAST, THIRD}
            if not tense
            else {BASE, PARTICIPLE}
            if tense == "past"
            else {BASE}
        )
        for form in known:
            if form.kinds & wanted:
                return form
        return None

    # ---- what stands around a clause

    def is_boundary(self, i: int) -> bool:
        if i == 0:
            return True
        before = self.low[i - 1]
        if before in _JOINS or before in ",;:.!?—–-(…":
            return True
        return (before in _ADVERBS and i - 1 > 0 and self.is_boundary(i - 1)) or ((i - 1) == 0 and before in _INTERJECTIONS)

    def elided(self, i: int) -> Predicate | None:
        """A clause without a subject: "… and work at Acme", "Just moved to Lisbon!"."""
        before = self.found[-1] if self.found else None
        ahead = i
        while ahead < len(self.low) and (
            self.low[ahead] in _ADVERBS
            or self.low[ahead] in ("never", "now")
            or (self.low[ahead].endswith("ly") and len(self.low[ahead]) > 4)
        ):
            ahead += 1
        if ahead >= len(self.low):
            return None
        word = self.low[ahead]
        if before is not None and i > before.verb and self.low[i - 1] in ("and", "but", "then", "or", ","):
            return self.joined(i, ahead, before)
        if before is None and (
            i == 0 or all(w in _INTERJECTIONS or not w[0].isalnum() or self.said.is_capital(k) for k, w in enumerate(self.low[:i]))
        ):
            if word in ("been",) and self.is_ing(self.ahead(ahead + 1)):
                subject = Subject(self.saying.me, ahead + 1, certainty=0.9)
                return (
                    self.judged(replace(predicate, tense=PERFECT))
                    if (predicate := self.predicate(i, subject, self.ahead(ahead + 1)))
                    else None
                )
            known = forms().get(word, ())
            if i == 0 and self.others and any(form.kinds == {THIRD} and form.lemma in _PERSONAL for form in known):
                return self.predicate(i, Subject(self.others[-1], i, certainty=0.9), i)
            is_past = any(PAST in form.kinds and BASE not in form.kinds for form in known) and (
                word not in words("nouns_too")
                or (self.low[ahead + 1 : ahead + 2] and self.low[ahead + 1] in ("my", "a", "an", "the", "some", "our"))
            )
            if (
                is_past
                or word in ("love", "hate", "miss", "quit")
                or (
                    word in ("ca", "can", "do")
                    and self.low[ahead + 1 : ahead + 2] == ["n't"]
                    and self.low[ahead + 2 : ahead + 3] in (["stand"], ["like"])
                )
            ):
                subject = Subject(self.saying.me, i, certainty=0.9)
                return self.judged(predicate) if (predicate := self.predicate(i, subject, i)) else None
        return None

    def joined(self, i: int, verb: int, before: Predicate) -> Predicate | None:
        """A second verb to the subject of the clause before."""
        word = self.low[verb]
        subject = replace(before.subject, end=i, name="", role="")
        if word in _FINITE and word not in ("'s", "have", "had", "do", "did"):
            found = self.predicate(i, subject, i)
            return (
                replace(found, is_live=found.is_live and before.is_live, certainty=min(found.certainty, before.certainty))
                if found
                else None
            )
        if before.form is None or (
            before.form.lemma in ("be", "feel", "get", "look", "seem") and (word in words("feelings") or word in words("traits"))
        ):
            return None
        wanted: set[str]
        between = range(before.verb + 1, i - 1)
        if before.tense == PRESENT and any(self.low[k] == "to" and self.has_kind(k + 1, BASE) for k in between) and word != "have":
            return None  # "I'm excited to meet people and learn more"
        if before.is_progressive:
            wanted = {ING}
        elif before.tense == PERFECT:
            wanted = {PARTICIPLE}
        elif (before.tense == "past" and PAST in before.form.kinds) or (before.tense == "past" and before.form.lemma == "be"):
            wanted = {PAST}
        elif before.tense == PRESENT:
            wanted = {THIRD} if THIRD in before.form.kinds or self.low[before.verb] in ("is", "'s", "has", "does") else {BASE}
        else:
            wanted = {BASE}
        if word in ("have", "has", "had") and (word == "had") == (before.tense == "past"):
            found = self.predicate(i, subject, i)
            return replace(found, is_live=before.is_live) if found else None
        if (
            word in words("nouns_too")
            and before.tense == PRESENT
            and not before.is_progressive
            and self.low[i - 1] != "then"
            and wanted == {BASE}
            and not self.takes_object(verb)
        ):
            return None
        for form in forms().get(word, ()):
            if form.kinds & wanted or (before.tense == "past" and PARTICIPLE in form.kinds and PAST in form.kinds):
                return Predicate(
                    subject,
                    i,
                    verb,
                    form,
                    before.tense,
                    before.denied if self.low[i - 1] == "or" else "",
                    before.is_progressive,
                    is_live=before.is_live and (self.low[i - 1] != "or" or bool(before.denied)),
                    certainty=before.certainty,
                )
        if self.low[i - 1] in ("and", "but", "then") and before.tense == PRESENT:
            for form in forms().get(word, ()):  # "I live in Rome and moved here last year"
                if PAST in form.kinds and BASE not in form.kinds and word not in words("nouns_too"):
                    return Predicate(subject, i, verb, form, "past", is_live=before.is_live, certainty=before.certainty)
        return None

    def takes_object(self, verb: int) -> bool:
        behind = self.low[verb + 1] if verb + 1 < len(self.low) else ""
        return behind in ("the", "a", "an", "my", "in", "at", "as", "for", "to", "with", "on")

    def judged(self, predicate: Predicate) -> Predicate:
        """The clause with what its surroundings make of it."""
        certainty, is_live = predicate.certainty, True
        if predicate.start >= self.question_at:
            is_live = False
        verdict = self.around(predicate.start, predicate)
        before = self.low[predicate.start - 1] if predicate.start else ""
        if verdict == 0.0:
            is_live = False
        is_background = before in ("when", "after", "before", "until", "till", "while")
        return replace(predicate, is_live=is_live, is_background=is_background, certainty=min(certainty, verdict or certainty))

    def around(self, start: int, predicate: Predicate) -> float:
        """How far the words before a clause let one believe it: 0 not at all."""
        before = self.found[-1] if self.found else None
        i = start - 1
        verdict = 1.0
        while i >= 0 and (
            self.low[i] in _ADVERBS
            or self.low[i] in _UNSURE
            or self.low[i].endswith("ly")
            or self.low[i] in ("now", "then", "today", "yesterday", "also")
        ):
            verdict = min(verdict, 0.7 if self.low[i] in _UNSURE else 1.0)
            i -= 1
        if i < 0:
            return verdict
        word = self.low[i]
        opened = next((time for time in self.said.times if time.first <= i < time.last), None)
        if opened is not None and (
            opened.first == 0 or not self.said.is_word(opened.first - 1) or self.low[opened.first - 1] in _BEFORE_TIMES
        ):
            return verdict
        if word in _HYPOTHETICAL:
            return 0.0
        if word == "that" or (word in _CLAUSE_VERBS):
            return verdict * self.embedded(i, predicate, before)
        if word in ("when", "while", "after", "before", "until", "till"):
            return verdict if predicate.tense in ("past", USED) or word == "while" else 0.0
        if word in ("and", "but", ",", "or", "then", "plus") and before is not None:
            if word == "or":
                return 0.0
            if not before.is_live and word == "and" and before.start < self.question_at:
                return 0.0
            if before.tense == WOULD and predicate.tense == "past" and word == "and":
                return 0.0
            return verdict
        if word in _JOINS or not self.said.is_word(i):
            return verdict
        if word in _WHS:
            return 0.0
        return verdict if self.is_opening(i + 1) else 0.0

    def embedded(self, i: int, predicate: Predicate, before: Predicate | None) -> float:
        """A clause behind "that" or a verb of saying or thinking at `i`."""
        head = i - 1 if self.low[i] == "that" else i
        while head > 0 and (self.low[head] in ("you", "him", "her", "them", "everyone", "out", "me") or self.low[head] in _ADVERBS):
            head -= 1
        word = self.low[head] if head >= 0 else ""
        if word == "now":
            return 1.0
        if word not in _CLAUSE_VERBS or (before is not None and before.tense == USED):
            return 0.0
        if word in ("wish", "hope", "hoping", "imagine", "wished", "doubt", "pretend", "suppose", "dream", "dreamed"):
            return 0.0
        is_known = before is not None and self.low[before.start : before.verb + 1] == ["you", "know"]
        is_mine = before is None or is_known or (before.subject.path == self.saying.me and before.is_live and not before.denied)
        if not is_mine:
            if (
                before is None
                or not before.is_live
                or (before.subject.path is None and self.low[before.start] not in ("it", "that", "which"))
            ):
                return 0.0
            if predicate.subject.path == self.saying.me:
                return 0.0 if before.subject.path is not None else 1.0
            return 0.8
        if word in ("think", "guess", "believe", "suppose", "reckon", "assume", "thought", "suspect", "heard"):
            return 0.8 if predicate.tense != "past" or word not in ("thought",) else 0.0
        return 1.0

    def is_opening(self, i: int) -> bool:
        """Whether what stands between the last stop and `i` only opens the clause: "Last night I", "As a child I"."""
        first = i
        while first > 0 and self.said.is_word(first - 1) and i - first < 9:
            first -= 1
        opening = self.low[first:i]
        if not opening:
            return True
        if opening[0] in ("and", "but", "so", "because", "plus", "then"):
            opening = opening[1:]
            first += 1
        if not opening or first in self.said.time_at or all(word in _INTERJECTIONS or word in _ADVERBS for word in opening):
            return True
        if opening[0] in _INTERJECTIONS:
            return len(opening) < 4 and not any(form.kinds & {THIRD, PAST} for word in opening[1:] for form in forms().get(word, ()))
        return opening[0] in _OPENERS and not any(word in _FINITE for word in opening)


_BE = frozenset({"am", "'m", "is", "'s", "are", "'re", "was", "were", "be", "been", "being"})
_HAVE_FORM = Form("have", frozenset({BASE}))
_FINITE = _BE - {"be", "been", "being"} | frozenset(
    "have has had 've 'd do does did will 'll would can could should may might must shall".split()
)
_THIRD_FINITE = frozenset("is 's was has had does did will would can could".split())
_PAST_LIKE_BASE = frozenset("quit hurt cut hit put".split())
_POSSESSIVES = frozenset("my our his her their".split())
_NO_NAME = re.compile(r"(?:ing|tion|ness|ment|ity|ism|ies)$")
_PERSONAL = frozenset(
    """
    live reside move relocate work love like hate prefer enjoy speak study own drive play join quit marry adopt graduate visit retire
    play suffer
    """.split()
)
_PERSONAL_BE = frozenset(
    """
    allergic married single divorced engaged vegetarian vegan pregnant retired afraid working living studying moving dating
    """.split()
)
_BEFORE_TIMES = frozenset("ever and but so since from in on back".split())
_NEGATIONS = frozenset("not n't never longer".split())
_NP_ENDS = frozenset("to for and or but i we with at in on that because from when so if by as who which the a an my".split())
_NOT_OWNED = frozenset(
    """
    a an the not n't in on at from so very really just been got always never also now still my your his her their allergic
    """.split()
)
_ADVERBS = frozenset(
    """
    also really always still just recently currently usually often sometimes absolutely totally actually finally probably already only
    even kinda definitely truly mostly mainly simply once ever lately nowadays rarely seldom first again then too personally honestly
    quite rather pretty super so much originally officially frankly today yesterday soon well regularly normally generally typically
    occasionally basically literally previously formerly proudly happily sadly unfortunately luckily fortunately obviously clearly
    apparently eventually instead though however anyway meanwhile after_all together myself here there
    """.split()
)
_UNSURE = frozenset("maybe perhaps possibly probably might apparently supposedly allegedly".split())
_JOINS = frozenset(
    """
    and but so because cause cuz since although though while plus yet as except whereas cos therefore thus hence
    """.split()
)
_LEADING = _JOINS | frozenset("that when if who which then or after before until unless where also whether than what how why".split())
_INTERJECTIONS = frozenset(
    """
    well yeah yes yep yup no nope nah oh hi hey hello lol ok okay btw anyway so wow thanks hmm um uh haha man dude ah aw great cool
    nice sure right true absolutely definitely actually sorry please friend everyone good morning evening afternoon anyways fyi guys
    honestly look listen see alright exactly totally same agreed thank you gosh sweet awesome
    """.split()
)
_OPENERS = frozenset(
    """
    ever in on at for as after before during every last this these since until each next by with from to over throughout around
    besides about one two three some most back today yesterday nowadays lately recently years months weeks when despite without once
    earlier early late apart other aside outside like unlike due thanks because growing
    """.split()
)
_HYPOTHETICAL = frozenset(
    """
    if unless whether wish imagine suppose pretend hope wished hoping lest once assuming provided in_case
    """.split()
)
_CLAUSE_VERBS = frozenset(
    """
    turns turned note realising think guess believe know mean said say says told tell feel felt realize realized realise realised
    decided forgot remember remembered glad happy sure afraid excited proud lucky out figured noticed found heard admit swear confess
    mentioned mention reckon suspect thought knows thinks believes tells claims claimed add added explained hear see saw learned
    learnt discovered wish hope hoping imagine doubt pretend suppose dream dreamed assume sad grateful thankful blessed surprised fact
    news thing sorry
    """.split()
)
_WHS = frozenset("where what why how who whom whose which whatever whenever wherever whoever than".split())
_CLOSED = (
    _FINITE
    | _ADVERBS
    | _JOINS
    | _WHS
    | _POSSESSIVES
    | _INTERJECTIONS
    | frozenset(
        """
    the a an to of in on at for from with by about into i you he she it we they me him them us this that these those not n't no never
    and or if
    """.split()
    )
)
