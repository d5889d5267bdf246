"""What people say in a chat (`said_en.toml`): how much of it the rules read, and that they read nothing else into it."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from remanence.distill.extract import read
from remanence.distill.relations import registry
from remanence.types import Claim, Episode, Kind, Scope, Stance, Trust

SAID_AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
FAMILIES = tomllib.loads(Path(__file__).with_name("said_en.toml").read_text("utf-8"))
SIGNS = {"=": Stance.AFFIRM, "-": Stance.DENY, "~": Stance.CORRECT, "x": Stance.RETRACT}
JUDGED = frozenset(
    """
    favourite lives_in works_at job born_in born_on allergic_to pet boss plays likes dislikes staying_in age spouse studies_at studies
    speaks diet
    """.split()
)
"""Of these relations nothing may be read that the words do not say."""
_GOLD = re.compile(
    r"(?P<optional>\? )?(?:(?P<subject>[\w/]+): )?(?P<relation>\w+)(?: \((?P<qualifier>[^)]+)\))? (?P<sign>[=~x-])(?: (?P<object>[^<{]+?))?"
    r"(?: < (?P<former>[^{]+?))?(?: \{(?P<since>from)?\.\.(?P<until>to)?\})?"
)


class Gold(NamedTuple):
    is_optional: bool
    subject: str
    relation: str
    qualifier: str
    stance: Stance
    object: str
    former: str
    dated: tuple[bool, bool] | None
    """Whether the words say since when, and until when; None where it does not matter."""

    def is_found_in(self, claim: Claim) -> bool:
        return (
            self.is_about(claim, self.object)
            and claim.stance is self.stance
            and (not self.is_correction_of_other(claim))
            and self.is_dated(claim)
        )

    def is_correction_of_other(self, claim: Claim) -> bool:
        return self.stance is Stance.CORRECT and bool(self.former) and _plain(claim.replaces) != _plain(self.former)

    def is_dated(self, claim: Claim) -> bool:
        return self.dated is None or self.dated == (claim.valid_from is not None, claim.valid_to is not None)

    def is_about(self, claim: Claim, value: str) -> bool:
        slot = (claim.subject.lower(), claim.relation, claim.qualifier.lower())
        return slot == (self.subject.lower(), self.relation, self.qualifier) and _plain(claim.object) == _plain(value)

    def allows(self, claim: Claim) -> bool:
        """The claim itself, or that the former value has ended."""
        is_end = claim.stance is Stance.DENY or claim.valid_to is not None
        return self.is_found_in(claim) or bool(self.former and self.is_about(claim, self.former) and is_end)


def _plain(text: str) -> str:
    return re.sub(r"^(?:an?|the|my|our) ", "", text.strip().lower())


def gold(line: str) -> list[Gold]:
    claims = []
    for part in filter(None, map(str.strip, line.split(";"))):
        match = _GOLD.fullmatch(part)
        assert match is not None, f"cannot be read: {part!r}"
        dated = (match["since"] is not None, match["until"] is not None) if "{" in part else None
        claims.append(
            Gold(
                match["optional"] is not None, match["subject"] or "Alice", match["relation"], match["qualifier"] or "",
                SIGNS[match["sign"]], match["object"] or "", match["former"] or "", dated,
            )
        )  # fmt: skip
    return claims


def said(family: str) -> list[tuple[str, list[Gold]]]:
    lines = [line.partition("=>") for line in FAMILIES[family]["said"].strip().split("\n")]
    return [(text.strip(), gold(claims)) for text, _, claims in lines]


def claims_of(text: str) -> tuple[Claim, ...]:
    turn = Episode("ep_1", Scope(user="Alice"), Kind.TURN, text, SAID_AT, SAID_AT, speaker="Alice", role="user", trust=Trust.USER)
    return read(turn, registry()).claims


def judge(text: str, wanted: list[Gold]) -> tuple[list[Gold], list[Claim]]:
    """What was missed, and what was read that nobody said."""
    found = claims_of(text)
    missed = [claim for claim in wanted if not claim.is_optional and not any(map(claim.is_found_in, found))]
    untold = [claim for claim in found if claim.relation in JUDGED and not any(each.allows(claim) for each in wanted)]
    return missed, untold


@pytest.mark.parametrize("family", FAMILIES)
def test_what_people_say_is_read_and_nothing_else(family: str) -> None:
    judged = [(text, *judge(text, wanted)) for text, wanted in said(family)]
    untold = [(text, claims) for text, missed, claims in judged if claims]
    right = sum(not missed and not claims for _, missed, claims in judged)
    assert 100 * right >= FAMILIES[family]["floor"] * len(judged), [(text, missed) for text, missed, _ in judged if missed]
    assert family != "near" or not untold, untold
