"""The one file: episodes, their index and the history of changes in SQLite, one transaction per change."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from remanence.changes import part_of
from remanence.errors import (
    BadInput,
    NotFound,
    ScopeViolation,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
)
from remanence.ports import IndexRow, Mark
from remanence.store.leftovers import gaps, occurs
from remanence.store.migrations import LATEST, MIGRATIONS
from remanence.store.rows import (
    CHANGE_SELECT,
    EPISODE_COLUMNS,
    EPISODE_SELECT,
    READ,
    READING_COLUMNS,
    TESTIMONY_COLUMNS,
    change_of,
    change_row,
    episode_of,
    episode_row,
    micros,
    moment,
    reading_of,
    reading_row,
    refuse_misfits,
    refuse_twice,
    scope_row,
    testimonies_of,
)
from remanence.store.vectors import codes
from remanence.types import (
    LAYERS,
    SCOPE_FIELDS,
    Action,
    Change,
    Entry,
    Episode,
    Filter,
    Finding,
    Reading,
    ReadingState,
    Scope,
    Stats,
    Testimony,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

APPLICATION_ID = 0x52454D41  # "REMA": tells our file from any other SQLite database
PAGE = 512
INDEX_PAGE = 8_192
PIECE = 4096  # database pages read at once when the bytes themselves are looked at
FOREVER = 2**63 - 1
INDEX_COLUMNS = (
    "e.seq, s.session, e.speaker, e.role, e.said_at / 1e6, coalesce(e.valid_to / 1e6, 9e999), e.heard_at / 1e6, "
    "coalesce(e.retired_at / 1e6, 9e999), n.terms, n.vector, n.scale, n.cues"
)
RANK = "case {0}.layer " + " ".join(f"when '{layer}' then {rank}" for rank, layer in enumerate(LAYERS)) + " end"
# Of the readings of an episode the one that counts; RANK is null, and no condition true, for a layer there is not.
COUNTS = (
    f"(r.state = 'done' and {RANK.format('r')} >= 0 and not exists "
    f"(select 1 from reading h where h.seq = r.seq and h.state = 'done' and {RANK.format('h')} > {RANK.format('r')}))"
)
FINISHED = """select 1 from reading r where r.seq = e.seq and r.layer = ? and r."by" = ? and r.state <> 'deferred'"""
REPLACED = ", ".join(f"{name} = excluded.{name}" for name in READING_COLUMNS.split(", ")[2:])
REREAD = f"insert into reading ({READING_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?) on conflict (seq, layer) do update set {REPLACED}"


class SqliteStore:
    """A memory in one SQLite file (plus its write-ahead log while open).

    Several processes and threads may use the same file: readers never wait, writers queue for up to `busy_seconds`.
    Raises `StoreReadOnly`, `StoreCorrupt`, `StoreNewer`, `StoreBusy`, `StoreFull`, or their parent `StoreError`.
    """

    def __init__(self, path: str | os.PathLike[str], busy_seconds: float = 60.0, vfs: str | None = None) -> None:
        self.path = os.fspath(path)
        self._vfs = vfs or ""
        self._lock = threading.RLock()
        if self.path != ":memory:" and not Path(self.path).parent.is_dir():
            raise StoreError(f"There is no folder {str(Path(self.path).parent)!r}; create it, or give another path.")
        with self._translated():
            self._db = apsw.Connection(self.path, vfs=vfs)
            # As SQLite resolved them: the folder may change later, and links lead elsewhere.
            self._names = (self._db.filename, self._db.filename_wal)
            try:
                self._prepare(busy_seconds)
            except BaseException:
                self._db.close()
                raise

    def _prepare(self, busy_seconds: float) -> None:
        self._db.set_busy_timeout(int(busy_seconds * 1000))
        self._refuse_strangers()
        deadline = time.monotonic() + busy_seconds
        while True:  # switching to WAL does not wait for others by itself
            try:
                self._rows("pragma journal_mode = wal")
                break
            except apsw.BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        self._db.create_scalar_function("same_json", _same_json, 3, deterministic=True)  # type: ignore[arg-type]
        # FULL: the log is synced before a commit returns, which is what makes an acknowledgement true.
        self._rows("pragma synchronous = full")
        self._rows("pragma foreign_keys = on")
        # Deleted content is overwritten with zeros, so that forgetting reaches the bytes.
        self._rows("pragma secure_delete = on")
        self._rows("pragma cache_size = -65536")
        self._migrate()
        [(self._page_size,)] = self._rows("pragma page_size")

    def _refuse_strangers(self) -> None:
        """Raise unless the file is empty or ours."""
        # Tables first: another process may be creating the memory at this moment, and it writes both in one transaction.
        [(tables,)] = self._rows("select count(*) from sqlite_schema")
        [(application,)] = self._rows("pragma application_id")
        if application != APPLICATION_ID and tables:
            raise StoreCorrupt(f"{self.path!r} is a SQLite database, but not a memory. Give another path.")

    def _migrate(self) -> None:
        if (version := self._schema()) > LATEST:
            raise StoreNewer(
                f"{self.path!r} has schema {version}; this version of remanence knows up to {LATEST}. Upgrade remanence to open it."
            )
        if version == LATEST:
            return
        with self._transaction("exclusive"):
            version = self._schema()  # another process may have migrated while this one waited for the lock
            if version == 0:
                self._rows(f"pragma application_id = {APPLICATION_ID}")
                self._rows("create table migration (number integer primary key, reason text not null, applied_at integer not null) strict")
            for migration in MIGRATIONS[version:]:
                for statement in migration.statements:
                    self._rows(statement)
                self._rows("insert into migration values (?, ?, ?)", (migration.number, migration.reason, time.time_ns() // 1000))

    def _schema(self) -> int:
        if not self._rows("select 1 from sqlite_schema where name = 'migration'"):
            return 0
        return self._rows("select max(number) from migration")[0][0] or 0

    # ---------------------------------------------------------------- writing

    def commit(self, change: Change, entries: Sequence[Entry] = ()) -> Change:
        """Apply `change` with the entries it adds, durably, and return it as kept: only entries that were new are named."""
        for entry in entries:
            if not change.scope.contains(entry.episode.scope):
                raise ScopeViolation(f"Episode {entry.episode.id} lies outside the scope of the change that adds it.")
        refuse_twice(change)
        with self._translated(), self._transaction("immediate"):
            known = self._known([entry.episode.id for entry in entries])
            fresh = list({e.episode.id: e for e in entries if e.episode.id not in known}.values())
            kept = Change(
                change.id, change.action, change.scope, change.made_at, tuple(e.episode.id for e in fresh),
                change.retired, change.restored, change.ends_at, change.undoes, change.reason,
            )  # fmt: skip
            if not (fresh or kept.retired or kept.restored):
                return kept
            number = self._insert_change(kept)
            self._insert_entries(number, fresh)
            self._retire(kept, number, self._places(kept.scope, kept.retired))
            self._restore(kept, number, self._places(kept.scope, kept.restored))
        return kept

    def erase(self, change: Change) -> None:
        """Remove the episodes that `change.retired` names, their index, and their bytes from the file and its log."""
        refuse_twice(change)
        with self._translated(), self._transaction("immediate"):
            number = self._insert_change(change)
            erased = self._remove(change, number, self._places(change.scope, change.retired))
        # The erasure is durable from here on. Where its bytes cannot be overwritten now (a full disk, a long reader),
        # `residue` counts them and the next `compact` removes them; raising would say that nothing was erased.
        with suppress(StoreError):
            self._compact(erased)

    def replay(self, steps: Sequence[tuple[Change, Sequence[Entry]]]) -> list[Change]:
        """Take over changes from another store's history, in one transaction, and return those that were new here.

        A change already known is left alone. Ids of episodes that no longer exist are kept as history; an erasure also
        removes what it names here, unless that was recorded after it.
        """
        with self._translated(), self._transaction("immediate"):
            taken = [change for change, entries in steps if self._take_over(change, entries)]
        if any(change.action is Action.ERASE for change in taken):
            with suppress(StoreError):
                self.compact()
        return taken

    def compact(self, deep: bool = False) -> None:
        """Write the log back into the file and empty it, so that nothing older than the last commit stays on disk.

        `deep`, or an erasure whose bytes could not be removed at the time, first writes the whole file anew, which needs
        as much free space again and keeps other writers waiting.
        """
        if deep:
            with self._lock, self._translated():
                self._rows("vacuum")
        self._compact(None)

    def _compact(self, erased: list[bytes] | None) -> None:
        """Leave no byte of what was erased or replaced; `None` means that it is not known any more what that was."""
        with self._lock, self._translated():
            if not self._empty_log() or not self._rows("select 1 from property where name = 'uncompacted'"):
                return
            if erased is None or any(occurs(erased, gaps(pages, self._page_size)) for pages in self._pieces(self._names[0])):
                self._rows("vacuum")
                if not self._empty_log():
                    return
            self._rows("delete from property where name = 'uncompacted'")

    def _empty_log(self) -> bool:
        """Whether the log could be written back whole; a reader who stays in an old state for long prevents it."""
        [(busy, _, _)] = self._rows("pragma wal_checkpoint(truncate)")
        return not busy

    def embed_as(self, name: str, dimension: int) -> None:
        """Make `name` the embedder of this file; vectors by another are dropped and their episodes deferred."""
        with self._translated(), self._transaction("immediate"):
            before = self.embedder()
            if before == (name, dimension):
                return
            self._set("embedder", name)
            self._set("dimension", dimension)
            if before is not None:
                self._set("uncompacted", 1)
                self._rows("update entry set vector = null, scale = 0")
                self._rows("update property set value = value + 1 where name = 'generation'")

    def fill(self, scope: Scope, vectors: Sequence[tuple[str, NDArray[np.float32]]]) -> int:
        """Give deferred episodes their vectors."""

        def assign(seq: int, vector: NDArray[np.float32]) -> None:
            # The embedder is read inside the transaction: another process may have changed it a moment ago.
            self._rows("update entry set vector = ?, scale = ? where seq = ?", (*codes(vector, self.embedder()), seq))

        return self._amend(scope, vectors, assign)

    def reterm(self, scope: Scope, terms: Sequence[tuple[str, NDArray[np.uint32], int]]) -> int:
        """Replace the terms and cues of episodes."""

        def assign(seq: int, value: tuple[NDArray[np.uint32], int]) -> None:
            hashes, cues = value
            self._rows("update entry set terms = ?, cues = ? where seq = ?", (hashes.astype("<u4").tobytes(), cues, seq))
            self._set("uncompacted", 1)  # an erasure cannot know any more what the terms were before

        return self._amend(scope, [(id_, (hashes, cues)) for id_, hashes, cues in terms], assign, rebuilds=True)

    def reread(self, scope: Scope, readings: Sequence[tuple[str, Reading]]) -> int:
        """Give episodes a reading each, in place of the one of the same layer; one that is not done leaves a done one."""
        with self._translated(), self._transaction("immediate"):
            found = self._texts(scope, {id_ for id_, _ in readings})
            held = self._held([seq for seq, _, _ in found.values()])
            fresh: dict[tuple[int, str], tuple[Any, ...]] = {}
            moved: dict[int, int] = {}
            written = 0
            for id_, reading in ((id_, reading) for id_, reading in readings if id_ in found):
                seq, scope_id, text = found[id_]
                refuse_misfits([reading], text)
                row = reading_row(seq, reading)
                is_done, before = held.get(row[:2], (False, b""))
                if is_done and reading.state is not ReadingState.DONE:
                    continue
                if before not in (b"", b"[]", said := "".join(row[5:]).encode()):
                    self._set("uncompacted", 1)  # an erasure cannot know any more what was read before
                held[row[:2]] = reading.state is ReadingState.DONE, said
                fresh[row[:2]], moved[seq] = row, scope_id
                written += 1
            self._db.executemany(REREAD, fresh.values())
            self._db.executemany("insert into move (scope, episode) values (?, ?)", ((scope_id, seq) for seq, scope_id in moved.items()))
        return written

    def _texts(self, scope: Scope, ids: Iterable[str]) -> dict[str, tuple[int, int, str]]:
        """Place, scope and text of those of these episodes that exist in `scope`, by id."""
        within, bindings = _within(scope)
        found = self._rows(
            f"select id, seq, scope, text from episode where id in (select value from json_each(?)) and {within}",
            (json.dumps(list(ids)), *bindings),
        )
        return {id_: (seq, scope_id, text) for id_, seq, scope_id, text in found}

    def _held(self, seqs: Sequence[int]) -> dict[tuple[int, str], tuple[bool, bytes]]:
        """Of the readings at these places, by place and layer, whether they are done and all they say, damaged or not."""
        found = self._rows(
            "select seq, layer, state = 'done', cast(detail as blob), cast(claims as blob) from reading "
            "where seq in (select value from json_each(?))",
            (json.dumps(seqs),),
        )
        return {(seq, layer): (bool(is_done), detail + claims) for seq, layer, is_done, detail, claims in found}

    def _amend(self, scope: Scope, values: Sequence[tuple[str, Any]], assign: Callable[[int, Any], None], rebuilds: bool = False) -> int:
        with self._translated(), self._transaction("immediate"):
            wanted = dict(values)
            within, bindings = _within(scope)
            found = self._rows(
                f"select id, seq, scope from episode where id in (select value from json_each(?)) and {within}",
                (json.dumps(list(wanted)), *bindings),
            )
            for id_, seq, scope_id in found:
                assign(seq, wanted[id_])
                self._rows("insert into move (scope, episode) values (?, ?)", (scope_id, seq))
            if rebuilds and found:
                self._rows("update property set value = value + 1 where name = 'generation'")
        return len(found)

    def _insert_change(self, change: Change) -> int:
        if self._rows("select 1 from change where id = ?", (change.id,)):
            raise BadInput(f"The change {change.id!r} was committed before. Give every change an id of its own. Nothing was changed.")
        self._rows(
            "insert into change (id, action, made_at, ends_at, undoes, reason, scope) values (?, ?, ?, ?, ?, ?, ?)",
            (*change_row(change), self._scope_id(change.scope)),
        )
        return self._db.last_insert_rowid()

    def _insert_entries(self, change: int, entries: Sequence[Entry]) -> None:
        # Places are handed out here, inside the write lock, so that both tables can be filled in bulk.
        [(last,)] = self._rows("select coalesce((select seq from sqlite_sequence where name = 'episode'), 0)")
        scopes = {scope: self._scope_id(scope) for scope in {entry.episode.scope for entry in entries}}
        embedder = self.embedder()
        self._db.executemany(
            f"insert into episode ({EPISODE_COLUMNS}, seq, scope, added_by) values ({'?, ' * 18}?, ?, ?)",
            ((*episode_row(e.episode), seq, scopes[e.episode.scope], change) for seq, e in enumerate(entries, last + 1)),
        )
        self._db.executemany(
            "insert into entry (seq, terms, cues, vector, scale) values (?, ?, ?, ?, ?)",
            (
                (seq, e.terms.astype("<u4").tobytes(), e.cues, *((None, 0.0) if e.vector is None else codes(e.vector, embedder)))
                for seq, e in enumerate(entries, last + 1)
            ),
        )
        for entry in entries:
            refuse_misfits(entry.readings, entry.episode.text)
        if read := [reading_row(seq, reading) for seq, e in enumerate(entries, last + 1) for reading in e.readings]:
            self._db.executemany(f"insert into reading ({READING_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)", read)

    def _take_over(self, change: Change, entries: Sequence[Entry]) -> bool:
        """Whether `change` was new here. Raises `ScopeViolation` where it or an episode is already there outside its scope."""
        refuse_twice(change)
        within, bindings = _within(change.scope)
        if found := self._rows(f"select {within} from change where id = ?", (*bindings, change.id)):
            if not found[0][0]:
                raise ScopeViolation(f"Change {change.id} is already known, outside the scope it is given for.")
            return False
        known = self._known([entry.episode.id for entry in entries])
        outside = [entry.episode.id for entry in entries if not change.scope.contains(entry.episode.scope)]
        if outside or len(self._present(change.scope, list(known))) < len(known):
            raise ScopeViolation(f"Change {change.id} would add episodes outside its scope.")
        number = self._insert_change(change)
        self._insert_entries(number, list({e.episode.id: e for e in entries if e.episode.id not in known}.values()))
        if change.action is not Action.ERASE:
            self._retire(change, number, self._present(change.scope, change.retired))
            self._restore(change, number, self._present(change.scope, change.restored))
        elif still_here := self._present(change.scope, change.retired, change.made_at):
            self._remove(change, number, still_here)
        else:
            self._touch(number, change.retired, 0)
        return True

    def _remove(self, change: Change, number: int, places: Sequence[tuple[int, int]]) -> list[bytes] | None:
        """Delete these rows; returns the bytes that must not be found any more, `None` where earlier ones are among them."""
        is_known = not self._rows("select 1 from property where name = 'uncompacted'")
        erased = [blob for seq, _ in places for blob in self._bytes_of(seq)]
        self._set("uncompacted", 1)
        for seq, scope in places:
            self._rows("insert into move (scope, episode) values (?, ?)", (scope, seq))
            self._rows("delete from reading where seq = ?", (seq,))
            self._rows("delete from entry where seq = ?", (seq,))
            self._rows("delete from episode where seq = ?", (seq,))
        self._touch(number, change.retired, 0)
        return erased if is_known else None

    def _bytes_of(self, seq: int) -> list[bytes]:
        """What an erasure of this row has to remove. Long values continue on pages of their own, which are zeroed."""
        [row] = self._rows(
            "select text, speaker, role, source, key, metadata, document, terms, vector from episode join entry using (seq) where seq = ?",
            (seq,),
        )
        derived = [value for told in self._rows("select detail, claims from reading where seq = ?", (seq,)) for value in told]
        blobs = (value.encode() if isinstance(value, str) else value for value in (*row, *derived) if value)
        return [blob[: self._page_size] for blob in blobs]

    def _retire(self, change: Change, number: int, places: Sequence[tuple[int, int]]) -> None:
        ends_at = micros(change.ends_at) if change.ends_at else None
        offset = int(change.ends_at.utcoffset().total_seconds()) if change.ends_at else None  # type: ignore[union-attr]
        for seq, scope in places:
            self._rows(
                # Without an end on the world's clock the episode was never so: its validity becomes empty.
                "update episode set retired_at = ?1, valid_to = coalesce(?2, said_at), valid_offset = coalesce(?3, said_offset) "
                "where seq = ?4",
                (micros(change.made_at), ends_at, offset, seq),
            )
            self._rows("insert into move (scope, episode) values (?, ?)", (scope, seq))
        self._touch(number, change.retired, -1)

    def _restore(self, change: Change, number: int, places: Sequence[tuple[int, int]]) -> None:
        for seq, scope in places:
            self._rows("update episode set retired_at = null, valid_to = null, valid_offset = null where seq = ?", (seq,))
            self._rows("insert into move (scope, episode) values (?, ?)", (scope, seq))
        self._touch(number, change.restored, 1)

    def _touch(self, change: int, ids: Iterable[str], effect: int) -> None:
        for place, id_ in enumerate(ids):
            self._rows("insert into touch values (?, ?, ?, ?)", (change, id_, effect, place))

    def _places(self, scope: Scope, ids: Sequence[str]) -> list[tuple[int, int]]:
        """(seq, scope id) of each id, in order. Raises `NotFound` unless all exist within `scope`."""
        within, bindings = _within(scope)
        places = []
        for id_ in ids:
            found = self._rows(f"select seq, scope from episode where id = ? and {within}", (id_, *bindings))
            if not found:
                raise NotFound(f"There is no episode {id_!r} in this scope. Nothing was changed.")
            places.append(found[0])
        return places

    def _present(self, scope: Scope, ids: Sequence[str], heard_by: datetime | None = None) -> list[tuple[int, int]]:
        """(seq, scope id) of those ids that exist within `scope`, heard no later than `heard_by`."""
        within, bindings = _within(scope)
        return self._rows(
            f"select seq, scope from episode where id in (select value from json_each(?)) and heard_at <= ? and {within} order by seq",
            (json.dumps(list(ids)), FOREVER if heard_by is None else micros(heard_by), *bindings),
        )

    def _known(self, ids: Sequence[str]) -> set[str]:
        found = self._rows("select id from episode where id in (select value from json_each(?))", (json.dumps(list(ids)),))
        return {id_ for (id_,) in found}

    def _scope_id(self, scope: Scope) -> int:
        row = scope_row(scope)
        conditions = " and ".join(f"{name} = ?" for name in SCOPE_FIELDS)
        if found := self._rows(f"select id from scope where {conditions}", row):
            return int(found[0][0])
        self._rows("insert into scope (tenant, user, agent, session, project) values (?, ?, ?, ?, ?)", row)
        return self._db.last_insert_rowid()

    def _set(self, name: str, value: str | int) -> None:
        self._rows("insert into property values (?1, ?2) on conflict (name) do update set value = ?2", (name, value))

    # ---------------------------------------------------------------- reading

    def get(self, scope: Scope, ids: Sequence[str]) -> list[Episode]:
        return self._pick(scope, "e.id", list(ids))

    def at(self, scope: Scope, seqs: Sequence[int]) -> list[Episode]:
        return self._pick(scope, "e.seq", [int(seq) for seq in seqs])

    def _pick(self, scope: Scope, column: str, values: list[Any]) -> list[Episode]:
        within, bindings = _joined(scope)
        sql = EPISODE_SELECT.replace("from episode e", f"from json_each(?) wanted cross join episode e on {column} = wanted.value")
        return self._episodes(f"{sql} where {within} order by wanted.key", (json.dumps(values), *bindings))

    def scan(self, scope: Scope, where: Filter | None = None, after: int = 0) -> Iterator[tuple[int, Episode]]:
        within, bindings = _within(scope, "e.scope")
        meets, values = _meets(where or Filter())
        while True:  # in pages, so that no read transaction stays open while the caller works
            page = self._placed(
                f"{EPISODE_SELECT} where e.seq > ? and {within} and {meets} order by e.seq limit {PAGE}",
                (after, *bindings, *values),
            )
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def select(self, scope: Scope, where: Filter) -> list[int]:
        within, bindings = _within(scope, "e.scope")
        meets, values = _meets(where)
        found = self._read(f"select e.seq from episode e where {within} and {meets} order by e.seq", (*bindings, *values))
        return [seq for (seq,) in found]

    def index(self, scope: Scope, after: int = 0, seqs: Sequence[int] | None = None) -> Iterator[IndexRow]:
        places = self._index_places(scope, after) if seqs is None else [int(seq) for seq in seqs]
        within, bindings = _joined(scope)
        for start in range(0, len(places), INDEX_PAGE):  # in pages, so that a large scope is never held twice
            found = self._read(
                f"""select {INDEX_COLUMNS} from json_each(?) wanted cross join episode e on e.seq = wanted.value
                    cross join scope s on s.id = e.scope join entry n on n.seq = e.seq where {within} order by e.seq""",
                (json.dumps(places[start : start + INDEX_PAGE]), *bindings),
            )
            yield from (IndexRow(row[0], row[1] or None, *row[2:]) for row in found)

    def _index_places(self, scope: Scope, after: int) -> list[int]:
        """The places behind `after`, ascending: the newest rows of the file are walked, or all rows of the scope."""
        within, bindings = _joined(scope)
        rows = "episode e cross join scope s on s.id = e.scope" if after else "scope s cross join episode e on e.scope = s.id"
        return [seq for (seq,) in self._read(f"select e.seq from {rows} where e.seq > ? and {within} order by e.seq", (after, *bindings))]

    def testimonies(self, scope: Scope, after: int = 0, seqs: Sequence[int] | None = None) -> Iterator[Testimony]:
        """The claims of the reading that counts of each episode, with the circumstances of that episode; read in pages."""
        places = self._index_places(scope, after) if seqs is None else [int(seq) for seq in seqs]
        within, bindings = _joined(scope)
        for start in range(0, len(places), INDEX_PAGE):
            found = self._read(
                f"""select {TESTIMONY_COLUMNS} from json_each(?) wanted cross join reading r on r.seq = wanted.value
                    cross join episode e on e.seq = r.seq cross join scope s on s.id = e.scope
                    where r.count > 0 and {COUNTS} and {within} order by e.seq""",
                (json.dumps(places[start : start + INDEX_PAGE]), *bindings),
            )
            with self._sound():
                told = [testimony for row in found for testimony in testimonies_of(row)]
            yield from told

    def unread(self, scope: Scope, by: str, limit: int, after: int = 0, pending: bool = False) -> list[tuple[int, Episode]]:
        """Current episodes behind place `after` without a finished reading by exactly `by`, or where one was deferred."""
        within, bindings = _within(scope, "e.scope")
        layer = Reading(by).layer
        if pending:
            sql = EPISODE_SELECT.replace("from episode e", "from reading r cross join episode e on e.seq = r.seq")
            sql += f" where r.seq > ? and r.layer = ? and r.state = 'deferred' and e.retired_at is null and {within} order by r.seq limit ?"
            return self._placed(sql, (after, layer, *bindings, limit))
        sql = f"{EPISODE_SELECT} where e.seq > ? and not exists ({FINISHED}) and e.retired_at is null and {within} order by e.seq limit ?"
        return self._placed(sql, (after, layer, by, *bindings, limit))

    def readings(self, scope: Scope, ids: Sequence[str]) -> dict[str, tuple[Reading, ...]]:
        """All readings of those of these episodes that exist in `scope` and have one, the layer that counts least first."""
        within, bindings = _within(scope, "e.scope")
        found = self._read(
            f"select e.id, {READ} from json_each(?) wanted cross join episode e on e.id = wanted.value "
            f"cross join reading r on r.seq = e.seq where {within} order by e.seq, {RANK.format('r')}",
            (json.dumps(list(dict.fromkeys(ids))), *bindings),
        )
        told: dict[str, tuple[Reading, ...]] = {}
        with self._sound():
            for id_, *row in found:
                told[id_] = (*told.get(id_, ()), reading_of(tuple(row)))
        return told

    def tenants(self) -> list[str]:
        return [tenant for (tenant,) in self._read("select distinct tenant from scope order by 1")]

    def mark(self) -> Mark:
        [row] = self._read(
            "select (select value from property where name = 'generation'), coalesce((select max(seq) from episode), 0), "
            "coalesce((select max(seq) from move), 0)"
        )
        return Mark(*row)

    def moved(self, scope: Scope, after: int) -> list[int]:
        within, bindings = _within(scope)
        found = self._read(f"select distinct episode from move where seq > ? and {within} order by 1", (after, *bindings))
        return [seq for (seq,) in found]

    def changes(self, scope: Scope, episode: str | None = None, limit: int | None = None) -> list[Change]:
        within, bindings = _within(scope, "c.scope")
        condition, values = within, list(bindings)
        if episode is not None:
            condition += " and c.seq in (select added_by from episode where id = ? union select change from touch where episode = ?)"
            values += [episode, episode]
        newest = self._read(f"{CHANGE_SELECT} where {condition} order by c.seq desc limit ?", (*values, -1 if limit is None else limit))
        return [self._change(row) for row in reversed(newest)]

    def ledger(self, scope: Scope) -> Iterator[tuple[Change, list[Episode]]]:
        """The history of `scope`, oldest first, each change with the episodes it added that still exist; read page by page.

        Of a change that reaches beyond `scope` the part within it is told, as a change of its own.
        """
        [(last,)] = self._read("select coalesce(max(seq), 0) from change")
        within, bindings = _within(scope, "c.scope")
        inside, _ = _within(scope, "e.scope")
        after = 0
        while True:
            page = self._read(
                f"""{CHANGE_SELECT} where c.seq > ? and c.seq <= ? and ({within}
                    or exists (select 1 from episode e where e.added_by = c.seq and {inside})
                    or exists (select 1 from touch t join episode e on e.id = t.episode where t.change = c.seq and {inside}))
                    order by c.seq limit {PAGE}""",
                (after, last, *bindings * 3),
            )
            for row in page:
                found = self._read(f"{EPISODE_SELECT} where e.added_by = ? and {inside} order by e.seq", (row[-1], *bindings))
                with self._sound():
                    episodes = [episode_of(one) for one in found]
                change = replace(self._change(row), added=tuple(episode.id for episode in episodes))
                if not scope.contains(change.scope):
                    touched = self.get(scope, (*change.retired, *change.restored))
                    change = part_of(change, scope, {episode.id for episode in (*episodes, *touched)})
                yield change, episodes
            if len(page) < PAGE:
                return
            after = page[-1][-1]

    def change(self, scope: Scope, id: str) -> Change:
        """The change by this id. Raises `NotFound`."""
        within, bindings = _within(scope, "c.scope")
        found = self._read(f"{CHANGE_SELECT} where c.id = ? and {within}", (id, *bindings))
        if not found:
            raise NotFound(f"There is no change {id!r} in this scope. `history` lists those there are.")
        return self._change(found[0])

    def _change(self, row: tuple[Any, ...]) -> Change:
        number = row[-1]
        added = tuple(id_ for (id_,) in self._read("select id from episode where added_by = ? order by seq", (number,)))
        touched = self._read("select episode, effect from touch where change = ? order by place", (number,))
        retired = tuple(id_ for id_, effect in touched if effect <= 0)
        with self._sound():
            return change_of(row, added, retired, tuple(id_ for id_, effect in touched if effect > 0))

    def embedder(self) -> tuple[str, int] | None:
        found = dict(self._read("select name, value from property where name in ('embedder', 'dimension')"))
        return (found["embedder"], found["dimension"]) if found else None

    def deferred(self, scope: Scope, limit: int) -> list[Episode]:
        within, bindings = _joined(scope)
        sql = EPISODE_SELECT.replace("from episode e", "from entry n cross join episode e on e.seq = n.seq")
        return self._episodes(f"{sql} where n.vector is null and {within} order by n.seq limit ?", (*bindings, limit))

    def stats(self, scope: Scope) -> Stats:
        within, bindings = _within(scope, "e.scope")
        [counts] = self._read(
            f"""select count(*), count(e.retired_at), count(distinct s.session || '/' || e.scope) filter (where s.session <> ''),
                count(distinct e.speaker), min(e.said_at), max(e.said_at)
                from episode e join scope s on s.id = e.scope where {within}""",
            bindings,
        )
        [(deferred,)] = self._read(f"select count(*) from entry n join episode e using (seq) where n.vector is null and {within}", bindings)
        [(claims,)] = self._read(
            f"select coalesce(sum(r.count), 0) from reading r join episode e using (seq) where r.count > 0 and {COUNTS} and {within}",
            bindings,
        )
        [(undistilled,)] = self._read(
            "select count(*) from reading r cross join episode e using (seq) "
            f"where r.state = 'deferred' and r.layer = 'model' and e.retired_at is null and {within}",
            bindings,
        )
        within, bindings = _within(scope)
        [(changes,)] = self._read(f"select count(*) from change where {within}", bindings)
        [(schema,)] = self._read("select max(number) from migration")
        [(pages,)] = self._read("select page_count * page_size from pragma_page_count, pragma_page_size")
        size = sum(os.path.getsize(path) for path in self._files()) or pages
        name, dimension = self.embedder() or ("none", 0)
        first, last = (moment(value) if value is not None else None for value in counts[4:6])
        return Stats(
            episodes=counts[0], retired=counts[1], deferred=deferred, sessions=counts[2], speakers=counts[3],
            changes=changes, first_said_at=first, last_said_at=last, embedder=name, dimension=dimension,
            schema=schema, bytes=size, claims=claims, undistilled=undistilled,
        )  # fmt: skip

    # ---------------------------------------------------------------- upkeep

    def check(self) -> list[Finding]:
        """Structure, references, and agreement of index and ledger. Damage is reported, not raised."""
        restore = "Restore the file from a backup or an export; keep this one aside."
        rebuild = "Run `remanence reindex`."
        reread = "Run `remanence reindex`; where it stays so, restore the file from a backup or an export."
        asked: list[tuple[str, str | Callable[[], list[tuple[Any, ...]]], str]] = [
            ("pages and trees", "pragma integrity_check", restore),
            ("references", "pragma foreign_key_check", restore),
            ("every episode is indexed", "select id from episode where seq not in (select seq from entry)", rebuild),
            ("no index without its episode", "select seq from entry where seq not in (select seq from episode)", rebuild),
            (
                "vectors have the embedder's size",
                "select seq from entry where vector is not null "
                "and length(vector) is not (select value from property where name = 'dimension')",
                rebuild,
            ),
            ("retired episodes have an end", "select id from episode where (retired_at is null) <> (valid_to is null)", restore),
            ("every reading has its episode", "select seq from reading where seq not in (select seq from episode)", restore),
            ("readings rest on the words of their episodes", self._misread, reread),
        ]
        findings = []
        for name, find, advice in asked:
            try:
                found = [row for row in (self._read(find) if isinstance(find, str) else find()) if row != ("ok",)]
            except StoreError as error:
                found = [(str(error),)]
            detail = "; ".join(str(row[0]) for row in found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
            findings.append(Finding(name, not found, detail or "fine", advice if found else ""))
        return findings

    def _misread(self) -> list[tuple[Any, ...]]:
        """Readings that cannot be read, or not with the text of their episode: a line for each."""
        found: list[tuple[Any, ...]] = []
        after = 0
        while True:
            page = self._read(
                f"select r.rowid, e.id, e.text, {READ} from reading r join episode e using (seq) "
                f"where r.rowid > ? order by r.rowid limit {PAGE}",
                (after,),
            )
            for _, id_, text, *row in page:
                try:
                    refuse_misfits([reading_of(tuple(row))], text)
                except (ValueError, TypeError, OverflowError, BadInput) as error:
                    found.append((f"{id_}: {error}",))
            if len(page) < PAGE:
                return found
            after = page[-1][0]

    def residue(self, needles: Sequence[bytes]) -> tuple[int, int]:
        """How many needles that no living row holds still occur in the file or its log, and the bytes read."""
        found: set[bytes] = set()
        size, overlap = 0, max(map(len, needles), default=0)
        with self._lock, self._translated():
            for path in self._files():
                size += os.path.getsize(path)
                for piece in self._pieces(path, overlap):
                    found |= {needle for needle in needles if needle not in found and needle in piece}
        # The bytes are searched first: they rarely hold what was erased, and asking every row is the dearer question.
        return sum(not self._lives(needle) for needle in found), size

    def _pieces(self, path: str, overlap: int = 0) -> Iterator[bytes]:
        """The bytes of a file in pieces of whole pages, each beginning with the last `overlap` bytes of the one before.

        Read through SQLite's own file layer: opening and closing the file by ourselves would drop the locks that this
        process holds on it (POSIX), and another process could then delete the log under our feet.
        """
        if not path:
            return
        file = apsw.VFSFile(self._vfs, path, [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
        try:
            size, step, kept = file.xFileSize(), PIECE * self._page_size, b""
            for start in range(0, size, step):
                piece = kept + file.xRead(min(step, size - start), start)
                yield piece
                kept = piece[-overlap:] if overlap else b""
        finally:
            file.xClose()

    def _lives(self, needle: bytes) -> bool:
        found = self._read(
            "select 1 from episode where instr(cast(text as blob), ?1) or instr(cast(metadata as blob), ?1) "
            "union all select 1 from reading where instr(cast(claims as blob), ?1) limit 1",
            (needle,),
        )
        return bool(found)

    def close(self) -> None:
        with self._lock, self._translated():
            self._db.close()

    def _files(self) -> list[str]:
        return [path for path in self._names if os.path.exists(path)]

    # ---------------------------------------------------------------- plumbing

    def _rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, bindings).fetchall()

    def _read(self, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._translated():
            return self._rows(sql, bindings)

    def _placed(self, sql: str, bindings: Sequence[Any]) -> list[tuple[int, Episode]]:
        found = self._read(sql, bindings)
        with self._sound():
            return [(row[-1], episode_of(row)) for row in found]

    def _episodes(self, sql: str, bindings: Sequence[Any]) -> list[Episode]:
        return [episode for _, episode in self._placed(sql, bindings)]

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """A row that was written whole can always be read back; one that cannot was damaged on disk."""
        try:
            yield
        except (ValueError, TypeError, OverflowError) as error:
            raise StoreCorrupt(f"{self.path!r} holds a damaged row ({error}). Restore a backup or an export.") from error

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[None]:
        with self._lock:
            self._rows(f"begin {mode}")
            try:
                yield
                self._rows("commit")
            except BaseException:
                if not self._db.get_autocommit():
                    self._rows("rollback")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the driver's errors into ours, each with its advice."""
        try:
            yield
        except apsw.BusyError as error:
            raise StoreBusy(f"{self.path!r} is held by another process. Try again, or raise `busy_seconds`.") from error
        except apsw.FullError as error:
            raise StoreFull(f"The disk that holds {self.path!r} is full. Nothing of this write was kept; free some space.") from error
        except (apsw.ReadOnlyError, apsw.PermissionsError) as error:
            raise StoreReadOnly(f"{self.path!r} cannot be written. Check the rights of the file and its folder.") from error
        except apsw.CantOpenError as error:
            raise StoreReadOnly(f"{self.path!r} cannot be opened or created. Check that it is a file one may write.") from error
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise StoreCorrupt(f"{self.path!r} is damaged or not a memory ({error}). Restore a backup or an export.") from error
        except apsw.ConnectionClosedError as error:
            raise StoreError(f"{self.path!r} was closed; open a new Memory.") from error
        except apsw.IOError as error:
            raise StoreError(f"Reading or writing {self.path!r} failed ({error}). What it held before is intact.") from error
        except apsw.TooBigError as error:
            raise BadInput(f"An episode is larger than SQLite can hold ({error}). Record it in parts. Nothing was written.") from error
        except apsw.Error as error:
            raise StoreError(f"{self.path!r} refused the operation ({error}). Run `remanence doctor`.") from error
        except UnicodeEncodeError as error:
            raise BadInput(f"A text holds half a character ({error}); it cannot be stored. Nothing was written.") from error
        except UnicodeDecodeError as error:
            raise StoreCorrupt(f"{self.path!r} holds text that is damaged ({error}). Restore a backup or an export.") from error


