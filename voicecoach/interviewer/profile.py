"""A profile as lines name it, as questions to a person, and as a file of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

from voicecoach.errors import UsageError
from voicecoach.scenarios import MINE, Profile, Prompts, Scenario, own_folder, said_by

QUESTIONS = {
    "candidate": "What is your name",
    "role": "Which position is it (such as data engineer)",
    "company": "Which company",
    "weak_spot": "The doubt they may have about you, as they would say it",
    "experience": "Your experience in a few words (such as six years of nursing)",
    "skills": "Skills that you want to be known for, with commas between",
    "other_offers": "Other offers that you have, or none",
}
"""Key -> what is asked at the first start; everything else is in the file, to be filled in."""

THURSDAY, FRIDAY, SATURDAY = 3, 4, 5
"""As date.weekday counts."""


def of(scenario: Scenario, prompts: Prompts) -> Profile:
    """What a scenario is played with when the person has no profile of their own."""
    return prompts.profiles[scenario.profile] if scenario.profile else Profile("general")


def values(profile: Profile, today: date) -> dict[str, object]:
    """What lines can name of a profile, as it is spoken, with dates counted from *today*."""
    decision = today + timedelta(days=profile.timeframe_days)
    if decision.weekday() >= SATURDAY:
        decision += timedelta(days=7 - decision.weekday())
    halfway = today + (decision - today) / 2
    halfway -= timedelta(days=max(0, halfway.weekday() - FRIDAY))
    # Two working days later.
    after = decision + timedelta(days=2 if decision.weekday() < THURSDAY else 4)
    said: dict[str, object] = {
        each.name: getattr(profile, each.name)
        for each in fields(Profile)
        if each.name not in ("id", "timeframe_days")
    }
    return said | {
        "position": f"the {profile.role} position" if profile.role else "this position",
        "company": profile.company or "our company",
        "skills": spoken_list(profile.skills[:3]),
        "date": spoken_date(decision),
        "waiting_day": f"{halfway:%A}",
        "follow_up_day": f"{after:%A}",
    }


def yours(profile: Profile) -> dict[str, str]:
    """What a line to say can name of a profile: the candidate's side of it, as it is spoken."""
    said = {
        "role": profile.role,
        "company": profile.company,
        "experience": profile.experience,
        "skills": spoken_list(profile.skills[:SKILLS_SAID]),
    }
    spoken = {name: " ".join(text.split()).rstrip(".,;:!? ") for name, text in said.items()}
    return {name: "" if NOTHING.fullmatch(text) else text for name, text in spoken.items()}


def in_words_of(profile: Profile | None, scenario: Scenario, prompts: Prompts) -> Prompts:
    """*prompts* with the lines to say filled in from a profile; None for the scenario's own."""
    return said_by(prompts, yours(profile or of(scenario, prompts)))


NOTHING = re.compile(r"(?:none|no|nothing|-)(?: yet| so far)?", re.IGNORECASE)
"""What people write where they have nothing to tell."""
SKILLS_SAID = 2
"""As many as one sentence can hold."""


def spoken_date(day: date) -> str:
    """
    >>> spoken_date(date(2026, 12, 4))
    'Friday the 4th of December'
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in (11, 12, 13) else 0)
    return f"{day:%A} the {day.day}{ending or 'th'} of {day:%B}"


def spoken_list(names: Sequence[str], last: str = "and") -> str:
    """
    >>> spoken_list(["SQL", "Python", "dashboards"])
    'SQL, Python and dashboards'
    """
    return f" {last} ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def answered(key: str, answer: str) -> str | tuple[str, ...]:
    """What an answer to one of the QUESTIONS means as a value of the profile.

    >>> answered("skills", "SQL, Python,"), answered("other_offers", "None.")
    (('SQL', 'Python'), '')
    """
    answer = answer.strip()
    if key == "skills":
        return tuple(part.strip() for part in answer.split(",") if part.strip())
    if key == "other_offers" and answer.lower().strip(".") in ("no", "none", "-"):
        return ""
    return answer


def as_toml(profile: Profile) -> str:
    """The profile as a file to go on with in an editor."""
    # JSON writes strings, numbers and lists of strings as TOML does.
    lines = [
        f"{each.name} = {json.dumps(value, ensure_ascii=False)}"
        for each in fields(Profile)
        if each.name != "id"
        for value in [getattr(profile, each.name)]
    ]
    return (
        "# Who interviews you, and for what. Sentences are the interviewer's own, said as they\n"
        '# stand; role is followed by "position", experience follows "you bring".\n\n'
        + "\n".join(lines)
        + "\n"
    )


def save(profile: Profile) -> Path:
    """Write a person's own profile, which only they can read. Raises UsageError."""
    path = own_folder("profiles") / f"{MINE}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(as_toml(profile), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error}. Free it, or use --profile."
        ) from error
    return path
