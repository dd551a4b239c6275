"""Where an answer begins and ends, driven by strings of frames: no clock, no audio."""

import pytest

from voicecoach.sound.clip import Span
from voicecoach.sound.turn import ENDLESS, PATIENCE, Patience, Turn


def heard(
    letters: str, frame_s: float = 0.1, patience: Patience = PATIENCE["normal"], finished: float = 0
) -> Turn:
    """A turn in which an x is a frame of talk, and every silence is judged alike."""
    turn = Turn(patience, frame_s)
    for letter in letters:
        turn.hear(letter == "x")
        if turn.wants_judging:
            turn.judge(finished)
    return turn


def test_what_sounds_finished_is_ended_by_a_short_silence():
    """Of the sound alone one cannot be surer than that."""
    assert not heard("x" * 20 + "." * 20, finished=0.99).over
    assert heard("x" * 20 + "." * 21, finished=0.99).over


def test_a_pause_inside_a_thought_keeps_the_turn_open():
    """Up to five seconds, with normal patience."""
    assert not heard("x" * 20 + "." * 49, finished=0.1).over
    assert heard("x" * 20 + "." * 50, finished=0.1).over


def test_each_silence_is_judged_once_and_what_comes_after_it_anew():
    turn = heard("x" * 20 + "." * 10, finished=0.9)
    assert not turn.wants_judging
    for letter in "xxxx...":
        turn.hear(letter == "x")
    assert turn.wants_judging
    assert turn.ends_in_s == pytest.approx(5 - 0.3), "What was judged is not the end any more."


@pytest.mark.parametrize(
    ("told", "ends_in_s"),
    [(0.95, 0.4), (0.3, 1.6), (0.1, 4.5), (None, 4.5)],
    ids=["surely finished", "perhaps", "surely not", "no words"],
)
def test_words_overrule_the_sound(told, ends_in_s):
    turn = heard("x" * 20 + "." * 5, finished=0.1)
    turn.tell(turn.talked_until, told)
    assert turn.ends_in_s == pytest.approx(ends_in_s)


@pytest.mark.parametrize("patience", PATIENCE.values(), ids=PATIENCE)
def test_the_surer_the_end_the_shorter_the_silence(patience):
    assert 0.5 < patience.finished_s < patience.perhaps_s < patience.unfinished_s


def test_words_of_an_earlier_silence_tell_nothing_of_this_one():
    turn = heard("x" * 20 + "." * 10 + "x" * 5 + "." * 10, finished=0.1)
    turn.tell(20, 0.99)
    assert turn.ends_in_s == pytest.approx(4.0)


def test_the_last_of_the_interviewers_voice_is_not_an_answer():
    """A room keeps a voice for some tenths of a second after it was played."""
    turn = Turn(PATIENCE["normal"], 0.1, after_voice=True)
    for letter in "xxx" + "." * 60:
        turn.hear(letter == "x")
    assert not turn.spoken
    assert not turn.over


def test_who_answers_at_once_is_heard():
    turn = Turn(PATIENCE["normal"], 0.1, after_voice=True)
    for letter in "xxxxxxxxxx..":
        turn.hear(letter == "x")
    assert turn.speech == (Span(0, 1.0),)


def test_talk_after_a_pause_starts_the_silence_anew():
    assert heard("x" * 9 + "." * 48 + "x" * 9 + "." * 48).quiet_s < 5


def test_nobody_is_hurried_to_begin():
    """Before the first word there are thirty seconds."""
    assert not heard("." * 299).over
    assert heard("." * 300).over


def test_a_click_is_neither_speech_nor_the_start_of_an_answer():
    turn = heard("....x....")
    assert turn.speech == ()
    assert not turn.over


def test_a_click_does_not_keep_a_finished_answer_open():
    assert heard("x" * 20 + "." * 35 + "x" + "." * 15).over


def test_a_first_sound_in_the_last_moment_keeps_the_turn_open():
    assert not heard("x" * 20 + "." * 49 + "x").over
    assert heard("x" * 20 + "." * 49 + "x.").over


def test_a_gap_inside_a_word_is_not_a_pause():
    """Bridged below 0.2 s, as the closure of a stop consonant is."""
    turn = heard("xxxxx.xxxxx....xxxxx", frame_s=0.1)
    assert [(round(s.start_s, 1), round(s.end_s, 1)) for s in turn.speech] == [(0, 1.1), (1.5, 2)]


def test_a_recording_is_heard_to_its_end():
    """Three hours of silence do not end what only a file's end ends."""
    assert not heard("x" * 10 + "." * 108_000, frame_s=0.1, patience=ENDLESS).over


def test_speech_is_told_in_seconds_from_the_first_frame():
    assert heard("..xxx", frame_s=0.5).speech == (Span(1.0, 2.5),)
