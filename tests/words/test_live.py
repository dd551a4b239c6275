"""Answers that are written down while they are said, on real weights."""

import time
from itertools import pairwise

import numpy as np
import pytest

from voicecoach.errors import WeightsError
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.files import Recording
from voicecoach.sound.pitch import pitch_of
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.fillers import PROMPT
from voicecoach.words.live import Live, last_talk, write_all
from voicecoach.words.transcriber import LONGEST_CHUNK_S


@pytest.fixture
def heard(recording, faster_whisper):
    """A recorded answer, and what was written down of it while it went on."""

    def hear(name):
        live = Live(lambda: faster_whisper)
        take = record(Recording(recording(name)), Turn(ENDLESS), listener=live)
        return take, live.finish(take)

    return hear


@pytest.mark.parametrize("name", ["questions-strong-hts-long", "fit-bad-us-edward-pauses"])
def test_the_words_are_those_of_the_finished_recording(heard, faster_whisper, name):
    """Word for word, at the same times: it is cut in the same places."""
    take, written = heard(name)
    whole = write_all(take, faster_whisper)
    assert written.transcript.text == whole.transcript.text
    assert written.reheard == whole.reheard
    assert np.array_equal(written.pitch.hz, pitch_of(take.clip, take.speech).hz)
    for word, same in zip(written.transcript.words, whole.transcript.words, strict=True):
        assert word.span.start_s == pytest.approx(same.span.start_s, abs=0.1)
    chunks = [one.span for one in whole.reheard]
    assert len(chunks) > ("long" in name), "What is longer than Whisper's window is cut."
    assert all(chunk.duration_s <= LONGEST_CHUNK_S + 1 for chunk in chunks)
    assert all(one.end_s <= two.start_s for one, two in pairwise(chunks))
    for talk in take.speech:
        held = [chunk for chunk in chunks if chunk.overlap_s(talk) == talk.duration_s]
        assert len(held) == 1, "All talk is heard again, once."


@pytest.fixture
def counted(faster_whisper):
    """An engine, and the prompts that it was asked with."""
    asked = []

    class Counted:
        engine, model = faster_whisper.engine, faster_whisper.model

        def transcribe(self, samples, prompt=""):
            asked.append(prompt)
            return faster_whisper.transcribe(samples, prompt)

        def glance(self, samples):
            return faster_whisper.glance(samples)

    return Counted, asked


@pytest.mark.parametrize("begun", [1, 2], ids=["while it is written down", "when it is"])
def test_what_is_written_down_of_the_last_silence_is_not_heard_again(recording, counted, begun):
    """The turn ends when nothing was said since: the words are there, or on their way."""
    engine, asked = counted
    live = Live(engine)
    take = record(Recording(recording("next_steps-strong-hts")), Turn(ENDLESS))
    live.went_quiet(take.clip.samples, take.speech, until=1)
    limit = time.monotonic() + 60
    while len(asked) < begun and time.monotonic() < limit:
        time.sleep(0.01)
    assert live.finish(take).transcript.text == live.text != ""
    assert len(asked) == 2, "Once for the words, and once for the fillers."


def test_a_chunk_that_goes_on_is_heard_again_for_fillers_only_when_it_is_over(recording, counted):
    """Talk has gone on before the words of the first half were written down."""
    engine, asked = counted
    live = Live(engine)
    take = record(Recording(recording("fit-bad-us-edward-pauses")), Turn(ENDLESS))
    half = len(take.speech) // 2
    live.went_quiet(take.clip.samples, take.speech[:half], until=1)
    live.sounds_finished(until=2, by_sound=0.5)
    limit = time.monotonic() + 60
    while not live.text and time.monotonic() < limit:
        time.sleep(0.01)
    (reheard,) = live.finish(take).reheard
    assert asked == ["", "", PROMPT]
    assert reheard.span.end_s >= take.speech[-1].end_s


def test_the_turn_knows_soon_how_the_last_words_read(recording, faster_whisper):
    """0 until they are read, and of no other silence than the one that was asked of."""
    take = record(Recording(recording("next_steps-strong-hts")), Turn(ENDLESS))
    live = Live(lambda: faster_whisper)
    live.went_quiet(take.clip.samples, take.speech, until=7)
    limit = time.monotonic() + 60
    while not live.sounds_finished(7, 0.9) and time.monotonic() < limit:
        time.sleep(0.01)
    assert live.sounds_finished(7, 0.9) > live.sounds_finished(7, 0.1) > 0
    assert live.sounds_finished(8, 0.9) == 0
    live.give_up()


def test_the_last_talk_is_heard_without_its_pauses():
    """Each sample is the second it was heard in."""
    samples = np.repeat(np.arange(20, dtype=np.float32), 16_000)
    talk = last_talk(Clip(samples, 16_000), (Span(1, 5), Span(8, 11), Span(14, 18)))
    assert sorted({int(second) for second in talk}) == [10, 11, *range(13, 19)]
    assert len(talk) / 16_000 == pytest.approx(5 + 2 * 0.3 + 0.15, abs=0.01)


def test_where_nobody_speaks_nothing_is_written_down(heard):
    _, written = heard("nothing-hiss")
    assert written.transcript.words == ()
    assert written.reheard == ()


def test_weights_that_are_not_there_are_told_at_the_end(recording):
    def missing():
        raise WeightsError("The weights of large are not on this machine.")

    live = Live(missing)
    take = record(Recording(recording("next_steps-strong-hts")), Turn(ENDLESS), listener=live)
    with pytest.raises(WeightsError, match="large"):
        live.finish(take)
