"""What is wrong with the sound as it comes, in one sentence with what to do.

Looked at block by block while an answer is given, so that a fault is told within a second and
not after the answer.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from voicecoach.sound.take import Source

SILENT_S = 0.5
"""A microphone that works is never this long at exactly zero when it is opened, in seconds."""
MUTED_S = 0.8
"""Nor so long after it has delivered sound, unless it gates its noise."""
LOUD_DBFS = -40.0
"""A quieter block tells nothing of what the microphone lets through."""
NARROW_DB = -65.0
"""Power from 4.4 to 7 kHz over that from 0.2 to 3.6 kHz in a second of loud sound, below which a
line of 8 kHz has cut it off. Eighty recordings had -56 at the least; brought down to 8 kHz and up
again they had -108 at the most, and 16-bit samples add noise at about -80."""
NARROW_RATE_HZ = 8_000

SILENT = (
    "The microphone delivers nothing but zeros. See that it is not muted and that your terminal "
    "is allowed to use it (macOS and Windows: Settings, Privacy, Microphone), or choose another "
    "one; voicecoach devices lists them."
)
MUTED = (
    "The microphone has gone silent in the middle of it. See whether its mute button was pressed, "
    "then go on."
)
STALLED = "No sound comes from the microphone any more. Look at its plug."
NARROW = (
    "The microphone sounds like a telephone, as a Bluetooth headset does in a call, and words are "
    "misheard more often. Take a wired or built-in microphone; voicecoach devices lists them."
)
OVERFLOW = (
    "The computer was too busy to fetch all the sound, so some of it is missing. Close other "
    "programs and try again."
)


class Faults:
    """Looks at one answer from a microphone."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._heard_s = 0.0
        self._zeros_s = 0.0
        """How long it has been at exactly zero by now."""
        self._sounded = False
        self._gates = False
        """Whether it puts zeros in place of a quiet room: then zeros tell nothing."""
        self._powers: deque[tuple[float, float, float]] = deque()
        """Length, high and low power of the loud blocks of the last second."""
        self._overflows = 0
        self._told: set[str] = set()

    def hear(self, block: np.ndarray) -> str:
        """Take in the next block, shape (n_samples,): what is wrong now and was not told yet."""
        found = self._found(block)
        if found in self._told:
            return ""
        self._told.add(found)
        return found

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of it the finished answer suffers from."""
        return tuple(one for one in (MUTED, NARROW, OVERFLOW) if one in self._told)

    def _found(self, block: np.ndarray) -> str:
        source = self._source
        if source.stalled:
            return STALLED
        block_s = len(block) / source.rate_hz
        self._heard_s += block_s
        lost = source.overflows > self._overflows
        self._overflows = source.overflows
        zeros = self._at_zero(block, block_s)
        if source.silent and self._heard_s >= SILENT_S:
            return SILENT
        if zeros:
            return MUTED
        if lost:
            return OVERFLOW
        return NARROW if self._narrow(block, block_s) else ""

    def _at_zero(self, block: np.ndarray, block_s: float) -> bool:
        if not block.any():
            self._zeros_s += block_s
            return self._sounded and not self._gates and self._zeros_s >= MUTED_S
        # Zeros while a device starts say nothing; for half a second, or again and again, they do.
        self._gates |= self._zeros_s > (0 if self._sounded else SILENT_S)
        self._zeros_s, self._sounded = 0.0, True
        return False

    def _narrow(self, block: np.ndarray, block_s: float) -> bool:
        if self._source.rate_hz <= NARROW_RATE_HZ:
            return True
        if not len(block) or np.mean(np.square(block)) < 10 ** (LOUD_DBFS / 10):
            return False
        power = np.abs(np.fft.rfft(block * np.hanning(len(block)))) ** 2
        at_hz = np.fft.rfftfreq(len(block), 1 / self._source.rate_hz)
        high = float(power[(at_hz > 4400) & (at_hz < 7000)].sum())
        low = float(power[(at_hz > 200) & (at_hz < 3600)].sum())
        self._powers.append((block_s, high, low))
        length_s, high, low = map(sum, zip(*self._powers, strict=True))
        if length_s < 1:
            return False
        self._powers.popleft()
        return high < low * 10 ** (NARROW_DB / 10)
