"""One real daemon for the tests of a module."""

from collections.abc import Iterator

import pytest

from support.daemon import House, wait_until


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(
        tmp_path_factory.mktemp("house"), watch={"quiet": "500ms", "grace": "3s"}
    ) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), 60.0, "the engine is ready")
        yield house
        assert house.lives(), house.last_words()
        assert house.stop() == 0
