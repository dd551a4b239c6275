"""What each stretch of a text bears, in logits, by the trained encoder in prompts/encoder.

It reads a whole answer at once and gives every word piece a score and a weight for each
criterion. A stretch's logit is the mean of its pieces' scores, weighted by the softmax of
their weights over the stretch (label-wise attention, Mullenbach et al. 2018,
arXiv:1802.05695), so one reading answers for clauses, sentences and the whole.
How it was trained: prompts/encoder/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from voicecoach.findings.phrases import Stretch, sentences
from voicecoach.scenarios import Criterion
from voicecoach.words import pieces

WINDOW = 190
"""Word pieces read at once, as in training: some 150 words, a minute of talk."""
WIDTH = 384
"""Length of a piece's vector."""
NOTHING = -20.0
"""The logit of silence."""

OWN_STRENGTH = 100.0
"""Inverse of the penalty on the weights of a person's own criterion (C of logistic regression)."""
OWN_AGAINST = 2.0
"""What examples of the other criteria weigh together, where one of its own weighs 1."""
OTHERS_EACH = 5
"""So many examples of each other criterion: each takes some milliseconds to read."""

NEWTON_STEPS = 12


@dataclass(frozen=True)
class Reading:
    """One text as the encoder read it."""

    places: np.ndarray
    """Shape (n_pieces, 2): where each piece stands, in characters."""
    weights: np.ndarray
    """Shape (n_pieces + 1, n_trained): the weights of the pieces before each, added up."""
    weighted: np.ndarray
    """The same of scores times weights."""
    speaking_for: np.ndarray
    """The same of scores above 0 times weights."""
    vectors: np.ndarray
    """Shape (n_pieces + 1, WIDTH): the same of what each piece means."""
    windows: tuple[Stretch, ...]
    """What was read at once: the whole answer, if it is no longer than a minute."""

    def logits(self, stretches: Sequence[Stretch]) -> np.ndarray:
        """Shape (n_stretches, n_trained); NOTHING where nothing is to be read."""
        first, last = self._pieces(stretches)
        weights = self.weights[last] - self.weights[first]
        weighted = self.weighted[last] - self.weighted[first]
        there = (last > first)[:, None]
        return np.where(there, weighted / np.where(there, weights, 1), NOTHING)

    def support(self, stretches: Sequence[Stretch]) -> np.ndarray:
        """Shape (n_stretches, n_trained): how much of what speaks for each lies in each."""
        first, last = self._pieces(stretches)
        return self.speaking_for[last] - self.speaking_for[first]

    def vectors_of(self, stretches: Sequence[Stretch]) -> np.ndarray:
        """Shape (n_stretches, WIDTH): what each means, as a vector of length 1, 0 for nothing."""
        first, last = self._pieces(stretches)
        vectors = self.vectors[last] - self.vectors[first]
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def _pieces(self, stretches: Sequence[Stretch]) -> tuple[np.ndarray, np.ndarray]:
        """The first piece of each stretch, and the one after its last."""
        starts, ends = np.asarray(stretches, int).reshape(-1, 2).T
        first = np.searchsorted(self.places[:, 1], starts, side="right")
        last = np.searchsorted(self.places[:, 0], ends, side="left")
        return first, np.maximum(first, last)


@dataclass(frozen=True)
class Ears:
    """What hears some criteria in a reading; ``ears`` makes them."""

    trained: np.ndarray
    """Shape (n_criteria,), bool: which of them the encoder was trained on."""
    known: list[int]
    """The encoder's columns of those."""
    own: np.ndarray
    """Shape (n_others, WIDTH + 1): weights and bias of the others."""

    def logits(self, reading: Reading, stretches: Sequence[Stretch]) -> np.ndarray:
        """Shape (n_stretches, n_criteria)."""
        logits = np.empty((len(stretches), len(self.trained)))
        logits[:, self.trained] = reading.logits(stretches)[:, self.known]
        if len(self.own):
            vectors = reading.vectors_of(stretches)
            there = vectors.any(axis=1, keepdims=True)
            logits[:, ~self.trained] = np.where(there, _with_one(vectors) @ self.own.T, NOTHING)
        return logits

    def support(self, reading: Reading, stretches: Sequence[Stretch]) -> np.ndarray:
        """Shape (n_stretches, n_criteria): how much of what speaks for each lies in each.

        One of a person's own is not told word by word: there it is the length.
        """
        support = np.empty((len(stretches), len(self.trained)))
        support[:, self.trained] = reading.support(stretches)[:, self.known]
        support[:, ~self.trained] = [[end - start] for start, end in stretches]
        return support


