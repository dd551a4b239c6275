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

    rehear(Clip(samples, 16_000), Span(1, 61), Measured())
    assert lengths_s == pytest.approx([20, 20, 20])


def test_where_nobody_talked_nothing_is_heard_again(faster_whisper, recording):
    assert write_all(heard(recording("nothing-silence")), faster_whisper).reheard == ()
