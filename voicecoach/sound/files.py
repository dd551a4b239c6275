"""wav, flac, mp3, m4a, ogg, webm <-> samples.

A Recording gives its sound in blocks, as a microphone does, so that everything
behind it takes one path for both.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voicecoach.errors import RecordingError
from voicecoach.sound.clip import Clip

if TYPE_CHECKING:
    import soundfile

SUFFIXES = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm")
"""What a folder is searched for. A file named outright may have any suffix that FFmpeg reads."""

LONGEST_S = 30 * 60
"""Longest recording taken, in seconds: no answer is longer, and memory stays bounded."""


class Recording:
    """A file that is heard as a microphone is: in blocks, at its own rate, as one channel.

    Raises RecordingError, one sentence with what to do, when the file cannot be
    opened; ``blocks`` raises it when nothing in it can be heard.
    """

    overflows = 0
    silent = False
    """A recording of pure zeros is silence, not a microphone that is forbidden."""
    stalled = False
    recorded = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._stopping = False
        self.broken_off = False
        """After ``blocks``: whether the file ended before its sound did."""
        import av

        try:
            # Without "file:" a name such as 10:15.wav is taken for the address of something else.
            self._container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
        except PermissionError as error:
            raise RecordingError(
                f"{path} may not be read. Give yourself the right to read it."
            ) from error
        except FileNotFoundError as error:
            raise RecordingError(f"{path} is not there. Look at its name and folder.") from error
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._unreadable() from error
        try:
            self._stream = self._container.streams.audio[0]
            self.rate_hz = int(self._stream.rate or 0)
        except (IndexError, av.FFmpegError) as error:
            raise self._unreadable() from error
        if not self.rate_hz:
            raise self._unreadable()
        self._stated_s = self._stated_duration_s()
        if self._stated_s > LONGEST_S:
            raise self._too_long()

    def stop(self) -> None:
        """Let ``blocks`` end."""
        self._stopping = True

    def open(self, after_s: float = 0.0) -> None:
        """It is open already."""

    def blocks(self) -> Generator[np.ndarray, None, None]:
        """The sound in blocks of shape (n_samples,), float32, at ``rate_hz``."""
        import av

        mono = av.AudioResampler(format="flt", layout="mono", rate=self.rate_hz)
        heard = 0
        with self._container:
            try:
                for frame in self._container.decode(self._stream):
                    for block in mono.resample(frame):
                        samples = block.to_ndarray()[0]
                        heard += len(samples)
                        yield self._sound(samples, heard)
                        if self._stopping:
                            return
                for block in mono.resample(None):
                    samples = block.to_ndarray()[0]
                    heard += len(samples)
                    yield self._sound(samples, heard)
            except av.FFmpegError as error:
                if not heard:
                    raise self._unreadable() from error
                self.broken_off = True
        if not heard:
            raise RecordingError(f"{self.path} holds no sound. Record the answer again.")
        self.broken_off |= heard / self.rate_hz < self._stated_s - 0.5

    def _stated_duration_s(self) -> float:
        """How long the file says it is, in seconds; 0 when it does not say."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return (self._container.duration or 0) / 1e6

    def _sound(self, samples: np.ndarray, heard: int) -> np.ndarray:
        if heard > LONGEST_S * self.rate_hz:
            raise self._too_long()
        if not np.isfinite(samples).all():
            raise RecordingError(
                f"{self.path} holds samples that are not numbers. Export it again as 16-bit WAV."
            )
        return samples

    def _too_long(self) -> RecordingError:
        return RecordingError(
            f"{self.path} is longer than {LONGEST_S // 60} minutes. "
            "Cut the answer out of it and take that."
        )

    def _unreadable(self) -> RecordingError:
        return RecordingError(
            f"{self.path} cannot be read as a recording. "
            "Take a WAV, FLAC, MP3, M4A, OGG or WebM file that plays elsewhere."
        )


def read(path: Path) -> Clip:
    """The whole of a recording at its own rate. Raises RecordingError."""
    recording = Recording(path)
    return Clip(np.concatenate(list(recording.blocks())), recording.rate_hz)


def recordings_in(folder: Path) -> list[Path]:
    """The recordings of a folder by name. Raises RecordingError when it has none."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise RecordingError(
            f"{folder} cannot be read: {error.strerror}. Name a folder of recordings."
        ) from error
    if not found:
        raise RecordingError(
            f"{folder} has no recordings. Name a folder with {', '.join(SUFFIXES)} files."
        )
    return found


def open_flac(path: Path, rate_hz: int) -> soundfile.SoundFile:
    """A new FLAC file of one channel, for its owner alone, written as the sound comes.

    Raises RecordingError when it cannot be made.
    """
    import soundfile

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        return soundfile.SoundFile(
            descriptor, "w", samplerate=rate_hz, channels=1, format="FLAC", subtype="PCM_16"
        )
    except (OSError, soundfile.SoundFileError) as error:
        raise RecordingError(
            f"{path} cannot be written: {error}. Free some space or mend the folder's rights."
        ) from error


_BINARY = getattr(os, "O_BINARY", 0)
