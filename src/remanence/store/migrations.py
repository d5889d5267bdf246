"""The schema of the one file as numbered steps: an empty database in, the current schema out.

Each step is applied and recorded in one transaction, so a file is always at exactly one version. Steps are never edited
once released: a change of mind is a new step.
"""

from __future__ import annotations

from typing import NamedTuple


class Migration(NamedTuple):
    number: int
    reason: str
    statements: tuple[str, ...]


MIGRATIONS = (
    Migration(
        1,
        "episodes, their index, scopes and the history of changes",
        (
            # One row per distinct combination of scope fields, so that an episode carries an integer, not five strings,
            # and a capability becomes a set of integers. '' stands for an open field: NULLs would not be unique.
            """
            create table scope (
                id integer primary key,
                tenant text not null,
                user text not null,
                agent text not null,
                session text not null,
                project text not null,
                unique (tenant, user, agent, session, project)
            ) strict
            """,
            # The history. It holds no words of anybody, so erasing an episode need not rewrite it.
            """
            create table change (
                seq integer primary key,
                id text not null unique,
                action text not null,
                scope integer not null references scope(id),
                made_at integer not null,
                ends_at integer,
                undoes text,
                reason text not null
            ) strict
            """,
            # The ledger. `seq` is the order of recording and never reused (autoincrement), so a reader can ask for what
            # came after. Moments are microseconds since 1970 UTC; `said_offset` keeps the speaker's zone in seconds.
            """
            create table episode (
                seq integer primary key autoincrement,
                id text not null unique,
                scope integer not null references scope(id),
                added_by integer not null references change(seq),
                kind text not null,
                text text not null,
                speaker text,
                role text,
                said_at integer not null,
                said_offset integer not null,
                heard_at integer not null,
                source text,
                trust text not null,
                key text not null,
                metadata text not null,
                document text,
                span_start integer,
                span_end integer,
                valid_to integer,
                valid_offset integer,
                retired_at integer
            ) strict
            """,
            # A scope reads its own rows in order without touching its neighbours'.
            "create index episode_scope on episode (scope, seq)",
            "create index episode_change on episode (added_by)",
            # What search needs, apart from the words so that filling it in later does not rewrite them. Same transaction,
            # same file: an index can not remember what the ledger has forgotten.
            """
            create table entry (
                seq integer primary key references episode(seq),
                terms blob not null,
                vector blob,
                scale real not null,
                cues integer not null
            ) strict
            """,
            # Finding what still waits for a vector must not read the vectors that are there.
            "create index entry_deferred on entry (seq) where vector is null",
            # Episodes that a change retired (-1), restored (+1) or erased (0), by id: the row may be gone.
            """
            create table touch (
                change integer not null references change(seq),
                episode text not null,
                effect integer not null,
                place integer not null,
                primary key (change, episode)
            ) strict, without rowid
            """,
            "create index touch_episode on touch (episode)",
            # The log that lets another process keep its copy of the index current after a row it already read has moved.
            """
            create table move (
                seq integer primary key autoincrement,
                scope integer not null,
                episode integer not null
            ) strict
            """,
            # Facts about the file itself: embedder, dimension, generation.
            "create table property (name text primary key, value any) strict, without rowid",
            "insert into property (name, value) values ('generation', 1)",
        ),
    ),
    Migration(
        2,
        "what distillers read from episodes",
        (
            # One reading of an episode per layer; `claims` is a JSON list, `count` its length, so that counting parses
            # nothing. A table with its own row numbers, since one kept in the order of its key would copy derived text
            # from page to page whenever it grows, and an erasure would have to hunt for the copies.
            """
            create table reading (
                seq integer not null references episode(seq),
                layer text not null,
                "by" text not null,
                state text not null,
                count integer not null,
                detail text not null,
                claims text not null,
                primary key (seq, layer)
            ) strict
            """,
            # Finding what waits to be tried again must not read what was done.
            "create index reading_deferred on reading (seq) where state = 'deferred'",
        ),
    ),
)

LATEST = MIGRATIONS[-1].number
