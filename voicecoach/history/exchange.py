"""A practice out of the history and into another: JSON, and a zip with report and recordings.

What comes from somebody else is looked over before any of it is taken in: its JSON is held
to the values it must hold, and of a zip only the recordings that it names are unpacked.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timezone
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from voicecoach import __version__, private
from voicecoach.errors import HistoryError, UsageError
from voicecoach.history.kept import Practice
from voicecoach.history.store import History
from voicecoach.sound.files import SUFFIXES

FORMAT = 1
INSIDE = "practice.json"
"""The name of the JSON in a zip."""
LARGEST_JSON_B = 200 * 10**6
LARGEST_RECORDING_B = 200 * 10**6
"""Half an hour, the longest answer there is, takes 170 MB as FLAC at 48 kHz."""
LARGEST_ZIP_B = 2 * 10**9

_PRACTICES = TypeAdapter(tuple[Practice, ...])


def as_json(practices: Iterable[Practice]) -> str:
    """Practices as JSON that ``read`` takes in again."""
    sessions = _PRACTICES.dump_python(tuple(practices), mode="json")
    return json.dumps(
        {"format": FORMAT, "voicecoach": __version__, "sessions": sessions}, ensure_ascii=False
    )


def read(text: str | bytes, name: str) -> tuple[Practice, ...]:
    """The practices that ``as_json`` wrote; *name* is what a complaint calls it."""
    try:
        whole = json.loads(text, parse_constant=_refuse)
        if whole["format"] > FORMAT:
            raise HistoryError(f"{name} was written by a newer voicecoach. Update this one.")
        practices = _PRACTICES.validate_python(_printable(whole["sessions"]))
        return tuple(
            replace(one, started_at=one.started_at.astimezone(timezone.utc)) for one in practices
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HistoryError(
            f"{name} is not a practice as voicecoach exports it: {where}: {first['msg']}. "
            "Have it exported again."
        ) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise HistoryError(
            f"{name} is not what voicecoach exports. "
            "Take a file made by: voicecoach history export --session N --with-audio"
        ) from error


def zipped(history: History, practice: Practice, report: str) -> bytes:
    """The practice as one file for a coach: report, JSON and recordings."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("report.html", report)
        attempts = []
        for number, attempt in enumerate(practice.attempts, start=1):
            path = history.sound_of(attempt)
            name = f"recordings/{number:02}{path.suffix.lower()}" if path else None
            if path and name:
                # FLAC is as small as it gets.
                file.write(path, name, zipfile.ZIP_STORED)
            attempts.append(replace(attempt, recording=name))
        bare = replace(practice, attempts=tuple(attempts), folder=None, number=None)
        file.writestr(INSIDE, as_json([bare]))
    return packed.getvalue()


def take_in(history: History, file: Path, owner: str | None) -> list[tuple[int, bool]]:
    """Import a JSON or zip file; the number of each practice in it, and whether it is new.

    *owner*: whose it is; None for one's own, which counts in one's figures.
    """
    try:
        packed = zipfile.is_zipfile(file)
        content = b"" if packed else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}. Look at its name.") from error
    if not packed:
        return [_kept(history, one, owner, {}, file.name) for one in read(content, file.name)]
    try:
        with zipfile.ZipFile(file) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if sum(sizes.values()) > LARGEST_ZIP_B or sizes.get(INSIDE, 0) > LARGEST_JSON_B:
                raise HistoryError(f"{file.name} is too large to be a practice. Export it again.")
            if INSIDE not in sizes:
                raise HistoryError(
                    f"{file.name} holds no {INSIDE}. Take a file made by: "
                    "voicecoach history export --session N --with-audio"
                )
            practices = read(archive.read(INSIDE), file.name)
            sounds = {
                name: archive.read(name)
                for one in practices
                for attempt in one.attempts
                if (name := attempt.recording) and 0 < sizes.get(name, 0) <= LARGEST_RECORDING_B
            }
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise HistoryError(f"{file.name} is a damaged zip: {error}. Have it sent again.") from error
    return [_kept(history, one, owner, sounds, file.name) for one in practices]


def _kept(
    history: History,
    practice: Practice,
    owner: str | None,
    sounds: Mapping[str, bytes],
    name: str,
) -> tuple[int, bool]:
    present = history.holds(practice.uid)
    if present is not None and (owner or not practice.attempts):
        return present, False
    # Nothing that somebody else has written becomes part of a path.
    folder = f"recordings/imported-{sha256(practice.uid.encode()).hexdigest()[:16]}"
    attempts = []
    for number, attempt in enumerate(practice.attempts, start=1):
        kept: str | None = None
        if attempt.recording in sounds:
            kept = f"{folder}/{number:02}{_suffix(attempt.recording or '')}"
            private.write(history.folder / kept, sounds[attempt.recording or ""])
        elif owner is None and history.sound_of(attempt):
            kept = attempt.recording
        attempts.append(replace(attempt, recording=kept))
    here = practice.folder if owner is None and not sounds else folder
    try:
        number = history.keep(
            replace(practice, owner=owner, folder=here, attempts=tuple(attempts), number=None)
        )
    except OverflowError as error:
        raise HistoryError(
            f"{name} holds a number that is too large. Have it exported again."
        ) from error
    return number, present is None


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in SUFFIXES else ".flac"


def _printable(value: Any) -> Any:
    """The same without characters that would steer a terminal, or turn text around."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else " " for c in value)
    if isinstance(value, list):
        return [_printable(one) for one in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(one) for key, one in value.items()}
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
