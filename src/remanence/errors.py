"""The error tree. Each message says what happened and what to do about it.

RemanenceError
├── BadInput                 what was given cannot be used
│   └── UnknownSetting       a setting by that name does not exist
├── ScopeViolation           a scope was asked to reach outside itself
├── NotFound                 an id that was named does not exist in this scope
├── StoreError               the file could not be read or written
│   ├── StoreBusy            other processes held the file for longer than the time allowed
│   ├── StoreReadOnly        the file or its folder cannot be written
│   ├── StoreCorrupt         the file is damaged or not a memory at all
│   ├── StoreFull            the disk is full; nothing of the write was kept
│   └── StoreNewer           the file was written by a newer version
├── EmbedderError
│   ├── EmbedderUnavailable  the embedder's weights or package are not installed
│   └── EmbedderMismatch     the file was built with another embedder
└── BackendFailed            a remote or local back-end answered with an error, or not at all
"""

from __future__ import annotations


class RemanenceError(Exception):
    """Any error that remanence raises on purpose."""


class BadInput(RemanenceError, ValueError):
    """What was given cannot be used; nothing was written."""


class UnknownSetting(BadInput):
    """A setting by that name does not exist."""


class ScopeViolation(RemanenceError, PermissionError):
    """A scope was asked to reach outside itself."""


class NotFound(RemanenceError, LookupError):
    """An id that was named does not exist in this scope."""


class StoreError(RemanenceError, OSError):
    """The store could not be read or written; what it held before is intact."""


class StoreBusy(StoreError):
    """Other processes held the file for longer than the time allowed."""


class StoreReadOnly(StoreError):
    """The file or its folder cannot be written."""


class StoreCorrupt(StoreError):
    """The file is damaged, or is not a memory at all."""


class StoreFull(StoreError):
    """The disk is full; nothing of the write was kept."""


class StoreNewer(StoreError):
    """The file was written by a newer version of remanence."""


class EmbedderError(RemanenceError):
    """Something about the embedder."""


class EmbedderUnavailable(EmbedderError):
    """The embedder's weights or package are not installed."""


class EmbedderMismatch(EmbedderError):
    """The file was built with another embedder."""


class BackendFailed(RemanenceError):
    """A back-end answered with an error, or not at all."""
