"""The practice in a real browser: spoken into its microphone, to the report and beyond."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.conftest import RECORDINGS
from tests.feedback.test_html import ALL_RULES
from tests.history.made import PROMPTS, practice, verdicts
from tests.web.server import Cable, Mouth, Served, launched
from voicecoach.fixtures import truth_of, word_error_rate
from voicecoach.sound.files import read

STATEMENT, LONGER, PUSHY = (
    "statement-middling-kal16-pink25",
    "statement-strong-slt",
    "next_steps-bad-us-rob",
)
TO_HEAR_MS = 60_000
WRITTEN = (
    "I have sold machines for ten years, so I know that I can do this work. I am excited about "
    "this role and I really want this job. Thank you for your time."
)
LARGEST_WORD_ERROR_RATE = 0.25
"""With tiny.en, on a machine that runs a browser and an engine on two cores."""

expect.set_options(timeout=TO_HEAR_MS)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("home"))
    # Earlier practices, for the progress.
    for days in (9, 5, 2):
        met = {"thanks": "met"} if days < 6 else {"asks_outright": "slipped"}
        served.history.keep(practice(verdicts("statement", **met), days_ago=days))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def mouth(tmp_path_factory):
    return Mouth(tmp_path_factory.mktemp("mouth"))


@pytest.fixture(scope="module")
def browser(chromium, mouth):
    browser = launched(
        chromium,
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={mouth.path}%noloop",
    )
    yield browser
    browser.close()


def opened(browser, address, **options):
    """A page of somebody's own, with all it asked for and complained about."""
    page = browser.new_context(**options).new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: message.type == "error" and page.complaints.append(message.text),
    )
    page.goto(address)
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    return page


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def begun(browser, address, **options):
    """A practice whose lines are read: to hear them takes time."""
    page = opened(browser, address, **options)
    button(page, "Turn the microphone on").click()
    expect(page.locator("#microphone-said")).to_contain_text("is on")
    page.get_by_label("do not speak them").check()
    button(page, "Begin").click()
    comes_to(page, "listening")
    return page


def comes_to(page, state):
    page.locator(f"[data-state='{state}']").wait_for(timeout=TO_HEAR_MS)


def feedback(page):
    expect(button(page, "Next")).to_be_visible()
    return page.locator("h2.feedback").inner_text()


def is_for_everyone(page):
    """An audit by axe-core in light and dark, and no scrolling sideways at any width."""
    from axe_playwright_python.sync_playwright import Axe

    for scheme, width in (("light", 1280), ("dark", 375)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options=ALL_RULES).response
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert "color-contrast" in {one["id"] for one in found["passes"]}
    for size, width in (("100%", 375), ("200%", 375), ("200%", 768), ("200%", 1280)):
        page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (size, width)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")


def transcript(page):
    words = page.locator(".transcript").inner_text()
    return re.sub(r"(?<=\D)\d\b", "", words)


def truth(name):
    return truth_of(RECORDINGS / f"{name}.flac", PROMPTS).words


def comes_to_its_end(page):
    """On to the end, without the weakest round once more."""
    button(page, "Next").click()
    no = button(page, "No")
    page.locator("[data-state='over']").or_(no).first.wait_for(timeout=TO_HEAR_MS)
    if no.is_visible():
        no.click()
    comes_to(page, "over")
    expect(page.locator("#microphone-said")).to_have_text("The microphone is off.")
    # Nothing was broken off when voicecoach is stopped now.
    assert page.evaluate("sessionStorage.voicecoachRoom") is None


def plays_its_second(evidence, audio):
    """A click on evidence plays it, and stops after it."""
    start_s, end_s = (float(evidence.get_attribute(f"data-{name}")) for name in ("at", "until"))
    evidence.click()
    expect(audio).to_have_js_property("paused", False)
    expect(audio).to_have_js_property("paused", True)
    assert start_s < audio.evaluate("audio => audio.currentTime") == pytest.approx(end_s, abs=0.6)


