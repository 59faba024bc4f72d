"""Telegram, Discord, mail and a hundred more, by way of the library apprise."""

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
    url: str = field(repr=False)  # its parts are secrets

    @property
    def key(self) -> str:
        return sha256(self.url.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        return urlsplit(self.url).scheme

    def tell(self, notice: Notice) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it may name addresses
        apprise: Any = import_module("apprise")  # optional, and slow to load
        told = json.loads(notice.facts)
        messenger = apprise.Apprise()
        messenger.add(self.url)
        try:
            taken = messenger.notify(
                title=told["message"], body=told["reason"] or told["message"]
            )
        except TypeError as error:  # what apprise raises where it finds nobody to tell
            raise NotDelivered("It cannot be reached.") from error
        if not taken:
            raise NotDelivered("It rejected the message.")
