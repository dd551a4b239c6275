"""The microphone, on a virtual sound card: see virtual_sound."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.virtual_sound import (
    RATE_HZ,
    VirtualSound,
    silent_environment,
    start_python,
    virtual_sound,
)
from voicecoach.sound.clip import Clip
from voicecoach.sound.microphone import TO_GO_ON_S

LISTEN = """
import sys, time
from contextlib import closing
from pathlib import Path
import numpy as np
from voicecoach.errors import MicrophoneError
from voicecoach.sound.microphone import Microphone

path, stop, *wanted = sys.argv[1:]
microphone = Microphone(*wanted)
blocks, error = [], ""
try:
    with closing(microphone.blocks()) as arriving:
        for block in arriving:
            if not blocks:
                print("hearing", flush=True)
            blocks.append(block)
            if Path(stop).exists():
                break
except MicrophoneError as told:
    error = str(told)
np.savez(
    path,
    samples=np.concatenate(blocks),
    longest=max(map(len, blocks)),
    shapes=[block.ndim for block in blocks],
    ended=time.monotonic(),
    error=error,
    **{one: getattr(microphone, one) for one in ("name", "rate_hz", "overflows", "silent")},
)
"""

SAY = """
import sys
from voicecoach.errors import VoicecoachError
from voicecoach.sound import microphone
try:
    print(eval(sys.argv[1], vars(microphone)))
except VoicecoachError as error:
    print(type(error).__name__, error, sep=": ")
"""


@dataclass
class Listener:
    """The product, recording in a process of its own."""

    process: subprocess.Popen[str]
    path: Path

    def heard(self) -> dict[str, np.ndarray]:
        """End the recording, when what was just said has come through: what it holds."""
        time.sleep(1)
        self.path.with_suffix(".stop").touch()
        return self.broken_off()

    def broken_off(self, limit_s: float = 20) -> dict[str, np.ndarray]:
        """Wait until the recording ends by itself: what it holds."""
        _, complaint = self.process.communicate(timeout=limit_s)
        assert self.process.returncode == 0, complaint
        return dict(np.load(self.path))


def listen(card: VirtualSound, *wanted: str) -> Listener:
    """Start to record; returns when the first block has come."""
    path = card.folder / f"listened-{time.monotonic_ns()}.npz"
    process = card.python(LISTEN, path, path.with_suffix(".stop"), *wanted)
    assert process.stdout
    assert process.stdout.readline() == "hearing\n", process.communicate()[1]
    return Listener(process, path)


def ask(env: dict[str, str], expression: str) -> str:
    """What an expression in the module gives, or the error it raises, as text."""
    process = start_python(env, SAY, expression)
    said, complaint = process.communicate(timeout=30)
    assert process.returncode == 0, complaint
    return said.strip()


def tone(frequency_hz: float, duration_s: float, amplitude: float = 0.25) -> Clip:
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return Clip((amplitude * np.sin(2 * np.pi * frequency_hz * at_s)).astype("f4"), RATE_HZ)


def frequency_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE_HZ / len(samples)


def test_every_sample_that_is_said_arrives_in_its_place(card):
    """Three seconds of noise come back as they were played: nothing lost, doubled or changed."""
    said = (np.random.default_rng(1).standard_normal(3 * RATE_HZ) * 0.1).astype("f4")
    listener = listen(card)
    card.say_into_microphone(Clip(said, RATE_HZ)).wait()
    heard = listener.heard()

    samples = heard["samples"]
    size = 2 ** int(np.ceil(np.log2(len(samples) + len(said))))
    match = np.fft.irfft(np.fft.rfft(samples, size) * np.conj(np.fft.rfft(said, size)))
    start = int(np.argmax(match))
    assert np.abs(samples[start : start + len(said)] - said).max() < 1e-4
    assert not samples[:start].any()
    assert not samples[start + len(said) :].any()
    assert heard["overflows"] == 0


def test_a_tone_keeps_its_pitch_level_and_length(card):
    """What the microphone calls its rate is the rate of what it delivers."""
    listener = listen(card)
    card.say_into_microphone(tone(440, 2.0)).wait()
    heard = listener.heard()

    loud = np.flatnonzero(np.abs(heard["samples"]) > 0.01)
    rate_hz = int(heard["rate_hz"])
    assert rate_hz == RATE_HZ
    assert (loud[-1] - loud[0]) / rate_hz == pytest.approx(2.0, abs=0.01)
    sounding = heard["samples"][loud[0] : loud[-1]]
    assert frequency_hz(sounding) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(sounding**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.02)


def test_blocks_are_short_and_of_one_channel(card):
    """A level meter and the end of the turn need news at least every tenth of a second."""
    heard = listen(card).heard()
    assert heard["longest"] <= 0.1 * RATE_HZ
    assert set(heard["shapes"]) == {1}
    assert heard["samples"].dtype == np.float32


def test_an_unplugged_microphone_is_told_and_what_came_before_is_kept(fragile_card):
    """The error comes within two seconds, names the microphone and says what to do."""
    listener = listen(fragile_card)
    fragile_card.say_into_microphone(tone(300, 1.0)).wait()
    fragile_card.unplug()
    unplugged = time.monotonic()
    heard = listener.broken_off()

    assert heard["ended"] - unplugged < 2
    assert str(heard["error"]).startswith("The microphone 'pulse' has stopped delivering sound. Pl")
    assert (np.abs(heard["samples"]) > 0.01).sum() / RATE_HZ > 0.8


def test_a_microphone_that_falls_quiet_without_a_word_is_told(fragile_card):
    """The system reports nothing at all: the silence of the stream itself is noticed."""
    listener = listen(fragile_card)
    fragile_card.hold_still()
    held = time.monotonic()
    heard = listener.broken_off()
    assert heard["ended"] - held < TO_GO_ON_S + 1.5
    assert "has stopped delivering sound" in str(heard["error"])


def test_a_frozen_sound_system_hangs_neither_the_answer_nor_the_exit(fragile_card):
    """Not even closing the stream comes back then; the program ends all the same."""
    listener = listen(fragile_card)
    fragile_card.freeze()
    heard = listener.broken_off(limit_s=10)
    assert "has stopped delivering sound" in str(heard["error"])


OPEN_FROZEN = """
import sys, time
from voicecoach.errors import MicrophoneError
from voicecoach.sound import microphone

