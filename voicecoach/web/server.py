"""Serves the page: its addresses, who may reach them, and the practices that go on."""

from __future__ import annotations

import logging
import os
import socket
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Annotated
from urllib.parse import urlencode

import uvicorn
from fastapi import Body, FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles

from voicecoach import private
from voicecoach.errors import HandInError, HistoryError, RecordingError, UsageError, VoiceError
from voicecoach.feedback import html
from voicecoach.history import commands
from voicecoach.history.progress import due_scenario, progress
from voicecoach.history.store import History
from voicecoach.scenarios import Prompts, Scenario
from voicecoach.settings import Settings
from voicecoach.web.channel import UNKNOWN_ROOM
from voicecoach.web.guard import Guard
from voicecoach.web.room import STOPPED, OneAtATime, Room, Wanted
from voicecoach.words.transcriber import Transcriber

RECONNECT_S = 30.0
"""How long nicegui keeps a page whose connection is lost, in seconds; then it is built anew.
That of a practice waits longer. The pings, which notice a lost connection, follow this one."""
TO_SHUT_S = 3
"""How long the server waits for open connections when it stops, in seconds."""
LONGEST_UPLOAD_BYTES = 300_000_000
"""Half an hour at 48 kHz and 24 bits."""
LONGEST_TEXT_LETTERS = 20_000
"""A quarter of an hour of talk."""
OPENING = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta http-equiv="refresh" content="0; url={address}"><title>voicecoach</title>'
)
SUFFIXES = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm", ".aac", ".mp4")


@dataclass
class House:
    """All rooms, and what they have in common."""

    prompts: Prompts
    settings: Settings
    transcriber: Callable[[], Transcriber]
    patience: str = "normal"
    history: History = field(default_factory=History)
    rooms: dict[str, Room] = field(default_factory=dict)
    _shared: OneAtATime | None = None

    def scenarios(self) -> dict[str, Scenario]:
        """What can be practiced, by its id; first what is due, by the history."""
        try:
            due = due_scenario(progress(self.history), self.prompts)
        except HistoryError:
            due = None
        return {**({due.id: due} if due else {}), **self.prompts.scenarios}

    def open(self, wanted: Wanted) -> Room:
        """Begin a practice. Raises VoicecoachError."""
        # Several are begun at once, each in a thread of its own.
        for room in [one for one in list(self.rooms.values()) if one.abandoned]:
            self.rooms.pop(room.id, None)
        room = Room(wanted, self.prompts, self.history, self._engine, self.settings)
        self.rooms[room.id] = room
        room.start()
        return room

    def room(self, id_: str) -> Room:
        room = self.rooms.get(id_)
        if room is None:
            raise HTTPException(404, "There is no such practice.")
        return room

    def close(self) -> None:
        """End all practices with what was said by now, and wait until that is kept."""
        rooms = list(self.rooms.values())
        for room in rooms:
            room.channel.close(STOPPED)
        for room in rooms:
            room.wind_up(STOPPED)

    def _engine(self) -> Transcriber:
        loaded = self.transcriber()
        if self._shared is None:
            self._shared = OneAtATime(loaded)
        return self._shared


