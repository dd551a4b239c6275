"""Fillers, hedges, repeats: what is counted, and what only looks like it."""

import pytest

from tests.findings.test_delivery import spoken
from voicecoach import scenarios
from voicecoach.findings import fluency
from voicecoach.findings.fluency import syllables
from voicecoach.sound.clip import Span
from voicecoach.words.fillers import Reheard
from voicecoach.words.transcript import Segment, Transcript, Word

HEDGES = scenarios.measured()["hedges_per_100w"].phrases
RESTARTS = scenarios.measured()["repeats_per_100w"].phrases


def fillers(reheard, transcript):
    words = tuple(reheard.split())
    return fluency.fillers([Reheard(Span(0, 30), words)], transcript)


def quotes(moments):
    return [moment.quote for moment in moments]


def test_a_filler_lies_between_the_words_around_it():
    """Where they leave a gap, it fills the gap; where not, it is put where they meet."""
    transcript = spoken("I think 0.8 that this works")
    one, two = fillers("I think, um, that this, uh, works.", transcript)
    assert (one.quote, two.quote) == ("um", "uh")
    assert (one.span.start_s, one.span.end_s) == pytest.approx((0.8, 1.6))
    assert two.span.start_s < 2.4 < two.span.end_s


def test_a_filler_before_the_first_word_and_after_the_last_is_placed_too():
    first, last = fillers("Um, thank you, uh.", spoken("1.5 Thank you.", start_s=0))
    assert first.span.end_s <= 1.5
    assert last.span.start_s >= 2.3


def test_like_and_you_know_count_where_they_fill():
    text = "It was, like, hard, you know, and I like it, as you know. Do you know what I like?"
    found = fillers(text, spoken(text))
    assert quotes(found) == ["like", "you know"]


def test_like_on_the_second_hearings_word_alone_does_not_count():
    """Its prompt has the word in it."""
    assert fillers("It was, like, hard.", spoken("It was hard.")) == ()


def test_a_filler_that_only_the_first_hearing_wrote_counts_once_and_where_it_was():
    """The second went astray after the first "um"."""
    transcript = spoken("Um, I 0.8 ran 1 a clinic, uh, for years.")
    found = fillers("Um, I ran it.", transcript)
    assert quotes(found) == ["Um", "uh"]
    assert found[1].span == next(word.span for word in transcript.words if word.text == "uh,")
    assert quotes(fillers("Um, I ran a clinic, uh, for years.", transcript)) == ["Um", "uh"]


def test_of_two_hearings_between_the_same_words_the_one_with_more_counts():
    transcript = spoken("It was um, 1 uh, 1 um, 2 hard.")
    assert quotes(fillers("It was, uh, um, hard.", transcript)) == ["uh", "um", "um"]
    assert len(fillers("It was um, uh, um, uh, hard.", transcript)) == 4


@pytest.mark.parametrize(("times", "room_s", "number"), [(1, 0.3, 1), (1, 0.1, 0), (3, 0.5, 0)])
def test_a_filler_was_said_where_there_is_room_for_it(times, room_s, number):
    """Elsewhere Whisper repeats itself. It gives no length to many that were said."""
    words = [Word(text, Span(at, at + 0.4), 0.9) for text, at in (("It", 0), ("was", 0.4))]
    words += [Word("um,", Span(0.8 + room_s, 0.8 + room_s), 0.9)] * times
    words += [Word("hard.", Span(0.8 + room_s, 1.2 + room_s), 0.9)]
    transcript = Transcript((Segment(tuple(words), -0.2, 0.0, 1.0),), "test", "test")
    found = fillers("It was hard.", transcript)
    assert [moment.span for moment in found] == [Span(0.8, 0.8 + room_s)] * number


def test_no_filler_is_no_filler():
    assert fillers("Thank you for your time.", spoken("Thank you for your time.")) == ()
    assert fluency.fillers([], spoken("Thank you.")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I guess I could sort of manage.", ["I guess", "sort of"]),
        ("It would hopefully work, if that makes sense.", ["hopefully", "if that makes sense."]),
        ("What kind of team is it?", []),
        ("I like this kind of work, your sort of work.", []),
        ("Could you maybe tell me a bit more?", []),
        ("I guess so. Could you perhaps tell me more?", ["I guess"]),
        ("I think that I fit this job.", []),
    ],
)
def test_a_hedge_is_one_only_where_it_takes_something_back(text, expected):
    assert quotes(fluency.hedges(spoken(text), HEDGES)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I, I want this job.", ["I, I"]),
        ("You were open about it, it is true.", []),
        ("We can we can start on Monday.", ["We can we can"]),
        ("I worked, sorry, I work there.", ["sorry,"]),
        ("I was, I mean, I am a nurse.", ["I mean,"]),
        ("It is very very good. Thank you, thank you. No, no.", []),
        ("Sorry, I did not hear that. I mean it.", []),
        ("I knew that that had had an end.", []),
    ],
)
def test_a_repeat_is_one_only_where_it_was_not_meant(text, expected):
    assert quotes(fluency.repeats(spoken(text), RESTARTS)) == expected


def test_the_syllables_of_a_known_speech_are_counted():
    """Kennedy, 1961: 28 syllables in 22 words."""
    text = "And so my fellow Americans ask not what your country can do for you "
    text += "ask what you can do for your country"
    assert sum(map(syllables, text.split())) == 28


def test_syllables_of_words_of_closing_answers():
    counted = {
        "experience": 4,
        "enthusiasm": 5,
        "appreciate": 4,
        "opportunity": 5,
        "questions": 2,
        "worked": 1,
        "created": 3,
        "business": 2,
        "every": 2,
        "people": 2,
        "team": 1,
        "the": 1,
        "companies": 3,
        "didn't": 2,
        "being": 2,
    }
    assert {word: syllables(word) for word in counted} == counted
