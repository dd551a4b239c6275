"""A practice and its feedback as terminal text."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.status import Status
from rich.table import Table
from rich.text import Text

from voicecoach import scenarios
from voicecoach.feedback import advice, charts, wording
from voicecoach.feedback.advice import Missing, Summary
from voicecoach.feedback.wording import ENDINGS, MOODS, NO_FORECAST, clock, heard_state
from voicecoach.findings.finding import Advice, Finding, Review, Score
from voicecoach.scenarios import Command, Criterion, Round, Scenario
from voicecoach.sound.microphone import Device
from voicecoach.sound.take import FLOOR_DBFS, Hearing
from voicecoach.sound.turn import Patience
from voicecoach.words.command import named

if TYPE_CHECKING:
    from pathlib import Path

    from voicecoach.doctor import Check
    from voicecoach.findings.closing import Confusion
    from voicecoach.fixtures import Held
    from voicecoach.interviewer.interviewer import Debrief
    from voicecoach.session import Choice

METER_CELLS = 30
TEXT_LETTERS = 160
"""As much of what is written down already is shown: its end."""


class Keyboard:
    """The one reader of standard input, so that no line is lost between two askers."""

    def __init__(self, typed: TextIO | None = None) -> None:
        """*typed*: standard input, when none is given."""
        self._typed = typed
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reading = False
        self.ended = False

    def pressed(self) -> bool:
        """Whether Enter was pressed since it was last asked."""
        self._read()
        try:
            self.ended = self.ended or self._lines.get_nowait() is None
        except Empty:
            return self.ended
        return True

    def typed(self) -> str | None:
        """The next line, without its end; None when there is none by now."""
        self._read()
        try:
            line = None if self.ended else self._lines.get_nowait()
        except Empty:
            return None
        self.ended = line is None
        return line

    def line(self) -> str | None:
        """Wait for the next line, without its end; None when there will be none."""
        self._read()
        line = None if self.ended else self._lines.get()
        self.ended = line is None
        return line

    def forget(self) -> None:
        """Drop what was typed before it was asked for."""
        while not self.ended:
            try:
                self.ended = self._lines.get_nowait() is None
            except Empty:
                return

    def _read(self) -> None:
        if self._reading:
            return
        self._reading = True

        def read() -> None:
            for line in self._typed or sys.stdin:
                self._lines.put(line.rstrip("\n"))
            self._lines.put(None)

        threading.Thread(target=read, daemon=True).start()


class TerminalFace:
    """A practice in a terminal: lines printed, a level meter, choices by key."""

    def __init__(
        self,
        console: Console,
        criteria: Mapping[str, Criterion],
        patience: Patience,
        commands: Mapping[str, Command],
        *,
        interactive: bool,
    ) -> None:
        """*patience*: the silences that end an answer. *commands*: what can be said or typed
        between rounds. *interactive*: whether someone types."""
        self._console = console
        self._criteria = criteria
        self._patience = patience
        self._commands = commands
        self._interactive = interactive
        self.hands_free = False
        """Whether commands are heard. Where nobody types either, a practice goes on by itself."""
        self._keyboard = Keyboard()
        self._meter: Live | None = None
        self._writing: Status | None = None

    def open(self, scenario: Scenario, rounds: Iterable[Round]) -> None:
        """Say what is about to be practiced."""
        titles = " → ".join(round_.title for round_ in rounds)
        self._console.print(Text(f"{scenario.title}: {scenario.about}", style="bold"))
        self._console.print(Text(titles, style="dim"))

    def line(self, text: str, title: str) -> None:
        self._stop_writing()
        self._console.print()
        self._console.print(Panel(Text(text), title=title, title_align="left", style="cyan"))

    def listening(self) -> None:
        ends = '"I\'m done" or silence'
        ends = f"Enter, {ends}" if self._interactive else ends
        soon = f"{self._patience.finished_s:.0f} s when you have clearly finished"
        thought = f"up to {self._patience.unfinished_s:.0f} s in mid-thought"
        self._console.print(Text(f"Your turn. {ends} ends your answer: {soon}, {thought}."))
        self._keyboard.forget()
        self._start_meter()

    def checking(self) -> None:
        skips = " Enter skips it." if self._interactive else ""
        self._console.print(Text(f"Say a sentence.{skips}"))
        self._keyboard.forget()
        self._start_meter()

    def checked(self, sentence: str) -> None:
        self._stop_meter()
        if sentence:
            self._console.print(Text(sentence))

    def _start_meter(self) -> None:
        if self._console.is_terminal:
            with _uninterrupted():
                self._meter = Live(console=self._console, refresh_per_second=10, transient=True)
                self._meter.start()

    def hearing(self, hearing: Hearing) -> None:
        if hearing.fault:
            self.note(hearing.fault)
        if self._meter:
            self._meter.update(_meter(hearing))

    def finished_listening(self) -> None:
        self._stop_meter()
        with _uninterrupted():
            if self._console.is_terminal:
                self._writing = self._console.status("Writing down what you said …")
                self._writing.start()

    def done(self) -> bool:
        return self._interactive and self._keyboard.pressed()

    def reviewed(self, review: Review, before: Review | None) -> None:
        self._stop_writing()
        show(self._console, review, self._criteria)
        if before:
            self._show_change(before, review)

    def offer_choices(self, review: Review) -> None:
        self._offer(scenarios.COMMANDS)

    def chosen(self) -> Choice | None:
        if not self._interactive:
            return None if self.hands_free else "next"
        line = self._keyboard.typed()
        if line is None:
            return "quit" if self._keyboard.ended else None
        # Enter alone goes on.
        if (choice := self._meant(line or "n", scenarios.COMMANDS)) is None:
            self._offer(scenarios.COMMANDS)
        return cast("Choice | None", choice)

    def _offer(self, ids: Sequence[str], sentence: str = "") -> None:
        if not (self._interactive or self.hands_free):
            return
        # An Enter that came after the silence had ended the answer is no choice.
        self._keyboard.forget()
        hints = "  ".join(self._commands[id_].hint for id_ in ids)
        how = "Say or type" if self._interactive else "Say"
        asked = f"{sentence} " if sentence else f"{how}: " if self.hands_free else ""
        self._console.print()
        self._console.print(Text(f"{asked}{hints}: "), end="" if self._interactive else "\n")

    def _meant(self, line: str, ids: Sequence[str]) -> str | None:
        """What was typed: a command in words, or its letter."""
        if id_ := named(line, self._commands, ids):
            return id_
        letter = line.strip().lower()[:1]
        return next((id_ for id_ in ids if letter in (self._commands[id_].key, id_[0])), None)

    def rate(self) -> int | None:
        if not self._interactive:
            return None
        self._stop_writing()
        self._keyboard.forget()
        while line := self._asked("1 to 5, and Enter (Enter alone skips): "):
            if rating := advice.rating_in(line):
                return rating
        return None

    def rated(self, sentence: str) -> None:
        self._console.print(Text(sentence))

    def offer(self, sentence: str) -> None:
        self._offer(scenarios.ANSWERS, sentence)

    def taken_up(self) -> bool | None:
        if not self._interactive:
            return None if self.hands_free else False
        line = self._keyboard.typed()
        if line is None:
            return False if self._keyboard.ended else None
        if (meant := self._meant(line, scenarios.ANSWERS)) is None:
            self._console.print(Text("[y]es or [n]o: "), end="")
            return None
        return meant == "yes"

    def _asked(self, question: str) -> str:
        """One line typed in answer; empty at the end of what is typed."""
        self._console.print(Text(question), end="")
        return (self._keyboard.line() or "").strip()

    def note(self, sentence: str) -> None:
        self._stop_writing()
        self._console.print(Text(sentence, style="yellow"))

    def close(self, reviews: Iterable[Review], kept_in: str | None) -> None:
        """What was practiced, a line an answer, and where the recordings are."""
        self._stop_writing()
        self._stop_meter()
        reviews = list(reviews)
        if reviews:
            self._console.print()
            self._console.print(Text("What you practiced", style="bold"))
        for review in reviews:
            points = f"{review.score.points:3} of 100" if review.score else "nothing heard"
            title = review.round.title if review.round else ""
            self._console.print(Text(f"  {title}, attempt {review.attempt}: {points}"))
        if kept_in:
            self._console.print(Text(f"Your recordings are in {kept_in}", style="dim"))

    def _show_change(self, before: Review, after: Review) -> None:
        _show_side_by_side(self._console, before, after, self._criteria)
        change = advice.compare(before, after)
        for label, ids in (("Better than before", change.gained), ("Lost since", change.lost)):
            if ids:
                titles = ", ".join(self._criteria[id_].title for id_ in ids)
                self._console.print(Text(f"{label}: {titles}."))
        for label, pairs in (
            ("Nearer to its range", change.better),
            ("Further from it", change.worse),
        ):
            if pairs:
                self._console.print(Text(f"{label}: {charts.changes(pairs)}."))
        if not (change.gained or change.lost):
            self._console.print(Text("The same things were heard as before."))

    def _stop_meter(self) -> None:
        with _uninterrupted():
            if self._meter:
                self._meter.stop()
                self._meter = None

    def _stop_writing(self) -> None:
        with _uninterrupted():
            if self._writing:
                self._writing.stop()
                self._writing = None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a Ctrl+C wait for the end of the block: rich does not survive one half-way through."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def show(console: Console, review: Review, criteria: Mapping[str, Criterion]) -> None:
    """Print one answer's feedback: what landed, what was missing, what to leave out."""
    for warning in review.warnings:
        console.print(Text(warning, style="yellow"))
    if review.heard_nothing:
        console.print(Text(review.advice[0].text))
        return
    console.print(Padding(Text(f'I heard: "{review.transcript.text}"', style="dim"), (0, 0, 1, 0)))
    show_findings(console, review.findings, review.round, criteria)
    if review.skills and (sentences := advice.on_skills(review.skills)):
        console.print(Text("Skills by name", style="bold"))
        console.print(Padding(Text(" ".join(sentences)), (0, 0, 0, 2)))
    charts.show_measures(console, review)
    if review.score:
        _show_score(console, review.score, criteria)
    if review.advice:
        _show_advice(console, review.advice[: advice.FIRST])
    elif review.round:
        console.print(Text("Nothing to fix here. Go on to the next."))


