"""A person's own scenarios, personas and profiles: begun, shown, checked, and played."""

import re
import shutil

import pytest

from tests.conftest import run
from voicecoach import scenarios
from voicecoach.errors import PromptsError, UsageError
from voicecoach.findings import closing
from voicecoach.interviewer import profile as profiles
from voicecoach.interviewer import proofreading
from voicecoach.interviewer.interviewer import Interviewer
from voicecoach.scenarios import Profile, own_folder
from voicecoach.words.transcript import said

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


PROFILES = {
    "example": PROMPTS.profiles["example"],
    "odd": Profile(
        "odd",
        role="C++ / Rust developer (m/f/d) – night shift",
        company="O'Reilly & Sons {{ role }} {GmbH}.",
        experience='  3 yrs. as "the fixer"; A.I.,\n and 100 % more.',
        skills=("C#", "k8s, helm"),
    ),
    "long": Profile(
        "long",
        role="assistant to the deputy head of regional customer success operations",
        company="The Royal Society for the Protection of Small Bakeries in Northern England",
        experience="a degree in philosophy that I did not finish, and two years in a call centre",
        skills=("listening to people who are angry", "spreadsheets"),
    ),
    "scarce": Profile("scarce", role="nurse", experience="None yet."),
}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_what_a_candidate_is_told_to_say_in_their_own_words_does_what_it_is_for(profile):
    """Every line to say and every model answer, and none of it counts against them."""
    prompts = scenarios.said_by(PROMPTS, profiles.yours(profile))

    def heard(text, round_=None):
        found = closing.check(said(text), prompts.criteria.values(), round_)
        return {one.criterion for one in found if one.heard}

    avoids = {id_ for id_, one in prompts.criteria.items() if one.kind == "avoid"}
    for criterion in prompts.criteria.values():
        for line in criterion.say:
            found = heard(line)
            assert not found & avoids, line
            assert criterion.id in found | avoids, line
    for round_ in prompts.rounds.values():
        found = heard(round_.model_answer, round_)
        assert all(found & set(group) for group in round_.listens_for), round_.model_answer
        assert not found & avoids


def test_a_line_to_say_names_the_interview_it_is_for_and_is_plain_without_one():
    """What was filled in once can be filled in for somebody else."""
    yours = profiles.yours(PROFILES["example"])
    filled = scenarios.said_by(PROMPTS, yours)
    assert "at Northwind Foods" in filled.criteria["restates_interest"].say[0]
    assert "data pipelines and SQL" in filled.rounds["statement"].model_answer
    again = scenarios.said_by(filled, {})
    assert again == PROMPTS
    assert PROMPTS.criteria["restates_interest"].say[0] == "I'm very interested in this position."


def test_a_line_to_say_that_cannot_be_filled_in_is_told_with_file_and_key(tmp_path):
    folder = tmp_path / "prompts"
    shutil.copytree(scenarios.folder_of("prompts"), folder, ignore=shutil.ignore_patterns("*.onnx"))
    for name, old, new in (
        ("criteria/thanks.toml", "so much for your time today.", "{{ date }}."),
        ("rounds.toml", "it is only Wednesday", "{{ wendsday }}"),
    ):
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")
    of_rounds, of_thanks = proofreading.faults(scenarios.load(folder))
    assert of_thanks.startswith("thanks.toml: 'say' names the variable 'date'")
    assert of_rounds.startswith("rounds.toml: 'waiting.model_answer' names the variable 'wendsday'")


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
