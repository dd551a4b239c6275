"""The commands beside practice and grade, and what every command promises."""

import json
import subprocess
import sys

import jsonschema
import pytest

from tests.conftest import SCHEMA, run
from tests.virtual_sound import silent_environment, start_python, virtual_sound
from voicecoach import scenarios

WHAT_HELP_IMPORTS = """
import sys
from voicecoach.__main__ import main
try:
    main(["--help"])
finally:
    print(*sys.modules, file=sys.stderr)
"""


def test_help_imports_nothing_that_it_does_not_need():
    ran = subprocess.run(
        [sys.executable, "-c", WHAT_HELP_IMPORTS], capture_output=True, text=True, check=True
    )
    heavy = {"numpy", "torch", "whisper", "faster_whisper", "onnxruntime", "pipecat", "av"}
    heavy |= {"sounddevice", "soundfile", "soxr", "pyttsx3", "pydantic", "jinja2"}
    assert "practice" in ran.stdout
    assert heavy & set(ran.stderr.split()) == set()


@pytest.mark.parametrize(
    "command",
    [
        *("practice", "grade", "check", "devices", "doctor", "profile", "fixtures check"),
        *("prompts check", "prompts list", "prompts show", "prompts new"),
    ],
)
def test_every_command_explains_itself(command):
    ran = run(*command.split(), "--help")
    assert (ran.status, ran.err) == (0, "")
    assert "Usage" in ran.out


def test_an_unknown_command_is_wrong_use():
    assert run("sing").status == 2


def test_check_shows_a_person_what_a_text_bears():
    ran = run("check", "Thank you for your time. So, did I get the job?", "--round", "next_steps")
    assert ran.status == 0
    assert '"Thank you for your time"' in ran.out
    assert ran.out.index("What landed") < ran.out.index("What to leave out")


def test_check_prints_findings_with_quotes_for_programs():
    answer = json.loads(run("check", "Thank you for your time.", "--json").out)
    jsonschema.validate(answer, SCHEMA)
    found = {finding["criterion"]: finding for finding in answer["findings"]}
    assert len(found) == 28
    assert (found["thanks"]["verdict"], found["thanks"]["start_s"]) == ("met", None)
    assert found["thanks"]["quote"] in "Thank you for your time."
    assert found["asks_outright"]["verdict"] == "clear"