def show_findings(
    console: Console,
    findings: Sequence[Finding],
    round_: Round | None,
    criteria: Mapping[str, Criterion],
) -> None:
    """Print what landed, what was missing and what to leave out."""
    summary = advice.summarise(findings, round_, criteria)
    if summary == Summary((), (), (), (), ()):
        console.print(Text("None of the closing criteria was heard."))
    _show_heard(console, "What landed", "✓", "green", [*summary.landed, *summary.besides])
    _show_missing(console, summary.missing)
    _show_heard(console, "Close: you hinted at it", "○", "yellow", summary.hinted)
    _show_heard(console, "What to leave out", "✗", "red", summary.slipped)


def _show_side_by_side(
    console: Console, before: Review, after: Review, criteria: Mapping[str, Criterion]
) -> None:
    """Print two tries at a round beside each other, criterion by criterion."""
    table = Table("", f"try {before.attempt}", f"try {after.attempt}", "", box=None)
    for row in advice.side_by_side(before, after):
        title = criteria[row.criterion].title
        change = {1: ("gained", "green"), 0: ("", ""), -1: ("lost", "red")}[row.change]
        table.add_row(Text(title), MARKS[row.before], MARKS[row.after], Text(*change))
    was = {measure.name: measure for measure in before.measures}
    for measure in wording.shown(after.measures):
        values = [wording.spell(one) if one else "" for one in (was.get(measure.name), measure)]
        table.add_row(Text(wording.label(measure.name)), *map(Text, values), Text(""))
    scores = [str(one.score.points) if one.score else "" for one in (before, after)]
    table.add_row(Text("Score"), *map(Text, scores), Text(""))
    console.print(Text("Side by side", style="bold"))
    console.print(table)


