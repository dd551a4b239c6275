"""The values that carry sound: a stretch of time, and samples with their rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SPEECH_RATE_HZ = 16_000
"""The rate that voice activity and Whisper hear at, in samples per second."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a recording, in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def overlap_s(self, other: Span) -> float:
        """How many seconds the two have in common.

        >>> Span(0, 2).overlap_s(Span(1.5, 4))
        0.5
        """
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One voice, one channel."""

    samples: np.ndarray
    """Shape (n_samples,), float32, each between -1 and 1."""
    rate_hz: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def cut(self, span: Span) -> Clip:
        """The samples of *span*, as far as the clip has them."""
        start, end = (max(0, round(at_s * self.rate_hz)) for at_s in (span.start_s, span.end_s))
        return Clip(self.samples[start:end], self.rate_hz)
