"""The history on disk: kept whole, for its owner alone, and gone when it is deleted."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.history.made import PROMPTS, practice, reviewed, verdicts
from voicecoach.errors import HistoryError
from voicecoach.findings.finding import Measure
from voicecoach.history import schema, store
from voicecoach.history.kept import with_unknown
from voicecoach.history.store import History

SAID = "Thank you so much. I have led three teams, so I bring what this role needs."


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "voicecoach")


def test_a_practice_comes_back_as_it_was_kept(history):
    whole = practice(reviewed(SAID, "statement"), reviewed("Did I get the job?", "next_steps"))
    rated = replace(whole.attempts[0], self_rating=4, reply="Good to hear.")
    whole = replace(whole, attempts=(rated, *whole.attempts[1:]))
    number = history.keep(whole)
    assert history.practice(number) == replace(whole, number=number)
    assert history.latest() == replace(whole, number=number)


def test_an_attempt_is_added_to_its_practice_and_none_is_kept_twice(history):
    whole = practice(reviewed(SAID, "statement"), reviewed(SAID, "statement", 2))
    first = history.keep(replace(whole, attempts=whole.attempts[:1]))
    assert history.keep(whole) == first
    assert history.keep(whole) == first
    assert len(history.practice(first).attempts) == 2
    (listed,) = history.listed()
    assert (listed.attempts, listed.rounds) == (2, 1)


def test_the_list_scores_the_last_try_at_each_round(history):
    tries = [verdicts("statement"), verdicts("statement", 2, thanks="met"), verdicts("next_steps")]
    history.keep(practice(*tries))
    (listed,) = history.listed()
    assert listed.score == (tries[1].score.points + tries[2].score.points) / 2


def test_only_its_owner_may_read_it(history):
    history.keep(practice(reviewed(SAID, "statement")))
    with history._open() as file:
        file.execute("BEGIN IMMEDIATE")
        file.execute("UPDATE sessions SET title = 'x'")
        files = list(history.folder.iterdir())
        assert {path.name for path in files} >= {"history.db", "history.db-wal", "history.db-shm"}
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        file.rollback()
    assert history.folder.stat().st_mode & 0o777 == 0o700


def test_what_a_later_voicecoach_measures_more_of_is_kept_too(history):
    """A field that has no column, and that this voicecoach does not know."""
    review = reviewed(SAID, "statement")
    with history._written() as db:
        session = history._insert(db, practice())
        history._insert_attempt(db, session, 1, practice(review).attempts[0])
        db.execute("""UPDATE measures SET more = json_set(more, '$.colour', 'blue')""")
    assert history.practice(session).attempts[0].review.measures == review.measures


def test_a_criterion_that_has_gone_since_is_shown_by_its_name():
    review = verdicts("statement")
    gone = replace(review.findings[0], criterion="names_a_reference", verdict="met", quote="Reed")
    kept = practice(replace(review, findings=(gone,))).attempts
    assert with_unknown(PROMPTS.criteria, kept)["names_a_reference"].title == "names a reference"


AT_ONCE = """
import sys
from tests.history.made import practice, verdicts
from voicecoach.history.store import History
from pathlib import Path
review = verdicts("statement")
for _ in range(15):
    History(Path(sys.argv[1])).keep(practice(review))
"""


def test_programs_that_keep_at_the_same_time_lose_nothing(tmp_path):
    """From the first moment on: each may be the one that makes the file."""
    programs = [python(AT_ONCE, tmp_path / "shared") for _ in range(3)]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    assert len(History(tmp_path / "shared").listed()) == 45


def test_while_another_program_writes_a_sentence_says_so(tmp_path):
    history = History(tmp_path / "busy", patience_s=0.1)
    number = history.keep(practice(reviewed(SAID, "statement")))
    other = sqlite3.connect(history.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryError, match=r"in use by another program. Close the other"):
        history.keep(practice(reviewed(SAID, "statement")))
    with pytest.raises(HistoryError, match="in use by another program"):
        history.delete([number])
    other.rollback()
    other.close()
    assert history.practice(number).attempts


FULL = """
import resource, sys
from pathlib import Path
from tests.history.made import practice, verdicts
from voicecoach.errors import HistoryError
from voicecoach.history.store import History
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
history, kept = History(Path(sys.argv[1])), 0
try:
    while kept < 100:
        history.keep(practice(verdicts("statement")))
        kept += 1
except HistoryError as error:
    print(kept, error)
"""


def test_on_a_full_disk_what_was_kept_stays(tmp_path):
    """A limit on the size of files refuses bytes just as a full disk does."""
    program = python(FULL, tmp_path / "full")
    out, _ = program.communicate(timeout=60)
    kept = int(out.split()[0])
    assert "Free some space" in out
    assert 0 < kept < 100
    assert len(History(tmp_path / "full").listed()) == kept


AS_A_GUEST = """
import os, sys
import sqlite_utils  # before this user can no longer read it
from pathlib import Path
from tests.history.made import practice, verdicts
from voicecoach.errors import HistoryError
from voicecoach.history.store import History
os.setuid(65534) if os.getuid() == 0 else None
history = History(Path(sys.argv[1]))
print(len(history.listed()), len(history.practice(1).attempts))
try:
    history.keep(practice(verdicts("statement")))
