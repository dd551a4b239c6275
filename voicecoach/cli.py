"""The same round as commands. What a command needs is imported when it runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from voicecoach.errors import (
    MicrophoneError,
    RecordingError,
    UsageError,
    VoicecoachError,
)
from voicecoach.history.commands import history_app, report
from voicecoach.words import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.console import Console

    from voicecoach.feedback.terminal import TerminalFace
    from voicecoach.findings.finding import Review
    from voicecoach.fixtures import Answers
    from voicecoach.history.store import History
    from voicecoach.history.unfinished import BrokenOff
    from voicecoach.scenarios import Persona, Profile, Prompts, Round, Scenario
    from voicecoach.session import Rating, Session, Voice
    from voicecoach.settings import Settings
    from voicecoach.sound.files import Recording
    from voicecoach.sound.take import Source
    from voicecoach.words.transcriber import Transcriber

app = typer.Typer(
    help="Practice the close of a job interview aloud, and read what landed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: drawing it with rich would take longer than all the rest.
    rich_markup_mode=None,
)
fixtures_app = typer.Typer(
    help="Recorded answers and their truth.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(fixtures_app, name="fixtures")
prompts_app = typer.Typer(
    help="What is listened for, and what the interviewer says.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(prompts_app, name="prompts")
app.add_typer(history_app, name="history")
app.command()(report)

Engine = Annotated[str, typer.Option(help="auto, faster-whisper or openai-whisper.")]
Model = Annotated[str, typer.Option(help="A size such as tiny.en or base.en, or a path.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
RoundName = Annotated[
    str | None, typer.Option("--round", help="What the answer replies to, such as statement.")
]
MicrophoneName = Annotated[
    str | None, typer.Option("--device", help="The microphone: its number, or part of its name.")
]
Pace = Annotated[
    float | None,
    typer.Option(
        "--pace",
        min=60,
        max=260,
        help="Your own target in words a minute, in place of the one in settings.toml.",
    ),
]
Patience = Annotated[
    str, typer.Option(help="How long you may think: quick (up to 3 s), normal (5), patient (10).")
]


@app.callback(invoke_without_command=True)
def voicecoach(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        from voicecoach import __version__

        typer.echo(f"voicecoach {__version__}")
        raise typer.Exit


@app.command()
def practice(
    scenario: Annotated[str, typer.Option(help="A file in prompts/scenarios.")] = "full-close",
    answers: Annotated[
        Path | None, typer.Option(help="A folder of recordings that answer in your place.")
    ] = None,
    engine: Engine = "auto",
    model: Model = DEFAULT_MODEL,
    persona: Annotated[
        str, typer.Option(help="Who interviews: neutral, friendly, hurried, sceptical, panel.")
    ] = "neutral",
    profile: Annotated[
        str | None, typer.Option(help="The interview: a file, or a name in prompts/profiles.")
    ] = None,
    job: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The job advert, as text.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="Rate yourself before each feedback, by key or by voice.")
    ] = None,
    voice: Annotated[
        list[str] | None,
        typer.Option(help="The interviewer's voice: part of its name. Twice for a panel."),
    ] = None,
    no_voice: Annotated[
        bool, typer.Option("--no-voice", help="Show the interviewer's lines, do not speak them.")
    ] = False,
    device: MicrophoneName = None,
    patience: Patience = "normal",
    pace: Pace = None,
    speak_feedback: Annotated[
        bool, typer.Option("--speak-feedback", help="Hear the advice after every round.")
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Begin without trying the microphone first.")
    ] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Practice what is due, as history progress says.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last practice that has no end yet.")
    ] = False,
) -> None:
    """Practice a scenario by voice, round by round.

    Example: voicecoach practice --scenario quick-close
    """
    from voicecoach import scenarios
    from voicecoach.feedback.terminal import show_debrief
    from voicecoach.history import unfinished
    from voicecoach.history.keeper import Keeper
    from voicecoach.history.store import History
    from voicecoach.interviewer import profile as profiles
    from voicecoach.practice import hold, prepared
    from voicecoach.session import INVITATION, get_ready, in_background
    from voicecoach.sound.turn import PATIENCE
    from voicecoach.words import transcriber

    prompts = scenarios.load()
    own = _settings(pace, speak_feedback)
    history = History()
    if resume and (due or answers):
        raise UsageError("--resume goes on as it was begun. Leave --due and --answers out.")
    broken_off = unfinished.last(history) if resume else None
    chosen = _due(history, prompts) if due else prompts.scenario(scenario)
    who = prompts.persona(persona)
    rating = _rating(rate)
    advert = _text_of(job) if job else ""
    named = _profile_called(profile, prompts) if profile else None
    if broken_off:
        how = broken_off.how
        chosen, named, advert = how.scenario, how.profile, how.advert
        who = prompts.persona(how.persona)
    console = _console()
    transcriber.require(engine, model)
    # The first sound is rendered while microphones are looked for.
    voices = _voices(voice or [], no_voice, who, first="" if answers or no_check else INVITATION)
    with ExitStack() as stack:
        source, aside = _ears(prompts, answers, device, console, stack)
        if broken_off and source.rehearsal:
            raise UsageError(
                "There is no microphone to go on with this practice. Plug one in and try again."
            )
        keeper = (
            Keeper.going_on(history, broken_off)
            if broken_off
            else Keeper(history, chosen, source.rehearsal)
        )
        interview = named or _profile(prompts, asking=not source.rehearsal and not broken_off)
        face = _face(console, profiles.in_words_of(interview, chosen, prompts), patience)
        face.hands_free = not source.rehearsal
        # Now, while a process of its own renders the first line: sooner, it would slow down
        # everything up to there, and nobody hears an answer before that line.
        loading = in_background(lambda: get_ready(engine, model, prompts.criteria))
        session = prepared(
            prompts=prompts,
            scenario=chosen,
            keeper=keeper,
            source=source,
            transcriber=loading,
            voices=voices,
            face=face,
            patience=PATIENCE[patience],
            settings=own,
            persona=who,
            profile=interview,
            advert=advert,
            rating=rating,
            source_of_rating=source.beside,
            source_of_commands=source.beside,
            aside=aside,
            recorded_at=lambda: source.file,
            check=not no_check,
        )
        face.open(chosen, [one for one in prompts.rounds_of(chosen) if one.id not in chosen.when])
        if broken_off:
            _take_up(broken_off, session, source)
        try:
            hold(session, keeper)
        finally:
            kept = not source.rehearsal and keeper.folder.exists()
            show_debrief(console, session.interviewer.debrief(), prompts.rounds)
            face.close(session.reviews, str(keeper.folder) if kept else None)


@app.command()
def web(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8080,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address, open no browser.")
    ] = False,
    engine: Engine = "auto",
    model: Model = DEFAULT_MODEL,
    patience: Patience = "normal",
    pace: Pace = None,
    speak_feedback: Annotated[
        bool, typer.Option("--speak-feedback", help="Hear the advice after every round.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="Another address of this machine; needs a token and TLS files.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="VOICECOACH_TOKEN",
            help="A secret of 16 letters and more. Others who are logged in to this machine can "
            "read it here; in the variable they cannot.",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The TLS certificate, as PEM.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The key to it, as PEM.")
    ] = None,
) -> None:
    """Practice in the browser: a page of this machine's own, for this machine alone.

    Where others are logged in to this machine as well, set a token, in the variable
    VOICECOACH_TOKEN: whoever can reach the page can hear your recordings.

    Example: voicecoach web --port 0
    """
    from importlib.util import find_spec

    from voicecoach import scenarios
    from voicecoach.session import get_ready, in_background
    from voicecoach.words import transcriber

    if not find_spec("nicegui"):
        raise UsageError("The page needs nicegui. Run: pip install 'voicecoach[web]'")
    from voicecoach.web import guard, server

    guard.check(host, token, certificate, key)
    _known_patience(patience)
    prompts = scenarios.load()
    transcriber.require(engine, model)
    listening = server.listen(host, port)
    house = server.House(
        prompts=prompts,
        settings=_settings(pace, speak_feedback),
        transcriber=in_background(lambda: get_ready(engine, model, prompts.criteria)),
        patience=patience,
    )
    server.serve(
        house,
        listening,
        host=host,
        token=token,
        certificate=certificate,
        key=key,
        show=not no_browser,
        tell=lambda address: typer.echo(f"Practice at {address}  (Ctrl+C ends it)"),
    )


@app.command()
def grade(
    audio: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")],
    round_name: RoundName = None,
    engine: Engine = "auto",
    model: Model = DEFAULT_MODEL,
    as_json: AsJson = False,
    fail_under: Annotated[
        int | None, typer.Option(min=0, max=100, help="Exit with 1 when a score is lower.")
    ] = None,
    pace: Pace = None,
    form: Annotated[
        str | None, typer.Option("--format", help="md, csv, or the transcript as srt, vtt, txt.")
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="Where --format writes a file for each recording.")
    ] = None,
) -> None:
    """Say how recorded answers went.

    Takes WAV, FLAC, MP3, M4A, OGG and WebM at any rate. Without --round, a truth file
    beside the recording tells the round, or its name (statement.wav, fit-2.flac).

    Example: voicecoach grade my-answer.m4a --round statement
    """
    from voicecoach import scenarios, wire
    from voicecoach.feedback import forms, terminal

    prompts = scenarios.load()
    round_ = prompts.round(round_name) if round_name else None
    console = _console()
    if as_json and form:
        raise UsageError("--json and --format exclude each other. Give one of them.")
    writer = forms.Writer(form, output_dir, prompts.criteria) if form else None
    unreadable = fell_short = False
    for path, outcome in _graded(audio, round_, prompts, engine, model, _settings(pace)):
        if isinstance(outcome, VoicecoachError):
            unreadable = True
            if as_json:
                _print_json(wire.unreadable(str(path), outcome))
            else:
                _complain(outcome)
            continue
        if as_json:
            _print_json(wire.recording(str(path), outcome))
        elif writer:
            writer.add(path, outcome)
        else:
            console.rule(str(path), align="left")
            terminal.show(console, outcome, prompts.criteria)
        if fail_under is not None and not outcome.round:
            unreadable = True
            _complain(f"{path} has no score without its round. Name the round with --round.")
        points = outcome.score.points if outcome.score else 0
        fell_short |= fail_under is not None and points < fail_under
    if writer:
        writer.finish()
    raise typer.Exit(2 if unreadable else 1 if fell_short else 0)


@app.command()
def check(
    text: Annotated[str | None, typer.Argument(help="What was said, as text.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A text file that holds what was said."),
    ] = None,
    round_name: RoundName = None,
    as_json: AsJson = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id": ..., "text": ...} lines from stdin.')
    ] = False,
) -> None:
    """Check a text against the closing criteria.

    Example: voicecoach check "Thank you for your time. When might I hear from you?"
    """
    from voicecoach import scenarios, wire
    from voicecoach.feedback import terminal
    from voicecoach.findings import closing
    from voicecoach.words.transcript import said

    prompts = scenarios.load()
    round_ = prompts.round(round_name) if round_name else None
    if [text is not None, file is not None, jsonl].count(True) != 1:
        raise UsageError("Give a text, or --file, or --jsonl and lines on standard input.")
    if jsonl:
        for number, line in enumerate(sys.stdin, start=1):
            if line.strip():
                id_, words = _item(line, number)
                findings = closing.check(said(words), prompts.criteria.values(), round_)
                heard = [finding.criterion for finding in findings if finding.heard]
                _print_json({"id": id_, "criteria": heard})
        return
    transcript = said(_text_of(file) if file else text or "")
    findings = closing.check(transcript, prompts.criteria.values(), round_)
    if as_json:
        _print_json(wire.checked(transcript, findings, round_))
    else:
        terminal.show_findings(_console(), findings, round_, prompts.criteria)


@app.command()
def devices(as_json: AsJson = False) -> None:
    """List the microphones that --device can name, and the loudspeakers."""
    from dataclasses import asdict

    from voicecoach.feedback import terminal
    from voicecoach.sound import microphone

    found = microphone.devices()
    if as_json:
        _print_json({"format": 1, "devices": [asdict(device) for device in found]})
    else:
        terminal.show_devices(_console(), found)


@app.command()
def doctor(
    engine: Engine = "auto",
    model: Model = DEFAULT_MODEL,
    fetch: Annotated[
        str | None, typer.Option(help="Fetch the weights of this size over the network.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for faults, and say what to do about each.

    Example, to hear better with a larger model: voicecoach doctor --fetch base.en
    """
    from voicecoach import doctor as examination
    from voicecoach.feedback import terminal
    from voicecoach.words import transcriber

    if fetch:
        transcriber.fetch(engine, fetch)
        typer.echo(f"The weights of {fetch} are on this machine now.")
        return
    transcriber.known(engine)
    checks = examination.examine(engine, model)
    if as_json:
        _print_json({"format": 1, "checks": [check.as_dict() for check in checks]})
    else:
        terminal.show_checks(_console(), checks)
    raise typer.Exit(any(check.state == "fault" for check in checks))


