"""The real parts that tests share: engines with real weights, and the recorded answers."""

import contextlib
import io
import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

# Nobody's own criteria take part in the tests; what is loaded below reads this.
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
# Nor does anybody's history.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()

from tests.openai_weights import write_checkpoint
from voicecoach.__main__ import main
from voicecoach.words import transcriber
from voicecoach.words.transcriber import Transcriber

REPOSITORY = Path(__file__).parent.parent
RECORDINGS = REPOSITORY / "audio_fixtures"
SCHEMA = json.loads((REPOSITORY / "voicecoach" / "wire.schema.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


def run(*arguments: object) -> Ran:
    """Run a command of voicecoach's in this process, so that weights load once."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
    return Ran(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session", autouse=True)
def whisper_is_done_in_the_end() -> Iterator[None]:
    """Python would end threads that are in the middle of it, upon which CTranslate2 aborts."""
    yield
    for thread in threading.enumerate():
        if thread.name == "live":
            thread.join(timeout=60)


@pytest.fixture(scope="session")
def openai_checkpoint(tmp_path_factory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("weights") / "tiny.en.pt")


@pytest.fixture(scope="session")
def faster_whisper() -> Transcriber:
    return transcriber.load("faster-whisper", "tiny.en")


@pytest.fixture(scope="session")
def openai_whisper(openai_checkpoint) -> Transcriber:
    return transcriber.load("openai-whisper", str(openai_checkpoint))


@pytest.fixture(params=["faster_whisper", "openai_whisper"])
def engine(request) -> Transcriber:
    """Both engines in turn, on the same real weights."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def lines(tmp_path_factory) -> list[dict]:
    """What `grade audio_fixtures --json` prints: one run for all tests, in whichever of the
    programs that share the tests it is wanted first."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    printed = folder / "lines.jsonl"
    with FileLock(f"{printed}.lock"):
        if not printed.exists():
            ran = run("grade", RECORDINGS, "--json")
            assert (ran.status, ran.err) == (0, "")
            printed.write_text(ran.out, encoding="utf-8")
    return [json.loads(line) for line in printed.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def graded(lines) -> dict[str, dict]:
    """The same by the recordings' names."""
    names = sorted(path.stem for path in RECORDINGS.glob("*.flac"))
    return dict(zip(names, lines, strict=True))


@pytest.fixture
def recording() -> Callable[[str], Path]:
    """A recorded answer of the project's by its name."""

    def find(name: str) -> Path:
        path = RECORDINGS / f"{name}.flac"
        assert path.is_file(), f"{path} is gone"
        return path

    return find
