"""What is on the pages: the practice, the progress, the history.

They show what the engine has found and pass on what is chosen; nothing is decided here. Plain
elements of HTML throughout, which keyboards, screen readers and large text know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import app, ui

from voicecoach.errors import HistoryError, VoicecoachError
from voicecoach.feedback import html
from voicecoach.feedback.wording import (
    ENDINGS,
    MOODS,
    NO_FORECAST,
    clock,
    day,
    heard_state,
    moment,
    number,
)
from voicecoach.history.progress import progress
from voicecoach.interviewer import profile as profiles
from voicecoach.scenarios import MINE, Scenario
from voicecoach.session import Choice
from voicecoach.sound.turn import PATIENCE
from voicecoach.web.channel import AWAY_S
from voicecoach.web.room import Answer, Asked, Room, Scene, Wanted

if TYPE_CHECKING:
    from voicecoach.web.server import House

LOOK_S = 0.05
"""How often a page looks at its practice, in seconds."""
CAPTION_LETTERS = 240
"""As much of what is written down already is shown: its end."""
TARGET_SPAN = 1.5
"""How far the clock's bar reaches, as a share of the longest length advised."""
CHOICES: tuple[tuple[Choice, str], ...] = (
    ("again", "Again"),
    ("next", "Next"),
    ("model", "Hear a model answer"),
    ("tell", "Tell me"),
    ("quit", "End the practice"),
)
STATES = {
    "getting ready": "Getting ready …",
    "speaking": "Speaking. Listen.",
    "listening": "Listening. It is your turn.",
    "thinking": "Thinking: what you said is being written down.",
    "waiting": "Your turn to choose.",
    "over": "The practice is over.",
}
PAGES = {"/": "Practice", "/progress": "Progress", "/history": "History"}
PARTS = Path(__file__).parent / "parts"
HEAD = """
<meta name="referrer" content="no-referrer">
<link rel="stylesheet" href="/parts/report.css"><link rel="stylesheet" href="/parts/page.css">
<script src="/parts/report.js" defer></script><script src="/parts/page.js"></script>
"""

Act = Callable[[], Awaitable[None]] | Callable[[], None]


def add(house: House) -> None:
    """Have the pages served."""

    # As long as the practice waits: a page built anew would have lost the sound not yet sent.
    @ui.page("/", reconnect_timeout=AWAY_S)
    async def practice() -> None:
        with _frame("/"):
            place = ui.element("div")
            ui.html(_part("microphone.html"), sanitize=False)
            foot = ui.element("div")
            with place:
                _text("p", "One moment …")
        # What belongs to this tab is known when it is connected.
        await ui.context.client.connected()
        if ui.context.client.has_socket_connection:
            await PracticePage(house, place, foot, app.storage.tab).show()

    @ui.page("/progress", title="Progress: voicecoach")
    async def progress_page() -> None:
        with _frame("/progress"):
            _text("h1", "Your progress")
            await _show_progress(house)

    @ui.page("/history", title="History: voicecoach")
    async def history_page() -> None:
        with _frame("/history"):
            _text("h1", "Your history")
            await HistoryPage(house).show()


