"""Distil without a model: an episode in, the reading that the rules make of it out. Pure; the words decide, nothing is guessed.

Sentences go to the rules of their language. A fact stated outright (an episode of kind `fact`) is the JSON of a claim, or of a list of
claims. What a model, a tool or a document says is no testimony about the speaker and is left alone. Work is bounded: of a
long text the first `sentences.MOST_CHARACTERS` characters are read, and the reading says so.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from remanence.distill import english, english_corrections
from remanence.distill.bare_corrections import bare_correction
from remanence.distill.recalled import mask_recalled
from remanence.distill.relations import Registry
from remanence.distill.sentences import MOST_CHARACTERS, Saying, sentences
from remanence.errors import BadInput
from remanence.language.analyse import is_chinese
from remanence.types import Claim, Episode, Kind, Reading, ReadingState, Stance, Trust

BY = "rules/1"
"""The layer and version of these readings."""
MOST_CLAIMS = 500
"""No turn claims more."""
NO_NAMES = frozenset({"user", "human", "me", "i", "customer", "client", "speaker", "person", "self", "用户", "我", "人类"})
"""What speakers are called who have no name."""
SILENT_ROLES = frozenset({"assistant", "system", "tool", "function", "developer", "model", "ai", "bot"})
"""Roles whose words are no testimony."""
DATA_ROLES = frozenset({"tool", "function"})
"""Those of them that hand over what somebody else wrote."""
NOBODY = "somebody unnamed"
"""Whom the first person of a web page means."""


def read(episode: Episode, registry: Registry) -> Reading:
    """What the rules read in `episode`. Never raises for what an episode says: a stated fact that cannot be read is refused."""
    if episode.kind is Kind.FACT:
        return _stated(episode)
    if is_testimony(episode):
        claims = _claims(episode, registry, speaker_of(episode))
    elif is_hearsay(episode):
        claims = [claim for claim in _claims(episode, registry, NOBODY) if not _is_of(claim, NOBODY)]
    else:
        return Reading(BY)
    detail = f"Only the first {MOST_CHARACTERS:,} characters were read." if len(episode.text) > MOST_CHARACTERS else ""
    return Reading(BY, tuple(claims[:MOST_CLAIMS]), detail=detail)


def is_testimony(episode: Episode) -> bool:
    """Whether someone speaks in the episode whose word about themselves counts."""
    role = (episode.role or "").lower()
    return episode.kind is Kind.TURN and episode.trust is Trust.USER and role not in SILENT_ROLES


def is_hearsay(episode: Episode) -> bool:
    """Whether the episode hands over what a tool or a page says: of others it counts, and what "I" means there is not known."""
    role = (episode.role or "").lower()
    return episode.kind is Kind.TURN and episode.trust in (Trust.TOOL, Trust.WEB) and role not in SILENT_ROLES - DATA_ROLES


def speaker_of(episode: Episode) -> str:
    """Whom the first person means: the speaker's name, else the scope's user, else "user"."""
    for name in (episode.speaker, episode.scope.user):
        if name is not None and name.strip() and name.strip().lower() not in NO_NAMES | SILENT_ROLES:
            return name.strip()
    return "user"


def parse_stated(text: str) -> list[Claim]:
    """The claims of a fact stated as JSON: one object with the fields of a `Claim`, or a list of them.

    `subject` and `relation` are required; dates are ISO 8601 with a zone. Raises `BadInput` saying what to write instead.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(
            'A stated fact must be JSON such as {"subject": "Alice", "relation": "lives_in", "object": "Lisbon"}, or a list of such.'
        ) from None
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise BadInput("A stated fact is an empty list; give at least one object with subject, relation and object.")
    if len(listed) > MOST_CLAIMS:
        raise BadInput(f"A stated fact holds {len(listed):,} claims; give at most {MOST_CLAIMS} at a time.")
    return [_claim(item, f"fact[{i}]" if isinstance(value, list) else "fact", len(text)) for i, item in enumerate(listed)]


# ---- turns -----------------------------------------------------------------------------------------------------------