def test_a_quick_close_by_voice_from_the_first_line_to_the_report(browser, served, mouth):
    page = opened(browser, served.at("127.0.0.1"))
    is_for_everyone(page)
    # So that there is time to see the countdown.
    page.get_by_label("Which silence ends an answer?").select_option("patient")
    button(page, "Turn the microphone on").click()
    button(page, "Begin").click()

    comes_to(page, "speaking")
    comes_to(page, "listening")
    assert page.locator(".said").inner_text().endswith(("?", "."))
    # Long enough after its first silence to be written down meanwhile on any machine.
    mouth.say(page, LONGER)
    expect(page.locator(".clock .ends")).to_have_text("I hear you")
    is_for_everyone(page)
    # Written down while the person is still talking, and the silence after it ends the answer.
    expect(page.locator(".captions")).not_to_be_empty()
    expect(page.locator(".clock .ends")).to_contain_text("your answer ends in")
    assert re.search(r"\d+ of 100", feedback(page))
    assert word_error_rate(truth(LONGER), transcript(page)) < LARGEST_WORD_ERROR_RATE
    assert page.locator("h2.feedback").evaluate("one => one === document.activeElement")
    is_for_everyone(page)

    plays_its_second(page.locator("a.ref.met[data-until]").last, page.locator("article audio"))

    button(page, "Next").click()
    comes_to(page, "listening")
    replay = button(page, "Hear the line again")
    with page.expect_response(re.compile("/sounds/")) as line:
        replay.click()
    assert line.value.body()[:4] == b"RIFF"
    expect(replay).to_be_disabled()
    expect(replay).to_be_enabled()
    mouth.say(page, PUSHY)
    # In the middle of it the tab falls asleep, and wakes up.
    life = page.context.new_cdp_session(page)
    for state, wait_ms in (("frozen", 2500), ("active", 5000)):
        life.send("Page.setWebLifecycleState", {"state": state})
        time.sleep(wait_ms / 1000)
    button(page, "I’m done").click()
    feedback(page)
    # The last word is there although the button came right after it.
    assert word_error_rate(truth(PUSHY), transcript(page)) < LARGEST_WORD_ERROR_RATE
    assert "What to leave out" in page.locator("article").inner_text()
    comes_to_its_end(page)
    is_for_everyone(page)

    kept = served.history.latest()
    assert [one.review.round.id for one in kept.attempts] == ["statement", "next_steps"]
    for attempt in kept.attempts:
        assert served.history.sound_of(attempt).stat().st_mode & 0o777 == 0o600
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Your report").click()
    report = popup.value
    expect(report.locator("h1")).to_have_text("A quick close")
    assert report.locator("audio").count() == 2
    report.close()
    assert {url.split("/")[2] for url in page.asked} == {f"127.0.0.1:{served.port}"}
    assert page.complaints == []
    page.context.close()


def test_another_practice_on_the_same_page_begins_anew(browser, served, mouth):
    """After one in which the line was still heard again when the answer was handed in."""
    page = opened(browser, served.at("127.0.0.1"))
    button(page, "Turn the microphone on").click()
    button(page, "Begin").dblclick()
    comes_to(page, "listening")
    page.locator("summary").click()
    page.locator("#typed").fill(WRITTEN)
    button(page, "Hear the line again").click()
    button(page, "Hand in what I wrote").click()
    feedback(page)
    button(page, "Next").click()
    comes_to(page, "listening")
    expect(button(page, "Hear the line again")).to_be_enabled()
    mouth.say(page, PUSHY)
    expect(page.locator(".clock .ends")).to_have_text("I hear you")
    button(page, "I’m done").click()
    feedback(page)
    button(page, "End the practice").click()
    comes_to(page, "over")
    assert len(served.history.latest().attempts) == 2

    button(page, "Practice again").click()
    with page.expect_response(re.compile("/sounds/")):
        button(page, "Begin").click()
    comes_to(page, "listening")
    # Talk beside it, and the silence after that, end no answer that is being written.
    page.locator("summary").click()
    mouth.say(page, PUSHY)
    page.wait_for_timeout(8500)
    page.locator("#typed").fill(WRITTEN)
    with page.expect_request(re.compile("/typed")) as handed_in:
        button(page, "Hand in what I wrote").dblclick()
    feedback(page)
    assert transcript(page).split() == WRITTEN.split()
    assert page.complaints == []
    # What comes late is not the answer to the next question.
    address, sound = handed_in.value.url, (RECORDINGS / f"{PUSHY}.flac").read_bytes()
    for late in (
        page.request.post(address, data={"text": "Late."}),
        page.request.post(address.replace("typed", "recording?name=late.flac"), data=sound),
    ):
        assert (late.status, "Wait for the next question" in late.text()) == (409, True)
    button(page, "Next").click()
    comes_to(page, "listening")
    assert len(served.history.latest().attempts) == 1
    page.context.close()


