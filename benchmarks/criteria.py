"""How well the closing criteria are heard, on texts that the checker was not made with.

``python -m benchmarks.criteria`` measures on the test answers in tests/data, as text and as
tiny.en heard them from synthetic voices, six neural and five older ones, clean and with noise
15 dB under them (made by benchmarks/speak.py); beside it, two baselines. ``--write`` puts the
tables into BENCHMARKS.md and all figures into benchmarks/criteria.json. FILEs of JSON lines
(``text``, ``labels`` and, where it is known, ``round``) are measured in place of the test answers.
Whoever works on the checker does not read those.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicecoach import scenarios
from voicecoach.findings import closing, encoder, phrases
from voicecoach.findings.finding import Finding
from voicecoach.words.transcript import Segment, Transcript, Word, said

REPOSITORY = Path(__file__).parents[1]
TEST_ANSWERS = REPOSITORY / "tests" / "data" / "answers_test.jsonl"
HEARD_ANSWERS = {
    "neural voices": TEST_ANSWERS.with_name("answers_test_heard_neural.jsonl"),
    "older voices": TEST_ANSWERS.with_name("answers_test_heard.jsonl"),
}
"""By whom the test answers were spoken."""
PROMPTS = scenarios.load(scenarios.folder_of("prompts"))
CRITERIA = tuple(PROMPTS.criteria.values())
IDS = tuple(PROMPTS.criteria)
AVOIDS = {criterion.id for criterion in CRITERIA if criterion.kind == "avoid"}

Item = dict[str, Any]
Hear = Callable[[Item], set[str]]
"""An answer to the criteria that are heard in it."""

KEYWORDS = {
    "addresses_concern": "although|it's true that|that's fair|to make up for|however",
    "appreciates_confidence": "trust|faith|confidence in me|believ(?:e|ing) in me",
    "asks_concerns": "concerns?|doubts?|hesitations?|reservations?|unclear",
    "asks_culture": "culture|like to work here|work together|atmosphere",
    "asks_fit": "good fit|do i fit|compare|match",
    "asks_for_update": "update|any news|follow(?:ing)? up|status",
    "asks_ideal_candidate": "ideal|perfect candidate|looking for|qualities",
    "asks_next_steps": "next steps?|what happens next|the process",
    "asks_outright": "did i get|do i have the job|am i hired|got the job",
    "asks_strengths": "my strengths|strong points?",
    "asks_success": "success|successful|first (?:\\w+ )?days",
    "asks_timeframe": "when (?:will|would|can|might|do)|how soon|timeframe|timeline",
    "bitterness": "waste of|unfair|ridiculous|rude|joke",
    "demands_exact_time": "exact(?:ly)?|what time|by (?:mon|tues|wednes|thurs|fri)day",
    "insightful_question": "(?:what|how|which|why)\\b[^.?!]*\\?",
    "invites_questions": "anything else (?:you|i)|questions for me|ask me",
    "keeps_door_open": "future|keep in touch|stay in touch|another (?:role|position)",
    "mentions_offers_gracefully": "other offers?|another offer|other interviews?|other companies",
    "no_questions": "no questions?|covered everything|nothing to ask",
    "pressures_with_offers": "match|better offer|or i(?:'ll| will)|other offer",
    "prompt_thank_you": "thank-you (?:note|email|card)|thank you (?:note|email|card)",
    "pushy_contact": "keep calling|every day|come by|call you",
    "respects_timeframe": "you said|you told me|you mentioned|wait until",
    "restates_fit": "my experience|years of|my skills|good fit",
    "restates_interest": "interested|want (?:this|the) job|keen",
    "shows_enthusiasm": "excited|thrilled|love|passionate|can't wait|looking forward",
    "thanks": "thanks?|thank you|grateful|appreciate",
    "undersells_self": "sorry|not good enough|afraid|please give me|i'm not",
}
"""What anyone would write down first."""
NEAR = 0.6
"""Least cosine to the nearest example; the best of 0.5, 0.6 and 0.7 on the answers to develop
with."""
BINS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)
WORDS = 100
"""Length of the answers that are timed."""


def findings_of(item: Item) -> tuple[Finding, ...]:
    """What the checker finds, in a text or in words with Whisper's probabilities."""
    transcript = said(item["text"])
    if "probabilities" in item:
        words = zip(item["text"].split(), item["probabilities"], strict=True)
        segment = Segment(tuple(Word(text, None, sure) for text, sure in words), 0.0, 0.0, 1.0)
        transcript = Transcript((segment,), "faster-whisper", "tiny.en")
    return closing.check(transcript, CRITERIA, PROMPTS.rounds.get(item.get("round", "")))


