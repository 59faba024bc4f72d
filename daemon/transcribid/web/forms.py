"""multipart/form-data as it comes: fields in memory, the one file straight to its place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message

from fastapi import HTTPException, Request
from python_multipart.multipart import MultipartParser

from transcribid.web.uploads import Arrival

_FIELDS = 64 << 10  # bytes of all fields together


@dataclass
class Form:
    fields: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    placed: str = ""  # name of the file in the inbox

    def one(self, name: str, default: str = "") -> str:
        return self.fields.get(name, [default])[-1]


@dataclass
class _Part:
    name: str = ""
    filename: str | None = None
    content: bytearray = field(default_factory=bytearray)


async def received(request: Request, arrive: Callable[[str], Arrival]) -> Form:
    """Raises HTTPException for what is no form with one file."""
    reader = _Reader(_boundary(request))
    form = Form()
    arrival: Arrival | None = None
    try:
        async for block in request.stream():
            reader.feed(block)
            for part, content, ended in reader.taken():
                if part.filename is None:
                    _keep(form, part, content, ended=ended)
                    continue
                if arrival is None:
                    arrival = await arrive(part.filename).__aenter__()
                elif form.placed:
                    raise HTTPException(422, "One file at a time, please.")
                await arrival.write(content)
                if ended:
                    form.placed = await arrival.place()
    finally:
        if arrival is not None:
            await arrival.__aexit__()
    if not form.placed:
        raise HTTPException(422, "There is no file in the form.")
    return form


def _keep(form: Form, part: _Part, content: bytes, *, ended: bool) -> None:
    part.content += content
    if len(part.content) > _FIELDS:
        raise HTTPException(413, f"The field {part.name!r} is too long.")
    if ended:
        text = part.content.decode("utf-8", "replace")
        form.fields.setdefault(part.name, []).append(text)


class _Reader:
    """The parser's callbacks, as a list of what they brought."""

    def __init__(self, boundary: bytes) -> None:
        self._part = _Part()
        self._header = bytearray()
        self._value = bytearray()
        self._events: list[tuple[_Part, bytes, bool]] = []
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
        try:
            self._parser.write(block)
        except ValueError as error:
            raise HTTPException(422, f"The form cannot be read: {error}") from error

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
            told = _disposition(self._value.decode("utf-8", "replace"))
            self._part.name = told.get("name", "")
            self._part.filename = told.get("filename")
        self._header, self._value = bytearray(), bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._events.append((self._part, data[start:end], False))

    def _end(self) -> None:
        self._events.append((self._part, b"", True))


def _boundary(request: Request) -> bytes:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise HTTPException(415, "Send multipart/form-data with a file in it.")
    return boundary.encode()


def _disposition(value: str) -> dict[str, str]:
    message = Message()
    message["content-disposition"] = value
    found = message.get_params(header="content-disposition") or []
    name = message.get_filename()
    return dict(found) | ({"filename": name} if name is not None else {})
