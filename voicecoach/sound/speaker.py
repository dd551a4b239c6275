"""Text -> voice -> air: pyttsx3 renders a line to a file, and sounddevice plays it.

pyttsx3 may hang, crash, print on stdout and speak only the first of two lines.
So each line is rendered by a child process of its own, with a time limit. The
child runs this file too: numpy and the like are imported where they are used,
so that it starts quickly.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from voicecoach.errors import UsageError, VoiceError

if TYPE_CHECKING:
    import numpy as np

    from voicecoach.sound.clip import Clip

RENDER_LIMIT_S = 8.0
"""Longest that a line may take to render, in seconds; usually it is a fifth of one."""
TO_TAKE_S = 3.0
"""Longest that a loudspeaker may take no sound, in seconds: one that is gone reports no error."""
PLAY_TAIL_S = 0.05
"""How far the sound system is trusted to know when a sample is heard, in seconds."""
PREPARED_AT_MOST = 8
"""Lines kept that were prepared and not yet wanted."""
LEAST_PER_LETTER_S = 0.035
"""At 165 words per minute; espeak-ng takes 0.046 s at the least and about 0.08 s as a rule."""

# Read as commands by one engine or another (SAPI's XML, [[...]] on macOS), or read
# out by their names ("asterisk").
_NOT_SPOKEN = dict.fromkeys(map(ord, "<>[]{}*_`\\"), " ")


class SystemVoice(NamedTuple):
    """A voice that the operating system has."""

    id: str
    name: str
    languages: tuple[str, ...]


class Voice:
    """Speaks lines with a voice of the operating system."""

    def __init__(
        self, voice: str | None = None, rate_wpm: int = 165, device: str | None = None
    ) -> None:
        """*voice* is part of an id or name; None is the system's own if it is English, else
        the first that is. *device* is where ``say`` and ``play`` are heard, as in ``play``."""
        self._voice = voice
        self._rate_wpm = rate_wpm
        self._device = device
        self._worker = ThreadPoolExecutor(1, "voice")
        self._prepared: dict[str, Future[Clip]] = {}

    def prepare(self, text: str) -> None:
        """Begin to render *text* in the background. What goes wrong is told by ``render``."""
        if text not in self._prepared:
            self._prepared[text] = self._worker.submit(self._render, text, RENDER_LIMIT_S)
        while len(self._prepared) > PREPARED_AT_MOST:
            self._prepared.pop(next(iter(self._prepared))).cancel()

    def render(self, text: str, limit_s: float = RENDER_LIMIT_S) -> Clip:
        """Text to sound, at once if it was prepared.

        Raises VoiceError when there is no engine, or when it gave no sound or
        only part of the line, or not within *limit_s*; UsageError when no voice
        is called as asked.
        """
        prepared = self._prepared.pop(text, None)
        # One that still waits in line behind others is quicker rendered here.
        if prepared is None or prepared.cancel():
            return self._render(text, limit_s)
        try:
            return prepared.result(limit_s)
        except FutureTimeout as error:
            raise _late(limit_s) from error

    def say(self, text: str) -> None:
        """Render and play; returns when the line has been heard. Raises as they do."""
        self.play(self.render(text))

    def play(self, clip: Clip) -> None:
        """Play *clip* to its end. Raises VoiceError."""
        play(clip, self._device)

    def _render(self, text: str, limit_s: float) -> Clip:
        spoken = speakable(text)
        letters = sum(letter.isalnum() for letter in spoken)
        if not letters:
            raise VoiceError(f"There is nothing to say in {text!r}. Give a line with words.")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "line.wav"
            _ask_child(
                {
                    "text": spoken,
                    "voice": self._voice,
                    "rate_wpm": self._rate_wpm,
                    "path": str(path),
                },
                limit_s,
            )
            clip = _read(path)
        if clip.duration_s < letters * LEAST_PER_LETTER_S * 165 / self._rate_wpm:
            raise VoiceError(
                f"The voice gave only {clip.duration_s:.1f} s of sound for {text[:40]!r}. "
                "Try another voice; voicecoach doctor lists them."
            )
        return clip


def voices(limit_s: float = RENDER_LIMIT_S) -> tuple[SystemVoice, ...]:
    """The voices to choose from. Raises VoiceError when there is no engine."""
    listed = _ask_child({}, limit_s)["voices"]
    return tuple(SystemVoice(id, name, tuple(languages)) for id, name, languages in listed)


def another(name: str | None) -> str | None:
    """The id of an English voice other than the one called *name*, or than the usual one.

    None when there is no second. Raises VoiceError when there is no engine.
    """
    english = [v for v in voices() if any(tag.startswith("en") for tag in v.languages)]
    first = _choose(english, None, name or "en-us") or (english[0].id if english else None)
    # The last is the least like the first: engines list what belongs together side by side.
    return next((voice.id for voice in reversed(english) if voice.id != first), None)


def speakable(text: str) -> str:
    r"""*text* without what an engine would take for a command or read out as a sign.

    >>> speakable('<b>"Well"</b>, *you* said:\n[[slnc 9]] a\x00b')
    'b "Well" /b , you said: slnc 9 a b'
    """
    plain = text.translate(_NOT_SPOKEN)
    return " ".join(
        "".join(
            " " if unicodedata.category(sign).startswith("C") else sign for sign in plain
        ).split()
    )


def play(clip: Clip, device: str | None = None, stop: Callable[[], bool] = lambda: False) -> None:
    """Play *clip*; returns when all of it has left the loudspeaker, or soon after *stop()*.

    *device* is a number or part of a name. Raises VoiceError when there is
    nothing to play on or it stops taking sound, UsageError when none is called
    *device*.
    """
    from voicecoach.sound import microphone

    speaker = microphone.find(device, "output")
    quiet_at: float | None = None
    alive_at = time.monotonic()
    ended = threading.Event()

    def playing(rate_hz: int) -> microphone.Callback:
        samples = _resampled(clip, rate_hz)
        handed_over = 0

        def fill(out: np.ndarray, frames: int, when: Any, _status: Any) -> None:
            nonlocal handed_over, quiet_at, alive_at
            alive_at = time.monotonic()
            piece = samples[handed_over : handed_over + frames]
            out[: len(piece)] = piece[:, None]
            out[len(piece) :] = 0
            handed_over += len(piece)
            if quiet_at is None and handed_over == len(samples):
                # Later than now: first what was handed over before is heard.
                ahead_s = max(0.0, when.outputBufferDacTime - when.currentTime)
                quiet_at = time.monotonic() + ahead_s + frames / rate_hz + PLAY_TAIL_S

        return fill

    gone = VoiceError(
        f"The loudspeaker '{speaker.name}' has stopped taking sound. Plug it in again, or "
        "choose another one in the sound settings of your computer."
    )
    stream = microphone.start(speaker, "output", playing, ended.set)
    alive_at = time.monotonic()
    try:
        while not stop() and (quiet_at is None or time.monotonic() < quiet_at):
            if ended.wait(0.01) or (quiet_at is None and time.monotonic() > alive_at + TO_TAKE_S):
                raise gone
    finally:
        microphone.shut(stream)


def _resampled(clip: Clip, rate_hz: int) -> np.ndarray:
    if clip.rate_hz == rate_hz:
        return clip.samples
    import soxr

    samples: np.ndarray = soxr.resample(clip.samples, clip.rate_hz, rate_hz)
    return samples


def _read(path: Path) -> Clip:
    import soundfile

    from voicecoach.sound.clip import Clip

    try:
        # By its content, not its name: macOS writes AIFF.
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise VoiceError(
            "The voice wrote no sound that can be read. Try another voice; voicecoach doctor "
            "lists them."
        ) from error
    return Clip(samples.mean(axis=1), rate_hz)


def _ask_child(request: dict[str, Any], limit_s: float) -> dict[str, Any]:
    """Have *request* answered by this file, run as a program. Raises VoiceError, UsageError."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "voicecoach.sound.speaker"],
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit_s,
            check=False,
            # Where voicecoach is found however this program was started, and where no
            # file of the person's shadows a module.
            cwd=Path(__file__).parents[2],
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise _late(limit_s) from error
    except OSError as error:
        raise VoiceError(f"The voice cannot be started ({error}). Free some memory.") from error
    try:
        answer: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    except (IndexError, ValueError) as error:
        trace = child.stderr.strip().splitlines() or [f"exit status {child.returncode}"]
        raise VoiceError(
            f"The voice broke off ({trace[-1]}). Try another voice; voicecoach doctor lists them."
        ) from error
    if "missing" in answer:
        raise VoiceError(
            f"There is no voice on this computer ({answer['missing']}). On Linux install "
            "espeak-ng (Debian, Ubuntu: sudo apt install espeak-ng)."
        )
    if "unknown" in answer:
        raise UsageError(
            f"There is no voice called '{answer['unknown']}'. Choose from: voicecoach doctor."
        )
    if "failed" in answer:
        raise VoiceError(
            f"The voice failed ({answer['failed']}). Try another voice; voicecoach doctor "
            "lists them."
        )
    return answer