def test_the_browser_is_opened_without_the_token_in_its_command_line(browser, tmp_path):
    opened_at = tmp_path / "opened-at"
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\necho "$@" > {opened_at}.new; mv {opened_at}.new {opened_at}\n')
    opener.chmod(0o700)
    token = "a+secret&that#nobody%20guesses"
    served = Served(tmp_path, opener=f"{opener} %s", token=token)
    while not opened_at.exists():
        time.sleep(0.1)
    address = opened_at.read_text().strip()
    file = Path(address.removeprefix("file://"))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    page = opened(browser, address)
    assert page.url == served.at("127.0.0.1")
    # The address that is printed leads there too.
    other = opened(browser, re.search(r"http\S+", served.told)[0])
    assert other.url == served.at("127.0.0.1")
    assert [page.complaints, other.complaints] == [[], []]
    for one in (page, other):
        one.context.close()
    served.stop()
    assert not file.parent.exists()


def test_what_is_missing_can_be_heard_and_tried_again_by_keyboard_alone(browser, served):
    """In writing, where speaking is not possible: no key but Tab, arrows, Space, Enter, letters."""
    page = opened(browser, served.at("127.0.0.1"))

    def press_at(name):
        for _ in range(60):
            page.keyboard.press("Tab")
            # What holds them, down to the whole page, has their names in it too.
            if page.evaluate(
                "name => document.activeElement.matches('button, summary') "
                "&& document.activeElement.innerText.includes(name)",
                name,
            ):
                page.keyboard.press("Enter")
                return
        raise AssertionError(f"The keyboard never came to {name}")

    def is_led_to(name):
        """By the page, once, at something new: a key pressed before that would go astray."""
        page.wait_for_function(
            "name => document.activeElement !== document.body "
            "&& document.activeElement.innerText.startsWith(name)",
            arg=name,
        )

    def write(text):
        comes_to(page, "listening")
        is_led_to("I’m done")
        press_at("Not aloud?")
        page.keyboard.press("Tab")
        page.keyboard.type(text)
        press_at("Hand in what I wrote")

    # Lines to be read, and a rating before the score.
    boxes = 0
    while boxes < 2:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type === 'checkbox'"):
            page.keyboard.press("Space")
            boxes += 1
    press_at("Begin")
    write("Thank you for your time.")
    is_led_to("1")
    assert page.locator("h2.feedback").count() == 0
    press_at("5")
    is_led_to("Your feedback")
    first = feedback(page)
    expect(page.get_by_text("You gave yourself 5")).to_be_visible()
    assert "was typed" in page.locator("article").inner_text()
    assert "How it sounded" not in page.locator("article").inner_text()
    with page.expect_response(re.compile("/lines/")) as line:
        press_at("Hear it")
    assert line.value.ok and line.value.body()[:4] == b"RIFF"
    press_at("Again")
    write(WRITTEN)
    is_led_to("1")
    press_at("Not now")
    is_led_to("Your feedback")
    expect(page.locator("table.attempts")).to_be_visible()
    second = feedback(page)
    points = [int(re.search(r"(\d+) of 100", one)[1]) for one in (first, second)]
    assert points[0] < 50 < points[1]
    assert points[1] == 100
    press_at("End the practice")
    comes_to(page, "over")
    assert [one.review.transcript.text for one in served.history.latest().attempts] == [
        "Thank you for your time.",
        WRITTEN,
    ]
    page.context.close()


def test_without_a_microphone_or_leave_to_use_it_a_recording_can_be_handed_in(chromium, served):
    browser = launched(chromium, "--use-fake-ui-for-media-stream", fake=False)
    page = opened(browser, served.at("127.0.0.1"))
    button(page, "Turn the microphone on").click()
    expect(page.locator("#microphone-said")).to_contain_text("There is no microphone. Plug one in")
    browser.close()
    browser = launched(chromium, "--use-fake-ui-for-media-stream=deny")
    page = opened(browser, served.at("127.0.0.1"))
    button(page, "Turn the microphone on").click()
    expect(page.locator("#microphone-said")).to_contain_text("may not use the microphone")
    expect(page.locator("#microphone-said")).to_contain_text("upload recordings")
    page.get_by_label("do not speak them").check()
    button(page, "Begin").click()
    comes_to(page, "listening")
    page.locator("summary").click()
    page.locator("#recording").set_input_files(RECORDINGS / f"{LONGER}.toml")
    button(page, "Hand in the recording").click()
    expect(page.locator("#otherwise-said")).to_contain_text("cannot be read as a recording")
    page.locator("#recording").set_input_files(RECORDINGS / f"{LONGER}.flac")
    button(page, "Hand in the recording").click()
    feedback(page)
    assert word_error_rate(truth(LONGER), transcript(page)) < LARGEST_WORD_ERROR_RATE
    assert page.locator("table.measures").is_visible()
    button(page, "End the practice").click()
    comes_to(page, "over")
    browser.close()


