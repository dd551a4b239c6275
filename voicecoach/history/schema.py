"""The tables of the history, as numbered migrations.

A migration that was ever released is never changed: a history of any age is
brought forward by those that it has not seen. A new field of a Finding or a
Measure needs none of them: what has no column goes into ``more``, as JSON.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("voicecoach")


@migrations()
def m001_sessions(db: Database) -> None:
    """A session has rounds, a round attempts, an attempt a transcript, findings and measures."""
    for statement in (
        """CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uid TEXT NOT NULL UNIQUE,
            started_at TEXT NOT NULL,  -- ISO 8601, UTC
            scenario TEXT NOT NULL,
            title TEXT NOT NULL,
            version TEXT NOT NULL,     -- of the voicecoach that heard it
            rehearsal INTEGER NOT NULL,
            owner TEXT,                -- NULL: one's own
            folder TEXT                -- of its recordings, under the data folder
        )""",
        """CREATE TABLE rounds (
            id INTEGER PRIMARY KEY,
            session_id INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
            round TEXT,                -- its id in prompts/rounds.toml
            title TEXT,
            as_practiced TEXT          -- JSON: the round as it was then
        )""",
        """CREATE TABLE attempts (
            id INTEGER PRIMARY KEY,
            round_id INTEGER NOT NULL REFERENCES rounds ON DELETE CASCADE,
            number INTEGER NOT NULL,   -- in the session, from 1
            attempt INTEGER NOT NULL,  -- at the round, from 1
            taken_at TEXT NOT NULL,
            line TEXT,                 -- what the interviewer said
            reply TEXT,                -- what the interviewer said to the answer
            self_rating INTEGER,
            recording TEXT,            -- under the data folder, or absolute
            speech TEXT NOT NULL,      -- JSON: [[start_s, end_s], ...]
            duration_s REAL NOT NULL,
            score INTEGER,
            sum TEXT,                  -- JSON: how the score came about
            advice TEXT NOT NULL,      -- JSON
            warnings TEXT NOT NULL,    -- JSON
            more TEXT                  -- JSON
        )""",
        """CREATE TABLE transcripts (
            attempt_id INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
            text TEXT NOT NULL,
            engine TEXT NOT NULL,
            model TEXT NOT NULL,
            segments TEXT NOT NULL     -- JSON: words with times and probabilities
        )""",
        """CREATE TABLE findings (
            attempt_id INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
            position INTEGER NOT NULL,
            criterion TEXT NOT NULL,
            verdict TEXT NOT NULL,
            asked INTEGER NOT NULL,    -- whether the round called for it, or is better without
            quote TEXT,
            start_s REAL,
            end_s REAL,
            confidence REAL NOT NULL,
            more TEXT,
            PRIMARY KEY (attempt_id, position)
        ) WITHOUT ROWID""",
        """CREATE TABLE measures (
            attempt_id INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            value REAL,
            unit TEXT NOT NULL,
            low REAL,
            high REAL,
            meaning TEXT NOT NULL,
            spans TEXT,                -- JSON
            more TEXT,
            PRIMARY KEY (attempt_id, position)
        ) WITHOUT ROWID""",
        # Each holds all that the list and the progress ask of its table, so that a thousand
        # practices are gone through without reading what was said in them.
        "CREATE INDEX sessions_in_time ON sessions (started_at, owner, rehearsal)",
        "CREATE INDEX rounds_in_short ON rounds (session_id)",
        "CREATE INDEX attempts_in_short ON attempts (round_id, number, attempt, duration_s, score)",
        "CREATE INDEX findings_in_short ON findings (attempt_id, criterion, verdict, asked) "
        "WHERE asked",
        "CREATE INDEX measures_in_short ON measures (attempt_id, name, value)",
    ):
        db.conn.execute(statement)


@migrations()
def m002_no_spans(db: Database) -> None:
    """The places of a measure are in ``more``, and the column for them was never filled.

    The table is written anew, for SQLite has learned only lately to drop a column.
    """
    columns = "attempt_id, position, name, value, unit, low, high, meaning, more"
    for statement in (
        "ALTER TABLE measures RENAME TO measures_001",
        "DROP INDEX measures_in_short",
        """CREATE TABLE measures (
            attempt_id INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            value REAL,
            unit TEXT NOT NULL,
            low REAL,
            high REAL,
            meaning TEXT NOT NULL,
            more TEXT,                 -- JSON
            PRIMARY KEY (attempt_id, position)
        ) WITHOUT ROWID""",
        f"INSERT INTO measures ({columns}) SELECT {columns} FROM measures_001",
        "DROP TABLE measures_001",
        "CREATE INDEX measures_in_short ON measures (attempt_id, name, value)",
    ):
        db.conn.execute(statement)
