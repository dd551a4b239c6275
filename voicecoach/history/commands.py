"""The commands ``history`` and ``report``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicecoach.errors import HistoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicecoach.history.kept import Practice
    from voicecoach.history.progress import Progress
    from voicecoach.history.store import History
    from voicecoach.scenarios import Criterion

history_app = typer.Typer(
    help="What you practiced: looked at, compared, shared, removed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Number = Annotated[int, typer.Argument(help="Its number in voicecoach history list.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to write, for you alone.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@history_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what you practiced, the latest first."""
    from voicecoach.feedback import chronicle

    listed = _history().listed()
    if as_json:
        sessions = [{**asdict(one), "started_at": one.started_at.isoformat()} for one in listed]
        _print_json({"format": 1, "sessions": sessions})
    else:
        chronicle.show_list(_console(), listed)


@history_app.command()
def show(session: Number, as_json: AsJson = False) -> None:
    """Show the feedback of a practice once more."""
    from voicecoach.feedback import chronicle
    from voicecoach.history import exchange

    practice = _history().practice(session)
    if as_json:
        print(exchange.as_json([practice]))
    else:
        chronicle.show_practice(_console(), practice, _criteria(practice))


@history_app.command()
def compare(a: Number, b: Number, as_json: AsJson = False) -> None:
    """Say what is different from one practice to another, round by round.

    Example: voicecoach history compare 3 7
    """
    from voicecoach.feedback import chronicle

    history = _history()
    before, after = history.practice(a), history.practice(b)
    differences = chronicle.compare(before, after)
    if not differences:
        raise UsageError(f"{a} and {b} have no round in common. Choose two that have.")
    if as_json:
        _print_json({"format": 1, "rounds": [asdict(one) for one in differences]})
    else:
        criteria = _criteria(before, after)
        chronicle.show_differences(_console(), differences, criteria)


@history_app.command()
def delete(
    sessions: Annotated[list[int], typer.Argument(help="Their numbers.")], yes: Yes = False
) -> None:
    """Remove practices for good: recordings, words and figures.

    Reports and exports that you wrote elsewhere are yours to remove.
    """
    history = _history()
    for number in sessions:
        history.practice(number)
    _ask(f"Remove {_numbers(sessions)} and the recordings for good?", yes)
    history.delete(list(dict.fromkeys(sessions)))
    typer.echo(f"{_numbers(sessions).capitalize()} removed.")


@history_app.command()
def purge(yes: Yes = False) -> None:
    """Remove everything: all recordings, words, figures and reports that are kept."""
    history = _history()
    _ask(f"Remove everything in {history.folder} for good?", yes)
    history.purge()
    typer.echo(f"Nothing of what you practiced is left in {history.folder}.")


@history_app.command()
def export(
    session: Annotated[int | None, typer.Option(help="Its number; all when none.")] = None,
    form: Annotated[str, typer.Option("--format", help="json, csv, md, srt, vtt or txt.")] = "json",
    with_audio: Annotated[
        bool, typer.Option("--with-audio", help="A zip with report, JSON and recordings.")
    ] = False,
    output: Output = None,
) -> None:
    """Write what you practiced to a file, or print it.

    Example, for a coach: voicecoach history export --session 7 --with-audio
    """
    from voicecoach.feedback import forms, html
    from voicecoach.history import exchange

    forms.known(form, ("json", *forms.FORMS))
    history = _history()
    if with_audio:
        if session is None:
            raise UsageError("Name the practice to share, with --session. --with-audio takes one.")
        practice = history.practice(session)
        # No progress: a coach is to see what was shared, and nothing else.
        page = html.page(practice, _criteria(practice), history.sound_of)
        packed = exchange.zipped(history, practice, page)
        _write(output or Path(f"voicecoach-{session}.zip"), packed)
        return
    practices = [history.practice(session)] if session is not None else list(history.practices())
    text = exchange.as_json(practices) + "\n" if form == "json" else _as(form, practices)
    if output:
        _write(output, text.encode())
    else:
        sys.stdout.write(text)


@history_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="What history export wrote: a .zip or .json.")],
    owner: Annotated[
        str, typer.Option("--from", help="Whose it is, as the list is to say.")
    ] = "somebody else",
    mine: Annotated[
        bool, typer.Option("--mine", help="It is your own, and counts in your figures.")
    ] = False,
) -> None:
    """Take in a practice, somebody else's or your own from another machine.

    What is not --mine leaves your own figures as they are.
    """
    from voicecoach.history import exchange

    for number, new in exchange.take_in(_history(), file, None if mine else owner):
        done = "is now" if new else "was there already, as"
        typer.echo(f"It {done} session {number}. See it with: voicecoach report {number}")


