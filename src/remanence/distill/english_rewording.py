"""Say a sentence in plainer words before it is read: "Forget what I said about living in Rome" takes back "I live in Rome".

The frames are data (`[[rewording]]` in `rules/en.toml`): a pattern of the sentence, its plain wording, and what the frame does to
the claims of the plain wording. A saying in; its claims out, each pointing at the words as they were said, or `None` where no
frame fits. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from remanence.distill.english_words import ING, attribute_nouns, forms, more_roles, tables, words
from remanence.distill.relations import Registry
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance

DEEPEST = 3
"""No sentence is reworded more often."""
LONGEST = 320
"""A longer sentence stands in no frame."""
LONGEST_VALUE = 6
_PETS = "dog cat puppy kitten rabbit hamster parrot pet turtle fish"

Reading = tuple[list[Claim], tuple[str, ...]]
Read = Callable[[Saying, Registry, int], Reading]


class Piece(NamedTuple):
    """Words of the plain wording: as said from `start` on, or put there (`None`)."""

    text: str
    start: int | None = None


class Frame(NamedTuple):
    patterns: tuple[re.Pattern[str], ...]
    plain: str
    options: dict[str, Any]
    needs: re.Pattern[str] | None = None

    def match(self, text: str) -> re.Match[str] | None:
        """How one of the patterns fits."""
        return next((match for pattern in self.patterns if (match := pattern.match(text)) is not None), None)


def reworded(saying: Saying, registry: Registry, read: Read, depth: int) -> Reading | None:
    """What the first frame that fits, and whose plain wording claims something, makes of the sentence."""
    if depth >= DEEPEST or len(saying.text) > LONGEST:
        return None
    text = saying.text.replace("’", "'")
    low = text.lower()
    if _NOT_SO.search(low):
        return None
    for frame in _frames(registry):
        if frame.needs is not None and frame.needs.search(low) is None:
            continue
        match = frame.match(text)
        pieces = _pieces(frame, match, saying.text) if match is not None else None
        if match is None or pieces is None:
            continue
        claims, others = read(_said_plainly(saying, pieces, match), registry, depth + 1)
        claims = [_placed(claim, pieces, saying.start) for claim in claims]
        claims = _told(claims, frame, match, saying, registry)
        if claims or frame.options.get("final"):
            return claims, others
    return None


def _said_plainly(saying: Saying, pieces: list[Piece], match: re.Match[str]) -> Saying:
    person = match["person"] if "person" in match.re.groupindex else None
    others = (*(other for other in saying.others if other != person), person) if person else saying.others
    return saying._replace(text="".join(piece.text for piece in pieces), start=0, others=others)


def _pieces(frame: Frame, match: re.Match[str], text: str) -> list[Piece] | None:
    """The plain wording, each part with its place in `text`."""
    found: list[Piece] = []
    for part in re.split(r"(\{[\w!]+\})", frame.plain):
        if part[:1] != "{":
            found.append(Piece(part))
            continue
        name, _, form = part[1:-1].partition("!")
        if name not in match.re.groupindex or match[name] is None:
            if form in _DEFAULTS:
                found.append(Piece(_DEFAULTS[form]))
            continue
        start, end = match.span(name)
        pieces = [Piece(text[start:end], start)] if not form else _FORMS[form](text[start:end], start)
        if pieces is None:
            return None
        found += pieces
    if "when" in match.re.groupindex and match["when"] and "stance" not in frame.options:
        found += [Piece(" "), Piece(match["when"].strip(" ,"), match.start("when") + len(match["when"]) - len(match["when"].lstrip(" ,")))]
    return [piece for piece in found if piece.text]


def _placed(claim: Claim, pieces: list[Piece], start: int) -> Claim:
    """The claim with its place in the sentence as it was said."""
    first = _place(pieces, claim.start)
    return replace(claim, start=start + first, end=start + max(_place(pieces, max(claim.start, claim.end - 1)) + 1, first + 1))


def _place(pieces: list[Piece], at: int) -> int:
    """Where the letter `at` of the plain wording stands in what was said; near it where it was put there."""
    last, done = 0, 0
    for piece in pieces:
        if piece.start is not None:
            last = piece.start
            if at < done + len(piece.text):
                return piece.start + max(0, at - done)
            last += len(piece.text) - 1
        elif at < done + len(piece.text):
            break
        done += len(piece.text)
    return last


def _told(claims: list[Claim], frame: Frame, match: re.Match[str], saying: Saying, registry: Registry) -> list[Claim]:
    """The claims as the frame means them."""
    options = frame.options
    if "of" in options:
        claims = [claim for claim in claims if claim.relation in options["of"].split()]
    if options.get("stance") == "retract":
        return [
            replace(claim, stance=Stance.RETRACT, valid_from=None, valid_to=None, precision="", is_change=False)
            for claim in claims
            if claim.stance is Stance.AFFIRM or (options.get("also_denied") and claim.stance is Stance.DENY)
        ]
    if "value" in options:
        return _instead(claims, match, options, saying, registry)
    if options.get("stance") == "deny":
        return [replace(claim, stance=Stance.DENY, is_change=False, valid_to=None) for claim in claims if claim.stance is Stance.AFFIRM]
    if options.get("stance") == "correct":
        old = _value(match["y"]) if "y" in match.re.groupindex and match["y"] else ""
        if len(old.split()) > LONGEST_VALUE:
            return []
        return [
            replace(claim, stance=Stance.CORRECT, replaces=old or claim.replaces, is_change=False)
            if claim.stance is Stance.AFFIRM or (claim.stance is Stance.CORRECT and not claim.replaces)
            else claim
            for claim in claims
            if claim.object.lower() != old.lower()
        ]
    if "certainty" in options:
        claims = [replace(claim, certainty=min(claim.certainty, options["certainty"])) for claim in claims]
    if options.get("former") and (former := _value(match["y"])):
        claims = _with_former(claims, former, match, saying)
    if options.get("change"):
        return [replace(claim, is_change=True) if claim.stance is Stance.AFFIRM and claim.valid_to is None else claim for claim in claims]
    return claims


def _with_former(claims: list[Claim], former: str, match: re.Match[str], saying: Saying) -> list[Claim]:
    """The claims, behind what the slot held before."""
    now = next((claim for claim in claims if claim.stance is Stance.AFFIRM and claim.object.lower() != former.lower()), None)
    if now is None or len(former.split()) > LONGEST_VALUE:
        return claims
    start = saying.start + match.start("y") + max(0, match["y"].find(former))
    was = replace(now, object=former, start=start, end=start + len(former), valid_from=None, valid_to=None, precision="", is_change=False)
    is_ended = _WAS.search(match[0]) is not None
    return [replace(was, valid_to=saying.said_at) if is_ended else replace(was, stance=Stance.DENY), *claims]


def _instead(claims: list[Claim], match: re.Match[str], options: dict[str, Any], saying: Saying, registry: Registry) -> list[Claim]:
    """The last claim that has a value, with another value in its place."""
    slots = {(claim.subject, claim.relation, claim.qualifier) for claim in claims if claim.relation in registry}
    before = claims[-1] if claims else None
    if before is None or not before.object or len(slots) > 2:
        return []
    first, last = match.span("x")
    said = saying.text[first:last]
    value = _value(said)
    place = saying.start + first + max(0, said.find(value))
    if not value or len(value.split()) > LONGEST_VALUE or value.lower().split()[0] in words("no_values") or value == before.object:
        return []
    bare = replace(before, object=value, start=place, end=place + len(value), valid_from=None, valid_to=None, precision="")
    if options["value"] == "correct":
        return [replace(bare, stance=Stance.CORRECT, replaces=before.object, is_change=False)]
    return [*claims, replace(bare, stance=Stance.AFFIRM, is_change=True)]


def _value(text: str) -> str:
    """A value without what leads to it and what trails behind."""
    text = _BEFORE_VALUE.sub("", text.strip(" .,!;:'\"()"))
    return _BEHIND_VALUE.sub("", text).strip(" .,!;:'\"()")


# ---- forms of what is left of a sentence ---------------------------------------------------------------------------------


def _statement(text: str, start: int) -> list[Piece] | None:
    """ "living in Rome", "X being my boss", "my dog Max", "the almond allergy", "that I live in Rome" as a statement."""
    that = _THAT.match(text)
    if that:
        text, start = text[that.end() :], start + that.end()
    if match := _X_BEING.match(text):
        return [Piece(match[1], start + match.start(1)), Piece(" is "), Piece(match[2], start + match.start(2))]
    if match := _DOING.match(text):
        verb = next((form.lemma for form in forms().get(match["verb"].lower(), ()) if ING in form.kinds), None)
        is_being = match["verb"].lower() == "being"
        if verb is None and not is_being:
            return None
        who = match["who"]
        if who is None or who.lower() in ("me", "my", "us"):
            does = "I am " if is_being else f"I {verb} "
            return [Piece(does), Piece(match["rest"], start + match.start("rest"))]
        return [
            Piece(who, start + match.start("who")),
            Piece(" is " if is_being else f" is {match['verb']} "),
            Piece(match["rest"], start + match.start("rest")),
        ]
    if match := _AN_ALLERGY.match(text):
        return [Piece("I have an "), Piece(match[1], start + match.start(1))]
    if match := _MY_PET.match(text):
        return [Piece("my "), Piece(match[1], start + match.start(1)), Piece(" is called "), Piece(match[2], start + match.start(2))]
    if _CLAUSE.match(text):
        return [Piece(text, start)]
    return None


def _singly(text: str, start: int) -> list[Piece] | None:
    """ "films" → "film" """
    is_plural = text.lower().endswith("s") and not text.lower().endswith(("ss", "us", "is", "series"))
    return [Piece(text[:-1] if is_plural else text, start)]


def _ours(text: str, start: int) -> list[Piece] | None:
    """What is said without a possessive is the speaker's."""
    return [Piece(text, start)] if _OWNED.match(text) else [Piece("my "), Piece(text, start)]


