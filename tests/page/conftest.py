"""One real daemon and one real browser for the tests of the page."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.browser import Browser, Open, Page, browser, free_port
from support.daemon import House, wait_until


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    with House(root, watch={"quiet": "300ms", "grace": "1s"}, web={"port": port}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), 60.0, "the engine is ready")
        yield house
        assert house.lives(), house.last_words()
        assert house.stop() == 0


@pytest.fixture(scope="session")
def address(house: House, port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def opened(chromium: Browser, address: str) -> Open:
    @contextmanager
    def opened(**looks: object) -> Generator[Page]:
        with chromium.page(address, **looks) as page:
            page.wait_for_selector("#word:is([data-state=idle], [data-state=working])")
            yield page

    return opened


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures for whoever wants to look."""
    return tmp_path_factory.mktemp("shots")
