"""The command line: parses arguments; only here are output and exit codes produced."""

from typing import Annotated

import typer

from transcribid import __version__
from transcribid.cli.lazy import Entry, group

COMMANDS = {
    "run": Entry(
        "run:run",
        "Watch the inbox and transcribe what lands in it, until stopped.",
        "run --config lab.yaml",
    ),
    "once": Entry(
        "run:once", "Transcribe everything in the inbox, with progress bars, and exit.", "once"
    ),
    "transcribe": Entry(
        "transcribe:transcribe",
        "Transcribe recordings now and write the outputs.",
        "transcribe --model small --language es -f srt -o out talk.mp3",
    ),
    "demo": Entry(
        "demo:demo",
        "See the daemon work, offline; under a minute with the bundled model and recordings.",
        "demo",
    ),
    "doctor": Entry(
        "doctor:doctor",
        "Check everything the daemon needs and show how to fix each problem.",
        "doctor --json",
    ),
    "bench": Entry(
        "bench:bench",
        "Measure how fast models are on this machine.",
        "bench --model small --model medium --device cpu --plot speed.svg",
    ),
    "status": Entry("queue:status", "Show what the daemon is doing.", "status --json"),
    "queue": Entry(
        "queue:queue",
        "List waiting and running recordings, or those in one state.",
        "queue --state quarantined",
    ),
    "show": Entry("queue:show", "Show one job and its history.", "show 7"),
    "retry": Entry(
        "queue:retry",
        "Transcribe a quarantined, blocked, cancelled or finished recording again.",
        "retry --all",
    ),
    "cancel": Entry("queue:cancel", "Cancel a job; its file stays where it is.", "cancel 7"),
    "dismiss": Entry(
        "queue:dismiss",
        "Drop a recording from the list once its file was removed from quarantine.",
        "dismiss --all",
    ),
    "pause": Entry(
        "queue:pause", "Start no new jobs until resumed, even after a restart.", "pause"
    ),
    "resume": Entry("queue:resume", "Resume after a pause.", "resume"),
    "models": Entry("models:app", "List, fetch and check models."),
    "config": Entry("config:app", "Check, show and explain the configuration."),
}
app = typer.Typer(
    cls=group(COMMANDS),
    help="Transcribe every recording that lands in a folder.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


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
