"""What is said about an answer, and in which order."""

import re
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from tests.conftest import RECORDINGS
from voicecoach import scenarios
from voicecoach.feedback import advice, charts, terminal
from voicecoach.findings import closing, delivery
from voicecoach.findings.finding import Finding, Review
from voicecoach.sound import files
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.transcript import said

PROMPTS = scenarios.load()
STRONG = PROMPTS.rounds["next_steps"].model_answer


def reviewed(
    text: str, round_id: str = "next_steps", length_s: float = 20, attempt: int = 1
) -> Review:
    """A review of a typed text, as though it had been spoken in *length_s* without a pause."""
    round_, transcript = PROMPTS.rounds[round_id], said(text)
    findings = closing.check(transcript, PROMPTS.criteria.values(), round_)
    measures = delivery.measure(transcript, [Span(0, length_s)], round_).measures
    summary = advice.summarise(findings, round_, PROMPTS.criteria)
    return Review(
        round=round_,
        attempt=attempt,
        duration_s=length_s,
        transcript=transcript,
        findings=findings,
        measures=measures,
        score=advice.score(summary, measures, round_),
        advice=advice.advise(summary, measures, round_, PROMPTS.criteria, attempt),
    )


def shown(review: Review) -> str:
    page = StringIO()
    terminal.show(Console(file=page, width=100, highlight=False), review, PROMPTS.criteria)
    return page.getvalue()


def test_an_answer_that_has_it_all_gets_every_point():
    review = reviewed(STRONG, length_s=15)
    assert review.score.points == 100
    assert review.advice == ()
    assert "Nothing to fix here" in shown(review)


@pytest.mark.parametrize("round_", PROMPTS.rounds.values(), ids=lambda each: each.id)
def test_the_points_of_every_round_add_up_to_a_hundred(round_):
    review = reviewed("The weather was nice.", round_.id)
    assert sum(part.of for part in review.score.parts) == 100


def test_a_score_is_the_sum_of_what_is_shown():
    review = reviewed("Thank you. When might I hear from you? So, did I get the job?")
    assert review.score.points == sum(part.points for part in review.score.parts)
    lines = shown(review)
    for part in review.score.parts:
        assert f"{part.points:+3d}" in lines


def test_one_of_two_ways_is_enough():
    """When they decide, or what comes next."""
    for question in ("When might I expect to hear from you?", "What are the next steps?"):
        points = {part.reason: part.points for part in reviewed(question).score.parts}
        assert points.get("asks_timeframe") or points.get("asks_next_steps")


def test_what_would_gain_most_comes_first():
    """What was missing by its points, then a slip, then how it sounded."""
    review = reviewed("Thank you for your time. So, did I get the job?", length_s=90)
    assert [one.about for one in review.advice] == [
        "asks_timeframe",
        "restates_interest",
        "asks_outright",
        "answer_length_s",
        "pause_share",
    ]
    assert [one.gain for one in review.advice] == [30, 30, 20, 10, 0]


def test_a_slip_is_quoted_with_what_to_say_instead():
    review = reviewed("Thank you for your time. So, did I get the job?")
    slip = next(one for one in review.advice if one.about == "asks_outright")
    assert "did I get the job" in slip.heard
    assert PROMPTS.criteria["asks_outright"].say[0] in slip.try_next


def test_every_advice_tells_what_was_heard_why_it_matters_and_what_to_try():
    for review in (reviewed("Well. So, did I get the job?", length_s=90), reviewed("Well.", "fit")):
        assert review.advice
        for one in review.advice:
            assert one.heard and one.why and one.source and one.try_next


def test_the_next_attempt_is_advised_in_other_words():
    first, second = (reviewed("Thank you.", attempt=attempt).advice[0] for attempt in (1, 2))
    assert first.about == second.about
    assert first.heard != second.heard and first.try_next != second.try_next


def test_no_advice_has_a_place_left_to_fill_in():
    for occasion in scenarios.wording().values():
        for text in (*occasion.heard, *occasion.try_next):
            assert set(re.findall(r"{(\w*)}", text)) <= {
                *("title", "advice", "say", "quote", "at", "round", "landed")
            }
    for attempt in (1, 2, 3):
        review = reviewed("Well. So, did I get the job? I guess so.", length_s=90, attempt=attempt)
        assert not any(mark in one.text for one in review.advice for mark in "{}")


def test_how_it_sounded_comes_last_and_is_a_small_part_of_the_score():
    review = reviewed(f"{STRONG} " * 4, length_s=300)
    assert [one.about for one in review.advice] == ["answer_length_s", "pace_wpm", "pause_share"]
    assert review.score.of("content") == (90, 90)
    assert review.score.of("delivery") == (0, 10)


