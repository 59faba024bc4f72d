"""From a recording to its speakers: block by block, joined, and named."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from transcribid.diarizer.clustering import BlockTurns, Voice, joined
from transcribid.diarizer.pipeline import Pipeline
from transcribid.diarizer.sound import blocks
from transcribid.diarizer.voice_cache import VoiceCache
from transcribid.diarizer.voices import Alive, Voices
from transcribid.domain.transcript import Performer, Speakers
from transcribid.protocol.engine import Request, Settings

BLOCK = 20 * 60.0  # seconds: 77 MB of sound
_CLIP = 10 * 60.0  # seconds; a longer clip of a voice is refused

Tell = Callable[[float, float | None], None]
"""Gets the position in the recording and its duration, both in seconds."""


class Diarizer:
    def __init__(self, settings: Settings, *, block: float = BLOCK) -> None:
        """`block`: seconds that are looked at together. Raises CannotRun with the remedy."""
        self._block = block
        self._pipeline = Pipeline(settings)
        self._voices = Voices(
            Path(settings.voices) if settings.voices else None,
            self._voice,
            VoiceCache(
                Path(settings.cache) if settings.cache else None, self._pipeline.identity
            ),
        )

    @property
    def performer(self) -> Performer:
        return self._pipeline.performer

    def diarize(self, request: Request, tell: Tell) -> Speakers:
        """Raises Refused."""
        began = time.monotonic()
        told, at_end = self._diarize(request, tell)
        return Speakers(
            turns=self._voices.named(joined(told, request.options.diarization), at_end),
            model=self.performer.model,
            device=self.performer.device,
            libraries=self.performer.engine,
            seconds=time.monotonic() - began,
        )

    def _diarize(self, request: Request, tell: Tell) -> tuple[list[BlockTurns], Alive]:
        """Who spoke in each block, and a sign of life of one who is at the end of the last."""
        told: list[BlockTurns] = []
        at_end = partial(tell, 0.0, None)
        track = request.transcript.audio.track if request.transcript else 1
        path = Path(request.audio)
        for block in blocks(path, self._block, request.max_duration, track):
            told.append(self._pipeline.diarize(block, request.options.diarization, tell))
            at_end = partial(tell, block.end, block.duration)
        return told, at_end

    def _voice(self, clip: Path, alive: Alive) -> Voice | None:
        """How the one who speaks in it sounds; None: nobody does. Raises Refused."""
        (block,) = blocks(clip, _CLIP, _CLIP)
        return self._pipeline.voice(block, alive)
