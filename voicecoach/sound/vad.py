"""A frame of sound -> how probable it is that someone is talking.

The model is Silero VAD as pipecat-ai carries it, on onnxruntime.
"""

from __future__ import annotations

from copy import copy
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from voicecoach.sound.clip import SPEECH_RATE_HZ

FRAME = 512
"""Samples in one frame: the only number that Silero takes at 16 kHz."""
FRAME_S = FRAME / SPEECH_RATE_HZ

# Music and long silence shift the model's state so that it overhears the talk that follows.
# pipecat found a reset after 2 s, in a clear pause of five frames, to cure it.
RESET_AFTER_FRAMES = round(2.0 / FRAME_S)
RESET_IN_QUIET_FRAMES = 5
QUIET = 0.1


class VoiceActivity:
    """Judges one recording, frame after frame. Take a new one for each recording."""

    def __init__(self) -> None:
        # What it remembers is replaced, never changed in place; the network is shared.
        self._model = copy(_silero())
        self._model.reset_states()
        self._rest = np.zeros(0, np.float32)
        self._frames_since_reset = 0
        self._quiet_frames = 0

    def hear(self, samples: np.ndarray) -> list[float]:
        """The probability of speech in each frame that *samples* complete.

        *samples*: shape (n_samples,), float32, 16 kHz; any number of them.
        """
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // FRAME * FRAME
        self._rest = samples[whole:]
        return [self._judge(frame) for frame in samples[:whole].reshape(-1, FRAME)]

    def finish(self) -> list[float]:
        """The probability of speech in the last, unfinished frame, if there is one."""
        return self.hear(np.zeros(-len(self._rest) % FRAME, np.float32))

    def _judge(self, frame: np.ndarray) -> float:
        probability = float(self._model(frame, SPEECH_RATE_HZ)[0].item())
        self._frames_since_reset += 1
        self._quiet_frames = self._quiet_frames + 1 if probability < QUIET else 0
        if (
            self._frames_since_reset >= RESET_AFTER_FRAMES
            and self._quiet_frames >= RESET_IN_QUIET_FRAMES
        ):
            self._model.reset_states()
            self._frames_since_reset = 0
        return probability


@cache
def _silero() -> Any:
    """Load the model once; each recording is judged by a copy, with a memory of its own."""
    from loguru import logger

    # pipecat greets on stderr when it is imported.
    logger.disable("pipecat")
    from pipecat.audio.vad.silero import SileroOnnxModel

    with as_file(files("pipecat.audio.vad.data") / "silero_vad.onnx") as path:
        return SileroOnnxModel(str(path))
