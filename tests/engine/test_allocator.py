"""Memory that an engine frees comes back to it without a fault for each page."""

import subprocess
import sys

import pytest

ATTENTION = 72 << 20  # bytes, of a window in base
PAGES = ATTENTION // 4096
LAYERS = f"""
import ctypes, resource, sys, threading
from transcribid.engine.allocator import keep_freed_memory

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "kept" and not keep_freed_memory():
    sys.exit(3)

def layer():
    block = libc.malloc({ATTENTION})
    ctypes.memset(block, 1, {ATTENTION})
    libc.free(block)

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def lane():
    layer()
    before = faults()
    for _ in range(6):
        layer()
    print(faults() - before)

thread = threading.Thread(target=lane)
thread.start()
thread.join()
"""


def faults(how: str) -> int:
    """In six layers after the first, in a thread as lanes are."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", LAYERS, how], capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        pytest.skip("the C library is not glibc")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_layer_faults_no_page_that_the_one_before_had() -> None:
    assert faults("kept") < PAGES / 10


def test_without_it_each_layer_does() -> None:
    assert faults("not") > 5 * PAGES
