"""What the history says about getting better, and what to practice next.

Only one's own practices at a microphone count: neither rehearsals nor what was imported
from somebody else. Of each sitting the first try at a round counts, before the feedback
told what was missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

from voicecoach.errors import HistoryError
from voicecoach.history.store import History

if TYPE_CHECKING:
    from voicecoach.scenarios import Prompts, Round, Scenario

Standing = Literal["mastered", "shaky", "missing"]

RECENT = 3
"""The last sittings that a standing is judged by."""
ROUNDS_DUE = 3
"""Rounds in a practice of what is due: some ten minutes."""
GRAVITY = {"met": 0, "clear": 0, "close": 1, "missed": 2, "slipped": 3}
"""Of several tries in one sitting the gravest verdict counts."""
STREAK_WINDOW_DAYS = 28
LONGEST_REST_DAYS = 30
"""Nobody looks for work for years: what is mastered comes up once a month."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One sitting's first tries at what its rounds called for: the worst of their verdicts."""

    session: int
    at: datetime
    verdict: str

    @property
    def good(self) -> bool:
        return self.verdict in ("met", "clear")


@dataclass(frozen=True, slots=True)
class Course:
    """One criterion over time."""

    criterion: str
    occasions: tuple[Occasion, ...]
    due: datetime
    """When to practice it again, by spaced repetition."""

    @property
    def standing(self) -> Standing:
        """Mastered: heard at the first try in each of the last three sittings that called
        for it, and in two at the least. Missing: heard in none of them."""
        recent = self.occasions[-RECENT:]
        good = sum(occasion.good for occasion in recent)
        if not good:
            return "missing"
        return "mastered" if good == len(recent) >= 2 else "shaky"


@dataclass(frozen=True, slots=True)
class Point:
    """One sitting's value of a series."""

    session: int
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Progress:
    sessions: int
    spoken_s: float
    days: tuple[date, ...]
    """The days with a practice, in order."""
    courses: tuple[Course, ...]
    """Each criterion that was called for; of those to avoid, only what once slipped."""
    series: Mapping[str, tuple[Point, ...]]
    """``score`` and each measure by its name: the mean over a sitting's answers."""
    now: datetime

    @property
    def due(self) -> tuple[Course, ...]:
        """What to practice now, the most overdue first."""
        waiting = [course for course in self.courses if course.due <= self.now]
        return tuple(sorted(waiting, key=lambda course: course.due))

    @property
    def streak_days(self) -> int:
        """Days in a row with a practice, up to today or yesterday."""
        today = self.now.astimezone().date()
        practiced = set(self.days)
        day = today if today in practiced else today - timedelta(days=1)
        length = 0
        while day - timedelta(days=length) in practiced:
            length += 1
        return length

    @property
    def recent_days(self) -> int:
        """Days with a practice among the last 28."""
        start = self.now.astimezone().date() - timedelta(days=STREAK_WINDOW_DAYS - 1)
        return sum(day >= start for day in self.days)


