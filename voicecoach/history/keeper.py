"""Keeps a practice while it goes on; whatever happens to the history, no answer is lost."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from voicecoach import __version__, private
from voicecoach.errors import HistoryError
from voicecoach.findings.finding import Review
from voicecoach.history import exchange
from voicecoach.history.kept import Attempt, Practice
from voicecoach.history.store import History
from voicecoach.history.unfinished import ASIDE, BrokenOff, Unfinished, clear, mark
from voicecoach.scenarios import Profile, Scenario
from voicecoach.sound.take import Take


class Keeper:
    """Takes in one attempt after the other, each at once."""

    def __init__(self, history: History, scenario: Scenario, rehearsal: bool = False) -> None:
        started = datetime.now(timezone.utc)
        uid = uuid4().hex
        local = started.astimezone().strftime("%Y-%m-%d-%H%M%S")
        self._history = history
        self._aside = False
        self._kept = False
        """Whether what was said before is in the history, unless it was deleted there."""
        self._how: Unfinished | None = None
        folder = history.folder / "recordings" / f"{local}-{uid[:4]}"
        self.folder = folder if rehearsal else writable(folder)
        """Where the recordings of this practice belong."""
        self._practice = Practice(
            uid=uid,
            started_at=started,
            scenario=scenario.id,
            title=scenario.title,
            version=__version__,
            rehearsal=rehearsal,
            folder=None if rehearsal else history.relative(self.folder),
        )

    @property
    def marked(self) -> bool:
        """Whether the practice can be gone on with when it breaks off."""
        return self._how is not None

    @property
    def number(self) -> int | None:
        """Its number in the history; None as long as nothing was kept there."""
        return self._history.holds(self._practice.uid)

    @classmethod
    def going_on(cls, history: History, broken_off: BrokenOff) -> Keeper:
        """With a practice that has not come to its end."""
        keeper = cls(history, broken_off.how.scenario, rehearsal=True)
        keeper.folder = broken_off.folder
        keeper._practice = replace(
            keeper._practice,
            uid=broken_off.how.uid,
            started_at=broken_off.how.started_at,
            rehearsal=False,
            folder=history.relative(broken_off.folder),
            attempts=broken_off.attempts,
        )
        keeper._kept = keeper.number is not None
        keeper._aside = (keeper.folder / ASIDE).exists()
        return keeper

    def begin(self, scenario: Scenario, persona: str, profile: Profile | None, advert: str) -> None:
        """Note how the practice is held, so that it can be gone on with; not of a rehearsal.

        Raises HistoryError.
        """
        if not self._practice.rehearsal:
            self._how = Unfinished(
                uid=self._practice.uid,
                started_at=self._practice.started_at,
                version=__version__,
                scenario=scenario,
                persona=persona,
                profile=profile,
                advert=advert,
                process=os.getpid(),
            )
            mark(self.folder, self._how)

    def end(self) -> None:
        """The practice has come to its end. Raises HistoryError."""
        if self._how:
            self._how = None
            clear(self.folder)

    def leave(self) -> None:
        """The practice was left before its end: unless nothing was said, it can be gone on with,
        and no process holds it any more. Raises HistoryError."""
        self._forget_deleted()
        if not (self._practice.attempts or any(self.folder.glob("*.flac"))):
            self.end()
        elif self._how:
            mark(self.folder, replace(self._how, process=None))

    def keep(
        self,
        review: Review,
        take: Take,
        line: str,
        reply: str | None = None,
        self_rating: int | None = None,
        *,
        recording: Path | None = None,
    ) -> None:
        """Keep an answer to *line*; what could not be kept before is tried again with it.

        *recording*: its sound, where that is not what the take has kept. Raises
        HistoryError, and then the practice so far lies in a file that can be imported.
        """
        path = recording or take.path
        attempt = Attempt(
            review=review,
            taken_at=datetime.now(timezone.utc),
            line=line,
            speech=take.speech,
            recording=self._history.relative(path) if path else None,
            reply=reply,
            self_rating=self_rating,
            title=review.round.title if review.round else "",
        )
        try:
            try:
                self._forget_deleted()
            finally:
                attempts = (*self._practice.attempts, attempt)
                self._practice = replace(self._practice, attempts=attempts)
            self._history.keep(self._practice)
            self._kept = True
        except HistoryError as error:
            raise HistoryError(f"{error} {self._put_aside()}") from error
        if self._aside:
            (self.folder / ASIDE).unlink(missing_ok=True)
            self._aside = False

    def _forget_deleted(self) -> None:
        """What the person has deleted meanwhile does not come back. Raises HistoryError."""
        if self._kept and self.number is None:
            self._practice = replace(self._practice, attempts=())
            self._kept = False

    def _put_aside(self) -> str:
        path = self.folder / ASIDE
        try:
            if self._practice.rehearsal:
                return "This rehearsal is not kept."
            private.write(path, exchange.as_json([self._practice]).encode())
        except HistoryError:
            return "What you say is heard, but this practice is not kept."
        self._aside = True
        return (
            "This practice is kept beside its recordings. When that is mended, run: "
            f"voicecoach history import --mine {path}"
        )


def writable(folder: Path) -> Path:
    """*folder*, or a private one for the time being when nothing can be written there."""
    try:
        private.make_folder(folder.parent)
        if os.access(folder.parent, os.W_OK | os.X_OK):
            return folder
    except OSError:
        pass
    return Path(mkdtemp(prefix="voicecoach-"))
