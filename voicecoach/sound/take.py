"""Blocks of sound -> one answer: kept on disk as it comes, ending where the turn says.

The one path of every answer, from the microphone and from a recording.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from voicecoach.errors import MicrophoneError, RecordingError
from voicecoach.sound import ending
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span
from voicecoach.sound.faults import Faults
from voicecoach.sound.files import open_flac
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.sound.vad import VoiceActivity

if TYPE_CHECKING:
    import soundfile

FLOOR_DBFS = -90.0
"""Level of digital silence, in dB below full scale, in place of minus infinity."""


class Elsewhere(Exception):
    """Raised by a source's ``blocks``: the person answers in another way, so the session is to
    ask for a source anew, and what this one heard is not the answer."""


class Source(Protocol):
    """What an answer is heard from: a Microphone or a Recording."""

    name: str
    rate_hz: int
    overflows: int
    """How often sound was lost because it was not fetched in time."""
    silent: bool
    """Whether every sample so far was exactly zero."""

    stalled: bool
    """Whether no sound has come for longer than it should."""
    recorded: bool
    """Whether it is finished, so that its end is the end of the answer."""

    def open(self, after_s: float = 0.0) -> None:
        """An answer is near: return at once, and get ready after *after_s* seconds."""

    def blocks(self) -> Generator[np.ndarray, None, None]:
        """Blocks of shape (n_samples,), float32, one channel, between -1 and 1, of what is heard
        from this call on; an empty one says that time goes by without any. ``rate_hz`` holds from
        then on."""

    def stop(self) -> None:
        """Let ``blocks`` end, after all that was heard by now."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard at this moment, for a level meter."""

    elapsed_s: float
    level_dbfs: float
    """Root mean square of the last block, in dB below full scale."""
    spoken: bool
    """Whether the answer has begun."""
    quiet_s: float
    ends_in_s: float
    """How much more silence ends the turn."""
    silent: bool
    """Whether the microphone delivers nothing but zeros."""
    stalled: bool = False
    """Whether it delivers nothing at all at the moment."""
    text: str = ""
    """What was written down by now."""
    fault: str = ""
    """What is wrong with the microphone and what to do: told once, when it begins."""


class Listener(Protocol):
    """What writes an answer down while it is still being said."""

    @property
    def text(self) -> str:
        """What was written down by now."""

    def went_quiet(self, samples: np.ndarray, speech: tuple[Span, ...], until: int) -> None:
        """A silence has begun: *samples* so far at 16 kHz, where someone talked in them, and
        the frame after the last talk. Returns at once."""

    def sounds_finished(self, until: int, by_sound: float) -> float | None:
        """How probably what was said until that frame is the whole answer, by its words and by
        what was judged *by_sound*; None when the words do not tell."""


@dataclass(frozen=True, slots=True)
class Take:
    """One answer as it was heard."""

    clip: Clip
    """At 16 kHz, from the first block to the last."""
    speech: tuple[Span, ...]
    """Where someone talked, by voice activity."""
    path: Path | None
    """Where it lies at its own rate; None when it was not to be kept."""
    warnings: tuple[str, ...] = ()
    """Sentences on what went wrong while it was taken."""


