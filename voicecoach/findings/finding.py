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
class Moment:
    """Where in the recording something happened, with the words that were said there."""

    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about an answer, with the range that is advised and what it means."""

    name: str
    value: float
    unit: str
    low: float | None
    """The least advised; None where there is no lower limit, or no evidence for one."""
    high: float | None
    meaning: str
    """One sentence on what this number does to a listener."""
    source: str = ""
    """Where range and meaning come from."""
    error: float | None = None
    """About how far off the value may be, in its unit, as benchmarks/delivery.py found."""
    at_least: bool = False
    """Whether some of it goes unheard, so that the true value may be higher."""
    act_below: float | None = None
    """Below it advice is due; between it and ``low``, and without it, the number is only shown."""
    act_above: float | None = None
    where: tuple[Moment, ...] = ()
    """The moments that make it up, in their order; none where it is of the whole answer."""

    @property
    def off(self) -> Literal["low", "high"] | None:
        """On which side the value is so far off that advice is due."""
        if self.act_below is not None and self.value < self.act_below:
            return "low"
        return "high" if self.act_above is not None and self.value > self.act_above else None


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A measure that this recording gives no number for, and why."""

    name: str
    reason: str
    """The end of a sentence: ``it needs 20 s of talk``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a score: what it is for, and the points got of those to be had."""

    reason: str
    """The id of a criterion, or the name of a measure."""
    points: int
    of: int
    """0 for a deduction."""
    about: Literal["content", "delivery"] = "content"


@dataclass(frozen=True, slots=True)
class Score:
    """A sum that can be checked by hand; it says nothing about being hired."""

    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        """Between 0 and 100: content and delivery together, less what slipped."""
        return max(0, sum(part.points for part in self.parts))

    def of(self, about: Literal["content", "delivery"]) -> tuple[int, int]:
        """The points of one side, 0 at the least, and how many there are to be had."""
        parts = [part for part in self.parts if part.about == about]
        return max(0, sum(part.points for part in parts)), sum(part.of for part in parts)


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do in the next try."""

    about: str
    """The id of a criterion, or the name of a measure."""
    heard: str
    """A sentence on what was heard, or was not."""
    try_next: str
    why: str = ""
    source: str = ""
    """Where the reason comes from."""
    span: Span | None = None
    gain: int = 0
    """Points of the score that it is worth."""

    @property
    def text(self) -> str:
        return f"{self.heard} {self.try_next}".strip()


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
    advice: tuple[Advice, ...]
    """The most useful first."""
    warnings: tuple[str, ...] = ()
    """What went wrong while the answer was taken."""
    unmeasured: tuple[Unmeasured, ...] = ()
    skills: Skills | None = None
    """Which skills it named, where a profile or an advert tells which count."""

    @property
    def heard_nothing(self) -> bool:
        return not self.transcript.words

    @property
    def heard(self) -> dict[str, Finding]:
        """The findings that are met or slipped, by criterion."""
        return {finding.criterion: finding for finding in self.findings if finding.heard}
