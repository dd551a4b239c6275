"""One round from the interviewer's line to the advice, and rounds in their order.

The one place that knows the order. It knows nothing of terminals or pages: what
a person sees and chooses is behind Face, what they say comes from a Source.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np

from voicecoach.errors import HistoryError, VoiceError
from voicecoach.feedback import advice
from voicecoach.feedback.spoken import feedback, model_answer
from voicecoach.findings import closing, delivery, skills, voice
from voicecoach.findings.finding import Review
from voicecoach.findings.voice import Pitch
from voicecoach.interviewer.asked import asks_to_repeat
from voicecoach.interviewer.interviewer import Interviewer, Utterance
from voicecoach.scenarios import Criterion, Persona, Profile, Prompts, Round, Scenario
from voicecoach.settings import DEFAULTS, Settings
from voicecoach.sound import ending
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.take import Hearing, Source, Take, record
from voicecoach.sound.turn import ENDLESS, PATIENCE, Patience, Turn
from voicecoach.sound.vad import VoiceActivity
from voicecoach.words.live import Live, Written
from voicecoach.words.transcriber import Transcriber, load
from voicecoach.words.transcript import said

Choice = Literal["again", "next", "hear", "model", "tell", "quit"]
Rating = Literal["key", "voice"]
Loaded = TypeVar("Loaded")


VOICE_FAILURES_AT_MOST = 2
"""After as many in a row the voice is not tried again: each may cost its whole time limit."""
TO_LOAD_S = 15.0
"""Longest that the program waits at its end for what is still loading, in seconds."""


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

    def rate(self) -> int | None:
        """How the person rates their answer, 1 to 5, before the feedback; None for not at all."""

    def rated(self, sentence: str) -> None:
        """How their rating compares, after the feedback."""

    def offer(self, sentence: str) -> bool:
        """Whether they take up what is offered."""

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
    keep_at: Path | None,
    transcriber: Callable[[], Transcriber],
    *,
    tracker: voice.Tracker | None = None,
) -> tuple[Take, Written]:
    """Hear one answer and write it down meanwhile, with *face* showing both.

    *tracker* follows the pitch meanwhile. Raises MicrophoneError, and what *transcriber* raises.
    """
    open_ = False
    live = Live(transcriber, tracker.hear) if tracker else Live(transcriber)
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
    keep: Callable[[Review, Take, str, str | None, int | None], None] = lambda *_: None
    """Remembers an answer, the line before it, the reply to it and the person's own rating;
    raises HistoryError."""
    persona: Persona | None = None
    profile: Profile | None = None
    """None for the scenario's own."""
    advert: str = ""
    """The text of the job advert, if there is one."""
    second_voice: Voice | None = None
    """The other one's of a panel."""
    rating: Rating | None = None
    """How the person rates each answer before its feedback; None for not at all."""
    source_of_rating: Callable[[], Source | None] = lambda: None
    """What a spoken rating is heard from; None when there is nothing."""
    interviewer: Interviewer = field(init=False)
    reviews: list[Review] = field(default_factory=list)
    _last_clip: Clip | None = None
    _voice_failures: int = 0
    _last: tuple[Review, Take, str] | None = None
    _told: str = ""
    """The last complaint of the history: said once is enough."""

    def __post_init__(self) -> None:
        self.interviewer = Interviewer(self.prompts, self.scenario, self.persona, self.profile)

    def run(self) -> None:
        """Practice every round that the talk comes to, until the person quits."""
        while round_ := self.interviewer.next_round():
            if not self._practice(round_):
                return
        self._offer_weakest()

    def _practice(self, round_: Round) -> bool:
        """One round, as often as the person wants; whether to go on to the next."""
        attempt, before = self._tries(round_)
        while True:
            source = self.source(round_, attempt)
            if source is None:
                self.face.note(f"There is no recorded answer left for '{round_.id}'.")
                self.interviewer.pass_over(round_)
                return True
            heard = self._attempt(round_, attempt, source)
            self.reviews.append(heard)
            reply = self._reply(heard)
            rating = self._rate(heard)
            self.face.reviewed(heard, before)
            self._remember(reply, rating)
            if rating and heard.score:
                self.face.rated(advice.compare_rating(rating, heard.score))
            if self.settings.speak_feedback:
                self._tell(heard)
            choice = self._choose(heard, round_)
            if choice != "again":
                return choice == "next"
            self.interviewer.again()
            before, attempt = heard, attempt + 1

    def _attempt(self, round_: Round, attempt: int, source: Source) -> Review:
        line = self.interviewer.line(round_)
        title = round_.title if attempt == 1 else f"{round_.title}, try {attempt}"
        self._say(line.text, self._titled(title, line), line.speaker)
        self.voice.prepare(model_answer(round_, self.prompts.criteria))
        keep_at = self.folder / f"{len(self.reviews) + 1:02}-{round_.id}-{attempt}.flac"
        tracker = voice.Tracker()
        take, written = hear(
            source, self.face, self.patience, keep_at, self.transcriber, tracker=tracker
        )
        while self._asked_to_repeat(source, take, written):
            again = self.interviewer.repeat(round_)
            self._say(again, self._titled(title, line), line.speaker)
            source = self.source(round_, attempt) or source
            tracker = voice.Tracker()
            take, written = hear(
                source, self.face, self.patience, keep_at, self.transcriber, tracker=tracker
            )
        self._last_clip = take.clip
        heard = review(
            take,
            written,
            self.prompts.criteria,
            round_,
            attempt,
            settings=self.settings,
            pitch=tracker.pitch(take.clip, take.speech),
        )
        heard = replace(heard, skills=self._skills(heard))
        self._last = (heard, take, line.text)
        return heard

    def _asked_to_repeat(self, source: Source, take: Take, written: Written) -> bool:
        """Whether the person did not answer, but wants the line once more: that costs nothing."""
        text = written.transcript.text
        # A recording would ask for ever.
        if source.recorded or not asks_to_repeat(text, self.prompts.replies):
            return False
        if take.path:
            take.path.unlink(missing_ok=True)
        return True

    def _remember(self, reply: str | None, rating: int | None) -> None:
        """Keep the last answer; when that fails the practice goes on all the same."""
        if self._last is None:
            return
        try:
            self.keep(*self._last, reply, rating)
        except HistoryError as error:
            if str(error) != self._told:
                self._told = str(error)
                self.face.note(self._told)

    def _reply(self, heard: Review) -> str | None:
        """The interviewer replies before any feedback: first the talk, then the lesson."""
        utterances = self.interviewer.hear(heard)
        for utterance in utterances:
            name = self.interviewer.name_of(utterance)
            self._say(utterance.text, name, utterance.speaker)
        return " ".join(utterance.text for utterance in utterances) or None

    def _titled(self, title: str, line: Utterance) -> str:
        """With who says it, where there are two."""
        two = len(self.interviewer.persona.names) > 1
        return f"{title} · {self.interviewer.name_of(line)}" if two else title

    def _skills(self, heard: Review) -> skills.Skills | None:
        """The skills that an answer named, where the round asks why the person fits."""
        own = self.profile.skills if self.profile else ()
        listening = heard.round and any("restates_fit" in one for one in heard.round.listens_for)
        if heard.heard_nothing or not listening or not (own or self.advert):
            return None
        return skills.compare(heard.transcript.text, own, self.advert, self.prompts.skills)

    def _rate(self, heard: Review) -> int | None:
        """The person's own rating, by key or by voice, before they see the score."""
        if self.rating is None or heard.score is None:
            return None
        self._say("How was that answer, from one to five?", "Before the feedback")
        if self.rating == "key":
            return self.face.rate()
        source = self.source_of_rating()
        if source is None:
            return None
        _, written = hear(source, self.face, PATIENCE["quick"], None, self.transcriber)
        return advice.rating_in(written.transcript.text)

    def _tries(self, round_: Round) -> tuple[int, Review | None]:
        """The number of the next try at a round, and the last one."""
        tries = [one for one in self.reviews if one.round and one.round.id == round_.id]
        return len(tries) + 1, tries[-1] if tries else None

    def _offer_weakest(self) -> None:
        """Once more the round that went worst; the talk is over, so it moves nothing any more."""
        weakest = advice.weakest(self.reviews)
        if weakest is None or weakest.round is None:
            return
        points = weakest.score.points if weakest.score else 0
        if self.face.offer(
            f"Your weakest round was '{weakest.round.title}' with {points} of 100. Once more?"
        ):
            over = self.interviewer.talk
            self._practice(weakest.round)
            self.interviewer.talk = over

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

    def _say(self, text: str, title: str, speaker: int = 0) -> None:
        """Show a line and speak it; when that fails, what is shown has to do."""
        self.face.line(text, title)
        if self._voice_failures >= VOICE_FAILURES_AT_MOST:
            return
        try:
            voice = self.second_voice if speaker and self.second_voice else self.voice
            voice.say(text)
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

    # A daemon: a person who quits does not wait without end for an engine to load.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    # But ended in the middle of it, CTranslate2 aborts with a message that frightens.
    atexit.register(thread.join, TO_LOAD_S)
    return loaded.result
