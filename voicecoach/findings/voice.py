"""The sound itself: where exactly someone talks in it, and whether the microphone did its work.

Loudness comes from pyloudnorm. What is loud or soft is told by the talk itself and by the noise
under it, so that gain moves no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.pitch import Pitch, tracker
from voicecoach.sound.turn import BRIDGED_S

LEAST_VOICED_S = 5.0
"""In less voiced sound a few frames move the spread."""

SOFTEST_DB = 25.0
ABOVE_NOISE_DB = 6.0
EDGE_FRAME_S = 0.01
SOFT_FRAMES = 3
"""So many soft frames on end are the end of a word."""
LEAST_VOICE_S = 0.1
"""A voice that sounds so long in a silence was talk that voice activity did not hear."""
VOICE_GAP_S = 0.04
"""A shorter break in the voice is a consonant in it."""

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


def get_ready() -> None:
    """Load what the measures need, so that nobody waits for it after an answer."""
    import pyloudnorm  # noqa: F401

    tracker()


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


def talk(clip: Clip, speech: Sequence[Span], pitch: Pitch) -> tuple[Span, ...]:
    """*speech* with what voice activity leaves out of it: soft beginnings and ends, and whole
    sounds of a voice, above all a drawn-out "um" or "and".

    *pitch*: from the first talk to the last. Each stretch is drawn out for as long as the sound
    beside it stays loud: within 25 dB of the talk, which a breath does not reach, and clearly
    above the noise.
    """
    powers = _powers(clip, speech)
    if powers is None:
        return tuple(speech)
    heard, noise = powers
    softest = heard * 10 ** (-SOFTEST_DB / 10)
    hop = round(EDGE_FRAME_S * clip.rate_hz)
    frames = clip.samples[: len(clip.samples) // hop * hop].reshape(-1, hop)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    loud = power >= max(softest, noise * 10 ** (ABOVE_NOISE_DB / 10))
    sounds = _voices_between(speech, pitch, power, max(softest, noise))
    stretches = sorted([*speech, *sounds])
    drawn: list[Span] = []
    for number, span in enumerate(stretches):
        after_s = stretches[number + 1].start_s if number + 1 < len(stretches) else clip.duration_s
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


def _voices_between(
    speech: Sequence[Span], pitch: Pitch, power: np.ndarray, least: float
) -> list[Span]:
    """The sounds of a voice that lie between the stretches of *speech*.

    *power*: the mean square of each EDGE_FRAME_S; softer than *least* on the mean they are
    nobody near by.
    """
    sounds = []
    for before, after in pairwise(speech):
        for sound in pitch.within([Span(before.end_s, after.start_s)]).voiced(
            LEAST_VOICE_S, VOICE_GAP_S
        ):
            start, end = (round(at_s / EDGE_FRAME_S) for at_s in (sound.start_s, sound.end_s))
            if power[start:end].mean() >= least:
                inside = Span(max(before.end_s, sound.start_s), min(after.start_s, sound.end_s))
                sounds.append(inside)
    return sounds


def _walk(loud: np.ndarray, at: int, step: int) -> int:
    """The frame before which the sound, walked along from *at*, stays soft."""
    reached, soft = at, 0
    while 0 <= at < len(loud) and soft < SOFT_FRAMES:
        soft = 0 if loud[at] else soft + 1
        at += step
        if not soft:
            reached = at
    return reached
