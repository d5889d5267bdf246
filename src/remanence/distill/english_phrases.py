"""Fill the slots of the rules: a clause, a place in it and a kind of slot in; the phrase or the list of phrases there out.

A phrase ends where the clause does, at words of time, at words that open another thought (because, which, with my …), and
at what its kind forbids: a place ends at "with", a person at "in". Determiners and trailing adverbs are trimmed; the wording
in between stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from remanence.distill.english_clauses import Clauses, Words
from remanence.distill.english_words import BASE, ING, forms, has_words, names, words

LONGEST_PHRASE = 14
"""A phrase of more words says more than one can keep as a value."""


class Phrase(NamedTuple):
    """Words of the sentence, [first, last), and the value they stand for."""

    first: int
    last: int
    value: str
    role: str = ""
    """What the one named is to the owner, where the words say so."""


LONGEST_VIEW = 22
_YEARS = re.compile(r"(?:19|20)\d\d(?:[-–]\d{2,4})?")
_SPANS = frozenset("year month week day hour decade".split())
_BEHIND_PLAYS = frozenset("on at with in for after before every since from to most by".split())


LISTS = frozenset({"to_acts", "things", "places", "persons", "acts", "names", "orgs"})
"""Kinds of slots that take several phrases."""

_STOPS = {
    "place": "through thru until till til half every most with for near by as where on at about during while next close per via together "
    "has alone permanently full_time and or",
    "org": "as with since on where because during while and or for near this last next full_time part_time to",
    "person": "in at on for from with by who whom as about during to and or last this next the again over",
    "thing": "for from with by at as during to into after before in when where or because via over through until than and",
    "name": "and or but from in at , as of to",
    "text": "",
    "act": "",
    "acts": "better with for at on because during every after before from than as to when more since",
    "date": "and or but",
    "job": "at in for with from who on since by but and or to",
}
_KIND_OF = {
    "things": "thing",
    "places": "place",
    "persons": "person",
    "names": "name",
    "orgs": "org",
    "gerund": "acts",
    "to_acts": "act",
    "topics": "acts",
}


def fill(clauses: Clauses, i: int, limit: int, kind: str, until: frozenset[str] | None) -> tuple[list[Phrase], int] | None:
    """The phrases that fill a slot of `kind` from word `i` on, and the place behind them; `None` where nothing does.

    With `until`, the phrase must end right before one of these words.
    """
    said = clauses.said
    if kind == "date":
        return _date(said, i, limit)
    if kind == "age":
        return _age(said, i, limit)
    if kind == "number":
        return _number(said, i, limit)
    if kind == "kin":
        return _kin(clauses, i, limit)
    if kind in ("view", "clause"):
        return _clause(said, i, kind)
    if kind == "known":
        person = clauses.person(i)
        is_whole = person is not None and i < limit and said.low[person[1] : person[1] + 1] != ["'s"]
        return ([Phrase(i, person[1], person[0])], person[1]) if person is not None and is_whole else None
    kind = (
        {"to_act": "act", "to_gerund": "gerund", "none": "text", "doing": "act", "city": "place", "org_name": "org", "title": "thing"}.get(
            kind, kind
        )
        if not _is_wrong(said, i, limit, kind)
        else ""
    )
    if not kind:
        return None
    end = boundary(clauses, i, limit, kind, until)
    if until is not None and (end >= limit or said.low[end] not in until):
        return None
    if end <= i:
        return None
    if kind == "person" or kind == "persons":
        return _persons(clauses, i, end)
    if kind in ("acts", "topics") and said.low[i] == "to":
        return None
    if has_words(kind):
        phrases = _listed(said, i, end, kind)
        end = phrases[-1].last if phrases else end
    else:
        spans = deeds(said, i, end) if kind == "to_acts" else split(said, i, end) if kind in LISTS or kind == "topics" else [(i, end)]
        if kind in LISTS and (more := _examples(said, end, limit)):
            end = boundary(clauses, more, limit, kind, until)
            spans += split(said, more, end)
        phrases = [phrase for first, last in spans if (phrase := trimmed(said, first, last, kind)) is not None]
    return (phrases, end) if phrases else None


def _examples(said: Words, end: int, limit: int) -> int:
    """Where examples begin right behind a phrase ("…, such as earrings and bracelets"), else 0."""
    i = end + 1 if said.low[end : end + 1] == [","] else end
    if said.low[i : i + 2] == ["such", "as"] and i + 2 < limit:
        return i + 2
    return i + 1 if said.low[i : i + 1] == ["including"] and i + 1 < limit else 0


def _is_wrong(said: Words, i: int, limit: int, kind: str) -> bool:
    """Whether what begins at `i` cannot be of `kind` by its look."""
    if i >= limit:
        return True
    if kind in ("city", "org_name", "title"):
        first = i
        while first < limit and said.low[first] in ("the", "a", "an", "my", "our"):
            first += 1
        if first >= limit or said.quoted[first]:
            return first >= limit or kind == "city"
        if said.is_capital(first):
            return False
        return not (
            kind == "org_name"
            and any(word in words("company") for word in said.low[first : first + 4])
            and said.low[i] in ("a", "an", "the", "my", "our")
        )
    if kind == "org" and said.low[i] in words("numbers") and i + 1 < limit and said.low[i + 1].rstrip("s") in _SPANS:
        return True
    if kind in ("to_gerund", "doing"):
        return not said.low[i].endswith("ing")
    return False


def _clause(said: Words, i: int, kind: str) -> tuple[list[Phrase], int] | None:
    """A whole clause: what one thinks or fears."""
    has_that = said.low[i : i + 1] == ["that"]
    i += has_that
    if i >= len(said) or (kind == "view" and said.low[i] in _NO_VIEW):
        return None
    end = i
    while end < len(said) and said.low[end] not in _CLAUSE_ENDS and end not in said.time_at:
        if (
            said.low[end] == "and"
            and said.low[end + 1 : end + 2]
            and said.low[end + 1] in ("i", "we", "he", "she", "it", "they", "that", "my", "do", "does", "did", "can")
        ):
            break
        end += 1
    if (
        end - i < (2 if kind == "view" else 3)
        or end - i > 24
        or (kind == "view" and not any(word in _IS for word in said.low[i + 1 : end]))
    ):
        return None
    if (
        kind == "clause"
        and not has_that
        and not (said.low[i] in ("i", "we", "my", "the", "they", "he", "she", "it", "our", "people", "there") or said.is_capital(i))
    ):
        return None
    if kind == "view" and (end - i > LONGEST_VIEW or {"you", "your"}.intersection(said.low[i:end])):
        return None
    while said.low[end - 1] in _TRAILING:
        end -= 1
    return [Phrase(i, end, said.said(i, end))], end


def _kin(clauses: Clauses, i: int, limit: int) -> tuple[list[Phrase], int] | None:
    """Persons and pets one has: "a sister", "two cats, Luna and Milo", "a dog named Rex"."""
    said, low, me = clauses.said, clauses.said.low, clauses.saying.me
    while i < limit and (low[i] in _LEADS or low[i] in words("numbers")):
        i += 1
    first = i
    if low[i : i + 1] and low[i] in _POINTING:
        return None
    subject = clauses.role(me, i, limit)
    if subject is None:
        while i < min(limit, first + 3) and subject is None and said.is_word(i) and low[i] not in ("named", "called", "with", "for", "of"):
            i += 1
            subject = clauses.role(me, i, limit) if i < limit else None
        if subject is None or low[subject.end : subject.end + 1] == ["'s"]:
            return None
    end = subject.end
    if subject.name:
        return [Phrase(end - len(subject.name.split()), end, subject.name, subject.role)], end
    k = end
    if low[k : k + 1] in (["and"], ["who"], ["that"], ["which"]) and any(
        word in ("named", "called", "call", "name") for word in low[k + 1 : k + 4]
    ):
        while k < len(low) and low[k] in (
            "and",
            "we",
            "i",
            "have",
            "just",
            "who",
            "that",
            "which",
            "named",
            "called",
            "call",
            "name",
            "it",
            "him",
            "her",
            "them",
        ):
            k += 1
    while k < len(low) and low[k] in ("named", "called", ",", ":", "whose", "name", "names", "is", "are", "-", "("):
        k += 1
    found: list[Phrase] = []
    while (
        k > end
        and k < len(low)
        and (
            named := clauses.person(
                k,
                is_introduced=low[end] in ("named", "called", "whose", ":", "and", "who", "that", "which")
                or clauses.roles[subject.role] == "pet",
            )
        )
        and low[named[1] : named[1] + 1] != ["'s"]
    ):
        found.append(Phrase(k, named[1], named[0], subject.role))
        k = named[1]
        while k < len(low) and low[k] in (",", "and"):
            k += 1
    if found:
        clauses.others.extend(phrase.value for phrase in found)
        return found, found[-1].last
    if (low[end : end + 1] and low[end] in ("who", "at", "in") and subject.is_plural) or (
        subject.role in ("child", "kid", "baby") and not subject.is_plural
    ):
        return None
    if clauses.roles[subject.role] == "pet":
        return [Phrase(first, end, said.said(first, end), subject.role)], end
    if subject.is_plural or subject.path is None:
        return None
    return [Phrase(first, end, subject.path, subject.role)], end


def boundary(clauses: Clauses, i: int, limit: int, kind: str, until: frozenset[str] | None = None) -> int:
    """Where a phrase of `kind` that begins at `i` ends."""
    said = clauses.said
    low = said.low
    base = _KIND_OF.get(kind, kind)
    stops = _stops(base if base in _STOPS else "thing" if not has_words(kind) else "text")
    is_list = kind in LISTS or kind == "topics" or has_words(kind)
    j = i
    while j < limit:
        word = low[j]
        if said.quoted[j]:
            j = said.quoted[j]
            continue
        if until is not None and word in until and j > i:
            return j
        if word == "how" and low[j + 1 : j + 2] == ["to"] and base in ("act", "text"):
            j += 2
            continue
        if j in said.time_at or word in _ENDS or (word in ("ever", "up") and j + 1 in said.time_at):
            break
        if j > i and base in ("place", "org") and _YEARS.fullmatch(word):
            break
        if j > i and kind in ("playable", "playing", "instruments") and word in _BEHIND_PLAYS:
            break
        if j > i and _is_cut(low, j):
            break
        if not said.is_word(j):
            if word == "," and ((is_list and _goes_on(said, j + 1, limit)) or (base == "place" and _is_more_place(said, j + 1, limit))):
                j += 1
                continue
            if (
                word in "&/'+%$#*°\"“”"
                or (word in "-–" and said.start[j] == said.end[j - 1])
                or (word == "." and j + 1 < limit and said.start[j + 1] == said.end[j])
            ):
                j += 1
                continue
            break
        if word in ("and", "or", "nor"):
            if is_list and kind != "to_acts" and _goes_on(said, j + 1, limit):
                j += 1
                continue
            if base in ("org", "place", "name") and word == "and" and said.is_capital(j - 1) and said.is_capital(j + 1) and base == "org":
                j += 1
                continue
            if base in ("act", "text", "to_acts") and j + 1 < limit:
                j += 1
                continue
            break
        if j > i and (
            (word == "to" and (low[j - 1] in _TOWARDS or (base == "acts" and low[j - 1].endswith("ing")))) or low[j - 1] in _LIGHT_DOING
        ):
            j += 1
            continue
        if j > i and (word in stops or (base == "place" and word.endswith("ing") and not said.is_capital(j))):
            break
        j += 1
    while j > i and not has_words(kind) and (low[j - 1] in _TRAILING or (not said.is_word(j - 1) and low[j - 1] not in "\"”'%+#*")):
        j -= 1
    return j


def boundary_of_text(said: Words, i: int) -> int:
    """Where the clause around `i` stops, by its marks alone."""
    while i < len(said) and said.low[i] not in _CLAUSE_ENDS and said.low[i] not in ("that", "and", "when", "if") and i not in said.time_at:
        i += 1
    return i


def _is_more_place(said: Words, i: int, limit: int) -> bool:
    """ "Porto, Portugal" """
    return (
        said.is_capital(i)
        and i < limit
        and i not in said.time_at
        and (
            i + 1 >= limit
            or not said.is_word(i + 1)
            or said.is_capital(i + 1)
            or said.low[i + 1] in _ENDS
            or said.low[i + 1] in ("in", "with", "for", "last", "this")
            or i + 1 in said.time_at
        )
    )


def _goes_on(said: Words, i: int, limit: int) -> bool:
    """Whether behind a comma or "and" one more phrase of a list follows."""
    while i < limit and said.low[i] in ("and", "or", "also", "even", "especially", "sometimes", "then"):
        i += 1
    if i >= limit:
        return False
    word = said.low[i]
    if word == "not" and any(ahead in words("feelings") for ahead in said.low[i + 1 : i + 3]):
        return True
    end = i
    while end < len(said) and end < i + 12 and said.low[end] not in ".,;:!?()—–":
        if said.low[end] in _FINITE_ITEM and end > i:
            return False
        if said.low[end] in ("i", "we", "because", "but", "so", "which", "who", "that", "when", "while", "since", "and"):
            break
        end += 1
    return (said.is_word(i) and word not in _NO_ITEM and i not in said.time_at) or bool(said.quoted[i])


def split(said: Words, first: int, last: int) -> list[tuple[int, int]]:
    """A list taken apart at its commas and "and"s."""
    spans, start, j = [], first, first
    while j < last:
        if said.quoted[j]:
            j = said.quoted[j]
            continue
        if said.low[j] in (",", "and", "or", "&", "nor", "/") or (said.low[j] == "as" and said.low[j + 1 : j + 3] == ["well", "as"]):
            spans.append((start, j))
            j += 3 if said.low[j] == "as" else 1
            start = j
            continue
        j += 1
    spans.append((start, last))
    if len(spans) == 2 and spans[0][1] - spans[0][0] == 1 and spans[1][1] - spans[1][0] > 1 and _ADJECTIVE.search(said.low[first]):
        return [(first, last)]  # "inspirational and profound style"
    return [(first, last) for first, last in spans if last > first]


def deeds(said: Words, first: int, last: int) -> list[tuple[int, int]]:
    """Doings one behind the other: "learn from him and improve my skills" are two, "read books, travel, and cook" three."""
    spans, start = [], first
    for j in range(first + 1, last - 1):
        if said.low[j] in ("and", "or", ",") and j > start and not said.quoted[j]:
            k = j + 2 if said.low[j] == "," and said.low[j + 1] in ("and", "or") else j + 1
            if k < last and _is_deed(said, k, last):
                spans.append((start, j))
                start = k
    return [*spans, (start, last)]


def _is_deed(said: Words, i: int, last: int) -> bool:
    """Whether a verb stands at `i`; a word that may be a noun counts only alone."""
    if not any(BASE in form.kinds for form in forms().get(said.low[i], ())):
        return False
    is_alone = i + 1 == last or said.low[i + 1] in (",", "and", "or")
    return is_alone == (said.low[i] in words("nouns_too")) or said.low[i + 1 : i + 2] in (["a"], ["the"], ["my"], ["to"], ["for"])


def trimmed(said: Words, first: int, last: int, kind: str) -> Phrase | None:
    """The phrase without determiners and such; `None` where it names nothing."""
    low = said.low
    leads = _LEADS_TEXT if kind in ("text", "act", "to_acts", "clause") else _LEADS
    while first < last and (low[first] in leads or (not said.is_word(first) and low[first] not in '"“#')):
        first += 1
    while last > first and (low[last - 1] in _TRAILING or (not said.is_word(last - 1) and low[last - 1] not in '"”%+#*')):
        last -= 1
    if last - first > LONGEST_PHRASE and kind in ("act", "to_acts", "text"):
        last = _shortened(said, first)
    if kind in ("org", "place", "orgs", "places"):
        first = next((k + 1 for k in range(first, last - 1) if low[k] in ("called", "named") and said.is_capital(k + 1)), first)
    if first >= last or low[first] in _NOTHING or last - first > LONGEST_PHRASE:
        return None
    if kind in ("act", "to_acts") and ((last - first <= 3 and low[last - 1] in _NOTHING) or low[first] in _NO_ACT):
        return None
    if kind not in ("text", "act", "to_acts", "clause") and low[first] in _PREPOSITIONS:
        return None
    if kind not in ("text", "act", "to_acts", "clause") and (low[first] in _POINTING or low[last - 1] in _NOTHING):
        return None
    if said.quoted[first] and said.quoted[first] == last:
        first, last = (first + 1 if not said.is_word(first) else first), (last - 1 if not said.is_word(last - 1) else last)
        if first >= last:
            return None
    if kind in ("name", "names") and not said.is_capital(first) and low[first] not in names():
        return None
    if kind == "gerund" and not low[first].endswith("ing"):
        return None
    if kind in ("act", "to_acts") and not _is_act(low[first]):
        return None
    if kind in ("org", "orgs") and " ".join(low[first:last]) in words("no_orgs"):
        return None
    if kind in ("place", "places") and low[last - 1] in words("org_heads") and last - first > 1:
        return None
    if kind in ("place", "places") and (
        low[first] in words("no_places") or (low[last - 1] in words("no_places") and not said.is_capital(last - 1))
    ):
        return None
    value = re.sub('["“”]', "", said.said(first, last)).strip("'‘’ ")
    return Phrase(first, last, re.sub(r"\s+", " ", value)) if re.search(r"[^\W_]", value) else None


def _shortened(said: Words, first: int) -> int:
    """The end of the part of a long phrase that says what it is about."""
    for i in range(first + LONGEST_PHRASE - 2, first + 3, -1):
        if said.low[i] in _PREPOSITIONS or said.low[i] in ("and", "or", ","):
            return i
    return first + LONGEST_PHRASE


def _is_act(word: str) -> bool:
    return (
        any(form.kinds & {BASE, ING} for form in forms().get(word, ()))
        or word in ("be", "have", "do")
        or (word.isalpha() and word not in _NO_ITEM)
    )


def _listed(said: Words, i: int, end: int, kind: str) -> list[Phrase]:
    """The phrases of a list, as many from the first on as the word list `kind` knows."""
    found: list[Phrase] = []
    known = words(kind)
    for first, last in split(said, i, end):
        is_denied = first < last and said.low[first] == "not"
        first += is_denied
        if first < last and said.low[first] == "no":
            return found
        while first < last and (
            said.low[first] in _LEADS or said.low[first] in _DEGREES or (said.low[first].endswith("ly") and said.low[first] not in known)
        ):
            first += 1
        phrase = None
        for stop in range(last, first, -1):
            text = " ".join(said.low[first:stop])
            head = said.low[stop - 1]
            if (
                kind == "jobs"
                and stop == last
                and _JOB.search(head)
                and head not in words("no_jobs")
                and stop - first <= 3
                and not _PREPOSITIONS.intersection(said.low[first:stop])
            ):
                phrase = Phrase(first, stop, said.said(first, stop))
                break
            if text in known or (
                "*" in known and head in known and stop - first <= 5 and not _PREPOSITIONS.intersection(said.low[first:stop])
            ):
                stop = last if "*" in known and stop < last and said.low[stop] in ("of", "about", "on") else stop
                if kind == "judgement" and said.low[stop : stop + 1] == ["to"]:
                    stop = last = boundary_of_text(said, stop)
                phrase = Phrase(first, stop, ("not " if is_denied else "") + said.said(first, stop))
                break
        if phrase is None and found and found[-1].last >= first - 2 and kind in words("open_lists") and last - first <= 3:
            phrase = trimmed(said, first, last, "thing")
        if phrase is None:
            return found
        found.append(phrase)
    return found


def _persons(clauses: Clauses, i: int, end: int) -> tuple[list[Phrase], int] | None:
    """Names, or paths for "my sister", or what they are called ("an old friend")."""
    found: list[Phrase] = []
    said = clauses.said
    for first, last in split(said, i, end):
        start = first
        while first < last and said.low[first] in ("with", "both"):
            first += 1
        if first >= last:
            continue
        subject = None
        if said.low[first] in ("my", "our", "his", "her"):
            subject = clauses.role(clauses.owner(first), first + 1, last)
        elif (
            said.is_capital(first)
            and (person := clauses.person(first, is_introduced=True))
            and said.low[person[1] : person[1] + 1] != ["'s"]
        ):
            found.append(Phrase(first, min(person[1], last), person[0]))
            continue
        if subject is not None and subject.path is not None:
            found.append(Phrase(first, subject.end, subject.path))
        elif said.low[first] not in ("my", "our", "his", "her", "their") or subject is None:
            phrase = trimmed(said, start, last, "thing")
            if phrase is not None:
                found.append(phrase)
    return (found, end) if found else None


def _date(said: Words, i: int, limit: int) -> tuple[list[Phrase], int] | None:
    while i < limit and said.low[i] in ("on", "the", "in"):
        i += 1
    time = said.time_at.get(i)
    if time is not None and time.last <= limit + 1:
        return [Phrase(i, time.last, said.said(i, time.last))], time.last
    match = _DAY.match(said.text, said.start[i]) if i < limit else None
    if match is None:
        return None
    last = next((k for k in range(i, len(said)) if said.start[k] >= match.end()), len(said))
    return [Phrase(i, last, match[0])], last


def _age(said: Words, i: int, limit: int) -> tuple[list[Phrase], int] | None:
    """A number of years, behind which nothing else is counted."""
    found = _number(said, i, limit)
    if found is None:
        return None
    behind = said.low[found[1]] if found[1] < len(said) else ""
    if (
        (behind[:1].isalpha() and behind not in _BEHIND_AGE)
        or behind in (":", "/", "%", "-")
        or (found[0][0].value.isdecimal() and int(found[0][0].value) > 120)
    ):
        return None
    return found


def _number(said: Words, i: int, limit: int) -> tuple[list[Phrase], int] | None:
    if i < limit and said.low[i] in ("almost", "nearly", "about", "already"):
        i += 1
    if i < limit and (
        said.low[i].isdecimal() or said.low[i] in words("numbers") or all(part in words("numbers") for part in said.low[i].split("-"))
    ):
        return [Phrase(i, i + 1, said.raw(i))], i + 1
    return None


@cache
def _stops(kind: str) -> frozenset[str]:
    return frozenset(_STOPS[kind].split())


@cache
def _cuts() -> dict[str, tuple[list[str], ...]]:
    found: dict[str, list[list[str]]] = {}
    for phrase in words("cut"):
        parts = phrase.split()
        found.setdefault(parts[0], []).append(parts)
    return {first: tuple(phrases) for first, phrases in found.items()}


def _is_cut(low: list[str], i: int) -> bool:
    return any(low[i : i + len(parts)] == parts for parts in _cuts().get(low[i], ()))


_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
)
_DAY = re.compile(
    rf"(?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?{_MONTH}(?: (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? (?:in )?\d{{4}}\b)?"
    r"|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{4}\b",
    re.IGNORECASE,
)
_ENDS = frozenset(
    """
    because since when while which who whom whose that but so although though if unless until whenever whereas cause cuz however i i'm
    he she they we you it's there is are was were am 'm 'll 've n't has does did would will can could too as_well someday sometime
    eventually now originally nowadays lately recently currently anymore either tho lol btw right just every everyday daily weekly
    please thanks haha ago yet why how what where whether ; : ( ) ! ? … —
    """.split()
)
_BEHIND_AGE = frozenset("years year yrs yo and but now old so today this i".split())
_JOB = re.compile(
    r"(?:smith|[a-z]{3}ist|cian|arian|eer|wright|keeper|maker|grapher|ologist|worker|officer|clerk|chef|monger|therapist|[a-z]{2}ator|[a-z]{3}sor)$"
)
_TOWARDS = frozenset("trip visit journey flight ticket tickets tour move".split())
"""Nouns that a place belongs to: "a trip to Japan"."""
_LIGHT_DOING = frozenset("going getting looking listening playing talking curling hanging eating being working".split())
"""Doings that say nothing without what follows."""
_ADJECTIVE = re.compile(r"(?:al|ful|ous|ive|ic|able|ible|less|ant|ent|warm|good|bad|nice|quiet|simple|sunny|calm|sweet|spicy|old|young)$")
_PREPOSITIONS = frozenset("to of for at in on with from by about into over through as after before during without than".split())
_NO_ACT = frozenset("it that this them him her you what how so not".split())
_IS = frozenset(
    """
    is are was were 's can will should has have makes make helps help brings bring gives give takes needs
    """.split()
)
_CLAUSE_ENDS = frozenset(", . ; ! ? : ( ) — – because but so".split())
_NO_VIEW = frozenset(
    """
    i we you he she they it it's this that these those there so of about what how if not maybe my i'm the_best your he'll
    """.split()
)
_TRAILING = frozenset(
    """
    once sometimes often usually in on at for from with by of to the a an my our and or but so very really also too as about into than
    this that these those every each around during between over up_to last next more again still already any much well both just even
    only 's then back
    """.split()
) - {"back", "up_to"}
_LEADS = frozenset(
    """
    a an the my our some any of to really very so such quite both all also just even especially lots plenty many several much mainly
    mostly particularly sometimes always either kind sort few couple lot bit various different certain own actually like ,
    """.split()
)
_LEADS_TEXT = frozenset("that , to also just really".split())
_DEGREES = frozenset(
    """
    little bit pretty rather kinda super too extremely so very quite more most absolutely completely totally big huge real true bit-
    such
    """.split()
)
_NOTHING = frozenset(
    """
    it that this them him her you me us myself yourself itself everything something anything nothing things stuff thing lot one ones
    here there these those someone anyone everyone people so not now too which what who more most much same way time bit well better
    best out lots
    """.split()
)
_POINTING = frozenset("this that these those your his her their its it such what how no not being when if you i".split())
_FINITE_ITEM = frozenset("is are was were 's would will can has have had does do did makes make helps help gives brings".split())
_NO_ITEM = frozenset(
    """
    i we he she they you it this that there so but because which who what when where while if then also my_own is are was were am have
    has had do does did will would can could should may might must not n't to for with in on at from by about as than how why let
    especially too it's 's thanks thank please just maybe though although plus since cause cuz hence therefore thus always never
    really
    """.split()
) - {"also"}
