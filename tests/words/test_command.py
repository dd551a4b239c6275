"""What is said between two rounds, and what it is taken for."""

import pytest

from voicecoach import scenarios
from voicecoach.scenarios import ANSWERS, COMMANDS
from voicecoach.sound.clip import Span
from voicecoach.words.command import command_in, named
from voicecoach.words.transcript import Segment, Transcript, Word

SPOKEN = scenarios.load().commands


def heard(text: str, probability: float) -> Transcript:
    words = tuple(Word(word, Span(0, 1), probability) for word in text.split())
    return Transcript((Segment(words, -0.3, 0.0, 1.0),), "an engine", "a model")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Again.", "again"),
        ("Okay, let's try that again, please.", "again"),
        ("Next", "next"),
        ("Um, next question please.", "next"),
        ("Next. Next.", "next"),
        ("Could you repeat the question, please?", "repeat"),
        ("Play it back.", "hear"),
        ("Can you play that back to me?", "hear"),
        ("Play it to my sister.", None),
        ("Can I hear my answer?", "hear"),
        ("Give me an example.", "model"),
        ("Tell me.", "tell"),
        ("Stop.", "quit"),
        ("That’s all for today, thank you.", "quit"),
    ],
)
def test_a_command_is_understood_in_plain_words(said, meant):
    """Politeness may stand around it; what is nearly one is asked back."""
    assert named(said, SPOKEN, COMMANDS) == meant


@pytest.mark.parametrize(
    "said",
    [
        "I don't want to stop.",
        "Don't stop.",
        "Stop talking to me while I practice.",
        "The next train goes at eight.",
        "I said that again and again.",
        "He asked me to play it back to the others.",
        "Again or next?",
        "Not again.",
        "Thank you.",
        "Thanks.",
        "Bye.",
        "You",
        "Okay.",
        "So",
        "",
    ],
)
def test_what_is_said_to_somebody_else_is_no_command(said):
    """Nor is what Whisper is known to invent in noise."""
    assert named(said, SPOKEN, COMMANDS) is None


def test_an_offer_is_taken_up_or_not():
    for said, meant in (
        ("Yes, please.", "yes"),
        ("Let's do it!", "yes"),
        ("No, thank you.", "no"),
        ("Not today.", "no"),
        ("Well", None),
    ):
        assert named(said, SPOKEN, ANSWERS) == meant


def test_to_stop_takes_surer_words_than_to_go_on():
    """A step can be taken back; the end of the practice cannot."""
    taken = ((0.1, None, None), (0.3, "next", None), (0.6, "next", "quit"))
    for probability, next_, quit_ in taken:
        assert command_in(heard("Next.", probability), SPOKEN, COMMANDS) == next_
        assert command_in(heard("Stop.", probability), SPOKEN, COMMANDS) == quit_


@pytest.mark.parametrize("id_", [*COMMANDS, *ANSWERS])
def test_every_phrase_is_taken_for_its_own_command(id_):
    """And for no other that is offered beside it."""
    offered = COMMANDS if id_ in COMMANDS else ANSWERS
    taken = {phrase: named(phrase, SPOKEN, offered) for phrase in SPOKEN[id_].says}
    assert taken == dict.fromkeys(SPOKEN[id_].says, id_)


def test_every_command_has_a_letter_of_its_own():
    for offered in (COMMANDS, ANSWERS):
        letters = [SPOKEN[id_].key for id_ in offered]
        assert len(set(letters)) == len(letters) and all(letters)
