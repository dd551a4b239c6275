"""A second hearing of the talk, for its fillers.

Whisper writes what was meant and leaves out "um" and "uh": of 115 in long answers
one was left. Prompted with fillers, chunk by chunk and without the text before, it
writes 94 of them, and none where none was said. Such a prompt also makes it
invent, so this text is counted in and never judged by: findings come from
``write_down`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.take import Take
from voicecoach.words.transcriber import (
    LEAST_SPEECH_S,
    LONGEST_CHUNK_S,
    MARGIN_S,
    Transcriber,
    doubtful,
)

PROMPT = "Um, so, uh, like, you know, I was, um, thinking that, uh, hmm, okay, well, um, yeah."
"""A style to write in. Of the prompts that were tried it kept the most at the fewest errors."""


@dataclass(frozen=True, slots=True)
class Reheard:
    """One chunk of talk as the second hearing wrote it."""

    span: Span
    """Where the chunk lies in the whole answer."""
    words: tuple[str, ...]
    """With their punctuation. They have no times: those of fillers are poor, half of them beside
    the filler, and ``findings.fluency`` places them better between the words of the transcript."""


def rehear(samples: np.ndarray, span: Span, transcriber: Transcriber) -> Reheard:
    """Hear one chunk of talk again.

    *samples*: shape (n_samples,), float32, 16 kHz, of at most LONGEST_CHUNK_S; *span*:
    where they lie in the answer.
    """
    segments = transcriber.transcribe(samples, prompt=PROMPT)
    return Reheard(
        span,
        tuple(word.text for one in segments if not doubtful(one) for word in one.words),
    )


def rehear_all(take: Take, transcriber: Transcriber) -> tuple[Reheard, ...]:
    """Hear a whole take again, in chunks cut at its pauses."""
    return tuple(
        rehear(take.clip.cut(chunk).samples, chunk, transcriber)
        for chunk in chunks(take.clip, take.speech)
    )


def chunks(clip: Clip, speech: Sequence[Span]) -> tuple[Span, ...]:
    """The talk of an answer in as few pieces of at most LONGEST_CHUNK_S as its pauses allow.

    A short answer is one piece, the very one that ``write_down`` hears, which an engine may
    have kept. A piece without enough voice is left out; talk without a pause is cut all the same.
    """
    pieces: list[list[Span]] = []
    for talk in speech:
        for span in _cut(talk):
            last = pieces[-1] if pieces else None
            if last and span.end_s - last[0].start_s <= LONGEST_CHUNK_S:
                last.append(span)
            else:
                pieces.append([span])
    found = []
    for number, piece in enumerate(pieces):
        if sum(span.duration_s for span in piece) < LEAST_SPEECH_S:
            continue
        # In a short pause the margins would overlap, and a filler be heard twice.
        before_s = (pieces[number - 1][-1].end_s + piece[0].start_s) / 2 if number else 0.0
        after_s = (
            (piece[-1].end_s + pieces[number + 1][0].start_s) / 2
            if number + 1 < len(pieces)
            else clip.duration_s
        )
        found.append(
            Span(
                max(before_s, piece[0].start_s - MARGIN_S), min(after_s, piece[-1].end_s + MARGIN_S)
            )
        )
    return tuple(found)


def _cut(speech: Span) -> list[Span]:
    """A stretch of talk in equal parts that each fit a chunk."""
    parts = max(1, ceil(speech.duration_s / LONGEST_CHUNK_S))
    each_s = speech.duration_s / parts
    return [
        Span(speech.start_s + number * each_s, speech.start_s + (number + 1) * each_s)
        for number in range(parts)
    ]
