"""Who may reach the page: the browser of this machine, and nobody from elsewhere."""

import socket

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.conftest import run
from voicecoach.web.guard import Guard, cookie_name

TOKEN = "a-secret-that-nobody-guesses"


async def _page(_request):
    return PlainTextResponse("inside")


async def _talk(socket):
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


def client(*, host="127.0.0.1", port=8080, token=None, tls=False, address=None):
    app = Starlette(routes=[Route("/", _page), WebSocketRoute("/talk", _talk)])
    guarded = Guard(app, host=host, port=port, token=token, tls=tls)
    scheme = "https" if tls else "http"
    return TestClient(guarded, base_url=address or f"{scheme}://127.0.0.1:{port}")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_this_machine_is_let_in(host):
    answer = client().get("/", headers={"host": host})
    assert (answer.status_code, answer.text) == (200, "inside")
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:8080"},
        {"host": "127.0.0.1.evil.example:8080"},
        {"host": "localhost:9090"},
        {"host": "localhost"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9090"},
        {"origin": "https://127.0.0.1:8080"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
def test_a_page_from_elsewhere_is_refused_and_so_is_its_websocket(headers):
    answer = client().get("/", headers=headers)
    assert answer.status_code == 403
    assert "its own machine alone" in answer.text
    headers = {"origin": "http://127.0.0.1:8080", **headers}
    if "sec-fetch-site" in headers:
        headers["origin"] = "https://evil.example"
    with (
        pytest.raises(WebSocketDisconnect),
        client().websocket_connect("/talk", headers=headers),
    ):
        pass


def test_a_websocket_says_where_it_comes_from():
    """Every browser does; what does not is none."""
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/talk"):
        pass
    own = {"origin": "http://127.0.0.1:8080"}
    with client().websocket_connect("/talk", headers={**own, "host": "127.0.0.1:8080"}) as talk:
        assert talk.receive_text() == "inside"


def test_a_token_is_asked_for_once_and_leaves_the_address():
    person = client(host="0.0.0.0", token=TOKEN, tls=True)
    assert person.get("/").status_code == 403
    assert person.get("/?token=another-secret-altogether").status_code == 403
    with (
        pytest.raises(WebSocketDisconnect),
        person.websocket_connect("/talk", headers={"origin": "https://127.0.0.1:8080"}),
    ):
        pass
    answer = person.get(f"/?token={TOKEN}&here=1")
    assert (answer.headers["refresh"], answer.text) == ("0; url=/?here=1", "")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{cookie_name(8080)}={TOKEN};")
    for part in ("HttpOnly", "Secure", "SameSite=strict"):
        assert part in cookie
    assert person.get("/").text == "inside"


def test_the_cookies_of_other_ports_are_not_in_the_way():
    person = client(token=TOKEN)
    ours = f"{cookie_name(8080)}={TOKEN}"
    for foreign in ('prefs={"a": [1, 2], "b": "c"}', "voicecoach_token=another", "no sense at all"):
        assert person.get("/", headers={"cookie": f"{foreign}; {ours}"}).text == "inside"
        assert person.get("/", headers={"cookie": foreign}).status_code == 403
    other = f"{cookie_name(8081)}={TOKEN}"
    assert person.get("/", headers={"cookie": other}).status_code == 403


def test_only_with_the_token_the_page_is_opened_from_elsewhere():
    """As by the file that opens it; a page that does not know the token stays outside."""
    person, far = client(token=TOKEN), {"sec-fetch-site": "cross-site"}
    assert person.get("/?token=another-secret-altogether", headers=far).status_code == 403
    answer = person.get(f"/?token={TOKEN}", headers=far)
    assert (answer.headers["refresh"], answer.text) == ("0; url=/", "")
    assert person.get("/", headers=far).status_code == 403
    origin = {"origin": "https://evil.example"}
    assert person.get(f"/?token={TOKEN}", headers=origin).status_code == 403


def test_on_another_address_names_that_lead_here_are_not_trusted():
    """Who owns a name can have it lead to any machine; an address is what it is."""
    person = client(host="0.0.0.0", token=TOKEN, tls=True)
    person.cookies.set(cookie_name(8080), TOKEN)
    assert person.get("/", headers={"host": "192.168.1.5:8080"}).status_code == 200
    assert person.get("/", headers={"host": "rebound.example:8080"}).status_code == 403


@pytest.mark.parametrize(
    "options",
    [
        ["--host", "0.0.0.0"],
        ["--host", "192.168.1.5", "--token", TOKEN],
        ["--host", "my-laptop.local"],
    ],
)
def test_another_address_needs_a_token_and_tls(options):
    ran = run("web", "--no-browser", *options)
    assert ran.status == 2
    assert "--token, --certificate and --key" in ran.err
    assert "recordings" in ran.err and len(ran.err.splitlines()) == 1


def test_a_short_token_is_refused():
    ran = run("web", "--no-browser", "--token", "secret")
    assert (ran.status, "could be guessed" in ran.err) == (2, True)


def test_a_token_that_browsers_spoil_is_refused():
    ran = run("web", "--no-browser", "--token", "geheimnisträger-und-mehr")
    assert (ran.status, "without accents" in ran.err) == (2, True)


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("web", "--no-browser", "--port", taken.getsockname()[1])
    assert (ran.status, "--port 0 finds one" in ran.err) == (2, True)
