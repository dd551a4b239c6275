"""prompts/*.toml -> criteria, rounds and scenarios, checked before anything is asked of them.

prompts/ lies beside the package in a checkout and inside it in a wheel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from platformdirs import user_config_path
from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from voicecoach.errors import PromptsError, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Lines = Annotated[tuple[Text, ...], Field(min_length=1)]
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to do at the close, or to avoid, and how it sounds."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    kind: Literal["do", "avoid"]
    title: Text
    """What the candidate does, to follow "you": ``ask when they will decide``."""
    why: Text
    source: Text
    advice: Text
    say: Lines
    """Lines to say: for a "do" the thing itself, for an "avoid" what to say instead."""
    hears: Lines
    """Utterances that bear it."""
    misses: Lines
    """Near misses: utterances that do not."""
    implies: tuple[Text, ...] = ()
    """Ids of the criteria that every utterance of this one bears as well."""
    asks: bool = False
    """Whether it is a question."""
    only_if_nothing_asked: bool = False
    """Whether one question anywhere in the answer clears it."""
    rounds: tuple[Text, ...] = ()
    """Rounds that listen for it, or are better without it, beside those that say so themselves."""


@dataclass(frozen=True, slots=True)
class Round:
    """One exchange: the interviewer's line, and what its answer is listened to for."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    lines: Lines
    """Variants of what the interviewer says."""
    listens_for: Annotated[tuple[Lines, ...], Field(min_length=1)]
    """Groups of criterion ids; one of each group is enough."""
    better_without: tuple[Text, ...]
    target_s: tuple[float, float]
    """Shortest and longest length advised, in seconds."""
    model_answer: Text
    invites_questions: bool = False
    """Whether a bare "no, I'm fine" declines to ask."""
    even_better: tuple[Text, ...] = ()
    """The best ways of meeting what is listened for; asked of nobody."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rounds in their order."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    about: Text
    rounds: Lines
    lines: Mapping[Text, Lines] = field(default_factory=dict)
    """Round id -> lines of this scenario's own, in place of the round's."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """All that prompts/ says, each by its id."""

    criteria: Mapping[str, Criterion]
    rounds: Mapping[str, Round]
    scenarios: Mapping[str, Scenario]

    def scenario(self, name: str) -> Scenario:
        return _named(name, self.scenarios, "scenario")

    def round(self, name: str) -> Round:
        return _named(name, self.rounds, "round")

    def rounds_of(self, scenario: Scenario) -> tuple[Round, ...]:
        return tuple(self.rounds[round_id] for round_id in scenario.rounds)


def _named(name: str, known: Mapping[str, Kept], what: str) -> Kept:
    if name not in known:
        raise UsageError(f"There is no {what} '{name}'. Take one of: {', '.join(known)}.")
    return known[name]


def folder_of(name: str) -> Path:
    """The folder *name* of this project: beside the package, or inside it in a wheel."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


OWN_EXAMPLES = 10
"""As many lines to hear, and near misses, a person's own criterion must give at the least."""


def own_folder() -> Path:
    """Where a person keeps criteria of their own, one .toml file each."""
    return user_config_path("voicecoach") / "criteria"


@cache
def load(folder: Path | None = None) -> Prompts:
    """Read and check all of prompts/ and the person's own criteria, or *folder* alone.

    Raises PromptsError, which names the file, the key and what to do.
    """
    own = {} if folder else _files(own_folder(), Criterion)
    folder = folder or folder_of("prompts")
    criteria = _by_id(folder, "criteria", Criterion)
    criteria |= {id_: _own(criterion, criteria) for id_, criterion in own.items()}
    path = folder / "rounds.toml"
    rounds = {id_: _checked(path, id_, table, Round) for id_, table in _tables(path).items()}
    prompts = Prompts(criteria, rounds, _by_id(folder, "scenarios", Scenario))
    _check_references(folder, prompts)
    for criterion in criteria.values():
        for id_ in dict.fromkeys(criterion.rounds):
            rounds[id_] = _listening(rounds[id_], criterion)
    return prompts


def _own(criterion: Criterion, shipped: Mapping[str, Criterion]) -> Criterion:
    file = f"{criterion.id}.toml in {own_folder()}"
    if criterion.id in shipped:
        raise PromptsError(f"{file} has the name of one of voicecoach's own. Name it otherwise.")
    for key, lines in (("hears", criterion.hears), ("misses", criterion.misses)):
        if len(lines) < OWN_EXAMPLES:
            raise PromptsError(
                f"{file}: '{key}' has {len(lines)} lines. Give at least {OWN_EXAMPLES}."
            )
    return criterion


def _listening(round_: Round, criterion: Criterion) -> Round:
    if criterion.kind == "do":
        return replace(round_, listens_for=(*round_.listens_for, (criterion.id,)))
    return replace(round_, better_without=(*round_.better_without, criterion.id))


def _by_id(folder: Path, name: str, kind: type[Kept]) -> dict[str, Kept]:
    """Every file of a folder; the file's name is the id."""
    found = _files(folder / name, kind)
    if not found:
        raise PromptsError(f"{folder / name} has no .toml file. Install voicecoach again.")
    return found


