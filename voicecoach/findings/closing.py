"""Check what was said against the closing criteria.

The encoder tells of any stretch of an answer how likely it bears each criterion. Here is
decided which stretches are asked, what is sure enough to be told to a person, and which
words are shown as evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import fmean

import numpy as np

from voicecoach.findings import encoder, phrases
from voicecoach.findings.encoder import Reading
from voicecoach.findings.finding import Finding, Verdict
from voicecoach.findings.phrases import Stretch
from voicecoach.scenarios import Criterion, Round
from voicecoach.words.transcript import Transcript, said

DOUBTFUL = 0.3
"""A clause whose words have a lower probability, on average, may well be Whisper's own: it is
no evidence."""

SURE = {"do": 0.5, "avoid": 0.85}
"""The least probability of what a person is told that they said. Telling someone that they
pressed or begged when they did not is the worst mistake this module can make."""
CLOSE = 0.2
"""The least probability of a "do" that was hinted at."""

NEARLY = 0.8
"""The first sentence is quoted whose probability is at least this share of the best one's."""
CARRIES = 0.7
"""The clauses that are quoted hold at least this share of what speaks for it in the sentence."""
QUOTE_WORDS = 3
"""The fewest words of a quote that is not a whole sentence: less tells a person nothing."""
CLAUSES_AT_MOST = 4
"""So many clauses, one after the other, make a quote; what takes more is quoted by sentences."""

ASKING = re.compile(r"\b(?:ask|asked|asking|questions?)\b", re.IGNORECASE)
"""What declining says by itself where nothing was invited."""
NO_QUESTION = 0.49
"""The highest probability of asking in words without the form of a question: hinted at."""
NO_THANKS = 0.19
"""The highest probability of thanking without a word of thanks: not even hinted at. "No, just you"
is no thanks, whatever it sounds like."""
QUESTION_END = "?!.\"'”’) "
QUESTION_WORDS = 4
"""A shorter "Me?" or "Questions?" asks nothing."""


def check(
    transcript: Transcript, criteria: Iterable[Criterion], round_: Round | None = None
) -> tuple[Finding, ...]:
    """Find for each criterion, in the order given, whether the answer bears it.

    An implied criterion is met by what implies it, and a question clears those that count
    only where nothing is asked: so give all criteria, and select afterwards. *round_* tells
    what was asked: "no, I'm good" declines to ask only where questions were invited.

    Confidence is the probability that the verdict is right, calibrated on answers that the
    encoder was not trained on (prompts/encoder/README.md); of a person's own criteria it is a
    guess from their examples.

    Raises PromptsError when the encoder is not there.

    >>> from voicecoach import scenarios
    >>> from voicecoach.words.transcript import said
    >>> thanks = scenarios.load().criteria["thanks"]
    >>> check(said("Well, thank you for your time."), [thanks])[0].quote
    'thank you for your time'
    """
    criteria, text = tuple(criteria), transcript.text
    sentences, clauses = phrases.sentences(text), phrases.clauses(text)
    # What Whisper itself doubts, as when it invents a "Thank you." in silence.
    doubted = [
        clause
        for clause in clauses
        if fmean(word.probability for word in transcript.words_in(*clause)) < DOUBTFUL
    ]
    reading = encoder.read(text, unread=doubted)
    if not sentences or not reading.windows:
        return tuple(_finding(criterion, 0.0, (0, 0), transcript) for criterion in criteria)
    ears = encoder.ears(criteria)
    by_sentence = ears.logits(reading, sentences)
    whole = whole_logits(by_sentence, ears.logits(reading, reading.windows))
    (chances,) = _chances(whole[None], criteria)
    asked = _asks(text, sentences, by_sentence, chances, criteria)
    quotes = _evidence(text, sentences, clauses, reading, criteria)
    findings = []
    for column, criterion in enumerate(criteria):
        chance = float(chances[column])
        if criterion.only_if_nothing_asked:
            start, end = sentences[int(by_sentence[:, column].argmax())]
            if asked or not _declines(text[start:end], round_):
                chance = 0.0
        quote = text[slice(*quotes[column])]
        if criterion.asks and not phrases.ASKS.search(quote):
            chance = min(chance, NO_QUESTION)
        if criterion.thanks and not phrases.THANKS.search(quote):
            chance = min(chance, NO_THANKS)
        findings.append(_finding(criterion, chance, quotes[column], transcript))
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class Confusion:
    """An example that is not heard as its criterion says."""

    criterion: str
    line: str
    bears: bool
    """Whether it is one of ``hears``, and was not heard; else one of ``misses``, and was."""
    heard: tuple[str, ...]
    """What was heard in it."""


