"""transcribid models: list, fetch and verify them."""

import json
import os
import shlex
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from transcribid.cli.options import FileOption, JsonOption, fail, load_config
from transcribid.domain.naming import printable
from transcribid.models import ModelError, UnknownModel, check, names
from transcribid.models import pull as pulling
from transcribid.models import store as stored
from transcribid.models.check import Problems
from transcribid.models.store import Model, Where

app = typer.Typer(
    help="List, fetch and check models.", no_args_is_help=True, add_completion=False
)

_FAILED, _USAGE = 1, 2
_SHORT = 8  # digits of an abbreviated commit


@app.command("list", epilog="Example: transcribid models list")
def list_models(config: FileOption = None, as_json: JsonOption = False) -> None:
    """List the models on this machine and which of them are configured."""
    settings = load_config(config)
    store = _store(settings.folders.state)
    wanted = {settings.engine.model: True, settings.diarization.model: settings.wants_speakers}
    with _readable():
        chosen = {name: _chosen(store, name) for name in wanted}
        used = [each for each in chosen.values() if each]
        found = [stored.bundled(), *stored.installed(store), *stored.cached()]
        found += [each for each in used if each.where is Where.FOLDER]
        if as_json:
            _print_json([_described(each, used) for each in found])
            return
        Console().print(_table(found, used))
    for missing in [each for each, needed in wanted.items() if needed and chosen[each] is None]:
        pull = f"Run: transcribid models pull {shlex.quote(missing)}"
        typer.echo(f"{printable(missing)} is configured but not on this machine. {pull}")


@app.command(epilog="Example: transcribid models pull large-v3-turbo")
def pull(
    model: Annotated[str, typer.Argument(metavar="NAME", help="Model name, or owner/name.")],
    revision: Annotated[
        str | None,
        typer.Option(metavar="COMMIT", help="Commit, tag or branch; default: newest."),
    ] = None,
    config: FileOption = None,
) -> None:
    """Fetch a model, so that the daemon never needs the network.

    Files already present are not fetched again, and an interrupted pull resumes. Gated
    models, such as the diarization pipeline community-1, need a token in HF_TOKEN or in the
    file that HF_TOKEN_FILE names: first accept the terms on the model's page.
    """
    store = _store(load_config(config).folders.state)
    if _needs_no_pull(model):
        return
    try:
        wanted = names.parse_name(model)
        origin = f" from {wanted.repository}" if wanted.name != wanted.repository else ""
        typer.echo(f"fetching {wanted.name}{origin}", err=True)
        with _bars() as bars:
            task = bars.add_task(escape(wanted.name), total=None)
            pulled = pulling.pull(
                wanted,
                store,
                revision=revision,
                environment=os.environ,
                progress=lambda done, total: bars.update(task, completed=done, total=total),
            )
    except ModelError as error:
        _fail(error)
    manifest = pulled.manifest
    verb = "is now in" if pulled.fetched else "is already complete in"
    size = decimal(manifest.size)
    typer.echo(
        f"{manifest.name} {verb} {pulled.folder} ({size}, revision {manifest.revision})."
    )


@app.command(epilog="Example: transcribid models verify large-v3-turbo")
def verify(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Default: all pulled models."),
    ] = None,
    config: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare every file with the manifest of its pull."""
    store = _store(load_config(config).folders.state)
    with _readable():
        chosen = [_present(store, each) for each in models or ()] or stored.installed(store)
        problems = _verified(chosen)
    if as_json:
        _print_json(
            [_verdict(each, found) for each, found in zip(chosen, problems, strict=True)]
        )
    else:
        _print_verdicts(chosen, problems, store)
    if any(problems):
        raise typer.Exit(_FAILED)


def _store(state: Path) -> Path:
    return state / "models"


@contextmanager
def _readable() -> Generator[None]:
    """The daemon's folders may be unreadable for other users."""
    try:
        yield
    except OSError as error:
        fail(f"{error.filename} cannot be read: {error.strerror}.", _FAILED)


def _chosen(store: Path, name: str) -> Model | None:
    try:
        return stored.located(store, name)
    except UnknownModel:
        return None


def _described(model: Model, used: Sequence[Model]) -> dict[str, object]:
    return {
        "name": model.name,
        "kind": model.kind.name,
        "size": model.size,
        "revision": model.revision,
        "where": model.where,
        "folder": os.fspath(model.folder),
        "configured": model in used,
        "problems": dict(check.quick(model.folder)),
    }


def _table(found: Sequence[Model], used: Sequence[Model]) -> Table:
    table = Table("model", "kind", "size", "revision", "where", "", box=None)
    for model in found:
        notes = ["configured"] if model in used else []
        if problems := check.quick(model.folder):
            notes.append(f"incomplete: {check.in_words(problems)}")
        where = model.where if model.where is not Where.FOLDER else os.fspath(model.folder)
        revision = (model.revision or "")[:_SHORT]
        facts = (model.name, model.kind.name, decimal(model.size), revision, where)
        table.add_row(*(escape(printable(cell)) for cell in (*facts, "; ".join(notes))))
    return table


def _needs_no_pull(model: str) -> bool:
    if model == names.STARTER:
        typer.echo("starter is bundled with transcribid; there is nothing to fetch.")
        return True
    if not names.is_path(model):
        return False
    if not names.as_path(model).is_dir():
        fail(f"There is no folder {printable(model)}.", _USAGE)
    typer.echo(f"{printable(model)} is a local folder; there is nothing to fetch.")
    return True


def _present(store: Path, name: str) -> Model:
    try:
        found = stored.located(store, name)
    except UnknownModel as error:
        _fail(error)
    if found is None:
        remedy = f"Run: transcribid models pull {shlex.quote(name)}"
        fail(f"{printable(name)} is not on this machine. {remedy}", _FAILED)
    return found


def _verified(models: Sequence[Model]) -> list[Problems]:
    with _bars() as bars:
        task = bars.add_task("", total=sum(each.size for each in models if each.comparable))
        found: list[Problems] = []
        for model in models:
            bars.update(task, description=escape(printable(model.name)))
            found.append(check.thorough(model.folder, partial(bars.advance, task)))
    return found


def _verdict(model: Model, problems: Problems) -> dict[str, object]:
    return {
        "name": model.name,
        "folder": os.fspath(model.folder),
        "revision": model.revision,
        "compared": model.comparable,
        "problems": dict(problems),
        "remedy": model.remedy if problems else None,
    }


def _print_verdicts(models: Sequence[Model], found: Sequence[Problems], store: Path) -> None:
    for model, problems in zip(models, found, strict=True):
        name = printable(model.name)
        if problems:
            typer.echo(f"{name} is damaged: {check.in_words(problems)}. {model.remedy}")
        elif model.comparable:
            typer.echo(f"{name} is intact: {decimal(model.size)}, revision {model.revision}")
        else:
            typer.echo(f"{name} has all its files but no manifest to verify them against.")
    if not models:
        typer.echo(f"No models have been pulled to {store}.")


def _bars() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))


def _fail(error: ModelError) -> NoReturn:
    status = _USAGE if isinstance(error, UnknownModel) else _FAILED
    fail(f"{printable(str(error))} {printable(error.remedy)}", status)
