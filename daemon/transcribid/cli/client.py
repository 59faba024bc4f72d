"""The command line's way into a running daemon: its API on the Unix socket."""

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
    """Talk to the daemon of a state folder; without one, say how to start it."""
    try:
        with reachable(state) as address:
            transport = httpx.HTTPTransport(uds=address)
            base_url = "http://localhost"
            with httpx.Client(transport=transport, base_url=base_url, timeout=90.0) as http:
                yield Client(http)
    except (httpx.ConnectError, FileNotFoundError):
        fail(f"No daemon runs with {state}. Start it: transcribid run", NO_DAEMON)
    except httpx.TransportError as error:
        fail(f"The daemon of {state} gave no answer ({error}). Ask again.", NO_DAEMON)
    except PermissionError:
        fail(f"You may not speak to the daemon of {state}: be its user, or root.", NO_DAEMON)


def _answer(response: httpx.Response) -> Any:
    try:
        answer: Any = response.json()
    except ValueError:
        status = f"{response.status_code} {response.reason_phrase}"
        fail(f"The daemon gave an answer that is no JSON ({status}). Ask again.", NO_DAEMON)
    if not response.is_success:
        fail(str(answer.get("detail", response.text)), NOT_DONE)
    return answer