class PracticePage:
    """From the choice of a practice to its report, on one page: the microphone stays open."""

    def __init__(self, house: House, place: ui.element, foot: ui.element, tab: Any) -> None:
        """*place* and *foot*: above the microphone, and below. *tab*: what is remembered of
        this tab of the browser's."""
        self._house = house
        self._place = place
        self._foot = foot
        self._tab = tab
        self._opening = False

    async def show(self) -> None:
        room = self._house.rooms.get(self._tab.get("room", ""))
        if room:
            self._enter(room)
        else:
            await self._begin()

    async def _begin(self) -> None:
        """What there is to choose from."""
        prompts = self._house.prompts
        scenarios = await asyncio.to_thread(self._house.scenarios)
        last = self._tab.get("scenario", "")
        chosen = {
            "scenario": last if last in scenarios else "quick-close",
            "persona": "neutral",
            "profile": MINE if MINE in prompts.profiles else "",
            "patience": self._house.patience,
        }
        also = {"muted": False, "rating": False}
        self._place.clear()
        with self._place:
            _text("h1", "Practice the close of an interview")
            _text("p", "Aloud, on your own machine. Nothing you say leaves it.", "about")
            with ui.element("fieldset"):
                _text("legend", "What do you want to practice?")
                for one in scenarios.values():
                    with ui.element("label").classes("choice"):
                        radio = ui.element("input")
                        radio.props.update(type="radio", name="scenario", value=one.id)
                        radio.props["checked"] = one.id == chosen["scenario"]
                        radio.on("change", lambda one=one: chosen.update(scenario=one.id))
                        _text("span", one.title)
                        _text("small", one.about)
            with ui.element("div").classes("fields"):
                personas = {one.id: one.title for one in prompts.personas.values()}
                _select("Who interviews you?", personas, chosen, "persona")
                positions = {"": "as the scenario has it"}
                positions |= {id_: "your own" if id_ == MINE else id_ for id_ in prompts.profiles}
                _select("For which position?", positions, chosen, "profile")
                waits = {
                    name: f"{name}: {one.finished_s:.1f} s when you have clearly finished, "
                    f"up to {one.unfinished_s:.0f} s in mid-thought"
                    for name, one in PATIENCE.items()
                }
                _select("Which silence ends an answer?", waits, chosen, "patience")
            _checkbox("Show the interviewer’s lines, do not speak them", also, "muted")
            _checkbox("Let me rate myself before each score", also, "rating")

        async def begin() -> None:
            # Pressed twice, it is still one practice.
            if self._opening:
                return
            self._opening = True
            try:
                await self._open(scenarios[chosen["scenario"]], chosen, also)
            finally:
                self._opening = False

        self._foot.clear()
        with self._foot:
            with ui.element("div").classes("buttons"):
                _button("Begin", begin, "main begin")
            self._said = _text("p", "")
            self._said.props["role"] = "alert"
            ui.run_javascript("voicecoach.begin()")

    async def _open(
        self, scenario: Scenario, chosen: dict[str, str], also: dict[str, bool]
    ) -> None:
        prompts = self._house.prompts
        try:
            wanted = Wanted(
                scenario=scenario,
                persona=prompts.persona(chosen["persona"]),
                profile=prompts.profiles.get(chosen["profile"]) or profiles.of(scenario, prompts),
                patience=chosen["patience"],
                **also,
            )
            room = await asyncio.to_thread(self._house.open, wanted)
        except VoicecoachError as error:
            self._said.set_content(escape(str(error)))
            return
        self._tab["room"], self._tab["scenario"] = room.id, scenario.id
        self._enter(room)

    def _enter(self, room: Room) -> None:
        self._foot.clear()
        self._place.clear()
        with self._place:
            # First, for a practice that is over by then takes leave of the page.
            ui.run_javascript(f"voicecoach.enter('{room.id}')")
            RoomView(room, self._leave)

    async def _leave(self) -> None:
        """Back to the choice of a practice."""
        room = self._house.rooms.get(self._tab.pop("room", ""))
        if room:
            room.leave()
        with self._place:
            ui.run_javascript("voicecoach.left()")
        await self._begin()


