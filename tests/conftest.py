"""What all tests share."""

import os

import pytest
import structlog
from hypothesis import HealthCheck, settings

from support.tell import Tell
from transcribid.process.environment import QUIET

os.environ |= QUIET  # before any library is imported that reads it

# A busy machine takes longer, and that is no failure.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


_TOLD = "told"


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Put a line below the results of the test run, from whichever process runs the test."""
    return lambda text: request.node.user_properties.append((_TOLD, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in _told(report):
                terminalreporter.write_line(f"{name}: {text}")


def _told(report: object) -> list[tuple[str, str]]:
    if not isinstance(report, pytest.TestReport) or report.when != "call":
        return []
    name = report.nodeid.rpartition("::")[2]
    return [(name, str(text)) for key, text in report.user_properties if key == _TOLD]


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """A test that wants the log looks at the daemon's own."""
    structlog.configure(processors=[_drop])


def _drop(*_: object) -> dict[str, object]:
    raise structlog.DropEvent
