"""Make every recording of this folder, and the truth beside it, from recipes.toml.

    python audio_fixtures/make.py                          all of them
    python audio_fixtures/make.py statement-strong-slt     only those named

Words come from free voice programs, noise and sounds from seeded random numbers, so the same
versions of the programs make the same samples again.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
RATE_HZ = 16_000
MS = RATE_HZ // 1000
"""Samples in a millisecond. Every piece is whole milliseconds long, so its times are exact."""
SPEECH_DB = -25.0
"""Level of the talking itself, pauses left out, in dBFS."""
ROOM_DB = -70.0
"""Level of the quiet around and between the words, in dBFS: a good microphone, not zeros."""
FILLER_GAP_S = 0.12
"""Quiet on either side of a filler, in seconds: too short to count as a pause."""
FILLER_S = 0.35
"""About the shortest filler, in seconds."""
HELD_PACE = 0.6
QUIET_S = (0.3, 0.6)
"""Shortest and longest quiet before the first word and after the last, in seconds."""
STEP = 16
"""Samples are rounded to at least this many 16-bit steps: 7 dB under the quiet room."""
ESPEAK_WPM = 155

PROGRAMS = {"espeak-ng": "espeak-ng", "flite": "flite", "festival": "text2wave"}
FESTIVAL_VOICES = "festvox-kallpc16k, festvox-kdlpc16k and festvox-us-slt-hts"

# Small talk that bears no criterion, whatever a transcriber makes of it.
BABBLE = {
    "flite slt": "We drove along the coast until it got dark, and the children slept in the back "
    "of the car. In the morning there was fog over the water and a smell of bread.",
    "flite rms": "You cut the onions very small, put them into the pan with some butter, and let "
    "them go brown before the tomatoes go in. Then comes the salt.",
    "flite awb": "The second half was better than the first, but their keeper had a good day. Two "
    "minutes before the end the ball hit the post and rolled along the line.",
    "festival kal_diphone": "My neighbor has three dogs and a parrot, and the parrot barks as "
    "well. At night it sits in the kitchen window and counts the buses.",
    "espeak-ng en-us+f3": "They painted the old bridge green again, and now half the town is "
    "angry about it. The other half has not seen it yet, because the road is closed.",
    "espeak-ng en-gb-x-rp+m3": "The apples are late this year, and the pears are small and hard. "
    "It has been dry since April, so the wells are low, even down by the mill.",
    "espeak-ng en-us+edward": "The printer on the second floor ate the paper again. Somebody "
    "opened the back of it with a spoon, and since then it hums a little tune.",
}


@dataclass
class Take:
    """Samples joined so far, and where the pauses and fillers put in lie in them."""

    pieces: list[np.ndarray] = field(default_factory=list)
    pauses: list[tuple[int, int]] = field(default_factory=list)
    """First sample and the one after the last."""
    fillers: list[tuple[str, int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def add(self, samples: np.ndarray) -> tuple[int, int]:
        start = len(self)
        self.pieces.append(samples)
        return start, start + len(samples)

    def add_quiet(self, seconds: float) -> tuple[int, int]:
        return self.add(np.zeros(round(seconds * 1000) * MS))


def main(names: list[str]) -> None:
    recipes = tomllib.loads((FOLDER / "recipes.toml").read_text("utf-8"))["recordings"]
    unknown = set(names) - {recipe["name"] for recipe in recipes}
    if unknown:
        sys.exit(f"recipes.toml has no recording named {', '.join(sorted(unknown))}.")
    for recipe in recipes:
        if not names or recipe["name"] in names:
            make(recipe)


def make(recipe: dict[str, Any]) -> None:
    name = recipe["name"]
    # Each recording has numbers of its own: a new one above it changes nothing.
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    take = Take()
    if "says" in recipe:
        samples = talk(recipe, take, rng)
    else:
        samples = SOUNDS[recipe["sound"]](rng, recipe["seconds"] * RATE_HZ)
    step = rounding_step(samples)
    rounded = (np.round(samples * 32768 / step) * step).clip(-32768, 32767).astype(np.int16)
    sf.write(FOLDER / f"{name}.flac", rounded, RATE_HZ, "PCM_16", compression_level=1.0)
    (FOLDER / f"{name}.toml").write_text(truth(recipe, take), "utf-8")
    print(f"{name}  {len(rounded) / RATE_HZ:.1f} s")


def rounding_step(samples: np.ndarray) -> int:
    """Choose a power of two, the larger the louder the quietest 50 ms are.

    FLAC leaves out low bits that are zero throughout, which halves the size of this folder, and
    the error, 3.5 times smaller than the step, is lost in the noise that is there.
    """
    frame = 50 * MS
    power = (samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    quietest = 32768 * np.sqrt(power.min())
    return max(STEP, 2 ** int(np.log2(max(quietest, 1) / 2)))


def truth(recipe: dict[str, Any], take: Take) -> str:
    """Write what is true of a recording as TOML."""
    facts = {"about": recipe["about"]}
    if "says" in recipe:
        facts["round"] = recipe["name"].split("-")[0]
    facts["voice"] = recipe.get("voice", "none")
    without_pauses = re.sub(r"\[[\d.]+\]", "", recipe.get("says", ""))
    facts["words"] = " ".join(re.sub(r"[\[\]]", "", without_pauses).split())
    facts |= {"met": recipe.get("met", []), "slipped": recipe.get("slipped", [])}
    noise = recipe.get("noise", recipe.get("sound", "zeros"))
    if noise != "zeros":
        facts["noise"] = noise
    # A JSON string or list of strings is TOML as well.
    lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items() if key != "noise"]
    lines += [f'noise = "{facts["noise"]}"'] if "noise" in facts else []
    for start, end in take.pauses:
        lines += ["", "[[pauses]]", *times(start, end)]
    for text, start, end in take.fillers:
        lines += ["", "[[fillers]]", f'text = "{text}"', *times(start, end)]
    return "\n".join(lines) + "\n"


def times(start: int, end: int) -> list[str]:
    return [f"start_s = {start / RATE_HZ:.3f}", f"end_s = {end / RATE_HZ:.3f}"]


# Talk


def talk(recipe: dict[str, Any], take: Take, rng: np.random.Generator) -> np.ndarray:
    """Say a recipe's words into *take*, and set them in a room with the noise asked for."""
    voice, pace = recipe["voice"], recipe.get("pace", 1.0)
    take.add_quiet(rng.uniform(*QUIET_S))
    # Every second part was in brackets: a filler, a pause in seconds, or a word held.
    for index, part in enumerate(re.split(r"\[(.+?)\]", recipe["says"])):
        text = part.strip()
        if not text:
            continue
        if index % 2 == 0:
            take.add(speak(voice, pace, text))
        elif re.fullmatch(r"[\d.]+", text):
            take.pauses.append(take.add_quiet(float(text)))
        elif text.startswith("~"):
            # A word that is held while the speaker looks for the next one.
            take.add(speak(voice, pace * HELD_PACE, text[1:]))
        else:
            take.add_quiet(FILLER_GAP_S)
            take.fillers.append((text, *take.add(drawn_out(voice, pace, text))))
            take.add_quiet(FILLER_GAP_S)
    take.add_quiet(rng.uniform(*QUIET_S))
    speech = np.concatenate(take.pieces)
    speech *= gain(SPEECH_DB) / level(speech)
    speech *= min(1.0, 0.9 / np.abs(speech).max())
    room = at_db(pink(rng, len(speech)), ROOM_DB)
    if "noise" not in recipe:
        return speech + room
    kind, snr_db = re.fullmatch(r"(.+) at (\d+) dB", recipe["noise"]).groups()
    noise = NOISES[kind](rng, len(speech), voice)
    return speech + room + at_db(noise, SPEECH_DB - float(snr_db))