def _is_of(claim: Claim, person: str) -> bool:
    return person in (claim.subject.partition("/")[0], claim.object.partition("/")[0])


def _claims(episode: Episode, registry: Registry, me: str) -> list[Claim]:
    you = _addressee(episode)
    others: tuple[str, ...] = ()
    found: list[Claim] = []
    last: Claim | None = None
    denied: str | None = None
    asked = ""
    is_wrong = False
    for sentence in sentences(mask_recalled(episode.text)):
        saying = Saying(sentence.text, sentence.start, me, you, episode.said_at, sentence.certainty, others)
        if _has_chinese(sentence.text) and is_chinese(sentence.text):
            claims, named = _chinese(saying, last, registry)
            others = _known(others, named, claims, me, registry)
        else:
            saying, asked = _answering(saying, asked), sentence.text
            mended = _mended(saying, last)
            claims, named = ([mended], others) if mended is not None else english.read_with_persons(saying, registry)
            others = _known(others, named, claims, me, registry)
        if not claims and last is None and (bare := bare_correction(saying)) is not None:
            claims = [bare]
        if claims and denied is not None:
            claims = [english_corrections.in_place_of(denied, claims[0]), *claims[1:]]
        elif claims and is_wrong:
            claims = english_corrections.in_place_of_any(claims, registry)
        denied = None if claims else english_corrections.wrong_value(sentence.text)
        is_wrong = not claims and english_corrections.is_mistake(sentence.text)
        found += claims
        last = claims[-1] if claims else last
        if len(found) > MOST_CLAIMS:
            break
    return list(dict.fromkeys(found))


def _mended(saying: Saying, before: Claim | None) -> Claim | None:
    """What a sentence without a claim of its own makes of the one before it: it corrects or succeeds it."""
    if before is None or saying.certainty < 1:
        return None
    return english_corrections.succeed(saying, before) or english_corrections.mend(saying, before)


def _answering(saying: Saying, asked: str) -> Saying:
    """ "Favourite dish? Mine is ramen.": the answer with what was asked, its words where they stand."""
    answer = _MINE.match(saying.text) or (_BARE.match(saying.text) if asked[:2].lower() in ("my", "fa") else None)
    topic = _TOPIC.match(asked) if answer else None
    if answer is None or topic is None:
        return saying
    words = f"My {topic[1].lower()} is "
    return saying._replace(text=words + saying.text[answer.end() :], start=saying.start + answer.end() - len(words))


def _chinese(saying: Saying, before: Claim | None, registry: Registry) -> tuple[list[Claim], tuple[str, ...]]:
    from remanence.distill import chinese  # its segmenter is loaded when the first Chinese sentence comes

    mended = chinese.mend(saying, before) if before is not None and saying.certainty == 1 else None
    return ([mended], saying.others) if mended is not None else chinese.read_with_persons(saying, registry)


def _addressee(episode: Episode) -> str | None:
    name = episode.metadata.get("to") or episode.metadata.get("addressee")
    return name if isinstance(name, str) and name.strip() else None


def _known(others: tuple[str, ...], named: tuple[str, ...], claims: list[Claim], me: str, registry: Registry) -> tuple[str, ...]:
    """The persons named so far, the latest last; at most twenty."""
    persons = list(others)
    claimed = [claim.subject for claim in claims]
    claimed += [claim.object for claim in claims if claim.relation in registry and registry[claim.relation].object == "person"]
    for person in (*named, *claimed):
        if person and person != me and (person not in persons or person in named[len(others) :] or person in claimed):
            persons = [known for known in persons if known != person] + [person]
    return tuple(persons[-20:])


_BARE = re.compile(
    r"(?=(?!I\b|It|They|That|You|We|Yes|No\b|Not|What|Why|How|Hard|Easy|Don|Well|Guess)[A-Z][\w'’-]*(?: [\w'’-]+){0,3}[.!]*$)"
)
_MINE = re.compile(r"(?:well,? )?mine(?:['’]s| is) ", re.IGNORECASE)
_TOPIC = re.compile(r"(?:(?:my|your|what['’]?s your) )?(fav\w+ \w+(?: \w+)?)\?$", re.IGNORECASE)
_HAN = re.compile("[\u3400-\u9fff]")


