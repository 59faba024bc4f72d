"""Known speakers: a folder with a clip of each, whose file name is their name."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from transcribid.diarizer.clustering import ALIKE, BlockTurns, Voice, similarity
from transcribid.diarizer.voice_cache import VoiceCache
from transcribid.domain.naming import printable
from transcribid.domain.transcript import Turn
from transcribid.protocol.errors import Refused

KeepAlive = Callable[[], None]
"""Called from time to time, because a silent process is taken for dead."""

_Version = tuple[Path, int, int]


class Voices:
    """Embeds each clip once, and again when it changes."""

    def __init__(
        self,
        folder: Path | None,
        embed: Callable[[Path, KeepAlive], Voice | None],
        cache: VoiceCache,
    ) -> None:
        """`embed` returns the embedding of a clip's one speaker; it raises Refused."""
        self._folder = folder
        self._embed = embed
        self._cache = cache
        self._known: dict[_Version, Voice | None] = {}

    def named(self, recording: BlockTurns, keep_alive: KeepAlive) -> tuple[Turn, ...]:
        """The turns, with names where a speaker matches a known one."""
        names = _names(recording.voices, list(self._all(keep_alive)))
        return tuple(
            replace(turn, speaker=names.get(turn.speaker, turn.speaker))
            for turn in recording.turns
        )

    def _all(self, keep_alive: KeepAlive) -> Iterator[tuple[str, Voice]]:
        clips = self._clips()
        for path in clips:
            if (voice := self._of(path, keep_alive)) is not None:
                yield _name(path), voice
        if clips:  # else the folder may only be unreachable
            self._cache.tidy()

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

    def _of(self, path: Path, keep_alive: KeepAlive) -> Voice | None:
        try:
            facts = path.stat()
            version = (path, facts.st_size, facts.st_mtime_ns)
            if version not in self._known:
                self._known[version] = self._cached(path, keep_alive)
            return self._known[version]
        except FileNotFoundError:
            return None  # removed a moment ago
        except OSError as error:
            sys.stderr.write(f"The voice {path} cannot be read: {error}\n")
            return None

    def _cached(self, path: Path, keep_alive: KeepAlive) -> Voice | None:
        """The embedding, from the cache or computed and cached. Raises OSError."""
        name = self._cache.name(path)
        if (cached := self._cache.read(name)) is not None:
            return cached
        if (voice := self._computed(path, keep_alive)) is not None:
            self._cache.write(name, voice)
        return voice

    def _computed(self, path: Path, keep_alive: KeepAlive) -> Voice | None:
        try:
            voice = self._embed(path, keep_alive)
        except Refused as refused:
            sys.stderr.write(f"The voice {path} cannot be used. {refused}\n")
            return None
        if voice is None:
            sys.stderr.write(f"The voice {path} contains no speech.\n")
        return voice


def _name(clip: Path) -> str:
    """The speaker's name, on one line of printable characters."""
    return printable(" ".join(clip.stem.split()))


def _names(voices: Mapping[str, Voice], known: Sequence[tuple[str, Voice]]) -> dict[str, str]:
    """Match speakers to known voices, the most similar first; each name is used once."""
    pairs = sorted(
        (
            (similarity(voice, other), speaker, name)
            for speaker, voice in voices.items()
            for name, other in known
        ),
        reverse=True,
    )
    names: dict[str, str] = {}
    for similar, speaker, name in pairs:
        if similar >= ALIKE and speaker not in names and name not in names.values():
            names[speaker] = name
    return names
