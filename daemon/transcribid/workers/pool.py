"""Several executors used as one."""

from collections.abc import Mapping, Sequence

from transcribid.domain.job import JobId
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Request
from transcribid.workers import Executor, News


class Pool:
    def __init__(self, members: Sequence[Executor]) -> None:
        self._members = members

    def free_slots(self) -> int:
        return sum(member.free_slots() for member in self._members)

    def warm(self, now: float) -> None:
        for member in self._members:
            member.warm(now)

    def start(self, request: Request, now: float) -> None:
        max(self._members, key=lambda member: member.free_slots()).start(request, now)

    def stop(self, job: JobId) -> None:
        for member in self._members:
            member.stop(job)

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        """A child has one owner; the others return no news."""
        return [news for member in self._members for news in member.receive(output, now)]

    def tend(self, now: float) -> list[News]:
        return [news for member in self._members for news in member.tend(now)]

    def memory(self) -> Mapping[int, int]:
        return {
            number: size for member in self._members for number, size in member.memory().items()
        }

    def close(self) -> list[News]:
        return [news for member in self._members for news in member.close()]
