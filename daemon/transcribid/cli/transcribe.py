"""transcribid transcribe: recordings straight to outputs, without inbox or daemon."""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from heapq import heappop, heappush
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from transcribid import log as logs
from transcribid.cli.options import FileOption, fail, load_config
from transcribid.cli.progress import Bars
from transcribid.config import Config
from transcribid.config.overrides import diarization_options, superseded
from transcribid.config.per_file import general
from transcribid.domain.job import Copy, Failure, FailureKind, Job, JobId, Source
from transcribid.domain.speakers import unattributed
from transcribid.domain.transcript import Transcript
from transcribid.outputs.delivery import Layout
from transcribid.protocol.engine import (
    Phase,
    Progress,
    Refusal,
    Request,
    Success,
    Verdict,
)
from transcribid.service.status import Running, Status
from transcribid.storage import files
from transcribid.storage.outbox import KeptTranscript, Outbox
from transcribid.workers import Broken, Executor, News, Working
from transcribid.workers.build import Workers, numbers
from transcribid.workers.driver import Driver

_NOT_ALL = 1
_CANNOT_RUN, _MISCONFIGURED = 69, 78  # sysexits.h


def transcribe(
    recordings: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True)],
    model: Annotated[str | None, typer.Option(help="Model name or folder.")] = None,
    language: Annotated[str | None, typer.Option(help="auto, en, es ...")] = None,
    languages: Annotated[str | None, typer.Option(help="Candidates for auto: en,es.")] = None,
    task: Annotated[str | None, typer.Option(help="transcribe or translate.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    compute_type: Annotated[
        str | None, typer.Option("--compute-type", "--compute_type")
    ] = None,
    beam_size: Annotated[int | None, typer.Option("--beam-size", "--beam_size")] = None,
    batch_size: Annotated[
        int | None,
        typer.Option("--batch-size", "--batch_size", help="Windows decoded in parallel."),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="quality or fast.")] = None,
    multilingual: Annotated[
        bool | None, typer.Option("--multilingual/--no-multilingual")
    ] = None,
    vad: Annotated[bool | None, typer.Option("--vad/--no-vad")] = None,
    vad_threshold: Annotated[
        float | None, typer.Option("--vad-threshold", "--vad_threshold", help="0 to 1.")
    ] = None,
    word_timestamps: Annotated[
        bool | None,
        typer.Option(
            "--word-timestamps/--no-word-timestamps", "--word_timestamps/--no_word_timestamps"
        ),
    ] = None,
    initial_prompt: Annotated[
        str | None, typer.Option("--initial-prompt", "--initial_prompt")
    ] = None,
    hotwords: Annotated[str | None, typer.Option()] = None,
    track: Annotated[int | None, typer.Option(help="Audio track, from 1.")] = None,
    diarize: Annotated[
        bool | None, typer.Option("--diarize/--no-diarize", help="Label who said what.")
    ] = None,
    num_speakers: Annotated[
        int | None, typer.Option("--num-speakers", "--num_speakers", help="Number of speakers.")
    ] = None,
    min_speakers: Annotated[
        int | None, typer.Option("--min-speakers", "--min_speakers")
    ] = None,
    max_speakers: Annotated[
        int | None, typer.Option("--max-speakers", "--max_speakers")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--output-format", "--output_format", "-f", help="txt srt vtt tsv json"),
    ] = None,
    output_folder: Annotated[
        Path, typer.Option("--output-dir", "--output_dir", "-o", help="Output folder.")
    ] = Path(),
    config: FileOption = None,
) -> None:
    """Transcribe recordings now and write the outputs."""
    options: dict[tuple[str, ...], object] = {
        ("engine", "model"): model,
        ("engine", "device"): device,
        ("engine", "compute_type"): compute_type,
        ("engine", "beam_size"): beam_size,
        ("engine", "batch_size"): batch_size,
        ("transcription", "profile"): profile,
        ("transcription", "multilingual"): multilingual,
        ("transcription", "vad_threshold"): vad_threshold,
        ("transcription", "word_timestamps"): word_timestamps,
        ("transcription", "language"): language,
        ("transcription", "languages"): languages
        and [each.strip() for each in languages.split(",")],
        ("transcription", "task"): task,
        ("transcription", "vad"): vad,
        ("transcription", "initial_prompt"): initial_prompt,
        ("transcription", "hotwords"): hotwords,
        ("transcription", "track"): track,
        ("outputs", "formats"): formats,
    }
    speakers = diarization_options(
        enabled=diarize,
        num_speakers=num_speakers,
        min_speakers=min_speakers,
        max_speakers=max_speakers,
    )
    overrides = {key: value for key, value in options.items() if value is not None}
    overrides |= {("diarization", key): None for key in superseded(speakers)}
    overrides |= {("diarization", key): value for key, value in speakers.items()}
    settings = load_config(config, overrides)
    console = Console(stderr=True)
    with Bars(console) as bars, tempfile.TemporaryDirectory() as kept:
        logs.configure(settings.logging.format, "warning")
        with closing(_OneShot(settings, output_folder.absolute(), Path(kept), bars)) as shot:
            failures = list(shot.transcribe(recordings))
    for recording, failure in zip(recordings, failures, strict=True):
        if failure:
            message = f"{recording}: {failure.message} {failure.remedy}"
            console.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(_NOT_ALL if any(failures) else 0)


