"""Builds the workers from the configuration: an engine for each GPU, and the diarizer."""

import os
from collections import defaultdict
from collections.abc import Callable

import structlog

from transcribid.config import Config
from transcribid.config.recording import SpeakersSection
from transcribid.diarizer.folder import obstacle
from transcribid.gpu import devices
from transcribid.process.child import ChildOutput, Place
from transcribid.protocol.engine import Settings
from transcribid.workers import Executor
from transcribid.workers.breaker import Breaker
from transcribid.workers.diarizing import Diarizing
from transcribid.workers.fallback import Adjustable, Fallback, steps
from transcribid.workers.pool import Pool
from transcribid.workers.process import Patience
from transcribid.workers.recycling import Upkeep
from transcribid.workers.supervisor import DIARIZER, Care, Supervisor

log = structlog.get_logger()


class Workers:
    """Builds executors whose children all post to one mailbox.

    The first child of an executor waits until the last child of the one it replaces has ended.
    """

    def __init__(self, post: Callable[[ChildOutput], None]) -> None:
        self._post = post
        self._places: dict[object, Place] = defaultdict(Place)

    def engines(self, config: Config) -> Executor:
        """The executor for transcription. Nothing runs until `warm` is called."""
        members = [self._member(config, number) for number in numbers(config)]
        return members[0] if len(members) == 1 else Pool(members)

    def diarizer(self, config: Config) -> Executor:
        """The executor for diarization. Nothing runs until the first request."""
        if config.wants_speakers:
            _warn_if_unavailable(config)
        keep_alive = config.diarization.keep_alive
        care = Care(
            program=DIARIZER,
            patience=patience(config),
            upkeep=Upkeep(keep_alive=None if keep_alive < 0 else keep_alive),
            self_test=False,
            place=self._places["diarizer"],
        )
        inner = Supervisor(diarizer_settings(config), self._post, care)
        return Diarizing(inner, config.diarization.timeout)

    def engine(self, config: Config, settings: Settings) -> Adjustable:
        """An engine that must transcribe the known clip before it is ready."""
        engine = config.engine
        upkeep = Upkeep(
            keep_alive=None if engine.keep_alive < 0 else engine.keep_alive,
            recycle_after=engine.recycle_after or None,
        )
        place = self._places[settings.gpu]
        care = Care(patience=patience(config), upkeep=upkeep, place=place)
        return Supervisor(settings, self._post, care)

    def join(self, timeout: float) -> None:
        """Wait until no child runs, after all executors were closed."""
        for place in self._places.values():
            place.join(timeout)

    def _member(self, config: Config, number: int) -> Executor:
        requested = settings(config, number)
        on_gpu = config.engine.device != "cpu" and devices.count() > 0
        found = steps(requested, on_gpu=on_gpu)
        return Breaker(number, Fallback(found, self.engine(config, requested)))


def diarizer_shape(config: Config) -> object:
    """The settings the diarizer is built with: when they change, it must be rebuilt."""
    overridable = set(SpeakersSection.model_fields)  # sent with each request instead
    return config.diarization.model_dump(exclude=overridable)


def _warn_if_unavailable(config: Config) -> None:
    """Warn at startup: the first recording to diarize may come much later."""
    store = config.folders.state / "models"
    if missing := obstacle(config.diarization.model, store):
        log.warning(
            "diarization.unavailable",
            message=f"Diarization is unavailable. {missing}",
            remedy=missing.remedy,
        )


def diarizer_settings(config: Config) -> Settings:
    wanted = config.diarization
    return Settings(
        wanted.model,
        wanted.device,
        compute_type="float32",
        cache=os.fspath(config.folders.state / "voices"),
        store=os.fspath(config.folders.state / "models"),
        gpu=numbers(config)[0],
        voices=os.fspath(wanted.voices) if wanted.voices else None,
    )


def settings(config: Config, gpu: int = 0) -> Settings:
    engine, state = config.engine, config.folders.state
    return Settings(
        engine.model,
        engine.device,
        engine.compute_type,
        engine.batch_size,
        cache=os.fspath(state / "nv-cache"),
        store=os.fspath(state / "models"),
        gpu=gpu,
        cpu_allowed=engine.fallback == "cpu",
        encoder=engine.encoder,
    )


def patience(config: Config) -> Patience:
    return Patience(config.engine.startup, config.engine.silence)


def numbers(config: Config) -> tuple[int, ...]:
    """The numbers of the engines, each on a GPU of its own."""
    engine = config.engine
    if engine.device == "cpu":
        return (0,)
    return tuple(range(max(1, devices.count()))) if engine.devices is None else engine.devices
