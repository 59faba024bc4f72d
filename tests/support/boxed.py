"""The image at work in a house: locked in as compose.yaml does, as a user without a name."""

import os
from itertools import count
from pathlib import Path

from support.daemon import House
from support.podman import Container, podman

USER, GROUP = 4242, 4343
PLACES = ("inbox", "outbox", "archive", "quarantine", "config", "cache")
_LOCKED_IN = (
    *("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--network=none", f"--user={USER}:{GROUP}", "--volume=/dev/null:/etc/passwd:ro"),
)
_SETTINGS = {
    "WHISPER_MODEL": "starter",
    "WHISPER_DEVICE": "cpu",
    "TRANSCRIBID_WATCH__QUIET": "1s",
    "TRANSCRIBID_RETRY__BACKOFF": "1s",
    "TRANSCRIBID_LIMITS__MIN_FREE_DISK": "1MiB",
}
_numbers = count(1)


def furnished(root: Path) -> House:
    """A house with all its folders, owned by the container's user."""
    house = House(root, {"state": "cache/state"})
    for name in PLACES:
        folder = root / name
        folder.mkdir(exist_ok=True)
        own(folder)
    return house


def own(path: Path) -> None:
    os.chown(path, USER, GROUP)


def drop(house: House, name: str, content: bytes) -> None:
    """As somebody on the host does who is that user."""
    target = house.drop(name, content)
    for path in (target, *target.relative_to(house.inbox).parents):
        own(house.inbox / path)


def boxed(house: House, image: str, *options: str, **settings: str) -> Container:
    """The daemon in a container of its own."""
    name = f"transcribid-test-{os.getpid()}-{next(_numbers)}"
    return Container(name, image, *_options(house, settings), *options)


def asked(house: House, image: str, *command: str, without: str = "") -> tuple[int, str]:
    """One command of transcribid. Returns its exit status, and all that it said."""
    options = _options(house, {}, without)
    done = podman("run", "--rm", *options, image, *command, check=False)
    return done.returncode, done.stdout + done.stderr


def _options(house: House, settings: dict[str, str], without: str = "") -> tuple[str, ...]:
    return (
        *_LOCKED_IN,
        *(f"--env={name}={value}" for name, value in (_SETTINGS | settings).items()),
        *(f"--volume={house.root / name}:/{name}" for name in PLACES if name != without),
    )
