"""The README is true: its commands exist, with their options, and its links lead somewhere."""

import re
import shlex

import pytest

from tests.conftest import REPOSITORY, run

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    set(re.findall(r"^    (?:\.venv/bin/)?voicecoach ([^#\n]+?) *(?:#.*)?$", README, re.MULTILINE))
    | {line for line in re.findall(r"`voicecoach ([^`]+)`", README) if not line.isupper()}
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists_with_its_options(command):
    words = shlex.split(command)
    named = words[:2] if words[0] in ("fixtures", "prompts", "history") else words[:1]
    help_ = run(*named, "--help")
    assert help_.status == 0
    for word in words:
        if word.startswith("--"):
            assert word in help_.out


def test_the_commands_it_opens_with_are_in_the_makefile():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^    |`)make ([a-z]+)\b", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_a_link_leads_somewhere(target):
    assert (REPOSITORY / target).exists()
