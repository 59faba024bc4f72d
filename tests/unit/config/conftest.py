from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from transcribid.config import Config, ConfigError, load


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Config]:
    """Load this text as transcribid.yaml."""

    def loading(
        text: str = "",
        environment: Mapping[str, str] = {},
        overrides: Mapping[tuple[str, ...], object] = {},
    ) -> Config:
        path = tmp_path / "transcribid.yaml"
        path.write_text(text, "utf-8")
        return load(path, environment=environment, overrides=overrides)

    return loading


@pytest.fixture
def report(loaded: Callable[..., Config], tmp_path: Path) -> Callable[..., list[str]]:
    """The lines said of this text, without the folder of the file."""

    def reporting(*arguments: object) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            loaded(*arguments)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return reporting
