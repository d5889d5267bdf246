"""From hits to a context: the best of them within a budget of tokens, dated, cited and marked as data."""

from remanence.assemble.budget import assemble
from remanence.language.tokens import estimate_tokens

__all__ = ["assemble", "estimate_tokens"]
