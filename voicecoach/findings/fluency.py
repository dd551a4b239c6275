"""Words -> what makes them less fluent: fillers, hedges, repeats and restarts.

Pure functions of what was written down. Whisper leaves some of each out, so every
count is a lower bound; where a word may have been meant, it is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from math import inf

from voicecoach.findings.finding import Moment
from voicecoach.sound.clip import Span
from voicecoach.words.fillers import Reheard
from voicecoach.words.transcript import Transcript, Word, in_common, plain

FILLED_PAUSE = re.compile(r"(?:u+[hm]+|uhm|er+m?|a+h+|h+m+|m{2,})\W*", re.IGNORECASE)
END = re.compile(r"[.?!,;:…–—-][\"'”’)]*$")
"""A mark after which, or before which, a filler stands."""
SENTENCE_END = re.compile(r"(?<!\.)[.?!][\"'”’)]*$")
"""Not "...", which Whisper writes where someone hesitates."""
PLACED_S = 0.4
"""Length given to a filler that no gap between words shows, in seconds."""
SAME_S = 0.5
"""So near to the words around a filler, one of the second hearing is the same: Whisper's word times
are off by 0.2 s on the mean."""
LEAST_S = 0.2
"""Fillers that have less room than this, each, between the words around them were not said: Whisper
repeats itself. Its own times for them tell nothing, one that was said may have no length at all."""

EMPHASIS = re.compile(
    r"very|really|so|no|yes|yeah|yep|okay|ok|many|much|far|long|more|well|now|there|bye|thanks|"
    r"that|had|ha|never|always"
)
"""Words that are said twice on purpose, or by grammar."""
BEGINS = re.compile(
    r"i|i'm|i've|i'd|the|a|an|and|but|to|we|my|your|our|of|with|for|because|from|at|if|when|could"
)
"""Words that no clause ends with: said twice, they were begun again, comma or not."""
KINDS = re.compile(
    r"what|this|that|the|any|some|a|an|which|every|same|another|other|what's|right|these|those|"
    r"all|many|different|best|new|your|my|our|their|his|her"
)
"""Before "kind of" and "sort of" they make it a noun."""
CALLED = re.compile(r"\b(?:kind|sort) of$")


def filled_pause(word: str) -> bool:
    """Whether a word is a filler by itself.

    >>> [word for word in "Um, I, er, am here. Hmm...".split() if filled_pause(word)]
    ['Um,', 'er,', 'Hmm...']
    """
    return FILLED_PAUSE.fullmatch(word) is not None


def fillers(reheard: Iterable[Reheard], transcript: Transcript) -> tuple[Moment, ...]:
    """Every "um" and "uh" of either hearing, and "like" and "you know" used as one in the second.

    One of the second hearing lies between those words of *transcript* that stand around it there
    too, or somewhere in its chunk where the two have nothing in common.
    """
    found: list[Moment] = []
    known = [word for word in transcript.words if word.span and not filled_pause(word.text)]
    for chunk in reheard:
        here = [word for word in known if word.span and word.span.overlap_s(chunk.span) > 0]
        places = _places(chunk.words, here)
        for at, length in _filler_words(chunk.words):
            said = chunk.words[at : at + length]
            if not filled_pause(said[0]) and any(
                places[one] is None for one in range(at, at + length)
            ):
                # The prompt has "like" and "you know" in it: not on its word alone.
                continue
            quote = " ".join(said).strip(" ,.;:!?…-")
            found.append(Moment(_span(chunk.span, places, at, length), quote))
    return tuple(sorted([*found, *_heard_once(found, transcript)], key=lambda one: one.span))


def _heard_once(again: Sequence[Moment], transcript: Transcript) -> list[Moment]:
    """Filled pauses of *transcript* that are not among those heard *again*.

    Whisper writes few without a prompt and hardly ever one that was not said; where the second
    hearing goes astray, it leaves out what the first has. Between the same words, the hearing
    that has more of them counts, not their sum.
    """
    found: list[Moment] = []
    unclaimed = [one for one in again if filled_pause(one.quote)]
    words = [word for word in transcript.words if word.span]
    for at, word in enumerate(words):
        if not word.span or not filled_pause(word.text):
            continue
        room, number = _room(words, at)
        if room.duration_s < number * LEAST_S:
            continue
        around = Span(room.start_s - SAME_S, room.end_s + SAME_S)
        same = next((one for one in unclaimed if one.span.overlap_s(around) > 0), None)
        if same:
            unclaimed.remove(same)
        else:
            place = word.span if word.span.duration_s >= LEAST_S else room
            found.append(Moment(place, word.text.strip(" ,.;:!?…-")))
    return found


def _room(words: Sequence[Word], at: int) -> tuple[Span, int]:
    """From the word before a run of filled pauses to the one after it, and how many those are."""
    first, last = at, at
    while first > 0 and filled_pause(words[first - 1].text):
        first -= 1
    while last + 1 < len(words) and filled_pause(words[last + 1].text):
        last += 1
    before = words[first - 1].span if first else None
    after = words[last + 1].span if last + 1 < len(words) else None
    own = words[last].span
    start_s = before.end_s if before else 0.0
    end_s = after.start_s if after else own.end_s if own else start_s
    return Span(start_s, max(start_s, end_s)), last - first + 1


def _filler_words(words: Sequence[str]) -> Iterable[tuple[int, int]]:
    """The index and the number of words of each filler.

    >>> words = "You know, I like it, but, like, um, as you know, it was, you know, hard.".split()
    >>> [words[at : at + length] for at, length in _filler_words(words)]
    [['You', 'know,'], ['like,'], ['um,'], ['you', 'know,']]
    """
    for at, word in enumerate(words):
        apart = at == 0 or END.search(words[at - 1]) or filled_pause(words[at - 1])
        following = words[at + 1] if at + 1 < len(words) else ""
        if filled_pause(word) or (apart and plain(word) == "like" and END.search(word)):
            yield at, 1
        elif apart and plain(word) == "you" and re.fullmatch(r"know[,.…-]+", following.lower()):
            yield at, 2


def _places(words: Sequence[str], known: Sequence[Word]) -> list[Span | None]:
    """When each word was said, for those that the transcript has at the same place."""
    places: list[Span | None] = [None] * len(words)
    for block in in_common(words, known):
        for offset in range(block.size):
            places[block.a + offset] = known[block.b + offset].span
    return places


def _span(chunk: Span, places: Sequence[Span | None], at: int, length: int) -> Span:
    """Between the words around it; where they leave no gap, around where they meet."""
    own = [span for span in places[at : at + length] if span]
    if own:
        return Span(own[0].start_s, max(own[0].start_s, own[-1].end_s))
    before = next((span for span in reversed(places[:at]) if span), None)
    after = next((span for span in places[at + length :] if span), None)
    start_s = before.end_s if before else min(chunk.start_s, after.start_s if after else inf)
    end_s = after.start_s if after else max(chunk.end_s, start_s)
    if not before and end_s - start_s < PLACED_S and after:
        # The first word is often stamped early, over the filler before it.
        end_s = start_s + PLACED_S
    if end_s - start_s < PLACED_S:
        middle_s = max(PLACED_S / 2, (start_s + end_s) / 2)
        return Span(middle_s - PLACED_S / 2, middle_s + PLACED_S / 2)
    return Span(start_s, end_s)


def hedges(transcript: Transcript, phrases: Sequence[str]) -> tuple[Moment, ...]:
    """Where one of *phrases* takes back what is said.

    Not in a question, where it is polite, and not where "kind of" names a kind.
    """
    return tuple(
        moment
        for words in _sentences(transcript.words)
        if not words[-1].text.rstrip("\"'”’)").endswith("?")
        for moment in _phrases(words, phrases)
    )


def repeats(transcript: Transcript, phrases: Sequence[str]) -> tuple[Moment, ...]:
    """Where words are said again at once, or one of *phrases*, set off by marks, begins anew."""
    words = [word for word in transcript.words if not filled_pause(word.text)]
    found: list[Moment] = []
    at = 0
    while at < len(words):
        if length := _said_twice(words, at):
            found.append(_moment(words[at : at + 2 * length]))
            at += 2 * length
        else:
            at += 1
    for sentence in _sentences(words):
        # "Sorry" and "I mean" mend something only in the middle of it, between marks.
        found += (
            moment
            for moment in _phrases(sentence, phrases)
            if moment.span.start_s > sentence[0].span.start_s  # type: ignore[union-attr]
            and moment.quote.endswith((",", "-", "–", "—", "..."))
        )
    return tuple(sorted(found, key=lambda moment: moment.span))


def _said_twice(words: Sequence[Word], at: int) -> int:
    """How many words, one to three, are said twice from *at* on; 0 when none are."""
    for length in (3, 2, 1):
        first = words[at : at + length]
        again = words[at + length : at + 2 * length]
        keys = [plain(word.text) for word in first]
        if len(again) < length or keys != [plain(word.text) for word in again]:
            continue
        if any(SENTENCE_END.search(word.text) for word in first) or all(
            map(EMPHASIS.fullmatch, keys)
        ):
            continue
        if length == 2 and keys in (["thank", "you"], ["very", "much"]):
            continue
        if length == 1 and "," in first[0].text and not BEGINS.fullmatch(keys[0]):
            # "... so open about it, it is true ..."
            continue
        return length
    return 0


def _phrases(words: Sequence[Word], phrases: Sequence[str]) -> Iterable[Moment]:
    keys = [plain(word.text) for word in words]
    wanted = sorted((phrase.split() for phrase in phrases), key=len, reverse=True)
    at = 0
    while at < len(keys):
        hit = next((phrase for phrase in wanted if keys[at : at + len(phrase)] == phrase), None)
        if hit and not (CALLED.search(" ".join(hit)) and at and KINDS.fullmatch(keys[at - 1])):
            yield _moment(words[at : at + len(hit)])
            at += len(hit)
        else:
            at += 1


def _moment(words: Sequence[Word]) -> Moment:
    spans = [word.span or Span(0.0, 0.0) for word in words]
    return Moment(Span(spans[0].start_s, spans[-1].end_s), " ".join(word.text for word in words))


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    sentences: list[list[Word]] = []
    rest = list(words)
    while rest:
        sentence = list(takewhile(lambda word: not SENTENCE_END.search(word.text), rest))
        sentence += rest[len(sentence) : len(sentence) + 1]
        sentences.append(sentence)
        rest = rest[len(sentence) :]
    return sentences


def spoken_words(words: Iterable[str]) -> list[str]:
    """Words as they are spoken: numerals written out, fillers left out.

    >>> spoken_words(["Um,", "95", "people", "in", "2024,", "or", "3.5%", "of", "$1,000"])
    ['ninety', 'five', 'people', 'in', 'twenty', 'twenty', 'four', 'or', \
'three', 'point', 'five', 'percent', 'of', 'one', 'thousand', 'dollars']
    """
    spoken: list[str] = []
    for word in words:
        if filled_pause(word):
            continue
        spoken += _written_out(word) if any(map(str.isdigit, word)) else [plain(word)]
    return [word for word in spoken if word]


def _written_out(word: str) -> list[str]:
    out: list[str] = []
    for piece in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?|[^\W\d_]+", word):
        if not piece[0].isdigit():
            # The end of "3rd" is in the number already.
            out += [] if out and piece.lower() in ("st", "nd", "rd", "th") else [piece.lower()]
        elif re.fullmatch(r"(?:1[1-9]|20(?!0))\d\d", piece):
            # A year, as a rule.
            out += _number(int(piece[:2])) + (_number(int(piece[2:])) if int(piece[2:]) else [])
        else:
            whole, _, fraction = piece.replace(",", "").partition(".")
            out += _number(int(whole))
            out += ["point", *(SMALL[int(digit)] for digit in fraction)] if fraction else []
    return out + ["percent"] * ("%" in word) + ["dollars"] * ("$" in word)


# A word a line would be no easier to read.
SMALL = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
LARGE = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))


def _number(number: int) -> list[str]:
    """A number in words. Of the libraries inflect takes 4 s to import, num2words is LGPL.

    >>> " ".join(_number(40_215))
    'forty thousand two hundred fifteen'
    """
    for unit, name in LARGE:
        if number >= unit:
            rest = number % unit
            return [*_number(number // unit), name, *(_number(rest) if rest else [])]
    if number < 20:
        return [SMALL[number]]
    return [TENS[number // 10 - 2], *([SMALL[number % 10]] if number % 10 else [])]


def syllables(word: str) -> int:
    """How many syllables a written English word has, by its groups of vowels.

    0.3 % off in total on closing answers. pyphen, which hyphenates, is 5 % off; the other
    counters are, or pull in, GPL code.

    >>> [syllables(word) for word in ("thank", "interview", "excited", "worked", "table", "time")]
    [1, 3, 3, 1, 2, 1]
    """
    word = re.sub(r"[^a-z]", "", word.lower())
    if not word:
        return 0
    count = len(re.findall(r"[aeiouy]+", word))
    count += sum(len(re.findall(more, word)) for more in TWO_VOWELS)
    count -= sum(len(re.findall(mute, word)) for mute in MUTE)
    return max(1, count)


TWO_VOWELS = (
    # Vowels side by side that are spoken apart: be-ing, va-ri-ous, au-di-ence, cre-ate, i-de-a.
    r"[aeiou](?=ing)|(?<=[aeiou])i(?=ty)",
    r"(?<=[dnvlr])i(?=a|u|o(?!n)|e[nt])|(?<=c)i(?=at|et|en)|(?<=us)i(?=as)",
    r"(?<=[rd])e(?=at[ei]|als?$|as?$)",
    # did-n't, could-n't, enthusias-m
    r"(?<=dn)t$|(?<=[aiy]s)m$",
)
MUTE = (
    r"(?<=[^aeiouy])e$(?<![^aeiouy]le)(?<!^[^aeiouy]e)(?<!^[^aeiouy]{2}e)",
    r"(?<=[^aeioutd])ed$(?<![^aeioul]led)",
    r"(?<=[^aeiouysxzcgh])es$|gues?$",
    r"(?<=[aeiou][^aeiou])e(?=ly|ment|ful|less|ness)",
    r"(?<=^bus)i(?=n)|(?<=^ev)e(?=ry)",
)
