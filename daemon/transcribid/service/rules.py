"""Builds the rules of the dispatcher from the configuration."""

import shutil
import time
from collections.abc import Callable

from transcribid.config import Config, ConfigError
from transcribid.config.per_file import effective
from transcribid.domain.ignore import Ignore
from transcribid.domain.job import Job
from transcribid.domain.lifecycle import RetryPolicy
from transcribid.domain.options import Options
from transcribid.service.parts import BadOptions, Rules
from transcribid.storage import relocate


def rules(config: Config, trouble: Callable[[str], str | None], *, until_done: bool) -> Rules:
    """`trouble` returns what is wrong with a folder, by its name.

    `until_done`: nothing more will arrive, so incomplete files are not waited for.
    """
    grace = 0.0 if until_done else config.watch.grace
    return Rules(
        policy=RetryPolicy(config.retry.strikes, config.retry.backoff, grace),
        options_of=lambda name, overrides: _options(config, name, overrides),
        ignored=_ignore_for_named(config).path,
        source_of=lambda name: relocate.found(config.folders.inbox, name),
        roots=lambda: next(filter(None, map(trouble, watched(config))), None),
        room=lambda job: _shortage(config, job),
        max_duration=config.limits.max_duration,
        clock=time.time,
    )


def watched(config: Config) -> tuple[str, ...]:
    """The names of the folders that must be usable for any work."""
    archive = ("archive",) if config.after_success == "archive" else ()
    return ("state", "inbox", "outbox", "quarantine", *archive)


def _ignore_for_named(config: Config) -> Ignore:
    """For files requested by name, for which `watch.only` does not apply."""
    return Ignore(config.watch.ignore, only=("*",) if config.watch.only else ())


def _options(config: Config, name: str, overrides: str) -> Options:
    try:
        return effective(config, name, overrides).options
    except ConfigError as error:
        raise BadOptions(str(error)) from error


def _shortage(config: Config, job: Job) -> str | None:
    """Why there is no room for a job, or None."""
    folders, least = config.folders, config.limits.min_free_disk
    wanted = {
        "state": (folders.state, least + job.source.size),
        "outbox": (folders.outbox, least),
    }
    for name, (folder, needed) in wanted.items():
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            return f"{name} {folder}: {error.strerror}"
        if free < needed:
            return (
                f"{name} {folder} has {free >> 20} MiB free and needs {needed >> 20}:"
                " free disk space, or lower limits.min_free_disk"
            )
    return None