@prompts_app.command("check")
def check_prompts(
    as_json: AsJson = False,
    fail_under: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="Exit with 1 when one gets fewer right, in percent."),
    ] = None,
) -> None:
    """Look all prompts over; then hold every criterion to its own examples.

    What is to be mended in the prompts, your own included, is told first, and the status is 2.
    The examples are among what was trained on, so they show faults, not how good it is.
    """
    from voicecoach import scenarios
    from voicecoach.feedback import terminal
    from voicecoach.findings import closing
    from voicecoach.interviewer import proofreading

    prompts = scenarios.load()
    if faults := proofreading.faults(prompts):
        if as_json:
            _print_json({"format": 1, "faults": list(faults)})
        else:
            terminal.show_faults(_console(), faults)
        raise typer.Exit(2)
    criteria = prompts.criteria
    wrong = closing.confusions(criteria.values())
    shares = {
        id_: 1 - sum(one.criterion == id_ for one in wrong) / len(one_of.hears + one_of.misses)
        for id_, one_of in criteria.items()
    }
    if as_json:
        from dataclasses import asdict

        _print_json(
            {
                "format": 1,
                "right": {id_: round(share, 3) for id_, share in shares.items()},
                "confusions": [asdict(one) for one in wrong],
                "faults": [],
            }
        )
    else:
        terminal.show_confusions(_console(), shares, wrong, scenarios.own_folder())
    raise typer.Exit(fail_under is not None and min(shares.values()) < fail_under / 100)


