"""Who may ask, from where, and how much: before any answer is worked out."""

import hmac
import re
from base64 import b64decode
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from transcribid.web import errors
from transcribid.web.access import Door

PENALTY = 0.5  # seconds that a wrong token costs
_LARGEST = 64 << 10  # bytes of a body that is no upload
_HEAD = 16 << 10  # bytes of an address and all headers
_OPEN = frozenset(("/", "/healthz", "/readyz", "/login"))  # and /page/...: no data in them
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@/\[\]]+)(?::[0-9]*)?")


class AuthRefusal(HTTPException):
    """Also from below the app, where a body turns out to be too long."""


class Guess(AuthRefusal):
    """A token was shown, and it is not the one."""


class Guard:
    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            limit = self._checked(scope)
        except AuthRefusal as refusal:
            if isinstance(refusal, Guess):
                await anyio.sleep(PENALTY)
            answer = errors.answer(scope["path"], refusal.status_code, refusal.detail)
            await answer(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, limit), send)

    def _checked(self, scope: Scope) -> int:
        """How many bytes may come. Raises Refusal."""
        headers, path = Headers(scope=scope), str(scope["path"])
        if _head(scope) > _HEAD:
            raise AuthRefusal(431, f"URL and headers may have at most {_HEAD} bytes.")
        if {"content-length", "transfer-encoding"} <= set(headers):
            raise AuthRefusal(400, "Send Content-Length or Transfer-Encoding, not both.")
        self._check_names(headers)
        self._check_token(headers, path)
        upload = path.startswith(tuple(self._door.uploads))
        limit = self._door.max_upload if upload else _LARGEST
        if int(headers.get("content-length", "0") or 0) > limit:
            raise AuthRefusal(413, f"The body may have at most {limit} bytes.")
        return limit

    def _check_names(self, headers: Headers) -> None:
        """Against pages of others, and names that lead here by DNS rebinding."""
        host = headers.get("host", "")
        if not self._ours(_name_of(host)):
            raise AuthRefusal(421, f"Unknown host name {host!r}; add it to web.names.")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            raise AuthRefusal(403, f"Requests from {origin} are not allowed.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise AuthRefusal(403, "Cross-site requests are not allowed.")

    def _ours(self, name: str) -> bool:
        return name in self._door.names or (self._door.addresses and _is_address(name))

    def _check_token(self, headers: Headers, path: str) -> None:
        if self._door.token is None or path in _OPEN or path.startswith("/page/"):
            return
        name, value = pass_for(self._door.token)
        held = cookie_parser(headers.get("cookie", "")).get(name, "")
        shown = list(_shown(headers))
        if same(held, value) or any(same(each, self._door.token) for each in shown):
            return
        kind = Guess if shown else AuthRefusal
        raise kind(401, "Send the token: Authorization: Bearer TOKEN (web.token).")


def pass_for(token: str) -> tuple[str, str]:
    """Name and value of the cookie for whoever has shown the token.

    Cookies know no ports: other services of this machine see it, and must learn no token of it.
    """
    value = hmac.digest(token.encode(), b"transcribid's page", "sha256").hex()
    return f"transcribid-{value[:8]}", value[8:]


def same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(errors="surrogatepass"), token.encode())


def _shown(headers: Headers) -> Iterable[str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    if scheme.lower() == "basic":  # http://anybody:TOKEN@..., for programs that know no other
        yield _password(token)


def _password(credentials: str) -> str:
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _head(scope: Scope) -> int:
    told = sum(len(name) + len(value) for name, value in scope["headers"])
    return told + len(scope["raw_path"]) + len(scope["query_string"])


def _name_of(host: str) -> str:
    """
    >>> _name_of("localhost:5000"), _name_of("[::1]:5000"), _name_of("[::1].evil.example")
    ('localhost', '[::1]', '')
    """
    found = _HOST.fullmatch(host)
    return found[1].lower() if found else ""


def _is_address(name: str) -> bool:
    """In the one way that all write it.

    >>> [_is_address(name) for name in ("192.168.1.5", "[fe80::1]", "127.1", "::1", "1.2.3.4.")]
    [True, True, False, False, False]
    """
    kind = IPv6Address if name.startswith("[") else IPv4Address
    try:
        kind(name.strip("[]"))
    except ValueError:
        return False
    return True


def _limited(receive: Receive, limit: int) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise AuthRefusal(413, f"The body may have at most {limit} bytes.")
        return message

    return counted
