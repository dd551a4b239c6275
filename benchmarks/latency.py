"""How long the feedback takes after an answer, and how long the whisper program does.

``python -m benchmarks.latency`` (``--quick``, ``--json``) practices in a terminal of its own with
a virtual sound card (PulseAudio): answers of 5 to 120 s are spoken into the microphone, and the
silence after them ends the turn. The time runs from the end of the turn, when the level meter
goes, to the first line of the feedback on the screen. The same answers are spoken on the page
(``voicecoach web`` in Debian's Chromium): there it runs from the moment it no longer says that it
listens to the feedback's cards. The very same sound as a file then goes through
``whisper FILE --word_timestamps True``, with the same weights.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import pexpect
import soundfile
from playwright.sync_api import Page, sync_playwright

from audio_fixtures import make
from tests.openai_weights import write_checkpoint
from tests.virtual_sound import VirtualSound, virtual_sound
from tests.web.server import Mouth, Served, launched
from voicecoach import scenarios
from voicecoach.fixtures import truth_of
from voicecoach.scenarios import Prompts
from voicecoach.words import transcriber

LENGTHS_S = (5, 5, 7, 7, *3 * (10,), *3 * (30,), *2 * (60,), *2 * (120,))
QUICK_LENGTHS_S = (5, 10)
SPEAKER = "statement-strong-*.flac", "questions-strong-*.flac", "fit-strong-*.flac"
BETWEEN_S = 0.35
"""Between one sentence and the next: shorter than any patience."""
LIMIT_S = 120.0
SHOWN = (
    *("median_s", "p90_s", "cpu_median_s", "page_median_s", "page_p90_s"),
    *("whisper_median_s", "ratio_to_whisper"),
)
WHISPER = """
import soundfile, whisper.audio
whisper.audio.load_audio = lambda path: soundfile.read(path, dtype="float32")[0]
from whisper.transcribe import cli
cli()
"""
"""The whisper program, reading the file without ffmpeg, which is not everywhere."""
ENDED = "Writing down what you said"
FEEDBACK = r"I heard: |I heard nothing"
CHOICES = r"\[s\]top: "
ON_THE_PAGE = """() => new Promise((resolve) => {
  const began = performance.now();
  let ended = null;
  const look = () => {
    const listens = document.querySelector("[data-state='listening']");
    if (ended === null && !listens) ended = performance.now();
    if (ended === null || !document.querySelector("h2.feedback")) return;
    observer.disconnect();
    resolve([ended - began, performance.now() - ended]);
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { attributes: true, childList: true, subtree: true });
})"""
"""Milliseconds to the end of the turn, and from there to the feedback's cards."""


def answers(lengths_s: Sequence[float]) -> Iterator[np.ndarray]:
    """Recorded talk joined to these lengths, cut in a pause; float32, 16 kHz."""
    paths = [path for pattern in SPEAKER for path in sorted(make.FOLDER.glob(pattern))]
    prompts = scenarios.load()
    talk = [_fluent(path, prompts) for path in paths]
    quiet = np.zeros(round(BETWEEN_S * make.RATE_HZ), np.float32)
    for first, length_s in enumerate(lengths_s):
        pieces: list[np.ndarray] = []
        at = first
        while sum(map(len, pieces)) < length_s * make.RATE_HZ:
            pieces += [make.trimmed(talk[at % len(talk)]).astype(np.float32), quiet]
            at += 1
        yield _ended(np.concatenate(pieces), length_s)


def _fluent(path: Path, prompts: Prompts) -> np.ndarray:
    """A recording with its long pauses cut down: here none of them is to end the turn."""
    samples = soundfile.read(path, dtype="float32")[0]
    truth = truth_of(path, prompts)
    for pause in reversed(truth.pauses if truth else ()):
        first, end = (round(at_s * make.RATE_HZ) for at_s in (pause.start_s, pause.end_s))
        samples = np.delete(samples, slice(first + round(BETWEEN_S * make.RATE_HZ), end))
    return samples


