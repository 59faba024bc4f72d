"""A child that outlived its parent, or took its memory, would do harm to all the others."""

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """And only so: Ctrl-C on a terminal is for the daemon to answer."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def die_first() -> None:
    """Where the machine's memory is short, the kernel ends this process, not the daemon."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
