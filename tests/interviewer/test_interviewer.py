"""What the interviewer says and remembers, on typed answers through the real checker."""

from datetime import date
from functools import cache
from random import Random

import pytest

from voicecoach import scenarios
from voicecoach.findings import closing
from voicecoach.findings.finding import Measure, Review
from voicecoach.interviewer.asked import asked
from voicecoach.interviewer.impression import Impression, moved
from voicecoach.interviewer.interviewer import Interviewer
from voicecoach.words.transcript import said

PROMPTS = scenarios.load()
PERSONAS = PROMPTS.personas.values()
EXAMPLE = PROMPTS.profiles["example"]
SUNDAY = date(2026, 11, 22)
MANY = """
Yes. How many people are in the team? And what would success look like after the first ninety days?
What training would I get? Is there anything else that you would like to ask me?"""


@cache
def answer(round_id, text, length_s=20.0):
    round_, transcript = PROMPTS.rounds[round_id], said(text)
    return Review(
        round=round_,
        attempt=1,
        duration_s=length_s,
        transcript=transcript,
        findings=closing.check(transcript, PROMPTS.criteria.values(), round_),
        measures=(Measure("answer_length_s", length_s, "s", *round_.target_s, ""),),
        score=None,
        advice=(),
    )


def interviewer(persona="neutral", scenario="full-close", seed=1, profile=EXAMPLE):
    return Interviewer(
        PROMPTS,
        PROMPTS.scenario(scenario),
        PROMPTS.persona(persona),
        profile,
        today=SUNDAY,
        random=Random(seed),
    )


def exchange(who, text, round_id=None):
    """One round: what opened it, and what was replied."""
    round_ = PROMPTS.rounds[round_id] if round_id else who.next_round()
    opening = who.line(round_).text
    return opening, [one.text for one in who.hear(answer(round_.id, text))]


def test_each_question_is_answered_once_in_the_order_asked():
    _, replies = exchange(interviewer(), MANY)
    assert len(replies) == 4
    for reply, said_of in zip(
        replies, (EXAMPLE.team, EXAMPLE.success, EXAMPLE.training), strict=False
    ):
        assert said_of in reply


@pytest.mark.parametrize(
    ("text", "replies"),
    [
        ("What does the ideal candidate look like to you?", ["asks_ideal_candidate"]),
        ("How would you describe the culture here?", ["asks_culture"]),
        ("Where do you see the company heading in the next few years?", ["business"]),
        ("What are the biggest challenges at the moment?", ["challenge"]),
        ("How could I grow in this role?", ["growth"]),
        ("What is the salary? And how many days of holiday do I get?", ["pay"]),
        ("When might I hear from you?", ["asks_timeframe"]),
        ("Thank you for the talk today. It was nice.", []),
        ("No, I have no questions.", ["no_questions"]),
    ],
)
def test_what_calls_for_a_reply_is_told_from_the_answer(text, replies):
    assert [one.reply for one in asked(answer("questions", text), PROMPTS.replies)] == replies


def test_the_same_question_later_is_not_answered_twice():
    who = interviewer()
    exchange(who, "What would success look like in this role?", "questions")
    _, (again,) = exchange(who, "What would success look like in this role?", "fit")
    assert EXAMPLE.success not in again
    assert again in PROMPTS.replies["asked_again"].lines


def test_asked_about_concerns_they_name_the_weak_spot_and_a_concern_round_follows():
    who = interviewer()
    _, replies = exchange(who, "Do you have any concerns about me?", "questions")
    assert EXAMPLE.weak_spot in replies[-1]
    assert who.next_round().id == "concern"
    opening, _ = exchange(
        who, "Thank you. Last year I led five people for months, and it went well."
    )
    assert opening in PROMPTS.rounds["concern"].lines_when_called
    assert who.next_round().id == "fit"


def test_unasked_they_raise_it_themselves():
    who = interviewer()
    exchange(who, "What would success look like?", "questions")
    exchange(who, "How well do I fit?", "fit")
    opening, _ = exchange(who, "Thank you.")
    assert EXAMPLE.weak_spot in opening


def test_invited_to_ask_more_they_ask_one_more_question():
    who = interviewer()
    exchange(who, MANY, "questions")
    assert who.next_round().id == "one_more"
    opening, _ = exchange(who, "They would say that I am good with numbers.")
    assert opening.endswith("?")
    exchange(who, MANY, "fit")
    assert who.next_round().id == "concern"


def test_two_rounds_called_up_at_once_come_one_after_the_other():
    who = interviewer()
    text = "Do you have any doubts about me? And is there anything else that you want to ask me?"
    _, replies = exchange(who, text, "questions")
    assert not any(EXAMPLE.weak_spot in reply for reply in replies)
    exchange(who, "They would say good things.")
    opening, _ = exchange(who, "Thank you.")
    assert EXAMPLE.weak_spot in opening


def test_a_strong_impression_answers_at_length_and_a_weak_one_hesitates():
    strong, weak = interviewer(), interviewer()
    exchange(strong, MANY, "questions")
    exchange(weak, "No, I have no questions.", "questions")
    fit = "How well do you think I fit the profile you have in mind?"
    (_, (warm, *_)), (_, (cool, *_)) = exchange(strong, fit, "fit"), exchange(weak, fit, "fit")
    assert len(warm.split()) > 3 * len(cool.split())
    assert EXAMPLE.experience in warm or EXAMPLE.skills[0] in warm
    assert any("a good sign" in reading for reading in strong.debrief().readings)
    assert any("that means doubt" in reading for reading in weak.debrief().readings)


