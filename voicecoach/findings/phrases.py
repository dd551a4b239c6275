"""What form alone tells: sentences, clauses, fillers, questions, and whose words they are.

Patterns should not have to know that "I'd, um, really love to" and "i would love
to" are the same. ``plain`` writes an answer in one way, and remembers where each
word of it stands in the answer, so that evidence is always the answer's own words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from voicecoach.findings.families import FAMILIES

WORD = re.compile(r"[ap]\.m\b\.?|[A-Za-z0-9]+(?:['\u2019][A-Za-z]+)*", re.IGNORECASE)
TITLES = frozenset({
    "mr", "mrs", "ms", "mx", "dr", "prof", "st", "sr", "jr", "vs",
})  # fmt: skip

WRITTEN_OUT = {
    # Contractions that no ending explains.
    "won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not",
    "ain't": "is not", "let's": "let us", "d'you": "do you", "y'all": "you all",
    "gonna": "going to", "gotta": "got to", "wanna": "want to", "lemme": "let me",
    "gimme": "give me", "dunno": "do not know", "ya": "you", "cos": "because", "cause": "because",
    # Whisper sometimes leaves out the apostrophe.
    "im": "i am", "ive": "i have", "dont": "do not", "didnt": "did not", "doesnt": "does not",
    "isnt": "is not", "havent": "have not", "cant": "can not", "thats": "that is",
    "whats": "what is", "youre": "you are", "youve": "you have", "theres": "there is",
    "p.m": "pm", "p.m.": "pm", "a.m": "am", "a.m.": "am",
}  # fmt: skip
ENDINGS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
HAVE_IS = frozenset({
    "it", "that", "what", "there", "where", "who", "how", "when", "he", "she", "here",
    "everything", "nothing", "something", "this",
})  # fmt: skip
"""Words after which 's is "is"; after any other it may be a possessive and stays."""

FILLERS = frozenset({
    "um", "uh", "uhm", "umm", "uhh", "er", "erm", "ah", "oh", "hmm", "mm", "mhm", "eh", "huh",
})  # fmt: skip
ADVERBS = frozenset({
    "just", "really", "actually", "basically", "honestly", "literally", "definitely", "truly",
    "absolutely", "genuinely", "certainly", "simply", "obviously", "very", "quite", "extremely",
    "incredibly", "super", "totally", "completely", "sincerely", "particularly", "especially",
    "also", "even", "still", "sorta", "kinda", "hugely", "deeply", "terribly",
})  # fmt: skip
"""Words that add warmth and change nothing that a criterion asks."""
WEIGHED_BY_SO = frozenset({
    "much", "excited", "grateful", "happy", "glad", "thankful", "pleased", "thrilled", "proud",
    "keen", "buzzing", "kind",
})  # fmt: skip