MARKS = {"met": "✓", "close": "close", "missed": "○", "slipped": "✗", "clear": "–"}


def show_debrief(console: Console, debrief: Debrief, rounds: Mapping[str, Round]) -> None:
    """Print what moved the interviewer, what their replies gave away, and what it came to."""
    impression, names = debrief.impression, " and ".join(debrief.persona.names)
    if not impression.possible:
        return
    console.print()
    console.print(Text(f"How you came across to {names}", style="bold"))
    for move in impression.moves:
        quote = f': "{move.quote}"' if move.quote else ""
        console.print(Text(f"  {move.by:+d} {rounds[move.round].title}: you {move.what}{quote}"))
    console.print(
        Text(
            f"  {impression.points} points, where {impression.possible} things were listened for: "
            f"{MOODS[debrief.mood]}"
        )
    )
    if debrief.outcome:
        console.print(Text(f"  {ENDINGS[debrief.outcome]}"))
    if debrief.readings:
        console.print(Text("How to read their replies", style="bold"))
    for reading in debrief.readings:
        console.print(Padding(Text(f"• {reading}"), (0, 0, 0, 2)))
    console.print(Text(NO_FORECAST, style="dim"))


def show_devices(console: Console, devices: Sequence[Device]) -> None:
    if not devices:
        console.print(Text("No sound device is connected. Plug in a microphone or a headset."))
        return
    table = Table("number", "name", "through", "microphone", "speaker", "rate", box=None)
    for device in devices:
        table.add_row(
            str(device.index),
            Text(device.name),
            Text(device.host),
            _use(device.inputs, device.default_input),
            _use(device.outputs, device.default_output),
            f"{device.rate_hz:.0f} Hz",
        )
    console.print(table)


