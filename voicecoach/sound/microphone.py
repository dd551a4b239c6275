"""The microphone as a source of blocks of sound, through sounddevice.

PortAudio calls back on a thread of its own; there, blocks are only copied into
a queue. What they mean is found out where they are read. sounddevice is
imported where a device is needed, so that the rest runs without PortAudio.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np

from voicecoach.errors import MicrophoneError, NoMicrophone, UsageError, VoiceError

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

SILENT = (
    "The microphone delivers nothing but zeros. See that it is not muted and that your terminal "
    "is allowed to use it (macOS and Windows: Settings, Privacy, Microphone), or choose another "
    "one; voicecoach devices lists them."
)

Direction = Literal["input", "output"]

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
    """Renew the list of devices. Only between answers: PortAudio closes every open stream."""
    sounddevice = _portaudio()
    sounddevice._terminate()
    sounddevice._initialize()


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


class Microphone:
    """A device as a source of blocks. The stream is open only while ``blocks`` is read."""

    recorded = False

    def __init__(self, wanted: str | None = None) -> None:
        """Raises NoMicrophone or UsageError, as ``find`` does."""
        self._device = find(wanted)
        self.name = self._device.name
        self.rate_hz = round(self._device.rate_hz)
        """The device's own rate: PortAudio does not resample."""
        self.overflows = 0
        """How often sound was lost because it was not fetched in time."""
        self.silent = True
        """Whether every sample so far was exactly zero: not a quiet room, but a
        microphone that is muted or forbidden. See SILENT."""
        self.stalled = False
        """Whether no block has come for STALLED_S."""
        self._stopping = False

    def stop(self) -> None:
        """Let ``blocks`` end after what was heard by now."""
        self._stopping = True

    def blocks(self) -> Generator[np.ndarray, None, None]:
        """Blocks of shape (n_samples,), float32, at ``rate_hz``, as they come, until ``stop``;
        an empty one when none has come for a while.

        The stream is closed with the generator. Raises MicrophoneError when it
        cannot be opened, or when the device stops delivering.
        """
        arrived: queue.SimpleQueue[np.ndarray | None] = queue.SimpleQueue()

        def hear(block: np.ndarray, _frames: int, _time: Any, status: Any) -> None:
            self.overflows += bool(status.input_overflow)
            arrived.put(block.copy())

        self.overflows, self.silent, self._stopping = 0, True, False
        waited_s, limit_s = 0.0, TO_BEGIN_S
        stream = start(self._device, "input", self.rate_hz, hear, lambda: arrived.put(None))
        try:
            while not self._stopping:
                try:
                    block = arrived.get(timeout=STALLED_S)
                except queue.Empty:
                    waited_s += STALLED_S
                    if waited_s < limit_s:
                        self.stalled = True
                        yield np.zeros(0, np.float32)
                        continue
                    block = None
                if block is None:
                    raise MicrophoneError(
                        f"The microphone '{self.name}' has stopped delivering sound. "
                        "Plug it in again, or choose another one; voicecoach devices lists them."
                    )
                self.stalled, waited_s, limit_s = False, 0.0, TO_GO_ON_S
                yield self._heard(block)
        finally:
            shut(stream)
        # Where the reader is slower than the sound, this much was said and not read yet.
        while not arrived.empty():
            block = arrived.get()
            if block is not None:
                yield self._heard(block)

    def _heard(self, block: np.ndarray) -> np.ndarray:
        """One channel of a block of shape (n_samples, n_channels)."""
        samples = block.mean(axis=1) if block.shape[1] > 1 else block[:, 0]
        self.silent = self.silent and not samples.any()
        return samples


def start(
    device: Device,
    direction: Direction,
    rate_hz: int,
    callback: Callable[[np.ndarray, int, Any, Any], None],
    finished: Callable[[], None],
) -> Any:
    """Open and start a stream; *finished* is called when it ends, for whatever reason.

    Raises MicrophoneError (for output: VoiceError) when the device refuses.
    """
    sounddevice = _portaudio()
    make = sounddevice.InputStream if direction == "input" else sounddevice.OutputStream
    settings = [None]
    if device.host == "Windows WASAPI":
        # In shared mode it refuses any rate but the mixer's. Said to give silence
        # from some microphones, so it comes second.
        settings.append(sounddevice.WasapiSettings(auto_convert=True))
    most = device.inputs if direction == "input" else device.outputs
    refusal: Exception | None = None
    for setting in settings:
        # Some hardware has no mono; of more than two channels the rest are seldom a voice.
        for channels in (1, 2)[:most]:
            stream = None
            try:
                stream = make(
                    samplerate=rate_hz,
                    blocksize=round(rate_hz * BLOCK_S),
                    device=device.index,
                    channels=channels,
                    dtype="float32",
                    latency=BUFFER_S[direction],
                    extra_settings=setting,
                    callback=callback,
                    finished_callback=finished,
                )
                stream.start()
                return stream
            except sounddevice.PortAudioError as error:
                refusal = error
                if stream:
                    shut(stream)
    raise (MicrophoneError if direction == "input" else VoiceError)(
        f"The {_CALLED[direction]} '{device.name}' cannot be opened ({refusal}). Close other "
        f"programs that use it, plug it in again, {_INSTEAD[direction]}."
    ) from refusal


def shut(stream: Any) -> None:
    """Abort and close a stream, within TO_STOP_S even when its device is gone."""

    def abort_and_close() -> None:
        stream.abort()
        stream.close()

    thread = threading.Thread(target=abort_and_close, daemon=True)
    thread.start()
    thread.join(TO_STOP_S)
    if thread.is_alive():
        # At exit, sounddevice would wait without end for the same stream.
        atexit.unregister(_portaudio()._exit_handler)


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
