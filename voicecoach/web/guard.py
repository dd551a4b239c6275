"""Lets in only the person's own browser: by Host, by Origin, and by a token where one is set.

Every page of the internet can have a browser send requests to this machine. What such a page
cannot do is to claim our own Host and Origin, so both are looked at, of websockets too.
"""

from __future__ import annotations

import socket
from hmac import compare_digest
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode

from starlette.requests import cookie_parser

from voicecoach.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

LEAST_TOKEN_LETTERS = 16
"""A shorter one can be guessed."""
HEADERS = {
    # nicegui's own pages evaluate scripts; nothing is ever fetched from elsewhere.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' "
    "'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "media-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""On every answer."""


def check(host: str, token: str | None, certificate: Path | None, key: Path | None) -> None:
    """Raise UsageError where the page would be served unsafely, with what to do."""
    if bool(certificate) != bool(key):
        raise UsageError("--certificate and --key belong together. Give both of them.")
    if token is not None and not (token.isascii() and token.isprintable()):
        raise UsageError(
            "The token has letters that do not pass through every browser. Take letters without "
            "accents, digits and signs."
        )
    if token is not None and len(token) < LEAST_TOKEN_LETTERS:
        raise UsageError(
            f"The token has {len(token)} letters and could be guessed. Take "
            f"{LEAST_TOKEN_LETTERS} or more."
        )
    if is_loopback(host) or (token and certificate):
        return
    raise UsageError(
        f"On '{host}' others could reach your recordings, and browsers give no microphone to plain "
        "http. Give --token, --certificate and --key as well, or leave --host away: then the page "
        "is for this machine alone."
    )


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def cookie_name(port: int) -> str:
    """Of its own for each port: browsers send a machine's cookies to all of its ports."""
    return f"voicecoach_token_{port}"


class Guard:
    """Refuses what does not come from a page of our own."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, token: str | None, tls: bool) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._token = token
        self._scheme = "https" if tls else "http"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        given = parse_qs(scope["query_string"].decode("latin-1"))
        # Whoever knows the token sent it: the file that opens the page, not a page from elsewhere.
        knows = bool(self._token) and self._fits(given.pop("token", [""])[0])
        if not self._is_ours(scope, headers, knows):
            await _refuse(
                scope, receive, send, "This page is for the browser of its own machine alone."
            )
            return
        if knows and scope["type"] == "http":
            await self._log_in(scope, receive, send, given)
            return
        if self._token and not self._has_token(headers):
            await _refuse(
                scope,
                receive,
                send,
                "A token is needed: open the address that voicecoach web has printed.",
            )
            return

        async def with_headers(message: dict) -> None:  # type: ignore[type-arg]
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.encode() not in there
                    ),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)  # type: ignore[arg-type]

    def _is_ours(self, scope: Scope, headers: dict[str, str], knows: bool) -> bool:
        host = headers.get("host", "")
        if not self._is_our_host(host):
            return False
        origin = headers.get("origin")
        if origin is None:
            # A browser tells the origin of every websocket.
            near = knows or headers.get("sec-fetch-site") != "cross-site"
            return scope["type"] == "http" and near
        return origin == f"{self._scheme}://{host}"

    def _is_our_host(self, given: str) -> bool:
        name, colon, port = given.rpartition(":")
        if not colon or given.endswith("]"):
            name, port = given, str({"http": 80, "https": 443}[self._scheme])
        if port != str(self._port):
            return False
        name = name.lower()
        if is_loopback(self._host):
            return is_loopback(name)
        # A name could be made to lead here by whoever owns it; an address could not.
        try:
            ip_address(name.strip("[]"))
            return True
        except ValueError:
            machine = socket.gethostname().lower()
            return name in ("localhost", self._host.lower(), machine, f"{machine}.local")

    def _has_token(self, headers: dict[str, str]) -> bool:
        # A foreign one that is against the standard does not hide ours from it.
        cookies = cookie_parser(headers.get("cookie", ""))
        return self._fits(cookies.get(cookie_name(self._port), ""))

    def _fits(self, given: str) -> bool:
        return compare_digest(given.encode(), (self._token or "").encode())

    async def _log_in(
        self, scope: Scope, receive: Receive, send: Send, others: dict[str, list[str]]
    ) -> None:
        """Keep the token in a cookie, and take it out of the address."""
        from starlette.responses import Response

        query = urlencode(others, doseq=True)
        address = "/" + quote(scope["path"].lstrip("/")) + (f"?{query}" if query else "")
        # From a page of our own: of a redirection the browser would say that it comes from where
        # the first address did, and it would keep the cookie back.
        answer = Response(headers={"refresh": f"0; url={address}", "cache-control": "no-store"})
        answer.set_cookie(
            cookie_name(self._port),
            self._token or "",
            secure=self._scheme == "https",
            httponly=True,
            samesite="strict",
        )
        await answer(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, sentence: str) -> None:
    from starlette.responses import PlainTextResponse

    if scope["type"] == "websocket":
        # Before it is accepted, this is answered as 403.
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
    else:
        await PlainTextResponse(sentence, 403)(scope, receive, send)
