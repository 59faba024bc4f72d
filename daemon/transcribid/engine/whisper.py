# pyright: reportUnknownMemberType=false
"""faster-whisper, made to speak our words."""

import math
import os
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as WhisperSegment
from faster_whisper.transcribe import TranscriptionInfo
from faster_whisper.transcribe import Word as WhisperWord

from transcribid.domain.transcript import Performer, Segment, Transcript, Word
from transcribid.engine import CannotRun, Engine
from transcribid.engine.decode import RATE, Recording, Samples
from transcribid.engine.models import folder_of
from transcribid.wire import Progress, Reply, Request, Settings, Success

_BEST = {"cuda": "float16", "cpu": "int8"}
_REPORTED = 60 * RATE  # samples decoded between two signs of life


def load(settings: Settings) -> tuple[Engine, Performer]:
    """Raises CannotRun with the remedy."""
    folder = folder_of(settings.model)
    device = _device(settings.device)
    compute_type = _BEST[device] if settings.compute_type == "auto" else settings.compute_type
    try:
        model = WhisperModel(
            os.fspath(folder), device=device, compute_type=compute_type, local_files_only=True
        )
    except (RuntimeError, ValueError) as error:
        message = f"The model {settings.model} does not load on {device}: {error}"
        remedy = "Check engine.device, engine.compute_type and the files of the model."
        misconfigured = isinstance(error, ValueError)
        raise CannotRun(message, remedy, misconfigured=misconfigured) from error
    libraries = (
        f"faster-whisper {version('faster-whisper')}, ctranslate2 {version('ctranslate2')}"
    )
    performer = Performer(settings.model, device, compute_type, libraries)
    return _engine(model, performer), performer


def _device(wish: str) -> str:
    """The device to use; where `auto` does not take the GPU, the log says why."""
    if wish == "cpu":
        return "cpu"
    try:
        ctranslate2.get_supported_compute_types("cuda")
    except (RuntimeError, ValueError) as error:
        if wish == "auto":
            sys.stderr.write(f"CUDA is not used: {error}\n")
            return "cpu"
        message = f"CUDA cannot be used: {error}"
        remedy = "Mend the GPU stack, or set engine.device to cpu."
        raise CannotRun(message, remedy, misconfigured=False) from error
    return "cuda"


def _engine(model: WhisperModel, performer: Performer) -> Engine:
    def transcribe(request: Request) -> Iterator[Reply]:
        began = time.monotonic()
        with Path(request.audio).open("rb") as file:
            recording = Recording(file, request.max_duration)
            samples = yield from _sound(recording, request)
        if not request.accept_partial:
            recording.check_complete()
        audio = recording.facts
        found, info = _listen(model, samples, request)
        segments: list[Segment] = []
        for segment in found:
            if segment.text.strip():
                segments.append(_segment(segment))
            yield _progress(request, segment.end, audio.decoded)
        transcript = Transcript(
            language=info.language,
            language_probability=float(info.language_probability),
            segments=tuple(segments),
            audio=audio,
            performer=performer,
            seconds=time.monotonic() - began,
        )
        yield Success(request.job, request.attempt, transcript)

    return transcribe


def _sound(recording: Recording, request: Request) -> Generator[Reply, None, Samples]:
    """Decode all of it, with a sign of life for each minute of sound."""
    blocks: list[Samples] = []
    since = 0
    for block in recording.blocks():
        blocks.append(block)
        since += len(block)
        if since >= _REPORTED:
            since = 0
            yield _progress(request, 0.0, recording.duration)
    return np.concatenate(blocks)


def _listen(
    model: WhisperModel, samples: Samples, request: Request
) -> tuple[Iterable[WhisperSegment], TranscriptionInfo]:
    options = request.options
    return model.transcribe(
        samples,
        language=options.language,
        task=options.task,
        beam_size=options.beam_size,
        vad_filter=options.vad,
        word_timestamps=options.word_timestamps,
        initial_prompt=options.initial_prompt,
        hotwords=options.hotwords,
        condition_on_previous_text=False,  # a loop, once begun, would feed itself
    )


def _segment(segment: WhisperSegment) -> Segment:
    """The library counts in numpy's floats; ours are Python's, and finite."""
    return Segment(
        start=float(segment.start),
        end=float(segment.end),
        text=segment.text.strip(),
        words=tuple(_words(segment.words or ())),
        average_log_probability=_finite(segment.avg_logprob),
        no_speech_probability=_finite(segment.no_speech_prob),
        compression_ratio=_finite(segment.compression_ratio),
    )


def _words(words: Iterable[WhisperWord]) -> Iterator[Word]:
    return (
        Word(float(word.start), float(word.end), word.word, float(word.probability))
        for word in words
    )


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


def _progress(request: Request, position: float, duration: float | None) -> Progress:
    return Progress(request.job, request.attempt, position, duration)
