"""How an answer sounded, as numbers with a range.

Silence comes from voice activity and words from Whisper; neither stands in for
the other, because Whisper's word times stretch over pauses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from voicecoach.findings.finding import Measure
from voicecoach.scenarios import Round
from voicecoach.sound.clip import Span
from voicecoach.words.transcript import Transcript

LEAST_FOR_PACE_S = 10.0
LEAST_FOR_PACE_WORDS = 20
"""In less, three words more or less move the pace by 15 words a minute."""
FILLER = re.compile(r"(?:u+[hm]+|uhm|er+m?|a+h+|h+m+|m{2,})\W*", re.IGNORECASE)


def measure(
    transcript: Transcript, speech: Sequence[Span], round_: Round | None
) -> tuple[Measure, ...]:
    """The measures that this answer is long enough for; none when nothing was said.

    *speech*: where someone talked. All is measured from the first talk to the last.
    """
    if not transcript.words or not speech:
        return ()
    span_s = speech[-1].end_s - speech[0].start_s
    low_s, high_s = round_.target_s if round_ else (None, None)
    measures = [
        Measure(
            "answer_length_s",
            round(span_s, 1),
            "s",
            low_s,
            high_s,
            "What is short is remembered, and leaves room for the other's questions.",
        )
    ]
    words = sum(not FILLER.fullmatch(word.text) for word in transcript.words)
    if span_s >= LEAST_FOR_PACE_S and words >= LEAST_FOR_PACE_WORDS:
        measures.append(
            Measure(
                "pace_wpm",
                round(60 * words / span_s, 1),
                "words/min",
                # Conversation runs at about 150, radio at 160 to 180 (Rodero 2012).
                120,
                170,
                "At this pace a listener follows without effort.",
            )
        )
    pauses_s = [after.start_s - before.end_s for before, after in pairwise(speech)]
    if pauses_s:
        measures.append(
            Measure(
                "longest_pause_s",
                round(max(pauses_s), 1),
                "s",
                None,
                # Half a second helps memory, four seconds hurt (Lundholm Fors 2015).
                2.0,
                "A short pause gives a point weight; a long one makes the listener wait.",
            )
        )
    return tuple(measures)
