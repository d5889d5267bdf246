"""The systems that are compared, each behind one seam: sessions are added in order of time, questions are asked in between.

Ours is used through the public `Memory` alone. A task names the systems it compares; `mem0` runs in its own environment.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from remanence.assemble import assemble, estimate_tokens
from remanence.bench.conversation import Turn, distinct
from remanence.bench.lexical import Bm25, tokens
from remanence.bench.peers.process import Mem0Process
from remanence.errors import BadInput
from remanence.memory import Memory
from remanence.ports import Embedder
from remanence.recall.fuse import Ranker, shipped
from remanence.types import Episode, Hit, Hits, Kind, Scope

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 50  # how far a ranking is read
CONTEXT_DEPTH = 100  # how many turns a context may choose from
SHORTEST_LINE = 6  # tokens: "[1] Ann: yes" has as many
BEST_TURNS = 3


class Ranking(NamedTuple):
    """Turn ids, best first, and how sure the system is that they answer the question."""

    turns: list[str]
    confidence: float


class System(Protocol):
    """Laws: after `start` nothing of an earlier conversation is found; a question sees exactly what was added before it."""

    name: str

    def start(self, conversation: str) -> None: ...

    def add(self, session: Sequence[Turn]) -> None:
        """One whole session, later than those before it."""
        ...

    def rank(self, question: str) -> Ranking:
        """The best `DEPTH` turns."""
        ...

    def rank_sessions(self, question: str, limit: int, recent: Sequence[str] | None = None) -> list[str]:
        """The best sessions; `recent` is what was said so far in the session the question is asked in."""
        ...

    def cover(self, question: str, max_tokens: int) -> list[str]:
        """Ids of the turns in a context of at most `max_tokens` (by `estimate_tokens`)."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What systems are built from: one embedder for all of them, the folder where peers are installed, a folder to write in."""

    embedder: Embedder
    peers: Path
    work: Path


# ------------------------------------------------------------------ ours


def ranker_for(conversation: str) -> Ranker:
    """The ranker by which `conversation` may be scored: one whose weights never saw it."""
    return shipped(conversation)


class Remanence:
    """This library, through the verbs of `Memory`: one file and one user a conversation."""

    name = "remanence"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._memory: Memory | None = None
        self._scope: Memory | None = None
        self._clock = _Clock()

    def start(self, conversation: str) -> None:
        self.close()
        path = Path(tempfile.mkdtemp(dir=self._setup.work)) / "memory.db"
        self._memory = Memory(path, embedder=self._setup.embedder, clock=self._clock, ranker=ranker_for(conversation))
        self._scope = self._memory.scope(user=conversation)

    def add(self, session: Sequence[Turn]) -> None:
        if not session:
            return
        self._clock.moment = max(turn.said_at for turn in session)
        name = session[0].session
        self._open.record([message(turn, f"{name}/{at}") for at, turn in enumerate(session)], session=name)

    def rank(self, question: str) -> Ranking:
        hits = self._open.recall(question, limit=DEPTH)
        return Ranking(distinct([str(hit.episode.metadata["turn"]) for hit in hits]), hits.confidence)

    def rank_sessions(self, question: str, limit: int, recent: Sequence[str] | None = None) -> list[str]:
        hits = self._open.recall(question, limit=limit, by="session", recent=recent)
        return [str(hit.episode.scope.session) for hit in hits]

    def cover(self, question: str, max_tokens: int) -> list[str]:
        context = self._open.context(question, max_tokens=max_tokens, limit=CONTEXT_DEPTH, count=_count)
        return distinct([str(self._open.show(citation.episode).metadata["turn"]) for citation in context.citations])

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = self._scope = None

    @property
    def _open(self) -> Memory:
        if self._scope is None:
            raise BadInput("Call `start` before anything else.")
        return self._scope


