"""One round from the interviewer's line to the advice, and rounds in their order.

The one place that knows the order. It knows nothing of terminals or pages: what
a person sees and chooses is behind Face, what they say comes from a Source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np

from voicecoach.errors import HistoryError, VoiceError
from voicecoach.feedback import advice
from voicecoach.feedback.spoken import feedback, model_answer
from voicecoach.findings import closing, delivery, voice
from voicecoach.findings.finding import Review
from voicecoach.findings.voice import Pitch
from voicecoach.interviewer import Interviewer
from voicecoach.scenarios import Criterion, Prompts, Round, Scenario
from voicecoach.settings import DEFAULTS, Settings
from voicecoach.sound import ending
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.take import Hearing, Source, Take, record
from voicecoach.sound.turn import ENDLESS, Patience, Turn
from voicecoach.sound.vad import VoiceActivity
from voicecoach.words.live import Live, Written
from voicecoach.words.transcriber import Transcriber, load
from voicecoach.words.transcript import said

Choice = Literal["again", "next", "hear", "model", "tell", "quit"]
Loaded = TypeVar("Loaded")


VOICE_FAILURES_AT_MOST = 2
"""After as many in a row the voice is not tried again: each may cost its whole time limit."""


class Face(Protocol):
    """How a practice looks to the person: a terminal, a page."""

    def line(self, text: str, title: str) -> None:
        """The voice says *text*."""

    def listening(self) -> None:
        """The microphone is open, and the answer may begin."""

    def hearing(self, hearing: Hearing) -> None:
        """Several times a second, while the answer goes on."""

    def finished_listening(self) -> None: ...

    def done(self) -> bool:
        """Whether the person said that their answer is finished."""

    def reviewed(self, review: Review, before: Review | None) -> None:
        """The feedback, and the last attempt at the same round to compare it with."""

    def choose(self, review: Review) -> Choice: ...

    def note(self, sentence: str) -> None:
        """Something went wrong, and the practice goes on."""


class Voice(Protocol):
    """What speaks the interviewer's lines; both calls raise VoiceError."""

    def prepare(self, text: str) -> None:
        """Begin to render *text*, which will be wanted soon."""

    def say(self, text: str) -> None: ...

    def play(self, clip: Clip) -> None: ...


class Muted:
    """No voice: the lines are read."""

    def prepare(self, text: str) -> None:
        pass

    def say(self, text: str) -> None:
        pass

    def play(self, clip: Clip) -> None:
        """What the person said themselves is heard all the same."""
        from voicecoach.sound.speaker import play

        play(clip)


def review(
    take: Take,
    written: Written,
    criteria: Mapping[str, Criterion],
    round_: Round | None = None,
    attempt: int = 1,
    *,
    settings: Settings = DEFAULTS,
    pitch: Pitch | None = None,
) -> Review:
    """From one answer to all that is to be said about it.

    *pitch*: of its talk, where it was had while the person was talking.
    """
    transcript = written.transcript
    nothing = not transcript.words
    findings = closing.check(transcript, criteria.values(), round_)
    sound = delivery.measure(
        transcript,
        take.speech,
        round_,
        clip=take.clip,
        reheard=written.reheard,
        pitch=pitch,
        settings=settings,
    )
    measures = sound.measures
    summary = advice.summarise(findings, round_, criteria)
    return Review(
        round=round_,
        attempt=attempt,
        duration_s=take.clip.duration_s,
        transcript=transcript,
        findings=findings,
        measures=measures,
        score=None if nothing or not round_ else advice.score(summary, measures, round_),
        advice=(advice.NOTHING_HEARD,)
        if nothing
        else advice.advise(summary, measures, round_, criteria, attempt),
        warnings=(*take.warnings, *advice.doubts(measures)),
        unmeasured=sound.unmeasured,
    )


def hear(
    source: Source,
    face: Face,
    patience: Patience,
    keep_at: Path,
    transcriber: Callable[[], Transcriber],
) -> tuple[Take, Written]:
    """Hear one answer and write it down meanwhile, with *face* showing both.

    Raises MicrophoneError, and what *transcriber* raises.
    """
    open_ = False
    live = Live(transcriber)
    # Nobody thinks longer in a recording than they did.
    turn = Turn(ENDLESS) if source.recorded else Turn(patience, after_voice=True)

    def show(hearing: Hearing) -> None:
        nonlocal open_
        if not open_:
            open_ = True
            face.listening()
        face.hearing(hearing)

    try:
        take = record(source, turn, keep_at=keep_at, stop=face.done, show=show, listener=live)
    except BaseException:
        live.give_up()
        raise
    finally:
        face.finished_listening()
    return take, live.finish(take)


