"""Check what was said against the closing criteria, by the patterns of each.

A criterion in prompts/criteria lists ``patterns``: regular expressions over
``phrases.Plain.text``, one sentence a line, so ``.`` never leaves the sentence and
``^`` is its start. They match whole words, and ``<job>`` stands for a family of
words (``families.py``). A match does not count where the sentence only tells
of it (``phrases.framed``) or bears one of the criterion's ``unless`` patterns.
For an avoid the bar is higher (``phrases.of_others``): telling someone that they
pressed when they did not is the worst mistake this module can make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from statistics import fmean

from voicecoach.errors import PromptsError
from voicecoach.findings import phrases
from voicecoach.findings.finding import Finding, Verdict
from voicecoach.findings.phrases import Plain
from voicecoach.scenarios import Criterion, Round
from voicecoach.words.transcript import Transcript

DOUBTFUL = 0.3
"""Under this probability a word may well be Whisper's own; all of them: no evidence."""

QUESTIONS = frozenset({
    "asks_success", "asks_ideal_candidate", "asks_culture", "insightful_question",
    "invites_questions", "asks_concerns", "asks_fit", "asks_strengths", "asks_timeframe",
    "asks_next_steps", "asks_for_update",
})  # fmt: skip
"""Criteria borne only by what asks: "I must have your answer" is no question about anything."""

SPOILED_BY = {"mentions_offers_gracefully": "pressures_with_offers"}
"""Criteria that do not count beside another: an offer is not mentioned gracefully where the
same breath makes a threat of it."""
BREATH = 2
"""Sentences, before or after, that belong to the same breath."""


@dataclass(frozen=True, slots=True)
class _Rules:
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]


def check(
    transcript: Transcript, criteria: Iterable[Criterion], round_: Round | None = None
) -> tuple[Finding, ...]:
    """Find for each criterion, in the order given, whether the answer bears it.

    An implied criterion is met by what implies it, so give all criteria and select
    afterwards. *round_* tells what was asked: "no, I'm good" declines to ask only
    where questions were invited.

    Confidence is the share of right verdicts among such verdicts on utterances by
    writers whose lines the patterns were not written on, some 200 a criterion: for
    what is heard the patterns' precision, lowered by Whisper's own doubt about the
    words; for what is not heard what their recall leaves, as though every second
    answer bore the criterion. Not calibrated: good for ranking, not for betting.

    Raises PromptsError for a pattern that cannot be read.

    >>> from voicecoach import scenarios
    >>> from voicecoach.words.transcript import said
    >>> thanks = scenarios.load().criteria["thanks"]
    >>> check(said("Well, thank you for your time."), [thanks])[0].quote
    'thank you for your time'
    """
    criteria = tuple(criteria)
    plain = phrases.plain(transcript.text)
    heard: dict[str, Finding] = {}
    spans = {criterion.id: tuple(_matches(criterion, plain)) for criterion in criteria}
    for criterion in criteria:
        matches = _unspoiled(
            spans[criterion.id], spans.get(SPOILED_BY.get(criterion.id, "")), plain
        )
        if finding := _hear(criterion, matches, transcript, plain, round_):
            heard[criterion.id] = finding
    for criterion in criteria:
        if criterion.id in heard:
            for implied in criterion.implies:
                heard.setdefault(implied, replace(heard[criterion.id], criterion=implied))
    return tuple(heard.get(criterion.id) or _not_heard(criterion) for criterion in criteria)


def _unspoiled(
    matches: tuple[tuple[int, int], ...],
    spoiling: tuple[tuple[int, int], ...] | None,
    plain: Plain,
) -> tuple[tuple[int, int], ...]:
    def sentence(match: tuple[int, int]) -> int:
        return plain.text.count("\n", 0, match[0])

    spoilt = [sentence(match) for match in spoiling or ()]
    return tuple(
        match
        for match in matches
        if all(abs(sentence(match) - number) > BREATH for number in spoilt)
    )


def _hear(
    criterion: Criterion,
    matches: tuple[tuple[int, int], ...],
    transcript: Transcript,
    plain: Plain,
    round_: Round | None,
) -> Finding | None:
    if criterion.only_if_nothing_asked:
        invited = round_ is None or criterion.id in round_.better_without
        if any(plain.asked) or not invited:
            return None
    clauses = (plain.clause_around(*match) for match in matches)
    # The first of the shortest: the clause to show someone as their own words.
    for start, end in sorted(clauses, key=lambda clause: clause[1] - clause[0]):
        words = transcript.words_in(start, end)
        if all(word.probability < DOUBTFUL for word in words):
            continue
        return Finding(
            criterion.id,
            "met" if criterion.kind == "do" else "slipped",
            transcript.text[start:end],
            transcript.span_of(start, end),
            round(criterion.precision * fmean(word.probability for word in words), 3),
        )
    return None


def _matches(criterion: Criterion, plain: Plain) -> Iterator[tuple[int, int]]:
    rules = _rules(criterion)
    for pattern in rules.patterns:
        for match in pattern.finditer(plain.text):
            line_start, line_end = plain.line_of(match.start())
            sentence = plain.text[line_start:line_end]
            if not criterion.told and phrases.framed(sentence, match.start() - line_start):
                continue
            if criterion.kind == "avoid" and phrases.of_others(
                sentence, match.start() - line_start
            ):
                continue
            if criterion.id in QUESTIONS and not plain.asks_at(match.start()):
                continue
            if any(unless.search(sentence) for unless in rules.unless):
                continue
            yield match.span()


def _not_heard(criterion: Criterion) -> Finding:
    verdict: Verdict = "missed" if criterion.kind == "do" else "clear"
    return Finding(criterion.id, verdict, None, None, round(1 / (2 - criterion.recall), 3))


def _rules(criterion: Criterion) -> _Rules:
    return _compiled(criterion.id, criterion.patterns, criterion.unless)


@cache
def _compiled(id_: str, patterns: tuple[str, ...], unless: tuple[str, ...]) -> _Rules:
    def read(key: str, lines: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
        found = []
        for line in lines:
            try:
                found.append(phrases.compiled(line))
            except re.error as error:
                raise PromptsError(
                    f"{id_}.toml: '{key}' has '{line}', which is no regular expression: {error}. "
                    "Mend it."
                ) from error
            except KeyError as error:
                raise PromptsError(
                    f"{id_}.toml: '{key}' has '{line}', and there is no word family {error}. "
                    f"Take one of: {', '.join(phrases.FAMILIES)}."
                ) from error
        return tuple(found)

    return _Rules(read("patterns", patterns), read("unless", unless))
