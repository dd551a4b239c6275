"""Recorded answers and their truth: what each says, and which criteria it bears.

A recording has its truth beside it, in a TOML file of the same stem.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from os.path import isfile
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from voicecoach.errors import RecordingError, UsageError
from voicecoach.findings.finding import Review
from voicecoach.scenarios import Prompts, Round
from voicecoach.sound import files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST_WORD_ERROR_RATE = 0.35
"""tiny.en on a clear recording stays far below; above it the sound or the truth is wrong."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A pause put in on purpose, in seconds from the start of the recording."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Filler:
    """An "um" put in on purpose, in seconds from the start of the recording."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What a recording really holds."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    about: str
    words: str
    """As said, fillers included; empty when nobody speaks."""
    voice: str = ""
    round: str | None = None
    met: tuple[str, ...] = ()
    slipped: tuple[str, ...] = ()
    noise: str = ""
    pauses: tuple[Silence, ...] = ()
    fillers: tuple[Filler, ...] = ()


def truth_of(recording: Path, prompts: Prompts) -> Truth | None:
    """The truth beside a recording; None when there is none.

    Raises RecordingError, with file and key, when it is not as it must be.
    """
    path = recording.with_suffix(".toml")
    # Not Path.is_file, which raises on a path that cannot be looked at.
    if not isfile(path):  # noqa: PTH113
        return None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        truth = TypeAdapter(Truth).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecordingError(f"{path}: '{key}': {first['msg']}. Mend that key.") from error
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path} cannot be read as TOML: {error}. Mend it.") from error
    for key, ids, known in (
        ("round", [truth.round] if truth.round else [], prompts.rounds),
        ("met", truth.met, prompts.criteria),
        ("slipped", truth.slipped, prompts.criteria),
    ):
        for id_ in ids:
            if id_ not in known:
                raise RecordingError(
                    f"{path}: '{key}' names '{id_}', which is not known. "
                    f"Take one of: {', '.join(known)}."
                )
    return truth


def round_of(recording: Path, prompts: Prompts) -> Round | None:
    """The round that a recording answers: by its truth, else by its name; else None.

    A name tells it when it starts with a round's id: ``statement.wav``, ``fit-2.wav``.
    """
    truth = truth_of(recording, prompts)
    if truth:
        return prompts.rounds[truth.round] if truth.round else None
    named = [id_ for id_ in prompts.rounds if recording.stem == id_ or _starts(recording.stem, id_)]
    return prompts.rounds[max(named, key=len)] if named else None


def _thin_to_full(recording: Path, truth: Truth | None) -> tuple[bool, int, str]:
    """The order of answers: the next attempt lands more, and those that slip come last."""
    if not truth:
        return False, 0, recording.name
    return bool(truth.slipped or not truth.met), len(truth.met), recording.name


def _starts(stem: str, round_id: str) -> bool:
    return stem.startswith(round_id) and not stem[len(round_id)].isalnum()


class Answers:
    """A folder of recorded answers that stand in for a person, one an attempt."""

    def __init__(self, folder: Path, prompts: Prompts) -> None:
        """Raises RecordingError for a folder without recordings, UsageError without answers."""
        self._by_round: dict[str, list[Path]] = {}
        found = files.recordings_in(folder)
        for path in sorted(found, key=lambda path: _thin_to_full(path, truth_of(path, prompts))):
            if round_ := round_of(path, prompts):
                self._by_round.setdefault(round_.id, []).append(path)
        if not self._by_round:
            raise UsageError(
                f"No recording in {folder} is for a round. Name each after its round "
                f"({', '.join(prompts.rounds)}), or put a truth file beside it."
            )

    def answer(self, round_: Round, attempt: int) -> files.Recording | None:
        """Answer number *attempt*, from 1, to a round; None when there are no more."""
        answers = self._by_round.get(round_.id, [])
        return files.Recording(answers[attempt - 1]) if attempt <= len(answers) else None


@dataclass(frozen=True, slots=True)
class Held:
    """A review held against the truth. Ids of criteria, each as "+heard" or "-not heard"."""

    word_error_rate: float
    """Words wrong, missing and invented, over the words said; fillers and spelling aside."""
    differences: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.differences and self.word_error_rate <= LARGEST_WORD_ERROR_RATE


def hold(review: Review, truth: Truth) -> Held:
    """Compare what was heard with what is true."""
    heard, true = set(review.heard), {*truth.met, *truth.slipped}
    return Held(
        word_error_rate(truth.words, review.transcript.text),
        tuple([*_signed("+", heard - true), *_signed("-", true - heard)]),
    )


def _signed(sign: str, ids: Iterable[str]) -> list[str]:
    return [f"{sign}{id_}" for id_ in sorted(ids)]


def word_error_rate(said: str, heard: str) -> float:
    """Word error rate after Whisper's own normalisation: case, numbers, fillers, spelling.

    Without a word said it is 0 when nothing was heard either, and 1 otherwise.
    """
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    normal = EnglishTextNormalizer()
    if not normal(said).strip():
        return float(bool(normal(heard).strip()))
    return float(jiwer.wer(normal(said), normal(heard)))


def template(round_: Round, review: Review) -> str:
    """A truth file to correct by ear, filled with what was heard."""
    met = [finding.criterion for finding in review.findings if finding.verdict == "met"]
    slipped = [finding.criterion for finding in review.findings if finding.verdict == "slipped"]

    def toml(value: str | list[str]) -> str:
        """JSON writes strings and lists of strings as TOML does."""
        return json.dumps(value, ensure_ascii=False)

    return (
        "# This was heard. Correct it by ear: every word as said, every criterion that applies.\n"
        'about = ""\n'
        f"round = {toml(round_.id)}\n"
        'voice = "my own"\n'
        f"words = {toml(review.transcript.text)}\n"
        f"met = {toml(met)}\n"
        f"slipped = {toml(slipped)}\n"
    )
