"""Access control: who may send requests, from where and how large, before any is handled."""

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
from transcribid.web.access import AccessPolicy

PENALTY = 0.5  # seconds of delay after a wrong token
_MAX_BODY = 64 << 10  # bytes of a body that is not an upload
_MAX_HEAD = 16 << 10  # bytes of the URL and all headers
_OPEN = frozenset(("/", "/healthz", "/readyz", "/login"))  # and /page/...: they hold no data
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@/\[\]]+)(?::[0-9]*)?")


class AuthRefusal(HTTPException):
    """Also raised while the app reads a body that turns out to be too large."""


class WrongToken(AuthRefusal):
    """A token was sent, but the wrong one."""


class Guard:
    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            limit = self._body_limit(scope)
        except AuthRefusal as refusal:
            if isinstance(refusal, WrongToken):
                await anyio.sleep(PENALTY)
            answer = errors.answer(scope["path"], refusal.status_code, refusal.detail)
            await answer(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, limit), send)

    def _body_limit(self, scope: Scope) -> int:
        """Bytes that the body may have. Raises AuthRefusal."""
        headers, path = Headers(scope=scope), str(scope["path"])
        if _head_size(scope) > _MAX_HEAD:
            raise AuthRefusal(431, f"URL and headers may have at most {_MAX_HEAD} bytes.")
        if {"content-length", "transfer-encoding"} <= set(headers):
            raise AuthRefusal(400, "Send Content-Length or Transfer-Encoding, not both.")
        self._check_names(headers)
        self._check_token(headers, path)
        upload = path.startswith(tuple(self._policy.uploads))
        limit = self._policy.max_upload if upload else _MAX_BODY
        if int(headers.get("content-length", "0") or 0) > limit:
            raise AuthRefusal(413, f"The body may have at most {limit} bytes.")
        return limit

    def _check_names(self, headers: Headers) -> None:
        """Guards against foreign pages and DNS rebinding. Raises AuthRefusal."""
        host = headers.get("host", "")
        if not self._is_accepted(_host_name(host)):
            raise AuthRefusal(421, f"Unknown host name {host!r}; add it to web.names.")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            raise AuthRefusal(403, f"Requests from {origin} are not allowed.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise AuthRefusal(403, "Cross-site requests are not allowed.")

    def _is_accepted(self, name: str) -> bool:
        return name in self._policy.names or (self._policy.addresses and _is_address(name))

    def _check_token(self, headers: Headers, path: str) -> None:
        if self._policy.token is None or path in _OPEN or path.startswith("/page/"):
            return
        name, value = session_cookie(self._policy.token)
        held = cookie_parser(headers.get("cookie", "")).get(name, "")
        presented = list(_presented_tokens(headers))
        if equal_tokens(held, value) or any(
            equal_tokens(each, self._policy.token) for each in presented
        ):
            return
        kind = WrongToken if presented else AuthRefusal
        raise kind(401, "Send the token: Authorization: Bearer TOKEN (web.token).")


def session_cookie(token: str) -> tuple[str, str]:
    """Name and value of the cookie of an authenticated browser.

    Cookies ignore ports: other services on this host see it and must not learn the token.
    """
    value = hmac.digest(token.encode(), b"transcribid's page", "sha256").hex()
    return f"transcribid-{value[:8]}", value[8:]


def equal_tokens(presented: str, token: str) -> bool:
    return hmac.compare_digest(presented.encode(errors="surrogatepass"), token.encode())


def _presented_tokens(headers: Headers) -> Iterable[str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    if scheme.lower() == "basic":  # http://anybody:TOKEN@..., for clients without Bearer
        yield _password(token)


def _password(credentials: str) -> str:
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _head_size(scope: Scope) -> int:
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    return headers + len(scope["raw_path"]) + len(scope["query_string"])


def _host_name(host: str) -> str:
    """
    >>> _host_name("localhost:5000"), _host_name("[::1]:5000"), _host_name("[::1].evil.example")
    ('localhost', '[::1]', '')
    """
    found = _HOST.fullmatch(host)
    return found[1].lower() if found else ""


def _is_address(name: str) -> bool:
    """Whether it is an IP address in its canonical spelling.

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
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise AuthRefusal(413, f"The body may have at most {limit} bytes.")
        return message

    return counted