def checker(item: Item) -> set[str]:
    return {finding.criterion for finding in findings_of(item) if finding.heard}


def keywords(item: Item) -> set[str]:
    """Baseline: the words that one thinks of first."""
    return {
        id_
        for id_, pattern in KEYWORDS.items()
        if re.search(rf"\b(?:{pattern})(?!\w)", item["text"], re.IGNORECASE)
    }


def nearest_example() -> Hear:
    """Baseline: each sentence bears what the example bears whose vector is nearest.

    The vectors are the encoder's own, which are held close to those of all-MiniLM-L6-v2.
    """
    examples = [(line, {one.id, *one.implies}) for one in CRITERIA for line in one.hears]
    examples += [(line, set[str]()) for one in CRITERIA for line in one.misses]
    vectors = np.array([encoder.read(line).vectors_of([(0, len(line))])[0] for line, _ in examples])

    def hear(item: Item) -> set[str]:
        sentences = phrases.sentences(item["text"])
        if not sentences:
            return set()
        cosines = encoder.read(item["text"]).vectors_of(sentences) @ vectors.T
        nearest = cosines.argmax(1)
        return {
            id_
            for example, cosine in zip(nearest, cosines.max(1), strict=True)
            if cosine >= NEAR
            for id_ in examples[example][1]
        }

    return hear


def measure(items: Sequence[Item], hear: Hear) -> dict[str, Any]:
    """Precision, recall and F1 of each criterion, their mean, and the false "avoid" rate.

    The mean is over the criteria that some text bears. The rate is the share of harmless
    texts, to which no "avoid" applies, that are accused of one.
    """
    right, invented, missed = Counter[str](), Counter[str](), Counter[str]()
    harmless = accused = 0
    for item in items:
        true, heard = set(item["labels"]), hear(item)
        right.update(heard & true)
        invented.update(heard - true)
        missed.update(true - heard)
        harmless += not true & AVOIDS
        accused += bool(heard & AVOIDS and not true & AVOIDS)
    by_criterion = {id_: _scores(right[id_], invented[id_], missed[id_]) for id_ in IDS}
    return {
        "texts": len(items),
        "macro_f1": round(
            float(np.mean([one["f1"] for one in by_criterion.values() if one["support"]])), 4
        ),
        "micro": _scores(right.total(), invented.total(), missed.total()),
        "harmless": harmless,
        "false_avoids": accused,
        "by_criterion": by_criterion,
    }


def _scores(right: int, invented: int, missed: int) -> dict[str, float]:
    """Precision is 1 where nothing was heard; F1 is 0 where nothing was right."""
    return {
        "precision": round(right / (right + invented), 4) if right + invented else 1.0,
        "recall": round(right / (right + missed), 4) if right + missed else 1.0,
        "f1": round(2 * right / (2 * right + invented + missed), 4) if right else 0.0,
        "support": right + missed,
    }


def reliability(items: Iterable[Item]) -> list[dict[str, float]]:
    """How often what was given a probability was true, over all criteria and answers."""
    chances, true = [], []
    for item in items:
        for finding in findings_of(item):
            heard = finding.heard
            chances.append(finding.confidence if heard else 1 - finding.confidence)
            true.append(finding.criterion in item["labels"])
    bins = np.digitize(chances, BINS[1:-1])
    return [
        {
            "from": BINS[number],
            "to": BINS[number + 1],
            "findings": int((bins == number).sum()),
            "mean_probability": round(float(np.mean(np.array(chances)[bins == number])), 3),
            "true": round(float(np.mean(np.array(true)[bins == number])), 3),
        }
        for number in range(len(BINS) - 1)
        if (bins == number).any()
    ]


def ms_an_answer(items: Sequence[Item]) -> float:
    """Median processor time for an answer of WORDS words, warm, in ms."""
    words = " ".join(item["text"] for item in items).split()
    answers = [
        {"text": " ".join(words[start : start + WORDS])}
        for start in range(0, min(len(words), 40 * WORDS), WORDS)
    ]
    findings_of(answers[0])
    times = []
    for answer in answers:
        begin = time.process_time()
        findings_of(answer)
        times.append((time.process_time() - begin) * 1000)
    return round(float(np.median(times)), 1)