def speak(voice: str, pace: float, text: str) -> np.ndarray:
    """Say *text* in *voice*, without the silence that the program sets around it."""
    program, name = voice.split()
    if program not in PROGRAMS:
        # No recording has them: benchmarks do, which run from the folder above.
        from audio_fixtures import neural

        said, rate_hz = neural.speak(voice, pace, as_said(text))
        return trimmed(soxr.resample(said, rate_hz, RATE_HZ))
    if shutil.which(PROGRAMS[program]) is None:
        sys.exit(
            f"The voice program {program} is missing; on Debian, install the packages espeak-ng, "
            f"flite, festival, {FESTIVAL_VOICES}."
        )
    with tempfile.TemporaryDirectory() as folder:
        wav, txt = Path(folder, "said.wav"), Path(folder, "text.txt")
        txt.write_text(as_said(text), "utf-8")
        stretch = f"(Parameter.set 'Duration_Stretch {1 / pace})"
        commands = {
            "espeak-ng": ["-v", name, "-s", f"{ESPEAK_WPM * pace:.0f}", "-w", wav, "-f", txt],
            "flite": ["-voice", name, "--setf", f"duration_stretch={1 / pace}", txt, wav],
            "festival": [txt, "-o", wav, "-eval", f"(voice_{name})", "-eval", stretch],
        }
        command = [PROGRAMS[program], *commands[program]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not wav.exists():
            sys.exit(
                f"{program} could not speak with the voice {name}: {done.stderr.strip()} "
                f"On Debian, the voices of festival are {FESTIVAL_VOICES}."
            )
        samples, rate_hz = sf.read(wav)
    return trimmed(soxr.resample(samples, rate_hz, RATE_HZ))


def as_said(text: str) -> str:
    """The text; a comma where the sentence goes on after the pause keeps the voice from falling."""
    return f"{text}," if text[-1].isalnum() else text


def drawn_out(voice: str, pace: float, filler: str) -> np.ndarray:
    """Say a filler slower than the words around it: nobody is quick to say um."""
    said = speak(voice, pace * 0.8, filler)
    too_short = len(said) / RATE_HZ / FILLER_S
    return said if too_short >= 1 else speak(voice, pace * 0.8 * too_short, filler)


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Cut what lies 45 dB under the loudest 5 ms off both ends, and fade the cuts."""
    frame = 5 * MS
    samples = samples[: len(samples) // frame * frame]
    power = (samples.reshape(-1, frame) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10**-4.5)
    samples = samples[loud[0] * frame : (loud[-1] + 1) * frame].copy()
    fade = np.linspace(0, 1, frame)
    samples[:frame] *= fade
    samples[-frame:] *= fade[::-1]
    return samples


# Levels


def gain(db: float) -> float:
    return 10 ** (db / 20)


def level(samples: np.ndarray) -> float:
    """RMS of the parts that sound, within 40 dB of the loudest 20 ms."""
    frame = 20 * MS
    power = (samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-4].mean()))


def at_db(samples: np.ndarray, db: float) -> np.ndarray:
    """Scale to an RMS of *db* dBFS over the whole length."""
    return samples * gain(db) / np.sqrt((samples**2).mean())


# Noises behind the talk


def coloured(
    rng: np.random.Generator, n: int, spectrum: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Noise of *n* samples whose amplitude over frequency (Hz) is *spectrum*."""
    frequency = np.fft.rfftfreq(n, 1 / RATE_HZ)
    frequency[0] = frequency[1]
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * spectrum(frequency), n)


