"""The engine: a model, lanes that decode, and preparers that work ahead of them."""

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Self

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.symptoms import out_of_memory, recognised
from transcribid.domain.transcript import Performer
from transcribid.engine.active_recording import ActiveRecording, Piece
from transcribid.engine.batch_size import BatchSize
from transcribid.engine.device import choose, weights_of
from transcribid.engine.encoder_width import trims
from transcribid.engine.preparing import Preparers
from transcribid.engine.scheduler import Scheduler
from transcribid.gpu import nvml
from transcribid.models.resolve import digest_of_weights, folder_of
from transcribid.protocol.engine import Ready, Refusal, Reply, Request, Settings, Success

_DAMAGED = 70  # sysexits.h: EX_SOFTWARE
_AHEAD = 8  # windows prepared ahead for each recording, at least: 8 MB
_LIBRARIES = ("faster-whisper", "ctranslate2", "av", "onnxruntime")  # that affect transcripts


class WhisperEngine:
    """Each request is answered when it is finished."""

    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun with the remedy."""
        folder = folder_of(settings.model, Path(settings.store) if settings.store else None)
        device = choose(settings, weights_of(folder))
        self._device = device
        self._size = BatchSize(device.batch, timed=device.name == "cpu")
        self._scheduler = Scheduler(max(_AHEAD, 2 * device.batch), device.lanes)
        self._preparers = Preparers(self._scheduler, device.preparers)
        try:
            from transcribid.engine import decoding, loading  # while the preparers start

            digest = digest_of_weights(folder)
            trimmed = trims(settings.encoder, digest)
            model = loading.load(folder, device, trimmed=trimmed)
        except BaseException:
            self._stop_preparing()
            raise
        self._decoder = decoding.Decoder(model)
        self.performer = Performer(
            settings.model,
            device.name,
            device.compute_type,
            _libraries(),
            digest,
            device.because,
            "trimmed" if trimmed else "full",
        )
        slots = min(32, 2 * device.lanes * device.batch + 2)
        concurrent_windows = device.lanes * (device.batch if device.name == "cuda" else 1)
        name = nvml.name(device.number) if device.name == "cuda" else ""
        self.ready = Ready(self.performer, slots, concurrent_windows, name)
        self._lanes = [
            threading.Thread(target=self._run_lane, name="lane", daemon=True)
            for _ in range(device.lanes)
        ]
        for lane in self._lanes:
            lane.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, request: Request, post: Callable[[Reply], None]) -> ActiveRecording:
        """`post` is called with all replies, from several threads; the verdict comes last."""
        active = ActiveRecording(request, self.performer, post, self._decoder.model.mels)
        self._scheduler.add(active)
        return active

    def cancel(self, active: ActiveRecording) -> None:
        self._scheduler.cancel(active)

    def transcribe(self, request: Request) -> Iterator[Reply]:
        """Run one request and yield all replies to it."""
        replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        active = self.add(request, replies.put)
        try:
            while True:
                yield (reply := replies.get())
                if isinstance(reply, Success | Refusal):
                    return
        finally:
            self.cancel(active)

    def close(self) -> None:
        self._stop_preparing()
        for lane in self._lanes:
            lane.join()

    def _stop_preparing(self) -> None:
        self._scheduler.close()
        self._preparers.close()

    def _run_lane(self) -> None:
        size = self._size
        while batch := self._scheduler.take(size.windows):
            began = time.monotonic()
            self._decode(batch)
            size.note(len(batch), time.monotonic() - began)
            if size.short_of_memory and not self._scheduler.wants(size.short_of_memory):
                size.recover()

    def _decode(self, batch: Sequence[Piece]) -> None:
        """A batch that fails is retried in halves; a single window that fails is refused."""
        try:
            window_results = self._decoder.decode(batch)
        except Exception as error:  # noqa: BLE001 - whatever the models raise becomes a value
            message = f"{type(error).__name__}: {error}"
            short = out_of_memory(message)
            sys.stderr.write(f"{len(batch)} windows at once: {message}\n")
            if self._device.name == "cuda" and not short:
                os._exit(_DAMAGED)  # after an error, CUDA's state cannot be trusted
            if len(batch) > 1:
                self._decode_in_halves(batch, short=short)
            else:
                self._scheduler.drop(batch[0], _failure(message, short=short))
        else:
            self._scheduler.done(batch, window_results)

    def _decode_in_halves(self, batch: Sequence[Piece], *, short: bool) -> None:
        half = len(batch) // 2
        if short:
            self._size.halve(len(batch), batch[0].active)
            note = f"Out of memory with {len(batch)} windows at once; {half} were tried."
            for active in dict.fromkeys(piece.active for piece in batch):
                active.notes.append(note)
        self._decode(batch[:half])
        self._decode(batch[half:])


def _failure(message: str, *, short: bool) -> Failure:
    symptom = recognised(message)
    kind = FailureKind.MEMORY if short else FailureKind.ENGINE
    return Failure(kind, message, symptom.remedy if symptom else "")


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
