"""An item of a model's reply in; a claim that its episode bears out, or the objection to it, out. Pure.

A quote must occur in the turn it cites (white space, case and typographic variants aside). Subject, object and qualifier must
occur near the quote; where the quote points back ("she", 那), in what was said before. What does not is refused, and counted.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from remanence.distill.dated import dated, times
from remanence.distill.relations import ENTITIES, Registry, Relation
from remanence.distill.turns import Batch, Turn
from remanence.language.analyse import has_chinese, terms
from remanence.types import Claim, Stance

NEAR = 300
"""Characters around a quote in which its subject and object may stand."""
FARTHEST_BACK = 12
"""Turns before it in which what a pronoun means may stand."""
LONGEST_NAME = 120
LONGEST_OBJECT = 400
DEEPEST_PATH = 3
FIRST_PERSON = frozenset("i me my mine myself user human speaker 我 本人 自己 用户 说话人".split()) | {"the user", "the speaker"}
IS_FIRST_PERSON = re.compile(r"\b(?:i|i'm|me|my|mine|we|our|us)\b|[我咱]", re.IGNORECASE)
SECOND_PERSON = re.compile(r"\b(?:you|your|yours|yourself|u|ur)\b|[你您]", re.IGNORECASE)
POINTS_BACK = re.compile(
    r"\b(?:he|she|they|it|him|her|hers|his|their|theirs|them|its|this|that|there|these|those|ones?|both)\b|[他她它这那其]|此|俩",
    re.IGNORECASE,
)
SAYS_NOTHING = frozenset(
    "it this that these those there here him her them he she they one ones something anything nothing someone somebody thing things "
    "none null unknown n/a yes no true false "
    "它 他 她 他们 她们 它们 这 那 这个 那个 这里 那里 这儿 那儿 什么 东西 某人 无 未知 没有 是 不是".split()
)
STANCES = {
    "affirm": Stance.AFFIRM,
    "past": Stance.AFFIRM,
    "deny": Stance.DENY,
    "correct": Stance.CORRECT,
    "retract": Stance.RETRACT,
}
SYNONYMS = {
    "likes": "love loves like enjoy enjoys adores fond_of interested_in is_interested_in",
    "dislikes": "hate hates dislike does_not_like",
    "favourite": "favorite favourites favorites",
    "prefers": "prefer preference",
    "works_at": "work_at works_for employed_by employer works_in company",
    "job": "occupation profession works_as job_title role is_a career",
    "lives_in": "lived_in resides_in residence home moved_to located_in location live_in",
    "studies_at": "attends student_at enrolled_at school university",
    "spouse": "married_to is_married_to",
    "partner": "dating in_a_relationship_with girlfriend_of boyfriend_of",
    "goal": "wants want wants_to dreams_of hopes_to aims_to",
    "plans": "plan plans_to planning intends_to will",
    "visited": "went_to travelled_to traveled_to travels_to has_visited visit",
    "got": "bought purchased received acquired",
    "owns": "has have own possesses",
    "opinion": "thinks believes thinks_that believes_that",
    "has_condition": "suffers_from diagnosed_with illness has_illness",
    "comes_from": "is_from from hometown",
    "born_on": "birthday birthdate date_of_birth birth_date",
    "born_in": "birthplace place_of_birth",
    "diet": "is_vegetarian eats",
    "did": "event happened experienced",
}
"""What models write for a relation, beside its own English words."""


OTHER_NAMES = {"quote": "evidence", "relation": "predicate", "object": "value"}
"""What models that were held to no schema call the fields."""


class Objection(StrEnum):
    """Why an item is no claim."""

    MALFORMED = "not in the form of a claim"
    PROMPT = "words of the prompt, not of the text"
    TURN = "no such turn"
    QUOTE = "the quote does not occur in its turn"
    SUBJECT = "the subject does not occur in the text"
    OBJECT = "the object does not occur in the text"
    LANGUAGE = "another language than the text's"
    RELATION = "no such relation"
    QUALIFIER = "the relation needs a qualifier that occurs in the text"
    QUESTION = "asked, not stated"
    SUPPOSED = "supposed, not stated"
    EMPTY = "says nothing"
    REPEATED = "said twice in one reply"


ANSWERS_ELSE = frozenset({Objection.MALFORMED, Objection.PROMPT})
"""A reply of these alone answers something else than was asked."""


class Words:
    """A text to search in: one kind of space, quote and case; finds are places in the text as it was."""

    def __init__(self, text: str) -> None:
        folded: list[str] = []
        self._places: list[int] = []
        for place, character in enumerate(text):
            for each in _folded(character):
                if each != " " or (folded and folded[-1] != " "):
                    folded.append(each)
                    self._places.append(place)
        self.text = "".join(folded)

    def find(self, words: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Where `words` first stand in `text[start:end]`, never as a part of a longer word."""
        sought = fold(words)
        at = self.text.find(sought) if sought else -1
        while at >= 0:
            last = at + len(sought)
            place = self._places[at], self._places[last - 1] + 1
            if place[0] >= start and (end is None or place[1] <= end) and _is_whole(self.text, at, last):
                return place
            if end is not None and place[0] >= end:
                return None
            at = self.text.find(sought, at + 1)
        return None


