"""A practice as one self-contained HTML page: nothing in it is fetched from anywhere.

The look is in report.html.j2, report.css and report.js; here is worked out what they show.
All text is escaped by the template, and the page's own security policy lets run and be
styled only what voicecoach put into it.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voicecoach import private
from voicecoach.errors import RecordingError
from voicecoach.feedback import advice
from voicecoach.feedback.wording import (
    advised,
    clock,
    day,
    label,
    moment,
    not_measured,
    number,
    shown,
    spell,
)
from voicecoach.findings.finding import Finding, Measure, Review
from voicecoach.scenarios import Criterion
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip, Span

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment

    from voicecoach.history.kept import Attempt, Practice
    from voicecoach.history.progress import Point, Progress

PAUSE_S = 0.5
"""A shorter silence is a breath: it is not marked."""
PEAKS = 400
"""Columns of a waveform, about one a pixel on a telephone."""
NARROWEST = 0.012
"""The least width of a mark, as a share of the recording: what is thinner cannot be hit."""
LANES = {"met": "Landed", "close": "Nearly said", "slipped": "To leave out"}
LAST_SITTINGS = 12
"""As many columns of symbols beside a criterion in the progress."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in the recording that can be jumped to."""

    kind: str
    span: Span
    label: str
    target: str
    """The id of the words that it leads to."""
    start: float = 0.0
    """Where it is drawn, as a share of the recording."""
    width: float = NARROWEST
    row: int = 0
    """In its lane: marks that overlap lie below each other."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words in a row that bear the same evidence."""

    kind: str
    """Of the gravest finding on it; empty where there is none."""
    numbers: tuple[int, ...]
    begins: tuple[int, ...]
    """The findings whose evidence begins here."""
    ends: tuple[int, ...]
    words: tuple[tuple[str, float | None, str], ...]
    """Text, start in seconds, and an id where a mark leads to the word."""


def page(
    practice: Practice,
    criteria: Mapping[str, Criterion],
    sound_of: Callable[[Attempt], Path | None],
    progress: Progress | None = None,
) -> str:
    """The whole page as text.

    *criteria*: all that the practice names. *sound_of*: where an attempt's recording is;
    None where it is gone. *progress*: for a last section of its own.
    """
    rounds = [
        {
            "title": attempts[0].title,
            "attempts": [
                _attempt(
                    f"r{round_number}a{attempt_number}",
                    attempt,
                    criteria,
                    _heard(sound_of(attempt)),
                )
                for attempt_number, attempt in enumerate(attempts, start=1)
            ],
            "table": _side_by_side([one.review for one in attempts], criteria),
        }
        for round_number, attempts in enumerate(practice.rounds, start=1)
    ]
    style, script = _file("report.css"), _file("report.js")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "media-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            practice=practice,
            rounds=rounds,
            first=advice.first_to_fix([one[-1].review for one in practice.rounds]),
            progress=_progress(progress, criteria) if progress else None,
            policy=policy,
            style=style,
            script=script,
        )
    )


def cards(
    id_: str,
    attempt: Attempt,
    criteria: Mapping[str, Criterion],
    clip: Clip | None,
    *,
    before: Review | None = None,
    sound: str,
    lines: str,
) -> str:
    """One answer's feedback as a piece of a page that plays *clip*, with the same parts as the
    report.

    *id_*: what its elements' ids begin with. *before*: the last attempt, to stand beside it.
    *sound*: the address of its recording. *lines*: under which address the line to say for each
    criterion is heard.
    """
    review = attempt.review
    tries = [before, review] if before else [review]
    return (
        _environment()
        .get_template("cards.html.j2")
        .render(
            view=_attempt(id_, attempt, criteria, clip, sound=sound, lines=lines),
            fix=review.advice[: advice.FIRST],
            skills=advice.on_skills(review.skills) if review.skills else (),
            unmeasured=not_measured(review),
            numbers=[one.attempt for one in tries],
            table=_side_by_side(tries, criteria),
        )
    )


def get_ready() -> None:
    """Read what a page of feedback is made with, so that the first is there as soon as others."""
    _environment().get_template("cards.html.j2")
    _environment().get_template("answer.html.j2")


def standing(progress: Progress, criteria: Mapping[str, Criterion]) -> str:
    """What is mastered, shaky, missing and due, as a piece of a page."""
    return (
        _environment()
        .get_template("standing.html.j2")
        .render(progress=_progress(progress, criteria))
    )


