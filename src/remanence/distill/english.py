"""Read what an English sentence claims of its speaker and of the persons it names: a saying in, claims out. Pure; no model.

The rules are data (`rules/en.toml`): a relation, and ways of saying it with slots. They are tried on each clause whose verb
they begin with; tense, denial, hedges and words of time decide what becomes of a match. Precision comes first: a clause that
is a question, a condition, a wish, a quotation or another's word about the speaker yields nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from remanence.distill.english_clauses import (
    BE,
    CAN,
    FUTURE,
    MODAL,
    PERFECT,
    PRESENT,
    SKIPPED,
    USED,
    WOULD,
    Clauses,
    Predicate,
    Subject,
    find_times,
    take_apart,
)
from remanence.distill.english_corrections import corrected, is_after_all, now_it_is
from remanence.distill.english_drafts import Drafts
from remanence.distill.english_persons import Persons
from remanence.distill.english_phrases import Phrase, boundary, fill, trimmed
from remanence.distill.english_rewording import reworded
from remanence.distill.english_times import Dating
from remanence.distill.english_words import (
    BASE,
    ING,
    Rule,
    Slot,
    Word,
    attribute_of,
    bare_rules,
    forms,
    has_words,
    more_roles,
    rules_of,
    words,
)
from remanence.distill.relations import Registry, Relation
from remanence.distill.sentences import Saying, is_question
from remanence.types import Claim, Stance

SURE = 0.5
"""Words less certain than this are not meant: nothing is read from them."""


def read_english(saying: Saying, registry: Registry) -> list[Claim]:
    """The claims of one sentence, in reading order, each once."""
    return read_with_persons(saying, registry)[0]


def read_with_persons(saying: Saying, registry: Registry, depth: int = 0) -> tuple[list[Claim], tuple[str, ...]]:
    """The claims of one sentence, with the persons named so far: those of `saying.others`, then those that it names."""
    if saying.certainty < SURE or not _TRIGGER.search(saying.text):
        return [], saying.others
    if (plain := reworded(saying, registry, read_with_persons, depth)) is not None:
        return plain
    reader = Reader(saying, registry)
    return reader.claims(), tuple(dict.fromkeys(reader.clauses.others))


@dataclass(slots=True)
class Match:
    """A rule that fits a clause, with what fills its slots."""

    rule: Rule
    slots: dict[str, list[Phrase]]
    end: int

    @property
    def phrases(self) -> list[Phrase]:
        return [phrase for phrases in self.slots.values() for phrase in phrases]


class Reader:
    """Reads one sentence."""

    def __init__(self, saying: Saying, registry: Registry) -> None:
        self.saying = saying
        self.registry = registry
        self.said = take_apart(saying.text)
        find_times(self.said, saying)
        self.question_at = self.question()
        self.roles = more_roles() | registry.role_of
        self.clauses = Clauses(self.said, saying, self.roles, self.question_at)
        self.drafts = Drafts(self.clauses, registry)
        self.dating = Dating(self.said, saying)
        self.found: list[Claim] = []

    def claims(self) -> list[Claim]:
        if self.question_at == 0:
            Persons(self.clauses, self.drafts).mentions()
            return []
        predicates = self.clauses.read()
        self.found += Persons(self.clauses, self.drafts).read()
        for predicate in predicates:
            if predicate.is_live:
                self.read(predicate)
        self.bare()
        self.replaced()
        self.found = [claim for claim in self.found if claim.relation != "marital_status" or claim.subject not in self.wed()]
        found = corrected(list(dict.fromkeys(self.found)), self.said.text, self.registry)
        return sorted(found, key=lambda claim: claim.start)

    def wed(self) -> set[str]:
        """Those of whom the sentence says to whom they are married: that they are needs no claim of its own."""
        return {claim.object for claim in self.found if claim.relation == "spouse" and claim.start > 0 and claim.subject != self.saying.me}

    def question(self) -> int:
        """Where the question in the sentence begins: 0 where all of it is one, its length where there is none."""
        low = self.said.low
        if not low:
            return 0
        if not is_question(self.said.text):
            asks = low[0] in _ASKING and low[1:2] and low[1] in (_AUXILIARIES if low[0] in _WH else _ASKED)
            asks = asks and (low[1] != "n't" or (low[2:3] and low[2] in _ASKED))
            return 0 if asks and low[0] not in ("had", "have", "was", "were") else len(low)
        if low[-3:-1] in ([",", "right"], [",", "remember"], [",", "yeah"]) and not (low[0] in _ASKING and low[1] in _ASKED):
            return len(low) - 3
        for i in range(len(low) - 1, 0, -1):
            if (
                low[i] in _ASKING
                and self.said.text[self.said.start[i]].isupper()
                and not self.said.quoted[i]
                and low[i + 1 : i + 2]
                and low[i + 1] in _ASKED
            ):
                return i
            if (low[i] in _ASKING and low[i - 1] in (",", "-", "–", "—", ";", "and", "but", "so", ":")) or (
                low[i] in ("any", "you", "right") and low[i - 1] in ",-–—"
            ):
                return i if low[i] != "right" and not (low[0] in _ASKING and low[1:2] and low[1] in _ASKED) else 0
        return 0

    def read(self, predicate: Predicate) -> None:
        form, subject = predicate.form, predicate.subject
        if form is None or predicate.tense == MODAL or "neither" in self.said.low:
            return
        if form.lemma == "have" and predicate.denied and subject.path is not None and self.lost(predicate):
            return
        if subject.path is None or subject.noun:
            self.of_anyone(predicate)
            if subject.noun and subject.path is not None:
                self.attribute(predicate)
            return
        if form.lemma == "be" and subject.role and not subject.name and subject.path is not None and not predicate.denied:
            first = predicate.verb + 1
            while first < predicate.limit and self.said.low[first] in SKIPPED:
                first += 1
            named = self.clauses.person(first, is_introduced=True) if first < predicate.limit else None
            is_whole = named is not None and (named[1] >= predicate.limit or not self.said.is_word(named[1]))
            if named is not None and is_whole and self.said.low[first] not in words("no_strangers"):
                is_new = "new" in self.said.low[predicate.start : predicate.verb] or self.dating.says_now(predicate)
                named_so = self.drafts.named_as(subject.path, Phrase(first, named[1], named[0]))
                until = self.saying.said_at if predicate.tense == USED else None
                self.found += [replace(claim, is_change=is_new, valid_to=until) for claim in named_so]
                return
        if (
            form.lemma == "be"
            and subject.role
            and predicate.denied
            and self.said.low[predicate.verb + 1 : predicate.verb + 2] in (["mine"], ["ours"], ["with"])
        ):
            value = subject.name or subject.role
            gone = self.drafts.related(self.saying.me, subject.role, self.roles[subject.role], Phrase(predicate.start, subject.end, value))
            self.found = [claim for claim in self.found if (claim.relation, claim.object) != (gone.relation, gone.object)]
            self.found.append(replace(gone, stance=Stance.DENY))
            return
        if self.said.low[predicate.verb + 1 : predicate.verb + 2] in (["it"], ["them"]) and self.felt(predicate):
            return
        for match in self.matches(form.lemma, predicate.verb + 1, predicate.limit, predicate):
            claims = self.claims_of(predicate, match)
            if claims:
                self.found += claims
                return
            if claims is not None:
                return
        if not self.intended(predicate):
            self.done(predicate)

    def lost(self, predicate: Predicate) -> bool:
        """ "I don't have Rex anymore": whom one has by a name of their own is a pet."""
        named = self.clauses.person(predicate.verb + 1, is_introduced=True)
        if named is None or predicate.subject.path is None or not self.dating.is_no_more(predicate):
            return False
        gone = self.drafts.claim(predicate.subject.path, "pet", Phrase(predicate.verb + 1, named[1], named[0]), Stance.DENY)
        self.found.append(gone)
        return True

    def felt(self, predicate: Predicate) -> bool:
        """ "I used to love baking, now I hate it": "it" is what the sentence was just about."""
        before = next((claim for claim in reversed(self.found) if self.registry[claim.relation].group == "attitude"), None)
        lemma = predicate.form.lemma if predicate.form is not None else ""
        is_bad = lemma in _HATING or bool(predicate.denied)
        if before is None or lemma not in _HATING | _LOVING or before.subject != predicate.subject.path:
            return False
        relation = "dislikes" if is_bad else "likes"
        self.found.append(
            replace(before, relation=relation, stance=Stance.AFFIRM, valid_from=None, valid_to=None, precision="", is_change=True)
        )
        return True

    def of_anyone(self, predicate: Predicate) -> None:
        """What a clause about something else says of the speaker: "it makes me sad"."""
        assert predicate.form is not None
        if self.said.low[predicate.start] in ("you", "your"):
            return
        for match in self.matches(predicate.form.lemma, predicate.verb + 1, predicate.limit, predicate):
            if match.rule.options.get("anyone"):
                self.found += self.claims_of(replace(predicate, subject=Subject(self.saying.me, predicate.subject.end)), match) or []
                return

    def done(self, predicate: Predicate) -> None:
        """A deed or a habit that no rule knows: the verb with all that belongs to it."""
        assert predicate.form is not None
        lemma = predicate.form.lemma
        if predicate.denied or predicate.verb + 1 >= predicate.limit:
            return
        around = self.said.low[predicate.start : predicate.verb] + self.said.low[predicate.limit : predicate.limit + 2]
        if (
            predicate.tense == PRESENT
            and lemma not in words("no_habits")
            and not predicate.is_progressive
            and (_OFTEN.intersection(around) or _REGULAR.search(self.said.text))
        ):
            relation = "habit"
        elif (
            predicate.tense == "past"
            and lemma not in words("no_deeds")
            and (not predicate.is_progressive or self.dating.times(predicate, predicate.limit))
        ):
            relation = "did"
        else:
            return
        last = boundary(self.clauses, predicate.verb + 1, predicate.limit, "text")
        phrase = trimmed(self.said, predicate.verb, last, "act")
        if phrase is None or phrase.last - phrase.first < 2 or self.is_vague(phrase):
            return
        self.found += self.make(predicate, self.registry[relation], [phrase], Match(_PLAN, {}, last), {})

    def is_vague(self, phrase: Phrase) -> bool:
        """Whether a deed's object only points at something: "made it", "took this photo"."""
        low = self.said.low
        if low[phrase.last - 1] in _VAGUE_ENDS:
            return True
        return not _POINTERS.isdisjoint(low[phrase.first + 1 : phrase.first + (3 if phrase.last - phrase.first < 4 else 2)])

    def matches(self, lemma: str, i: int, limit: int, predicate: Predicate) -> Iterator[Match]:
        """The rules that fit, those to leave it alone first, then those that take most words."""
        is_mine = predicate.subject.path == self.saying.me
        fitting = (
            rule
            for rule in rules_of().get(lemma, ())
            if rule.relation == "nothing" or (_fits(rule, predicate) and (is_mine or not rule.options.get("mine")))
        )
        found = [match for rule in fitting if (match := self.match(rule, i, limit)) is not None]
        return iter(
            sorted(
                found, key=lambda match: (match.rule.relation != "nothing", match.rule.relation != "light", -match.end, -match.rule.weight)
            )
        )

    def match(self, rule: Rule, i: int, limit: int) -> Match | None:
        """What fills the slots of `rule` when the words behind its first are those from `i` on."""
        slots: dict[str, list[Phrase]] = {}
        low = self.said.low
        for k, part in enumerate(rule.parts[1:], start=1):
            while i < limit and self.is_skipped(i, part):
                i += 1
            if isinstance(part, Word):
                while part.is_optional and i < limit and low[i] in part.choices:
                    i += 1
                if not part.is_optional:
                    if i >= len(low) or low[i] not in part.choices:
                        return None
                    i += 1
                continue
            until = _until(rule.parts[k + 1 :])
            filled = fill(self.clauses, i, limit, part.kind, until)
            if filled is None:
                return None
            slots[part.use] = filled[0]
            i = filled[1]
        return Match(rule, slots, i)

    def is_skipped(self, i: int, part: Word | Slot) -> bool:
        """Whether the word may stand between those of a rule: "works *over* at", "*badly* allergic to"."""
        word = self.said.low[i]
        if isinstance(part, Word) and word in part.choices:
            return False
        if word in SKIPPED:
            return True
        if not isinstance(part, Word):
            return False
        is_manner = word.endswith("ly") and len(word) > 4 and word not in words("adjectives_ly")
        return is_manner or (word in _DIRECTIONS and not part.is_optional)

    def claims_of(self, predicate: Predicate, match: Match) -> list[Claim] | None:
        """What a match claims; `None` where another rule should be tried."""
        options = match.rule.options
        if options.get("light"):
            return self.lightened(predicate, match)
        if match.rule.relation == "nothing":
            return []
        if match.rule.relation == "role":
            return self.had(predicate, match)
        relation = self.registry[match.rule.relation]
        tense = predicate.tense
        if options.get("timed") and not self.dating.times(predicate, match.end):
            return None
        is_ahead = tense == FUTURE or (predicate.is_progressive and tense == PRESENT and self.dating.is_ahead(predicate, match.end))
        if (
            is_ahead
            and relation.name not in ("goal", "opinion", "worried_about", "feels", "has_condition")
            and relation.kind in ("state", "event", "fixed")
            and not options.get("ahead")
        ):
            return self.intended(predicate)
        if tense == WOULD and not options.get("would"):
            return []
        if relation.kind == "event" and tense not in ("past", PERFECT) and not options.get("always"):
            return None
        values = match.slots.get("object") or [self.whole(predicate, match)]
        if options.get("whole"):
            values = [self.whole(predicate, match)]
            if relation.kind == "event" and self.is_vague(values[0]):
                return []
        if relation.name in ("goal", "plans") and self.is_vague(values[0]):
            return []
        if relation.group == "attitude" and not options.get("only_denied"):
            values = [value for value in values if not self.is_at_hand(value, predicate)]
        if "value" in options:
            values = [Phrase(predicate.verb, max(match.end, predicate.verb + 1), options["value"])]
        return self.make(predicate, relation, values, match, options)

    def had(self, predicate: Predicate, match: Match) -> list[Claim] | None:
        """ "I have a sister", "we have two cats, Luna and Milo"."""
        assert predicate.subject.path is not None
        if predicate.tense == FUTURE:
            return []
        if predicate.denied:
            return self.had_not(predicate, match)
        since, until, grain = None, None, ""
        if predicate.form is not None and predicate.form.lemma == "have" and predicate.tense in ("past", USED):
            pet = self.registry[self.roles[match.slots["object"][0].role]]
            since, until, grain = self.dating.when(predicate, pet, match.end, match.phrases, False, {"past": "ended"})
            until = until or self.saying.said_at
        owner = predicate.subject.path
        found = []
        for phrase in match.slots["object"]:
            relation = self.roles[phrase.role]
            claim = self.drafts.related(owner, phrase.role, relation, phrase, predicate.certainty)
            found.append(replace(claim, valid_from=since, valid_to=until, precision=grain) if until is not None else claim)
        return found

    def had_not(self, predicate: Predicate, match: Match) -> list[Claim]:
        """ "I don't have a dog any more", "I never had a dog"."""
        assert predicate.subject.path is not None
        found = []
        for phrase in match.slots["object"]:
            relation = self.roles[phrase.role]
            is_over = self.dating.is_no_more(predicate)
            if relation == "pet" or is_over or predicate.denied == "never":
                stance = Stance.DENY if is_over or predicate.denied == "not" else Stance.RETRACT
                found.append(replace(self.drafts.related(predicate.subject.path, phrase.role, relation, phrase), stance=stance))
        return found

    def is_at_hand(self, value: Phrase, predicate: Predicate) -> bool:
        """ "I love the color": the one before our eyes, nothing lasting."""
        before = self.said.low[value.first - 1]
        words_of = self.said.low[value.first : value.last]
        if words_of and words_of[-1] in _VAGUE_LIKED and len(words_of) < 3:
            return True
        is_short = len(words_of) < 3 and not any(self.said.is_capital(i) for i in range(value.first, value.last))
        return before == "the" and (is_short or predicate.subject.end == predicate.verb == predicate.start)

    def whole(self, predicate: Predicate, match: Match) -> Phrase:
        """The words of the verb and all that belongs to it."""
        last = max(boundary(self.clauses, predicate.verb + 1, predicate.limit, "text"), min(match.end, predicate.limit))
        if match.rule.options.get("only_denied"):
            first = predicate.verb
            while first > predicate.subject.end and self.said.low[first - 1] in (
                "n't",
                "not",
                "do",
                "does",
                "can",
                "ever",
                "never",
                "stopped",
                "quit",
                "stop",
                "gave",
                "given",
                "up",
            ):
                first -= 1
            last = match.end
            return Phrase(first, last, _plain(self.said.said(first, last)))
        if last - 2 > predicate.verb + 1 and self.said.low[last - 2] == "to":
            last -= 2  # "made a plan to ensure [I …]"
        return Phrase(predicate.verb, last, _plain(self.said.said(predicate.verb, last)))

    def lightened(self, predicate: Predicate, match: Match) -> list[Claim] | None:
        """ "started working at Acme", "happen to live in Rome": the second verb says it."""
        i = match.end
        while i < predicate.limit and self.said.low[i] in SKIPPED:
            i += 1
        if i >= predicate.limit:
            return None
        form = next((form for form in forms().get(self.said.low[i], ()) if form.kinds & {BASE, ING}), None)
        if self.said.low[i] in ("be", "being"):
            form = BE
        if form is None:
            return None
        light = match.rule.options["light"]
        inner = replace(
            predicate,
            verb=i,
            form=form,
            is_change=predicate.is_change or light == "start",
            denied="longer" if light == "stop" else predicate.denied,
            tense=PRESENT if light == "stop" or (light == "start" and predicate.tense in ("past", PERFECT)) else predicate.tense,
        )
        if light == "stop" and predicate.denied:
            return []
        before = len(self.found)
        self.read_inner(inner)
        added = self.found[before:]
        del self.found[before:]
        return added or None

    def read_inner(self, predicate: Predicate) -> None:
        assert predicate.form is not None
        for match in self.matches(predicate.form.lemma, predicate.verb + 1, predicate.limit, predicate):
            claims = self.claims_of(predicate, match)
            if claims is not None:
                self.found += claims
                return

    def intended(self, predicate: Predicate) -> list[Claim]:
        """A plan: what is to be done at a time that is said, or is said to be going to be done."""
        times = [self.dating.ahead(time) for time in self.dating.times(predicate, predicate.limit)]
        is_ahead = [time for time in times if time.interval.end > self.saying.said_at]
        going = predicate.tense == FUTURE and self.said.low[predicate.verb - 1] == "to"
        if predicate.denied or not (predicate.tense == FUTURE or (predicate.is_progressive and predicate.tense == PRESENT)):
            return []
        if predicate.is_progressive and not self.dating.is_ahead(predicate, predicate.limit):
            return []
        will = predicate.tense == FUTURE and predicate.form is not None and predicate.form.lemma in words("will_do")
        lemma = predicate.form.lemma if predicate.form is not None else ""
        if not going and ((not is_ahead and not will) or lemma in words("no_habits")):
            return []
        if going and self.dating.says_now(predicate):
            return []
        last = boundary(self.clauses, predicate.verb + 1, predicate.limit, "text")
        phrase = trimmed(self.said, predicate.verb, last, "act")
        if self.said.low[predicate.verb + 1 : predicate.verb + 2] and self.said.low[predicate.verb + 1] in _POINTERS:
            return []
        if (
            phrase is None
            or (last == predicate.verb + 1 and self.said.low[predicate.verb] in _VAGUE)
            or self.said.low[last - 1] in _VAGUE_ENDS
        ):
            return []
        claims = self.make(predicate, self.registry["plans"], [phrase], Match(_PLAN, {}, last), {})
        self.found += claims
        return claims

    def make(self, predicate: Predicate, relation: Relation, values: list[Phrase], match: Match, options: dict[str, Any]) -> list[Claim]:
        """The claims themselves."""
        subject = predicate.subject.path
        assert subject is not None
        if relation.name == "name" and "/" in subject:
            return self.drafts.named_as(subject, values[0])
        stance, change = Stance.AFFIRM, bool(options.get("change")) or predicate.is_change or self.dating.says_now(predicate)
        if options.get("only_denied"):
            pass
        elif predicate.denied and relation.kind == "fixed":
            stance = Stance.RETRACT
        elif predicate.denied == "not" and options.get("negated") == "not":
            values = [value._replace(value=f"not {value.value}") for value in values]
        elif predicate.denied and options.get("denied"):
            return []
        elif predicate.denied or options.get("denied"):
            if options.get("negated") == "not":
                return []
            if (
                predicate.denied == "never"
                and relation.kind == "state"
                and predicate.tense in ("past", PERFECT)
                and options.get("negated") != "nothing"
            ):
                stance = Stance.RETRACT
            elif "negated" in options and predicate.denied in ("not", "never"):
                if (options["negated"] == "nothing" and not (relation.group == "attitude" and self.dating.is_no_more(predicate))) or (
                    self.dating.is_no_more(predicate) and relation.kind != "state"
                ):
                    return []
                if not self.dating.is_no_more(predicate):
                    relation = self.registry[options["negated"]]
                else:
                    stance = Stance.DENY
            elif predicate.denied == "never" and relation.kind == "state" and predicate.tense in ("past", PERFECT):
                stance = Stance.RETRACT
            elif relation.kind == "event" or (predicate.denied == "not" and predicate.tense == "past" and not is_after_all(self.said.text)):
                return []
            else:
                stance = Stance.RETRACT if predicate.denied == "not" and is_after_all(self.said.text) else Stance.DENY
        if predicate.is_background and change and not self.dating.times(predicate, match.end):
            return []
        since, until, grain = self.dating.when(predicate, relation, match.end, match.phrases, change, options)
        if stance is Stance.DENY:
            until = None
        elif stance is Stance.RETRACT:
            since = until = None
        elif options.get("ends"):
            since, until = None, until or since or self.saying.said_at
        is_over = predicate.tense == USED or (predicate.tense == "past" and self.dating.is_long_ago(predicate))
        if is_over and relation.kind == "state" and stance is Stance.AFFIRM:
            until, change = until or self.saying.said_at, False
        certainty = min(predicate.certainty, float(options.get("certainty", 1.0)))
        qualifier = self.qualifier(match, options)
        claims = [
            self.drafts.claim(
                subject, relation.name, value, stance, qualifier, since, until, grain, certainty, change and stance is Stance.AFFIRM
            )
            for value in values
            if (value.value or options.get("denied"))
            and not (relation.object == "person" and relation.is_single and value.value.islower() and "/" not in value.value)
            and (relation.name in ("name", "nickname") or value.value.lower() != subject.lower())
        ]
        for use, phrases in match.slots.items():
            if use in self.registry and stance is Stance.AFFIRM:
                other = self.registry[use]
                claims += [
                    self.drafts.claim(subject, other.name, phrase, stance, "", since, until, grain, certainty, change) for phrase in phrases
                ]
        for old in match.slots.get("old", ()):
            claims.append(
                self.drafts.claim(
                    subject, relation.name, old, Stance.AFFIRM, qualifier, None, since or self.saying.said_at, grain, certainty, False
                )
            )
        return claims

    def qualifier(self, match: Match, options: dict[str, Any]) -> str:
        if "qualifier" in match.slots:
            return match.slots["qualifier"][0].value.lower()
        return str(options.get("qualifier", ""))

    def attribute(self, predicate: Predicate) -> None:
        if (
            predicate.form is None
            or predicate.form.lemma not in ("be", "become", "include")
            or predicate.tense not in (PRESENT, "past", PERFECT, USED)
        ):
            return
        subject = predicate.subject
        found = attribute_of(subject.noun)
        if found is None or subject.path is None:
            return
        table, qualifier = found
        if table["relation"] == "attribute":
            qualifier = qualifier or subject.noun
        if subject.noun.startswith("new "):
            table = table | {"change": True}
        i = predicate.verb + 1
        limit = predicate.limit
        if table["relation"] == "name" and "/" in subject.path:
            self.named_by(subject.path, i, limit)
            return
        self.valued(predicate, table, qualifier, i, limit)

    def valued(self, predicate: Predicate, table: dict[str, Any], qualifier: str, i: int, limit: int) -> None:
        """The values that an attribute is said to have."""
        low = self.said.low
        while i < limit and (low[i] in _BEFORE_VALUES or (low[i].endswith("ly") and i + 1 < limit and not self.said.is_capital(i))):
            i += 1
        if table["relation"] == "goal" and not (
            low[i - 1] == "to" or (low[i : i + 1] and (low[i] in ("a", "an", "the") or low[i].endswith("ing")))
        ):
            return
        filled = fill(self.clauses, i, limit, table.get("kind", "text"), None)
        if filled is None:
            return
        relation = self.registry[table["relation"]]
        if relation.name == "favourite" and low[filled[1] : filled[1] + 1] == ["to"]:
            return
        if relation.object == "date":
            filled = [self.drafts.calendar(phrase) for phrase in filled[0]], filled[1]
        if relation.name == "favourite" and (not qualifier or len(filled[0]) > 1):
            relation, qualifier = self.registry["likes"], ""
        rule = _PLAN._replace(relation=relation.name)
        found = self.make(
            predicate, relation, filled[0], Match(rule, {}, filled[1]), table | {"qualifier": qualifier or table.get("qualifier", "")}
        )
        self.found += found

    def named_by(self, path: str, i: int, limit: int) -> None:
        """ "My sister's name is Anna": (me, sister, Anna)."""
        filled = fill(self.clauses, i, limit, "name", None)
        if filled is not None:
            self.found += self.drafts.named_as(path, filled[0][0])

    def bare(self) -> None:
        low = self.said.low
        for i in range(min(len(low), self.question_at)):
            rules_here = bare_rules().get(low[i])
            if rules_here is None or self.said.quoted[i]:
                continue
            starts = self.clauses.is_boundary(i) or self.clauses.is_opening(i)
            for rule in rules_here:
                if not starts and not rule.options.get("anywhere"):
                    continue
                match = self.match(rule, i + 1, len(low))
                if match is None:
                    continue
                predicate = Predicate(
                    Subject(self.saying.me, i), i, i, None, str(rule.options.get("tense", PRESENT)).split()[0], limit=match.end
                )
                claims = self.claims_of(predicate, match)
                if claims:
                    self.found += claims
                    break

    def replaced(self) -> None:
        """ "I used to live in Rome, now it's Oslo": what takes the place of what was."""
        ended = [
            claim
            for claim in self.found
            if claim.stance is Stance.AFFIRM and claim.valid_to == self.saying.said_at and claim.valid_from is None
        ]
        place = now_it_is(self.said.text) if len(ended) == 1 else 0
        if not place:
            return
        first = next(i for i in range(len(self.said)) if self.said.start[i] >= place)
        kind = self.registry[ended[0].relation].object
        filled = fill(self.clauses, first, len(self.said), kind if kind in ("place", "thing") else "thing", None)
        if filled is not None:
            phrase = filled[0][0]
            self.found.append(self.drafts.claim(ended[0].subject, ended[0].relation, phrase, qualifier=ended[0].qualifier, is_change=True))


