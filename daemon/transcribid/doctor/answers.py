"""Answers of the probes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imported:
    refusals: dict[str, str]  # errors of the modules that cannot be imported


@dataclass(frozen=True, slots=True)
class Media:
    ffmpeg: str  # its version string
    libraries: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Compute:
    """The devices and compute types of CTranslate2."""

    cpu: tuple[str, ...]  # compute types
    cuda: tuple[str, ...]
    gpus: int
    refusal: str  # CUDA's error, if any
    cublas: str  # the path from which cuBLAS 12 was loaded
    cublas_refusal: str


@dataclass(frozen=True, slots=True)
class User:
    pid: int
    name: str
    memory: int  # bytes


@dataclass(frozen=True, slots=True)
class GpuAnswer:
    name: str
    capability: str  # 9.0
    total: int  # bytes of memory
    free: int
    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Nvml:
    installed: bool  # nvidia-ml-py
    refusal: str
    driver: str
    gpus: tuple[GpuAnswer, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The known clip, transcribed with a compute type."""

    compute_type: str
    refusal: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Located:
    folder: str
    size: int  # bytes
    compared: bool  # every file was compared with the manifest
    refusal: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FolderAnswer:
    """Capabilities of a folder, or of its nearest existing parent."""

    there: bool
    examined: str
    refusal: str  # why nothing can be written; the capabilities below are unknown then
    readable: bool
    remote: str | None  # its file system, if other machines may change it
    device: int
    free: int  # bytes
    new_names: str  # error of RENAME_NOREPLACE; empty: it works
    link: str  # the same for hard links
    sync: str  # for syncing names to disk
    lease: str  # for detecting writers
    silence: str  # why no event was received


@dataclass(frozen=True, slots=True)
class FolderMarks:
    troubles: dict[str, str]  # of folders that are not those the daemon has used


@dataclass(frozen=True, slots=True)
class Landlock:
    level: int  # 0: not supported by the kernel, or not permitted
