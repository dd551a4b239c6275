"""A person's own choices, from settings.toml and the command line."""

import json

import pytest

from tests.conftest import RECORDINGS, run
from voicecoach import settings
from voicecoach.errors import SettingsError
from voicecoach.settings import Settings


@pytest.fixture
def written():
    path = settings.path()

    def write(text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    path.unlink(missing_ok=True)


def test_without_a_file_all_is_as_advised(tmp_path):
    assert settings.load(tmp_path / "settings.toml") == Settings()


def test_what_a_person_chose_is_read(written):
    written("pace_wpm = 130\nsecond_language = true\n")
    assert settings.load() == Settings(pace_wpm=130, second_language=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("pace = 130", r"'pace' is no setting\. Take one of: pace_wpm"),
        ("pace_wpm = 13", r"'pace_wpm': .*greater than or equal to 60.*Mend"),
        ('pace_wpm = "fast"', r"'pace_wpm': .*valid number.*Mend"),
        ("second_language = 1", r"'second_language': .*boolean.*Mend"),
        ("pace_wpm", r"cannot be read as TOML: .*Mend or delete it"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_key(written, text, sentence):
    path = written(text)
    with pytest.raises(SettingsError, match=sentence) as refused:
        settings.load()
    assert str(refused.value).startswith(str(path))


def test_the_command_line_goes_before_the_file(written):
    written("pace_wpm = 130\nsecond_language = true\n")
    recording = RECORDINGS / "thank_you-bad-rp-m3-fillers.flac"
    line = json.loads(run("grade", recording, "--json", "--pace", "150").out)
    ranges = {one["name"]: (one["low"], one["high"]) for one in line["measures"]}
    assert ranges["pace_wpm"] == (135, 165)
    # Still from the file: no range where there is no evidence for one.
    assert ranges["articulation_sps"] == (None, None)


def test_a_pace_that_nobody_speaks_is_refused_on_the_command_line(written):
    written("")
    ran = run("grade", RECORDINGS / "fit-bad-kal16.flac", "--pace", "900")
    assert (ran.status, "60" in ran.err and "260" in ran.err) == (2, True)
