"""Tunes glibc's malloc so that freed memory is reused between the layers of a model.

Attention over 30 seconds needs 72 MB, which glibc maps and unmaps for each layer: 150,000 page
faults a window, and two fifths of the encoder's time. So large blocks come from the heap as
well, the heap never shrinks, and all threads share one arena, because per-thread arenas are too
small for such a block. The process keeps its peak size.
"""

import ctypes
import platform

# mallopt(3) and glibc's malloc.h
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
_NEVER = 2**31 - 1  # bytes


def keep_freed_memory() -> bool:
    """Affects the whole process, from now on. Returns whether the C library supports it."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    options = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_ARENA_MAX, 1))
    return all(mallopt(option, value) for option, value in options)
