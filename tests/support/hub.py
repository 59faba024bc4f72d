"""A hub of models on this machine: as much of the protocol as fetching needs."""

import hashlib
import json
import re
import threading
import zipfile
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Self

from transcribid import starter

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = "model.bin"
EMBEDDING = "embedding/pytorch_model.bin"
SEGMENTATION = "segmentation/pytorch_model.bin"
LARGE = (WEIGHTS, "tokenizer.json", EMBEDDING, SEGMENTATION)  # in git-lfs
_CONFIG = b"""\
dependencies: {pyannote.audio: 4.0.0}
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params: {segmentation: $model/segmentation, embedding: $model/embedding, plda: $model/plda}
"""
_BLOCK = 1 << 16


def starter_files() -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in starter.MODEL.iterdir()}
    return files | {"README.md": b"# A model\n", ".gitattributes": b"*.bin filter=lfs\n"}


def pipeline_files() -> dict[str, bytes]:
    """Named as those of speaker-diarization-community-1, and archives as those are."""
    parts = (SEGMENTATION, EMBEDDING, "plda/plda.npz", "plda/xvec_transform.npz")
    files = {name: _archive(name) for name in parts}
    besides = {"README.md": b"# A pipeline\n", "embedding/README.md": b"# A part\n"}
    return files | besides | {"config.yaml": _CONFIG}


def _archive(name: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("data.pkl", name.encode() * 20_000)
    return content.getvalue()


@dataclass
class Hub:
    """Every repository is the same, but for `missing` ones."""

    files: dict[str, bytes] = field(default_factory=starter_files)
    commit: str = COMMIT
    missing: tuple[str, ...] = ()
    gated: bool = False  # it has terms: who fetches files must show a token
    accepted: bool = True  # by whoever shows a token
    coded: bool = True  # it says why it refuses; some mirrors do not
    weights: str = WEIGHTS  # the file that breaks on the way
    cut_at: int | None = None  # of the weights; only the next connection breaks there
    stalls_at: int | None = None  # of the weights: nothing more comes
    busy: int = 0  # answers 503 so often
    damage: bool = False  # one bit of the weights on the way
    ranges: bool = True  # whether it can begin in the middle
    elsewhere: str = ""  # another host, where large files are
    sent: Counter[str] = field(default_factory=Counter[str])
    asked: list[tuple[str, Mapping[str, str]]] = field(
        default_factory=list[tuple[str, Mapping[str, str]]]
    )

    def __enter__(self) -> Self:
        hub = self

        class Handler(_Handler):
            def __init__(self, *args: Any) -> None:
                self.hub = hub
                super().__init__(*args)

        self._closing = threading.Event()
        self._answering: set[int] = set()  # threads
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def answering(self) -> Generator[None]:
        self._answering.add(threading.get_ident())
        try:
            yield
        finally:
            self._answering.discard(threading.get_ident())

    @property
    def idle(self) -> bool:
        return not self._answering

    def stall(self) -> None:
        while self.stalls_at is not None and not self._closing.wait(0.02):
            pass

    def blocks_of(self, name: str, start: int) -> list[bytes]:
        content = self.files[name]
        if name == self.weights and self.damage:
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        return [content[at : at + _BLOCK] for at in range(start, len(content), _BLOCK)]

    def siblings(self) -> list[dict[str, object]]:
        return [_sibling(name, content) for name, content in self.files.items()]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of some tests."""


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        pass

    def do_HEAD(self) -> None:
        with self.hub.answering():
            self._answer(with_body=False)

    def do_GET(self) -> None:
        with self.hub.answering():
            self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        self.hub.asked.append((self.path, dict(self.headers)))
        api = re.fullmatch(
            r"/api/models/([^/]+/[^/]+)(?:/revision/([^/?]+))?(\?.*)?", self.path
        )
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/([^?]+)", self.path)
        found = api or file
        if found is None or found[1] in self.hub.missing:
            self._refuse(401, "RepoNotFound")  # as the hub does where no token is given
        elif found[2] not in (None, "main", self.hub.commit):
            self._refuse(404, "RevisionNotFound")
        elif api:
            self._tell()
        elif self.hub.gated and "Authorization" not in self.headers:
            self._refuse(401, "GatedRepo")
        elif self.hub.gated and not self.hub.accepted:
            self._refuse(403, "GatedRepo")
        elif self.hub.busy:
            self.hub.busy -= 1
            self._refuse(503, "")
        elif found[3] not in self.hub.files:
            self._refuse(404, "EntryNotFound")
        else:
            self._give(found[3], with_body=with_body)

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if self.hub.coded:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", "no")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _tell(self) -> None:
        said = {"id": "any/model", "sha": self.hub.commit, "siblings": self.hub.siblings()}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _give(self, name: str, *, with_body: bool) -> None:
        size = len(self.hub.files[name])
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and self.hub.ranges else 0
        away = self.hub.elsewhere if name in LARGE else ""
        self.send_response(302 if away else 206 if start else 200)
        self._describe(name)
        if away:
            self.send_header("Location", away + self.path)
        elif start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(0 if away else size - start))
        self.end_headers()
        if with_body and not away:
            self._send(name, start)

    def _describe(self, name: str) -> None:
        content = self.hub.files[name]
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("ETag", f'"{_blob(content)}"')
        if name in LARGE:
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')

    def _send(self, name: str, at: int) -> None:
        hub = self.hub
        for block in hub.blocks_of(name, at):
            if name == hub.weights and hub.cut_at is not None and at >= hub.cut_at:
                hub.cut_at = None
                return
            if name == hub.weights and hub.stalls_at is not None and at >= hub.stalls_at:
                hub.stall()
            at += len(block)
            hub.sent[name] += len(block)  # before anybody can have it
            self.wfile.write(block)


def _sibling(name: str, content: bytes) -> dict[str, object]:
    found: dict[str, object] = {"rfilename": name, "size": len(content)}
    if name not in LARGE:
        return found | {"blobId": _blob(content)}
    sha256 = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\n".encode()
    lfs: dict[str, object] = {
        "sha256": sha256,
        "size": len(content),
        "pointerSize": len(pointer),
    }
    return found | {"blobId": _blob(pointer), "lfs": lfs}


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
