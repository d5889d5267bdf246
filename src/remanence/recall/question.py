"""What is asked, made ready for the arms: terms, vector, speakers named, times spoken of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from remanence.language.analyse import hashed, is_chinese, terms
from remanence.language.when import find_times
from remanence.recall.names import in_first_person
from remanence.recall.view import View
from remanence.types import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 20_000  # characters of a question that are read


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """`spoken`: the words to embed; `is_chinese`: at least half of what it says is in Chinese characters; `terms`: distinct
    term hashes without the names of speakers; `named`: codes of the speakers it names, `name_terms` theirs; `times`: what it
    says of when; `vector`: shape [dimension], `None` until embedded; `recent`: the conversation in which it is asked, oldest
    turn first, `None` when it stands alone."""

    text: str
    spoken: str
    is_chinese: bool
    terms: tuple[int, ...]
    named: tuple[int, ...]
    name_terms: tuple[int, ...]
    times: tuple[Interval, ...]
    asked_at: datetime
    recent: tuple[str, ...] | None = None
    vector: NDArray[np.float32] | None = None


def ready(text: str, view: View, asked_at: datetime, recent: Sequence[str] | None = None) -> Question:
    """A question as it is sought in `view`, without its vector yet."""
    text = text[:LONGEST]
    named = view.names.named(text)
    names = [name for code in named if (name := view.speakers.names[code])]
    name_terms = tuple(dict.fromkeys(hashed(term) for name in names for term in terms(name)))
    sought = (hashed(term) for term in terms(text))
    return Question(
        text=text,
        spoken=in_first_person(text, names),
        is_chinese=is_chinese(text),
        terms=tuple(dict.fromkeys(term for term in sought if term not in name_terms)),
        named=named,
        name_terms=name_terms,
        times=tuple(find_times(text[:2_000], asked_at)),
        asked_at=asked_at,
        recent=None if recent is None else tuple(recent),
    )
