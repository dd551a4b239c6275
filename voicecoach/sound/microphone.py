"""The microphone as a source of blocks of sound, through sounddevice.

PortAudio calls back on a thread of its own; there, blocks are only copied into
a queue. What they mean is found out where they are read. sounddevice is
imported where a device is needed, so that the rest runs without PortAudio.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from itertools import product
from types import ModuleType
from typing import Any, Literal, TypeVar

import numpy as np

from voicecoach.errors import MicrophoneError, NoMicrophone, UsageError, VoicecoachError, VoiceError

BLOCK_S = 0.05
"""How much sound a block holds, in seconds."""
BUFFER_S = {"input": 0.2, "output": 0.5}
"""Sound that the system keeps while the computer is busy, as when a model loads, in seconds.
Before us it delays what is heard; behind us it costs nothing, as it is full at once."""
TO_BEGIN_S = 5.0
"""Longest wait for the first block, in seconds: a Bluetooth headset changes its profile first."""
STALLED_S = 0.9
"""Wait for a block after which the person is told, in seconds."""
TO_GO_ON_S = 3.0
"""Longest wait for any block but the first, in seconds: an unplugged microphone reports no error,
and a computer that loads models on every core may keep all of us waiting for over a second."""
TO_STOP_S = 2.0
"""Longest wait for a stream to stop, in seconds: it may hang when its device is gone."""
TO_OPEN_S = 6.0
"""Longest wait for the sound system to list its devices or to open one, in seconds."""
OTHER_RATES_HZ = (48_000, 44_100, 16_000)
"""Tried where a device refuses the rate that it calls its own."""
OLDEST_S = 1.0
"""What a device says to have heard longer ago than this, in seconds, it heard just now: its clock
cannot be trusted."""

Direction = Literal["input", "output"]
Done = TypeVar("Done")
Callback = Callable[[np.ndarray, int, Any, Any], None]
"""What PortAudio calls with a block, its number of frames, their times and the stream's state."""

_CHANNELS = {"input": "max_input_channels", "output": "max_output_channels"}
# By name, before a raw hardware entry: these follow what is chosen on the desktop.
_DESKTOP = ("pulse", "pipewire", "default")
_NOTHING = {
    "input": (
        NoMicrophone,
        "There is no microphone to record from. Plug one in, or have a recording graded: "
        "voicecoach grade answer.wav.",
    ),
    "output": (
        VoiceError,
        "There is nothing to play sound on. Plug in headphones or a loudspeaker.",
    ),
}
_INSTEAD: dict[Direction, str] = {
    "input": "or choose another one; voicecoach devices lists them",
    "output": "or choose another one in the sound settings of your computer",
}
_CALLED = {"input": "microphone", "output": "loudspeaker"}
_ERRORS: dict[Direction, type[VoicecoachError]] = {"input": MicrophoneError, "output": VoiceError}


@dataclass(frozen=True)
class Device:
    """An entry in PortAudio's list."""

    index: int
    name: str
    host: str
    """The sound system it belongs to, such as ALSA or Windows WASAPI."""
    inputs: int
    """Channels to record from; 0 for a loudspeaker."""
    outputs: int
    rate_hz: float
    """The device's own rate, in samples per second."""
    default_input: bool
    """Whether it is taken when no microphone is named."""
    default_output: bool


def devices() -> tuple[Device, ...]:
    """All there is to record from and to play on, as it was when sounddevice was imported.

    Raises NoMicrophone when PortAudio is missing; ``look_again`` renews the list.
    """
    sounddevice = _portaudio()
    entries = sounddevice.query_devices()
    default_input, default_output = (
        _default(entries, key, of_the_system)
        for key, of_the_system in zip(_CHANNELS.values(), sounddevice.default.device, strict=True)
    )
    hosts = [host["name"] for host in sounddevice.query_hostapis()]
    return tuple(
        Device(
            index=index,
            name=entry["name"],
            host=hosts[entry["hostapi"]],
            inputs=entry[_CHANNELS["input"]],
            outputs=entry[_CHANNELS["output"]],
            rate_hz=entry["default_samplerate"],
            default_input=index == default_input,
            default_output=index == default_output,
        )
        for index, entry in enumerate(entries)
    )


