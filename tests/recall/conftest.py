"""What the tests of recall share: a clock that stands still, and memories that need no model."""

from __future__ import annotations

import pytest

from remanence import Memory
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.testing.clock import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def memory(clock: FrozenClock) -> Memory:
    """A memory that searches by terms alone."""
    return Memory(embedder=None, clock=clock)


@pytest.fixture
def spelling(clock: FrozenClock) -> Memory:
    """A memory whose vectors see shared spelling, and nothing of meaning."""
    return Memory(embedder=HashedNgrams(256), clock=clock)
