"""How soon the interviewer's first sound comes after the command.

``python -m benchmarks.startup`` (``--quick``, ``--json``) starts ``voicecoach practice`` in a
terminal of its own with a virtual sound card (PulseAudio), again and again, and listens to what
the loudspeaker is given. Warm: what the program reads lies in memory, as after a first start.
Cold: the files of Python's packages and of the project have been dropped from memory before,
as far as no other program holds them.
"""

from __future__ import annotations

import argparse
import json
import os
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
import pexpect

from tests.virtual_sound import RATE_HZ, REPOSITORY, VirtualSound, virtual_sound

AUDIBLE = 1e-3
"""A sample from which something is heard: 60 dB under full scale."""
LONGEST_S = 120.0
GOAL_S = 1.5


def first_sound_s(card: VirtualSound) -> float:
    """Seconds from the command to the first sound."""
    with listening(card) as heard:
        began = time.monotonic()
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "voicecoach", "practice", "--scenario", "quick-close"],
            env={**card.env, "TERM": "xterm", "COLUMNS": "100"},
            encoding="utf-8",
        )
        try:
            while time.monotonic() - began < LONGEST_S:
                block = np.frombuffer(os.read(heard, 4096), "<f4")
                if np.abs(block).max(initial=0.0) >= AUDIBLE:
                    return time.monotonic() - began
            raise TimeoutError(f"Nothing was heard within {LONGEST_S:.0f} s.")
        finally:
            terminal.close(force=True)


@contextmanager
def listening(card: VirtualSound) -> Iterator[int]:
    """What the loudspeaker is given, as it comes; quiet when it begins."""
    recorder = subprocess.Popen(
        [
            *("parec", "--device=speaker.monitor", "--raw", "--format=float32le"),
            *("--channels=1", f"--rate={RATE_HZ}", "--latency-msec=10"),
        ],
        env=card.env,
        stdout=subprocess.PIPE,
    )
    assert recorder.stdout
    heard = recorder.stdout.fileno()
    quiet_s = 0.0
    while quiet_s < 0.3:
        block = np.frombuffer(os.read(heard, 4096), "<f4")
        silent = np.abs(block).max(initial=0.0) < AUDIBLE
        quiet_s = quiet_s + len(block) / RATE_HZ if silent else 0.0
    try:
        yield heard
    finally:
        recorder.kill()
        recorder.wait()


def forget_files() -> None:
    """Drop from memory what the program reads when it starts."""
    for folder in (*map(Path, site.getsitepackages()), REPOSITORY / "voicecoach"):
        for path in folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    parser = argparse.ArgumentParser(description="How soon the first sound comes.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="Three starts in place of ten.")
    arguments = parser.parse_args()
    times = 3 if arguments.quick else 10
    with tempfile.TemporaryDirectory() as folder, virtual_sound(Path(folder)) as card, card.hiss():
        first_sound_s(card)
        warm = [first_sound_s(card) for _ in range(times)]
        cold = []
        for _ in range(times):
            forget_files()
            cold.append(first_sound_s(card))
    found = {
        "warm_median_s": round(median(warm), 2),
        "warm_slowest_s": round(max(warm), 2),
        "warm_quickest_s": round(min(warm), 2),
        "cold_median_s": round(median(cold), 2),
        "cold_slowest_s": round(max(cold), 2),
        "cold_quickest_s": round(min(cold), 2),
        "starts": times,
        "goal_s": GOAL_S,
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"Load {found['load']} on {found['cores']} cores, {times} starts each.\n")
    print("| | median | quickest | slowest |\n|---|---|---|---|")
    for kind in ("warm", "cold"):
        figures = [found[f"{kind}_{one}_s"] for one in ("median", "quickest", "slowest")]
        print(f"| {kind} | {' | '.join(f'{figure:.2f} s' for figure in figures)} |")


if __name__ == "__main__":
    main()
