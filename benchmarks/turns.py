"""When a turn ends: how often a thinking pause ends it, and how soon a finished answer does.

``python -m benchmarks.turns`` (``--quick``: a few answers, ``--json``, ``--neural``: the voices of
audio_fixtures/neural.py, which are more like people's). Spoken answers with pauses at known
places (benchmarks/pausing.py) go through voice activity, Smart Turn, Whisper's glance and Turn,
frame by frame as in a practice. A pause is cut off when the turn would have ended in it. The
delay is what passes between the last sound of the answer and the moment the turn is over. What
the models take counts as their processor time, as on a machine that has nothing else to do.
Timers that end a turn after a fixed silence count the very same frames.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from audio_fixtures import make
from benchmarks.pausing import Answer, Silence, answers
from voicecoach.sound import ending
from voicecoach.sound.clip import Clip
from voicecoach.sound.turn import PATIENCE, Turn
from voicecoach.sound.vad import FRAME, VoiceActivity
from voicecoach.words import trailing
from voicecoach.words.live import last_talk
from voicecoach.words.transcriber import Transcriber, load

TIMERS_S = (0.8, 1.2, 2.0)
THINKING_UP_TO_S = 2.0
"""Pauses of up to this length are those that must not end a turn."""
EARLY_S, LATE_S = 0.5, 0.2
"""A silence that voice activity finds so much before one that was put in, or so much before its
end, is that one: last sounds may be too soft for it."""


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
    waits_s: list[float] = field(default_factory=list)
    """Processor time for the judgement at each silence."""

    def ended(self, who: str, since_s: float, now_s: float) -> None:
        """*who* ends the turn at *now_s*, in a silence since *since_s*."""
        found = [
            one for one in self.silences if one.start_s - EARLY_S <= since_s <= one.end_s - LATE_S
        ]
        if not found:
            self.unasked[who] = self.unasked.get(who, 0) + 1
        elif found[0].kind == "end":
            self.delay_s[who] = now_s - found[0].start_s
        elif now_s <= found[0].end_s:
            self.cut_off.setdefault(who, []).append(found[0])


def listen(answer: Answer, engine: Transcriber, patience: str) -> Heard:
    """Frame by frame as ``record`` goes, beyond every end that is found too early."""
    samples, silences = answer.spoken()
    heard = Heard(answer, silences)
    activity, turn = VoiceActivity(), Turn(PATIENCE[patience])
    known_at_s, finished = 0.0, 0.0
    told: set[tuple[str, int]] = set()
    for end in range(FRAME, len(samples) + 1, FRAME):
        now_s = end / make.RATE_HZ
        turn.hear(activity.hear(samples[end - FRAME : end])[0])
        if not turn.spoken or not turn.silent_s:
            continue
        if turn.wants_judging:
            began_s = time.process_time()
            turn.judge(ending.finished(samples[:end], turn.speech))
            text = engine.glance(last_talk(Clip(samples[:end], make.RATE_HZ), turn.speech))
            talk_s = sum(span.duration_s for span in turn.speech)
            finished = trailing.finished(text, turn.judged, talk_s)
            known_at_s = now_s + time.process_time() - began_s
            heard.waits_s.append(known_at_s - now_s)
        turn.tell(turn.talked_until, finished if now_s >= known_at_s and turn.judged else 0.0)
        over = [f"{timer:g} s" for timer in TIMERS_S if turn.silent_s >= timer]
        for who in [*over, "voicecoach"] if turn.over else over:
            if (who, turn.talked_until) not in told:
                told.add((who, turn.talked_until))
                heard.ended(who, turn.talked_until * turn.frame_s, now_s)
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
        "judged_in_median_s": round(
            float(np.median([one for heard in everything for one in heard.waits_s])), 2
        ),
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
    parser.add_argument("--neural", action="store_true", help="Voices that are more like people's.")
    parser.add_argument("--patience", default="normal", choices=PATIENCE)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--model", default="tiny.en")
    arguments = parser.parse_args()
    engine = load(arguments.engine, arguments.model)
    ending.finished(np.zeros(make.RATE_HZ, np.float32))
    engine.glance(np.zeros(make.RATE_HZ, np.float32))
    number = 12 if arguments.quick else arguments.answers
    everything = [
        listen(one, engine, arguments.patience)
        for one in answers("measuring", number, arguments.neural)
    ]
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
