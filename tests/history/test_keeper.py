"""A practice is kept while it goes on, and no answer is lost when the history fails."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import RECORDINGS
from tests.history.made import PROMPTS, verdicts
from tests.test_session import Person, Sounds
from voicecoach.errors import HistoryError, UsageError
from voicecoach.fixtures import Answers
from voicecoach.history import exchange
from voicecoach.history.keeper import Keeper
from voicecoach.history.store import History
from voicecoach.history.unfinished import ASIDE, last
from voicecoach.session import Session
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.take import Take
from voicecoach.sound.turn import PATIENCE

SCENARIO = PROMPTS.scenario("quick-close")


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "voicecoach")


def take(keeper: Keeper, name: str = "01.flac") -> Take:
    keeper.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = keeper.folder / name
    path.write_bytes(b"sound")
    return Take(Clip(np.zeros(16_000, np.float32), 16_000), (Span(0.1, 0.9),), path)


def break_(history: History) -> None:
    """As a newer voicecoach would leave it."""
    history.folder.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(history.path) as file:
        file.execute("PRAGMA user_version = 99")


def mend(history: History) -> None:
    history.path.unlink()


def test_an_answer_is_in_the_history_as_soon_as_it_is_kept(history):
    keeper = Keeper(history, SCENARIO)
    keeper.keep(verdicts("statement"), take(keeper), "Any last words?", self_rating=3)
    kept = history.latest()
    assert (kept.scenario, kept.counts, len(kept.attempts)) == ("quick-close", True, 1)
    (attempt,) = kept.attempts
    assert (attempt.line, attempt.self_rating) == ("Any last words?", 3)
    assert attempt.speech == (Span(0.1, 0.9),)
    assert history.sound_of(attempt).read_bytes() == b"sound"
    assert not Path(attempt.recording).is_absolute()
    keeper.keep(verdicts("next_steps"), take(keeper, "02.flac"), "That is all.")
    assert len(history.latest().attempts) == 2


def test_nothing_is_there_before_the_first_answer(history):
    Keeper(history, SCENARIO)
    assert not history.path.exists()


def test_what_the_history_cannot_take_lies_beside_the_recordings(history):
    """And an import brings it in as one's own, with its sound."""
    break_(history)
    keeper = Keeper(history, SCENARIO)
    with pytest.raises(HistoryError, match=r"newer voicecoach.*history import --mine") as told:
        keeper.keep(verdicts("statement"), take(keeper), "Any last words?")
    aside = keeper.folder / ASIDE
    assert str(aside) in str(told.value)
    assert aside.stat().st_mode & 0o777 == 0o600
    mend(history)
    ((number, new),) = exchange.take_in(history, aside, owner=None)
    kept = history.practice(number)
    assert new
    assert kept.counts
    assert history.sound_of(kept.attempts[0]).read_bytes() == b"sound"
    history.delete([number])
    assert not keeper.folder.exists()


def test_an_answer_that_could_not_be_kept_is_kept_with_the_next(history):
    keeper = Keeper(history, SCENARIO)
    break_(history)
    with pytest.raises(HistoryError):
        keeper.keep(verdicts("statement"), take(keeper), "Any last words?")
    mend(history)
    keeper.keep(verdicts("next_steps"), take(keeper, "02.flac"), "That is all.")
    lines = [attempt.line for attempt in history.latest().attempts]
    assert lines == ["Any last words?", "That is all."]
    assert not (keeper.folder / ASIDE).exists()


@pytest.mark.parametrize("everything", [False, True])
def test_what_was_deleted_while_the_practice_goes_on_does_not_come_back(history, everything):
    keeper = Keeper(history, SCENARIO)
    keeper.begin(SCENARIO, "neutral", None, "")
    keeper.keep(verdicts("statement"), take(keeper), "Any last words?")
    keeper.keep(verdicts("statement"), take(keeper, "02.flac"), "Once more.")
    history.purge() if everything else history.delete([keeper.number])
    assert not keeper.folder.exists()
    keeper.keep(verdicts("next_steps"), take(keeper, "03.flac"), "That is all.")
    keeper.keep(verdicts("next_steps"), take(keeper, "04.flac"), "Really all.")
    assert [one.line for one in history.latest().attempts] == ["That is all.", "Really all."]
    assert b"Any last words?" not in history.path.read_bytes()
    keeper.end()
    assert sorted(path.name for path in keeper.folder.iterdir()) == ["03.flac", "04.flac"]


def test_nothing_is_gone_on_with_where_all_was_deleted(history):
    keeper = Keeper(history, SCENARIO)
    keeper.begin(SCENARIO, "neutral", None, "")
    keeper.keep(verdicts("statement"), take(keeper), "Any last words?")
    history.delete([keeper.number])
    keeper.leave()
    assert not keeper.folder.exists()
    with pytest.raises(UsageError, match="no practice to go on with"):
        last(history)


def test_where_nothing_can_be_written_the_recordings_have_another_place(tmp_path):
    (tmp_path / "voicecoach").write_text("in the way")
    keeper = Keeper(History(tmp_path / "voicecoach"), SCENARIO)
    with pytest.raises(HistoryError, match="cannot be"):
        keeper.keep(verdicts("statement"), take(keeper), "Any last words?")
    assert (keeper.folder / ASIDE).is_file()
    assert keeper.folder.stat().st_mode & 0o777 == 0o700


def test_a_practice_goes_on_without_its_history(history, faster_whisper, tmp_path):
    """Both rounds are reviewed, and the fault is told once, not after each."""
    break_(history)
    keeper = Keeper(history, SCENARIO, rehearsal=True)
    answers = Answers(RECORDINGS, PROMPTS)
    person = Person("next", "next")
    session = Session(
        prompts=PROMPTS,
        scenario=replace(SCENARIO, rounds=("statement", "next_steps")),
        source=answers.answer,
        transcriber=lambda: faster_whisper,
        voice=Sounds(),
        face=person,
        patience=PATIENCE["normal"],
        folder=tmp_path / "answers",
        keep=keeper.keep,
    )
    session.run()
    assert len(session.reviews) == 2
    (note,) = [seen for seen in person.seen if "newer voicecoach" in seen]
    assert "This rehearsal is not kept" in note


def test_a_practice_that_was_left_can_be_gone_on_with_and_an_empty_one_leaves_no_mark(history):
    empty = Keeper(history, SCENARIO)
    empty.begin(SCENARIO, "neutral", None, "")
    empty.leave()
    with pytest.raises(UsageError, match="There is no practice to go on with"):
        last(history)
    left = Keeper(history, SCENARIO)
    left.begin(SCENARIO, "neutral", None, "")
    left.keep(verdicts("statement"), take(left), "Any last words?")
    left.leave()
    found = last(history)
    assert found.folder == left.folder
    assert found.how.process is None, "Nobody holds it any more."
    assert [attempt.line for attempt in found.attempts] == ["Any last words?"]
    Keeper.going_on(history, found).begin(SCENARIO, "neutral", None, "")
    left.end()
    with pytest.raises(UsageError, match="There is no practice to go on with"):
        last(history)


def test_a_beginning_too_short_to_grade_makes_room_and_stays(history):
    keeper = Keeper(history, SCENARIO)
    keeper.begin(SCENARIO, "neutral", None, "")
    answer = keeper.folder / "01-statement-1.flac"
    for kept in (1, 2):
        soundfile.write(answer, np.full(4_000, 0.1, np.float32), 16_000)
        assert last(history).answer() is None
        assert not answer.exists()
        assert len(list(keeper.folder.glob("01-statement-1-broken-off-*.flac"))) == kept