def _within(scope: Scope, column: str = "scope") -> tuple[str, tuple[str, ...]]:
    """The one condition through which every read and write passes: rows of `scope` only."""
    fixed = scope.as_dict()
    return f"{column} in (select id from scope where {' and '.join(f'{name} = ?' for name in fixed)})", tuple(fixed.values())


def _joined(scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The same condition where `scope s` is joined already: no list of ids to make, which a scope of many sessions would feel."""
    fixed = scope.as_dict()
    return " and ".join(f"s.{name} = ?" for name in fixed), tuple(fixed.values())


def _same_json(metadata: Any, name: Any, value: Any) -> bool:
    """Whether `metadata` holds under `name` what `value` says; objects are the same in any order of their names."""
    return bool(json.loads(metadata).get(name) == json.loads(value))


def _meets(where: Filter) -> tuple[str, list[Any]]:
    """A filter as a condition on `episode e` with its bindings."""
    terms: list[tuple[str, Any]] = [
        (f"e.{name} = ?", str(value)) for name in ("speaker", "role", "kind", "source") if (value := getattr(where, name)) is not None
    ]
    if where.trust is not None:
        terms.append(("e.trust in (select value from json_each(?))", json.dumps([str(tier) for tier in where.trust])))
    if where.since is not None:
        terms.append(("e.said_at >= ?", micros(where.since)))
    if where.until is not None:
        terms.append(("e.said_at < ?", micros(where.until)))
    for name, value in (where.metadata or {}).items():
        if value is None:
            terms.append(("not exists (select 1 from json_each(e.metadata) where key = ? and type <> 'null')", name))
        elif isinstance(value, str | bool | float) or (isinstance(value, int) and abs(value) < 2**63):
            # A list or an object reads as its own text here; `type` keeps it from passing for a string.
            held = "(select value from json_each(e.metadata) where key = ? and type not in ('array', 'object'))"
            terms.append((f"{held} is json_extract(?, '$')", (name, json.dumps(value))))
        else:
            terms.append(("same_json(e.metadata, ?, ?)", (name, json.dumps(value))))
    flat = [item for _, value in terms for item in (value if isinstance(value, tuple) else (value,))]
    return " and ".join(condition for condition, _ in terms) or "true", flat
