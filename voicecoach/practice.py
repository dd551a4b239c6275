"""Puts a practice together out of its parts, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voicecoach.errors import HistoryError
from voicecoach.scenarios import MINE
from voicecoach.session import Session

if TYPE_CHECKING:
    from voicecoach.history.keeper import Keeper
    from voicecoach.scenarios import Persona, Profile, Prompts, Round, Scenario
    from voicecoach.session import Face, Rating, Typed, Voice
    from voicecoach.settings import Settings
    from voicecoach.sound import speaker
    from voicecoach.sound.take import Source
    from voicecoach.sound.turn import Patience
    from voicecoach.words.transcriber import Transcriber


def prepared(
    *,
    prompts: Prompts,
    scenario: Scenario,
    keeper: Keeper,
    source: Callable[[Round, int], Source | Typed | None],
    transcriber: Callable[[], Transcriber],
    voices: tuple[Voice, Voice | None],
    face: Face,
    patience: Patience,
    settings: Settings,
    persona: Persona,
    profile: Profile | None,
    advert: str = "",
    rating: Rating | None = None,
    source_of_rating: Callable[[], Source | None] = lambda: None,
    source_of_commands: Callable[[], Source | None] = lambda: None,
    aside: Path | None = None,
    recorded_at: Callable[[], Path | None] = lambda: None,
    check: bool = False,
) -> Session:
    """A session whose answers *keeper* keeps in the history.

    *profile*: None for the person's own, or else the scenario's. *aside*: a folder for
    recordings that are not to be kept. *recorded_at*: the file that the
    last answer was heard from, where it came from one. *check*: whether the microphone is tried
    first. Raises HistoryError, PromptsError.
    """
    profile = profile or prompts.profiles.get(MINE)
    session = Session(
        prompts=prompts,
        scenario=scenario,
        source=source,
        transcriber=transcriber,
        voice=voices[0],
        face=face,
        patience=patience,
        folder=aside or keeper.folder,
        settings=settings,
        keep=lambda heard, take, line, reply, rated: keeper.keep(
            heard, take, line, reply, rated, recording=recorded_at()
        ),
        persona=persona,
        profile=profile,
        advert=advert,
        second_voice=voices[1],
        rating=rating,
        source_of_rating=source_of_rating,
        source_of_commands=source_of_commands,
        check=check,
    )
    try:
        keeper.begin(scenario, persona.id, profile, advert)
    except HistoryError as error:
        # It goes on all the same; what is lost is that it could be taken up again.
        face.note(str(error))
    return session


def hold(session: Session, keeper: Keeper) -> None:
    """The practice to its end, or until the person leaves it: then it can be gone on with."""
    stopped, over = "", False
    try:
        over = session.run()
    except KeyboardInterrupt:
        stopped = "Stopped. "
    finally:
        if over:
            keeper.end()
        else:
            keeper.leave()
        hint = "To go on with this practice: voicecoach practice --resume" if keeper.marked else ""
        if note := f"{stopped}{hint}".strip():
            session.face.note(note)


def voices(names: Sequence[str], persona: Persona) -> tuple[speaker.Voice, speaker.Voice | None]:
    """The interviewer's voice, and the second one of a panel. *names*: those asked for.

    Raises VoiceError, when two are wanted and there is no engine.
    """
    from voicecoach.sound import speaker

    name = next(iter(names), None)
    first = speaker.Voice(name, persona.pace_wpm)
    if len(persona.names) == 1:
        return first, None
    second = names[1] if len(names) > 1 else speaker.another(name)
    return first, speaker.Voice(second, persona.pace_wpm)
