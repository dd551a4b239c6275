"""A few words said between two rounds -> what is to be done next.

Precision before recall: a command is all that was said, but for words such as "okay" and
"please" around it. Whoever is misheard is asked back; whoever talks about something else has
said nothing to the program. The phrases are data (prompts/commands.toml).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from voicecoach.errors import MicrophoneError
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
POLL_S = 0.03
"""How long a choice by hand may go unnoticed, in seconds."""
TO_LOOK_AGAIN_S = 2.0
"""Wait after which a microphone that was gone is looked for again, in seconds."""
Answer = TypeVar("Answer")
COMMAND = Patience(finished_s=0.7, perhaps_s=0.7, unfinished_s=0.7, to_start_s=60.0)
"""A command has no pauses to think. After a minute of silence it is listened anew, so that what
is kept in memory does not grow."""


def listen(
    source: Source, stop: Callable[[], bool], transcriber: Callable[[], Transcriber]
) -> Transcript | None:
    """The next few words; a transcript without any where somebody was not understood, and None
    where nobody talked, or *stop* said so.

    Nothing of it is kept. Raises MicrophoneError.
    """
    take = record(source, Turn(COMMAND, after_voice=True), stop=stop)
    if stop() or sum(span.duration_s for span in take.speech) < TALK_S:
        return None
    return write_down(take, transcriber())


class Choosing:
    """What a person chooses between two rounds, by voice or by hand, whichever comes first."""

    def __init__(
        self,
        source: Callable[[], Source | None],
        transcriber: Callable[[], Transcriber],
        commands: Mapping[str, Command],
        tell: Callable[[str], None],
    ) -> None:
        """*source*: what the next command is heard from; None where they come by hand alone; it
        may raise MicrophoneError. *tell* is given the sentence when no command can be heard."""
        self._source = source
        self._transcriber = transcriber
        self._commands = commands
        self._tell = tell
        self._next: Source | None = None
        self._deaf_until_s = 0.0
        """Before this moment nothing is listened for, as there was no microphone."""
        self.heard = ""
        """What was said last."""

    def expect(self) -> bool:
        """Open the microphone, ahead of who speaks as soon as there is something to choose;
        whether there is one."""
        if not self._next and time.monotonic() >= self._deaf_until_s:
            try:
                self._next = self._source()
            except MicrophoneError as error:
                self._lose(error)
            if self._next:
                self._next.open()
        return self._next is not None

    def answer(
        self, by_hand: Callable[[], Answer | None], by_voice: Mapping[str, Answer]
    ) -> Answer | None:
        """What is answered; None when something was said that is none of *by_voice*, the
        commands and what they answer. Waits as long as it takes."""
        answer: Answer | None = None

        def answered() -> bool:
            nonlocal answer
            answer = by_hand() if answer is None else answer
            return answer is not None

        while True:
            transcript = None
            if self.expect() and (source := self._next):
                self._next = None
                try:
                    transcript = listen(source, answered, self._transcriber)
                except MicrophoneError as error:
                    self._lose(error)
            else:
                time.sleep(POLL_S)
            if answered():
                return answer
            # A long sentence is meant for somebody else.
            if transcript and len(transcript.words) <= MOST_WORDS:
                self.heard = transcript.text
                said = command_in(transcript, self._commands, by_voice)
                return by_voice[said] if said else None

    def _lose(self, error: MicrophoneError) -> None:
        """Say once that no command can be heard, and look for a microphone again later."""
        if self._deaf_until_s == 0:
            self._tell(str(error))
        self._deaf_until_s = time.monotonic() + TO_LOOK_AGAIN_S


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
