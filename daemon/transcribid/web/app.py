"""The API: reads the ledger and the outbox, posts commands, decides nothing."""

from fastapi import FastAPI

from transcribid import __version__
from transcribid.web import (
    asr,
    jobs,
    memory,
    metrics,
    openai,
    page,
    settings,
    state,
    transcribe,
    uploads,
)
from transcribid.web.desk import Desk
from transcribid.web.guard import Guard

_ROUTERS = (
    state.router,
    memory.router,
    jobs.router,
    uploads.router,
    transcribe.router,
    openai.router,
    asr.router,
    metrics.router,
    settings.router,
    page.router,
)


def open_app(desk: Desk) -> FastAPI:
    """For the Unix socket: the permissions of its file are the lock."""
    app = FastAPI(title="transcribid", version=__version__, docs_url=None, redoc_url=None)
    for router in _ROUTERS:
        app.include_router(router(desk))
    return app


def guarded_app(desk: Desk) -> FastAPI:
    """For the network."""
    app = open_app(desk)
    app.add_middleware(Guard, door=desk.door)
    return app
