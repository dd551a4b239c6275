"""How probably an answer is over, by its last words, its sound and its length.

Two small sums, whose weights were fitted to answers spoken with thinking pauses and lie in
prompts/ending: what usually follows the last words (another one, or nothing), and beside it
what Smart Turn heard, the mark that Whisper set, and how long the person has talked. A full
stop by itself tells little: Whisper sets one wherever the sound ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, log

from voicecoach.scenarios import folder_of

MOST_SURE = 0.98
"""No single judge is believed further than this."""
LONG_TALK_S = 8.0
"""From here on more talk says nothing of its end: a long answer must not be cut at a full stop."""
CLOSING_WORDS = 9
"""A thank-you so many words before the end still closes an answer."""
_SENTENCE_ENDS = re.compile(r"[.?!][\"”’)]*\s")
_DONE = re.compile(
    r"(?:^|[.?!,…] )(?:(?:okay|ok|so|and|right),? )?(?:i'm|i am) (?:all )?done[.!]?$", re.IGNORECASE
)
_BROKEN_OFF = re.compile(r"(?:\.\.\.|[…–—,-]|\b(?:um+|uh+|erm?|hmm+|ah+)\W*)$", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:a|about|after|although|am|an|and|are|as|at|be|because|been|before|but|by|can|could|did|"
    r"do|does|during|each|every|for|from|had|has|have|he|her|his|how|i|i'd|i'll|i'm|i've|if|in|"
    r"into|is|it's|its|like|may|might|more|most|must|my|no|of|on|or|our|over|she|should|since|so|"
    r"some|such|than|that's|the|their|they|they're|they've|though|through|to|uh|um|under|until|"
    r"very|was|we|we'd|we'll|we're|we've|were|what|when|where|whether|which|while|who|whose|why|"
    r"will|with|would|you'd|you'll|your)\W*$",
    re.IGNORECASE,
)
"""Words that something follows. Not those that end many sentences too: that, this, it, me."""
_CLOSING = re.compile(
    r"\b(?:thank you|thanks|from you|that(?:'s| is) (?:all|it)|forward to)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Each in log-odds; what is not named weighs nothing."""

    words: Mapping[str, float]
    """Of the last words, as ``last_words`` names them."""
    answer: Mapping[str, float]
    """Of the signs of ``signs``."""


def finished(text: str, by_sound: float, talk_s: float) -> float:
    """The probability that an answer is over.

    *text*: its last words, as Whisper wrote them; *by_sound*: what the sound alone was judged
    to be; *talk_s*: how long the person has talked, pauses left out.

    >>> finished("I would love to join you because", 0.5, 8) < 0.2
    True
    >>> finished("I liked the tour. Thank you so much for your time today.", 0.9, 12) > 0.6
    True
    """
    if says_done(text):
        return 1.0
    weights = _weights()
    return 1 / (1 + exp(-weighed(signs(text, by_sound, talk_s, weights), weights.answer)))


def says_done(text: str) -> bool:
    """Whether the person says so, in a sentence of its own.

    >>> says_done("Thank you for your time. I'm done."), says_done("Call me when I'm done.")
    (True, False)
    """
    return bool(_DONE.search(text.strip().replace("’", "'")))


def signs(text: str, by_sound: float, talk_s: float, weights: Weights) -> dict[str, float]:
    """What speaks for the end of an answer and against it, each as a number."""
    text = text.strip().replace("’", "'")
    sure = min(max(by_sound, 1 - MOST_SURE), MOST_SURE)
    closing = _CLOSING.search(" ".join(text.split()[-CLOSING_WORDS:]))
    return {
        "always": 1.0,
        "words": weighed(dict.fromkeys(last_words(text), 1.0), weights.words),
        "sound": log(sure / (1 - sure)),
        "broken off": float(bool(_BROKEN_OFF.search(text))),
        "open": float(bool(_OPEN.search(text))),
        "no mark": float(text[-1:].isalnum()),
        "question": float(text.endswith("?")),
        "closing": float(bool(closing)),
        "talk": min(talk_s, LONG_TALK_S) / LONG_TALK_S,
    }


def weighed(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(value * weights.get(name, 0.0) for name, value in values.items())


def last_words(text: str) -> Iterator[str]:
    """The last words of the last sentence, in the forms that have weights.

    >>> list(last_words("Thank you. I would love to"))
    ['to', 'love to', 'would love to', 'would _ to', '-to', '#1', '^']
    """
    sentence = _SENTENCE_ENDS.split(re.sub(r"[\W_]+$", "", text))[-1]
    words = re.findall(r"[a-z0-9']+", sentence.lower())
    third, second, last = ["^", "^", "^", *words][-3:]
    yield from (last, f"{second} {last}", f"{third} {second} {last}", f"{third} _ {last}")
    yield f"-{last[-3:]}"
    yield f"#{min(len(words), 12) // 3}"
    yield "^"


@cache
def _weights() -> Weights:
    path = folder_of("prompts") / "ending" / "weights.json"
    return Weights(**json.loads(path.read_text(encoding="utf-8")))