def _fits(rule: Rule, predicate: Predicate) -> bool:
    """Whether the clause is in a tense the rule is for."""
    options = rule.options
    wanted = options.get("tense")
    tense = predicate.tense
    if (options.get("only_denied") and not predicate.denied) or (options.get("only_longer") and predicate.denied != "longer"):
        return False
    if wanted is None:
        allowed = tense != CAN or bool(options.get("can"))
        return allowed and (tense != WOULD or bool(options.get("would")))
    listed = wanted.split()
    if tense == USED and "present" in listed:
        return True
    if predicate.is_progressive:
        return "ing" in listed and (tense in listed or tense in (PRESENT, PERFECT))
    return tense in listed


def _plain(text: str) -> str:
    """Words as a value: without quotation marks, with single blanks."""
    return re.sub(r"\s+", " ", re.sub('["“”]', "", text)).strip()


def _until(parts: tuple[Word | Slot, ...]) -> frozenset[str] | None:
    """What must stand right behind a slot: the next word that may not be missing, or the words of the slot that follows."""
    for part in parts:
        if isinstance(part, Slot):
            return words(part.kind) if has_words(part.kind) else None
        if not part.is_optional:
            return part.choices
    return None


_PLAN = Rule((Word(frozenset({"plan"}), False),), "plans", {})
_TRIGGER = re.compile(
    r"\b(?:i|i['’]?m|i['’]?ve|my|me|we|our|us|mine|is|was|are|were|has|had|home|new|just|got|love|hate|been|call|quit|went)\b"
    r"|[a-z](?:s|ed)\b|\b[A-Z][a-z]",
    re.IGNORECASE,
)
_ASKING = frozenset(
    """
    do does did are is was were have has had can could will would should shall may what who whom whose which where when why how am any
    isn't aren't
    """.split()
)
_ASKED = frozenset(
    """
    you i we he she they it there that this your my the n't these those anyone anything someone is are do does did kind about have was
    were would can
    """.split()
)
_WH = frozenset("what who whom whose which where when why how".split())
_AUXILIARIES = frozenset("do does did are is was were have has can could will would should 's about".split())
_VAGUE = frozenset(
    """
    be go do try see think start get have make take keep give say come tell let look consider miss need know
    """.split()
)
_VAGUE_LIKED = frozenset(
    """
    it that this them these those one ones thing things idea ideas stuff part way look view vibe vibes moment place kind sort everything
    anything something nothing sound feeling energy attitude thought suggestion both all much
    """.split()
)
_VAGUE_ENDS = frozenset("it that this them one you do".split())
_POINTERS = frozenset("it them him her you me us this that these those your one something everything anything nothing".split())
_DIRECTIONS = frozenset("over out down up here there".split())
_HATING = frozenset("hate dislike detest loathe stand bear despise".split())
_LOVING = frozenset("love like enjoy adore".split())
_OFTEN = frozenset(
    """
    usually often always regularly sometimes normally typically generally frequently occasionally rarely seldom
    """.split()
)
_REGULAR = re.compile(
    r"\b(?:once|twice|\w+ times) (?:a|per|each|every) (?:day|week|month|year)\b|\bdaily\b|\bevery (?!time|now|single time)"
    r"|\bon (?:mon|tues|wednes|thurs|fri|satur|sun)days\b|\bon (?:the )?weekends?\b",
    re.IGNORECASE,
)
_BEFORE_VALUES = frozenset(
    """
    definitely probably to called now always still actually in at on not never just currently really once formerly previously easily also
    by far :
    """.split()
)
