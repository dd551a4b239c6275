"""The order of a practice, driven by a scripted person on recorded answers."""

import numpy as np
import pytest
import soundfile

from tests.conftest import RECORDINGS
from tests.history.made import verdicts
from voicecoach import scenarios
from voicecoach.errors import MicrophoneError, VoiceError, WeightsError
from voicecoach.feedback.spoken import feedback
from voicecoach.fixtures import Answers
from voicecoach.session import Muted, Session, in_background
from voicecoach.settings import Settings
from voicecoach.sound import files
from voicecoach.sound.turn import PATIENCE

PROMPTS = scenarios.load()
ROUNDS = PROMPTS.rounds


class Person:
    """A person at no screen: writes down what they see, and chooses as scripted."""

    def __init__(self, *choices):
        self.choices = list(choices)
        self.seen = []
        self.compared = []
        self.ratings = []
        self.takes_up = False

    def line(self, text, title):
        self.seen.append((title, text))

    def listening(self):
        self.seen.append("listening")

    def hearing(self, hearing):
        pass

    def checking(self):
        self.seen.append("checking")

    def checked(self, sentence):
        self.seen.append(sentence)

    def finished_listening(self):
        self.seen.append("finished")

    def done(self):
        return False

    def reviewed(self, review, before):
        self.compared.append((review, before))

    def offer_choices(self, review):
        pass

    def chosen(self):
        return self.choices.pop(0)

    def rate(self):
        return self.ratings.pop(0)

    def rated(self, sentence):
        self.seen.append(sentence)

    def offer(self, sentence):
        self.seen.append(sentence)

    def taken_up(self):
        return self.takes_up

    def note(self, sentence):
        self.seen.append(sentence)


class Sounds(Muted):
    """A voice that remembers what it was to say and play."""

    def __init__(self, broken=False):
        self.said, self.played, self.broken = [], [], broken

    def say(self, text):
        self.said.append(text)
        if self.broken:
            raise VoiceError("The voice was not ready within 8 s. Close other programs.")

    def play(self, clip):
        self.played.append(clip)


@pytest.fixture
def practice(faster_whisper, tmp_path):
    def run(*choices, voice=None, scenario="quick-close", person=None, **more):
        person = person or Person(*choices)
        session = Session(
            prompts=PROMPTS,
            scenario=PROMPTS.scenario(scenario),
            transcriber=lambda: faster_whisper,
            voice=voice or Sounds(),
            face=person,
            patience=PATIENCE["normal"],
            folder=tmp_path / "answers",
            **{"source": Answers(RECORDINGS, PROMPTS).answer, **more},
        )
        session.run()
        return session, person

    return run


def said(person):
    """What the voice said, with its titles."""
    return [seen for seen in person.seen if isinstance(seen, tuple)]


def test_a_person_goes_on_from_round_to_round(practice):
    session, person = practice("next", "next")
    assert [review.round.id for review in session.reviews] == ["statement", "next_steps"]
    assert person.seen[1:3] == ["listening", "finished"]


def test_a_round_is_practiced_again_with_another_line_and_another_answer(practice):
    session, person = practice("again", "quit")
    (first, none), (second, before) = person.compared
    assert (none, before, second.attempt) == (None, first, 2)
    assert first.transcript.text != second.transcript.text
    said = [seen for seen in person.seen if isinstance(seen, tuple)]
    lines = [text for title, text in said if title.startswith(ROUNDS["statement"].title)]
    assert len(set(lines)) == 2
    assert set(lines) <= set(ROUNDS["statement"].lines)
    # What the first try moved is taken back.
    impression = session.interviewer.talk.impression
    quotes = {finding.quote for finding in second.findings}
    assert impression.possible == len(ROUNDS["statement"].listens_for)
    assert {move.quote for move in impression.moves} <= quotes


def test_quit_ends_the_practice_at_once(practice):
    session, _ = practice("quit")
    assert len(session.reviews) == 1


def test_the_answer_and_a_model_answer_can_be_heard(practice):
    voice = Sounds()
    practice("hear", "model", "quit", voice=voice)
    (clip,) = voice.played
    first = Answers(RECORDINGS, PROMPTS).answer(ROUNDS["statement"], 1)
    assert clip.duration_s == pytest.approx(files.read(first.path).duration_s, abs=0.01)
    assert voice.said[-1] == ROUNDS["statement"].model_answer


def test_the_question_can_be_heard_once_more_after_the_answer(practice):
    session, person = practice("repeat", "quit")
    lines = [text for title, text in said(person) if title == ROUNDS["statement"].title]
    assert len(lines) == 2
    assert lines[1] != lines[0] and lines[1].endswith(lines[0])
    assert len(session.reviews) == 1


