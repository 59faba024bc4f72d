"""Python runs this before anything else where this folder is in PYTHONPATH."""

import os
import sys

if "transcribid.engine" in sys.orig_argv and "SABOTAGE" in os.environ:
    from support import broken

    broken.plant(os.environ["SABOTAGE"])

if "transcribid.preparer" in sys.orig_argv and "SABOTAGE" in os.environ:
    from support import broken_preparer

    broken_preparer.plant()

if "transcribid" in sys.orig_argv and "HASTE" in os.environ:
    from transcribid.workers import breaker

    for wait in ("_FIRST_WAIT", "_LONGEST_WAIT"):
        setattr(breaker, wait, 0.05)
