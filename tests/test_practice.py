"""A practice as a person has it: in a terminal, on a real sound device."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from pexpect.popen_spawn import PopenSpawn

from tests.conftest import RECORDINGS, run
from tests.virtual_sound import VirtualSound, silent_environment, virtual_sound
from voicecoach import scenarios
from voicecoach.feedback.terminal import Keyboard
from voicecoach.fixtures import truth_of, word_error_rate
from voicecoach.history.keeper import Keeper
from voicecoach.history.store import History
from voicecoach.sound import files
from voicecoach.sound.clip import Span
from voicecoach.sound.speaker import Voice, another
from voicecoach.sound.take import Take
from voicecoach.words.transcriber import write_down

PROMPTS = scenarios.load()
LIMIT_S = 180
QUIT = r"\[s\]top: "
"""The end of the line of choices: the program waits for a key."""
ASKED = r"\[n\]o: "
"""The end of a question: the program waits for yes or no."""


@pytest.fixture
def card(tmp_path):
    with virtual_sound(tmp_path) as card, card.hiss():
        yield card


class Person:
    """Someone at the terminal, with the microphone before them."""

    def __init__(self, card: VirtualSound, *options: str) -> None:
        self.card = card
        self.terminal = pexpect.spawn(
            sys.executable,
            ["-m", "voicecoach", "practice", "--no-check", *options],
            # Where it crashes, it says in what.
            env={**card.env, "TERM": "xterm", "COLUMNS": "100", "PYTHONFAULTHANDLER": "1"},
            encoding="utf-8",
            timeout=LIMIT_S,
            dimensions=(50, 100),
        )

    def reads(self, text: str) -> str:
        """Wait for *text* on the screen; what stood before it, without colours."""
        self.terminal.expect(text)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.terminal.before)

    def says(self, name: str) -> None:
        """Wait for their turn, and speak a recorded answer to its end."""
        self.reads("Your turn")
        self.speaks(name)

    def speaks(self, name: str) -> None:
        self.card.say_into_microphone(RECORDINGS / f"{name}.flac").wait(LIMIT_S)

    def presses(self, key: str = "") -> None:
        self.terminal.sendline(key)

    def leaves_at_once(self) -> None:
        """Press Ctrl+C, once."""
        self.terminal.sendintr()
        self.terminal.expect(pexpect.EOF, timeout=10)
        self.terminal.close()
        assert self.terminal.exitstatus == 0

    def leaves(self) -> str:
        """The end of the program; what it printed last."""
        rest = self.reads(pexpect.EOF)
        self.terminal.close()
        return rest


def test_a_person_practices_a_close_by_voice(card, faster_whisper):
    """The interviewer is heard and understood, the answers are written down, and the feedback
    tells what landed, what was missing, and what is better in the second try."""
    with card.hear_speaker() as heard:
        person = Person(card, "--scenario", "quick-close")
        line = person.reads("Your turn")
        assert "Your closing statement" in line
        person.speaks("statement-middling-rms-fillers")
        person.presses()
        feedback = person.reads(QUIT)
        for part in ("thank", "What was missing", "Say:", "of 100", "fix first"):
            assert part in feedback
        person.presses("a")
        person.says("statement-strong-slt")
        person.presses()
        assert "Better than before: " in person.reads(QUIT)
        person.presses("n")
        assert "What happens next" in person.reads("Your turn")
        person.speaks("next_steps-strong-hts")
        # Nobody presses a key: the silence ends the answer.
        assert "What landed" in person.reads(QUIT)
        person.presses("q")
        end = person.leaves()
    assert person.terminal.exitstatus == 0
    assert len(re.findall(r"\d+ of 100", end)) == 3

    lines = PROMPTS.rounds["statement"].lines
    said = next(each for each in lines if each.split(",")[0] in squeezed(line))
    spoken = files.Clip(heard[0].samples[: heard[0].rate_hz * 12], heard[0].rate_hz)
    words = understood(spoken, faster_whisper)
    # Two words of a short line may be misheard, and it is still this line and no other.
    assert min(lines, key=lambda each: word_error_rate(each, words)) == said
    assert word_error_rate(said, words) < 0.4

    kept = sorted(Path(card.env["HOME"]).rglob("*.flac"))
    assert [path.name for path in kept] == [
        "01-statement-1.flac",
        "02-statement-2.flac",
        "03-next_steps-1.flac",
    ]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    history = History(Path(card.env["XDG_DATA_HOME"]) / "voicecoach")
    attempts = history.latest().attempts
    assert [history.sound_of(attempt) for attempt in attempts] == kept


def test_the_first_start_asks_who_interviews_and_for_what(card):
    """Enter keeps what is in brackets; the answers are kept, and said by the interviewer."""
    mine = Path(card.env["XDG_CONFIG_HOME"]) / "voicecoach" / "profiles" / "mine.toml"
    mine.unlink()
    person = Person(card, "--scenario", "full-close", "--no-voice")
    person.reads("What is your name")
    person.presses("Ann")
    person.reads("Which position")
    person.presses("nurse")
    for question in (
        "Which company",
        r"The doubt .*\[",
        "Your experience",
        "Skills",
        "Other offers",
    ):
        person.reads(question)
        person.presses()
    assert "Your questions" in person.reads("Your turn")
    text = mine.read_text(encoding="utf-8")
    assert 'candidate = "Ann"' in text and 'role = "nurse"' in text
    assert "You have not done exactly this kind of work before." in text
    person.leaves_at_once()


def test_a_microphone_that_is_pulled_out_keeps_what_was_said_and_is_waited_for(card):
    person = Person(card, "--scenario", "quick-close", "--no-voice")
    person.says("statement-strong-slt")
    card.unplug()
    feedback = person.reads(QUIT)
    assert "has stopped delivering sound" in squeezed(feedback)
    assert "What you had said by then is kept" in squeezed(feedback)
    assert "What landed" in feedback
    person.presses("n")
    waiting = squeezed(person.reads(ASKED))
    assert "What happens next" in waiting and "as soon as there is a microphone" in waiting
    assert "ALSA lib" not in waiting and "Expression" not in waiting
    card.plug_in_again()
    # Nobody presses a key: it goes on as soon as there is sound.
    person.reads("Your turn")
    person.leaves_at_once()


def test_a_microphone_that_is_forbidden_is_told_within_the_answer(tmp_path):
    """Without permission every sample is exactly zero, and no error comes."""
    with virtual_sound(tmp_path) as card:
        person = Person(card, "--scenario", "quick-close", "--no-voice")
        assert "nothing but zeros" in squeezed(person.reads("voicecoach devices"))
        person.presses()
        assert "I heard nothing" in person.reads(QUIT)
        person.presses("q")
        person.leaves()


def test_an_answer_can_be_heard_again_and_a_model_answer_too(card, faster_whisper):
    person = Person(card, "--scenario", "quick-close", "--no-voice")
    person.says("statement-strong-slt")
    person.presses()
    person.reads(QUIT)
    person.presses("m")
    assert "A model answer" in person.reads(QUIT)
    person.presses("q")
    person.leaves()
    person = Person(card, "--scenario", "quick-close", "--no-voice")
    person.says("next_steps-strong-hts")
    person.presses()
    person.reads(QUIT)
    with card.hear_speaker() as heard:
        person.presses("h")
        person.reads(QUIT)
    person.presses("q")
    person.leaves()
    said = truth_of(RECORDINGS / "next_steps-strong-hts.flac", PROMPTS).words
    assert word_error_rate(said, understood(heard[0], faster_whisper)) < 0.2


def test_a_practice_killed_in_mid_answer_is_taken_up_where_it_was(card):
    """At most the last second of sound is lost; what was heard is graded, and nothing is asked
    twice."""
    options = ("--no-voice", "--patience", "quick")
    person = Person(card, "--scenario", "quick-close", "--persona", "hurried", *options)
    person.reads("Your turn")
    began = time.monotonic()
    speaking = card.say_into_microphone(RECORDINGS / "statement-bad-gb.flac")
    time.sleep(5)
    heard_s = time.monotonic() - began
    person.terminal.kill(signal.SIGKILL)
    person.terminal.close()
    speaking.kill()
    broken_off = next(Path(card.env["HOME"]).rglob("01-statement-1.flac"))
    assert files.read(broken_off).duration_s > heard_s - 1

    person = Person(card, "--resume", *options)
    assert "A quick close" in person.reads("broke off before its end")
    person.reads(ASKED)
    person.presses("y")
    assert 'I heard: "' in person.reads(QUIT)
    person.presses("s")
    assert "attempt 1" in person.leaves()

    person = Person(card, "--resume", *options)
    again = person.reads("Your turn")
    assert "What happens next" in again and "broke off" not in again
    person.leaves_at_once()
    history = History(Path(card.env["XDG_DATA_HOME"]) / "voicecoach")
    (practice,) = history.practices()
    (attempt,) = practice.attempts
    assert history.sound_of(attempt) == broken_off


def test_who_presses_ctrl_c_in_the_first_moment_of_listening_leaves_at_once(card):
    """Once, and without a traceback, while everything still loads."""
    for _ in range(2):
        person = Person(card, "--scenario", "quick-close", "--no-voice")
        person.reads("Your turn")
        pressed = time.monotonic()
        person.terminal.sendintr()
        assert "Traceback" not in person.leaves()
        assert time.monotonic() - pressed < 5
        assert person.terminal.exitstatus == 0


class Robot:
    """Another synthetic voice, which holds a practice by ear: no terminal, no key."""

    def __init__(self, card: VirtualSound, *options: str) -> None:
        self.card = card
        self.voice = Voice(another(None))
        self.practice = PopenSpawn(
            [sys.executable, "-m", "voicecoach", "practice", *options],
            env={**card.env, "COLUMNS": "100"},
            encoding="utf-8",
            timeout=LIMIT_S,
        )

    def answers(self, name: str) -> str:
        """Wait for their turn, and give a recorded answer: what was printed before."""
        self.practice.expect("Your turn")
        before = self.practice.before
        self.card.say_into_microphone(RECORDINGS / f"{name}.flac").wait(LIMIT_S)
        return before

    def chooses(self, text: str, on: str, until: str) -> str:
        """Wait for *on* and say *text*, once more if asked back: what was printed before."""
        clip = self.voice.render(text)
        self.practice.expect(on)
        before = self.practice.before
        for _ in range(3):
            self.card.say_into_microphone(clip).wait(LIMIT_S)
            if self.practice.expect([until, "I did not understand"]) == 0:
                return before
            self.practice.expect(on)
        raise AssertionError(f"{text} was not understood")


def test_a_robot_holds_a_practice_from_the_first_line_to_the_debrief_without_a_key(card):
    """The microphone hears the interviewer too, and never takes that voice for the candidate's."""
    card.hear_the_room()
    robot = Robot(card, "--scenario", "quick-close", "--patience", "quick")
    robot.chooses("I am looking forward to this interview.", "Say a sentence", "I hear you well")
    robot.answers("statement-bad-gb")
    first = robot.chooses("Next question.", on=QUIT, until="What happens next")
    robot.answers("next_steps-bad-rms")
    second = robot.chooses("Next question.", on=QUIT, until="Your weakest round was")
    robot.chooses("No, thank you.", on=ASKED, until="How you came across")
    robot.practice.expect(pexpect.EOF)
    end = robot.practice.before
    assert robot.practice.wait() == 0
    assert len(re.findall(r"attempt 1: +\d+ of 100", end)) == 2
    # Only what the candidate said was heard.
    for feedback, name in ((first, "statement-bad-gb"), (second, "next_steps-bad-rms")):
        text = re.search(r'I heard: "(.*?)" What', squeezed(feedback))[1]
        assert word_error_rate(truth_of(RECORDINGS / f"{name}.flac", PROMPTS).words, text) < 0.3


