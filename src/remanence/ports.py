"""The seams: what a store, an embedder, a reranker, a language model, a clock must do, with their laws. No implementations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from remanence.types import Change, Entry, Episode, Filter, Finding, Reading, Scope, Stats, Testimony

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, float], None]
"""Called with a stage's name and its completed fraction in [0, 1]."""


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """Aware, in the user's zone."""
        ...


class Embedder(Protocol):
    """Turn texts into vectors.

    Law: the same text gives the same vector (to 1e-3), alone or in a batch; rows have unit length; order is kept.
    """

    name: str
    """Stable identity, stored in the file: another name means other vectors."""
    dimension: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[n, dimension], rows of unit length. Raises `BackendFailed`, `EmbedderUnavailable`."""
        ...


class Reranker(Protocol):
    """Score texts against a question; higher is better."""

    name: str

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score per text. Raises `BackendFailed`."""
        ...


class CountTokens(Protocol):
    """Count a text's tokens the way the caller's model does."""

    def __call__(self, text: str) -> int: ...


class Message(NamedTuple):
    """One message to a language model; `role` is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What a flow wants of a language model: a reply to `messages`, as JSON of this `schema` where the model can be held to
    one, of `max_tokens` at most, within `seconds` if that is limited."""

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 2048
    seconds: float | None = None

    @property
    def key(self) -> str:
        """The identity of what is asked: the same words and schema, whatever the limits."""
        words = json.dumps([self.messages, self.schema], ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a language model answered, and what that took. Tokens are 0 where the model does not count them."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class LanguageModel(Protocol):
    """Answer in words.

    Law: only what an `Ask` holds is sent, and nothing of one ask colours the reply to another.
    """

    name: str
    """Stable identity, part of the label of every reading made with it."""

    def reply(self, ask: Ask) -> Reply:
        """Raises `BackendFailed` where there is no reply, after such further attempts as are worth making."""
        ...


class IndexRow(NamedTuple):
    """What search holds in memory of one episode. Moments are seconds since 1970 UTC; an open end is infinity.

    `terms`: little-endian uint32 hashes in reading order; `vector`: int8 codes whose product with `scale` is the unit
    vector, `None` while deferred; `cues`: a bit for each of `remanence.language.cues.CUES`.
    """

    seq: int
    session: str | None
    speaker: str | None
    role: str | None
    said_at: float
    valid_to: float
    heard_at: float
    retired_at: float
    terms: bytes
    vector: bytes | None
    scale: float
    cues: int = 0


class Mark(NamedTuple):
    """How far an index has been read. Equal marks mean that nothing changed between them."""

    generation: int
    """Another generation: everything was rebuilt, read it all again."""
    seq: int
    """The last episode added."""
    move: int
    """The last time an episode already added was retired, restored, embedded, read anew or erased."""


class Store(Protocol):
    """Keep episodes, their index and the history of changes, in one place and one transaction.

    Laws: what `commit` returned from survives a crash at any instant; a commit is whole or absent; no method returns or
    touches a row outside the scope it is given; recording a known id again changes nothing.
    """

    def commit(self, change: Change, entries: Sequence[Entry] = ()) -> Change:
        """Apply `change` with the entries it adds, durably. Entries already present are left alone, and the change
        that is kept and returned names only those that were new."""
        ...

    def erase(self, change: Change) -> None:
        """Remove the episodes that `change.retired` names: rows, terms, vectors, and their bytes on disk."""
        ...

    def get(self, scope: Scope, ids: Sequence[str]) -> list[Episode]:
        """The episodes of these ids that exist in `scope`, in the order asked for."""
        ...

    def at(self, scope: Scope, seqs: Sequence[int]) -> list[Episode]:
        """The episodes at these places that exist in `scope`, in the order asked for."""
        ...

    def scan(self, scope: Scope, where: Filter | None = None, after: int = 0) -> Iterator[tuple[int, Episode]]:
        """Episodes with their places, in the order recorded, behind place `after`."""
        ...

    def select(self, scope: Scope, where: Filter) -> list[int]:
        """The places of the episodes that meet `where`, ascending."""
        ...

    def index(self, scope: Scope, after: int = 0, seqs: Sequence[int] | None = None) -> Iterator[IndexRow]:
        """Index rows behind place `after`, ascending; or those at `seqs` that exist."""
        ...

    def mark(self) -> Mark: ...

    def moved(self, scope: Scope, after: int) -> list[int]:
        """Places of episodes retired, restored, embedded, read anew or erased since move `after`; some may be gone."""
        ...

    def changes(self, scope: Scope, episode: str | None = None, limit: int | None = None) -> list[Change]:
        """History, oldest first; with `episode`, only the changes that touched it."""
        ...

    def change(self, scope: Scope, id: str) -> Change:
        """The change by this id. Raises `NotFound`."""
        ...

    def embedder(self) -> tuple[str, int] | None:
        """Name and dimension the vectors were made with, `None` while there are none."""
        ...

    def embed_as(self, name: str, dimension: int) -> None:
        """Make `name` the embedder of this store and drop every vector made by another: all become deferred."""
        ...

    def deferred(self, scope: Scope, limit: int) -> list[Episode]:
        """Episodes that have no vector yet, oldest first."""
        ...

    def fill(self, scope: Scope, vectors: Sequence[tuple[str, NDArray[np.float32]]]) -> int:
        """Give deferred episodes their vectors, in one transaction; returns how many were written."""
        ...

    def reterm(self, scope: Scope, terms: Sequence[tuple[str, NDArray[np.uint32], int]]) -> int:
        """Replace the terms and cues of episodes (id, terms, cues), in one transaction, and begin a new generation; returns
        how many were written."""
        ...

    def testimonies(self, scope: Scope, after: int = 0, seqs: Sequence[int] | None = None) -> Iterator[Testimony]:
        """What the reading that counts of each episode claims, behind place `after`, ascending; or of those at `seqs`.

        Of an episode that was retired too: it was believed until then.
        """
        ...

    def readings(self, scope: Scope, ids: Sequence[str]) -> dict[str, tuple[Reading, ...]]:
        """All readings of those of these episodes that exist in `scope` and have one, the layer that counts least first."""
        ...

    def reread(self, scope: Scope, readings: Sequence[tuple[str, Reading]]) -> int:
        """Give episodes (by id) a reading each, in place of the one of the same layer, in one transaction; the episodes
        count as moved. A reading that is not done never replaces one that is. Returns how many were written."""
        ...

    def unread(self, scope: Scope, by: str, limit: int, after: int = 0, pending: bool = False) -> list[tuple[int, Episode]]:
        """Current episodes behind place `after` that have no reading `by` exactly this distiller that is done or refused;
        with `pending` only those for which one of its layer is deferred."""
        ...

    def tenants(self) -> list[str]:
        """The tenants that have rows here: for upkeep of the whole store, never for reading."""
        ...

    def ledger(self, scope: Scope) -> Iterator[tuple[Change, list[Episode]]]:
        """The history of `scope`, oldest first, each change with the episodes it added that still exist."""
        ...

    def replay(self, steps: Sequence[tuple[Change, Sequence[Entry]]]) -> list[Change]:
        """Take over changes with what they add, in one transaction; returns those that were new.

        Law: replaying the ledger of one store into an empty one gives an equal store; again, it changes nothing.
        """
        ...

    def compact(self, deep: bool = False) -> None:
        """Leave nothing on disk that is older than the last commit; `deep` writes the files anew."""
        ...

    def stats(self, scope: Scope) -> Stats: ...

    def check(self) -> list[Finding]:
        """Verify the whole store: structure, references, counts, index against rows."""
        ...

    def residue(self, needles: Sequence[bytes]) -> tuple[int, int]:
        """How many of `needles` still occur in the bytes of the store's files, and how many bytes were read."""
        ...

    def close(self) -> None: ...
