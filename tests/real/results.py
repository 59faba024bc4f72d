"""What the programs made of the sets: each is asked once, however many tests want to know."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.table import Table

from real import voices
from real.compare import compare
from real.download import Unavailable
from real.fetch import strangers
from real.figures import Figures
from real.programs import THEIRS, Program, Setup
from real.recordings import VoiceSet
from real.tables import table
from real.weights import weights


class Results:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sets: dict[str, VoiceSet | Unavailable] = {}
        self._figures: dict[tuple[str, Setup], dict[Program, Figures]] = defaultdict(dict)

    def ours(self, name: str, setup: Setup) -> Figures:
        return self.of(name, setup, Program.OURS)

    def best(self, name: str, setup: Setup) -> Figures:
        """The way of faster-whisper with the fewest wrong words."""
        ways = [self.of(name, setup, program) for program in THEIRS]
        return min(ways, key=lambda figures: (figures.wrong, figures.missing))

    def of(self, name: str, setup: Setup, program: Program) -> Figures:
        """Skips the test where the set or the model cannot be had."""
        known = self._figures[name, setup]
        if program not in known:
            known |= compare(self.voices(name, setup), setup, (program,))
        return known[program]

    def voices(self, name: str, setup: Setup) -> VoiceSet:
        if name not in self._sets:
            self._sets[name] = self._built(name, setup)
        found = self._sets[name]
        if isinstance(found, Unavailable):
            pytest.skip(f"{name}: {found}")
        return found

    def tables(self) -> Iterator[Table]:
        for (name, setup), compared in self._figures.items():
            if compared:
                in_order = {each: compared[each] for each in Program if each in compared}
                yield table(self.voices(name, setup), setup, in_order)

    def remarks(self) -> Iterator[str]:
        """What is not as it should be, and no fault of ours."""
        yield from strangers()
        for found in self._sets.values():
            if isinstance(found, VoiceSet):
                yield from (f"{found.name} is without {line}" for line in found.left_out)

    def _built(self, name: str, setup: Setup) -> VoiceSet | Unavailable:
        try:
            weights(setup.model)
            return voices.build(name, self._folder / name)
        except Unavailable as absent:
            return absent
