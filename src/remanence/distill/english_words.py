"""The English words that the rules know: `rules/en.toml` in, verbs by their forms, names by their gender, word lists out."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

BASE, THIRD, PAST, PARTICIPLE, ING = "base", "third", "past", "participle", "ing"
"""The forms of a verb: go, goes, went, gone, going."""


class Form(NamedTuple):
    """One reading of a word as a verb."""

    lemma: str
    kinds: frozenset[str]


class Rule(NamedTuple):
    """One way of saying a relation, as `rules/en.toml` describes it. `parts`: words, each a set of choices, and slots."""

    parts: tuple[Part, ...]
    relation: str
    options: dict[str, Any]

    @property
    def weight(self) -> int:
        """How much the rule asks for: the one that asks for most is tried first."""
        return sum(4 if isinstance(part, Word) and not part.is_optional else part.weight for part in self.parts)


class Word(NamedTuple):
    choices: frozenset[str]
    is_optional: bool
    weight: int = 0


class Slot(NamedTuple):
    """A place in a rule that words fill. `use`: what becomes of them (object, old, qualifier, name)."""

    kind: str
    use: str
    weight: int


Part = Word | Slot


@cache
def tables() -> dict[str, Any]:
    """`rules/en.toml`, read once."""
    return _load("en.toml")


@cache
def words(name: str) -> frozenset[str]:
    """The list `name` of the table [words]; entries of more than one word are joined by blanks."""
    return frozenset(entry.strip().lower() for entry in re.split(r"[\n,]", tables()["words"][name]) if entry.strip())


@cache
def has_words(name: str) -> bool:
    return name in tables()["words"]


@cache
def names() -> dict[str, str]:
    """Given names in lower case, each with "she", "he" or "either"."""
    return {name: gender for gender, listed in _load("names_en.toml").items() for name in listed.split()}


@cache
def forms() -> dict[str, tuple[Form, ...]]:
    """What verb a word may be a form of."""
    found: dict[str, dict[str, set[str]]] = {}
    irregular = {line.split()[0]: line.split() for line in tables()["words"]["irregular"].strip().split("\n")}
    lemmas = (
        {part for rule in rules() if not rule.options.get("bare") for part in _heads(rule)}
        | set(tables()["words"]["verbs"].split())
        | set(irregular)
    )
    for lemma in lemmas - {"be"}:
        for form, kind in _inflect(lemma, irregular.get(lemma)):
            found.setdefault(form, {}).setdefault(lemma, set()).add(kind)
    return {form: tuple(Form(lemma, frozenset(kinds)) for lemma, kinds in read.items()) for form, read in found.items()}


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in the order of the file."""
    return tuple(_rule(say.strip(), table) for table in tables()["rule"] for say in table["say"].strip().split("\n") if say.strip())


@cache
def rules_of() -> dict[str, tuple[Rule, ...]]:
    """Rules by the verb they begin with, those that ask for most first."""
    found: dict[str, list[Rule]] = {}
    for rule in rules():
        if rule.options.get("bare"):
            continue
        for head in _heads(rule):
            found.setdefault(head, []).append(rule)
    return {head: tuple(sorted(listed, key=lambda rule: -rule.weight)) for head, listed in found.items()}


@cache
def attribute_of(noun: str) -> tuple[dict[str, Any], str] | None:
    """What "my …" is about, and for a favourite: of what."""
    parts = noun.split()
    while len(parts) > 1 and parts[-1] in _NO_NOUN:
        parts = parts[:-1]
    while parts and parts[0] in words("attribute_adjectives"):
        if " ".join(parts) in _attributes():
            break
        parts = parts[1:]
    if not parts:
        return None
    if parts[0] in words("favourites"):
        return _attributes()["favourite"], _of_what(parts[1:])
    table = _attributes().get(" ".join(parts))
    return (table, str(table.get("qualifier", ""))) if table is not None else None


