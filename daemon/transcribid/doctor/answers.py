"""What the probes answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imported:
    refusals: dict[str, str]  # of those modules that cannot be imported


@dataclass(frozen=True, slots=True)
class Media:
    ffmpeg: str  # its version, as it calls itself
    libraries: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Compute:
    """What CTranslate2 can compute with."""

    cpu: tuple[str, ...]  # compute types
    cuda: tuple[str, ...]
    gpus: int
    refusal: str  # CUDA's own words, if it refuses
    cublas: str  # where cuBLAS 12 was loaded from
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
    """The known clip, really heard with a compute type."""

    compute_type: str
    refusal: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Located:
    folder: str
    size: int  # bytes
    compared: bool  # with what was fetched, byte by byte
    refusal: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FolderAnswer:
    """What a folder can do; where it is not there yet, what the nearest one can."""

    there: bool
    looked_at: str
    refusal: str  # why nothing can be written; what follows is unknown then
    readable: bool
    remote: str | None  # its kind of file system, where others may change it
    device: int
    free: int  # bytes
    new_names: str  # what RENAME_NOREPLACE says; empty: it works
    link: str  # the same of hard links
    sync: str  # of making names durable
    lease: str  # of seeing who writes
    silence: str  # why no event was heard


@dataclass(frozen=True, slots=True)
class FolderMarks:
    troubles: dict[str, str]  # of folders that are not the ones that the daemon knew


@dataclass(frozen=True, slots=True)
class Landlock:
    level: int  # 0: the kernel has none, or does not let us
