"""The Landlock ABI version of the kernel."""

import ctypes

from transcribid.doctor.answers import Landlock

_CREATE_RULESET = 444  # linux/landlock.h; the same number on every architecture
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION


def answer() -> Landlock:
    libc = ctypes.CDLL(None, use_errno=True)
    none, nothing = ctypes.c_void_p(None), ctypes.c_size_t(0)
    return Landlock(max(0, libc.syscall(_CREATE_RULESET, none, nothing, _VERSION)))
