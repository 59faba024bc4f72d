"""Compares transcribid with faster-whisper on the same recordings. Run it with `make bench`."""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.corpus import Amounts, Corpus, built, found
from bench.programs import Cost, Program, Setup, programs, run

QUICK = Amounts(notes=24, hour=360.0, minutes=1)
FULL = Amounts(notes=200, hour=3600.0, minutes=4)
QUICK_ROUNDS, FULL_ROUNDS = 2, 5
_WIDTH = 120  # columns, also where the output is no terminal
_BRIEF = 30.0  # seconds; of shorter recordings, files for each second are counted


@dataclass(frozen=True, slots=True)
class Result:
    """All rounds of one program on one set."""

    corpus: Corpus
    program: Program
    costs: tuple[Cost, ...]
    ratios: tuple[float, ...]  # of its seconds to ours, round by round


def main() -> int:
    asked = _asked()
    console = Console(width=max(Console().width, _WIDTH))
    with tempfile.TemporaryDirectory(prefix="transcribid-bench-") as home:
        corpora = _corpora(asked, Path(home) / "corpora")
        results = [
            result
            for corpus in corpora
            for result in _compared(corpus, asked, Path(home) / "out" / corpus.name)
        ]
    for table in _tables(results):
        console.print(table)
    console.print(_LEGEND, markup=False)
    if asked.json:
        asked.json.write_text(json.dumps(list(map(_row, results)), indent=1) + "\n")
    return _told(results, console)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, help="how often each program runs on each set")
    parser.add_argument("--only", action="append", help="a set: notes, hour or minutes")
    parser.add_argument("--against", action="append", help="a program; default: all")
    parser.add_argument("--full", action="store_true", help="200 notes, an hour, five rounds")
    parser.add_argument("--corpus", type=Path, help="a folder of folders of recordings")
    parser.add_argument("--language", help="what is spoken in those; default: find out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all rounds there")
    usual = Setup()
    parser.add_argument("--model", type=Path, default=usual.model, help="a folder")
    parser.add_argument("--device", default=usual.device)
    parser.add_argument("--compute-type", default=usual.compute_type)
    parser.add_argument("--batch", type=int, default=usual.batch, help="of the others")
    parser.add_argument("--profile", default=usual.profile, help="of transcribid")
    asked = parser.parse_args()
    asked.setup = Setup(
        asked.model, asked.device, asked.compute_type, asked.batch, asked.profile
    )
    asked.rounds = asked.rounds or (FULL_ROUNDS if asked.full else QUICK_ROUNDS)
    return asked


def _corpora(asked: argparse.Namespace, folder: Path) -> list[Corpus]:
    if asked.corpus:
        corpora = found(asked.corpus, asked.language)
    else:
        corpora = built(folder, FULL if asked.full else QUICK)
    names = [corpus.name for corpus in corpora]
    if unknown := set(asked.only or ()).difference(names):
        sys.exit(f"There is no set {', '.join(sorted(unknown))}, only {', '.join(names)}.")
    return [corpus for corpus in corpora if not asked.only or corpus.name in asked.only]


def _compared(corpus: Corpus, asked: argparse.Namespace, output: Path) -> list[Result]:
    """The programs take turns, and another begins each round: a machine's mood changes."""
    ours, *others = programs(asked.setup)
    contestants = [
        ours,
        *(each for each in others if not asked.against or each.name in asked.against),
    ]
    present = [program for program in contestants if not program.missing]
    costs: dict[str, list[Cost]] = {program.name: [] for program in contestants}
    for number in range(asked.rounds):
        turn = number % len(present)
        for program in present[turn:] + present[:turn]:
            print(f"{corpus.name}, round {number + 1}: {program.name}", file=sys.stderr)
            cost = run(program, corpus, output / f"{program.name} {number}")
            costs[program.name].append(cost)
    own = costs[ours.name]
    return [
        Result(corpus, program, tuple(costs[program.name]), _ratios(costs[program.name], own))
        for program in contestants
    ]


