"""The second hearing finds the fillers, and what it writes is judged by nobody."""

from itertools import pairwise

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
from voicecoach.words.fillers import Reheard, chunks, rehear_all
from voicecoach.words.live import Written
from voicecoach.words.transcriber import LONGEST_CHUNK_S, write_down

PROMPTS = scenarios.load()


def heard(path) -> Take:
    return record(Recording(path), Turn(ENDLESS))


def test_both_engines_hear_the_fillers_where_they_were_said(engine, recording):
    """Whisper's first hearing of this recording has none of them."""
    path = recording("statement-middling-rms-fillers")
    take = heard(path)
    transcript = write_down(take, engine)
    assert not any(word.text.lower().startswith(("um", "uh")) for word in transcript.words)
    found = fillers(rehear_all(take, engine), transcript)
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


def talk(*spans, duration_s):
    samples = np.zeros(round(duration_s * 16_000), np.float32)
    return Clip(samples, 16_000), tuple(Span(*span) for span in spans)


def test_chunks_are_cut_at_pauses_and_hold_all_the_talk_once():
    spans = [(1 + at * 3, 3 + at * 3) for at in range(30)]
    found = chunks(*talk(*spans, duration_s=93))
    assert all(chunk.duration_s <= LONGEST_CHUNK_S + 1 for chunk in found)
    assert all(one.end_s <= two.start_s for one, two in pairwise(found))
    for start_s, end_s in spans:
        assert any(chunk.start_s <= start_s and end_s <= chunk.end_s for chunk in found)


def test_talk_without_a_pause_is_cut_into_even_chunks():
    found = chunks(*talk((1, 61), duration_s=62))
    assert [round(chunk.duration_s) for chunk in found] == [20, 20, 20]


@pytest.mark.parametrize("spans", [[], [(1.0, 1.2)]], ids=["silence", "a click"])
def test_where_nobody_talked_nothing_is_heard_again(spans):
    assert chunks(*talk(*spans, duration_s=5)) == ()