def checked(lines: str) -> subprocess.CompletedProcess[str]:
    """What `check --jsonl` makes of lines on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "voicecoach", "check", "--jsonl"],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_reads_lines_and_answers_each_in_order():
    items = [
        {"id": "a1", "text": "When will I hear from you?"},
        {"id": 2, "text": ""},
        {"id": "a3", "text": "Thank you so much."},
    ]
    lines = "\n".join(json.dumps(item) for item in items)
    answers = [json.loads(line) for line in checked(lines + "\n\n").stdout.splitlines()]
    assert answers == [
        {"id": "a1", "criteria": ["asks_timeframe"]},
        {"id": 2, "criteria": []},
        {"id": "a3", "criteria": ["thanks"]},
    ]


def test_a_line_that_is_no_item_is_named():
    ran = checked('{"id": "a", "text": "Hello."}\n{"id": "b", "text": null}\n')
    assert ran.returncode == 2
    assert "Line 2 is not" in ran.stderr


def test_any_id_comes_back_as_it_was():
    """Half a surrogate pair too, which no file can be written with."""
    assert json.loads(checked('{"id": "\\ud800", "text": "Hello."}\n').stdout) == {
        "id": "\ud800",
        "criteria": [],
    }


def test_check_reads_a_text_file(tmp_path):
    """The words of a text and of a file that holds it bear the same."""
    text = "Thank you for your time."
    path = tmp_path / "answer.txt"
    path.write_text(f"{text}\n", encoding="utf-8")
    assert run("check", "--file", path, "--json").out == run("check", text, "--json").out


def test_a_file_that_is_no_text_is_one_sentence(tmp_path):
    path = tmp_path / "answer.txt"
    path.write_bytes(b"\xff\xfe\x00")
    ran = run("check", "--file", path)
    assert ran.status == 2
    assert "answer.txt is not text in UTF-8. Save it as UTF-8." in ran.err
    assert run("check", "--file", tmp_path / "gone.txt").status == 2


def test_a_mark_of_an_editor_is_not_part_of_the_text(tmp_path):
    path = tmp_path / "answer.txt"
    path.write_text("Thank you.", encoding="utf-8-sig")
    assert "\ufeff" not in run("check", "--file", path).out


def test_half_a_surrogate_pair_is_no_reason_to_stop():
    assert json.loads(checked('{"id": 1, "text": "\\ud800 Thank you."}\n').stdout) == {
        "id": 1,
        "criteria": ["thanks"],
    }


HINTS = {
    "follow_up": "Hi, it's Gwen, who did the costume piece. How's the choosing going, may I ask?",
    "outcome_rejection": "That's a joke of a decision. Keep my name down for the next one, and "
    "I'll be in your shop every Saturday to make sure you have.",
    "next_steps": "excuse me what is after this interview somebody call me or i must do one test "
    "and when you decide it and me how i am if you look to the other drivers",
    "concern": "The accent thing, ya, I know. So what I did is, every call I repeat back the "
    "problem in simple words. My callback rate went from eighteen percent to five.",
}


def test_a_hint_is_shown_as_close_with_its_words():
    """A person reads what they hinted at and how to say it; a program gets the verdict."""
    shown = 0
    for round_id, text in HINTS.items():
        answer = json.loads(run("check", text, "--json", "--round", round_id).out)
        jsonschema.validate(answer, SCHEMA)
        wanted = {id_ for group in scenarios.load().round(round_id).listens_for for id_ in group}
        close = {one["criterion"]: one for one in answer["findings"] if one["verdict"] == "close"}
        for id_ in wanted & set(close):
            ran = run("check", text, "--round", round_id)
            shown += f'Close: you hinted at it: "{close[id_]["quote"]}"' in " ".join(
                ran.out.split()
            )
    assert shown


def test_prompts_check_tells_what_each_criterion_hears_of_its_examples():
    ran = run("prompts", "check", "--json", "--fail-under", "90")
    answer = json.loads(ran.out)
    assert len(answer["right"]) == 28
    for one in answer["confusions"]:
        assert (one["criterion"] in one["heard"]) != one["bears"]
    assert ran.status == 0


def test_check_wants_a_text_or_lines():
    assert "Give a text, or --file, or --jsonl" in run("check").err


DEVICES = "from voicecoach.__main__ import main; main(['devices', '--json'])"


def test_devices_lists_what_there_is(tmp_path):
    with virtual_sound(tmp_path) as card:
        out, _ = card.python(DEVICES).communicate(timeout=60)
    devices = json.loads(out)["devices"]
    assert [device for device in devices if device["inputs"] and device["outputs"]]
    assert {"index", "name", "host", "rate_hz", "default_input"} <= set(devices[0])


def test_devices_without_a_sound_card_says_what_to_do(tmp_path):
    code = "from voicecoach.__main__ import main; main(['devices'])"
    out, _ = start_python(silent_environment(tmp_path), code).communicate(timeout=60)
    assert "Plug in a microphone or a headset" in out


DOCTOR = "from voicecoach.__main__ import main; main(['doctor', '--json'])"


def test_the_doctor_finds_everything_in_place(tmp_path):
    with virtual_sound(tmp_path) as card:
        program = card.python(DOCTOR)
        out, _ = program.communicate(timeout=120)
    checks = {check["what"]: check for check in json.loads(out)["checks"]}
    assert {name for name, check in checks.items() if check["state"] == "fault"} == set()
    for what in ("Python", "voice", "PortAudio", "microphone", "speaker", "faster-whisper"):
        assert checks[what]["state"] == "fine", checks[what]
    for what in ("turn model", "voice activity model", "Whisper", "disk", "prompts", "encoder"):
        assert checks[what]["state"] == "fine", checks[what]
    assert program.returncode == 0


def test_the_doctor_says_what_to_do_about_each_fault(tmp_path):
    """No sound card, and an engine whose weights are not there."""
    code = (
        "from voicecoach.__main__ import main;"
        "main(['doctor', '--json', '--engine', 'openai-whisper', '--model', 'base.en'])"
    )
    program = start_python(silent_environment(tmp_path), code)
    out, _ = program.communicate(timeout=120)
    checks = {check["what"]: check for check in json.loads(out)["checks"]}
    assert (checks["microphone"]["state"], checks["Whisper"]["state"]) == ("lacking", "fault")
    assert "Plug one in" in checks["microphone"]["advice"]
    assert "--fetch base.en" in checks["Whisper"]["advice"]
    assert all(check["advice"] for check in checks.values() if check["state"] != "fine")
    assert program.returncode == 1


def test_weights_that_cannot_be_fetched_are_one_sentence(tmp_path):
    """Nothing answers at this proxy, as where there is no network."""
    code = (
        "from voicecoach.__main__ import main;"
        "main(['doctor', '--engine', 'openai-whisper', '--fetch', 'tiny.en'])"
    )
    proxy = "http://127.0.0.1:9"
    env = {**silent_environment(tmp_path), "https_proxy": proxy, "HTTPS_PROXY": proxy}
    program = start_python(env, code)
    _, err = program.communicate(timeout=120)
    assert "could not be fetched" in err
    assert "Look at the network connection" in err
    assert program.returncode == 2
