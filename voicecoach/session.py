"""One round from the interviewer's line to the advice, and rounds in their order.

The one place that knows the order. It knows nothing of terminals or pages: what
a person sees and chooses is behind Face, what they say comes from a Source.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeVar, get_args

import numpy as np

from voicecoach.errors import HistoryError, MicrophoneError, VoiceError
from voicecoach.feedback import advice
from voicecoach.feedback.spoken import feedback, model_answer
from voicecoach.findings import closing, delivery, skills, voice
from voicecoach.findings.finding import Review
from voicecoach.interviewer import profile as profiles
from voicecoach.interviewer.asked import asks_to_repeat
from voicecoach.interviewer.interviewer import Interviewer, Utterance
from voicecoach.scenarios import (
    Criterion,
    Persona,
    Profile,
    Prompts,
    Round,
    Scenario,
)
from voicecoach.settings import DEFAULTS, Settings
from voicecoach.sound import ending
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.take import Elsewhere, Hearing, Source, Take, record
from voicecoach.sound.turn import ENDLESS, PATIENCE, Patience, Turn
from voicecoach.sound.vad import VoiceActivity
from voicecoach.words.command import POLL_S, TO_LOOK_AGAIN_S, Choosing
from voicecoach.words.live import Live, Written
from voicecoach.words.transcriber import Transcriber, load
from voicecoach.words.transcript import said

Choice = Literal["again", "next", "repeat", "hear", "model", "tell", "quit"]
Rating = Literal["key", "voice"]
CHOICES: Mapping[str, Choice] = {one: one for one in get_args(Choice)}
Loaded = TypeVar("Loaded")


VOICE_FAILURES_AT_MOST = 2
"""After as many in a row the voice is not tried again: each may cost its whole time limit."""
A_SENTENCE = Patience(finished_s=0.8, perhaps_s=0.8, unfinished_s=0.8, to_start_s=5.0)
INVITATION = (
    "First, a check of your microphone. Please say a sentence, such as: I am looking forward to "
    "this interview."
)
VOICE_FIRST_S = 0.7
"""How much sooner the loudspeaker is opened than the microphone, in seconds: a headset that changes
its profile for it must not hold the interviewer's line up."""
CHECKS_AT_MOST = 2
"""Who could not mend it by then practices all the same."""
TO_MEND_S = 600.0
"""Longest wait for a microphone that is gone, in seconds: then the practice breaks off."""


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer in writing, where speaking is not possible: it stands in for a source."""

    text: str
    recorded: ClassVar[bool] = False

    def open(self, after_s: float = 0.0) -> None:
        """There is nothing to get ready."""

    @property
    def take(self) -> Take:
        """No sound at all."""
        return Take(Clip(np.zeros(0, np.float32), SPEECH_RATE_HZ), (), None)


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

    def checking(self) -> None:
        """The microphone is open, to hear how a sentence comes through; ``done`` skips it."""

    def checked(self, sentence: str) -> None:
        """How it came through, and what to do about it."""

    def reviewed(self, review: Review, before: Review | None) -> None:
        """The feedback, and the last attempt at the same round to compare it with."""

    def offer_choices(self, review: Review) -> None:
        """Show what can be done next; returns at once, and comes again after what was heard in
        between."""

    def chosen(self) -> Choice | None:
        """What was chosen by key or button since; None when nothing was. Asked many times a
        second. "quit" when no more can be chosen so: a terminal that is gone, a closed page."""

    def rate(self) -> int | None:
        """How the person rates their answer, 1 to 5, before the feedback; None for not at all."""

    def rated(self, sentence: str) -> None:
        """How their rating compares, after the feedback."""

    def offer(self, sentence: str) -> None:
        """Show what is offered, yes or no; returns at once."""

    def taken_up(self) -> bool | None:
        """Whether they took it up; None while they said neither. Asked many times a second."""

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
) -> Review:
    """From one answer to all that is to be said about it."""
    transcript = written.transcript
    nothing = not transcript.words
    findings = closing.check(transcript, criteria.values(), round_)
    sound = delivery.measure(
        transcript,
        take.speech,
        round_,
        clip=take.clip,
        reheard=written.reheard,
        pitch=written.pitch,
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
    source: Source | Typed,
    face: Face,
    patience: Patience,
    keep_at: Path | None,
    transcriber: Callable[[], Transcriber],
) -> tuple[Take, Written]:
    """Hear one answer and write it down meanwhile, with *face* showing both.

    Raises MicrophoneError, Elsewhere, and what *transcriber* raises.
    """
    if isinstance(source, Typed):
        return source.take, Written(said(source.text))
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
    source: Callable[[Round, int], Source | Typed | None]
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
    source_of_commands: Callable[[], Source | None] = lambda: None
    """What commands between rounds are heard from; None where they come by hand alone. Raises
    MicrophoneError."""
    check: bool = False
    """Whether a sentence is heard before the first round, to try the microphone."""
    interviewer: Interviewer = field(init=False)
    reviews: list[Review] = field(default_factory=list)
    _last_clip: Clip | None = None
    _line: Utterance | None = None
    """What the last answer replied to."""
    _voice_failures: int = 0
    _trying: Round | None = None
    """The round that is tried once more before all else."""
    _choosing: Choosing = field(init=False)
    _last: tuple[Review, Take, str] | None = None
    _told: str = ""
    """The last complaint of the history: said once is enough."""

    def __post_init__(self) -> None:
        self.prompts = profiles.in_words_of(self.profile, self.scenario, self.prompts)
        self.interviewer = Interviewer(self.prompts, self.scenario, self.persona, self.profile)
        self._choosing = Choosing(
            self.source_of_commands, self.transcriber, self.prompts.commands, self.face.note
        )

    def run(self) -> bool:
        """Practice every round that the talk comes to, until the person quits; whether it came
        to its end."""
        if self.check:
            self._check_microphone()
        if self._trying and not self._practice(self._trying):
            return False
        while round_ := self.interviewer.next_round():
            if not self._practice(round_):
                return False
        self._offer_weakest()
        return True

    def _check_microphone(self) -> None:
        """Hear a sentence and say what to do where it does not come through well."""
        for _ in range(CHECKS_AT_MOST):
            try:
                source = self.source_of_commands()
                if source is None:
                    return
                source.open(VOICE_FIRST_S)
                self._say(INVITATION, "Microphone check")
                fault = self._came_through(source)
            except MicrophoneError:
                # The first round tells it, and waits for a microphone.
                self.face.checked("")
                return
            if not fault:
                return

    def _came_through(self, source: Source) -> bool:
        """Whether something is wrong with how a sentence comes through; it is told."""
        skipped = opened = False

        def stop() -> bool:
            nonlocal skipped
            skipped = skipped or self.face.done()
            return skipped

        def show(hearing: Hearing) -> None:
            nonlocal opened
            if not opened:
                opened = True
                self.face.checking()
            # What is wrong is told at the end, once.
            self.face.hearing(replace(hearing, fault=""))

        take = record(source, Turn(A_SENTENCE, after_voice=True), stop=stop, show=show)
        if skipped:
            self.face.checked("")
            return False
        found = advice.on_microphone(
            source.silent, take, delivery.of_the_microphone(take.clip, take.speech)
        )
        self.face.checked(" ".join(found) or "I hear you well.")
        return bool(found)

    def take_up(self, reviews: Sequence[Review], trying: str | None = None) -> None:
        """Remember a practice that broke off: what was asked, answered and replied is not said
        again, and ``run`` goes on after it.

        *trying*: id of the round whose answer was being given.
        """
        held: list[str] = []
        for heard in reviews:
            self.reviews.append(heard)
            round_ = self.prompts.rounds.get(heard.round.id) if heard.round else None
            # A round of before the end, once more: it moved nothing any more.
            if round_ is None or round_.id in held[:-1]:
                continue
            if round_.id in held:
                self.interviewer.again()
            else:
                self.interviewer.next_round()
                held.append(round_.id)
            self.interviewer.line(round_)
            self.interviewer.hear(heard)
        if held and trying == held[-1]:
            self.interviewer.again()
            self._trying = self.prompts.rounds[trying]

    def _practice(self, round_: Round) -> bool:
        """One round, as often as the person wants; whether to go on to the next."""
        attempt, before = self._tries(round_)
        while True:
            source = self._source(round_, attempt)
            if source is None:
                self.face.note(f"There is no recorded answer left for '{round_.id}'.")
                self.interviewer.pass_over(round_)
                return True
            heard = self._attempt(round_, attempt, source)
            self.reviews.append(heard)
            reply = self._reply(heard)
            rating = self._rate(heard)
            self._choosing.expect()
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

    def _attempt(self, round_: Round, attempt: int, source: Source | Typed) -> Review:
        line = self._line = self.interviewer.line(round_)
        title = round_.title if attempt == 1 else f"{round_.title}, try {attempt}"
        # Opened while the line is spoken: who answers at once is heard from the first word on.
        source.open(VOICE_FIRST_S)
        self._say(line.text, self._titled(title, line), line.speaker)
        self.voice.prepare(model_answer(round_, self.prompts.criteria))
        keep_at: Path | None = (
            self.folder / f"{len(self.reviews) + 1:02}-{round_.id}-{attempt}.flac"
        )
        if source.recorded and keep_at and keep_at.exists():
            # An answer that had broken off: this is its recording.
            keep_at = None
        source, take, written = self._hear(source, round_, attempt, keep_at)
        while self._asked_to_repeat(source, take, written):
            source = self._source(round_, attempt) or source
            source.open(VOICE_FIRST_S)
            self._repeat(round_, title)
            source, take, written = self._hear(source, round_, attempt, keep_at)
        self._last_clip = take.clip
        heard = review(
            take, written, self.prompts.criteria, round_, attempt, settings=self.settings
        )
        heard = replace(heard, skills=self._skills(heard))
        self._last = (heard, take, line.text)
        return heard

    def _source(self, round_: Round, attempt: int) -> Source | Typed | None:
        """What an answer is heard from, as soon as there is something. Raises MicrophoneError."""
        while True:
            try:
                return self.source(round_, attempt)
            except MicrophoneError as error:
                self._wait_for_microphone(error)

    def _hear(
        self, source: Source | Typed, round_: Round, attempt: int, keep_at: Path | None
    ) -> tuple[Source | Typed, Take, Written]:
        """One answer, from the source that the person turns to in the end; begun anew where the
        microphone failed before a word was said."""
        while True:
            try:
                heard = hear(source, self.face, self.patience, keep_at, self.transcriber)
                return source, *heard
            except (Elsewhere, MicrophoneError) as turned_away:
                if keep_at:
                    keep_at.unlink(missing_ok=True)
                if isinstance(turned_away, MicrophoneError):
                    self._wait_for_microphone(turned_away)
                source = self._source(round_, attempt) or source

    @property
    def last_take(self) -> Take | None:
        """The sound of the last answer."""
        return self._last[1] if self._last else None

    def _wait_for_microphone(self, error: MicrophoneError) -> None:
        """Say what is wrong and wait until a microphone can be heard, or the person wants to try.

        Raises *error* when they do not, or when it takes too long.
        """
        self.face.note(str(error))
        self.face.offer("Your answer begins as soon as there is a microphone. Try now?")
        until_s = time.monotonic() + TO_MEND_S
        look_s = time.monotonic() + TO_LOOK_AGAIN_S
        while (taken_up := self.face.taken_up()) is None:
            if time.monotonic() >= until_s:
                raise error
            if time.monotonic() >= look_s:
                look_s = time.monotonic() + TO_LOOK_AGAIN_S
                if self._hears_something():
                    return
            time.sleep(POLL_S)
        if not taken_up:
            raise error

    def _hears_something(self) -> bool:
        """Whether there is a microphone that delivers sound."""
        try:
            source = self.source_of_commands()
            if source is None:
                return False
            with contextlib.closing(source.blocks()) as blocks:
                # A headset takes seconds until its first sound.
                return any(len(block) for block in blocks)
        except MicrophoneError:
            return False

    def _repeat(self, round_: Round, title: str | None = None) -> None:
        """Say the line that opened the round once more, in character."""
        line = self._line or Utterance("")
        again = self.interviewer.repeat(round_)
        self._say(again, self._titled(title or round_.title, line), line.speaker)

    def _asked_to_repeat(self, source: Source | Typed, take: Take, written: Written) -> bool:
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
        try:
            source = self.source_of_rating()
            if source is None:
                return None
            _, written = hear(source, self.face, PATIENCE["quick"], None, self.transcriber)
        except MicrophoneError as error:
            self.face.note(str(error))
            return None
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
        if self.takes_up(
            f"Your weakest round was '{weakest.round.title}' with {points} of 100. Once more?"
        ):
            over = self.interviewer.talk
            self._practice(weakest.round)
            self.interviewer.talk = over

    def _choose(self, heard: Review, round_: Round) -> Choice:
        """Again, next or quit; what is to be heard in between is played."""
        misheard = 0
        while True:
            self._choosing.expect()
            self.face.offer_choices(heard)
            choice = self._choosing.answer(self.face.chosen, CHOICES)
            if choice is None:
                misheard += 1
                self._ask_back(list(CHOICES), misheard)
            elif choice == "hear" and self._last_clip:
                try:
                    self.voice.play(self._last_clip)
                except VoiceError as error:
                    self.face.note(str(error))
            elif choice == "model":
                self._say(model_answer(round_, self.prompts.criteria), "A model answer")
            elif choice == "tell":
                self._tell(heard)
            elif choice == "repeat":
                self._repeat(round_)
            else:
                return choice

    def takes_up(self, offered: str) -> bool:
        """Whether the person wants what is offered, by key or by voice."""
        misheard = 0
        while True:
            self._choosing.expect()
            self.face.offer(offered)
            taken_up = self._choosing.answer(self.face.taken_up, {"yes": True, "no": False})
            if taken_up is not None:
                return taken_up
            misheard += 1
            self._ask_back(["yes", "no"], misheard)

    def _ask_back(self, offered: Sequence[str], misheard: int) -> None:
        """Say what can be said; aloud the first time, for somebody may talk to somebody else."""
        says = [f'"{self.prompts.commands[one].says[0]}"' for one in offered]
        what = f'"{self._choosing.heard}"' if self._choosing.heard else "that"
        sentence = f"I did not understand {what}. Say {', '.join(says[:-1])} or {says[-1]}."
        if misheard == 1:
            self._say(sentence, "Once more")
        else:
            self.face.note(sentence)

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
    threading.Thread(target=run, daemon=True).start()
    return loaded.result
