"""When a turn ends: how often a thinking pause ends it, and how soon a finished answer does.

``python -m benchmarks.turns`` (``--quick``: a few answers, ``--json``). Spoken answers with
pauses at known places (benchmarks/pausing.py) go through the very loop of a practice, voice
activity, Smart Turn and Whisper at work beside it, in real time wherever nobody talks; talk is
passed on quicker while nothing is being worked on. A pause is cut off when the turn would have
ended in it. The delay is what passes between the last sound of the answer and the moment the
turn is over, all waiting for models included. Timers that end a turn after a fixed silence
count the very same frames.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from audio_fixtures import make
from benchmarks.pausing import Answer, Silence, answers
from voicecoach.sound import ending
from voicecoach.sound.take import Hearing, record
from voicecoach.sound.turn import PATIENCE, Turn
from voicecoach.words.live import Live
from voicecoach.words.transcriber import Segment, Transcriber, load

TIMERS_S = (0.8, 1.2, 2.0)
THINKING_UP_TO_S = 2.0
"""Pauses of up to this length are those that must not end a turn."""
BLOCK_S = 0.05
EARLY_S, LATE_S = 0.5, 0.2
"""A silence that voice activity finds so much before one that was put in, or so much before its
end, is that one: last sounds may be too soft for it."""


class Watched:
    """An engine that tells whether it is at work."""

    def __init__(self, engine: Transcriber) -> None:
        self.engine, self.model = engine.engine, engine.model
        self._engine = engine
        self._calls = 0

    @property
    def at_work(self) -> bool:
        return self._calls > 0

    def transcribe(self, samples: np.ndarray, prompt: str = "") -> list[Segment]:
        self._calls += 1
        try:
            return self._engine.transcribe(samples, prompt)
        finally:
            self._calls -= 1

    def glance(self, samples: np.ndarray) -> str:
        self._calls += 1
        try:
            return self._engine.glance(samples)
        finally:
            self._calls -= 1


class Endless(Turn):
    """Tells when it would be over, and goes on."""

    @property
    def over(self) -> bool:
        return False


@dataclass
class Played:
    """Samples that come as from a microphone: in real time, except where talk can be hurried."""

    samples: np.ndarray
    turn: Turn
    engine: Watched
    name: str = "a benchmark"
    rate_hz: int = make.RATE_HZ
    overflows: int = 0
    silent: bool = False
    stalled: bool = False
    recorded: bool = False
    late_s: float = 0.0
    """How far the loop is behind the sound."""
    _stopped: bool = False

    def stop(self) -> None:
        self._stopped = True

    def blocks(self) -> Generator[np.ndarray, None, None]:
        due = time.monotonic()
        for block in np.array_split(self.samples, len(self.samples) / self.rate_hz // BLOCK_S):
            hurried = not self.turn.silent_s and not self.engine.at_work
            due = time.monotonic() if hurried else due + len(block) / self.rate_hz
            time.sleep(max(0.0, due - time.monotonic()))
            self.late_s = max(0.0, time.monotonic() - due)
            yield block
            if self._stopped:
                return


@dataclass
class Heard:
    """What became of one answer's silences."""

    answer: Answer
    silences: Sequence[Silence]
    cut_off: dict[str, list[Silence]] = field(default_factory=dict)
    """Who ended the turn -> the silences, other than the last, in which they did."""
    unasked: dict[str, int] = field(default_factory=dict)
    """The same for silences that nobody put in: breaths, commas, soft sounds."""
    delay_s: dict[str, float] = field(default_factory=dict)

    def count(self, who: str, since_s: float, now_s: float, late_s: float) -> None:
        """*who* ends the turn at *now_s*, *late_s* later on the clock, in a silence since then."""
        within = next(
            (
                one
                for one in self.silences
                if one.start_s - EARLY_S <= since_s <= one.end_s - LATE_S
            ),
            None,
        )
        if within is None:
            self.unasked[who] = self.unasked.get(who, 0) + 1
        elif within.kind == "end":
            self.delay_s[who] = now_s - within.start_s + late_s
        elif now_s <= within.end_s:
            self.cut_off.setdefault(who, []).append(within)


