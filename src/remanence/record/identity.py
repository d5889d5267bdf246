"""Give an episode its id: the same key in the same scope is the same episode, on every machine and in every replay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

from remanence.types import SCOPE_FIELDS, Scope

ID_CHARACTERS = 20
# Each byte of the hash gives one base32 character: five fair bits.
BASE32 = bytes(b"abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in range(256))
write = json.JSONEncoder(separators=(",", ":")).encode


def episode_id(scope: Scope, key: str) -> str:
    """`ep_` and 20 lower-case base32 characters (100 bits) of the scope's five fields and the key."""
    return "ep_" + _digest_in(scope, "episode", key)


def document_id(scope: Scope, key: str) -> str:
    """`doc_` and 20 characters, shared by all segments of the document recorded under `key` in `scope`."""
    return "doc_" + _digest_in(scope, "document", key)


def digest(parts: Sequence[str | int | None]) -> str:
    """20 lower-case base32 characters that stand for `parts`; no two different sequences are written alike."""
    return blake2b(write(parts).encode(), digest_size=ID_CHARACTERS).digest().translate(BASE32).decode()


def segment_key(document_key: str, start: int, text: str) -> str:
    """The key of one segment. It holds the offset and the words, so that a changed document recorded again under its old
    key loses none of its new words, while unchanged segments stay the same episodes."""
    return f"{document_key}/{start}-{digest([text])[:10]}"


def _digest_in(scope: Scope, what: str, key: str) -> str:
    return digest([what, *(getattr(scope, name) for name in SCOPE_FIELDS), key])
