"""What all tests share."""

import pytest
import structlog
from hypothesis import HealthCheck, settings

# A busy machine takes longer, and that is no failure.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """A test that wants the log looks at the daemon's own."""
    structlog.configure(processors=[_drop])


def _drop(*_: object) -> dict[str, object]:
    raise structlog.DropEvent
