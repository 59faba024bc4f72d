"""Diarization: its libraries, and a real start of its pipeline's process."""

import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from transcribid.config import Config
from transcribid.doctor import child, model
from transcribid.doctor.child import Death, Finished
from transcribid.doctor.finding import Finding, Level
from transcribid.gpu import devices
from transcribid.process.child import ending
from transcribid.protocol.engine import ProtocolError, Ready, Unable, decode_reply, encode
from transcribid.workers import build
from transcribid.workers.supervisor import DIARIZER

_AREA = "speakers"
_LIBRARIES = ("pyannote.audio", "torch", "torchaudio")  # the versions must match
_INSTALL = 'pip install "transcribid[diarization]"'
_LOST = "Recordings are transcribed without speaker labels."


def findings(config: Config) -> Iterator[Finding]:
    """Only if diarization is wanted. The daemon works without it, so nothing is a failure."""
    libraries = {name: _version(name) for name in _LIBRARIES}
    missing = [name for name, found in libraries.items() if not found]
    if missing:
        what = f"{', '.join(missing)}: not installed"
        yield Finding(_AREA, what, Level.WARNING, _LOST, _INSTALL)
    else:
        yield Finding(_AREA, ", ".join(f"{name} {libraries[name]}" for name in libraries))
    located = model.pipeline(config)
    name = config.diarization.model
    yield model.finding(name, located, area=_AREA, bad=Level.WARNING)
    there = not isinstance(located, Death) and not located.refusal
    if there and not missing:
        yield _start(config)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _start(config: Config) -> Finding:
    """Starts the process, which gets no requests and so ends as soon as it is ready."""
    command = (*DIARIZER.command, encode(build.diarizer_settings(config)).decode())
    began = time.monotonic()
    ended = child.run(command, limit=config.engine.startup)
    name, seconds = config.diarization.model, time.monotonic() - began
    if isinstance(ended, Death):
        return child.explained(_AREA, f"Loading {name}", ended, Level.WARNING)
    match _reply(ended):
        case Ready(performer=performer) if _slow(config, performer.device):
            what = f"{name} would run on the CPU: torch sees no CUDA device"
            why = "It is many times slower there. torch may be a CPU build, or built for"
            why += " a newer CUDA than the driver supports."
            remedy = f"{_INSTALL}, or set diarization.device to cpu"
            return Finding(_AREA, what, Level.WARNING, why, remedy)
        case Ready(performer=performer):
            what = f"{name} loads on {performer.device} in {seconds:.1f} s; telemetry is off"
            return Finding(_AREA, what)
        case Unable(failure=failure):
            what, why = f"{name} cannot be used", f"{failure.message} {_LOST}"
            return Finding(_AREA, what, Level.WARNING, why, failure.remedy)
        case _:
            death = Death(ending(ended.status), ended.stderr)
            return child.explained(_AREA, f"Loading {name}", death, Level.WARNING)


def _reply(ended: Finished) -> object:
    try:
        return decode_reply(ended.stdout.partition(b"\n")[0])
    except ProtocolError:
        return None


def _slow(config: Config, device: str) -> bool:
    return config.diarization.device != "cpu" and device == "cpu" and devices.count() > 0
