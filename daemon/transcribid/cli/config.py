"""transcribid config: check, show and explain the configuration."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from transcribid.cli.options import (
    WRONG_CONFIGURATION,
    FileOption,
    JsonOption,
    fail,
    load_config,
)
from transcribid.config import ConfigError, find, schema
from transcribid.config.languages import AUTO
from transcribid.config.listing import aligned, as_yaml, listing, origins, redacted
from transcribid.config.per_file import Effective, effective

app = typer.Typer(
    help="Check, show and explain the configuration.",
    no_args_is_help=True,
    add_completion=False,
)

_Row = tuple[str, object, str]  # option, value, origin


@app.command(epilog="Example: transcribid config check --config /etc/transcribid/config.yaml")
def check(config: FileOption = None) -> None:
    """Validate the configuration and report every error."""
    load_config(config)
    path = find(config, os.environ)
    typer.echo(f"{path} is valid." if path else "No configuration file; the defaults apply.")


@app.command(epilog="Example: transcribid config show")
def show(config: FileOption = None, as_json: JsonOption = False) -> None:
    """Print every effective value and where it is set."""
    settings = load_config(config)
    if as_json:
        _print_json({"config": redacted(settings), "origins": origins(settings)})
    else:
        typer.echo(listing(settings))


@app.command("schema", epilog="Example: transcribid config schema > transcribid.schema.json")
def print_schema() -> None:
    """Print the JSON schema of the configuration file, for editors."""
    _print_json(schema())


@app.command(epilog="Example: transcribid config explain interviews/talk.mp3")
def explain(
    file: Annotated[
        Path, typer.Argument(help="A recording: its path, or its path in the inbox.")
    ],
    config: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print each option of one recording and the line that sets it."""
    settings = load_config(config)
    try:
        rows = _rows(effective(settings, _name(file, settings.folders.inbox)))
    except ConfigError as error:
        fail(str(error), WRONG_CONFIGURATION)
    if as_json:
        _print_json({name: {"value": value, "origin": origin} for name, value, origin in rows})
    elif (console := Console()).is_terminal:
        console.print(_table(rows))
    else:
        typer.echo(
            aligned([(f"{name}: {as_yaml(value)}", origin) for name, value, origin in rows])
        )


def _name(file: Path, inbox: Path) -> str:
    """The path below the inbox, whether the file is there yet or not."""
    top = Path(os.path.realpath(inbox))
    for start in (Path.cwd(), top):
        path = Path(os.path.realpath(start / file))
        if path != top and path.is_relative_to(top):
            return path.relative_to(top).as_posix()
    raise typer.BadParameter(f"{file} is not under the inbox, {inbox}.", param_hint="FILE")


def _rows(found: Effective) -> list[_Row]:
    values = asdict(found.options)
    values["language"] = values["language"] or AUTO
    speakers: dict[str, object] = values.pop("diarization")
    values |= {f"diarization.{name}": value for name, value in speakers.items()}
    return [(name, value, found.origins[name]) for name, value in values.items()]


def _table(rows: list[_Row]) -> Table:
    table = Table("option", "value", "set by")
    for name, value, origin in rows:
        table.add_row(name, escape(as_yaml(value)), escape(origin))
    return table


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
