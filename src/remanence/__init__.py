"""Long-term memory for language models that learns online.

    from remanence import Memory
    memory = Memory("notes.db")

Names are loaded when first asked for, so `import remanence` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remanence.errors import RemanenceError
    from remanence.memory import Memory
    from remanence.record.intake import Document
    from remanence.types import Budget, Episode, Filter, Hit, Hits, Kind, Scope, Trust

_HOMES = {
    "Memory": "memory",
    "RemanenceError": "errors",
    "Document": "record.intake",
    **dict.fromkeys(("Budget", "Episode", "Filter", "Hit", "Hits", "Kind", "Scope", "Trust"), "types"),
}

__all__ = ["Budget", "Document", "Episode", "Filter", "Hit", "Hits", "Kind", "Memory", "RemanenceError", "Scope", "Trust"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'remanence' has no attribute {name!r}")
    return getattr(import_module(f"remanence.{_HOMES[name]}"), name)
