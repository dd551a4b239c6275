"""The last seconds before a silence -> how probable it is that the speaker has finished.

The model is Smart Turn v3 as pipecat-ai carries it, on onnxruntime: it hears whether a
sentence has come to its end, which a silence does not tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from voicecoach.sound.clip import SPEECH_RATE_HZ, Span

if TYPE_CHECKING:
    import numpy as np

NOT_KNOWN = 0.5
"""How finished something sounds that nobody has judged."""
HEARD_S = 8.0
"""As much as the model hears, in seconds."""
PAUSE_S = 0.4
"""What was said before a pause as long as this is not heard: the model judges one stretch of talk.
With the pauses in what it heard, the ends of answers by neural voices had a median of 0.13, without
them 0.89, and thinking pauses 0.02 and 0.03."""
BEFORE_S = 0.2
"""Sound kept before that stretch."""


def finished(samples: np.ndarray, speech: Sequence[Span] = ()) -> float:
    """The probability that whoever is heard in *samples* has finished what they were saying.

    *samples*: shape (n_samples,), float32, 16 kHz, up to the present silence; *speech*: where
    someone talked in them.
    """
    begins_s = [
        after.start_s
        for before, after in pairwise(speech)
        if after.start_s - before.end_s >= PAUSE_S
    ]
    if begins_s:
        samples = samples[round((begins_s[-1] - BEFORE_S) * SPEECH_RATE_HZ) :]
    # The public way in wants bytes, a running event loop and a clock of its own.
    heard = _smart_turn()._predict_endpoint(samples[-round(HEARD_S * SPEECH_RATE_HZ) :])
    return float(heard["probability"])


def ready() -> bool:
    """Whether ``finished`` answers at once: its first call loads the model."""
    return _smart_turn.cache_info().currsize > 0


@cache
def _smart_turn() -> Any:
    from loguru import logger

    # pipecat greets on stderr when it is imported.
    logger.disable("pipecat")
    from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3

    return LocalSmartTurnAnalyzerV3()
