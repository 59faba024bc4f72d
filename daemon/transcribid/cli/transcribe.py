"""transcribid transcribe: files to outputs at once, without inbox and daemon."""

import os
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated

import typer
from rich.console import Console

from transcribid import files
from transcribid import log as logs
from transcribid.cli.options import FileOption, fail, loaded
from transcribid.cli.progress import Bars
from transcribid.config import Config
from transcribid.config.per_file import general
from transcribid.domain.job import Copy, Failure, Job, JobId, Source
from transcribid.executor.process import ProcessExecutor
from transcribid.outbox import Kept, Outbox
from transcribid.outputs.delivery import Layout
from transcribid.status import Running, Status
from transcribid.wire import Progress, Refusal, Reply, Request, Settings, Success, Unable

_NOT_ALL = 1
_CANNOT_RUN, _MISCONFIGURED = 69, 78  # sysexits.h


def transcribe(
    recordings: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True)],
    model: Annotated[str | None, typer.Option(help="A name or a folder.")] = None,
    language: Annotated[str | None, typer.Option(help="auto, en, es ...")] = None,
    task: Annotated[str | None, typer.Option(help="transcribe or translate.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    compute_type: Annotated[
        str | None, typer.Option("--compute-type", "--compute_type")
    ] = None,
    beam_size: Annotated[int | None, typer.Option("--beam-size", "--beam_size")] = None,
    vad: Annotated[bool | None, typer.Option("--vad/--no-vad")] = None,
    initial_prompt: Annotated[
        str | None, typer.Option("--initial-prompt", "--initial_prompt")
    ] = None,
    hotwords: Annotated[str | None, typer.Option()] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--output-format", "--output_format", "-f", help="txt srt vtt tsv json"),
    ] = None,
    output_folder: Annotated[
        Path, typer.Option("--output-dir", "--output_dir", "-o", help="Where to.")
    ] = Path(),
    config: FileOption = None,
) -> None:
    """Transcribe recordings now and write the outputs."""
    wishes: dict[tuple[str, ...], object] = {
        ("engine", "model"): model,
        ("engine", "device"): device,
        ("engine", "compute_type"): compute_type,
        ("engine", "beam_size"): beam_size,
        ("transcription", "language"): language,
        ("transcription", "task"): task,
        ("transcription", "vad"): vad,
        ("transcription", "initial_prompt"): initial_prompt,
        ("transcription", "hotwords"): hotwords,
        ("outputs", "formats"): formats,
    }
    settings = loaded(config, {key: wish for key, wish in wishes.items() if wish is not None})
    console = Console(stderr=True)
    with Bars(console) as bars, tempfile.TemporaryDirectory() as kept:
        logs.configure(settings.logging.format, "warning")
        with closing(_OneShot(settings, output_folder.absolute(), Path(kept), bars)) as shot:
            failures = [shot.transcribe(recording) for recording in recordings]
    for recording, failure in zip(recordings, failures, strict=True):
        if failure:
            said = f"{recording}: {failure.message} {failure.remedy}"
            console.print(said, markup=False, soft_wrap=True)
    raise typer.Exit(_NOT_ALL if any(failures) else 0)


class _OneShot:
    """An engine and a place for outputs; no queue, no ledger."""

    def __init__(self, settings: Config, target: Path, kept: Path, bars: Bars) -> None:
        outputs, engine = settings.outputs, settings.engine
        layout = Layout(outputs.max_line_width, outputs.max_lines)
        self._outbox = Outbox(target, kept, naming=outputs.naming, layout=layout)
        self._options = general(settings)
        self._max_duration = settings.limits.max_duration
        self._bars = bars
        self._replies: SimpleQueue[Reply] = SimpleQueue()
        self._executor = ProcessExecutor(
            Settings(engine.model, engine.device, engine.compute_type),
            self._replies.put,
            startup=engine.startup,
            silence=engine.silence,
        )
        self._jobs = 0

    def close(self) -> None:
        self._executor.close()

    def transcribe(self, recording: Path) -> Failure | None:
        """Write the outputs of one recording, or tell why not."""
        self._jobs += 1
        facts = recording.stat()
        source = Source(recording.name, facts.st_size, facts.st_mtime_ns)
        copy = Copy(files.sha256(recording), facts.st_ino, facts.st_ctime_ns)
        job = Job(JobId(self._jobs), source, admitted=facts.st_mtime, copy=copy)
        self._executor.start(
            Request(
                job.id,
                job.attempt,
                os.fspath(recording.absolute()),
                self._options,
                max_duration=self._max_duration,
                accept_partial=True,
            )
        )
        verdict = self._verdict(recording.name)
        if isinstance(verdict, Refusal):
            return verdict.failure
        self._outbox.keep(job.id, Kept(verdict.transcript, self._options))
        planned = replace(job, plan=self._outbox.plan(job))
        for path in self._outbox.deliver(planned):
            print(path)
        return None

    def _verdict(self, name: str) -> Success | Refusal:
        began = time.monotonic()
        while True:
            self._executor.tend(time.monotonic())
            try:
                reply = self._replies.get(timeout=0.2)
            except Empty:
                continue
            match reply:
                case Success() | Refusal():
                    return reply
                case Unable(failure=failure, misconfigured=misconfigured):
                    status = _MISCONFIGURED if misconfigured else _CANNOT_RUN
                    fail(f"{failure.message} {failure.remedy}\n{failure.detail}", status)
                case Progress(job=job, position=position, duration=duration):
                    seconds = time.monotonic() - began
                    running = Running(job, name, position, duration, seconds)
                    self._bars.show(Status(since=0.0, ready=True, running=(running,)))
                case _:
                    continue
