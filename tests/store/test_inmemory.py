"""The double keeps the same laws as the one file."""

import pytest

from remanence.store.inmemory import InMemoryStore
from remanence.testing.store import StoreContract


class TestInMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> InMemoryStore:
        return InMemoryStore()
