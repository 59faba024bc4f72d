"""One set, heard by several programs."""

from collections.abc import Iterable

from real import ours, theirs
from real.figures import figures
from real.heard import Answers
from real.programs import Program, Setup
from real.recordings import VoiceSet
from real.tables import Compared


def compare(voices: VoiceSet, setup: Setup, programs: Iterable[Program]) -> Compared:
    return {
        program: figures(voices, _transcribe(voices, setup, program)) for program in programs
    }


def _transcribe(voices: VoiceSet, setup: Setup, program: Program) -> Answers:
    if program is Program.OURS:
        return ours.transcribe(voices, setup)
    return theirs.transcribe(voices, setup, program)