@dataclass
class Session:
    """A scenario, practiced from its first round to its last."""

    prompts: Prompts
    scenario: Scenario
    source: Callable[[Round, int], Source | None]
    """What answer number n to a round is heard from; None when there is none left."""
    transcriber: Callable[[], Transcriber]
    """Waits for the engine, which loads while the interviewer talks."""
    voice: Voice
    face: Face
    patience: Patience
    folder: Path
    """Where the answers are kept."""
    settings: Settings = DEFAULTS
    keep: Callable[[Review, Take, str], None] = lambda review, take, line: None
    """Remembers an answer to a line; raises HistoryError."""
    interviewer: Interviewer = field(init=False)
    reviews: list[Review] = field(default_factory=list)
    _last_clip: Clip | None = None
    _voice_failures: int = 0
    _last: tuple[Review, Take, str] | None = None
    _told: str = ""
    """The last complaint of the history: said once is enough."""

    def __post_init__(self) -> None:
        self.interviewer = Interviewer(self.scenario)

    def run(self) -> None:
        """Practice every round until the person goes on or quits."""
        for round_ in self.prompts.rounds_of(self.scenario):
            if not self._practice(round_):
                return

    def _practice(self, round_: Round) -> bool:
        """One round, as often as the person wants; whether to go on to the next."""
        attempt, before = 1, None
        while True:
            source = self.source(round_, attempt)
            if source is None:
                self.face.note(f"There is no recorded answer left for '{round_.id}'.")
                return True
            heard = self._attempt(round_, attempt, source)
            self.reviews.append(heard)
            self.face.reviewed(heard, before)
            self._remember()
            if self.settings.speak_feedback:
                self._tell(heard)
            choice = self._choose(heard, round_)
            if choice != "again":
                return choice == "next"
            before, attempt = heard, attempt + 1

    def _attempt(self, round_: Round, attempt: int, source: Source) -> Review:
        line = self.interviewer.line(round_)
        self._say(line, round_.title if attempt == 1 else f"{round_.title}, try {attempt}")
        self.voice.prepare(model_answer(round_, self.prompts.criteria))
        take, written = hear(
            source,
            self.face,
            self.patience,
            self.folder / f"{len(self.reviews) + 1:02}-{round_.id}-{attempt}.flac",
            self.transcriber,
        )
        self._last_clip = take.clip
        heard = review(
            take, written, self.prompts.criteria, round_, attempt, settings=self.settings
        )
        self._last = (heard, take, line)
        return heard

    def _remember(self) -> None:
        """Keep the last answer; when that fails the practice goes on all the same."""
        if self._last is None:
            return
        try:
            self.keep(*self._last)
        except HistoryError as error:
            if str(error) != self._told:
                self._told = str(error)
                self.face.note(self._told)

    def _choose(self, heard: Review, round_: Round) -> Choice:
        """Again, next or quit; what is to be heard in between is played."""
        while True:
            choice = self.face.choose(heard)
            if choice == "hear" and self._last_clip:
                try:
                    self.voice.play(self._last_clip)
                except VoiceError as error:
                    self.face.note(str(error))
            elif choice == "model":
                self._say(model_answer(round_, self.prompts.criteria), "A model answer")
            elif choice == "tell":
                self._tell(heard)
            else:
                return choice

    def _tell(self, heard: Review) -> None:
        """Speak the feedback."""
        self._say(feedback(heard, self.prompts.criteria), "In short")

    def _say(self, text: str, title: str) -> None:
        """Show a line and speak it; when that fails, what is shown has to do."""
        self.face.line(text, title)
        if self._voice_failures >= VOICE_FAILURES_AT_MOST:
            return
        try:
            self.voice.say(text)
            self._voice_failures = 0
        except VoiceError as error:
            self._voice_failures += 1
            given_up = self._voice_failures >= VOICE_FAILURES_AT_MOST
            lines = "From here on lines are" if given_up else "This line is"
            self.face.note(f"{error} {lines} shown as text only.")


def get_ready(engine: str, model: str, criteria: Mapping[str, Criterion]) -> Transcriber:
    """Load all that an answer will need, what is needed first first. Raises WeightsError."""
    VoiceActivity()
    transcriber = load(engine, model)
    ending.finished(np.zeros(SPEECH_RATE_HZ, np.float32))
    closing.check(said("Thank you."), criteria.values())
    voice.get_ready()
    return transcriber


def in_background(load: Callable[[], Loaded]) -> Callable[[], Loaded]:
    """Start *load* now; the result is a function that waits for what it returns or raises."""
    loaded: Future[Loaded] = Future()

    def run() -> None:
        try:
            loaded.set_result(load())
        except BaseException as error:
            loaded.set_exception(error)

    # A daemon: a person who quits does not wait for an engine to load.
    threading.Thread(target=run, daemon=True).start()
    return loaded.result
