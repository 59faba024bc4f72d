"""Known speakers: a folder with a clip of each, named after them."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from transcribid.domain.transcript import Turn
from transcribid.engine import Refused
from transcribid.engine.diarizer.joining import ALIKE, Told, Voice, likeness

_Version = tuple[Path, int, int]


class Voices:
    """Clips are heard once, and again when they change."""

    def __init__(self, folder: Path | None, heard: Callable[[Path], Voice | None]) -> None:
        """`heard` tells how the one speaker of a clip sounds; it raises Refused."""
        self._folder = folder
        self._heard = heard
        self._known: dict[_Version, Voice | None] = {}

    def named(self, told: Told) -> tuple[Turn, ...]:
        """The turns, with names where speakers sound like somebody who is known."""
        names = _names(told.voices, dict(self._all()))
        return tuple(
            replace(turn, speaker=names.get(turn.speaker, turn.speaker)) for turn in told.turns
        )

    def _all(self) -> Iterator[tuple[str, Voice]]:
        for path in self._clips():
            if (voice := self._of(path)) is not None:
                yield path.stem, voice

    def _clips(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            entries = sorted(self._folder.iterdir())
        except OSError as error:
            sys.stderr.write(f"The folder of voices cannot be read: {error}\n")
            return []
        return [path for path in entries if path.is_file() and not path.name.startswith(".")]

    def _of(self, path: Path) -> Voice | None:
        facts = path.stat()
        version = (path, facts.st_size, facts.st_mtime_ns)
        if version not in self._known:
            self._known[version] = self._hear(path)
        return self._known[version]

    def _hear(self, path: Path) -> Voice | None:
        try:
            voice = self._heard(path)
        except Refused as refused:
            sys.stderr.write(f"The voice {path} cannot be used. {refused}\n")
            return None
        if voice is None:
            sys.stderr.write(f"In the voice {path}, nobody speaks.\n")
        return voice


def _names(voices: Mapping[str, Voice], known: Mapping[str, Voice]) -> dict[str, str]:
    """Whom each speaker sounds like, the most alike first; nobody is two speakers."""
    pairs = sorted(
        (
            (likeness(voice, other), speaker, name)
            for speaker, voice in voices.items()
            for name, other in known.items()
        ),
        reverse=True,
    )
    names: dict[str, str] = {}
    for alike, speaker, name in pairs:
        if alike >= ALIKE and speaker not in names and name not in names.values():
            names[speaker] = name
    return names
