"""The GPUs of this machine, found without any library that could crash."""

import os
from pathlib import Path

_DEVICES = Path("/dev")


def count(devices: Path = _DEVICES) -> int:
    """The number of GPUs that this process may use.

    Counts the device nodes of NVIDIA's driver: a container has only those it was given. WSL
    has one node for all GPUs.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    nodes = [node for node in devices.glob("nvidia*") if node.name[6:].isdigit()]
    present = len(nodes) or int((devices / "dxg").exists())
    if visible is None:
        return present
    return min(present, len([each for each in visible.split(",") if each.strip()]))
