"""Several executors seen as one."""

from collections.abc import Mapping, Sequence

from transcribid.domain.job import JobId
from transcribid.protocol.engine import Request
from transcribid.workers import Executor


class Pool:
    def __init__(self, members: Sequence[Executor]) -> None:
        self._members = members

    def free_slots(self) -> int:
        return sum(member.free_slots() for member in self._members)

    def warm(self) -> None:
        for member in self._members:
            member.warm()

    def start(self, request: Request) -> None:
        max(self._members, key=lambda member: member.free_slots()).start(request)

    def stop(self, job: JobId) -> None:
        for member in self._members:
            member.stop(job)

    def tend(self, now: float) -> None:
        for member in self._members:
            member.tend(now)

    def memory(self) -> Mapping[int, int]:
        return {
            number: size for member in self._members for number, size in member.memory().items()
        }

    def close(self) -> None:
        for member in self._members:
            member.close()