def progress(history: History, now: datetime | None = None) -> Progress:
    """Gather it from the history. Raises HistoryError when nothing of one's own is there."""
    now = now or datetime.now(timezone.utc)
    sittings, firsts, values = history.answers(
        f"""SELECT sessions.id, started_at, sum(duration_s) AS spoken_s FROM {_OWN}
            GROUP BY sessions.id ORDER BY started_at, sessions.id""",
        # Ungrouped: SQLite would sort them all, at twice the time.
        f"""SELECT criterion, session_id, verdict FROM {_OWN}
            CROSS JOIN findings ON attempt_id = attempts.id WHERE asked AND attempt = 1""",
        f"""SELECT name, session_id, avg(value) AS value FROM {_OWN}
            JOIN measures ON attempt_id = attempts.id
            WHERE attempt = 1 GROUP BY name, session_id
            UNION ALL
            SELECT 'score', session_id, avg(score) FROM {_OWN}
            WHERE attempt = 1 AND score IS NOT NULL GROUP BY session_id""",
    )
    if not sittings:
        raise HistoryError(
            "Nothing of your own has been practiced yet, rehearsals aside. "
            "Begin with: voicecoach practice"
        )
    at = {row["id"]: datetime.fromisoformat(row["started_at"]) for row in sittings}
    verdicts: dict[str, dict[int, str]] = {}
    for criterion, session, verdict in firsts:
        worst = verdicts.setdefault(criterion, {})
        if session not in worst or GRAVITY[verdict] > GRAVITY[worst[session]]:
            worst[session] = verdict
    occasions = {
        criterion: [Occasion(one, at[one], worst[one]) for one in at if one in worst]
        for criterion, worst in sorted(verdicts.items())
    }
    series: dict[str, list[Point]] = {"score": []}
    for name, session, value in sorted(values, key=lambda row: at[row["session_id"]]):
        series.setdefault(name, []).append(Point(session, at[session], value))
    told = {
        id_: tuple(found)
        for id_, found in occasions.items()
        if any(occasion.verdict != "clear" for occasion in found)
    }
    return Progress(
        sessions=len(sittings),
        spoken_s=sum(row["spoken_s"] for row in sittings),
        days=tuple(sorted({moment.astimezone().date() for moment in at.values()})),
        courses=tuple(Course(id_, found, _due(found)) for id_, found in told.items()),
        series={name: tuple(points) for name, points in series.items() if points},
        now=now,
    )


# In this order: from the sessions down, each table by its index.
_OWN = """sessions CROSS JOIN rounds
          ON session_id = sessions.id AND owner IS NULL AND NOT rehearsal
          CROSS JOIN attempts ON round_id = rounds.id"""


def _due(occasions: Sequence[Occasion]) -> datetime:
    """When something should be practiced again, by FSRS with its own default weights.

    Only the last 60 sittings are told to it: on random courses of 600 days, earlier ones
    moved the date by one day in the median where 5 % were missed, and else not at all.
    """
    from fsrs import Card, Rating, Scheduler

    ratings = {"met": Rating.Good, "clear": Rating.Good, "close": Rating.Hard}
    # Steps of minutes are for learning by heart; an answer is tried again at once anyway.
    scheduler = Scheduler(
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=LONGEST_REST_DAYS,
        enable_fuzzing=False,
    )
    card = Card(card_id=0)
    for occasion in occasions[-60:]:
        rating = ratings.get(occasion.verdict, Rating.Again)
        card, _ = scheduler.review_card(card, rating, occasion.at)
    return card.due


def due_scenario(standing: Progress, prompts: Prompts) -> Scenario | None:
    """The rounds that call for what is due; None when nothing is.

    What is most overdue comes first; where that leaves room, what was never practiced. Three
    rounds at the most, in the order of a close.
    """
    known = {course.criterion for course in standing.courses}
    due = [course.criterion for course in standing.due]
    never = [
        group[0]
        for round_ in prompts.rounds.values()
        for group in round_.listens_for
        if not known.intersection(group)
    ]
    chosen: list[Round] = []
    for criterion in (*due, *never):
        if len(chosen) < ROUNDS_DUE and not any(_calls_for(one, criterion) for one in chosen):
            calling = [one for one in prompts.rounds.values() if _calls_for(one, criterion)]
            # Of several rounds the one that has most to practice.
            calling.sort(key=lambda one: -sum(_calls_for(one, id_) for id_ in due))
            chosen += calling[:1]
    if not chosen:
        return None
    order = list(prompts.rounds)
    chosen.sort(key=lambda one: order.index(one.id))
    from voicecoach.scenarios import Scenario

    return Scenario(
        id="due",
        title="What is due",
        about="The rounds that call for what you last missed, or have not said for a while.",
        rounds=tuple(round_.id for round_ in chosen),
    )


def _calls_for(round_: Round, criterion: str) -> bool:
    wanted = (id_ for group in round_.listens_for for id_ in group)
    return criterion in wanted or criterion in round_.better_without
