"""`voicecoach grade` on every recorded answer, held to its truth and to the wire format."""

import json
import os
import pty
import shutil
import subprocess
import sys

import jsonschema
import pytest
import soundfile

from tests.conftest import RECORDINGS, SCHEMA, run
from voicecoach import fixtures, scenarios
from voicecoach.fixtures import LARGEST_WORD_ERROR_RATE, truth_of, word_error_rate

NAMES = sorted(path.stem for path in RECORDINGS.glob("*.flac"))
PROMPTS = scenarios.load()


def heard(line, verdict):
    return {f["criterion"] for f in line["findings"] if f["verdict"] == verdict}


def test_there_are_recordings_of_every_round_strong_middling_and_bad():
    kinds = {tuple(name.split("-")[:2]) for name in NAMES if not name.startswith("nothing")}
    assert kinds == {(r, q) for r in PROMPTS.rounds for q in ("bad", "middling", "strong")}
    assert len(NAMES) >= 40
    assert sum(path.stat().st_size for path in RECORDINGS.glob("*.flac")) < 15e6


def test_every_recording_has_one_line_in_the_order_of_the_folder(lines):
    assert [line["recording"] for line in lines] == [f"{RECORDINGS / name}.flac" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_as_the_schema_promises(graded, name):
    jsonschema.validate(graded[name], SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_heard_as_its_truth_says(graded, name):
    """Every criterion, in any round, and no other."""
    truth, line = truth_of(RECORDINGS / name, PROMPTS), graded[name]
    assert word_error_rate(truth.words, line["transcript"]["text"]) <= LARGEST_WORD_ERROR_RATE
    assert (heard(line, "met"), heard(line, "slipped")) == (set(truth.met), set(truth.slipped))
    assert line["round"] == truth.round


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("nothing")])
def test_where_nobody_speaks_nothing_is_heard(graded, name):
    line = graded[name]
    assert line["transcript"]["words"] == []
    assert heard(line, "met") | heard(line, "slipped") == set()
    assert line["score"] is None
    assert line["advice"][0].startswith("I heard nothing.")


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("nothing")])
def test_evidence_is_the_candidates_own_words_at_their_time(graded, name):
    line = graded[name]
    for finding in line["findings"]:
        if finding["verdict"] in ("met", "slipped"):
            assert finding["quote"] in line["transcript"]["text"]
            assert 0 <= finding["start_s"] < finding["end_s"] <= line["duration_s"] + 0.1


def test_fillers_are_found_and_none_is_invented(graded):
    """In no recording more than were said, clean or in noise; of all that were said, most."""
    said = heard_ = 0
    for name, line in graded.items():
        true = len(truth_of(RECORDINGS / name, PROMPTS).fillers)
        found = {one["name"]: one for one in line["measures"]}.get("fillers")
        assert found is None or found["value"] <= true, name
        said += true
        heard_ += int(found["value"]) if found else 0
    assert heard_ >= 0.75 * said > 20


def test_a_measure_tells_where_it_was_taken(graded):
    for line in graded.values():
        for measure in line["measures"]:
            for moment in measure["where"]:
                assert 0 <= moment["start_s"] <= moment["end_s"] <= line["duration_s"] + 0.5
    pauses = {one["name"]: one for one in graded["statement-strong-us-rob-pauses"]["measures"]}
    (longest,) = pauses["longest_pause_s"]["where"]
    assert longest["start_s"] == pytest.approx(12.313, abs=0.1)
    assert longest["end_s"] == pytest.approx(15.313, abs=0.1)


@pytest.mark.parametrize("round_id", PROMPTS.rounds)
def test_a_strong_answer_scores_above_a_bad_one(graded, round_id):
    """On the whole: the mean of each quality."""

    def mean(quality):
        scores = [
            graded[name]["score"] for name in NAMES if name.startswith(f"{round_id}-{quality}")
        ]
        return sum(scores) / len(scores)

    assert mean("strong") > mean("middling") > mean("bad")


@pytest.mark.parametrize(
    "name",
    [
        "next_steps-strong-hts",
        "next_steps-bad-rms",
        "outcome_rejection-strong-slt",
        "nothing-typing",
    ],
)
def test_openai_whisper_hears_the_same(openai_checkpoint, name):
    path, truth = RECORDINGS / f"{name}.flac", truth_of(RECORDINGS / name, PROMPTS)
    ran = run("grade", path, "--json", "--engine", "openai-whisper", "--model", openai_checkpoint)
    line = json.loads(ran.out)
    jsonschema.validate(line, SCHEMA)
    assert line["transcript"]["engine"] == "openai-whisper"
    assert (heard(line, "met"), heard(line, "slipped")) == (set(truth.met), set(truth.slipped))


def test_a_folder_of_good_and_bad_files_goes_on_past_the_bad(tmp_path):
    """An unreadable recording has its line with an error, and the status tells."""
    shutil.copy(RECORDINGS / "fit-bad-kal16.flac", tmp_path / "b-statement.flac")
    (tmp_path / "a.wav").write_text("not sound")
    (tmp_path / "c.flac").write_bytes(b"")
    ran = run("grade", tmp_path, tmp_path / "gone.wav", "--json")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    for line in lines:
        jsonschema.validate(line, SCHEMA)
    names = ["a.wav", "b-statement.flac", "c.flac", "gone.wav"]
    assert [line["recording"] for line in lines] == [str(tmp_path / name) for name in names]
    assert ["error" in line for line in lines] == [True, False, True, True]
    assert ran.status == 2