@prompts_app.command("list")
def list_prompts() -> None:
    """Name everything there is: scenarios, rounds, personas, profiles, criteria, replies."""
    from voicecoach import scenarios
    from voicecoach.feedback import terminal
    from voicecoach.interviewer import proofreading

    terminal.show_catalogue(_console(), proofreading.catalogue(scenarios.load()))


@prompts_app.command("show")
def show_prompts(
    id_: Annotated[str, typer.Argument(metavar="ID", help="What prompts list names.")],
) -> None:
    """Show what a scenario, round, persona, profile, criterion or reply says.

    Example: voicecoach prompts show hurried
    """
    from voicecoach import scenarios
    from voicecoach.feedback import terminal
    from voicecoach.interviewer import proofreading

    terminal.show_prompts(_console(), proofreading.found(id_, scenarios.load()))


@prompts_app.command("new")
def new_prompts(
    kind: Annotated[str, typer.Argument(help="scenario or persona.")],
    name: Annotated[str, typer.Argument(help="What it is to be called.")],
) -> None:
    """Write a commented beginning of your own, to be changed in an editor.

    Example: voicecoach prompts new scenario my-dream-job
    """
    from voicecoach import scenarios
    from voicecoach.interviewer import proofreading

    path = proofreading.start(kind, name, scenarios.load())
    typer.echo(f"{path} is there to be changed. Then: voicecoach prompts check")


