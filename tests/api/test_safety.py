"""Who may ask, from where, and how."""

import socket
import time
from http.client import HTTPException
from pathlib import Path

import httpx
import pytest

from api.serving import Serve, Served, raw
from support.clips import clip
from transcribid.web.auth import PENALTY, session_cookie

HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-resource-policy",
    "cross-origin-opener-policy",
    "cache-control",
}
TOKEN = "0123456789abcdef-not-to-be-guessed"
READS = ["/status", "/jobs", "/jobs/1", "/settings", "/metrics", "/v1/models", "/openapi.json"]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5000", "localhost.evil.example", "", "[::2]",
     "localhost@evil.example", "0.0.0.0", "[::1].evil.example"],
)  # fmt: skip
def test_names_that_lead_here_by_rebinding_are_refused(daemon: Served, host: str) -> None:
    answer = raw(daemon, f"GET /status HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert answer.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 ")), answer


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
def test_names_of_this_machine_are_taken(daemon: Served, host: str) -> None:
    request = f"GET /healthz HTTP/1.1\r\nHost: {host}:{daemon.port}\r\n\r\n".encode()

    assert raw(daemon, request).startswith(b"HTTP/1.1 200 ")


def test_two_hosts_or_none_are_refused(daemon: Served) -> None:
    two = b"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"

    assert raw(daemon, two).startswith(b"HTTP/1.1 400 ")
    assert raw(daemon, b"GET /status HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert raw(daemon, b"GET /status HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_others_are_refused(http: httpx.Client, headers: dict[str, str]) -> None:
    for verb, path in (("GET", "/status"), ("POST", "/pause"), ("PUT", "/inbox/x.wav")):
        assert http.request(verb, path, headers=headers).status_code == 403


def test_our_own_page_is_served(daemon: Served, http: httpx.Client) -> None:
    headers = {"Origin": f"http://localhost:{daemon.port}", "Sec-Fetch-Site": "same-origin"}

    assert http.get("/status", headers=headers).status_code == 200


def test_nobody_is_invited_by_cors(http: httpx.Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = http.options("/transcribe", headers=asked)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_has_the_headers(daemon: Served, http: httpx.Client) -> None:
    answers = [
        http.get("/status"),
        http.get("/nothing"),
        http.get("/pause"),
        http.get("/jobs/999999"),
        http.get("/jobs?limit=x"),
        http.get("/status", headers={"Host": "evil.example"}),
        http.get("/status", headers={"Origin": "https://evil.example"}),
        http.post("/transcribe", content=b"{"),
        http.post("/transcribe", content=bytes(1 << 20)),
        http.get("/openapi.json"),
        http.options("/status"),
    ]

    for answer in answers:
        assert set(answer.headers) >= HEADERS, answer
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers
    nonsense = raw(daemon, b"NONSENSE\r\n\r\n").lower()
    assert nonsense.startswith(b"http/1.1 400 ")
    assert all(name.encode() in nonsense for name in HEADERS)


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/page/../../../../etc/passwd",
        "/page/%2e%2e/%2e%2e/app.py",
        "/page/..%2f..%2fapp.py",
        "/page/....//app.py",
        "/page//etc/passwd",
        "/page/%00",
        "/page/..\\..\\app.py",
        "/inbox/../../etc/passwd",
        "/inbox/.transcribid",
        "/jobs/1/transcript.txt/../../../etc/passwd",
        "/jobs/1/transcript.%2e%2e%2fetc",
        "//etc/passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "/state/ledger.sqlite3",
    ],
)
def test_no_path_leads_to_files(daemon: Served, path: str) -> None:
    answer = raw(daemon, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert answer.split()[1] in (b"400", b"404", b"405", b"307"), answer
    assert b"root:" not in answer
    assert b"SQLite" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (64 << 10) + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X: x\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"x" * (64 << 10) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        b"Content-Length: 1\r\n\r\nx",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0" * 100_000,
    ],
)
def test_what_is_no_request_is_refused(daemon: Served, request_: bytes) -> None:
    try:
        answer = raw(daemon, request_)
    except (ConnectionError, HTTPException):
        answer = b""

    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 ")), answer
    assert raw(daemon, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")[9:12] == b"200"


def test_cookies_of_other_programs_are_no_trouble(http: httpx.Client) -> None:
    for cookie in ("a,b=1; x", "=; ;;", "a/b[]=\xff", 'x="unclosed', "expires=1; path=/"):
        answer = http.get("/status", headers={b"Cookie": cookie.encode("latin-1")})
        assert answer.status_code == 200


def test_with_a_token_nothing_is_told_without_it(serve: Serve) -> None:
    it = serve(web={"token": TOKEN}).begin()
    with it.client() as http:
        for path in READS:
            assert http.get(path).status_code == 401, path
        for verb, path in (("POST", "/pause"), ("PUT", "/settings"), ("PUT", "/inbox/x.wav")):
            answer = http.request(verb, path, content=b"{}")
            assert answer.status_code == 401
            assert "web.token" in answer.json()["detail"]
            assert set(answer.headers) >= HEADERS
        for shown in ("Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer", f"Bearer {TOKEN}x"):
            assert http.get("/status", headers={"Authorization": shown}).status_code == 401
        strange = {b"Authorization": b"Bearer \xff\xfe"}
        assert http.get("/status", headers=strange).status_code == 401
        for name in (f"{session_cookie(TOKEN)[0]}=wrong", f"transcribid={TOKEN}", "a,b=1"):
            assert http.get("/status", headers={"Cookie": name}).status_code == 401
        for shown in ("Bearer", "bearer"):
            headers = {"Authorization": f"{shown} {TOKEN}"}
            assert http.get("/status", headers=headers).status_code == 200
        cookies = {"Cookie": f"a,b=1; {'='.join(session_cookie(TOKEN))}; c=2"}
        assert http.get("/status", headers=cookies).status_code == 200
        for path in ("/healthz", "/readyz"):
            assert http.get(path).status_code == 200
        for path in ("/healthz/../status", "/page/../status", "/readyz?x=/status", "//status"):
            answer = raw(it, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert b'"device"' not in answer
    assert it.house.stop() == 0
    assert TOKEN not in (it.house.root / "log").read_text()


def test_half_a_character_is_no_token(serve: Serve) -> None:
    it = serve(web={"token": TOKEN}).begin()
    with it.client() as http:
        headers = {"Content-Type": "application/json"}
        answer = http.post("/login", content=b'{"token": "\\ud800"}', headers=headers)

    assert answer.status_code in (401, 422), answer.text


@pytest.mark.parametrize("host", ["127.0.0.2", "127.0.0.2:5000"])
def test_the_address_that_is_configured_may_be_called(serve: Serve, host: str) -> None:
    it = serve(web={"host": "127.0.0.2"}).begin()
    with socket.create_connection(("127.0.0.2", it.port)) as connection:
        connection.sendall(f"GET /status HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

        assert connection.recv(12) == b"HTTP/1.1 200"


def test_a_wide_door_without_a_token_stays_shut(serve: Serve) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        it = serve(web={"host": host})
        it.house.start()

        assert it.house.ended() == 78
        assert "web.host" in it.house.last_words()
        assert "web.token" in it.house.last_words()


def test_a_wide_door_with_a_token_of_a_file_is_opened(serve: Serve, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n")
    it = serve(web={"host": "0.0.0.0", "token_file": str(secret)}).begin()
    with it.client() as http:
        assert http.get("/status").status_code == 401
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        assert http.get("/status").status_code == 200
        assert http.put("/inbox/x.wav", content=clip()).status_code == 200
        named = {"Host": f"{socket.gethostname()}:{it.port}"}
        assert http.get("/status", headers=named).status_code == 200
    assert it.house.stop() == 0


def test_a_token_that_cannot_be_read_is_said(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name in ("missing", "empty"):
        it = serve(web={"token_file": str(tmp_path / name)})
        it.house.start()

        assert it.house.ended() == 78
        assert name in it.house.last_words()


def test_a_browser_s_pass_is_not_the_token_and_opens_only_this_door(serve: Serve) -> None:
    mine, other = (serve(web={"token": token}).begin() for token in (TOKEN, TOKEN[::-1]))
    with mine.client() as http, other.client() as elsewhere:
        http.post("/login", json={"token": TOKEN}).raise_for_status()
        (cookie,) = http.cookies.jar
        assert TOKEN not in str(cookie.value)
        assert http.get("/status").is_success

        elsewhere.post("/login", json={"token": TOKEN[::-1]}).raise_for_status()
        for name, value in http.cookies.items():
            elsewhere.cookies.set(name, value)
        assert elsewhere.get("/status").is_success
        assert len(list(elsewhere.cookies.jar)) == 2

        elsewhere.cookies.clear()
        elsewhere.cookies.set(str(cookie.name), str(cookie.value))
        assert elsewhere.get("/status").status_code == 401


def test_a_wrong_token_costs_time_and_none_does_not(serve: Serve) -> None:
    it = serve(web={"token": TOKEN}).begin()
    with it.client() as http:

        def quickest(tries: int, **headers: str) -> float:
            return min(spent(**headers) for _ in range(tries))

        def spent(**headers: str) -> float:
            began = time.monotonic()
            assert http.get("/status", headers=headers).status_code == 401
            return time.monotonic() - began

        assert quickest(20) < PENALTY <= quickest(3, Authorization="Bearer a-wrong-guess")
