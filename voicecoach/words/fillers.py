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
from voicecoach.words.transcript import Transcript, Word, in_common

PROMPT = "Um, so, uh, like, you know, I was, um, thinking that, uh, hmm, okay, well, um, yeah."
"""A style to write in. Of the prompts that were tried it kept the most at the fewest errors."""

LEFT_OUT_WORDS = 20
"""The fewest words of the first hearing in a row that are heard again by themselves, where the
second leaves them out. For fewer the stretch is so short that fillers are invented in it."""


@dataclass(frozen=True, slots=True)
class Reheard:
    """One chunk of talk as the second hearing wrote it."""

    span: Span
    """Where the chunk lies in the whole answer."""
    words: tuple[str, ...]
    """With their punctuation. They have no times: those of fillers are poor, half of them beside
    the filler, and ``findings.fluency`` places them better between the words of the transcript."""


def rehear(clip: Clip, chunk: Span, transcript: Transcript, transcriber: Transcriber) -> Reheard:
    """Hear one chunk of an answer again: the sound that the first hearing has heard as one.

    Where that leaves out LEFT_OUT_WORDS or more of *transcript* in a row, and has at most half as
    many other words in their place, Whisper broke off or lost its way: the stretch is heard by
    itself. Not where it is the whole chunk, for of the same sound it would write the same.
    """
    words = _heard(clip, chunk, transcriber)
    first = [word for word in transcript.words if word.span and word.span.overlap_s(chunk) > 0]
    for begin, end, span in reversed(_left_out(words, first, chunk)):
        if span != chunk:
            words[begin:end] = _heard(clip, span, transcriber) or words[begin:end]
    return Reheard(chunk, tuple(words))


def rehear_all(
    clip: Clip, chunks: Sequence[Span], transcript: Transcript, transcriber: Transcriber
) -> tuple[Reheard, ...]:
    """Hear the chunks of a whole answer again."""
    # The last one first: an engine may still have at hand what it made of that sound.
    return tuple(rehear(clip, chunk, transcript, transcriber) for chunk in reversed(chunks))[::-1]


def _heard(clip: Clip, span: Span, transcriber: Transcriber) -> list[str]:
    return [
        word.text
        for part in parts(span)
        for segment in transcriber.transcribe(clip.cut(part).samples, prompt=PROMPT)
        if not doubtful(segment)
        for word in segment.words
    ]


def _left_out(
    words: Sequence[str], first: Sequence[Word], chunk: Span
) -> list[tuple[int, int, Span]]:
    """Where *words* leave out what was heard *first*, or have at most half as many others for it.

    Each as the words that stand there, from and to, and when what is left out was said.
    """
    found: list[tuple[int, int, Span]] = []
    begin, at = 0, 0
    for block in in_common(words, first):
        if block.b - at >= max(LEFT_OUT_WORDS, 2 * (block.a - begin)):
            before = first[at - 1].span if at else None
            after = first[block.b].span if block.b < len(first) else None
            start_s = before.end_s if before else chunk.start_s
            end_s = after.start_s if after else chunk.end_s
            found.append((begin, block.a, Span(start_s, max(start_s, end_s))))
        begin, at = block.a + block.size, block.b + block.size
    return found


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
