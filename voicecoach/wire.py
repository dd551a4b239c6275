"""The wire format: reviews as JSON, a promise that wire.schema.json holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from voicecoach.findings.finding import Finding, Review
from voicecoach.scenarios import Round
from voicecoach.words.transcript import Transcript

FORMAT = 1


def recording(name: str, review: Review) -> dict[str, Any]:
    """One graded recording."""
    transcript = review.transcript
    return {
        "format": FORMAT,
        "recording": name,
        "round": review.round.id if review.round else None,
        "duration_s": round(review.duration_s, 2),
        "transcript": {
            "text": transcript.text,
            "engine": transcript.engine,
            "model": transcript.model,
            "words": [
                {
                    "text": word.text,
                    "start_s": round(word.span.start_s, 2),
                    "end_s": round(word.span.end_s, 2),
                    "probability": round(word.probability, 3),
                }
                for word in transcript.words
                if word.span
            ],
        },
        "findings": [finding(found) for found in review.findings],
        "measures": [
            {
                "name": measure.name,
                "value": measure.value,
                "unit": measure.unit,
                "low": measure.low,
                "high": measure.high,
            }
            for measure in review.measures
        ],
        "score": review.score.points if review.score else None,
        "advice": list(review.advice),
    }


def unreadable(name: str, error: Exception) -> dict[str, Any]:
    """A recording that could not be graded."""
    return {"recording": name, "error": str(error)}


def checked(
    transcript: Transcript, findings: Iterable[Finding], round_: Round | None
) -> dict[str, Any]:
    """One checked text."""
    return {
        "format": FORMAT,
        "text": transcript.text,
        "round": round_.id if round_ else None,
        "findings": [finding(found) for found in findings],
    }


def finding(found: Finding) -> dict[str, Any]:
    return {
        "criterion": found.criterion,
        "verdict": found.verdict,
        "quote": found.quote,
        "start_s": round(found.span.start_s, 2) if found.span else None,
        "end_s": round(found.span.end_s, 2) if found.span else None,
        "confidence": round(found.confidence, 2),
    }
