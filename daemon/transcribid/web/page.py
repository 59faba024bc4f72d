"""The page: its files, the login for browsers, and the audio for its player."""

from collections.abc import Iterator
from contextlib import suppress
from importlib import resources
from itertools import islice
from pathlib import Path, PurePosixPath

import anyio
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from transcribid.domain.job import Job, Source
from transcribid.domain.naming import printable
from transcribid.storage import files, relocate
from transcribid.web.auth import PENALTY, equal_tokens, session_cookie
from transcribid.web.context import Context, Number
from transcribid.web.models import Answer

_FOLDER = "page"
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_MONTH = 30 * 24 * 3600  # seconds that a browser stays signed in
_MAX_CANDIDATES = 100  # names such as "talk (2).mp3" that are tried for a recording
_MTIME_TOLERANCE = 2_000_000_000  # nanoseconds; some file systems round times that much
_MEDIA_TYPES = {
    ".aac": "audio/aac",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".m4v": "video/mp4",
    ".mka": "audio/x-matroska",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".webm": "video/webm",
}
_UNKNOWN = "application/octet-stream"


class Credentials(BaseModel):
    token: str


def router(context: Context) -> APIRouter:
    api = APIRouter()
    _add_files(api)
    _add_login(api, context)

    @api.get("/jobs/{job}/audio")
    def audio(job: Number) -> FileResponse:
        """The recording, wherever it is now; supports Range."""
        found = context.job(job)
        return _response(_recording(context, found), found)

    return api


def _add_files(api: APIRouter) -> None:
    folder = resources.files("transcribid.web") / _FOLDER
    names = frozenset(entry.name for entry in folder.iterdir())

    @api.get("/", include_in_schema=False)
    def page() -> Response:
        return file("index.html")

    @api.get("/page/{name}", include_in_schema=False)
    def file(name: str) -> Response:
        kind = _KINDS.get(PurePosixPath(name).suffix)
        if name not in names or kind is None:
            raise HTTPException(404, "There is no such page file.")
        return Response(folder.joinpath(name).read_bytes(), media_type=kind)


def _add_login(api: APIRouter, context: Context) -> None:
    @api.post("/login")
    async def login(credentials: Credentials, request: Request, response: Response) -> Answer:
        """Sign in a browser: exchanges the token for an HttpOnly cookie."""
        token = context.access.token
        if token is None:
            return Answer(answer="No token is needed here.")
        if not equal_tokens(credentials.token.strip(), token):
            await anyio.sleep(PENALTY)
            raise HTTPException(401, "Wrong token (web.token).")
        response.set_cookie(
            *session_cookie(token),
            max_age=_MONTH,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return Answer(answer="Signed in.")


def _recording(context: Context, job: Job) -> Path:
    """The current path of a job's recording. Raises HTTPException if it is gone."""
    folders = context.config().folders
    found = [
        each
        for folder in (folders.inbox, folders.archive, folders.quarantine)
        for each in _candidates(folder, job.source)
    ]
    if not found:
        name = printable(job.source.name)
        raise HTTPException(410, f"{name} is no longer in the inbox, archive or quarantine.")
    return min(found, key=lambda each: each[0])[1]


def _candidates(folder: Path, wanted: Source) -> Iterator[tuple[int, Path]]:
    """Files with this name and size, each with its mtime difference; links are not followed."""
    for candidate in islice(files.alternatives(folder / wanted.name), _MAX_CANDIDATES):
        with suppress(OSError, ValueError):
            there = relocate.found(folder, str(candidate.relative_to(folder)))
            off = abs(there.mtime_ns - wanted.mtime_ns)
            if there.size == wanted.size and off <= _MTIME_TOLERANCE:
                yield off, candidate


def _response(path: Path, job: Job) -> FileResponse:
    """Serves anything but audio and video as an attachment: browsers must not render it."""
    name = PurePosixPath(job.source.name)
    kind = _MEDIA_TYPES.get(name.suffix.lower(), _UNKNOWN)
    return FileResponse(
        path,
        media_type=kind,
        filename=printable(name.name),
        content_disposition_type="attachment" if kind == _UNKNOWN else "inline",
    )
