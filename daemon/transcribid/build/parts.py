"""Builds the parts of the main loop from a configuration."""

from contextlib import ExitStack

from transcribid.build.folders import KEPT, STAGED, WINDOWS, Folders
from transcribid.config import Config
from transcribid.config.per_file import effective
from transcribid.domain.ignore import Ignore
from transcribid.hooks import Hooks, building
from transcribid.inbox import Inbox, Watch
from transcribid.ledger import FILE_NAME, Ledger
from transcribid.outputs.delivery import Layout
from transcribid.service import rules
from transcribid.service.mailbox import JobEvent, Mailbox, NoticeSent
from transcribid.service.parts import Parts, Unusable
from transcribid.storage.archive import Archive
from transcribid.storage.checkpoints import Checkpoints
from transcribid.storage.outbox import Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.recognition import ComparisonThreads, Recognition
from transcribid.storage.staging import Staging
from transcribid.workers.build import Workers, diarizer_shape

CLOSE_TIMEOUT = 10.0  # seconds that hooks and workers have to finish at the end


class PartsBuilder:
    """Keeps the parts that a reload does not replace, and builds the others."""

    def __init__(
        self,
        config: Config,
        folders: Folders,
        ledger: Ledger,
        mailbox: Mailbox,
        opened: ExitStack,
        *,
        until_done: bool,
    ) -> None:
        self._folders = folders
        self._ledger = ledger
        self._mailbox = mailbox
        self._until_done = until_done
        self._staging = self._new_staging(config)
        opened.callback(self._staging.close)
        self._comparison = ComparisonThreads(mailbox.put)
        opened.callback(self._comparison.close)
        self._workers = Workers(mailbox.put)
        opened.callback(self._workers.join, CLOSE_TIMEOUT)
        self._notices = Ledger(config.folders.state / FILE_NAME)  # for the threads of hooks
        opened.callback(self._notices.close)

    def build(
        self, config: Config, before: Config | None = None, old: Parts | None = None
    ) -> Parts:
        """Unchanged parts are taken from `old`. Raises Unusable."""
        paths, outputs = config.folders, config.outputs
        layout = Layout(outputs.max_line_width, outputs.max_lines)
        turned = self._folders.turned_read_only
        after_success = self._folders.after_success(config)
        keeps = after_success == "keep"
        same = _Same(config, before, old)
        return Parts(
            ledger=self._ledger,
            rules=rules.rules(config, self._folders.trouble, until_done=self._until_done),
            inbox=same.inbox or self._new_inbox(config),
            executor=same.executor or self._workers.engines(config),
            diarizer=same.diarizer or self._workers.diarizer(config),
            staging=self._staging,
            checkpoints=Checkpoints(paths.state / WINDOWS),
            outbox=Outbox(
                paths.outbox, paths.state / KEPT, naming=outputs.naming, layout=layout
            ),
            archive=Archive(paths.archive, paths.inbox, after_success, turned),
            quarantine=Quarantine(paths.quarantine, paths.inbox, turned, stays=keeps),
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
            self._comparison,
        )

    def _new_hooks(self, config: Config) -> Hooks:
        """Raises Unusable if the secret cannot be read."""
        try:
            hooks = building.build(
                config,
                self._notices.notice,
                lambda notice: self._mailbox.put(NoticeSent(notice)),
            )
        except OSError as error:
            raise Unusable(f"hooks.secret_file: {error}") from error
        self._ledger.forget_notices(hooks.targets)
        return hooks

    def _new_staging(self, config: Config) -> Staging:
        return Staging(
            config.folders.state / STAGED,
            config.folders.inbox,
            lambda job, outcome: self._mailbox.put(JobEvent(job, outcome)),
            max_size=config.limits.max_size,
            trouble=lambda: self._folders.trouble("inbox"),
        )

    def _new_inbox(self, config: Config) -> Inbox:
        watch = config.watch
        ignore = Ignore(watch.ignore, watch.only)
        return Inbox(
            config.folders.inbox,
            Watch(watch.method, watch.quiet, watch.rescan, watch.grace, ignore),
            self._mailbox.put,
            lambda: self._folders.trouble("inbox"),
            known=[job.source for job in self._ledger.unfinished()],
        )


class _Same:
    """The parts that a changed configuration does not affect."""

    def __init__(self, config: Config, before: Config | None, old: Parts | None) -> None:
        self.inbox = self.executor = self.diarizer = self.hooks = None
        if before is None or old is None:
            return
        self.inbox = old.inbox if config.watch == before.watch else None
        self.executor = old.executor if config.engine == before.engine else None
        self.hooks = old.hooks if config.hooks == before.hooks else None
        alike = diarizer_shape(config) == diarizer_shape(before)
        self.diarizer = old.diarizer if alike else None