@history_app.command()
def progress(as_json: AsJson = False) -> None:
    """Say what you have mastered, what is shaky, and what to practice next."""
    from voicecoach import scenarios
    from voicecoach.feedback import chronicle

    found = _progress(_history())
    if as_json:
        _print_json(
            {
                "format": 1,
                "sessions": found.sessions,
                "spoken_s": round(found.spoken_s, 1),
                "days": len(found.days),
                "recent_days": found.recent_days,
                "streak_days": found.streak_days,
                "criteria": [
                    {
                        "criterion": course.criterion,
                        "standing": course.standing,
                        "occasions": len(course.occasions),
                        "due": course.due.isoformat(),
                    }
                    for course in found.courses
                ],
                "series": {
                    name: [{"session": p.session, "value": p.value} for p in points]
                    for name, points in found.series.items()
                },
                "due": [course.criterion for course in found.due],
            }
        )
    else:
        chronicle.show_progress(_console(), found, scenarios.load().criteria)


def report(
    session: Annotated[
        int | None, typer.Argument(help="Its number; the latest when none is named.")
    ] = None,
    output: Output = None,
) -> None:
    """Write a practice as one HTML page, with its sound, to look through in a browser.

    The page fetches nothing and holds all it shows; it is for you alone to read, until you
    give it to somebody.
    """
    history = _history()
    number = session if session is not None else history.latest().number or 0
    _write(output or history.report_path(number), report_page(history, number).encode())


def report_page(history: History, number: int) -> str:
    """The report of a practice as HTML, with the progress until now where it counts for it.

    Raises HistoryError.
    """
    from voicecoach.feedback import html

    practice = history.practice(number)
    try:
        figures = _progress(history) if practice.counts else None
    except HistoryError:
        figures = None
    return html.page(practice, _criteria(practice), history.sound_of, figures)


def _history() -> History:
    from voicecoach.history.store import History

    return History()


def _progress(history: History) -> Progress:
    from voicecoach.history.progress import progress

    return progress(history)


def _criteria(*practices: Practice) -> Mapping[str, Criterion]:
    """What is listened for today, and stand-ins for what only the practices name."""
    from voicecoach import scenarios
    from voicecoach.history.kept import with_unknown

    attempts = [attempt for practice in practices for attempt in practice.attempts]
    return with_unknown(scenarios.load().criteria, attempts)


def _as(form: str, practices: list[Practice]) -> str:
    from voicecoach.feedback import forms
    from voicecoach.feedback.wording import moment

    if form == "csv":
        return forms.table(
            (
                {
                    "session": practice.number,
                    "started_at": practice.started_at.isoformat(),
                    "scenario": practice.scenario,
                    "rehearsal": int(practice.rehearsal),
                    "owner": practice.owner or "",
                    "self_rating": attempt.self_rating or "",
                },
                attempt.review,
            )
            for practice in practices
            for attempt in practice.attempts
        )
    if form == "md":
        pieces = []
        for practice in practices:
            pieces.append(f"# {practice.title}, {moment(practice.started_at)}\n")
            criteria = _criteria(practice)
            pieces += [
                forms.markdown(
                    f"{one.title}, attempt {one.review.attempt}",
                    one.review,
                    criteria,
                    one.line or "",
                )
                for one in practice.attempts
            ]
        return "\n".join(pieces)
    answers = [attempt for practice in practices for attempt in practice.attempts]
    if form != "txt" and len(answers) != 1:
        raise UsageError(
            f"A file of captions goes with one recording, and here are {len(answers)} answers. "
            "Run voicecoach grade RECORDING... --format srt --output-dir DIR"
        )
    return "\n".join(forms.transcript(one.review.transcript, form) for one in answers)


def _write(path: Path, content: bytes) -> None:
    from voicecoach import private

    private.write(path, content)
    typer.echo(str(path))


def _ask(question: str, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("Nobody is there to be asked. Add --yes to remove without asking.")
    if not typer.confirm(question):
        typer.echo("Nothing is removed.")
        raise typer.Exit


def _numbers(sessions: list[int]) -> str:
    numbers = ", ".join(map(str, sessions))
    return f"session{'s' if len(sessions) > 1 else ''} {numbers}"


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False)


def _print_json(value: object) -> None:
    print(json.dumps(value), flush=True)
