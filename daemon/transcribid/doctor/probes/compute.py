# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Devices and compute types of CTranslate2, and why CUDA is refused."""

import ctranslate2

from transcribid.doctor.answers import Compute
from transcribid.gpu import cublas
from transcribid.protocol.errors import CannotRun


def answer(*, cuda: bool) -> Compute:
    cpu = tuple(sorted(ctranslate2.get_supported_compute_types("cpu")))
    if not cuda:
        return Compute(cpu, (), 0, "", "", "")
    try:
        types = tuple(sorted(ctranslate2.get_supported_compute_types("cuda")))
    except (RuntimeError, ValueError) as error:
        return Compute(cpu, (), 0, str(error), "", "")
    place, refusal = _cublas()
    return Compute(cpu, types, ctranslate2.get_cuda_device_count(), "", place, refusal)


def _cublas() -> tuple[str, str]:
    try:
        return cublas.preload(cublas.places()), ""
    except CannotRun as error:
        return "", str(error)
