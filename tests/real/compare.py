"""One set, heard by several programs."""

from collections.abc import Iterable, Sequence

from real import ours, theirs
from real.figures import figures, pool
from real.heard import Answers
from real.programs import Program, Setup
from real.recordings import VoiceSet
from real.tables import Compared


def compare(voices: VoiceSet, setup: Setup, programs: Iterable[Program]) -> Compared:
    return {
        program: figures(voices, _transcribe(voices, setup, program)) for program in programs
    }


def pooled(several: Sequence[tuple[VoiceSet, Compared]]) -> tuple[VoiceSet, Compared]:
    """All these sets as one."""
    recordings = (recording for voices, _ in several for recording in voices.recordings)
    programs = several[0][1]
    return VoiceSet("all of these", tuple(recordings)), {
        program: pool([compared[program] for _, compared in several]) for program in programs
    }


def _transcribe(voices: VoiceSet, setup: Setup, program: Program) -> Answers:
    if program is Program.OURS:
        return ours.transcribe(voices, setup)
    return theirs.transcribe(voices, setup, program)
