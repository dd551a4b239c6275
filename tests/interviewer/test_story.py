"""The table of states: every round is reached, and nothing loops."""

from dataclasses import replace

import pytest

from voicecoach import scenarios
from voicecoach.interviewer import story

PROMPTS = scenarios.load()
ROUNDS = PROMPTS.rounds
every_scenario = pytest.mark.parametrize(
    "scenario", PROMPTS.scenarios.values(), ids=lambda each: each.id
)


@every_scenario
def test_every_round_is_reachable(scenario):
    assert story.unreachable(scenario, ROUNDS) == ()


@every_scenario
def test_nothing_loops_and_every_talk_ends(scenario):
    """Each step adds a round to those held, so no state comes back; and each last state ends."""
    table = story.table(scenario, ROUNDS)
    for held, following in table.items():
        assert following, held
        assert not following & held
        assert all(id_ is None or held | {id_} in table for id_ in following)
    assert any(None in following for following in table.values())


@every_scenario
def test_a_concern_that_is_asked_for_comes_next_in_any_interview(scenario):
    interview = [id_ for id_ in scenario.rounds if ROUNDS[id_].setting == "interview"]
    for place, id_ in enumerate(interview, start=1):
        held = interview[:place]
        called = story.called_up(["asks_concerns"], ROUNDS[id_], ROUNDS)
        following = story.next_round(scenario, held, called, [])
        if "concern" in held:
            assert following == story.next_round(scenario, held, (), [])
        else:
            assert following == "concern"
            after = story.next_round(scenario, [*held, "concern"], called, [])
            assert after == next((one for one in scenario.rounds[place:] if one != "concern"), None)


def test_a_whole_story_ends_with_one_of_two_outcomes():
    scenario = PROMPTS.scenario("whole-story")
    before = [id_ for id_ in scenario.rounds if not id_.startswith("outcome")]
    for outcome in ("offer", "rejection"):
        end = story.next_round(scenario, before, (), [outcome])
        assert end == f"outcome_{outcome}"
        assert story.next_round(scenario, [*before, end], (), [outcome]) is None


def test_after_the_interview_no_question_calls_a_round_up():
    for id_ in ("thank_you", "follow_up", "outcome_offer"):
        assert story.called_up(["asks_concerns", "invites_questions"], ROUNDS[id_], ROUNDS) == ()


def test_an_outcome_before_any_answer_is_unreachable():
    scenario = replace(
        PROMPTS.scenario("whole-story"), rounds=("outcome_offer",), when={"outcome_offer": "offer"}
    )
    assert story.unreachable(scenario, ROUNDS) == ("outcome_offer",)