except HistoryError as error:
    print(error)
"""


def test_in_a_folder_that_may_not_be_written_it_can_be_read():
    """Root may write everywhere, so another user tries."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder))
        history.keep(practice(verdicts("statement")))
        if os.getuid() == 0:
            os.chown(history.path, 65534, 65534)
        Path(folder).chmod(0o555)
        out, _ = python(AS_A_GUEST, folder).communicate(timeout=60)
        Path(folder).chmod(0o755)
    assert out.startswith("1 1\n")
    assert "cannot be written" in out
    assert "Give yourself the right" in out


def test_a_history_of_a_newer_voicecoach_is_left_alone(history):
    history.keep(practice(verdicts("statement")))
    with sqlite3.connect(history.path) as file:
        file.execute("PRAGMA user_version = 99")
    before = history.path.read_bytes()
    for act in (history.listed, lambda: history.keep(practice(verdicts("statement")))):
        with pytest.raises(HistoryError, match=r"newer voicecoach. Update this one"):
            act()
    assert history.path.read_bytes() == before


@pytest.mark.parametrize("from_byte", [0, 4096 * 3])
def test_a_damaged_history_is_told_and_not_touched(history, from_byte):
    for _ in range(5):
        history.keep(practice(verdicts("statement")))
    whole = bytearray(history.path.read_bytes())
    whole[from_byte:] = b"\xa5" * (len(whole) - from_byte)
    history.path.write_bytes(whole)
    with pytest.raises(HistoryError, match=r"is damaged.*Move that file elsewhere"):
        list(history.practices())
    assert history.path.read_bytes() == whole
    history.purge()
    assert not history.path.exists()


def test_what_is_deleted_leaves_no_byte(history):
    """Neither the words nor the sound are in any file of the folder; the rest is."""
    kept = []
    for word in ("xylophones", "harpsichords"):
        folder = history.folder / "recordings" / word
        folder.mkdir(parents=True)
        (folder / "01.flac").write_bytes(f"sound of {word}".encode() * 50)
        one = practice(reviewed(f"{SAID} I play {word}.", "statement"), folder=f"recordings/{word}")
        sound = replace(one.attempts[0], recording=f"recordings/{word}/01.flac")
        kept.append(history.keep(replace(one, attempts=(sound,))))
    report = history.report_path(kept[0])
    report.parent.mkdir()
    report.write_text("xylophones")
    assert files_with(history, b"xylophones")
    history.delete([kept[0]])
    assert files_with(history, b"xylophones") == []
    assert not (history.folder / "recordings" / "xylophones").exists()
    assert history.sound_of(history.practice(kept[1]).attempts[0]).read_bytes()
    with pytest.raises(HistoryError, match=f"no session {kept[0]}"):
        history.practice(kept[0])
    history.purge()
    assert files_with(history, b"") == []


def test_deleting_never_reaches_beyond_the_recordings(history, tmp_path):
    """Whatever an imported practice calls its folder."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for folder in ("../mine", str(mine), "recordings/../..", "recordings", ""):
        history.delete([history.keep(practice(verdicts("statement"), folder=folder))])
    assert mine.is_dir()
    assert history.path.exists()


def test_the_oldest_history_ever_written_can_be_read(history):
    """Its file was written by the first migration; those since bring it forward."""
    history.folder.mkdir(parents=True)
    dump = (REPOSITORY / "tests" / "data" / "history_001.sql").read_text(encoding="utf-8")
    with sqlite3.connect(history.path) as file:
        file.executescript(dump)
        file.execute("PRAGMA user_version = 1")
    (attempt,) = history.practice(1).attempts
    assert attempt.review.transcript.text == "Thank you so much for your time today."
    assert "thanks" in attempt.review.heard
    assert attempt.review.round.id == "statement"
    assert isinstance(attempt.review.measures[0], Measure)
    with sqlite3.connect(history.path) as file:
        kept = [row[0] for row in file.execute("SELECT name FROM measures ORDER BY position")]
        assert [one.name for one in attempt.review.measures] == kept
        assert "spans" not in {row[1] for row in file.execute("PRAGMA table_info(measures)")}
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    history.keep(practice(verdicts("statement")))
    assert len(history.listed()) == 2


def test_every_migration_is_counted():
    from sqlite_utils import Database

    assert len(schema.migrations.pending(Database(memory=True))) == store.NEWEST


def files_with(history, phrase):
    return [
        path for path in history.folder.rglob("*") if path.is_file() and phrase in path.read_bytes()
    ]


def python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
