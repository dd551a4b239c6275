"""Sentences and clauses of an answer, as stretches of it in characters.

Whisper's marks are only a hint: it writes "..." where someone hesitates, and now and
then no mark at all. So a clause also begins where a conjunction is followed by what
clauses begin with.
"""

from __future__ import annotations

import re
from itertools import pairwise

Stretch = tuple[int, int]
"""Where a piece of a text begins and ends, in characters."""

TITLES = frozenset({"mr", "mrs", "ms", "mx", "dr", "prof", "st", "sr", "jr", "vs"})
"""Of at most five characters; their full stop ends no sentence."""
HOURS = frozenset({"a.m", "p.m"})
"""Theirs does before a capital."""
SENTENCE_END = re.compile(r"(?:(?<!\.)\.(?!\.)|(?<![?!])[?!]+)[\"'”’)]*(?=\s|$)")
CLAUSE_HEADS = (
    r"(?:i|you|we|he|she|they|it|that|this|there|what|when|where|who|how|which|why|is|are|do|"
    r"does|did|could|would|can|may|might|will|if|thank|thanks|my|your|please|am|have|i['’]\w+|"
    r"(?:that|it|you|we|they|what|there)['’]\w+)"
)
CLAUSE_START = re.compile(
    r"(?:[,;:()–—]|\s--?|(?<!\.)\.\.+|…)\s+(?=\S)"
    r"|\s(?=(?:and|but|so|because|or|then|although|though) (?:(?:um|uh|er|like),? )?"
    rf"{CLAUSE_HEADS}\b)",
    re.IGNORECASE,
)
OPENER = re.compile(
    r"(?:(?:and|but|um|uh|er|erm|ah|oh)\b[\s,.…]*"
    r"|(?:so|well|yes|yeah|okay|ok|because|then|right|sure)[,.…]+\s*)",
    re.IGNORECASE,
)
"""What a quote need not begin with; "so excited" and "or I'll go" begin with what they mean."""
AT_THE_END = " .,;:-–—…\"“”'‘’("
"""Marks that a quote need not end with."""

ASKS = re.compile(
    r"\?|\b(?:wh(?:at|ich|o|om|ose|en|ere|y|ether)|how|if|could|would|can|may|might|shall|should|do|"
    r"does|did|is|are|am|was|were|will|have|has|what['’]?s|who['’]?s|how['’]?s|where['’]?s|d['’]you|"
    r"any\w*|tell|know|hear|learn|ask\w*|wonder\w*|curious|let me|describe|explain|share|say|give|"
    r"show|want|interested|please|open|happy|update|news|status|question\w*|check\w*|follow\w*|"
    r"[ei]nquir\w*)\b|\w['’](?:s|re|ll|d)\b",
    re.IGNORECASE,
)
"""What some word of nearly every question is like, direct or not: in 2,250 texts, 7 of those that
asked went without."""

THANKS = re.compile(
    r"thank|\bth[na]x\b|\bta\b|\bcheers\b|grateful|gratitude|preciat|obliged|indebted|\bbless|"
    r"\bkind|"
    r"\b(?:good|decent|nice|sweet|generous|lovely|big|sporting|gracious|patient) of\b|"
    r"\bowe (?:you|ye)\b|\b(?:so|very) much for\b",
    re.IGNORECASE,
)
"""What some word of nearly every thanks is like: of 5,066 utterances that thank, 22 go without,
most of them in another language. Of a thank-you misheard there is often "so much for" left."""


def sentences(text: str) -> tuple[Stretch, ...]:
    """Each sentence with its end mark.

    >>> answer = "Hm... yes. Thanks, Ms. Reed!"
    >>> [answer[slice(*each)] for each in sentences(answer)]
    ['Hm... yes.', 'Thanks, Ms. Reed!']
    """
    found = SENTENCE_END.finditer(text)
    return _stretches(text, [end.end() for end in found if not _title_before(text, end.start())])


def _title_before(text: str, end: int) -> bool:
    """Whether the word that ends there is one like "Ms", whose full stop ends no sentence."""
    word = "".join(text[max(0, end - 6) : end].lower().split()[-1:])
    if word in HOURS:
        return not text[end + 1 : end + 3].lstrip()[:1].isupper()
    return word in TITLES


def clauses(text: str) -> tuple[Stretch, ...]:
    """Each clause; none reaches over the end of a sentence.

    >>> answer = "Well, it was fun and thank you."
    >>> [answer[slice(*each)] for each in clauses(answer)]
    ['Well,', 'it was fun', 'and thank you.']
    """
    ends = [end for _, end in sentences(text)]
    ends += (found.end() for found in CLAUSE_START.finditer(text))
    return _stretches(text, sorted(ends))


def _stretches(text: str, ends: list[int]) -> tuple[Stretch, ...]:
    """The text cut at *ends*, without blanks around the pieces and without empty ones."""
    cuts = [0, *ends, len(text)]
    found = []
    for begin, end in pairwise(cuts):
        piece = text[begin:end]
        if any(character.isalnum() for character in piece):
            lead = len(piece) - len(piece.lstrip())
            found.append((begin + lead, begin + len(piece.rstrip())))
    return tuple(found)


def trimmed(text: str, stretch: Stretch) -> Stretch:
    """A stretch without the "and" or "well" that it opens with, and without marks at its ends.

    >>> "Well, um, thank you."[slice(*trimmed("Well, um, thank you.", (0, 20)))]
    'thank you'
    """
    begin, end = stretch
    while (opener := OPENER.match(text, begin, end)) and opener.end() < end:
        begin = opener.end()
    return begin, begin + len(text[begin:end].rstrip(AT_THE_END))
