"""The composition root: builds every part from the configuration, and rebuilds on reload."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Self

import structlog

from transcribid.config import Config, ConfigError
from transcribid.config.per_file import effective
from transcribid.domain.ignore import Ignore
from transcribid.domain.job import State
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
from transcribid.service.mailbox import Happened, Mailbox, Told
from transcribid.service.mount_guard import MARKER, Roots
from transcribid.service.page_settings import Choices
from transcribid.service.parts import Parts
from transcribid.service.status import Status
from transcribid.service.systemd import Supervisor
from transcribid.storage import files
from transcribid.storage.archive import AfterSuccess, Archive
from transcribid.storage.checkpoints import Checkpoints
from transcribid.storage.instance_lock import AlreadyRunning, InboxClaim, claimed
from transcribid.storage.mounts import remote_kind
from transcribid.storage.outbox import Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.recognition import Clerk, Recognition
from transcribid.storage.staging import Staging
from transcribid.web import door
from transcribid.web.desk import Desk
from transcribid.web.server import Web, answers
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
            self._supervisor = Supervisor(os.environ, lambda: answers(config.folders.state))
            self._choices = Choices(config.folders.state, self._reload)
            around = Around(
                stop_grace=lambda: self._config.stop_grace,
                reload=self._reload,
                choose=self._choose,
                drop_choices=self._choices.drop_engine,
                relist=lambda: self._inbox.relist(),
                watched=watched or self._supervisor.see,
                tend_inbox=lambda now: self._inbox.tend(now),
                measure=self._meter.tend,
                hear_gpus=self._gpus.hear,
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
        self._inbox.start()
        self._hooks.start()
        status = self.service.run()
        self._hooks.close(_LAST_WORDS)
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
        self._executor = self._workers.engines(self._config)
        opened.callback(lambda: self._executor.close())
        self._diarizer = self._workers.diarizer(self._config)
        opened.callback(lambda: self._diarizer.close())
        self._gpus = Gpus(devices.count(), self.mailbox.put)
        opened.callback(self._gpus.close)
        self._meter = Meter(lambda: self._executor.memory(), self._gpus.memory)
        self._inbox = self._new_inbox()
        opened.callback(lambda: self._inbox.close())
        self._notices = Ledger(folders.state / LEDGER)
        opened.callback(self._notices.close)
        self._hooks = self._new_hooks(self._config)
        opened.callback(lambda: self._hooks.close(0.0))
        self._parts = self._new_parts()
        self._dispatcher = Dispatcher(self._parts, lambda name: self._inbox.look_again(name))

    def _open_folders(self, opened: ExitStack) -> None:
        folders = self._config.folders
        files.make_folder(folders.state)
        if kind := remote_kind(folders.state):
            raise OSError(f"folders.state {folders.state} is on {kind}; it needs a local disk")
        opened.callback(os.close, claimed(folders.state))
        for name in _PRIVATE:
            files.make_private(folders.state / name)
        self.ledger, damaged = open_ledger(folders.state / LEDGER)
        opened.callback(self.ledger.close)
        if damaged:
            log.error("ledger.damaged", moved_to=str(damaged), note="the folders tell the rest")
        self._roots = Roots(dict(folders), self.ledger)
        self._roots.prepare(rules.watched(self._config))
        self._claim = InboxClaim(folders.inbox / MARKER)
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
                f"inbox {inbox} may only be read: recordings stay there, as with"
                " after_success: keep."
            )
        elif (weakness := self._claim.weakness) and not self._roots.trouble("inbox"):
            yield (
                f"Nothing keeps another transcribid away from the inbox {inbox} ({weakness}):"
                " see that none has it."
            )

    def _serve(self, opened: ExitStack) -> None:
        folders = self._config.folders
        reader = Ledger(folders.state / LEDGER)
        opened.callback(reader.close)
        desk = Desk(
            lambda: self.service.status,
            reader,
            self.mailbox,
            folders.inbox,
            folders.outbox,
            door.of(self._config),
            lambda: self._config,
            lambda: self._meter.samples,
        )
        port = None if self._until_done else self._config.web.port
        address = None if port is None else (self._config.web.host, port)
        web = Web(desk, folders.state, address)
        opened.callback(web.close)
        web.start()

    def _choose(self, settings: str) -> str:
        """Returns what it means for recordings. Raises Declined."""
        engine, status = self._config.engine, self.service.status
        self._choices.choose(settings)
        if (status.running or status.others) and self._config.engine != engine:
            return "Saved. What is being transcribed begins anew with it."
        return "Saved. It holds from the next recording on."

    def _reload(self) -> list[str]:
        """All or nothing: a configuration with any fault changes nothing.

        Returns why it is not used.
        """
        if self._load is None:
            return ["This daemon was started without a way to read its configuration."]
        self._supervisor.reloading()
        try:
            config = self._load()
        except ConfigError as error:
            refusal = str(error).splitlines()
        else:
            refusal = self._apply(config)
        if refusal:
            log.error("config.refused", report=refusal)
        else:
            log.info("config.applied")
        self._supervisor.reloaded()
        return refusal

    def _apply(self, config: Config) -> list[str]:
        """Returns why it cannot be applied, or nothing."""
        before = self._config
        if (config.folders, config.web) != (before.folders, before.web):
            return ["folders and web change only by a restart"]
        try:
            self._roots.prepare(rules.watched(config))
        except OSError as error:
            return [f"folders: {error}"]
        if config.hooks != before.hooks:
            try:
                hooks = self._new_hooks(config)
            except OSError as error:
                return [f"hooks.secret_file: {error}"]
            self._hooks.close(0.0)
            self._hooks = hooks
            hooks.start()
        self._config = config
        configure(config.logging.format, config.logging.level)
        self._staging.max_size = config.limits.max_size
        if diarizer_shape(config) != diarizer_shape(before):
            self.service.hear_all(self._diarizer.close())  # what it was at is a bystander
            self._diarizer = self._workers.diarizer(config)
        if config.engine != before.engine:
            self._dispatcher.interrupt(State.STAGING, State.RUNNING)
            self._executor.close()
            self._executor = self._workers.engines(config)
            self.service.status = replace(self.service.status, engines={})
            self._executor.warm(time.monotonic())
        if config.watch != before.watch:
            self._inbox.close()
            self._inbox = self._new_inbox()
            self._inbox.start()
        self._parts.become(self._new_parts())
        return []

    def _new_parts(self) -> Parts:
        folders, outputs = self._config.folders, self._config.outputs
        layout = Layout(outputs.max_line_width, outputs.max_lines)
        kept, turned = folders.state / _KEPT, self._roots.turned_read_only
        return Parts(
            ledger=self.ledger,
            rules=rules.rules(self._config, self._trouble, until_done=self._until_done),
            executor=self._executor,
            diarizer=self._diarizer,
            staging=self._staging,
            checkpoints=Checkpoints(folders.state / _HEARD),
            outbox=Outbox(folders.outbox, kept, naming=outputs.naming, layout=layout),
            archive=Archive(folders.archive, folders.inbox, self._after_success, turned),
            quarantine=Quarantine(
                folders.quarantine,
                folders.inbox,
                turned,
                stays=self._after_success == "keep",
            ),
            hooks=self._hooks,
            recognition=self._recognition() if self._after_success == "keep" else None,
        )

    def _recognition(self) -> Recognition:
        config = self._config
        return Recognition(
            config.folders.inbox,
            config.folders.outbox,
            config.outputs.naming,
            config.engine.model,
            lambda name: effective(config, name).options,
            self._clerk,
        )

    @property
    def _after_success(self) -> AfterSuccess:
        """Nothing is taken out of an inbox that may only be read."""
        return "keep" if self._roots.was_read_only("inbox") else self._config.after_success

    def _trouble(self, name: str) -> str | None:
        """Why a folder cannot be used now; an inbox that we only read may be others', too."""
        trouble = self._roots.trouble(name)
        if trouble or name != "inbox" or self._roots.was_read_only("inbox"):
            return trouble
        return self._claim.trouble()

    def _new_hooks(self, config: Config) -> Hooks:
        """Raises OSError where the secret cannot be read."""
        hooks = building.build(
            config, self._notices.notice, lambda notice: self.mailbox.put(Told(notice))
        )
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

    def _new_inbox(self) -> Inbox:
        config = self._config.watch
        ignore = Ignore(config.ignore, config.only)
        watch = Watch(config.method, config.quiet, config.rescan, config.grace, ignore)
        return Inbox(
            self._config.folders.inbox,
            watch,
            self.mailbox.put,
            lambda: self._trouble("inbox"),
            known=[job.source for job in self.ledger.unfinished()],
        )
