"""The history on disk: one SQLite file and the recordings beside it, for their owner alone.

Each call opens the file and closes it again, so that several programs share it without
waiting for one another, and nothing is left open when one of them is killed.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from voicecoach import private
from voicecoach.errors import HistoryError

if TYPE_CHECKING:
    # Imported where they are needed: a list is to be there at once, and a practice to start.
    from pydantic import TypeAdapter
    from sqlite_utils import Database

    from voicecoach.findings.finding import Review
    from voicecoach.history.kept import Attempt, Practice

NEWEST = 2
"""The number of the last migration. A file says in its user_version how many it has seen."""
PATIENCE_S = 5.0
"""How long to wait for another program that is writing."""

_FINDING = ("criterion", "verdict", "quote", "start_s", "end_s", "confidence")
_MEASURE = ("name", "value", "unit", "low", "high", "meaning")
_ATTEMPT = ("attempt", "duration_s", "score", "advice", "warnings")


@dataclass(frozen=True, slots=True)
class Listed:
    """A practice in one line."""

    number: int
    started_at: datetime
    title: str
    attempts: int
    rounds: int
    score: float | None
    """Mean over the rounds of the last attempt's score, of 100."""
    spoken_s: float
    rehearsal: bool
    owner: str | None


class History:
    """What was practiced; every method raises HistoryError, one sentence with what to do."""

    def __init__(self, folder: Path | None = None, patience_s: float = PATIENCE_S) -> None:
        """*folder*: where it lies; the platform's data folder when none is named. *patience_s*:
        how long to wait for another program that writes, in seconds."""
        self.folder = folder or user_data_path("voicecoach")
        self.path = self.folder / "history.db"
        self._patience_s = patience_s

    def keep(self, practice: Practice) -> int:
        """Keep a practice, or those of its attempts that are not there yet; its number."""
        with self._written() as db:
            found = list(db.query("SELECT id FROM sessions WHERE uid = ?", [practice.uid]))
            session = found[0]["id"] if found else self._insert(db, practice)
            last = _one(
                db,
                "SELECT coalesce(max(number), 0) FROM attempts "
                "JOIN rounds ON rounds.id = round_id WHERE session_id = ?",
                session,
            )
            for number, attempt in enumerate(practice.attempts, start=1):
                if number > last:
                    self._insert_attempt(db, session, number, attempt)
        return int(session)

    def holds(self, uid: str) -> int | None:
        """The number of the practice with this *uid*; None when it is not there."""
        if not self.path.exists():
            return None
        with self._read() as file:
            found = file.execute("SELECT id FROM sessions WHERE uid = ?", [uid]).fetchone()
            return found["id"] if found else None

    def listed(self) -> list[Listed]:
        """Every practice, the latest first."""
        with self._read() as file:
            rows = file.execute(
                """SELECT sessions.id, started_at, title, rehearsal, owner, attempts, rounds,
                          spoken_s, score
                   FROM sessions LEFT JOIN (
                       SELECT session_id, sum(attempts) AS attempts, count(*) AS rounds,
                              sum(spoken_s) AS spoken_s, avg(score) AS score
                       FROM (SELECT session_id, count(*) AS attempts,
                                    sum(duration_s) AS spoken_s, score, max(number)
                             FROM attempts JOIN rounds ON rounds.id = round_id
                             GROUP BY round_id)
                       GROUP BY session_id) ON session_id = sessions.id
                   ORDER BY started_at DESC, sessions.id DESC"""
            )
            return [
                Listed(
                    number=row["id"],
                    started_at=datetime.fromisoformat(row["started_at"]),
                    title=row["title"],
                    attempts=row["attempts"] or 0,
                    rounds=row["rounds"] or 0,
                    score=row["score"],
                    spoken_s=row["spoken_s"] or 0.0,
                    rehearsal=bool(row["rehearsal"]),
                    owner=row["owner"],
                )
                for row in rows
            ]

    def latest(self) -> Practice:
        """The person's own practice that began last."""
        with self._read() as file:
            found = file.execute(
                "SELECT id FROM sessions WHERE owner IS NULL "
                "ORDER BY started_at DESC, id DESC LIMIT 1"
            ).fetchone()
            if not found:
                raise self._empty()
            return self._practice(file, found["id"])

    def practice(self, number: int) -> Practice:
        with self._read() as file:
            return self._practice(file, number)

    def practices(self) -> Iterator[Practice]:
        """Every practice, in order of time."""
        for one in reversed(self.listed()):
            yield self.practice(one.number)

    def answers(self, *questions: str) -> list[list[sqlite3.Row]]:
        """What each question to the tables gives, all at one moment."""
        with self._read() as file:
            return [file.execute(question).fetchall() for question in questions]

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove practices: their rows, recordings and reports, and all traces in the file.

        All or nothing: it waits for other programs, and gives up before anything is removed.
        """
        with self._alone() as file:
            gone = []
            for number in numbers:
                found = file.execute(
                    "SELECT folder FROM sessions WHERE id = ?", [number]
                ).fetchone()
                if not found:
                    raise self._unknown(number)
                gone.append((number, found["folder"]))
            for number, folder in gone:
                # The sound first: when this is cut short, the row still leads to the rest.
                self._remove(self._inside(folder))
                self._remove(self.report_path(number))
                file.execute("DELETE FROM sessions WHERE id = ?", [number])
            file.commit()
            _wipe(file)

    def purge(self) -> None:
        """Remove everything: rows, recordings, reports, and the file itself."""
        try:
            with self._alone() as file:
                file.execute("DELETE FROM sessions")
                file.commit()
                _wipe(file)
        except HistoryError as error:
            if "another program" in str(error):
                raise
            # What cannot be read can still be removed.
        for name in ("recordings", "reports", *(f"history.db{end}" for end in _ENDS)):
            self._remove(self.folder / name)

    def sound_of(self, attempt: Attempt) -> Path | None:
        """The recording of an attempt, where it is still there."""
        if not attempt.recording:
            return None
        path = self.folder / attempt.recording
        return path if path.is_file() else None

    def report_path(self, number: int) -> Path:
        return self.folder / "reports" / f"session-{number}.html"

    def relative(self, path: Path) -> str:
        """*path* as it is kept: relative to the data folder when it lies in it."""
        path = path.resolve()
        home = self.folder.resolve()
        return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)

    def _insert(self, db: Database, practice: Practice) -> int:
        row = db.table("sessions").insert(
            {
                "uid": practice.uid,
                "started_at": _utc(practice.started_at),
                "scenario": practice.scenario,
                "title": practice.title,
                "version": practice.version,
                "rehearsal": int(practice.rehearsal),
                "owner": practice.owner,
                "folder": practice.folder,
            }
        )
        return int(row.last_pk or 0)

    def _insert_attempt(self, db: Database, session: int, number: int, attempt: Attempt) -> None:
        from voicecoach.feedback import advice

        review = _reviews().dump_python(attempt.review, mode="json")
        transcript = review.pop("transcript")
        findings, measures = review.pop("findings"), review.pop("measures")
        row, more = _split(review, _ATTEMPT)
        more.pop("round", None)
        points = attempt.review.score.points if attempt.review.score else None
        attempt_id = (
            db.table("attempts")
            .insert(
                {
                    "round_id": self._round(db, session, attempt),
                    "number": number,
                    "attempt": row["attempt"],
                    "taken_at": _utc(attempt.taken_at),
                    "line": attempt.line,
                    "reply": attempt.reply,
                    "self_rating": attempt.self_rating,
                    "recording": attempt.recording,
                    "speech": json.dumps([[s.start_s, s.end_s] for s in attempt.speech]),
                    "duration_s": row["duration_s"],
                    "score": points,
                    "sum": json.dumps(row["score"]),
                    "advice": json.dumps(row["advice"]),
                    "warnings": json.dumps(row["warnings"]),
                    "more": _some(more),
                }
            )
            .last_pk
        )
        db.table("transcripts").insert(
            {
                "attempt_id": attempt_id,
                "text": attempt.review.transcript.text,
                "engine": transcript["engine"],
                "model": transcript["model"],
                "segments": json.dumps(transcript["segments"]),
            }
        )
        wanted = advice.asked(attempt.review)
        db.table("findings").insert_all(
            {
                "attempt_id": attempt_id,
                "position": position,
                "asked": int(finding["criterion"] in wanted),
                **_finding_row(finding),
            }
            for position, finding in enumerate(findings)
        )
        db.table("measures").insert_all(
            {"attempt_id": attempt_id, "position": position, **_measure_row(measure)}
            for position, measure in enumerate(measures)
        )

    def _round(self, db: Database, session: int, attempt: Attempt) -> int:
        round_ = attempt.review.round
        id_, title = (round_.id, round_.title) if round_ else (None, attempt.title)
        found = list(
            db.query(
                "SELECT id FROM rounds WHERE session_id = ? AND round IS ? AND title IS ?",
                [session, id_, title],
            )
        )
        if found:
            return int(found[0]["id"])
        whole = _reviews().dump_python(attempt.review, include={"round"}, mode="json")["round"]
        row = db.table("rounds").insert(
            {"session_id": session, "round": id_, "title": title, "as_practiced": json.dumps(whole)}
        )
        return int(row.last_pk or 0)

    def _practice(self, file: sqlite3.Connection, number: int) -> Practice:
        from voicecoach.history.kept import Practice

        row = file.execute("SELECT * FROM sessions WHERE id = ?", [number]).fetchone()
        if not row:
            raise self._unknown(number)
        attempts = file.execute(
            """SELECT attempts.*, rounds.title, as_practiced, engine, model, segments
               FROM attempts JOIN rounds ON rounds.id = round_id
               JOIN transcripts ON attempt_id = attempts.id
               WHERE session_id = ? ORDER BY number""",
            [number],
        )
        return Practice(
            uid=row["uid"],
            started_at=datetime.fromisoformat(row["started_at"]),
            scenario=row["scenario"],
            title=row["title"],
            version=row["version"],
            rehearsal=bool(row["rehearsal"]),
            owner=row["owner"],
            folder=row["folder"],
            attempts=tuple(_attempt(file, attempt) for attempt in attempts.fetchall()),
            number=number,
        )

    def _inside(self, folder: str | None) -> Path | None:
        """A folder of recordings of ours; None for any other."""
        path = (self.folder / (folder or "")).resolve()
        recordings = (self.folder / "recordings").resolve()
        return path if path != recordings and path.is_relative_to(recordings) else None

    def _remove(self, path: Path | None) -> None:
        if path is None:
            return
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except OSError as error:
            raise HistoryError(
                f"{path} cannot be removed: {error.strerror}. Mend its rights and delete again."
            ) from error

    @contextmanager
    def _written(self) -> Iterator[Database]:
        """The history in one transaction: all of it is kept, or nothing."""
        from sqlite_utils import Database

        with self._open() as file:
            file.execute("BEGIN IMMEDIATE")
            try:
                yield Database(file, execute_plugins=False)
            except BaseException:
                file.rollback()
                raise
            file.commit()

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            raise self._empty()
        with self._open(only_read=True) as file:
            file.execute("BEGIN")
            yield file

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """The history while no other program has it open."""
        if not self.path.exists():
            raise self._empty()
        with self._open(alone=True) as file:
            file.execute("BEGIN EXCLUSIVE")
            yield file

    @contextmanager
    def _open(self, only_read: bool = False, alone: bool = False) -> Iterator[sqlite3.Connection]:
        with self._told(), closing(self._connect(only_read)) as file:
            file.row_factory = sqlite3.Row
            file.execute("PRAGMA foreign_keys = ON")
            # What is deleted is overwritten, and what is sorted is not written elsewhere.
            file.execute("PRAGMA secure_delete = ON")
            file.execute("PRAGMA temp_store = MEMORY")
            if alone:
                file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._bring_forward(file)
            yield file

    def _connect(self, only_read: bool) -> sqlite3.Connection:
        if not self.path.exists():
            private.make_folder(self.folder)
            # Made before SQLite opens it, which gives the files beside it the same rights.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, timeout=self._patience_s)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if not only_read or _is_busy(error):
                raise
            # In a folder that may not be written, SQLite can keep no notes beside the file.
            uri = f"{self.path.resolve().as_uri()}?immutable=1"
            return sqlite3.connect(uri, uri=True, timeout=self._patience_s)
        return connection

    def _bring_forward(self, file: sqlite3.Connection) -> None:
        version = file.execute("PRAGMA user_version").fetchone()[0]
        if version > NEWEST:
            raise HistoryError(
                f"The history in {self.path} was written by a newer voicecoach. "
                "Update this one: pip install --upgrade voicecoach"
            )
        if version < NEWEST:
            from sqlite_utils import Database

            from voicecoach.history.schema import migrations

            file.execute("BEGIN IMMEDIATE")
            # Another program may have done it in the meantime; apply looks again.
            migrations.apply(Database(file, execute_plugins=False))
            file.execute(f"PRAGMA user_version = {NEWEST}")
            file.commit()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite and the system say, as one sentence with what to do."""
        try:
            yield
        except sqlite3.Error as error:
            said = str(error)
            if _is_busy(error):
                advice = (
                    "is in use by another program. Close the other voicecoach, and do this again."
                )
            elif "disk is full" in said or "disk I/O error" in said:
                advice = f"cannot be written: {said}. Free some space on that disk."
            elif "readonly" in said or "unable to open" in said:
                advice = f"cannot be written: {said}. Give yourself the right to write there."
            elif "malformed" in said or "not a database" in said or "disk image" in said:
                advice = (
                    f"is damaged: {said}. Move that file elsewhere, and a new history begins; "
                    "what can be saved of it, 'sqlite3 history.db .recover' prints."
                )
            else:
                advice = f"cannot be used: {said}. Keep a copy of that file, and report this."
            raise HistoryError(f"The history in {self.path} {advice}") from error
        except OSError as error:
            raise HistoryError(
                f"The history in {self.path} cannot be written: {error.strerror}. "
                "Give yourself the right to write there, or free some space."
            ) from error

    def _empty(self) -> HistoryError:
        return HistoryError("Nothing has been practiced yet. Begin with: voicecoach practice")

    def _unknown(self, number: int) -> HistoryError:
        return HistoryError(
            f"There is no session {number} in the history. See which there are: "
            "voicecoach history list"
        )


