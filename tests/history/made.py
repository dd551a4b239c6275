"""Practices made by hand: what was said is given, what is found in it is the product's own."""

from datetime import datetime, timedelta, timezone
from uuid import uuid4

from voicecoach import scenarios
from voicecoach.feedback import advice
from voicecoach.findings import closing, delivery
from voicecoach.findings.finding import Finding, Review
from voicecoach.history.kept import Attempt, Practice
from voicecoach.scenarios import Round
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Segment, Transcript, Word

PROMPTS = scenarios.load()
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc)
WORD_S = 0.4


def spoken(text: str) -> Transcript:
    """*text* as if it was heard, a word every 0.4 s."""
    words = tuple(
        Word(word, Span(n * WORD_S, n * WORD_S + 0.3), 0.9) for n, word in enumerate(text.split())
    )
    return Transcript((Segment(words, -0.2, 0.01, 1.1),) if words else (), "by hand", "none")


def reviewed(text: str, round_id: str, attempt: int = 1) -> Review:
    """The review of an answer that says *text*."""
    round_ = PROMPTS.rounds[round_id]
    transcript = spoken(text)
    return graded(
        transcript, closing.check(transcript, PROMPTS.criteria.values(), round_), round_, attempt
    )


def graded(
    transcript: Transcript, findings: tuple[Finding, ...], round_: Round, attempt: int = 1
) -> Review:
    span = Span(0.0, len(transcript.words) * WORD_S)
    measures = delivery.measure(transcript, (span,), round_).measures
    summary = advice.summarise(findings, round_, PROMPTS.criteria)
    return Review(
        round=round_,
        attempt=attempt,
        duration_s=span.end_s + 1,
        transcript=transcript,
        findings=findings,
        measures=measures,
        score=advice.score(summary, measures, round_) if transcript.words else None,
        advice=advice.advise(summary, measures, round_, PROMPTS.criteria),
    )


def verdicts(round_id: str, attempt: int = 1, **by_id: str) -> Review:
    """A review with these verdicts, and nothing heard of all else."""
    transcript = spoken("word " * 30)
    findings = tuple(
        Finding(
            id_,
            by_id.get(id_, "missed" if criterion.kind == "do" else "clear"),
            "word word" if by_id.get(id_) in ("met", "close", "slipped") else None,
            Span(0, 0.7) if by_id.get(id_) in ("met", "close", "slipped") else None,
            0.9,
        )
        for id_, criterion in PROMPTS.criteria.items()
    )
    return graded(transcript, findings, PROMPTS.rounds[round_id], attempt)


def practice(*reviews: Review, days_ago: float = 0, now: datetime = NOW, **more) -> Practice:
    started = now - timedelta(days=days_ago)
    return Practice(
        uid=more.pop("uid", None) or uuid4().hex,
        started_at=started,
        scenario="quick-close",
        title="A quick close",
        version="0.1.0",
        attempts=tuple(
            Attempt(
                review=review,
                taken_at=started + timedelta(minutes=n),
                line=review.round.lines[0],
                speech=(Span(0.0, 4.0), Span(4.9, 12.0)),
                title=review.round.title,
            )
            for n, review in enumerate(reviews)
        ),
        **more,
    )
