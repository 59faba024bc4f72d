"""Python and the libraries: their versions, and whether they can be imported."""

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_path

from transcribid.doctor import child
from transcribid.doctor.answers import Imported, Media
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level

_AREA = "libraries"
_MODULES = {  # by distribution name
    "transcribid": "transcribid",
    "faster-whisper": "faster_whisper",
    "ctranslate2": "ctranslate2",
    "onnxruntime": "onnxruntime",
    "av": "av",
    "numpy": "numpy",
    "huggingface_hub": "huggingface_hub",
}
_HOME = Path(get_path("purelib"))
_CTRANSLATE2 = (4, 8, 1)
_FFMPEG, _LIBAVCODEC = (8, 1, 2), (62, 28, 102)  # of the same release


def findings() -> Iterator[Finding]:
    running = ".".join(map(str, sys.version_info[:3]))
    yield Finding(_AREA, f"Python {running}, {sys.executable}")
    yield Finding(_AREA, f"Packages are in {_HOME} unless noted")
    for distribution, module in _MODULES.items():
        yield _installed(distribution, module)
    yield from _imported(tuple(_MODULES.values()))
    yield _media()


def _installed(distribution: str, module: str) -> Finding:
    try:
        found = version(distribution)
    except PackageNotFoundError:
        remedy = "python -m pip install transcribid"
        return Finding(_AREA, f"{distribution} is missing", Level.FAILURE, "", remedy)
    what = f"{distribution} {found}"
    if distribution == "ctranslate2" and _numbers(found) < _CTRANSLATE2:
        why = "4.5.0 to 4.6.2 load cuDNN and abort; those before 4.8.1 crash in alignment."
        remedy = "python -m pip install 'ctranslate2>=4.8.1,<5'"
        return Finding(_AREA, f"{what} is too old", Level.FAILURE, why, remedy)
    spec = find_spec(module)
    place = Path(spec.origin).parent if spec and spec.origin else None
    elsewhere = place is not None and not place.is_relative_to(_HOME)
    return Finding(_AREA, f"{what}, {place}" if elsewhere else what)


def _imported(modules: Sequence[str]) -> Iterator[Finding]:
    outcome = child.ask("imports", Imported, {"modules": modules})
    if alone := list(child.apart(modules, outcome)):
        for each in alone:
            yield from _imported(each)
        return
    if isinstance(outcome, Death):
        yield child.explained(_AREA, f"import {modules[0]}", outcome, Level.FAILURE)
        return
    for module, refusal in outcome.refusals.items():
        remedy = "python -m pip install --force-reinstall transcribid"
        what = f"{module} cannot be imported"
        yield Finding(_AREA, what, Level.FAILURE, refusal, remedy)


def _media() -> Finding:
    outcome = child.ask("media", Media)
    if isinstance(outcome, Death):
        return child.explained(_AREA, "FFmpeg's libraries", outcome, Level.FAILURE)
    codecs = outcome.libraries.get("libavcodec", (0, 0, 0))
    what = f"FFmpeg {outcome.ffmpeg}, libavcodec {'.'.join(map(str, codecs))}"
    release = _numbers(outcome.ffmpeg)
    if release < _FFMPEG if release else codecs < _LIBAVCODEC:
        why = (
            "Before 8.1.2, a crafted file can execute code in the MagicYUV decoder"
            " (CVE-2026-8461). The daemon runs no video decoder, but they are installed."
        )
        return Finding(_AREA, what, Level.WARNING, why, "python -m pip install -U 'av<20'")
    return Finding(_AREA, what)


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers of a version; empty for N-118393-g2f7ca974e1 and the like."""
    if not text[:1].isdigit():
        return ()
    return tuple(int(each) for each in re.findall(r"\d+", text)[:3])
