"""Takes the memory of a GPU until it is killed: python hog.py MIB-TO-LEAVE.

By the driver's own interface (cuda.h), so that it needs nothing but the driver.
"""

import ctypes
import sys
import time

_MIB = 1 << 20


def main() -> None:
    cuda = ctypes.CDLL("libcuda.so.1")
    context, block = ctypes.c_void_p(), ctypes.c_uint64()
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    _sure(cuda.cuInit(0))
    _sure(cuda.cuCtxCreate_v2(ctypes.byref(context), 0, 0))
    _sure(cuda.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)))
    size = free.value - int(sys.argv[1]) * _MIB
    while size > 0 and cuda.cuMemAlloc_v2(ctypes.byref(block), ctypes.c_size_t(size)):
        size -= 64 * _MIB
    print("taken", flush=True)  # noqa: T201 - its parent waits for it
    time.sleep(3600)


def _sure(result: int) -> None:
    if result:
        sys.exit(f"CUDA says {result}")


if __name__ == "__main__":
    main()
