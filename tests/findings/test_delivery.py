"""How an answer sounded, in numbers that can be checked by hand."""

from itertools import pairwise

import numpy as np
import pytest

from tests.conftest import RECORDINGS
from voicecoach import scenarios
from voicecoach.findings import voice
from voicecoach.findings.delivery import measure, pauses
from voicecoach.fixtures import truth_of
from voicecoach.settings import Settings
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.files import Recording
from voicecoach.sound.pitch import Pitch, pitch, pitch_of
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.fillers import Reheard
from voicecoach.words.transcript import Segment, Transcript, Word, said

PROMPTS = scenarios.load()
STATEMENT = PROMPTS.rounds["statement"]


def values(text, speech, round_=STATEMENT, **rest):
    return {one.name: one.value for one in measure(said(text), speech, round_, **rest).measures}


def spoken(text, each_s=0.4, start_s=0.0):
    """Words one after another, each as long as the others; a number is a pause in seconds."""
    words, at_s = [], start_s
    for piece in text.split():
        try:
            at_s += float(piece)
        except ValueError:
            words.append(Word(piece, Span(at_s, at_s + each_s), 0.9))
            at_s += each_s
    return Transcript((Segment(tuple(words), -0.2, 0.0, 1.0),), "test", "test")


def test_length_is_from_the_first_talk_to_the_last():
    """Leading and trailing silence are not the answer's."""
    assert values("word " * 5, [Span(2, 6), Span(7, 12)])["answer_length_s"] == 10


def test_length_is_held_against_the_rounds_target():
    (length, *_) = measure(said("word " * 5), [Span(0, 9)], STATEMENT).measures
    assert (length.low, length.high, length.off) == (20, 60, "low")


def test_pace_counts_words_over_the_whole_span_pauses_included():
    assert values("word " * 50, [Span(1, 11), Span(13, 21)])["pace_wpm"] == 150


def test_numerals_are_counted_as_they_are_spoken():
    assert values("95 " * 25, [Span(0, 20)])["pace_wpm"] == 150


def test_articulation_leaves_the_pauses_out():
    """60 syllables in 18 s of talk."""
    found = values("seven " * 30, [Span(1, 11), Span(13, 21)])
    assert found["articulation_sps"] == pytest.approx(60 / 18, abs=0.01)


def test_articulation_leaves_a_filler_out_but_not_the_talk_that_it_lies_in():
    """One "um" somewhere in 20 s of talk, 60 syllables: it has not filled them all."""
    said_twice = [Reheard(Span(0, 20), ("um,",))]
    found = values("seven " * 30, [Span(0, 20)], reheard=said_twice)
    assert found["fillers"] == 1
    assert found["articulation_sps"] == pytest.approx(60 / 19.5, abs=0.01)


def test_fillers_are_not_words():
    assert values("um, word uh " * 25 + "Hmm.", [Span(0, 20)])["pace_wpm"] == 75


def test_a_short_answer_has_no_pace_and_says_so():
    """Ten seconds and twenty words are the least that a pace can be told from."""
    for text, length_s in (("word " * 30, 9.5), ("word " * 19, 15)):
        found = measure(said(text), [Span(0, length_s)], STATEMENT)
        assert "pace_wpm" not in {one.name for one in found.measures}
        reasons = {one.name: one.reason for one in found.unmeasured}
        assert reasons["pace_wpm"] == "it needs 10 s and 20 words"
    assert "pace_wpm" in values("word " * 20, [Span(0, 10)])


def test_pauses_are_counted_and_the_longest_is_the_widest_gap_in_the_talk():
    found = values("word " * 5, [Span(3, 4), Span(4.5, 6), Span(8.2, 9), Span(9.2, 10)])
    assert (found["pauses"], found["longest_pause_s"], found["pause_median_s"]) == (2, 2.2, 1.35)


def test_the_share_of_pauses_takes_those_that_every_microphone_hears():
    """0.8 and 1.2 s of 20, without the silence of 0.3 s between them."""
    found = values("word " * 5, [Span(1, 5), Span(5.8, 9), Span(9.3, 12), Span(13.2, 21)])
    assert found["pause_share"] == pytest.approx(100 * 2.0 / 20)
    assert found["pauses"] == 3


