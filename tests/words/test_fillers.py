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


FIRST = (
    "I kept the gate for ten years. We moved the whole yard to the new dock in one week, and in "
    "the first month nobody waited, because I had put up the plan, and they rang me."
)


@pytest.mark.parametrize(
    ("again", "asked_s"),
    [
        # It broke off, or lost its way: what is missing lies between 3.5 s and the end.
        ("I kept the gate for ten years.", [20, 16.5]),
        ("I kept the gate for ten years, so that was it, they rang me.", [20, 13.5]),
        # Fewer words are missing than would be worth it.
        ("I kept the gate for ten years, because I had put up the plan, and they rang me.", [20]),
        (FIRST, [20]),
    ],
)
def test_what_the_second_hearing_leaves_out_is_heard_by_itself(again, asked_s):
    """With a double: where Whisper breaks off depends on the machine."""

    class Scripted:
        engine = model = "scripted"

        def __init__(self):
            self.texts, self.asked_s = [again, "Um, we moved the, uh, whole yard."], []

        def transcribe(self, samples, prompt=""):
            self.asked_s.append(len(samples) / 16_000)
            words = tuple(Word(word, None, 0.9) for word in self.texts.pop(0).split())
            return [Segment(words, -0.3, 0.1, 1.2)]

    words = [Word(word, Span(at / 2, at / 2 + 0.5), 0.9) for at, word in enumerate(FIRST.split())]
    transcript = Transcript((Segment(tuple(words), -0.3, 0.1, 1.2),), "scripted", "scripted")
    engine, clip = Scripted(), Clip(np.zeros(20 * 16_000, np.float32), 16_000)
    heard_again = rehear(clip, Span(0, 20), transcript, engine).words
    assert engine.asked_s == pytest.approx(asked_s)
    assert ("Um," in heard_again) == (len(asked_s) > 1)
    assert heard_again[:6] == tuple(again.split()[:6])
    assert heard_again[-1] == ("yard." if again.endswith("years.") else again.split()[-1])


def test_where_nobody_talked_nothing_is_heard_again(faster_whisper, recording):
    assert write_all(heard(recording("nothing-silence")), faster_whisper).reheard == ()
