"""Subtitle cues: a transcript cut into screens that end where a reader would pause."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from transcribid.domain.breaks import Atom, Break, atoms, breaks
from transcribid.domain.transcript import Segment

# Seconds on screen, by Netflix's Timed Text Style Guide: General Requirements.
LONGEST = 7.0  # except for a single word that lasts longer
SHORTEST = 5 / 6  # except where the next cue comes sooner

# Costs besides those of breaks; filling a screen or a line evenly costs at most 1.
_BRIEF = 5.0  # of a cue shorter than SHORTEST: dearer than a clause, cheaper than ANYWHERE
_LINE = 100.0  # more than everything else in a cue together: never a line too many


@dataclass(frozen=True, slots=True)
class Cue:
    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None


def cues(
    segments: Sequence[Segment], *, max_line_width: int, max_lines: int, labelled: bool = False
) -> list[Cue]:
    """Cues in order, never overlapping, in whole milliseconds; wide characters count as two.

    Each has one speaker. `labelled`: it begins with the name where the speaker changes.
    """
    parts = list(atoms(segments, max_line_width, labelled=labelled))
    costs = breaks(parts)

    def screen_costs(start: int) -> Iterator[float]:
        for end, fill in enumerate(_fills(parts, start, max_line_width, max_lines), start + 1):
            if parts[end - 1].speaker != parts[start].speaker:
                return
            if end > start + 1 and parts[end - 1].end - parts[start].start > LONGEST:
                return
            brief = end < len(parts) and parts[end].start - parts[start].start < SHORTEST
            yield costs[start] + fill**2 + (_BRIEF if brief else 0.0)

    screens = _cheapest(len(parts), screen_costs)
    texts = (_lines(parts[screen], costs[screen], max_line_width) for screen in screens)
    times = _times([(parts[screen][0].start, parts[screen][-1].end) for screen in screens])
    speakers = (parts[screen][0].speaker for screen in screens)
    return [
        Cue(*time, lines, speaker)
        for time, lines, speaker in zip(times, texts, speakers, strict=True)
    ]


def _fills(parts: Sequence[Atom], start: int, width: int, lines: int) -> Iterator[float]:
    """How full the screen is with one atom from `start`, with two, and so on while they fit."""
    line, column = 1, 0
    for index in range(start, len(parts)):
        atom = parts[index]
        column += atom.columns + (len(atom.gap) if column else 0)
        if column > max(width, atom.columns):
            line, column = line + 1, atom.columns
        if line > lines:
            return
        yield ((line - 1) * width + column) / (lines * width)


def _cheapest(count: int, costs: Callable[[int], Iterable[float]]) -> list[slice]:
    """The cheapest split of `count` atoms, by dynamic programming.

    `costs(start)` gives the cost of one atom from there, of two together, and so on.
    """
    best = [0.0] + [inf] * count
    origin = [0] * (count + 1)
    for start in range(count):
        for end, cost in enumerate(costs(start), start + 1):
            if best[start] + cost < best[end]:
                best[end], origin[end] = best[start] + cost, start
    cut: list[slice] = []
    while count:
        cut.append(slice(origin[count], count))
        count = origin[count]
    return cut[::-1]


def _lines(parts: Sequence[Atom], costs: Sequence[Break], width: int) -> tuple[str, ...]:
    """As few lines as possible, of even length, preferably ending with a clause."""

    def line_costs(start: int) -> Iterator[float]:
        for fill in _fills(parts, start, width, 1):
            yield _LINE + fill**2 + costs[start] / Break.ANYWHERE / 2

    return tuple(
        " ".join("".join(atom.gap + atom.text for atom in parts[line]).split())
        for line in _cheapest(len(parts), line_costs)
    )


def _times(spans: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Times long enough to read, as far as the next cue leaves room, and never empty."""
    shown = 0.0
    for (start, end), (following, _) in pairwise([*spans, (inf, inf)]):
        start = max(round(start, 3), shown)
        shown = round(max(min(max(end, start + SHORTEST), following), start + 0.001), 3)
        yield start, shown
