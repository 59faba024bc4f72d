"""Who waits for a job, and who no longer does."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import anyio
import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from transcribid.config import load
from transcribid.domain.job import JobId, Source
from transcribid.ledger import Ledger
from transcribid.service.mailbox import Mailbox
from transcribid.web import access
from transcribid.web.context import Context


def unasked() -> NoReturn:
    raise AssertionError("nobody asks for it")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Context]:
    config = partial(load, None, environment={}, overrides={})
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.add([Source("talk.wav", 1, 1)], at=0.0)
    yield Context(
        status=unasked,
        ledger=ledger,
        mailbox=Mailbox(),
        inbox=tmp_path,
        outbox=tmp_path,
        access=access.policy(config()),
        config=config,
        memory=unasked,
    )
    ledger.close()


def test_nobody_looks_at_a_job_for_a_client_that_has_gone(desk: Context) -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def wait() -> None:
        with anyio.fail_after(60.0):
            await desk.wait_for_end(JobId(1), Request({"type": "http"}, gone))

    with pytest.raises(ClientDisconnect):
        anyio.run(wait)


@pytest.mark.api
def test_the_longer_a_job_takes_the_more_seldom_it_is_looked_at(desk: Context) -> None:
    looks = 0

    async def wait() -> None:
        nonlocal looks
        with anyio.move_on_after(6.0):
            async for _ in desk.watched(JobId(1)):
                looks += 1

    anyio.run(wait)
    assert 5 < looks < 20
