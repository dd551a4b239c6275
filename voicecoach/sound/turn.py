"""Decide where an answer begins and ends.

Frames arrive already judged; this module only counts them. It opens no device
and loads no model, so a test can drive it with a string.
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


@dataclass(frozen=True, slots=True)
class Patience:
    to_finish_s: float
    """Silence that ends an answer, in seconds."""
    to_start_s: float = 30.0
    """Silence that ends a turn in which nothing was said yet, in seconds."""


PATIENCE = {"quick": Patience(2.0), "normal": Patience(4.0), "patient": Patience(8.0)}
"""The limits by the names a person chooses from."""
ENDLESS = Patience(inf, inf)
"""For a recording: its end is the end of the answer."""


@dataclass(slots=True)
class Turn:
    """One answer, told frame by frame.

    >>> turn = Turn(Patience(to_finish_s=3), frame_s=1)
    >>> for letter in "..xx.xx...":
    ...     turn.hear(letter == "x")
    >>> turn.over, turn.speech
    (True, (Span(start_s=2, end_s=4), Span(start_s=5, end_s=7)))
    """

    patience: Patience
    frame_s: float = FRAME_S
    _frames: int = 0
    _runs: list[list[int]] = field(default_factory=list)
    """First and one past the last frame of each run of talk."""

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
    def over(self) -> bool:
        if self._runs and self._runs[-1][1] == self._frames:
            # Someone has just begun to talk again, too short yet to be told from a click.
            return False
        limit_s = self.patience.to_finish_s if self.spoken else self.patience.to_start_s
        return self.quiet_s >= limit_s

    def _talked_until(self) -> int | None:
        """The frame after the last talk. Only the last run can be a click."""
        return next((run[1] for run in self._runs[:-3:-1] if self._is_talk(run)), None)

    def _is_talk(self, run: list[int]) -> bool:
        return (run[1] - run[0]) * self.frame_s >= SHORTEST_S