def fold(words: str) -> str:
    """`words` as `Words` holds them, without white space and quotes around."""
    return re.sub(r" +", " ", "".join(map(_folded, words))).strip(" \"'")


@lru_cache(maxsize=1 << 14)
def _folded(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character)[0] == "C":
        return ""
    if character in "“”„«»「」『』":
        return '"'
    if character in "‘’‚′`":
        return "'"
    if character in "–—‐‑−":
        return "-"
    folded = unicodedata.normalize("NFKC", character).casefold()
    return " " if folded.isspace() else folded


def _is_whole(text: str, start: int, end: int) -> bool:
    return not (_joins(text[start - 1 : start], text[start]) or _joins(text[end - 1], text[end : end + 1]))


def _joins(one: str, other: str) -> bool:
    """Whether two neighbours belong to one word; Chinese has no gaps to tell by."""
    return bool(one and other) and one.isalnum() and other.isalnum() and not has_chinese(one) and not has_chinese(other)


_NAMES_DAY = re.compile(r"\d|[一二三四五六七八九十]月|[A-Z][a-z]+ (?:the )?[a-z]+")
_NEGATES = re.compile(r"\b(?:not|no|never|without|neither|nor|cannot)\b|n['’]t\b", re.IGNORECASE)


class _Place(NamedTuple):
    """Where the words of a claim stand."""

    turn: Turn
    start: int
    end: int
    """Of the quote, in the turn's text."""
    quote: str

    @property
    def near(self) -> tuple[int, int]:
        return max(0, self.start - NEAR), self.end + NEAR

    @property
    def said(self) -> str:
        """What stands near the quote."""
        return self.turn.text[slice(*self.near)]