def _ended(samples: np.ndarray, length_s: float) -> np.ndarray:
    """Cut where the sound is softest in the second around *length_s*, and fade."""
    frame = 20 * make.MS
    power = (samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    per_s = make.RATE_HZ // frame
    from_ = max(0, int((length_s - 0.5) * per_s))
    window = power[from_ : from_ + per_s]
    end = (from_ + int(window.argmin()) + 1) * frame if len(window) else len(samples)
    return samples[:end]


def processor_s(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def practiced(
    card: VirtualSound, sounds: Sequence[Path], model: str
) -> list[tuple[float, float] | None]:
    """Seconds from the end of each turn to the feedback on the screen, by the clock and on the
    processor; None where a pause inside the answer ended the turn."""
    terminal = pexpect.spawn(
        sys.executable,
        [
            *("-m", "voicecoach", "practice", "--scenario", "quick-close"),
            *("--no-voice", "--no-check", "--model", model),
        ],
        env={**card.env, "TERM": "xterm", "COLUMNS": "100"},
        encoding="utf-8",
        timeout=3 * LIMIT_S,
        dimensions=(50, 100),
    )
    waited_s: list[tuple[float, float] | None] = []
    for sound in sounds:
        terminal.expect("Your turn")
        player = card.say_into_microphone(sound)
        terminal.expect(ENDED)
        ended, used_s = time.monotonic(), processor_s(terminal.pid)
        whole = player.poll() is not None
        player.kill()
        terminal.expect(FEEDBACK)
        took = time.monotonic() - ended, processor_s(terminal.pid) - used_s
        waited_s.append(took if whole else None)
        print(sound.name, waited_s[-1], file=sys.stderr)
        terminal.expect(CHOICES)
        terminal.sendline("a")
    terminal.sendintr()
    terminal.close(force=True)
    return waited_s


def practiced_on_the_page(folder: Path, sounds: Sequence[Path], model: str) -> list[float | None]:
    """Seconds from the end of each turn to the feedback on the page; None where a pause inside
    the answer ended the turn."""
    served, mouth = Served(folder, options=["--model", model]), Mouth(folder)
    try:
        with sync_playwright() as playwright:
            browser = launched(
                playwright,
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={mouth.path}%noloop",
            )
            page = browser.new_page()
            page.set_default_timeout(1000 * LIMIT_S)
            page.goto(served.at("127.0.0.1"))
            page.get_by_label("do not speak them").check()
            page.get_by_role("button", name="Turn the microphone on").click()
            page.get_by_role("button", name="Begin").click()
            waited_s = [answered_on_the_page(page, mouth, sound) for sound in sounds]
            browser.close()
    finally:
        served.stop()
    return waited_s


def answered_on_the_page(page: Page, mouth: Mouth, sound: Path) -> float | None:
    page.locator("[data-state='listening']").wait_for()
    mouth.play(page, sound)
    ended_ms, took_ms = page.evaluate(ON_THE_PAGE)
    print(sound.name, "on the page", took_ms / 1000, file=sys.stderr)
    page.get_by_role("button", name="Again", exact=True).click()
    return took_ms / 1000 if ended_ms / 1000 > soundfile.info(sound).duration else None


def whispered_s(sound: Path, folder: Path, weights: Path) -> tuple[float, float]:
    """Seconds that the whisper program needs for a file: all in all, and on the processor."""
    before = os.times()
    began = time.monotonic()
    subprocess.run(
        [
            *(sys.executable, "-c", WHISPER, str(sound)),
            *("--model", str(weights), "--fp16", "False", "--output_format", "json"),
            *("--language", "en", "--word_timestamps", "True"),
            *("--output_dir", str(folder)),
        ],
        check=True,
        capture_output=True,
    )
    after = os.times()
    # It goes on without a word when it cannot read a file.
    if not (folder / f"{sound.stem}.json").is_file():
        raise RuntimeError(f"whisper wrote nothing for {sound}.")
    used_s = after.children_user + after.children_system
    return time.monotonic() - began, used_s - before.children_user - before.children_system


def measured(model: str, lengths_s: Sequence[float]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sounds = []
        for number, samples in enumerate(answers(lengths_s)):
            sounds.append(folder / f"{number:02}.wav")
            soundfile.write(sounds[-1], samples, make.RATE_HZ)
        card_folder = folder / "card"
        card_folder.mkdir()
        with virtual_sound(card_folder) as card, card.hiss(seconds=1800):
            ours_s = practiced(card, sounds, model)
        # By its path: by its name the program would fetch what has another checksum.
        weights = (
            write_checkpoint(folder / "tiny.en.pt")
            if model == "tiny.en"
            else transcriber._openai_weights(model)
        )
        theirs_s = [whispered_s(sound, folder, weights) for sound in sounds]
        on_page_s = practiced_on_the_page(folder, sounds, model)
        rows = [
            {
                "asked_s": asked_s,
                "length_s": round(soundfile.info(sound).duration, 1),
                "feedback_s": round(ours[0], 2) if ours else None,
                "feedback_cpu_s": round(ours[1], 2) if ours else None,
                "page_s": round(page_s, 2) if page_s is not None else None,
                "whisper_s": round(theirs, 2),
                "whisper_cpu_s": round(cpu, 2),
            }
            for asked_s, sound, ours, page_s, (theirs, cpu) in zip(
                lengths_s, sounds, ours_s, on_page_s, theirs_s, strict=True
            )
        ]
    return {
        "model": model,
        **summary(rows),
        "by_length": {
            str(length_s): summary([row for row in rows if row["asked_s"] == length_s])
            for length_s in sorted(set(lengths_s))
        },
        "answers": rows,
    }


def summary(rows: Sequence[dict[str, float | None]]) -> dict[str, float | int | None]:
    """The figures of these answers, of those that no pause inside them ended; None without one."""

    def of(name: str, share: float) -> float | None:
        there = [row[name] for row in rows if row[name] is not None]
        return round(float(np.quantile(there, share)), 2) if there else None

    times = [row["whisper_s"] / row["feedback_s"] for row in rows if row["feedback_s"] is not None]
    return {
        "median_s": of("feedback_s", 0.5),
        "p90_s": of("feedback_s", 0.9),
        "cpu_median_s": of("feedback_cpu_s", 0.5),
        "page_median_s": of("page_s", 0.5),
        "page_p90_s": of("page_s", 0.9),
        "whisper_median_s": of("whisper_s", 0.5),
        "ratio_to_whisper": round(median(times), 1) if times else None,
        "spoken": len(rows),
        "ended_early": sum(row["feedback_s"] is None for row in rows),
        "ended_early_on_the_page": sum(row["page_s"] is None for row in rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="How long the feedback takes.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="Two short answers.")
    arguments = parser.parse_args()
    lengths_s = QUICK_LENGTHS_S if arguments.quick else LENGTHS_S
    models = ["tiny.en"]
    # The whisper program fetches weights that are not there: only where both have them.
    if not arguments.quick and all(
        transcriber.weights_here(engine, "base.en")
        for engine in ("faster-whisper", "openai-whisper")
    ):
        models.append("base.en")
    found = [measured(model, lengths_s) for model in models]
    result = found[0] | {
        "models": found,
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"Load {result['load']} on {result['cores']} cores.\n")
    for one in found:
        print(
            f"{one['model']}: medians in seconds; a pause inside the answer ended "
            f"{one['ended_early']} in the terminal, {one['ended_early_on_the_page']} on the page.\n"
        )
        print(
            "| answers | feedback after | 9 in 10 | processor | on the page | 9 in 10 | whisper "
            "| times sooner |"
        )
        print("|---|---|---|---|---|---|---|---|")
        groups = {f"all {len(one['answers'])}": one}
        groups |= {f"{length} s": group for length, group in one["by_length"].items()}
        for name, group in groups.items():
            figures = [group[key] for key in SHOWN]
            print(f"| {name} | {' | '.join(str(figure) for figure in figures)} |")


if __name__ == "__main__":
    main()
