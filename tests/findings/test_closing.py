"""What an answer is found to do, criterion by criterion."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.conftest import REPOSITORY
from voicecoach import scenarios
from voicecoach.findings import closing
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Segment, Transcript, Word, said

PROMPTS = scenarios.load()
CRITERIA = tuple(PROMPTS.criteria.values())


def heard(text: str, round_id: str | None = None) -> set[str]:
    round_ = PROMPTS.rounds[round_id] if round_id else None
    return {f.criterion for f in closing.check(said(text), CRITERIA, round_) if f.heard}


def finding(transcript: Transcript, criterion_id: str):
    return closing.check(transcript, [PROMPTS.criteria[criterion_id]])[0]


def spoken(text: str, probability: float = 0.9) -> Transcript:
    """A transcript with times: half a second a word."""
    words = tuple(
        Word(word, Span(number / 2, number / 2 + 0.4), probability)
        for number, word in enumerate(text.split())
    )
    return Transcript((Segment(words, -0.2, 0.01, 1.2),), engine="typed", model="none")


@pytest.fixture(scope="module")
def confusions():
    return closing.confusions(CRITERIA)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_a_criterion_tells_its_own_examples_apart(confusions, criterion):
    """Nineteen in twenty of its lines at the least; no avoid accuses a near miss."""
    wrong = [one for one in confusions if one.criterion == criterion.id]
    assert len(wrong) <= 0.05 * len((*criterion.hears, *criterion.misses)), wrong
    assert criterion.kind == "do" or all(one.bears for one in wrong), wrong


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_a_criterion_has_enough_examples(criterion):
    """Fifteen lines to hear and fifteen near misses at the least."""
    assert min(len(criterion.hears), len(criterion.misses)) >= 15


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_case_and_marks_do_not_matter(criterion):
    """Whisper may leave out capitals and commas: the lines are heard without them."""
    plain = [line.lower().replace(",", "").rstrip("?.!") for line in criterion.hears]
    found = [line for line in plain if closing.check(said(line), [criterion])[0].heard]
    assert len(found) >= 0.9 * len(plain)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_evidence_is_the_answers_own_words_with_their_times(criterion):
    """The quote stands in the text, and its span lies within the answer."""
    found = 0
    for line in criterion.hears:
        stop = "." if line[-1].isalnum() else ""
        transcript = spoken(f"My bus was late this morning. {line}{stop} It rained all the way.")
        one = finding(transcript, criterion.id)
        if not one.heard:
            continue
        found += 1
        assert one.quote in transcript.text
        assert "My bus" not in one.quote and "It rained" not in one.quote
        assert one.span.start_s < one.span.end_s <= transcript.words[-1].span.end_s
    assert found >= 5


@pytest.mark.parametrize(
    "answer",
    [
        "No, just you so far. I'm taking my time with it.",
        "And you, since how long are you here, and what pleases you the most in this house?",
        "I looked at your website and you explained the rest, so no questions from me, really.",
    ],
)
def test_nothing_is_a_thank_you_without_a_word_of_thanks(answer):
    """The encoder by itself hears one in each of these."""
    thanks = PROMPTS.criteria["thanks"]
    assert closing.check(said(answer), [thanks])[0].verdict == "missed"
    assert closing.check(said(answer), [replace(thanks, thanks=False)])[0].verdict == "met"


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_a_line_to_say_instead_is_not_an_avoid(criterion):
    """Nothing we advise someone to say counts against them."""
    avoids = [other for other in CRITERIA if other.kind == "avoid"]
    slipped = {f.criterion for line in criterion.say for f in closing.check(said(line), avoids)
               if f.heard}  # fmt: skip
    assert slipped == set()


@pytest.mark.parametrize(
    "criterion", [c for c in CRITERIA if c.kind == "do"], ids=lambda criterion: criterion.id
)
def test_a_line_to_say_does_what_it_is_for(criterion):
    """Whoever says what the advice proposes is heard."""
    assert [line for line in criterion.say if not heard(line) & {criterion.id}] == []


@pytest.mark.parametrize("round_", PROMPTS.rounds.values(), ids=lambda round_: round_.id)
def test_a_model_answer_meets_its_round(round_):
    """It bears one of each group that is listened for, and nothing to leave out."""
    found = heard(round_.model_answer, round_.id)
    assert all(found & set(group) for group in round_.listens_for), found
    assert not [id_ for id_ in found if PROMPTS.criteria[id_].kind == "avoid"]


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("I won't ask you whether I got the job.", "asks_outright"),
        ("They say one should thank people.", "thanks"),
        ("When might I hear?", "demands_exact_time"),
        ("Could you tell me roughly when you'll decide?", "demands_exact_time"),
        ("What's the salary range for this role?", "insightful_question"),
        ("How many days of holiday would I get?", "insightful_question"),
        ("Could I work from home on Fridays?", "insightful_question"),
        ("What are the next steps?", "insightful_question"),
        ("I had to call the supplier every day.", "pushy_contact"),
        ("I do have another offer, but there is no rush at all.", "pressures_with_offers"),
        ("My friend asked them whether he got the job.", "asks_outright"),
        ("I'm not excited about it.", "shows_enthusiasm"),
        ("If the customer says no, I ask what would make it a yes.", "asks_outright"),
        ("The critics were bitter that year.", "bitterness"),
        ("Thanks for nothing.", "thanks"),
        ("I'll send you a thank-you note tonight.", "thanks"),
        ("I look forward to hearing from you.", "shows_enthusiasm"),
        ("I'm a good fit.", "restates_fit"),
        ("I haven't led a team yet.", "addresses_concern"),
        ("", "no_questions"),
        ("We had no questions from the audience.", "no_questions"),
    ],
)
def test_what_is_only_told_of_does_not_count(text, absent):
    """Negated, reported, of another time, or a neighbour: not this criterion."""
    assert absent not in heard(text)


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("I'm not excited about the commute, but I love the team.", "shows_enthusiasm"),
        ("I don't want to be rude, but did I get the job?", "asks_outright"),
        ("My mum says hello. Anyway, when will you decide?", "asks_timeframe"),
        ("um so like what what are the, uh, the next steps", "asks_next_steps"),
        ("I'd, um, I'd really really love to work here", "shows_enthusiasm"),
        ("so yeah i wanted to ask um how would you describe the culture here", "asks_culture"),
    ],
)
def test_fillers_false_starts_and_contrast_do_not_hide_it(text, present):
    assert present in heard(text)


@pytest.mark.parametrize(
    "text",
    [
        "I must have your answer on Friday at twelve o'clock.",
        "After a month I will show you in writing what I want to change.",
        "I know what the ideal candidate looks like.",
    ],
)
def test_what_does_not_ask_is_no_question(text):
    assert not heard(text) & {criterion.id for criterion in CRITERIA if criterion.asks}


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("I'd love to hear how the team works together.", "asks_culture"),
        ("thank you so what does success look like here", "asks_success"),
        ("I was wondering what qualities you look for.", "asks_ideal_candidate"),
    ],
)
def test_a_question_may_be_indirect_or_without_its_mark(text, present):
    assert present in heard(text)


def test_an_offer_in_a_threat_is_not_mentioned_gracefully():
    """Not in the sentence of the threat, nor in those beside it."""
    mention = "Two other companies have offered me a contract, and I am taking my time over it."
    assert "mentions_offers_gracefully" in heard(mention)
    threat = heard(f"{mention} If you do not match it, I will take their offer.")
    assert "pressures_with_offers" in threat
    assert "mentions_offers_gracefully" not in threat


def test_one_clause_of_a_long_answer_is_found_and_quoted():
    """The quote is the clause, not the minute around it."""
    before = "So I grew up by the sea and my parents had a small shop that sold nets. " * 6
    after = " And then in the winter we mended what was broken, as one does."
    transcript = spoken(f"{before}Anyway, thank you so much for your time today.{after}")
    found = finding(transcript, "thanks")
    assert found.quote == "thank you so much for your time today"
    assert found.span == Span(51.5, 55.4)


def test_enthusiasm_about_the_job_restates_interest():
    assert heard("I'm thrilled about this role.") >= {"shows_enthusiasm", "restates_interest"}


def test_an_implied_criterion_has_the_same_evidence():
    findings = {
        f.criterion: f for f in closing.check(said("What does success look like?"), CRITERIA)
    }
    assert findings["insightful_question"].quote == findings["asks_success"].quote


@pytest.mark.parametrize("text", ["", "   ", "Okay.", "Bye.", "Yes, yes, I understand."])
def test_where_nothing_is_said_nothing_is_found(text):
    assert heard(text) == set()


def test_words_that_whisper_doubts_are_no_evidence():
    """A "Thank you." invented in silence comes with probabilities near nothing."""
    assert not finding(spoken("Thank you.", probability=0.1), "thanks").heard
    assert finding(spoken("Thank you.", probability=0.8), "thanks").heard


def test_what_whisper_makes_of_silence_is_no_evidence():
    """Its best-known invention, with one word less doubted; nor does it lend what follows."""
    text, chances = "Thank you for watching. It rained a lot.", [0.1, 0.35, 0.1, 0.1, *[0.9] * 4]
    words = tuple(
        Word(word, Span(number / 2, number / 2 + 0.4), chance)
        for number, (word, chance) in enumerate(zip(text.split(), chances, strict=True))
    )
    transcript = Transcript((Segment(words, -0.2, 0.01, 1.2),), engine="typed", model="none")
    assert not any(f.heard for f in closing.check(transcript, CRITERIA))


@pytest.mark.parametrize(
    "question",
    ["Would you show me the yard later?!", "Is the yard open on Sundays (or not?)"],
)
def test_a_question_clears_whatever_marks_it_ends_with(question):
    assert "no_questions" not in heard(f"No, no questions. {question}")


def test_declining_to_ask_counts_only_where_nothing_is_asked():
    assert "no_questions" in heard("No, I think you covered everything.")
    assert "no_questions" not in heard(
        "No, I think you covered everything. Well, one thing. Why is the position open?"
    )


def test_declining_counts_only_where_questions_were_invited():
    """After "are you talking to other companies?", "no, not really" is an answer."""
    assert "no_questions" in heard("No, not really.", "questions")
    assert "no_questions" not in heard("No, not really.", "offers")


def test_findings_come_in_the_order_given_one_each():
    criteria = tuple(reversed(CRITERIA))
    found = closing.check(said("Thank you. Did I get the job?"), criteria)
    assert [f.criterion for f in found] == [c.id for c in criteria]
    verdicts = {"do": {"met", "close", "missed"}, "avoid": {"slipped", "clear"}}
    assert all(
        f.verdict in verdicts[c.kind] and 0 < f.confidence <= 1
        for f, c in zip(found, criteria, strict=True)
    )


def test_a_finding_that_is_not_heard_carries_no_evidence():
    found = finding(said("Good morning."), "thanks")
    assert (found.verdict, found.quote, found.span) == ("missed", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "!" * 5000,
        "a" * 5000,
        "." * 5000 + "x",
        "Vielen Dank für das Gespräch, ich freue mich sehr auf die Stelle.",
        "Merci beaucoup, quand est-ce que vous allez décider ?",
        "¿Cómo es el ambiente de trabajo en el equipo?",
        "Спасибо за встречу, когда вы примете решение?",
        "今日はありがとうございました。",
        "table the of seven blue walk under if spoon",
        "asdf jkl qwer zxcv uiop",
        "la la la la la la la",
        "0 1 1 2 3 5 8 13 21",
        "!!! ??? ...",
    ],
)
def test_what_is_not_english_or_makes_no_sense_bears_nothing(text):
    assert heard(text) == set()


def test_a_long_answer_is_judged_to_its_end():
    """Ten minutes of talk, and the thanks in the last sentence."""
    before = "We mended the nets in winter and sold the fish in summer. " * 150
    transcript = spoken(f"{before}Thank you so much for your time.")
    found = finding(transcript, "thanks")
    assert found.quote == "Thank you so much for your time"
    assert found.span.end_s == transcript.words[-1].span.end_s
    assert not finding(spoken(before), "thanks").heard


def test_a_criterion_may_be_spread_over_two_sentences():
    text = "You were worried that I have never led a team. Well, I ran a ward of nine for a year."
    assert "addresses_concern" in heard(text)


@pytest.fixture(scope="module")
def developed():
    """The answers to develop with, and what is found in each."""
    path = REPOSITORY / "tests" / "data" / "answers_dev.jsonl"
    items = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        (item, closing.check(said(item["text"]), CRITERIA, PROMPTS.rounds[item["round"]]))
        for item in items
    ]


def test_what_falls_just_short_is_close_with_its_words(developed):
    """Whoever hints is told where; nobody is told that they nearly pressed or begged."""
    close = [one for _, findings in developed for one in findings if one.verdict == "close"]
    assert close
    assert all(PROMPTS.criteria[one.criterion].kind == "do" for one in close)
    assert all(one.quote and not one.heard for one in close)
    low, high = 1 - closing.SURE["do"], 1 - closing.CLOSE
    assert all(low <= one.confidence <= high for one in close)


def test_harmless_answers_are_not_accused(developed):
    """Of the answers to develop with, fewer than one in a hundred."""
    harmless = [
        [one.criterion for one in findings if one.verdict == "slipped"]
        for item, findings in developed
        if all(PROMPTS.criteria[label].kind == "do" for label in item["labels"])
    ]
    assert len(harmless) > 400
    assert len([accused for accused in harmless if accused]) < 0.01 * len(harmless)


def test_confidence_is_a_probability_that_can_be_bet_on(developed):
    """What is given 80 % and more is true in at least 95 %, what is given less, less often."""
    sure, unsure = [], []
    for item, findings in developed:
        for one in findings:
            if one.heard:
                right = one.criterion in item["labels"]
                (sure if one.confidence >= 0.8 else unsure).append(right)
    assert sum(sure) / len(sure) > 0.95
    assert 0.4 < sum(unsure) / len(unsure) < sum(sure) / len(sure)
