"""Answers commands."""

from collections.abc import Callable

import structlog

from transcribid.ledger import LedgerFull
from transcribid.service.mailbox import Command, Declined

log = structlog.get_logger()


def answer(command: Command, work: Callable[[], str | None]) -> None:
    """Answer with the sentence that `work` returns, or why it declined; None: not yet.

    Raises LedgerFull, after answering with it.
    """
    try:
        sentence = work()
    except Declined as declined:
        command.answer.set_exception(declined)
    except OSError as error:
        message = f"Storage error: {error.strerror or error}."
        command.answer.set_exception(Declined(message))
    except LedgerFull as full:
        command.answer.set_exception(Declined(str(full)))
        raise
    else:
        if sentence is not None:
            verb, job = command.verb.value, command.job
            log.info("command.obeyed", command=verb, job=job, answer=sentence)
            command.answer.set_result(sentence)
