"""Getting better, as the history tells it, and what to practice next."""

from datetime import timedelta

import pytest

from tests.history.made import NOW, PROMPTS, practice, verdicts
from voicecoach.errors import HistoryError
from voicecoach.history.progress import due_scenario, progress
from voicecoach.history.store import History


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "voicecoach")


def course(found, criterion):
    (one,) = [one for one in found.courses if one.criterion == criterion]
    return one


@pytest.mark.parametrize(
    ("thanks", "standing"),
    [
        (["met", "met", "met"], "mastered"),
        (["missed", "met", "met", "met"], "mastered"),
        (["met", "met"], "mastered"),
        (["met"], "shaky"),
        (["met", "met", "missed"], "shaky"),
        (["met", "close", "met"], "shaky"),
        (["met", "missed", "missed", "missed"], "missing"),
        (["missed"], "missing"),
    ],
)
def test_a_standing_is_judged_by_the_last_three_practices(history, thanks, standing):
    for days, verdict in zip(range(len(thanks), 0, -1), thanks, strict=True):
        history.keep(practice(verdicts("statement", thanks=verdict), days_ago=days))
    assert course(progress(history, NOW), "thanks").standing == standing


def test_a_try_after_the_feedback_does_not_count(history):
    tries = [verdicts("statement", thanks="missed"), verdicts("statement", 2, thanks="met")]
    history.keep(practice(*tries))
    assert course(progress(history, NOW), "thanks").standing == "missing"


def test_only_what_a_round_calls_for_counts(history):
    """Not to ask about culture is no fault in a closing statement."""
    history.keep(practice(verdicts("statement")))
    assert "asks_culture" not in {one.criterion for one in progress(history, NOW).courses}


def test_of_two_ways_the_one_that_was_not_taken_is_not_missing(history):
    history.keep(practice(verdicts("fit", asks_strengths="met")))
    found = {one.criterion: one.standing for one in progress(history, NOW).courses}
    assert "asks_fit" not in found
    assert found["asks_strengths"] == "shaky"


def test_what_to_avoid_is_told_only_where_it_once_slipped(history):
    history.keep(practice(verdicts("fit"), days_ago=2))
    told = {one.criterion for one in progress(history, NOW).courses}
    assert "asks_outright" not in told
    history.keep(practice(verdicts("fit", asks_outright="slipped"), days_ago=1))
    assert course(progress(history, NOW), "asks_outright").standing == "shaky"


def test_rehearsals_and_other_peoples_practices_do_not_count(history):
    history.keep(practice(verdicts("statement"), rehearsal=True))
    history.keep(practice(verdicts("statement"), owner="Ann"))
    with pytest.raises(HistoryError, match=r"Nothing of your own.*voicecoach practice"):
        progress(history, NOW)


def test_numbers_over_time_are_the_first_tries(history):
    first, again = verdicts("statement"), verdicts("statement", 2, thanks="met")
    other = verdicts("next_steps", thanks="met")
    history.keep(practice(first, again, other, days_ago=1))
    (point,) = progress(history, NOW).series["score"]
    assert point.value == (first.score.points + other.score.points) / 2
    assert again.score.points not in (first.score.points, other.score.points)
    (pace,) = progress(history, NOW).series["pace_wpm"]
    assert pace.value == pytest.approx(first.measures[1].value)


@pytest.mark.parametrize(
    ("days_ago", "in_a_row", "recent"),
    [
        ([0, 1, 2], 3, 3),
        ([1, 2], 2, 2),
        ([2, 3], 0, 2),
        ([0, 2], 1, 2),
        ([0, 0], 1, 1),
        ([40], 0, 0),
    ],
)
def test_days_are_counted_and_none_is_lost_before_it_is_over(history, days_ago, in_a_row, recent):
    for days in days_ago:
        history.keep(practice(verdicts("statement"), days_ago=days))
    found = progress(history, NOW)
    assert (found.streak_days, found.recent_days) == (in_a_row, recent)


def test_what_was_missed_comes_up_before_what_was_said(history):
    """And what was said often rests longer, but never more than a month."""
    for days in (60, 40, 20, 10, 1):
        history.keep(
            practice(verdicts("statement", thanks="met", restates_interest="met"), days_ago=days)
        )
    history.keep(practice(verdicts("next_steps", restates_interest="met")))
    found = progress(history, NOW)
    missed, said = course(found, "asks_timeframe"), course(found, "restates_interest")
    assert NOW < missed.due < said.due <= NOW + timedelta(days=30)
    assert found.due == tuple(sorted(found.due, key=lambda one: one.due))


def test_what_is_due_is_practiced_in_the_rounds_that_call_for_it(history):
    """Everything was said a day ago, but for what two rounds ask of a candidate."""
    well = {id_: "met" for id_, one in PROMPTS.criteria.items() if one.kind == "do"}
    rounds = list(PROMPTS.rounds)
    missing = {"asks_for_update": "missed", "addresses_concern": "missed"}
    history.keep(practice(*(verdicts(id_, **(well | missing)) for id_ in rounds), days_ago=1.5))
    found = progress(history, NOW)
    assert {one.criterion for one in found.due} == set(missing)
    scenario = due_scenario(found, PROMPTS)
    assert scenario.rounds == ("concern", "follow_up")


def test_what_was_never_practiced_is_due_where_there_is_room(history):
    history.keep(
        practice(verdicts("questions", insightful_question="met", invites_questions="met"))
    )
    scenario = due_scenario(progress(history, NOW), PROMPTS)
    assert len(scenario.rounds) == 3
    assert "questions" not in scenario.rounds


def test_nothing_is_due_right_after_everything_was_said(history):
    well = {id_: "met" for id_, one in PROMPTS.criteria.items() if one.kind == "do"}
    history.keep(practice(*(verdicts(id_, **well) for id_ in PROMPTS.rounds)))
    assert due_scenario(progress(history, NOW), PROMPTS) is None
