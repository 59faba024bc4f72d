"""multipart/form-data as a stream: fields are kept in memory, the one file goes to disk."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value

from fastapi import HTTPException, Request
from python_multipart.multipart import MultipartParser

from transcribid.web.uploads import Arrival

_FIELDS = 64 << 10  # bytes of all fields
_OVERHEAD = 100  # bytes of memory per field besides its content


@dataclass
class Form:
    fields: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    room: int = _FIELDS  # bytes left for fields

    def one(self, name: str, default: str = "") -> str:
        return self.fields.get(name, [default])[-1]


@dataclass
class _Part:
    name: str = ""
    filename: str | None = None
    content: bytearray = field(default_factory=bytearray)
    ended: bool = False


@asynccontextmanager
async def received(
    request: Request, new_arrival: Callable[[str], Arrival]
) -> AsyncGenerator[tuple[Form, Arrival]]:
    """A form with one file, which is removed on exit unless it was placed.

    Raises HTTPException for anything else.
    """
    reader, form = _Reader(_boundary(request)), Form()
    file: _Part | None = None
    arrival: Arrival | None = None
    async with AsyncExitStack() as opened:
        async for block in request.stream():
            reader.feed(block)
            for part, content, ended in reader.taken():
                part.ended = ended
                if part.filename is None:
                    _keep(form, part, content)
                    continue
                if arrival is None:
                    file, arrival = (
                        part,
                        await opened.enter_async_context(new_arrival(part.filename)),
                    )
                if part is not file:
                    raise HTTPException(422, "Send only one file.")
                await arrival.write(content)
        if arrival is None or file is None or not file.ended:
            raise HTTPException(422, "The form has no complete file.")
        yield form, arrival


def _keep(form: Form, part: _Part, content: bytes) -> None:
    part.content += content
    form.room -= len(content) + (_OVERHEAD if part.ended else 0)
    if form.room < 0:
        raise HTTPException(413, f"Too many or too long form fields, at {part.name[:40]!r}.")
    if part.ended:
        text = part.content.decode("utf-8", "replace")
        form.fields.setdefault(part.name, []).append(text)


class _Reader:
    """Collects the parser's callbacks as a list of events."""

    def __init__(self, boundary: bytes) -> None:
        self._part = _Part()
        self._header = bytearray()
        self._value = bytearray()
        self._events: list[tuple[_Part, bytes, bool]] = []
        with _readable():
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                },
            )

    def feed(self, block: bytes) -> None:
        with _readable():
            self._parser.write(block)

    def taken(self) -> list[tuple[_Part, bytes, bool]]:
        events, self._events = self._events, []
        return events

    def _begin(self) -> None:
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            parameters = _disposition(self._value.decode("utf-8", "replace"))
            self._part.name = parameters.get("name", "")
            self._part.filename = parameters.get("filename")
        self._header, self._value = bytearray(), bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append((self._part, data[start:end], False))

    def _end(self) -> None:
        self._events.append((self._part, b"", True))


@contextmanager
def _readable() -> Generator[None]:
    """Raises HTTPException for what the parsers cannot parse."""
    try:
        yield
    except (ValueError, TypeError, LookupError) as error:
        raise HTTPException(422, f"The form cannot be parsed: {error}") from error


def _boundary(request: Request) -> bytes:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    try:
        boundary = message.get_param("boundary")
    except (ValueError, TypeError, LookupError):
        boundary = None  # its RFC 2231 pieces do not fit together
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise HTTPException(415, "Send multipart/form-data with a file in it.")
    return boundary.encode()


def _disposition(value: str) -> dict[str, str]:
    """Its parameters; an encoded name (RFC 2231) overrides a plain one."""
    message = Message()
    message["content-disposition"] = value
    found = message.get_params(header="content-disposition") or []
    return {name: collapse_rfc2231_value(value) for name, value in found}
