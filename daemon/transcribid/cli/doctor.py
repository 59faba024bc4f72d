"""transcribid doctor: checks the whole chain and shows how to fix it."""

import json
import os
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from transcribid.cli.options import FileOption, JsonOption, load_config
from transcribid.config import find
from transcribid.doctor.examination import examine
from transcribid.doctor.finding import Finding, Level, able
from transcribid.domain.naming import printable

UNABLE = 69  # sysexits.h: EX_UNAVAILABLE
_LINES = 8  # of a reason that are printed; JSON has all of them
_WIDEST = max(map(len, Level)) + 1
_STYLES = {Level.OK: "green", Level.NOTE: "cyan", Level.WARNING: "yellow", Level.FAILURE: "red"}


def doctor(
    config: FileOption = None,
    as_json: JsonOption = False,
    self_test: Annotated[
        bool, typer.Option("--self-test/--no-self-test", help="Transcribe a test clip.")
    ] = True,
) -> None:
    """Check everything the daemon needs and show how to fix each problem.

    Exit status 69: the daemon cannot run here.
    """
    settings = load_config(config)
    signal.signal(signal.SIGTERM, _end)
    file = find(config, os.environ)
    with _progress() as step:
        findings = list(examine(settings, file, step, self_test=self_test))
    if as_json:
        _print_json(findings)
    else:
        _print_table(findings)
    raise typer.Exit(0 if able(findings) else UNABLE)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """Raises, so that children are ended and temporary files removed."""
    raise SystemExit(128 + number)


@contextmanager
def _progress() -> Generator[Callable[[str], None]]:
    with Console(stderr=True).status("Checking") as status:
        yield lambda what: status.update(Text(f"Checking {what}"))


def _print_json(findings: Sequence[Finding]) -> None:
    answer = {"able": able(findings), "findings": [asdict(each) for each in findings]}
    print(json.dumps(answer, indent=1))


def _print_table(findings: Sequence[Finding]) -> None:
    console = Console(highlight=False)
    for area, found in groupby(findings, key=lambda each: each.area):
        console.print(Text(area, style="bold"))
        table = Table.grid(padding=(0, 1))
        table.add_column(min_width=_WIDEST, justify="right")
        for each in found:
            table.add_row(Text(each.level, style=_STYLES[each.level]), _rendered(each))
        console.print(table)
    console.print(_summary(findings))


def _rendered(finding: Finding) -> RenderableType:
    lines: list[RenderableType] = [Text(printable(finding.what))]
    if finding.level is not Level.OK:
        if finding.why:
            shown = map(printable, finding.why.splitlines()[-_LINES:])
            lines.append(Text("\n".join(shown), style="dim"))
        if finding.remedy:
            lines.append(Padding(Text(printable(finding.remedy), style="bold"), (0, 0, 0, 2)))
    return Group(*lines)


def _summary(findings: Sequence[Finding]) -> Text:
    warnings = _counted(findings, Level.WARNING)
    if able(findings):
        summary = f"The daemon can run here{', with ' + warnings if warnings else ''}."
        return Text(summary, style="green")
    summary = f"The daemon cannot run: {_counted(findings, Level.FAILURE)}."
    return Text(summary, style="red")


def _counted(findings: Sequence[Finding], level: Level) -> str:
    count = sum(each.level is level for each in findings)
    return f"{count} {level}{'s' if count > 1 else ''}" if count else ""
