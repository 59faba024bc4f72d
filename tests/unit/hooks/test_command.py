"""Commands that say too much, read nothing, or have no disk."""

import json
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from transcribid.domain.news import Notice
from transcribid.hooks.command import CommandTarget
from transcribid.hooks.courier import NotDelivered

_WITHOUT_DISK = """
import resource, sys
from pathlib import Path
from transcribid.domain.news import Notice
from transcribid.hooks.command import CommandTarget

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
notice = Notice(1, "t", "k", sys.argv[1], 0.0)
CommandTarget(("grep", "-q", "outputs"), Path(), 10.0).send(notice)
"""


def shell(script: str, folder: Path, timeout: float = 60.0) -> CommandTarget:
    return CommandTarget(("sh", "-c", script), folder, timeout)


def refusal(command: CommandTarget, notice: Notice) -> str:
    with pytest.raises(NotDelivered) as refused:
        command.send(notice)
    return str(refused.value)


def test_a_talkative_command_fills_neither_memory_nor_disk(
    tmp_path: Path, notice: Notice
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    script = 'head -c 200000000 /dev/zero | tr "\\0" e >&2; echo " the end" >&2; exit 1'

    said = refusal(shell(script, tmp_path), notice)
    assert said == f"It exited with 1: {'e' * 292} the end"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_a_command_is_told_where_no_file_can_be_written(notice: Notice) -> None:
    words = [sys.executable, "-P", "-c", _WITHOUT_DISK, notice.facts]
    told = subprocess.run(words, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr


def test_a_command_gets_more_than_a_pipe_holds(tmp_path: Path, notice: Notice) -> None:
    facts = json.dumps({**json.loads(notice.facts), "more": "x" * 10**6})

    shell("sleep 0.2; cat > input", tmp_path).send(replace(notice, facts=facts))
    assert (tmp_path / "input").read_text() == facts


def test_a_command_that_reads_nothing_still_has_to_end_in_time(
    tmp_path: Path, notice: Notice
) -> None:
    facts = json.dumps({**json.loads(notice.facts), "more": "x" * 10**6})

    said = refusal(shell("sleep 60", tmp_path, 0.3), replace(notice, facts=facts))
    assert said == "It did not finish within 0.3 seconds."


def test_a_command_that_talks_without_end_is_ended(tmp_path: Path, notice: Notice) -> None:
    assert "did not finish" in refusal(shell("yes >&2", tmp_path, 0.3), notice)


def test_what_a_command_leaves_talking_holds_nothing_up(tmp_path: Path, notice: Notice) -> None:
    said = refusal(shell("yes >&2 & sleep 0.1; exit 3", tmp_path), notice)
    assert said.startswith("It exited with 3: ")


def test_a_fact_may_hold_what_no_environment_takes(tmp_path: Path, notice: Notice) -> None:
    facts = json.dumps({**json.loads(notice.facts), "reason": "a\0b"})

    shell('printf %s "$TRANSCRIBID_REASON" > told', tmp_path).send(replace(notice, facts=facts))
    assert (tmp_path / "told").read_text() == "ab"
