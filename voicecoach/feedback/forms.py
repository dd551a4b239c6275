"""Feedback as other programs take it: Markdown, CSV, and whisper's own SRT, VTT and TXT."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from voicecoach import private
from voicecoach.errors import UsageError
from voicecoach.feedback import advice
from voicecoach.feedback.wording import advised, clock, label, shown, spell
from voicecoach.findings.finding import Finding, Review
from voicecoach.scenarios import Criterion
from voicecoach.words.transcript import Transcript

TRANSCRIPTS = ("srt", "vtt", "txt")
FORMS = ("md", "csv", *TRANSCRIPTS)


def known(form: str, forms: Sequence[str]) -> None:
    """Raises UsageError for a form that is not one of *forms*."""
    if form not in forms:
        raise UsageError(f"There is no format '{form}'. Take one of: {', '.join(forms)}.")


class Writer:
    """Recordings in one form: to standard output, or a file each into a folder."""

    def __init__(self, form: str, folder: Path | None, criteria: Mapping[str, Criterion]) -> None:
        known(form, FORMS)
        self._form, self._folder, self._criteria = form, folder, criteria
        self._answers: list[tuple[Path, Review]] = []

    def add(self, recording: Path, review: Review) -> None:
        """Take in one recording; what goes into a file is written at once."""
        self._answers.append((recording, review))
        if self._form == "csv":
            return
        if self._folder:
            stems = [path.stem for path, _ in self._answers]
            same = stems.count(recording.stem)
            name = recording.stem if same == 1 else f"{recording.stem}-{same}"
            text = self._text(recording, review)
            private.write(self._folder / f"{name}.{self._form}", text.encode())
        elif self._form in ("srt", "vtt") and len(self._answers) > 1:
            raise UsageError(
                "A file of captions goes with one recording. "
                "Name a folder for a file of each, with --output-dir."
            )

    def finish(self) -> None:
        """Write what is not in a file yet."""
        if self._form == "csv":
            text = table(({"recording": str(path)}, review) for path, review in self._answers)
            if self._folder:
                private.write(self._folder / "answers.csv", text.encode())
            else:
                sys.stdout.write(text)
        elif not self._folder:
            sys.stdout.write("\n".join(self._text(*answer) for answer in self._answers))

    def _text(self, recording: Path, review: Review) -> str:
        if self._form == "md":
            return markdown(recording.name, review, self._criteria)
        return transcript(review.transcript, self._form)


def transcript(written: Transcript, form: str) -> str:
    """A transcript as whisper's own writer of that form writes it, one segment a caption."""
    from whisper.utils import WriteSRT, WriteTXT, WriteVTT

    writer = {"srt": WriteSRT, "vtt": WriteVTT, "txt": WriteTXT}[form]("")
    segments = []
    for segment in written.segments:
        spans = [word.span for word in segment.words if word.span]
        if spans:
            segments.append(
                {
                    "start": spans[0].start_s,
                    "end": spans[-1].end_s,
                    # What would end the times of a caption is no part of its text.
                    "text": segment.text.replace("-->", "->"),
                }
            )
    text = StringIO()
    writer.write_result({"segments": segments}, text, {})
    return text.getvalue()


def markdown(title: str, review: Review, criteria: Mapping[str, Criterion], line: str = "") -> str:
    """One answer's feedback; what was said stays text, whatever it holds."""
    summary = advice.summarise(review.findings, review.round, criteria)
    lines = [f"## {_plain(title)}", ""]
    if line:
        lines += [f"> {_plain(line)}", ""]
    if review.score:
        lines += [f"Score {review.score.points} of 100.", ""]
    lines += [f"*{_plain(warning)}*\n" for warning in review.warnings]
    lines += [_plain(review.transcript.text) or "Nothing was heard.", ""]
    for heading, found in (
        ("What landed", (*summary.landed, *summary.besides)),
        ("What was nearly said", summary.hinted),
    ):
        if found:
            lines += [f"### {heading}", "", *(_heard(*pair) for pair in found), ""]
    if summary.missing:
        lines += ["### What was missing", ""]
        for missing in summary.missing:
            ways = ", or ".join(_plain(criterion.title) for criterion in missing.ways)
            lines.append(f"- **{ways}**. Say: “{_plain(missing.ways[0].say[0])}”")
        lines.append("")
    if summary.slipped:
        lines += ["### What to leave out", ""]
        for criterion, finding in summary.slipped:
            lines.append(f"{_heard(criterion, finding)}. Say instead: “{_plain(criterion.say[0])}”")
        lines.append("")
    if review.measures:
        lines += ["| measure | yours | advised |", "|---|---|---|"]
        lines += [
            f"| {label(one.name)} | {_plain(spell(one))} | {advised(one) or '–'} |"
            for one in shown(review.measures)
        ]
        lines.append("")
    if review.advice:
        lines += [f"**One thing to fix first:** {_plain(review.advice[0].text)}", ""]
    return "\n".join(lines)


def _heard(criterion: Criterion, finding: Finding) -> str:
    at = f" at {clock(finding.span.start_s)}" if finding.span else ""
    return f"- **You {_plain(criterion.title)}**{at}: “{_plain(finding.quote or '')}”"


def _plain(text: str) -> str:
    r"""Text as Markdown that shows it and does nothing else.

    >>> print(_plain("<b>2 * 3</b> [a](b)"))
    \<b\>2 \* 3\</b\> \[a\]\(b\)
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&-])", r"\\\1", " ".join(text.split()))


def table(answers: Iterable[tuple[Mapping[str, Any], Review]]) -> str:
    """CSV: a line an answer, what is told of it first, then its measures and findings."""
    rows = [
        {
            **about,
            "round": review.round.id if review.round else "",
            "attempt": review.attempt,
            "duration_s": round(review.duration_s, 2),
            "score": review.score.points if review.score else "",
            "engine": review.transcript.engine,
            "model": review.transcript.model,
            **{measure.name: measure.value for measure in review.measures},
            **_verdicts(review),
            "text": review.transcript.text,
        }
        for about, review in answers
    ]
    columns = dict.fromkeys(name for row in rows for name in row if name != "text")
    text = StringIO()
    writer = csv.DictWriter(text, [*columns, "text"], restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _verdicts(review: Review) -> dict[str, str]:
    """By criterion; empty where nothing was heard that was not called for either."""
    asked = advice.asked(review)
    told = ("met", "close", "slipped")
    return {
        one.criterion: one.verdict if one.verdict in told or one.criterion in asked else ""
        for one in review.findings
    }


def _cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
