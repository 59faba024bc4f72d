"""From settings to a model that is ready to hear."""

import os

from faster_whisper import WhisperModel

from transcribid.engine import CannotRun
from transcribid.engine.device import Device
from transcribid.engine.ears import Ears
from transcribid.engine.models import folder_of


def load(model: str, device: Device) -> Ears:
    """Raises CannotRun with the remedy."""
    folder = folder_of(model)
    try:
        loaded = WhisperModel(
            os.fspath(folder),
            device=device.name,
            compute_type=device.compute_type,
            cpu_threads=device.threads,
            num_workers=device.lanes,
            local_files_only=True,
        )
    except (RuntimeError, ValueError) as error:
        message = f"The model {model} does not load on {device.name}: {error}"
        remedy = "Check engine.device, engine.compute_type and the files of the model."
        misconfigured = isinstance(error, ValueError)
        raise CannotRun(message, remedy, misconfigured=misconfigured) from error
    return Ears(loaded)
