"""Hears human speech with real Whisper weights, beside faster-whisper: `make bench-real`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent.parent))

from real import selection, voices
from real.compare import compare
from real.download import Unavailable
from real.fetch import strangers
from real.programs import THEIRS, Languages, Program, Setup
from real.recordings import VoiceSet
from real.rows import Row, rows
from real.tables import table
from real.weights import Model, weights

_WIDTH = 140  # columns, also where the output is no terminal


def main() -> int:
    asked = _asked()
    console = Console(width=max(Console().width, _WIDTH))
    found: list[Row] = []
    for setup, name in _wished(asked):
        print(f"{name}, {setup.model}, language {setup.languages}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="transcribid-voices-") as home:
            found += _rows(name, setup, asked, Path(home), console)
            if asked.json:
                asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    for line in strangers():
        console.print(line, markup=False)
    return 0


def _rows(
    name: str, setup: Setup, asked: argparse.Namespace, home: Path, console: Console
) -> list[Row]:
    """Of one set, whose table is printed; none where something for it cannot be had."""
    try:
        weights(setup.model)
        chosen = voices.build(name, home / name)
    except Unavailable as absent:
        console.print(f"{name} is left out: {absent}", markup=False)
        return []
    return _compared(chosen, setup, asked, console)


def _compared(
    chosen: VoiceSet, setup: Setup, asked: argparse.Namespace, console: Console
) -> list[Row]:
    programs = (Program.OURS,) if asked.ours_only else (Program.OURS, *THEIRS)
    compared = compare(chosen, setup, programs)
    console.print(table(chosen, setup, compared))
    for line in chosen.left_out:
        console.print(f"left out: {line}", markup=False)
    return [
        row
        for program, figures in compared.items()
        for row in rows(chosen.name, setup, program, figures)
    ]


def _wished(asked: argparse.Namespace) -> Iterator[tuple[Setup, str]]:
    for model in asked.model or Model:
        for languages in asked.language or Languages:
            setup = Setup(Model(model), Languages(languages))
            for name in asked.only or selection.usual(setup):
                yield setup, name


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=voices.NAMES, metavar="SET")
    parser.add_argument("--model", action="append", choices=list(Model))
    parser.add_argument("--language", action="append", choices=list(Languages))
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every recording, there")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
