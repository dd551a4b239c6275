"""Have labelled answers spoken, and write down what tiny.en hears of them.

``python -m benchmarks.speak tests/data/answers_test.jsonl heard.jsonl`` speaks each answer
with one of VOICES in turn, once clean and once with noise or babble 15 dB under it, hears it
as the product does, and writes it with the labels of the answer. It needs the voice programs
that audio_fixtures/make.py names, and some minutes for a hundred answers. ``--neural`` takes
the voices of audio_fixtures/neural.py, and as long as the talk itself.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from audio_fixtures import make
from voicecoach.sound.files import Recording
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.transcriber import Transcriber, load, write_down

VOICES = (
    "flite slt",
    "flite rms",
    "flite awb",
    "festival kal_diphone",
    "festival cmu_us_slt_arctic_hts",
)
NEURAL_VOICES = (
    "piper en-us+joe",
    "kokoro en-gb+jm_kumo",
    "kokoro en-us+jf_alpha",
    "kokoro en-gb+jf_tebukuro",
    "kokoro en-us+jf_gongitsune",
    "kokoro en-us+jf_nezumi",
)
BEHIND = ("babble at 15 dB", "pink noise at 15 dB")


def heard(voice: str, item: dict[str, Any], noise: str, engine: Transcriber) -> dict[str, Any]:
    """The item as heard, with Whisper's probability of each word."""
    recipe = {"voice": voice, "says": re.sub(r"[\[\]]", "", item["text"])}
    if noise:
        recipe["noise"] = noise
    rng = np.random.default_rng(zlib.crc32(f"{noise}{item['text']}".encode()))
    samples = make.talk(recipe, make.Take(), rng)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spoken.wav")
        soundfile.write(path, samples, make.RATE_HZ)
        transcript = write_down(record(Recording(path), Turn(ENDLESS)), engine)
    return {
        "text": transcript.text,
        "labels": item["labels"],
        **({"round": item["round"]} if "round" in item else {}),
        "said": item["text"],
        "voice": voice,
        "noise": noise or "none",
        "probabilities": [round(word.probability, 2) for word in transcript.words],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Have answers spoken, and write down what is heard."
    )
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--neural", action="store_true", help="voices that are more like people's")
    arguments = parser.parse_args()
    voices = NEURAL_VOICES if arguments.neural else VOICES
    items = [json.loads(line) for line in arguments.input.read_text("utf-8").splitlines()]
    engine = load("auto", "tiny.en")

    def both(number: int) -> list[dict[str, Any]]:
        voice = voices[number % len(voices)]
        noises = ("", BEHIND[number // len(voices) % len(BEHIND)])
        return [heard(voice, items[number], noise, engine) for noise in noises]

    with ThreadPoolExecutor(2) as pool, arguments.output.open("w", encoding="utf-8") as output:
        for pair in pool.map(both, range(len(items))):
            for one in pair:
                output.write(json.dumps(one, ensure_ascii=False) + "\n")
            output.flush()


if __name__ == "__main__":
    main()
