"""How long the feedback takes after an answer, and how long the whisper program does.

``python -m benchmarks.latency`` (``--quick``, ``--json``) practices in a terminal of its own with
a virtual sound card (PulseAudio): answers of 5 to 120 s are spoken into the microphone, and the
silence after them ends the turn. The time runs from the end of the turn, when the level meter
goes, to the first line of the feedback on the screen. The very same sound as a file then goes
through ``whisper FILE --word_timestamps True``, with the same weights.
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

from audio_fixtures import make
from tests.openai_weights import write_checkpoint
from tests.virtual_sound import VirtualSound, virtual_sound
from voicecoach.words import transcriber

LENGTHS_S = (
    *(5, 5, 5, 6, 6, 6, 7, 7, 8, 8),
    *(9, 9, 10, 10, 12, 12, 15, 20, 40, 120),
)
QUICK_LENGTHS_S = (5, 12, 25)
SPEAKER = "statement-strong-*.flac", "questions-strong-*.flac", "fit-strong-*.flac"
BETWEEN_S = 0.35
"""Between one sentence and the next: shorter than any patience."""
LIMIT_S = 120.0
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


def answers(lengths_s: Sequence[float]) -> Iterator[np.ndarray]:
    """Recorded talk joined to these lengths, cut in a pause; float32, 16 kHz."""
    paths = [path for pattern in SPEAKER for path in sorted(make.FOLDER.glob(pattern))]
    talk = [soundfile.read(path, dtype="float32")[0] for path in paths]
    quiet = np.zeros(round(BETWEEN_S * make.RATE_HZ), np.float32)
    for first, length_s in enumerate(lengths_s):
        pieces: list[np.ndarray] = []
        at = first
        while sum(map(len, pieces)) < length_s * make.RATE_HZ:
            pieces += [make.trimmed(talk[at % len(talk)]).astype(np.float32), quiet]
            at += 1
        yield _ended(np.concatenate(pieces), length_s)


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
        rows = [
            {
                "length_s": round(soundfile.info(sound).duration, 1),
                "feedback_s": round(ours[0], 2) if ours else None,
                "feedback_cpu_s": round(ours[1], 2) if ours else None,
                "whisper_s": round(theirs, 2),
                "whisper_cpu_s": round(cpu, 2),
            }
            for sound, ours, (theirs, cpu) in zip(sounds, ours_s, theirs_s, strict=True)
        ]
    whole = [row for row in rows if row["feedback_s"] is not None]

    def quantile(name: str, share: float) -> float:
        return round(float(np.quantile([row[name] for row in whole], share)), 2)

    return {
        "model": model,
        **{
            f"{name}_{kind}_s": quantile(f"{name}_s", share)
            for name in ("feedback", "feedback_cpu", "whisper", "whisper_cpu")
            for kind, share in (("median", 0.5), ("p90", 0.9))
        },
        "times_sooner": round(median(row["whisper_s"] / row["feedback_s"] for row in whole), 1),
        "ended_early": len(rows) - len(whole),
        "answers": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="How long the feedback takes.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="Three answers, within two minutes.")
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
            f"{one['model']}: feedback after {one['feedback_median_s']:.2f} s on the median, "
            f"{one['feedback_p90_s']:.2f} s in 9 of 10; whisper {one['whisper_median_s']:.1f} s "
            f"and {one['whisper_p90_s']:.1f} s; {one['times_sooner']:.0f} times sooner. "
            f"A pause inside the answer ended {one['ended_early']} of {len(one['answers'])}.\n"
        )
        print("| answer, s | feedback after, s | on the processor | whisper, s | the same |")
        print("|---|---|---|---|---|")
        for row in one["answers"]:
            print(f"| {' | '.join(str(cell) for cell in row.values())} |")


if __name__ == "__main__":
    main()
