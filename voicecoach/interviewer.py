"""Decides the interviewer's next line."""

from __future__ import annotations

from random import Random

from voicecoach.scenarios import Round, Scenario


class Interviewer:
    """Says a round's line in another variant each time, as long as there are any."""

    def __init__(self, scenario: Scenario, random: Random | None = None) -> None:
        self._scenario = scenario
        self._random = random or Random()
        self._left: dict[str, list[str]] = {}

    def line(self, round_: Round) -> str:
        """The next line that opens *round_*."""
        left = self._left.setdefault(round_.id, [])
        if not left:
            left += self._scenario.lines.get(round_.id, round_.lines)
            self._random.shuffle(left)
        return left.pop()