READY = """
import time
begin = time.monotonic()
from voicecoach import scenarios
from voicecoach.findings import closing
from voicecoach.words.transcript import said
closing.check(said("Thank you."), scenarios.load().criteria.values())
print(time.monotonic() - begin)
"""


def s_until_ready() -> float:
    """Median of five fresh programs, from the first import to the first answer checked."""
    command = [sys.executable, "-c", READY]
    times = [float(subprocess.check_output(command, text=True, cwd=REPOSITORY)) for _ in range(5)]
    return round(float(np.median(times)), 2)


def read(path: Path) -> list[Item]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def figures_of(files: Sequence[Path]) -> dict[str, Any]:
    """Everything, by what was measured."""
    items = [item for path in files or [TEST_ANSWERS] for item in read(path)]
    texts = {"text": measure(items, checker)}
    for voices, path in () if files else HEARD_ANSWERS.items():
        heard = read(path)
        clean = [item for item in heard if item["noise"] == "none"]
        noisy = [item for item in heard if item["noise"] != "none"]
        texts[f"{voices}, clean"] = measure(clean, checker)
        texts[f"{voices}, 15 dB"] = measure(noisy, checker)
    texts["baseline: keywords"] = measure(items, keywords)
    texts["baseline: nearest example"] = measure(items, nearest_example())
    return {
        "measured": texts,
        "reliability": reliability(items),
        "ms_an_answer_of_100_words": ms_an_answer(items),
        "s_until_ready": s_until_ready(),
    }


def tables(figures: dict[str, Any]) -> str:
    measured = figures["measured"]
    lines = [
        "| | macro-F1 | lowest F1 of a criterion | precision | recall | harmless answers accused |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in measured.items():
        low = min(IDS, key=lambda id_: one["by_criterion"][id_]["f1"])
        lines.append(
            f"| {name} | {one['macro_f1']:.3f} | {one['by_criterion'][low]['f1']:.2f} ({low}) "
            f"| {one['micro']['precision']:.3f} | {one['micro']['recall']:.3f} "
            f"| {one['false_avoids']} of {one['harmless']} |"
        )
    shown = [name for name in measured if not name.startswith("baseline")]
    lines += [
        "",
        "| criterion | precision | recall | support |" + "".join(f" F1, {n} |" for n in shown),
        "|---|---|---|---|" + "---|" * len(shown),
    ]
    for id_ in IDS:
        first = measured["text"]["by_criterion"][id_]
        scores = " | ".join(f"{measured[name]['by_criterion'][id_]['f1']:.2f}" for name in shown)
        lines.append(
            f"| {id_} | {first['precision']:.2f} | {first['recall']:.2f} "
            f"| {first['support']} | {scores} |"
        )
    lines += ["", "| probability | findings | mean probability | true |", "|---|---|---|---|"]
    lines += (
        f"| {one['from']:.2f} to {one['to']:.2f} | {one['findings']} "
        f"| {one['mean_probability']:.3f} | {one['true']:.3f} |"
        for one in figures["reliability"]
    )
    lines += [
        "",
        f"{figures['ms_an_answer_of_100_words']} ms of processor time for an answer of 100 words, "
        f"warm; ready {figures['s_until_ready']} s after it is asked for, imports included.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="How well the closing criteria are heard.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--write", action="store_true", help="into BENCHMARKS.md and criteria.json")
    arguments = parser.parse_args()
    if arguments.write and arguments.files:
        parser.error("--write is for the test answers. Leave out the files, or --write.")
    figures = figures_of(arguments.files)
    if arguments.write:
        path = REPOSITORY / "BENCHMARKS.md"
        begin, end = "<!-- criteria -->\n", "\n<!-- end of criteria -->"
        before, rest = path.read_text(encoding="utf-8").split(begin)
        after = rest.split(end)[1]
        path.write_text(f"{before}{begin}{tables(figures)}{end}{after}", encoding="utf-8")
        written = json.dumps(figures, indent=1) + "\n"
        Path(__file__).with_suffix(".json").write_text(written, encoding="utf-8")
    print(json.dumps(figures) if arguments.json else tables(figures))


if __name__ == "__main__":
    main()