def _default(entries: Any, channels: str, of_the_system: int) -> int | None:
    """The index of the device that is taken when none is named; None when there is none."""
    fit = [index for index, entry in enumerate(entries) if entry[channels]]
    desktop = [index for name in _DESKTOP for index in fit if entries[index]["name"] == name]
    return next(iter(desktop or [index for index in fit if index == of_the_system] or fit), None)


def look_again() -> None:
    """Renew the list of devices. Only between answers: PortAudio closes every open stream.

    Raises NoMicrophone when PortAudio is missing, and MicrophoneError when the sound system
    does not answer.
    """
    sounddevice = _portaudio()

    def renew() -> None:
        # Never beside a thread that is in PortAudio still: it would come back to what is gone.
        if not _OPENING.acquire(timeout=TO_STOP_S):
            raise FutureTimeout
        try:
            sounddevice._terminate()
            sounddevice._initialize()
        finally:
            _OPENING.release()

    try:
        _begun(renew).result(TO_OPEN_S)
    except FutureTimeout as error:
        _leave_to_the_system()
        raise MicrophoneError(
            "The sound system of this computer does not answer. Close other programs that use it, "
            "or restart the computer."
        ) from error


def find(wanted: str | None = None, direction: Direction = "input") -> Device:
    """Choose a device by its number or by part of its name; None is the system's default.

    Raises NoMicrophone (for output: VoiceError) when there is none at all, and
    UsageError when none is called *wanted*.
    """
    error_type, nothing = _NOTHING[direction]
    try:
        listed = devices()
    except NoMicrophone as error:
        raise error_type(str(error)) from error
    fit = [device for device in listed if (device.inputs, device.outputs)[direction == "output"]]
    if not fit:
        raise error_type(nothing)
    fit.sort(
        key=lambda device: (
            not (device.default_input if direction == "input" else device.default_output)
        )
    )
    if wanted is None:
        return fit[0]
    # A number may change when something is plugged in; name and host stay.
    called = wanted.strip().casefold()
    alike: tuple[Callable[[Device], bool], ...] = (
        lambda device: str(device.index) == called,
        lambda device: called in (device.name.casefold(), _full_name(device)),
        lambda device: bool(called) and called in _full_name(device),
    )
    for is_meant in alike:
        for device in fit:
            if is_meant(device):
                return device
    names = ", ".join(dict.fromkeys(device.name for device in fit))
    raise UsageError(
        f"There is no {_CALLED[direction]} called '{wanted}', only {names}. "
        "Choose from: voicecoach devices."
    )


_Arrived = queue.SimpleQueue["tuple[float, np.ndarray] | None"]
"""Blocks with the moment at which they began; None at the end of the stream."""


