"""Sentences and clauses of an answer."""

from __future__ import annotations

import pytest

from voicecoach.findings import phrases


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Thank you. What's next?", ["Thank you.", "What's next?"]),
        ("Hm... let me think.", ["Hm... let me think."]),
        ("Thanks, Ms. Reed! Bye.", ["Thanks, Ms. Reed!", "Bye."]),
        ("By 3 p.m. on Friday.", ["By 3 p.m. on Friday."]),
        ("Not before 3 p.m. Thanks.", ["Not before 3 p.m.", "Thanks."]),
        ('I said "yes." Really?!', ['I said "yes."', "Really?!"]),
        ("no mark at all", ["no mark at all"]),
        ("", []),
        (" ... !", []),
    ],
)
def test_sentences_end_at_their_marks(text, found):
    assert [text[slice(*each)] for each in phrases.sentences(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Well, it was fun, thank you.", ["Well,", "it was fun,", "thank you."]),
        ("i like it and when will you decide", ["i like it", "and when will you decide"]),
        ("I love it but um I live far away", ["I love it", "but um I live far away"]),
        ("salt and pepper", ["salt and pepper"]),
        ("I paused... then went on.", ["I paused...", "then went on."]),
        ("One. Two", ["One.", "Two"]),
    ],
)
def test_clauses_begin_at_marks_and_at_conjunctions(text, found):
    assert [text[slice(*each)] for each in phrases.clauses(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So, um, thank you.", "thank you"),
        ("and did I get the job?", "did I get the job?"),
        ("Sure.", "Sure"),
        ("So excited to join.", "So excited to join"),
        ("or I'll go elsewhere", "or I'll go elsewhere"),
        ("Well, Jose\u0301.", "Jose\u0301"),
    ],
)
def test_a_quote_begins_and_ends_with_what_was_meant(text, found):
    assert text[slice(*phrases.trimmed(text, (0, len(text))))] == found
