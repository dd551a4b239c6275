"""``python -m voicecoach`` and the command ``voicecoach``."""

from __future__ import annotations

import sys

from voicecoach.errors import VoicecoachError


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what the person can put right is one sentence on stderr, and status 2."""
    from voicecoach.cli import app

    try:
        app(arguments)
    except VoicecoachError as error:
        print(f"voicecoach: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
