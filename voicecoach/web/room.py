"""One practice of one browser: a Session in a thread of its own, and what its page is to show.

The thread never touches the page. It leaves a Scene, which the page looks at several times a
second, and puts its questions, which the page's buttons answer.
"""

from __future__ import annotations

import io
import logging
import secrets
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal, TypeVar

import numpy as np

from voicecoach import practice
from voicecoach.errors import HandInError, HistoryError, RecordingError, VoicecoachError
from voicecoach.findings.finding import Review
from voicecoach.history.keeper import Keeper
from voicecoach.history.kept import Attempt
from voicecoach.history.store import History
from voicecoach.interviewer.interviewer import Debrief
from voicecoach.scenarios import Persona, Profile, Prompts, Round, Scenario
from voicecoach.session import Choice, Typed
from voicecoach.settings import Settings
from voicecoach.sound import speaker
from voicecoach.sound.clip import Clip
from voicecoach.sound.faults import SILENT, STALLED
from voicecoach.sound.files import Recording, read
from voicecoach.sound.take import Hearing, Source
from voicecoach.sound.turn import PATIENCE
from voicecoach.web.channel import Channel, PageMicrophone
from voicecoach.words.transcriber import Transcriber
from voicecoach.words.transcript import Segment

State = Literal["getting ready", "speaking", "listening", "thinking", "waiting", "over"]
Answered = TypeVar("Answered")

SOUNDS_AT_MOST = 12
"""Lines kept for the page to play: what is older is not asked for any more."""
TO_WIND_UP_S = 60.0
"""How long a practice may take to write down what was said when the server stops, in seconds."""
STOPPED = "voicecoach was stopped on this computer."
LEFT = "You ended the practice."
TOO_LATE = "No answer is awaited now, or one was handed in already. Wait for the next question."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that buttons answer."""

    what: Literal["choice", "rating", "offer"]
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Feedback to show: an answer, its number in the practice, and the last try to compare."""

    number: int
    attempt: Attempt
    clip: Clip | None
    before: Review | None
    told: tuple[str, ...] = ()
    """Sentences after it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the page shows at a moment."""

    state: State = "getting ready"
    round: Round | None = None
    title: str = ""
    line: str = ""
    """What was said last, by the interviewer or the coach."""
    hearing: Hearing | None = None
    notes: tuple[str, ...] = ()
    """What went wrong in this round."""
    answer: Answer | None = None
    """The feedback that is on the page."""
    asked: Asked | None = None


class PageFace:
    """A practice on a page."""

    def __init__(self, channel: Channel) -> None:
        self.scene = Scene()
        self.last_answer: Callable[[Review, Review | None], Answer] = _unheard
        """Makes what is shown of an answer; the session's last take belongs to it."""
        self._channel = channel
        self._choices: SimpleQueue[Choice] = SimpleQueue()
        self._ratings: SimpleQueue[int] = SimpleQueue()
        self._taken_up: SimpleQueue[bool] = SimpleQueue()

    # What the session calls.

    def ask(self, round_: Round) -> None:
        """An answer to this round is wanted next."""
        if self.scene.answer is not None or self.scene.round is not round_:
            self._change(answer=None, asked=None, notes=())
        self._change(round=round_)

    def line(self, text: str, title: str) -> None:
        self._change(state="speaking", line=text, title=title, asked=None, hearing=None)

    def checking(self) -> None:
        """Never: the page has a check of its own before a practice begins."""

    def checked(self, sentence: str) -> None:
        """Never either."""

    def listening(self) -> None:
        self._change(state="listening", hearing=None)

    def hearing(self, hearing: Hearing) -> None:
        # That nothing comes, or nothing but zeros, the page sees by itself and words for a browser.
        if hearing.fault not in ("", SILENT, STALLED):
            self.note(hearing.fault)
        self._change(hearing=hearing)

    def finished_listening(self) -> None:
        self._change(state="thinking", hearing=None)

    def done(self) -> bool:
        return self._channel.finished

    def reviewed(self, review: Review, before: Review | None) -> None:
        title = review.round.title if review.round else ""
        answer = self.last_answer(review, before)
        self._change(state="waiting", answer=answer, title=title, hearing=None)

    def offer_choices(self, review: Review) -> None:
        _forget(self._choices)
        self._change(state="waiting", asked=Asked("choice"))

    def chosen(self) -> Choice | None:
        return _next(self._choices) or ("quit" if self._channel.away else None)

    def rate(self) -> int | None:
        _forget(self._ratings)
        self._change(state="waiting", asked=Asked("rating", self.scene.line))
        while self._channel.away is None:
            try:
                return self._ratings.get(timeout=1) or None
            except Empty:
                pass
        return None

    def rated(self, sentence: str) -> None:
        if shown := self.scene.answer:
            self._change(answer=replace(shown, told=(*shown.told, sentence)))

    def offer(self, sentence: str) -> None:
        _forget(self._taken_up)
        self._change(state="waiting", answer=None, asked=Asked("offer", sentence))

    def taken_up(self) -> bool | None:
        found = _next(self._taken_up)
        return False if found is None and self._channel.away else found

    def note(self, sentence: str) -> None:
        self._change(notes=(*self.scene.notes, sentence))

    # What the page's buttons call.

    def choose(self, choice: Choice) -> None:
        self._choices.put(choice)
        self._channel.wake()

    def give_rating(self, rating: int | None) -> None:
        self._ratings.put(rating or 0)

    def take_up(self, yes: bool) -> None:
        self._taken_up.put(yes)
        self._channel.wake()

    def over(self) -> None:
        self._change(state="over", hearing=None, answer=None, asked=None)

    def _change(self, **changes: object) -> None:
        self.scene = replace(self.scene, **changes)  # type: ignore[arg-type]