def read(text: str, unread: Iterable[Stretch] = ()) -> Reading:
    """Read *text*, a long one in windows that end with a sentence.

    *unread* are stretches that are no evidence, whatever they say: they are left out.
    Raises PromptsError, as ``pieces.load`` does.
    """
    encoder = pieces.load()
    encoding = encoder.encode(text)
    ids = np.array(encoding.ids, np.int64)
    places = np.array(encoding.offsets, int).reshape(-1, 2)
    kept = np.full(len(ids), True)
    for start, end in unread:
        kept &= (places[:, 0] >= end) | (places[:, 1] <= start)
    ids, places = ids[kept], places[kept]
    scores, weights = np.zeros((2, len(ids), len(encoder.offsets)))
    vectors = np.zeros((len(ids), WIDTH))
    windows: list[Stretch] = []
    for begin, end in _windows(places, sentences(text)):
        outputs = encoder.run(["scores", "weights", "vectors"], ids[begin:end])
        for each, output in zip((scores, weights, vectors), outputs, strict=True):
            each[begin:end] = output[1:-1]
        windows.append((int(places[begin, 0]), int(places[end - 1, 1])))
    scores = scores * encoder.slope + np.array([*encoder.offsets.values()])
    weights = np.exp(weights)
    return Reading(
        places=places,
        weights=_added_up(weights),
        weighted=_added_up(weights * scores),
        speaking_for=_added_up(weights * np.maximum(scores, 0)),
        vectors=_added_up(vectors),
        windows=tuple(windows),
    )


def _added_up(values: np.ndarray) -> np.ndarray:
    """Running sums from 0: shape (n, k) to (n + 1, k)."""
    return np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0)])


def _windows(places: np.ndarray, whole: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """Runs of at most WINDOW pieces; what is to stay *whole* does, unless it is longer."""
    ends = np.searchsorted(places[:, 0], [end for _, end in whole], side="left").tolist()
    begin = 0
    while begin < len(places):
        limit = min(begin + WINDOW, len(places))
        end = max((end for end in (*ends, len(places)) if begin < end <= limit), default=limit)
        yield begin, end
        begin = end


@cache
def ears(criteria: tuple[Criterion, ...]) -> Ears:
    """What hears *criteria*, in their order.

    One that the encoder was not trained on, a person's own, is heard by logistic regression
    on the vectors of its examples against those of all others.
    """
    columns = {id_: column for column, id_ in enumerate(pieces.load().offsets)}
    return Ears(
        np.array([criterion.id in columns for criterion in criteria], bool),
        [columns[criterion.id] for criterion in criteria if criterion.id in columns],
        np.array([_learn(one, criteria) for one in criteria if one.id not in columns]),
    )


def _learn(own: Criterion, criteria: tuple[Criterion, ...]) -> np.ndarray:
    """Shape (WIDTH + 1,): the weights, and last the bias, that tell hears from misses."""
    others = [line for one in criteria if one.id != own.id for line in one.hears[:OTHERS_EACH]]
    vectors = _with_one(np.array([_vector(line) for line in (*own.hears, *own.misses, *others)]))
    bears = np.arange(len(vectors)) < len(own.hears)
    counts = np.ones(len(vectors))
    counts[len(own.hears) + len(own.misses) :] = OWN_AGAINST / max(len(others), 1)
    penalty = np.eye(WIDTH + 1) / OWN_STRENGTH
    penalty[-1, -1] = 1e-6
    weights = np.zeros(WIDTH + 1)
    for _ in range(NEWTON_STEPS):
        chances = 1 / (1 + np.exp(-vectors @ weights))
        slope = vectors.T @ (counts * (chances - bears)) + penalty @ weights
        curve = (vectors.T * (counts * chances * (1 - chances))) @ vectors + penalty
        weights -= np.linalg.solve(curve, slope)
    return weights


@cache
def _vector(line: str) -> np.ndarray:
    return read(line).vectors_of([(0, len(line))])[0]


def _with_one(vectors: np.ndarray) -> np.ndarray:
    return np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1)
