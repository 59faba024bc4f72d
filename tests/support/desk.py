"""The command line as a person types it, with a hub, a cache and a store of its own."""

import os
import subprocess
import sys
from pathlib import Path

import yaml
from typer.testing import CliRunner

from support.hub import Hub
from transcribid.cli.models import app
from transcribid.models.store import ModelPlace

_OTHER = """
import sys
from huggingface_hub import HfApi, hf_hub_download
for each in HfApi().model_info(sys.argv[1], files_metadata=True).siblings:
    print(hf_hub_download(sys.argv[1], each.rfilename))
"""
_PROGRAM = "from transcribid.cli.models import app; app(prog_name='transcribid models')"


class Desk:
    """Most commands run in this process, for starting another takes longer than they do."""

    def __init__(self, root: Path, hub: Hub) -> None:
        self.hub = hub
        self.store = root / "state" / "models"
        self.cache = root / "cache"
        self.configuration = root / "transcribid.yaml"
        self.configure("starter")

    def configure(self, model: str) -> None:
        self.configuration.write_text(yaml.safe_dump({"engine": {"model": model}}))

    def place(self, name: str) -> ModelPlace:
        return ModelPlace(self.store, name)

    def run(self, *words: str, status: int = 0, **environment: str) -> str:
        """Returns what it printed, on whichever stream a person would look."""
        said = CliRunner().invoke(
            app, [*words, *self._option], env=environment, catch_exceptions=False
        )
        assert said.exit_code == status, said.output
        return said.stdout or said.stderr

    def run_alone(self, *words: str, status: int = 0, **environment: str) -> str:
        """The same in a process of its own."""
        done = subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.environment(**environment),
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout or done.stderr

    def fetched_by_another_program(self, repository: str) -> Path:
        """Through the hub's own client, into its cache. Returns the folder."""
        return Path(self.python(_OTHER, repository).splitlines()[0]).parent

    def python(self, program: str, *words: str, **environment: str) -> str:
        return subprocess.run(
            [sys.executable, "-P", "-c", program, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env=self.environment(**environment),
        ).stdout

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-c", _PROGRAM, *words, *self._option]

    @property
    def _option(self) -> tuple[str, str]:
        return "--config", str(self.configuration)

    def environment(self, **more: str) -> dict[str, str]:
        hub = {"HF_ENDPOINT": self.hub.address, "HF_HUB_CACHE": str(self.cache)}
        return os.environ | hub | more