def listen(answer: Answer, engine: Transcriber, patience: str) -> Heard:
    samples, silences = answer.spoken()
    heard = Heard(answer, silences)
    turn = Endless(PATIENCE[patience])
    watched = Watched(engine)
    played = Played(samples, turn, watched)
    counted: set[tuple[str, float]] = set()

    def show(hearing: Hearing) -> None:
        if not hearing.spoken or not turn.silent_s:
            return
        ended = [f"{timer:g} s" for timer in TIMERS_S if hearing.quiet_s >= timer]
        if hearing.ends_in_s == 0:
            ended.append("voicecoach")
        since_s = round(hearing.elapsed_s - hearing.quiet_s, 2)
        for who in ended:
            if not any(one == who and abs(at_s - since_s) < 0.1 for one, at_s in counted):
                counted.add((who, since_s))
                heard.count(who, since_s, hearing.elapsed_s, played.late_s)
        if "voicecoach" in heard.delay_s and "2 s" in heard.delay_s:
            played.stop()

    live = Live(lambda: watched)
    record(played, turn, show=show, listener=live)
    live.give_up()
    while watched.at_work:
        time.sleep(0.05)
    return heard


def result(everything: Sequence[Heard]) -> dict[str, object]:
    silences = [one for heard in everything for one in heard.silences]
    thinking = [one for one in silences if one.kind == "thinking"]
    up_to_2 = [one for one in thinking if one.end_s - one.start_s <= THINKING_UP_TO_S + 1e-6]
    between = [one for one in silences if one.kind == "between"]

    def of(who: str) -> dict[str, object]:
        cut = [one for heard in everything for one in heard.cut_off.get(who, ())]
        delays_s = [heard.delay_s[who] for heard in everything if who in heard.delay_s]
        return {
            "cut_off_share": share(sum(one in cut for one in up_to_2), len(up_to_2)),
            "cut_off_share_up_to_3_s": share(sum(one in cut for one in thinking), len(thinking)),
            "cut_off_between_sentences": share(sum(one in cut for one in between), len(between)),
            "cut_off_elsewhere": sum(heard.unasked.get(who, 0) for heard in everything),
            "delay_median_s": round(float(np.median(delays_s)), 2),
            "delay_p90_s": round(float(np.quantile(delays_s, 0.9)), 2),
            "within_1_2_s": share(sum(one <= 1.2 for one in delays_s), len(delays_s)),
        }

    return {
        **of("voicecoach"),
        "timers": {f"{timer:g}": of(f"{timer:g} s") for timer in TIMERS_S},
        "answers": len(everything),
        "thinking_pauses": len(thinking),
        "thinking_pauses_up_to_2_s": len(up_to_2),
        "between_sentences": len(between),
    }


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description="When a turn ends.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="Fewer answers, within two minutes.")
    parser.add_argument("--answers", type=int, default=72)
    parser.add_argument("--patience", default="normal", choices=PATIENCE)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--model", default="tiny.en")
    arguments = parser.parse_args()
    engine = load(arguments.engine, arguments.model)
    ending.finished(np.zeros(make.RATE_HZ, np.float32))
    engine.glance(np.zeros(make.RATE_HZ, np.float32))
    number = 6 if arguments.quick else arguments.answers
    everything = [listen(one, engine, arguments.patience) for one in answers("measuring", number)]
    found = result(everything) | {
        "patience": arguments.patience,
        "model": engine.model,
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
    }
    if arguments.json:
        print(json.dumps(found))
    else:
        show_table(found)


def show_table(found: dict) -> None:
    print(
        f"{found['answers']} answers, {found['thinking_pauses']} thinking pauses "
        f"({found['thinking_pauses_up_to_2_s']} of up to 2 s), {found['between_sentences']} "
        f"between sentences; load {found['load']} on {found['cores']} cores\n"
    )
    print(
        "| | thinking pauses cut off, up to 2 s | up to 3 s | between sentences | elsewhere "
        "| delay, median | 9 in 10 | within 1.2 s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    timers = {f"silence of {timer} s": row for timer, row in found["timers"].items()}
    for name, row in {f"voicecoach, {found['patience']}": found, **timers}.items():
        print(
            f"| {name} | {row['cut_off_share']:.1%} | {row['cut_off_share_up_to_3_s']:.1%} "
            f"| {row['cut_off_between_sentences']:.1%} | {row['cut_off_elsewhere']} "
            f"| {row['delay_median_s']:.2f} s | {row['delay_p90_s']:.2f} s "
            f"| {row['within_1_2_s']:.0%} |"
        )


if __name__ == "__main__":
    main()
