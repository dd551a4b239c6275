"""How an answer sounded, in numbers that can be checked by hand."""

from voicecoach import scenarios
from voicecoach.findings.delivery import measure
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import said

STATEMENT = scenarios.load().rounds["statement"]


def values(text, speech, round_=STATEMENT):
    return {one.name: one.value for one in measure(said(text), speech, round_)}


def test_length_is_from_the_first_talk_to_the_last():
    """Leading and trailing silence are not the answer's."""
    assert values("word " * 5, [Span(2, 6), Span(7, 12)])["answer_length_s"] == 10


def test_length_is_held_against_the_rounds_target():
    (length, *_) = measure(said("word " * 5), [Span(0, 9)], STATEMENT)
    assert (length.low, length.high) == (20, 60)


def test_pace_counts_words_over_the_whole_span_pauses_included():
    assert values("word " * 50, [Span(1, 11), Span(13, 21)])["pace_wpm"] == 150


def test_fillers_are_not_words():
    assert values("um, word uh " * 25 + "Hmm.", [Span(0, 20)])["pace_wpm"] == 75


def test_a_short_answer_has_no_pace():
    """Ten seconds and twenty words are the least that a pace can be told from."""
    assert "pace_wpm" not in values("word " * 30, [Span(0, 9.5)])
    assert "pace_wpm" not in values("word " * 19, [Span(0, 15)])
    assert "pace_wpm" in values("word " * 20, [Span(0, 10)])


def test_the_longest_pause_is_the_widest_gap_in_the_talk():
    assert values("word " * 5, [Span(3, 4), Span(4.5, 6), Span(8.2, 9)])["longest_pause_s"] == 2.2


def test_without_words_nothing_is_measured():
    """A cough is talk for nobody."""
    assert values("", [Span(1, 2)]) == {}
