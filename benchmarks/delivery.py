"""How far off the measures of delivery are, on speech whose truth is known.

    python -m benchmarks.delivery                      tables for BENCHMARKS.md
    python -m benchmarks.delivery --json               the same for programs
    python -m benchmarks.delivery --real-speech DIR    and on recordings of real people

Six answers with fillers and pauses put in are spoken by six synthetic voices, slower and quicker,
with pink noise of 30 to 5 dB under them, and once more without fillers; pitch is flattened and
widened by the voice programs. Pauses of the voices' own are found in the clean sound, where they
are nearly zeros. With six voices more it is measured how far each measure moves when only the
recording does. It needs the voice programs that audio_fixtures/make.py names, and a quarter of an
hour.

DIR holds recordings and a manifest.jsonl with their file and transcript, and for some a
NAME.words.tsv with start, end and word in each line.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from statistics import mean

import numpy as np
import soundfile
import soxr

from audio_fixtures import make
from voicecoach import scenarios
from voicecoach.findings.finding import Measure, Review
from voicecoach.findings.fluency import filled_pause, spoken_words, syllables
from voicecoach.session import review
from voicecoach.sound.clip import Span
from voicecoach.sound.files import Recording
from voicecoach.sound.pitch import pitch
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.live import write_all
from voicecoach.words.transcriber import Transcriber, load

ANSWERS = (
    "Yes, I have one more thing to say. [um] I worked in a kitchen for eleven years, and [uh] in "
    "the last three I ran it. [0.8] We cooked for two hundred people a day, [um] and nobody ever "
    "waited for [1.2] more than ten minutes. I would love to bring that to your hotel. [0.6] "
    "Thank you very much for your time today.",
    "Well, [uh] thank you for asking. From what you told me, the team needs somebody who [0.9] "
    "stays calm when the phones ring all day. [um] I did that at the clinic, and I [uh] trained "
    "four others to do it. [0.5] What would the first month look like for me? [1.5] And when "
    "might I hear from you?",
    "I enjoyed this conversation. [0.7] The part about the new warehouse was [um] the best of it, "
    "because I have planned one before, [uh] from the empty field to the first delivery. [um] It "
    "took us a year and [1.0] we opened two weeks early. I am very interested in this position.",
    "That is a fair point. [um] I have not led a team of that size. [0.5] But last winter our "
    "manager fell ill, and I [1.8] took over eight people within a day. [uh] We lost no client, "
    "and two of them [um] asked for me by name. [0.6] I would start with a talk with each of them.",
    "Do you have any [uh] doubts about my background that I could clear up? [1.1] I know that "
    "my degree is in another field. [um] Still, I have written software for banks since I was "
    "twenty, and [0.8] I learned all of it at work. [uh] What do you like about working here?",
    "Thank you, that is wonderful news. [0.6] I [um] did not expect it so soon. I am really "
    "excited to join you, [uh] and I appreciate the trust that you have in me. [1.4] Could you "
    "tell me [um] what I should read before the first day? [0.7] I can start in the spring.",
)
VOICES = (
    "flite slt",
    "flite rms",
    "festival kal_diphone",
    "flite awb",
    "espeak-ng en-us+f3",
    "espeak-ng en-gb-x-rp",
)
MORE_VOICES = (
    "flite kal16",
    "festival ked_diphone",
    "festival cmu_us_slt_arctic_hts",
    "espeak-ng en-us+m7",
    "espeak-ng en-gb",
    "espeak-ng en-gb-scotland",
)
"""For what must not move with the recording: one filler more or less, of three in an answer, is
chance, and it takes many answers to tell more."""
NOISES_DB = (30, 20, 15, 10, 5)
PACES = (0.8, 1.25)
LONG_S = 0.4
"""Pauses from here on are to be found."""
TOLERANCE_S = 0.1
"""A pause that is found is right when one at least LONG_S less this lies there."""
FILLER_NEAR_S = 1.0
"""A filler that is found is right when one lies so near."""
FLAT, NORMAL, LIVELY = 4, 14, 28
"""Standard deviation of the pitch that a voice is asked for, in Hz around 105."""


@dataclass(frozen=True)
class Spoken:
    """Samples and what is true of them."""

    samples: np.ndarray
    words: int
    syllables: int
    span: Span
    pauses: tuple[Span, ...]
    fillers: tuple[Span, ...]


@dataclass
class Counted:
    """Right, invented and missed."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    def add(self, right: int, found: int, true: int) -> None:
        self.right += right
        self.invented += found - right
        self.missed += true - right

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.invented)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.invented + self.missed)


