"""One house, one death after the other; each finds the house as the last one left it."""

from pathlib import Path

from support.checker import Drop, violations
from support.clips import digest
from support.daemon import House

_KILLED = -9


class Campaign:
    def __init__(self, house: House, bug: str | None = None) -> None:
        """`bug`: a key of support.bugs.PLANTS, in every run of this campaign."""
        self.house = house
        self.drops: list[Drop] = []
        self.foreign: dict[Path, bytes] = {}
        self.kills = 0
        self.broken: list[str] = []  # promises, as far as we looked
        self._bug = ("--bug", bug) if bug else ()

    def drop(self, name: str, content: bytes, *, good: bool = True) -> None:
        self.house.drop(name, content)
        self.expect(name, content, good=good)

    def expect(self, name: str, content: bytes, *, good: bool = True) -> None:
        """It came in another way."""
        self.drops.append(Drop(name, digest(content), good))

    def occupy(self, path: Path) -> None:
        """Put something there that is nobody's business."""
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"somebody else's")
        self.foreign[path] = path.read_bytes()

    def dies_at(self, moment: int) -> bool:
        """Die there if the run lasts so long; then come back, and look each time."""
        died = self.house.once(str(moment), *self._bug) == _KILLED
        self.look(final=not died)
        if died:
            self.kills += 1
            self.house.once("0", *self._bug)
            self.look(final=True)
        return died

    def moments(self) -> int:
        """How many there were in the last run that ended by itself."""
        return self.house.events("mortal.ends")[-1]["moments"]

    def look(self, *, final: bool) -> None:
        self.broken += violations(self.house, self.drops, final=final, foreign=self.foreign)