def test_an_enter_that_comes_too_late_chooses_nothing():
    """The silence has ended the answer, and a moment later the person presses Enter."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as stdin, os.fdopen(writer, "w", buffering=1) as keys:
        keyboard = Keyboard(stdin)
        keys.write("\n")
        while not keyboard.pressed():
            pass
        keys.write("late\n")
        time.sleep(0.5)
        keyboard.forget()
        keys.write("again\n")
        assert keyboard.line() == "again"


def test_a_person_records_a_fixture_of_their_own(card, tmp_path):
    """The recording, and beside it what was heard, to correct by ear."""
    mine = tmp_path / "mine" / "monday"
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "voicecoach", "fixtures", "record", str(mine), "--round", "next_steps"],
        env={**card.env, "TERM": "xterm"},
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    terminal.expect("Your turn")
    card.say_into_microphone(RECORDINGS / "next_steps-strong-hts.flac").wait(LIMIT_S)
    terminal.sendline("")
    terminal.expect("is recorded")
    terminal.expect(pexpect.EOF)
    recording = mine.with_suffix(".flac")
    truth = truth_of(recording, PROMPTS)
    assert truth.round == "next_steps"
    assert "thanks" in truth.met
    assert {path.stat().st_mode & 0o777 for path in mine.parent.iterdir()} == {0o600}
    assert run("fixtures", "check", mine.parent).status == 0
    again = run("fixtures", "record", mine, "--round", "next_steps")
    assert (again.status, "is there already" in again.err) == (2, True)


def test_without_a_microphone_recorded_answers_stand_in(tmp_path):
    """And the program says so."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "voicecoach", "practice", "--scenario", "quick-close"],
        env={**silent_environment(tmp_path), "TERM": "xterm"},
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    terminal.expect("There is no microphone")
    terminal.expect("recorded answers stand in for you")
    terminal.expect("What landed")
    terminal.expect(QUIT)
    terminal.sendline("a")
    terminal.expect("before")
    terminal.expect(QUIT)
    terminal.sendline("q")
    terminal.expect("What you practiced")
    terminal.expect(pexpect.EOF)
    assert list(tmp_path.rglob("*.flac")) == []


