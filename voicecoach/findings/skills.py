"""Which skills a text names, word for word.

Plain matching of words, plurals aside: what is told to a person as named must surely be there.
A skill that is only described ("I kept the nightly jobs alive") is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skills:
    """Skills that count here, and which of them an answer named; each once, in order."""

    named: tuple[str, ...]
    """In the answer."""
    advertised: tuple[str, ...]
    """In the advert."""
    own: tuple[str, ...]
    """In the person's profile."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What the advert asks for and the answer did not name; without an advert, of one's own."""
        return tuple(one for one in self.advertised or self.own if one not in self.named)


def compare(
    answer: str, own: Iterable[str], advert: str, known: Mapping[str, tuple[str, ...]]
) -> Skills:
    """Hold an answer to a profile's skills and an advert (either may be empty).

    *known*: skill -> its other wordings.

    >>> compare("I built two pipelines.", ["pipelines"], "Pipelines and SQL.", {"SQL": ()})
    Skills(named=('pipelines',), advertised=('pipelines', 'SQL'), own=('pipelines',))
    """
    own = tuple(_canonical(skill, known) for skill in own)
    every = {skill: known.get(skill, ()) for skill in dict.fromkeys((*own, *known))}
    advertised = _found(advert, every)
    return Skills(
        named=_found(answer, {one: every[one] for one in dict.fromkeys((*own, *advertised))}),
        advertised=advertised,
        own=own,
    )


def _canonical(skill: str, known: Mapping[str, tuple[str, ...]]) -> str:
    """The known skill that a person's own words mean, else their words."""
    words = _words(skill)
    return next(
        (one for one, also in known.items() if any(_words(name) == words for name in (one, *also))),
        skill,
    )


def _found(text: str, skills: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The skills that *text* names, in the order in which it does."""
    words = f" {_words(text)} "
    places = {
        skill: min(place for place in places if place >= 0)
        for skill, also in skills.items()
        for places in [[words.find(f" {_words(name)} ") for name in (skill, *also)]]
        if max(places) >= 0
    }
    return tuple(sorted(places, key=places.__getitem__))


def _words(text: str) -> str:
    """In lower case, without marks and the s of a plural.

    >>> _words("Stakeholders, C++ and an analysis!")
    'stakeholder c++ and an analysis'
    """
    words = re.findall(r"[^\W_]+[+#]*", text.lower().replace("'s", ""))
    return " ".join(re.sub(r"(?<=[^\W_]{2}[^\Wsiu_])s$", "", word) for word in words)