class RoomView:
    """One practice as it goes on."""

    def __init__(self, room: Room, leave: Callable[[], Awaitable[None]]) -> None:
        self._room = room
        self._leave = leave
        self._shown = Scene()
        self._asked_after = 0
        """The number of the answer that the last question came after."""
        self._notes = ui.element("div")
        self._notes.props["role"] = "alert"
        with ui.element("section").classes("stage") as self._stage:
            self._title = _text("h1", room.scenario.title)
            self._line = _text("blockquote", "", "said")
            self._state = _text("p", STATES["getting ready"], "state")
            self._state.props["role"] = "status"
            with ui.element("div").classes("listening") as self._listening:
                with ui.element("p").classes("clock"):
                    self._elapsed = _text("span", "")
                    self._target = _text("span", "")
                    self._ends = _text("span", "", "ends")
                with ui.element("div").classes("target") as bar:
                    bar.props["aria-hidden"] = "true"
                    self._advised = ui.element("div").classes("advised")
                    self._now = ui.element("div").classes("now")
                self._captions = _text("p", "", "captions")
                with ui.element("div").classes("buttons"):
                    _acting("I’m done", "done", "main done")
                    _acting("Hear the line again", "replay")
        self._otherwise = ui.html(_part("otherwise.html"), sanitize=False)
        self._feedback = ui.element("div")
        self._told = ui.element("div")
        self._told.props["role"] = "status"
        self._asked = ui.element("div")
        _show(self._listening, False)
        _show(self._otherwise, False)
        self._look()
        ui.timer(LOOK_S, self._look)

    def _look(self) -> None:
        """Show what has changed."""
        before, scene = self._shown, self._room.scene
        if scene is before:
            return
        self._shown = scene
        if scene.title != before.title:
            self._title.set_content(escape(scene.title))
        if scene.line != before.line:
            self._line.set_content(escape(scene.line))
        if scene.notes != before.notes:
            self._notes.clear()
            with self._notes:
                for note in scene.notes:
                    _text("p", note, "warning")
        if scene.round is not before.round and scene.round:
            self._show_target(*scene.round.target_s)
        if scene.hearing is not before.hearing:
            self._show_hearing(scene)
        if _number(scene.answer) != _number(before.answer):
            self._show_feedback(scene.answer)
        if scene.answer is not before.answer:
            self._show_told(scene.answer)
        if scene.state != before.state:
            self._show_state(scene)
        if scene.asked != before.asked or scene.state == "over" != before.state:
            self._show_asked(scene)

    def _show_state(self, scene: Scene) -> None:
        self._stage.props["data-state"] = scene.state
        self._state.set_content(escape(STATES[scene.state]))
        listening = scene.state == "listening"
        _show(self._listening, listening)
        _show(self._otherwise, listening)
        _show(self._line, bool(scene.line) and scene.state not in ("waiting", "over"))
        if listening:
            self._captions.set_content("")
            ui.run_javascript("voicecoach.focus('.done')")
        if scene.state == "over":
            self._title.set_content(escape(self._room.scenario.title))

    def _show_target(self, low_s: float, high_s: float) -> None:
        self._target.set_content(f"{low_s:.0f} to {high_s:.0f} s is good here")
        reach_s = TARGET_SPAN * high_s
        self._advised.style(
            f"left: {100 * low_s / reach_s:.0f}%; width: {100 * (high_s - low_s) / reach_s:.0f}%"
        )

    def _show_hearing(self, scene: Scene) -> None:
        if (hearing := scene.hearing) is None:
            return
        _write(self._elapsed, clock(hearing.elapsed_s))
        _write(self._ends, heard_state(hearing))
        if hearing.text:
            _write(self._captions, hearing.text[-CAPTION_LETTERS:])
        if scene.round:
            share = hearing.elapsed_s / (TARGET_SPAN * scene.round.target_s[1])
            width = f"{min(100, round(100 * share))}%"
            if self._now.style.get("width") != width:
                self._now.style(f"width: {width}")

    def _show_feedback(self, answer: Answer | None) -> None:
        self._feedback.clear()
        if answer is None:
            return
        room, review = self._room, answer.attempt.review
        address = f"/rooms/{room.id}"
        with self._feedback:
            points = f": {review.score.points} of 100" if review.score else ""
            tried = f", try {review.attempt}" if review.attempt > 1 else ""
            heading = _text("h2", f"Your feedback{tried}{points}", "feedback")
            heading.props["tabindex"] = "-1"
            ui.html(
                html.cards(
                    f"answer{answer.number}",
                    answer.attempt,
                    room.prompts.criteria,
                    answer.clip,
                    before=answer.before,
                    sound=f"{address}/answers/{answer.number}",
                    lines=f"{address}/lines",
                ),
                sanitize=False,
            )
        ui.run_javascript("voicecoach.focus('h2.feedback')")

    def _show_told(self, answer: Answer | None) -> None:
        """Beside the feedback, which may be in use by now: a button pressed, a quote playing."""
        self._told.clear()
        with self._told:
            for sentence in answer.told if answer else ():
                _text("p", sentence)

    def _show_asked(self, scene: Scene) -> None:
        self._asked.clear()
        with self._asked:
            if scene.state == "over":
                self._show_end()
            elif scene.asked:
                self._ask(scene.asked, scene.answer)
        if not scene.asked:
            return
        # New feedback is to be read first.
        if scene.answer is None or scene.answer.number == self._asked_after:
            ui.run_javascript("voicecoach.focus('.asked button')")
        self._asked_after = _number(scene.answer)

    def _ask(self, asked: Asked, answer: Answer | None) -> None:
        face = self._room.face
        if asked.sentence:
            _text("p", asked.sentence)
        with ui.element("div").classes("buttons asked") as group:
            group.props.update(role="group")
            group.props["aria-label"] = asked.sentence or "What next?"
            if asked.what == "rating":
                for rating in range(1, 6):
                    _button(str(rating), lambda rating=rating: face.give_rating(rating))
                _button("Not now", lambda: face.give_rating(None))
            elif asked.what == "offer":
                _button("Yes", lambda: face.take_up(True), "main")
                _button("No", lambda: face.take_up(False))
            else:
                for choice, label in CHOICES:
                    kind = "main" if choice == "next" else ""
                    _button(label, lambda choice=choice: face.choose(choice), kind)
                if answer and answer.clip is not None:
                    back = _text("button", "Hear it back")
                    back.props["type"] = "button"
                    back.props["data-back"] = f"answer{answer.number}"

    def _show_end(self) -> None:
        room = self._room
        heading = _text("h2", "What you practiced", "feedback")
        heading.props["tabindex"] = "-1"
        if not room.reviews:
            _text("p", "Nothing yet.")
        with ui.element("ul"):
            for review in room.reviews:
                points = f"{review.score.points} of 100" if review.score else "nothing heard"
                title = review.round.title if review.round else ""
                _text("li", f"{title}, attempt {review.attempt}: {points}")
        self._show_debrief()
        with ui.element("p"):
            if (kept := room.number) is not None:
                _link("Your report, with your voice in it", f"/report/{kept}", new=True)
                _text("span", " · ")
            _link("Your progress", "/progress")
            _text("span", " · ")
            _link("Your history", "/history")
        if kept is not None:
            _text("p", f"Your recordings are in {room.folder}", "about")
        with ui.element("div").classes("buttons asked"):
            _button("Practice again", self._leave, "main")
        ui.run_javascript("voicecoach.rest(); voicecoach.focus('h2.feedback')")

    def _show_debrief(self) -> None:
        debrief = self._room.debrief
        impression, names = debrief.impression, " and ".join(debrief.persona.names)
        if not impression.possible:
            return
        rounds = self._room.prompts.rounds
        with ui.element("section").classes("card"):
            _text("h3", f"How you came across to {names}")
            with ui.element("ul"):
                for move in impression.moves:
                    quote = f": “{move.quote}”" if move.quote else ""
                    _text("li", f"{move.by:+d} {rounds[move.round].title}: you {move.what}{quote}")
            _text(
                "p",
                f"{impression.points} points, where {impression.possible} things were listened "
                f"for: {MOODS[debrief.mood]}",
            )
            if debrief.outcome:
                _text("p", ENDINGS[debrief.outcome])
            if debrief.readings:
                _text("h3", "How to read their replies")
                with ui.element("ul"):
                    for reading in debrief.readings:
                        _text("li", reading)
            _text("p", NO_FORECAST, "about")


