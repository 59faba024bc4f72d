"""What aborts, crashes or hangs in a probe ends neither the doctor nor the other checks."""

import os
import sys
from pathlib import Path

import pytest

from support.daemon import House, wait_until
from support.examined import doomed, examined, failures, findings
from transcribid.doctor import child
from transcribid.doctor.answers import Landlock
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level

pytestmark = pytest.mark.slow

SHIM = os.environ.get("CUDNN_SHIM", "")


def test_the_abort_of_a_mismatched_cudnn_is_named_with_its_cure(tmp_path: Path) -> None:
    _assert_cudnn_is_blamed(tmp_path, shim="")


@pytest.mark.skipif(not SHIM, reason="CUDNN_SHIM names no libcudnn of CTranslate2 4.6")
def test_the_real_abort_of_the_real_shim_is_named_with_its_cure(tmp_path: Path) -> None:
    _assert_cudnn_is_blamed(tmp_path, shim=SHIM)


def _assert_cudnn_is_blamed(root: Path, shim: str) -> None:
    House(root)
    death = doomed("arithmetic", "cudnn")

    found = findings(examined(root, "--json", status=69, **death, CUDNN_SHIM=shim))

    aborted = [each for each in found if "was killed by SIGABRT" in each.what]
    used, *others = [each.what.partition(":")[0] for each in aborted]
    assert used == "int8 on cpu"
    assert {"float32 on cpu", "int8_float32 on cpu"} <= set(others)  # processors differ
    assert "Cannot load symbol cudnnCreateTensorDescriptor" in aborted[0].why
    cause = next(each for each in failures(found) if each.area == "cuDNN")
    assert cause.remedy == "python -m pip install 'ctranslate2>=4.8.1,<5'"
    ways = [each.what for each in found if each.area == "cuDNN"]
    assert "Disabling voice activity detection: does not help" in ways
    _assert_the_rest_was_looked_at(found)


def test_an_engine_that_aborts_fails_the_self_test_at_once(tmp_path: Path) -> None:
    House(tmp_path)
    death = doomed("transcribid.engine", "cudnn")
    found = findings(examined(tmp_path, "--json", status=69, **death))

    told = next(each for each in found if each.area == "self-test")
    assert told.level is Level.FAILURE
    assert "cuDNN" in told.why
    assert "ctranslate2>=4.8.1" in told.remedy


def test_a_segfault_is_named_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    House(tmp_path)
    death = doomed("media", "segfault")

    found = findings(examined(tmp_path, "--json", "--no-self-test", status=69, **death))

    assert "FFmpeg's libraries: the process was killed by SIGSEGV" in _whats(failures(found))
    assert "int8 on cpu (used)" in _whats(found)


def test_a_probe_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in doomed("landlock", "hang").items():
        monkeypatch.setenv(name, value)

    outcome = child.ask("landlock", Landlock, limit=1.0)

    assert isinstance(outcome, Death)
    assert outcome.hung
    assert outcome.how == "did not finish within 1 seconds"


def test_what_a_process_started_ends_with_it() -> None:
    family = "import os, time; os.fork(); os.fork(); os.write(2, b'here '); time.sleep(600)"
    for limit in (1.0, 8.0, 60.0):  # until all of it was there; a busy machine takes longer
        outcome = child.run([sys.executable, "-c", family], limit=limit)
        assert isinstance(outcome, Death)
        if whole := outcome.last_words.split() == ["here"] * 4:
            break

    assert whole
    wait_until(lambda: not _relatives(), 60.0, "the whole family is dead")


def test_an_unknown_death_is_shown_as_it_is() -> None:
    told = child.explained(
        "area", "It", Death("was killed by SIGILL", "odd\nwords"), Level.NOTE
    )

    assert told.what == "It: the process was killed by SIGILL"
    assert "odd\nwords" in told.why


def _relatives() -> list[str]:
    found = [each for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [each.name for each in found if b"os.fork(); os.fork()" in _command(each)]


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes() if process.name != str(os.getpid()) else b""
    except OSError:
        return b""


def _assert_the_rest_was_looked_at(found: list[Finding]) -> None:
    heard = [each.what for each in found if each.area == "self-test"]
    assert "starter, cpu, int8: all words correct" in heard[0]
    assert {"model", "folders", "system", "daemon"} <= {each.area for each in found}


def _whats(found: list[Finding]) -> str:
    return "\n".join(each.what for each in found)
