"""Findings and measures -> what to say about them, the most useful first.

The wording of each criterion lies in prompts/criteria; here is what is chosen
and in which order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicecoach.findings.finding import Finding, Measure, Part, Review, Score
from voicecoach.scenarios import Criterion, Round

LENGTH_POINTS = 10
"""Delivery counts for little: about 4 % of the variance of interviewers' judgments
(DeGroot & Motowidlo 1999)."""
SLIP_POINTS = 20

NOTHING_HEARD = (
    "I heard nothing. Speak closer to the microphone; if the level meter does not move while you "
    "talk, choose another one (voicecoach devices). Then try again."
)


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that the round listens for and did not hear; any of *ways* would have done."""

    ways: tuple[Criterion, ...]
    hint: Finding | None
    """What came close to the first of them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An answer's findings, sorted for a reader."""

    landed: tuple[tuple[Criterion, Finding], ...]
    """What the round listens for, in its order."""
    besides: tuple[tuple[Criterion, Finding], ...]
    """Good things that were not asked for here."""
    missing: tuple[Missing, ...]
    slipped: tuple[tuple[Criterion, Finding], ...]
    hinted: tuple[tuple[Criterion, Finding], ...]
    """What was nearly said, where it is not known what was asked for."""


def summarise(
    findings: Sequence[Finding], round_: Round | None, criteria: Mapping[str, Criterion]
) -> Summary:
    heard = {finding.criterion: finding for finding in findings if finding.heard}
    close = {finding.criterion: finding for finding in findings if finding.verdict == "close"}
    groups = round_.listens_for if round_ else ()
    asked = list(dict.fromkeys(id_ for group in groups for id_ in group))
    # The broad finding says nothing new beside the special ones that imply it.
    implied = {
        broad for id_ in heard for broad in criteria[id_].implies if heard[id_].verdict == "met"
    }
    return Summary(
        landed=tuple((criteria[id_], heard[id_]) for id_ in asked if id_ in heard),
        besides=tuple(
            (criteria[id_], finding)
            for id_, finding in heard.items()
            if finding.verdict == "met" and id_ not in asked and id_ not in implied
        ),
        missing=tuple(
            _missing(group, close, criteria)
            for group in groups
            if not any(id_ in heard for id_ in group)
        ),
        slipped=tuple(
            (criteria[id_], finding)
            for id_, finding in heard.items()
            if finding.verdict == "slipped"
        ),
        hinted=() if round_ else tuple((criteria[id_], finding) for id_, finding in close.items()),
    )


def _missing(
    group: Sequence[str], close: Mapping[str, Finding], criteria: Mapping[str, Criterion]
) -> Missing:
    """What was hinted at comes first: it is the shortest way to go."""
    ids = sorted(group, key=lambda id_: id_ not in close)
    return Missing(tuple(criteria[id_] for id_ in ids), close.get(ids[0]))


