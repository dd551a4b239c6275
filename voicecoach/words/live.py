"""Writes an answer down while it is still being said, and follows its pitch.

At each silence Whisper glances at the last seconds, so that the turn knows within a moment
whether more must follow. Beside that, what is not yet written down is, in the background; by
the time the turn is over, little is left or nothing. The sound is cut as ``Draft`` cuts it, so
that the words are those that a finished recording would give.

Fillers are heard for in chunks that have ended, for a chunk that grows would be heard over and
over; and in the last one when the silence goes on, for it may be the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from voicecoach.sound import ending
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span
from voicecoach.sound.pitch import Pitch, joined, pitch, stretches
from voicecoach.sound.take import Take
from voicecoach.sound.turn import PERHAPS
from voicecoach.words import trailing
from voicecoach.words.fillers import Reheard, rehear, rehear_all
from voicecoach.words.transcriber import GLANCE_S, MARGIN_S, Draft, Transcriber
from voicecoach.words.transcript import Transcript

LIKELY_OVER_S = 1.0
"""Silence after which the last chunk is heard for fillers even where more seemed to follow."""


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
    return Written(transcript, rehear_all(take.clip, draft.chunks, transcript, transcriber))


def last_talk(clip: Clip, speech: Sequence[Span]) -> np.ndarray:
    """The last GLANCE_S of talk without its pauses, in which Whisper would end the sentence.

    Shape (n_samples,), up to the end of the clip.
    """
    pieces: list[np.ndarray] = []
    left_s, until_s = GLANCE_S, clip.duration_s
    for span in reversed(speech):
        start_s = max(span.start_s - MARGIN_S / 2, span.end_s - left_s, 0.0)
        pieces.append(clip.cut(Span(start_s, min(until_s, span.end_s + MARGIN_S))).samples)
        left_s -= span.duration_s
        until_s = start_s
        if left_s <= 0:
            break
    return np.concatenate(pieces[::-1] or [np.zeros(0, np.float32)])


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer up to a silence."""

    clip: Clip
    speech: tuple[Span, ...]
    until: int
    """The frame after the last talk; -1 at the end of the answer."""