microphone.TO_OPEN_S = 1
one = microphone.Microphone()
print("ready", flush=True)
sys.stdin.readline()
for act in (one.blocks, microphone.look_again):
    began = time.monotonic()
    try:
        act()
    except MicrophoneError as error:
        print(time.monotonic() - began < 2, error, flush=True)
"""


def test_a_sound_system_that_answers_nobody_hangs_neither_opening_nor_the_exit(fragile_card):
    """Opening and listing have a time limit, and end in a sentence."""
    process = fragile_card.python(OPEN_FROZEN)
    assert process.stdout.readline() == "ready\n"
    fragile_card.freeze()
    said, complaint = process.communicate("go on\n", timeout=15)
    assert complaint == ""
    opening, listing = said.splitlines()
    assert opening.startswith("True The microphone 'pulse' does not answer. Plug it in again")
    assert listing.startswith("True The sound system of this computer does not answer.")


def test_exact_zeros_are_noticed_and_a_quiet_room_is_not_taken_for_them(card):
    """Zeros are a muted or forbidden microphone; a hiss at -70 dB is a room."""
    assert listen(card).heard()["silent"]
    with card.hiss(level_dbfs=-70):
        assert not listen(card).heard()["silent"]


def test_one_microphone_serves_one_answer_after_another(card):
    """The stream is closed with the generator, and opens again for the next answer."""
    assert ask(
        card.env,
        "[len(next(blocks)) or blocks.close() for microphone in [Microphone()] * 3 "
        "for blocks in [microphone.blocks()]]",
    ) == str([round(RATE_HZ * 0.05)] * 3)


LINE_AND_ANSWER = """
import sys, threading
from contextlib import closing
import numpy as np
from voicecoach.sound.clip import Clip
from voicecoach.sound.microphone import Microphone
from voicecoach.sound.speaker import play

def tone(hz, duration_s):
    at_s = np.arange(round(duration_s * 44_100)) / 44_100
    return Clip((0.25 * np.sin(2 * np.pi * hz * at_s)).astype("f4"), 44_100)

microphone = Microphone()
microphone.open()
play(tone(300, 1.5))
blocks = microphone.blocks()
answer = threading.Thread(target=play, args=[tone(1000, 1.0)])
answer.start()
heard = np.zeros(0, np.float32)
with closing(blocks):
    for block in blocks:
        heard = np.concatenate([heard, block])
        if len(heard) > 3 * microphone.rate_hz:
            break
