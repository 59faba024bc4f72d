"""What is asked of whoever comes in by the network, as configured."""

import socket
from collections.abc import Collection
from dataclasses import dataclass

from transcribid.config import Config

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_UPLOADS = ("/inbox/", "/v1/audio/", "/asr", "/detect-language")


@dataclass(frozen=True, slots=True)
class Door:
    names: Collection[str]  # by which this machine may be called
    addresses: bool  # whether any address may be called, as numbers: rebinding needs a name
    token: str | None  # None: nothing is asked
    max_upload: int  # bytes
    uploads: Collection[str] = _UPLOADS  # beginnings of the paths that take them


def of(config: Config) -> Door:
    """Raises OSError where the token cannot be read."""
    web, token = config.web, config.web.token
    if web.token_file is not None:
        token = web.token_file.read_text(encoding="utf-8").strip()
        if not token:
            raise OSError(f"web.token_file {web.token_file} is empty")
    names = {*_LOCAL_NAMES, _called(web.host), *(name.lower() for name in web.names)}
    if not web.local:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return Door(names, not web.local, token, web.max_upload)


def _called(host: str) -> str:
    """As a request names it.

    >>> _called("127.0.0.2"), _called("::1"), _called("[::1]")
    ('127.0.0.2', '[::1]', '[::1]')
    """
    bare = host.strip("[]").lower()
    return f"[{bare}]" if ":" in bare else bare