def test_talk_without_a_breath_has_a_share_of_pauses_too():
    (share,) = (
        one
        for one in measure(said("word " * 50), [Span(0, 20)], STATEMENT).measures
        if one.name == "pause_share"
    )
    assert (share.value, share.off) == (0, "low")


def test_a_pause_at_a_full_stop_is_no_hesitation():
    """Nor one at a comma; a pause after a bare word, or after "...", is."""
    words = spoken("It was good. 1 I would 1 like to, 1 well... 1 yes.").words
    speech = [Span(0, 1.2), Span(2.2, 3.0), Span(4.0, 4.8), Span(5.8, 6.2), Span(7.2, 7.6)]
    assert [pause.inside for pause in pauses(speech, words)] == [False, True, False, True]
    assert pauses(speech, words)[1].after == "good. I would"


@pytest.mark.parametrize("stretched", ["before", "after"])
def test_a_word_that_whisper_stretches_over_a_pause_hides_it_not(stretched):
    """ "done." may last until the next word, or "Then" begin with the silence before it."""
    done = Span(0.4, 2.4 if stretched == "before" else 0.8)
    then = Span(2.4 if stretched == "before" else 0.8, 2.8)
    words = (Word("is", Span(0, 0.4), 1), Word("done.", done, 1), Word("Then", then, 1))
    words += (Word("we", Span(2.8, 3.2), 1),)
    (pause,) = pauses([Span(0, 0.8), Span(2.4, 3.2)], words)
    assert (pause.after, pause.inside) == ("is done.", False)


def test_a_persons_own_pace_is_the_range():
    found = measure(
        said("word " * 50), [Span(0, 20)], None, settings=Settings(pace_wpm=110)
    ).measures
    pace = next(one for one in found if one.name == "pace_wpm")
    assert (pace.low, pace.high, pace.off) == (95, 125, "high")


def test_for_a_second_language_ranges_widen_or_go_silent():
    def limits(**choices):
        found = measure(
            said("word " * 50), [Span(0, 30)], None, settings=Settings(**choices)
        ).measures
        return {one.name: (one.low, one.high) for one in found}

    first, second = limits(), limits(second_language=True)
    assert second["pace_wpm"] == (100, 180) != first["pace_wpm"]
    assert second["articulation_sps"] == (None, None) != first["articulation_sps"]


def test_without_words_nothing_is_measured():
    """A cough is talk for nobody."""
    assert values("", [Span(1, 2)]) == {}


@pytest.mark.parametrize("known", scenarios.measured().values(), ids=lambda known: known.id)
def test_every_measure_has_a_unit_a_source_and_a_meaning_and_claims_nothing_about_a_person(known):
    """And what can be off has something to try."""
    assert known.unit and known.source and known.meaning.endswith(".")
    texts = " ".join([known.meaning, known.heard, *known.too_low, *known.too_high]).lower()
    for claim in ("confiden", "personality", "nervous", "accent", "chance", "hired", "monotone"):
        assert claim not in texts
    if known.scored or known.act_above is not None:
        assert known.too_high
    if known.act_below is not None:
        assert known.too_low


# The sound itself


def voiced(semitones, seconds=8.0, rate_hz=16_000, at_hz=120.0):
    """A buzz whose pitch swings evenly, *semitones* to either side."""
    at_s = np.arange(round(seconds * rate_hz)) / rate_hz
    hz = at_hz * 2 ** (semitones * np.sin(2 * np.pi * 0.5 * at_s) / 12)
    phase = 2 * np.pi * np.cumsum(hz) / rate_hz
    buzz = sum(np.sin(number * phase) / number for number in range(1, 20))
    return Clip((0.1 * buzz).astype(np.float32), rate_hz)


def test_pitch_variation_is_that_of_a_known_tone():
    """The 90 % between P5 and P95 of a sine of 4 semitones are 2 x 4 x sin(0.45 pi) wide."""
    found = pitch(voiced(4).samples)
    assert found.spread_st == pytest.approx(2 * 4 * np.sin(0.45 * np.pi) / 3.29, rel=0.05)
    assert float(np.median(found.hz)) == pytest.approx(120, rel=0.02)


