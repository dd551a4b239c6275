"""A practice that has not come to its end, and all that it takes to go on with it.

While a practice goes on a file lies beside its recordings; at its end it is removed. So it is
there after a power cut too, and for a practice in whose first answer the program was killed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from voicecoach import private
from voicecoach.errors import HistoryError, RecordingError, UsageError
from voicecoach.history.kept import Attempt, Practice
from voicecoach.history.store import History
from voicecoach.scenarios import Profile, Scenario
from voicecoach.sound.files import Recording, read

MARK = "unfinished.json"
"""The file in the folder of the recordings."""
ASIDE = "practice.json"
"""What the history could not take lies in this file, beside the recordings."""
SHORTEST_S = 1.0
"""A shorter beginning of an answer is not worth grading."""

_ANSWER = re.compile(r"\d+-(?P<round>\w+)-\d+\.flac")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How a practice was begun."""

    uid: str
    started_at: datetime
    version: str
    scenario: Scenario
    persona: str
    profile: Profile | None
    advert: str
    process: int | None
    """Number of the process that holds it, as long as that lives; None when it was left."""


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A practice to go on with."""

    how: Unfinished
    folder: Path
    """Of its recordings."""
    attempts: tuple[Attempt, ...]
    """What was kept, in order of time."""

    def answer(self) -> tuple[str, Recording] | None:
        """What is on disk of an answer that was being given, with the id of its round.

        A beginning too short to grade is put aside.
        """
        for path in sorted(self.folder.glob(f"{len(self.attempts) + 1:02}-*.flac")):
            if not (named := _ANSWER.fullmatch(path.name)):
                continue
            # Without a header even, where it was killed before the first second was on disk.
            with suppress(RecordingError):
                if read(path).duration_s >= SHORTEST_S:
                    return named["round"], Recording(path)
            _put_aside(path)
        return None

    def put_aside(self, recording: Recording) -> None:
        """Make room for another answer; what was said stays where it is, under another name."""
        _put_aside(recording.path)


def _put_aside(path: Path) -> None:
    names = (f"{path.stem}-broken-off-{number}{path.suffix}" for number in count(1))
    path.rename(next(free for name in names if not (free := path.with_name(name)).exists()))


def mark(folder: Path, how: Unfinished) -> None:
    """Say that the practice in *folder* goes on. Raises HistoryError."""
    private.write(folder / MARK, _ADAPTER.dump_json(how))


def clear(folder: Path) -> None:
    """The practice in *folder* has come to its end."""
    try:
        (folder / MARK).unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()
    except FileNotFoundError:
        # Deleted meanwhile, folder and all.
        pass
    except OSError as error:
        raise HistoryError(
            f"{folder / MARK} cannot be removed: {error.strerror}. Mend its rights and remove it."
        ) from error


def last(history: History) -> BrokenOff:
    """The practice that was begun last of those without an end.

    Raises UsageError when there is none, or when it goes on in another window.
    """
    found = max(_all(history), key=lambda one: one[0].started_at, default=None)
    if found is None:
        raise UsageError("There is no practice to go on with. Begin with: voicecoach practice")
    how, folder = found
    if _alive(how.process):
        raise UsageError(
            f"The practice '{how.scenario.title}' goes on in another window. Go on there, or end "
            "it there first."
        )
    return BrokenOff(how, folder, _attempts(history, how.uid, folder))


def _all(history: History) -> Iterator[tuple[Unfinished, Path]]:
    for path in (history.folder / "recordings").glob(f"*/{MARK}"):
        try:
            yield _ADAPTER.validate_json(path.read_bytes()), path.parent
        except (OSError, ValidationError):
            # Written by another version, or damaged: others may be whole.
            continue


def _attempts(history: History, uid: str, folder: Path) -> tuple[Attempt, ...]:
    kept: list[Practice] = []
    if number := history.holds(uid):
        kept.append(history.practice(number))
    if (aside := folder / ASIDE).exists():
        from voicecoach.history import exchange

        kept += exchange.read(aside.read_bytes(), str(aside))
    return max((one.attempts for one in kept), key=len, default=())


def _alive(process: int | None) -> bool:
    """Whether another process of that number lives; on Windows this cannot be asked harmlessly."""
    if process is None or os.name != "posix" or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # A number that was given to somebody else's process since.
        return False
    return True


_ADAPTER = TypeAdapter(Unfinished)