def _attempt(
    id_: str,
    attempt: Attempt,
    criteria: Mapping[str, Criterion],
    clip: Clip | None,
    *,
    sound: str = "",
    lines: str = "",
) -> dict[str, Any]:
    review = attempt.review
    evidence = sorted(
        (finding for finding in review.findings if finding.quote and finding.span),
        key=lambda finding: finding.span or Span(0, 0),
    )
    numbers = {id(finding): number for number, finding in enumerate(evidence, start=1)}
    summary = advice.summarise(review.findings, review.round, criteria)
    return {
        "id": id_,
        "attempt": attempt,
        "review": review,
        "number_of": lambda finding: numbers.get(id(finding)),
        "criteria": criteria,
        "summary": summary,
        "runs": _runs(id_, review, evidence),
        "lanes": _lanes(id_, attempt, evidence, criteria),
        "sound": (sound or _playable(clip)) if clip else None,
        "hear": lines,
        "peaks": _peaks(clip) if clip else None,
        "measures": [(measure, _range(measure)) for measure in shown(review.measures)],
    }


def _heard(path: Path | None) -> Clip | None:
    import soundfile

    from voicecoach.sound import files

    if path is None:
        return None
    try:
        # What voicecoach has recorded is read in a third of the time that FFmpeg takes.
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        clip = Clip(samples.mean(axis=1), rate_hz)
    except (soundfile.SoundFileError, OSError):
        try:
            clip = files.read(path)
        except RecordingError:
            return None
    if clip.rate_hz == SPEECH_RATE_HZ:
        return clip
    import soxr

    samples = soxr.resample(clip.samples, clip.rate_hz, SPEECH_RATE_HZ, quality="MQ")
    return Clip(samples, SPEECH_RATE_HZ)