def _lived(text: str, start: int) -> list[Piece] | None:
    """The verb of a place; "spent" and "came into the world" do not say which."""
    if text.strip().lower() == "spent":
        return [Piece("lived")]
    if _WORLD.search(text):
        return [Piece("was born")]
    return [Piece("was born" if text.strip().lower() == "born" else text, start)]


def _me(text: str, start: int) -> list[Piece] | None:
    return [Piece(text, start)]


def _works(text: str, start: int) -> list[Piece] | None:
    return [Piece("work" if text.startswith("earn") else text, start)]


_FORMS: dict[str, Callable[[str, int], list[Piece] | None]] = {
    "statement": _statement,
    "one": _singly,
    "ours": _ours,
    "lived": _lived,
    "me": _me,
    "works": _works,
}
_NOT_SO = re.compile(
    r"\b(?:if(?! you ask me| i had to (?:pick|choose|name)| you must know)|whether|unless|wish|pretend\w*|imagine|suppose|almost|nearly"
    r"|might|could have|would have"
    r"|dream\w* that|hop(?:e|ing) (?:that|to))\b"
)
"""Words of what is not so: such a sentence is read as it stands."""
_WAS = re.compile(r"\b(?:used to|was|were|had been)\b", re.IGNORECASE)
_WORLD = re.compile(r"world|light|breath", re.IGNORECASE)
_DEFAULTS = {"me": "I ", "works": "work ", "lived": "lives "}
_OWNED = re.compile(r"(?:my|our|his|her|(?-i:[A-Z])[\w-]+'s) ", re.IGNORECASE)
_THAT = re.compile(r"(?:(?:the )?(?:fact )?that|how|where I said(?: that)?|when I said(?: that)?|saying(?: that)?) ", re.IGNORECASE)
_X_BEING = re.compile(r"([^,;]{1,60}?) (?:being|as|was|is) ((?:my|our|his|her|(?-i:[A-Z])[\w-]+'s) .+)", re.IGNORECASE)
_DOING = re.compile(r"(?:(?P<who>me|my|us|(?-i:[A-Z])[\w-]+) )?(?P<verb>\w+ing)\b ?(?P<rest>.*)", re.IGNORECASE)
_AN_ALLERGY = re.compile(r"(?:an?|my|the|that|this|any) ((?:[\w-]+ ){1,3}allerg(?:y|ies)\b.*|allergy to .+)", re.IGNORECASE)
_MY_PET = re.compile(r"(?:my|our|the) ([a-z]+),? (?:called |named )?((?-i:[A-Z])[\w-]+)[.!]?$", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:I|I'm|I've|we|we're|my|our|he|she|it|(?-i:[A-Z])[\w-]+)\b", re.IGNORECASE)
_BEFORE_VALUE = re.compile(
    r"(?:(?:i live|i work|i was born|i'm|i am|my [\w]+(?: [\w]+)? (?:is|was)"
    r"|that|it's|it is|it was|was|is|being|as|in|at|for|to|from|with|called|named|actually|really|now|just|rather|only|instead"
    r"|a|an|the|my|our) )+",
    re.IGNORECASE,
)
_BEHIND_VALUE = re.compile(
    r"(?: (?:now|instead|these days|nowadays|today|actually|really|any ?more|again|though|is|by mistake|before|earlier))+$", re.IGNORECASE
)


# ---- frames ----------------------------------------------------------------------------------------------------------------


@cache
def _frames_of(roles: frozenset[str]) -> tuple[Frame, ...]:
    macros = dict(tables()["framings"]) | {"roles": _any(roles), "nouns": _any(attribute_nouns())}
    macros |= {
        name: rf"(?:[\w-]+ ){{0,2}}?(?:{_any(words(listed) - {'*'})})" for name, listed in (("job", "jobs"), ("playable", "playable"))
    }
    macros["pet"] = _any(
        words("pets") | frozenset(role for role, relation in more_roles().items() if relation == "pet") | frozenset(_PETS.split())
    )
    macros["city"] = rf"(?-i:{_any(frozenset(city.strip() for city in tables()['words']['cities'].split(',')))})"
    macros["person"] = r"(?-i:Mr|Mrs|Ms|Dr)"
    found = []
    for table in tables()["rewording"]:
        options = {key: value for key, value in table.items() if key not in ("said", "plain", "needs")}
        lines = filter(None, table["said"].strip().split("\n"))
        patterns = tuple(re.compile(_expanded(line, macros), re.IGNORECASE) for line in lines)
        found.append(Frame(patterns, table["plain"], options, _needed(table.get("needs"))))
    return tuple(found)


def _frames(registry: Registry) -> tuple[Frame, ...]:
    key = id(registry.role_of)
    frames = _CACHED.get(key)
    if frames is None:
        roles = frozenset(role for role in {**registry.role_of, **more_roles()} if role.isascii())
        frames = _CACHED[key] = _frames_of(roles)
    return frames


_CACHED: dict[int, tuple[Frame, ...]] = {}


def _expanded(pattern: str, macros: dict[str, str]) -> str:
    for _ in range(4):
        pattern = re.sub(r"%(\w+)%", lambda match: macros[match[1]], pattern)
    return pattern


def _needed(needs: list[str] | None) -> re.Pattern[str] | None:
    return re.compile("|".join(map(re.escape, needs))) if needs else None


def _any(listed: frozenset[str]) -> str:
    return "|".join(re.escape(entry) for entry in sorted(listed, key=len, reverse=True))
