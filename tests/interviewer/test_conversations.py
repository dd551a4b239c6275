"""Whole conversations on recorded answers: heard by Whisper, checked, and replied to."""

from datetime import date
from random import Random

import pytest

from voicecoach import scenarios
from voicecoach.findings import closing
from voicecoach.findings.finding import Measure, Review
from voicecoach.interviewer.interviewer import Interviewer
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Segment, Transcript, Word

PROMPTS = scenarios.load()
SUNDAY = date(2026, 11, 22)


@pytest.fixture
def hear(graded):
    """A recording -> its review, from what Whisper wrote down when all were graded."""

    def hear(name, round_id):
        line, round_ = graded[name], PROMPTS.rounds[round_id]
        words = tuple(
            Word(word["text"], Span(word["start_s"], word["end_s"]), word["probability"])
            for word in line["transcript"]["words"]
        )
        segments = (Segment(words, 0.0, 0.0, 1.0),) if words else ()
        transcript = Transcript(segments, line["transcript"]["engine"], "tiny.en")
        return Review(
            round=round_,
            attempt=1,
            duration_s=line["duration_s"],
            transcript=transcript,
            findings=closing.check(transcript, PROMPTS.criteria.values(), round_),
            measures=tuple(
                Measure(each["name"], each["value"], each["unit"], each["low"], each["high"], "")
                for each in line["measures"]
            ),
            score=None,
            advice=(),
        )

    return hear


def conversation(hear, names, scenario="whole-story", persona="neutral"):
    """Hold a scenario to its end: ids of the rounds, what was said in each, the interviewer."""
    who = Interviewer(
        PROMPTS,
        PROMPTS.scenario(scenario),
        PROMPTS.persona(persona),
        today=SUNDAY,
        random=Random(1),
    )
    said = {}
    while round_ := who.next_round():
        assert round_.id not in said
        opening = who.line(round_).text
        name = names.get(round_.id, names.get("otherwise"))
        replies = who.hear(hear(name, round_.id))
        said[round_.id] = [opening, *(one.text for one in replies)]
    return said, who


def test_a_strong_candidate_gets_the_offer(hear):
    said, who = conversation(
        hear,
        {
            "questions": "questions-strong-slt",
            "one_more": "one_more-strong-slt",
            "fit": "fit-strong-us-rob-pauses",
            "concern": "concern-strong-awb",
            "offers": "offers-strong-hts-fillers",
            "statement": "statement-strong-slt",
            "next_steps": "next_steps-strong-kal-white10",
            "thank_you": "thank_you-strong-gb-pauses",
            "waiting": "waiting-strong-slt",
            "follow_up": "follow_up-strong-us-edward",
            "outcome_offer": "outcome_offer-strong-rms",
        },
    )
    profile = PROMPTS.profiles["example"]
    assert list(said) == [
        *("questions", "one_more", "fit", "concern", "offers", "statement", "next_steps"),
        *("thank_you", "waiting", "follow_up", "outcome_offer"),
    ]
    _, success, culture, _ = said["questions"]
    assert profile.success in success
    assert profile.culture in culture
    *_, strengths, concern = said["fit"]
    assert len(strengths.split()) > 20
    assert profile.weak_spot in concern
    assert "Tuesday the 1st of December" in said["next_steps"][-1]
    assert "Tuesday the 1st of December" in said["waiting"][0]
    debrief = who.debrief()
    assert (debrief.outcome, debrief.mood) == ("offer", "impressed")


def test_a_weak_candidate_gets_the_rejection(hear):
    said, who = conversation(
        hear,
        {
            "questions": "questions-bad-awb",
            "fit": "fit-bad-us-edward-pauses",
            "concern": "concern-bad-kal-babble15",
            "offers": "offers-middling-us-klatt2",
            "statement": "statement-bad-gb",
            "next_steps": "next_steps-middling-rp-pauses",
            "thank_you": "thank_you-middling-awb",
            "waiting": "waiting-middling-rms",
            "follow_up": "follow_up-middling-kal16-fillers",
            "outcome_rejection": "outcome_rejection-strong-slt",
        },
    )
    assert list(said)[-1] == "outcome_rejection"
    assert said["questions"][1] in PROMPTS.replies["no_questions"].lines
    assert PROMPTS.profiles["example"].weak_spot in said["concern"][0]
    assert said["outcome_rejection"][-1] in PROMPTS.replies["keeps_door_open"].lines
    assert who.debrief().outcome == "rejection"


def test_a_pushy_one_is_met_more_coolly_and_gets_the_rejection(hear):
    said, who = conversation(
        hear,
        {
            "questions": "questions-middling-rms",
            "fit": "fit-bad-kal16",
            "concern": "concern-bad-rp-m3",
            "offers": "offers-bad-kal16",
            "statement": "statement-bad-ked-fillers",
            "next_steps": "next_steps-bad-us-rob",
            "thank_you": "thank_you-bad-rms",
            "waiting": "waiting-bad-us-m7",
            "follow_up": "follow_up-bad-us-m7",
            "outcome_rejection": "outcome_rejection-bad-kal16",
        },
    )
    replies = PROMPTS.replies
    for round_id, criterion in (
        ("fit", "asks_outright"),
        ("next_steps", "demands_exact_time"),
        ("follow_up", "pushy_contact"),
    ):
        assert said[round_id][1] in replies[criterion].lines
    debrief = who.debrief()
    assert (debrief.outcome, debrief.mood) == ("rejection", "doubtful")
    assert sum(move.by == -3 for move in debrief.impression.moves) >= 5


def test_a_silent_one_is_not_taken_for_anything_they_did_not_say(hear):
    said, who = conversation(hear, {"otherwise": "nothing-silence"})
    assert list(said)[-1] == "outcome_rejection"
    neutral = PROMPTS.replies["heard_nothing"].lines
    assert all(one in neutral for _, *replies in said.values() for one in replies)
    assert {move.quote for move in who.debrief().impression.moves} == {None}


def test_one_who_asks_for_the_line_once_more_gets_it_and_loses_nothing(hear):
    """Who hears the request calls repeat in place of hear; then the talk goes on."""
    who = Interviewer(
        PROMPTS, PROMPTS.scenario("quick-close"), PROMPTS.persona("friendly"), random=Random(1)
    )
    round_ = who.next_round()
    line = who.line(round_).text
    request = hear("questions-middling-awb-repeat", "questions")
    assert "could you repeat that" in request.transcript.text.lower()
    before = who.talk
    assert who.repeat(round_).endswith(who._last_line)
    assert who._last_line in line
    assert who.talk == before
    (reply,) = who.hear(hear("statement-strong-slt", "statement"))
    assert reply.text in PROMPTS.replies["after_statement"].impressed
    assert who.next_round().id == "next_steps"
