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
from transcribid.web.auth import Guard
from transcribid.web.context import Context

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


def open_app(context: Context) -> FastAPI:
    """For the Unix socket: its file permissions control access."""
    app = FastAPI(title="transcribid", version=__version__, docs_url=None, redoc_url=None)
    for router in _ROUTERS:
        app.include_router(router(context))
    return app


def guarded_app(context: Context) -> FastAPI:
    """For the network."""
    app = open_app(context)
    app.add_middleware(Guard, policy=context.access)
    return app
