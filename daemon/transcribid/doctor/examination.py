"""All checks, in order, each with its findings."""

from collections.abc import Callable, Iterator
from pathlib import Path

from transcribid.config import Config
from transcribid.doctor import (
    advice,
    arithmetic,
    folders,
    gpu,
    libraries,
    model,
    running,
    selftest,
    speakers,
    system,
)
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level


def examine(
    config: Config, file: Path | None, step: Callable[[str], None], *, self_test: bool
) -> Iterator[Finding]:
    """`file` is the configuration file; `step` is called with the name of the next check."""
    findings = list[Finding]()
    for each in _all(config, file, step, self_test=self_test):
        findings.append(each)
        yield each
    yield from advice.on_cudnn(findings)


def _all(
    config: Config, file: Path | None, step: Callable[[str], None], *, self_test: bool
) -> Iterator[Finding]:
    place = f"{file} is valid" if file else "No configuration file: the defaults apply"
    yield Finding("configuration", place)
    step("Python and its libraries")
    yield from libraries.findings()
    step("the GPU")
    computing = gpu.computing(config)
    device = gpu.device(config, computing)
    yield from _guarded("GPU", lambda: gpu.findings(config, computing))
    step(f"arithmetic on the {device}")
    yield from _guarded("arithmetic", lambda: arithmetic.findings(config, device, computing))
    step(f"the model {config.engine.model}")
    located = model.located(config)
    yield model.finding(config.engine.model, located)
    if config.wants_speakers:
        step(f"diarization with {config.diarization.model}")
        yield from _guarded("speakers", lambda: speakers.findings(config))
    step("the folders")
    yield from folders.findings(config)
    step("the system")
    yield from system.findings(located)
    yield from running.findings(config.folders.state)
    if self_test and not gpu.usable(device, computing):
        why = "Run it once CUDA works."
        yield Finding("self-test", "Skipped: CUDA cannot be used", Level.NOTE, why)
    elif self_test:
        step("a test clip, end to end")
        there = not isinstance(located, Death) and not located.refusal
        yield from _guarded(
            "self-test", lambda: selftest.findings(config, device, model_is_there=there)
        )


def _guarded(area: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """An OSError in one check becomes a finding, and the others go on."""
    try:
        yield from check()
    except OSError as error:
        yield Finding(area, f"This check failed: {error}", Level.WARNING)