def _late(limit_s: float) -> VoiceError:
    return VoiceError(
        f"The voice was not ready within {limit_s:g} s. Close other programs, or try another "
        "voice; voicecoach doctor lists them."
    )


# From here on: what runs in the child.


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        import pyttsx3

        engine = pyttsx3.init()
        listed = engine.getProperty("voices")
        current = engine.getProperty("voice")
    except Exception as error:  # Each engine fails in its own way.
        return {"missing": f"{type(error).__name__}: {error}"}
    if "text" not in request:
        return {"voices": [(v.id, v.name, [str(tag) for tag in v.languages]) for v in listed]}
    voice = _choose(listed, current, request["voice"])
    if voice is None:
        return {"unknown": request["voice"]}
    return _save(engine, voice, request)


def _choose(listed: Sequence[Any], current: str | None, wanted: str | None) -> str | None:
    """The id of the voice that is meant; the engine's own when none is English."""
    if wanted is None:
        english = [v.id for v in listed if any(str(t).startswith("en") for t in v.languages)]
        return current if current in english or not english else english[0]
    called = wanted.casefold()
    names = [(v.id, {v.id.casefold(), v.name.casefold()}) for v in listed]
    exact = [id for id, both in names if called in both]
    part = [id for id, both in names if any(called in name for name in both)]
    return next(iter(exact + part), None)


