"""The second hearing finds the fillers, and what it writes is judged by nobody."""

import numpy as np
import pytest

from voicecoach import scenarios
from voicecoach.findings.fluency import fillers
from voicecoach.fixtures import truth_of
from voicecoach.session import review
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.files import Recording
from voicecoach.sound.take import Take, record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.fillers import Reheard, rehear
from voicecoach.words.live import Written, write_all
from voicecoach.words.transcriber import write_down
from voicecoach.words.transcript import Segment, Transcript, Word, said

PROMPTS = scenarios.load()


def heard(path) -> Take:
    return record(Recording(path), Turn(ENDLESS))


def test_both_engines_hear_the_fillers_where_they_were_said(engine, recording):
    """Whisper's first hearing of this recording has none of them."""
    path = recording("statement-middling-rms-fillers")
    written = write_all(heard(path), engine)
    words = written.transcript.words
    assert not any(word.text.lower().startswith(("um", "uh")) for word in words)
    found = fillers(written.reheard, written.transcript)
    true = truth_of(path, PROMPTS).fillers
    assert len(found) == len(true) == 3
    for one, two in zip(found, true, strict=True):
        assert one.quote.lower() == two.text
        assert one.span.overlap_s(Span(two.start_s, two.end_s)) > 0


def test_fillers_are_counted_in_the_second_hearing(faster_whisper, recording):
    """And nothing else comes from it."""
    take = heard(recording("statement-strong-slt"))
    ready = [Reheard(Span(0, take.clip.duration_s), ("Yes,", "um,", "I", "have"))]
    written = Written(write_down(take, faster_whisper), tuple(ready))
    found = review(take, written, PROMPTS.criteria)
    (count,) = [one for one in found.measures if one.name == "fillers"]
    assert (count.value, count.where[0].quote, count.at_least) == (1, "um", True)
    assert "um" not in found.transcript.text.lower().split()


def test_talk_without_a_pause_is_heard_again_in_even_parts():
    """Prompted, Whisper would hear the first half minute only."""
    samples = np.zeros(62 * 16_000, np.float32)
    lengths_s = []

    class Measured:
        engine, model = "test", "test"

        def transcribe(self, samples, prompt=""):
            lengths_s.append(len(samples) / 16_000)
            return []

    rehear(Clip(samples, 16_000), Span(1, 61), said(""), Measured())
    assert lengths_s == pytest.approx([20, 20, 20])


FIRST = [f"word{number}" for number in range(50)]
"""Heard first, half a second each, from 10 s on."""
OTHERS = [f"other{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("again", "asked"),
    [
        # It broke off.
        (FIRST[:25], [(22.5, 35)]),
        (FIRST[:30], [(25, 35)]),
        (FIRST[:31], []),
        # It lost its way: for twenty words it has ten others, or eleven.
        (FIRST[:15] + OTHERS[:10] + FIRST[35:], [(17.5, 27.5)]),
        (FIRST[:15] + OTHERS[:11] + FIRST[35:], []),
        # Twice: the later stretch comes first, so that the earlier one keeps its place.
        (FIRST[20:25] + FIRST[45:], [(22.5, 32.5), (10, 20)]),
        # Nothing is left out; or all is, and of the same sound it would write the same.
        (FIRST, []),
        (OTHERS, []),
    ],
)
def test_what_the_second_hearing_leaves_out_is_heard_by_itself(again, asked):
    """With a double: where Whisper breaks off depends on the processor."""
    neighbour = Word("before", Span(9, 9.9), 0.9)
    words = [Word(word, Span(10 + at / 2, 10.5 + at / 2), 0.9) for at, word in enumerate(FIRST)]
    transcript = transcript_of([neighbour, *words])
    engine = Scripted(again, *([f"um{start_s}"] for start_s, _ in asked))
    heard_again = rehear(CLIP, Span(10, 35), transcript, engine).words
    assert engine.asked == [(10, 35), *asked]
    left = [word for word in heard_again if not word.startswith("um")]
    assert left == (again if "other0" not in again or not asked else FIRST[:15] + FIRST[35:])
    for start_s, end_s in asked:
        at = heard_again.index(f"um{start_s}")
        assert at == 0 or heard_again[at - 1] == FIRST[int((start_s - 10) * 2) - 1]
        assert heard_again[at + 1 :][:1] == tuple(FIRST[int((end_s - 10) * 2) :][:1])


def test_what_was_heard_stays_where_the_third_hearing_brings_nothing():
    words = [Word(word, Span(10 + at / 2, 10.5 + at / 2), 0.9) for at, word in enumerate(FIRST)]
    again = (*FIRST[:15], "um,", "uh,", *FIRST[45:])
    engine = Scripted(again, [])
    assert rehear(CLIP, Span(10, 35), transcript_of(words), engine).words == again
    assert len(engine.asked) == 2


CLIP = Clip(np.arange(40 * 16_000, dtype=np.float32), 16_000)
"""Each sample tells where it lies."""


class Scripted:
    """Writes what it is given, and notes of which second to which it was asked."""

    engine = model = "scripted"

    def __init__(self, *texts):
        self.texts, self.asked = list(texts), []

    def transcribe(self, samples, prompt=""):
        self.asked.append((samples[0] / 16_000, (samples[-1] + 1) / 16_000))
        words = tuple(Word(word, None, 0.9) for word in self.texts.pop(0))
        return [Segment(words, -0.3, 0.1, 1.2)]


def transcript_of(words):
    return Transcript((Segment(tuple(words), -0.3, 0.1, 1.2),), "scripted", "scripted")


def test_where_nobody_talked_nothing_is_heard_again(faster_whisper, recording):
    assert write_all(heard(recording("nothing-silence")), faster_whisper).reheard == ()
