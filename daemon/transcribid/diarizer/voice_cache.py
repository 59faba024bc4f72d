"""Caches embeddings of known voices on disk, so that a new process need not compute them."""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from transcribid.diarizer.clustering import Voice
from transcribid.storage import files

_SUFFIX = ".voice"
_DIGEST = sha256().digest_size


class VoiceCache:
    """A file for each clip. All are expendable: a lost or damaged one is computed again."""

    def __init__(self, folder: Path | None, pipeline: str) -> None:
        """`pipeline` identifies the pipeline: embeddings of another one do not count."""
        self._folder = folder
        self._pipeline = sha256(pipeline.encode("utf-8", "surrogateescape"))
        self._names: set[str] = set()  # of clips that this process has seen

    def name(self, clip: Path) -> str:
        """The name of a clip's file in the cache, by its content. Raises OSError."""
        digest = self._pipeline.copy()
        digest.update(files.sha256(clip).encode())
        self._names.add(name := digest.hexdigest() + _SUFFIX)
        return name

    def read(self, name: str) -> Voice | None:
        """The embedding, or None if it is not cached."""
        try:
            content = (self._folder / name).read_bytes() if self._folder else b""
        except OSError:
            return None
        digest, voice = content[:_DIGEST], content[_DIGEST:]
        whole = voice and sha256(voice).digest() == digest
        return np.frombuffer(voice, "<f8") if whole else None

    def write(self, name: str, voice: Voice) -> None:
        """A disk error costs only time."""
        if self._folder is None:
            return
        content = voice.astype("<f8").tobytes()
        try:
            whole = sha256(content).digest() + content
            files.replace(self._folder / name, whole, files.PRIVATE)
        except OSError as error:
            sys.stderr.write(f"A voice embedding cannot be cached: {error}\n")

    def tidy(self) -> None:
        """Remove the embeddings of clips that were removed."""
        if self._folder is None:
            return
        for path in self._folder.glob(f"*{_SUFFIX}"):
            if path.name not in self._names:
                files.remove(path)
