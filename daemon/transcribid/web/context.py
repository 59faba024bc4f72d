"""What the API may touch: two ways to read and one to ask."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from transcribid.config import Config
from transcribid.domain.job import ENDED, Job, JobId
from transcribid.gpu.meter import Sample
from transcribid.ledger import Ledger
from transcribid.service.mailbox import Command, Declined, Mailbox
from transcribid.service.status import Status
from transcribid.storage.quarantine import Quarantine
from transcribid.web.access import Door

_PATIENCE = 60.0  # seconds a command waits for the deciding thread
_LOOKS, _SELDOM = 0.2, 2.0  # seconds between two looks at a job: at first, and at last
_PATIENT = 1.1  # so many times the last pause is the next one


@dataclass(frozen=True, slots=True)
class Context:
    status: Callable[[], Status]
    ledger: Ledger  # a connection of the web's own
    mailbox: Mailbox
    inbox: Path
    outbox: Path
    door: Door
    config: Callable[[], Config]
    memory: Callable[[], Sequence[Sample]]  # oldest first

    async def ask(self, command: Command) -> str:
        """Raises HTTPException with the daemon's own words."""
        self.mailbox.put(command)
        try:
            return await anyio.to_thread.run_sync(command.answer.result, _PATIENCE)
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

    def heard(self) -> set[JobId]:
        """Of which jobs something is being heard now."""
        return {each.job for each in self.status().running}

    def gone(self, jobs: Iterable[Job]) -> set[Job]:
        """Those that were given up and whose files were removed; none where nobody can tell."""
        folders = self.config().folders
        with suppress(OSError):
            return set(Quarantine(folders.quarantine, folders.inbox).gone(jobs))
        return set()

    async def watched(self, job: JobId) -> AsyncIterator[Job]:
        """The job again and again, less and less often, until it has ended."""
        pause = _LOOKS
        while True:
            now = self.ledger.get(job)
            yield now
            if now.state in ENDED:
                return
            await anyio.sleep(pause)
            pause = min(pause * _PATIENT, _SELDOM)

    async def wait_for_end(self, job: JobId, request: Request) -> Job:
        """Raises ClientDisconnect once nobody waits for it any more."""
        async for now in self.watched(job):
            if await request.is_disconnected():
                raise ClientDisconnect
            if now.state in ENDED:
                return now
        raise AssertionError("it is watched until it has ended")
