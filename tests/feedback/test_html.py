"""The report in a real browser: what a person sees, clicks, prints, and what it never does."""

import re
import shutil
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.conftest import RECORDINGS
from tests.history.made import PROMPTS, practice, reviewed, verdicts
from voicecoach.feedback import advice, html
from voicecoach.findings.finding import Advice
from voicecoach.history.kept import Attempt, with_unknown
from voicecoach.history.progress import progress
from voicecoach.history.store import History
from voicecoach.session import review
from voicecoach.sound.files import Recording
from voicecoach.sound.take import record
from voicecoach.sound.turn import ENDLESS, Turn
from voicecoach.words.live import write_all

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --mute-audio"
)
ANSWERS = (
    ("fit", "fit-bad-us-edward-pauses"),
    ("fit", "fit-strong-rms"),
)
SIZES = {"telephone": (375, 812), "desk": (1100, 900)}
ALL_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, "There is no Chromium. Run make test, or apt-get install chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def kept(faster_whisper, tmp_path_factory):
    """Real answers, heard and kept, and older practices for the progress."""
    history = History(tmp_path_factory.mktemp("data"))
    for days in (9, 5, 2):
        met = {"thanks": "met"} if days < 6 else {"asks_outright": "slipped"}
        history.keep(practice(verdicts("statement", **met), days_ago=days))
    attempts = []
    for round_id, name in ANSWERS:
        round_ = PROMPTS.rounds[round_id]
        path = RECORDINGS / f"{name}.flac"
        take = record(Recording(path), Turn(ENDLESS))
        number = 1 + sum(one.review.round.id == round_id for one in attempts)
        heard = review(take, write_all(take, faster_whisper), PROMPTS.criteria, round_, number)
        whole = practice(heard).attempts[0]
        attempts.append(replace(whole, review=heard, speech=take.speech, recording=str(path)))
    number = history.keep(replace(practice(), attempts=tuple(attempts)))
    return history, history.practice(number)


@pytest.fixture(scope="module")
def report(kept, tmp_path_factory):
    history, one = kept
    path = tmp_path_factory.mktemp("report") / "report.html"
    criteria = with_unknown(PROMPTS.criteria, one.attempts)
    page = html.page(one, criteria, history.sound_of, progress(history))
    path.write_text(page, encoding="utf-8")
    return path


def opened(browser, path, size="desk", **options):
    """The page, with all it asked for and complained about."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    # Where a sound is played from is known when it is sought: read later, it has gone on.
    page.add_init_script(
        "document.addEventListener("
        "'seeking', ({ target }) => { target.soughtS = target.currentTime; }, true)"
    )
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(path.as_uri())
    return page


@pytest.fixture
def page(browser, report):
    page = opened(browser, report)
    yield page
    page.context.close()


def until(page, condition):
    """Wait for it; Playwright's own way to wait evaluates text, which the policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"It never came to this: {condition}")


def played_from(page, number=0):
    """The second that a player was sent to last, once it plays."""
    audio = f"document.querySelectorAll('audio')[{number}]"
    until(page, f"{audio}.soughtS !== undefined && !{audio}.paused")
    return page.evaluate(f"[{audio}.soughtS, delete {audio}.soughtS][0]")


def test_the_player_plays_the_whole_answer(page, kept):
    audio = page.locator("audio").first
    length = kept[1].attempts[0].review.duration_s
    until(page, "document.querySelector('audio').readyState > 0")
    assert audio.evaluate("audio => audio.duration") == pytest.approx(length, abs=0.05)
    audio.evaluate("audio => audio.play()")
    until(page, "document.querySelector('audio').currentTime > 0.2")
    assert page.locator(".wave .head").first.get_attribute("x1") != "0"


def test_a_click_on_a_finding_jumps_to_its_second_and_its_words(page, kept):
    finding = next(f for f in kept[1].attempts[1].review.findings if f.verdict == "met")
    article = page.locator("article").nth(1)
    mark = article.locator(f"a.mark.met[data-at='{finding.span.start_s}']").first
    mark.click()
    assert played_from(page, 1) == pytest.approx(finding.span.start_s, abs=0.05)
    assert page.locator("audio").nth(0).evaluate("audio => audio.paused")
    lit = " ".join(article.locator("mark.lit").all_inner_texts())
    assert finding.quote.split()[0] in lit
    assert article.locator("mark.lit").first.evaluate(
        "mark => mark.getBoundingClientRect().top > 0"
        " && mark.getBoundingClientRect().bottom < innerHeight"
    )


def test_marks_and_numbers_can_be_reached_and_used_by_keyboard(page):
    mark = page.locator("a.mark").first
    at = float(mark.get_attribute("data-at"))
    mark.focus()
    page.keyboard.press("Enter")
    assert played_from(page) == pytest.approx(at, abs=0.05)
    page.locator("audio").first.evaluate("audio => { audio.pause(); audio.currentTime = 0; }")
    page.locator(".findings a.ref").first.focus()
    page.keyboard.press("Enter")
    until(page, "[...document.querySelectorAll('audio')].some(one => !one.paused)")


def test_a_click_on_a_pause_a_word_or_the_waveform_plays_from_there(page, kept):
    speech = kept[1].attempts[0].speech
    pauses = [a.end_s for a, b in pairwise(speech) if b.start_s - a.end_s > 0.5]
    article = page.locator("article").first
    marked = article.locator("a.mark.pause").evaluate_all("all => all.map(one => one.dataset.at)")
    assert [float(at) for at in marked] == pytest.approx(pauses)
    article.locator("a.mark.pause").first.click()
    assert played_from(page) == pytest.approx(pauses[0], abs=0.05)
    word = article.locator("[data-word]").nth(5)
    word.click()
    assert played_from(page) == pytest.approx(float(word.get_attribute("data-word")), abs=0.05)
    wave = article.locator(".wave")
    wave.click(position={"x": wave.bounding_box()["width"] / 2, "y": 10})
    middle = kept[1].attempts[0].review.duration_s / 2
    assert played_from(page) == pytest.approx(middle, abs=0.1)


