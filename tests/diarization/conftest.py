import pytest

from diarization.told import PIPELINE
from support.daemon import House


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "diarization" in item.path.parts:
            item.add_marker("diarization")
            item.add_marker(
                pytest.mark.filterwarnings("ignore")
            )  # of libraries that we only use


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A daemon with diarization, where it is requested."""
    root = tmp_path_factory.mktemp("house")
    return House(root, diarization={"model": str(PIPELINE)}, transcription={"language": "en"})
