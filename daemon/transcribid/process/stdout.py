"""How a child process answers: a line for each reply, and nothing else between them."""

import os
import sys
import threading

from transcribid.protocol.engine import Reply, encode


class ReplyWriter:
    """Replies come from several threads; each is said whole."""

    def __init__(self) -> None:
        """Keep the pipe to ourselves: what native libraries print goes to stderr."""
        self._replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._lock = threading.Lock()

    def say(self, reply: Reply) -> None:
        line = encode(reply)
        with self._lock:
            self._replies.write(line)
            self._replies.flush()
