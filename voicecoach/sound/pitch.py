"""Samples -> how high the voice is, frame by frame: its fundamental frequency (F0).

The tracker is swift-f0. It is given one stretch of an answer after the other, each brought to
one level, so that the pitch can be followed while someone still talks and gain moves no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span

if TYPE_CHECKING:
    from swift_f0 import SwiftF0

LOWEST_HZ, HIGHEST_HZ = 65.0, 400.0
"""Where a voice is looked for: fixed limits of 75 to 500 Hz let the tracker jump by octaves."""
SURE = 0.5
"""Confidence from which a frame counts as voiced: none do in whispering, hum and room noise."""
VERY_SURE = 0.8
"""Confidence from which a frame is a voice even where voice activity heard none. Babble 15 dB
under the voice reached 0.5 in many a pause of six answers, and this in none."""
FRAME_S = 0.016
FURTHEST_ST = 9.0
"""Semitones from the speaker's median at the most: further off is creak, or an octave's error."""


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """The pitch of the voiced frames of some talk."""

    at_s: np.ndarray
    """Shape (n_frames,): seconds from the start of the answer, in their order."""
    hz: np.ndarray
    """Shape (n_frames,)."""
    confidence: np.ndarray
    """Shape (n_frames,): between SURE and 1."""

    @property
    def voiced_s(self) -> float:
        return len(self.hz) * FRAME_S

    @property
    def semitones(self) -> np.ndarray:
        """Shape (n_frames,): above and below the speaker's own median, in semitones.

        Frames too far from it are left out, as creak or an octave's error.
        """
        semitones = 12 * np.log2(self.hz / np.median(self.hz))
        return semitones[np.abs(semitones) <= FURTHEST_ST]

    @property
    def spread_st(self) -> float:
        """A robust standard deviation in semitones: P95 less P5, over 3.29.

        Swift-F0 and Praat agree on it within 0.25, on the plain one only within 1.1.
        """
        low, high = np.percentile(self.semitones, [5, 95])
        return float(high - low) / 3.29

    def within(self, speech: Sequence[Span]) -> Pitch:
        """The frames of it that lie in *speech*."""
        inside = np.zeros(len(self.at_s), bool)
        for span in speech:
            inside |= (self.at_s >= span.start_s) & (self.at_s < span.end_s)
        return self._of(inside)

    def voiced(self, least_s: float, gap_s: float) -> tuple[Span, ...]:
        """Where a voice surely sounds for *least_s* and more, bridging gaps of up to *gap_s*."""
        at_s = self._of(self.confidence >= VERY_SURE).at_s
        runs = np.split(at_s, np.flatnonzero(np.diff(at_s) > FRAME_S + gap_s) + 1)
        spans = (
            Span(float(run[0]) - FRAME_S / 2, float(run[-1]) + FRAME_S / 2)
            for run in runs
            if len(run)
        )
        return tuple(span for span in spans if span.duration_s >= least_s)

    def _of(self, frames: np.ndarray) -> Pitch:
        return Pitch(self.at_s[frames], self.hz[frames], self.confidence[frames])


def pitch(samples: np.ndarray, start_s: float = 0.0) -> Pitch:
    """The pitch of one stretch of talk.

    *samples*: shape (n_samples,), float32, 16 kHz; *start_s*: where they lie in the answer.
    """
    loudest = float(np.abs(samples).max(initial=0.0))
    if not loudest:
        return joined([])
    # The tracker takes what is very soft for silence.
    found = tracker().detect(
        samples * (0.5 / loudest), SPEECH_RATE_HZ, fmin=LOWEST_HZ, fmax=HIGHEST_HZ
    )
    sure = found.confidence >= SURE
    return Pitch(found.timestamps[sure] + start_s, found.pitch_hz[sure], found.confidence[sure])


def stretches(speech: Sequence[Span]) -> tuple[Span, ...]:
    """An answer in pieces that never change while it goes on: each is a stretch of talk with the
    silence before it, in which a voice may sound that voice activity did not hear.

    >>> stretches([Span(1, 2), Span(4, 5)])
    (Span(start_s=1, end_s=2), Span(start_s=2, end_s=5))
    """
    return (
        *speech[:1],
        *(Span(before.end_s, after.end_s) for before, after in pairwise(speech)),
    )


def pitch_of(clip: Clip, speech: Sequence[Span]) -> Pitch:
    """The pitch of an answer, from the first talk to the last."""
    return joined([pitch(clip.cut(span).samples, span.start_s) for span in stretches(speech)])


def joined(parts: Sequence[Pitch]) -> Pitch:
    """The pitch of stretches that follow one another."""
    empty = [np.zeros(0)]
    return Pitch(
        np.concatenate([part.at_s for part in parts] or empty),
        np.concatenate([part.hz for part in parts] or empty),
        np.concatenate([part.confidence for part in parts] or empty),
    )


@cache
def tracker() -> SwiftF0:
    """The model, loaded when it is first asked for."""
    from swift_f0 import SwiftF0

    # One thread, asleep between calls: more are slower beside Whisper.
    return SwiftF0(threads=1, spin=False)
