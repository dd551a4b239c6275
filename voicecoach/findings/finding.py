"""The facts of one answer, each with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voicecoach.findings.skills import Skills
from voicecoach.scenarios import Round
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Transcript

Verdict = Literal["met", "close", "missed", "slipped", "clear"]
"""For a "do": met, close (hinted at) or missed. For an "avoid": slipped or clear."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an answer did about one criterion.

    Met, close and slipped always carry a quote, the candidate's own words, and a span
    unless the text was typed. Missed and clear carry neither.
    """

    criterion: str
    verdict: Verdict
    quote: str | None
    span: Span | None
    confidence: float
    """Between 0 and 1: the probability that the verdict is right; of close and missed alike,
    that the criterion is not borne."""

    @property
    def heard(self) -> bool:
        """Whether the words are there: landed for a "do", slipped for an "avoid"."""
        return self.verdict in ("met", "slipped")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about an answer, with the range that is advised and what it means."""

    name: str
    value: float
    unit: str
    low: float | None
    """The least advised; None where there is no lower limit."""
    high: float | None
    meaning: str
    """One sentence on what this number does to a listener."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a score: what it is for, and the points got of those to be had."""

    reason: str
    points: int
    of: int
    """0 for a deduction."""


@dataclass(frozen=True, slots=True)
class Score:
    """A sum that can be checked by hand; it says nothing about being hired."""

    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        """Between 0 and 100."""
        return max(0, sum(part.points for part in self.parts))


@dataclass(frozen=True, slots=True)
class Review:
    """All that is known about one answer."""

    round: Round | None
    """None when it is not known what the answer replied to."""
    attempt: int
    """1 for the first answer to a line of the interviewer's."""
    duration_s: float
    """Length of the recording, silence included."""
    transcript: Transcript
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    score: Score | None
    """None without a round to be measured against, and when nothing was heard."""
    advice: tuple[str, ...]
    """Sentences, the most useful first."""
    warnings: tuple[str, ...] = ()
    """What went wrong while the answer was taken."""
    skills: Skills | None = None
    """Which skills it named, where a profile or an advert tells which count."""

    @property
    def heard_nothing(self) -> bool:
        return not self.transcript.words

    @property
    def heard(self) -> dict[str, Finding]:
        """The findings that are met or slipped, by criterion."""
        return {finding.criterion: finding for finding in self.findings if finding.heard}