def pink(rng: np.random.Generator, n: int) -> np.ndarray:
    return coloured(rng, n, lambda hz: np.maximum(hz, 20) ** -0.5)


def babble(rng: np.random.Generator, n: int, speaker: str) -> np.ndarray:
    """Six voices other than the speaker's, each beginning somewhere in its own small talk."""
    mixed = np.zeros(n)
    for voice in [other for other in BABBLE if other != speaker][:6]:
        talker = small_talk(voice)
        rolled = np.roll(talker, rng.integers(len(talker)))
        mixed += np.resize(rolled, n) * gain(rng.uniform(-3, 3))
    return mixed


@functools.cache
def small_talk(voice: str) -> np.ndarray:
    samples = speak(voice, 1.0, BABBLE[voice])
    return samples / level(samples)


def typing(rng: np.random.Generator, n: int) -> np.ndarray:
    """Keys struck in words of some letters: a click going down, a softer one coming up."""
    samples = np.zeros(n + RATE_HZ)
    at = 0.2
    while at < n / RATE_HZ:
        for _ in range(rng.integers(2, 9)):
            strike(samples, rng, at, 1.0)
            strike(samples, rng, at + rng.uniform(0.06, 0.1), 0.3)
            at += rng.uniform(0.09, 0.22)
        strike(samples, rng, at, 1.6)
        at += rng.uniform(0.2, 1.1)
    return samples[:n]


def strike(samples: np.ndarray, rng: np.random.Generator, at_s: float, loud: float) -> None:
    length = 40 * MS
    click = coloured(rng, length, lambda hz: np.exp(-(((hz - 2500) / 1800) ** 2)))
    click /= np.abs(click).max()
    seconds = np.arange(length) / RATE_HZ
    thud = 0.4 * np.sin(2 * np.pi * rng.uniform(180, 260) * seconds)
    start = round(at_s * RATE_HZ)
    shape = np.exp(-seconds / 0.006) * loud * rng.uniform(0.6, 1.0)
    room_left = len(samples) - start
    samples[start : start + length] += ((click + thud) * shape)[:room_left]


NOISES: dict[str, Callable[[np.random.Generator, int, str], np.ndarray]] = {
    "white noise": lambda rng, n, voice: rng.standard_normal(n),
    "pink noise": lambda rng, n, voice: pink(rng, n),
    "typing": lambda rng, n, voice: typing(rng, n),
    "babble": babble,
}


# Sounds without speech


