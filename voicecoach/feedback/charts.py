"""Measures as small charts against their range, in terminal text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from voicecoach import scenarios
from voicecoach.feedback.wording import LISTED, clock, figure, not_measured, shown
from voicecoach.findings.finding import Measure, Review

CELLS = 25
BESIDE_SHARE = 0.75
"""How much is drawn on either side of the range, of its width."""
LISTED_AT_MOST = 6


def show_measures(console: Console, review: Review) -> None:
    """Print each measure with its unit, range and chart; then what there is no number for."""
    told = shown(review.measures)
    if not told:
        return
    console.print(Text.assemble(("How it sounded", "bold"), ("  ● you  ━ advised", "dim")))
    for measure in told:
        console.print(_row(measure))
    for measure in review.measures:
        if measure.name in LISTED and measure.value:
            console.print(_list(measure))
    if missing := not_measured(review):
        console.print(Text(f"  Not measured: {', '.join(missing)}", style="dim"))


def _row(measure: Measure) -> Text:
    title = scenarios.measured()[measure.name].title
    style = "yellow" if measure.off else "green"
    return Text.assemble(
        f"  {title:22}",
        (bar(measure), style),
        (f" {figure(measure)} {measure.unit}", style),
        (advised(measure), "dim"),
    )


def advised(measure: Measure) -> str:
    """The range in words; empty where there is none."""
    if measure.high is None:
        return f" ({measure.low:g} and more)" if measure.low is not None else ""
    return (
        f" ({measure.low:g} to {measure.high:g})" if measure.low else f" (up to {measure.high:g})"
    )


def bar(measure: Measure) -> str:
    """The range as a thick line, the value as a dot; blank where there is no range.

    >>> bar(Measure("pace_wpm", 145, "words/min", 120, 170, ""))
    '·······━━━━━●━━━━━·······'
    >>> bar(Measure("pace_wpm", 300, "words/min", 120, 170, ""))
    '·······━━━━━━━━━━━······●'
    """
    if measure.high is None:
        return " " * CELLS
    low = measure.low or 0.0
    width = (measure.high - low) or 1.0
    start = max(0.0, low - BESIDE_SHARE * width) if low >= 0 else low - BESIDE_SHARE * width
    end = measure.high + BESIDE_SHARE * width

    def cell(value: float) -> int:
        return round((min(max(value, start), end) - start) / (end - start) * (CELLS - 1))

    cells = ["·"] * CELLS
    for at in range(cell(low), cell(measure.high) + 1):
        cells[at] = "━"
    cells[cell(measure.value)] = "●"
    return "".join(cells)


def _list(measure: Measure) -> Text:
    title = scenarios.measured()[measure.name].title
    places = [f'"{one.quote}" {clock(one.span.start_s)}' for one in measure.where]
    more = len(places) - LISTED_AT_MOST
    told = ", ".join(places[:LISTED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
    return Text(f"  {title}, {figure(measure)}: {told}")


def changes(pairs: Iterable[tuple[Measure, Measure]]) -> str:
    """What measures changed, as ``Pace 195 to 150 words/min``."""
    known = scenarios.measured()
    return ", ".join(
        f"{known[after.name].title.lower()} {before.value:.{known[after.name].digits}f} to "
        f"{after.value:.{known[after.name].digits}f} {after.unit}"
        for before, after in pairs
    )
