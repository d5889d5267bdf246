"""A disk that fails on demand: full, unreadable, or cut from its power between two writes."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import apsw

SECTOR = 512
_numbers = itertools.count()


class Fault(StrEnum):
    """What goes wrong: which operation fails, and how."""

    FULL = "full"
    WRITE = "write"
    SYNC = "sync"
    READ = "read"
    POWER = "power"


class FaultyDisk:
    """A SQLite VFS over the real one, which counts its operations and fails from the one it is told to.

        with FaultyDisk(seed=1) as disk:
            store = SqliteStore(path, vfs=disk.name)
            disk.fail(Fault.FULL, after=3)

    A power cut loses what was not synced: of every file's writes since its last sync any may be missing, and any may have
    reached the platter only in part. Law: what `salvage` writes holds all that was synced before the cut.
    """

    def __init__(self, seed: int = 0) -> None:
        self.name = f"faulty-{next(_numbers)}"
        self.counts: Counter[str] = Counter()
        self.is_cut = False
        self._random = random.Random(seed)
        self._fault: Fault | None = None
        self._left = 0
        self._platters: dict[str, _Platter] = {}
        self._vfs: _Vfs | None = None

    def __enter__(self) -> FaultyDisk:
        self._vfs = _Vfs(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._vfs is not None:
            self._vfs.unregister()
            self._vfs = None

    def fail(self, fault: Fault, after: int = 0) -> None:
        """From now on `after` more operations of this fault's sort succeed and all later ones fail."""
        self._fault, self._left = fault, after

    def heal(self) -> None:
        """Space is free again, the cable is back. A power cut cannot be healed: `salvage` and open that."""
        self._fault = None

    @property
    def has_failed(self) -> bool:
        """Whether the fault asked for has struck."""
        return self._fault is not None and self._left < 0

    def salvage(self, folder: Path) -> None:
        """Write into `folder` what the files hold when power returns, under their own names."""
        for name, platter in self._platters.items():
            if (held := platter.after_a_cut(self._random)) is not None:
                (folder / Path(name).name).write_bytes(held)

    # ------------------------------------------------- called by the files

    def before(self, operation: str, sorts: tuple[Fault, ...]) -> None:
        """Count one operation, and fail it if its time has come."""
        if self.is_cut:
            _fail(apsw.SQLITE_IOERR_WRITE, "the power is off")
        self.counts[operation] += 1
        if self._fault not in sorts:
            return
        self._left -= 1
        if self._left >= 0:
            return
        match self._fault:
            case Fault.FULL:
                raise apsw.FullError("the disk is full")
            case Fault.WRITE:
                _fail(apsw.SQLITE_IOERR_WRITE, "a write failed")
            case Fault.SYNC:
                _fail(apsw.SQLITE_IOERR_FSYNC, "a sync failed")
            case Fault.READ:
                _fail(apsw.SQLITE_IOERR_READ, "a read failed")
            case Fault.POWER:
                self.is_cut = True

    def platter(self, name: str) -> _Platter:
        if name not in self._platters:
            path = Path(name)
            self._platters[name] = _Platter(bytearray(path.read_bytes()) if path.exists() else bytearray())
        self._platters[name].exists = True
        return self._platters[name]

    def remove(self, name: str) -> None:
        self._platters[name] = _Platter(bytearray(), exists=False)


class _Platter:
    """One file as the disk itself holds it: what was synced, and the operations still in flight."""

    def __init__(self, synced: bytearray, exists: bool = True) -> None:
        self.exists = exists
        self._synced = synced
        self._in_flight: list[Callable[[bytearray, float], None]] = []

    def write(self, data: bytes, offset: int) -> None:
        def apply(held: bytearray, part: float) -> None:
            size = len(data) if part >= 1 else int(len(data) * part) // SECTOR * SECTOR
            if size and len(held) < offset:
                held.extend(bytes(offset - len(held)))
            held[offset : offset + size] = data[:size]

        self._in_flight.append(apply)

    def truncate(self, size: int) -> None:
        def apply(held: bytearray, part: float) -> None:
            if part >= 1:
                del held[size:]
                held.extend(bytes(size - len(held)))

        self._in_flight.append(apply)

    def sync(self) -> None:
        for apply in self._in_flight:
            apply(self._synced, 1.0)
        self._in_flight.clear()

    def after_a_cut(self, chance: random.Random) -> bytes | None:
        """The synced bytes with a random part of what was in flight: a prefix, or any subset, some torn within a page."""
        if not self.exists:
            return None
        held = bytearray(self._synced)
        if chance.random() < 0.5:
            arrived = chance.randint(0, len(self._in_flight))
            parts = [1.0] * arrived + [chance.random()] * (arrived < len(self._in_flight))
        else:
            parts = [chance.choice((0.0, 1.0, 1.0, chance.random())) for _ in self._in_flight]
        for apply, part in zip(self._in_flight, parts, strict=False):
            apply(held, part)
        return bytes(held)


class _Vfs(apsw.VFS):
    def __init__(self, disk: FaultyDisk) -> None:
        self._disk = disk
        super().__init__(disk.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _File(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self._disk.before("delete", (Fault.POWER,))
        if self._disk.is_cut:
            _fail(apsw.SQLITE_IOERR_DELETE, "the power is off")
        super().xDelete(filename, syncdir)
        self._disk.remove(filename)


class _File(apsw.VFSFile):
    def __init__(self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._platter = disk.platter(path) if path else _Platter(bytearray())

    def xRead(self, amount: int, offset: int) -> bytes:
        self._disk.before("read", (Fault.READ,))
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.before("write", (Fault.FULL, Fault.WRITE, Fault.POWER))
        self._platter.write(bytes(data), offset)
        self._off("write")
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._disk.before("truncate", (Fault.WRITE, Fault.POWER))
        self._platter.truncate(newsize)
        self._off("truncate")
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._disk.before("sync", (Fault.SYNC, Fault.POWER))
        self._off("sync")
        super().xSync(flags)
        self._platter.sync()

    def _off(self, operation: str) -> None:
        if self._disk.is_cut:
            _fail(apsw.SQLITE_IOERR_WRITE, f"the power went off during a {operation}")


def _fail(code: int, message: str) -> NoReturn:
    error = apsw.IOError(message)
    error.extendedresult = code  # type: ignore[attr-defined]
    raise error
