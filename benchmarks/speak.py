"""Have labelled answers spoken, and write down what tiny.en hears of them.

``python -m benchmarks.speak tests/data/answers_test.jsonl heard.jsonl`` speaks each answer
with one of VOICES in turn, once clean and once with noise or babble 15 dB under it, hears it
as the product does, and writes it with the labels of the answer. It needs the voice programs
that audio_fixtures/make.py names, and some minutes for a hundred answers.
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
BEHIND = ("babble at 15 dB", "pink noise at 15 dB")


def heard(number: int, item: dict[str, Any], noise: str, engine: Transcriber) -> dict[str, Any]:
    """The item as heard, with Whisper's probability of each word."""
    voice = VOICES[number % len(VOICES)]
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
    arguments = parser.parse_args()
    items = [json.loads(line) for line in arguments.input.read_text("utf-8").splitlines()]
    engine = load("auto", "tiny.en")
    tasks = [
        (number, item, noise)
        for number, item in enumerate(items)
        for noise in ("", BEHIND[number // len(VOICES) % len(BEHIND)])
    ]
    with ThreadPoolExecutor(2) as pool, arguments.output.open("w", encoding="utf-8") as output:
        for one in pool.map(lambda task: heard(*task, engine), tasks):
            output.write(json.dumps(one, ensure_ascii=False) + "\n")
            output.flush()


if __name__ == "__main__":
    main()
