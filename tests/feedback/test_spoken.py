"""Feedback and model answers as they are heard."""

import pytest

from tests.feedback.test_advice import PROMPTS, STRONG, reviewed
from voicecoach.feedback import spoken
from voicecoach.findings import closing
from voicecoach.scenarios import Criterion, Round
from voicecoach.session import review
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.speaker import Voice
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.live import write_all
from voicecoach.words.transcript import said

TEXTS = (
    "Well.",
    "Thank you for your time. So, did I get the job?",
    "I guess that I could sort of do it, but probably not well, I am not good enough.",
    STRONG,
)


def lines():
    return [
        spoken.feedback(reviewed(text, round_id, length_s=200, attempt=attempt), PROMPTS.criteria)
        for text in TEXTS
        for round_id in PROMPTS.rounds
        for attempt in (1, 2)
    ]


def test_what_landed_is_said_first_and_then_what_would_gain_most():
    told = spoken.feedback(reviewed("Thank you very much for your time."), PROMPTS.criteria)
    assert told.startswith("What landed: you thank them. Next time: I did not hear you ask when")


def test_an_answer_that_has_it_all_is_told_so():
    told = spoken.feedback(reviewed(STRONG, length_s=12), PROMPTS.criteria)
    assert told.endswith("Nothing to fix here. Go on to the next.")


def test_spoken_feedback_is_never_empty_and_never_too_long():
    assert all(line and spoken.takes_s(line) <= spoken.LONGEST_S for line in lines())


def test_the_longest_spoken_feedback_takes_the_voice_at_most_twenty_seconds():
    clip = Voice().render(max(lines(), key=spoken.takes_s))
    assert 10 < clip.duration_s <= spoken.LONGEST_S


def test_a_model_answer_holds_a_persons_own_criterion_too():
    own = Criterion(
        id="names_a_reference",
        kind="do",
        title="offer someone who can vouch for you",
        why="A name is worth more than a claim.",
        source="a coach",
        advice="Name one person.",
        say=("My last manager, Ms. Reed, would be happy to talk to you.",),
        hears=("You are welcome to ring my old boss.",) * 10,
        misses=("My old boss rang me yesterday.",) * 10,
    )
    statement = PROMPTS.rounds["statement"]
    values = {name: getattr(statement, name) for name in Round.__slots__}
    round_ = Round(**values | {"listens_for": (*statement.listens_for, (own.id,))})
    told = spoken.model_answer(round_, {**PROMPTS.criteria, own.id: own})
    assert told == f"{statement.model_answer} {own.say[0]}"


@pytest.mark.parametrize("round_", PROMPTS.rounds.values(), ids=lambda round_: round_.id)
def test_a_model_answer_gets_all_the_points_for_content(round_):
    answer = spoken.model_answer(round_, PROMPTS.criteria)
    assert reviewed(answer, round_.id).score.of("content") == (90, 90)
    findings = closing.check(said(answer), PROMPTS.criteria.values(), round_)
    assert not [one for one in findings if one.verdict == "slipped"]


class Heard:
    """A clip as a microphone would deliver it."""

    name, overflows, silent, stalled, recorded = "voice", 0, False, False, True

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self.rate_hz = clip.rate_hz

    def blocks(self):
        yield self._clip.samples

    def stop(self):
        pass


@pytest.mark.parametrize("round_id", ["statement", "follow_up"])
def test_a_model_answer_that_is_heard_gets_all_the_points_for_content(round_id, faster_whisper):
    """Spoken by the voice that a person hears it in, and graded as their answer would be."""
    round_ = PROMPTS.rounds[round_id]
    clip = Voice().render(spoken.model_answer(round_, PROMPTS.criteria), limit_s=60)
    assert clip.rate_hz >= SPEECH_RATE_HZ / 2
    take = record(Heard(clip), Turn(ENDLESS))
    found = review(take, write_all(take, faster_whisper), PROMPTS.criteria, round_)
    assert found.score.of("content") == (90, 90)
