"""The relations that facts may have: a table of data in, a registry of slots and their laws out."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from remanence.errors import BadInput

KINDS = ("state", "fixed", "event", "plan")
VALUES = ("one", "many")
OBJECTS = ("person", "place", "organisation", "thing", "activity", "topic", "date", "number", "text")
ENTITIES = frozenset({"person", "place", "organisation", "thing"})
"""What an object may be to become a node of the graph."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation, as `relations.toml` describes it."""

    name: str
    kind: str
    values: str
    object: str
    topic: str = ""
    en: str = "{s} {r} {o}"
    zh: str = "{s} {r} {o}"
    group: str = ""
    lasts: int | None = None
    of: tuple[str, ...] = ()
    each: bool = False
    asks: tuple[str, ...] = ()

    @property
    def is_single(self) -> bool:
        """A new value of the slot ends the old one, or contradicts it."""
        return self.values == "one"

    def same_slot(self, other: Relation) -> bool:
        """Whether its values may meet those of `other` in one slot."""
        return (self.group or self.name) == (other.group or other.name)

    @property
    def lasting(self) -> timedelta | None:
        return None if self.lasts is None else timedelta(days=self.lasts)

    def says(self, subject: str, object: str, qualifier: str = "", *, chinese: bool = False) -> str:
        """The fact as a sentence."""
        return (self.zh if chinese else self.en).format(s=subject, o=object, q=qualifier, r=self.name)


class Registry(Mapping[str, Relation]):
    """All relations by name. Looking up one that is not there raises `BadInput` with the nearest name."""

    def __init__(self, relations: Mapping[str, Relation]) -> None:
        self._relations = dict(relations)
        self.role_of = {word.lower(): name for name, relation in self._relations.items() for word in relation.of}
        """What a person is called from another, to the relation: sister → sister, 姐姐 → sister, aunt → relative."""

    def __getitem__(self, name: str) -> Relation:
        try:
            return self._relations[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._relations, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Add it to a relations file (setting `relations`)."
            raise BadInput(f"There is no relation {name!r}. {hint}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._relations

    def __iter__(self) -> Any:
        return iter(self._relations)

    def __len__(self) -> int:
        return len(self._relations)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


@cache
def registry(extra: str | None = None) -> Registry:
    """Our relations, with those of the file `extra` added or put in their place. Raises `BadInput` for a file one cannot use."""
    own = resources.files("remanence.distill").joinpath("relations.toml").read_text("utf-8")
    relations = _read(own, "relations.toml")
    if extra is not None:
        relations |= _read(_text(extra), os.fspath(extra))
    return Registry(relations)


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise BadInput(f"The relations file {path!r} cannot be read ({error.strerror}).") from None


def _read(text: str, where: str) -> dict[str, Relation]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not TOML: {error}.") from None
    return {name: _relation(name, table, where) for name, table in tables.items()}


def _relation(name: str, table: Any, where: str) -> Relation:
    if not isinstance(table, dict):
        raise BadInput(f"{where}: {name!r} must be a table, [{name}] with its fields below.")
    known = {field.name for field in fields(Relation)} - {"name"}
    if unknown := set(table) - known:
        raise BadInput(f"{where}: [{name}] has no field {min(unknown)!r}; there are {', '.join(sorted(known))}.")
    for field, allowed in (("kind", KINDS), ("values", VALUES), ("object", OBJECTS)):
        if table.get(field) not in allowed:
            raise BadInput(f"{where}: [{name}] needs {field} = one of {', '.join(allowed)}.")
    words = {field: tuple(str(table.get(field, "")).split()) for field in ("of", "asks")}
    return Relation(name=name, **{**table, **words})
