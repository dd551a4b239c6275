"""A second hearing of the talk, for its fillers.

Whisper writes what was meant and leaves out "um" and "uh": of 115 in long answers
one was left. Prompted with fillers, chunk by chunk and without the text before, it
writes 94 of them, and none where none was said. Such a prompt also makes it
invent, so this text is counted in and never judged by: findings come from
the first hearing alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from voicecoach.sound.clip import Clip, Span
from voicecoach.words.transcriber import LONGEST_CHUNK_S, MARGIN_S, Transcriber, doubtful

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


def rehear(clip: Clip, chunk: Span, transcriber: Transcriber) -> Reheard:
    """Hear one chunk of an answer again: the sound that the first hearing has heard as one."""
    words: list[str] = []
    for part in parts(chunk):
        segments = transcriber.transcribe(clip.cut(part).samples, prompt=PROMPT)
        words += (word.text for one in segments if not doubtful(one) for word in one.words)
    return Reheard(chunk, tuple(words))


def rehear_all(clip: Clip, chunks: Sequence[Span], transcriber: Transcriber) -> tuple[Reheard, ...]:
    """Hear the chunks of a whole answer again."""
    # The last one first: an engine may still have at hand what it made of that sound.
    return tuple(rehear(clip, chunk, transcriber) for chunk in reversed(chunks))[::-1]


def parts(chunk: Span) -> list[Span]:
    """A chunk in equal parts: prompted, Whisper hears no more than its first window.

    All but talk without a pause fits one.

    >>> parts(Span(0, 60))
    [Span(start_s=0.0, end_s=20.0), Span(start_s=20.0, end_s=40.0), Span(start_s=40.0, end_s=60.0)]
    """
    number = max(1, ceil((chunk.duration_s - 2 * MARGIN_S) / LONGEST_CHUNK_S))
    each_s = chunk.duration_s / number
    return [
        Span(chunk.start_s + at * each_s, chunk.start_s + (at + 1) * each_s) for at in range(number)
    ]