@app.command("profile")
def show_profile(
    name: Annotated[
        str | None, typer.Argument(help="One of prompts/profiles, or a file; else your own.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Only show it, ask nothing.")] = False,
) -> None:
    """Say who interviews you and for what: a few questions, each with what holds now.

    Example, to see one that is filled in: voicecoach profile example
    """
    from voicecoach import scenarios
    from voicecoach.interviewer import profile as profiles

    prompts = scenarios.load()
    mine = prompts.profiles.get(scenarios.MINE, scenarios.Profile(scenarios.MINE))
    if name is not None:
        mine = _profile_called(name, prompts)
    if name is None and not show and _at_a_terminal():
        typer.echo("Enter alone keeps what is in brackets.")
        path = profiles.save(_asked_for(mine))
        typer.echo(f"Kept in {path}, where there is more to fill in: the company's business, ...")
    else:
        typer.echo(profiles.as_toml(mine), nl=False)


@fixtures_app.command("check")
def check_fixtures(
    folder: Annotated[Path, typer.Argument(help="A folder of recordings with truth files.")],
    engine: Engine = "auto",
    model: Model = DEFAULT_MODEL,
    as_json: AsJson = False,
) -> None:
    """Grade recordings and hold each to the truth file beside it."""
    from voicecoach import fixtures, scenarios
    from voicecoach.feedback import terminal

    prompts = scenarios.load()
    held = []
    for path, outcome in _graded([folder], None, prompts, engine, model):
        if isinstance(outcome, VoicecoachError):
            raise outcome
        truth = fixtures.truth_of(path, prompts)
        if truth is None:
            raise RecordingError(f"{path} has no {path.stem}.toml beside it. Write what it holds.")
        held.append((path.name, fixtures.hold(outcome, truth)))
    if as_json:
        for name, one in held:
            _print_json(
                {
                    "format": 1,
                    "recording": name,
                    "right": one.right,
                    "word_error_rate": round(one.word_error_rate, 3),
                    "differences": list(one.differences),
                }
            )
    else:
        terminal.show_held(_console(), held)
    raise typer.Exit(not all(one.right for _, one in held))


