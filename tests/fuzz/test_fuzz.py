"""Mutated files through the real process that decodes: it answers each, and never dies.

FILES says how many (default 300), SEED what chance begins with. A file that breaks a promise is
kept in the folder that the failure names.
"""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from fuzz.mutations import Mutator
from fuzz.seeds import made
from support.prepared import Preparer
from support.processes import peak_memory
from support.tell import Tell
from transcribid.domain.job import FailureKind
from transcribid.protocol.preparer import Ended, InvalidMessage, PreparerMessage, Rejected

pytestmark = pytest.mark.fuzz

FILES = int(os.environ.get("FILES", "300"))
SEED = int(os.environ.get("SEED", "1"))
_KINDS = (FailureKind.BAD_INPUT, FailureKind.INCOMPLETE)
_MEMORY = 300 << 20  # bytes
_SILENCE = 60.0  # seconds without a word, on a busy machine


def outcome(
    preparer: Preparer, path: Path, *, whole: bool
) -> tuple[PreparerMessage | None, float]:
    """The last word on a file, and the longest time without any, in seconds."""
    last: PreparerMessage | None = None
    longest, heard = 0.0, time.monotonic()
    try:
        for message, _ in preparer.prepare(path, accept_partial=not whole):
            last = message
            now = time.monotonic()
            longest, heard = max(longest, now - heard), now
    except (EOFError, InvalidMessage, OSError):
        return None, longest
    return last, longest


def told(last: PreparerMessage | None) -> str:
    match last:
        case Ended(audio=audio):
            return "partial" if audio.missing or audio.errors else "whole"
        case Rejected(failure=failure):
            assert failure.kind in _KINDS, failure
            return failure.kind
        case _:
            return "LOST"


def test_every_mutated_file_is_answered(tmp_path: Path, tell: Tell) -> None:
    seeds = made()
    mutator = Mutator(SEED, list(seeds.values()))
    preparer, counts, silence, memory = Preparer(), Counter[str](), 0.0, 0
    path = tmp_path / "mutated"
    for number in range(FILES):
        name = mutator.pick(sorted(seeds))
        path.write_bytes(mutator.mutated(seeds[name]))
        last, longest = outcome(preparer, path, whole=bool(number % 2))
        counts[told(last)] += 1
        silence = max(silence, longest)
        if last is None:
            path.rename(tmp_path / f"lost-{SEED}-{number}.{name}")
            preparer = Preparer()
        elif (used := peak_memory(preparer.process.pid)) > memory:
            memory = used
    preparer.close()
    tell(
        f"{FILES} files of {len(seeds)} kinds, seed {SEED}: {dict(counts)},"
        f" peak {memory >> 20} MB, longest silence {silence:.1f} s"
    )

    assert not counts["LOST"], list(tmp_path.iterdir())
    assert memory < _MEMORY
    assert silence < _SILENCE
