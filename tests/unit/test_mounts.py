"""File systems that others may change behind this kernel's back are known by their type."""

import os
from pathlib import Path

import pytest

from transcribid.storage.mounts import kind_in, remote_kind

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:28 / /srv/share rw,relatime shared:12 - nfs4 nas:/share rw,vers=4.2
40 22 0:51 / /srv/union rw - fuse.mergerfs a:b rw
"""


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        (os.makedev(254, 0), "ext4"),
        (os.makedev(0, 28), "nfs4"),
        (os.makedev(0, 51), "fuse.mergerfs"),
        (os.makedev(9, 9), ""),
    ],
)
def test_the_type_is_read_from_the_kernels_list(device: int, kind: str) -> None:
    assert kind_in(MOUNTS, device) == kind


def test_a_local_folder_is_not_remote(tmp_path: Path) -> None:
    assert remote_kind(tmp_path) is None
