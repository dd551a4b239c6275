"""The sound itself: how the pitch moves, and whether the microphone did its work.

Pitch comes from swift-f0, loudness from pyloudnorm. Both are given the talk alone,
brought to one level, so that neither gain nor silence moves a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span
from voicecoach.sound.turn import BRIDGED_S

if TYPE_CHECKING:
    from swift_f0 import SwiftF0

LOWEST_HZ, HIGHEST_HZ = 65.0, 400.0
"""Where a voice is looked for: fixed limits of 75 to 500 Hz let the tracker jump by octaves."""
SURE = 0.5
"""Confidence from which a frame counts as voiced: none do in whispering, hum and room noise."""
FRAME_S = 0.016
FURTHEST_ST = 9.0
"""Semitones from the speaker's median at the most: further off is creak, or an octave's error."""
LEAST_VOICED_S = 5.0
"""In less voiced sound a few frames move the spread."""

SOFTEST_DB = 25.0
ABOVE_NOISE_DB = 6.0
EDGE_FRAME_S = 0.01
SOFT_FRAMES = 3
"""So many soft frames on end are the end of a word."""

LOUDNESS_BLOCK_S = 0.4
"""The shortest sound that has a loudness (ITU-R BS.1770)."""
CLIPPED = 0.985
"""Resampled, a wave cut off at full scale stays this close to it."""
CLIPPED_SAMPLES = 3
SAME_PLACE_S = 0.5
BESIDE_TALK_S = 0.05
"""So near to talk, silence may hold the end of a word."""
LEAST_SILENCE_S = 0.3
"""In less silence the noise cannot be told."""
NOISE_FRAME = 512
"""Samples that the noise is measured over at a time."""
QUIETER_SHARE = 25
"""The noise is as loud as this percentile of the frames without talk: in the louder ones may be
a breath, or the soft end of a word."""
BEST_SNR_DB = 60.0
"""More than any room has: a recording whose silence was made."""


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """The pitch of the voiced frames of some talk."""

    at_s: np.ndarray
    """Shape (n_frames,): seconds from the start of the answer."""
    hz: np.ndarray
    """Shape (n_frames,)."""

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


def pitch(samples: np.ndarray, start_s: float = 0.0) -> Pitch:
    """The pitch of one stretch of talk.

    *samples*: shape (n_samples,), float32, 16 kHz; *start_s*: where they lie in the answer.
    """
    loudest = float(np.abs(samples).max(initial=0.0))
    if not loudest:
        return joined([])
    # The tracker takes what is very soft for silence.
    found = _tracker().detect(
        samples * (0.5 / loudest), SPEECH_RATE_HZ, fmin=LOWEST_HZ, fmax=HIGHEST_HZ
    )
    sure = found.confidence >= SURE
    return Pitch(found.timestamps[sure] + start_s, found.pitch_hz[sure])


def pitch_of(clip: Clip, speech: Sequence[Span]) -> Pitch:
    """The pitch of all the talk in a clip."""
    return Tracker().pitch(clip, speech)


class Tracker:
    """The pitch of one answer, tracked while it goes on, each stretch of talk once."""

    def __init__(self) -> None:
        self._known: dict[Span, Pitch] = {}

    def hear(self, clip: Clip, speech: Sequence[Span]) -> None:
        """Track what is new; *clip* and *speech* begin as they did before."""
        for span in speech:
            if span not in self._known:
                self._known[span] = pitch(clip.cut(span).samples, span.start_s)

    def pitch(self, clip: Clip, speech: Sequence[Span]) -> Pitch:
        """Of the whole answer, as ``pitch_of`` gives it."""
        self.hear(clip, speech)
        return joined([self._known[span] for span in speech])


def joined(parts: Sequence[Pitch]) -> Pitch:
    """The pitch of stretches that follow one another."""
    empty = [np.zeros(0)]
    return Pitch(
        np.concatenate([part.at_s for part in parts] or empty),
        np.concatenate([part.hz for part in parts] or empty),
    )


@cache
def _tracker() -> SwiftF0:
    from swift_f0 import SwiftF0

    # One thread, asleep between calls: more are slower beside Whisper.
    return SwiftF0(threads=1, spin=False)


def get_ready() -> None:
    """Load what the measures need, so that nobody waits for it after an answer."""
    import pyloudnorm  # noqa: F401

    _tracker()


def peak_dbfs(clip: Clip) -> float:
    """The loudest sample, in dB below full scale."""
    loudest = float(np.abs(clip.samples).max(initial=0.0))
    return 20 * float(np.log10(max(loudest, 1e-5)))


def loudness_lufs(clip: Clip) -> float | None:
    """Integrated loudness (ITU-R BS.1770), silence gated out; None where there is too little."""
    from pyloudnorm import Meter

    if clip.duration_s < LOUDNESS_BLOCK_S:
        return None
    loudness = float(Meter(clip.rate_hz).integrated_loudness(clip.samples))
    return loudness if np.isfinite(loudness) else None


def clipped(clip: Clip) -> tuple[Span, ...]:
    """Where the microphone overloaded: three samples or more in a row at full scale.

    Places within half a second of one another are one.
    """
    loud = np.abs(clip.samples) >= CLIPPED
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    places: list[Span] = []
    for first, end in edges.reshape(-1, 2):
        if end - first < CLIPPED_SAMPLES:
            continue
        span = Span(float(first) / clip.rate_hz, float(end) / clip.rate_hz)
        if places and span.start_s - places[-1].end_s < SAME_PLACE_S:
            places[-1] = Span(places[-1].start_s, span.end_s)
        else:
            places.append(span)
    return tuple(places)


def snr_db(clip: Clip, speech: Sequence[Span]) -> float | None:
    """How far the talk stands above the noise, in dB; None without silence to compare it with.

    The power of the talk, less that of the noise in it, over that of the silence.
    """
    powers = _powers(clip, speech)
    if powers is None:
        return None
    heard, noise = powers
    if noise <= heard * 10 ** (-BEST_SNR_DB / 10):
        return BEST_SNR_DB
    return 10 * float(np.log10(max(heard - noise, noise * 1e-3) / noise))


def _powers(clip: Clip, speech: Sequence[Span]) -> tuple[float, float] | None:
    """The mean square of the talk and of the silence; None where there is too little of either."""
    talk = np.zeros(len(clip.samples), bool)
    near = np.zeros(len(clip.samples), bool)
    for span in speech:
        start, end = (round(at_s * clip.rate_hz) for at_s in (span.start_s, span.end_s))
        beside = round(BESIDE_TALK_S * clip.rate_hz)
        talk[start:end] = True
        near[max(0, start - beside) : end + beside] = True
    silence = clip.samples[~near]
    if len(silence) < LEAST_SILENCE_S * clip.rate_hz or not talk.any():
        return None
    frames = silence[: len(silence) // NOISE_FRAME * NOISE_FRAME].reshape(-1, NOISE_FRAME)
    noise = np.percentile(np.mean(np.square(frames, dtype=np.float64), axis=1), QUIETER_SHARE)
    return float(np.mean(np.square(clip.samples[talk], dtype=np.float64))), float(noise)


def to_its_edges(clip: Clip, speech: Sequence[Span]) -> tuple[Span, ...]:
    """The talk with its soft beginnings and ends, which voice activity leaves out.

    Each stretch is drawn out for as long as the sound beside it stays loud: within 25 dB of the
    talk, which a breath does not reach, and clearly above the noise.
    """
    powers = _powers(clip, speech)
    if powers is None:
        return tuple(speech)
    heard, noise = powers
    least = max(heard * 10 ** (-SOFTEST_DB / 10), noise * 10 ** (ABOVE_NOISE_DB / 10))
    hop = round(EDGE_FRAME_S * clip.rate_hz)
    frames = clip.samples[: len(clip.samples) // hop * hop].reshape(-1, hop)
    loud = np.mean(np.square(frames, dtype=np.float64), axis=1) >= least
    drawn: list[Span] = []
    for number, span in enumerate(speech):
        after_s = speech[number + 1].start_s if number + 1 < len(speech) else clip.duration_s
        before_s = drawn[-1].end_s if drawn else 0.0
        start = _walk(loud, round(span.start_s / EDGE_FRAME_S) - 1, -1)
        end = _walk(loud, round(span.end_s / EDGE_FRAME_S), 1)
        start_s = max(before_s, min(span.start_s, (start + 1) * EDGE_FRAME_S))
        end_s = min(after_s, max(span.end_s, end * EDGE_FRAME_S))
        if drawn and start_s - before_s < BRIDGED_S:
            drawn[-1] = Span(drawn[-1].start_s, end_s)
        else:
            drawn.append(Span(start_s, end_s))
    return tuple(drawn)


def _walk(loud: np.ndarray, at: int, step: int) -> int:
    """The frame before which the sound, walked along from *at*, stays soft."""
    reached, soft = at, 0
    while 0 <= at < len(loud) and soft < SOFT_FRAMES:
        soft = 0 if loud[at] else soft + 1
        at += step
        if not soft:
            reached = at
    return reached
