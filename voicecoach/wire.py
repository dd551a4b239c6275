"""The wire format: reviews as JSON, a promise that wire.schema.json holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from voicecoach.findings.finding import Finding, Review
from voicecoach.scenarios import Round
from voicecoach.sound.clip import Span
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
                "error": measure.error,
                "at_least": measure.at_least,
                "meaning": measure.meaning,
                "source": measure.source,
                "where": [
                    {**_times(moment.span), "quote": moment.quote} for moment in measure.where
                ],
            }
            for measure in review.measures
        ],
        "unmeasured": [{"name": one.name, "reason": one.reason} for one in review.unmeasured],
        "score": review.score.points if review.score else None,
        "score_parts": [
            {"about": part.about, "reason": part.reason, "points": part.points, "of": part.of}
            for part in (review.score.parts if review.score else ())
        ],
        "advice": [one.text for one in review.advice],
        "next_try": [
            {
                "about": one.about,
                "heard": one.heard,
                "try": one.try_next,
                "why": one.why,
                "source": one.source,
                "gain": one.gain,
                **_times(one.span),
            }
            for one in review.advice
        ],
        "warnings": list(review.warnings),
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
        **_times(found.span),
        "confidence": round(found.confidence, 2),
    }


def _times(span: Span | None) -> dict[str, float | None]:
    return {
        "start_s": round(span.start_s, 2) if span else None,
        "end_s": round(span.end_s, 2) if span else None,
    }
