"""The values of the history: a practice with its attempts, as they are kept and travel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from voicecoach.findings.finding import Review
from voicecoach.scenarios import Criterion
from voicecoach.sound.clip import Span


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer, and what was around it."""

    review: Review
    taken_at: datetime
    line: str | None = None
    """What the interviewer said before it."""
    speech: tuple[Span, ...] = ()
    """Where someone talked, by voice activity."""
    recording: str | None = None
    """Its sound: a path under the data folder, or an absolute one of a file that is not ours."""
    reply: str | None = None
    """What the interviewer said to it."""
    self_rating: int | None = None
    """How the person rated it before the score, from 1 to 5."""
    title: str = ""
    """Of its round."""


@dataclass(frozen=True, slots=True)
class Practice:
    """One sitting: a scenario and the attempts at its rounds, in order of time."""

    uid: str
    """The same wherever it travels, so that it is never taken in twice."""
    started_at: datetime
    scenario: str
    title: str
    version: str
    """Of the voicecoach that heard it."""
    rehearsal: bool = False
    """Whether recorded answers stood in for the microphone."""
    owner: str | None = None
    """Whose it is; None for one's own."""
    folder: str | None = None
    """Where its recordings are, under the data folder."""
    attempts: tuple[Attempt, ...] = ()
    number: int | None = None
    """Its number in the history; None before it is there."""

    @property
    def counts(self) -> bool:
        """Whether it is part of the person's own figures."""
        return self.owner is None and not self.rehearsal

    @property
    def rounds(self) -> tuple[tuple[Attempt, ...], ...]:
        """The attempts, round by round."""
        return tuple(tuple(group) for _, group in groupby(self.attempts, key=_round_of))


def _round_of(attempt: Attempt) -> str:
    return attempt.review.round.id if attempt.review.round else attempt.title


def with_unknown(
    criteria: Mapping[str, Criterion], attempts: Iterable[Attempt]
) -> dict[str, Criterion]:
    """*criteria*, and a stand-in for each that has gone since, or is somebody else's own."""
    known = dict(criteria)
    for attempt in attempts:
        round_ = attempt.review.round
        named = {f.criterion: f.verdict in ("slipped", "clear") for f in attempt.review.findings}
        if round_:
            named |= {id_: False for group in round_.listens_for for id_ in group}
            named |= dict.fromkeys(round_.better_without, True)
        for id_, avoid in named.items():
            if id_ not in known:
                title = id_.replace("_", " ")
                known[id_] = Criterion(
                    id=id_,
                    kind="avoid" if avoid else "do",
                    title=title,
                    why="",
                    source="",
                    advice=f"This is about: {title}.",
                    say=("…",),
                    hears=(title,),
                    misses=(title,),
                )
    return known
