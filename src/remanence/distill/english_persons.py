"""Who is who to whom, wherever an English sentence lets it be known: "my sister Anna", "Tom is Anna's husband", "Hiking is my hobby"."""

from __future__ import annotations

from dataclasses import replace

from remanence.distill.english_clauses import SKIPPED, Clauses
from remanence.distill.english_drafts import Drafts
from remanence.distill.english_phrases import Phrase, split, trimmed
from remanence.distill.english_times import BREAKS
from remanence.distill.english_words import attribute_of, names, words
from remanence.types import Claim, Stance

_NOT_YET = frozenset({"would", "'d", "might", "almost", "nearly"})
"""Words of what is not so: "I'd name my dog Rex"."""


class Persons:
    """Reads what does not hang on the verb of a clause; up to where a question begins."""

    def __init__(self, clauses: Clauses, drafts: Drafts) -> None:
        self.clauses = clauses
        self.said = clauses.said
        self.drafts = drafts
        self.question_at = clauses.question_at
        self.found: list[Claim] = []

    def read(self) -> list[Claim]:
        self.introductions()
        self.turned_round()
        self.places()
        self.couples()
        self.successions()
        self.appositions()
        return self.found

    def mentions(self) -> None:
        """Persons that are named, in a question too: "You know my friend Pavel? Lives in Rome."."""
        i = 0
        while i < len(self.said):
            if self.said.low[i] in ("my", "our") and (subject := self.clauses.role(self.clauses.saying.me, i + 1, len(self.said))):
                i = subject.end
            elif (person := self.clauses.person(i)) is not None:
                self.clauses.others.append(person[0])
                i = person[1]
            else:
                i += 1

    def introductions(self) -> None:
        """ "my sister Anna", "Anna's husband Tom"."""
        low, said = self.said.low, self.said
        for i in range(min(len(low), self.question_at)):
            if said.quoted[i]:
                continue
            if low[i] in ("my", "our", "his", "her"):
                self.introduced(self.clauses.owner(i), i + 1)
            elif low[i] == "'s" and i and said.is_capital(i - 1) and (low[i - 1] in names() or low[i - 1] in self.clauses.known()):
                self.introduced(said.raw(i - 1), i + 1)

    def introduced(self, owner: str | None, i: int) -> None:
        """ "my sister Anna", "my wife, Anna,", "Anna, my wife,"."""
        low, said = self.said.low, self.said
        if owner is None or i >= len(low) or not _NOT_YET.isdisjoint(low[max(0, i - 6) : i]):
            return
        subject = self.clauses.role(owner, i, len(low))
        if subject is None:
            return
        relation = self.clauses.roles[subject.role]
        if subject.name:
            end = subject.end
            if not subject.is_plural and end - 1 < len(low):
                first = end - len(subject.name.split())
                self.found.append(self.drafts.related(owner, subject.role, relation, Phrase(first, end, subject.name)))
            return
        end = subject.end
        if low[end : end + 1] == ["'s"]:
            if subject.path is not None:
                self.introduced(subject.path, end + 1)
            return
        if low[end : end + 1] in ([","], ["("], ["named"], ["called"], ["-"]) and (
            named := self.clauses.person(end + 1, is_introduced=low[end] in ("named", "called"))
        ):
            if low[named[1] : named[1] + 1] in ([","], [")"], ["-"], ["."], ["!"], []) or low[end] in ("named", "called"):
                self.clauses.others.append(named[0])
                self.found.append(self.drafts.related(owner, subject.role, relation, Phrase(end + 1, named[1], named[0])))
        elif i >= 3 and low[i - 2] == "," and low[end : end + 1] in ([","], ["."], ["!"], []):
            first = i - 3
            is_named = (
                low[first] in names() or low[first] in self.clauses.known() or (low[first] not in words("no_strangers") and not first)
            )
            if said.is_capital(first) and is_named:
                self.found.append(self.drafts.related(owner, subject.role, relation, Phrase(first, first + 1, said.raw(first))))

    def turned_round(self) -> None:
        """ "Anna is my sister", "Hiking is my favourite hobby", "Tom is Anna's husband"."""
        low, said = self.said.low, self.said
        for i in range(1, min(len(low) - 1, self.question_at)):
            if low[i] not in ("is", "'s", "was", "are", "were", "became") or said.quoted[i]:
                continue
            k, is_denied = i + 1, False
            while k < len(low) and (low[k] in _BETWEEN or low[k] in _NEGATIONS):
                is_denied = is_denied or low[k] in _NEGATIONS
                k += 1
            owner, behind = self.owner_at(k)
            if owner is None:
                continue
            first = i
            while first > 0 and low[first - 1] not in BREAKS and low[first - 1] not in _OPENING:
                first -= 1
            while low[i] == "are" and first and low[first - 1] in (",", "and"):
                first -= 1
                while first and low[first - 1] not in BREAKS and low[first - 1] != "and":
                    first -= 1
            if first and low[first - 1] in ("if", "that", "think"):
                continue
            self.says(owner, first, i, behind, Stance.DENY if is_denied else Stance.AFFIRM)

    def owner_at(self, k: int) -> tuple[str | None, int]:
        """Whose, of a possessive at `k`, and the place behind it."""
        low, said = self.said.low, self.said
        if k < len(low) and low[k] in ("my", "our", "his", "her"):
            return self.clauses.owner(k), k + 1
        if k + 1 < len(low) and said.is_capital(k) and low[k + 1] == "'s":
            return said.raw(k), k + 2
        return None, k

    def says(self, owner: str, first: int, verb: int, i: int, stance: Stance, is_change: bool = False) -> None:
        """What stands before the verb is, or is not, what the noun at `i` says, to `owner`."""
        low = self.said.low
        value = self.value_of(first, verb)
        role = self.clauses.role(owner, i, len(low))
        if value is None or self.question_at < len(low):
            return
        is_change = is_change or low[i : i + 1] == ["new"]
        if role is not None and low[role.end : role.end + 1] == ["'s"] and role.path is not None:
            owner, i, role = role.path, role.end + 1, None
        if role is not None:
            if value.value[0].isupper() and not role.name and not role.is_plural and self.is_person(first):
                claim = self.drafts.related(owner, role.role, self.clauses.roles[role.role], value)
                self.found.append(replace(claim, stance=stance, is_change=is_change))
            return
        end = self.noun_end(i)
        found = attribute_of(" ".join(low[i:end]))
        if found is None or found[0].get("turned") is False:
            return
        table, qualifier = found
        relation, qualifier = self.drafts.registry[table["relation"]], qualifier or table.get("qualifier", "")
        if relation.name == "favourite" and (not qualifier or low[verb] == "are" or "one" in low[verb:i]):
            relation, qualifier = self.drafts.registry["likes"], ""
        if low[verb] in ("was", "were") and relation.kind == "state":
            return
        values = [self.drafts.calendar(value) if relation.object == "date" else value]
        if low[verb] == "are":
            values = [
                phrase for start, last in split(self.said, first, verb) if (phrase := trimmed(self.said, start, last, "thing")) is not None
            ]
        is_change = is_change or "now" in low[end : end + 2]
        for value in values:
            claim = self.drafts.claim(owner, relation.name, value, stance, qualifier, is_change=is_change and stance is Stance.AFFIRM)
            self.found.append(claim)
        if stance is Stance.DENY:
            self.instead(owner, relation.name, qualifier, end)

    def instead(self, owner: str, relation: str, qualifier: str, i: int) -> None:
        """ "… is no longer my favourite colour, turquoise is": what is so now."""
        low = self.said.low
        while i < len(low) and (low[i] in (",", ";", "but", "-", "–", "—", "now", "any", "more", "anymore")):
            i += 1
        end = next((k for k in range(i, len(low)) if low[k] in ("is", "'s")), 0)
        value = (
            trimmed(self.said, i, end, "thing")
            if end > i
            and low[end + 1 : end + 2]
            in (
                ["."],
                ["!"],
                ["now"],
                [
                    ",",
                ],
                [],
            )
            else None
        )
        if value is not None:
            self.found.append(self.drafts.claim(owner, relation, value, qualifier=qualifier, is_change=True))

    def value_of(self, first: int, verb: int) -> Phrase | None:
        """What stands before the verb, as a value."""
        low = self.said.low
        if verb <= first:
            return None
        if verb - first == 1 and low[first] in ("he", "she"):
            path = self.clauses.other(low[first])
            return Phrase(first, verb, path) if path is not None and "/" not in path else None
        if low[first] in _POSSESSORS or low[first] in _NOBODY:
            return None
        person = self.clauses.person(first)
        if person is not None and person[1] == verb:
            return Phrase(first, verb, person[0])
        return trimmed(self.said, first, verb, "thing")

    def is_person(self, first: int) -> bool:
        word = self.said.low[first]
        is_known = word in names() or word in self.clauses.known() or word in ("he", "she")
        return is_known or (first > 0 and self.said.is_capital(first))

    def places(self) -> None:
        """ "Graz is where I live", "At Acme, where I work, …", "Oslo is where Anna was born"."""
        low = self.said.low
        for i in range(1, min(len(low) - 2, self.question_at)):
            if low[i] != "where" or low[i - 1] not in ("is", "'s", ",", "was"):
                continue
            who = Phrase(i + 1, i + 2, self.clauses.saying.me) if low[i + 1] in ("i", "we") else self.one_at(i + 1)
            if who is None:
                continue
            k = who.last
            while k < len(low) and (low[k] in SKIPPED or low[k] in ("was", "were", "have", "been")):
                k += 1
            relation = _WHERE.get(low[k]) if k < len(low) else None
            first = i - 1
            while (
                first > 0 and low[first - 1] not in BREAKS and low[first - 1] not in _BEFORE_PLACES and first - 1 not in self.said.time_at
            ):
                first -= 1
            value = trimmed(self.said, first, i - 1, "thing")
            if relation is not None and value is not None and value.value[0].isupper():
                self.found.append(self.drafts.claim(who.value, relation, value, is_change="now" in low[i - 1 : k + 2]))

    def successions(self) -> None:
        """ "The Cure has replaced Blur as my favourite band", "Maya took over from Theo as my boss"."""
        low = self.said.low
        for i in range(3, min(len(low) - 1, self.question_at)):
            if low[i] != "as" or low[i + 1] not in ("my", "our") or not _NOT_YET.isdisjoint(low[:i]):
                continue
            verb = next((k for k in range(i - 1, 0, -1) if low[k] in _SUCCEEDING), 0)
            first = verb
            while first > 0 and low[first - 1] not in BREAKS:
                first -= 1
            last = verb
            while last > first and (low[last - 1] in ("has", "have", "'s", "'ve") or low[last - 1] in SKIPPED):
                last -= 1
            if verb:
                self.says(self.clauses.saying.me, first, last, i + 2, Stance.AFFIRM, is_change=True)

    def appositions(self) -> None:
        """ "The Hobbit, my favourite book, came up again", "I have a new favourite colour: navy blue"."""
        low = self.said.low
        for i in range(1, min(len(low) - 2, self.question_at)):
            if low[i] == "," and low[i + 1] == "my" and low[i + 2] in words("favourites"):
                first = i
                while first > 0 and low[first - 1] not in BREAKS:
                    first -= 1
                end = self.noun_end(i + 2)
                if end < len(low) and low[end] in (",", ".", "!", ")"):
                    self.says(self.clauses.saying.me, first, i, i + 2, Stance.AFFIRM)
            elif low[i] in words("favourites") and low[i - 1] in ("new", "my"):
                end = self.noun_end(i)
                value = None
                if end < len(low) and low[end] == ":":
                    last = next((k for k in range(end + 1, len(low)) if low[k] in BREAKS), len(low))
                    value = trimmed(self.said, end + 1, last, "thing")
                found = attribute_of(" ".join(low[i:end]))
                if value is not None and found is not None and found[1]:
                    claim = self.drafts.claim(self.clauses.saying.me, "favourite", value, qualifier=found[1], is_change=low[i - 1] == "new")
                    self.found.append(claim)

    def noun_end(self, i: int) -> int:
        """Where the noun at `i` ends."""
        low, end = self.said.low, i
        while end < len(low) and self.said.is_word(end) and low[end] not in BREAKS and low[end] not in _BEHIND_NOUNS:
            if low[end] in ("is", "'s", "was", "has", "are"):
                break
            end += 1
        return end

    def couples(self) -> None:
        """ "Anna and Tom are married": (Anna, spouse, Tom); "Maria and I split up": no longer (me, partner, Maria)."""
        low = self.said.low
        for i in range(1, min(len(low), self.question_at)):
            if low[i] != "and" or self.said.quoted[i]:
                continue
            first, second = self.named_before(i), self.one_at(i + 1)
            if first is None or second is None:
                continue
            k = second.last
            while k < len(low) and (low[k] in _BECOMING or low[k] in SKIPPED):
                k += 1
            verb = low[k] if k < len(low) else ""
            owner, other = (second.value, first) if second.value == self.clauses.saying.me else (first.value, second)
            if (verb in _PARTING and low[k + 1 : k + 2] == ["up"]) or verb == "divorced":
                relation = "spouse" if verb == "divorced" else "partner"
                self.found.append(self.drafts.claim(owner, relation, other, Stance.DENY))
            elif verb in _PAIRS and k > second.last and low[k + 1 : k + 2] != ["to"]:
                self.found.append(self.drafts.claim(owner, _PAIRS[verb], other))

    def named_before(self, i: int) -> Phrase | None:
        """The person whose name ends right before `i`."""
        first = i - 1
        while first > 0 and self.said.is_capital(first - 1):
            first -= 1
        person = self.clauses.person(first)
        return Phrase(first, i, person[0]) if person is not None and person[1] == i else None

    def one_at(self, i: int) -> Phrase | None:
        """The speaker or the named person at `i`."""
        if self.said.low[i : i + 1] == ["i"]:
            return Phrase(i, i + 1, self.clauses.saying.me)
        person = self.clauses.person(i) if i < len(self.said) else None
        return Phrase(i, person[1], person[0]) if person is not None else None


_NEGATIONS = frozenset("not n't no longer never".split())
_SUCCEEDING = frozenset("replaced replaces succeeded took takes".split())
_BEFORE_PLACES = frozenset("at in to near so and".split())
_BETWEEN = frozenset("also actually now still definitely probably one of always really".split())
_OPENING = frozenset("that because so but think if and".split())
_NOBODY = frozenset("yes yeah yep no nope oh they we you it he she which those these what where who how there if when one".split())
_BEHIND_NOUNS = frozenset(
    "these nowadays lately currently anymore too as ever by that which who you to for at because since in and of now when so but".split()
)
_BECOMING = frozenset("are were have been got get 've 're now become became best happily both".split())
_POSSESSORS = frozenset("my our his her their your it that this these those i you they we".split())
_WHERE = {"live": "lives_in", "work": "works_at", "study": "studies_at", "grew": "comes_from", "born": "born_in"}
_PAIRS = {
    "married": "spouse",
    "engaged": "partner",
    "dating": "partner",
    "friends": "friend",
    "colleagues": "colleague",
    "coworkers": "colleague",
}
_PARTING = frozenset("split broke".split())
