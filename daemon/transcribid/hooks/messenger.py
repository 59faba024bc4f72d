"""Telegram, Discord, mail and many more, through the apprise library."""

import json
import logging
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from transcribid.domain.news import Notice
from transcribid.hooks.courier import NotDelivered


@dataclass(frozen=True, slots=True)
class Messenger:
    url: str = field(repr=False)  # it contains secrets

    @property
    def key(self) -> str:
        return sha256(self.url.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        return urlsplit(self.url).scheme

    def send(self, notice: Notice) -> None:
        """Raises NotDelivered."""
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it may log addresses
        apprise: Any = import_module("apprise")  # optional, and slow to load
        facts = json.loads(notice.facts)
        messenger = apprise.Apprise()
        messenger.add(self.url)
        try:
            delivered = messenger.notify(
                title=facts["message"], body=facts["reason"] or facts["message"]
            )
        except TypeError as error:  # which apprise raises if it has no recipient
            raise NotDelivered("It cannot be reached.") from error
        if not delivered:
            raise NotDelivered("It rejected the message.")