def _of_what(parts: list[str]) -> str:
    """Of what something is the favourite: "kind of music" → music, "foods" → food."""
    parts = parts[: next((i for i, part in enumerate(parts) if i and part in _NO_NOUN), len(parts))]
    if parts[-3:] == ["of", "all", "time"]:
        parts = parts[:-3]
    what = " ".join(part for part in parts if part not in ("kind", "type", "of", "ever", "all", "thing", "things", "sort"))
    for behind in (" to eat", " to do", " to watch", " to read", " to listen"):
        what = what.removesuffix(behind)
    return what if what.endswith(("ss", "us", "is", "series")) else what.removesuffix("s")


@cache
def _attributes() -> dict[str, dict[str, Any]]:
    return {noun.strip(): table for table in tables()["attribute"] for noun in table["nouns"].split(",")}


def attribute_nouns() -> frozenset[str]:
    """Every noun that "my … is" is known for, but for favourites."""
    return frozenset(_attributes()) - words("favourites")


@cache
def bare_rules() -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules():
        if rule.options.get("bare"):
            head = rule.parts[0]
            assert isinstance(head, Word)
            for word in head.choices:
                found.setdefault(word, []).append(rule)
    return {head: tuple(sorted(listed, key=lambda rule: -rule.weight)) for head, listed in found.items()}


@cache
def more_roles() -> dict[str, str]:
    """Roles that the rules know beside those of the registry."""
    lists = {"pets": "pet", "relatives": "relative", "acquaintances": "acquaintance", "partners": "partner"}
    return {role: relation for listed, relation in lists.items() for role in words(listed)}


def _heads(rule: Rule) -> frozenset[str]:
    head = rule.parts[0]
    assert isinstance(head, Word)
    return head.choices


_NO_NOUN = frozenset("these days nowadays now currently lately any more anymore after back then since at again before".split())
_PART = re.compile(r"\{[^}]*\}|\([^)]*\)|\S+")


def _rule(say: str, table: dict[str, Any]) -> Rule:
    """ "move|relocate (back) from {old:place} to {place}" """
    parts: list[Part] = []
    for part in _PART.findall(say):
        if part[0] == "{":
            use, _, kind = part[1:-1].rpartition(":")
            parts.append(Slot(kind, use or "object", 2 if has_words(kind) or kind == "kin" else 1))
        elif part[0] == "(":
            parts.append(Word(frozenset(re.split(r"[| ]", part[1:-1])), True))
        else:
            parts.append(Word(frozenset(part.split("|")), False))
    return Rule(tuple(parts), table["relation"], {key: value for key, value in table.items() if key not in ("say", "relation")})


def _inflect(lemma: str, irregular: list[str] | None) -> list[tuple[str, str]]:
    """The forms of a verb; `irregular` lists base, past and, where it differs, participle."""
    third, ing = lemma + ("es" if re.search(r"(?:s|x|z|ch|sh|o)$", lemma) else "s"), lemma + "ing"
    past = lemma + "ed"
    if re.search(r"[^aeiou]y$", lemma):
        third, past = lemma[:-1] + "ies", lemma[:-1] + "ied"
    elif lemma.endswith("ie"):
        past, ing = lemma + "d", lemma[:-2] + "ying"
    elif lemma.endswith("e"):
        past = lemma + "d"
        ing = lemma + "ing" if lemma.endswith(("ee", "ye", "oe")) else lemma[:-1] + "ing"
    elif re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]|.*(?:fer|mit|pel|gin|get)|qu[aeiou][^aeiouwxy]", lemma):
        past, ing = lemma + lemma[-1] + "ed", lemma + lemma[-1] + "ing"
    pasts, participles = [past], [past]
    if irregular is not None:
        pasts = irregular[1].split("/")
        participles = irregular[2].split("/") if len(irregular) > 2 else pasts
    if lemma == "have":
        third = "has"
    return [
        (lemma, BASE),
        (third, THIRD),
        (ing, ING),
        *((form, PAST) for form in pasts),
        *((form, PARTICIPLE) for form in participles),
    ]


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("remanence.distill").joinpath("rules", name).read_text("utf-8"))
