"""cuBLAS is found where it is, or its absence is reported."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from transcribid.gpu.cublas import SONAME, places, preload
from transcribid.protocol.errors import CannotRun

LIBRARY = find_spec("pydantic_core._pydantic_core")  # any real shared library


def test_the_first_that_can_be_loaded_is_taken_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / SONAME
    broken.write_text("no library")
    there = tmp_path / "lib" / SONAME
    there.parent.mkdir()
    assert LIBRARY and LIBRARY.origin
    there.write_bytes(Path(LIBRARY.origin).read_bytes())

    assert preload(["nowhere.so", str(broken), str(there)]) == str(there)
    assert capsys.readouterr().err == f"cuBLAS: {there}\n"


def test_what_was_tried_and_what_to_do_is_reported(tmp_path: Path) -> None:
    broken = tmp_path / SONAME
    broken.write_text("no library")

    with pytest.raises(CannotRun) as failed:
        preload(["nowhere.so", str(broken)])

    assert "nowhere.so: " in str(failed.value)
    assert f"{broken}: " in str(failed.value)
    assert "transcribid[cuda]" in failed.value.remedy


def test_the_wheel_is_looked_into_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nvidia" / "cublas").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "nvidia", raising=False)

    found = list(places())

    assert found[0] == SONAME
    assert str(tmp_path / "nvidia" / "cublas" / "lib" / SONAME) in found
