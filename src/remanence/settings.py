"""How a memory is to behave: frozen settings in one place; an unknown name raises an error that names the nearest."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from remanence.errors import UnknownSetting


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one may set when opening a memory. The defaults need no key, no server and no network."""

    busy_seconds: float = 60.0
    """How long to wait for other processes that write to the same file."""
    include_system: bool = False
    """Record system messages too; by default they are refused, visibly: they are instructions, not experience."""
    batch: int = 256
    """Episodes in one transaction of the bulk path."""
    view_bytes: int = 1_500_000_000
    """Memory that the in-memory indexes of scopes may use together; the least recently used are dropped."""
    relations: str | None = None
    """A TOML file of relations that adds to those that facts may have, or puts others in their place."""
    recalled_claims: int = 200_000
    """Claims of a scope beyond which recall leaves facts aside and searches the words alone; `facts` works with any number."""
    threads: int | None = None
    """Threads of the local embedder; `None` lets it choose."""
    cache: str | None = None
    """Folder for converted model weights; `None` means the user's cache folder."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Settings from names and values. Raises `UnknownSetting`."""
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
                raise UnknownSetting(f"There is no setting {name!r}. {hint}")
        return cls(**given)
