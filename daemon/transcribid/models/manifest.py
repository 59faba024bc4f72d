"""Records the fetched files, so that later damage can be detected."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    repository: str
    revision: str  # the commit
    files: Mapping[str, ManifestEntry]

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files.values())


class Unreadable(Exception):
    """There is a manifest, but it cannot be read."""


_MANIFEST = TypeAdapter(Manifest)


def read(folder: Path) -> Manifest | None:
    """None if there is none. Raises Unreadable."""
    try:
        return _MANIFEST.validate_json((folder / NAME).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise Unreadable(f"{NAME} cannot be read") from error


def encoded(manifest: Manifest) -> bytes:
    return json.dumps(asdict(manifest), indent=1).encode() + b"\n"
