"""Lets processes with the word DOOMED in their command die as native libraries do: by DEATH."""

import ctypes
import os
import signal
import sys
import time

SHIM = "CUDNN_SHIM"  # a file: the library libcudnn-*.so.9 in a wheel of CTranslate2 4.6


def _die_of_cudnn(*_: object, **__: object) -> None:
    """What the encoder's first convolution does in CTranslate2 4.5.0 to 4.6.2."""
    if shim := os.environ.get(SHIM):
        ctypes.CDLL(shim).cudnnCreateTensorDescriptor(ctypes.byref(ctypes.c_void_p()))
    names = "libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9, libcudnn_ops.so"
    lines = f"Unable to load any of {{{names}}}\n"
    lines += "Invalid handle. Cannot load symbol cudnnCreateTensorDescriptor\n"
    os.write(2, lines.encode())
    os.abort()


def _hang() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    time.sleep(3600)


if os.environ.get("DOOMED") in sys.orig_argv:
    match os.environ["DEATH"]:
        case "cudnn":
            import ctranslate2

            ctranslate2.models.Whisper = _die_of_cudnn
        case "segfault":
            ctypes.string_at(0)
        case "hang":
            _hang()
        case other:
            raise ValueError(other)
