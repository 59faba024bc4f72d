"""cuBLAS 12 without LD_LIBRARY_PATH: once loaded, a library is found by its name."""

import ctypes
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from transcribid.protocol.errors import CannotRun

SONAME = "libcublas.so.12"  # what CTranslate2 loads, whatever CUDA is installed
_REMEDY = "Install it: python -m pip install 'transcribid[cuda]'."


def places() -> Iterator[str]:
    """The loader's search path, the wheel nvidia-cublas-cu12, and NVIDIA's install folders."""
    yield SONAME
    for folder in _wheel():
        yield str(folder / "lib" / SONAME)
    for folder in sorted(Path("/usr/local").glob("cuda*"), reverse=True):
        yield str(folder / "lib64" / SONAME)


def preload(candidates: Iterable[str]) -> str:
    """Load the first that can be loaded, and print its path. Returns the path.

    Raises CannotRun with every attempt.
    """
    tried: list[str] = []
    for place in candidates:
        try:
            ctypes.CDLL(place)  # it finds cuBLASLt in its own folder
        except OSError as error:
            tried.append(f"{place}: {error}")
        else:
            sys.stderr.write(f"cuBLAS: {place}\n")
            return place
    message = f"cuBLAS 12 cannot be loaded. Tried: {'; '.join(tried)}"
    raise CannotRun(message, _REMEDY, misconfigured=False)


def _wheel() -> list[Path]:
    try:
        package = find_spec("nvidia.cublas")
    except ModuleNotFoundError:
        return []
    return (
        [Path(each) for each in (package.submodule_search_locations or ())] if package else []
    )
