"""Files and folders for their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from voicecoach.errors import HistoryError


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises HistoryError."""
    beside = path.with_name(f".{path.name}.new")
    try:
        make_folder(path.parent)
        beside.unlink(missing_ok=True)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
                file.write(content)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HistoryError(
            f"{path} cannot be written: {error.strerror}. "
            "Free some space, mend the folder's rights, or name another place."
        ) from error
