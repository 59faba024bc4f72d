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
from real.compare import compare, pooled
from real.download import Unavailable
from real.fetch import strangers
from real.programs import THEIRS, Languages, Program, Setup
from real.recordings import VoiceSet
from real.rows import Row, rows
from real.tables import Compared, table
from real.weights import Model, weights

_WIDTH = 140  # columns, also where the output is no terminal


def main() -> int:
    asked = _asked()
    console = Console(width=max(Console().width, _WIDTH))
    found: list[Row] = []
    for setup in _setups(asked):
        several: list[tuple[VoiceSet, Compared]] = []
        for chosen, compared in _heard(setup, asked, console):
            console.print(table(chosen, setup, compared))
            several.append((chosen, compared))
            found += _rows(chosen.name, setup, compared)
            if asked.json:
                asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        if len(several) > 1:
            together, compared = pooled(several)
            console.print(table(together, setup, compared))
    for line in strangers():
        console.print(line, markup=False)
    return 0


def _heard(
    setup: Setup, asked: argparse.Namespace, console: Console
) -> Iterator[tuple[VoiceSet, Compared]]:
    """Set by set; what cannot be had is said and left out."""
    programs = (Program.OURS,) if asked.ours_only else (Program.OURS, *THEIRS)
    for name in asked.only or selection.usual(setup):
        print(f"{name}, {setup.model}, language {setup.languages}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="transcribid-voices-") as home:
            try:
                weights(setup.model)
                chosen = voices.build(name, Path(home) / name)
            except Unavailable as absent:
                console.print(f"{name} is left out: {absent}", markup=False)
                continue
            for line in chosen.left_out:
                console.print(f"{name} is without {line}", markup=False)
            yield chosen, compare(chosen, setup, programs)


def _rows(name: str, setup: Setup, compared: Compared) -> Iterator[Row]:
    for program, figures in compared.items():
        yield from rows(name, setup, program, figures)


def _setups(asked: argparse.Namespace) -> Iterator[Setup]:
    for model in asked.model or Model:
        for languages in asked.language or Languages:
            yield Setup(Model(model), Languages(languages))


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
