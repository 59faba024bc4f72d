"""Recordings that come over HTTP: streamed to the inbox, whole or not at all."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from transcribid.domain.ignore import Ignore
from transcribid.domain.job import JobId
from transcribid.domain.naming import fitted
from transcribid.service.mailbox import Command, Verb
from transcribid.storage import files
from transcribid.web.context import Context
from transcribid.web.overrides import JobOverrides, checked

FOLDER = "uploads"  # of the inbox, for what comes in forms
BEGINNING, END = ".upload-", ".part"  # of a file that is still coming
_BETWEEN = 64 << 20  # bytes between two looks at how much room there is
_LONGEST = 200  # bytes of a name
_LONGEST_SUFFIX = 20  # bytes
_NAMELESS = "recording"


class Uploaded(BaseModel):
    job: int
    name: str  # in the inbox


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.put("/inbox/{name:path}")
    async def upload(
        name: str, request: Request, overrides: Annotated[JobOverrides, Query()]
    ) -> Uploaded:
        """Upload a recording as the body; it is handled as if dropped into the inbox."""
        if "content-range" in request.headers:  # RFC 9110, 14.5
            raise HTTPException(400, "Send the complete recording, without Content-Range.")
        arrival = Arrival(context, name)
        checked(context.config(), arrival.name, overrides.as_json())
        async with arrival:
            async for block in request.stream():
                await arrival.write(block)
            placed = await arrival.place()
        job = await submit(context, placed, overrides.as_json())
        return Uploaded(job=job, name=placed)

    return api


async def submit(context: Context, name: str, overrides: str = "") -> JobId:
    """Put a whole file of the inbox before all that nobody waits for."""
    return JobId(int(await context.ask(Command(Verb.SUBMIT, name=name, overrides=overrides))))


class Arrival:
    """A file that is being written under a hidden name, until it gets its own."""

    def __init__(self, context: Context, name: str) -> None:
        self._folder = self._inbox = context.inbox
        self._least = context.config().limits.min_free_disk
        self._unseen = 0  # bytes that came since room was looked for
        self._name = safe(name)
        self._part: Path | None = None
        self._descriptor = -1

    def apart(self, folder: str) -> "Arrival":
        """Into a folder of the inbox, and under a name that nobody else ever has."""
        name = PurePosixPath(self._name)
        self._folder = self._inbox / folder
        self._name = f"{name.stem}.{secrets.token_hex(4)}{name.suffix}"
        return self

    async def __aenter__(self) -> "Arrival":
        await anyio.to_thread.run_sync(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await anyio.to_thread.run_sync(self._close)

    @property
    def name(self) -> str:
        """In the inbox, while no other has it."""
        return (self._folder / self._name).relative_to(self._inbox).as_posix()

    async def write(self, block: bytes) -> None:
        if block:
            await anyio.to_thread.run_sync(self._write, block)

    async def place(self) -> str:
        """Give it a name that is free. Returns it, relative to the inbox."""
        return await anyio.to_thread.run_sync(self._place)

    def _open(self) -> None:
        if not _within(self._inbox, self._folder):
            name = self._folder.relative_to(self._inbox)
            raise HTTPException(
                507, f"{name} leads out of the inbox: replace it with a folder."
            )
        with _room():
            self._look()
            files.make_folder(self._folder)
            self._descriptor, part = tempfile.mkstemp(END, BEGINNING, self._folder)
        self._part = Path(part)

    def _write(self, block: bytes) -> None:
        view = memoryview(block)
        with _room():
            self._unseen += len(block)
            if self._unseen >= _BETWEEN:
                self._look()
            while view:
                view = view[os.write(self._descriptor, view) :]

    def _look(self) -> None:
        """Raises HTTPException where less room is left than has to be."""
        self._unseen = 0
        free = shutil.disk_usage(self._inbox).free
        if free < self._least:
            raise HTTPException(
                507,
                f"The inbox has {free >> 20} MiB free and needs {self._least >> 20}:"
                " free disk space, or lower limits.min_free_disk.",
            )

    def _place(self) -> str:
        with _room():
            return self._placed()

    def _placed(self) -> str:
        if self._part is None:
            raise ValueError("nothing was opened")
        os.fchmod(self._descriptor, 0o644)
        os.fsync(self._descriptor)
        for candidate in files.alternatives(self._folder / self._name):
            try:
                files.name_new(self._part, candidate)
            except FileExistsError:
                continue
            files.sync(self._folder)
            self._part = None
            return candidate.relative_to(self._inbox).as_posix()
        raise AssertionError("alternatives never end")

    def _close(self) -> None:
        os.close(self._descriptor)
        if self._part:
            files.remove(self._part)


def _within(inbox: Path, folder: Path) -> bool:
    """Whether no link leads elsewhere from there, even before the folder is made."""
    expected = Path(os.path.realpath(inbox)) / folder.relative_to(inbox)
    return Path(os.path.realpath(folder)) == expected


@contextmanager
def _room() -> Generator[None]:
    """Raises HTTPException where the inbox refuses."""
    try:
        yield
    except OSError as error:
        raise HTTPException(507, f"The inbox cannot be written: {error.strerror}.") from error


def safe(name: str) -> str:
    """The last part of a name, such that the daemon takes it.

    >>> safe("../../etc/passwd"), safe(".hidden"), safe("C:\\\\talks\\\\a.mp3")
    ('passwd', 'hidden', 'a.mp3')
    """
    plain = name.encode(errors="replace").decode().replace("\\", "/").replace("\0", "")
    last = PurePosixPath(plain).name.lstrip(".~$ ")
    suffix = PurePosixPath(last).suffix
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        suffix = ""  # what follows a dot may also be half a sentence
    stem = fitted(last.removesuffix(suffix), _LONGEST)
    kept = f"{stem or _NAMELESS}{suffix}"
    return f"{kept}.audio" if Ignore().file(kept) else kept