class Ground:
    """What the claims of one batch must stand on."""

    def __init__(self, batch: Batch, registry: Registry, own_words: str) -> None:
        self._registry = registry
        self._own_words = own_words
        self._known = words_for(registry)
        self._numbered = batch.numbered
        self._order = [turn for turn in batch.turns if turn.is_testimony]
        self._words: dict[int, Words] = {}
        self.invented = 0
        """Dates left out of claims because the text does not speak of them."""
        self._speakers = {(turn.session, fold(turn.who)): turn.who for turn in self._order}

    def claim(self, item: Mapping[str, Any]) -> tuple[Turn, Claim] | Objection:
        """The claim that `item` makes and the turn that makes it, or what speaks against it."""
        said = _fields(item)
        if said is None:
            return Objection.MALFORMED
        place = self._place(said)
        if isinstance(place, Objection):
            return place
        if objection := _framing(place.turn.text, place.start, place.end):
            return objection
        relation, implied = relation_of(said["relation"], self._registry, self._known)
        if relation is None:
            return Objection.RELATION
        stance = STANCES.get(said["stance"])
        certainty = _certainty(item.get("certainty"))
        if stance is None or certainty is None:
            return Objection.MALFORMED
        subject = self._named(said["subject"], place)
        if subject is None:
            return Objection.SUBJECT
        value = self._object(said["object"], relation, subject, stance, place)
        if isinstance(value, Objection):
            return value
        qualifier = self._qualifier(said["qualifier"] or implied, relation, place)
        if qualifier is None:
            return Objection.QUALIFIER
        replaces = trim(said["replaces"]) if stance is Stance.CORRECT else ""
        span, said_at = (place.start, place.end), place.turn.episode.said_at
        when, is_invented = dated(said["when"], place.turn.text, span, said_at, relation.kind, said["stance"])
        self.invented += is_invented
        return place.turn, Claim(
            subject=subject,
            relation=relation.name,
            object=value,
            start=place.turn.start + place.start,
            end=place.turn.start + place.end,
            stance=stance,
            qualifier=qualifier,
            replaces=self._occurring(replaces, place) or "",
            valid_from=when.valid_from,
            valid_to=when.valid_to,
            precision=when.precision,
            certainty=certainty,
            is_change=_is_true(item.get("change")),
        )

    def _place(self, said: Mapping[str, str]) -> _Place | Objection:
        """The turn and the stretch of it that the item cites."""
        number = re.search(r"\d{1,9}", said["turn"])
        turn = self._numbered.get(int(number[0])) if number else None
        quote = said["quote"].strip(" .,;。，；…")
        found = self._in(turn).find(quote) if turn and quote else None
        if turn and found:
            return _Place(turn, *found, turn.text[slice(*found)])
        if self._prompt.find(quote) and len(fold(quote)) > 3:
            return Objection.PROMPT
        return Objection.QUOTE if turn else Objection.TURN

    @cached_property
    def _prompt(self) -> Words:
        return Words(self._own_words)

    def _in(self, turn: Turn) -> Words:
        if id(turn) not in self._words:
            self._words[id(turn)] = Words(turn.text)
        return self._words[id(turn)]

    def _earlier(self, turn: Turn) -> Iterator[Turn]:
        """What was said shortly before in the same session, latest first."""
        before = self._order[: next(at for at, each in enumerate(self._order) if each is turn)]
        return islice((each for each in reversed(before) if each.session == turn.session), FARTHEST_BACK)

    def _occurring(self, words: str, place: _Place) -> str | None:
        """`words` as the text has them: near the quote, or before it where the quote points back."""
        if not words:
            return None
        found = self._in(place.turn).find(words, *place.near)
        if found:
            return place.turn.text[slice(*found)]
        if POINTS_BACK.search(place.quote):
            for turn in self._earlier(place.turn):
                if found := self._in(turn).find(words):
                    return turn.text[slice(*found)]
        return None

    def _named(self, name: str, place: _Place) -> str | None:
        """A person or thing as said, or a path from one; `None` where the text has no such."""
        if fold(name) == fold(place.turn.who):  # it may hold a slash itself
            return place.turn.who if self._base(place.turn.who, place) else None
        first, *path = (part.strip() for part in name.split("/"))
        base = self._base(first, place)
        if base is None or len(name) > LONGEST_NAME or len(path) > DEEPEST_PATH:
            return None
        steps = [self._role(step, place) for step in path]
        return None if None in steps else "/".join([base, *(step for step in steps if step)])

    def _base(self, name: str, place: _Place) -> str | None:
        folded = fold(name)
        if not folded:
            return None
        if folded in FIRST_PERSON or folded in (fold(place.turn.who), fold(place.turn.label)):
            return place.turn.who if place.turn.is_signed or IS_FIRST_PERSON.search(place.said) else None
        other = self._speakers.get((place.turn.session, folded))
        if other and SECOND_PERSON.search(place.quote):
            return other
        if folded in SAYS_NOTHING:
            return None
        found = self._occurring(trim(name), place)
        if found and folded in self._registry.role_of:
            return f"{place.turn.who}/{folded}"
        return found and (other or found)

    def _role(self, role: str, place: _Place) -> str | None:
        """The word of kinship as it is said: 妹妹 where the model wrote "sister"."""
        folded = fold(role)
        if found := self._occurring(folded, place) or self._occurring(f"{folded}s", place):
            return folded if fold(found) != folded else found.lower()
        relation = self._registry.role_of.get(folded)
        alike = [word for word, name in self._registry.role_of.items() if relation and name == relation]
        # The longest first: 妹妹 holds 妹.
        said = (word for word in sorted(alike, key=len, reverse=True) if not self._registry[relation or ""].each)
        return next((word for word in said if self._occurring(word, place)), None)

    def _object(self, given: str, relation: Relation, subject: str, stance: Stance, place: _Place) -> str | Objection:
        value = trim(given)
        if not value:
            return "" if stance in (Stance.DENY, Stance.RETRACT) else Objection.EMPTY
        folded = fold(value)
        if folded in SAYS_NOTHING or (relation.object in ENTITIES and folded == fold(subject)) or len(value) > LONGEST_OBJECT:
            return Objection.EMPTY
        if relation.object == "person" and (folded in self._registry.role_of or "/" in value or folded in FIRST_PERSON):
            path = f"{subject}/{value}" if folded in self._registry.role_of else value
            found = self._named(path, place)
            return Objection.OBJECT if found is None else Objection.EMPTY if found == subject else found
        found = self._date(value, place) if relation.object == "date" else None
        found = found or self._occurring(value, place) or self._alike(value, place)
        if found is None and relation.object in ENTITIES and SECOND_PERSON.search(place.quote):
            found = self._speakers.get((place.turn.session, folded))
        if found is None:
            return Objection.LANGUAGE if _is_translated(value, place.turn.text) else Objection.OBJECT
        return found

    def _date(self, value: str, place: _Place) -> str | None:
        """A day in the words of the text; month and day of one that only the moment tells ("today")."""
        near = times(place.said, place.turn.episode.said_at)
        same = (each for each in near if fold(value) in fold(each.words) or f"{each.start:%Y-%m-%d}".endswith(value[-5:]))
        day = next((each for each in same if each.end - each.start <= timedelta(days=1)), None)
        if day is None:
            return None
        return day.words if _NAMES_DAY.search(day.words) else f"{day.start:%m-%d}"

    def _alike(self, value: str, place: _Place) -> str | None:
        """`value` where its words stand near the quote in other forms, or with others in between."""
        if has_chinese(value):
            return value if _is_scattered(fold(value), fold(place.quote)) else None
        sought = terms(value)
        is_denied = _NEGATES.search(value) is not None and not _NEGATES.search(place.said)
        return value if sought and set(sought) <= set(terms(place.said)) and not is_denied else None

    def _qualifier(self, given: str, relation: Relation, place: _Place) -> str | None:
        """The qualifier in the words of the text; `None` where the relation needs one and it is not there."""
        if not relation.each:
            return ""
        value = trim(given).lower()
        if not value:
            return None
        found = self._occurring(value, place)
        return (found and found.lower()) or self._alike(value, place) or self._role(value, place)


