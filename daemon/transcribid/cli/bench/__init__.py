"""transcribid bench: measures the speed and memory use of models on this machine."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from transcribid import __version__, starter
from transcribid.cli.bench.plot import MISSING, SUFFIXES, can_draw, draw
from transcribid.cli.bench.trial import Impossible, Measured, Outcome, outcome
from transcribid.cli.options import FileOption, fail, load_config
from transcribid.config import Config
from transcribid.domain.transcript import Performer
from transcribid.protocol.engine import Settings
from transcribid.workers import build

_NOTHING_RAN, _WRONG_USAGE = 1, 2
_LEGEND = """\
speed: seconds of audio per second. memory: peak of all engine processes together.
errors: wrong, missing and extra words (WER)."""
_TIMES = 4  # how often each bundled recording is transcribed: ten minutes of audio in all


def bench(
    recordings: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]", exists=True, dir_okay=False, help="Default: those bundled."
        ),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model name or folder; may be repeated.")
    ] = None,
    device: Annotated[
        list[str] | None, typer.Option(help="auto, cpu or cuda; may be repeated.")
    ] = None,
    compute_type: Annotated[
        list[str] | None,
        typer.Option("--compute-type", help="auto, int8, float16 ...; may be repeated."),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(
            "--batch-size", min=1, help="Windows decoded in parallel; may be repeated."
        ),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Rounds; the median is reported.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all results to FILE.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw a chart to FILE.")
    ] = None,
    config: FileOption = None,
) -> None:
    """Measure how fast models are on this machine.

    Each combination of models, devices, compute types and batch sizes runs in its own engine;
    what is not given comes from the configuration. If FILE.txt is next to FILE, the
    transcript is compared with it.
    """
    _check(plot)
    configured = load_config(config)
    chosen = recordings or _bundled()
    combinations = _combinations(configured, model, device, compute_type, batch_size)
    console = Console()
    outcomes: list[Outcome] = []
    for number, settings in enumerate(combinations, 1):
        doing = f"{number} of {len(combinations)}: {_name(settings)}"
        with Console(stderr=True).status(doing):
            outcomes.append(outcome(settings, chosen, repeat, configured))
    measured = [each for each in outcomes if isinstance(each, Measured)]
    console.print(_table(outcomes))
    console.print(_LEGEND)
    _print_failures(outcomes, console)
    if json_file:
        json_file.write_text(_document(outcomes, chosen), encoding="utf-8")
    if plot and measured:
        speeds = {_name(each.settings): each.speed for each in measured}
        draw(plot, speeds, f"transcribid {__version__} on {_machine()}")
    raise typer.Exit(0 if measured else _NOTHING_RAN)


def _check(plot: Path | None) -> None:
    """Fail before the work rather than after it."""
    if plot is None:
        return
    if plot.suffix not in SUFFIXES:
        fail(f"--plot: {plot} must end in one of {' '.join(SUFFIXES)}", _WRONG_USAGE)
    if not can_draw():
        fail(MISSING, _WRONG_USAGE)


def _bundled() -> list[Path]:
    return [each.path for each in starter.recordings() if each.reference] * _TIMES


def _combinations(
    configured: Config,
    models: Sequence[str] | None,
    devices: Sequence[str] | None,
    compute_types: Sequence[str] | None,
    batch_sizes: Sequence[int] | None,
) -> list[Settings]:
    requested = build.settings(configured)
    every = product(
        models or [requested.model],
        devices or [requested.device],
        compute_types or [requested.compute_type],
        batch_sizes or [requested.batch_size],
    )
    return [
        replace(requested, model=model, device=device, compute_type=kind, batch_size=batch)
        for model, device, kind, batch in every
    ]


def _name(settings: Settings) -> str:
    batch = "" if settings.batch_size is None else f", batches of {settings.batch_size}"
    return f"{settings.model}, {settings.device}, {settings.compute_type}{batch}"


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE)
    for column in ("model", "device", "type", "batch", "load", "speed", "memory"):
        table.add_column(column)
    table.add_column("GPU memory")
    table.add_column("errors")
    for each in outcomes:
        match each:
            case Measured():
                table.add_row(*_setup(each.settings, each.performer), *_numbers(each))
            case Impossible():
                table.add_row(*_setup(each.settings, each.settings), "", "[red]failed[/red]")
    return table


def _setup(settings: Settings, used: Settings | Performer) -> tuple[str, ...]:
    """The values in use, also where `auto` was requested."""
    batch = "auto" if settings.batch_size is None else str(settings.batch_size)
    return (escape(settings.model), used.device, used.compute_type, batch)


def _numbers(measured: Measured) -> tuple[str, ...]:
    rate, gpu = measured.word_error_rate, measured.gpu_memory
    return (
        f"{measured.load:.1f} s",
        f"{measured.speed:.1f} x",
        _megabytes(measured.memory),
        "" if gpu is None else _megabytes(gpu),
        "" if rate is None else f"{rate:.1%}",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _print_failures(outcomes: Iterable[Outcome], console: Console) -> None:
    for each in outcomes:
        if isinstance(each, Impossible):
            failure = f"{_name(each.settings)}: {each.reason}"
            console.print(failure, markup=False, highlight=False, soft_wrap=True)


def _document(outcomes: Iterable[Outcome], recordings: Iterable[Path]) -> str:
    document = {
        "transcribid": __version__,
        "machine": _machine(),
        "recordings": [path.name for path in recordings],
        "rows": [_row(each) for each in outcomes],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _row(each: Outcome) -> dict[str, object]:
    match each:
        case Impossible(settings=settings, reason=reason):
            return {"asked": asdict(settings), "reason": reason}
        case Measured():
            return {
                "asked": asdict(each.settings),
                "performer": asdict(each.performer),
                "load_seconds": round(each.load, 3),
                "seconds": [round(seconds, 3) for seconds in each.seconds],
                "audio_seconds": round(each.audio, 3),
                "times_real_time": round(each.speed, 2),
                "peak_memory": each.memory,
                "peak_gpu_memory": each.gpu_memory,
                "word_error_rate": each.word_error_rate,
            }


def _machine() -> str:
    return f"{platform.machine()} with {os.cpu_count()} cores"