@dataclass
class Tally:
    """What came out under one condition."""

    name: str
    pace_errors: list[float]
    articulation_errors: list[float]
    pauses: Counted
    pause_errors_s: list[float]
    fillers: Counted
    filler_errors_s: list[float]
    withheld: int = 0
    """Recordings whose fillers were not counted, because there was too much noise."""
    talk_min: float = 0.0

    @classmethod
    def of(cls, name: str) -> Tally:
        return cls(name, [], [], Counted(), [], Counted(), [])

    def row(self) -> dict[str, object]:
        said = self.fillers.right + self.fillers.missed
        return {
            "condition": self.name,
            "pace_error": round(mean(self.pace_errors), 4) if self.pace_errors else None,
            "pace_error_most": round(max(self.pace_errors), 4) if self.pace_errors else None,
            "articulation_error": round(mean(self.articulation_errors or [0]), 4),
            "pauses": self.pauses.right + self.pauses.missed,
            "pause_f1": round(self.pauses.f1, 3),
            "pause_false": self.pauses.invented,
            "pause_length_error_s": round(mean(self.pause_errors_s or [0]), 3),
            "fillers": said,
            "filler_f1": round(self.fillers.f1, 3) if said else None,
            "filler_precision": round(self.fillers.precision, 3) if said else None,
            "filler_recall": round(self.fillers.recall, 3) if said else None,
            "filler_false": self.fillers.invented,
            "filler_place_error_s": round(mean(self.filler_errors_s or [0]), 2),
            "fillers_withheld": self.withheld,
            "minutes": round(self.talk_min, 1),
        }


def spoken(text: str, voice_: str, pace: float = 1.0, noise_db: int | None = None) -> Spoken:
    take = make.Take()
    recipe = {"voice": voice_, "pace": pace, "says": text}
    if noise_db is not None:
        recipe["noise"] = f"pink noise at {noise_db} dB"
    samples = make.talk(recipe, take, np.random.default_rng(zlib.crc32(text.encode())))
    clean = np.concatenate(take.pieces)
    words = spoken_words(re.sub(r"\[.*?\]", " ", text).split())
    silent = silences(clean)
    return Spoken(
        samples.astype(np.float32),
        len(words),
        sum(map(syllables, words)),
        Span(silent[0].end_s, silent[-1].start_s),
        tuple(silent[1:-1]),
        tuple(Span(start / make.RATE_HZ, end / make.RATE_HZ) for _, start, end in take.fillers),
    )


