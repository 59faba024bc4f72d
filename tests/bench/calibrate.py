"""Fits the thresholds of the verdict to some voices and tells what they do to others.

`make calibrate` transcribes prompts of five voices, each of one language, and of actors, with
the language left open. Sides are voices, never clips of one voice.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from real.calibration import Sample, fitted, found, limited, samples
from transcribid.domain.thresholds import Thresholds

_SIDES = {"en, it, nl": ("en", "it", "nl"), "es, fr, ru": ("es", "fr", "ru")}
_CURVE = (0.02, 0.05, 0.08, 0.10, 0.15, 0.20)  # of the right ones doubted


def main() -> int:
    asked = _asked()
    rows = [row for path in asked.files for row in json.loads(path.read_text())]
    console = Console(width=120)
    for model in sorted({row["model"] for row in rows}):
        of_model = [row for row in rows if row["model"] == model]
        sides = {name: _side(of_model, voices) for name, voices in _SIDES.items()}
        console.print(_fits(model, sides))
        console.print(_curve(model, [each for side in sides.values() for each in side]))
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="of tests/bench/real.py --json")
    return parser.parse_args()


def _side(rows: Sequence[dict[str, Any]], voices: Sequence[str]) -> list[Sample]:
    return list(samples(row for row in rows if row["language"] in voices))


def _fits(model: str, sides: dict[str, list[Sample]]) -> Table:
    table = Table(title=f"{model}: fitted to the voices of a row, doubted are")
    for column in ("fitted to", "doubt", "brevity", "language", *sides):
        table.add_column(column)
    everybody = [each for side in sides.values() for each in side]
    for name, side in (*sides.items(), ("all", everybody)):
        limits = fitted(side)
        table.add_row(
            name,
            *_numbers(limits),
            *(str(found(each, limits)) for each in sides.values()),
        )
    return table


def _curve(model: str, given: Sequence[Sample]) -> Table:
    """What more or fewer false alarms would bring."""
    table = Table(title=f"{model}: the curve, all voices")
    for column in ("right ones doubted", "doubt", "doubted are"):
        table.add_column(column)
    fit = fitted(given)
    for share in _CURVE:
        limits = limited(given, fit, share)
        table.add_row(f"{share:.0%}", f"{limits.doubt:.2f}", str(found(given, limits)))
    return table


def _numbers(limits: Thresholds) -> tuple[str, str, str]:
    return f"{limits.doubt:.2f}", f"{limits.brevity:.1f}", f"{limits.language:.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