class HistoryPage:
    """What is kept, and how to remove it."""

    def __init__(self, house: House) -> None:
        self._history = house.history
        self._said = _text("p", "")
        self._said.props["role"] = "status"
        self._place = ui.element("div")

    async def show(self, removing: int | None = None) -> None:
        """*removing*: the number of the practice that is asked about."""
        listed, fault = [], ""
        try:
            listed = await asyncio.to_thread(self._history.listed)
        except HistoryError as error:
            fault = str(error)
        self._place.clear()
        with self._place:
            if fault:
                _text("p", fault)
                return
            if not listed:
                _text("p", "Nothing is kept.")
                return
            with ui.element("div").classes("scroll") as scroll:
                scroll.props.update(role="region", tabindex="0")
                scroll.props["aria-label"] = "Your practices"
                with ui.element("table"):
                    with ui.element("thead"), ui.element("tr"):
                        for heading in ("Practice", "When", "Score", "Spoken", "What to do"):
                            shown = "spoken" if heading == "Spoken" else ""
                            _text("th", heading, shown).props["scope"] = "col"
                    with ui.element("tbody"):
                        for one in listed:
                            self._row(one, removing == one.number)
            _text("p", "Score: the mean of the last try at each round.", "about")

    def _row(self, one: Any, removing: bool) -> None:
        about = [one.title]
        about += [f"from {one.owner}"] if one.owner else []
        about += ["rehearsal"] if one.rehearsal else []
        called = f"{one.title}, {moment(one.started_at)}"
        with ui.element("tr"):
            _text("th", ", ".join(about)).props["scope"] = "row"
            _text("td", moment(one.started_at))
            _text("td", "–" if one.score is None else f"{number(one.score)} of 100")
            _text("td", clock(one.spoken_s), "spoken")
            with ui.element("td").classes("actions"):
                if removing:
                    _text("span", "Remove it and its recordings for good? ")
                    yes = _button("Yes, remove", lambda: self._remove(one.number), "removing")
                    yes.props["aria-label"] = f"Yes, remove {called} for good"
                    _button("Keep it", self.show)
                    ui.run_javascript("voicecoach.focus('.removing')")
                else:
                    link = _link("Report", f"/report/{one.number}", new=True)
                    link.props["aria-label"] = f"Report: {called}"
                    _text("span", " ")
                    delete = _button("Delete", lambda: self.show(one.number))
                    delete.props["aria-label"] = f"Delete: {called}"

    async def _remove(self, number: int) -> None:
        try:
            await asyncio.to_thread(self._history.delete, [number])
            self._said.set_content(f"Session {number} and its recordings are removed.")
        except HistoryError as error:
            self._said.set_content(escape(str(error)))
        await self.show()


