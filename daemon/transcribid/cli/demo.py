"""transcribid demo: the real daemon on a fresh inbox, with recordings of known text."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table

from transcribid import starter
from transcribid.starter import BundledRecording, word_errors

_TIMEOUT = 300.0  # seconds for all recordings on the slowest known machine
_WRONG = 1
_TEXTS = (".txt", ".json", ".srt", ".vtt", ".tsv")
_ALLOWED_ERRORS = 0.25  # of the words; what small models get wrong in real speech


def demo(
    model: Annotated[
        str, typer.Option(help="Model folder; default: the bundled model.")
    ] = "starter",
    folder: Annotated[
        Path | None,
        typer.Option(
            "--recordings",
            exists=True,
            file_okay=False,
            help="Folder of recordings, each with its reference text in NAME.txt.",
        ),
    ] = None,
) -> None:
    """See the daemon work, offline; under a minute with the bundled model and recordings.

    It starts a daemon on a fresh inbox in a temporary folder, copies recordings into it and
    compares each transcript with the reference text. To use your own:
    transcribid demo --model ~/base --recordings talks
    """
    console = Console()
    recordings = _with_references(folder) if folder else starter.recordings()
    with tempfile.TemporaryDirectory(prefix="transcribid-demo-") as home:
        root = Path(home)
        with _daemon(root, model) as process:
            console.print(f"Daemon (PID {process.pid}) is watching {root / 'inbox'}.")
            for recording in recordings:
                shutil.copy(recording.path, root / "inbox")
            console.print(f"Copied {len(recordings)} recordings into it.\n")
            delivered = _wait_for_outputs(recordings, root / "outbox", process)
            right = [_print_transcript(each, root / "outbox", console) for each in delivered]
    for missing in set(recordings) - set(delivered):
        console.print(f"[red]No transcript of {missing.path.name} was delivered.[/red]")
    if not all(right) or len(delivered) < len(recordings):
        console.print("[red]The demo failed.[/red]")
        raise typer.Exit(_WRONG)
    console.print("All transcripts were delivered and are as good as expected.")


@contextmanager
def _daemon(root: Path, model: str) -> Generator[subprocess.Popen[bytes]]:
    """A real daemon in its own process; its log is printed if it fails."""
    config = {
        "engine": {"model": model, "device": "cpu"},
        "watch": {"quiet": "1s"},
        "outputs": {"formats": ["txt", "srt", "vtt", "tsv", "json"]},
        "web": {"port": None},
        "limits": {"min_free_disk": "1MiB"},
    }
    path = root / "transcribid.yaml"
    path.write_text(yaml.safe_dump(config))
    (root / "inbox").mkdir()
    command = [sys.executable, "-P", "-m", "transcribid", "run", "--config", str(path)]
    with (root / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()
    if process.returncode:
        print((root / "log").read_text(), file=sys.stderr)


def _with_references(folder: Path) -> tuple[BundledRecording, ...]:
    """Recordings with a reference text. Raises typer.BadParameter if there are none."""
    found = tuple(
        BundledRecording(path, text, "auto", round(_ALLOWED_ERRORS * len(starter.words(text))))
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in _TEXTS
        if path.with_suffix(".txt").is_file()
        for text in (path.with_suffix(".txt").read_text(),)
    )
    if not found:
        raise typer.BadParameter(f"no recording in {folder} has a reference text in NAME.txt")
    return found


def _wait_for_outputs(
    recordings: tuple[BundledRecording, ...], outbox: Path, process: subprocess.Popen[bytes]
) -> list[BundledRecording]:
    """Wait for the JSON of each recording, which is the last file of a set of outputs."""
    deadline = time.monotonic() + _TIMEOUT
    with Progress(transient=True) as progress:
        task = progress.add_task("transcribing", total=len(recordings))
        while True:
            found = [each for each in recordings if _output(outbox, each, "json").exists()]
            progress.update(task, completed=len(found))
            if len(found) == len(recordings) or process.poll() is not None:
                return found
            if time.monotonic() > deadline:
                return found
            time.sleep(0.1)


def _print_transcript(recording: BundledRecording, outbox: Path, console: Console) -> bool:
    """Print a transcript and its errors. Returns whether it is good enough."""
    transcript = _output(outbox, recording, "txt").read_text()
    errors = word_errors(recording.reference, transcript)
    words = len(recording.reference.split())
    right = errors <= recording.allowed_errors
    verdict = Table.grid(padding=(0, 2))
    verdict.add_row(f"{errors} of {words} words wrong", "" if right else "[red]too many[/red]")
    title = f"{recording.path.name} ({recording.language})"
    console.print(Panel(transcript.strip() or "[dim]no speech[/dim]", title=title), verdict)
    return right


def _output(outbox: Path, recording: BundledRecording, name: str) -> Path:
    return outbox / f"{recording.path.stem}.{name}"
