"""What an answer is found to do, criterion by criterion."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from voicecoach import scenarios
from voicecoach.errors import PromptsError
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


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.id)
def test_a_criterion_tells_its_own_examples_apart(criterion):
    """It hears every line under hears, and none under misses."""
    lines = [*criterion.hears, *criterion.misses]
    found = [line for line in lines if closing.check(said(line), [criterion])[0].heard]
    assert found == list(criterion.hears)


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
    for line in criterion.hears:
        transcript = spoken(f"Well, yes. {line} Okay.")
        found = finding(transcript, criterion.id)
        if not found.heard:  # It may be one that counts only where nothing else is said.
            continue
        assert found.quote in transcript.text
        assert found.span.start_s < found.span.end_s <= transcript.words[-1].span.end_s


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
    assert not heard(text) & closing.QUESTIONS


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


def test_every_question_is_a_criterion():
    assert {*closing.SPOILED_BY, *closing.SPOILED_BY.values(), *closing.QUESTIONS} <= set(
        PROMPTS.criteria
    )


def test_an_offer_in_a_threat_is_not_mentioned_gracefully():
    """Not in the sentence of the threat, nor in those beside it."""
    mention = "Two other companies have offered me a contract."
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
    verdicts = {"do": {"met", "missed"}, "avoid": {"slipped", "clear"}}
    assert all(
        f.verdict in verdicts[c.kind] and 0 < f.confidence < 1
        for f, c in zip(found, criteria, strict=True)
    )


def test_a_finding_that_is_not_heard_carries_no_evidence():
    found = finding(said("Good morning."), "thanks")
    assert (found.verdict, found.quote, found.span) == ("missed", None, None)


@pytest.mark.parametrize(
    ("pattern", "says"), [("(thank", "no regular expression"), ("<nonsense> you", "no word family")]
)
def test_a_pattern_that_cannot_be_read_is_named(pattern, says):
    """Where, what, and what to do."""
    broken = replace(PROMPTS.criteria["thanks"], patterns=(pattern,))
    with pytest.raises(PromptsError, match=rf"thanks\.toml: 'patterns' has .* {says}"):
        closing.check(said("Thank you."), [broken])


def test_an_answer_is_checked_in_a_tenth_of_a_second():
    """Once patterns are read; the limit leaves room for a busy machine."""
    answer = said(PROMPTS.rounds["statement"].model_answer + PROMPTS.rounds["concern"].model_answer)
    closing.check(answer, CRITERIA)

    def seconds() -> float:
        begin = time.process_time()
        closing.check(answer, CRITERIA)
        return time.process_time() - begin

    assert min(seconds() for _ in range(5)) < 0.1
