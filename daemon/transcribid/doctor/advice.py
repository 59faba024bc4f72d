"""cuDNN: why it fails, and which of the common remedies work."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from transcribid.doctor.finding import Finding, Level
from transcribid.domain.symptoms import recognised

_AREA = "cuDNN"
_CAUSE = (
    "At the encoder's first convolution, a shim in its library loads libcudnn_ops.so.9 of"
    " exactly its own version, and aborts the process if it finds another or none; no `except`"
    " can catch that. This affects CTranslate2 4.5.0 to 4.6.2; since 4.6.3 it needs no cuDNN."
)
_REMEDY = "python -m pip install 'ctranslate2>=4.8.1,<5'"
_COMMON_ADVICE = (
    (
        "Another CUDA image: works, but is unnecessary",
        "An image with the matching cuDNN wastes 1 GB. The often-copied tag"
        " nvidia/cuda:12.1.0-cudnn9-runtime-ubuntu22.04 probably never existed: CUDA 12.1 is"
        " older than cuDNN 9.",
    ),
    (
        "Copying cuDNN 9.1 in by hand: fragile",
        "It works only with exactly the version that the shim expects, and it breaks the one"
        " that ships with torch.",
    ),
    (
        "Disabling voice activity detection: does not help",
        "It runs on the CPU with onnxruntime and never uses cuDNN. The abort is in the"
        " encoder's convolution.",
    ),
)
_SYMPTOM = recognised("libcudnn")


def on_cudnn(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The cause, the remedy, and why common advice does not help; nothing without a problem."""
    shims = _shims()
    if not shims and not any(_mentions_cudnn(each) for each in findings):
        return
    where = f" The shim is {shims[0]}." if shims else ""
    what = "This CTranslate2 needs a cuDNN that is not installed"
    yield Finding(_AREA, what, Level.FAILURE, _CAUSE + where, _REMEDY)
    for advice, verdict in _COMMON_ADVICE:
        yield Finding(_AREA, advice, Level.NOTE, verdict)


def _mentions_cudnn(finding: Finding) -> bool:
    return _SYMPTOM is not None and _SYMPTOM.cause in finding.why


def _shims() -> list[Path]:
    package = find_spec("ctranslate2")
    if package is None or package.origin is None:
        return []
    return sorted((Path(package.origin).parents[1] / "ctranslate2.libs").glob("libcudnn*"))