def confusions(criteria: Iterable[Criterion]) -> tuple[Confusion, ...]:
    """Hold every criterion to its own examples, and tell what is heard in those it gets wrong."""
    criteria = tuple(criteria)
    found = []
    for criterion in criteria:
        for bears, lines in ((True, criterion.hears), (False, criterion.misses)):
            for line in lines:
                findings = check(said(line), criteria)
                heard = tuple(finding.criterion for finding in findings if finding.heard)
                if (criterion.id in heard) != bears:
                    found.append(Confusion(criterion.id, line, bears, heard))
    return tuple(found)


def _finding(
    criterion: Criterion, chance: float, quote: Stretch, transcript: Transcript
) -> Finding:
    verdict: Verdict
    if chance >= SURE[criterion.kind]:
        verdict, confidence = ("met" if criterion.kind == "do" else "slipped"), chance
    elif criterion.kind == "do":
        verdict, confidence = ("close" if chance >= CLOSE else "missed"), 1 - chance
    else:
        verdict, confidence = "clear", 1 - chance
    if verdict in ("missed", "clear"):
        return Finding(criterion.id, verdict, None, None, round(confidence, 3))
    return Finding(
        criterion.id,
        verdict,
        transcript.text[slice(*quote)],
        transcript.span_of(*quote),
        round(confidence, 3),
    )


def _chances(logits: np.ndarray, criteria: Sequence[Criterion]) -> np.ndarray:
    """Shape (n_stretches, n_criteria): the probability that each bears each."""
    chances = 1 / (1 + np.exp(-logits))
    columns = {criterion.id: column for column, criterion in enumerate(criteria)}
    for criterion in criteria:
        for implied in columns.keys() & set(criterion.implies):
            both = chances[:, [columns[implied], columns[criterion.id]]]
            chances[:, columns[implied]] = both.max(1)
    return chances


def whole_logits(by_sentence: np.ndarray, by_window: np.ndarray) -> np.ndarray:
    """Shape (n_criteria,): midway between an answer's best sentence and its best minute.

    A criterion may be spread over sentences, or be one of many: either alone hears less.
    """
    return (by_sentence.max(0) + by_window.max(0)) / 2


def _declines(sentence: str, round_: Round | None) -> bool:
    """Whether it declines to ask: a bare "no, not really" may answer something else."""
    return round_ is None or round_.invites_questions or bool(ASKING.search(sentence))


def _asks(
    text: str,
    sentences: Sequence[Stretch],
    by_sentence: np.ndarray,
    chances: np.ndarray,
    criteria: Sequence[Criterion],
) -> bool:
    """Whether anything is asked: by its meaning, or by the mark of a whole question."""
    if any(
        criterion.asks and chance >= SURE["do"]
        for criterion, chance in zip(criteria, chances, strict=True)
    ):
        return True
    declining = [column for column, one in enumerate(criteria) if one.only_if_nothing_asked]
    return any(
        "?" in text[len(text[start:end].rstrip(QUESTION_END)) + start : end]
        and len(text[start:end].split()) >= QUESTION_WORDS
        and not (logits[declining] > 0).any()
        for (start, end), logits in zip(sentences, by_sentence, strict=True)
    )


def _evidence(
    text: str,
    sentences: Sequence[Stretch],
    clauses: Sequence[Stretch],
    reading: Reading,
    criteria: tuple[Criterion, ...],
) -> list[Stretch]:
    """For each criterion the shortest clauses that carry it, in the sentence that bears it best.

    Two sentences are asked together where each by itself bears it much less.
    """
    ears = encoder.ears(criteria)
    pairs = [(first[0], second[1]) for first, second in pairwise(sentences)]
    wholes = [*sentences, *pairs]
    chances = _chances(ears.logits(reading, wholes), criteria)
    best = np.argmax(chances >= NEARLY * chances.max(0), axis=0)
    of_wholes = ears.support(reading, wholes)
    runs = sorted(
        {
            (start, end)
            for number, (start, _) in enumerate(clauses)
            for _, end in islice(clauses, number, number + CLAUSES_AT_MOST)
            if len(text[start:end].split()) >= QUOTE_WORDS
        },
        key=lambda run: (run[1] - run[0], run),
    )
    of_runs = ears.support(reading, runs) if runs else np.empty((0, len(criteria)))
    quotes = []
    for column, number in enumerate(best):
        start, end = wholes[number]
        enough = CARRIES * of_wholes[number, column]
        carrying = (
            run
            for run, support in zip(runs, of_runs[:, column], strict=True)
            if start <= run[0] and run[1] <= end and support >= enough > 0
        )
        quotes.append(phrases.trimmed(text, next(carrying, (start, end))))
    return quotes
