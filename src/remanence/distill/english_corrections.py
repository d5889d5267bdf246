"""Corrections in English: "No wait, Porto", "…, not Lisbon", "it's not true that …"; claims in, claims that take others back out."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from remanence.distill.english_words import tables, words
from remanence.distill.relations import Registry
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance

LONGEST_VALUE = 5
"""A bare correction of more words says something else."""


def mend(saying: Saying, before: Claim) -> Claim | None:
    """What a bare correction ("No wait, Porto", "I meant Porto, not Lisbon") makes of the claim made just before it."""
    text = saying.text.replace("’", "'")
    start, is_clear = _behind_leads(text)
    match = _VALUE.match(text, start) if start else None
    if match is None:
        return None
    value = match["value"].strip()
    is_named = value[:1].isupper() or value[:1].isdecimal() or match["old"] is not None
    if not (is_clear or is_named) or len(value.split()) > LONGEST_VALUE or value.lower().split()[0] in words("no_values"):
        return None
    first = saying.start + match.start("value")
    return replace(before, object=value, start=first, end=first + len(value), stance=Stance.CORRECT, replaces=before.object)


def _behind_leads(text: str) -> tuple[int, bool]:
    """The place behind the words that take something back ("No wait, sorry: "), 0 without any; and whether they mean just that."""
    place, found, is_clear = 0, False, False
    for _ in range(6):
        lead = _pattern("leads").match(text, place)
        soft = lead or _pattern("soft_leads").match(text, place) or _pattern("fillers").match(text, place)
        stop = _GAP.match(text, soft.end()) if soft else None
        if soft is None or stop is None:
            break
        found = found or lead is not None or _pattern("soft_leads").match(text, place) is not None
        is_clear = is_clear or lead is not None
        place = stop.end()
    return (place if found else 0), is_clear


def untrue(text: str) -> int:
    """Where the statement begins that "It's not true that …" takes back, 0 where there is none."""
    match = _pattern("untrue").match(text)
    return match.end() if match else 0


def taken_back(claims: list[Claim]) -> list[Claim]:
    """The claims as never having been so."""
    return [replace(claim, stance=Stance.RETRACT) for claim in claims if claim.stance is Stance.AFFIRM]


def succeed(saying: Saying, before: Claim) -> Claim | None:
    """What takes the place of a claim just made that is over: "My favourite drink used to be tea. Now it's coffee."."""
    match = _pattern("now_instead").match(saying.text) if before.valid_to == saying.said_at and before.stance is Stance.AFFIRM else None
    value = _VALUE.match(saying.text, match.end()) if match else None
    if value is None or len(value["value"].split()) > LONGEST_VALUE or value["value"].lower().split()[0] in words("no_values"):
        return None
    first = saying.start + value.start("value")
    return replace(before, object=value["value"], start=first, end=first + len(value["value"]), valid_to=None, precision="", is_change=True)


def corrected(claims: list[Claim], text: str, registry: Registry) -> list[Claim]:
    """Claims behind words that take something back correct it; "…, not Lisbon" says what."""
    if not claims:
        return claims
    text = text.replace("’", "'")
    strong, weak = _pattern("corrects").search(text), _pattern("stresses").search(text)
    contrast = _pattern("contrast").search(text)
    old = (contrast["old"] or contrast["said"]).strip() if contrast else ""
    if (pair := _contrasted(claims)) is not None and (strong or weak or not _pattern("gone").search(text)):
        return [pair]
    if not strong and not old:
        return claims
    found = []
    for claim in claims:
        relation = registry[claim.relation]
        if not strong and not weak and not (relation.is_single or relation.object == "person" or relation.name in _PLAIN):
            found.append(claim)
            continue
        if claim.stance is Stance.AFFIRM and old and old.lower() in claim.object.lower() and old.lower() != claim.object.lower():
            found.append(claim)
        elif claim.stance is Stance.AFFIRM and not (claim.is_change and not strong):
            found.append(replace(claim, stance=Stance.CORRECT, replaces=old, is_change=False))
        elif claim.stance is Stance.DENY and strong and not claim.is_change and not _pattern("gone").search(text):
            found.append(replace(claim, stance=Stance.RETRACT))
        else:
            found.append(claim)
    return found


def wrong_value(text: str) -> str | None:
    """What a sentence takes back that says no more: "Not feathers!"."""
    match = _WRONG.match(text)
    return match[1].strip() if match else None


def in_place_of(wrong: str, claim: Claim) -> Claim:
    """The claim as correcting what the sentence before it took back."""
    is_plain = claim.stance is Stance.AFFIRM and not claim.is_change and wrong.lower() != claim.object.lower()
    return replace(claim, stance=Stance.CORRECT, replaces=wrong) if is_plain else claim


def is_mistake(text: str) -> bool:
    """Whether a sentence says no more than that something was wrong: "Wait, that's wrong."."""
    return _pattern("mistake").match(text.replace("’", "'")) is not None


def in_place_of_any(claims: list[Claim], registry: Registry) -> list[Claim]:
    """The first claim of a slot of one value as correcting whatever was said before."""
    first = claims[0]
    is_plain = first.stance is Stance.AFFIRM and not first.is_change and registry[first.relation].is_single
    return [replace(first, stance=Stance.CORRECT), *claims[1:]] if is_plain else claims


def _contrasted(claims: list[Claim]) -> Claim | None:
    """ "Actually I'm not allergic to sesame, I'm allergic to wheat": the one instead of the other."""
    if len(claims) != 2 or {claim.stance for claim in claims} not in _OPPOSED:
        return None
    wrong, right = sorted(claims, key=lambda claim: claim.stance is Stance.AFFIRM)
    if (wrong.subject, wrong.relation, wrong.qualifier) != (right.subject, right.relation, right.qualifier) or right.is_change:
        return None
    return replace(right, stance=Stance.CORRECT, replaces=wrong.object)


def is_after_all(text: str) -> bool:
    """Whether it turns out otherwise than was thought: "after all", "the test was wrong"."""
    return _pattern("after_all").search(text) is not None


def now_it_is(text: str) -> int:
    """Where it is said what takes the place of what was ("…, now it's Blur"), 0 where it is not."""
    match = _pattern("now_it_is").search(text)
    return match.end() if match else 0


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """A pattern of the table [corrections]: its lines are alternatives."""
    lines = [line for line in tables()["corrections"][name].strip().split("\n") if line]
    return re.compile("|".join(lines), re.IGNORECASE)


_WRONG = re.compile(r"(?:no,? )?not (?:in |at |a |an |the |to )?(\w[\w' -]{0,30})(?:, [\w' -]{1,30})?[.!]+$", re.IGNORECASE)
_OPPOSED = ({Stance.AFFIRM, Stance.DENY}, {Stance.AFFIRM, Stance.RETRACT})
_PLAIN = frozenset("allergic_to speaks diet pet plays studies owns nationality reading watching".split())
"""Relations of many values, where "X, not Y" still puts X in the place of Y."""
_GAP = re.compile(r"[,:.! –—-]{1,6}(?=\w)")
_VALUE = re.compile(
    r"(?:it's |that's |it was |in |at |to )?(?P<value>\w[\w' .&-]{0,40}?)(?:,? (?:and )?not (?P<old>[\w' -]{1,40}))?[.!]*$", re.IGNORECASE
)
