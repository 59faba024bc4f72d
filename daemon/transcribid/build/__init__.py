"""The composition root: builds every part from the configuration, and rebuilds on reload."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Self

import structlog

from transcribid.config import Config, ConfigError
from transcribid.config.per_file import effective
from transcribid.domain.ignore import Ignore
from transcribid.gpu import devices
from transcribid.gpu.memory_client import Gpus
from transcribid.gpu.meter import Meter
from transcribid.hooks import Hooks, building
from transcribid.inbox import Inbox, Watch
from transcribid.ledger import Ledger, open_ledger
from transcribid.log import configure
from transcribid.outputs.delivery import Layout
from transcribid.service import rules
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.loop import Around, Service
from transcribid.service.mailbox import Happened, Mailbox, NoticeSent
from transcribid.service.mount_guard import MARKER, MountGuard
from transcribid.service.parts import Parts, Unusable
from transcribid.service.status import Status
from transcribid.service.systemd import Systemd
from transcribid.storage import files
from transcribid.storage.archive import AfterSuccess, Archive
from transcribid.storage.checkpoints import Checkpoints
from transcribid.storage.instance_lock import AlreadyRunning, InboxLock, lock
from transcribid.storage.mounts import remote_kind
from transcribid.storage.outbox import Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.recognition import Clerk, Recognition
from transcribid.storage.staging import Staging
from transcribid.web import access
from transcribid.web.context import Context
from transcribid.web.server import Web, is_alive
from transcribid.workers.build import Workers, diarizer_shape

log = structlog.get_logger()

LEDGER = "ledger.sqlite3"
_STAGED, _HEARD, _KEPT = "staged", "heard", "kept"  # in the state folder
_PRIVATE = (_STAGED, _HEARD, _KEPT, "voices")
_LAST_WORDS = 10.0  # seconds that hooks get in the end


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
        """`reload` reads the configuration anew; `until_done` ends with the inbox served.

        Raises:
            AlreadyRunning: another daemon has this state folder.
            OSError: a folder cannot be made, or the port is taken.
        """
        self.mailbox = Mailbox()
        self._config = config
        self._load = reload
        self._until_done = until_done
        self._closing = ExitStack()
        with ExitStack() as opened:
            self._open(opened)
            self._systemd = Systemd(os.environ, lambda: is_alive(config.folders.state))
            around = Around(
                state=config.folders.state,
                stop_grace=lambda: self._config.stop_grace,
                rebuild=self._rebuild,
                reloading=self._systemd.reloading,
                reloaded=self._systemd.reloaded,
                watched=watched or self._systemd.see,
                measure=self._meter.tend,
                hear_gpus=self._gpus.receive,
            )
            self.service = Service(
                self._parts, self._dispatcher, self.mailbox, around, until_done=until_done
            )
            self._warn()
            self._serve(opened)
            self._closing = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def run(self) -> int:
        """Until told to stop. Returns the exit status."""
        self._parts.inbox.start()
        self._parts.hooks.start()
        status = self.service.run()
        self._parts.hooks.close(_LAST_WORDS)
        self.service.settle()
        return status

    def _open(self, opened: ExitStack) -> None:
        self._open_folders(opened)
        folders = self._config.folders
        self._staging = self._new_staging()
        opened.callback(self._staging.close)
        self._clerk = Clerk(self.mailbox.put)
        opened.callback(self._clerk.close)
        self._workers = Workers(self.mailbox.put)
        opened.callback(self._workers.join, _LAST_WORDS)
        self._gpus = Gpus(devices.count(), self.mailbox.put)
        opened.callback(self._gpus.close)
        self._notices = Ledger(folders.state / LEDGER)
        opened.callback(self._notices.close)
        self._parts = self._new_parts(self._config, None, None)
        opened.callback(self._close_parts)
        self._meter = Meter(lambda: self._parts.executor.memory(), self._gpus.memory)
        self._dispatcher = Dispatcher(self._parts)

    def _close_parts(self) -> None:
        self._parts.hooks.close(0.0)
        self._parts.inbox.close()
        for executor in self._parts.executors:
            executor.close()

    def _open_folders(self, opened: ExitStack) -> None:
        folders = self._config.folders
        files.make_folder(folders.state)
        if kind := remote_kind(folders.state):
            raise OSError(f"folders.state {folders.state} is on {kind}; it needs a local disk")
        opened.callback(os.close, lock(folders.state))
        for name in _PRIVATE:
            files.make_private(folders.state / name)
        self.ledger, aside = open_ledger(folders.state / LEDGER)
        opened.callback(self.ledger.close)
        if aside:
            note = "it was damaged or from an older version; state is rebuilt from the folders"
            log.error("ledger.put_aside", moved_to=str(aside), note=note)
        self._roots = MountGuard(dict(folders), self.ledger)
        self._roots.prepare(rules.watched(self._config))
        self._claim = InboxLock(folders.inbox / MARKER)
        opened.callback(self._claim.close)
        if not self._roots.was_read_only("inbox") and (other := self._claim.trouble()):
            raise AlreadyRunning(other)

    def _warn(self) -> None:
        """Of what degrades for as long as we run."""
        warnings = list(self._warnings())
        for warning in warnings:
            log.warning("daemon.degraded", message=warning)
        self.service.status = replace(self.service.status, warnings=tuple(warnings))

    def _warnings(self) -> Iterator[str]:
        inbox = self._config.folders.inbox
        if self._roots.was_read_only("inbox"):
            yield (
                f"inbox {inbox} is read-only: recordings stay there, as with"
                " after_success: keep."
            )
        elif (weakness := self._claim.weakness) and not self._roots.trouble("inbox"):
            yield (
                f"The inbox {inbox} cannot be locked ({weakness}):"
                " make sure that no other transcribid uses it."
            )

    def _serve(self, opened: ExitStack) -> None:
        folders = self._config.folders
        reader = Ledger(folders.state / LEDGER)
        opened.callback(reader.close)
        context = Context(
            lambda: self.service.status,
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
        """The parts as the configuration is now. Raises Unusable."""
        if self._load is None:
            raise Unusable("This daemon was started without a way to reload its configuration.")
        before, config = self._config, self._read(self._load)
        if (config.folders, config.web) != (before.folders, before.web):
            raise Unusable("changes to folders and web need a restart")
        try:
            self._roots.prepare(rules.watched(config))
        except OSError as error:
            raise Unusable(f"folders: {error}") from error
        parts = self._new_parts(config, before, self._parts)
        self._config = config
        configure(config.logging.format, config.logging.level)
        self._staging.max_size = config.limits.max_size
        return parts

    def _read(self, load: Callable[[], Config]) -> Config:
        try:
            return load()
        except ConfigError as error:
            raise Unusable(str(error)) from error

    def _new_parts(self, config: Config, before: Config | None, old: Parts | None) -> Parts:
        """What is as it was before is taken over. Raises Unusable."""
        folders, outputs = config.folders, config.outputs
        layout = Layout(outputs.max_line_width, outputs.max_lines)
        turned, after_success = self._roots.turned_read_only, self._after_success(config)
        keeps = after_success == "keep"
        same = _Same(config, before, old)
        return Parts(
            ledger=self.ledger,
            rules=rules.rules(config, self._trouble, until_done=self._until_done),
            inbox=same.inbox or self._new_inbox(config),
            executor=same.executor or self._workers.engines(config),
            diarizer=same.diarizer or self._workers.diarizer(config),
            staging=self._staging,
            checkpoints=Checkpoints(folders.state / _HEARD),
            outbox=Outbox(
                folders.outbox, folders.state / _KEPT, naming=outputs.naming, layout=layout
            ),
            archive=Archive(folders.archive, folders.inbox, after_success, turned),
            quarantine=Quarantine(folders.quarantine, folders.inbox, turned, stays=keeps),
            hooks=same.hooks or self._new_hooks(config),
            recognition=self._recognition(config) if keeps else None,
        )

    def _recognition(self, config: Config) -> Recognition:
        return Recognition(
            config.folders.inbox,
            config.folders.outbox,
            config.outputs.naming,
            config.engine.model,
            lambda name: effective(config, name).options,
            self._clerk,
        )

    def _after_success(self, config: Config) -> AfterSuccess:
        """Nothing is taken out of an inbox that may only be read."""
        return "keep" if self._roots.was_read_only("inbox") else config.after_success

    def _trouble(self, name: str) -> str | None:
        """Why a folder cannot be used now; an inbox that we only read may be others', too."""
        trouble = self._roots.trouble(name)
        if trouble or name != "inbox" or self._roots.was_read_only("inbox"):
            return trouble
        return self._claim.trouble()

    def _new_hooks(self, config: Config) -> Hooks:
        """Raises Unusable where the secret cannot be read."""
        try:
            hooks = building.build(
                config,
                self._notices.notice,
                lambda notice: self.mailbox.put(NoticeSent(notice)),
            )
        except OSError as error:
            raise Unusable(f"hooks.secret_file: {error}") from error
        self.ledger.forget_notices(hooks.targets)
        return hooks

    def _new_staging(self) -> Staging:
        config = self._config
        return Staging(
            config.folders.state / _STAGED,
            config.folders.inbox,
            lambda job, outcome: self.mailbox.put(Happened(job, outcome)),
            max_size=config.limits.max_size,
            trouble=lambda: self._trouble("inbox"),
        )

    def _new_inbox(self, config: Config) -> Inbox:
        watch = config.watch
        ignore = Ignore(watch.ignore, watch.only)
        return Inbox(
            config.folders.inbox,
            Watch(watch.method, watch.quiet, watch.rescan, watch.grace, ignore),
            self.mailbox.put,
            lambda: self._trouble("inbox"),
            known=[job.source for job in self.ledger.unfinished()],
        )


class _Same:
    """The parts that a changed configuration leaves as they are."""

    def __init__(self, config: Config, before: Config | None, old: Parts | None) -> None:
        self.inbox = self.executor = self.diarizer = self.hooks = None
        if before is None or old is None:
            return
        self.inbox = old.inbox if config.watch == before.watch else None
        self.executor = old.executor if config.engine == before.engine else None
        self.hooks = old.hooks if config.hooks == before.hooks else None
        alike = diarizer_shape(config) == diarizer_shape(before)
        self.diarizer = old.diarizer if alike else None
