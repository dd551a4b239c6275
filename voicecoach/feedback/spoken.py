"""Advice as sentences for the voice, of twenty seconds at most; and a model answer to hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voicecoach import scenarios
from voicecoach.feedback import advice
from voicecoach.feedback.advice import variant
from voicecoach.findings import closing
from voicecoach.findings.finding import Review
from voicecoach.scenarios import Criterion, Round
from voicecoach.words.transcript import said

LONGEST_S = 20.0
PER_LETTER_S = 0.09
"""At 165 words a minute espeak-ng takes 0.084 s for a letter or a digit, pauses included."""


def feedback(review: Review, criteria: Mapping[str, Criterion]) -> str:
    """What landed, then what would gain most: as much of it as fits LONGEST_S.

    What landed and the first advice are always there, each cut to its first sentence if needed.
    """
    if review.heard_nothing:
        return review.advice[0].text
    wording = scenarios.wording()
    summary = advice.summarise(review.findings, review.round, criteria)
    landed = [criterion.title for criterion, _ in (*summary.landed, *summary.besides)]
    title = review.round.title if review.round else "this round"
    opening = (
        variant(wording["spoken_landed"].heard, review.attempt).format(landed=_listed(landed))
        if landed
        else variant(wording["spoken_landed"].try_next, review.attempt).format(round=title)
    )
    if not review.advice:
        return _fitting([opening, variant(wording["spoken_next"].try_next, review.attempt)])
    first, *others = review.advice[: advice.FIRST]
    lead = variant(wording["spoken_next"].heard, review.attempt)
    shortest = lead.format(advice=first.heard)
    fullest = lead.format(advice=f"{first.heard} {first.try_next}")
    follow = [f"{one.heard} {one.try_next}" for one in others]
    for sentences in ([opening, fullest, *follow], [opening, fullest], [opening, shortest]):
        if takes_s(" ".join(sentences)) <= LONGEST_S:
            return " ".join(sentences)
    return _fitting([fullest, shortest])


def takes_s(text: str) -> float:
    """About how long the voice takes for a text, in seconds."""
    return PER_LETTER_S * sum(letter.isalnum() for letter in text)


def _fitting(sentences: Iterable[str]) -> str:
    """As many of the sentences, in their order, as fit."""
    told = ""
    for sentence in sentences:
        if takes_s(f"{told} {sentence}") <= LONGEST_S:
            told = f"{told} {sentence}".strip()
    return told


def _listed(titles: list[str]) -> str:
    """
    >>> _listed(["thank them", "ask when they decide", "say that you want the job"])
    'thank them, ask when they decide, and say that you want the job'
    """
    if len(titles) < 3:
        return " and ".join(titles)
    return f"{', '.join(titles[:-1])}, and {titles[-1]}"


def model_answer(round_: Round, criteria: Mapping[str, Criterion]) -> str:
    """An answer that meets all that the round listens for, a person's own criteria included.

    The round's own model answer, and a line to say for each thing that it does not yet hold.
    """
    findings = closing.check(said(round_.model_answer), criteria.values(), round_)
    met = {finding.criterion for finding in findings if finding.verdict == "met"}
    missing = [group[0] for group in round_.listens_for if not met.intersection(group)]
    return " ".join([round_.model_answer, *(criteria[id_].say[0] for id_ in missing)])
