"""A few words said between two rounds -> what is to be done next.

Precision before recall: a command is all that was said, but for words such as "okay" and
"please" around it. Whoever is misheard is asked back; whoever talks about something else has
said nothing to the program. The phrases are data (prompts/commands.toml).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from voicecoach.scenarios import Command
from voicecoach.sound.take import Source, record
from voicecoach.sound.turn import Patience, Turn
from voicecoach.words.transcriber import Transcriber, write_down
from voicecoach.words.transcript import Transcript

AROUND = "around"
"""The table whose phrases may stand around any command."""
SURE = 0.2
"""Mean probability of the words from which they are believed. A lone word that is heard rightly
gets as little as 0.3; that all of it is one of few phrases says more."""
SURE_TO_QUIT = {"quit": 0.5}
"""The same for what cannot be taken back."""
MOST_WORDS = 12
"""Who says more gives no command."""
TALK_S = 0.25
"""Less talk than this, in seconds, is no word."""
COMMAND = Patience(finished_s=0.7, perhaps_s=0.7, unfinished_s=0.7, to_start_s=60.0)
"""A command has no pauses to think. After a minute of silence it is listened anew, so that what
is kept in memory does not grow."""


def listen(
    source: Source, stop: Callable[[], bool], transcriber: Callable[[], Transcriber]
) -> Transcript | None:
    """The next few words, without any where somebody talked and was not understood; None where
    nobody talked, or *stop* said so.

    Nothing of it is kept. Raises MicrophoneError.
    """
    take = record(source, Turn(COMMAND, after_voice=True), stop=stop)
    if stop() or sum(span.duration_s for span in take.speech) < TALK_S:
        return None
    return write_down(take, transcriber())


def command_in(
    transcript: Transcript, commands: Mapping[str, Command], of: Collection[str]
) -> str | None:
    """The one of *of* that was said; None when it was something else, or is not sure."""
    words = transcript.words
    if not words or len(words) > MOST_WORDS:
        return None
    said = named(transcript.text, commands, of)
    sure = sum(word.probability for word in words) / len(words)
    return said if said and sure >= SURE_TO_QUIT.get(said, SURE) else None


def named(text: str, commands: Mapping[str, Command], of: Collection[str]) -> str | None:
    """The one of *of* that *text* consists of.

    >>> from voicecoach import scenarios
    >>> commands = scenarios.load().commands
    >>> named("Okay, again, please.", commands, ("again", "quit"))
    'again'
    >>> named("I don't want to stop.", commands, ("again", "quit")) is None
    True
    """
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("’", "'"))
    whole = " ".join(words)
    around = sorted(commands[AROUND].says, key=len, reverse=True)
    bare = re.sub(rf"\b(?:{'|'.join(map(re.escape, around))})\b(?!')", " ", whole)
    # Whisper now and then writes a short word twice.
    once = re.sub(r"^(.+?)(?: \1)+$", r"\1", " ".join(bare.split()))
    for form in (whole, " ".join(bare.split()), once):
        for id_ in of:
            if form in commands[id_].says:
                return id_
    return None
