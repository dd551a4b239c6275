"""Skills are told as named only where they surely stand."""

import pytest

from voicecoach import scenarios
from voicecoach.feedback import advice
from voicecoach.findings import skills

KNOWN = scenarios.load().skills
ADVERT = """
We look for a data engineer who knows SQL and Python, builds data pipelines, and enjoys working
with stakeholders.
"""


def compare(answer, own=("data pipelines", "SQL"), advert=ADVERT):
    return skills.compare(answer, own, advert, KNOWN)


def test_an_answer_is_held_to_the_advert_and_to_the_profile():
    found = compare("I have built pipelines for six years.")
    assert found.named == ("data pipelines",)
    assert found.advertised == ("SQL", "Python", "data pipelines", "stakeholder management")
    assert advice.on_skills(found) == (
        "You named data pipelines; the advert also asks for SQL, Python and stakeholder "
        "management.",
        "Your profile has SQL, so you can say it.",
    )


def test_without_an_advert_the_profile_alone_tells_what_is_left():
    (sentence,) = advice.on_skills(compare("My dashboards and my SQL.", advert=""))
    assert sentence == "You named SQL; your profile also has data pipelines."


def test_nothing_named_is_told_as_not_heard_by_name():
    first, *_ = advice.on_skills(compare("I'm the best you can get."))
    assert first.endswith("I heard none of it by name.")
    assert advice.on_skills(compare("I'm the best.", advert="")) == ()


def test_all_named_is_told_as_such():
    answer = "SQL, Python, pipelines, and I worked with stakeholders."
    (sentence,) = advice.on_skills(compare(answer))
    assert sentence.endswith(": all that I know the advert to ask for.")


@pytest.mark.parametrize(
    "answer",
    [
        "The pipe line broke.",
        "I speak Pythonesque.",
        "I have a sequel in mind.",
        "Analysis paralysis.",
    ],
)
def test_what_only_looks_alike_is_not_named(answer):
    assert compare(answer).named == ()
