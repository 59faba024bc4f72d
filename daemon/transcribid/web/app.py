"""The API: reads the ledger, posts commands, decides nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import anyio.to_thread
from fastapi import FastAPI, HTTPException, Query, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from transcribid import __version__
from transcribid.domain.job import JobId, State
from transcribid.ledger import Ledger
from transcribid.mailbox import Command, Declined, Mailbox, Verb
from transcribid.status import Status
from transcribid.web.models import Answer, JobDetail, JobView, StatusView

_PATIENCE = 60.0  # seconds a command waits for the deciding thread


@dataclass(frozen=True, slots=True)
class Desk:
    """What the API may touch: two ways to read and one to ask."""

    status: Callable[[], Status]
    ledger: Ledger  # a connection of the web's own
    mailbox: Mailbox


def reading(desk: Desk) -> FastAPI:
    """For the loopback address: whoever asks may know, and change nothing."""
    app = FastAPI(title="transcribid", version=__version__)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    _add_reading(app, desk)
    return app


def acting(desk: Desk) -> FastAPI:
    """For the Unix socket: the permissions of its file are the lock."""
    app = FastAPI(title="transcribid", version=__version__)
    _add_reading(app, desk)
    _add_acting(app, desk)
    return app


def _add_reading(app: FastAPI, desk: Desk) -> None:
    @app.get("/status")
    def status() -> StatusView:
        return StatusView.of(desk.status(), desk.ledger)

    @app.get("/jobs")
    def jobs(
        state: State | None = None, limit: Annotated[int, Query(ge=1, le=10_000)] = 100
    ) -> list[JobView]:
        found = desk.ledger.in_state(state, limit) if state else desk.ledger.unfinished(limit)
        return [JobView.of(job) for job in found]

    @app.get("/jobs/{job}")
    def job(job: int) -> JobDetail:
        try:
            found = desk.ledger.get(JobId(job))
        except KeyError:
            raise HTTPException(404, f"There is no job {job}.") from None
        return JobDetail.with_history(found, desk.ledger.history(found.id))

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        status = desk.status()
        ready = status.ready and not status.trouble and not status.stopping
        response.status_code = 200 if ready else 503
        return {
            "status": status.word,
            "trouble": status.trouble or "",
            "detail": status.sentence,
        }


def _add_acting(app: FastAPI, desk: Desk) -> None:
    async def ask(verb: Verb, job: int | None = None) -> Answer:
        command = Command(verb, None if job is None else JobId(job))
        desk.mailbox.put(command)
        try:
            answer = await anyio.to_thread.run_sync(command.answer.result, _PATIENCE)
        except Declined as declined:
            raise HTTPException(409, str(declined)) from None
        except TimeoutError:
            raise HTTPException(504, "The daemon is busy; it will do it soon.") from None
        return Answer(answer=answer)

    @app.post("/pause")
    async def pause() -> Answer:
        return await ask(Verb.PAUSE)

    @app.post("/resume")
    async def resume() -> Answer:
        return await ask(Verb.RESUME)

    @app.post("/retry")
    async def retry_all() -> Answer:
        return await ask(Verb.RETRY_ALL)

    @app.post("/jobs/{job}/retry")
    async def retry(job: int) -> Answer:
        return await ask(Verb.RETRY, job)

    @app.post("/jobs/{job}/cancel")
    async def cancel(job: int) -> Answer:
        return await ask(Verb.CANCEL, job)
