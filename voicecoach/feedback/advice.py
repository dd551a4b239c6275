"""Findings and measures -> what to say about them, the most useful first.

The wording lies in prompts/: of each criterion in criteria/, of each measure in
measures.toml, of the sentences around them in wording.toml. Here is what is chosen
and in which order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicecoach import scenarios
from voicecoach.feedback.wording import clock
from voicecoach.findings.finding import Advice, Finding, Measure, Part, Review, Score
from voicecoach.findings.skills import Skills
from voicecoach.scenarios import Criterion, Round

if TYPE_CHECKING:
    from voicecoach.sound.take import Take

DELIVERY_POINTS = 10
"""Delivery counts for little: about 4 % of the variance of interviewers' judgments
(DeGroot & Motowidlo 1999)."""
SLIP_POINTS = 20
FIRST = 2
"""As many things as a person can hold on to in the next try."""

NOTHING_HEARD = Advice(
    about="nothing",
    heard="I heard nothing.",
    try_next="Speak closer to the microphone; if the level meter does not move while you "
    "talk, choose another one (voicecoach devices). Then try again.",
)
OF_THE_MICROPHONE = ("snr_db", "clipped", "level_lufs")
"""Measures of the recording, not of the person: told as warnings, and never scored."""


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
    """Equal points for each thing the round listens for, a few for delivery, less for slips.

    Delivery shares its points among the length and what else could be measured and counts.
    """
    landed_ids = {criterion.id for criterion, _ in summary.landed}
    parts = []
    groups = round_.listens_for
    for group, share in zip(groups, _content_shares(round_, measures), strict=True):
        met = [id_ for id_ in group if id_ in landed_ids]
        parts.append(Part((met or list(group))[0], share if met else 0, share))
    parts += (Part(criterion.id, -SLIP_POINTS, 0) for criterion, _ in summary.slipped)
    shares = _delivery_shares(measures)
    parts += (
        Part(one.name, 0 if one.off else shares[one.name], shares[one.name], "delivery")
        for one in measures
        if one.name in shares
    )
    return Score(tuple(parts))


def _content_shares(round_: Round, measures: Sequence[Measure]) -> list[int]:
    """Of an answer that was typed, or too short to measure, the content is all there is."""
    of_delivery = DELIVERY_POINTS if _delivery_shares(measures) else 0
    return _shares(100 - of_delivery, len(round_.listens_for))


def _delivery_shares(measures: Sequence[Measure]) -> dict[str, int]:
    counted = [one.name for one in measures if scenarios.measured()[one.name].scored]
    return dict(zip(counted, _shares(DELIVERY_POINTS, len(counted)), strict=True))


def _shares(points: int, parts: int) -> list[int]:
    """Equal shares; what does not divide goes to the first.

    >>> _shares(90, 4)
    [24, 22, 22, 22]
    """
    shares = [points // parts] * parts if parts else []
    return [shares[0] + points - sum(shares), *shares[1:]] if shares else []


def advise(
    summary: Summary,
    measures: Sequence[Measure],
    round_: Round | None,
    criteria: Mapping[str, Criterion],
    attempt: int = 1,
) -> tuple[Advice, ...]:
    """What to do in the next try, what would gain most first; the wording varies by *attempt*."""
    sums = _content_shares(round_, measures) if round_ else []
    gains = dict(zip(round_.listens_for, sums, strict=True)) if round_ else {}
    of_delivery = _delivery_shares(measures)
    found = [_add(one, _gain(one, gains), round_, attempt) for one in summary.missing]
    found += (
        _worded("slipped", criterion, finding, gain=SLIP_POINTS, round_=round_, attempt=attempt)
        for criterion, finding in summary.slipped
    )
    found += (
        _sounded(one, of_delivery.get(one.name, 0), attempt)
        for one in measures
        if one.off and one.name not in OF_THE_MICROPHONE
    )
    # Stable: of those that gain the same, what was missing comes first, and delivery last.
    found.sort(key=lambda advice: -advice.gain)
    heard = {criterion.id for criterion, _ in (*summary.landed, *summary.besides)}
    best = round_.even_better if round_ else ()
    if best and not summary.missing and not heard.intersection(best):
        found.append(_worded("better", criteria[best[0]], None, round_=round_, attempt=attempt))
    return tuple(found)


def _gain(missing: Missing, gains: Mapping[tuple[str, ...], int]) -> int:
    ids = {criterion.id for criterion in missing.ways}
    return next((gain for group, gain in gains.items() if ids == set(group)), 0)


def _add(missing: Missing, gain: int, round_: Round | None, attempt: int) -> Advice:
    """How to say what was missing, or what was only hinted at."""
    occasion = "close" if missing.hint else "missing"
    return _worded(
        occasion, missing.ways[0], missing.hint, gain=gain, round_=round_, attempt=attempt
    )


def _worded(
    occasion: str,
    criterion: Criterion,
    finding: Finding | None,
    *,
    gain: int = 0,
    round_: Round | None,
    attempt: int,
) -> Advice:
    span = finding.span if finding else None
    places = {
        "title": criterion.title,
        "advice": criterion.advice,
        "say": variant(criterion.say, attempt),
        "quote": (finding.quote or "") if finding else "",
        "at": f" at {clock(span.start_s)}" if span else "",
        "round": f'"{round_.title}"' if round_ else "this answer",
    }
    wording = scenarios.wording()[occasion]
    return Advice(
        criterion.id,
        variant(wording.heard, attempt).format(**places),
        variant(wording.try_next, attempt).format(**places),
        criterion.why,
        criterion.source,
        span,
        gain,
    )


def _sounded(measure: Measure, gain: int, attempt: int) -> Advice:
    """What to say of a measure that is off."""
    known = scenarios.measured()[measure.name]
    ways = known.too_low if measure.off == "low" else known.too_high
    return Advice(
        measure.name,
        _told(measure),
        variant(ways, attempt) if ways else "",
        known.meaning,
        known.source,
        measure.where[0].span if measure.where else None,
        gain,
    )


def _told(measure: Measure) -> str:
    """What was measured, as a sentence with the moments that it was measured at."""
    known = scenarios.measured()[measure.name]
    quotes = list(dict.fromkeys(one.quote for one in measure.where if one.quote))
    return known.heard.format(
        value=f"{measure.value:.{known.digits}f}",
        low="" if measure.low is None else f"{measure.low:g}",
        high="" if measure.high is None else f"{measure.high:g}",
        at=clock(measure.where[0].span.start_s) if measure.where else "",
        quote=quotes[0] if len(quotes) == 1 else ", ".join(f'"{quote}"' for quote in quotes[:4]),
    )


def doubts(measures: Sequence[Measure]) -> tuple[str, ...]:
    """What was wrong with the sound itself, so that the rest may be misheard."""
    return tuple(
        _sounded(one, 0, 1).text for one in measures if one.off and one.name in OF_THE_MICROPHONE
    )


def on_microphone(silent: bool, take: Take, measures: Sequence[Measure]) -> tuple[str, ...]:
    """What to do about the microphone, by a sentence said into it; nothing where all is well.

    *silent*: whether it delivered nothing but zeros.
    """
    from voicecoach.sound.faults import SILENT

    if silent:
        return (SILENT,)
    if not take.speech:
        return (f"I did not hear you. {NOTHING_HEARD.try_next}",)
    # In one sentence a single overload is many.
    others = [one for one in measures if one.name != "clipped"]
    overloads = any(one.name == "clipped" and one.value for one in measures)
    mend = scenarios.measured()["clipped"].too_high[0]
    loud = (f"The microphone overloads. {mend}",) if overloads else ()
    return (*take.warnings, *loud, *doubts(others))


def variant(ways: Sequence[str], attempt: int) -> str:
    """Another of *ways* in each attempt, as long as there are any."""
    return ways[(attempt - 1) % len(ways)]


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from one attempt to the next."""

    gained: tuple[str, ...]
    """Ids of criteria that are newly met, or no longer slipped."""
    lost: tuple[str, ...]
    """No longer met, or newly slipped."""
    better: tuple[tuple[Measure, Measure], ...] = ()
    """Measures, before and after, that came nearer to their range by more than their error."""
    worse: tuple[tuple[Measure, Measure], ...] = ()
    """Measures that went further from it."""


