"""The one websocket between a page and its practice.

Sound comes in; word of what to play and when to listen goes out. Samples are numbered, and
the page keeps an answer until it is over: when the connection is lost and comes back, the page
goes on where the server has it, so that nothing is missing and nothing there twice.

A practice waits in a thread of its own, the websocket lives in the server's event loop; they
meet here and nowhere else.
"""

from __future__ import annotations

import asyncio
import json
import queue
import struct
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from voicecoach.errors import MicrophoneError, VoiceError
from voicecoach.sound.microphone import STALLED_S
from voicecoach.sound.take import Elsewhere

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.websockets import WebSocket

    from voicecoach.session import Typed

USUAL_RATE_HZ = 48_000
"""Taken for the microphone's until the page has told it."""
RATES_HZ = (8_000, 192_000)
"""What an AudioContext can be asked for."""
FRAME = struct.Struct("<II")
"""Before the samples, which are 16 bit, little-endian, one channel: the number of the answer, and
that of the first sample in it."""
LONGEST_FRAME_BYTES = 4_000_000
"""Twenty seconds at the highest rate: as much as a page sends at once after it was away."""
AWAY_S = 15 * 60.0
"""How long a practice waits for its page to come back, in seconds."""
CLOSED = "The page was closed, or its connection lost, for a quarter of an hour."
UNKNOWN_ROOM, NOT_UNDERSTOOD = 4404, 1003
"""Codes that a websocket is closed with; from 4000 on they are an application's own."""

Order = dict[str, Any]


class Channel:
    """What a practice tells its page, and hears from it."""

    def __init__(self, away_s: float = AWAY_S) -> None:
        """*away_s*: how long to wait for a page that is gone, in seconds."""
        self.rate_hz = USUAL_RATE_HZ
        self.finished = False
        """Whether the person said that the answer is over."""
        self.pausing = False
        """Whether the page sends no sound on purpose: it plays the line once more, or an answer is
        being written there."""
        self._most_away_s = away_s
        self._news = threading.Condition()
        self._send: Callable[[Order], None] | None = None
        """To the page that is there now; None when there is none."""
        self._gone_at = time.monotonic()
        self._order: Order = {"do": "rest"}
        """What the page is to do now; a page that comes back is told it again."""
        self._closed: str | None = None
        self._plays = self._played = 0
        self._answer = self._received = 0
        self._listening = False
        self._blocks: queue.SimpleQueue[tuple[int, np.ndarray]] = queue.SimpleQueue()
        self._handed_in: Typed | Path | None = None

    # From here on: what the practice calls, in its thread.

    @property
    def away(self) -> str | None:
        """Why nothing more is to be expected of the page; None while it is."""
        with self._news:
            if self._closed is None and self._send is None:
                away_s = time.monotonic() - self._gone_at
                return CLOSED if away_s > self._most_away_s else None
            return self._closed

    def play(self, address: str) -> None:
        """Have the page play what is at *address*; returns when it has. Raises VoiceError."""
        with self._news:
            self._plays += 1
            number = self._plays
            self._give({"do": "play", "address": address, "number": number})
        while True:
            with self._news:
                if self._news.wait_for(lambda: self._played >= number or self._closed, 1.0):
                    self._give({"do": "rest"})
                    if self._closed:
                        raise VoiceError(self._closed)
                    return
            if reason := self.away:
                raise VoiceError(reason)

    def begin(self) -> None:
        """Have the page send an answer."""
        with self._news:
            self._answer += 1
            self._received = 0
            self.finished = self.pausing = False
            self._blocks = queue.SimpleQueue()
            self._listening = True
            self._give({"do": "listen", "answer": self._answer})

    def block(self, wait_s: float) -> tuple[int, np.ndarray] | None:
        """The next sound with its rate; None when none came. Raises Elsewhere when the person
        hands something in instead, MicrophoneError when no more is to be expected."""
        found = None
        with suppress(queue.Empty):
            found = self._blocks.get(timeout=wait_s)
        if self.has_handed_in:
            raise Elsewhere
        if (found is None or not len(found[1])) and (reason := self.away):
            raise MicrophoneError(reason)
        return found

    def waiting(self) -> list[tuple[int, np.ndarray]]:
        """What has come and was not read; no more will come of this answer."""
        with self._news:
            self._listening = False
            self._give({"do": "rest"})
            rest = self._blocks
        found = []
        with suppress(queue.Empty):
            while True:
                found.append(rest.get_nowait())
        return found

    @property
    def has_handed_in(self) -> bool:
        """Whether the person has handed something in for this answer, in place of speaking."""
        return self._handed_in is not None

    def handed_in(self) -> Typed | Path | None:
        """What that is; it is given out once."""
        with self._news:
            found, self._handed_in = self._handed_in, None
        return found

    # What the server calls, in its event loop.

    @property
    def awaits(self) -> bool:
        """Whether an answer is listened for, and none is handed in yet."""
        with self._news:
            return self._listening and not self.has_handed_in

    def hand_in(self, answer: Typed | Path) -> bool:
        """Take *answer*, in writing or where a recording of it lies, in place of speaking; False
        when none is awaited any more."""
        with self._news:
            if not self.awaits:
                return False
            self._handed_in = answer
        self.wake()
        return True

    def wake(self) -> None:
        """Let whoever waits for sound look up."""
        self._blocks.put((self.rate_hz, np.zeros(0, np.float32)))

    def close(self, reason: str) -> None:
        """Nothing more will come; *reason* is a sentence for the person."""
        with self._news:
            self._closed = reason
            self._news.notify_all()
        self.wake()

    async def serve(self, socket: WebSocket) -> None:
        """Be the channel's other end, until the page goes or another takes its place."""
        loop = asyncio.get_running_loop()
        orders: asyncio.Queue[Order] = asyncio.Queue()

        def send(order: Order) -> None:
            with suppress(RuntimeError):  # the loop has ended with the program
                loop.call_soon_threadsafe(orders.put_nowait, order)

        async def pass_on() -> None:
            while True:
                await socket.send_json(await orders.get())

        self._come(send)
        passing_on = asyncio.create_task(pass_on())
        try:
            while (message := await socket.receive())["type"] == "websocket.receive":
                try:
                    if message.get("bytes") is not None:
                        self._hear(message["bytes"])
                    else:
                        self._told(json.loads(message["text"]))
                except (ValueError, KeyError, TypeError, struct.error):
                    await socket.close(NOT_UNDERSTOOD)
                    return
        finally:
            passing_on.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await passing_on
            self._go(send)

    def _come(self, send: Callable[[Order], None]) -> None:
        with self._news:
            if self._send:
                self._send({"do": "leave"})
            self._send = send
            self.pausing = False
            send(self._present_order())

    def _go(self, send: Callable[[Order], None]) -> None:
        with self._news:
            if self._send is send:
                self._send, self._gone_at = None, time.monotonic()

    def _hear(self, frame: bytes) -> None:
        if len(frame) > LONGEST_FRAME_BYTES:
            raise ValueError("too long")
        answer, first = FRAME.unpack_from(frame)
        samples = np.frombuffer(frame, "<i2", offset=FRAME.size)
        with self._news:
            if not self._listening or answer != self._answer:
                return
            # Sent twice, when the connection was lost in between.
            new = samples[max(0, self._received - first) :]
            self._received += len(new)
            if len(new):
                self._blocks.put((self.rate_hz, new.astype(np.float32) / 32768))

    def _told(self, news: Any) -> None:
        if not isinstance(news, dict):
            raise ValueError("no news")
        if "rate_hz" in news:
            rate_hz = int(news["rate_hz"])
            if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
                raise ValueError("no rate")
            self.rate_hz = rate_hz
        if "played" in news:
            with self._news:
                self._played = max(self._played, int(news["played"]))
                self._news.notify_all()
        if "pausing" in news:
            self.pausing = bool(news["pausing"])
        if "done" in news and int(news["done"]) == self._answer:
            self.finished = True
            self.wake()

    def _give(self, order: Order) -> None:
        self._order = order
        if self._send:
            self._send(self._present_order())

    def _present_order(self) -> Order:
        """With how much of the answer is here already."""
        if self._order["do"] == "listen":
            return {**self._order, "received": self._received}
        return self._order