def _use(channels: int, default: bool) -> str:
    return "default" if default else "yes" if channels else "no"


def show_checks(console: Console, checks: Iterable[Check]) -> None:
    """Print what the doctor found, with what to do about each fault."""
    for check in checks:
        mark, style = {"fine": ("✓", "green"), "lacking": ("○", "yellow"), "fault": ("✗", "red")}[
            check.state
        ]
        console.print(Text.assemble((f"{mark} ", style), (f"{check.what}: ", "bold"), check.found))
        if check.advice:
            console.print(Padding(Text(check.advice), (0, 0, 0, 4)))


def show_confusions(
    console: Console,
    shares: Mapping[str, float],
    wrong: Sequence[Confusion],
    own_folder: Path,
) -> None:
    """Print the share of its own examples that each criterion gets right, and the others."""
    for id_, share in shares.items():
        console.print(Text(f"{'✓' if share == 1 else '○'} {id_:28}{share:5.0%}"))
    for one in wrong:
        also = [id_ for id_ in one.heard if id_ != one.criterion]
        verdict = "not heard as" if one.bears else "heard as"
        besides = f" (heard: {', '.join(also)})" if also else ""
        console.print(Text(f'{verdict} {one.criterion}: "{one.line}"{besides}'), soft_wrap=True)
    console.print(Text(f"Criteria of your own belong in {own_folder}", style="dim"), soft_wrap=True)


def show_faults(console: Console, faults: Sequence[str]) -> None:
    """Print what is to be mended in the prompts."""
    for fault in faults:
        console.print(Text.assemble(("✗ ", "red"), fault), soft_wrap=True)


def show_catalogue(console: Console, catalogue: Mapping[str, Mapping[str, str]]) -> None:
    """Print everything there is, a heading for each kind."""
    for kind, titles in catalogue.items():
        console.print(Text(kind.capitalize(), style="bold"))
        width = max(map(len, titles), default=0)
        for id_, title in titles.items():
            console.print(Text(f"  {id_:{width}}  {title}"), no_wrap=True, overflow="ellipsis")


def show_prompts(console: Console, found: Mapping[str, object]) -> None:
    """Print all that something says, key by key."""
    for kind, one in found.items():
        console.print(Text(f"{kind.capitalize()}: {getattr(one, 'id', '')}", style="bold"))
        for each in fields(one):  # type: ignore[arg-type]
            value = getattr(one, each.name)
            if each.name != "id" and value not in ((), {}, "", None):
                console.print(Padding(Text(f"{each.name}: {_plain(value)}"), (0, 0, 0, 2)))


