"""From an embedder's name to the embedder: our own and third parties' alike are found through entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from inspect import signature
from typing import Any, cast

from remanence.errors import BadInput, EmbedderUnavailable
from remanence.ports import Embedder

GROUP = "remanence.embedders"
DEFAULT = "minilm"


def resolve(given: Embedder | str | None, **options: Any) -> Embedder | None:
    """The embedder that `given` names, as "name" or "name:argument" ("openai:text-embedding-3-small"); objects pass through.

    `options` reach those embedders that know them. `None` means no embedder: search by terms alone. Raises `BadInput` for
    an unknown name, `EmbedderUnavailable` where its package is missing.
    """
    if given is None or not isinstance(given, str):
        return given
    name, _, argument = given.partition(":")
    found = {point.name: point for point in entry_points(group=GROUP)}
    if not found:
        raise EmbedderUnavailable("No embedder is registered. Install remanence as a package: `pip install -e .` in its folder.")
    if name not in found:
        raise BadInput(f"There is no embedder {name!r}. There are: {', '.join(sorted(found))}.")
    make = found[name].load()
    known = signature(make).parameters
    options = {option: value for option, value in options.items() if option in known}
    return cast("Embedder", make(argument, **options) if argument else make(**options))
