"""One set of results for all tests, and its tables at the end."""

import pytest
from rich.console import Console

from real.results import Results

_RESULTS = pytest.StashKey[Results]()
_WIDTH = 140  # columns


@pytest.fixture(scope="session")
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Results:
    results = Results(tmp_path_factory.mktemp("voices"))
    request.config.stash[_RESULTS] = results
    return results


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if results := config.stash.get(_RESULTS, None):
        console = Console(width=_WIDTH)
        with console.capture() as printed:
            for table in results.tables():
                console.print(table)
            for remark in results.remarks():
                console.print(remark, markup=False)
        terminalreporter.write(printed.get())
