"""What error messages of native libraries mean, and how to fix the cause."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symptom:
    pattern: str  # a regular expression for the library's message
    cause: str
    remedy: str


def recognised(words: str) -> Symptom | None:
    """The first symptom found in a text.

    >>> recognised("Invalid handle. Cannot load symbol cudnnCreateTensorDescriptor").remedy
    "Run: python -m pip install 'ctranslate2>=4.8.1,<5'. It needs no cuDNN."
    """
    return next((each for each in SYMPTOMS if re.search(each.pattern, words)), None)


def out_of_memory(words: str) -> bool:
    return re.search(_MEMORY, words) is not None


# The texts are those of CTranslate2 4.x, of CUDA 12 (cudaGetErrorString), NVML and the loader.
_MEMORY = r"out of memory|CUBLAS_STATUS_ALLOC_FAILED|std::bad_alloc"
SYMPTOMS = (
    Symptom(
        r"libcudnn|cudnnCreate|CUDNN_STATUS",
        "A library asked for cuDNN and could not load one that matches its own version.",
        "Run: python -m pip install 'ctranslate2>=4.8.1,<5'. It needs no cuDNN.",
    ),
    Symptom(
        r"libcublas\S*( is not found|: cannot open)|cuBLAS 12 cannot",
        "cuBLAS 12 is not installed; that of CUDA 13 has another name and does not work.",
        "Run: python -m pip install 'transcribid[cuda]'.",
    ),
    Symptom(
        r"unsupported toolchain|UnsupportedPtxVersion",
        "NVIDIA's driver is too old to compile for this GPU; Hopper and Blackwell need 570.",
        "Update NVIDIA's driver to 570 or newer, and restart the machine.",
    ),
    Symptom(
        r"driver version is insufficient",
        "NVIDIA's driver is missing, or older than the 525 that CUDA 12 needs.",
        "Install NVIDIA's driver, 570 or newer; give a container the GPU with `--gpus all`.",
    ),
    Symptom(
        r"version mismatch",
        "NVIDIA's driver was updated, but its old kernel module is still loaded.",
        "Restart the machine.",
    ),
    Symptom(
        r"no CUDA-capable device|Failed to initialize NVML",
        "No GPU is visible here.",
        "Check that `nvidia-smi` works. Run a container with `--gpus all`; if it saw the GPU"
        " before, `systemctl daemon-reload` on the host took it away: restart it.",
    ),
    Symptom(
        r"not compiled with CUDA",
        "This build of CTranslate2 lacks CUDA; PyPI has no other for ARM.",
        "Set engine.device to cpu, or build CTranslate2 with CUDA.",
    ),
    Symptom(
        _MEMORY,
        "There is not enough memory.",
        "Free memory (`nvidia-smi` shows what uses the GPU's), or use a smaller"
        " engine.batch_size, engine.compute_type int8_float16, or a smaller model.",
    ),
    Symptom(
        r"launch failure|illegal memory access|misaligned address|device-side assert",
        "The GPU itself failed.",
        "Run: dmesg | grep -i xid. If it recurs, reset the GPU or restart the machine.",
    ),
    Symptom(
        r"CUDA.* (unknown|initialization) error|CUDA_ERROR_UNKNOWN",
        "The GPU's driver lost its state, for example in a suspend.",
        "Run: modprobe -r nvidia_uvm && modprobe nvidia_uvm; or restart the machine.",
    ),
    Symptom(
        r"CUBLAS_STATUS_NOT_SUPPORTED",
        "The GPU does not support this compute type.",
        "Set engine.compute_type to float16.",
    ),
    Symptom(
        r"Requested \w+ compute type",
        "The device does not support this compute type.",
        "Set engine.compute_type to auto.",
    ),
    Symptom(
        r"could not create a primitive",
        "CPU kernels cannot be compiled: executable memory is forbidden.",
        "Set MemoryDenyWriteExecute=no in the unit.",
    ),
    Symptom(
        r"Unsupported model binary version|model.* incomplete|invalid payload size",
        "The file model.bin is truncated, or only a pointer to the real one.",
        "Run: transcribid models pull NAME.",
    ),
)
