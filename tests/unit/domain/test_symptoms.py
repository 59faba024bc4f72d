"""What people really see on their terminals, and whether we know it."""

import pytest

from transcribid.domain.symptoms import out_of_memory, recognised

CUDNN = """Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9}
Invalid handle. Cannot load symbol cudnnCreateTensorDescriptor"""


@pytest.mark.parametrize(
    ("words", "cause", "remedy"),
    [
        (CUDNN, "cuDNN", "ctranslate2>=4.8.1"),
        ("Library libcublas.so.12 is not found or cannot be loaded", "cuBLAS", "[cuda]"),
        (
            "CUDA failed: the provided PTX was compiled with an unsupported toolchain.",
            "too old",
            "570",
        ),
        (
            "CUDA failed: CUDA driver version is insufficient for CUDA runtime version",
            "older than the 525",
            "570",
        ),
        ("CUDA failed with error no CUDA-capable device is detected", "No GPU", "--gpus all"),
        ("Failed to initialize NVML: Driver/library version mismatch", "updated", "Restart"),
        ("Failed to initialize NVML: Unknown Error", "No GPU", "--gpus all"),
        ("This CTranslate2 package was not compiled with CUDA support", "lacks CUDA", "cpu"),
        ("CUDA failed with error out of memory", "memory", "batch_size"),
        ("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED", "memory", "batch_size"),
        ("CUDA failed with error unspecified launch failure", "GPU itself", "xid"),
        ("CUDA failed with error unknown error", "lost its state", "nvidia_uvm"),
        (
            "cuBLAS failed with status CUBLAS_STATUS_NOT_SUPPORTED",
            "this compute type",
            "float16",
        ),
        ("Requested float16 compute type, but the target device", "this compute type", "auto"),
        ("could not create a primitive", "executable", "MemoryDenyWriteExecute"),
        ("File model.bin is incomplete: failed to read", "model.bin", "models pull"),
    ],
)
def test_a_known_symptom_has_a_cause_and_a_remedy(words: str, cause: str, remedy: str) -> None:
    symptom = recognised(words)

    assert symptom is not None
    assert cause in symptom.cause
    assert remedy in symptom.remedy


def test_the_place_of_a_library_that_was_found_is_no_symptom() -> None:
    assert recognised("cuBLAS: /usr/lib/libcublas.so.12") is None


def test_what_nobody_knows_is_not_explained() -> None:
    assert recognised("KeyError: 'mel'") is None


@pytest.mark.parametrize(
    ("words", "short"),
    [
        ("RuntimeError: CUDA failed with error out of memory", True),
        ("RuntimeError: cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED", True),
        ("MemoryError: std::bad_alloc", True),
        ("RuntimeError: CUDA failed with error unspecified launch failure", False),
    ],
)
def test_a_lack_of_memory_is_distinguished_from_other_failures(words: str, short: bool) -> None:
    assert out_of_memory(words) is short
