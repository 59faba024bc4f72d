"""How engines are built from the configuration: one for each GPU, each behind its breaker."""

import os
from functools import partial

import structlog

from transcribid.config import Config
from transcribid.config.recording import Speakers
from transcribid.diarizer.folder import obstacle
from transcribid.gpu import devices
from transcribid.protocol.engine import Settings
from transcribid.workers import Executor, Post, PostNews
from transcribid.workers.breaker import Breaker
from transcribid.workers.diarizing import Diarizing
from transcribid.workers.fallback import Ladder, rungs
from transcribid.workers.pool import Pool
from transcribid.workers.process import DIARIZER, Patience, ProcessExecutor
from transcribid.workers.recycling import Upkeep

log = structlog.get_logger()


def build(config: Config, post: PostNews) -> Executor:
    """What finds the words. Nothing runs until it is warmed."""
    members = [_member(config, number, post) for number in _numbers(config)]
    return members[0] if len(members) == 1 else Pool(members)


def diarizing(config: Config, post: PostNews) -> Executor:
    """What finds out who said them. Nothing runs until it is asked for."""
    if config.wants_speakers:
        _foresee(config)
    return Diarizing(partial(_diarizer, config), post, config.diarization.timeout)


def diarizer_shape(config: Config) -> object:
    """What that was built with: where it changes, another has to be built."""
    wishes = set(Speakers.model_fields)  # of single recordings, which requests carry
    return config.diarization.model_dump(exclude=wishes)


def _foresee(config: Config) -> None:
    """What will be missed is said at once: the first recording may come late."""
    store = config.folders.state / "models"
    if missing := obstacle(config.diarization.model, store):
        log.warning(
            "diarization.unavailable",
            message=f"Nobody is told who said what. {missing}",
            remedy=missing.remedy,
        )


def _diarizer(config: Config, post: Post) -> Executor:
    keep_alive = config.diarization.keep_alive
    return ProcessExecutor(
        diarizer_settings(config),
        post,
        patience=patience(config),
        upkeep=Upkeep(keep_alive=None if keep_alive < 0 else keep_alive),
        program=DIARIZER,
    )


def diarizer_settings(config: Config) -> Settings:
    wanted = config.diarization
    return Settings(
        wanted.model,
        wanted.device,
        compute_type="float32",
        cache=os.fspath(config.folders.state / "voices"),
        store=os.fspath(config.folders.state / "models"),
        gpu=_numbers(config)[0],
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
    )


def patience(config: Config) -> Patience:
    return Patience(config.engine.startup, config.engine.silence)


def _numbers(config: Config) -> tuple[int, ...]:
    engine = config.engine
    if engine.device == "cpu":
        return (0,)
    return tuple(range(max(1, devices.count()))) if engine.devices is None else engine.devices


def _member(config: Config, number: int, post: PostNews) -> Executor:
    steps = rungs(
        settings(config, number), on_gpu=config.engine.device != "cpu" and devices.count() > 0
    )
    ladder = partial(Ladder, steps, partial(_engine, config))
    return Breaker(number, ladder, post)


def _engine(config: Config, step: Settings, post: PostNews) -> Executor:
    engine = config.engine
    upkeep = Upkeep(
        keep_alive=None if engine.keep_alive < 0 else engine.keep_alive,
        recycle_after=engine.recycle_after or None,
    )
    return ProcessExecutor(step, post, patience=patience(config), upkeep=upkeep, tried=True)
