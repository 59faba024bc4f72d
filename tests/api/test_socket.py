"""The Unix socket, by which the command line and the watchdog ask."""

import contextlib
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from api.serving import Serve
from support.daemon import House
from transcribid.web.address import reachable


def test_a_crowd_on_the_network_leaves_the_socket_free(serve: Serve) -> None:
    it = serve().begin()
    with contextlib.ExitStack() as crowd:
        for number in range(64):
            source = (f"127.0.0.{number // 16 + 2}", 0)
            address = ("127.0.0.1", it.port)
            crowd.enter_context(socket.create_connection(address, source_address=source))

        it.house.asked("status", "--ready")
    assert it.house.stop() == 0


@contextlib.contextmanager
def answering(state: Path, answer: bytes) -> Generator[None]:
    """Something that is no daemon of ours, once."""
    state.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        with reachable(state) as address:
            listener.bind(address)
        listener.listen()

        def serve() -> None:
            visitor, _ = listener.accept()
            with visitor:
                visitor.recv(65536)
                visitor.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "did not respond"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", "did not respond"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "not JSON (200 OK)"),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 5\r\n\r\nhello", "not JSON (502 Bad)"),
    ],
)
def test_a_daemon_that_answers_oddly_is_told_of_in_a_sentence(
    tmp_path: Path, answer: bytes, sentence: str
) -> None:
    house = House(tmp_path)
    with answering(house.state, answer):
        said = house.asked("status", status=69)

    assert sentence in said
    assert "Traceback" not in said