def score(summary: Summary, measures: Sequence[Measure], round_: Round) -> Score:
    """Equal points for each thing the round listens for, a few for length, less for slips."""
    landed_ids = {criterion.id for criterion, _ in summary.landed}
    content = 100 - LENGTH_POINTS
    shares = [content // len(round_.listens_for)] * len(round_.listens_for)
    shares[0] += content - sum(shares)
    parts = []
    for group, share in zip(round_.listens_for, shares, strict=True):
        met = [id_ for id_ in group if id_ in landed_ids]
        parts.append(Part((met or list(group))[0], share if met else 0, share))
    length = next(measure for measure in measures if measure.name == "answer_length_s")
    parts.append(Part("length", 0 if off_range(length) else LENGTH_POINTS, LENGTH_POINTS))
    parts += (Part(criterion.id, -SLIP_POINTS, 0) for criterion, _ in summary.slipped)
    return Score(tuple(parts))


def advise(
    summary: Summary,
    measures: Sequence[Measure],
    round_: Round | None,
    criteria: Mapping[str, Criterion],
) -> tuple[str, ...]:
    """What to do in the next try: what slipped, then what was missing, then delivery."""
    sentences = [
        f'You said "{finding.quote}". {criterion.advice} Say instead: "{criterion.say[0]}"'
        for criterion, finding in summary.slipped
    ]
    sentences += map(_add, summary.missing)
    sentences += (ADVICE[measure.name](measure) for measure in measures if off_range(measure))
    heard = {criterion.id for criterion, _ in (*summary.landed, *summary.besides)}
    best = round_.even_better if round_ else ()
    if best and not summary.missing and not heard.intersection(best):
        sentences.append(
            f'Better still: {criteria[best[0]].advice} For example: "{criteria[best[0]].say[0]}"'
        )
    return tuple(sentences)


def _add(missing: Missing) -> str:
    """How to say what was missing, or what was only hinted at."""
    way = missing.ways[0]
    if missing.hint:
        return (
            f'Close: you hinted at it with "{missing.hint.quote}". Say it outright: "{way.say[0]}"'
        )
    return f'{way.advice} For example: "{way.say[0]}"'


def off_range(measure: Measure) -> bool:
    return (measure.low is not None and measure.value < measure.low) or (
        measure.high is not None and measure.value > measure.high
    )


def _length(measure: Measure) -> str:
    spoken = f"You spoke for {measure.value:.0f} s; {measure.low:.0f} to {measure.high:.0f} s"
    if measure.low is not None and measure.value < measure.low:
        return f"{spoken} is good here. Take the room that you have: add one example."
    return f"{spoken} is good here. Keep the one point that matters most and stop after it."


def _pace(measure: Measure) -> str:
    spoken = f"You spoke {measure.value:.0f} words a minute"
    if measure.low is not None and measure.value < measure.low:
        return f"{spoken}, which is slow. Decide on the sentence first, then say it in one go."
    return f"{spoken}, which is quick. Stop for a breath after each point."


def _pause(measure: Measure) -> str:
    return (
        f"Your longest pause was {measure.value:.1f} s. To think is fine; "
        "finish the sentence first, and pause after it."
    )


ADVICE = {"answer_length_s": _length, "pace_wpm": _pace, "longest_pause_s": _pause}


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from one attempt to the next: ids of criteria."""

    gained: tuple[str, ...]
    """Newly met, or no longer slipped."""
    lost: tuple[str, ...]
    """No longer met, or newly slipped."""


def compare(before: Review, after: Review) -> Change:
    met_before, met_after = _ids(before, "met"), _ids(after, "met")
    slipped_before, slipped_after = _ids(before, "slipped"), _ids(after, "slipped")
    return Change(
        gained=tuple([*_new(met_after, met_before), *_new(slipped_before, slipped_after)]),
        lost=tuple([*_new(met_before, met_after), *_new(slipped_after, slipped_before)]),
    )


def _ids(review: Review, verdict: str) -> list[str]:
    return [finding.criterion for finding in review.findings if finding.verdict == verdict]


def _new(ids: list[str], known: list[str]) -> list[str]:
    return [id_ for id_ in ids if id_ not in known]


def first_to_fix(reviews: Sequence[Review]) -> tuple[Review, str] | None:
    """Of a whole practice, the one thing to fix first, and where it was heard.

    *reviews*: the last attempt at each round. It is the first advice of the round that went
    least well; None when nothing is left to fix.
    """
    advised = [one for one in reviews if one.advice]
    if not advised:
        return None
    weakest = min(advised, key=lambda one: one.score.points if one.score else 0)
    return weakest, weakest.advice[0]


def asked(review: Review) -> set[str]:
    """The criteria that this answer was an occasion for: met or missed, slipped or clear.

    Of several ways to do one thing those that were taken, else the one that was hinted
    at, else the first.
    """
    slipped = {finding.criterion for finding in review.findings if finding.verdict == "slipped"}
    if not review.round:
        return slipped
    close = {finding.criterion for finding in review.findings if finding.verdict == "close"}
    wanted = {*review.round.better_without, *slipped}
    for group in review.round.listens_for:
        met = [id_ for id_ in group if id_ in review.heard]
        wanted.update(met or [id_ for id_ in group if id_ in close][:1] or group[:1])
    return wanted
