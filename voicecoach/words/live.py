"""Writes an answer down while it is still being said, and follows its pitch.

At each silence, what is not yet written down goes to Whisper in the background; by the time
the turn is over, little is left or nothing. The sound is cut as ``Draft`` cuts it, so that
the words are those that a finished recording would give.

Fillers are heard for in chunks that have ended, for a chunk that grows would be heard over and
over; and in the last one when the silence goes on, for it may be the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span
from voicecoach.sound.pitch import Pitch, joined, pitch, stretches
from voicecoach.sound.take import Take
from voicecoach.words import trailing
from voicecoach.words.fillers import Reheard, rehear, rehear_all
from voicecoach.words.transcriber import Draft, Transcriber
from voicecoach.words.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Written:
    """All words of an answer."""

    transcript: Transcript
    reheard: tuple[Reheard, ...] = ()
    """The second hearing, for fillers."""
    pitch: Pitch | None = None
    """From the first talk to the last, where it was followed meanwhile."""


def write_all(take: Take, transcriber: Transcriber) -> Written:
    """The words of a finished recording."""
    draft = Draft(transcriber)
    draft.write(take.clip, take.speech)
    transcript = draft.transcript(take.speech)
    if not transcript.words:
        return Written(transcript)
    return Written(transcript, rehear_all(take.clip, draft.chunks, transcriber))


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
        self._talked_until = 0
        """The frame after the last talk, as the turn counts now."""
        self._reheard: dict[Span, Reheard] = {}
        self._pitch: dict[Span, Future[Pitch]] = {}
        # Beside the other thread: what Whisper is behind with does not hold it up.
        self._tracker = ThreadPoolExecutor(1, "pitch")
        self._fault: BaseException | None = None
        # A daemon: a person who quits does not wait for Whisper.
        threading.Thread(target=self._work, daemon=True, name="live").start()

    @property
    def text(self) -> str:
        return self._text

    def went_quiet(self, samples: np.ndarray, speech: tuple[Span, ...], until: int) -> None:
        clip = Clip(samples, SPEECH_RATE_HZ)
        self._follow(clip, speech)
        with self._news:
            self._wanted = _Heard(clip, speech, until)
            self._news.notify_all()

    def sounds_finished(self, until: int) -> bool | None:
        """What the words tell; False while they are not written down: then it is not sure."""
        with self._news:
            self._talked_until = until
            if self._written[0] != until:
                return False
            return trailing.finished(self._text)

    def finish(self, take: Take) -> Written:
        """All that was said; at once, when nothing was said since the last silence.

        Raises what the engine raised.
        """
        self._follow(take.clip, take.speech)
        self._tracker.shutdown(wait=False)
        with self._news:
            if self._written[1] != take.speech:
                self._wanted = _Heard(take.clip, take.speech, -1)
            self._over = True
            self._news.notify_all()
            self._news.wait_for(lambda: self._fault or not (self._wanted or self._at_work))
        if self._fault:
            raise self._fault
        transcriber = self._transcriber()
        draft = self._draft or Draft(transcriber)
        transcript = draft.transcript(take.speech)
        if not transcript.words:
            return Written(transcript)
        self._rehear(take.clip, draft.chunks, transcriber)
        return Written(
            transcript,
            tuple(self._reheard[chunk] for chunk in draft.chunks),
            joined([self._pitch[span].result() for span in stretches(take.speech)]),
        )

    def give_up(self) -> None:
        """There will be no answer."""
        self._tracker.shutdown(wait=False, cancel_futures=True)
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
                    *ended, last = self._draft.chunks
                    # The last one first: an engine may still have at hand what it made of it.
                    if self._goes_on(heard):
                        self._rehear(heard.clip, [last], transcriber)
                    self._rehear(heard.clip, ended, transcriber)
                with self._news:
                    self._at_work = False
                    self._news.notify_all()
        except BaseException as fault:
            with self._news:
                self._fault = fault
                self._news.notify_all()

    def _goes_on(self, silence: _Heard) -> bool:
        """Whether nobody has talked since a silence began, or will."""
        with self._news:
            return self._wanted is None and (self._over or self._talked_until <= silence.until)

    def _follow(self, clip: Clip, speech: tuple[Span, ...]) -> None:
        """Begin to follow the pitch of what is new."""
        for span in stretches(speech):
            if span not in self._pitch:
                samples = clip.cut(span).samples
                self._pitch[span] = self._tracker.submit(pitch, samples, span.start_s)

    def _rehear(self, clip: Clip, chunks: Sequence[Span], transcriber: Transcriber) -> None:
        """Hear for fillers what was not yet, or has grown since."""
        for chunk in reversed(chunks):
            if chunk not in self._reheard:
                self._reheard[chunk] = rehear(clip, chunk, transcriber)

    def _next(self) -> _Heard | None:
        """Wait for the next silence; None when there will be none."""
        with self._news:
            self._news.wait_for(lambda: self._wanted or self._over)
            heard, self._wanted = self._wanted, None
            self._at_work = heard is not None
            return heard