def test_a_question_that_landed_may_still_be_a_better_one():
    asked = "What software does the team use? And is there anything else you would like to ask me?"
    assert reviewed(asked, "questions").advice[-1].try_next.startswith("Better still: ")


def test_the_second_try_is_compared_with_the_first():
    before = reviewed("Thank you for your time. So, did I get the job?")
    after = reviewed("When might I hear from you? I am very interested in this job.")
    change = advice.compare(before, after)
    assert {"asks_timeframe", "restates_interest", "asks_outright"} <= set(change.gained)
    assert change.lost == ("thanks",)


def test_a_pace_that_came_nearer_to_its_range_is_told():
    before, after = (reviewed("word " * 60, length_s=length_s) for length_s in (16, 24))
    change = advice.compare(before, after)
    assert [(one.value, two.value) for one, two in change.better] == [(225, 150)]
    assert change.worse == ()
    assert charts.changes(change.better) == "pace 225 to 150 words/min"


def test_nothing_said_claims_to_know_the_outcome():
    """No word of chances, confidence or personality in any advice that can be given."""
    texts = [text for c in PROMPTS.criteria.values() for text in (c.why, c.advice)]
    texts += [one.text for r in PROMPTS.rounds for one in reviewed("Well.", r).advice]
    texts += [text for one in scenarios.wording().values() for text in (*one.heard, *one.try_next)]
    for text in texts:
        for claim in ("chances", "will get the job", "be hired", "confident person", "personality"):
            assert claim not in text.lower(), text


def test_markup_in_what_was_said_is_shown_as_it_is():
    assert "[red]thank you[/red]" in shown(reviewed("Well [red]thank you[/red] for your time."))


def test_two_tries_stand_side_by_side():
    """What the round listens for, and what slipped, with what was gained and what was lost."""
    first, second = (
        Review(
            round=PROMPTS.rounds["statement"],
            attempt=attempt,
            duration_s=20.0,
            transcript=said("x"),
            findings=tuple(
                Finding(id_, verdict, None, None, 0.9) for id_, verdict in verdicts.items()
            ),
            measures=(),
            score=None,
            advice=(),
        )
        for attempt, verdicts in (
            (1, {"thanks": "met", "restates_fit": "close", "undersells_self": "slipped"}),
            (2, {"thanks": "missed", "restates_fit": "met", "undersells_self": "clear"}),
        )
    )
    rows = {row.criterion: row.change for row in advice.side_by_side(first, second)}
    assert rows["thanks"] == -1
    assert (rows["restates_fit"], rows["undersells_self"]) == (1, 1)
    assert rows["shows_enthusiasm"] == 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda samples: samples, None),
        (lambda samples: samples * 0.02, "The microphone barely heard you"),
        (lambda samples: (samples * 30).clip(-1, 1), "The microphone overloads. Move back"),
        (lambda samples: samples + hiss(len(samples)) * 0.05, "dB above the noise around you"),
        (lambda samples: hiss(len(samples)) * 1e-3, "I did not hear you. Speak closer"),
    ],
    ids=["fine", "too quiet", "clipping", "noisy room", "nobody"],
)
def test_a_sentence_tells_what_to_do_about_the_microphone(spoil, told):
    """One sentence with what to do; nothing where it comes through well."""
    clip = files.read(RECORDINGS / "statement-strong-slt.flac")
    spoiled = Clip(spoil(clip.samples[: 4 * clip.rate_hz]), clip.rate_hz)
    take = record(Played(spoiled), Turn(ENDLESS))
    found = advice.on_microphone(False, take, delivery.of_the_microphone(take.clip, take.speech))
    assert bool(found) == bool(told)
    assert told is None or told in " ".join(found)


def test_a_microphone_of_nothing_but_zeros_is_told_before_all_else():
    take = record(Played(Clip(np.zeros(16_000, np.float32), 16_000)), Turn(ENDLESS))
    (sentence,) = advice.on_microphone(True, take, ())
    assert "nothing but zeros" in sentence and "not muted" in sentence


class Played:
    """A clip, heard as from a microphone."""

    overflows, silent, stalled, recorded = 0, False, False, False

    def __init__(self, clip):
        self.rate_hz, self._clip = clip.rate_hz, clip

    def blocks(self):
        yield from np.array_split(self._clip.samples, 40)

    def stop(self):
        """It ends by itself."""


def hiss(length):
    return np.random.default_rng(5).standard_normal(length).astype("f4")
