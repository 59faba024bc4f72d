"""Packages from where this machine gets its own: fetched, checked, unpacked, none installed."""

from collections.abc import Iterator
from pathlib import Path

from real import cache
from real.download import DOWNLOADS
from real.packages import ALL, Kind, Package
from real.unpack import unpack


class WrongDigest(Exception):
    """What came is not what we know: never used, and never taken for mere absence."""


def fetch(package: Package) -> Path:
    """The folder with what is in it. Raises Unavailable or WrongDigest."""
    archive = _archive(package) or _download(package)
    check(package, archive)
    unpacked = cache.root() / "unpacked" / package.name / archive.name
    if not unpacked.exists():
        with cache.making(unpacked) as place:
            unpack(package, archive, place)
    return unpacked


def check(package: Package, archive: Path) -> None:
    """A version that Debian has and we never saw is used; everything else is as we know it."""
    known = package.digests.get(archive.name)
    if known is None and package.kind is Kind.DEBIAN:
        return
    if cache.digest(archive) != known:
        raise WrongDigest(f"{archive} is not what it was when its digest was written down")


def strangers() -> Iterator[str]:
    """A line for each archive in the cache whose version we never saw."""
    for package in ALL:
        archive = _archive(package)
        if archive and archive.name not in package.digests:
            yield f"{archive.name}: a version without a known digest, used as it came"


def _archive(package: Package) -> Path | None:
    return next(_folder(package).glob("[!.]*"), None)


def _download(package: Package) -> Path:
    archive = DOWNLOADS[package.kind](package, _folder(package))
    try:
        check(package, archive)
    except WrongDigest:
        cache.forget(archive.parent)
        raise
    return archive


def _folder(package: Package) -> Path:
    return cache.root() / "archives" / package.name
