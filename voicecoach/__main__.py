"""``python -m voicecoach`` and the command ``voicecoach``."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading

from voicecoach.errors import VoicecoachError


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what the person can put right is one sentence on stderr, and status 2."""
    from voicecoach.cli import app

    try:
        app(arguments)
    except VoicecoachError as error:
        print(f"voicecoach: {error}", file=sys.stderr)
        sys.exit(2)


def program() -> None:
    """``main`` as a program of its own, which ends at once and without a fright.

    A thread may be in the middle of Whisper or of loading it when a person leaves. Python would
    end it there, upon which CTranslate2 aborts with a message and a core dump.
    """
    status = 1

    def leave() -> None:
        if any(thread.daemon for thread in threading.enumerate()):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    # Registered first, so that it comes after all else that is to be done at the end.
    atexit.register(leave)
    # Ctrl+C counts at a terminal, even where a script that started us had it ignored.
    if sys.stdin and sys.stdin.isatty() and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        raise


if __name__ == "__main__":
    program()