def compare(before: Review, after: Review) -> Change:
    met_before, met_after = _ids(before, "met"), _ids(after, "met")
    slipped_before, slipped_after = _ids(before, "slipped"), _ids(after, "slipped")
    earlier = {measure.name: measure for measure in before.measures}
    pairs = [
        (earlier[one.name], one)
        for one in after.measures
        if one.name in earlier and scenarios.measured()[one.name].shown
    ]
    return Change(
        gained=tuple([*_new(met_after, met_before), *_new(slipped_before, slipped_after)]),
        lost=tuple([*_new(met_before, met_after), *_new(slipped_after, slipped_before)]),
        better=tuple(pair for pair in pairs if _nearer_by(*pair) > (pair[1].error or 0)),
        worse=tuple(pair for pair in pairs if -_nearer_by(*pair) > (pair[1].error or 0)),
    )


def _nearer_by(before: Measure, after: Measure) -> float:
    """How much nearer to its range a measure has come, in its unit."""
    return outside_by(before) - outside_by(after)


def outside_by(measure: Measure) -> float:
    """How far a value lies outside its range; 0 inside it, or where there is none."""
    below = measure.low - measure.value if measure.low is not None else 0.0
    above = measure.value - measure.high if measure.high is not None else 0.0
    return max(0.0, below, above)


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
    return weakest, weakest.advice[0].text


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
