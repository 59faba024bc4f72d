"""The hub's API: the files of a repository at a commit, and their contents."""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote

import httpx
from huggingface_hub import constants
from pydantic import BaseModel, Field, ValidationError

from transcribid import __version__
from transcribid.models import ModelError
from transcribid.models.refusals import refused, unreachable

_TIMEOUT = httpx.Timeout(10.0, read=30.0)  # seconds for a connection, and between bytes
_BUSY = (408, 429, 500, 502, 503, 504)  # temporary: the next attempt may succeed


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository."""

    name: str
    size: int  # bytes
    blob: str  # git's object ID of the file, or of a pointer to it
    sha256: str | None  # None: the file is in git itself, and `blob` is its digest


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository at one commit."""

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]


class Interrupted(Exception):
    """The connection broke, or the hub is busy; the bytes received so far are valid."""


class Hub:
    def __init__(self, environment: Mapping[str, str]) -> None:
        """Raises ModelError if the environment forbids the network or is invalid."""
        if constants.HF_HUB_OFFLINE:
            raise ModelError("HF_HUB_OFFLINE forbids the network.", "Unset it to pull.")
        self._endpoint = constants.ENDPOINT.rstrip("/")
        self._client = _client(_token(environment))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def snapshot(self, repository: str, revision: str) -> Snapshot:
        """Raises ModelError."""
        url = f"{self._endpoint}/api/models/{repository}/revision/{quote(revision, safe='')}"
        try:
            answer = self._client.get(url, params={"blobs": "true"})
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise unreachable(self._endpoint, str(error)) from error
        if answer.status_code != HTTPStatus.OK:
            raise refused(answer, repository, revision, self._endpoint)
        try:
            info = _HubAnswer.model_validate_json(answer.content)
        except ValidationError as error:
            message = f"What answers at {self._endpoint} is not a hub of models."
            remedy = "Check HF_ENDPOINT, and whether a proxy asks for a login."
            raise ModelError(message, remedy) from error
        return Snapshot(repository, info.sha, tuple(info.files()))

    @contextmanager
    def content(
        self, snapshot: Snapshot, name: str, start: int
    ) -> Generator[tuple[int, Iterator[bytes]]]:
        """Yields the offset and the blocks of a file, from `start` or else from its beginning.

        Raises:
            Interrupted: also while the blocks are read.
            ModelError: retrying is of no use.
        """
        url = f"{self._endpoint}/{snapshot.repository}/resolve/{snapshot.commit}/{quote(name)}"
        headers = {"Range": f"bytes={start}-"} if start else {}
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                if answer.status_code in _BUSY:
                    raise Interrupted(f"{self._endpoint} is busy, status {answer.status_code}")
                if not answer.is_success:
                    repository, commit = snapshot.repository, snapshot.commit
                    raise refused(answer, repository, commit, self._endpoint)
                partial = answer.status_code == HTTPStatus.PARTIAL_CONTENT
                yield (start if partial else 0), answer.iter_bytes()
        except httpx.RequestError as error:
            raise Interrupted(str(error) or type(error).__name__) from error


class _Large(BaseModel):
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Sibling(BaseModel):
    rfilename: str
    size: int | None = None
    blob: str | None = Field(None, alias="blobId")
    lfs: _Large | None = None


class _HubAnswer(BaseModel):
    sha: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    siblings: list[_Sibling]

    def files(self) -> Iterator[RemoteFile]:
        """Without files that cannot be verified."""
        for each in self.siblings:
            if each.size is not None and each.blob:
                sha256 = each.lfs.sha256 if each.lfs else None
                yield RemoteFile(each.rfilename, each.size, each.blob, sha256)


def _client(token: str) -> httpx.Client:
    headers = {
        "User-Agent": f"transcribid/{__version__}",
        "Accept-Encoding": "identity",  # or offsets would not be those in the file
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"  # not sent to other hosts on redirects
    try:
        return httpx.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=True)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        message = f"A proxy in the environment cannot be used: {error}"
        remedy = "Correct HTTP_PROXY, HTTPS_PROXY and ALL_PROXY."
        raise ModelError(message, remedy) from error


def _token(environment: Mapping[str, str]) -> str:
    token, path = environment.get("HF_TOKEN", ""), environment.get("HF_TOKEN_FILE", "")
    if path and not token.strip():
        try:
            token = Path(path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            message = f"HF_TOKEN_FILE cannot be read: {error.strerror}: {path}."
            raise ModelError(message, "Correct the path, or unset it.") from error
    if not re.fullmatch("[!-~]*", token.strip()):  # httpx's error would print it
        raise ModelError("The token holds characters that no token has.", "Copy it again.")
    return token.strip()
