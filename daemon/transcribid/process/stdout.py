"""How a child process replies: one line per reply on its pipe, and nothing else."""

import os
import sys
import threading

from transcribid.protocol.engine import Reply, encode


class ReplyWriter:
    """Thread-safe: each reply is written as a whole."""

    def __init__(self) -> None:
        """Reserve the pipe for replies: what native libraries print goes to stderr."""
        self._replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._lock = threading.Lock()

    def write(self, reply: Reply) -> None:
        line = encode(reply)
        with self._lock:
            self._replies.write(line)
            self._replies.flush()
