"""Whether a question asks for several things, said at several times: its text in, numbers about its form out. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORMS = {
    "a plural": re.compile(r"\b(?:what|which)\b(?:\s+[\w'-]+){0,3}?\s+(?!does|was|is|has|this|his|us\b)\w{2,}s\b(?!')", re.I),
    "how many": re.compile(r"\bhow many\b", re.I),
    "a kind": re.compile(r"\bwhat (?:kind|type|sort)s?\b", re.I),
    "both": re.compile(r"\b(?:both|in common|share|each other|similar)\b", re.I),
    "has": re.compile(r"\b(?:has|have)\b", re.I),
    "does": re.compile(r"\b(?:does|do|are|is)\b", re.I),
    "did": re.compile(r"\b(?:did|was|were)\b", re.I),
    "when": re.compile(r"\bwhen\b|\bhow long\b|\bwhat (?:date|day|month|year|time)\b", re.I),
    "who or where": re.compile(r"\b(?:who|where)\b", re.I),
    "why or how": re.compile(r"\bwhy\b|\bhow (?:did|does|do|is|was)\b", re.I),
    "would": re.compile(r"\b(?:would|might|could|likely)\b", re.I),
    "a circumstance": re.compile(r"\b(?:after|during|before|at|on|in|last|first|recently|when|while|from|for)\b", re.I),
}
FORM = (*_FORMS, "length")


def form(text: str) -> NDArray[np.float32]:
    """The form of an English question, shape [len(FORM)]; all zeros for words that have the form of none."""
    marks = [float(pattern.search(text) is not None) for pattern in _FORMS.values()]
    return np.array([*marks, np.log1p(len(text.split())) if any(marks) else 0.0], np.float32)