class HandsFree(Person):
    """Presses nothing, and speaks with the system's voice."""

    def __init__(self, folder, *spoken):
        super().__init__()
        self.folder, self.spoken = folder, list(spoken)

    def chosen(self):
        return None

    def taken_up(self):
        return None

    def speaks(self):
        from voicecoach.sound.speaker import Voice

        clip = Voice().render(self.spoken.pop(0))
        path = self.folder / f"said-{len(self.spoken)}.wav"
        quiet = np.zeros(clip.rate_hz, np.float32)
        soundfile.write(path, np.concatenate([quiet, clip.samples, quiet]), clip.rate_hz)
        return files.Recording(path)


def test_a_practice_is_led_by_voice_alone(practice, tmp_path):
    """What is no command is asked back, aloud once; what is no word is not even heard."""
    person = HandsFree(
        tmp_path,
        "What a lovely day it is outside.",
        "Well, I could do with a coffee.",
        "Repeat the question, please.",
        "Give me an example.",
        "Next question.",
        "I'm done.",
    )
    voice = Sounds()
    session, _ = practice(person=person, voice=voice, source_of_commands=person.speaks)
    assert person.spoken == []
    assert [review.round.id for review in session.reviews] == ["statement", "next_steps"]
    asked_back = [seen for seen in person.seen if "I did not understand" in str(seen)]
    assert [isinstance(seen, tuple) for seen in asked_back] == [True, False]
    assert '"next"' in asked_back[1] and '"stop"' in asked_back[1]
    titles = [title for title, _ in said(person)]
    assert titles[2:5] == ["Once more", ROUNDS["statement"].title, "A model answer"]


def test_a_practice_that_broke_off_is_remembered_as_it_was(tmp_path):
    """Two tries at a round, a question that calls up another, and a date that was given."""
    answers = [
        verdicts("questions", insightful_question="met"),
        verdicts("questions", attempt=2, invites_questions="met", asks_timeframe="met"),
        verdicts("one_more"),
    ]

    def session():
        return Session(
            prompts=PROMPTS,
            scenario=PROMPTS.scenario("full-close"),
            source=lambda *_: None,
            transcriber=lambda: None,
            voice=Sounds(),
            face=Person(),
            patience=PATIENCE["normal"],
            folder=tmp_path,
        )

    held = session().interviewer
    for review in answers:
        if review.attempt == 1:
            assert held.next_round().id == review.round.id
        else:
            held.again()
        held.line(review.round)
        held.hear(review)

    resumed = session()
    resumed.take_up(answers)
    assert resumed.reviews == answers
    # Which variant is said is left to chance, what is remembered is not.
    assert resumed.interviewer.talk == held.talk
    assert resumed.interviewer.next_round() == held.next_round()
    # In the middle of another try at the last round, that is where it goes on.
    trying = session()
    trying.take_up(answers[:1], "questions")
    assert trying.interviewer.next_round().id != "questions"
    assert trying.interviewer.talk.impression.possible == 0


def test_the_microphone_is_tried_once_more_where_it_did_not_hear_well(practice):
    """Before the first round; then a practice goes on, whatever was found."""
    hisses = [RECORDINGS / f"{name}.flac" for name in ("nothing-room", "statement-strong-slt")]
    person = Person("quit")
    practice(
        person=person,
        check=True,
        source_of_commands=lambda: files.Recording(hisses.pop(0)) if hisses else None,
    )
    said_or_seen = [seen[0] if isinstance(seen, tuple) else seen for seen in person.seen]
    assert said_or_seen[:7] == [
        *("Microphone check", "checking", person.seen[2]),
        *("Microphone check", "checking", "I hear you well."),
        ROUNDS["statement"].title,
    ]
    assert person.seen[2].startswith("I did not hear you.")


class Gone:
    """A microphone that another program holds."""

    rate_hz = 16_000
    recorded = False

    def open(self, after_s=0.0):
        pass

    def blocks(self):
        raise MicrophoneError("The microphone is in use. Close other programs that use it.")


def test_a_microphone_that_cannot_be_had_is_waited_for(practice):
    """The practice does not end for it: as soon as sound comes, or on request, it goes on."""
    room = RECORDINGS / "nothing-room.flac"
    for takes_up, back in ((True, lambda: None), (None, lambda: files.Recording(room))):
        sources = iter([Gone(), Answers(RECORDINGS, PROMPTS).answer(ROUNDS["statement"], 1)])
        person = Person("quit")
        person.takes_up = takes_up
        session, _ = practice(
            person=person,
            source=lambda *_, sources=sources: next(sources),
            source_of_commands=back,
        )
        assert any(str(seen).startswith("The microphone is in use.") for seen in person.seen)
        assert len(session.reviews) == 1
    person = Person()
    person.takes_up = False
    with pytest.raises(MicrophoneError, match="in use"):
        practice(person=person, source=lambda round_, attempt: Gone())


def test_the_feedback_is_heard_after_every_round_when_chosen_and_when_asked_for(practice):
    voice = Sounds()
    settings = Settings(speak_feedback=True)
    session, _ = practice("tell", "quit", voice=voice, settings=settings)
    told = feedback(session.reviews[0], PROMPTS.criteria)
    assert told.startswith("What landed: ")
    # First the line and the reply to the answer.
    assert voice.said[2:] == [told, told]


