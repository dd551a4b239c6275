"""Where an answer begins and ends, driven by strings of frames: no clock, no audio."""

from voicecoach.sound.clip import Span
from voicecoach.sound.turn import ENDLESS, PATIENCE, Patience, Turn


def heard(letters: str, frame_s: float = 0.1, patience: Patience = PATIENCE["normal"]) -> Turn:
    """A turn in which an x is a frame of talk."""
    turn = Turn(patience, frame_s)
    for letter in letters:
        turn.hear(letter == "x")
    return turn


def test_an_answer_ends_after_its_silence():
    """The normal patience is four seconds, whatever was said before."""
    assert not heard("x" * 20 + "." * 39).over
    assert heard("x" * 20 + "." * 40).over


def test_a_thinking_pause_of_three_seconds_keeps_the_turn_open():
    assert not heard("x" * 20 + "." * 30 + "x" * 5).over


def test_talk_after_a_pause_starts_the_silence_anew():
    assert heard("x" * 9 + "." * 38 + "x" * 9 + "." * 38).quiet_s < 4


def test_nobody_is_hurried_to_begin():
    """Before the first word there are thirty seconds."""
    assert not heard("." * 299).over
    assert heard("." * 300).over


def test_a_click_is_neither_speech_nor_the_start_of_an_answer():
    turn = heard("....x....")
    assert turn.speech == ()
    assert not turn.over


def test_a_click_does_not_keep_a_finished_answer_open():
    assert heard("x" * 20 + "." * 25 + "x" + "." * 15).over


def test_a_first_sound_in_the_last_moment_keeps_the_turn_open():
    assert not heard("x" * 20 + "." * 39 + "x").over
    assert heard("x" * 20 + "." * 39 + "x.").over


def test_a_gap_inside_a_word_is_not_a_pause():
    """Bridged below 0.2 s, as the closure of a stop consonant is."""
    turn = heard("xxxxx.xxxxx....xxxxx", frame_s=0.1)
    assert [(round(s.start_s, 1), round(s.end_s, 1)) for s in turn.speech] == [(0, 1.1), (1.5, 2)]


def test_a_recording_is_heard_to_its_end():
    """Three hours of silence do not end what only a file's end ends."""
    assert not heard("x" * 10 + "." * 108_000, frame_s=0.1, patience=ENDLESS).over


def test_speech_is_told_in_seconds_from_the_first_frame():
    assert heard("..xxx", frame_s=0.5).speech == (Span(1.0, 2.5),)