class Live:
    """One answer, written down by two threads of its own. It is a Listener of ``record``'s."""

    def __init__(self, transcriber: Callable[[], Transcriber]) -> None:
        """*transcriber* waits for the engine, which may still be loading."""
        self._transcriber = transcriber
        self._news = threading.Condition()
        self._glanced_at: _Heard | None = None
        """The latest silence; an older one that nobody has begun with is out of date."""
        self._glance: tuple[int, str, float] = (0, "", 0.0)
        """The frame after the last talk, the last words before it at a first reading, and how
        many seconds of talk there were."""
        self._wanted: _Heard | None = None
        """The latest silence, while it is to be written down and nobody has begun with it."""
        self._at_work: _Heard | None = None
        """What is being written down at this moment."""
        self._over = False
        self._draft: Draft | None = None
        self._text = ""
        self._written: tuple[Span, ...] = ()
        """The talk that is written down."""
        self._talked_until = 0
        """The frame after the last talk, as the turn counts now."""
        self._reheard: dict[Span, Reheard] = {}
        self._pitch: dict[Span, Future[Pitch]] = {}
        # Beside the other thread: what Whisper is behind with does not hold it up.
        self._tracker = ThreadPoolExecutor(1, "pitch")
        self._fault: BaseException | None = None
        # A daemon: a person who quits does not wait for Whisper.
        for work in (self._glance_at_silences, self._work):
            threading.Thread(target=work, daemon=True, name="live").start()

    @property
    def text(self) -> str:
        return self._text

    def went_quiet(self, samples: np.ndarray, speech: tuple[Span, ...], until: int) -> None:
        clip = Clip(samples, SPEECH_RATE_HZ)
        self._follow(clip, speech)
        with self._news:
            self._glanced_at = self._wanted = _Heard(clip, speech, until)
            self._news.notify_all()

    def sounds_finished(self, until: int, by_sound: float) -> float | None:
        """As the words and the sound tell; 0 while the words are not known: then it is not sure."""
        with self._news:
            self._talked_until = until
            if self._glance[0] != until:
                return 0.0
            _, text, talk_s = self._glance
        return trailing.finished(text, by_sound, talk_s)

    def finish(self, take: Take) -> Written:
        """All that was said; at once, when nothing was said since the last silence.

        Raises what the engine raised.
        """
        self._follow(take.clip, take.speech)
        self._tracker.shutdown(wait=False)
        with self._news:
            at_work = self._at_work.speech if self._at_work else None
            if take.speech not in (self._written, at_work):
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
        self._rehear(take.clip, draft.chunks, transcript, transcriber)
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

    def _glance_at_silences(self) -> None:
        try:
            transcriber = self._transcriber()
            while True:
                with self._news:
                    self._news.wait_for(lambda: self._glanced_at or self._over)
                    heard, self._glanced_at = self._glanced_at, None
                if heard is None or self._over:
                    return
                text = transcriber.glance(last_talk(heard.clip, heard.speech))
                with self._news:
                    talk_s = sum(span.duration_s for span in heard.speech)
                    self._glance = heard.until, text, talk_s
        except BaseException as fault:
            self._fail(fault)

    def _work(self) -> None:
        try:
            transcriber = self._transcriber()
            with self._news:
                self._draft = Draft(transcriber)
            while heard := self._next():
                self._draft.write(heard.clip, heard.speech)
                transcript = self._draft.transcript(heard.speech)
                with self._news:
                    self._text, self._written = transcript.text, heard.speech
                if transcript.text:
                    *ended, last = self._draft.chunks
                    talk_s = sum(span.duration_s for span in heard.speech)
                    whole = trailing.finished(transcript.text, ending.NOT_KNOWN, talk_s) >= PERHAPS
                    # The last chunk grows when there is more to come: its turn comes then. If
                    # not, it is the first: an engine may still have at hand what it made of it.
                    if whole and self._goes_on(heard):
                        self._rehear(heard.clip, [last], transcript, transcriber)
                    # Those before it stay as they are, and must not pile up until the end.
                    self._rehear(heard.clip, ended, transcript, transcriber)
                    # Who has more to say has often begun by then.
                    if not whole and self._stays_quiet(heard):
                        self._rehear(heard.clip, [last], transcript, transcriber)
                with self._news:
                    self._at_work = None
                    self._news.notify_all()
        except BaseException as fault:
            self._fail(fault)

    def _fail(self, fault: BaseException) -> None:
        with self._news:
            self._fault = fault
            self._news.notify_all()

    def _goes_on(self, silence: _Heard) -> bool:
        """Whether nobody has talked since a silence began, or will."""
        with self._news:
            return self._wanted is None and (self._over or self._talked_until <= silence.until)

    def _stays_quiet(self, silence: _Heard) -> bool:
        """Whether LIKELY_OVER_S later nobody has talked, or the answer is over by then."""
        with self._news:
            self._news.wait_for(lambda: self._wanted or self._over, LIKELY_OVER_S)
        return self._goes_on(silence)

    def _follow(self, clip: Clip, speech: tuple[Span, ...]) -> None:
        """Begin to follow the pitch of what is new."""
        for span in stretches(speech):
            if span not in self._pitch:
                samples = clip.cut(span).samples
                self._pitch[span] = self._tracker.submit(pitch, samples, span.start_s)

    def _rehear(
        self,
        clip: Clip,
        chunks: Sequence[Span],
        transcript: Transcript,
        transcriber: Transcriber,
    ) -> None:
        """Hear for fillers what was not yet, or has grown since."""
        for chunk in reversed(chunks):
            if chunk not in self._reheard:
                self._reheard[chunk] = rehear(clip, chunk, transcript, transcriber)

    def _next(self) -> _Heard | None:
        """Wait for the next silence; None when there will be none."""
        with self._news:
            self._news.wait_for(lambda: self._wanted or self._over)
            heard = self._at_work = self._wanted
            self._wanted = None
            return heard