@fixtures_app.command("record")
def record_fixture(
    name: Annotated[Path, typer.Argument(help="The recording to make, without a suffix.")],
    round_name: Annotated[str, typer.Option("--round", help="What it answers.")],
    engine: Engine = "auto",
    model: Model = DEFAULT_MODEL,
    device: MicrophoneName = None,
    patience: Patience = "normal",
) -> None:
    """Record an answer from the microphone, with a truth file to fill in.

    Example: voicecoach fixtures record my-answers/monday --round statement
    """
    from voicecoach import fixtures, scenarios
    from voicecoach.session import get_ready, hear, in_background, review
    from voicecoach.sound.microphone import Microphone
    from voicecoach.sound.turn import PATIENCE
    from voicecoach.words import transcriber

    prompts = scenarios.load()
    round_ = prompts.round(round_name)
    if not name.name:
        raise UsageError(
            f"'{name}' is no name for a recording. Take one such as my-answers/monday."
        )
    path, truth = (name.with_name(f"{name.name}{suffix}") for suffix in (".flac", ".toml"))
    if path.exists() or truth.exists():
        raise UsageError(f"{path} or its truth is there already. Choose another name.")
    face = _face(_console(), prompts, patience)
    transcriber.require(engine, model)
    loading = in_background(lambda: get_ready(engine, model, prompts.criteria))
    face.line(round_.lines[0], round_.title)
    try:
        take, written = hear(Microphone(device), face, PATIENCE[patience], path, loading)
        heard = review(take, written, prompts.criteria, round_)
    finally:
        face.close([], None)
    if take.path is None:
        raise RecordingError(" ".join(take.warnings))
    for warning in take.warnings:
        face.note(warning)
    truth.touch(mode=0o600)
    truth.write_text(fixtures.template(round_, heard), encoding="utf-8")
    typer.echo(f"{path} is recorded. Correct what was heard in {truth}, then run:")
    typer.echo(f"voicecoach fixtures check {path.parent}")