answer.join()
np.save(sys.argv[1], heard)
"""


def test_an_answer_begins_when_the_line_ends_and_is_heard_from_its_first_moment(
    fragile_card,
):
    """The microphone hears the loudspeaker, and is open while the line is still spoken."""
    fragile_card.hear_itself()
    path = fragile_card.folder / "heard.npy"
    process = fragile_card.python(LINE_AND_ANSWER, path)
    assert process.wait(30) == 0, process.communicate()[1]
    heard = np.load(path)
    bins = 4410  # A tenth of a second.
    spectra = np.abs(np.fft.rfft(heard[: len(heard) // bins * bins].reshape(-1, bins))) / bins * 2
    line, answer = spectra[:, 30], spectra[:, 100]
    assert line.max() < 0.025, "a tenth of the line's level"
    assert (answer > 0.2).sum() == pytest.approx(10, abs=1)


def test_a_device_that_refuses_its_own_rate_is_opened_at_another(card):
    """A million samples a second is more than PulseAudio takes."""
    said = ask(
        card.env,
        "[(next(microphone.blocks()).size, microphone.rate_hz) for microphone in [Microphone()] "
        "if not setattr(microphone, '_device', __import__('dataclasses').replace("
        "microphone._device, rate_hz=1e6))]",
    )
    assert said == "[(2400, 48000)]"


def test_a_device_is_chosen_by_part_of_its_name(card):
    """The sound is that of the device which was named, not of the default one."""
    listener = listen(card, "HEAD")
    others = card.say_into_microphone(tone(300, 2.0))
    card.say_into_microphone(tone(1000, 2.0), sink="mouth2").wait()
    others.wait()
    heard = listener.heard()
    assert heard["name"] == "headset"
    assert frequency_hz(heard["samples"]) == pytest.approx(1000, abs=2)


def test_a_device_is_chosen_by_its_number_or_its_whole_name(card):
    """A number is that of the list; a whole name wins over part of another."""
    assert ask(card.env, "[device.name for device in devices()]") == (
        "['pulse', 'headset', 'default']"
    )
    for wanted, name in (("1", "headset"), (" default ", "default"), ("headset, ALSA", "headset")):
        assert ask(card.env, f"find({wanted!r}).name") == name
        assert ask(card.env, f"find({wanted!r}, 'output').name") == name


def test_the_default_is_what_the_desktop_has_chosen(card):
    """PulseAudio's own entry comes before hardware, and the list marks what would be taken."""
    assert ask(card.env, "find().name, find(None, 'output').name") == "('pulse', 'pulse')"
    assert ask(card.env, "[d.name for d in devices() if d.default_input]") == "['pulse']"


@pytest.mark.parametrize("wanted", ["banjo", "99", ""])
def test_an_unknown_device_names_those_there_are(card, wanted):
    """The sentence repeats what was asked, lists the names, and where to look."""
    assert ask(card.env, f"Microphone({wanted!r})") == (
        f"UsageError: There is no microphone called '{wanted}', only pulse, headset, default. "
        "Choose from: voicecoach devices."
    )


def test_without_any_microphone_there_is_a_way_on(tmp_path):
    """No device at all: one sentence, which offers a recording instead."""
    env = silent_environment(tmp_path)
    assert ask(env, "devices()") == "()"
    assert ask(env, "Microphone()") == (
        "NoMicrophone: There is no microphone to record from. Plug one in, or have a recording "
        "graded: voicecoach grade answer.wav."
    )


def test_a_microphone_plugged_in_later_is_found_when_looked_for_again(tmp_path):
    """The list is as old as the program until look_again."""
    code = """
import time
from voicecoach.sound import microphone
print(len(microphone.devices()), flush=True)
while not microphone.devices():
    time.sleep(0.1)
    microphone.look_again()
print(microphone.find().name)
"""
    process = start_python(silent_environment(tmp_path), code)
    assert process.stdout
    assert process.stdout.readline() == "0\n"
    with virtual_sound(tmp_path):
        assert process.communicate(timeout=30)[0] == "pulse\n"


def test_without_portaudio_the_sentence_names_the_package(tmp_path):
    """A library that cannot be loaded stands where the real one would be."""
    (tmp_path / "libportaudio.so.2").touch()
    env = {**silent_environment(tmp_path), "LD_LIBRARY_PATH": str(tmp_path)}
    for expression in ("devices()", "Microphone()"):
        said = ask(env, expression)
        assert said.startswith("NoMicrophone: PortAudio is missing")
        assert "sudo apt install libportaudio2" in said
    assert ask(env, "find(None, 'output')").startswith("VoiceError: PortAudio is missing")