_ASKS = re.compile(
    r"(?:(?:and|but|so|then|oh|hey|wow|well)\s+)*"
    r"(?:(?:do|does|did|are|is|was|were|have|has|had|can|could|would|will|should|may|might)(?:n['’]?t)?|wo(?:n['’]?t)|ca(?:n['’]?t)|"
    r"what|where|when|who|whom|whose|why|which|how)\b",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(r"[吗嘛呢]$|什么|[谁哪]|怎么|为何|是不是|有没有|会不会|要不要|多少|几[个岁点]|如何|是否")
_SUPPOSES = re.compile(r"(?:(?:and|but|so|even|only|what|as)\s+)*(?:if|unless|suppose|supposing|imagine|let's say)\b", re.IGNORECASE)
_SUPPOSES_ZH = re.compile(r"(?:如果|要是|假如|假设|倘若|万一|若是|的话$)")
_CLAUSE = re.compile(r"[,，.!?。！？;；\n]")
LONGEST_CLAUSE = 200


def _framing(text: str, start: int, end: int) -> Objection | None:
    """Whether the clause in which a quote stands asks or supposes; only its first words and its end tell."""
    before = [found.end() for found in _CLAUSE.finditer(text, max(0, start - LONGEST_CLAUSE), start)]
    first = _CLAUSE.search(text, start)
    after = _CLAUSE.search(text, end - 1 if text[end - 1 : end] in "?？" else end, end + LONGEST_CLAUSE)
    if first is None or first.start() < end - 1:  # the quote holds several clauses
        after = first or after
    clause = text[before[-1] if before else max(0, start - LONGEST_CLAUSE) : after.start() if after else end].strip()
    if _SUPPOSES.match(clause) or _SUPPOSES_ZH.search(clause):
        return Objection.SUPPOSED
    is_asked = after is not None and after[0] in "?？"
    if (is_asked and (_ASKS.match(clause) or _ASKS_ZH.search(clause))) or clause.endswith(("吗", "嘛")):
        return Objection.QUESTION
    return None


def relation_of(given: str, registry: Registry, known: Mapping[str, str]) -> tuple[Relation | None, str]:
    """The relation that a model means by one of the `known` words (`words_for`), with the qualifier that the word implies
    ("aunt": a relative called aunt).

    By its name, its English words, the names of the people it is about, or a slip of the pen; never by mere likeness:
    "works_for" is nearer to "works_on" by letters than to what it means. Those without a topic are not for models.
    """
    name = re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", given.strip())).lower().strip("_")
    if name not in known:
        near = difflib.get_close_matches(name, [each for each in known if each.isascii()], n=1, cutoff=0.88)
        if not near:
            return None, ""
        name = near[0]
    relation = registry[known[name]]
    if not relation.topic:
        return None, ""
    return relation, name if relation.each and name in registry.role_of else ""


def words_for(registry: Registry) -> dict[str, str]:
    """Every word for a relation, with the relation's name; its own name weighs most."""
    words = {word: name for name, said in SYNONYMS.items() if name in registry for word in said.split()}
    for name, relation in registry.items():
        for template in (relation.en, relation.zh):
            verb = re.sub(r"\{\w\}|'s\b|[:,，：]", " ", template).strip().lower()
            words.setdefault(re.sub(r"\s+", "_", verb), name)
    words |= {word.replace(" ", "_"): name for word, name in registry.role_of.items()}
    return words | {name: name for name in registry}


_DETERMINER = re.compile(
    r"(?:(?:an?|the|my|our|your|his|her|their|its|some|this|that|these|those)\s+(?:brand[- ])?(?:new\s+)?)+(?=\S)"
    r"|(?:An?|The|My|Our|His|Her|Their)\s+(?=[a-z])"  # but The Matrix
    r"|(?:[我你您他她]们?的)?[一这那](?:[只个条位本辆台部件家间座首张把双块杯种名款套](?!人))|[我你您他她]们?的(?=\S)"
)


def trim(words: str) -> str:
    """`words` without determiners before and punctuation around."""
    bare = words.strip().strip("\"'“”‘’「」,;:!?。，；：！？、… ").rstrip(".")
    found = _DETERMINER.match(bare)
    return bare[found.end() :] if found else bare


def _fields(item: Mapping[str, Any]) -> dict[str, str] | None:
    """The fields as text; `None` where one is no plain value, or the essential ones are missing."""
    names = ("turn", "quote", "subject", "relation", "qualifier", "object", "stance", "replaces", "when")
    given = {name: item.get(name, item.get(OTHER_NAMES.get(name, ""))) for name in names}
    if any(isinstance(value, (dict, list)) for value in given.values()):
        return None
    said = {name: "" if value is None else str(value).strip() for name, value in given.items()}
    said["stance"] = said["stance"].lower() or "affirm"
    return said if said["quote"] and said["relation"] and said["subject"] else None


def _certainty(given: Any) -> float | None:
    """In (0, 1]; 1 where nothing is said; `None` for words that make no number or deny themselves."""
    if given is None or given == "" or given is True:
        return 1.0
    try:
        value = float(given)
    except (TypeError, ValueError):
        return {"high": 1.0, "medium": 0.6, "low": 0.3}.get(str(given).lower())
    return min(value, 1.0) if value > 0 else None


def _is_true(given: Any) -> bool:
    return given is True or str(given).lower() in ("true", "yes", "1")


def _is_scattered(sought: str, text: str) -> bool:
    """Whether `sought` stands in `text` in a few pieces, in order, nothing denied in between: 做番茄炒蛋 in 做了一道番茄炒蛋."""
    for start in (at for at, character in enumerate(text) if sought[:1] == character):
        at, pieces = start, 1
        for character in sought[1:]:
            following = text.find(character, at + 1, at + 2 + WIDEST_GAP)
            between = text[at + 1 : following]
            pieces += bool(between)
            if following < 0 or pieces > MOST_PIECES or _DENIES.search(between):
                break
            at = following
        else:
            return True
    return False


WIDEST_GAP = 8
MOST_PIECES = 3
_DENIES = re.compile("[不没别非，。；！？,;!?]")


def _is_translated(value: str, text: str) -> bool:
    """Whether `value` is written in another script than the text around it."""
    latin = re.search(r"[A-Za-z]{2}", value) is not None
    return has_chinese(value) != has_chinese(text) if latin or has_chinese(value) else False


def distinct(claims: Sequence[tuple[Turn, Claim]]) -> tuple[list[tuple[Turn, Claim]], int]:
    """Each claim once, in the order of the text, and how many were repeated."""
    seen: dict[tuple[str, ...], tuple[Turn, Claim]] = {}
    for turn, claim in claims:
        words = (turn.episode.id, claim.subject, claim.relation, fold(claim.object), claim.qualifier, claim.stance)
        key = (*words, str(claim.valid_from), str(claim.valid_to))
        seen.setdefault(key, (turn, claim))
    return sorted(seen.values(), key=lambda each: each[1].start), len(claims) - len(seen)
