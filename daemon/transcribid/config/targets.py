"""Validation of hook targets: a command and URLs."""

import shlex
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import httpx

WEB = ("http", "https")
_REMEDY = "install apprise: python -m pip install 'transcribid[notify]'"


def command_words(value: object) -> object:
    """Splits text as a shell would, without running one."""
    try:
        parts = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"cannot be parsed: {error}") from None
    if parts in ([], ()):
        raise ValueError("names no program; use null for none")
    return parts


def usable_url(url: str) -> str:
    """Returns the URL if it can be used. No error repeats it: most URLs contain secrets."""
    scheme, host = _parts(url)
    if not scheme:
        raise ValueError("an address starts with https://, mailto:// or similar")
    if scheme in WEB and not host:
        raise ValueError("the address has no host")
    if scheme in WEB:
        _check_host(url)
    else:
        _check_messenger(url, scheme)
    return url


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("this is not a valid address") from None
    return parts.scheme if "://" in url else "", parts.hostname or ""


def _check_host(url: str) -> None:
    """Encodes the host name as for a lookup. Raises ValueError."""
    try:
        address = httpx.URL(url)
        _ = address.host  # decoding may fail
        address.raw_host.decode("ascii").encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        raise ValueError("the address has an invalid host name") from None


def _check_messenger(url: str, scheme: str) -> None:
    if find_spec("apprise") is None:
        raise ValueError(f"{scheme}:// is not a web address; for messengers {_REMEDY}")
    apprise: Any = import_module("apprise")
    if apprise.Apprise.instantiate(url) is None:
        raise ValueError(f"apprise cannot use this {scheme}:// address")
