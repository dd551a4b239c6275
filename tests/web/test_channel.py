"""Sound over a websocket that comes and goes: every sample once, and in its order."""

import threading
import time

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.history.made import PROMPTS
from voicecoach.errors import MicrophoneError, VoiceError
from voicecoach.session import Typed, review
from voicecoach.sound.microphone import STALLED_S
from voicecoach.sound.take import Elsewhere
from voicecoach.web.channel import FRAME, Channel, PageMicrophone
from voicecoach.words.live import Written
from voicecoach.words.transcript import said

RATE_HZ = 48_000
SAMPLES = np.arange(1, 12_001, dtype="<i2")
TOO_LONG_S = 20


def frame(answer, first, last):
    return FRAME.pack(answer, first) + SAMPLES[first:last].tobytes()


@pytest.fixture
def channel():
    return Channel(away_s=0.2)


@pytest.fixture
def page(channel):
    """Opens a connection to the channel, as a page does."""

    async def serve(socket):
        await socket.accept()
        await channel.serve(socket)

    with TestClient(Starlette(routes=[WebSocketRoute("/", serve)])) as client:
        yield lambda: client.websocket_connect("/")


class Hearing:
    """A practice that hears an answer, in its own thread."""

    def __init__(self, channel):
        self.microphone = PageMicrophone(channel)
        self.blocks, self.error = [], None
        self._channel = channel
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()

    def _hear(self):
        try:
            for block in self.microphone.blocks():
                self.blocks.append(block)
                if self._channel.finished:
                    self.microphone.stop()
        except Exception as error:
            self.error = error

    def heard(self):
        self._thread.join(TOO_LONG_S)
        assert not self._thread.is_alive()
        return np.round(np.concatenate([np.zeros(0), *self.blocks]) * 32768).astype(int)


def test_the_last_samples_before_the_button_are_heard(channel, page):
    with page() as socket:
        assert socket.receive_json() == {"do": "rest"}
        hearing = Hearing(channel)
        assert socket.receive_json() == {"do": "listen", "answer": 1, "received": 0}
        for first in range(0, 12_000, 2400):
            socket.send_bytes(frame(1, first, first + 2400))
        socket.send_json({"done": 1})
        assert list(hearing.heard()) == list(SAMPLES)
        assert socket.receive_json() == {"do": "rest"}
        assert not hearing.microphone.silent


def test_what_a_cut_connection_swallowed_is_sent_again_and_heard_once(channel, page):
    with page() as socket:
        socket.receive_json()
        hearing = Hearing(channel)
        socket.receive_json()
        socket.send_bytes(frame(1, 0, 5000))
        socket.send_json({"rate_hz": RATE_HZ})
    with page() as socket:
        told = socket.receive_json()
        assert told == {"do": "listen", "answer": 1, "received": 5000}
        # From the beginning of the piece that was cut, and one of an answer that is over.
        socket.send_bytes(frame(1, 4800, 12_000))
        socket.send_bytes(frame(0, 0, 100))
        socket.send_json({"done": 0})
        socket.send_json({"done": 1})
        assert list(hearing.heard()) == list(SAMPLES)


def test_another_tab_takes_the_place_of_the_first(channel, page):
    with page() as first:
        first.receive_json()
        with page() as second:
            assert first.receive_json() == {"do": "leave"}
            assert second.receive_json() == {"do": "rest"}


@pytest.mark.parametrize(
    "news", ["[]", "{", '{"rate_hz": 3}', '{"rate_hz": "x"}', '{"played": null}', '"x"']
)
def test_what_cannot_be_understood_ends_the_connection(channel, page, news):
    with page() as socket:
        socket.receive_json()
        socket.send_text(news)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_a_page_that_does_not_come_back_ends_the_answer(channel, page):
    with page() as socket:
        socket.receive_json()
        hearing = Hearing(channel)
        socket.receive_json()
        socket.send_bytes(frame(1, 0, 5000))
        socket.send_json({"played": 0})
    assert list(hearing.heard()) == list(SAMPLES[:5000])
    assert isinstance(hearing.error, MicrophoneError)
    with pytest.raises(VoiceError, match="closed"):
        channel.play("/somewhere")