def _playable(clip: Clip) -> str:
    """The sound as a data: address. FLAC at 16 kHz plays in every browser since 2017, takes
    about 15 kB a second, and a tenth of the time to write that MP3 or AAC takes."""
    import soundfile

    file = BytesIO()
    samples = np.clip(clip.samples, -1.0, 1.0)
    soundfile.write(file, samples, clip.rate_hz, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{b64encode(file.getvalue()).decode()}"


def _peaks(clip: Clip) -> str:
    """The waveform as the path of an area, in a box of PEAKS by 100."""
    loud = np.abs(clip.samples) if len(clip.samples) else np.zeros(1)
    starts = np.linspace(0, len(loud), min(PEAKS, len(loud)), endpoint=False).astype(int)
    heights = np.maximum.reduceat(loud, starts)
    heights = 1 + 48 * heights / max(heights.max(initial=0.0), 0.01)
    step = PEAKS / len(heights)
    upper = [f"{n * step:.4g} {50 - height:.1f}" for n, height in enumerate(heights)]
    lower = [f"{n * step:.4g} {50 + height:.1f}" for n, height in enumerate(heights)]
    return f"M{'L'.join([*upper, *reversed(lower)])}Z"


def _runs(id_: str, review: Review, evidence: Sequence[Finding]) -> list[Run]:
    """The transcript, cut wherever evidence begins or ends."""
    words = review.transcript.words
    covering = [
        tuple(n for n, finding in enumerate(evidence, start=1) if _within(word.span, finding.span))
        for word in words
    ]
    first = {n: covering.index(held) for held in reversed(covering) for n in held}
    last = {n: at for at, held in enumerate(covering) for n in held}
    runs, at = [], 0
    for held, group in groupby(zip(words, covering, strict=True), key=lambda pair: pair[1]):
        members = [word for word, _ in group]
        span = range(at, at + len(members))
        runs.append(
            Run(
                kind=_gravest(evidence[n - 1] for n in held),
                numbers=held,
                begins=tuple(n for n in held if first[n] in span),
                ends=tuple(n for n in held if last[n] in span),
                words=tuple(
                    (word.text, word.span.start_s if word.span else None, f"{id_}w{index}")
                    for index, word in zip(span, members, strict=True)
                ),
            )
        )
        at = span.stop
    return runs


def _within(word: Span | None, evidence: Span | None) -> bool:
    if word is None or evidence is None:
        return False
    return evidence.start_s - 0.01 <= (word.start_s + word.end_s) / 2 <= evidence.end_s + 0.01


def _gravest(findings: Iterable[Finding]) -> str:
    verdicts = {finding.verdict for finding in findings}
    return next((kind for kind in ("slipped", "close", "met") if kind in verdicts), "")


def _lanes(
    id_: str, attempt: Attempt, evidence: Sequence[Finding], criteria: Mapping[str, Criterion]
) -> list[tuple[str, str, list[Mark], int]]:
    """What is marked on the recording: name, kind, marks and rows of each lane."""
    review = attempt.review
    lanes: dict[tuple[str, str], list[Mark]] = {(name, kind): [] for kind, name in LANES.items()}
    for n, finding in enumerate(evidence, start=1):
        if finding.span and finding.verdict in LANES:
            name = f"{n}, {LANES[finding.verdict].lower()}: {criteria[finding.criterion].title}"
            lanes[LANES[finding.verdict], finding.verdict].append(
                Mark(finding.verdict, finding.span, name, f"{id_}e{n}")
            )
    places = _places(attempt)
    for (name, kind), spans in places.items():
        lanes[name, kind] = [
            Mark(
                kind,
                span,
                f"{name} of {span.duration_s:.1f} s" if kind == "pause" else name,
                _word_at(id_, review, span),
            )
            for span in spans
        ]
    total_s = max(review.duration_s, 0.1)
    drawn = []
    for (name, kind), marks in lanes.items():
        if marks:
            stacked, rows = _stacked(marks, total_s)
            drawn.append((name, kind, stacked, rows))
    return drawn


def _places(attempt: Attempt) -> dict[tuple[str, str], list[Span]]:
    """Pauses, fillers, and where else a measure happened: (name, kind) -> spans."""
    found: dict[tuple[str, str], list[Span]] = {}
    silences = [Span(a.end_s, b.start_s) for a, b in pairwise(attempt.speech)]
    found["Pause", "pause"] = [span for span in silences if span.duration_s >= PAUSE_S]
    for measure in attempt.review.measures:
        if "pause" not in measure.name:
            kind = "filler" if measure.name == "fillers" else "other"
            name = "Filler" if measure.name == "fillers" else label(measure.name)
            found.setdefault((name, kind), []).extend(one.span for one in measure.where)
    return {place: sorted(set(spans)) for place, spans in found.items()}


def _word_at(id_: str, review: Review, span: Span) -> str:
    """The id of the word at a place, or of the last before it."""
    starts = [word.span.start_s if word.span else 0.0 for word in review.transcript.words]
    before = sum(start <= span.start_s + 0.05 for start in starts)
    return f"{id_}w{max(0, before - 1)}" if starts else f"{id_}-words"


def _stacked(marks: Iterable[Mark], total_s: float) -> tuple[list[Mark], int]:
    """Marks with their places, none on top of another, and the rows that this takes."""
    free: list[float] = []
    stacked = []
    for mark in sorted(marks, key=lambda one: one.span):
        start = min(mark.span.start_s / total_s, 1 - NARROWEST)
        end = min(1.0, max(mark.span.end_s / total_s, start + NARROWEST))
        row = next((n for n, taken in enumerate(free) if taken <= start), len(free))
        free[row : row + 1] = [end]
        stacked.append(replace(mark, start=start, width=end - start, row=row))
    return stacked, len(free)


def _range(measure: Measure) -> dict[str, Any]:
    """A small chart: the advised band and the value, as shares of its width."""
    known = [edge for edge in (measure.low, measure.high, measure.value) if edge is not None]
    margin = 0.25 * ((max(known) - min(known)) or abs(known[0]) or 1.0)
    start, end = min(known) - margin, max(known) + margin
    if min(known) >= 0:
        start = max(0.0, start)

    def place(value: float) -> float:
        return round(100 * (value - start) / (end - start), 1)

    state = "in the range"
    if measure.low is not None and measure.value < measure.low:
        state = "below the range"
    if measure.high is not None and measure.value > measure.high:
        state = "above the range"
    if measure.low is None and measure.high is None:
        state = ""
    return {
        "low": 0.0 if measure.low is None else place(measure.low),
        "high": 100.0 if measure.high is None else place(measure.high),
        "banded": bool(state),
        "value": place(measure.value),
        "state": state,
        "inside": state == "in the range" or not state,
    }


SYMBOLS = {"met": "✓", "clear": "✓", "close": "◐", "missed": "○", "slipped": "✗"}
SPOKEN = {
    "met": "landed",
    "clear": "left out",
    "close": "nearly said",
    "missed": "missing",
    "slipped": "slipped in",
}


def _side_by_side(
    reviews: Sequence[Review], criteria: Mapping[str, Criterion]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Attempts as columns: rows of (what, cells of (symbol, words)); empty for a single one."""
    if len(reviews) < 2:
        return []
    scores = [f"{one.score.points} of 100" if one.score else "–" for one in reviews]
    rows = [("Score", [("", score) for score in scores])]
    told = dict.fromkeys(
        finding.criterion
        for one in reviews
        for finding in one.findings
        if finding.verdict in ("met", "close", "slipped")
    )
    round_ = reviews[0].round
    asked = dict.fromkeys(id_ for group in (round_.listens_for if round_ else ()) for id_ in group)
    for id_ in {**asked, **told}:
        verdicts = [_told(one, id_) for one in reviews]
        cells = [(SYMBOLS.get(verdict, ""), SPOKEN.get(verdict, "–")) for verdict in verdicts]
        what = criteria[id_].title
        rows.append((f"Avoid: {what}" if criteria[id_].kind == "avoid" else what, cells))
    for name in dict.fromkeys(m.name for one in reviews for m in shown(one.measures)):
        found = [next((m for m in one.measures if m.name == name), None) for one in reviews]
        rows.append((label(name), [("", spell(m) if m else "–") for m in found]))
    return [(_capital(what), cells) for what, cells in rows]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(review: Review, id_: str) -> str:
    """The verdict on a criterion; empty where nothing was heard that was not called for."""
    found = next((one.verdict for one in review.findings if one.criterion == id_), "")
    return "" if found == "missed" and id_ not in advice.asked(review) else found


def _progress(progress: Progress, criteria: Mapping[str, Criterion]) -> dict[str, Any]:
    order = {"missing": 0, "shaky": 1, "mastered": 2}
    courses = sorted(
        (course for course in progress.courses if course.criterion in criteria),
        key=lambda course: (order[course.standing], criteria[course.criterion].title),
    )
    return {
        "all": progress,
        "courses": [
            {
                "criterion": criteria[course.criterion],
                "course": course,
                "last": course.occasions[-LAST_SITTINGS:],
                "again": "now" if course.due <= progress.now else _soon(course.due),
            }
            for course in courses
        ],
        "due": [criteria[one.criterion].title for one in progress.due if one.criterion in criteria],
        "charts": [{"name": name, **_line(points)} for name, points in charted(progress).items()],
    }


def charted(progress: Progress) -> dict[str, Sequence[Point]]:
    """The series that are shown over time, by what they are called."""
    return {
        "Score" if name == "score" else label(name): points
        for name, points in progress.series.items()
        if len(points) > 1
        and (name in ("score", "pace_wpm", "answer_length_s") or "filler" in name)
    }


def _soon(when: datetime) -> str:
    local = when.astimezone()
    return f"{local.day} {local:%b}"


def _line(points: Sequence[Point]) -> dict[str, Any]:
    """A series as a line in a box of 300 by 80, with its ends in words."""
    values = [point.value for point in points]
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = 300 / (len(points) - 1)
    at = [(n * step, 75 - 70 * (value - low) / spread) for n, value in enumerate(values)]
    return {
        "path": "M" + "L".join(f"{x:.4g} {y:.1f}" for x, y in at),
        # As many as can be told apart.
        "dots": [(round(x, 1), round(y, 1)) for x, y in at] if len(at) <= 40 else [],
        "low": low,
        "high": high,
        "first": points[0],
        "last": points[-1],
        "count": len(points),
    }


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        bytecode_cache=_compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": clock,
        "day": day,
        "moment": moment,
        "number": number,
        "label": label,
        "spell": spell,
        "advised": advised,
        "capital": _capital,
    }
    environment.globals |= {"SYMBOLS": SYMBOLS, "SPOKEN": SPOKEN}
    return environment


def _compiled() -> BytecodeCache | None:
    """Where the compiled template is kept, for it takes longer to compile than to fill in; None
    where nothing can be written."""
    from jinja2 import FileSystemBytecodeCache
    from platformdirs import user_cache_path

    folder = user_cache_path("voicecoach") / "templates"
    try:
        private.make_folder(folder)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


def _file(name: str) -> str:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return re.sub(r"\r\n?", "\n", text)


def _hash(text: str) -> str:
    """What a policy calls an inline style or script by."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
