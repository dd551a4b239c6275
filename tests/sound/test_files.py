"""Any recording is heard, and one that cannot be is refused in one sentence."""

import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from voicecoach.errors import RecordingError
from voicecoach.sound import files


def tone(seconds: float, rate_hz: int, channels: int = 1) -> np.ndarray:
    """A 440 Hz tone at a tenth of full scale, shape (n_samples, channels)."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.repeat(0.1 * np.sin(2 * np.pi * 440 * time_s)[:, None], channels, axis=1)


def write(path: Path, samples: np.ndarray, rate_hz: int, **options) -> Path:
    soundfile.write(path, samples, rate_hz, **options)
    return path


def encode(path: Path, codec: str, rate_hz: int = 48_000) -> Path:
    """Three seconds of the tone, through the encoder that phones and browsers use."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        sound = (tone(3, rate_hz)[:, 0] * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate_hz)
        fifo = av.AudioFifo()
        for piece in resampler.resample(frame):
            fifo.write(piece)
        size = stream.codec_context.frame_size or 1024
        for piece in fifo.read_many(size, partial=True):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def pitch_hz(samples: np.ndarray, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate_hz / len(samples))


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".mp3", "mp3"),
        (".m4a", "aac"),
        (".ogg", "libopus"),
        (".opus", "libopus"),
        (".webm", "libopus"),
    ],
)
def test_every_common_format_is_heard(tmp_path, suffix, codec):
    clip = files.read(encode(tmp_path / f"answer{suffix}", codec))
    assert clip.duration_s == pytest.approx(3, abs=0.1)
    assert pitch_hz(clip.samples, clip.rate_hz) == pytest.approx(440, abs=2)


def test_ogg_vorbis_is_heard(tmp_path):
    clip = files.read(write(tmp_path / "answer.ogg", tone(3, 44_100), 44_100))
    assert pitch_hz(clip.samples, clip.rate_hz) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_and_number_of_channels_is_heard_as_one_channel(tmp_path, rate_hz, channels):
    path = write(tmp_path / "answer.wav", tone(2, rate_hz, channels), rate_hz)
    clip = files.read(path)
    assert clip.samples.ndim == 1
    assert (clip.rate_hz, clip.duration_s) == (rate_hz, 2)
    assert pitch_hz(clip.samples, rate_hz) == pytest.approx(440, abs=2)
    assert np.abs(clip.samples).max() < 1


def test_one_sample_is_a_recording(tmp_path):
    assert len(files.read(write(tmp_path / "a.wav", tone(1, 16_000)[:1], 16_000)).samples) == 1


def test_a_recording_that_breaks_off_is_heard_as_far_as_it_goes(tmp_path):
    whole = write(tmp_path / "whole.flac", np.random.default_rng(1).normal(0, 0.1, 80_000), 16_000)
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    recording = files.Recording(cut)
    heard = sum(len(block) for block in recording.blocks())
    assert 30_000 < heard < 45_000
    assert recording.broken_off


def test_a_whole_recording_is_not_said_to_break_off(recording):
    heard = files.Recording(recording("statement-strong-slt"))
    assert sum(len(block) for block in heard.blocks()) > 0
    assert not heard.broken_off


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.wav", b""), ("text.wav", b"Thank you for your time.\n" * 40), ("zero.flac", b"fLaC")],
)
def test_what_is_no_recording_is_refused_with_advice(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=rf"{name} .*Take a WAV, FLAC"):
        files.read(path)


def test_a_recording_without_samples_is_refused(tmp_path):
    path = write(tmp_path / "none.wav", tone(1, 16_000)[:0], 16_000)
    with pytest.raises(RecordingError, match=r"none\.wav holds no sound\. Record"):
        files.read(path)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_samples_that_are_not_numbers_are_refused(tmp_path, wrong):
    samples = tone(1, 16_000)[:, 0]
    samples[500] = wrong
    path = write(tmp_path / "nan.wav", samples, 16_000, subtype="FLOAT")
    with pytest.raises(RecordingError, match=r"not numbers\. Export it again"):
        files.read(path)


def test_a_video_without_sound_is_refused(tmp_path):
    path = tmp_path / "silent.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(RecordingError, match="cannot be read as a recording"):
        files.Recording(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecordingError, match=r"gone\.wav is not there"):
        files.read(tmp_path / "gone.wav")


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from voicecoach.errors import RecordingError
from voicecoach.sound import files
import av, soundfile
os.setgroups([]) if os.getuid() == 0 else None
os.setuid(65534) if os.getuid() == 0 else None
try:
    files.read(Path(sys.argv[1]))
except RecordingError as error:
    print(error)
"""


def test_a_recording_that_may_not_be_read_is_told_apart():
    """Root may read everything, so another user tries, in a folder that they may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = write(Path(folder) / "mine.wav", tone(1, 16_000), 16_000)
        path.chmod(0)
        command = [sys.executable, "-c", READ_AS_NOBODY, str(path)]
        tried = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "may not be read. Give yourself the right" in tried.stdout


HEAR_LONG = """
import re, sys
from pathlib import Path
from voicecoach.errors import RecordingError
from voicecoach.sound.files import Recording
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
try:
    record(Recording(Path(sys.argv[1])), Turn(ENDLESS))
except RecordingError as error:
    print(error)
# Not getrusage, whose peak a child inherits from its parent.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_three_hours_of_silence_are_refused_in_bounded_memory(tmp_path):
    """Decoded they would take 690 MB as 32-bit samples."""
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 16_000, 1, format="FLAC") as file:
        for _ in range(180):
            file.write(np.zeros(16_000 * 60, np.int16))
    heard = subprocess.run(
        [sys.executable, "-c", HEAR_LONG, str(path)], capture_output=True, text=True, check=True
    )
    sentence, peak_mb = heard.stdout.splitlines()
    assert "longer than 30 minutes. Cut the answer out" in sentence
    assert int(peak_mb) < 400


def test_a_name_with_a_colon_is_a_name_and_no_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "10:15.wav", tone(1, 16_000), 16_000)
    assert files.read(Path("10:15.wav")).duration_s == 1


def test_a_folder_without_recordings_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("no sound here")
    with pytest.raises(RecordingError, match=r"has no recordings\. Name a folder"):
        files.recordings_in(tmp_path)


def test_a_recording_made_here_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "kept" / "answer.flac"
    with files.open_flac(path, 48_000) as file:
        file.write(tone(1, 48_000))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert files.read(path).duration_s == 1


def test_a_recording_is_never_written_over(tmp_path):
    path = write(tmp_path / "answer.flac", tone(1, 16_000), 16_000)
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="cannot be written"):
        files.open_flac(path, 16_000)
    assert path.read_bytes() == before
