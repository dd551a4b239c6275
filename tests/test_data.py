"""The labelled texts are as they must be, and those to judge by are kept apart."""

import hashlib
import json
import re

import pytest

from tests.conftest import REPOSITORY
from voicecoach import scenarios

PROMPTS = scenarios.load()
ANSWERS = REPOSITORY / "tests" / "data"
WHOLE_ANSWERS = [ANSWERS / f"answers_{name}.jsonl" for name in ("dev", "test", "varieties")]
UTTERANCES = sorted((REPOSITORY / "prompts" / "criteria" / "utterances").glob("*.jsonl"))


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", [*UTTERANCES, *WHOLE_ANSWERS], ids=lambda path: path.stem)
def test_labels_are_known_and_complete(path):
    """What always implies a criterion is labelled with it."""
    always = ("asks_success", "asks_ideal_candidate", "asks_culture")
    for item in read(path):
        labels = set(item["labels"])
        assert item["text"].strip()
        assert labels <= set(PROMPTS.criteria), item
        assert item.get("round", "questions") in PROMPTS.rounds, item
        assert "insightful_question" in labels or not labels & set(always), item


@pytest.mark.parametrize("name", ["answers_dev", "answers_test"])
def test_there_are_answers_to_judge_every_criterion_by(name):
    answers = read(ANSWERS / f"{name}.jsonl")
    assert len(answers) >= 300
    for id_ in PROMPTS.criteria:
        assert sum(id_ in answer["labels"] for answer in answers) >= 24, id_


def test_there_is_enough_to_train_on():
    """Of every criterion, of none, and in all, from many hands."""
    items = [item for path in UTTERANCES for item in read(path)]
    assert len(items) >= 10_000
    assert len(UTTERANCES) >= 30
    assert sum(not item["labels"] for item in items) >= 2_500
    for id_ in PROMPTS.criteria:
        assert sum(id_ in item["labels"] for item in items) >= 250, id_


def test_near_duplicates_are_dropped():
    """The same words in the same order, fillers and marks aside, stand once."""
    fillers = {"um", "uh", "er", "erm", "like", "you", "know", "well", "so", "i", "mean"}
    seen = {}
    for path in UTTERANCES:
        for item in read(path):
            words = re.findall(r"[^\W_]+", item["text"].lower())
            key = " ".join(word for word in words if word not in fillers)
            assert seen.setdefault(key, item["text"]) == item["text"]


def test_the_encoder_is_the_one_that_was_trained():
    """Its files are whole, and as they were when they were measured."""
    folder = REPOSITORY / "prompts" / "encoder"
    for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert (folder / "encoder.onnx").stat().st_size <= 25_000_000


@pytest.mark.parametrize("name", ["answers_test_heard", "answers_test_heard_neural"])
def test_every_test_answer_was_spoken_clean_and_with_noise(name):
    """By four voices and more, and it has kept its labels."""
    labels = {item["text"]: item["labels"] for item in read(ANSWERS / "answers_test.jsonl")}
    heard = read(ANSWERS / f"{name}.jsonl")
    assert all(item["labels"] == labels[item["said"]] for item in heard)
    assert all(len(item["text"].split()) == len(item["probabilities"]) for item in heard)
    assert len({item["voice"] for item in heard}) >= 4
    for clean in (True, False):
        said = [item["said"] for item in heard if (item["noise"] == "none") == clean]
        assert sorted(said) == sorted(labels)


def test_no_text_stands_on_both_sides():
    """What is judged by is never trained on, and nothing is there twice."""
    texts = [
        " ".join(item["text"].lower().split())
        for path in (*UTTERANCES, *WHOLE_ANSWERS)
        for item in read(path)
    ]
    assert len(texts) == len(set(texts))
