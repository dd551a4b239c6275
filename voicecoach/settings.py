"""A person's own choices, read in one place: settings.toml in their configuration folder.

pace_wpm = 130             # your own target, in words a minute
second_language = true     # English is not your first language
speak_feedback = true      # hear the advice after every round
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from platformdirs import user_config_path
from pydantic import ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from voicecoach.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SLOWEST_WPM, FASTEST_WPM = 60.0, 260.0


@dataclass(frozen=True, slots=True)
class Settings:
    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    pace_wpm: Annotated[float, Field(strict=True, ge=SLOWEST_WPM, le=FASTEST_WPM)] | None = None
    """The pace to be held to, in words a minute; None for the range that is advised to all."""
    second_language: StrictBool = False
    """Whether ranges are to be those that hold for second-language speakers, or none."""
    speak_feedback: StrictBool = False


DEFAULTS = Settings()
KNOWN = ", ".join(("pace_wpm", "second_language", "speak_feedback"))


def path() -> Path:
    return user_config_path("voicecoach") / "settings.toml"


def load(file: Path | None = None) -> Settings:
    """What *file*, or the person's own settings.toml, says; the defaults without one.

    Raises SettingsError, which names the key and what to do.
    """
    file = file or path()
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DEFAULTS
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{file} cannot be read as TOML: {error}. Mend or delete it."
        ) from error
    return _checked(table, str(file))


def replaced(own: Settings, **choices: object) -> Settings:
    """A person's settings with choices made on the command line. Raises SettingsError."""
    return _checked({**asdict(own), **choices}, "the command line")


def _checked(table: dict[str, object], where: str) -> Settings:
    try:
        return TypeAdapter(Settings).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "settings"
        if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            raise SettingsError(f"{where}: '{key}' is no setting. Take one of: {KNOWN}.") from error
        raise SettingsError(f"{where}: '{key}': {first['msg']}. Mend its value.") from error