def test_a_line_is_played_to_its_end_even_when_the_page_is_opened_anew(channel, page):
    playing = threading.Thread(target=channel.play, args=["/line"])
    with page() as socket:
        socket.receive_json()
        playing.start()
        assert socket.receive_json() == {"do": "play", "address": "/line", "number": 1}
    with page() as socket:
        assert socket.receive_json() == {"do": "play", "address": "/line", "number": 1}
        assert playing.is_alive()
        socket.send_json({"played": 1})
        playing.join(TOO_LONG_S)
        assert not playing.is_alive()


def test_what_is_handed_in_takes_the_place_of_what_is_said(channel, page):
    with page() as socket:
        socket.receive_json()
        hearing = Hearing(channel)
        socket.receive_json()
        assert channel.hand_in(Typed("Thank you."))
        hearing.heard()
        assert isinstance(hearing.error, Elsewhere)
        assert channel.handed_in() == Typed("Thank you.")


def test_an_answer_is_handed_in_once_and_never_for_the_next_question(channel, page):
    """Pressed twice, or so late that the turn is over."""
    answer = Typed("Thank you.")
    with page() as socket:
        socket.receive_json()
        assert not channel.hand_in(answer)
        hearing = Hearing(channel)
        socket.receive_json()
        assert channel.awaits
        assert [channel.hand_in(answer), channel.hand_in(answer)] == [True, False]
        hearing.heard()
        assert channel.handed_in() == answer
        assert (channel.handed_in(), channel.hand_in(answer)) == (None, False)
        hearing = Hearing(channel)
        socket.send_bytes(frame(2, 0, 12_000))
        socket.send_json({"done": 2})
        assert list(hearing.heard()) == list(SAMPLES)
        assert hearing.error is None


def test_while_an_answer_is_written_no_time_goes_by(channel, page):
    """No silence is fed to the turn, and no missing sound is told; the next answer is heard."""
    with page() as socket:
        socket.receive_json()
        hearing = Hearing(channel)
        socket.receive_json()
        socket.send_json({"pausing": True})
        time.sleep(STALLED_S + 0.3)
        assert [len(block) for block in hearing.blocks] == [0] * len(hearing.blocks) != []
        assert not hearing.microphone.stalled
        socket.send_json({"done": 1})
        hearing.heard()
        assert channel.pausing
        hearing = Hearing(channel)
        while socket.receive_json() != {"do": "listen", "answer": 2, "received": 0}:
            pass
        assert not channel.pausing
        socket.send_json({"done": 2})
        hearing.heard()


def test_another_rate_in_mid_answer_is_brought_to_the_first(channel, page):
    """The tab was opened anew, and its microphone is another one."""
    with page() as socket:
        socket.receive_json()
        socket.send_json({"rate_hz": RATE_HZ})
        socket.send_json({"pausing": False})
        hearing = Hearing(channel)
        socket.receive_json()
        socket.send_json({"rate_hz": RATE_HZ // 2})
        socket.send_bytes(frame(1, 0, 12_000))
        socket.send_json({"done": 1})
        assert len(hearing.heard()) == pytest.approx(24_000, rel=0.05)


def test_an_answer_in_writing_is_graded_by_its_content_alone():
    round_ = PROMPTS.rounds["statement"]
    typed = Typed(round_.model_answer)
    heard = review(typed.take, Written(said(typed.text)), PROMPTS.criteria, round_)
    assert heard.measures == () and heard.warnings == ()
    assert heard.transcript.typed
    assert heard.score.points == 100
    assert heard.score.of("content") == (100, 100)
    assert heard.score.of("delivery") == (0, 0)
