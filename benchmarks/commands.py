"""How well commands between rounds are understood, and how seldom other talk is taken for one.

    python -m benchmarks.commands [--quick] [--json]

The first two phrases of every command in prompts/commands.toml are spoken by the voices of
benchmarks.speak, clean and with noise or babble 15 dB under them, and heard as the product hears
them. A phrase is understood, or asked back, or taken for another command, which is the worst. As
other talk serve the recordings of audio_fixtures that hold no speech, and, as text, every sentence
of the development answers in tests/data.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile

from audio_fixtures import make
from benchmarks.speak import BEHIND, VOICES
from voicecoach import scenarios
from voicecoach.findings import phrases
from voicecoach.scenarios import ANSWERS, COMMANDS
from voicecoach.sound.files import Recording, recordings_in
from voicecoach.words.command import command_in, listen, named
from voicecoach.words.transcriber import Transcriber, load

PHRASES = 2
TESTS = Path(__file__).parents[1] / "tests" / "data"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two voices")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    engine = load("auto", "tiny.en")
    voices = VOICES[: 2 if options.quick else None]
    found = {
        condition: spoken(voices, condition == "15 dB", engine) for condition in ("clean", "15 dB")
    }
    others = sentences()
    commands = scenarios.load().commands
    figures = {
        "said": {condition: dict(outcomes) for condition, outcomes in found.items()},
        "sentences": len(others),
        "sentences_taken_for_a_command": [
            one for one in others if named(one, commands, COMMANDS) is not None
        ],
        "noises": len(nothings()),
        "noises_taken_for_a_command": [
            path.stem for path in nothings() if understood(path, COMMANDS, engine) not in (None, "")
        ],
    }
    if options.json:
        print(json.dumps(figures))
        return
    print("| | said | understood | asked back | unheard | taken for another |")
    print("|---|---|---|---|---|---|")
    for condition, outcomes in found.items():
        kinds = ("understood", "asked back", "unheard", "taken for another")
        counts = " | ".join(str(outcomes[kind]) for kind in kinds)
        print(f"| {condition} | {outcomes.total()} | {counts} |")
    for kind in ("sentences", "noises"):
        taken = figures[f"{kind}_taken_for_a_command"]
        print(f"{kind} taken for a command: {len(taken)} of {figures[kind]} {taken or ''}")


def spoken(voices: tuple[str, ...], noisy: bool, engine: Transcriber) -> Counter[str]:
    """What became of each phrase."""
    outcomes: Counter[str] = Counter()
    commands = scenarios.load().commands
    for offered in (COMMANDS, ANSWERS):
        said = [(one, phrase) for one in offered for phrase in commands[one].says[:PHRASES]]
        for number, (id_, phrase) in enumerate(said):
            for voice in voices:
                recipe = {"voice": voice, "says": f"{phrase.capitalize()}."}
                if noisy:
                    recipe["noise"] = BEHIND[number % len(BEHIND)]
                rng = np.random.default_rng(zlib.crc32(f"{voice}{phrase}{noisy}".encode()))
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder, "command.wav")
                    soundfile.write(path, make.talk(recipe, make.Take(), rng), make.RATE_HZ)
                    heard = understood(path, offered, engine)
                kinds = {None: "unheard", "": "asked back", id_: "understood"}
                outcomes[kinds.get(heard, "taken for another")] += 1
    return outcomes


def understood(path: Path, offered: tuple[str, ...], engine: Transcriber) -> str | None:
    """The command in a recording; empty when it is asked back, None when nobody is heard."""
    transcript = listen(Recording(path), lambda: False, lambda: engine)
    if transcript is None:
        return None
    return command_in(transcript, scenarios.load().commands, offered) or ""


def sentences() -> list[str]:
    texts = [
        json.loads(line)["text"]
        for line in (TESTS / "answers_dev.jsonl").read_text("utf-8").splitlines()
    ]
    return [text[slice(*each)] for text in texts for each in phrases.sentences(text)]


def nothings() -> list[Path]:
    """Recordings without speech."""
    folder = scenarios.folder_of("audio_fixtures")
    return [path for path in recordings_in(folder) if path.stem.startswith("nothing-")]


if __name__ == "__main__":
    main()
