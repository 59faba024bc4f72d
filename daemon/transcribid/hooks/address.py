"""A web address: facts are posted as JSON, and signed if a secret is set."""

import hmac
import json
import time
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

import anyio
import httpx

from transcribid.domain.news import Notice
from transcribid.hooks.courier import NotDelivered


@dataclass(frozen=True, slots=True)
class Address:
    url: str = field(repr=False)  # its path is often secret
    secret: str | None = field(repr=False)
    timeout: float  # seconds

    @property
    def key(self) -> str:
        return sha256(self.url.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def send(self, notice: Notice) -> None:
        """Of the response, only the status is read. Raises NotDelivered."""
        body = notice.facts.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "transcribid",
            "X-Transcribid-Event": json.loads(notice.facts)["event"],
            "X-Transcribid-Id": notice.key,
            **self._signature(body),
        }
        try:
            status = anyio.run(self._post, body, headers)
        except TimeoutError:
            raise NotDelivered(f"It did not respond within {self.timeout:g} seconds.") from None
        except httpx.HTTPError as error:
            raise NotDelivered(f"It cannot be reached: {type(error).__name__}.") from None
        if status >= 300:
            raise NotDelivered(f"It responded with {status}.")

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        """Returns the status. httpx's timeouts restart with each byte. Raises TimeoutError."""
        with anyio.fail_after(self.timeout):
            async with (
                httpx.AsyncClient(timeout=None) as client,
                client.stream("POST", self.url, content=body, headers=headers) as response,
            ):
                return response.status_code

    def _signature(self, body: bytes) -> dict[str, str]:
        now = str(int(time.time()))
        signed = {"X-Transcribid-Signature": signature(self.secret, now, body)}
        return {"X-Transcribid-Timestamp": now} | (signed if self.secret else {})


def signature(secret: str | None, timestamp: str, body: bytes) -> str:
    """The timestamp is signed as well, to prevent replays."""
    signed = timestamp.encode() + b"." + body
    return f"sha256={hmac.digest((secret or '').encode(), signed, 'sha256').hex()}"
