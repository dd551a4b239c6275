"""The labelled texts are as they must be, and those to judge by are kept apart."""

import json

import pytest

from tests.conftest import REPOSITORY
from voicecoach import scenarios

PROMPTS = scenarios.load()
ANSWERS = REPOSITORY / "tests" / "data"
UTTERANCES = sorted((REPOSITORY / "prompts" / "criteria" / "utterances").glob("*.jsonl"))


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    "path", [*UTTERANCES, *sorted(ANSWERS.glob("*.jsonl"))], ids=lambda path: path.stem
)
def test_labels_are_known_and_complete(path):
    """What implies a criterion is labelled with it, except where the implying is a pattern's."""
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


def test_no_text_stands_on_both_sides():
    """What is judged by is never trained on, and nothing is there twice."""
    texts = [
        " ".join(item["text"].lower().split())
        for path in (*UTTERANCES, *ANSWERS.glob("*.jsonl"))
        for item in read(path)
    ]
    assert len(texts) == len(set(texts))
