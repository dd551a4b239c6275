"""How long the history takes when it holds a thousand practices.

    python -m benchmarks.history [--sessions 1000] [--json]

Each practice has five rounds and seven answers of eighty words, with every criterion's finding;
the last one has real recordings, so that its report holds real sound. Each command runs as a
program of its own, start included, five times; "inside" is the second time in one program.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from statistics import median

from voicecoach import scenarios
from voicecoach.feedback import html
from voicecoach.findings.finding import Advice, Finding, Measure, Part, Review, Score
from voicecoach.history.kept import Attempt, Practice, with_unknown
from voicecoach.history.progress import progress
from voicecoach.history.store import History
from voicecoach.scenarios import Prompts, Round
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Segment, Transcript, Word

REPEATS = 5
RECORDINGS = (
    "questions-strong-slt",
    "questions-middling-rms",
    "fit-strong-rms",
    "concern-strong-awb",
    "statement-middling-rms-fillers",
    "statement-strong-slt",
    "next_steps-strong-hts",
)


def answer(prompts: Prompts, round_: Round, attempt: int, random: Random) -> Review:
    """An answer of eighty words with a finding for each criterion."""
    words = tuple(Word(f"word{n}", Span(n * 0.4, n * 0.4 + 0.35), 0.9) for n in range(80))
    findings = []
    for criterion in prompts.criteria.values():
        heard = random.random() < (0.5 if criterion.kind == "do" else 0.05)
        verdict = {"do": ("met", "missed"), "avoid": ("slipped", "clear")}[criterion.kind]
        start = random.randrange(70)
        findings.append(
            Finding(
                criterion.id,
                verdict[0] if heard else verdict[1],
                " ".join(word.text for word in words[start : start + 8]) if heard else None,
                Span(start * 0.4, start * 0.4 + 3.1) if heard else None,
                0.95,
            )
        )
    measures = tuple(
        Measure(name, random.uniform(low, 1.3 * high), unit, low, high, "What it does.")
        for name, unit, low, high in (
            ("answer_length_s", "s", 20, 60),
            ("pace_wpm", "words/min", 120, 170),
            ("longest_pause_s", "s", 0, 2),
            ("fillers_per_min", "per min", 0, 5),
        )
    )
    return Review(
        round=round_,
        attempt=attempt,
        duration_s=32.0,
        transcript=Transcript((Segment(words, -0.2, 0.0, 1.2),), "faster-whisper", "tiny.en"),
        findings=tuple(findings),
        measures=measures,
        score=Score((Part("thanks", random.randrange(100), 100),)),
        advice=(Advice("shows_enthusiasm", "I did not hear it.", "Say what excites you."),),
    )


def practice(prompts: Prompts, number: int, random: Random, sound: bool) -> Practice:
    started = datetime.now(timezone.utc) - timedelta(days=1000 - number)
    rounds = ("questions", "questions", "fit", "concern", "statement", "statement", "next_steps")
    attempts = [
        Attempt(
            review=answer(prompts, prompts.rounds[id_], 1 + rounds[:n].count(id_), random),
            taken_at=started + timedelta(minutes=n),
            line=prompts.rounds[id_].lines[0],
            speech=tuple(Span(at * 4.0, at * 4.0 + 3.2) for at in range(8)),
            recording=str(scenarios.folder_of("audio_fixtures") / f"{RECORDINGS[n]}.flac")
            if sound
            else None,
            title=prompts.rounds[id_].title,
        )
        for n, id_ in enumerate(rounds)
    ]
    return Practice(
        uid=f"{number:032}",
        started_at=started,
        scenario="full-close",
        title="The full close",
        version="0",
        attempts=tuple(attempts),
    )


def reported(history: History, prompts: Prompts) -> str:
    """The report of the last practice, with the progress."""
    last = history.latest()
    criteria = with_unknown(prompts.criteria, last.attempts)
    return html.page(last, criteria, history.sound_of, progress(history))


def _children_s() -> float:
    """Processor time of the programs that were run so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    prompts, random = scenarios.load(), Random(7)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "voicecoach"
        history = History(folder)
        kept_s = []
        for number in range(options.sessions):
            one = practice(prompts, number, random, sound=number == options.sessions - 1)
            start = time.perf_counter()
            history.keep(one)
            kept_s.append(time.perf_counter() - start)
        figures = {
            "sessions": options.sessions,
            "file_mb": round(history.path.stat().st_size / 1e6, 1),
            "keep_s": round(median(kept_s), 3),
        }
        for name, act in (
            ("list", history.listed),
            ("progress", lambda: progress(history)),
            ("report", lambda: reported(history, prompts)),
        ):
            act()
            start = time.process_time()
            act()
            figures[f"{name}_inside_processor_s"] = round(time.process_time() - start, 2)
        env = {**os.environ, "XDG_DATA_HOME": home}
        for name, command in (
            ("start", ["--version"]),
            ("list", ["history", "list"]),
            ("progress", ["history", "progress"]),
            ("report", ["report"]),
        ):
            took_s, worked_s = [], []
            for _ in range(REPEATS):
                start, before = time.perf_counter(), _children_s()
                subprocess.run(
                    [sys.executable, "-m", "voicecoach", *command],
                    env=env,
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
                took_s.append(time.perf_counter() - start)
                worked_s.append(_children_s() - before)
            figures[f"{name}_s"] = round(median(took_s), 2)
            figures[f"{name}_processor_s"] = round(median(worked_s), 2)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
