"""One answer, from blocks of sound to a clip that is kept."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from voicecoach.errors import MicrophoneError
from voicecoach.sound import ending, files
from voicecoach.sound.clip import Span
from voicecoach.sound.files import Recording
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, PATIENCE, Turn
from voicecoach.sound.vad import VoiceActivity


class Playing:
    """Sound that comes as from a microphone: blocks, then silence or a fault."""

    name = "a test"
    silent = False
    stalled = False
    recorded = False
    overflows = 0

    def __init__(self, samples, rate_hz, fault=None, silence_s=0.0):
        self.rate_hz = rate_hz
        self._samples = np.concatenate([samples, np.zeros(round(silence_s * rate_hz), np.float32)])
        self._fault = fault
        self._stopped = False

    def stop(self):
        self._stopped = True

    def blocks(self):
        for block in np.array_split(self._samples, len(self._samples) // 2000):
            yield block
            if self._stopped:
                return
        if self._fault:
            raise self._fault


@pytest.fixture
def answer(recording):
    return files.read(recording("statement-strong-slt"))


def test_a_recording_is_taken_whole(recording, answer):
    take = record(Recording(recording("statement-strong-slt")), Turn(ENDLESS))
    assert take.clip.rate_hz == 16_000
    assert take.clip.duration_s == pytest.approx(answer.duration_s, abs=0.001)
    assert take.speech[0].start_s < 1
    assert sum(span.duration_s for span in take.speech) > 0.6 * answer.duration_s


def test_an_answer_ends_by_itself_after_the_silence(answer):
    """Ten seconds of silence follow; two end it where it sounds finished, five in any case."""
    turn = Turn(PATIENCE["normal"])
    take = record(Playing(answer.samples, answer.rate_hz, silence_s=10), turn)
    silence_s = take.clip.duration_s - take.speech[-1].end_s
    assert silence_s == pytest.approx(2, abs=0.3) or silence_s == pytest.approx(5, abs=0.3)


def test_words_that_something_must_follow_keep_an_answer_open(answer):
    """Whatever it sounds like, five seconds are waited where the words are not finished."""

    class Because:
        text = "I would love to join you because."

        def went_quiet(self, samples, speech, until):
            pass

        def sounds_finished(self, until, by_sound):
            return 0.05

    playing = Playing(answer.samples, answer.rate_hz, silence_s=10)
    take = record(playing, Turn(PATIENCE["normal"]), listener=Because())
    assert take.clip.duration_s - take.speech[-1].end_s == pytest.approx(5, abs=0.3)


def test_a_silence_never_waits_for_the_model_that_judges_it_to_load(answer):
    """What is said meanwhile must go to the disk."""
    ending._smart_turn.cache_clear()
    turn = Turn(PATIENCE["quick"])
    record(Playing(answer.samples, answer.rate_hz, silence_s=4), turn)
    assert not ending.ready()
    assert turn.judged == ending.NOT_KNOWN
    ending.finished(answer.samples)
    assert ending.ready()


@pytest.mark.parametrize("pause_s", [0.2, 1.0])
def test_how_finished_it_sounds_is_told_by_the_talk_since_the_last_pause(answer, pause_s):
    """What was said before a pause changes nothing, what was said before a breath does."""
    first, other, last = answer.samples[8_000:80_000].reshape(3, -1)
    pause = np.zeros(round(pause_s * 16_000), np.float32)
    one, another = (np.concatenate([before, pause, last]) for before in (first, other))
    begin_s = 1.5 + pause_s
    speech = (Span(0, 1.5), Span(begin_s, begin_s + 1.5))
    same = ending.finished(one, speech) == ending.finished(another, speech)
    assert same == (pause_s > ending.PAUSE_S)
    assert ending.finished(one) != ending.finished(another)


def test_two_recordings_judged_at_once_do_not_mix(answer):
    alone = VoiceActivity().hear(answer.samples[:32_000])
    one, other = VoiceActivity(), VoiceActivity()
    beside = []
    for start in range(0, 32_000, 3_200):
        beside += one.hear(answer.samples[start : start + 3_200])
        other.hear(np.zeros(3_200, np.float32))
    assert max(alone) > 0.9
    assert beside == alone


def test_an_answer_ends_when_the_person_says_so(answer):
    blocks = []
    take = record(
        Playing(answer.samples, answer.rate_hz),
        Turn(ENDLESS),
        stop=lambda: len(blocks) >= 30,
        show=blocks.append,
    )
    assert take.clip.duration_s == pytest.approx(30 * 2000 / 16_000, abs=0.3)


def test_what_was_said_before_the_end_and_not_yet_read_is_kept(answer):
    """On a busy computer the reader lags; the person sees no more of it than a late meter."""

    class Lagging(Playing):
        def stop(self):
            """All of it was said when they pressed Enter."""

    take = record(Lagging(answer.samples, answer.rate_hz), Turn(ENDLESS), stop=lambda: True)
    assert take.clip.duration_s == pytest.approx(answer.duration_s, abs=0.01)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_what_is_kept_has_the_rate_of_the_device_and_every_sample(tmp_path, answer, rate_hz):
    import soxr

    samples = soxr.resample(answer.samples, answer.rate_hz, rate_hz)
    path = tmp_path / "kept.flac"
    take = record(Playing(samples, rate_hz), Turn(ENDLESS), keep_at=path)
    kept, kept_rate_hz = soundfile.read(path, dtype="float32")
    assert kept_rate_hz == rate_hz
    assert np.abs(kept - samples).max() < 2 / 32768
    assert take.path == path
    assert take.clip.duration_s == pytest.approx(len(samples) / rate_hz, abs=0.001)
    # The same talk is heard at every rate.
    assert sum(span.duration_s for span in take.speech) > 0.6 * answer.duration_s


def test_what_was_said_before_the_microphone_failed_is_kept(tmp_path, answer):
    fault = MicrophoneError("It has stopped. Plug it in again.")
    path = tmp_path / "kept.flac"
    take = record(Playing(answer.samples, answer.rate_hz, fault=fault), Turn(ENDLESS), keep_at=path)
    assert take.clip.duration_s == pytest.approx(answer.duration_s, abs=0.01)
    assert "Plug it in again. What you had said by then is kept." in take.warnings[0]
    assert files.read(path).duration_s == pytest.approx(answer.duration_s, abs=0.01)


def test_a_microphone_that_fails_before_a_word_is_an_error():
    fault = MicrophoneError("It has stopped.")
    with pytest.raises(MicrophoneError, match="It has stopped"):
        record(Playing(np.zeros(16_000, np.float32), 16_000, fault=fault), Turn(ENDLESS))


def test_lost_sound_is_told(answer):
    source = Playing(answer.samples, answer.rate_hz)
    source.overflows = 3
    assert "some of it is missing" in record(source, Turn(ENDLESS)).warnings[0]


ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from voicecoach.sound.files import Recording
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn

resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
take = record(Recording(Path(sys.argv[1])), Turn(ENDLESS), keep_at=Path(sys.argv[2]))
print(take.clip.duration_s, *take.warnings)
"""


