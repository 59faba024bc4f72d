"""Options shared by several commands, and failing with a message."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from transcribid.config import Config, ConfigError, find, load

WRONG_CONFIGURATION = 78  # sysexits.h: EX_CONFIG, restarting cannot help

FileOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="PATH", help="Configuration file.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load_config(
    path: Path | None, overrides: dict[tuple[str, ...], object] | None = None
) -> Config:
    """The configuration; if it is invalid, prints all problems and exits with 78."""
    try:
        return load(find(path, os.environ), environment=os.environ, overrides=overrides or {})
    except ConfigError as error:
        fail(str(error), WRONG_CONFIGURATION)


def fail(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(status)
