"""How well the closing criteria are heard, on texts that the checker was not written on.

``python -m benchmarks.criteria [FILE ...] [--json]`` reads JSON lines of ``text``,
``labels`` and, where it is known, ``round``; without a file, the test answers in
tests/data. Whoever works on the checker does not read those.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from voicecoach import scenarios
from voicecoach.findings import closing
from voicecoach.words.transcript import said

TEST_ANSWERS = Path(__file__).parent.parent / "tests" / "data" / "answers_test.jsonl"


def measure(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Precision, recall and F1 of each criterion, their mean, and the false "avoid" rate.

    The rate is the share of harmless texts (none of the seven "avoid" applies)
    that are accused of one.
    """
    prompts = scenarios.load()
    avoids = {id_ for id_, criterion in prompts.criteria.items() if criterion.kind == "avoid"}
    right, invented, missed = Counter[str](), Counter[str](), Counter[str]()
    texts = harmless = accused = 0
    for item in items:
        true = set(item["labels"])
        round_ = prompts.rounds.get(item.get("round", ""))
        findings = closing.check(said(item["text"]), prompts.criteria.values(), round_)
        heard = {finding.criterion for finding in findings if finding.heard}
        right.update(heard & true)
        invented.update(heard - true)
        missed.update(true - heard)
        texts += 1
        harmless += not true & avoids
        accused += bool(heard & avoids and not true & avoids)
    by_criterion = {
        id_: _scores(right[id_], invented[id_], missed[id_]) for id_ in prompts.criteria
    }
    return {
        "texts": texts,
        "macro_f1": sum(scores["f1"] for scores in by_criterion.values()) / len(by_criterion),
        "micro": _scores(right.total(), invented.total(), missed.total()),
        "harmless": harmless,
        "false_avoids": accused,
        "by_criterion": by_criterion,
    }


def _scores(right: int, invented: int, missed: int) -> dict[str, float]:
    """Precision is 1 where nothing was heard; F1 is 0 where nothing was right."""
    return {
        "precision": right / (right + invented) if right + invented else 1.0,
        "recall": right / (right + missed) if right + missed else 1.0,
        "f1": 2 * right / (2 * right + invented + missed) if right else 0.0,
        "support": right + missed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="How well the closing criteria are heard.")
    parser.add_argument("files", nargs="*", type=Path, default=[TEST_ANSWERS])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    lines = [
        json.loads(line)
        for path in arguments.files
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    figures = measure(lines)
    if arguments.json:
        print(json.dumps(figures))
        return
    print("| criterion | precision | recall | F1 | support |\n|---|---|---|---|---|")
    for id_, scores in [*figures["by_criterion"].items(), ("all, micro", figures["micro"])]:
        print(
            f"| {id_} | {scores['precision']:.2f} | {scores['recall']:.2f} "
            f"| {scores['f1']:.2f} | {scores['support']:.0f} |"
        )
    print(f"\nmacro-F1 {figures['macro_f1']:.3f} over {figures['texts']} texts;")
    print(f"{figures['false_avoids']} of {figures['harmless']} harmless texts accused of an avoid")


if __name__ == "__main__":
    main()