def in_room(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    return samples + at_db(pink(rng, len(samples)), ROOM_DB)


def room(rng: np.random.Generator, n: int) -> np.ndarray:
    return at_db(pink(rng, n), -60) + at_db(hum_wave(n), -72)


def hum_wave(n: int) -> np.ndarray:
    seconds = np.arange(n) / RATE_HZ
    harmonics = {1: 1.0, 2: 0.6, 3: 0.5, 4: 0.2, 5: 0.25, 7: 0.15, 9: 0.08, 12: 0.05}
    return sum(a * np.sin(2 * np.pi * 50 * h * seconds + h) for h, a in harmonics.items())


def chords(rng: np.random.Generator, n: int) -> np.ndarray:
    """C, A minor, F, G, each as long as the others, with slow attacks and soft harmonics."""
    samples = np.zeros(n)
    progression = [(48, 64, 67, 72), (45, 60, 64, 69), (41, 60, 65, 69), (43, 59, 62, 67)]
    length = n // len(progression)
    seconds = np.arange(length) / RATE_HZ
    shape = np.minimum(1, seconds / 0.3) * np.minimum(1, (seconds[-1] - seconds) / 0.4)
    for index, notes in enumerate(progression):
        chord = sum(tone(note, seconds, [1, 0.5, 0.25, 0.12]) for note in notes)
        samples[index * length : (index + 1) * length] = chord * shape
    return in_room(rng, at_db(samples, -24))


def melody(rng: np.random.Generator, n: int) -> np.ndarray:
    """A tune in D, plucked twice a second, over a bass note in every bar of four."""
    samples = np.zeros(n + 2 * RATE_HZ)
    seconds = np.arange(2 * RATE_HZ) / RATE_HZ
    tune = [62, 66, 69, 74, 73, 69, 66, 64, 62, 64, 66, 69, 71, 69, 66, 62]
    beat = RATE_HZ // 2
    for index in range(n // beat):
        plucked = tone(tune[index % len(tune)], seconds, [1, 0.6, 0.4, 0.3, 0.2, 0.1])
        samples[index * beat :][: len(seconds)] += plucked * np.exp(-seconds / 0.3)
        if index % 4 == 0:
            bass = tone([38, 43, 45, 38][index // 4 % 4], seconds, [1, 0.4, 0.2])
            samples[index * beat :][: len(seconds)] += bass * np.exp(-seconds / 0.8)
    return in_room(rng, at_db(samples[:n], -22))


def tone(note: int, seconds: np.ndarray, harmonics: list[float]) -> np.ndarray:
    """A MIDI note as a sum of harmonics."""
    hz = 440 * 2 ** ((note - 69) / 12)
    return sum(
        loud * np.sin(2 * np.pi * hz * (index + 1) * seconds)
        for index, loud in enumerate(harmonics)
    )


def coughs(rng: np.random.Generator, n: int) -> np.ndarray:
    """A burst of breath, a hoarse middle, and a short voiced end, three times."""
    samples = np.zeros(n)
    for at_s in (1.5, 2.1, 5.5):
        length = 380 * MS
        seconds = np.arange(length) / RATE_HZ
        breath = coloured(rng, length, lambda hz: 1 / (1 + ((hz - 900) / 900) ** 2))
        breath /= np.abs(breath).max()
        voiced = tone(45, seconds, [1, 0.8, 0.5, 0.3]) * (seconds > 0.22) * 0.1
        shape = np.minimum(1, seconds / 0.01) * (
            np.exp(-seconds / 0.05) + 0.35 * np.exp(-(((seconds - 0.2) / 0.09) ** 2))
        )
        start = round(at_s * RATE_HZ)
        samples[start : start + length] += breath * shape + voiced * np.exp(-seconds / 0.2)
    return in_room(rng, samples * 0.5)


def knocks(rng: np.random.Generator, n: int) -> np.ndarray:
    """Three knocks on wood, and after a while three more."""
    samples = np.zeros(n)
    for at_s in (1.2, 1.45, 1.7, 5.0, 5.22, 5.46):
        length = 150 * MS
        seconds = np.arange(length) / RATE_HZ
        wood = sum(
            loud * np.sin(2 * np.pi * hz * rng.uniform(0.97, 1.03) * seconds)
            for hz, loud in ((130, 1.0), (235, 0.7), (410, 0.4))
        ) * np.exp(-seconds / 0.03)
        knuckle = rng.standard_normal(length) * 0.3 * np.exp(-seconds / 0.003)
        start = round(at_s * RATE_HZ)
        samples[start : start + length] += (wood + knuckle) * rng.uniform(0.15, 0.25)
    return in_room(rng, samples)


SOUNDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "zeros": lambda rng, n: np.zeros(n),
    "room": room,
    "hiss": lambda rng, n: at_db(rng.standard_normal(n), -35),
    "rumble": lambda rng, n: at_db(coloured(rng, n, lambda hz: (1 + (hz / 60) ** 2) ** -1), -30),
    "hum": lambda rng, n: in_room(rng, at_db(hum_wave(n), -32)),
    "chords": chords,
    "melody": melody,
    "typing": lambda rng, n: in_room(rng, at_db(typing(rng, n), -38)),
    "coughs": coughs,
    "knocks": knocks,
}


if __name__ == "__main__":
    main(sys.argv[1:])
