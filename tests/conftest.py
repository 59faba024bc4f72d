"""What all tests share."""

import os

import pytest
import structlog
from hypothesis import HealthCheck, settings

from transcribid.environment import QUIET

os.environ |= QUIET  # before any library is imported that reads it

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
