"""Known speakers: a folder with a clip of each, named after them."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from transcribid.diarizer.clustering import ALIKE, BlockTurns, Voice, likeness
from transcribid.diarizer.voice_cache import VoiceCache
from transcribid.domain.naming import printable
from transcribid.domain.transcript import Turn
from transcribid.protocol.errors import Refused

Alive = Callable[[], None]
"""Is called now and then, for whoever is silent is taken for dead."""

_Version = tuple[Path, int, int]


class Voices:
    """Clips are heard once, and again when they change."""

    def __init__(
        self,
        folder: Path | None,
        heard: Callable[[Path, Alive], Voice | None],
        kept: VoiceCache,
    ) -> None:
        """`heard` tells how the one speaker of a clip sounds; it raises Refused."""
        self._folder = folder
        self._heard = heard
        self._kept = kept
        self._known: dict[_Version, Voice | None] = {}

    def named(self, told: BlockTurns, alive: Alive) -> tuple[Turn, ...]:
        """The turns, with names where speakers sound like somebody who is known."""
        names = _names(told.voices, list(self._all(alive)))
        return tuple(
            replace(turn, speaker=names.get(turn.speaker, turn.speaker)) for turn in told.turns
        )

    def _all(self, alive: Alive) -> Iterator[tuple[str, Voice]]:
        clips = self._clips()
        for path in clips:
            if (voice := self._of(path, alive)) is not None:
                yield _name(path), voice
        if clips:  # else the folder may only be out of reach
            self._kept.tidy()

    def _clips(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            entries = sorted(self._folder.iterdir())
            return [
                path for path in entries if path.is_file() and not path.name.startswith(".")
            ]
        except OSError as error:
            sys.stderr.write(f"The folder of voices cannot be read: {error}\n")
            return []

    def _of(self, path: Path, alive: Alive) -> Voice | None:
        try:
            facts = path.stat()
            version = (path, facts.st_size, facts.st_mtime_ns)
            if version not in self._known:
                self._known[version] = self._recalled(path, alive)
            return self._known[version]
        except FileNotFoundError:
            return None  # removed a moment ago
        except OSError as error:
            sys.stderr.write(f"The voice {path} cannot be read: {error}\n")
            return None

    def _recalled(self, path: Path, alive: Alive) -> Voice | None:
        """Raises OSError."""
        name = self._kept.name(path)
        if (kept := self._kept.read(name)) is not None:
            return kept
        if (voice := self._hear(path, alive)) is not None:
            self._kept.write(name, voice)
        return voice

    def _hear(self, path: Path, alive: Alive) -> Voice | None:
        try:
            voice = self._heard(path, alive)
        except Refused as refused:
            sys.stderr.write(f"The voice {path} cannot be used. {refused}\n")
            return None
        if voice is None:
            sys.stderr.write(f"The voice {path} contains no speech.\n")
        return voice


def _name(clip: Path) -> str:
    """On one line, in letters that can be written."""
    return printable(" ".join(clip.stem.split()))


def _names(voices: Mapping[str, Voice], known: Sequence[tuple[str, Voice]]) -> dict[str, str]:
    """Whom each speaker sounds like, the most alike first; nobody is two speakers."""
    pairs = sorted(
        (
            (likeness(voice, other), speaker, name)
            for speaker, voice in voices.items()
            for name, other in known
        ),
        reverse=True,
    )
    names: dict[str, str] = {}
    for alike, speaker, name in pairs:
        if alike >= ALIKE and speaker not in names and name not in names.values():
            names[speaker] = name
    return names
