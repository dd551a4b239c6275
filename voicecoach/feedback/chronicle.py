"""What the history holds, as terminal text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from voicecoach.feedback.wording import clock, day, label, moment, number

if TYPE_CHECKING:
    from voicecoach.history.kept import Practice
    from voicecoach.history.progress import Progress
    from voicecoach.history.store import Listed
    from voicecoach.scenarios import Criterion

MARKS = {"mastered": "✓", "shaky": "◐", "missing": "○"}


def show_list(console: Console, listed: Sequence[Listed]) -> None:
    if not listed:
        console.print(Text("Nothing has been practiced yet. Begin with: voicecoach practice"))
        return
    # Not a rich table: to lay a thousand rows out takes it two seconds.
    for one in listed:
        about = [one.title]
        about += [f"from {one.owner}"] if one.owner else []
        about += ["rehearsal"] if one.rehearsal else []
        score = "–" if one.score is None else number(one.score)
        rounds = "1 round " if one.rounds == 1 else f"{one.rounds} rounds"
        line = (
            f"{one.number:5}  {one.started_at.astimezone():%Y-%m-%d %H:%M}  {score:>3} of 100  "
            f"{rounds:>9}, {one.attempts:2} answers, {clock(one.spoken_s):>5}  {', '.join(about)}"
        )
        console.file.write(f"{line}\n")
    console.print(Text("Score: the mean of the last try at each round.", style="dim"))


def show_practice(console: Console, practice: Practice, criteria: Mapping[str, Criterion]) -> None:
    """Print every answer's feedback as it was given."""
    from voicecoach.feedback import advice, terminal

    console.print(Text(f"{practice.title}, {moment(practice.started_at)}", style="bold"))
    for attempt in practice.attempts:
        console.print()
        console.rule(Text(f"{attempt.title}, attempt {attempt.review.attempt}"), align="left")
        if attempt.line:
            console.print(Text(f'"{attempt.line}"', style="cyan"))
        terminal.show(console, attempt.review, criteria)
    first = advice.first_to_fix([one[-1].review for one in practice.rounds])
    if first and len(practice.rounds) > 1:
        where = first[0].round.title if first[0].round else ""
        console.print()
        console.print(Text(f"Of all of it, fix this first, in '{where}': {first[1]}", style="bold"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One round of two practices: the last attempt in each."""

    round: str
    title: str
    score: tuple[int | None, int | None]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    measures: dict[str, tuple[float | None, float | None]]


def compare(before: Practice, after: Practice) -> list[Difference]:
    """What changed in each round that both have."""
    from voicecoach.feedback import advice

    last = {
        one[-1].review.round.id: one[-1].review for one in before.rounds if one[-1].review.round
    }
    found = []
    for attempts in after.rounds:
        review = attempts[-1].review
        if not review.round or review.round.id not in last:
            continue
        earlier = last[review.round.id]
        change = advice.compare(earlier, review)
        values = [{m.name: m.value for m in one.measures} for one in (earlier, review)]
        points = [one.score.points if one.score else None for one in (earlier, review)]
        found.append(
            Difference(
                round=review.round.id,
                title=review.round.title,
                score=(points[0], points[1]),
                gained=change.gained,
                lost=change.lost,
                measures={
                    name: (values[0].get(name), values[1].get(name))
                    for name in {**values[0], **values[1]}
                },
            )
        )
    return found


def show_differences(
    console: Console, differences: Sequence[Difference], criteria: Mapping[str, Criterion]
) -> None:
    for one in differences:
        console.print(Text(one.title, style="bold"))
        console.print(Text(f"  Score: {_change(*one.score)}"))
        for heading, ids in (("Better", one.gained), ("Lost", one.lost)):
            if ids:
                titles = ", ".join(criteria[id_].title for id_ in ids)
                console.print(Text(f"  {heading}: {titles}"))
        for name, (earlier, later) in one.measures.items():
            console.print(Text(f"  {label(name)}: {_change(earlier, later)}"))


def _change(before: float | None, after: float | None) -> str:
    earlier, later = ("–" if value is None else number(value) for value in (before, after))
    return f"{earlier} → {later}"


def show_progress(console: Console, progress: Progress, criteria: Mapping[str, Criterion]) -> None:
    """Print what is mastered, shaky or missing, the numbers over time, and what is due."""
    minutes = number(progress.spoken_s / 60)
    times = "practice" if progress.sessions == 1 else "practices"
    console.print(Text(f"{progress.sessions} {times}, {minutes} minutes spoken.", style="bold"))
    row = progress.streak_days
    in_a_row = f", the last {row} in a row" if row > 1 else ""
    console.print(Text(f"You practiced on {progress.recent_days} of the last 28 days{in_a_row}."))
    for standing in ("missing", "shaky", "mastered"):
        courses = [
            course
            for course in progress.courses
            if course.standing == standing and course.criterion in criteria
        ]
        if courses:
            console.print(Text(standing.capitalize(), style="bold"))
        for course in courses:
            criterion = criteria[course.criterion]
            recent = course.occasions[-3:]
            good = sum(occasion.good for occasion in recent)
            avoid = "avoid: " if criterion.kind == "avoid" else ""
            again = "now" if course.due <= progress.now else day(course.due)
            console.print(
                Text(
                    f"  {MARKS[standing]} {avoid}{criterion.title} "
                    f"({good} of the last {len(recent)}; again {again})"
                )
            )
    for name, points in progress.series.items():
        if len(points) > 1:
            called = "Score" if name == "score" else label(name)
            values = " → ".join(number(point.value) for point in points[-6:])
            console.print(Text(f"{called}, the last {min(6, len(points))} practices: {values}"))
    due = [criteria[one.criterion].title for one in progress.due if one.criterion in criteria]
    if due:
        console.print(Text(f"Due now: {'; '.join(due)}."))
        console.print(Text("Practice it with: voicecoach practice --due"))
    else:
        console.print(Text("Nothing that you have practiced is due today."))
    console.print(
        Text("What counts is the first try in each practice; rehearsals do not.", style="dim")
    )
