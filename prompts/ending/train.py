"""Fit the weights of voicecoach/words/trailing.py.

    python -m prompts.ending.train listen heard.jsonl     speaks and hears the answers: half an hour
    python -m prompts.ending.train fit heard.jsonl        fits weights.json, in a minute

The weights of the last words are fitted to where sentences end in prompts/criteria/utterances
and in one half of tests/data/answers_dev.jsonl; those of the signs to 100 answers of that half,
spoken with pauses by the fitting voices of benchmarks/pausing.py. Needs scikit-learn, and the
voice programs that audio_fixtures/make.py names.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.pausing import AFTER_S, SENTENCE_END, answers, for_fitting
from voicecoach.sound import ending
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.turn import ENDLESS, QUIET_S, Turn
from voicecoach.sound.vad import FRAME, FRAME_S, VoiceActivity
from voicecoach.words.live import last_talk
from voicecoach.words.trailing import Weights, last_words, signs
from voicecoach.words.transcriber import load

FOLDER = Path(__file__).parent
UTTERANCES = FOLDER.parent / "criteria" / "utterances"
NUMBER = 100
PER_TEXT = 4
LEAST_WEIGHT = 0.05
BETWEEN_WEIGHT = 0.5
"""A pause between two sentences counts half: nobody can always tell it from the end."""


def listen(path: Path) -> None:
    """Write what is known at each silence of the answers, a line each."""
    engine = load("auto", "tiny.en")
    with path.open("w", encoding="utf-8") as file:
        for answer in answers("fitting", NUMBER):
            samples, silences = answer.spoken()
            samples = samples[: -round((AFTER_S - 1.5) * SPEECH_RATE_HZ)]
            activity, turn, known = VoiceActivity(), Turn(ENDLESS), set()
            for end in range(FRAME, len(samples) + 1, FRAME):
                turn.hear(activity.hear(samples[end - FRAME : end])[0])
                until = turn.talked_until
                if not turn.spoken or turn.silent_s < QUIET_S or until in known:
                    continue
                known.add(until)
                at_s = until * FRAME_S
                within = [one for one in silences if one.start_s - 0.5 <= at_s <= one.end_s - 0.2]
                talk = last_talk(Clip(samples[:end], SPEECH_RATE_HZ), turn.speech)
                row = {
                    "name": answer.name,
                    "kind": within[0].kind if within else "other",
                    "p3": ending.finished(samples[:end], turn.speech),
                    "text": engine.glance(talk),
                    "speech": sum(span.duration_s for span in turn.speech),
                }  # fmt: skip
                file.write(json.dumps(row) + "\n")


def texts() -> Iterable[str]:
    for path in sorted(UTTERANCES.glob("*.jsonl")):
        if path.stem != "misheard":
            yield from (json.loads(line)["text"] for line in path.read_text("utf-8").splitlines())
    yield from (item["text"] for item in for_fitting())


def word_weights() -> dict[str, float]:
    """How much more often a sentence ends after these last words than goes on."""

    chance, found, ended = random.Random(3), [], []
    for text in texts():
        words = text.split()
        ends = [at for at, word in enumerate(words, 1) if SENTENCE_END.search(word)]
        going_on = [at for at in range(2, len(words)) if at not in ends]
        for places in (ends, going_on) if ends and len(words) > 2 else ():
            for at in chance.sample(places, min(PER_TEXT, len(places))):
                start = max([0, *(end for end in ends if end < at)])
                said = " ".join(words[start:at])
                if re.search(r"\w", said):
                    found.append(dict.fromkeys(last_words(said), 1.0))
                    ended.append(places is ends)
    vectors = DictVectorizer()
    matrix = vectors.fit_transform(found)
    matrix.indices, matrix.indptr = matrix.indices.astype("i4"), matrix.indptr.astype("i4")
    model = LogisticRegression(
        C=0.5, penalty="l1", solver="liblinear", tol=2e-3, class_weight="balanced",
        fit_intercept=False, random_state=3,
    ).fit(matrix, ended)  # fmt: skip
    return {
        name: round(float(weight), 2)
        for name, weight in zip(vectors.get_feature_names_out(), model.coef_[0], strict=True)
        if abs(weight) >= LEAST_WEIGHT
    }


def fit(path: Path) -> None:
    """Fit both sums, and say how well the second tells ends from pauses in answers left out."""

    words = word_weights()
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    known = [signs(row["text"], row["p3"], row["speech"], Weights(words, {})) for row in rows]
    names = list(known[0])
    matrix = np.array([[one[name] for name in names] for one in known])
    kinds = np.array([row["kind"] for row in rows])
    ends = kinds == "end"
    model = LogisticRegression(C=1.0, fit_intercept=False)
    weights = {"sample_weight": np.where(kinds == "between", BETWEEN_WEIGHT, 1.0)}
    probable = cross_val_predict(
        model, matrix, ends, groups=[row["name"] for row in rows], cv=GroupKFold(10),
        method="predict_proba", params=weights,
    )[:, 1]  # fmt: skip
    for kind in ("thinking", "other", "between"):
        chosen = ends | (kinds == kind)
        area = roc_auc_score(ends[chosen], probable[chosen])
        print(f"end against {kind}: area under the curve {area:.3f}, {sum(kinds == kind)} silences")
    for least in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        shares = {
            kind: float(np.mean(probable[kinds == kind] >= least)) for kind in sorted(set(kinds))
        }
        print(least, {kind: round(share, 2) for kind, share in shares.items()})
    model.fit(matrix, ends, **weights)
    answer = {name: round(float(one), 2) for name, one in zip(names, model.coef_[0], strict=True)}
    print(answer)
    text = json.dumps({"answer": answer, "words": words}, ensure_ascii=False, indent=0)
    (FOLDER / "weights.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fit the weights that tell the end of an answer.")
    parser.add_argument("step", choices=("listen", "fit"))
    parser.add_argument("heard", type=Path)
    arguments = parser.parse_args()
    {"listen": listen, "fit": fit}[arguments.step](arguments.heard)