def _files(folder: Path, kind: type[Kept]) -> dict[str, Kept]:
    return {
        path.stem: _checked(path, path.stem, _tables(path), kind)
        for path in sorted(folder.glob("*.toml"))
    }


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PromptsError(f"{path.name} is not TOML: {error}. Mend that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PromptsError(f"{path} cannot be read: {error}. Restore the file.") from error


ADVICE = {
    "missing": "is missing. Add it.",
    "extra_forbidden": "is not a key we know. Remove it, or mend its spelling.",
    "too_short": "is empty. Give at least one.",
    "string_too_short": "is empty. Write a text.",
}


def _checked(path: Path, id_: str, table: Any, kind: type[Kept]) -> Kept:
    if not isinstance(table, dict):
        raise PromptsError(f"{path.name}: '{id_}' is not a table. Remove it, or write [{id_}].")
    if "id" in table:
        raise PromptsError(f"{path.name}: 'id' is given by the name, {id_}. Remove the key.")
    try:
        return TypeAdapter(kind).validate_python({"id": id_, **table})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        advice = ADVICE.get(first["type"], f"does not fit: {first['msg']}. Mend its value.")
        where = f"{id_}.{key}" if path.stem != id_ else key
        raise PromptsError(f"{path.name}: '{where}' {advice}") from error


def _check_references(folder: Path, prompts: Prompts) -> None:
    """Refuse an id that nothing answers to."""

    def refuse_unknown(
        file: str, key: str, named_ids: Iterable[str], known: Mapping[str, object]
    ) -> None:
        for named in named_ids:
            if named not in known:
                raise PromptsError(
                    f"{file}: '{key}' names '{named}', which is not known. "
                    f"Take one of: {', '.join(known)}."
                )

    kinds = {id_: criterion.kind for id_, criterion in prompts.criteria.items()}
    dos = {id_: kind for id_, kind in kinds.items() if kind == "do"}
    avoids = {id_: kind for id_, kind in kinds.items() if kind == "avoid"}
    for criterion in prompts.criteria.values():
        refuse_unknown(f"{criterion.id}.toml", "implies", criterion.implies, dos)
        refuse_unknown(f"{criterion.id}.toml", "rounds", criterion.rounds, prompts.rounds)
    for round_ in prompts.rounds.values():
        if not 0 <= round_.target_s[0] < round_.target_s[1]:
            raise PromptsError(
                f"rounds.toml: '{round_.id}.target_s' goes from {round_.target_s[0]:g} to "
                f"{round_.target_s[1]:g} s. Put the shorter first."
            )
        for key, named_ids, known in (
            ("listens_for", [id_ for group in round_.listens_for for id_ in group], dos),
            ("even_better", round_.even_better, dos),
            ("better_without", round_.better_without, avoids),
        ):
            refuse_unknown("rounds.toml", f"{round_.id}.{key}", named_ids, known)
    for scenario in prompts.scenarios.values():
        for key, named_ids in (("rounds", scenario.rounds), ("lines", tuple(scenario.lines))):
            refuse_unknown(f"{scenario.id}.toml", key, named_ids, prompts.rounds)


@dataclass(frozen=True, slots=True)
class Limits:
    """The range that is advised of a measure, and from where on something is said about it."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    low: float | None = None
    """The least advised; None where there is no lower limit."""
    high: float | None = None
    act_below: float | None = None
    """Below it advice is due; without it, below ``low`` is only shown."""
    act_above: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a measure before any answer: its unit, range, source and meaning."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    unit: Text
    digits: int
    """How many decimals mean something."""
    error: float
    """About how far off a value may be, in its unit, as benchmarks/delivery.py found."""
    source: Text
    meaning: Text
    heard: Text
    """A sentence with places for ``{value}``, ``{low}``, ``{high}``, ``{at}`` and ``{quote}``."""
    low: float | None = None
    high: float | None = None
    act_below: float | None = None
    act_above: float | None = None
    second_language: Limits | None = None
    """For someone whose first language is not English; None where the same limits hold."""
    scored: bool = False
    shown: bool = False
    at_least: bool = False
    too_low: tuple[Text, ...] = ()
    too_high: tuple[Text, ...] = ()
    phrases: tuple[Text, ...] = ()
    """What is looked for, in small letters."""

    @property
    def limits(self) -> Limits:
        return Limits(self.low, self.high, self.act_below, self.act_above)


@dataclass(frozen=True, slots=True)
class Occasion:
    """How one kind of advice is worded, in variants with places to fill in."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    heard: Lines
    try_next: Lines


@cache
def measured(folder: Path | None = None) -> Mapping[str, Measured]:
    """prompts/measures.toml, by name. Raises PromptsError."""
    return _named_tables(folder, "measures.toml", Measured)


@cache
def wording(folder: Path | None = None) -> Mapping[str, Occasion]:
    """prompts/wording.toml, by occasion. Raises PromptsError."""
    return _named_tables(folder, "wording.toml", Occasion)


def _named_tables(folder: Path | None, name: str, kind: type[Kept]) -> dict[str, Kept]:
    path = (folder or folder_of("prompts")) / name
    return {id_: _checked(path, id_, table, kind) for id_, table in _tables(path).items()}