def _has_chinese(text: str) -> bool:
    return _HAN.search(text) is not None


# ---- stated facts ----------------------------------------------------------------------------------------------------

_FIELDS = frozenset(field.name for field in fields(Claim)) - {"start", "end"}
_TEXTS = ("subject", "relation", "object", "qualifier", "replaces", "precision")
_PRECISIONS = ("", "minute", "hour", "day", "week", "month", "season", "year", "decade")
_EXAMPLE = '{"subject": "Alice", "relation": "lives_in", "object": "Lisbon", "valid_from": "2026-03-02T00:00+00:00"}'


def _stated(episode: Episode) -> Reading:
    try:
        claims = parse_stated(episode.text)
    except BadInput as error:
        return Reading(BY, (), ReadingState.REFUSED, str(error))
    return Reading(BY, tuple(_placed(claim, episode.text) for claim in claims))


def _placed(claim: Claim, text: str) -> Claim:
    """The claim with the place of its object in the episode, so that evidence shows the words that matter."""
    quoted = json.dumps(claim.object, ensure_ascii=False)
    start = text.find(quoted) if claim.object else -1
    return claim if start < 0 else replace(claim, start=start + 1, end=start + len(quoted) - 1)


def _claim(item: Any, place: str, length: int) -> Claim:
    if not isinstance(item, dict):
        raise BadInput(f"{place} is a {type(item).__name__}; give an object such as {_EXAMPLE}.")
    if unknown := sorted(set(map(str, item)) - _FIELDS):
        raise BadInput(f"{place} has no field {unknown[0]!r}; there are {', '.join(sorted(_FIELDS))}.")
    for name in _TEXTS:
        if not isinstance(item.get(name, ""), str):
            raise BadInput(f"{place}.{name} is a {type(item[name]).__name__}; give text.")
    for name in ("subject", "relation"):
        if not item.get(name, "").strip():
            raise BadInput(f"{place} needs a {name}; give an object such as {_EXAMPLE}.")
    stance = _stance(item.get("stance", "affirm"), place)
    if not item.get("object", "").strip() and stance in (Stance.AFFIRM, Stance.CORRECT):
        raise BadInput(f"{place} needs an object: only what is denied or retracted may leave it out.")
    if item.get("precision", "") not in _PRECISIONS:
        raise BadInput(f"{place}.precision={item['precision']!r} must be one of {', '.join(_PRECISIONS[1:])}.")
    if not isinstance(item.get("is_change", False), bool):
        raise BadInput(f"{place}.is_change must be true or false.")
    since, until = _moment(item, "valid_from", place), _moment(item, "valid_to", place)
    if since is not None and until is not None and until < since:
        raise BadInput(f"{place}.valid_to lies before its valid_from; exchange the two.")
    return Claim(
        **{name: item.get(name, "").strip() for name in _TEXTS},
        start=0,
        end=length,
        stance=stance,
        valid_from=since,
        valid_to=until,
        certainty=_certainty(item.get("certainty", 1.0), place),
        is_change=item.get("is_change", False),
    )


def _stance(value: Any, place: str) -> Stance:
    try:
        return Stance(value)
    except ValueError:
        raise BadInput(f"{place}.stance={value!r} must be one of {', '.join(Stance)}.") from None


def _moment(item: dict[str, Any], name: str, place: str) -> datetime | None:
    value = item.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadInput(f"{place}.{name}={value!r} is no ISO date; write it as 2026-03-02T18:00+00:00.") from None
    if moment.tzinfo is None:
        raise BadInput(
            f"{place}.{name}={value!r} has no time zone; write it as {value}+00:00."
            if "T" in value
            else f"{place}.{name}={value!r} has no time zone; write it as {value}T00:00+00:00."
        )
    return moment


def _certainty(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or not 0 < value <= 1:
        raise BadInput(f"{place}.certainty={value!r} must be a number above 0 and at most 1.")
    return float(value)
