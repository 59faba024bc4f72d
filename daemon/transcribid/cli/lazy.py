"""Commands are imported when they run: what `--help` lists needs none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    place: str  # module and function or typer.Typer, as in queue:status
    summary: str  # the first sentence of its help
    example: str = ""


def group(entries: Mapping[str, Entry]) -> type[TyperGroup]:
    """A group of these commands, by their names and in their order."""

    class Lazy(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            for name, entry in entries.items():
                self.add_command(TyperCommand(name, help=entry.summary))

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            name, _, rest = super().resolve_command(ctx, args)
            return name, load(name, entries[name]) if name else None, rest

    return Lazy


def load(name: str, entry: Entry) -> Any:
    """The command itself."""
    module, _, attribute = entry.place.partition(":")
    found = getattr(import_module(f"transcribid.cli.{module}"), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
        )
        single.command(name, epilog=f"Example: transcribid {entry.example}")(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    return command
