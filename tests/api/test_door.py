"""A port open to the network: the addresses and host names it accepts."""

from collections.abc import Iterator

import pytest

from api.serving import Served, raw, served

TOKEN = "0123456789abcdef-not-to-be-guessed"
NUMBERS = ["192.168.1.5", "127.0.0.2", "[::2]", "[fe80::1]", "[::ffff:10.0.0.1]", "8.8.8.8"]
LOOKALIKES = [
    "evil.example",
    "127.0.0.1.evil.example", "192.168.1.5.nip.io", "192-168-1-5.evil.example",
    "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01",
    "256.0.0.1", "1.2.3", "1.2.3.4.5", "localhost@evil.example", "127.0.0.1@evil.example",
    "x:y@127.0.0.1", "127.0.0.1#evil.example", "127.0.0.1/evil",
    "127.0.0.1 evil",
    "127.0.0.1,evil",
    "[127.0.0.1]", "[::1", "::1", "[::1].evil.example", "[::1]evil", "[fe80::1%25eth0]",
    "[::g]", "[v1.x]", "[]", "\u00b9.2.3.4", "127.0.0.1:80:80", "127.0.0.1:evil",
]  # fmt: skip


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    it = served(tmp_path_factory.mktemp("wide"), web={"host": "0.0.0.0", "token": TOKEN})
    with it.house:
        yield it.begin()
        assert it.house.stop() == 0


def greeted(it: Served, host: str, origin: str = "") -> bytes:
    told = f"Origin: {origin}\r\n" if origin else ""
    shown = f"Authorization: Bearer {TOKEN}\r\n"
    request = f"GET /status HTTP/1.1\r\nHost: {host}\r\n{told}{shown}\r\n"
    return raw(it, request.encode("latin-1"))[9:12]


@pytest.mark.parametrize("port", ["", ":5000", ":"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_wide_door_may_be_called_by_any_number(wide: Served, number: str, port: str) -> None:
    assert greeted(wide, number + port) == b"200"
    assert greeted(wide, number + port, f"http://{number}{port}") == b"200"


@pytest.mark.parametrize("name", LOOKALIKES)
def test_what_only_looks_like_a_number_is_a_name(wide: Served, name: str) -> None:
    assert greeted(wide, name) in (b"421", b"400")


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://192.168.1.6", "http://192.168.1.5:1", "null", "192.168.1.5",
     "http://192.168.1.5.evil.example", "http://evil.example@192.168.1.5"],
)  # fmt: skip
def test_pages_of_others_are_refused_by_number_too(wide: Served, origin: str) -> None:
    assert greeted(wide, "192.168.1.5", origin) == b"403"


def test_a_token_may_be_the_password_of_an_address(wide: Served) -> None:
    with wide.client() as http:
        for auth, status in ((("bazarr", TOKEN), 200), ((TOKEN, ""), 401), (("x", "y"), 401)):
            assert http.get("/status", auth=auth).status_code == status
