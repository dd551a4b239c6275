"""Whether what was said by now reads as finished.

A full stop tells nothing: Whisper sets one wherever the sound ends.
"""

from __future__ import annotations

import re

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
_CLOSED = re.compile(
    r"(?:\?|\b(?:thank you|thanks)(?: (?:so|very) much)?(?: (?:again|indeed|everyone|all))?"
    r"(?: for (?:your|the|all your) \w+(?: today)?)?[.!]?|\b(?:that's|that is) (?:all|it)"
    r"(?: from me)?[.!]?)$",
    re.IGNORECASE,
)


def finished(text: str) -> bool | None:
    """True after a question or a thank-you, False after a word that something must follow.

    None when the words do not tell.

    >>> finished("I would love to join you because."), finished("What happens next?")
    (False, True)
    >>> finished("I have worked in logistics for years.") is None
    True
    """
    text = text.strip()
    if text.endswith(("...", "…", "-", "–", "—", ",")):
        return False
    if _CLOSED.search(text):
        return True
    if _OPEN.search(text.replace("’", "'")):
        return False
    return None
