"""What the engines take of the memory, now and before."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.serving import PATIENCE, Served
from support.daemon import wait_until
from transcribid.config import Config
from transcribid.domain.transcript import Performer
from transcribid.gpu.meter import GpuMemory, Sample
from transcribid.ledger import Ledger
from transcribid.service.mailbox import Mailbox
from transcribid.service.status import Status
from transcribid.web.access import AccessPolicy
from transcribid.web.app import open_app
from transcribid.web.context import Context
from transcribid.workers import Working

MIB = 1 << 20


def resident(daemon: Served) -> int:
    """As the kernel tells it: the engine, and what it started."""
    [engine] = daemon.house.children()
    threads = Path(f"/proc/{engine}/task").iterdir()
    started = [pid for each in threads for pid in (each / "children").read_text().split()]
    return sum(_resident(pid) for pid in (engine, *map(int, started)))


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))


def is_about(told: float, daemon: Served) -> bool:
    """It is older than what the kernel says now."""
    return told == pytest.approx(resident(daemon), rel=0.3)


@pytest.mark.api
def test_memory_is_told_with_its_past(daemon: Served, http: httpx.Client) -> None:
    def told() -> Any:
        return http.get("/memory").json()

    def now() -> float:
        return float(told()["engines"][0]["resident"][-1] or 0)

    before = told()
    wait_until(lambda: len(told()["at"]) > len(before["at"]), PATIENCE, "another sample")
    wait_until(lambda: is_about(now(), daemon), PATIENCE, "what the kernel says")
    [engine] = (after := told())["engines"]
    times = after["at"]

    assert times[: len(before["at"])] == before["at"]
    assert all(later - at > 9.0 for at, later in pairwise(times))
    assert (engine["number"], engine["gpu_used"], engine["gpu_total"]) == (0, [], None)
    assert len(engine["resident"]) == len(times)


def test_memory_is_a_number_for_prometheus(daemon: Served, http: httpx.Client) -> None:
    def families() -> dict[str, Any]:
        text = http.get("/metrics").text
        return {family.name: family for family in text_string_to_metric_families(text)}

    def sample() -> Any:
        return families()["transcribid_engine_memory_bytes"].samples[0]

    wait_until(lambda: is_about(sample().value, daemon), PATIENCE, "what the kernel says")
    assert sample().labels == {"engine": "0"}
    assert families()["transcribid_gpu_memory_used_bytes"].samples == []
    assert families()["transcribid_gpu_memory_bytes"].samples == []


def test_the_past_is_documented(http: httpx.Client) -> None:
    documented = http.get("/openapi.json").json()
    schemas = documented["components"]["schemas"]

    assert "/memory" in documented["paths"]
    assert {"at", "interval", "engines"} == set(schemas["MemoryView"]["properties"])
    assert "resident" in schemas["EngineMemory"]["properties"]


SAMPLES = (
    Sample(10.0, {}, {}),
    Sample(20.0, {0: 300 * MIB, 1: 400 * MIB}, {0: GpuMemory(5, 24), 1: GpuMemory(6, 48)}),
    Sample(30.0, {0: 310 * MIB}, {1: GpuMemory(7, 48)}),
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


def told_of(samples: Sequence[Sample], device: str, ledger: Ledger) -> TestClient:
    """The app, where the daemon had measured this on two GPUs."""
    engines = {each: Working(each, Performer("m", device, "t", "e"), "") for each in (0, 1)}
    status, here = Status(since=0.0, engines=engines), Path()
    access = AccessPolicy((), addresses=False, token=None, max_upload=0)
    desk = Context(
        lambda: status, ledger, Mailbox(), here, here, access, Config, lambda: samples
    )
    return TestClient(open_app(desk))


def test_gpus_are_told_where_somebody_tells_of_them(ledger: Ledger) -> None:
    http = told_of(SAMPLES, "cuda", ledger)
    told: dict[str, Any] = http.get("/memory").json()

    assert told["at"] == [10.0, 20.0, 30.0]
    assert told["engines"] == [
        {
            "number": 0,
            "resident": [None, 300 * MIB, 310 * MIB],
            "gpu_used": [None, 5, None],
            "gpu_total": 24,
        },
        {
            "number": 1,
            "resident": [None, 400 * MIB, None],
            "gpu_used": [None, 6, 7],
            "gpu_total": 48,
        },
    ]
    assert 'transcribid_gpu_memory_used_bytes{gpu="1"} 7.0' in http.get("/metrics").text


def test_an_engine_on_the_cpu_has_no_gpu_memory(ledger: Ledger) -> None:
    told = told_of(SAMPLES, "cpu", ledger).get("/memory").json()

    assert [each["gpu_total"] for each in told["engines"]] == [None, None]


def test_before_the_first_sample_there_is_nothing_to_tell(ledger: Ledger) -> None:
    told = told_of((), "cuda", ledger).get("/memory").json()

    assert told["at"] == []
    assert [each["resident"] for each in told["engines"]] == [[], []]
