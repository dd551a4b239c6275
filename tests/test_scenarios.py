"""prompts/ holds what it must, and bad data is refused with file, key and what to do."""

import shutil

import pytest

from voicecoach import scenarios
from voicecoach.errors import PromptsError, UsageError
from voicecoach.findings import closing
from voicecoach.words.transcript import said

PROMPTS = scenarios.load()


def test_every_criterion_of_the_two_articles_is_there():
    assert len([c for c in PROMPTS.criteria.values() if c.kind == "do"]) == 21
    assert len([c for c in PROMPTS.criteria.values() if c.kind == "avoid"]) == 7


@pytest.mark.parametrize(
    ("scenario", "rounds"),
    [
        ("full-close", "questions fit concern statement next_steps"),
        ("quick-close", "statement next_steps"),
        ("after-the-interview", "thank_you waiting follow_up outcome_offer outcome_rejection"),
    ],
)
def test_the_shipped_scenarios_have_their_rounds(scenario, rounds):
    assert " ".join(PROMPTS.scenario(scenario).rounds) == rounds


@pytest.mark.parametrize("round_", PROMPTS.rounds.values(), ids=lambda round_: round_.id)
def test_a_model_answer_meets_its_round(round_):
    """What a person is told to say is what the checker listens for, and slips nowhere."""
    findings = closing.check(said(round_.model_answer), PROMPTS.criteria.values(), round_)
    heard = {finding.criterion for finding in findings if finding.verdict == "met"}
    assert [group for group in round_.listens_for if not heard.intersection(group)] == []
    assert [finding for finding in findings if finding.verdict == "slipped"] == []


@pytest.mark.parametrize("round_", PROMPTS.rounds.values(), ids=lambda round_: round_.id)
def test_a_model_answer_can_be_spoken_within_its_target(round_):
    """At 150 words a minute."""
    low_s, high_s = round_.target_s
    assert low_s <= len(round_.model_answer.split()) / 150 * 60 <= high_s


@pytest.fixture
def folder(tmp_path):
    """A copy of prompts/ to spoil."""
    return shutil.copytree(scenarios.folder_of("prompts"), tmp_path / "prompts")


def spoil(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("criteria/thanks.toml", "why = ", "wy = ", r"thanks\.toml: '(wy|why)' .*(Add|Remove)"),
        ("criteria/thanks.toml", 'kind = "do"', 'kind = "must"', r"thanks\.toml: 'kind' .*Mend"),
        ("criteria/thanks.toml", "= ", "", r"thanks\.toml is not TOML: .*line"),
        ("rounds.toml", '["restates_fit"]', '["restate_fit"]', r"one_more\.listens_for.*restate_"),
        ("rounds.toml", "target_s = [10, 60]", "target_s = 10", r"'questions\.target_s' .*Mend"),
        ("rounds.toml", 'title = "Your questions"', "", r"'questions\.title' is missing\. Add it"),
        ("rounds.toml", "[questions]", "note = 1\n[questions]", r"'note' is not a table\. Remove"),
        ("rounds.toml", "= [10, 60]", "= [60, 10]", r"'questions\.target_s' goes .*first"),
        ("criteria/thanks.toml", "why = ", 'id = "x"\nwhy = ', r"thanks\.toml: 'id' is given"),
        (
            "scenarios/quick-close.toml",
            '"statement"',
            '"farewell"',
            r"quick-close.*'farewell'.*one",
        ),
        (
            "rounds.toml",
            '["asks_concerns"]\nlines_',
            '["concerns"]\nlines_',
            r"'concern.called_by'",
        ),
        ("replies.toml", "[asks_fit]", "[asks_fitt]", r"nothing calls for 'asks_fitt'"),
        ("replies.toml", "[repeat]", "[after_concern]", r"names 'repeat', which is not known"),
        ("personas/hurried.toml", "[replies.repeat]", "[replies.rep]", r"hurried.*names 'rep'"),
        ("personas/hurried.toml", "pace_wpm = 195", "pace_wpm = 1950", r"'pace_wpm' .*300"),
        ("profiles/sales.toml", "timeframe_days = 5", "timeframe_days = 0", r"'timeframe_days'"),
        ("scenarios/whole-story.toml", '"rejection"', '"refusal"', r"'when.outcome_rejection'"),
        ("scenarios/sales.toml", 'profile = "sales"', 'profile = "seller"', r"names 'seller'"),
        ("skills.toml", '"Python" = []', '"Python" = 1', r"'Python' is no list"),
        ("scenarios/quick-close.toml", "about", "abuot", r"quick-close\.toml: 'about' is missing"),
    ],
)
def test_bad_data_is_refused_with_file_key_and_what_to_do(folder, file, old, new, sentence):
    spoil(folder / file, old, new)
    with pytest.raises(PromptsError, match=sentence):
        scenarios.load(folder)


def test_a_folder_without_criteria_is_refused(tmp_path):
    with pytest.raises(PromptsError, match=r"has no \.toml file"):
        scenarios.load(tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match=r"no scenario 'quick'.*quick-close"):
        PROMPTS.scenario("quick")
    with pytest.raises(UsageError, match=r"no round 'goodbye'.*statement"):
        PROMPTS.round("goodbye")