class _OneShot:
    """An engine and an output folder; no queue, no ledger."""

    def __init__(self, settings: Config, target: Path, kept: Path, bars: Bars) -> None:
        outputs = settings.outputs
        layout = Layout(outputs.max_line_width, outputs.max_lines)
        self._outbox = Outbox(target, kept, naming=outputs.naming, layout=layout)
        self._options = general(settings)
        self._max_duration = settings.limits.max_duration
        self._bars = bars
        self._driver = Driver(lambda workers: _executors(workers, settings))
        self._executor, self._diarizer = self._driver.executors
        self._broken: dict[int, bool] = dict.fromkeys(numbers(settings), False)
        self._requests: dict[JobId, Request] = {}  # of jobs at work
        self._recordings: dict[JobId, Path] = {}
        self._waiting: list[JobId] = []  # a heap, in the order given
        self._jobs: dict[JobId, Job] = {}
        self._began: dict[tuple[JobId, Phase], tuple[float, float]] = {}  # time and position
        self._running: dict[JobId, Running] = {}
        self._verdicts: dict[JobId, Verdict] = {}

    def close(self) -> None:
        self._driver.close()

    def transcribe(self, recordings: Sequence[Path]) -> Iterator[Failure | None]:
        """Write the outputs of each recording in order; yields the failure, if any."""
        numbered = enumerate(recordings, 1)
        self._recordings = {JobId(number): recording for number, recording in numbered}
        self._executor.warm(time.monotonic())
        self._waiting = list(self._recordings)
        for job in self._recordings:
            while job not in self._verdicts:
                self._turn()
            yield self._write(self._jobs.pop(job), self._verdicts.pop(job))

    def _turn(self) -> None:
        while self._waiting and self._executor.free_slots():
            self._start(heappop(self._waiting))
        for news in self._driver.turn():
            self._handle(news)

    def _start(self, job: JobId) -> None:
        recording = self._recordings[job]
        facts = recording.stat()
        source = Source.of(recording.name, facts)
        copy = Copy.of(files.sha256(recording), facts)
        self._jobs[job] = Job(job, source, admitted=facts.st_mtime, copy=copy)
        self._requests[job] = Request(
            job,
            self._jobs[job].attempt,
            os.fspath(recording.absolute()),
            copy.sha256,
            self._options,
            max_duration=self._max_duration,
            accept_partial=True,
        )
        self._executor.start(self._requests[job], time.monotonic())

    def _handle(self, news: News) -> None:
        match news:
            case Success() | Refusal():
                self._settle(news)
            case Working(number=number):
                self._broken[number] = False
            case Broken(number=number):
                self._broken[number] = True
                if all(self._broken.values()):
                    _give_up(news)
            case Progress():
                self._show(news)
            case _:
                return

    def _settle(self, verdict: Verdict) -> None:
        request = self._requests.pop(verdict.job)
        transcript = request.transcript  # None, unless this is about its speakers
        self._running.pop(verdict.job, None)
        wants_speakers = self._options.diarization.enabled
        match verdict:
            case Refusal(failure=failure) if transcript:
                self._accept(verdict.job, unattributed(transcript, failure.sentence))
            case Refusal(failure=failure) if failure.kind is FailureKind.BYSTANDER:
                heappush(self._waiting, verdict.job)
            case Success(transcript=words) if wants_speakers and not transcript:
                self._find_speakers(request, words)
            case _:
                self._verdicts[verdict.job] = verdict

    def _find_speakers(self, request: Request, words: Transcript) -> None:
        if not words.segments:
            self._accept(request.job, unattributed(words))
            return
        self._requests[request.job] = replace(request, transcript=words)
        self._diarizer.start(self._requests[request.job], time.monotonic())

    def _accept(self, job: JobId, transcript: Transcript) -> None:
        self._verdicts[job] = Success(job, self._jobs[job].attempt, transcript)

    def _show(self, progress: Progress) -> None:
        name = self._recordings[progress.job].name
        now, phase = time.monotonic(), (progress.job, progress.phase)
        since, began_at = self._began.setdefault(phase, (now, progress.position))
        self._running[progress.job] = Running(
            progress.job,
            name,
            progress.position,
            progress.duration,
            now - since,
            phase=progress.phase,
            began_at=began_at,
        )
        running = tuple(self._running.values())
        self._bars.show(Status(since=0.0, ready=True, running=running))

    def _write(self, job: Job, verdict: Verdict) -> Failure | None:
        if isinstance(verdict, Refusal):
            return verdict.failure
        speakers = verdict.transcript.speakers
        if speakers and speakers.failure:
            self._bars.print(f"{job.source.name}: no speaker labels. {speakers.failure}")
        self._outbox.keep(job.id, KeptTranscript(verdict.transcript, self._options))
        planned = replace(job, plan=self._outbox.plan(job))
        for path in self._outbox.deliver(planned):
            print(path)
        return None


def _executors(workers: Workers, settings: Config) -> tuple[Executor, Executor]:
    return workers.engines(settings), workers.diarizer(settings)


def _give_up(broken: Broken) -> None:
    failure = broken.failure
    status = _MISCONFIGURED if broken.misconfigured else _CANNOT_RUN
    fail(f"{failure.message} {failure.remedy}\n{failure.detail}", status)
