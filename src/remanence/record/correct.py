"""Change what is believed without rewriting what was said: a correction ends an episode and brings in its successor."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter

from remanence.changes import new_change
from remanence.errors import BadInput, NotFound
from remanence.ports import Embedder, Store
from remanence.record.intake import intake
from remanence.record.write import Read, commit, entries
from remanence.types import Action, Change, Episode, Filter, Receipt, Scope, Spent


def correct(
    store: Store,
    scope: Scope,
    id: str,
    text: str,
    said_at: datetime,
    heard_at: datetime,
    embedder: Embedder | None,
    reason: str = "",
    read: Read | None = None,
) -> Receipt:
    """Supersede episode `id` by `text`: the old one was so until `said_at`, the new one is so from then on.

    Raises `NotFound`, and `BadInput` where the episode is no longer current or the text is the same.
    """
    old = current(store, scope, id)
    if text == old.text:
        raise BadInput(f"Episode {id} already says exactly that. Nothing was changed.")
    taken = intake(
        text, scope=old.scope, heard_at=heard_at, said_at=max(said_at, old.said_at), speaker=old.speaker, role=old.role,
        source=old.source, trust=old.trust, kind=old.kind, metadata={**old.metadata, "corrects": old.id},
        key=f"{old.id} corrected {heard_at.isoformat()}",  # by its words it might be an episode that was given up before
    )  # fmt: skip
    return commit(
        store, scope, taken, entries(taken.episodes, embedder, read), heard_at, reason,
        action=Action.SUPERSEDE, retired=(old.id,), ends_at=taken.episodes[0].said_at,
    )  # fmt: skip


def retire(store: Store, scope: Scope, where: Filter, made_at: datetime, reason: str = "") -> Receipt:
    """Take back every current episode that meets `where`, as if it had never been said; `undo` brings them back.

    Raises `BadInput` for an empty filter: it would take back everything.
    """
    if where.is_empty:
        raise BadInput("An empty filter would take back everything. Name a source, a speaker or a time.")
    started = perf_counter()
    doomed = tuple(episode.id for episode in store.at(scope, store.select(scope, where)) if episode.is_current)
    if not doomed:
        return Receipt(None, (), spent=Spent(perf_counter() - started))
    change = store.commit(new_change(Action.RETRACT, scope, made_at, retired=doomed, reason=reason))
    return Receipt(change.id, doomed, spent=Spent(perf_counter() - started))


def undo(store: Store, scope: Scope, id: str, made_at: datetime, reason: str = "") -> Change:
    """Reverse change `id`: what it added is retired, what it retired is current again. An undo can itself be undone.

    Raises `NotFound`, and `BadInput` for an erasure or where a later change builds on this one.
    """
    change = store.change(scope, id)
    if change.action is Action.ERASE:
        raise BadInput(f"Change {id} erased episodes; what is erased cannot come back.")
    left = (*change.added, *change.restored)
    states = {episode.id: episode.is_current for episode in store.get(scope, [*left, *change.retired])}
    if not all(states.get(id_, False) for id_ in left) or any(states.get(id_, True) for id_ in change.retired):
        raise BadInput(f"A later change builds on {id}, or it was undone already; undo the later one first (see `history`).")
    origin = store.change(scope, change.undoes) if change.undoes else None
    return store.commit(
        new_change(
            Action.UNDO, change.scope, made_at, retired=left, restored=change.retired, undoes=id, reason=reason,
            ends_at=origin.ends_at if origin else None,
        )
    )  # fmt: skip


def current(store: Store, scope: Scope, id: str) -> Episode:
    """The episode by this id. Raises `NotFound`, or `BadInput` where it was superseded or undone."""
    found = store.get(scope, [id])
    if not found:
        raise NotFound(f"There is no episode {id!r} in this scope.")
    if not found[0].is_current:
        raise BadInput(f"Episode {id} is no longer current; `history` shows what replaced it.")
    return found[0]
