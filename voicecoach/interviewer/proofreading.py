"""What a person who writes prompts of their own should mend, beyond what cannot be read at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from voicecoach.errors import PromptsError, UsageError
from voicecoach.interviewer import story
from voicecoach.scenarios import (
    ANSWERS,
    COMMANDS,
    OWN_KINDS,
    Criterion,
    Prompts,
    Scenario,
    check_templates,
    folder_of,
    own_folder,
)

LEAST_VARIANTS = 2
"""Fewer, and a second try hears the same line again."""

STARTS = {"scenario": "scenarios", "persona": "personas"}
"""What ``new`` can begin -> its folder."""


def faults(prompts: Prompts) -> tuple[str, ...]:
    """Sentences with file, key and advice; none when all is well."""
    found = []
    files = {
        "rounds.toml": prompts.rounds,
        "replies.toml": prompts.replies,
        **{f"{one.id}.toml": one for one in (*prompts.personas.values(),)},
        **{f"{one.id}.toml": one for one in (*prompts.scenarios.values(),)},
    }
    # As written: what a profile could fill in has been.
    to_say = [
        (f"{one.id}.toml", one) if isinstance(one, Criterion) else ("rounds.toml", {one.id: one})
        for one in prompts.written
    ]
    for file, value in (*files.items(), *to_say):
        try:
            check_templates(file, value)
        except PromptsError as error:
            found.append(str(error))
    for file, tables in (("rounds.toml", prompts.rounds), ("replies.toml", prompts.replies)):
        for id_, one in tables.items():
            found += _too_few(file, f"{id_}.lines", len(one.lines))  # type: ignore[attr-defined]
    for scenario in prompts.scenarios.values():
        found += _in_scenario(scenario, prompts)
    return (*dict.fromkeys(found), *_of_two_meanings(prompts))


def _of_two_meanings(prompts: Prompts) -> Iterator[str]:
    """What is said for two commands that are offered at once."""
    for offered in (COMMANDS, ANSWERS):
        first: dict[str, str] = {}
        for id_ in offered:
            for phrase in prompts.commands[id_].says:
                if first.setdefault(phrase, id_) != id_:
                    yield (
                        f"commands.toml: '{phrase}' is said for '{first[phrase]}' and for '{id_}'. "
                        "Remove it from one of them."
                    )


def _in_scenario(scenario: Scenario, prompts: Prompts) -> list[str]:
    file = f"{scenario.id}.toml"
    found = []
    for id_ in sorted({id_ for id_ in scenario.rounds if scenario.rounds.count(id_) > 1}):
        found.append(
            f"{file}: 'rounds' names '{id_}' twice, and a round is held once. Remove one of them."
        )
    for id_ in story.unreachable(scenario, prompts.rounds):
        found.append(
            f"{file}: no talk ever comes to the round '{id_}'. Put a round before it that is "
            f"always held, or remove 'when.{id_}'."
        )
    reached = {id_ for after in story.table(scenario, prompts.rounds).values() for id_ in after}
    for key in ("lines", "when"):
        for id_ in getattr(scenario, key):
            if id_ not in scenario.rounds and id_ not in reached:
                found.append(
                    f"{file}: '{key}.{id_}' is for a round that is never held. Name it under "
                    "'rounds', or remove it."
                )
    for id_, lines in scenario.lines.items():
        found += _too_few(file, f"lines.{id_}", len(lines))
    return found


def _too_few(file: str, key: str, count: int) -> list[str]:
    if count >= LEAST_VARIANTS:
        return []
    return [
        f"{file}: '{key}' has one variant, so a second try hears it again. "
        f"Give at least {LEAST_VARIANTS}."
    ]


def start(kind: str, name: str, prompts: Prompts) -> Path:
    """Write a commented beginning of one's own. Raises UsageError."""
    if kind not in STARTS:
        raise UsageError(f"'{kind}' cannot be begun so. Take one of: {', '.join(STARTS)}.")
    folder = STARTS[kind]
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise UsageError(f"'{name}' is no name for a file. Take small letters, digits and hyphens.")
    path = own_folder(folder) / f"{name}.toml"
    if path.exists() or name in getattr(prompts, folder):
        raise UsageError(f"There is a {kind} '{name}' already. Choose another name.")
    text = (folder_of("prompts") / "starts" / f"{kind}.toml").read_text(encoding="utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("NAME", name), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error}. Free it first.") from error
    return path


def catalogue(prompts: Prompts) -> dict[str, dict[str, str]]:
    """Kind -> id -> what it is, for everything there is."""
    titled = {
        kind: {id_: getattr(one, "title", "") for id_, one in getattr(prompts, kind).items()}
        for kind in ("scenarios", "rounds", "personas", "profiles", "criteria", "replies")
    }
    titled["profiles"] = {
        id_: " at ".join(part for part in (one.role, one.company) if part)
        for id_, one in prompts.profiles.items()
    }
    titled["replies"] = {
        id_: f"to '{prompts.criteria[id_].title}'" if id_ in prompts.criteria else one.lines[0]
        for id_, one in prompts.replies.items()
    }
    return titled


def found(id_: str, prompts: Prompts) -> dict[str, object]:
    """Everything that is called *id_*, by its kind. Raises UsageError when nothing is."""
    kinds = (*OWN_KINDS, "rounds", "replies")
    there = {kind: getattr(prompts, kind)[id_] for kind in kinds if id_ in getattr(prompts, kind)}
    if not there:
        raise UsageError(f"There is nothing called '{id_}'. See: voicecoach prompts list.")
    return there