def serve(
    house: House,
    listening: socket.socket,
    *,
    host: str,
    token: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    show: bool = False,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the page on *listening* until the person stops it.

    *host*: as it was named to ``listen``. *show*: whether to open the page in the browser.
    *tell*: is told the address.
    """
    port = listening.getsockname()[1]
    app = _app(house)
    app.add_middleware(Guard, host=host, port=port, token=token, tls=bool(certificate))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            ws="websockets-sansio",
            ws_max_size=5_000_000,
            timeout_graceful_shutdown=TO_SHUT_S,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
    )
    # An address that stands for all of them is none to open.
    name = socket.gethostname() if host in ("0.0.0.0", "::") else host
    name = f"[{name}]" if ":" in name else name
    address = f"{'https' if certificate else 'http'}://{name}:{port}/"
    address += f"?{urlencode({'token': token})}" if token else ""
    tell(address)
    # Ctrl+C is how the page is stopped, and by then it has.
    opened = _opened(address, secret=bool(token)) if show else nullcontext()
    with opened, suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


@contextmanager
def _opened(address: str, secret: bool) -> Iterator[None]:
    """With *address* open in the browser; a *secret* one is not in its command line, which
    everybody who is logged in can read, but in a file for the person alone."""
    with TemporaryDirectory(prefix="voicecoach-", ignore_cleanup_errors=True) as folder:
        if secret:
            path = Path(folder) / "open.html"
            private.write(path, OPENING.format(address=escape(address)).encode())
            address = path.as_uri()
        Thread(target=webbrowser.open, args=[address], daemon=True).start()
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take a port, 0 for any that is free. Raises UsageError when it is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        # On Windows the first option would let another program take the port as well.
        alone = "SO_REUSEADDR" if os.name == "posix" else "SO_EXCLUSIVEADDRUSE"
        listening.setsockopt(socket.SOL_SOCKET, getattr(socket, alone), 1)
        listening.bind(address)
        # From here on a browser waits until the page is served.
        listening.listen()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"The page cannot be served on {host}, port {port}: {error}. "
            "Stop what is there, or take another one: --port 0 finds one that is free."
        ) from error
    return listening


def _app(house: House) -> FastAPI:
    from nicegui import app as nicegui
    from nicegui import ui

    from voicecoach.web import pages

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(house.close)

    app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    _add_room_routes(app, house)

    @app.get("/parts/report.css")
    def style() -> Response:
        return FileResponse(Path(html.__file__).with_name("report.css"))

    @app.get("/parts/report.js")
    def script() -> Response:
        return FileResponse(Path(html.__file__).with_name("report.js"))

    app.mount("/parts", StaticFiles(directory=pages.PARTS))
    pages.add(house)
    html.get_ready()
    ui.run_with(
        app,
        title="voicecoach",
        favicon="🎙️",
        dark=None,
        language="en-US",
        reconnect_timeout=RECONNECT_S,
        tailwind=False,
        show_welcome_message=False,
        binding_refresh_interval=None,
    )
    # A bar that runs at every request tells nobody anything here.
    nicegui.config.quasar_config.setdefault("loadingBar", {})["skipHijack"] = True
    logging.getLogger("nicegui").setLevel(logging.ERROR)
    return app


def _add_room_routes(app: FastAPI, house: House) -> None:
    @app.websocket("/rooms/{id_}/channel")
    async def channel(socket: WebSocket, id_: str) -> None:
        await socket.accept()
        room = house.rooms.get(id_)
        if room is None:
            await socket.close(UNKNOWN_ROOM)
            return
        await room.channel.serve(socket)

    @app.get("/rooms/{id_}/sounds/{name}")
    def sound(id_: str, name: str) -> Response:
        found = house.room(id_).sounds.get(name)
        if found is None:
            raise HTTPException(404, "This line is not kept any more.")
        return Response(found, media_type="audio/wav", headers=PRIVATE)

    @app.get("/rooms/{id_}/lines/{criterion}")
    def line(id_: str, criterion: str) -> Response:
        room = house.room(id_)
        try:
            name = room.say_line(criterion)
        except KeyError as error:
            raise HTTPException(404, "There is no such criterion.") from error
        except VoiceError as error:
            return PlainTextResponse(str(error), 503)
        return Response(room.sounds.get(name), media_type="audio/wav", headers=PRIVATE)

    @app.get("/rooms/{id_}/answers/{number}")
    def answer(id_: str, number: int) -> Response:
        path = house.room(id_).recording(number)
        if path is None:
            raise HTTPException(404, "This answer has no recording.")
        return FileResponse(path, media_type="audio/flac", headers=PRIVATE)

    @app.post("/rooms/{id_}/typed")
    async def typed(id_: str, text: Annotated[str, Body(embed=True)]) -> Response:
        if not text.strip():
            return PlainTextResponse("There is nothing written yet. Write your answer first.", 400)
        if len(text) > LONGEST_TEXT_LETTERS:
            return PlainTextResponse("That is longer than any answer. Shorten it.", 400)
        try:
            house.room(id_).type(text)
        except HandInError as error:
            return PlainTextResponse(str(error), 409)
        return Response(status_code=204)

    @app.post("/rooms/{id_}/recording")
    async def recording(id_: str, name: str, request: Request) -> Response:
        room = house.room(id_)
        suffix = Path(name).suffix.lower()
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > LONGEST_UPLOAD_BYTES:
                return PlainTextResponse("This file is too large. Take a shorter recording.", 413)
        try:
            await run_in_threadpool(
                room.take_recording, bytes(content), suffix if suffix in SUFFIXES else ""
            )
        except RecordingError as error:
            return PlainTextResponse(str(error), 400)
        except HandInError as error:
            return PlainTextResponse(str(error), 409)
        return Response(status_code=204)

    @app.get("/report/{number}")
    def report(number: int) -> Response:
        try:
            return HTMLResponse(commands.report_page(house.history, number), headers=PRIVATE)
        except HistoryError as error:
            return PlainTextResponse(str(error), 404)


PRIVATE = {"cache-control": "no-store"}
"""Nothing that was said is left in a browser's cache."""
