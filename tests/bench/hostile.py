"""How long a good note waits among files that attack. Run it with `make bench-hostile`."""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.daemon import peak_memory
from support.attacks import bombs, dirt
from support.broken_preparer import killers
from support.clips import clip
from support.daemon import House, wait_until

ALONE = 5  # notes
LONGEST = 900.0  # seconds that an attack may keep the daemon busy
PATIENCE = 300.0  # seconds for one note
PREPARER = b"transcribid.preparer"


def main(*folders: str) -> None:
    """Files of `folders` are tried too, all of each folder at once."""
    table = Table(
        "before a good note", "files", "alone", "first note", "further: median, longest",
        "preparer's peak", "engines", title="seconds until a note of 4 s is transcribed",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        corpora = {
            "garbage behind sound": dirt(place),
            "killers of their preparers": killers(place, 6),
            "bombs": bombs(place),
        }
        corpora |= {name: files(Path(name)) for name in folders}
        for name, corpus in corpora.items():
            table.add_row(name, str(len(corpus)), *attacked(corpus))
    Console(width=120).print(table)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def attacked(corpus: list[Path]) -> tuple[str, ...]:
    watch = {"quiet": "1s", "grace": "5s"}
    with tempfile.TemporaryDirectory() as root, House(Path(root), watch=watch) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), PATIENCE)
        alone = statistics.median(note(house, f"alone{n}") for n in range(ALONE))
        for number, path in enumerate(corpus):
            placed(path, house.inbox / f"{number:03}-{path.name}")
        first, *further = among(house, peaks := dict[str, float]())
        return (
            f"{alone:.1f}",
            f"{first:.1f}",
            f"{statistics.median(further):.1f}, {max(further):.1f}" if further else "none",
            f"{max(peaks.values()):.0f} MB",
            str(len(house.events("engine.ready"))),
        )


def placed(path: Path, at: Path) -> None:
    try:
        at.hardlink_to(path)
    except OSError:  # another file system
        shutil.copyfile(path, at)


def among(house: House, peaks: dict[str, float]) -> list[float]:
    """A note after the other until the inbox is empty: seconds for each."""
    waits: list[float] = []
    ends = time.monotonic() + LONGEST
    while not waits or any(house.inbox.glob("[0-9]*")):
        waits.append(note(house, f"note{len(waits)}"))
        peaks |= {each.name: peak_memory(int(each.name)) for each in preparers()}
        assert time.monotonic() < ends, [path.name for path in house.inbox.glob("[0-9]*")]
    return waits


def note(house: House, name: str) -> float:
    began = time.monotonic()
    house.drop(f"{name}.wav", clip())
    wait_until((house.outbox / f"{name}.json").exists, PATIENCE, house.last_words())
    return time.monotonic() - began


def preparers() -> list[Path]:
    return [each for each in Path("/proc").glob("[0-9]*") if PREPARER in command(each)]


def command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main(*sys.argv[1:])
