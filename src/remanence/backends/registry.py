"""From a back-end's name to the back-end: our own and third parties' alike are found through entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from typing import Any, cast

from remanence.errors import BackendFailed, BadInput, EmbedderUnavailable
from remanence.ports import Embedder, LanguageModel

GROUP = "remanence.embedders"
MODELS = "remanence.models"
DEFAULT = "minilm"


def resolve(given: Embedder | str | None, **options: Any) -> Embedder | None:
    """The embedder that `given` names, as "name" or "name:argument" ("openai:text-embedding-3-small"); objects pass through.

    `options` reach those embedders that know them. `None` means no embedder: search by terms alone. Raises `BadInput` for
    an unknown name, `EmbedderUnavailable` where its package is missing.
    """
    if given is None or not isinstance(given, str):
        return given
    found = _registered(GROUP)
    if not found:
        raise EmbedderUnavailable("No embedder is registered. Install remanence as a package: `pip install -e .` in its folder.")
    return cast("Embedder", _made(given, "embedder", found, options))


def resolve_model(given: LanguageModel | str | None, **options: Any) -> LanguageModel | None:
    """The language model that `given` names, as "name:argument" ("openai:gpt-5-mini", "scripted:replies.jsonl"); objects
    pass through.

    `options` reach those models that know them. `None` means no model. Raises `BadInput` for an unknown name or one that
    lacks its argument, `BackendFailed` where its package is missing.
    """
    if given is None or not isinstance(given, str):
        return given
    found = _registered(MODELS)
    if not found:
        raise BackendFailed("No language model is registered. Install remanence as a package: `pip install -e .` in its folder.")
    name, _, argument = given.partition(":")
    if name in found and not argument and name in NEED_ARGUMENT:
        raise BadInput(f"The model {name!r} needs to know which: {name}:{NEED_ARGUMENT[name]}.")
    return cast("LanguageModel", _made(given, "language model", found, options))


NEED_ARGUMENT = {"openai": "MODEL, for example openai:gpt-5-mini", "scripted": "FILE, for example scripted:replies.jsonl"}


def _registered(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def _made(given: str, what: str, found: dict[str, EntryPoint], options: dict[str, Any]) -> Any:
    """The back-end of that name, made with its argument and those options that it knows."""
    name, _, argument = given.partition(":")
    if name not in found:
        raise BadInput(f"There is no {what} {name!r}. There are: {', '.join(sorted(found))}.")
    make = found[name].load()
    known = signature(make).parameters
    options = {option: value for option, value in options.items() if option in known}
    return make(argument, **options) if argument else make(**options)
