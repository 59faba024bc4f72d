"""Builds the configured hooks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from transcribid import config
from transcribid.config.targets import WEB
from transcribid.domain.news import Occasion
from transcribid.hooks import Hooks, NextNotice
from transcribid.hooks.address import Address
from transcribid.hooks.command import CommandTarget
from transcribid.hooks.courier import Target
from transcribid.hooks.messenger import Messenger


def build(
    settings: config.Config, next_notice: NextNotice, on_settled: Callable[[int], None]
) -> Hooks:
    """Raises OSError if the secret cannot be read."""
    hooks = settings.hooks
    targets = list(_targets(settings, _secret(hooks.secret, hooks.secret_file)))
    return Hooks(targets, set(map(Occasion, hooks.on)), next_notice, on_settled)


def labels(settings: config.Config) -> dict[str, str]:
    """The log's label of each target, by its key; labels need not be unique."""
    return {target.key: target.label for target in _targets(settings, None)}


def _targets(settings: config.Config, secret: str | None) -> Iterator[Target]:
    hooks = settings.hooks
    if hooks.command:
        yield CommandTarget(hooks.command, settings.folders.outbox, hooks.timeout)
    for url in hooks.urls:
        web = urlsplit(url).scheme in WEB
        yield Address(url, secret, hooks.timeout) if web else Messenger(url)


def _secret(secret: str | None, file: Path | None) -> str | None:
    if file is None:
        return secret
    if found := file.read_text(encoding="utf-8").strip():
        return found
    raise OSError(f"hooks.secret_file {file} is empty")