def record(
    source: Source,
    turn: Turn,
    *,
    keep_at: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    show: Callable[[Hearing], None] = lambda hearing: None,
    listener: Listener | None = None,
) -> Take:
    """Hear one answer to its end: the turn is over, *stop* says so, or the source ends.

    *show* is called first when the source is open: from then on no word is lost. In each
    silence it is asked whether what was said sounds finished, and *listener* is told.

    What was said before a microphone failed is kept, with a warning; a
    MicrophoneError comes only when nothing had been said yet.
    """
    # First of all: what is said from now on belongs to the answer.
    incoming = source.blocks()
    activity = VoiceActivity()
    to_speech_rate = _Resampler(source.rate_hz)
    heard: list[np.ndarray] = []
    warnings: list[str] = []
    faults = Faults(source)
    elapsed_s = 0.0
    over = False

    def take_in(samples: np.ndarray) -> None:
        heard.append(samples)
        for probability in activity.hear(samples):
            turn.hear(probability)
        if turn.wants_judging:
            whole = np.concatenate(heard)
            heard[:] = [whole]
            if listener:
                listener.went_quiet(whole, turn.speech, turn.talked_until)
            turn.judge(_judged(whole, turn))
        if listener:
            until = turn.talked_until
            turn.tell(until, listener.sounds_finished(until, turn.judged))

    with _Disk(keep_at, source.rate_hz) as disk, closing(incoming) as blocks:
        try:
            for block in blocks:
                disk.write(block)
                take_in(to_speech_rate(block))
                elapsed_s += len(block) / source.rate_hz
                show(
                    Hearing(
                        elapsed_s=elapsed_s,
                        level_dbfs=level_dbfs(block),
                        spoken=turn.spoken,
                        quiet_s=turn.silent_s,
                        ends_in_s=turn.ends_in_s,
                        silent=source.silent,
                        stalled=source.stalled,
                        text=listener.text if listener else "",
                        fault="" if source.recorded else faults.hear(block),
                    )
                )
                if not over and (turn.over or stop()):
                    # Not a break: on a busy computer the last words are still on their way.
                    over = True
                    source.stop()
        except MicrophoneError as error:
            if not turn.spoken:
                raise
            warnings.append(f"{error} What you had said by then is kept.")
    take_in(to_speech_rate.finish())
    for probability in activity.finish():
        turn.hear(probability)
    if disk.fault:
        warnings.append(disk.fault)
    warnings += faults.warnings
    clip = Clip(np.concatenate(heard), SPEECH_RATE_HZ)
    return Take(clip, turn.speech, disk.path, tuple(warnings))


def _judged(samples: np.ndarray, turn: Turn) -> float:
    """How probably what was said by now is finished, as it sounds."""
    if turn.patience == ENDLESS:
        # Where nothing but the end of the file ends the answer, nobody need be asked.
        return 0.0
    # While the model loads, nothing is waited for: what is said meanwhile must go to the disk.
    return ending.finished(samples, turn.speech) if ending.ready() else ending.NOT_KNOWN


def level_dbfs(samples: np.ndarray) -> float:
    """Root mean square in dB below full scale, FLOOR_DBFS at the least.

    >>> round(level_dbfs(np.full(10, 0.1, np.float32)))
    -20
    """
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(FLOOR_DBFS, 10 * float(np.log10(power))) if power else FLOOR_DBFS


class _Disk:
    """Keeps an answer as it comes; when it no longer can, says so and lets the answer go on."""

    def __init__(self, path: Path | None, rate_hz: int) -> None:
        self.path = path
        self.fault: str | None = None
        self._file: soundfile.SoundFile | None = None
        try:
            self._file = open_flac(path, rate_hz) if path else None
        except RecordingError as error:
            self.path, self.fault = None, str(error)

    def __enter__(self) -> _Disk:
        return self

    def __exit__(self, *_: object) -> None:
        self._guarded(lambda file: file.close())

    def write(self, block: np.ndarray) -> None:
        self._guarded(lambda file: (file.write(np.clip(block, -1.0, 1.0)), file.flush()))

    def _guarded(self, act: Callable[[soundfile.SoundFile], object]) -> None:
        import soundfile

        if not self._file:
            return
        try:
            act(self._file)
        except (OSError, soundfile.SoundFileError) as error:
            self.fault = f"The recording on disk is cut short: {error}. Free some space."
            self._file = None


class _Resampler:
    """Blocks at one rate -> blocks at 16 kHz, without a seam."""

    def __init__(self, rate_hz: int) -> None:
        import soxr

        self._stream = (
            None
            if rate_hz == SPEECH_RATE_HZ
            else soxr.ResampleStream(rate_hz, SPEECH_RATE_HZ, 1, dtype="float32")
        )

    def __call__(self, block: np.ndarray) -> np.ndarray:
        block = block.astype(np.float32, copy=False)
        return block if self._stream is None else self._stream.resample_chunk(block)

    def finish(self) -> np.ndarray:
        """What the resampler still held back."""
        empty = np.zeros(0, np.float32)
        return empty if self._stream is None else self._stream.resample_chunk(empty, last=True)