NOT_A_BREAK = r"(?:(?!\b(?:but|so|anyway|however|though|still|because)\b).)"
FRAMES = re.compile(
    r"\b(?:"
    # Somebody else's words or wishes: "my mentor says you should ...".
    r"(?:he|she|they|people|everyone|everybody|someone|somebody|some|others|one|"
    r"(?:my|our|his|her|their|a|an|the|some|every|many|most|other|one|another) (?:\w+ ){0,3}?\w+)"
    r" (?:(?:always|once|often|would|had|has|have|used to|kept|keeps|was|were|usually|never|all|"
    r"might|could|may|will) )*"
    r"(?:say|says|said|saying|tell|tells|told|telling|ask|asks|asked|asking|thinks|thought|"
    r"wondered|wanted|believed|advises?|advised|recommends?|recommended|suggests?|suggested|"
    r"reckons?|claims?|claimed|warned|begged|demanded|insisted|thank|thanked|thanking|"
    r"taught|called|rang|phoned|should|ought to|must)"
    # The speaker's own words, on another occasion.
    r"|(?<!as )(?<!like )i (?:(?:once|had|then|always|often|used to|never|would never|"
    r"would not|did not|had to|also) )*"
    r"(?:asked|told|said|thanked|begged|demanded|learned|learnt|ask(?! you)|ask you|tell|say)"
    r"(?! (?:you that|earlier|at the start|before))"
    r"|we (?:(?:always|once|then|had|used to|never) )*(?:asked|told|said|thanked|defined|measured)"
    # What will not be said.
    r"|(?:not|never|without|avoid|no need to|instead of|rather than|refuse to|spare you|"
    r"hate (?:for|you)) "
    r"(?:(?:going|come|here|want|wanting|dare|like|mean|need|have|wish|trying|try|about|even|have|to|"
    r"ever|been|be|gone|you|in a position) )*"
    r"(?:ask|asked|asking|say|said|saying|claim|pretend|pretending|press|beg|begging|demand|"
    r"think|thinking|telling|talk|describe|feeling)"
    # A case that is only imagined.
    r"|suppose(?: that)?|supposing|in theory|if i (?:were|was) (?:you|them|him|her)|"
    r"if (?:someone|somebody|a \w+|the \w+|they|he|she|anyone)|had i been|"
    r"you hear of|you should|one (?:should|ought|must)|candidates|rude to|"
    r"in (?:my|her|his|their) (?:last|previous|old|former|country)"
    rf")\b(?={NOT_A_BREAK}{{0,70}}$)"
)
ALLOWED = re.compile(
    r"\b(?:can ?not|could not) (?:say|tell|ask|thank)|mind (?:me|my) asking|i would say|"
    r"do not (?:mind|hesitate)|if you (?:ask|asked) me|i should (?:say|ask|like)|"
    r"i (?:would|will|must|might|have to|want to|wanted to|can|could|may|need to|dare) "
    r"(?:ask|say|tell)\b|may i|might i"
)
"""Turns of phrase that look like a frame and are only politeness."""

NEGATED = re.compile(
    r"\b(?:(?:will|would|do|did|am|should|could|might) not|never|without|hate to|rather than|"
    rf"instead of|nobody)\b(?={NOT_A_BREAK}{{0,40}}$)"
)
ELSEWHERE = re.compile(
    r"\b(?:when (?:i|we) (?:was|were|worked|had|first|started)|once|back then|years? ago|last year|"
    r"one time|at the time|(?:in|at|from) (?:my|our) (?:last|previous|old|former|first|current)|"
    r"(?:customers?|clients?|guests?|patients?|pupils?|students?|suppliers?|tenants?|audience)\b|"
    r"my (?:last |old |former |previous )?(?:boss|manager|colleagues?|team|mate|friends?|mum|"
    r"mother|dad|father|brother|sister|teacher|neighbour|landlord|doctor|husband|coach|mentor|weakness))"
)

