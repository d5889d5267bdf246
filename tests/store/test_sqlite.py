"""The one file keeps every law of the store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remanence.store.sqlite import SqliteStore
from remanence.testing.store import StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "memory.db")
        yield store
        store.close()

    @pytest.fixture
    def reopen(self, store: SqliteStore) -> Iterator[Callable[[], SqliteStore]]:
        opened: list[SqliteStore] = []

        def reopen() -> SqliteStore:
            store.close()
            opened.append(SqliteStore(store.path))
            return opened[-1]

        yield reopen
        for again in opened:
            again.close()


class TestSqliteStoreInMemory(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[SqliteStore]:
        store = SqliteStore(":memory:")
        yield store
        store.close()
