"""How a text is read, and criteria that the encoder was not trained on."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from tests.conftest import REPOSITORY
from tests.virtual_sound import silent_environment
from voicecoach import scenarios
from voicecoach.errors import PromptsError
from voicecoach.findings import closing, encoder, phrases
from voicecoach.words import pieces
from voicecoach.words.transcript import said

PROMPTS = scenarios.load()
CRITERIA = tuple(PROMPTS.criteria.values())
DEV_ANSWERS = [
    json.loads(line)
    for line in (REPOSITORY / "tests/data/answers_dev.jsonl").read_text("utf-8").splitlines()
]


def test_a_long_text_is_read_in_windows_that_end_with_a_sentence():
    text = "We mended the nets and we sold the fish that we had. " * 100
    windows = encoder.read(text).windows
    assert len(windows) > 5
    assert (windows[0][0], windows[-1][1]) == (0, len(text.rstrip()))
    ends = {end for _, end in phrases.sentences(text)}
    assert all(end in ends for _, end in windows)


def test_nothing_is_rounded_but_the_weights():
    """The scores are those of the network as it is written, nothing of it done otherwise."""
    plain = onnxruntime.SessionOptions()
    plain.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    path = str(REPOSITORY / "prompts/encoder/encoder.onnx")
    exact = onnxruntime.InferenceSession(path, plain, providers=["CPUExecutionProvider"])
    ours = pieces.load()
    for answer in DEV_ANSWERS[:10]:
        ids = np.array([ours.tokenizer.encode(answer["text"]).ids], np.int64)
        (scores,) = ours.network.run(["scores"], {"ids": ids})
        assert scores.std() > 1
        assert np.allclose(scores, exact.run(["scores"], {"ids": ids})[0], atol=1e-3)


def test_a_sentence_without_an_end_is_read_too():
    text = "and then " * 1000 + "thank you so much for your time"
    findings = closing.check(said(text), CRITERIA)
    assert {finding.criterion for finding in findings if finding.heard} == {"thanks"}


def test_what_is_not_to_be_read_bears_nothing():
    text = "It rained. Thank you so much."
    thanks = list(pieces.load().offsets).index("thanks")
    sentences = phrases.sentences(text)
    assert encoder.read(text).logits(sentences)[1, thanks] > 2
    assert encoder.read(text, unread=[sentences[1]]).logits(sentences)[1, thanks] == encoder.NOTHING
    assert encoder.read(text, unread=[(0, len(text))]).windows == ()


def test_vectors_have_length_one_and_like_means_like():
    lines = ["When will you decide?", "When might I hear from you?", "I sold fish for ten years."]
    vectors = np.array([encoder.read(line).vectors_of([(0, len(line))])[0] for line in lines])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


@pytest.mark.parametrize("spoil", ["missing", "broken"])
def test_an_encoder_that_cannot_be_read_is_one_sentence(tmp_path, spoil):
    if spoil == "broken":
        (tmp_path / "calibration.json").write_text('{"slope": 1, "offsets": {}}')
        (tmp_path / "encoder.onnx").write_bytes(b"no network")
    with pytest.raises(PromptsError, match=r"cannot be read .*Install voicecoach again\."):
        pieces.load(tmp_path)


# A criterion of one's own

OWN = """
kind = "do"
title = "offer someone who can vouch for you"
why = "A name that they can call is worth more than a claim."
source = "my coach"
advice = "Name one person, and say what they can tell."
say = ["My last manager, Ms. Reed, would be happy to talk to you."]
rounds = ["statement"]
hears = [
  "You are welcome to ring my old boss, she will tell you how I work.",
  "I can give you two references from the hospital.",
  "My former supervisor would be glad to speak with you about me.",
  "If you like, I'll send you the names of people who can vouch for me.",
  "Feel free to contact my last manager.",
  "My professor has offered to write me a letter of recommendation.",
  "Ask anyone at the depot about me, I'll give you their numbers.",
  "I have references ready if you need them.",
  "The head of my school said you may call her any time about my work.",
  "There are three clients who'd recommend me, I can pass on their details.",
]
misses = [
  "My old boss rang me yesterday about the keys.",
  "I wrote a reference for a colleague once.",
  "I worked with a manager who taught me a lot.",
  "May I call you next week?",
  "Who would be my supervisor?",
  "I recommend the soup in your canteen.",
  "My former company has closed.",
  "Can I contact you if I have questions?",
  "They never answered the letter.",
  "I know the head of the school well.",
]
"""
VOUCHED = (
    "My last foreman is happy to talk to you about my welding.",
    "I can let you have the phone numbers of two people who have worked with me.",
    "Do ring my previous employer, they'll put in a good word for me.",
    "I've brought a list of referees.",
    "My tutor will gladly confirm all of that if you write to her.",
    "You can ask my old team lead, he said he'd recommend me.",
)
OTHER = (
    "Thank you for your time today.",
    "When will you make a decision?",
    "I ran the night shift for six years.",
    "What is the team like?",
    "My boss was strict but fair.",
    "I am really excited about this job.",
    "I will send you a note tomorrow.",
    "The bus was late this morning.",
    "I have another interview on Friday.",
    "Do you have any doubts about me?",
    "I could start in March.",
    "My mother called me this morning.",
)


@pytest.fixture
def own_home(tmp_path):
    """The environment of a person who has put a criterion of their own in its place."""
    env = silent_environment(tmp_path)
    folder = tmp_path / "home" / "voicecoach" / "criteria"
    folder.mkdir(parents=True)
    (folder / "names_a_reference.toml").write_text(OWN, encoding="utf-8")
    return env, folder


def check(env, *arguments, stdin=""):
    return subprocess.run(
        [sys.executable, "-m", "voicecoach", *arguments],
        env=env, input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_criterion_of_ones_own_works_from_ten_examples(own_home):
    """Most lines that are none of its examples, no other line, in the round that it names."""
    env, _ = own_home
    lines = [{"id": number, "text": text} for number, text in enumerate((*VOUCHED, *OTHER))]
    ran = check(env, "check", "--jsonl", stdin="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line)["criteria"] for line in ran.stdout.splitlines()]
    heard = ["names_a_reference" in criteria for criteria in answers]
    assert sum(heard[: len(VOUCHED)]) >= 4, heard
    assert sum(heard[len(VOUCHED) :]) == 0, heard
    # The others are heard as before.
    assert answers[len(VOUCHED)] == ["thanks"]
    shown = check(env, "check", "Thank you.", "--round", "statement").stdout
    assert "offer someone who can vouch for you" in shown


def test_own_examples_are_heard_and_near_misses_are_not(own_home):
    """A person reads how many, which are wrong, and where the file is."""
    env, folder = own_home
    shown = check(env, "prompts", "check").stdout
    assert "✓ names_a_reference" in shown
    assert f"Criteria of your own belong in {folder}" in shown


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"I have references ready if you need them.",', "", "'hears' has 9 lines. Give at least"),
        ('["statement"]', '["farewell"]', "'rounds' names 'farewell'"),
        ("why =", "wy =", "'why' is missing"),
    ],
)
def test_a_faulty_criterion_of_ones_own_is_named(own_home, old, new, sentence):
    env, folder = own_home
    path = folder / "names_a_reference.toml"
    path.write_text(OWN.replace(old, new), encoding="utf-8")
    ran = check(env, "check", "Thank you.")
    assert ran.returncode == 2
    assert sentence in ran.stderr


def test_a_name_that_is_taken_is_refused(own_home):
    env, folder = own_home
    (folder / "names_a_reference.toml").rename(folder / "thanks.toml")
    ran = check(env, "check", "Thank you.")
    assert ran.returncode == 2
    assert "Name it otherwise." in ran.stderr


def test_a_criterion_left_out_and_added_back_with_ten_examples_is_heard():
    """Each in turn, under a name that the encoder does not know, by ten of its own lines.

    The encoder has seen utterances of it, so this shows that the way works, not how well;
    ``prompts/encoder/train.py --without`` trains one that has not.
    """
    scores = []
    for criterion in [one for one in CRITERIA if one.kind == "do"][::4]:
        own = replace(
            criterion,
            id=f"own_{criterion.id}",
            hears=criterion.hears[:10],
            misses=criterion.misses[:10],
            only_if_nothing_asked=False,
            thanks=False,
        )
        others = tuple(one for one in CRITERIA if one.id != criterion.id)
        right = invented = missed = 0
        for item in DEV_ANSWERS[::5]:
            findings = closing.check(said(item["text"]), (*others, own))
            heard, true = findings[-1].heard, criterion.id in item["labels"]
            right, invented = right + (heard and true), invented + (heard and not true)
            missed += true and not heard
        scores.append(2 * right / (2 * right + invented + missed))
    assert np.mean(scores) > 0.5, scores