def test_pitch_variation_is_the_same_for_a_low_and_a_high_voice_loud_or_soft():
    spreads = [
        pitch(voiced(3, at_hz=hz).samples * gain).spread_st
        for hz, gain in ((95, 1), (210, 1), (95, 0.01))
    ]
    assert max(spreads) - min(spreads) < 0.1


def test_an_octaves_error_in_every_tenth_frame_moves_nothing():
    clean = pitch(voiced(3).samples)
    halved = clean.hz.copy()
    halved[::10] /= 2
    spoiled = Pitch(clean.at_s, halved, clean.confidence)
    assert spoiled.spread_st == pytest.approx(clean.spread_st, abs=0.1)


def test_where_nobody_speaks_there_is_no_pitch():
    for name in ("nothing-hiss", "nothing-rumble", "nothing-room"):
        samples = Recording(RECORDINGS / f"{name}.flac")
        take = record(samples, Turn(ENDLESS))
        assert pitch_of(take.clip, take.speech).voiced_s == 0


def test_a_drawn_out_um_that_voice_activity_took_for_silence_is_no_pause():
    """A noise as long and as loud is one, for it is nobody's voice."""
    silence = np.zeros(16_000, np.float32)
    um, hiss = voiced(0.2, 0.5).samples, np.random.default_rng(1).normal(0, 0.1, 8_000)
    speech = [Span(0, 2), Span(4.5, 6.5)]
    rest = (silence, voiced(3, 2.0).samples)
    for sound, gaps_s in ((um, [1.0, 1.0]), (hiss.astype(np.float32), [2.5])):
        samples = np.concatenate([voiced(3, 2.0).samples, silence, sound, *rest])
        clip = Clip(samples, 16_000)
        talk = voice.talk(clip, speech, pitch_of(clip, speech))
        assert [b.start_s - a.end_s for a, b in pairwise(talk)] == pytest.approx(gaps_s, abs=0.05)


@pytest.mark.parametrize("name", ["fit-strong-rp-f2-pink15", "offers-strong-rms-pink15"])
def test_noise_is_measured_within_3_db(name):
    path = RECORDINGS / f"{name}.flac"
    take = record(Recording(path), Turn(ENDLESS))
    true_db = float(truth_of(path, PROMPTS).noise.split()[-2])
    assert voice.snr_db(take.clip, take.speech) == pytest.approx(true_db, abs=3)


def test_an_overloaded_microphone_is_told_also_after_resampling():
    import soxr

    at_s = np.arange(48_000 * 3) / 48_000
    tone = (np.sin(2 * np.pi * 200 * at_s) * (at_s > 1) * (at_s < 2)).astype(np.float32)
    for gain, places in ((0.9, 0), (1.5, 1)):
        cut_off = np.clip(tone * gain, -1, 1)
        assert len(voice.clipped(Clip(cut_off, 48_000))) == places
        assert len(voice.clipped(Clip(soxr.resample(cut_off, 48_000, 16_000), 16_000))) == places


def test_level_is_measured_as_broadcasters_do():
    """A full-scale sine of 1 kHz is at -3 LUFS (ITU-R BS.1770), its peak at 0 dBFS."""
    at_s = np.arange(48_000 * 3) / 48_000
    clip = Clip(np.sin(2 * np.pi * 997 * at_s).astype(np.float32), 48_000)
    assert voice.loudness_lufs(clip) == pytest.approx(-3.01, abs=0.1)
    assert voice.peak_dbfs(clip) == pytest.approx(0, abs=0.01)
    assert voice.loudness_lufs(Clip(clip.samples[:4_800], 48_000)) is None


def test_in_noise_there_is_no_number_for_pitch_and_fillers_but_a_reason():
    rng = np.random.default_rng(1)
    clip = voiced(3, 30.0)
    silence = np.zeros(16_000, np.float32)
    samples = np.concatenate([silence, clip.samples, silence])
    noisy = Clip(samples + rng.normal(0, 0.2, len(samples)).astype(np.float32), 16_000)
    found = measure(said("word " * 60), [Span(1, 31)], None, clip=noisy, reheard=())
    reasons = {one.name: one.reason for one in found.unmeasured}
    assert reasons["fillers"] == reasons["pitch_sd_st"] == "there was too much noise"
    assert not {"fillers", "pitch_sd_st"} & {one.name for one in found.measures}
