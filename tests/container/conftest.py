"""The image of this working tree, built once, and a house for each test."""

from pathlib import Path

import pytest

from support import podman
from support.boxed import furnished
from support.daemon import House

_BUILT = pytest.StashKey[podman.Image]()


@pytest.fixture(scope="session")
def built(pytestconfig: pytest.Config) -> podman.Image:
    if reason := podman.missing():
        pytest.skip(reason)
    try:
        image = podman.image()
    except podman.NoBase as reason:
        pytest.skip(str(reason))
    pytestconfig.stash[_BUILT] = image
    return image


@pytest.fixture
def image(built: podman.Image) -> str:
    return built.name


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished(tmp_path)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if image := config.stash.get(_BUILT, None):
        own = (image.size - image.base_size) / 1e6
        terminalreporter.write_line(
            f"image: {own:.0f} MB in {image.layers} layers above {image.base_size / 1e6:.0f} MB"
            f" of its base, built in {image.seconds:.0f} s"
        )