class Microphone:
    """A device as a source of blocks. The stream is open from ``open``, or from ``blocks``, to the
    end of the blocks."""

    recorded = False

    def __init__(self, wanted: str | None = None) -> None:
        """Raises NoMicrophone or UsageError, as ``find`` does."""
        self._device = find(wanted)
        self.name = self._device.name
        self.rate_hz = round(self._device.rate_hz)
        """The device's own rate, as PortAudio does not resample; another one where the device
        refuses it, which is known when ``blocks`` has returned."""
        self.overflows = 0
        """How often sound was lost because it was not fetched in time."""
        self.silent = True
        """Whether every sample so far was exactly zero: not a quiet room, but a
        microphone that is muted or forbidden."""
        self.stalled = False
        """Whether no block has come for STALLED_S."""
        self._stopping = False
        self._opening: Future[tuple[Any, _Arrived]] | None = None
        self._wanted = threading.Event()

    def stop(self) -> None:
        """Let ``blocks`` end after what was heard by now."""
        self._stopping = True

    def open(self, after_s: float = 0.0) -> None:
        """Begin to open the device, which takes up to half a second, and return at once.

        For when an answer is near: what is heard before ``blocks`` is called is dropped. With
        *after_s* something else is opened first, unless ``blocks`` is called sooner.
        """

        def start() -> tuple[Any, _Arrived]:
            self._wanted.wait(after_s)
            return self._start()

        if self._opening is None:
            self._wanted.clear()
            self._opening = _begun(start)

    def blocks(self) -> Generator[np.ndarray, None, None]:
        """Blocks of shape (n_samples,), float32, at ``rate_hz``, as they come, until ``stop``;
        an empty one when none has come for a while. Nothing from before this call is in them.

        The stream is closed with the generator. Raises MicrophoneError when it
        cannot be opened, or when the device stops delivering.
        """
        since_s = time.monotonic()
        self._wanted.set()
        self.overflows, self.silent, self._stopping = 0, True, False
        stream, arrived = self._opened()
        self.rate_hz = round(stream.samplerate)
        return self._blocks(stream, arrived, since_s)

    def _opened(self) -> tuple[Any, _Arrived]:
        opening, self._opening = self._opening, None
        # What was refused while the interviewer's line was being played may be granted now.
        if opening and not wait([opening]).done.pop().exception():
            return opening.result()
        return self._start()

    def _start(self) -> tuple[Any, _Arrived]:
        arrived: _Arrived = queue.SimpleQueue()

        def hear(block: np.ndarray, frames: int, when: Any, status: Any) -> None:
            self.overflows += bool(status.input_overflow)
            age_s = when.currentTime - when.inputBufferAdcTime
            if not 0 <= age_s <= OLDEST_S:
                age_s = BLOCK_S
            arrived.put((time.monotonic() - age_s, block.copy()))

        stream = start(self._device, "input", lambda _: hear, lambda: arrived.put(None))
        return stream, arrived

    def _blocks(
        self, stream: Any, arrived: _Arrived, since_s: float
    ) -> Generator[np.ndarray, None, None]:
        waited_s, limit_s = 0.0, TO_BEGIN_S
        try:
            while not self._stopping:
                try:
                    came = arrived.get(timeout=STALLED_S)
                except queue.Empty:
                    waited_s += STALLED_S
                    if waited_s < limit_s:
                        self.stalled = True
                        yield np.zeros(0, np.float32)
                        continue
                    came = None
                if came is None:
                    raise MicrophoneError(
                        f"The microphone '{self.name}' has stopped delivering sound. "
                        "Plug it in again, or choose another one; voicecoach devices lists them."
                    )
                self.stalled, waited_s, limit_s = False, 0.0, TO_GO_ON_S
                if len(block := self._since(since_s, *came)):
                    yield self._heard(block)
        finally:
            shut(stream)
        # Where the reader is slower than the sound, this much was said and not read yet.
        while not arrived.empty():
            if (came := arrived.get()) and len(block := self._since(since_s, *came)):
                yield self._heard(block)

    def _since(self, since_s: float, began_s: float, block: np.ndarray) -> np.ndarray:
        """What of a block that began at *began_s* was heard from *since_s* on."""
        return block[max(0, round((since_s - began_s) * self.rate_hz)) :]

    def _heard(self, block: np.ndarray) -> np.ndarray:
        """One channel of a block of shape (n_samples, n_channels)."""
        samples = block.mean(axis=1) if block.shape[1] > 1 else block[:, 0]
        self.silent = self.silent and not samples.any()
        return samples


def start(
    device: Device,
    direction: Direction,
    callback: Callable[[int], Callback],
    finished: Callable[[], None],
) -> Any:
    """Open and start a stream within TO_OPEN_S, at the device's own rate or at another that it
    takes; *callback* gives what is called with its sound at a rate in Hz, and *finished* is called
    when it ends, for whatever reason.

    Raises MicrophoneError (for output: VoiceError) when the device refuses or does not answer.
    """
    opening = _begun(lambda: _start(device, direction, callback, finished))
    try:
        return opening.result(TO_OPEN_S)
    except FutureTimeout as error:
        opening.add_done_callback(_shut_late)
        _leave_to_the_system()
        raise _ERRORS[direction](
            f"The {_CALLED[direction]} '{device.name}' does not answer. Plug it in again, "
            f"{_INSTEAD[direction]}."
        ) from error


