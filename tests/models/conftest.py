"""A hub, and a desk from which to ask it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from support.desk import Desk
from support.hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture
def desk(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """What the hub's client reads from the environment, it has read when it was imported."""
    for name in os.environ:
        if name.startswith(("HF_", "TRANSCRIBID_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    desk = Desk(tmp_path, hub)
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", os.fspath(desk.cache))
    return desk
