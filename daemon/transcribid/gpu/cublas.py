"""cuBLAS 12 without LD_LIBRARY_PATH: once a library is loaded, it is found by its name."""

import ctypes
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from transcribid.protocol.errors import CannotRun

SONAME = "libcublas.so.12"  # what CTranslate2 asks for, whatever CUDA is installed
_REMEDY = "Install it: python -m pip install 'transcribid[cuda]'."


def places() -> Iterator[str]:
    """Where the loader looks, in the wheel nvidia-cublas-cu12, where NVIDIA installs."""
    yield SONAME
    for folder in _wheel():
        yield str(folder / "lib" / SONAME)
    for folder in sorted(Path("/usr/local").glob("cuda*"), reverse=True):
        yield str(folder / "lib64" / SONAME)


def preload(candidates: Iterable[str]) -> str:
    """Load the first that can be loaded, and say which. Returns its place.

    Raises CannotRun with all that was tried.
    """
    tried: list[str] = []
    for place in candidates:
        try:
            ctypes.CDLL(place)  # it finds cuBLASLt beside itself
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
