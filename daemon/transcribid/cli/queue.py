"""transcribid status, queue, show, retry, cancel and so on: requests to a running daemon."""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from transcribid.cli.client import client
from transcribid.cli.options import FileOption, JsonOption, fail, load_config
from transcribid.domain.job import State
from transcribid.protocol.engine import Phase
from transcribid.service.status import in_words
from transcribid.web.job_models import JobDetail, JobView
from transcribid.web.models import RunningView, SkippedView, StatusView

_JOBS = TypeAdapter(list[JobView])
_SKIPPED = TypeAdapter(list[SkippedView])
JobArgument = Annotated[int, typer.Argument(metavar="JOB", help="Job number.")]


def status(
    config: FileOption = None,
    as_json: JsonOption = False,
    ready: Annotated[
        bool, typer.Option("--ready", help="Exit with 0 if the daemon is ready, else 1.")
    ] = False,
) -> None:
    """Show what the daemon is doing."""
    with client(load_config(config).folders.state) as daemon:
        if ready:
            daemon.get("/readyz")
        answer = daemon.get("/status")
    if as_json:
        _print_json(answer)
        return
    _print_status(StatusView.model_validate(answer))


def queue(
    config: FileOption = None,
    as_json: JsonOption = False,
    state: Annotated[State | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of rows.")] = 50,
    skipped: Annotated[
        bool, typer.Option("--skipped", help="List skipped inbox files and why.")
    ] = False,
) -> None:
    """List waiting and running recordings, or those in one state."""
    query: dict[str, str | int] = {"limit": limit}
    if state:
        query["state"] = state.value
    with client(load_config(config).folders.state) as daemon:
        answer = daemon.get("/skipped" if skipped else "/jobs", query)
    if as_json:
        _print_json(answer)
    elif skipped:
        _print_skipped(_SKIPPED.validate_python(answer))
    else:
        _print_jobs(_JOBS.validate_python(answer))


def show(job: JobArgument, config: FileOption = None, as_json: JsonOption = False) -> None:
    """Show one job and its history."""
    with client(load_config(config).folders.state) as daemon:
        answer = daemon.get(f"/jobs/{job}")
    if as_json:
        _print_json(answer)
        return
    _print_detail(JobDetail.model_validate(answer))


def retry(
    job: Annotated[int | None, typer.Argument(metavar="JOB", help="Job number.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All failed jobs.")] = False,
    language: Annotated[str | None, typer.Option(help="ISO 639-1, or auto.")] = None,
    diarize: Annotated[
        bool | None, typer.Option("--diarize/--no-diarize", help="Label who said what.")
    ] = None,
    num_speakers: Annotated[
        int | None, typer.Option("--num-speakers", min=1, help="Number of speakers.")
    ] = None,
    config: FileOption = None,
) -> None:
    """Transcribe a quarantined, blocked, cancelled or finished recording again."""
    if (job is None) is not everything:
        fail("Give one job number, or --all. Example: transcribid retry 7", 2)
    options: dict[str, str | int | None] = {
        "language": language,
        "with_diarization": diarize,
        "num_speakers": num_speakers,
    }
    query = {key: value for key, value in options.items() if value is not None}
    if everything and query:
        fail("Options need a single job. Example: transcribid retry 7 --num-speakers 2", 2)
    _ask("/retry" if everything else f"/jobs/{job}/retry", config, query)


def cancel(job: JobArgument, config: FileOption = None) -> None:
    """Cancel a job; its file stays where it is."""
    _ask(f"/jobs/{job}/cancel", config)


def dismiss(
    job: Annotated[int | None, typer.Argument(metavar="JOB", help="Job number.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All whose file is gone.")] = False,
    config: FileOption = None,
) -> None:
    """Drop a recording from the list once its file was removed from quarantine."""
    if (job is None) is not everything:
        fail("Give one job number, or --all. Example: transcribid dismiss 7", 2)
    _ask("/dismiss" if everything else f"/jobs/{job}/dismiss", config)


def pause(config: FileOption = None) -> None:
    """Start no new jobs until resumed, even after a restart."""
    _ask("/pause", config)


def resume(config: FileOption = None) -> None:
    """Resume after a pause."""
    _ask("/resume", config)


def _ask(path: str, config: FileOption, query: Mapping[str, str | int] | None = None) -> None:
    with client(load_config(config).folders.state) as daemon:
        print(daemon.post(path, query)["answer"])


def _print_json(answer: Any) -> None:
    print(json.dumps(answer, indent=1, ensure_ascii=False))


def _print_status(status: StatusView) -> None:
    console = Console()
    trouble = f": {escape(status.trouble)}" if status.trouble else ""
    console.print(f"[bold]{status.status}[/bold]{trouble}")
    for warning in status.warnings:
        console.print(f"[yellow]{escape(warning)}[/yellow]")
    if status.model:
        on = f"{status.gpu.name} ({status.device})" if status.gpu else status.device
        console.print(escape(f"{status.model} on {on}, {status.compute_type}"))
    if status.fallback:
        console.print(f"[yellow]{escape(status.fallback)}[/yellow]")
    for engine in status.engines:
        if not engine.works and status.model:
            failure = f"engine {engine.number}: {engine.message} {engine.remedy}"
            console.print(f"[red]{escape(failure)}[/red]")
    for running in status.running:
        console.print(_line(running), highlight=False)
    transcribing = sum(each.phase is Phase.WORDS for each in status.running)
    waiting = max(0, status.counts.get(State.RUNNING, 0) - transcribing)
    facts = {**status.counts, State.RUNNING: transcribing, "next": waiting}
    counts = ", ".join(f"{count} {state}" for state, count in facts.items() if count)
    console.print(counts or "no jobs yet")
    if status.settling:
        console.print(f"{status.arriving} arriving: {escape(', '.join(status.settling[:5]))}")
    if status.counts.get(State.BLOCKED):
        console.print("`transcribid queue --state blocked` shows how to unblock them")
    if status.skipped:
        console.print(f"{status.skipped} skipped; `transcribid queue --skipped` shows why")


def _line(running: RunningView) -> str:
    parts = [f"job {running.job}: {escape(running.name)}"]
    if running.duration:
        parts.append(f"{min(100.0, 100 * running.position / running.duration):.0f} %")
    if running.speed:
        parts.append(f"{in_words(running.speed)} x real time")
    if running.remaining is not None:
        parts.append(f"{running.remaining:.0f} s left")
    return ", ".join(parts)


def _print_jobs(jobs: list[JobView]) -> None:
    table = Table("job", "recording", "state", "attempt", "why", box=None)
    for job in jobs:
        table.add_row(
            str(job.id),
            escape(job.name),
            "next" if job.waits else job.state,
            str(job.attempt),
            escape(_why(job)),
        )
    Console().print(table if jobs else "no jobs")


def _print_skipped(entries: list[SkippedView]) -> None:
    table = Table("skipped", "why", box=None)
    for entry in entries:
        table.add_row(escape(entry.name), escape(entry.reason))
    Console().print(table if entries else "nothing skipped")


def _why(job: JobView) -> str:
    wait = job.not_before - time.time()
    later = f"retry in {wait:.0f} s: " if job.state == State.QUEUED and wait > 0 else ""
    verdict = ": ".join(filter(None, (job.verdict, job.reasons)))
    reason = " ".join(filter(None, (job.message, job.remedy))) or verdict
    return later + reason + (" (its file is gone)" if job.gone else "")


def _print_detail(job: JobDetail) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]job {job.id}[/bold] {escape(job.name)}: {job.state}")
    console.print(f"{job.size} bytes, sha256 {job.sha256 or 'not read yet'}")
    for label, value in (
        ("outputs", job.output),
        ("reason", job.message),
        ("what to do", job.remedy),
    ):
        if value:
            console.print(f"{label}: {escape(value)}")
    for moment in job.history:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment.at))
        console.print(f"  {when}  {moment.event:<12} {moment.state:<13} {escape(moment.note)}")
    if job.detail:
        console.print(escape(job.detail))
