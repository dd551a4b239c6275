"""The commands over the history, as a person runs them."""

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.conftest import RECORDINGS, run
from tests.history.made import practice, reviewed, verdicts
from voicecoach.history.store import History


@pytest.fixture
def history(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return History()


@pytest.fixture
def two(history):
    """Two practices of one's own; the numbers that they have."""
    better = reviewed("I have led three teams, so I can do this. Thank you.", "statement")
    return [
        history.keep(practice(reviewed("Thank you.", "statement"), days_ago=2)),
        history.keep(practice(better, verdicts("next_steps"), days_ago=1)),
    ]


@pytest.mark.parametrize("command", [["list"], ["progress"], ["show", "1"], ["export"]])
def test_before_the_first_practice_they_say_how_to_begin(history, command):
    ran = run("history", *command)
    assert (ran.status, "Begin with: voicecoach practice" in ran.err) == (2, True)
    assert run("report").status == 2
    assert not history.folder.exists()


def test_practices_are_listed_and_shown_again(history, two):
    listed = run("history", "list").out.splitlines()
    assert [line.split()[0] for line in listed[:2]] == ["2", "1"]
    assert "2 rounds,  2 answers" in listed[0]
    shown = run("history", "show", "2").out
    assert "I have led three teams" in shown
    assert "What happens next, attempt 1" in shown
    whole = json.loads(run("history", "show", "2", "--json").out)
    assert len(whole["sessions"][0]["attempts"]) == 2
    assert json.loads(run("history", "list", "--json").out)["sessions"][0]["number"] == 2
    assert "no session 9" in run("history", "show", "9").err


def test_two_practices_are_compared_round_by_round(history, two):
    text = run("history", "compare", 1, 2).out
    assert "Better: say why you fit this job" in text
    (round_,) = json.loads(run("history", "compare", 1, 2, "--json").out)["rounds"]
    assert (round_["round"], round_["gained"]) == ("statement", ["restates_fit"])
    apart = history.keep(practice(verdicts("fit")))
    assert "no round in common" in run("history", "compare", 1, apart).err


def test_nothing_is_removed_unasked(history, two):
    ran = run("history", "delete", 1)
    assert (ran.status, "--yes" in ran.err) == (2, True)
    assert run("history", "purge").status == 2
    assert len(history.listed()) == 2
    assert run("history", "delete", 1, "--yes").status == 0
    assert [one.number for one in history.listed()] == [2]
    assert run("history", "purge", "--yes").status == 0
    assert list(history.folder.iterdir()) == []


def test_a_practice_goes_to_a_coach_and_a_coach_takes_it_in(history, two, tmp_path, monkeypatch):
    shared = tmp_path / "shared.zip"
    assert run("history", "export", "--session", 2, "--with-audio", "-o", shared).status == 0
    assert shared.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(shared) as file:
        page = file.read("report.html").decode()
    # The coach sees what was shared, and nothing of the rest.
    assert "I have led three teams" in page.replace("</span> <span", "") or "teams" in page
    assert "Your progress" not in page
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "coach"))
    assert "session 1" in run("history", "import", shared, "--from", "Ann").out
    assert "from Ann" in run("history", "list").out
    assert "Nothing of your own" in run("history", "progress").err
    assert run("report", 1).status == 0
    assert "there already" in run("history", "import", shared).out


def test_exports_are_what_they_are_called(history, two, tmp_path):
    rows = list(csv.DictReader(io.StringIO(run("history", "export", "--format", "csv").out)))
    assert [(row["session"], row["round"]) for row in rows] == [
        ("1", "statement"),
        ("2", "statement"),
        ("2", "next_steps"),
    ]
    out = tmp_path / "all.json"
    assert run("history", "export", "--output", out).status == 0
    assert len(json.loads(out.read_text())["sessions"]) == 2
    assert out.stat().st_mode & 0o777 == 0o600
    assert "# A quick close" in run("history", "export", "--format", "md").out
    assert "00:00:00,000 -->" in run("history", "export", "--session", 1, "--format", "srt").out
    assert "goes with one recording" in run("history", "export", "--format", "srt").err
    assert "--session" in run("history", "export", "--with-audio").err


def test_the_report_is_for_its_owner_alone(history, two, tmp_path):
    ran = run("report")
    assert ran.out.strip() == str(history.report_path(2))
    assert history.report_path(2).stat().st_mode & 0o777 == 0o600
    assert history.report_path(2).parent.stat().st_mode & 0o777 == 0o700
    mine = tmp_path / "mine.html"
    run("report", 1, "--output", mine)
    assert mine.stat().st_mode & 0o777 == 0o600
    assert "Your progress" in mine.read_text()
    (tmp_path / "file").write_text("")
    assert "cannot be written" in run("report", 1, "--output", tmp_path / "file" / "x.html").err


def test_progress_says_what_is_due(history, two):
    text = run("history", "progress").out
    assert "2 practices" in text
    assert "voicecoach practice --due" in text
    found = json.loads(run("history", "progress", "--json").out)
    assert "thanks" in {one["criterion"] for one in found["criteria"]}
    assert [point["session"] for point in found["series"]["score"]] == [1, 2]


def test_what_is_due_is_practiced_and_a_rehearsal_does_not_count(history, two, tmp_path):
    """A recorded answer stands in: the practice is kept, with its sound where it was."""
    before = json.loads(run("history", "progress", "--json").out)
    (tmp_path / "answers").mkdir()
    mine = tmp_path / "answers" / "statement.flac"
    shutil.copy(RECORDINGS / "statement-middling-kal16-pink25.flac", mine)
    ran = run("practice", "--due", "--answers", mine.parent, "--no-voice")
    assert ran.status == 0
    assert "What is due" in ran.out
    assert "Your closing statement" in ran.out
    rehearsal = history.listed()[0]
    assert (rehearsal.rehearsal, rehearsal.rounds) == (True, 1)
    after = json.loads(run("history", "progress", "--json").out)
    assert after["sessions"] == before["sessions"]
    attempt = history.practice(rehearsal.number).attempts[0]
    assert history.sound_of(attempt) == mine
    assert attempt.line in ran.out
    page = run("report", rehearsal.number).out.strip()
    assert "<audio" in Path(page).read_text(encoding="utf-8")
    run("history", "delete", rehearsal.number, "--yes")
    assert mine.exists()


def test_without_a_history_nothing_is_due(history):
    ran = run("practice", "--due")
    assert (ran.status, "voicecoach practice" in ran.err) == (2, True)