QUESTION = re.compile(
    r"^(?:(?:and|but|so|well|okay|yes|yeah|sure|right|then|now|also|first|second|secondly|finally|"
    r"no|please|sir|hi|hello|for me|one more thing|in that case) )*"
    r"(?:(?:what|which|when|where|who|whom|whose|why|how)\b(?! (?:a|an|lovely|kind|nice|wonderful|"
    r"great|i|you say)\b)|(?:do|does|did|are|is|was|were|will|would|can|could|might|may|should|"
    r"shall|have|has|had|am) (?:not )?(?:i|you|we|they|he|she|it|there|the|this|that|your|my|any|"
    r"anything|someone|anyone|people)\b|any (?:idea|news|chance|word|concerns|doubts|other))"
    r"|\b(?:could|can|would|will|might|may) (?:you|i) (?:please )?(?:tell|ask|say|give|describe|"
    r"share|explain|walk|know|enquire|inquire|outline|talk|paint)\b"
    r"|\b(?:wonder|wondering|wondered|curious|like to know|love to know|like to ask|love to hear|"
    r"like to hear|want to know|wanted to ask|want to ask)\b"
)
ASKING = re.compile(
    # In the order of a question, wherever Whisper put the full stops.
    r"\b(?:what|which|who|whom|whose|when|where|why|how) (?:\w+ ){0,3}?(?:do|does|did|are|is|was|"
    r"were|will|would|can|could|might|may|should|shall|have|has|had|am) (?:not )?(?:i|you|we|they|"
    r"he|she|it|there|the|this|that|your|my|our|a|an|people|someone|somebody|everyone|anyone)\b"
    r"|\b(?:what|which|when|where|why|how) (?:\w+ )?(?:does|did|do) \w+"
    r"|\b(?:is|are|was|were) there\b|\b(?:do|does|did|are|have|has|will|would|can|could|may|"
    r"might|shall|should|am|is|was) (?:i|you|we|they|it|anyone|anybody|anything|something)\b"
    # Indirectly.
    r"|\b(?:wonder\w*|curious|(?:interested|keen) to (?:know|hear|learn)|rather hear|"
    r"(?:like|love|want|wanted|glad|happy|rather|grateful|helpful|good|interesting|useful) to "
    r"(?:know|hear|ask|learn|understand|find out|enquire|inquire)|(?:ask|tell|telling|asking) "
    r"(?:me|you|whether|if|what|how|when|where|about|after|for)|let me know|say so|welcome|"
    r"describe me|mind (?:telling|saying|sharing|me asking)|my (?:\w+ )?question|trouble you)\b"
    # As an invitation, or as the reason for a call.
    r"|\b(?:feel free|free to|ask me|ask away|fire away|go ahead|open book|disposal|pick my brain|"
    r"i (?:am|will be|would be|should be) (?:more than )?(?:happy|glad|ready|willing|available|"
    r"pleased|delighted|open)|i (?:will |can |would )?answer|i have got time|hesitate to|"
    r"want me to|"
    r"follow(?:ing|ed)? up|check(?:ing)? (?:in|to|back|on|if|whether)|touch(?:ing)? base|"
    r"(?:calling|ringing|writing|emailing|phoning) (?:to|about|regarding)|asking after|"
    r"see (?:if|whether|where|how)|grateful for (?:any|some)|hoping (?:you|for|there))\b"
    r"|^(?:please )?(?:tell|describe|paint|walk|any|anything|something|are|is|explain)\b"
)
"""What makes a question of words that could as well be a statement."""
CLAUSE_HEADS = (
    r"(?:i|you|we|he|she|they|it|that|this|there|what|when|where|who|how|which|why|is|are|do|"
    r"does|did|could|would|can|may|might|will|if|thank|thanks|my|your|please|am|have)"
)
CLAUSE_STARTS = re.compile(
    rf"(?<=\s)(?:(?:and|but|so|because|or|then|although|though) (?={CLAUSE_HEADS}\b))"
)
OPENERS = frozenset({
    "and", "but", "so", "well", "yes", "yeah", "okay", "ok", "or", "because", "then", "right",
    "sure",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer written in one way, for patterns to read."""

    text: str
    """One sentence a line: lower case, one blank between words, no punctuation."""
    asked: tuple[bool, ...]
    """For each line, whether it is a question by its mark or by its form."""
    starts: tuple[int, ...]
    """Where each word starts in ``text``."""
    places: tuple[tuple[int, int], ...]
    """Where each word stands in the answer, in characters."""
    clause_starts: frozenset[int]
    """Which words, by number, begin a clause."""

    def clause_around(self, start: int, end: int) -> tuple[int, int]:
        """The least run of whole clauses around characters *start* to *end* of ``text``.

        In characters of the answer; without the "and" or "well" that it opens with.

        >>> answer = "Well, it was fun, and thank you so much for today, really."
        >>> found = plain(answer)
        >>> at = found.text.index("thank you")
        >>> begin, stop = found.clause_around(at, at + 9)
        >>> answer[begin:stop]
        'thank you so much for today'
        """
        first = self._word_at(start)
        last = self._word_at(max(start, end - 1))
        begin, stop = first, last + 1
        while begin not in self.clause_starts and begin > 0:
            begin -= 1
        while stop < len(self.starts) and stop not in self.clause_starts:
            stop += 1
        while begin < first and self._word(begin) in OPENERS:
            begin += 1
        return self.places[begin][0], self.places[stop - 1][1]

    def place_of(self, start: int, end: int) -> tuple[int, int]:
        """Where characters *start* to *end* of ``text`` stand in the answer."""
        first, last = self._word_at(start), self._word_at(max(start, end - 1))
        return self.places[first][0], self.places[last][1]

    def line_of(self, start: int) -> tuple[int, int]:
        """Where the line around character *start* of ``text`` begins and ends."""
        end = self.text.find("\n", start)
        return self.text.rfind("\n", 0, start) + 1, len(self.text) if end < 0 else end

    def asks_at(self, start: int) -> bool:
        """Whether the sentence around character *start* of ``text`` asks, directly or not.

        >>> found = plain("I must have your answer on Friday. I wonder what you look for.")
        >>> [found.asks_at(0), found.asks_at(40)]
        [False, True]
        """
        line_start, line_end = self.line_of(start)
        asked = self.asked[self.text.count("\n", 0, start)]
        return asked or bool(ASKING.search(self.text[line_start:line_end]))

    def _word_at(self, position: int) -> int:
        return max(0, bisect_right(self.starts, position) - 1)

    def _word(self, number: int) -> str:
        return self.text[self.starts[number] :].split(maxsplit=1)[0]


def plain(answer: str) -> Plain:
    """Write *answer* in one way: what it says stays, how it is spelt does not.

    >>> plain("I'd, um, I'd really love to. WHAT'S next?").text
    'i would love to\\nwhat is next'
    """
    words: list[str] = []
    places: list[tuple[int, int]] = []
    sentence_starts: set[int] = set()
    clause_starts: set[int] = {0}
    marks: list[bool] = [False]
    tokens = list(WORD.finditer(answer))
    for number, token in enumerate(tokens):
        before = answer[tokens[number - 1].end() : token.start()] if number else ""
        previous = tokens[number - 1][0].lower() if number else ""
        if number and _ends_sentence(before, previous) and len(words) not in sentence_starts:
            if words:
                sentence_starts.add(len(words))
                clause_starts.add(len(words))
                marks.append(False)
            if "?" in before and len(marks) > 1:
                marks[-2] = True
        elif re.search(r"[,;:()\u2013\u2014]|\s--?\s|\.\.", before):
            clause_starts.add(len(words))
        following = tokens[number + 1][0].lower() if number + 1 < len(tokens) else ""
        after = answer[token.end() : tokens[number + 1].start()] if following else ""
        if _is_filler(token[0].lower(), previous, following, ("," in before, "," in after)):
            continue
        for word in _written_out(token[0]):
            words.append(word)
            places.append((token.start(), token.end()))
        _drop_repeat(words, places, max(sentence_starts, default=0))
    if tokens and "?" in answer[tokens[-1].end() :]:
        marks[-1] = True
    return _assemble(words, places, sentence_starts, clause_starts, marks)


def _assemble(
    words: list[str],
    places: list[tuple[int, int]],
    sentence_starts: set[int],
    clause_starts: set[int],
    marks: list[bool],
) -> Plain:
    starts: list[int] = []
    text = ""
    for number, word in enumerate(words):
        if number:
            text += "\n" if number in sentence_starts else " "
        starts.append(len(text))
        text += word
    by_start = {start: number for number, start in enumerate(starts)}
    clause_starts |= {by_start[found.start()] for found in CLAUSE_STARTS.finditer(text)}
    lines = text.split("\n")
    asked = tuple(
        (mark and len(line.split()) > 2) or bool(QUESTION.search(line))
        for line, mark in zip(lines, marks, strict=False)
    )
    return Plain(text, asked, tuple(starts), tuple(places), frozenset(clause_starts))


def _ends_sentence(between: str, previous: str) -> bool:
    if "?" in between or "!" in between:
        return True
    # Whisper writes "..." where someone hesitates, and that is no end.
    stopped = re.search(r"(?<!\.)\.(?!\.)", between)
    return bool(stopped) and previous not in TITLES


def _is_filler(word: str, previous: str, following: str, commas: tuple[bool, bool]) -> bool:
    if word in FILLERS:
        return True
    if word in ADVERBS:
        return not (word == "really" and previous == "not")
    if word == "like":
        return commas[1] and previous not in {"would", "i", "you", "feel", "look", "is", "that"}
    if word == "so":
        return following in WEIGHED_BY_SO
    if word in {"kind", "sort"}:
        return following == "of" and previous not in {
            "what", "which", "a", "the", "this", "that", "any", "some", "what's",
        }  # fmt: skip
    return False


@cache
def _written_out(token: str) -> tuple[str, ...]:
    """The words that a token stands for.

    >>> _written_out("Haven't"), _written_out("role's"), _written_out("WHAT\u2019S")
    (('have', 'not'), ("role's",), ('what', 'is'))
    """
    word = token.lower().replace("\u2019", "'")
    if word in WRITTEN_OUT:
        return tuple(WRITTEN_OUT[word].split())
    for ending, meaning in ENDINGS.items():
        if word.endswith(ending):
            return (*_written_out(word[: -len(ending)]), meaning)
    if word.endswith("'s") and word[:-2] in HAVE_IS:
        return word[:-2], "is"
    return (word,)


def _drop_repeat(words: list[str], places: list[tuple[int, int]], sentence_start: int) -> None:
    """Take back a false start: "could you, could you" is said once."""
    for length in (3, 2, 1):
        if (
            len(words) - 2 * length >= sentence_start
            and words[-length:] == words[-2 * length : -length]
        ):
            del words[-length:]
            del places[-length:]
            return


def framed(sentence: str, start: int) -> bool:
    """Whether what begins at *start* of a plain sentence is told of, and not done.

    It may be another's words, an earlier occasion, a thing imagined, or a thing
    that the speaker says they will not do.

    >>> framed("i will not ask you whether i got the job", 27)
    True
    >>> framed("do not worry but did i get the job", 19)
    False
    """
    # The first word counts as well: in "not going to ask whether", it may be the "ask".
    first_word_end = sentence.find(" ", start)
    before = sentence[: first_word_end if first_word_end > 0 else len(sentence)]
    before = ALLOWED.sub(lambda found: "#" * len(found[0]), before)
    return bool(FRAMES.search(before))


def of_others(sentence: str, start: int) -> bool:
    """Whether what begins at *start* is denied, or the sentence is about others or long ago.

    Stricter than ``framed``: whoever did not press must not be told that they pressed.

    >>> of_others("a customer told us it was a waste of my time", 25)
    True
    >>> of_others("this was a waste of my time", 11)
    False
    """
    return bool(NEGATED.search(sentence[:start]) or ELSEWHERE.search(sentence))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern over ``Plain.text``: whole words, families in angle brackets.

    A gap like ``.{0,40}`` begins and ends between words as well.

    Raises re.error where it is no regular expression, KeyError for an unknown family.

    >>> bool(compiled("i want <the><job>").search("i want this lovely job"))
    True
    """
    written = re.sub(r"<(\w+)>", lambda found: FAMILIES[found[1]], pattern)
    written = re.sub(r"\.\{\d+,\d+\}\??", r"\\b\g<0>\\b", written)
    return re.compile(rf"\b(?:{written})\b", re.MULTILINE)
