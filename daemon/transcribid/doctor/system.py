"""The system: kernel, supervisor, container, memory and cores."""

import os
import platform
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from transcribid.doctor import child
from transcribid.doctor.answers import Landlock, Located
from transcribid.doctor.child import Death, Finished
from transcribid.doctor.finding import Finding, Level
from transcribid.process import limits

_AREA = "system"
_CONTAINERS = {"/run/.containerenv": "Podman", "/.dockerenv": "Docker"}
_MEMORY_FACTOR = 1.5  # memory that a model needs, relative to its size, roughly
_FEW_WATCHES = 8192


def findings(model: Located | Death) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    what = f"{platform.system()} {platform.release()}, {platform.machine()}, {cores} cores"
    yield Finding(_AREA, what)
    yield Finding(_AREA, _supervisor())
    if os.geteuid() == 0:
        why = "The daemon's user may lack permissions that root has."
        remedy = "Run the doctor as the daemon's user: sudo -u USER transcribid doctor"
        yield Finding(_AREA, "The doctor runs as root", Level.NOTE, why, remedy)
    yield _confinement()
    yield from _memory(model)
    yield _inotify()


def _supervisor() -> str:
    parts = [name for path, name in _CONTAINERS.items() if Path(path).exists()]
    if not parts and re.search("docker|kubepods|lxc|libpod", _read("/proc/1/cgroup")):
        parts = ["a container"]
    if os.environ.get("NOTIFY_SOCKET") or os.environ.get("INVOCATION_ID"):
        parts.append("a systemd unit")
    inside = f"In {', '.join(parts)}" if parts else "Not in a container or systemd unit"
    privileges = re.search(r"NoNewPrivs:\s*1", _read("/proc/self/status"))
    more = "; NoNewPrivs is set" if privileges else ""
    return f"{inside}{_systemd()}{more}"


def _systemd() -> str:
    if not shutil.which("systemctl"):
        return ""
    outcome = child.run(("systemctl", "--version"), limit=10.0)
    found = (
        re.match(rb"systemd (\d+)", outcome.stdout) if isinstance(outcome, Finished) else None
    )
    return f"; systemd {found[1].decode()} is installed" if found else ""


def _confinement() -> Finding:
    outcome = child.ask("landlock", Landlock)
    level = outcome.level if isinstance(outcome, Landlock) else 0
    offers = f"supports Landlock, ABI {level}" if level else "lacks Landlock"
    why = (
        "Recordings are opened in a separate process that allows only known formats and codecs"
        " and no protocols. It is not yet confined by Landlock or seccomp."
    )
    return Finding(_AREA, f"The kernel {offers}; the daemon does not use it", Level.NOTE, why)


def _memory(model: Located | Death) -> Iterator[Finding]:
    limit = limits.limit()
    what = f"Memory: {limit >> 20} MiB"
    needed = int(model.size * _MEMORY_FACTOR) if isinstance(model, Located) else 0
    if needed > limit:
        why = f"The model needs about {needed >> 20} MiB; the kernel would kill the engine."
        remedy = "Raise the limit (MemoryMax=, --memory), or use a smaller engine.model."
        yield Finding(_AREA, what, Level.WARNING, why, remedy)
        return
    yield Finding(_AREA, what)


def _inotify() -> Finding:
    names = ("max_user_watches", "max_user_instances", "max_queued_events")
    limits = [_read(f"/proc/sys/fs/inotify/{name}").strip() for name in names]
    watches, watchers, events = limits
    what = f"inotify limits: {watches} watches, {watchers} instances, {events} queued events"
    if watches.isdigit() and int(watches) < _FEW_WATCHES:
        why = "Each inbox subfolder needs a watch; without one, the inbox is polled."
        remedy = "sysctl fs.inotify.max_user_watches=65536"
        return Finding(_AREA, what, Level.NOTE, why, remedy)
    return Finding(_AREA, what)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