class _Clock:
    """The `Clock` port: the present is when the last session was held."""

    def __init__(self) -> None:
        self.moment = datetime(2000, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


def message(turn: Turn, key: str) -> dict[str, Any]:
    return {
        "role": turn.role, "speaker": turn.speaker, "content": turn.text, "said_at": turn.said_at.isoformat(),
        "key": key, "metadata": {"turn": turn.id},
    }  # fmt: skip


# ------------------------------------------------------------------ peers


class Shelf:
    """What a peer has been given: its turns, those that share an id joined into one unit."""

    def __init__(self) -> None:
        self.units: list[tuple[Turn, ...]] = []
        self.ids: list[str] = []

    def add(self, session: Sequence[Turn]) -> list[tuple[Turn, ...]]:
        """The units of `session`, now held."""
        together: dict[str, list[Turn]] = defaultdict(list)
        for turn in session:
            together[turn.id].append(turn)
        new = [tuple(turns) for turns in together.values()]
        self.units.extend(new)
        self.ids.extend(together)
        return new

    def ranking(self, scores: NDArray[Any]) -> Ranking:
        order = np.argsort(-scores, kind="stable")
        return Ranking([self.ids[row] for row in order[:DEPTH]], float(scores[order[0]]) if len(order) else 0.0)

    def sessions(self, rows: Sequence[int], limit: int) -> list[str]:
        """The first `limit` distinct sessions of ranked rows."""
        return distinct([self.units[row][0].session for row in rows])[:limit]

    def cover(self, rows: Sequence[int], max_tokens: int) -> list[str]:
        """Ids of the ranked rows that a context affords, written line by line as ours are."""
        affordable = rows[: min(CONTEXT_DEPTH, max_tokens // SHORTEST_LINE)]
        hits = [Hit(_episode(turn, row), -rank, 0.0) for rank, row in enumerate(affordable) for turn in self.units[row]]
        cited = assemble(Hits(hits), max_tokens=max_tokens, count=_count).citations
        return distinct([self.ids[int(citation.episode)] for citation in cited])


class Bm25Turns:
    """BM25 over turns (speaker, words, caption), each with `window` turns of its session before and behind it."""

    def __init__(self, name: str, window: int = 0) -> None:
        self.name = name
        self._window = window
        self.start("")

    def start(self, conversation: str) -> None:
        del conversation
        self._shelf, self._index = Shelf(), Bm25()

    def add(self, session: Sequence[Turn]) -> None:
        texts = [[token for turn in unit for token in _lexical(turn)] for unit in self._shelf.add(session)]
        for at in range(len(texts)):
            near = texts[max(0, at - self._window) : at + self._window + 1]
            self._index.add([token for text in near for token in text])

    def rank(self, question: str) -> Ranking:
        return self._shelf.ranking(self._index.scores(tokens(question)))

    def rank_sessions(self, question: str, limit: int, recent: Sequence[str] | None = None) -> list[str]:
        del recent
        return self._shelf.sessions(self._rows(question), limit)

    def cover(self, question: str, max_tokens: int) -> list[str]:
        return self._shelf.cover(self._rows(question), max_tokens)

    def close(self) -> None:
        self.start("")

    def _rows(self, question: str) -> list[int]:
        return _descending(self._index.scores(tokens(question)))


class Dense:
    """Cosine of the question with each turn ("speaker: words"); a session by the mean of its three best turns or by its best."""

    def __init__(self, name: str, embedder: Embedder, best_turns: int = BEST_TURNS) -> None:
        self.name = name
        self._embedder = embedder
        self._best_turns = best_turns
        self.start("")

    def start(self, conversation: str) -> None:
        del conversation
        self._shelf = Shelf()
        self._vectors = np.empty((0, self._embedder.dimension), np.float32)

    def add(self, session: Sequence[Turn]) -> None:
        texts = ["\n".join(f"{turn.speaker}: {turn.text}" for turn in unit) for unit in self._shelf.add(session)]
        if texts:
            self._vectors = np.concatenate([self._vectors, self._embedder.embed(texts)])

    def rank(self, question: str) -> Ranking:
        return self._shelf.ranking(self._cosines(question))

    def rank_sessions(self, question: str, limit: int, recent: Sequence[str] | None = None) -> list[str]:
        del recent
        cosines: dict[str, list[float]] = defaultdict(list)
        for unit, cosine in zip(self._shelf.units, self._cosines(question).tolist(), strict=True):
            cosines[unit[0].session].append(cosine)
        worth = {session: float(np.mean(sorted(held)[-self._best_turns :])) for session, held in cosines.items()}
        return sorted(worth, key=lambda session: -worth[session])[:limit]

    def cover(self, question: str, max_tokens: int) -> list[str]:
        return self._shelf.cover(_descending(self._cosines(question)), max_tokens)

    def close(self) -> None:
        self.start("")

    def _cosines(self, question: str) -> NDArray[np.float32]:
        vector = self._embedder.embed([question])[0]
        return np.asarray(self._vectors @ vector, np.float32)


class Bm25Sessions:
    """BM25 over whole sessions; its turns are ranked as their sessions are, in reading order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.start("")

    def start(self, conversation: str) -> None:
        del conversation
        self._shelf, self._index = Shelf(), Bm25()
        self._sessions: list[str] = []

    def add(self, session: Sequence[Turn]) -> None:
        if not session:
            return
        self._shelf.add(session)
        self._sessions.append(session[0].session)
        self._index.add([token for turn in session for token in _lexical(turn)])

    def rank(self, question: str) -> Ranking:
        scores = self._index.scores(tokens(question))
        ids = [self._shelf.ids[row] for row in self._rows(question)]
        return Ranking(ids[:DEPTH], float(scores.max()) if len(scores) else 0.0)

    def rank_sessions(self, question: str, limit: int, recent: Sequence[str] | None = None) -> list[str]:
        del recent
        return [self._sessions[row] for row in _descending(self._index.scores(tokens(question)))[:limit]]

    def cover(self, question: str, max_tokens: int) -> list[str]:
        return self._shelf.cover(self._rows(question), max_tokens)

    def close(self) -> None:
        self.start("")

    def _rows(self, question: str) -> list[int]:
        place = {session: at for at, session in enumerate(self.rank_sessions(question, len(self._sessions)))}
        return sorted(range(len(self._shelf.units)), key=lambda row: place[self._shelf.units[row][0].session])


class Mem0:
    """mem0 without a language model (`infer=False`), same embedder, in its own environment; one user a conversation."""

    def __init__(self, setup: Setup, store: str = "qdrant") -> None:
        self.name = f"mem0 ({store})"
        self._process = Mem0Process(setup.peers, store, setup.embedder.name, Path(tempfile.mkdtemp(dir=setup.work)))
        self._users = 0
        self.start("")

    def start(self, conversation: str) -> None:
        del conversation  # mem0 takes no spaces in a user's name, so users are numbered
        self._users += 1
        self._user = f"user-{self._users}"
        self._shelf = Shelf()

    def add(self, session: Sequence[Turn]) -> None:
        before = len(self._shelf.units)
        units = self._shelf.add(session)
        texts = ["\n".join(f"{turn.speaker}: {turn.text}" for turn in unit) for unit in units]
        self._process.add(self._user, texts, first=before)

    def rank(self, question: str) -> Ranking:
        found = self._process.search(self._user, question, DEPTH)
        return Ranking([self._shelf.ids[row] for row, _ in found], found[0][1] if found else 0.0)

    def rank_sessions(self, question: str, limit: int, recent: Sequence[str] | None = None) -> list[str]:
        del recent
        return self._shelf.sessions(self._rows(question), limit)

    def cover(self, question: str, max_tokens: int) -> list[str]:
        return self._shelf.cover(self._rows(question), max_tokens)

    def close(self) -> None:
        self._process.close()

    def _rows(self, question: str) -> list[int]:
        return [row for row, _ in self._process.search(self._user, question, CONTEXT_DEPTH)]


# ------------------------------------------------------------------ which


Maker = Callable[[Setup], System]

TURN_SYSTEMS: Mapping[str, Maker] = {
    "bm25": lambda _: Bm25Turns("bm25"),
    "bm25+neighbours": lambda _: Bm25Turns("bm25+neighbours", window=1),
    "dense": lambda setup: Dense("dense", setup.embedder, best_turns=1),
    "remanence": Remanence,
    "mem0": Mem0,
    "mem0-faiss": lambda setup: Mem0(setup, "faiss"),
}
SESSION_SYSTEMS: Mapping[str, Maker] = {
    "bm25": lambda _: Bm25Sessions("bm25"),
    "dense": lambda setup: Dense("dense", setup.embedder),
    "remanence": Remanence,
    "mem0": Mem0,
    "mem0-faiss": lambda setup: Mem0(setup, "faiss"),
}
APART = ("mem0", "mem0-faiss")
"""Systems that must be installed beside us: run only when they are named, or with "all"."""


def chosen(known: Mapping[str, Maker], wanted: Sequence[str]) -> list[str]:
    """The names in `wanted`, or all that need no installing; "all" means every one. Raises `BadInput` for an unknown name."""
    if not wanted:
        return [name for name in known if name not in APART]
    if list(wanted) == ["all"]:
        return [name for name in known if name != "mem0-faiss"]
    for name in wanted:
        if name not in known:
            raise BadInput(f"There is no system {name!r} in this task. There are: {', '.join(known)}; or 'all'.")
    return list(wanted)


class CachedEmbedder:
    """The `Embedder` port over another: every text is embedded once in a run, whichever system asks."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.held: dict[str, NDArray[np.float32]] = {}
        self.name, self.dimension = embedder.name, embedder.dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = distinct([text for text in texts if text not in self.held])
        if new:
            self.held.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self.held[text] for text in texts]) if len(texts) else np.empty((0, self.dimension), np.float32)


def _lexical(turn: Turn) -> list[str]:
    return tokens(f"{turn.speaker} {turn.words} {turn.caption or ''}")


def _descending(scores: NDArray[Any]) -> list[int]:
    return [int(row) for row in np.argsort(-scores, kind="stable")]


def _episode(turn: Turn, row: int) -> Episode:
    """`turn` as our own context shows it; its id is its row."""
    return Episode(
        id=str(row), scope=Scope(session=turn.session), kind=Kind.TURN, text=turn.text, said_at=turn.said_at,
        heard_at=turn.said_at, speaker=turn.speaker, role=turn.role,
    )  # fmt: skip


# Lines are counted again for every question and budget; the counts do not change.
_count = lru_cache(maxsize=1 << 18)(estimate_tokens)
