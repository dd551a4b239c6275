"""Feedback in the forms of other programs."""

import csv
import io
import re

import pytest

from tests.conftest import RECORDINGS, run
from tests.history.made import PROMPTS, reviewed, spoken
from voicecoach.errors import UsageError
from voicecoach.feedback import forms
from voicecoach.fixtures import truth_of, word_error_rate
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Segment, Transcript, Word

TWO = Transcript(
    (
        Segment((Word("Thank", Span(0.5, 0.8), 1), Word("you.", Span(0.8, 1.25), 1)), 0, 0, 1),
        Segment((Word("When", Span(61.0, 61.2), 1), Word("-->", Span(61.2, 62.0), 1)), 0, 0, 1),
    ),
    "by hand",
    "none",
)


def test_captions_have_the_shape_of_whispers_own():
    assert forms.transcript(TWO, "srt") == (
        "1\n00:00:00,500 --> 00:00:01,250\nThank you.\n\n"
        "2\n00:01:01,000 --> 00:01:02,000\nWhen ->\n\n"
    )
    assert forms.transcript(TWO, "vtt") == (
        "WEBVTT\n\n00:00.500 --> 00:01.250\nThank you.\n\n01:01.000 --> 01:02.000\nWhen ->\n\n"
    )
    assert forms.transcript(TWO, "txt") == "Thank you.\nWhen ->\n"
    assert forms.transcript(spoken(""), "vtt") == "WEBVTT\n\n"


def test_markdown_shows_what_was_said_and_does_nothing_else():
    review = reviewed("Thank you <b>so</b> much *for* [this](http://x).", "statement")
    text = forms.markdown("A | title", review, PROMPTS.criteria, "Any # last words?")
    assert "\\<b\\>so\\</b\\> much \\*for\\* \\[this\\]\\(http://x\\)" in text
    assert "## A \\| title" in text
    assert "**You thank them** at 0:00" in text


def test_a_table_has_a_line_an_answer_and_no_formula():
    review = reviewed("=1+1 is what I say. Thank you.", "statement")
    text = forms.table([({"recording": "@a"}, review), ({"recording": "b"}, review)])
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["recording"], second["recording"]) == ("'@a", "b")
    assert first["text"] == "'=1+1 is what I say. Thank you."
    assert (first["thanks"], first["restates_fit"], first["asks_culture"]) == ("met", "missed", "")
    assert float(first["answer_length_s"]) == review.measures[0].value


def test_captions_of_several_answers_want_a_folder(tmp_path):
    review = reviewed("Thank you.", "statement")
    writer = forms.Writer("srt", None, PROMPTS.criteria)
    writer.add(tmp_path / "a.wav", review)
    with pytest.raises(UsageError, match="--output-dir"):
        writer.add(tmp_path / "b.wav", review)
    writer = forms.Writer("srt", tmp_path / "out", PROMPTS.criteria)
    for folder in ("one", "two"):
        writer.add(tmp_path / folder / "a.wav", review)
    writer.finish()
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["a-2.srt", "a.srt"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_grade_writes_the_captions_of_what_it_heard():
    recording = RECORDINGS / "next_steps-strong-hts.flac"
    captions = run("grade", recording, "--format", "srt")
    assert captions.status == 0
    blocks = [block.split("\n") for block in captions.out.strip().split("\n\n")]
    heard = " ".join(block[2] for block in blocks)
    assert word_error_rate(truth_of(recording, PROMPTS).words, heard) < 0.2
    assert [block[0] for block in blocks] == [str(n + 1) for n in range(len(blocks))]
    assert all(re.fullmatch(r"00:00:\d\d,\d{3} --> 00:00:\d\d,\d{3}", b[1]) for b in blocks)


def test_grade_refuses_a_form_that_it_does_not_know():
    refused = run("grade", RECORDINGS / "next_steps-strong-hts.flac", "--format", "doc")
    assert (refused.status, "Take one of: md, csv, srt, vtt, txt" in refused.err) == (2, True)
