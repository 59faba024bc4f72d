"""Client for a running daemon: its API on the Unix socket."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from transcribid.cli.options import fail
from transcribid.web.address import reachable

NO_DAEMON = 69  # sysexits.h: EX_UNAVAILABLE
NOT_DONE = 1


class Client:
    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        return _answer(self._http.get(path, params=query))

    def post(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        return _answer(self._http.post(path, params=query))


@contextmanager
def client(state: Path) -> Generator[Client]:
    """A client for the daemon of a state folder; fails with a remedy if none runs."""
    try:
        with reachable(state) as address:
            transport = httpx.HTTPTransport(uds=address)
            base_url = "http://localhost"
            with httpx.Client(transport=transport, base_url=base_url, timeout=90.0) as http:
                yield Client(http)
    except (httpx.ConnectError, FileNotFoundError):
        fail(f"No daemon is running for {state}. Start it: transcribid run", NO_DAEMON)
    except httpx.TransportError as error:
        fail(f"The daemon for {state} did not respond ({error}). Try again.", NO_DAEMON)
    except PermissionError:
        fail(f"Access to the daemon for {state} denied: run as its user or as root.", NO_DAEMON)


def _answer(response: httpx.Response) -> Any:
    try:
        answer: Any = response.json()
    except ValueError:
        status = f"{response.status_code} {response.reason_phrase}"
        fail(f"The daemon's response is not JSON ({status}). Try again.", NO_DAEMON)
    if not response.is_success:
        fail(str(answer.get("detail", response.text)), NOT_DONE)
    return answer
