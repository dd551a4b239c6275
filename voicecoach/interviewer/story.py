"""Which round is held next: the table of states of a conversation.

A state is the set of rounds held so far. A round that an answer has called up comes at once; else
the scenario goes on, in its order, to the next round not held whose condition is met. No round is
held twice, so every story ends. Nothing here speaks or listens, so a test can walk every state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product

from voicecoach.scenarios import Condition, Round, Scenario


def next_round(
    scenario: Scenario,
    held: Collection[str],
    called: Sequence[str],
    met: Collection[Condition],
) -> str | None:
    """The id of the round that follows; None at the end.

    *called*: rounds that answers have called up, in their order. *met*: the conditions met.
    """
    # A round that was called up ahead of its place does not move the place.
    places = [scenario.rounds.index(id_) for id_ in scenario.rounds if id_ in {*held} - {*called}]
    wanted = (
        id_
        for id_ in scenario.rounds[max(places, default=-1) + 1 :]
        if id_ not in scenario.when or scenario.when[id_] in met
    )
    return next((id_ for id_ in (*called, *wanted) if id_ not in held), None)


def called_up(heard: Collection[str], last: Round, rounds: Mapping[str, Round]) -> tuple[str, ...]:
    """The rounds that an answer to *last* calls up by the criteria *heard* in it."""
    if last.setting != "interview":
        return ()
    return tuple(id_ for id_, one in rounds.items() if set(heard).intersection(one.called_by))


def table(
    scenario: Scenario, rounds: Mapping[str, Round]
) -> Mapping[frozenset[str], frozenset[str | None]]:
    """Every state that the conversation can come to, and the rounds that can follow it.

    Walks from the beginning through every outcome, with and without other offers, and with
    every round called up, at every place, that an answer may call up.
    """
    states: dict[frozenset[str], set[str | None]] = {}
    for met in _worlds():
        # Before the first answer nothing is decided.
        start: list[Condition] = [one for one in met if one == "other_offers"]
        following = next_round(scenario, (), (), start)
        states.setdefault(frozenset(), set()).add(following)
        none: tuple[str, ...] = ()
        open_ = [(frozenset({following}), following, none)] if following else []
        seen = set(open_)
        while open_:
            held, last, waiting = open_.pop()
            for heard in _callings(rounds):
                called = tuple(dict.fromkeys((*waiting, *called_up(heard, rounds[last], rounds))))
                following = next_round(scenario, held, called, met)
                states.setdefault(held, set()).add(following)
                if following:
                    state = (held | {following}, following, called)
                    open_ += [] if state in seen else [state]
                    seen.add(state)
    return {held: frozenset(following) for held, following in states.items()}


def unreachable(scenario: Scenario, rounds: Mapping[str, Round]) -> tuple[str, ...]:
    """The scenario's rounds that no conversation comes to."""
    reached = {one for following in table(scenario, rounds).values() for one in following}
    return tuple(id_ for id_ in scenario.rounds if id_ not in reached)


def _worlds() -> Iterator[tuple[Condition, ...]]:
    outcomes: tuple[Condition, ...] = ("offer", "rejection")
    elsewhere: tuple[tuple[Condition, ...], ...] = ((), ("other_offers",))
    for outcome, others in product(outcomes, elsewhere):
        yield (outcome, *others)


def _callings(rounds: Mapping[str, Round]) -> list[tuple[str, ...]]:
    """Every set of criteria that an answer can call rounds up with."""
    ids = sorted({id_ for one in rounds.values() for id_ in one.called_by})
    return [some for count in range(len(ids) + 1) for some in combinations(ids, count)]
