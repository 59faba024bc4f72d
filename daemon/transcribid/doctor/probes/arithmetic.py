# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Encodes, decodes and aligns with the small model, to test compute types."""

import os
import time
import wave
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from transcribid import starter
from transcribid.doctor.answers import Proof
from transcribid.gpu import cublas


def answer(device: str, number: int, compute_types: list[str], cache: str) -> tuple[Proof, ...]:
    """`number` is that of the GPU, `cache` the folder for compiled kernels."""
    if device == "cuda":
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
        os.environ["CUDA_CACHE_PATH"] = cache
        cublas.preload(cublas.places())
    clip = starter.clip()
    audio = _audio(clip.path)
    place = (device, number)
    return tuple(_proof(place, each, audio, clip.language) for each in compute_types)


def _proof(
    place: tuple[str, int], compute_type: str, audio: NDArray[np.float32], language: str
) -> Proof:
    began = time.monotonic()
    try:
        model = WhisperModel(
            os.fspath(starter.MODEL),
            device=place[0],
            device_index=place[1],
            compute_type=compute_type,
            cpu_threads=1,
            local_files_only=True,
        )
        segments, _ = model.transcribe(
            audio, language=language, beam_size=1, temperature=0.0, word_timestamps=True
        )
        text = "".join(segment.text for segment in segments).strip()
    except (RuntimeError, ValueError) as error:
        return Proof(compute_type, str(error), "", 0.0)
    return Proof(compute_type, "", text, time.monotonic() - began)


def _audio(path: Path) -> NDArray[np.float32]:
    with wave.open(os.fspath(path)) as recording:
        frames = recording.readframes(recording.getnframes())
    return np.frombuffer(frames, np.int16).astype(np.float32) / np.float32(32768)
