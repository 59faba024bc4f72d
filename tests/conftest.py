"""What all tests share."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """A test that wants the log looks at the daemon's own."""
    structlog.configure(processors=[_drop])


def _drop(*_: object) -> dict[str, object]:
    raise structlog.DropEvent
