"""Recordings uploaded over HTTP: streamed to the inbox, complete or not at all."""

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

FOLDER = "uploads"  # of the inbox, for files sent in forms
BEGINNING, END = ".upload-", ".part"  # of the name of an incomplete file
_CHECK_EVERY = 64 << 20  # bytes between two checks of the free space
_MAX_NAME = 200  # bytes
_MAX_SUFFIX = 20  # bytes
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
    """Queue a complete file of the inbox ahead of all jobs that no client waits for."""
    return JobId(int(await context.ask(Command(Verb.SUBMIT, name=name, overrides=overrides))))


class Arrival:
    """A file written under a hidden name until it is complete."""

    def __init__(self, context: Context, name: str) -> None:
        self._folder = self._inbox = context.inbox
        self._min_free = context.config().limits.min_free_disk
        self._unchecked = 0  # bytes written since free space was checked
        self._name = safe_name(name)
        self._part: Path | None = None
        self._descriptor = -1

    def apart(self, folder: str) -> "Arrival":
        """Move it to a folder of the inbox, under a unique name."""
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
        """Relative to the inbox, unless another file takes it first."""
        return (self._folder / self._name).relative_to(self._inbox).as_posix()

    async def write(self, block: bytes) -> None:
        if block:
            await anyio.to_thread.run_sync(self._write, block)

    async def place(self) -> str:
        """Give it a free name, and return that relative to the inbox."""
        return await anyio.to_thread.run_sync(self._place)

    def _open(self) -> None:
        if not _within(self._inbox, self._folder):
            name = self._folder.relative_to(self._inbox)
            raise HTTPException(
                507, f"{name} leads out of the inbox: replace it with a folder."
            )
        with _inbox_errors():
            self._check_free_space()
            files.make_folder(self._folder)
            self._descriptor, part = tempfile.mkstemp(END, BEGINNING, self._folder)
        self._part = Path(part)

    def _write(self, block: bytes) -> None:
        view = memoryview(block)
        with _inbox_errors():
            self._unchecked += len(block)
            if self._unchecked >= _CHECK_EVERY:
                self._check_free_space()
            while view:
                view = view[os.write(self._descriptor, view) :]

    def _check_free_space(self) -> None:
        """Raises HTTPException if less than limits.min_free_disk is free."""
        self._unchecked = 0
        free = shutil.disk_usage(self._inbox).free
        if free < self._min_free:
            raise HTTPException(
                507,
                f"The inbox has {free >> 20} MiB free and needs {self._min_free >> 20}:"
                " free disk space, or lower limits.min_free_disk.",
            )

    def _place(self) -> str:
        with _inbox_errors():
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
    """Whether no link leads out of the inbox, even before the folder is created."""
    expected = Path(os.path.realpath(inbox)) / folder.relative_to(inbox)
    return Path(os.path.realpath(folder)) == expected


@contextmanager
def _inbox_errors() -> Generator[None]:
    """Raises HTTPException if the inbox cannot be written."""
    try:
        yield
    except OSError as error:
        raise HTTPException(507, f"The inbox cannot be written: {error.strerror}.") from error


def safe_name(name: str) -> str:
    """The last part of a path, as a name that the daemon accepts.

    >>> safe_name("../../etc/passwd"), safe_name(".hidden"), safe_name("C:\\\\talks\\\\a.mp3")
    ('passwd', 'hidden', 'a.mp3')
    """
    plain = name.encode(errors="replace").decode().replace("\\", "/").replace("\0", "")
    last = PurePosixPath(plain).name.lstrip(".~$ ")
    suffix = PurePosixPath(last).suffix
    if len(suffix.encode()) > _MAX_SUFFIX:
        suffix = ""  # what follows a dot may also be part of a sentence
    stem = fitted(last.removesuffix(suffix), _MAX_NAME)
    kept = f"{stem or _NAMELESS}{suffix}"
    return f"{kept}.audio" if Ignore().file(kept) else kept
