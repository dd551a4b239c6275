"""A practice is shared with a coach, and one is taken in from somebody else, whatever it holds."""

import io
import json
import zipfile
from dataclasses import replace

import pytest

from tests.history.made import practice, reviewed, verdicts
from voicecoach.errors import HistoryError
from voicecoach.history import exchange
from voicecoach.history.progress import progress
from voicecoach.history.store import History

SAID = "Thank you so much. When might I hear from you?"


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "voicecoach")


@pytest.fixture
def theirs(tmp_path):
    """Somebody else's practice as a zip."""
    other = History(tmp_path / "other")
    sound = other.folder / "recordings" / "a" / "01.flac"
    sound.parent.mkdir(parents=True)
    sound.write_bytes(b"their voice")
    one = practice(reviewed(SAID, "next_steps"), folder="recordings/a")
    attempt = replace(one.attempts[0], recording="recordings/a/01.flac")
    number = other.keep(replace(one, attempts=(attempt,)))
    path = tmp_path / "theirs.zip"
    path.write_bytes(exchange.zipped(other, other.practice(number), "<html>report</html>"))
    return path


def test_a_zip_holds_report_json_and_recordings(theirs):
    with zipfile.ZipFile(theirs) as file:
        assert set(file.namelist()) == {"report.html", "practice.json", "recordings/01.flac"}
        assert file.read("recordings/01.flac") == b"their voice"
        (session,) = json.loads(file.read("practice.json"))["sessions"]
    assert session["attempts"][0]["review"]["findings"]


def test_what_somebody_else_practiced_leaves_ones_own_figures(history, theirs):
    history.keep(practice(verdicts("next_steps", thanks="met")))
    before = progress(history)
    ((number, new),) = exchange.take_in(history, theirs, owner="Ann")
    assert new
    taken = history.practice(number)
    assert (taken.owner, taken.counts) == ("Ann", False)
    assert taken.attempts[0].review.transcript.text == SAID
    sound = history.sound_of(taken.attempts[0])
    assert sound.read_bytes() == b"their voice"
    assert sound.stat().st_mode & 0o777 == 0o600
    after = progress(history)
    assert (after.sessions, after.series) == (before.sessions, before.series)
    assert history.latest().owner is None
    assert exchange.take_in(history, theirs, owner="Ann") == [(number, False)]
    history.delete([number])
    assert not sound.exists()


def test_ones_own_from_another_machine_counts(history, theirs):
    exchange.take_in(history, theirs, owner=None)
    assert progress(history).sessions == 1


def test_all_that_was_practiced_comes_back_from_json(history, tmp_path):
    for days in (3, 1):
        history.keep(practice(reviewed(SAID, "next_steps"), days_ago=days))
    file = tmp_path / "all.json"
    file.write_text(exchange.as_json(history.practices()))
    other = History(tmp_path / "other")
    assert [new for _, new in exchange.take_in(other, file, None)] == [True, True]
    bare = [replace(one, number=None) for one in history.practices()]
    assert [replace(one, number=None) for one in other.practices()] == bare


def altered(theirs, change):
    """The zip with its JSON changed by *change*."""
    with zipfile.ZipFile(theirs) as file:
        whole = json.loads(file.read("practice.json"))
    change(whole["sessions"][0])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("practice.json", json.dumps(whole))
        file.writestr("../../escaped.flac", b"sound")
        file.writestr("recordings/01.flac", b"sound")
    theirs.write_bytes(packed.getvalue())


def test_a_zip_cannot_write_outside_of_the_recordings(history, theirs, tmp_path):
    def climb(session):
        session["uid"] = "../../../up"
        session["folder"] = "../.."
        session["attempts"][0]["recording"] = "../../escaped.flac"

    altered(theirs, climb)
    ((number, _),) = exchange.take_in(history, theirs, owner="Ann")
    sound = history.sound_of(history.practice(number).attempts[0])
    assert (history.folder / "recordings") in sound.parents
    assert not list(tmp_path.glob("**/escaped*"))


def test_a_file_of_this_machine_is_not_passed_off_as_a_recording(history, theirs):
    altered(theirs, lambda session: session["attempts"][0].update(recording="/etc/passwd"))
    ((number, _),) = exchange.take_in(history, theirs, owner="Ann")
    assert history.practice(number).attempts[0].recording is None


def test_what_would_steer_a_terminal_is_taken_out(history, theirs):
    altered(theirs, lambda session: session.update(title="A\x1b[2Jquick\u202e close\ud800"))
    ((number, _),) = exchange.take_in(history, theirs, owner="Ann")
    assert history.practice(number).title == "A [2Jquick  close "


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.pop("started_at"),
        lambda session: session.update(attempts="none"),
        lambda session: session.update(started_at="0001-01-01T00:00:00+23:59"),
        lambda session: session["attempts"][0]["review"].update(attempt=10**30),
        lambda session: session["attempts"][0]["review"].update(duration_s=float("nan")),
        lambda session: session["attempts"][0]["review"]["findings"][0].update(verdict="sure"),
    ],
    ids=["missing", "kind", "date", "number", "nan", "verdict"],
)
def test_what_is_no_practice_is_refused_in_a_sentence(history, theirs, change):
    altered(theirs, change)
    with pytest.raises(HistoryError, match=r"exported again|Take a file made by"):
        exchange.take_in(history, theirs, owner="Ann")
    assert not history.path.exists() or history.listed() == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"PK\x03\x04rest"])
def test_any_other_file_is_refused_in_a_sentence(history, tmp_path, content):
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(HistoryError, match="voicecoach history export"):
        exchange.take_in(history, file, owner="Ann")
