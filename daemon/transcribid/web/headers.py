"""Headers of every response, and when it is the last one on its connection."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
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

_SHORT = frozenset(("/", "/healthz", "/readyz", "/status", "/metrics"))  # for monitors


def add_headers(app: ASGIApp) -> ASGIApp:
    """With our headers on every response, including internal errors."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        unread = _Unread(Headers(scope=scope), receive)
        try:
            await app(scope, unread.receive, _with_headers(send, unread))
        except ClientDisconnect:
            return  # nobody is left to answer
        except Exception as error:
            error.add_note(f"while answering {scope['method']} {scope['path']!r}")
            raise

    return respond


def allow_head(app: ASGIApp) -> ASGIApp:
    """Answers HEAD as GET; the server omits the body."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD" and scope["path"] in _SHORT:
            scope = {**scope, "method": "GET"}
        await app(scope, receive, send)

    return respond


class _Unread:
    """Tracks whether more of a body may follow; if so, the connection is closed."""

    def __init__(self, headers: Headers, receive: Receive) -> None:
        length = headers.get("content-length", "0")
        self.more = length != "0" or "transfer-encoding" in headers
        self._receive = receive

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.more = message.get("more_body", False)
        return message


def _with_headers(send: Send, unread: _Unread) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if unread.more:
                headers["Connection"] = "close"
        await send(message)

    return send_with_headers
