"""Whether what is written down while someone talks is as good as what is afterwards.

``python -m benchmarks.words`` (``--quick``, ``--json``): the recordings of audio_fixtures that hold
words go through ``Draft`` silence by silence, as in a practice, and once as a whole. The word
error rates of both are held against the truth files; word times are held against each other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import numpy as np

from voicecoach import scenarios
from voicecoach.fixtures import truth_of, word_error_rate
from voicecoach.sound.clip import SPEECH_RATE_HZ, Clip
from voicecoach.sound.files import Recording, recordings_in
from voicecoach.sound.take import Take, record
from voicecoach.sound.turn import ENDLESS, QUIET_S, Turn
from voicecoach.sound.vad import FRAME, VoiceActivity
from voicecoach.words.transcriber import LONGEST_CHUNK_S, Draft, Transcriber, load, write_down
from voicecoach.words.transcript import Transcript


def written_live(take: Take, engine: Transcriber) -> Transcript:
    """What is written at every silence, and at the end.

    Up to the length of one chunk a draft is thrown away when the next is made, so that only
    the silences after it can change anything.
    """
    draft = Draft(engine)
    activity, turn, known = VoiceActivity(), Turn(ENDLESS), set[int]()
    samples = take.clip.samples
    for end in range(FRAME, len(samples) + 1, FRAME):
        turn.hear(activity.hear(samples[end - FRAME : end])[0])
        until = turn.talked_until
        if turn.spoken and turn.silent_s >= QUIET_S and until not in known:
            known.add(until)
            if until * turn.frame_s > LONGEST_CHUNK_S:
                draft.write(Clip(samples[:end], SPEECH_RATE_HZ), turn.speech)
    draft.write(take.clip, take.speech)
    return draft.transcript(take.speech)


def rows(paths: list[Path], engine: Transcriber) -> Iterator[dict[str, object]]:
    prompts = scenarios.load()
    for path in paths:
        said = truth_of(path, prompts).words
        if not said:
            continue
        take = record(Recording(path), Turn(ENDLESS))
        live, whole = written_live(take, engine), write_down(take, engine)
        yield {
            "recording": path.stem,
            "seconds": round(take.clip.duration_s, 1),
            "words": len(said.split()),
            "wer_live": word_error_rate(said, live.text),
            "wer_whole": word_error_rate(said, whole.text),
            "same": live.text == whole.text,
            "start_off_s": _furthest_off_s(live, whole),
        }


def _furthest_off_s(live: Transcript, whole: Transcript) -> float | None:
    """How far the starts of the same words lie apart at the most; None where the words differ."""
    off_s = 0.0
    for one, other in zip_longest(live.words, whole.words):
        if not one or not other or one.text != other.text or not one.span or not other.span:
            return None
        off_s = max(off_s, abs(one.span.start_s - other.span.start_s))
    return round(off_s, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description="Words written live and afterwards.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="Every eighth recording.")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--model", default="tiny.en")
    arguments = parser.parse_args()
    paths = recordings_in(scenarios.folder_of("audio_fixtures"))
    engine = load(arguments.engine, arguments.model)
    found = list(rows(paths[:: 8 if arguments.quick else 1], engine))
    words = np.array([row["words"] for row in found])

    def pooled(name: str) -> float:
        return round(float(np.array([row[name] for row in found]) @ words / words.sum()), 4)

    off_s = [row["start_off_s"] for row in found if row["start_off_s"] is not None]
    result = {
        "wer_live": pooled("wer_live"),
        "wer_whole": pooled("wer_whole"),
        "recordings": len(found),
        "words": int(words.sum()),
        "same_text": sum(bool(row["same"]) for row in found),
        "start_off_most_s": max(off_s, default=0.0),
        "longer_than_a_chunk": [row for row in found if row["seconds"] > LONGEST_CHUNK_S],
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print(
        f"{result['recordings']} recordings, {result['words']} words: {result['wer_live']:.2%} "
        f"wrong when written live, {result['wer_whole']:.2%} afterwards; the same text in "
        f"{result['same_text']}, whose words start at most {result['start_off_most_s']} s apart.\n"
    )
    print("| longer than a chunk | seconds | words | live | afterwards |\n|---|---|---|---|---|")
    for row in result["longer_than_a_chunk"]:
        print(
            f"| {row['recording']} | {row['seconds']} | {row['words']} | {row['wer_live']:.1%} "
            f"| {row['wer_whole']:.1%} |"
        )


if __name__ == "__main__":
    main()
