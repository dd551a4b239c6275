"""How times, numbers and measures are written for a reader, wherever they are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from voicecoach import scenarios

if TYPE_CHECKING:
    from voicecoach.findings.finding import Measure, Review
    from voicecoach.sound.take import Hearing


def label(name: str) -> str:
    """What a measure is called; one that is not known any more, or not yet, by its name.

    >>> label("pace_wpm"), label("sighs_per_min")
    ('Pace', 'Sighs per min')
    """
    known = scenarios.measured()
    return known[name].title if name in known else name.replace("_", " ").capitalize()


def number(value: float) -> str:
    """As many digits as mean something.

    >>> number(148.3), number(0.72), number(12.0), number(-23.4)
    ('148', '0.7', '12', '-23')
    """
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")


def figure(measure: Measure) -> str:
    """Its value as it is told: ``at least 3``, ``148``."""
    known = scenarios.measured()
    digits = known[measure.name].digits if measure.name in known else None
    value = number(measure.value) if digits is None else f"{measure.value:.{digits}f}"
    return f"at least {value}" if measure.at_least and measure.value else value


def spell(measure: Measure) -> str:
    """A measure's value with its unit."""
    return f"{figure(measure)} {measure.unit}"


def shown(measures: Iterable[Measure]) -> list[Measure]:
    """Those that tell a reader something; the others are for programs."""
    known = scenarios.measured()
    return [one for one in measures if one.name not in known or known[one.name].shown]


def advised(measure: Measure) -> str:
    """The range that is advised; empty when there is none."""
    low, high = measure.low, measure.high
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if high is not None:
        return f"up to {high:g}"
    return f"at least {low:g}" if low is not None else ""


COUNT_DOWN_AFTER_S = 0.8
"""A shorter silence is a breath, and no countdown disturbs it ..."""
COUNT_DOWN_BELOW_S = 0.5
"""... unless the answer ends so soon."""


def heard_state(hearing: Hearing) -> str:
    """What a person is told while they answer."""
    if hearing.stalled:
        return "no sound comes from the microphone"
    if hearing.spoken and (
        hearing.quiet_s >= COUNT_DOWN_AFTER_S or hearing.ends_in_s <= COUNT_DOWN_BELOW_S
    ):
        return f"your answer ends in {hearing.ends_in_s:.1f} s"
    return "I hear you" if hearing.spoken else "listening"


MOODS = {
    "impressed": "they were impressed.",
    "even": "they had not made up their mind.",
    "doubtful": "they had their doubts.",
}
ENDINGS = {
    "offer": "So this story ended with the offer.",
    "rejection": "So this story ended with the rejection.",
}
NO_FORECAST = (
    "That is a rule of this practice, applied to what was heard. It says nothing about whether a "
    "real interviewer would hire you."
)

LISTED = ("fillers", "hedges", "repeats")
"""Counts that are told one by one, with their words and times."""


def not_measured(review: Review) -> list[str]:
    """What there is no number for, each with the reason."""
    known = scenarios.measured()
    return [
        f"{known[one.name].title.lower()} ({one.reason})"
        for one in review.unmeasured
        if known[one.name].shown or one.name in LISTED
    ]


def clock(seconds: float) -> str:
    """A place in a recording.

    >>> clock(64.2)
    '1:04'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def day(when: datetime) -> str:
    """A day in the reader's own time zone."""
    local = when.astimezone()
    return f"{local.day} {local:%B %Y}"


def moment(when: datetime) -> str:
    """A day and time in the reader's own time zone."""
    return f"{day(when)}, {when.astimezone():%H:%M}"