class Sounds:
    """What the page may fetch to play, by names that nobody guesses."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def add(self, clip: Clip) -> str:
        import soundfile

        file = io.BytesIO()
        samples = np.clip(clip.samples, -1.0, 1.0)
        soundfile.write(file, samples, clip.rate_hz, format="WAV", subtype="PCM_16")
        name = secrets.token_urlsafe(12)
        self._kept[name] = file.getvalue()
        while len(self._kept) > SOUNDS_AT_MOST:
            self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> bytes | None:
        return self._kept.get(name)


class PageVoice:
    """The interviewer's voice, rendered here and played by the page."""

    def __init__(
        self, voice: speaker.Voice, play: Callable[[Clip], None], muted: bool = False
    ) -> None:
        """*muted*: whether lines are only read; what the person asks to hear is played."""
        self._voice = voice
        self._muted = muted
        self.play = play
        self.render = voice.render

    def prepare(self, text: str) -> None:
        if not self._muted:
            self._voice.prepare(text)

    def say(self, text: str) -> None:
        if not self._muted:
            self.play(self.render(text))


class OneAtATime:
    """An engine that several practices share: it writes one answer down at a time."""

    def __init__(self, transcriber: Transcriber) -> None:
        self.engine, self.model = transcriber.engine, transcriber.model
        self._transcriber = transcriber
        self._asking = threading.Lock()

    def transcribe(self, samples: np.ndarray, prompt: str = "") -> list[Segment]:
        with self._asking:
            return self._transcriber.transcribe(samples, prompt)

    def glance(self, samples: np.ndarray) -> str:
        return self._transcriber.glance(samples)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person chose for a practice."""

    scenario: Scenario
    persona: Persona
    profile: Profile
    patience: str
    rating: bool
    """Whether they rate themselves before each score."""
    muted: bool = False
    """Whether the lines are to be read, not heard."""


class Room:
    """A practice, from its first line to its report."""

    def __init__(
        self,
        wanted: Wanted,
        prompts: Prompts,
        history: History,
        transcriber: Callable[[], Transcriber],
        settings: Settings,
    ) -> None:
        self.id = secrets.token_urlsafe(24)
        """Whoever knows it is in the room: it is told to the page that opened it alone."""
        self.channel = Channel()
        self.face = PageFace(self.channel)
        self.sounds = Sounds()
        self.number: int | None = None
        """The practice's number in the history, when it is over; None when nothing was kept."""
        self._folder = tempfile.TemporaryDirectory(prefix="voicecoach-", ignore_cleanup_errors=True)
        self._recordings: dict[int, Path] = {}
        self._lines: dict[str, str] = {}
        spoken = practice.voices([], wanted.persona)
        self._voice, *others = (PageVoice(one, self._play, wanted.muted) for one in spoken if one)
        self._keeper = Keeper(history, wanted.scenario)
        self._session = practice.prepared(
            prompts=prompts,
            scenario=wanted.scenario,
            keeper=self._keeper,
            source=self._source,
            transcriber=transcriber,
            voices=(self._voice, others[0] if others else None),
            face=self.face,
            patience=PATIENCE[wanted.patience],
            settings=settings,
            persona=wanted.persona,
            profile=wanted.profile,
            rating="key" if wanted.rating else None,
        )
        self.face.last_answer = self._answer
        self._thread = threading.Thread(target=self._run, daemon=True, name="practice")

    def start(self) -> None:
        self._thread.start()

    @property
    def scenario(self) -> Scenario:
        return self._session.scenario

    @property
    def prompts(self) -> Prompts:
        """As this practice has them."""
        return self._session.prompts

    @property
    def scene(self) -> Scene:
        return self.face.scene

    @property
    def reviews(self) -> tuple[Review, ...]:
        return tuple(self._session.reviews)

    @property
    def debrief(self) -> Debrief:
        return self._session.interviewer.debrief()

    @property
    def folder(self) -> Path:
        """Where the recordings are."""
        return self._keeper.folder

    def type(self, text: str) -> None:
        """Answer in writing, in place of speaking. Raises HandInError."""
        if not self.channel.hand_in(Typed(text)):
            raise HandInError(TOO_LATE)

    def take_recording(self, content: bytes, suffix: str) -> None:
        """Answer with a recording, in place of speaking. Raises RecordingError, HandInError."""
        if not self.channel.awaits:
            raise HandInError(TOO_LATE)
        path = Path(self._folder.name) / f"{secrets.token_hex(8)}{suffix}"
        try:
            path.write_bytes(content)
            # Now, while it can be put right: in the session there is nobody to tell.
            read(path)
            # To read it takes a while, in which the turn may have ended.
            if not self.channel.hand_in(path):
                raise HandInError(TOO_LATE)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise RecordingError(
                f"The recording cannot be put on this disk: {error.strerror}. Free some space."
            ) from error
        except VoicecoachError as error:
            path.unlink()
            raise type(error)(str(error).replace(str(path), "This file")) from error

    def recording(self, number: int) -> Path | None:
        """Where the sound of an answer lies, by its number in the practice, from 1."""
        path = self._recordings.get(number)
        return path if path and path.is_file() else None

    def say_line(self, criterion: str) -> str:
        """The name of the sound of a criterion's line to say. Raises KeyError, VoiceError."""
        text = self.prompts.criteria[criterion].say[0]
        name = self._lines.get(text)
        if name is None or self.sounds.get(name) is None:
            name = self._lines[text] = self.sounds.add(self._voice.render(text))
        return name

    def leave(self) -> None:
        """End the practice; what was said is kept."""
        self.channel.close(LEFT)

    def wind_up(self, reason: str, wait_s: float = TO_WIND_UP_S) -> None:
        """End the practice with what was said by now, and wait for that."""
        self.channel.close(reason)
        self._thread.join(wait_s)

    @property
    def abandoned(self) -> bool:
        """Whether it is over, and its page is gone."""
        return not self._thread.is_alive() and self.channel.away is not None

    def _run(self) -> None:
        try:
            practice.hold(self._session, self._keeper)
        except VoicecoachError as error:
            self.face.note(str(error))
        except Exception:
            logger.exception("A practice broke off")
            self.face.note(
                "voicecoach made a mistake, and this practice cannot go on; the terminal that "
                "voicecoach web runs in says which. What you said until then is kept."
            )
        finally:
            with suppress(HistoryError):
                self.number = self._keeper.number
            self.face.over()
            self._folder.cleanup()

    def _source(self, round_: Round, attempt: int) -> Source | Typed:
        self.face.ask(round_)
        instead = self.channel.handed_in()
        if instead is None:
            return PageMicrophone(self.channel)
        return instead if isinstance(instead, Typed) else Recording(instead)

    def _play(self, clip: Clip) -> None:
        if len(clip.samples):
            self.channel.play(f"/rooms/{self.id}/sounds/{self.sounds.add(clip)}")

    def _answer(self, review: Review, before: Review | None) -> Answer:
        take = self._session.last_take
        number = len(self._session.reviews)
        if take and take.path:
            self._recordings[number] = take.path
        attempt = Attempt(
            review=review,
            taken_at=datetime.now(timezone.utc),
            speech=take.speech if take else (),
            title=review.round.title if review.round else "",
        )
        clip = take.clip if take and len(take.clip.samples) else None
        return Answer(number, attempt, clip, before)


def _unheard(review: Review, before: Review | None) -> Answer:
    raise RuntimeError("no session")


def _next(given: SimpleQueue[Answered]) -> Answered | None:
    try:
        return given.get_nowait()
    except Empty:
        return None


def _forget(given: SimpleQueue[Answered]) -> None:
    while _next(given) is not None:
        pass