def _start(
    device: Device,
    direction: Direction,
    callback: Callable[[int], Callback],
    finished: Callable[[], None],
) -> Any:
    sounddevice = _portaudio()
    make = sounddevice.InputStream if direction == "input" else sounddevice.OutputStream
    settings = [None]
    if device.host == "Windows WASAPI":
        # In shared mode it refuses any rate but the mixer's. Said to give silence
        # from some microphones, so it comes second.
        settings.append(sounddevice.WasapiSettings(auto_convert=True))
    refusal: Exception | None = None
    most = device.inputs if direction == "input" else device.outputs
    # Some hardware has no mono; of more than two channels the rest are seldom a voice.
    rates_hz = dict.fromkeys((round(device.rate_hz), *OTHER_RATES_HZ))
    ways = product(rates_hz, settings, (1, 2)[:most])
    for rate_hz, setting, channels in ways:
        stream = None
        try:
            with _alone(), _quiet:
                stream = make(
                    samplerate=rate_hz,
                    blocksize=round(rate_hz * BLOCK_S),
                    device=device.index,
                    channels=channels,
                    dtype="float32",
                    latency=BUFFER_S[direction],
                    extra_settings=setting,
                    callback=callback(rate_hz),
                    finished_callback=finished,
                )
                stream.start()
            return stream
        except sounddevice.PortAudioError as error:
            refusal = refusal or error
            if stream:
                shut(stream)
    raise _ERRORS[direction](
        f"The {_CALLED[direction]} '{device.name}' cannot be opened ({refusal}). Close other "
        f"programs that use it, plug it in again, {_INSTEAD[direction]}."
    ) from refusal


def _shut_late(opened: Future[Any]) -> None:
    """Nobody waits for this stream any more."""
    if not opened.exception():
        shut(opened.result())


def shut(stream: Any) -> None:
    """Abort and close a stream, within TO_STOP_S even when its device is gone."""

    def abort_and_close() -> None:
        with _alone():
            stream.abort()
            stream.close()

    thread = threading.Thread(target=abort_and_close, daemon=True)
    thread.start()
    thread.join(TO_STOP_S)
    if thread.is_alive():
        _leave_to_the_system()


def _leave_to_the_system() -> None:
    """Let the system tidy up: at exit, sounddevice would wait without end for what hangs."""
    _quiet.end()
    atexit.unregister(_portaudio()._exit_handler)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """PortAudio is not made for two threads that open or close streams at the same time."""
    # Where a device is gone, who holds it may hang: then it is tried all the same.
    held = _OPENING.acquire(timeout=TO_STOP_S)
    try:
        yield
    finally:
        if held:
            _OPENING.release()


_OPENING = threading.Lock()


class _Quiet:
    """Keeps what ALSA and PortAudio print on stderr from the person; errors come back all the
    same. sounddevice does so itself where it lists the devices."""

    def __init__(self) -> None:
        self._stderr: int | None = None

    def __enter__(self) -> None:
        if self._stderr is not None:
            return
        with contextlib.suppress(OSError):
            self._stderr = os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Print again; called by another thread where the one inside hangs."""
        stderr, self._stderr = self._stderr, None
        if stderr is not None:
            os.dup2(stderr, 2)
            os.close(stderr)


_quiet = _Quiet()


def _begun(act: Callable[[], Done]) -> Future[Done]:
    """*act*, being done in a thread of its own."""
    done: Future[Done] = Future()

    def run() -> None:
        try:
            done.set_result(act())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done


def _full_name(device: Device) -> str:
    return f"{device.name}, {device.host}".casefold()


def _portaudio() -> ModuleType:
    try:
        import sounddevice
    except OSError as error:
        raise NoMicrophone(
            "PortAudio is missing, which reaches microphone and loudspeaker. Install "
            "libportaudio2 (Debian, Ubuntu: sudo apt install libportaudio2)."
        ) from error
    except Exception as error:  # PortAudioError, which cannot be imported either.
        if type(error).__name__ != "PortAudioError":
            raise
        raise NoMicrophone(
            f"The sound system of this computer does not start ({error}). Restart it, or have a "
            "recording graded: voicecoach grade answer.wav."
        ) from error
    return sounddevice