def _save(engine: Any, voice: str, request: dict[str, Any]) -> dict[str, Any]:
    failures: list[str] = []
    finished = threading.Event()
    engine.connect("error", lambda name, exception: failures.append(str(exception)))
    engine.connect("finished-utterance", lambda name, completed: finished.set())
    engine.setProperty("voice", voice)
    engine.setProperty("rate", request["rate_wpm"])
    if engine.driver_name == "espeak":
        _mend_espeak(engine)
    engine.save_to_file(request["text"], request["path"])
    engine.runAndWait()
    if engine.driver_name == "espeak" and not failures:
        # Here runAndWait may come back before the first sample; the file is written
        # just before this event. A wait without end is ended by the parent.
        finished.wait()
    return {"failed": failures[0]} if failures else {}


def _mend_espeak(engine: Any) -> None:
    """Work around two faults of pyttsx3 2.99 that espeak-ng brings to light."""
    from pyttsx3.drivers import _espeak

    # What is set waits in a queue of espeak-ng's, which runAndWait empties when it is
    # still busy: now and then, a line came at the default rate. So wait for it here.
    engine.proxy.setBusy(False)
    _espeak.Synchronize()

    # It says that the text is ten times as long, and espeak-ng copies what lies behind
    # it: with a long text that is a segmentation fault.
    synth = _espeak.cSynth
    _espeak.cSynth = lambda text, _size, *rest: synth(text, len(text) + 1, *rest)


def _main() -> None:
    request = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):  # pyttsx3 prints where it saved.
        answer = _answer(request)
    print(json.dumps(answer), flush=True)
    # No tidying up: espeak-ng's thread may be waited for without end.
    os._exit(0)


if __name__ == "__main__":
    _main()
