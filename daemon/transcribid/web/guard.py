"""Who may ask, from where, and how much: before any answer is worked out."""

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "transcribid"
_LARGEST = 64 << 10  # bytes of a body that is no upload
_OPEN = frozenset(("/", "/healthz", "/readyz", "/login"))  # and /page/...: no data in them
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Door:
    """What is asked of whoever comes in."""

    names: Collection[str]  # by which this machine may be called
    token: str | None  # None: nothing is asked
    max_upload: int  # bytes
    uploads: Collection[str]  # beginnings of the paths that take them


class Refusal(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Guard:
    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        armed = _with_headers(send)
        try:
            limit = self._checked(scope)
            await self._app(scope, _limited(receive, limit), armed)
        except Refusal as refusal:
            answer = JSONResponse({"detail": refusal.detail}, refusal.status)
            await answer(scope, receive, armed)

    def _checked(self, scope: Scope) -> int:
        """How many bytes may come. Raises Refusal."""
        headers, path = Headers(scope=scope), str(scope["path"])
        self._check_names(headers)
        self._check_token(headers, path)
        upload = path.startswith(tuple(self._door.uploads))
        limit = self._door.max_upload if upload else _LARGEST
        if int(headers.get("content-length", "0") or 0) > limit:
            raise Refusal(413, f"At most {limit} bytes are taken here.")
        return limit

    def _check_names(self, headers: Headers) -> None:
        """Against pages of others, and names that lead here by DNS rebinding."""
        host = headers.get("host", "")
        if _name_of(host) not in self._door.names:
            raise Refusal(
                421, f"This machine is not called {host!r}; web.names lists its names."
            )
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            raise Refusal(403, f"Requests from {origin} are not taken.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise Refusal(403, "Requests from other sites are not taken.")

    def _check_token(self, headers: Headers, path: str) -> None:
        if self._door.token is None or path in _OPEN or path.startswith("/page/"):
            return
        if not any(same(each, self._door.token) for each in _shown(headers)):
            raise Refusal(401, "Show the token: Authorization: Bearer TOKEN (web.token).")


def same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())


def _shown(headers: Headers) -> Iterable[str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    cookies = SimpleCookie(headers.get("cookie", ""))
    if COOKIE in cookies:
        yield cookies[COOKIE].value


def _name_of(host: str) -> str:
    """
    >>> _name_of("localhost:5000"), _name_of("[::1]:5000"), _name_of("127.0.0.1")
    ('localhost', '[::1]', '127.0.0.1')
    """
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return name.lower()


def _with_headers(send: Send) -> Send:
    async def armed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return armed


def _limited(receive: Receive, limit: int) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise Refusal(413, f"At most {limit} bytes are taken here.")
        return message

    return counted
