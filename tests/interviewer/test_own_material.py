"""A person's own scenarios, personas and profiles: begun, shown, checked, and played."""

import re

import pytest

from tests.conftest import run
from voicecoach import scenarios
from voicecoach.errors import PromptsError, UsageError
from voicecoach.interviewer import profile as profiles
from voicecoach.interviewer import proofreading
from voicecoach.interviewer.interviewer import Interviewer
from voicecoach.scenarios import Profile, own_folder

PROMPTS = scenarios.load()
SCENARIO = """
title = "Mine"
about = "The end of it."
rounds = ["statement", "next_steps"]
[lines]
statement = ["Why you?", "And why you, {{ candidate }}?"]
"""


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """A configuration folder of one's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "voicecoach"


def load():
    """As a program does that starts now."""
    return scenarios.load.__wrapped__()


def write(kind, name, text):
    path = own_folder(kind) / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_what_is_shipped_has_no_faults():
    assert proofreading.faults(PROMPTS) == ()


@pytest.mark.parametrize("kind", proofreading.STARTS)
def test_a_commented_start_is_written_and_passes_the_check(kind):
    ran = run("prompts", "new", kind, "my-own")
    assert (ran.status, "prompts check" in ran.out) == (0, True)
    prompts = load()
    assert proofreading.faults(prompts) == ()
    assert "my-own" in getattr(prompts, proofreading.STARTS[kind])
    again = run("prompts", "new", kind, "my-own")
    assert (again.status, "already" in again.err) == (2, True)


@pytest.mark.parametrize("name", ["My Own", "../up", "", "full-close"])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(UsageError, match=r"Take small|Choose another"):
        proofreading.start("scenario", name, PROMPTS)


def test_an_own_scenario_is_played_in_its_own_words():
    write("scenarios", "mine", SCENARIO)
    prompts = load()
    who = Interviewer(prompts, prompts.scenario("mine"), profile=Profile("me", candidate="Ann"))
    lines = {who.line(who.next_round()).text for _ in range(1)}
    lines.add(who.line(prompts.rounds["statement"]).text)
    assert lines == {"Why you?", "And why you, Ann?"}


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("scenarios", SCENARIO.replace("about", "abuot"), r"mine.toml: 'about' is missing. Add it"),
        ("scenarios", SCENARIO.replace('"next_', '"last_'), r"mine.toml: 'rounds' names 'last_st"),
        ("scenarios", SCENARIO.replace("candidate", "nmae"), r"'lines.statement' names .*'nmae'"),
        (
            "scenarios",
            SCENARIO.replace("{{ candidate }}", "{{ candidate.__class__ }}"),
            r"'lines.statement' uses getattr, which a line may not",
        ),
        ("personas", 'title = "X"\nabout = "X"\nnames = []', r"mine.toml: 'names' is empty"),
        (
            "personas",
            'title = "X"\nabout = "X"\nnames = ["X"]\n[replies.asks_fun]\nlines = ["x"]',
            r"'replies' names 'asks_fun'",
        ),
        ("profiles", 'roll = "nurse"', r"mine.toml: 'roll' is not a key we know"),
    ],
)
def test_what_cannot_be_played_is_refused_with_file_key_and_advice(kind, text, sentence):
    write(kind, "mine", text)
    with pytest.raises(PromptsError, match=sentence):
        load()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"next_steps"]', '"statement"]', "'rounds' names 'statement' twice"),
        ("[lines]", '[when]\nstatement = "offer"\n[lines]', "no talk ever comes to .* 'statement'"),
        ("statement = [", "offers = [", "'lines.offers' is for a round that is never held"),
        ('"Why you?", ', "", "'lines.statement' has one variant"),
    ],
)
def test_what_would_play_badly_is_told_by_the_check(old, new, sentence):
    write("scenarios", "mine", SCENARIO.replace(old, new))
    (fault,) = proofreading.faults(load())
    assert fault.startswith("mine.toml: ")
    assert re.search(sentence, fault)


def test_everything_is_listed_and_shown():
    listed = run("prompts", "list").out
    for id_ in (*PROMPTS.scenarios, *PROMPTS.rounds, *PROMPTS.personas, *PROMPTS.replies):
        assert id_ in listed
    shown = run("prompts", "show", "hurried").out
    assert "patience: 1.0" in shown and "We have two minutes left." in shown
    unknown = run("prompts", "show", "nobody")
    assert (unknown.status, "voicecoach prompts list" in unknown.err) == (2, True)


def test_a_profile_is_kept_for_the_person_alone_and_read_back():
    mine = Profile("mine", candidate='Ann "A"', skills=("SQL", "talks"), other_offers="one in Bonn")
    path = profiles.save(mine)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load().profiles["mine"] == mine
    assert 'candidate = "Ann' in run("profile", path).out
    assert "Northwind" in run("profile", "example").out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--persona", "angry"), "There is no persona 'angry'. Take one of"),
        (("--profile", "gone.toml"), "There is no profile 'gone.toml': no such file"),
        (("--rate", "dance"), "There is no rating by 'dance'"),
    ],
)
def test_a_wrong_option_is_one_sentence(options, sentence):
    ran = run("practice", *options)
    assert (ran.status, len(ran.err.strip().splitlines())) == (2, 1)
    assert sentence in ran.err