class PageMicrophone:
    """The microphone of the person's browser as a source of blocks."""

    recorded = False
    name = "the microphone in the browser"
    overflows = 0

    def __init__(self, channel: Channel) -> None:
        self.rate_hz = channel.rate_hz
        self.silent = True
        """Whether every sample so far was exactly zero."""
        self.stalled = False
        """Whether no block has come for STALLED_S, and none should be missing."""
        self._channel = channel
        self._stopping = False
        self._resampler: tuple[int, Any] | None = None

    def open(self, after_s: float = 0.0) -> None:
        """An answer is near: the page keeps its microphone open all the while."""

    def stop(self) -> None:
        """Let ``blocks`` end after what was heard by now."""
        self._stopping = True

    def blocks(self) -> Generator[np.ndarray, None, None]:
        """Blocks of shape (n_samples,), float32, at ``rate_hz``, as they come, until ``stop``;
        an empty one when none has come for a while.

        While the page is away, the answer waits for it. Raises MicrophoneError when it does not
        come back, Elsewhere when the person hands something in instead.
        """
        channel = self._channel
        self.silent, self._stopping = True, False
        channel.begin()
        try:
            while not self._stopping:
                found = channel.block(STALLED_S)
                self.stalled = found is None and not channel.pausing
                yield np.zeros(0, np.float32) if found is None else self._heard(*found)
        finally:
            left = channel.waiting()
        # In the very moment in which the turn ended by itself.
        if channel.has_handed_in:
            raise Elsewhere
        for found in left:
            yield self._heard(*found)

    def _heard(self, rate_hz: int, samples: np.ndarray) -> np.ndarray:
        self.silent = self.silent and not samples.any()
        if rate_hz == self.rate_hz or not len(samples):
            return samples
        # The microphone was turned on since, or is another one now.
        if self._resampler is None or self._resampler[0] != rate_hz:
            import soxr

            stream = soxr.ResampleStream(rate_hz, self.rate_hz, 1, dtype="float32")
            self._resampler = rate_hz, stream
        resampled: np.ndarray = self._resampler[1].resample_chunk(samples)
        return resampled