def test_a_progress_bar_on_the_terminal_leaves_the_output_alone():
    """stdout is a pipe, stderr the terminal that the bar is drawn on."""
    terminal, its_end = pty.openpty()
    paths = [str(RECORDINGS / f"{name}.flac") for name in ("nothing-hum", "fit-bad-kal16")]
    command = [sys.executable, "-m", "voicecoach", "grade", *paths, "--json"]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=its_end, check=True).stdout
    assert [json.loads(line)["recording"] for line in out.splitlines()] == paths
    assert b"Grading" in os.read(terminal, 100_000)


def test_a_folder_without_recordings_is_said_in_a_sentence(tmp_path):
    ran = run("grade", tmp_path)
    assert ran.status == 2
    assert "has no recordings. Name a folder" in ran.err
    assert ran.out == ""


def test_a_recording_that_breaks_off_is_graded_and_said_so(tmp_path):
    whole = (RECORDINGS / "statement-strong-slt.flac").read_bytes()
    (tmp_path / "statement.flac").write_bytes(whole[: len(whole) * 2 // 3])
    ran = run("grade", tmp_path / "statement.flac", "--json")
    assert "breaks off after" in ran.err
    assert len(json.loads(ran.out)["transcript"]["words"]) > 10
    assert ran.status == 0


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (96_000, 1), (44_100, 6)])
def test_any_rate_and_number_of_channels_gives_the_same_feedback(tmp_path, rate_hz, channels):
    """Phone sound, studio sound, a surround recording."""
    import numpy as np
    import soxr

    samples, from_hz = soundfile.read(RECORDINGS / "next_steps-strong-hts.flac", dtype="float32")
    samples = np.repeat(soxr.resample(samples, from_hz, rate_hz)[:, None], channels, axis=1)
    soundfile.write(tmp_path / "next_steps.wav", samples, rate_hz)
    line = json.loads(run("grade", tmp_path / "next_steps.wav", "--json").out)
    assert line["round"] == "next_steps"
    assert heard(line, "met") == set(
        truth_of(RECORDINGS / "next_steps-strong-hts.flac", PROMPTS).met
    )


def test_without_a_round_there_is_no_score_and_all_criteria_are_told(tmp_path):
    shutil.copy(RECORDINGS / "next_steps-strong-hts.flac", tmp_path / "answer.flac")
    line = json.loads(run("grade", tmp_path / "answer.flac", "--json").out)
    assert (line["round"], line["score"]) == (None, None)
    assert len(line["findings"]) == len(PROMPTS.criteria)


def test_the_round_on_the_command_line_wins(tmp_path):
    path = RECORDINGS / "next_steps-strong-hts.flac"
    assert (
        json.loads(run("grade", path, "--round", "statement", "--json").out)["round"] == "statement"
    )


@pytest.mark.parametrize(("least", "status"), [(0, 0), (101, 2), (100, 1)])
def test_an_answer_that_falls_short_is_told_by_the_status(least, status):
    path = RECORDINGS / "next_steps-bad-rms.flac"
    assert run("grade", path, "--fail-under", least, "--json").status == status


def test_a_limit_without_a_round_asks_for_the_round(tmp_path):
    shutil.copy(RECORDINGS / "next_steps-strong-hts.flac", tmp_path / "answer.flac")
    ran = run("grade", tmp_path / "answer.flac", "--fail-under", 50, "--json")
    assert (ran.status, "Name the round with --round" in ran.err) == (2, True)


def test_a_person_reads_what_landed_what_was_missing_and_what_to_fix_first():
    out = run("grade", RECORDINGS / "statement-middling-rms-fillers.flac").out
    for part in (
        "I heard:",
        "What landed",
        "What was missing",
        "Why:",
        "Say:",
        "Score",
        "fix first",
    ):
        assert part in out


def test_fixtures_check_tells_what_differs_from_the_truth(tmp_path):
    for name in ("next_steps-strong-hts", "next_steps-bad-rms"):
        for suffix in (".flac", ".toml"):
            shutil.copy(RECORDINGS / f"{name}{suffix}", tmp_path)
    assert run("fixtures", "check", tmp_path).status == 0
    truth = tmp_path / "next_steps-strong-hts.toml"
    text = truth.read_text().replace('"thanks"', '"keeps_door_open"')
    truth.write_text(text)
    ran = run("fixtures", "check", tmp_path, "--json")
    wrong, right = sorted(
        (json.loads(line) for line in ran.out.splitlines()), key=lambda x: x["right"]
    )
    assert wrong["differences"] == ["+thanks", "-keeps_door_open"]
    assert (right["differences"], ran.status) == ([], 1)


def test_fixtures_check_asks_for_a_truth_that_is_missing(tmp_path):
    shutil.copy(RECORDINGS / "fit-bad-kal16.flac", tmp_path / "mine.flac")
    ran = run("fixtures", "check", tmp_path)
    assert (ran.status, "has no mine.toml beside it" in ran.err) == (2, True)


@pytest.mark.parametrize(("key", "value"), [("round", '"statment"'), ("met", '["thx"]')])
def test_a_truth_that_names_what_there_is_not_is_refused(tmp_path, key, value):
    shutil.copy(RECORDINGS / "fit-bad-kal16.flac", tmp_path / "mine.flac")
    (tmp_path / "mine.toml").write_text(f'about = ""\nwords = ""\n{key} = {value}\n')
    ran = run("grade", tmp_path / "mine.flac")
    assert ran.status == 2
    assert f"mine.toml: '{key}' names" in ran.err
    assert "Take one of" in ran.err


def test_a_truth_with_an_unknown_key_is_refused(tmp_path):
    shutil.copy(RECORDINGS / "fit-bad-kal16.flac", tmp_path / "mine.flac")
    (tmp_path / "mine.toml").write_text('about = ""\nwords = ""\nmett = []\n')
    with pytest.raises(fixtures.RecordingError, match=r"mine\.toml: 'mett'.*Mend"):
        truth_of(tmp_path / "mine.flac", PROMPTS)
