"""What was said: words with the time and the certainty they were heard with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from functools import cached_property
from itertools import accumulate

from voicecoach.sound.clip import Span

TYPED = "typed"
"""The engine of a text that was never said."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    """As written, with its punctuation: ``"time."``."""
    span: Span | None
    """Where it was said; None for a text that was typed."""
    probability: float
    """Whisper's own, between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words that Whisper wrote in one piece, with its own signs of doubt."""

    words: tuple[Word, ...]
    mean_log_probability: float
    """Natural logarithm, mean over the tokens; under -1 Whisper calls it a failure."""
    no_speech_probability: float
    compression_ratio: float
    """Length of the text over its length under zlib; over 2.4 it repeats itself."""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Transcript:
    segments: tuple[Segment, ...]
    engine: str
    model: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def typed(self) -> bool:
        """Whether it was written and never said."""
        return self.engine == TYPED

    @cached_property
    def _word_starts(self) -> list[int]:
        """Where each word starts in ``text``, in characters."""
        lengths = (len(word.text) + 1 for word in self.words)
        return list(accumulate(lengths, initial=0))[:-1]

    def words_in(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that characters *start* to *end* of ``text`` touch.

        >>> [word.text for word in said("Thank you so much.").words_in(6, 12)]
        ['you', 'so']
        """
        return tuple(
            word
            for word, word_start in zip(self.words, self._word_starts, strict=True)
            if word_start < end and word_start + len(word.text) > start
        )

    def span_of(self, start: int, end: int) -> Span | None:
        """When characters *start* to *end* of ``text`` were said; None for a typed text."""
        spans = [word.span for word in self.words_in(start, end) if word.span]
        return Span(spans[0].start_s, spans[-1].end_s) if spans else None


def plain(word: str) -> str:
    """A word in small letters, without marks around it.

    >>> plain("“You’ve,")
    "you've"
    """
    return word.lower().replace("’", "'").strip(" .,;:!?…\"“”'‘()–—-")


def in_common(words: Sequence[str], known: Sequence[Word]) -> list[Match]:
    """The runs of words that both have, marks and capitals aside, in their order.

    *a* and *b* of each count in *words* and in *known*; the last has no length and stands behind
    the last word of both, as difflib gives them.
    """
    return SequenceMatcher(
        None, [plain(word) for word in words], [plain(word.text) for word in known], False
    ).get_matching_blocks()


def said(text: str) -> Transcript:
    """A typed text as a transcript: words without times, of full certainty.

    >>> said("Thank  you.").text
    'Thank you.'
    """
    words = tuple(Word(word, None, 1.0) for word in text.split())
    segments = (Segment(words, 0.0, 0.0, 1.0),) if words else ()
    return Transcript(segments, engine=TYPED, model="none")