def test_a_full_disk_does_not_end_the_answer(tmp_path, recording, answer):
    """A limit on the size of files refuses bytes just as a full disk does."""
    path = tmp_path / "kept.flac"
    heard = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(recording("statement-strong-slt")), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(heard.stdout.split()[0]) == pytest.approx(answer.duration_s, abs=0.01)
    assert "cut short" in heard.stdout
    assert "Free some space" in heard.stdout
    assert files.read(path).duration_s > 1


def test_an_answer_that_cannot_be_kept_is_heard_all_the_same(tmp_path, answer):
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "kept.flac"
    take = record(Playing(answer.samples, answer.rate_hz), Turn(ENDLESS), keep_at=path)
    assert take.clip.duration_s == pytest.approx(answer.duration_s, abs=0.01)
    assert take.path is None
    assert "cannot be written" in take.warnings[0]


SLOWLY = """
import sys, time
from pathlib import Path
import voicecoach.sound.take as taking
from voicecoach.sound.files import Recording
from voicecoach.sound.turn import ENDLESS, Turn

class AtItsOwnPace(Recording):
    def blocks(self):
        for block in super().blocks():
            yield block
            time.sleep(len(block) / self.rate_hz)

taking.record(AtItsOwnPace(Path(sys.argv[1])), Turn(ENDLESS), keep_at=Path(sys.argv[2]),
              show=lambda hearing: print(hearing.elapsed_s, flush=True))
"""


def test_a_killed_program_loses_at_most_the_last_second(tmp_path, recording):
    path = tmp_path / "kept.flac"
    program = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, str(recording("statement-strong-slt")), str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    heard_s = 0.0
    while heard_s < 4:
        heard_s = float(program.stdout.readline())
    program.send_signal(signal.SIGKILL)
    program.wait()
    time.sleep(0.1)
    assert files.read(path).duration_s > heard_s - 1
