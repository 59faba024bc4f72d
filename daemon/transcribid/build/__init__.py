"""The composition root: builds every part from the configuration, and rebuilds on reload."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

import structlog

from transcribid.build.folders import Folders, open_state
from transcribid.build.parts import CLOSE_TIMEOUT, PartsBuilder
from transcribid.config import Config, ConfigError
from transcribid.gpu import devices
from transcribid.gpu.memory_client import Gpus
from transcribid.gpu.meter import Meter
from transcribid.ledger import FILE_NAME, Ledger, open_ledger
from transcribid.log import configure
from transcribid.models.resolve import folder_of
from transcribid.protocol.errors import CannotRun
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.loop import Collaborators, Service
from transcribid.service.mailbox import Mailbox
from transcribid.service.parts import Parts, Unusable
from transcribid.service.reload import Rebuilding
from transcribid.service.status import Status
from transcribid.service.systemd import Systemd
from transcribid.web import access
from transcribid.web.context import Context
from transcribid.web.server import Web, is_alive

log = structlog.get_logger()


class Daemon:
    """Use as a context manager: leaving it closes every part."""

    def __init__(
        self,
        config: Config,
        *,
        reload: Callable[[], Config] | None = None,
        until_done: bool = False,
        watched: Callable[[Status], None] | None = None,
    ) -> None:
        """`reload` reads the configuration anew; `until_done` ends when the inbox is finished.

        Raises:
            AlreadyRunning: another daemon has this state folder.
            OSError: a folder cannot be created, or the port is in use.
        """
        self.mailbox = Mailbox()
        self._config = config
        self._load = reload
        self._until_done = until_done
        self._closing = ExitStack()
        with ExitStack() as opened:
            self._open(opened)
            self._systemd = Systemd(os.environ, lambda: is_alive(config.folders.state))
            collaborators = Collaborators(
                state=config.folders.state,
                stop_grace=lambda: self._config.stop_grace,
                reload=Rebuilding(
                    self._rebuild, self._systemd.reloading, self._systemd.reloaded
                ),
                publish=watched or self._systemd.see,
                measure=self._meter.tend,
                receive_gpus=self._gpus.receive,
            )
            self.service = Service(
                self._parts,
                self._dispatcher,
                self.mailbox,
                collaborators,
                until_done=until_done,
            )
            self.service.status.warn(list(self._folders.warnings()))
            self._serve(opened)
            self._closing = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def run(self) -> int:
        """Run until stopped. Returns the exit status."""
        self._parts.inbox.start()
        self._parts.hooks.start()
        status = self.service.run()
        self._parts.hooks.close(CLOSE_TIMEOUT)
        self.service.settle()
        return status

    def _open(self, opened: ExitStack) -> None:
        config, path = self._config, self._config.folders.state / FILE_NAME
        open_state(config, opened)
        self.ledger, aside = open_ledger(path)
        opened.callback(self.ledger.close)
        if aside:
            note = "it was damaged or from an older version; state is rebuilt from the folders"
            log.error("ledger.put_aside", moved_to=str(aside), note=note)
        self._folders = Folders(config, self.ledger, opened)
        self._gpus = Gpus(devices.count(), self.mailbox.put)
        opened.callback(self._gpus.close)
        self._builder = PartsBuilder(
            config,
            self._folders,
            self.ledger,
            self.mailbox,
            opened,
            until_done=self._until_done,
        )
        self._parts = self._builder.build(config)
        opened.callback(self._close_parts)
        self._meter = Meter(lambda: self._parts.executor.memory(), self._gpus.memory)
        self._dispatcher = Dispatcher(self._parts)

    def _close_parts(self) -> None:
        self._parts.hooks.close(0.0)
        self._parts.inbox.close()
        for executor in self._parts.executors:
            executor.close()

    def _serve(self, opened: ExitStack) -> None:
        folders = self._config.folders
        reader = Ledger(folders.state / FILE_NAME)
        opened.callback(reader.close)
        context = Context(
            lambda: self.service.status.current,
            reader,
            self.mailbox,
            folders.inbox,
            folders.outbox,
            access.policy(self._config),
            lambda: self._config,
            lambda: self._meter.samples,
        )
        port = None if self._until_done else self._config.web.port
        address = None if port is None else (self._config.web.host, port)
        web = Web(context, folders.state, address)
        opened.callback(web.close)
        web.start()

    def _rebuild(self) -> Parts:
        """The parts for the current configuration. Raises Unusable."""
        if self._load is None:
            raise Unusable("This daemon was started without a way to reload its configuration.")
        before, config = self._config, self._read(self._load)
        if (config.folders, config.web) != (before.folders, before.web):
            raise Unusable("changes to folders and web need a restart")
        if config.engine.model != before.engine.model:
            _check_model(config)
        try:
            self._folders.prepare(config)
        except OSError as error:
            raise Unusable(f"folders: {error}") from error
        parts = self._builder.build(config, before, self._parts)
        self._config = config
        configure(config.logging.format, config.logging.level)
        parts.staging.max_size = config.limits.max_size
        return parts

    def _read(self, load: Callable[[], Config]) -> Config:
        try:
            return load()
        except ConfigError as error:
            raise Unusable(str(error)) from error


def _check_model(config: Config) -> None:
    """A reload does not stop a working engine for a model that is not on this machine."""
    try:
        folder_of(config.engine.model, config.folders.state / "models")
    except CannotRun as error:
        raise Unusable(f"engine.model: {error} {error.remedy}".strip()) from error