def test_every_answer_is_kept(practice, tmp_path):
    practice("again", "next", "quit")
    names = sorted(path.name for path in (tmp_path / "answers").iterdir())
    assert names == ["01-statement-1.flac", "02-statement-2.flac", "03-next_steps-1.flac"]


def test_a_line_that_the_voice_does_not_deliver_is_read_and_the_practice_goes_on(practice):
    """After two failures the voice is left alone: each may cost its whole time limit."""
    voice = Sounds(broken=True)
    session, person = practice(*["next"] * 5, voice=voice, scenario="full-close")
    assert len(session.reviews) == 5
    assert len(voice.said) == 2
    notes = [seen for seen in person.seen if "shown as text only" in seen]
    assert ["From here on" in note for note in notes] == [False, True]


def test_what_fails_in_the_background_is_told_where_it_is_needed():
    def load():
        raise WeightsError("not here")

    loading = in_background(load)
    with pytest.raises(WeightsError, match="not here"):
        loading()


def test_the_interviewer_replies_before_the_feedback(practice):
    """First the talk, then the lesson."""
    voice = Sounds()
    _, person = practice("quit", voice=voice)
    titles = [seen[0] for seen in person.seen if isinstance(seen, tuple)]
    assert titles == ["Your closing statement", "Ms Reed"]
    assert voice.said[1] in PROMPTS.replies["after_statement"].lines


def test_a_panel_speaks_with_two_voices(practice):
    first, second = Sounds(), Sounds()
    practice(
        "quit",
        voice=first,
        second_voice=second,
        persona=PROMPTS.persona("panel"),
        scenario="full-close",
    )
    assert (len(first.said), len(second.said)) == (1, 1)


def test_a_person_rates_themselves_before_the_score_and_sees_how_it_compares(practice):
    person = Person("quit")
    person.ratings = [5]
    session, _ = practice(person=person, rating="key")
    (sentence,) = [seen for seen in person.seen if "You gave yourself" in seen]
    points = session.reviews[0].score.points
    assert sentence.startswith(f"You gave yourself 5 of 5; {points} of 100 is a ")
    assert person.seen.index(("Before the feedback", "How was that answer, from one to five?")) < (
        person.seen.index(sentence)
    )


def test_a_rating_is_understood_by_voice(practice, tmp_path):
    """Four, spoken by the system's voice."""
    from voicecoach.sound.speaker import Voice

    clip = Voice().render("Four.")
    path = tmp_path / "four.wav"
    soundfile.write(path, clip.samples, clip.rate_hz)
    person = Person("quit")
    practice(person=person, rating="voice", source_of_rating=lambda: files.Recording(path))
    assert any("You gave yourself 4 of 5" in str(seen) for seen in person.seen)


def test_the_weakest_round_is_offered_again_at_the_end(practice):
    person = Person("next", "next", "next")
    person.takes_up = True
    session, _ = practice(person=person, profile=PROMPTS.profiles["example"])
    scores = [review.score.points for review in session.reviews[:2]]
    weakest = session.reviews[scores.index(min(scores))].round
    (offer,) = [seen for seen in person.seen if "Your weakest round" in seen]
    assert weakest.title in offer
    again = session.reviews[2]
    assert (again.round.id, again.attempt) == (weakest.id, 2)
    assert person.compared[2][1].round.id == weakest.id
    # The talk is over: it moves nothing any more.
    assert session.interviewer.talk.impression.possible == 7
    # Skills are looked for where fit is asked about.
    assert session.reviews[0].skills.own[0] == "data pipelines"
    assert session.reviews[1].skills is None


def test_a_line_is_said_once_more_on_request_and_that_costs_nothing(faster_whisper, tmp_path):
    """The request is no answer: it is not reviewed, not kept, and no attempt."""
    heard = iter(("questions-middling-awb-repeat", "next_steps-strong-hts"))

    class Live(files.Recording):
        """Heard as someone who may be asked anew."""

        recorded = False

    def source(round_, attempt):
        return Live(RECORDINGS / f"{next(heard)}.flac")

    person = Person("quit")
    session = Session(
        prompts=PROMPTS,
        scenario=PROMPTS.scenario("quick-close"),
        source=source,
        transcriber=lambda: faster_whisper,
        voice=Sounds(),
        face=person,
        patience=PATIENCE["patient"],
        folder=tmp_path / "answers",
    )
    session.run()
    lines = [one[1] for one in person.seen if isinstance(one, tuple)]
    assert lines[1].endswith(lines[0])
    (review,) = session.reviews
    assert (review.attempt, "thanks" in review.heard) == (1, True)
    assert [path.name for path in (tmp_path / "answers").iterdir()] == ["01-statement-1.flac"]