def test_everything_there_is_to_say_is_on_the_page(page, kept):
    text = page.locator("body").inner_text()
    for attempt in kept[1].attempts:
        assert attempt.line in text
        for finding in attempt.review.heard.values():
            assert finding.quote in re.sub(r"\s+", " ", text)
    for heading in ("One thing to fix first", "Attempts side by side", "What was missing"):
        assert heading in text
    assert page.locator("table.attempts thead th").all_inner_texts() == ["Attempt 1", "Attempt 2"]
    assert page.locator("table.measures .chart svg[role=img][aria-label*='range']").count() >= 3
    assert page.locator(".progress .standing").count() > 3
    assert page.locator(".charts svg").count() >= 2


def test_no_request_leaves_the_page(browser, report):
    page = opened(browser, report)
    for mark in page.locator("a.mark").all()[:3]:
        mark.click()
    page.wait_for_timeout(200)
    assert [url[:8] for url in page.asked if not url.startswith("data:")] == ["file:///"]
    assert page.complaints == []
    reached = page.evaluate(
        "fetch('http://127.0.0.1:9/').then(() => 'yes', error => String(error))"
    )
    assert "Failed to fetch" in reached
    assert any("Content Security Policy" in said for said in page.complaints)
    page.context.close()


@pytest.mark.parametrize(("size", "scheme"), [("telephone", "dark"), ("desk", "light")])
def test_it_is_legible_to_everyone(browser, report, size, scheme):
    """An audit of roles, names and contrast by axe-core, and no scrolling sideways."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, report, size, color_scheme=scheme)
    found = Axe().run(page, options=ALL_RULES).response
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert "color-contrast" in {one["id"] for one in found["passes"]}
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    page.context.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_within_the_paper(browser, report, paper):
    """Nothing is cut off at the right, and the sheet is light whatever the screen."""
    page = opened(browser, report, color_scheme="dark")
    page.emulate_media(media="print")
    widths_px = {"A4": 210 / 25.4 * 96 - 121, "Letter": 8.5 * 96 - 121}
    page.set_viewport_size({"width": int(widths_px[paper]), "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= widths_px[paper]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("audio").first.is_hidden()
    assert page.pdf(format=paper).startswith(b"%PDF")
    page.context.close()


HOSTILE = (
    "</p></script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    '"><svg/onload=window.hacked=1> {{7*7}} &lt;b&gt; javascript:alert(1)'
)


def test_what_was_said_is_only_ever_text(browser, tmp_path):
    """A transcript, an interviewer's line, a title and a name that hold markup."""
    heard = reviewed(f"Thank you {HOSTILE} so much for your time.", "statement")
    heard = replace(
        heard,
        advice=(Advice(HOSTILE, HOSTILE, HOSTILE),),
        warnings=(HOSTILE,),
        round=replace(heard.round, title=HOSTILE),
        transcript=replace(heard.transcript, engine=HOSTILE),
        measures=tuple(replace(one, meaning=HOSTILE, unit=HOSTILE) for one in heard.measures),
    )
    attempt = Attempt(heard, practice().started_at, HOSTILE, reply=HOSTILE, title=HOSTILE)
    one = replace(practice(), title=HOSTILE, owner=HOSTILE, attempts=(attempt,))
    text = html.page(one, with_unknown(PROMPTS.criteria, one.attempts), lambda _: None)
    path = tmp_path / "hostile.html"
    path.write_text(text, encoding="utf-8")
    page = opened(browser, path)
    assert page.evaluate("window.hacked") is None
    assert page.complaints == []
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert HOSTILE in page.locator("h1").inner_text()
    assert "<script>window.hacked=1</script><img" in page.locator(".transcript").inner_text()
    assert page.title().startswith(HOSTILE)
    # And if anything ever got through, the policy would not let it run.
    page.evaluate(
        "() => { const one = document.createElement('script');"
        " one.textContent = 'window.hacked = 1'; document.body.append(one); }"
    )
    assert page.evaluate("window.hacked") is None
    page.context.close()


def test_without_its_recording_an_answer_is_still_shown(kept):
    _, one = kept
    text = html.page(one, with_unknown(PROMPTS.criteria, one.attempts), lambda _: None)
    assert text.count("The recording of this answer is not there any more.") == 2
    assert "<audio" not in text
    assert "Waveform" not in text


def test_nothing_heard_is_a_page_too():
    heard = replace(reviewed("", "statement"), advice=(advice.NOTHING_HEARD,))
    text = html.page(practice(heard), PROMPTS.criteria, lambda _: None)
    assert "I heard nothing. Speak closer to the microphone" in text


def test_where_nothing_may_be_written_beside_it_the_report_comes_all_the_same(
    tmp_path, monkeypatch
):
    """Where it may, the templates are kept compiled, in a folder for their owner alone."""
    pages = []
    (tmp_path / "file").touch()
    for cache in (tmp_path / "file", tmp_path / "folder"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
        html._environment.cache_clear()
        pages.append(html.page(practice(verdicts("statement")), PROMPTS.criteria, lambda _: None))
    html._environment.cache_clear()
    assert pages[0] == pages[1] != ""
    folder = tmp_path / "folder" / "voicecoach" / "templates"
    assert list(folder.iterdir())
    assert folder.stat().st_mode & 0o077 == 0
