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
    os._exit(0)  # what a library breaks while it is unloaded is of no interest


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """By an exception, so that what was made is removed."""
    sys.exit("Terminated.")


def _claim_stdout() -> int:
    """Keep the pipe to ourselves: what native libraries print goes to stderr."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


if __name__ == "__main__":
    main()
