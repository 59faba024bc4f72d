"""python -m transcribid.doctor.probes NAME QUESTION: the answer, one JSON line on stdout."""

import json
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

from pydantic_core import to_json

from transcribid.process.parent_death import die_with_parent


def main() -> NoReturn:
    die_with_parent()
    answers = _claim_stdout()
    signal.signal(signal.SIGTERM, _end)
    name, question = sys.argv[1:]
    probe: Any = import_module(f"transcribid.doctor.probes.{name}")
    os.write(answers, to_json(probe.answer(**json.loads(question))) + b"\n")
    os._exit(0)  # crashes while libraries are unloaded do not matter


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """Raises, so that temporary files are removed."""
    sys.exit("Terminated.")


def _claim_stdout() -> int:
    """Reserve the pipe for answers: native libraries print to stderr instead."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


if __name__ == "__main__":
    main()
