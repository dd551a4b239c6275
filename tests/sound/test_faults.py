"""Faults of a microphone, told while the answer is given."""

from types import SimpleNamespace

import numpy as np
import pytest
import soxr

from tests.conftest import RECORDINGS
from voicecoach.sound import files
from voicecoach.sound.faults import MUTED, NARROW, OVERFLOW, SILENT, STALLED, Faults

RATE_HZ = 16_000
BLOCK_S = 0.05
ROOM = np.random.default_rng(3).standard_normal(10 * RATE_HZ).astype("f4") * 1e-3


def zeros(duration_s):
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def room(duration_s):
    return ROOM[: round(duration_s * RATE_HZ)]


def told(*pieces, rate_hz=RATE_HZ, overflows_at_s=None):
    """Each sentence with the second at which it was told."""
    source = SimpleNamespace(rate_hz=rate_hz, overflows=0, silent=True, stalled=False)
    samples = np.concatenate(pieces)
    faults, found = Faults(source), []
    size = round(BLOCK_S * rate_hz)
    for at in range(0, len(samples) - size, size):
        block = samples[at : at + size]
        source.silent &= not block.any()
        source.overflows += overflows_at_s is not None and at == overflows_at_s * rate_hz
        if sentence := faults.hear(block):
            found.append((sentence, round(at / rate_hz + BLOCK_S, 2)))
    return found, faults.warnings


def test_a_microphone_that_is_muted_or_forbidden_is_told_within_a_second_and_once():
    ((sentence, at_s),), warnings = told(zeros(5))
    assert sentence == SILENT and at_s < 0.7
    assert warnings == ()


def test_a_mute_button_in_mid_answer_is_told_within_a_second():
    ((sentence, at_s),), warnings = told(room(2), zeros(5))
    assert sentence == MUTED and at_s < 3
    assert warnings == (MUTED,)


@pytest.mark.parametrize(
    "pieces",
    [
        (room(5),),
        # A device that starts, a word of silence in between.
        (zeros(0.3), room(2), zeros(0.5), room(1)),
        # One that puts zeros in place of a quiet room.
        (zeros(0.6), room(2), zeros(3), room(1)),
        (room(1), zeros(0.2), room(1), zeros(3)),
    ],
)
def test_zeros_that_are_no_fault_are_not_told(pieces):
    found, warnings = told(*pieces)
    assert MUTED not in dict(found)
    assert warnings == ()


def test_a_telephone_line_is_told_after_a_second_of_talk():
    """At its own rate, or brought up from it as a sound system does."""
    clip = files.read(RECORDINGS / "statement-strong-slt.flac")
    narrow = soxr.resample(clip.samples, clip.rate_hz, 8000)
    (found,), warnings = told(narrow, rate_hz=8000)
    assert found == (NARROW, 0.05)
    again = soxr.resample(narrow, 8000, RATE_HZ)
    sixteen_bit = (again * 32767).round().astype("i2").astype("f4") / 32768
    for samples in (again, sixteen_bit):
        (found,), warnings = told(samples)
        assert found[0] == NARROW and found[1] < 3
        assert warnings == (NARROW,)


def test_no_recorded_voice_is_taken_for_a_telephone():
    """The project's recordings have 16 kHz, and noises among them."""
    for path in sorted(RECORDINGS.glob("*.flac"))[::3]:
        clip = files.read(path)
        found, _ = told(clip.samples[: 8 * clip.rate_hz], rate_hz=clip.rate_hz)
        assert NARROW not in dict(found), path.name


def test_lost_and_missing_sound_is_told():
    assert told(room(3), overflows_at_s=1) == ([(OVERFLOW, 1.05)], (OVERFLOW,))
    stalled = SimpleNamespace(rate_hz=RATE_HZ, overflows=0, silent=False, stalled=True)
    assert Faults(stalled).hear(zeros(0)) == STALLED