def test_a_cut_connection_loses_nothing_and_two_people_do_not_mix(browser, served, mouth):
    """One talks, is cut off in mid-sentence and talks on; the other writes meanwhile."""
    cable = Cable(served.port)
    ann = begun(browser, served.at("localhost"))
    mouth.say(ann, STATEMENT)
    expect(ann.locator(".clock .ends")).to_have_text("I hear you")
    ann.wait_for_timeout(1500)
    cable.cut()
    expect(ann.locator("#lost")).to_contain_text("What you said is kept")
    expect(button(ann, "Save what I said as a file")).to_be_visible()

    bob = begun(browser, served.at("127.0.0.1"))
    bob.locator("summary").click()
    bob.locator("#typed").fill(WRITTEN)
    button(bob, "Hand in what I wrote").click()

    cable.mend()
    expect(ann.locator("#lost")).to_contain_text("Connected again")
    feedback(ann)
    assert word_error_rate(truth(STATEMENT), transcript(ann)) < LARGEST_WORD_ERROR_RATE
    feedback(bob)
    assert transcript(bob).split() == WRITTEN.split()
    # The address of what is in Ann's room cannot be guessed; whoever has it is let in.
    rooms = [page.evaluate("sessionStorage.voicecoachRoom") for page in (ann, bob)]
    assert rooms[0] != rooms[1] and min(map(len, rooms)) >= 32
    answer = ann.locator("article audio").get_attribute("src")
    assert bob.evaluate("path => fetch(path).then(one => one.status)", answer) == 200
    unknown = answer.replace(rooms[0], "x" * 32)
    assert bob.evaluate("path => fetch(path).then(one => one.status)", unknown) == 404
    for page in (ann, bob):
        page.context.close()


def test_when_tab_and_server_stop_what_was_said_is_kept(browser, mouth, tmp_path):
    served = Served(tmp_path)
    page = begun(browser, served.at("127.0.0.1"))
    mouth.say(page, LONGER)
    expect(page.locator(".clock .ends")).to_have_text("I hear you")
    page.wait_for_timeout(4000)
    # A tab that is loaded anew finds its practice, and its microphone, where they were.
    page.reload()
    expect(page.locator(".captions")).not_to_be_empty()
    expect(page.locator("#microphone-said")).to_contain_text("is on")
    served.stop()
    expect(page.locator("#lost")).to_contain_text("start it again: voicecoach web")
    [attempt] = served.history.latest().attempts
    assert "patients" in attempt.review.transcript.text
    assert "voicecoach was stopped" in " ".join(attempt.review.warnings)
    assert read(served.history.sound_of(attempt)).duration_s > 4
    again = Served(tmp_path, served.port)
    expect(page.locator("#lost")).to_contain_text("kept in the history")
    expect(button(page, "Begin")).to_be_visible()
    again.stop()
    page.context.close()


def test_the_history_is_shown_and_removed_for_good(browser, served):
    page = opened(browser, served.at("127.0.0.1"))
    page.get_by_role("link", name="Progress").click()
    expect(page.locator("canvas").first).to_be_visible()
    assert page.locator(".standing").count() > 3
    is_for_everyone(page)
    page.get_by_role("link", name="History").click()
    rows = page.locator("tbody tr")
    expect(rows.last).to_be_visible()
    is_for_everyone(page)
    before = rows.count()
    rows.last.get_by_role("button", name="Delete").click()
    rows.last.get_by_role("button", name="Keep it").click()
    assert rows.count() == before
    rows.last.get_by_role("button", name="Delete").click()
    rows.last.get_by_role("button", name="Yes, remove").click()
    expect(rows).to_have_count(before - 1)
    assert len(served.history.listed()) == before - 1
    assert page.complaints == []
    page.context.close()