def _plain(value: object) -> str:
    """A value of a prompt as text: lists one below the other."""
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
        value = {name: one for name, one in value.items() if one}
    if isinstance(value, Mapping):
        return "".join(f"\n  {name}: {_plain(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return "".join(f"\n    - {_plain(one)}" for one in value)
    return str(value).strip()


def show_held(console: Console, held: Sequence[tuple[str, Held]]) -> None:
    """Print each recording against its truth, and how many are as they should be.

    A criterion is shown as "+id" when it was heard and is not true, "-id" the other way round.
    """
    width = max((len(name) for name, _ in held), default=0)
    for name, one in held:
        mark = "✓" if one.right else "✗"
        differences = " ".join(one.differences)
        line = f"{mark} {name:{width}} word errors {one.word_error_rate:4.0%} {differences}"
        console.print(Text(line.rstrip()), soft_wrap=True)
    right = sum(one.right for _, one in held)
    console.print(Text(f"{right} of {len(held)} recordings are heard as their truth says."))


def _show_heard(
    console: Console,
    heading: str,
    mark: str,
    style: str,
    findings: Iterable[tuple[Criterion, Finding]],
) -> None:
    findings = list(findings)
    if not findings:
        return
    console.print(Text(heading, style="bold"))
    for criterion, finding in findings:
        at = f" at {clock(finding.span.start_s)}" if finding.span else ""
        console.print(Text.assemble((f"  {mark} ", style), f"You {criterion.title}{at}:"))
        console.print(Padding(Text(f'"{finding.quote}"', style="italic"), (0, 0, 0, 6)))
        if finding.verdict == "slipped":
            _show_indented(console, "Say instead", f'"{criterion.say[0]}"')


def _show_missing(console: Console, missing: Iterable[Missing]) -> None:
    missing = list(missing)
    if missing:
        console.print(Text("What was missing", style="bold"))
    for one in missing:
        ways = ", or ".join(criterion.title for criterion in one.ways)
        console.print(Text(f"  ○ {ways}"))
        if one.hint:
            at = f" at {clock(one.hint.span.start_s)}" if one.hint.span else ""
            _show_indented(console, "Close", f'you hinted at it{at}: "{one.hint.quote}"')
        _show_indented(console, "Say", f'"{one.ways[0].say[0]}"')


def _show_indented(console: Console, label: str, text: str) -> None:
    console.print(Padding(Text.assemble((f"{label}: ", "dim"), text), (0, 0, 0, 6)))


def _show_score(console: Console, score: Score, criteria: Mapping[str, Criterion]) -> None:
    """The sum, line by line, content and delivery apart."""
    console.print(Text(f"Score {score.points} of 100", style="bold"))
    measured = scenarios.measured()
    for about in ("content", "delivery"):
        points, of = score.of(about)
        console.print(Text(f"  {about.capitalize()} {points} of {of}"))
        for part in score.parts:
            if part.about != about:
                continue
            id_ = part.reason
            title = criteria[id_].title if id_ in criteria else measured[id_].title.lower()
            of_ = f" of {part.of}" if part.of else ""
            console.print(Text(f"    {part.points:+3d}{of_:6} {title}"))


def _show_advice(console: Console, advised: Sequence[Advice]) -> None:
    """The few things that would gain most, each with its reason and what to try."""
    console.print(
        Text("Two things to fix first" if len(advised) > 1 else "One thing to fix first", "bold")
    )
    for number, one in enumerate(advised, 1):
        numbered = f"  {number}. " if len(advised) > 1 else "  "
        console.print(Text(f"{numbered}{one.heard}"))
        _show_indented(console, "Why", f"{one.why} ({one.source})")
        _show_indented(console, "Try", one.try_next)


def _meter(hearing: Hearing) -> Text:
    share = 1 + min(0.0, hearing.level_dbfs + 10) / (-10 - FLOOR_DBFS) * 1.4
    cells = round(METER_CELLS * max(0.0, min(1.0, share)))
    return Text.assemble(
        ("█" * cells, "green"),
        "░" * (METER_CELLS - cells),
        f" {clock(hearing.elapsed_s)} {heard_state(hearing)}",
        (f"\n{hearing.text[-TEXT_LETTERS:]}" if hearing.text else "", "dim"),
    )