def _graded(
    audio: Iterable[Path],
    round_: Round | None,
    prompts: Prompts,
    engine: str,
    model: str,
    settings: Settings | None = None,
) -> Iterator[tuple[Path, Review | VoicecoachError]]:
    """Each recording with its review, or with what is wrong with it; with a progress bar."""
    from rich.console import Console
    from rich.progress import Progress

    from voicecoach import fixtures
    from voicecoach.session import review
    from voicecoach.settings import DEFAULTS
    from voicecoach.sound.files import Recording, recordings_in
    from voicecoach.sound.take import record
    from voicecoach.sound.turn import ENDLESS, Turn
    from voicecoach.words import transcriber
    from voicecoach.words.live import write_all

    found: list[tuple[Path, VoicecoachError | None]] = []
    for path in audio:
        try:
            # Not Path.is_dir, which raises on a path that cannot be looked at.
            folder = isdir(path)  # noqa: PTH112
            found += [(one, None) for one in (recordings_in(path) if folder else [path])]
        except RecordingError as error:
            found.append((path, error))
    loaded: Transcriber | None = None
    progress = Console(stderr=True)
    # A pipe wants no progress bar, and one recording is over before it shows.
    hidden = not progress.is_terminal or len(found) == 1
    # What is printed belongs to stdout, which may be a file while the bar is on a terminal.
    bar = Progress(console=progress, transient=True, disable=hidden, redirect_stdout=False)
    with bar:
        for path, fault in bar.track(found, description="Grading"):
            if fault:
                yield path, fault
                continue
            try:
                asked = round_ or fixtures.round_of(path, prompts)
                recording = Recording(path)
                take = record(recording, Turn(ENDLESS))
            except RecordingError as unreadable:
                yield path, unreadable
                continue
            loaded = loaded or transcriber.load(engine, model)
            if recording.broken_off:
                heard_s = take.clip.duration_s
                _complain(f"{path} breaks off after {heard_s:.1f} s. That much is graded.")
            heard = write_all(take, loaded)
            yield path, review(take, heard, prompts.criteria, asked, settings=settings or DEFAULTS)


def _ears(
    prompts: Prompts, answers: Path | None, device: str | None, console: Console, stack: ExitStack
) -> tuple[Ears, Path | None]:
    """What answers are heard from, and a folder for what is not to be kept.

    The microphone; without one, or where the person says so, recorded answers.
    """
    from tempfile import TemporaryDirectory

    from voicecoach import fixtures, scenarios
    from voicecoach.sound.microphone import Microphone

    if answers is None:
        try:
            Microphone(device)
        except MicrophoneError as error:
            if device is not None:
                raise
            answers = scenarios.folder_of("audio_fixtures")
            console.print(f"{error}\nThis is a rehearsal: recorded answers stand in for you.")
    if answers is not None:
        # A copy of what is on the disk already is not kept.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="voicecoach-")))
        return Ears(fixtures.Answers(answers, prompts), device), folder
    return Ears(None, device), None


def _take_up(broken_off: BrokenOff, session: Session, source: Ears) -> None:
    """Go on where it broke off; an answer in the middle of which it did is graded if the person
    wants it, and kept in any case."""
    round_id, recording = broken_off.answer() or (None, None)
    session.take_up([one.review for one in broken_off.attempts], round_id)
    if round_id is None or recording is None:
        return
    if session.takes_up("Your last answer broke off before its end. Have what was heard graded?"):
        source.first = round_id, recording
    else:
        broken_off.put_aside(recording)


def _due(history: History, prompts: Prompts) -> Scenario:
    """The rounds that are due, by the history."""
    from voicecoach.history.progress import due_scenario, progress

    found = due_scenario(progress(history), prompts)
    if found is None:
        typer.echo("Nothing is due today. To practice all the same: voicecoach practice")
        raise typer.Exit
    return found


class Ears:
    """Gives the source of each answer: the microphone, or the next recording."""

    def __init__(self, answers: Answers | None, device: str | None) -> None:
        self._answers = answers
        self._device = device
        self._looked_at_s = time.monotonic()
        self.file: Path | None = None
        """The recording that the last answer was heard from; None for the microphone."""
        self.first: tuple[str, Recording] | None = None
        """An answer that had broken off, and the id of its round: it is heard first of all."""

    @property
    def rehearsal(self) -> bool:
        return self._answers is not None

    def __call__(self, round_: Round, attempt: int) -> Source | None:
        self.file = None
        if self.first and self.first[0] == round_.id:
            (_, begun), self.first = self.first, None
            self.file = begun.path
            return begun
        if self._answers:
            recording = self._answers.answer(round_, attempt)
            self.file = recording.path if recording else None
            return recording
        return self._microphone()

    def beside(self) -> Source | None:
        """What is heard beside the answers, ratings and commands; None in a rehearsal."""
        return None if self._answers else self._microphone()

    def _microphone(self) -> Source:
        """Raises MicrophoneError, also where the one that was named is gone: it may come back."""
        from voicecoach.sound.microphone import Microphone, look_again
        from voicecoach.words.command import TO_LOOK_AGAIN_S

        # What was plugged in since the last answer is found too.
        if time.monotonic() - self._looked_at_s >= TO_LOOK_AGAIN_S:
            look_again()
            self._looked_at_s = time.monotonic()
        try:
            return Microphone(self._device)
        except UsageError as gone:
            raise MicrophoneError(str(gone)) from gone


