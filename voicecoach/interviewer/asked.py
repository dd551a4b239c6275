"""One answer -> what the interviewer is to reply to: each question once, in the order asked.

The findings tell which criteria were borne and by which words. A question about the job that is
none of the special ones is told by the words in it (``about`` in prompts/replies.toml).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from voicecoach.findings import phrases
from voicecoach.findings.finding import Finding, Review
from voicecoach.findings.phrases import Stretch
from voicecoach.scenarios import Reply

ANY_QUESTION = "insightful_question"
"""The criterion of every question about the job, and the reply to one whose subject is unknown."""
QUESTION_WORDS = 4
"""A shorter "Right?" asks nothing about the job."""
REPEAT = "repeat"
REQUEST_WORDS = 14
"""Whoever says more answers as well, and is not asked anew."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that was asked or done."""

    reply: str
    """Id of the reply that it calls for."""
    quote: str
    stretch: Stretch
    """Where it stands in the answer's text."""


def asked(review: Review, replies: Mapping[str, Reply]) -> tuple[Asked, ...]:
    """What calls for a reply, in the order in which it was said; each reply at most once."""
    text = review.transcript.text
    found = [
        (Asked(finding.criterion, finding.quote or "", _place(finding, review)), finding)
        for finding in review.heard.values()
        if finding.criterion in replies
        and finding.criterion != ANY_QUESTION
        and _in_round(replies[finding.criterion], review)
    ]
    # What slipped, and then what is surer, has the first claim to the words it stands in.
    found.sort(key=lambda one: (one[1].verdict != "slipped", -one[1].confidence))
    kept: list[Asked] = []
    for one, _ in found:
        if not any(_the_same(one, other, replies) for other in kept):
            kept.append(one)
    kept += _about_the_job(text, review.heard.get(ANY_QUESTION), kept, replies)
    first: dict[str, Asked] = {}
    for one in sorted(kept, key=lambda one: one.stretch):
        first.setdefault(one.reply, one)
    return tuple(first.values())


def _in_round(reply: Reply, review: Review) -> bool:
    return not reply.rounds or bool(review.round and review.round.id in reply.rounds)


def _place(finding: Finding, review: Review) -> Stretch:
    """Where the quote stands; of several places with the same words the one said at its time."""
    transcript = review.transcript
    starts = [
        found.start() for found in re.finditer(re.escape(finding.quote or ""), transcript.text)
    ]
    places = [(start, start + len(finding.quote or "")) for start in starts] or [(0, 0)]
    return next(
        (place for place in places if transcript.span_of(*place) == finding.span), places[0]
    )


def _the_same(one: Asked, other: Asked, replies: Mapping[str, Reply]) -> bool:
    family = replies[one.reply].family
    return bool(family) and family == replies[other.reply].family and _meet(one, other.stretch)


def _meet(one: Asked, stretch: Stretch) -> bool:
    return one.stretch[0] < stretch[1] and stretch[0] < one.stretch[1]


def _about_the_job(
    text: str, any_question: Finding | None, kept: Sequence[Asked], replies: Mapping[str, Reply]
) -> Iterator[Asked]:
    """The questions in sentences that no special criterion has taken."""
    quote = (any_question.quote or "").strip() if any_question else ""
    for stretch in phrases.sentences(text):
        sentence = text[slice(*stretch)]
        # A thank-you in the same sentence does not take the question from it.
        if any(replies[one.reply].family and _meet(one, stretch) for one in kept):
            continue
        is_it = bool(quote) and quote in sentence
        if not is_it and ("?" not in sentence or len(sentence.split()) < QUESTION_WORDS):
            continue
        subject = subject_of(sentence, replies.values())
        if subject is None and any_question and not _asks_otherwise(stretch, kept):
            subject = ANY_QUESTION
        if subject:
            yield Asked(subject, sentence, stretch)


def _asks_otherwise(stretch: Stretch, kept: Iterable[Asked]) -> bool:
    return any(_meet(one, stretch) for one in kept)


def subject_of(question: str, replies: Iterable[Reply]) -> str | None:
    """The reply whose words it holds; of several the one with the longest.

    >>> from voicecoach import scenarios
    >>> subject_of("What training would I get?", scenarios.load().replies.values())
    'training'
    """
    hits = [
        (len(phrase), reply.id)
        for reply in replies
        if reply.id != REPEAT
        for phrase in reply.about
        if _holds(question, phrase)
    ]
    return max(hits)[1] if hits else None


def asks_to_repeat(text: str, replies: Mapping[str, Reply]) -> bool:
    """Whether all that was said asks the interviewer to say the line once more.

    >>> from voicecoach import scenarios
    >>> asks_to_repeat("Sorry, could you repeat that?", scenarios.load().replies)
    True
    """
    return len(text.split()) <= REQUEST_WORDS and any(
        _holds(text, phrase) for phrase in replies[REPEAT].about
    )


def _holds(text: str, phrase: str) -> bool:
    return f" {phrase} " in f" {' '.join(re.findall(r'[a-z]+', text.lower()))} "