@pytest.mark.parametrize(
    "scenario",
    # The others hold the rounds of full-close, worded anew.
    map(PROMPTS.scenario, ("full-close", "quick-close", "after-the-interview", "whole-story")),
    ids=lambda each: each.id,
)
def test_recorded_answers_go_through_a_whole_scenario_without_a_terminal(scenario):
    """One attempt a round, every round reviewed."""
    options = ("--scenario", scenario.id, "--answers", RECORDINGS, "--no-voice")
    ran = run("practice", *options)
    assert ran.status == 0
    rounds = PROMPTS.rounds_of(scenario)
    # The first answers are the thinnest, which bring no offer.
    ends = [one for one, when in scenario.when.items() if when != "rejection"]
    titles = [round_.title for round_ in rounds if round_.id not in ends]
    summary = ran.out.split("What you practiced")[1]
    assert re.findall(r"^  (.+), attempt 1: +\d+ of 100$", summary, re.MULTILINE) == titles
    assert ran.out.count("I heard: ") == len(titles)
    # What they think is told after the talk, and never during it.
    talk, debrief = " ".join(ran.out.split()).split("How you came across to Ms Reed")
    assert "things were listened for: they" in debrief
    assert "It says nothing about whether a real interviewer would hire you." in debrief
    assert "they were impressed" not in talk


