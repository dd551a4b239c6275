"""Looks at everything a practice needs, and says what to do about each fault."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, Literal

from platformdirs import user_data_path

from voicecoach import scenarios
from voicecoach.errors import VoicecoachError, WeightsError
from voicecoach.words import transcriber

LEAST_FREE_MB = 500
"""An hour of recorded answers takes 200 MB, and the system wants room as well."""


@dataclass(frozen=True, slots=True)
class Check:
    what: str
    state: Literal["fine", "lacking", "fault"]
    """Lacking: voicecoach does without. Fault: a practice will not work."""
    found: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(engine: str, model: str) -> list[Check]:
    """Try each part for real: render a line, hear a block of sound, load the models."""
    return [
        _python(),
        _tried("prompts", "fault", _prompts),
        _tried("encoder", "fault", _encoder),
        _tried("voice", "lacking", _voice),
        _tried("PortAudio", "lacking", _portaudio),
        _tried("microphone", "lacking", _microphone),
        _tried("speaker", "lacking", _speaker),
        _tried("voice activity model", "fault", _voice_activity),
        _tried("turn model", "lacking", _turn_model),
        *(_engine(name, model) for name in transcriber.ENGINES),
        _tried("Whisper", "fault", lambda: _whisper(engine, model)),
        _tried("disk", "fault", _disk),
        _tried("history", "lacking", _history),
    ]


def _tried(what: str, otherwise: Literal["lacking", "fault"], look: Callable[[], str]) -> Check:
    try:
        return Check(what, "fine", look())
    except VoicecoachError as error:
        found, _, advice = str(error).partition(". ")
        return Check(what, otherwise, f"{found.rstrip('.')}.", advice)
    except Exception as error:  # whatever is broken, the other checks go on
        kind = type(error).__name__
        return Check(what, otherwise, f"{kind}: {error}.", "Install voicecoach again.")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 10) <= sys.version_info < (3, 14):
        return Check("Python", "fine", version)
    return Check("Python", "fault", version, "Install Python 3.10 to 3.13 and voicecoach in it.")


def _encoder() -> str:
    from voicecoach.words import pieces, trailing

    ids = pieces.load().offsets
    trailing.finished("Thank you.", by_sound=0.5, talk_s=1.0)
    own = scenarios.load().criteria.keys() - ids
    return f"hears {len(ids)} criteria, and {len(own)} of your own by their examples"


def _prompts() -> str:
    prompts = scenarios.load()
    return (
        f"{len(prompts.criteria)} criteria, {len(prompts.rounds)} rounds, "
        f"{len(prompts.scenarios)} scenarios"
    )


def _voice() -> str:
    from voicecoach.sound.speaker import Voice, voices

    Voice().render("This is the voice of your interviewer.")
    english = [v.name for v in voices() if any(tag.startswith("en") for tag in v.languages)]
    return f"speaks; --voice may be {', '.join(english)}"


def _portaudio() -> str:
    from voicecoach.sound import microphone

    return f"{len(microphone.devices())} devices"


def _microphone() -> str:
    from voicecoach.sound.microphone import Microphone

    microphone = Microphone()
    with closing(microphone.blocks()) as blocks:
        next(blocks)
    return f"{microphone.name} delivers sound at {microphone.rate_hz} Hz"


def _speaker() -> str:
    from voicecoach.sound import microphone

    return microphone.find(None, "output").name


def _voice_activity() -> str:
    import numpy as np

    from voicecoach.sound.vad import FRAME, VoiceActivity

    VoiceActivity().hear(np.zeros(FRAME, np.float32))
    return "Silero VAD, from pipecat-ai"


def _turn_model() -> str:
    from importlib.resources import files

    found = [
        entry.name
        for entry in (files("pipecat") / "audio/turn/smart_turn/data").iterdir()
        if entry.name.startswith("smart-turn-v3")
    ]
    if not found:
        raise VoicecoachError("The end-of-turn model is not here. Run: pip install -U pipecat-ai")
    return found[0]


def _engine(name: str, model: str) -> Check:
    try:
        here = transcriber.weights_here(name, model)
    except WeightsError as error:
        found, _, advice = str(error).partition(". ")
        return Check(name, "lacking", f"{found}.", advice)
    if here:
        return Check(name, "fine", f"installed, the weights of {model} are here")
    return Check(
        name,
        "lacking",
        f"installed, the weights of {model} are not on this machine",
        f"Run, with a network: voicecoach doctor --engine {name} --fetch {model}",
    )


def _whisper(engine: str, model: str) -> str:
    loaded = transcriber.load(engine, model)
    return f"{loaded.engine} reads {loaded.model}"


def _disk() -> str:
    folder = user_data_path("voicecoach")
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(parent).free // 10**6
    if free_mb < LEAST_FREE_MB:
        raise VoicecoachError(f"Only {free_mb} MB are free in {folder}. Free some space.")
    return f"{free_mb // 1000} GB free for recordings in {folder}"


def _history() -> str:
    from voicecoach.history.store import History

    history = History()
    if not history.path.exists():
        return "nothing practiced yet"
    return f"{len(history.listed())} practices in {history.path}"
