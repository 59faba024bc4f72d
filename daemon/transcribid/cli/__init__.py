"""The command line: parses arguments; only here are output and exit codes produced."""

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from transcribid import __version__
from transcribid.cli import bench, config, demo, doctor, models, queue, run, transcribe

app = typer.Typer(
    help="Transcribe every recording that lands in a folder.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
_EXAMPLES: Mapping[Callable[..., None], str] = {
    run.run: "run --config lab.yaml",
    run.once: "once",
    transcribe.transcribe: "transcribe --model small --language es -f srt -o out talk.mp3",
    demo.demo: "demo",
    doctor.doctor: "doctor --json",
    bench.bench: "bench --model small --model medium --device cpu --plot speed.svg",
    queue.status: "status --json",
    queue.queue: "queue --state quarantined",
    queue.show: "show 7",
    queue.retry: "retry --all",
    queue.cancel: "cancel 7",
    queue.dismiss: "dismiss --all",
    queue.pause: "pause",
    queue.resume: "resume",
}
for _command, _example in _EXAMPLES.items():
    app.command(epilog=f"Example: transcribid {_example}")(_command)
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"transcribid {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Transcribe every recording that lands in a folder."""