async def _show_progress(house: House) -> None:
    try:
        found = await asyncio.to_thread(progress, house.history)
    except HistoryError as error:
        _text("p", str(error))
        return
    ui.html(html.standing(found, house.prompts.criteria), sanitize=False)
    series = html.charted(found)
    if not series:
        return
    _text("h2", "Numbers, over time")
    # In the reader's own light: the chart draws its letters itself.
    await ui.context.client.connected()
    dark = await ui.run_javascript("matchMedia('(prefers-color-scheme: dark)').matches")
    for name, points in series.items():
        values = [point.value for point in points]
        with ui.element("figure"):
            _text(
                "figcaption",
                f"{name}: {number(values[-1])} last, {number(min(values))} to "
                f"{number(max(values))} in {len(values)} practices",
            )
            chart = ui.echart(_chart(name, points, dark)).classes("plot")
            chart.props.update(role="img")
            chart.props["aria-label"] = (
                f"{name} over {len(values)} practices, from {number(values[0])} on "
                f"{day(points[0].at)} to {number(values[-1])} on {day(points[-1].at)}"
            )


def _chart(name: str, points: Any, dark: bool) -> dict[str, Any]:
    ink, line = ("#eceef0", "#6db8f2") if dark else ("#1c1e21", "#0b5c9e")
    axis = {"axisLabel": {"color": ink, "fontSize": 14}, "axisLine": {"lineStyle": {"color": ink}}}
    return {
        "animation": False,
        "grid": {"left": 50, "right": 20, "top": 15, "bottom": 30},
        "xAxis": {"type": "category", "data": [day(point.at) for point in points], **axis},
        "yAxis": {"type": "value", "scale": True, **axis},
        "tooltip": {"trigger": "axis"},
        "series": [
            {
                "type": "line",
                "name": name,
                "data": [round(point.value, 1) for point in points],
                "color": line,
                "symbolSize": 8,
            }
        ],
    }


def _frame(here: str) -> ui.element:
    """What every page has around it; the element that holds what is its own."""
    ui.add_head_html(HEAD)
    # nicegui has its pages in a main element, and the header stands before that.
    with ui.context.client.layout:
        header = ui.element("header").classes("bar")
    header.move(target_index=0)
    with header:
        ui.html('<a href="#content">Skip to the content</a>', sanitize=False).classes("skip")
        _text("strong", "voicecoach")
        with ui.element("nav") as nav:
            nav.props["aria-label"] = "Pages"
            for address, name in PAGES.items():
                link = _link(name, address)
                if address == here:
                    link.props["aria-current"] = "page"
    ui.html(_part("lost.html"), sanitize=False)
    content = ui.element("div")
    content.props.update(id="content", tabindex="-1")
    return content


def _number(answer: Answer | None) -> int:
    return answer.number if answer else 0


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _text(tag: str, content: str, classes: str = "") -> ui.html:
    return ui.html(escape(content), sanitize=False, tag=tag).classes(classes)


def _write(element: ui.html, content: str) -> None:
    """Set a text where it is another one; the browser is told of nothing else."""
    if element.content != escape(content):
        element.set_content(escape(content))


def _show(element: ui.element, shown: bool) -> None:
    element.props["hidden"] = not shown


def _button(label: str, act: Act, classes: str = "") -> ui.html:
    button = _text("button", label, classes)
    button.props["type"] = "button"
    return button.on("click", act, args=[])


def _acting(label: str, act: str, classes: str = "") -> ui.html:
    """A button for something that the page itself does."""
    button = _text("button", label, classes)
    button.props.update(type="button")
    button.props["data-act"] = act
    return button


def _link(label: str, address: str, new: bool = False) -> ui.html:
    link = _text("a", label)
    link.props["href"] = address
    if new:
        link.props.update(target="_blank", rel="noopener")
    return link


def _select(label: str, options: dict[str, str], chosen: dict[str, str], key: str) -> None:
    with ui.element("label"):
        _text("span", label)
        with ui.element("select") as select:
            for value, shown in options.items():
                option = _text("option", shown)
                option.props["value"] = value
                option.props["selected"] = value == chosen[key]
        select.on(
            "change",
            lambda event: chosen.update({key: event.args}),
            js_handler="(event) => emit(event.target.value)",
        )


def _checkbox(label: str, chosen: dict[str, bool], key: str) -> None:
    with ui.element("label").classes("check"):
        box = ui.element("input")
        box.props.update(type="checkbox")
        box.on(
            "change",
            lambda event: chosen.update({key: bool(event.args)}),
            js_handler="(event) => emit(event.target.checked)",
        )
        _text("span", label)
