"""Answers with thinking pauses at places that are known, spoken by synthetic voices.

A speaker who thinks stops where the sentence is unfinished: after a word that calls for
another, with that word drawn out or an "um" before the silence. Speakers pause between
sentences as well. Both are put into answers of tests/data/answers_dev.jsonl; those that the
weights in prompts/ending were fitted to and those that it is measured by share neither
texts nor voices.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from audio_fixtures import make

ANSWERS = Path(__file__).parents[1] / "tests" / "data" / "answers_dev.jsonl"
VOICES = {
    "fitting": (
        "flite slt",
        "espeak-ng en-us+f3",
        "festival kal_diphone",
        "flite awb",
        "espeak-ng en-gb-x-rp+m3",
    ),
    "measuring": (
        "flite rms",
        "espeak-ng en-us+m7",
        "festival cmu_us_slt_arctic_hts",
        "flite kal16",
        "festival ked_diphone",
    ),
}
"""Those who speak, by what the answers are for."""
NEURAL_VOICES = ("kokoro en-gb+jm_kumo", "kokoro en-us+jf_gongitsune", "kokoro en-us+jf_nezumi")
"""Of audio_fixtures/neural.py, in their place."""
NOISES = ("", "babble at 20 dB", "", "pink noise at 15 dB", "", "white noise at 20 dB")
LEAST_WORDS, MOST_WORDS = 14, 70
THINKING_S = (0.5, 3.0)
BETWEEN_S = (0.4, 2.0)
AFTER_S = 6.0
"""Silence after the answer: longer than normal patience."""
APART_WORDS = 4
_CALLING_FOR_MORE = """
a about an and are as at because but by could for from have i if in into is it's i'm i've my of on
or our so than that the their this to very was we what when which who with would you your
"""
CALLS_FOR_MORE = frozenset(_CALLING_FOR_MORE.split())
"""After these most of the thinking pauses are put; the others anywhere inside a sentence."""
SENTENCE_END = re.compile(r"[.?!][\"”’')]*$")

Kind = Literal["thinking", "between", "end"]


@dataclass(frozen=True, slots=True)
class Silence:
    """One that was put in."""

    start_s: float
    end_s: float
    kind: Kind
    before: str
    """The words before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    name: str
    round: str
    voice: str
    noise: str
    says: str
    """In the notation of audio_fixtures/recipes.toml."""
    labels: tuple[str, ...]

    def spoken(self) -> tuple[np.ndarray, tuple[Silence, ...]]:
        """The sound, float32 at 16 kHz with AFTER_S of silence at its end; and the silences."""
        take = make.Take()
        recipe = {"voice": self.voice, "says": self.says}
        if self.noise:
            recipe["noise"] = self.noise
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        samples = make.talk(recipe, take, rng).astype(np.float32)
        befores = [
            re.sub(r"\[.*?\]|[\[\]~]", " ", self.says[: found.start()])
            for found in re.finditer(r"\[[\d.]+\]", self.says)
        ]
        kinds: list[Kind] = [
            "between" if SENTENCE_END.search(before.strip()) else "thinking" for before in befores
        ]
        kinds[-1] = "end"
        return samples, tuple(
            Silence(start / make.RATE_HZ, end / make.RATE_HZ, kind, " ".join(before.split()))
            for (start, end), kind, before in zip(take.pauses, kinds, befores, strict=True)
        )


def answers(
    purpose: Literal["fitting", "measuring"], number: int, neural: bool = False
) -> list[Answer]:
    """The first *number* answers for a purpose; the same ones each time, whoever speaks."""
    voices = NEURAL_VOICES if neural else VOICES[purpose]
    items = [
        item
        for item in (for_fitting() if purpose == "fitting" else for_measuring())
        if LEAST_WORDS <= len(item["text"].split()) <= MOST_WORDS
        and not re.search(r"[\[\]<>/~]", item["text"])
    ]
    chance = random.Random(4)
    chance.shuffle(items)
    made: list[Answer] = []
    for item in items:
        says = _with_pauses(item["text"].split(), chance)
        if says and len(made) < number:
            made.append(
                Answer(
                    f"{purpose}-{len(made):03}",
                    item["round"],
                    voices[len(made) % len(voices)],
                    NOISES[len(made) // len(voices) % len(NOISES)],
                    says,
                    tuple(item["labels"]),
                )
            )
    return made


def for_fitting() -> list[dict[str, Any]]:
    """One half of the answers, by their text."""
    return [item for item in _all() if zlib.crc32(item["text"].encode()) % 2 == 0]


def for_measuring() -> list[dict[str, Any]]:
    """The other half."""
    return [item for item in _all() if zlib.crc32(item["text"].encode()) % 2]


def _all() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ANSWERS.read_text("utf-8").splitlines()]


def _with_pauses(words: list[str], chance: random.Random) -> str | None:
    """Put one to four thinking pauses in, and one between sentences in every second answer."""
    ends = [at for at in range(1, len(words)) if SENTENCE_END.search(words[at - 1])]
    inside = [
        at for at in range(3, len(words) - 2) if not re.search(r"[.?!;:][\"”’')]*$", words[at - 1])
    ]
    open_ = [at for at in inside if words[at - 1].lower().strip(",") in CALLS_FOR_MORE]
    chosen: list[int] = []
    wanted = chance.randint(1, 4)
    for _ in range(3 * wanted):
        places = open_ if open_ and chance.random() < 0.6 else inside
        if len(chosen) < wanted and places:
            at = chance.choice(places)
            if all(abs(at - other) >= APART_WORDS for other in chosen):
                chosen.append(at)
    between = chance.choice(ends) if ends and chance.random() < 0.5 else None
    if not chosen:
        return None
    said: list[str] = []
    for at, word in enumerate(words):
        if at in chosen:
            how = chance.random()
            if how < 0.25:
                said.append(f"[{chance.choice(('um', 'uh'))}]")
            elif how < 0.5 and said[-1].isalpha():
                said[-1] = f"[~{said[-1]}]"
            said.append(f"[{chance.uniform(*THINKING_S):.1f}]")
        elif at == between:
            said.append(f"[{chance.uniform(*BETWEEN_S):.1f}]")
        said.append(word)
    return " ".join([*said, f"[{AFTER_S}]"])
