"""Whether an answer is over, by its last words, its sound and its length."""

import pytest

from voicecoach.sound.turn import PERHAPS, SURELY
from voicecoach.words.trailing import finished

UNFINISHED = (
    "I would love to join you because",
    "I bring ten years of experience and",
    "So I think I am a good fit for the",
    "What I would like to know is, um",
    "I have always wanted to...",
)


@pytest.mark.parametrize("text", UNFINISHED)
@pytest.mark.parametrize("by_sound", [0.1, 0.9])
def test_a_word_that_calls_for_another_keeps_the_turn_open(text, by_sound):
    """Whatever it sounds like, and however long the answer is already."""
    assert finished(text, by_sound, talk_s=30) < PERHAPS


@pytest.mark.parametrize(
    "text",
    [
        "I enjoyed meeting the team. Thank you so much for your time today.",
        "And what does success look like in the first ninety days?",
        "When might I hear from you?",
    ],
)
def test_a_thank_you_or_a_question_ends_an_answer_that_sounds_finished(text):
    assert finished(text, 0.9, talk_s=12) >= SURELY
    assert finished(text, 0.1, talk_s=12) >= PERHAPS


def test_who_has_said_little_is_waited_for_longer():
    text = "Thank you so much for your time today."
    assert finished(text, 0.9, talk_s=2) < SURELY < finished(text, 0.9, talk_s=8)


def test_a_long_answer_is_not_over_sooner_than_one_of_some_seconds():
    """Or it would be over at every full stop."""
    text = "I have worked in logistics for years."
    assert finished(text, 0.5, talk_s=60) == finished(text, 0.5, talk_s=9)


@pytest.mark.parametrize(
    "text", ["I'm done.", "That is why I fit. Okay, I’m done", "I am all done."]
)
def test_who_says_that_they_are_done_is_done(text):
    """However short the answer was, and whatever it sounds like."""
    assert finished(text, 0.02, talk_s=1) == 1.0


def test_no_words_are_no_end():
    assert finished("", 0.5, talk_s=8) < SURELY
