"""What the configuration demands of network clients."""

import socket
from collections.abc import Collection
from dataclasses import dataclass

from transcribid.config import Config

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_UPLOADS = ("/inbox/", "/v1/audio/", "/asr", "/detect-language")


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    names: Collection[str]  # accepted host names
    addresses: bool  # whether any IP address is accepted: rebinding needs a name
    token: str | None  # None: not required
    max_upload: int  # bytes
    uploads: Collection[str] = _UPLOADS  # path prefixes that accept uploads


def policy(config: Config) -> AccessPolicy:
    """Raises OSError if the token cannot be read."""
    web, token = config.web, config.web.token
    if web.token_file is not None:
        token = web.token_file.read_text(encoding="utf-8").strip()
        if not token:
            raise OSError(f"web.token_file {web.token_file} is empty")
    names = {*_LOCAL_NAMES, _host_header(web.host), *(name.lower() for name in web.names)}
    if not web.local:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return AccessPolicy(names, not web.local, token, web.max_upload)


def _host_header(host: str) -> str:
    """The host as it appears in a Host header.

    >>> _host_header("127.0.0.2"), _host_header("::1"), _host_header("[::1]")
    ('127.0.0.2', '[::1]', '[::1]')
    """
    bare = host.strip("[]").lower()
    return f"[{bare}]" if ":" in bare else bare