_ENDS = ("", "-wal", "-shm", "-journal")


def _is_busy(error: sqlite3.Error) -> bool:
    return "locked" in str(error) or "busy" in str(error)


@cache
def _reviews() -> TypeAdapter[Review]:
    """Between a Review and JSON values."""
    from pydantic import TypeAdapter

    from voicecoach.findings.finding import Review

    return TypeAdapter(Review)


def _wipe(file: sqlite3.Connection) -> None:
    """Leave no byte of what was deleted in the file or beside it."""
    file.execute("VACUUM")
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _one(db: Database, sql: str, *values: object) -> Any:
    return db.execute(sql, values).fetchone()[0]


def _utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds")


def _some(value: Any) -> str | None:
    return json.dumps(value) if value else None


def _split(whole: dict[str, Any], columns: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What has a column, and all else."""
    rest = dict(whole)
    return {name: rest.pop(name, None) for name in columns}, rest


def _finding_row(finding: dict[str, Any]) -> dict[str, Any]:
    span = finding.pop("span", None) or {}
    row, more = _split(finding | span, _FINDING)
    return row | {"more": _some(more)}


def _measure_row(measure: dict[str, Any]) -> dict[str, Any]:
    row, more = _split(measure, _MEASURE)
    return row | {"more": _some(more)}


def _attempt(file: sqlite3.Connection, row: sqlite3.Row) -> Attempt:
    """The attempt that *row* and what belongs to it tell of."""
    from voicecoach.history.kept import Attempt
    from voicecoach.sound.clip import Span

    findings = [
        {
            "criterion": found["criterion"],
            "verdict": found["verdict"],
            "quote": found["quote"],
            "span": None
            if found["start_s"] is None
            else {"start_s": found["start_s"], "end_s": found["end_s"]},
            "confidence": found["confidence"],
            **json.loads(found["more"] or "{}"),
        }
        for found in _belonging(file, "findings", row["id"])
    ]
    measures = [
        {name: found[name] for name in _MEASURE} | json.loads(found["more"] or "{}")
        for found in _belonging(file, "measures", row["id"])
    ]
    review = _reviews().validate_python(
        {
            "round": json.loads(row["as_practiced"]),
            "attempt": row["attempt"],
            "duration_s": row["duration_s"],
            "transcript": {
                "segments": json.loads(row["segments"]),
                "engine": row["engine"],
                "model": row["model"],
            },
            "findings": findings,
            "measures": measures,
            "score": json.loads(row["sum"]),
            "advice": json.loads(row["advice"]),
            "warnings": json.loads(row["warnings"]),
            **json.loads(row["more"] or "{}"),
        }
    )
    return Attempt(
        review=review,
        taken_at=datetime.fromisoformat(row["taken_at"]),
        line=row["line"],
        speech=tuple(Span(start_s, end_s) for start_s, end_s in json.loads(row["speech"])),
        recording=row["recording"],
        reply=row["reply"],
        self_rating=row["self_rating"],
        title=row["title"] or "",
    )


def _belonging(file: sqlite3.Connection, table: str, attempt_id: int) -> list[sqlite3.Row]:
    return file.execute(
        f"SELECT * FROM {table} WHERE attempt_id = ? ORDER BY position", [attempt_id]
    ).fetchall()