def _ratios(theirs: Iterable[Cost], ours: Iterable[Cost]) -> tuple[float, ...]:
    return tuple(their.seconds / our.seconds for their, our in zip(theirs, ours, strict=False))


def _tables(results: Iterable[Result]) -> Iterable[Table]:
    for corpus, of_set in groupby(results, lambda result: result.corpus):
        amount = f"files: {len(corpus.recordings)}, minutes: {corpus.seconds / 60:.1f}"
        table = Table(title=f"{corpus.name} ({amount})")
        for column in ("program", "wall time", "throughput", "peak memory", "word errors"):
            table.add_column(column, no_wrap=True)
        for column in ("word starts off by", "transcribid is faster by"):
            table.add_column(column)
        for result in of_set:
            table.add_row(result.program.name, *_cells(result))
        yield table


def _cells(result: Result) -> Iterable[str]:
    if result.program.missing:
        return (result.program.missing,)
    if any(cost.trouble for cost in result.costs):
        return ("it failed",)  # in whatever time
    seconds = _median(cost.seconds for cost in result.costs)
    return (
        f"{seconds:.1f} s",
        _throughput(result.corpus, seconds),
        f"{_median(cost.memory for cost in result.costs) / 1e6:.0f} MB",
        _percent(_median(map(_word_error_rate, result.costs))),
        _milliseconds(_median(map(_off_by, result.costs))),
        _spread(result.ratios),
    )


def _throughput(corpus: Corpus, seconds: float) -> str:
    count = len(corpus.recordings)
    if corpus.seconds / count < _BRIEF:
        return f"{count / seconds:.2f} files/s"
    return f"{corpus.seconds / seconds:.0f} x real time"


def _word_error_rate(cost: Cost) -> float | None:
    said = sum(score.said for score in cost.scores)
    return sum(score.errors for score in cost.scores) / said if said else None


def _off_by(cost: Cost) -> float | None:
    """Seconds by which half of the recognised words start too early or too late, or more."""
    distances = [distance for score in cost.scores for distance in score.distances]
    return statistics.median(distances) if distances else None


def _median(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else float("nan")


def _percent(value: float) -> str:
    return f"{value:.1%}" if value == value else "unknown"  # only NaN differs from itself


def _milliseconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value == value else "unknown"


def _spread(ratios: Sequence[float]) -> str:
    if set(ratios) == {1.0}:
        return ""  # our own
    return f"{_median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _row(result: Result) -> dict[str, object]:
    return {
        "set": result.corpus.name,
        "program": result.program.name,
        "missing": result.program.missing,
        "recordings": len(result.corpus.recordings),
        "audio_seconds": round(result.corpus.seconds, 3),
        "rounds": [_round(cost) for cost in result.costs],
        "ratios": [round(ratio, 4) for ratio in result.ratios],
    }


def _round(cost: Cost) -> dict[str, object]:
    return {
        "seconds": round(cost.seconds, 3),
        "peak_memory": cost.memory,
        "word_error_rate": _word_error_rate(cost),
        "word_starts_off_by": _off_by(cost),
        "trouble": cost.trouble,
    }


def _told(results: Iterable[Result], console: Console) -> int:
    """Slowness is a finding; only a run that did not come to its end is a failure."""
    failed = 0
    for result in results:
        for number, cost in enumerate(result.costs, 1):
            if cost.trouble:
                where = f"{result.corpus.name}, round {number}, {result.program.name}"
                console.print(f"{where}: {cost.trouble}", markup=False, soft_wrap=True)
                failed = 1
    return failed


_LEGEND = """\
All with the bundled model, int8, on the CPU; word times, voice activity detection. Ours as it
comes (five hypotheses only where one leaves it unsure), the others with beam 5.
Medians of all rounds. Wall time: from the start of the program to its end, loading included.
Word starts off by: the median over all words that were recognised.
Faster by a factor of their wall time over ours, round by round: median, least and most."""


if __name__ == "__main__":
    raise SystemExit(main())
