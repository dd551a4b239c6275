"""Findings and measures -> what to say about them, the most useful first.

The wording of each criterion lies in prompts/criteria; here is what is chosen
and in which order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicecoach.findings.finding import Finding, Measure, Part, Review, Score
from voicecoach.findings.skills import Skills
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


RANK = {"met": 2, "close": 1, "missed": 0, "clear": 0, "slipped": -1}


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion in two tries at the same round."""

    criterion: str
    before: str
    """The verdict in the first of them."""
    after: str
    change: int
    """1 for gained, 0 for the same, -1 for lost."""


def side_by_side(before: Review, after: Review) -> tuple[Row, ...]:
    """What the round listens for, and what else was met or slipped in either try."""
    then, now = (
        {finding.criterion: finding.verdict for finding in one.findings} for one in (before, after)
    )
    groups = after.round.listens_for if after.round else ()
    asked = [id_ for group in groups for id_ in _shown(group, then, now)]
    heard = [id_ for id_ in now if id_ in before.heard or id_ in after.heard]
    rows = []
    for id_ in dict.fromkeys([*asked, *heard]):
        # Where nothing was heard at all there is no finding.
        was, is_ = then.get(id_, "missed"), now.get(id_, "missed")
        change = (RANK[is_] > RANK[was]) - (RANK[is_] < RANK[was])
        rows.append(Row(id_, was, is_, change))
    return tuple(rows)


def _shown(group: Sequence[str], *tries: Mapping[str, str]) -> list[str]:
    """Of several ways to meet a group those that were met; the first when none was."""
    met = [id_ for id_ in group if any(one.get(id_) == "met" for one in tries)]
    return met or [group[0]]


def on_skills(skills: Skills) -> tuple[str, ...]:
    """What an answer named of the skills that count, and which others the advert asks for.

    Says only what was surely found: a skill may be there in other words than those looked for.
    """
    missing = skills.missing[:SKILLS_AT_MOST]
    if not (skills.advertised or skills.named):
        return ()
    where = "the advert also asks for" if skills.advertised else "your profile also has"
    named = f"You named {_listed(skills.named)}"
    if not missing:
        all_of_it = (
            "all that I know the advert to ask for" if skills.advertised else "all you listed"
        )
        return (f"{named}: {all_of_it}.",)
    if skills.named:
        sentences = [f"{named}; {where} {_listed(missing)}."]
    else:
        sentences = [f"The advert asks for {_listed(missing)}; I heard none of it by name."]
    yours = [skill for skill in missing if skill in skills.own]
    if skills.advertised and yours:
        sentences.append(f"Your profile has {_listed(yours)}, so you can say it.")
    return tuple(sentences)


SKILLS_AT_MOST = 3


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


NUMBERS = {word: number for number, word in enumerate(("one", "two", "three", "four", "five"), 1)}
SOUNDS_LIKE = {"won": 1, "to": 2, "too": 2, "free": 3, "for": 4, "fore": 4}
"""What Whisper may write for a number that is said alone."""
OUT_OF_FIVE = re.compile(r"\b(?:out of|out and|of) (?:five|5)\b")


def rating_in(text: str) -> int | None:
    """The rating that a typed or spoken text gives, 1 to 5; None when it gives none, or two.

    >>> rating_in("A four, I'd say."), rating_in("Three out of five."), rating_in("Too.")
    (4, 3, 2)
    >>> rating_in("Next, please."), rating_in("12"), rating_in("Two or three."), rating_in("")
    (None, None, None, None)
    """
    words = re.findall(r"[a-z]+|\d+", OUT_OF_FIVE.sub("", text.lower()))
    if len(words) == 1 and words[0] in SOUNDS_LIKE:
        return SOUNDS_LIKE[words[0]]
    found = {
        NUMBERS.get(word) or int(word)
        for word in words
        if word in NUMBERS or word in ("1", "2", "3", "4", "5")
    }
    return found.pop() if len(found) == 1 else None


def compare_rating(rating: int, score: Score) -> str:
    """How a person's own rating compares with the score, of which every twenty points make one.

    >>> compare_rating(2, Score((Part("thanks", 70, 100),)))
    'You gave yourself 2 of 5; 70 of 100 is a 4. It went better than it felt.'
    """
    scored = min(5, score.points // 20 + 1)
    felt = "It went as it felt."
    if scored > rating:
        felt = "It went better than it felt."
    elif scored < rating:
        felt = "There was more missing than it felt like."
    return f"You gave yourself {rating} of 5; {score.points} of 100 is a {scored}. {felt}"


GOOD_ENOUGH = 80
"""A round with as many points is not offered again."""


def weakest(reviews: Sequence[Review]) -> Review | None:
    """The round whose last try has the fewest points; None when all went well, or only one was
    practiced."""
    last = {review.round.id: review for review in reviews if review.round}
    if len(last) < 2:
        return None
    lowest = min(last.values(), key=_points)
    return lowest if _points(lowest) < GOOD_ENOUGH else None


def _points(review: Review) -> int:
    return review.score.points if review.score else 0
