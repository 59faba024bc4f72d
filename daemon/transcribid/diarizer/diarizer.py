"""Diarizes a recording block by block, clusters the speakers, and names them."""

import time
from functools import partial
from pathlib import Path

from transcribid.diarizer.clustering import BlockTurns, Voice, joined
from transcribid.diarizer.pipeline import OnProgress, Pipeline
from transcribid.diarizer.sound import blocks
from transcribid.diarizer.voice_cache import VoiceCache
from transcribid.diarizer.voices import KeepAlive, Voices
from transcribid.domain.transcript import Performer, Speakers
from transcribid.protocol.engine import Request, Settings

BLOCK = 20 * 60.0  # seconds: 77 MB of sound
_CLIP = 10 * 60.0  # seconds; a longer clip of a voice is refused


class Diarizer:
    def __init__(self, settings: Settings, *, block: float = BLOCK) -> None:
        """`block`: seconds that are diarized at once. Raises CannotRun with the remedy."""
        self._block = block
        self._pipeline = Pipeline(settings)
        self._voices = Voices(
            Path(settings.voices) if settings.voices else None,
            self._embed,
            VoiceCache(
                Path(settings.cache) if settings.cache else None, self._pipeline.identity
            ),
        )

    @property
    def performer(self) -> Performer:
        return self._pipeline.performer

    def diarize(self, request: Request, on_progress: OnProgress) -> Speakers:
        """Raises Refused."""
        began = time.monotonic()
        found, keep_alive = self._diarize(request, on_progress)
        return Speakers(
            turns=self._voices.named(joined(found, request.options.diarization), keep_alive),
            model=self.performer.model,
            device=self.performer.device,
            libraries=self.performer.engine,
            seconds=time.monotonic() - began,
        )

    def _diarize(
        self, request: Request, on_progress: OnProgress
    ) -> tuple[list[BlockTurns], KeepAlive]:
        """Who spoke in each block, and a callable that reports progress at the end."""
        found: list[BlockTurns] = []
        keep_alive = partial(on_progress, 0.0, None)
        track = request.transcript.audio.track if request.transcript else 1
        path = Path(request.audio)
        for block in blocks(path, self._block, request.max_duration, track):
            found.append(
                self._pipeline.diarize(block, request.options.diarization, on_progress)
            )
            keep_alive = partial(on_progress, block.end, block.duration)
        return found, keep_alive

    def _embed(self, clip: Path, keep_alive: KeepAlive) -> Voice | None:
        """The embedding of the speaker of a clip; None without speech. Raises Refused."""
        (block,) = blocks(clip, _CLIP, _CLIP)
        return self._pipeline.embed(block, keep_alive)