def _face(console: Console, prompts: Prompts, patience: str) -> TerminalFace:
    from voicecoach.feedback.terminal import TerminalFace
    from voicecoach.sound.turn import PATIENCE

    _known_patience(patience)
    return TerminalFace(
        console,
        prompts.criteria,
        PATIENCE[patience],
        prompts.commands,
        interactive=bool(sys.stdin and sys.stdin.isatty()),
    )


def _known_patience(name: str) -> None:
    from voicecoach.sound.turn import PATIENCE

    if name not in PATIENCE:
        raise UsageError(f"There is no patience '{name}'. Take one of: {', '.join(PATIENCE)}.")


def _voices(
    names: list[str], muted: bool, persona: Persona, first: str
) -> tuple[Voice, Voice | None]:
    """The interviewer's voice, and the second one of a panel. *first*: will be said first."""
    from voicecoach import practice
    from voicecoach.session import Muted

    if muted:
        return Muted(), None
    voices = practice.voices(names, persona)
    if first:
        voices[0].prepare(first)
    return voices


def _rating(name: str | None) -> Rating | None:
    if name not in (None, "key", "voice"):
        raise UsageError(f"There is no rating by '{name}'. Take one of: key, voice.")
    return cast("Rating | None", name)


def _profile(prompts: Prompts, asking: bool) -> Profile | None:
    """The person's own profile; None for the scenario's, or the own one that there is.

    *asking*: at the first start, whether to ask a person at the terminal for their own.
    """
    from voicecoach import scenarios
    from voicecoach.interviewer import profile as profiles

    if scenarios.MINE not in prompts.profiles and asking and _at_a_terminal():
        typer.echo("A few questions about your interview. Enter alone keeps what is in brackets.")
        mine = _asked_for(scenarios.Profile(scenarios.MINE))
        typer.echo(f"Kept in {profiles.save(mine)}; voicecoach profile changes it.\n")
        return mine
    return None


def _profile_called(name: str, prompts: Prompts) -> Profile:
    from voicecoach import scenarios

    if name in prompts.profiles:
        return prompts.profiles[name]
    path = Path(name)
    if not path.is_file():
        raise UsageError(
            f"There is no profile '{name}': no such file, and none of: "
            f"{', '.join(prompts.profiles)}."
        )
    return scenarios.profile_from(path)


def _asked_for(profile: Profile) -> Profile:
    """A profile with the answers of the person at the terminal."""
    from dataclasses import replace

    from voicecoach.interviewer import profile as profiles

    answers: dict[str, Any] = {}
    for key, question in profiles.QUESTIONS.items():
        now = getattr(profile, key)
        shown = ", ".join(now) if isinstance(now, tuple) else now
        answer = typer.prompt(question, default=shown, show_default=bool(shown))
        answers[key] = profiles.answered(key, answer)
    return replace(profile, **answers)


def _at_a_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _settings(pace_wpm: float | None = None, speak_feedback: bool = False) -> Settings:
    """A person's settings, with what the command line says in their place."""
    from voicecoach import settings

    own = settings.load()
    return settings.replaced(
        own, pace_wpm=pace_wpm or own.pace_wpm, speak_feedback=speak_feedback or own.speak_feedback
    )


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not text in UTF-8. Save it as UTF-8.") from error


def _item(line: str, number: int) -> tuple[Any, str]:
    try:
        item = json.loads(line)
        if isinstance(item["text"], str):
            return item["id"], item["text"]
    except (ValueError, KeyError, TypeError):
        pass
    raise UsageError(f'Line {number} is not {{"id": ..., "text": "..."}}. Mend that line.')


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)


def _print_json(value: object) -> None:
    print(json.dumps(value), flush=True)


def _complain(sentence: object) -> None:
    print(f"voicecoach: {sentence}", file=sys.stderr)
