"""What form alone tells of an answer."""

from __future__ import annotations

import pytest

from voicecoach.findings import phrases


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("I'd, um, really love to.", "i would love to"),
        ("Could you, could you tell me?", "could you tell me"),
        ("I can't wait!", "i can not wait"),
        ("Um.", ""),
        ("", ""),
        ("Hmm... what's next? Thanks, Ms. Reed.", "what is next\nthanks ms reed"),
        ("It's, like, the team\u2019s goal", "it is the team's goal"),
        ("I'm so excited, so when do we start", "i am excited so when do we start"),
        ("By 3 p.m. on Friday.", "by 3 pm on friday"),
    ],
)
def test_one_way_of_writing(answer, text):
    """Case, marks, fillers and false starts make no difference."""
    assert phrases.plain(answer).text == text


def test_every_word_knows_where_it_stands():
    """Each plain word comes from the characters it points to."""
    answer = "Well, um, I'd love it. What's next?"
    plain = phrases.plain(answer)
    found = [answer[begin:end] for begin, end in plain.places]
    assert found == ["Well", "I'd", "I'd", "love", "it", "What's", "What's", "next"]


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("What is the culture like?", True),
        ("what is the culture like", True),
        ("Could you tell me more", True),
        ("I was wondering how the team works", True),
        ("So, um, do you like it here", True),
        ("No, I don't have any questions.", False),
        ("I know what you mean.", False),
        ("Thank you, that was good.", False),
        ("What a lovely office.", False),
    ],
)
def test_a_question_is_known_by_its_form(answer, asked):
    """Whisper drops the mark now and then."""
    assert any(phrases.plain(answer).asked) is asked


@pytest.mark.parametrize(
    ("sentence", "told_of"),
    [
        ("i will not ask you whether i got the job", "i got the job"),
        ("they say one should thank people", "thank people"),
        ("my mentor says you should ask when they decide", "when they decide"),
        ("i asked the client what success would look like", "what success"),
        ("my friend told me to say i am excited", "i am excited"),
    ],
)
def test_what_is_told_of_is_framed(sentence, told_of):
    assert phrases.framed(sentence, sentence.index(told_of))


@pytest.mark.parametrize(
    ("sentence", "done"),
    [
        ("i want to ask when you will decide", "when you"),
        ("may i ask what comes next", "what comes"),
        ("i can not say how excited i am", "excited"),
        ("my friend says it is rude but did i get the job", "did i get"),
        ("as i said i am interested", "i am interested"),
        ("if you do not mind me asking what is the culture like", "what is"),
    ],
)
def test_politeness_and_contrast_are_no_frame(sentence, done):
    assert not phrases.framed(sentence, sentence.index(done))


def test_a_gap_ends_between_words():
    """ "each" is not heard in "reach"."""
    assert not phrases.compiled("i call .{0,20}(?:each)").search("i call to reach you")


def test_a_clause_ends_before_the_next_begins_even_without_marks():
    answer = "i am very interested and when will you decide"
    plain = phrases.plain(answer)
    at = plain.text.index("when")
    begin, end = plain.clause_around(at, at + 9)
    assert answer[begin:end] == "when will you decide"
