"""The views in use: a scope in, its current view out; the least recently used are dropped to keep within a memory budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from remanence.ports import Store
from remanence.recall.view import View
from remanence.types import Scope


class Views:
    """Views by scope, refreshed when asked for. `limit`: bytes that all of them may hold together."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store, self._limit = store, limit
        self._held: OrderedDict[Scope, View] = OrderedDict()
        self._lock = threading.RLock()

    def of(self, scope: Scope) -> View:
        """The view of `scope` as of now."""
        with self._lock:
            embedder = self._store.embedder()
            dimension = embedder[1] if embedder else 0
            view = self._held.pop(scope, None)
            if view is None or view.nearest.dimension != dimension:
                view = View(dimension)
            view.refresh(self._store, scope)
            self._held[scope] = view
            while len(self._held) > 1 and sum(held.memory for held in self._held.values()) > self._limit:
                self._held.popitem(last=False)
            return view

    @contextmanager
    def look(self, scope: Scope) -> Iterator[View]:
        """The view of `scope` to read from, kept still: another thread's refresh would change it in place."""
        with self._lock:
            yield self.of(scope)
