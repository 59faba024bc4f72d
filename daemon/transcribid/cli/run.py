"""transcribid run and once: the daemon, and a single pass over the inbox."""

import errno
import os
import signal
import sqlite3
from collections.abc import Callable, Mapping
from types import FrameType
from typing import TYPE_CHECKING

import structlog
import typer
from rich.console import Console

from transcribid import log as logs
from transcribid.cli.options import FileOption, fail, load_config
from transcribid.cli.progress import Bars
from transcribid.config import Config, find, load
from transcribid.domain.job import State
from transcribid.ledger import LedgerNewer
from transcribid.service.mailbox import Mailbox, Signal
from transcribid.service.status import Status

if TYPE_CHECKING:
    from transcribid.build import Daemon

_MOVE = "A file is in place of a folder: move it away."
_PREPARE = "Create the folder, writable by the daemon's user."
_FREE = "Stop the program that uses the port, or set web.port to another one."
STORAGE_FAILED, ANOTHER_RUNS, MISCONFIGURED = 74, 75, 78  # sysexits.h


def run(config: FileOption = None) -> None:
    """Watch the inbox and transcribe what lands in it, until stopped.

    SIGTERM and Ctrl-C let the running recording finish (stop_grace); a second one stops at
    once. SIGHUP reloads the configuration.
    """
    path = config

    def reload() -> Config:
        return load(find(path, os.environ), environment=os.environ)

    settings = load_config(path)
    logs.configure(settings.logging.format, settings.logging.level)
    with _daemon(settings, reload=reload) as daemon:
        _handle_signals(daemon.mailbox)
        structlog.get_logger().info("daemon.started", pid=os.getpid(), **_folders(settings))
        status = _run_to_end(daemon.run)
        structlog.get_logger().info("daemon.stopped", status=status)
    raise typer.Exit(status)


def once(config: FileOption = None) -> None:
    """Transcribe everything in the inbox, with progress bars, and exit.

    Exit status 1: some recordings were not transcribed.
    """
    settings = load_config(config)
    console = Console(stderr=True)
    with Bars(console) as bars:
        level = settings.logging.level if settings.logging.level != "info" else "warning"
        logs.configure(settings.logging.format, level)
        with _daemon(settings, until_done=True, watched=bars.show) as daemon:
            _handle_signals(daemon.mailbox)
            before = daemon.ledger.history_length()
            status = _run_to_end(daemon.run)
            reached = daemon.ledger.reached(before)
    done = reached.get(State.DONE, 0)
    failed = reached.get(State.QUARANTINED, 0) + reached.get(State.BLOCKED, 0)
    console.print(f"{done} transcribed, {failed} not. Outputs: {settings.folders.outbox}")
    if failed:
        console.print(f"Failure reports: {settings.folders.quarantine}")
    raise typer.Exit(status or int(failed > 0))


def _daemon(
    settings: Config,
    *,
    reload: Callable[[], Config] | None = None,
    until_done: bool = False,
    watched: Callable[[Status], None] | None = None,
) -> "Daemon":
    from transcribid.build import Daemon
    from transcribid.service.parts import Unusable
    from transcribid.storage.instance_lock import AlreadyRunning

    try:
        return Daemon(settings, reload=reload, until_done=until_done, watched=watched)
    except AlreadyRunning as error:
        fail(f"{error} See: transcribid status", ANOTHER_RUNS)
    except Unusable as why:
        fail(f"Cannot start: {why}.", MISCONFIGURED)
    except LedgerNewer as error:
        fail(f"{error}.", MISCONFIGURED)
    except sqlite3.Error as error:
        fail(f"The ledger in {settings.folders.state} cannot be used: {error}", STORAGE_FAILED)
    except OSError as error:
        fail(f"Cannot start: {error}. {_remedy(error)}", MISCONFIGURED)


def _remedy(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _FREE
    return _MOVE if isinstance(error, FileExistsError | NotADirectoryError) else _PREPARE


def _run_to_end(run: Callable[[], int]) -> int:
    """Returns the exit status. A ledger failure ends the daemon; its supervisor restarts it."""
    try:
        return run()
    except sqlite3.Error as error:
        structlog.get_logger().critical("ledger.failed", error=str(error))
        return STORAGE_FAILED


def _handle_signals(mailbox: Mailbox) -> None:
    signals: Mapping[signal.Signals, Signal] = {
        signal.SIGTERM: Signal.STOP,
        signal.SIGINT: Signal.STOP,
        signal.SIGHUP: Signal.RELOAD,
    }

    def post(number: int, _: FrameType | None) -> None:
        mailbox.put(signals[signal.Signals(number)])

    for number in signals:
        signal.signal(number, post)


def _folders(settings: Config) -> dict[str, str]:
    folders = settings.folders
    return {"inbox": str(folders.inbox), "outbox": str(folders.outbox)}
