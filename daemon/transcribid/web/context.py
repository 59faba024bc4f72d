"""What the API may use: ledger and outbox to read, and a mailbox for commands."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import HTTPException, Request
from fastapi import Path as PathParameter
from starlette.requests import ClientDisconnect

from transcribid.config import Config
from transcribid.domain.job import ENDED, Job, JobId
from transcribid.gpu.meter import Sample
from transcribid.ledger import Ledger
from transcribid.service.mailbox import Command, Declined, Mailbox
from transcribid.service.status import Status
from transcribid.storage.quarantine import Quarantine
from transcribid.web.access import AccessPolicy

_TIMEOUT = 60.0  # seconds a command waits for the deciding thread
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0  # seconds between two polls of a job
_BACKOFF = 1.1  # factor from one pause to the next

Number = Annotated[int, PathParameter(ge=0, lt=2**63)]  # of a job: the ledger's range


@dataclass(frozen=True, slots=True)
class Context:
    status: Callable[[], Status]
    ledger: Ledger  # a separate connection for the web server
    mailbox: Mailbox
    inbox: Path
    outbox: Path
    access: AccessPolicy
    config: Callable[[], Config]
    memory: Callable[[], Sequence[Sample]]  # oldest first

    async def ask(self, command: Command) -> str:
        """Returns the daemon's reply. Raises HTTPException with its reason."""
        self.mailbox.put(command)
        try:
            return await anyio.to_thread.run_sync(command.answer.result, _TIMEOUT)
        except Declined as declined:
            raise HTTPException(409, str(declined)) from None
        except TimeoutError:
            raise HTTPException(504, "The daemon is busy; the command will run soon.") from None

    def job(self, job: int) -> Job:
        """Raises HTTPException."""
        try:
            return self.ledger.get(JobId(job))
        except KeyError:
            raise HTTPException(
                404, f"There is no job {job}. `transcribid queue` lists them."
            ) from None

    def running(self) -> set[JobId]:
        """Jobs that are being processed now."""
        return {each.job for each in self.status().running}

    def gone(self, jobs: Iterable[Job]) -> set[Job]:
        """Failed jobs whose files were removed; none if that cannot be determined."""
        folders = self.config().folders
        with suppress(OSError):
            return set(Quarantine(folders.quarantine, folders.inbox).gone(jobs))
        return set()

    async def watched(self, job: JobId) -> AsyncIterator[Job]:
        """Yields the job at increasing intervals until it has ended."""
        pause = _FIRST_PAUSE
        while True:
            now = self.ledger.get(job)
            yield now
            if now.state in ENDED:
                return
            await anyio.sleep(pause)
            pause = min(pause * _BACKOFF, _LONGEST_PAUSE)

    async def wait_for_end(self, job: JobId, request: Request) -> Job:
        """Raises ClientDisconnect if the client leaves first."""
        async for now in self.watched(job):
            if await request.is_disconnected():
                raise ClientDisconnect
            if now.state in ENDED:
                return now
        raise AssertionError("watched() stops only once the job has ended")
