"""Addresses that no machine can have, and machines that dawdle."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from transcribid.config.targets import usable_url
from transcribid.domain.news import Notice
from transcribid.hooks.address import Address
from transcribid.hooks.courier import NotDelivered


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a server that answers a byte at a time, for ten seconds."""
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                drops = 200
                while drops and not ended.wait(0.05):
                    connection.sendall(b"x")
                    drops -= 1

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        ended.set()
        thread.join()


def test_an_answer_that_drips_in_does_not_last_longer_than_any_other(
    dripping: str, notice: Notice
) -> None:
    with pytest.raises(NotDelivered) as refused:
        Address(dripping, None, 0.5).send(notice)

    assert str(refused.value) == "It did not respond within 0.5 seconds."


@pytest.mark.parametrize(
    "machine", ["a..b", ".a", "xn--", "a" * 64 + ".example", "ÄÖ_x.example", "a\x01b"]
)
def test_an_address_that_no_machine_can_have_is_refused_beforehand(machine: str) -> None:
    with pytest.raises(ValueError, match="the address has an invalid host name"):
        usable_url(f"https://{machine}/SECRET")


@pytest.mark.parametrize(
    "machine",
    ["localhost:8080", "127.0.0.1", "[::1]:80", "my_host", "ä.example", "xn--4ca.example."],
)
def test_an_address_that_a_machine_can_have_is_taken(machine: str) -> None:
    url = f"https://user:p%40ss@{machine}/a?b=ü"

    assert usable_url(url) == url
