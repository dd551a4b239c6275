"""voicecoach web as a person runs it, a browser whose microphone hears recordings, and a cable
between the two that can be pulled out."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import soundfile

from tests.conftest import RECORDINGS
from tests.feedback.test_html import CHROMIUM, OPTIONS
from voicecoach.history.store import History

LIMIT_S = 60
FAR = "127.0.0.2"
"""Where the cable lies: what the browser is told that localhost is."""


class Served:
    """A running `voicecoach web`."""

    def __init__(
        self,
        home: Path,
        port: int = 0,
        opener: str = "",
        token: str = "",
        options: Sequence[str] = ("--patience", "quick"),
    ) -> None:
        """*opener*: a program in place of the browser that is opened; none is without it."""
        environment = {
            **os.environ,
            **({"BROWSER": opener} if opener else {}),
            **({"VOICECOACH_TOKEN": token} if token else {}),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        command = ["-m", "voicecoach", "web", *options]
        command += [] if opener else ["--no-browser"]
        self.program = subprocess.Popen(
            [sys.executable, *command, "--port", str(port)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told = self.program.stdout.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", self.told)[1])
        self.history = History(home / "data" / "voicecoach")

    def at(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def stop(self) -> None:
        """As Ctrl+C does."""
        self.program.send_signal(signal.SIGINT)
        assert self.program.wait(2 * LIMIT_S) == 0


class Cable:
    """A way to the server that can be cut, and mended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._whole = True
        self._ends: list[socket.socket] = []
        self._door = socket.create_server((FAR, port))
        threading.Thread(target=self._let_in, daemon=True).start()

    def cut(self) -> None:
        self._whole = False
        for end in self._ends:
            # Whoever waits for it is told at once.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def mend(self) -> None:
        self._whole = True

    def _let_in(self) -> None:
        while True:
            near, _ = self._door.accept()
            if not self._whole:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                near.close()
                continue
            self._ends += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=[source, target], daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with source, target, suppress(OSError):
        while sound := source.recv(65536):
            target.sendall(sound)


class Mouth:
    """What the browser's microphone hears: a file, from its beginning whenever it is opened."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "microphone.wav"
        self._write(np.zeros(48_000, np.int16), 48_000)

    def say(self, page, name: str) -> None:
        """Say a recorded answer, and nothing after it."""
        self.play(page, RECORDINGS / f"{name}.flac")

    def play(self, page, recording: Path) -> None:
        samples, rate_hz = soundfile.read(recording, dtype="int16")
        self._write(samples, rate_hz)
        page.evaluate("voicecoach.open()")

    def _write(self, samples: np.ndarray, rate_hz: int) -> None:
        # A microphone that works is never quite silent.
        hiss = np.random.default_rng(1).integers(-3, 4, 20 * rate_hz).astype(np.int16)
        soundfile.write(self.path, np.concatenate([samples, hiss]), rate_hz, subtype="PCM_16")


def launched(playwright, *options: str, fake: bool = True):
    """A browser; *fake*: whether it has a microphone."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, "There is no Chromium. Run make test, or apt-get install chromium."
    options = (*options, f"--host-resolver-rules=MAP localhost {FAR}")
    if fake:
        options = (*options, "--use-fake-device-for-media-stream")
    return playwright.chromium.launch(executable_path=path, args=[*OPTIONS.split(), *options])
