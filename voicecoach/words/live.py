"""Writes an answer down while it is still being said.

At each silence, what is not yet written down goes to Whisper in the background; by the time
the turn is over, little is left or nothing. The sound is cut as ``Draft`` cuts it, so that
the words are those that a finished recording would give.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span
from voicecoach.sound.take import Take
from voicecoach.words import trailing
from voicecoach.words.fillers import Reheard, chunks, rehear, rehear_all
from voicecoach.words.transcriber import Draft, Transcriber, write_down
from voicecoach.words.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Written:
    """All words of an answer."""

    transcript: Transcript
    reheard: tuple[Reheard, ...] = ()
    """The second hearing, for fillers."""


def write_all(take: Take, transcriber: Transcriber) -> Written:
    """The words of a finished recording."""
    transcript = write_down(take, transcriber)
    return Written(transcript, rehear_all(take, transcriber) if transcript.words else ())


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer up to a silence."""

    clip: Clip
    speech: tuple[Span, ...]
    until: int
    """The frame after the last talk; -1 at the end of the answer."""


class Live:
    """One answer, written down by a thread of its own. It is a Listener of ``record``'s."""

    def __init__(self, transcriber: Callable[[], Transcriber]) -> None:
        """*transcriber* waits for the engine, which may still be loading."""
        self._transcriber = transcriber
        self._news = threading.Condition()
        self._wanted: _Heard | None = None
        """The latest silence; an older one that nobody has begun with is out of date."""
        self._at_work = False
        self._over = False
        self._draft: Draft | None = None
        self._text = ""
        self._written: tuple[int, tuple[Span, ...]] = (0, ())
        self._reheard: dict[Span, Reheard] = {}
        self._fault: BaseException | None = None
        # A daemon: a person who quits does not wait for Whisper.
        threading.Thread(target=self._work, daemon=True, name="live").start()

    @property
    def text(self) -> str:
        return self._text

    def went_quiet(self, samples: np.ndarray, speech: tuple[Span, ...], until: int) -> None:
        with self._news:
            self._wanted = _Heard(Clip(samples, SPEECH_RATE_HZ), speech, until)
            self._news.notify_all()

    def sounds_finished(self, until: int) -> bool | None:
        """What the words tell; False while they are not written down: then it is not sure."""
        with self._news:
            if self._written[0] != until:
                return False
            return trailing.finished(self._text)

    def finish(self, take: Take) -> Written:
        """All that was said; at once, when nothing was said since the last silence.

        Raises what the engine raised.
        """
        with self._news:
            if self._written[1] != take.speech:
                self._wanted = _Heard(take.clip, take.speech, -1)
            self._over = True
            self._news.notify_all()
            self._news.wait_for(lambda: self._fault or not (self._wanted or self._at_work))
        if self._fault:
            raise self._fault
        transcript = (self._draft or Draft(self._transcriber())).transcript(take.speech)
        if not transcript.words:
            return Written(transcript)
        heard = _Heard(take.clip, take.speech, -1)
        return Written(transcript, self._rehear(heard, self._transcriber()))

    def give_up(self) -> None:
        """There will be no answer."""
        with self._news:
            self._over, self._wanted = True, None
            self._news.notify_all()

    def _work(self) -> None:
        try:
            transcriber = self._transcriber()
            with self._news:
                self._draft = Draft(transcriber)
            while heard := self._next():
                self._draft.write(heard.clip, heard.speech)
                text = self._draft.transcript(heard.speech).text
                with self._news:
                    self._text, self._written = text, (heard.until, heard.speech)
                    out_of_date = self._wanted is not None
                if text and not out_of_date:
                    self._rehear(heard, transcriber)
                with self._news:
                    self._at_work = False
                    self._news.notify_all()
        except BaseException as fault:
            with self._news:
                self._fault = fault
                self._news.notify_all()

    def _rehear(self, heard: _Heard, transcriber: Transcriber) -> tuple[Reheard, ...]:
        """Hear for fillers what was not yet, or has grown since."""
        spans = chunks(heard.clip, heard.speech)
        for span in spans:
            if span not in self._reheard:
                self._reheard[span] = rehear(heard.clip.cut(span).samples, span, transcriber)
        return tuple(self._reheard[span] for span in spans)

    def _next(self) -> _Heard | None:
        """Wait for the next silence; None when there will be none."""
        with self._news:
            self._news.wait_for(lambda: self._wanted or self._over)
            heard, self._wanted = self._wanted, None
            self._at_work = heard is not None
            return heard
