"""What is asked, made ready for the arms: terms, vector, speakers named, times spoken of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from remanence.language.analyse import hashed, terms
from remanence.language.when import find_times
from remanence.types import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """`terms`: distinct term hashes in order; `times`: what it says of when; `vector`: shape [dimension], `None` until
    embedded; `recent`: the conversation so far, oldest first."""

    text: str
    terms: tuple[int, ...]
    times: tuple[Interval, ...]
    asked_at: datetime
    recent: tuple[str, ...] = ()
    vector: NDArray[np.float32] | None = None
    recent_vector: NDArray[np.float32] | None = None


def ready(text: str, asked_at: datetime, recent: Sequence[str] = ()) -> Question:
    """A question without its vector yet."""
    distinct = tuple(dict.fromkeys(hashed(term) for term in terms(text)))
    return Question(text, distinct, tuple(find_times(text, asked_at)), asked_at, tuple(recent))
