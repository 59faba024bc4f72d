"""Tests each compute type of the device with a real recording and the small model."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from transcribid import starter
from transcribid.config import Config
from transcribid.doctor import child, gpu, kept
from transcribid.doctor.answers import Compute, Proof
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level

_AREA = "arithmetic"
_LIMIT = 180.0  # seconds; on first use, newer GPUs compile their kernels
_BEST = {"cuda": ("float16", "bfloat16", "float32"), "cpu": ("int8",)}  # the choices of auto

_Proofs = tuple[Proof, ...]


def findings(config: Config, device: str, found: Compute | Death) -> Iterator[Finding]:
    if isinstance(found, Death):
        found = child.ask("compute", Compute, {"cuda": False})
    if isinstance(found, Death):
        yield child.explained(_AREA, "CTranslate2", found, Level.FAILURE)
        return
    supported = found.cpu if device == "cpu" else found.cuda
    if not supported:
        return  # the GPU findings explain why CUDA is refused
    requested = config.engine.compute_type
    wanted = next((each for each in _BEST[device] if each in supported), supported[0])
    wanted = wanted if requested == "auto" else requested
    kinds = [wanted, *(each for each in supported if each != wanted)]
    with tempfile.TemporaryDirectory(prefix="transcribid-doctor-") as spare:
        cache = kept.ours(config.folders.state) or Path(spare)
        for number in gpu.numbers(config) if device == "cuda" else (0,):
            bench = _Bench(device, number, cache)
            for outcome in _outcomes(bench, kinds):
                yield from _judged(bench, outcome, wanted)
            kinds = [wanted]  # further GPUs need not prove the other types


@dataclass(frozen=True, slots=True)
class _Bench:
    device: str
    number: int  # of the GPU
    cache: Path

    def __str__(self) -> str:
        return f"{self.device} {self.number}" if self.number else self.device


_Outcome = tuple[Sequence[str], _Proofs | Death]


def _outcomes(bench: _Bench, kinds: Sequence[str]) -> Iterator[_Outcome]:
    """On a GPU, each type in its own process, so that an abort does not hide the others."""
    groups = [(each,) for each in kinds] if bench.device == "cuda" else [tuple(kinds)]
    while groups:
        group = groups.pop(0)
        outcome = _ask(bench, group)
        if alone := list(child.apart(group, outcome)):
            groups = alone
            continue
        yield group, outcome
        if isinstance(outcome, Death) and outcome.hung:
            return  # the others would hang as long


def _ask(bench: _Bench, kinds: Sequence[str]) -> _Proofs | Death:
    place = {"device": bench.device, "number": bench.number, "cache": os.fspath(bench.cache)}
    return child.ask("arithmetic", _Proofs, {**place, "compute_types": kinds}, limit=_LIMIT)


def _judged(bench: _Bench, outcome: _Outcome, wanted: str) -> Iterator[Finding]:
    kinds, proofs = outcome
    if isinstance(proofs, Death):
        level = Level.FAILURE if wanted in kinds else Level.NOTE
        yield child.explained(_AREA, f"{', '.join(kinds)} on {bench}", proofs, level)
        return
    for proof in proofs:
        yield _proven(bench, proof, wanted=proof.compute_type == wanted)


def _proven(bench: _Bench, proof: Proof, *, wanted: bool) -> Finding:
    what = f"{proof.compute_type} on {bench}"
    bad = Level.FAILURE if wanted else Level.NOTE
    remedy = "Set engine.compute_type to auto." if wanted else "Do not use it."
    if proof.refusal:
        return Finding(_AREA, f"{what} fails", bad, proof.refusal, remedy)
    reference = starter.clip().reference.strip()
    wrong = starter.word_errors(reference, proof.text)
    if wrong > len(starter.words(reference)) / 2:
        why = f"It transcribed {proof.text[:200]!r}; expected {reference!r}."
        return Finding(_AREA, f"{what} gives wrong results", bad, why, remedy)
    mark = " (used)" if wanted else ""
    result = f"{wrong} words wrong" if wrong else "all words correct"
    return Finding(_AREA, f"{what}{mark}: {result}, {proof.seconds:.1f} s")
