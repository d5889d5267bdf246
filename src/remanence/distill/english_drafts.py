"""Make claims of the phrases of one English sentence: what a rule found in, a claim that points at its words out."""

from __future__ import annotations

from datetime import datetime

from remanence.distill.english_clauses import Clauses
from remanence.distill.english_phrases import Phrase
from remanence.distill.relations import Registry
from remanence.types import Claim, Stance


class Drafts:
    """Drafts the claims of one sentence."""

    def __init__(self, clauses: Clauses, registry: Registry) -> None:
        self.clauses = clauses
        self.said = clauses.said
        self.saying = clauses.saying
        self.registry = registry

    def claim(
        self,
        subject: str,
        relation: str,
        value: Phrase,
        stance: Stance = Stance.AFFIRM,
        qualifier: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        grain: str = "",
        certainty: float = 1.0,
        is_change: bool = False,
    ) -> Claim:
        """A claim whose object is the phrase."""
        said, start = self.said, self.saying.start
        return Claim(
            subject=subject,
            relation=relation,
            object=value.value,
            start=start + said.start[value.first],
            end=start + said.end[value.last - 1],
            stance=stance,
            qualifier=qualifier,
            valid_from=since,
            valid_to=until,
            precision=grain if since is not None or until is not None else "",
            certainty=round(min(certainty, self.saying.certainty), 2),
            is_change=is_change,
        )

    def related(self, owner: str, role: str, relation: str, value: Phrase, certainty: float = 1.0) -> Claim:
        """Whom one has as what: (Alice, sister, Anna)."""
        qualifier = role if self.registry[relation].each else ""
        return self.claim(owner, relation, value, qualifier=qualifier, certainty=certainty)

    def named_as(self, path: str, name: Phrase) -> list[Claim]:
        """The name of one who was known by role: "Alice/sister" is called Anna."""
        owner, _, role = path.rpartition("/")
        relation = self.clauses.roles.get(role)
        if relation is None:
            return []
        self.clauses.others.append(name.value)
        return [self.related(owner, role, relation, name)]

    def calendar(self, phrase: Phrase) -> Phrase:
        """ "My birthday is today": on which day of the calendar that is."""
        time = self.said.time_at.get(phrase.first)
        if time is None or any(character.isdigit() for character in phrase.value):
            return phrase
        return phrase._replace(value=f"{time.interval.start:%B} {time.interval.start.day}") if time.grain == "day" else phrase