def test_answers_may_be_named_after_their_rounds(tmp_path):
    for name, source in (
        ("statement", "statement-strong-slt"),
        ("next_steps-1", "next_steps-bad-rms"),
    ):
        (tmp_path / f"{name}.flac").write_bytes((RECORDINGS / f"{source}.flac").read_bytes())
    ran = run("practice", "--scenario", "quick-close", "--answers", tmp_path, "--no-voice")
    assert ran.out.count("I heard: ") == 2


def test_a_round_without_a_recorded_answer_is_passed_over(tmp_path):
    path = RECORDINGS / "next_steps-bad-rms.flac"
    (tmp_path / "next_steps.flac").write_bytes(path.read_bytes())
    ran = run("practice", "--scenario", "quick-close", "--answers", tmp_path, "--no-voice")
    assert "no recorded answer left for 'statement'" in ran.out
    assert (ran.out.count("I heard: "), ran.status) == (1, 0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--scenario", "long-close"), "There is no scenario 'long-close'. Take one of"),
        (("--patience", "endless"), "There is no patience 'endless'. Take one of"),
        (("--engine", "siri"), "There is no engine 'siri'"),
        (("--answers", "gone"), "gone cannot be read"),
        (("--profile", "nobody"), "There is no profile 'nobody'"),
    ],
)
def test_a_wrong_option_is_one_sentence(options, sentence):
    ran = run("practice", *options)
    assert ran.status == 2
    assert sentence in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_who_leaves_while_the_engine_loads_reads_one_sentence(tmp_path):
    """The voice is looked for when the engine has begun to load."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "voicecoach", "practice"),
            *("--answers", str(RECORDINGS), "--voice", "nobody"),
        ],
        env=silent_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.strip().splitlines() == [
        "voicecoach: There is no voice called 'nobody'. Choose from: voicecoach doctor."
    ]


def test_a_practice_is_never_gone_on_with_by_recordings_in_the_place_of_a_microphone(tmp_path):
    """A rehearsal would be kept as the person's own."""
    environment = silent_environment(tmp_path)
    scenario = PROMPTS.scenario("quick-close")
    keeper = Keeper(History(Path(environment["XDG_DATA_HOME"]) / "voicecoach"), scenario)
    keeper.begin(scenario, "neutral", None, "")
    (keeper.folder / "01-statement-1.flac").touch()
    keeper.leave()
    ran = subprocess.run(
        [sys.executable, "-m", "voicecoach", "practice", "--resume", "--no-voice"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.strip().splitlines() == [
        "voicecoach: There is no microphone to go on with this practice. Plug one in and try again."
    ]


def squeezed(screen: str) -> str:
    """The words on a screen, without the frames and line ends that wrap them."""
    return re.sub(r"[│╭╮╰╯─\s]+", " ", screen)


def understood(clip: files.Clip, transcriber) -> str:
    import soxr

    samples = soxr.resample(clip.samples, clip.rate_hz, 16_000)
    whole = files.Clip(samples, 16_000)
    return write_down(Take(whole, (Span(0, whole.duration_s),), None), transcriber).text
