"""Decide where an answer begins and ends.

Frames arrive already judged; this module only counts them. It opens no device
and loads no model, so a test can drive it with a string.

Silence proposes the end, meaning decides, and a long limit backs it up: how long a
silence has to be depends on how surely the answer sounds finished.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from voicecoach.sound.clip import Span
from voicecoach.sound.vad import FRAME_S

TALKING = 0.65
"""Probability from which a frame is speech. At 0.65 Silero found all five silences of 0.3 s and
more in 27 s of spontaneous speech, at 0.5 and 0.35 only four."""
BRIDGED_S = 0.2
"""A shorter gap belongs to the word around it: a stop, not a pause."""
SHORTEST_S = 0.15
"""A shorter burst is a click or a knock, not a word."""
QUIET_S = 0.3
"""Silence after which it is asked whether what was said sounds finished, in seconds."""
SURELY = 0.53
"""Probability, by words and sound, from which what was said counts as the whole answer. Of 135
answers, 75 that prompts/ending was fitted to and 60 by neural voices, half reach it, and 4 % of
the thinking pauses."""
PERHAPS = 0.12
"""The same from which it may be: 94 % of the answers, 38 % of the pauses."""
SOUNDS_FINISHED = 0.5
"""Probability from which it may be by its sound alone, of which nothing is surer than that."""
ECHO_S = 0.5
"""Talk that is there from the first frame on and is shorter than this, in seconds, is what the
room keeps of the interviewer's own line: nobody answers within a frame."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Silences that end a turn, in seconds."""

    finished_s: float
    """After what surely was the end of the answer."""
    perhaps_s: float
    """After what may have been."""
    unfinished_s: float
    """After what was not."""
    to_start_s: float = 30.0
    """When nothing was said yet."""


PATIENCE = {
    "quick": Patience(0.7, 1.5, 3.0),
    "normal": Patience(0.9, 2.1, 5.0),
    "patient": Patience(1.6, 4.0, 10.0),
}
"""The limits by the names a person chooses from."""
ENDLESS = Patience(inf, inf, inf, inf)
"""For a recording: its end is the end of the answer."""


@dataclass(slots=True)
class Turn:
    """One answer, told frame by frame.

    >>> turn = Turn(Patience(finished_s=1, perhaps_s=2, unfinished_s=4), frame_s=1)
    >>> for letter in "..xx.xx.":
    ...     turn.hear(letter == "x")
    >>> turn.wants_judging
    True
    >>> turn.judge(finished=0.9)
    >>> turn.ends_in_s
    1
    >>> turn.hear(0)
    >>> turn.over, turn.speech
    (True, (Span(start_s=2, end_s=4), Span(start_s=5, end_s=7)))
    """

    patience: Patience
    frame_s: float = FRAME_S
    after_voice: bool = False
    """Whether the interviewer's voice has just been played beside the microphone."""
    _frames: int = 0
    _runs: list[list[int]] = field(default_factory=list)
    """First and one past the last frame of each run of talk."""
    _judged: tuple[int, float] = (0, 0.0)
    """The frame after the last talk that was judged, and how probably it was the end."""
    _told: tuple[int, float | None] = (0, None)
    """The same, with the words known; None when there are none to be had."""

    def hear(self, probability: float) -> None:
        """Take in the next frame: how probable it is that someone talks in it."""
        if probability >= TALKING:
            last = self._runs[-1] if self._runs else None
            if last and (self._frames - last[1]) * self.frame_s < BRIDGED_S:
                last[1] = self._frames + 1
            else:
                if last and not self._is_talk(last):
                    self._runs.pop()
                self._runs.append([self._frames, self._frames + 1])
        self._frames += 1

    def judge(self, finished: float) -> None:
        """By its sound, what was said until this silence is finished with this probability."""
        self._judged = self._talked_until() or 0, finished

    def tell(self, until: int, finished: float | None) -> None:
        """By its words as well, what was said until the frame *until* is the whole answer with
        this probability; None when the words tell nothing."""
        self._told = until, finished

    @property
    def judged(self) -> float:
        """What was judged of this silence by the sound; 0 before it was."""
        return self._judged[1] if self._judged[0] == self._talked_until() else 0.0

    @property
    def wants_judging(self) -> bool:
        """Whether a silence has begun and nobody has judged what was said before it."""
        until = self._talked_until()
        return until is not None and self._judged[0] != until and self.silent_s >= QUIET_S

    @property
    def talked_until(self) -> int:
        """The frame after the last talk; 0 before any."""
        return self._talked_until() or 0

    @property
    def speech(self) -> tuple[Span, ...]:
        """Where someone talked, in seconds from the first frame."""
        return tuple(
            Span(first * self.frame_s, end * self.frame_s)
            for first, end in self._runs
            if self._is_talk([first, end])
        )

    @property
    def spoken(self) -> bool:
        """Whether someone has talked yet."""
        return self._talked_until() is not None

    @property
    def quiet_s(self) -> float:
        """Silence since the last talk, or since the start, in seconds."""
        return (self._frames - (self._talked_until() or 0)) * self.frame_s

    @property
    def silent_s(self) -> float:
        """The same, but 0 while a first sound may be the beginning of talk."""
        talking = self._runs and self._runs[-1][1] == self._frames
        return 0.0 if talking else self.quiet_s

    @property
    def ends_in_s(self) -> float:
        """How much more silence ends the turn, in seconds."""
        return max(0.0, self._limit_s - self.quiet_s)

    @property
    def over(self) -> bool:
        # Not when someone has just begun to talk again, too short yet to be told from a click.
        return self.silent_s > 0 and self.ends_in_s == 0

    @property
    def _limit_s(self) -> float:
        until = self._talked_until()
        if until is None:
            return self.patience.to_start_s
        finished = self._told[1] if self._told[0] == until else None
        if finished is None:
            perhaps = self.judged >= SOUNDS_FINISHED
            return self.patience.perhaps_s if perhaps else self.patience.unfinished_s
        if finished >= SURELY:
            return self.patience.finished_s
        return self.patience.unfinished_s if finished < PERHAPS else self.patience.perhaps_s

    def _talked_until(self) -> int | None:
        """The frame after the last talk. Only the last run can be a click."""
        return next((run[1] for run in self._runs[:-3:-1] if self._is_talk(run)), None)

    def _is_talk(self, run: list[int]) -> bool:
        least_s = ECHO_S if self.after_voice and run[0] == 0 else SHORTEST_S
        return (run[1] - run[0]) * self.frame_s >= least_s
