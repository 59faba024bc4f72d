"""transcribid, fated to die: python -P mortal.py N [--bug NAME] run|once --config ...

Each step that changes what a crash would leave is two moments, one before it and one after;
at the N-th moment the process kills itself as only a power cut or `kill -9` could. N = 0
never comes. `--bug` plants one of support.bugs first. Needs tests/ in PYTHONPATH.
"""

import atexit
import functools
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from support import bugs
from transcribid.__main__ import main
from transcribid.ledger import Ledger
from transcribid.storage import files

P = ParamSpec("P")
T = TypeVar("T")


class _Fate:
    """Counts the moments and strikes at the last."""

    def __init__(self, last: int) -> None:
        self.moments = 0
        self._last = last
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.moments += 1
            if self.moments == self._last:
                os.kill(os.getpid(), signal.SIGKILL)

    def tell(self) -> None:
        sys.stderr.write(json.dumps({"event": "mortal.ends", "moments": self.moments}) + "\n")


def _mortal(step: Callable[P, T], moment: _Fate) -> Callable[P, T]:
    @functools.wraps(step)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        moment()
        try:
            return step(*args, **kwargs)
        finally:
            moment()

    return wrapped


def _make_mortal(moment: _Fate) -> None:
    for name in ("fsync", "rename", "replace", "link", "unlink", "mkdir", "rmdir"):
        setattr(os, name, _mortal(getattr(os, name), moment))
    files.name_new = _mortal(files.name_new, moment)
    for name in ("add", "save", "note"):
        setattr(Ledger, name, _mortal(getattr(Ledger, name), moment))


if __name__ == "__main__":
    _, number, *words = sys.argv
    if words[0] == "--bug":
        bugs.PLANTS[words[1]](setattr)
        del words[:2]
    fate = _Fate(int(number))
    atexit.register(fate.tell)
    _make_mortal(fate)
    sys.argv[1:] = words
    main()