@pytest.mark.parametrize(
    ("round_id", "text"),
    [
        ("fit", "So, did I get the job? Tell me, am I hired?"),
        (
            "next_steps",
            "I must have your answer on Friday at twelve o'clock, and not a minute later.",
        ),
        ("offers", "I have another offer, so you had better decide today, or you will lose me."),
        ("next_steps", "I will call you every morning until you have decided."),
    ],
)
def test_pressed_they_turn_cooler_and_it_costs_impression(round_id, text):
    who = interviewer()
    exchange(who, MANY, "questions")
    before = who.talk.impression.points
    exchange(who, text, round_id)
    assert who.talk.impression.points <= before - 2
    assert min(move.by for move in who.talk.impression.moves) == -3
    assert who.debrief().readings


def test_the_date_that_was_given_is_referred_to_later():
    who = interviewer(scenario="whole-story")
    _, (reply,) = exchange(who, "When might I hear from you?", "next_steps")
    assert "Tuesday the 1st of December" in reply
    opening, _ = exchange(who, "I will wait until then.", "waiting")
    assert "Tuesday the 1st of December" in opening
    assert "You never asked" not in opening and "You did not ask" not in opening


def test_who_did_not_ask_for_the_date_is_told_that_they_did_not():
    who = interviewer(scenario="whole-story")
    exchange(who, "Thank you.", "next_steps")
    opening, _ = exchange(who, "I will wait.", "waiting")
    assert "asked" in opening or "did not ask" in opening


def test_without_an_interview_the_date_was_given():
    opening, _ = exchange(interviewer(scenario="after-the-interview"), "I wait.", "waiting")
    assert "invitation" not in opening


def test_nobody_replies_to_a_note():
    assert exchange(interviewer(), "I will send this tonight. Thank you.", "thank_you")[1] == []


def test_again_takes_back_what_the_try_moved_and_says_another_line():
    who = interviewer()
    first, _ = exchange(who, "No, I have no questions.")
    spoiled = who.talk
    who.again()
    assert who.talk.impression == Impression()
    second, _ = exchange(who, MANY, "questions")
    assert first != second
    assert who.talk.impression.points > 0 > spoiled.impression.points
    assert who.talk.held == ("questions",)


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda each: each.id)
def test_no_line_repeats_while_another_variant_is_left(persona):
    who = interviewer(persona.id)
    round_ = PROMPTS.rounds["questions"]
    count = len({*persona.lines.get("questions", ()), *round_.lines})
    first, *lines = [who.line(round_).text for _ in range(count)]
    lines = [
        first.removeprefix(next((f"{one} " for one in persona.first if first.startswith(one)), "")),
        *lines,
    ]
    assert len(set(lines)) == count
    assert who.line(round_).text == lines[0]


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda each: each.id)
@pytest.mark.parametrize("mood", ["impressed", "even", "doubtful"])
def test_every_reply_has_a_variant_for_every_persona(persona, mood):
    """Their own, or a neutral one, filled in to the last name."""
    who = interviewer(persona.id)
    for id_ in PROMPTS.replies:
        for pool in who._wordings(id_, mood):
            for line in pool:
                assert "{" not in who._fill(line, {"line": "Well?"})
        assert any(who._wordings(id_, mood))


@pytest.mark.parametrize("profile", PROMPTS.profiles.values(), ids=lambda each: each.id)
def test_every_line_of_every_scenario_is_filled_in_for_every_profile(profile):
    for scenario in PROMPTS.scenarios:
        who = interviewer(scenario=scenario, profile=profile)
        for one in (*PROMPTS.rounds.values(), *PERSONAS, PROMPTS.scenario(scenario)):
            for _, line in scenarios.spoken_lines(one, scenarios.SPOKEN):
                filled = who._fill(line, {"line": "Well?"})
                assert not set(filled) & set("{}"), filled


def test_personas_differ_in_wording_pace_patience_and_time():
    assert len({one.pace_wpm for one in PERSONAS}) >= 4
    assert len({one.patience for one in PERSONAS}) >= 4
    opening, _ = exchange(interviewer("hurried"), "No.")
    assert "two minutes" in opening


def test_a_hurried_person_cuts_in_where_a_friendly_one_listens():
    for persona, impatient in (("hurried", True), ("friendly", False)):
        who = interviewer(persona)
        round_ = PROMPTS.rounds["statement"]
        who.line(round_)
        replies = who.hear(answer("statement", "I am thrilled by this job. Thank you.", 80.0))
        cut_in = (
            {*PROMPTS.replies["too_long"].lines, *who.persona.replies["too_long"].lines}
            if impatient
            else set()
        )
        assert (replies[0].text in cut_in) == impatient


def test_a_panel_takes_turns_with_two_names():
    who = interviewer("panel")
    round_ = who.next_round()
    speakers = [who.line(round_), *who.hear(answer(round_.id, MANY))]
    assert [one.speaker for one in speakers] == [0, 1, 0, 1, 0]
    assert {who.name_of(one) for one in speakers} == set(who.persona.names)


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda each: each.id)
def test_a_line_is_said_once_more_on_request_in_character(persona):
    who = interviewer(persona.id)
    round_ = who.next_round()
    line = who.line(round_).text
    repeated = who.repeat(round_)
    assert repeated.split(".")[-1].split(":")[-1].strip() in line
    assert who.talk.impression == Impression()


def test_the_impression_can_be_added_up_by_hand():
    text = "No, I have no questions."
    impression = moved(Impression(), answer("questions", text), PERSONAS_NEUTRAL, PROMPTS.criteria)
    assert [(move.by, move.quote) for move in impression.moves] == [(-2, "I have no questions")]
    assert (impression.points, impression.possible, impression.share) == (-2, 2, 0.0)


PERSONAS_NEUTRAL = PROMPTS.persona("neutral")
