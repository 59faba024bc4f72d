"""Loads the Whisper model."""

import os
from pathlib import Path

from faster_whisper import WhisperModel as FasterWhisper

from transcribid.domain.symptoms import recognised
from transcribid.engine.device import Device
from transcribid.engine.model import WhisperModel
from transcribid.protocol.errors import CannotRun


def load(folder: Path, device: Device, *, trimmed: bool) -> WhisperModel:
    """Raises CannotRun with the remedy."""
    try:
        loaded = FasterWhisper(
            os.fspath(folder),
            device=device.name,
            device_index=device.number,
            compute_type=device.compute_type,
            cpu_threads=device.threads,
            num_workers=device.lanes,
            local_files_only=True,
        )
    except (RuntimeError, ValueError) as error:
        kind = f"{device.name} as {device.compute_type}"
        message = f"The model in {folder} does not load on {kind}: {error}"
        symptom = recognised(str(error))
        remedy = symptom.remedy if symptom else "Run: transcribid doctor."
        misconfigured = isinstance(error, ValueError)
        raise CannotRun(message, remedy, misconfigured=misconfigured) from error
    return WhisperModel(loaded, trimmed=trimmed)
