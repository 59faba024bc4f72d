"""GPUs are counted by the nodes of their driver."""

from pathlib import Path

import pytest

from transcribid.gpu import devices


@pytest.mark.parametrize(
    ("nodes", "visible", "count"),
    [
        ((), None, 0),
        (("nvidiactl", "nvidia-uvm", "nvidia-caps"), None, 0),
        (("nvidia0", "nvidiactl"), None, 1),
        (("nvidia0", "nvidia1", "nvidia10", "nvidiactl"), None, 3),
        (("nvidia3",), None, 1),
        (("dxg",), None, 1),
        (("nvidia0", "nvidia1"), "1", 1),
        (("nvidia0", "nvidia1"), "", 0),
        (("nvidia0",), "0,1", 1),
    ],
)
def test_gpus_are_counted_by_what_the_driver_shows_and_cuda_may_see(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    nodes: tuple[str, ...],
    visible: str | None,
    count: int,
) -> None:
    for node in nodes:
        (tmp_path / node).touch()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert devices.count(tmp_path) == count
