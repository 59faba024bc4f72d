"""One booted system with an installed service for all tests, and a fresh service for each."""

from collections.abc import Iterator

import pytest

from support.installed import Installed, installed
from support.rootfs import CannotBoot


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A system on which the five commands were run."""
    try:
        with installed(tmp_path_factory.mktemp("house")) as house:
            yield house
    except CannotBoot as error:
        pytest.skip(str(error))


@pytest.fixture
def stopped(house: Installed) -> Installed:
    """The service as installed, not started."""
    house.begin_anew()
    return house


@pytest.fixture
def service(stopped: Installed) -> Installed:
    """The service as installed, started."""
    stopped.control("start")
    return stopped
