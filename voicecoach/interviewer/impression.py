"""What the answers have done to the interviewer's opinion: a sum that can be checked by hand.

It decides how the interviewer answers "how well do I fit?" and which outcome a story comes to. It
is a rule of this practice, and says nothing about real hiring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from voicecoach.findings.finding import Review
from voicecoach.scenarios import Criterion, Persona

Mood = Literal["impressed", "even", "doubtful"]
Outcome = Literal["offer", "rejection"]

BEST_WAY = 1
"""On top of what was listened for, once an answer: met in one of the best ways."""
SLIP = -2
CORNERED = -3
"""What a real person resents: being pressed, or a bitter word."""
CORNERS = frozenset(
    {"asks_outright", "demands_exact_time", "pressures_with_offers", "pushy_contact", "bitterness"}
)
SILENT = -1
TOO_LONG = -1

DOUBTFUL_UNDER = 0.34
"""The share under which they doubt: less than about one thing in three landed."""


@dataclass(frozen=True, slots=True)
class Move:
    """What one thing in one answer did."""

    round: str
    """Id of the round."""
    by: int
    what: str
    """What the candidate did, to follow "you"."""
    quote: str | None


@dataclass(frozen=True, slots=True)
class Impression:
    """What moved it, and how much there was to win."""

    moves: tuple[Move, ...] = ()
    possible: int = 0
    """One for each thing that the rounds so far listened for."""

    @property
    def points(self) -> int:
        return sum(move.by for move in self.moves)

    @property
    def share(self) -> float | None:
        """Points of those possible, between 0 and 1; None before the first answer."""
        if not self.possible:
            return None
        return min(1.0, max(0.0, self.points / self.possible))

    def mood(self, persona: Persona) -> Mood:
        if self.share is None:
            return "even"
        if self.share >= persona.offers_from:
            return "impressed"
        return "doubtful" if self.share < DOUBTFUL_UNDER else "even"

    def outcome(self, persona: Persona) -> Outcome | None:
        """What it comes to; None before the first answer."""
        if self.share is None:
            return None
        return "offer" if self.share >= persona.offers_from else "rejection"


def too_long(review: Review, persona: Persona) -> bool:
    """Whether an answer tried this persona's patience."""
    length_s = next((one.value for one in review.measures if one.name == "answer_length_s"), 0.0)
    return bool(review.round) and length_s > persona.patience * review.round.target_s[1]  # type: ignore[union-attr]


def moved(
    impression: Impression,
    review: Review,
    persona: Persona,
    criteria: Mapping[str, Criterion],
) -> Impression:
    """The impression after one answer."""
    round_ = review.round
    if round_ is None:
        return impression
    heard = review.heard
    moves = []
    for group in round_.listens_for:
        met = next((id_ for id_ in group if id_ in heard), None)
        if met:
            moves.append(Move(round_.id, 1, criteria[met].title, heard[met].quote))
    best = next((id_ for id_ in round_.even_better if id_ in heard), None)
    if best:
        moves.append(Move(round_.id, BEST_WAY, criteria[best].title, heard[best].quote))
    for id_, finding in heard.items():
        if finding.verdict == "slipped":
            by = CORNERED if id_ in CORNERS else SLIP
            moves.append(Move(round_.id, by, criteria[id_].title, finding.quote))
    if review.heard_nothing:
        moves.append(Move(round_.id, SILENT, "said nothing that could be heard", None))
    elif too_long(review, persona):
        moves.append(Move(round_.id, TOO_LONG, "went on for longer than they had time", None))
    return replace(
        impression,
        moves=(*impression.moves, *moves),
        possible=impression.possible + len(round_.listens_for),
    )
