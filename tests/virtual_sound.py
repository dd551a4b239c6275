"""A sound card for tests: PulseAudio with null sinks, kept to one folder.

What is played into the sink "mouth" is what the "microphone" hears, and what
the product plays arrives at the sink "speaker". "elsewhere" is a second
microphone, which ALSA knows as "headset". Nothing outside the folder is read
or written, so several can run beside each other and beside a desktop's own.

PortAudio reads its surroundings when it starts, so product code that reaches
for sound runs in a process of its own: VirtualSound.python.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from voicecoach.sound.clip import Clip

RATE_HZ = 44_100
"""The rate of every virtual device."""
REPOSITORY = Path(__file__).parents[1]

# PortAudio knows ALSA only: this sends it to PulseAudio.
_ASOUNDRC = """
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.headset { type pulse device elsewhere }
"""
_MODULES = (
    "module-native-protocol-unix socket={socket} auth-anonymous=1",
    f"module-null-sink sink_name=speaker format=float32le rate={RATE_HZ}",
    f"module-null-sink sink_name=mouth format=float32le rate={RATE_HZ}",
    f"module-null-sink sink_name=mouth2 format=float32le rate={RATE_HZ}",
    "module-remap-source source_name=microphone master=mouth.monitor",
    "module-remap-source source_name=elsewhere master=mouth2.monitor",
)


@dataclass
class VirtualSound:
    """The devices of one virtual sound card."""

    folder: Path
    env: dict[str, str]
    """The environment of processes that are to see only this card."""
    daemon: subprocess.Popen[bytes]
    _helpers: list[subprocess.Popen[Any]] = field(default_factory=list)

    def python(self, code: str, *arguments: object) -> subprocess.Popen[str]:
        """Start Python code on this card; its stdout and stderr are pipes of text."""
        process = start_python(self.env, code, *arguments)
        self._helpers.append(process)
        return process

    def say_into_microphone(
        self, sound: Path | Clip, sink: str = "mouth"
    ) -> subprocess.Popen[bytes]:
        """Play into the microphone, in the background; wait() for its end."""
        path = sound if isinstance(sound, Path) else self._written(sound)
        return self._helper("paplay", f"--device={sink}", str(path))

    @contextlib.contextmanager
    def hiss(self, level_dbfs: float = -70.0, seconds: int = 120) -> Iterator[None]:
        """Let the microphone hear a quiet room, so that it is not exactly zero."""
        noise = np.random.default_rng(7).standard_normal(seconds * RATE_HZ)
        level = 10 ** (level_dbfs / 20)
        player = self.say_into_microphone(Clip((noise * level).astype("f4"), RATE_HZ))
        with self._recorder("microphone", subprocess.PIPE) as listener:
            assert listener.stdout
            while not any(listener.stdout.read(1000)):
                pass
            listener.terminate()
        yield
        player.kill()
        player.wait()

    @contextlib.contextmanager
    def hear_speaker(self) -> Iterator[list[Clip]]:
        """Record what is played; the list holds the one Clip after the block."""
        heard: list[Clip] = []
        path = self.folder / f"heard-{time.monotonic_ns()}.raw"
        with path.open("wb") as file:
            recorder = self._recorder("speaker.monitor", file)
            _wait_until(lambda: path.stat().st_size > 0, "parec records the speaker")
            yield heard
            time.sleep(0.3)  # What is still between the sink and the recorder.
            recorder.terminate()
            recorder.wait()
        heard.append(Clip(np.fromfile(path, "<f4"), RATE_HZ))

    def hear_itself(self) -> None:
        """From now on the microphone hears what the loudspeaker plays, as without headphones."""
        self._control("set-default-source", "speaker.monitor")

    def hear_the_room(self) -> None:
        """From now on the microphone hears the loudspeaker beside what is said into it, as on a
        table without headphones."""
        self._control(
            *("load-module", "module-loopback", "source=speaker.monitor", "sink=mouth"),
            "latency_msec=20",
        )

    def unplug(self) -> None:
        """Take all devices away. (With one left, PulseAudio would move what is open to it.)"""
        self._control("unload-module", "module-null-sink")

    def plug_in_again(self) -> None:
        """Bring back what ``unplug`` took away."""
        for module in _MODULES[1:]:
            self._control("load-module", *module.split())
        self._settle()

    def hold_still(self) -> None:
        """The microphone stays, and delivers nothing any more."""
        self._control("suspend-source", "microphone", "1")

    def freeze(self) -> None:
        """The sound system answers nobody any more."""
        self.daemon.send_signal(signal.SIGSTOP)

    def _control(self, *arguments: str) -> None:
        subprocess.run(["pactl", *arguments], env=self.env, check=True, timeout=10)

    def _written(self, clip: Clip) -> Path:
        path = self.folder / f"say-{time.monotonic_ns()}.wav"
        soundfile.write(path, clip.samples, clip.rate_hz, "FLOAT")
        return path

    def _helper(self, *command: str, stdout=subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        helper = subprocess.Popen(command, env=self.env, stdout=stdout, stderr=subprocess.DEVNULL)
        self._helpers.append(helper)
        return helper

    def _recorder(self, source: str, stdout: Any) -> subprocess.Popen[bytes]:
        """Writes what *source* delivers: raw, float32, one channel, RATE_HZ."""
        return self._helper(
            *("parec", f"--device={source}", "--raw", "--format=float32le"),
            *("--channels=1", f"--rate={RATE_HZ}", "--latency-msec=10"),
            stdout=stdout,
        )

    def _settle(self) -> None:
        """Wait until the devices run as hardware does.

        A null sink works ahead by up to 2 s, until someone listens closely.
        """
        _wait_until(lambda: not self._tried("pactl", "info"), f"PulseAudio starts in {self.folder}")
        for name in ("mouth.monitor", "mouth2.monitor", "speaker.monitor"):
            self._recorder(name, subprocess.DEVNULL)
        self._control("set-default-sink", "speaker")
        self._control("set-default-source", "microphone")
        listeners = [
            self._recorder(name, subprocess.PIPE)
            for name in ("microphone", "elsewhere", "speaker.monitor")
        ]
        for listener in listeners:
            with listener:
                assert listener.stdout
                listener.stdout.read(RATE_HZ)  # A quarter of a second.
                listener.terminate()

    def _tried(self, *command: str) -> int:
        return subprocess.run(command, env=self.env, capture_output=True, check=False).returncode

    def _end(self) -> None:
        for process in (self.daemon, *self._helpers):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


@contextlib.contextmanager
def virtual_sound(folder: Path) -> Iterator[VirtualSound]:
    """A sound card that lives as long as the block; *folder* is a test's tmp_path."""
    for program in ("pulseaudio", "pactl", "paplay", "parec"):
        assert shutil.which(program), (
            f"{program} is missing, which stands in for a sound card. Install it: "
            "sudo apt install pulseaudio pulseaudio-utils libasound2-plugins"
        )
    env = silent_environment(folder)
    (Path(env["HOME"]) / ".asoundrc").write_text(_ASOUNDRC)
    socket = env["PULSE_SERVER"].removeprefix("unix:")
    modules = [f"--load={module.format(socket=socket)}" for module in _MODULES]
    with (folder / "pulseaudio.log").open("wb") as log:
        daemon = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
                *("--exit-idle-time=-1", "--disable-shm=yes", *modules),
            ],
            env=env,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        card = VirtualSound(folder, env, daemon)
        try:
            card._settle()
            yield card
        finally:
            card._end()


def silent_environment(folder: Path) -> dict[str, str]:
    """The environment of a computer without any sound device."""
    home, runtime = folder / "home", folder / "run"
    # Not the first start, which asks a few questions.
    profile = home / "voicecoach" / "profiles" / "mine.toml"
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.touch()
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        **os.environ,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "PULSE_RUNTIME_PATH": str(runtime),
        "PULSE_SERVER": f"unix:{runtime}/s",
        "PULSE_COOKIE": str(runtime / "cookie"),
        "PYTHONPATH": str(REPOSITORY),
    }


def start_python(env: dict[str, str], code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start Python code in *env*; its stdout and stderr are pipes of text."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_until(condition, what: str, limit_s: float = 15.0) -> None:
    limit = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < limit, f"Waited in vain until {what}."
        time.sleep(0.05)