def silences(samples: np.ndarray, least_s: float = 0.25) -> list[Span]:
    """Where 10 ms and more lie 45 dB under the loudest, in stretches of *least_s*."""
    frame = 10 * make.MS
    power = (samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    quiet = np.concatenate([[False], power < power.max() * 10**-4.5, [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8))).reshape(-1, 2)
    return [
        Span(start / 100, end / 100)
        for start, end in edges.tolist()
        if end - start >= 100 * least_s
    ]


def graded(samples: np.ndarray, rate_hz: int, engine: Transcriber) -> Review:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spoken.wav")
        soundfile.write(path, samples, rate_hz, "FLOAT")
        take = record(Recording(path), Turn(ENDLESS))
    return review(take, write_all(take, engine), scenarios.load().criteria)


def measures(one: Review) -> dict[str, Measure]:
    return {measure.name: measure for measure in one.measures}


def places(one: Review, name: str) -> list[Span]:
    found = measures(one).get(name)
    return [moment.span for moment in found.where] if found else []


def hold(truth: Spoken, one: Review, tally: Tally) -> None:
    """Hold what was measured to what is true."""
    found = measures(one)
    true_wpm = 60 * truth.words / truth.span.duration_s
    if "pace_wpm" in found:
        tally.pace_errors.append(abs(found["pace_wpm"].value / true_wpm - 1))
        quiet_s = sum(span.duration_s for span in (*truth.pauses, *truth.fillers))
        true_sps = truth.syllables / (truth.span.duration_s - quiet_s)
        tally.articulation_errors.append(abs(found["articulation_sps"].value / true_sps - 1))
    hold_pauses(truth.pauses, places(one, "pauses"), tally)
    if "fillers" in found:
        hold_fillers(truth.fillers, places(one, "fillers"), tally)
    else:
        tally.withheld += 1
    tally.talk_min += truth.span.duration_s / 60


def hold_pauses(true: Sequence[Span], found: Sequence[Span], tally: Tally) -> None:
    def match(pause: Span, others: Iterable[Span]) -> Span | None:
        return max(
            (one for one in others if one.overlap_s(pause) >= pause.duration_s / 2),
            key=pause.overlap_s,
            default=None,
        )

    long = [pause for pause in true if pause.duration_s >= LONG_S]
    matched = [(pause, one) for pause in long if (one := match(pause, found))]
    nearly = [pause for pause in true if pause.duration_s >= LONG_S - TOLERANCE_S]
    tally.pauses.right += len(matched)
    tally.pauses.missed += len(long) - len(matched)
    tally.pauses.invented += sum(
        one.duration_s >= LONG_S and not any(one.overlap_s(pause) for pause in nearly)
        for one in found
    )
    tally.pause_errors_s += [abs(one.duration_s - pause.duration_s) for pause, one in matched]


def hold_fillers(true: Sequence[Span], found: Sequence[Span], tally: Tally) -> None:
    """Each found filler is right for one true one at most, the nearest."""

    def middle_s(span: Span) -> float:
        return (span.start_s + span.end_s) / 2

    left, right = list(true), 0
    for one in found:
        nearest = min(left, key=lambda span: abs(middle_s(span) - middle_s(one)), default=None)
        if nearest and abs(middle_s(nearest) - middle_s(one)) <= FILLER_NEAR_S:
            tally.filler_errors_s.append(abs(middle_s(nearest) - middle_s(one)))
            left.remove(nearest)
            right += 1
    tally.fillers.add(right, len(found), len(true))


def conditions(engine: Transcriber) -> Iterable[Tally]:
    """Clean speech, other paces, without fillers, with noise."""
    pairs = [
        (text, VOICES[(number + turn) % len(VOICES)])
        for turn in (0, 1)
        for number, text in enumerate(ANSWERS)
    ]
    yield of("clean", [spoken(*pair) for pair in pairs], engine)
    for pace in PACES:
        yield of(f"pace x {pace:g}", [spoken(*pair, pace=pace) for pair in pairs[:6]], engine)
    without = [(re.sub(r"\[[a-z]+\] ?", "", text), voice_) for text, voice_ in pairs]
    yield of("clean, no fillers", [spoken(*pair) for pair in without], engine)
    for noise_db in NOISES_DB:
        name = f"noise {noise_db} dB"
        yield of(name, [spoken(*pair, noise_db=noise_db) for pair in pairs[:6]], engine)
    quiet = [spoken(*pair, noise_db=15) for pair in without[:6]]
    yield of("noise 15 dB, no fillers", quiet, engine)


def of(name: str, truths: Iterable[Spoken], engine: Transcriber) -> Tally:
    tally = Tally.of(name)
    for truth in truths:
        hold(truth, graded(truth.samples, make.RATE_HZ, engine), tally)
    return tally


def pitch_ranks() -> list[dict[str, object]]:
    """Voices asked for a flat, a normal and a lively pitch, and what was measured."""
    text = ANSWERS[0].replace("[", "").replace("]", "")
    rows = []
    for name in ("kal_diphone", "ked_diphone"):
        spreads = [spread_st(festival(name, text, hz)) for hz in (FLAT, NORMAL, LIVELY)]
        rows.append({"voice": f"festival {name}", "spread_st": [round(one, 2) for one in spreads]})
    spreads = [spread_st(flite("kal16", text, hz)) for hz in (FLAT, NORMAL, LIVELY)]
    rows.append({"voice": "flite kal16", "spread_st": [round(one, 2) for one in spreads]})
    return rows


def festival(name: str, text: str, spread_hz: int) -> np.ndarray:
    tune = (
        f"(set! int_lr_params '((target_f0_mean 105) (target_f0_std {spread_hz}) "
        "(model_f0_mean 170) (model_f0_std 34)))"
    )
    return run(
        lambda txt, wav: ["text2wave", txt, "-o", wav, "-eval", f"(voice_{name})", "-eval", tune],
        text,
    )


def flite(name: str, text: str, spread_hz: int) -> np.ndarray:
    setting = f"int_f0_target_stddev={spread_hz}"
    return run(lambda txt, wav: ["flite", "-voice", name, "--setf", setting, txt, wav], text)


def run(command, text: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory() as folder:
        txt, wav = Path(folder, "text.txt"), Path(folder, "said.wav")
        txt.write_text(text, "utf-8")
        subprocess.run(command(str(txt), str(wav)), capture_output=True, check=True)
        samples, rate_hz = soundfile.read(wav, dtype="float32")
    return soxr.resample(samples, rate_hz, make.RATE_HZ)


def spread_st(samples: np.ndarray) -> float:
    return pitch(samples).spread_st


CHANGES = ("20 dB softer", "8 kHz", "48 kHz", "hum at 30 dB")
COMPARED = ("pace_wpm", "articulation_sps", "pause_share", "fillers", "pitch_sd_st")


def invariance(engine: Transcriber) -> list[dict[str, object]]:
    """How much each measure moves when only the recording does, as a share: the mean and the most
    of single answers, and all of them together, which is what a small count can be held to.

    An answer in which nothing was found before counts only there: without it, what is found by
    chance would go down whatever is done."""
    moved: dict[str, dict[str, list[tuple[float, float]]]] = {
        change: {name: [] for name in COMPARED} for change in CHANGES
    }
    for text, voice_ in product(ANSWERS, (*VOICES, *MORE_VOICES)):
        samples, rate_hz = spoken(text, voice_).samples, make.RATE_HZ
        level = make.level(samples)
        hum = make.at_db(make.hum_wave(len(samples)), 20 * np.log10(level) - 30)
        before = measures(graded(samples, rate_hz, engine))
        changed = {
            "20 dB softer": (samples * 0.1, rate_hz),
            "8 kHz": (soxr.resample(samples, rate_hz, 8_000), 8_000),
            "48 kHz": (soxr.resample(samples, rate_hz, 48_000), 48_000),
            "hum at 30 dB": ((samples + hum).astype(np.float32), rate_hz),
        }
        for change, sound in changed.items():
            after = measures(graded(*sound, engine))
            for name in COMPARED:
                if name in before and name in after:
                    moved[change][name].append((before[name].value, after[name].value))
    return [
        {
            "change": change,
            **{
                name: {
                    "answers": len(pairs),
                    "mean": round(mean(_moves(pairs)), 4),
                    "most": round(max(_moves(pairs)), 4),
                    "together": round(
                        sum(after - before for before, after in pairs)
                        / sum(before for before, _ in pairs),
                        4,
                    ),
                }
                for name, pairs in by_name.items()
                if pairs
            },
        }
        for change, by_name in moved.items()
    ]


def _moves(pairs: Iterable[tuple[float, float]]) -> list[float]:
    return [abs(after / before - 1) for before, after in pairs if before]


def real(folder: Path, engine: Transcriber) -> list[dict[str, object]]:
    """Recordings of real people: words and fillers by their transcripts, pauses by word times."""
    rows = []
    for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        if item["transcript"] is None:
            continue
        path = folder / item["file"]
        take = record(Recording(path), Turn(ENDLESS))
        one = review(take, write_all(take, engine), scenarios.load().criteria)
        found = measures(one)
        said = item["transcript"].split()
        row: dict[str, object] = {
            "recording": path.stem,
            "seconds": item["seconds"],
            "words_true": len(spoken_words(said)),
            "words_heard": len(spoken_words(word.text for word in one.transcript.words)),
            "fillers_true": sum(map(filled_pause, said)),
            "fillers_heard": found["fillers"].value if "fillers" in found else None,
            "pitch_sd_st": found["pitch_sd_st"].value if "pitch_sd_st" in found else None,
            "pace_wpm": found["pace_wpm"].value if "pace_wpm" in found else None,
            "snr_db": found["snr_db"].value if "snr_db" in found else None,
            "unmeasured": {one.name: one.reason for one in one.unmeasured},
        }
        times = path.with_suffix(".words.tsv")
        if times.is_file():
            words = [line.split("\t") for line in times.read_text("utf-8").splitlines()]
            spans = [Span(float(start), float(end)) for start, end, _ in words]
            gaps = [Span(a.end_s, b.start_s) for a, b in pairwise(spans) if b.start_s > a.end_s]
            tally = Tally.of("")
            hold_pauses(gaps, places(one, "pauses"), tally)
            true_wpm = 60 * len(spoken_words(said)) / (spans[-1].end_s - spans[0].start_s)
            row |= {
                "pause_f1": round(tally.pauses.f1, 3),
                "pauses": tally.pauses.right + tally.pauses.missed,
                "pause_length_error_s": round(mean(tally.pause_errors_s or [0]), 3),
                "pace_error": round(abs(found["pace_wpm"].value / true_wpm - 1), 4),
            }
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="How far off the measures of delivery are.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--real-speech", type=Path, metavar="DIR")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--model", default="tiny.en")
    arguments = parser.parse_args()
    engine = load(arguments.engine, arguments.model)
    rows = [tally.row() for tally in conditions(engine)]
    ranks, moved = pitch_ranks(), invariance(engine)
    # What is promised is promised of clear sound at any pace.
    promised = [row for row in rows if str(row["condition"]).startswith(("clean", "pace"))]
    clean = rows[0]
    result = {
        "pace_error": round(mean(row["pace_error"] for row in promised), 4),
        "pause_f1": clean["pause_f1"],
        "pause_length_error_s": clean["pause_length_error_s"],
        "filler_f1": clean["filler_f1"],
        "filler_precision": clean["filler_precision"],
        "pitch_rank_ok": all(row["spread_st"] == sorted(row["spread_st"]) for row in ranks),
        "conditions": rows,
        "pitch": ranks,
        "invariance": moved,
    }
    if arguments.real_speech:
        result["real"] = real(arguments.real_speech, engine)
    if arguments.json:
        print(json.dumps(result))
    else:
        show(result)


def show(result: dict) -> None:
    """The tables of BENCHMARKS.md."""
    for name in ("conditions", "pitch", "real"):
        rows = result.get(name) or []
        if rows:
            keys = list(dict.fromkeys(key for row in rows for key in row if key != "unmeasured"))
            table(keys, [[row.get(key, "") for key in keys] for row in rows])
    keys = ["change", *COMPARED]
    cells = [
        [
            row["change"],
            *(
                f"{row[name]['mean']:.1%} ({row[name]['most']:.1%}), {row[name]['together']:+.1%}"
                for name in COMPARED
            ),
        ]
        for row in result["invariance"]
    ]
    table(keys, cells)
    for key in list(result)[:6]:
        print(f"{key}: {result[key]}")


def table(keys: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    print(f"| {' | '.join(keys)} |\n|{'---|' * len(keys)}")
    for row in rows:
        print(f"| {' | '.join('' if cell is None else str(cell) for cell in row)} |")
    print()


if __name__ == "__main__":
    main()
