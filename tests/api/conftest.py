"""One real daemon that answers on a port of this machine."""

import resource
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.serving import Serve, Served, served
from support.daemon import House


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Shared by all tests that leave it as they found it."""
    it = served(tmp_path_factory.mktemp("api"))
    with it.house:
        yield it.begin()
        assert it.house.lives(), it.house.last_words()
        assert not [line for line in it.house.events("library.said") if "ASGI" in str(line)]
        assert it.house.stop() == 0


@pytest.fixture
def http(daemon: Served) -> Iterator[httpx.Client]:
    with daemon.client() as client:
        yield client


@pytest.fixture
def paused(http: httpx.Client) -> Iterator[None]:
    http.post("/pause").raise_for_status()
    yield
    http.post("/resume").raise_for_status()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A daemon of the test's own, with settings of its own."""
    running: list[AbstractContextManager[House]] = []

    def start(**settings: Any) -> Served:
        it = served(tmp_path / f"house-{len(running)}", **settings)
        it.house.__enter__()
        running.append(it.house)
        return it

    yield start
    for house in running:
        house.__exit__(None, None, None)


@pytest.fixture
def many_files() -> None:
    """Room for connections by the hundred."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096), most))
