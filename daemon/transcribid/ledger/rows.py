"""Jobs as rows of the ledger and back."""

import json
import os
import sqlite3

from transcribid.domain.job import (
    Copy,
    Failure,
    FailureKind,
    Job,
    JobId,
    Moment,
    Plan,
    Source,
    State,
)


def values_of(job: Job) -> dict[str, object]:
    failure, plan, copy = job.failure, job.plan, job.copy
    return {
        "id": job.id,
        "state": job.state,
        "attempt": job.attempt,
        "strikes": job.strikes,
        "waits": job.waits,
        "losses": job.losses,
        "deaths": job.deaths,
        "starvations": job.starvations,
        "not_before": job.not_before,
        "sha256": copy and copy.sha256,
        "inode": copy and copy.inode,
        "ctime_ns": copy and copy.ctime_ns,
        "base": os.fsencode(plan.base) if plan else None,
        "replaces": json.dumps(plan.replaces if plan else ()),
        "kind": failure and failure.kind,
        "message": failure and failure.message,
        "remedy": failure and failure.remedy,
        "detail": failure and failure.detail,
    }


def job_from(row: sqlite3.Row) -> Job:
    return Job(
        id=JobId(row["id"]),
        source=Source(os.fsdecode(row["name"]), row["size"], row["mtime_ns"]),
        admitted=row["admitted"],
        overrides=row["overrides"],
        state=State(row["state"]),
        attempt=row["attempt"],
        urgent=bool(row["urgent"]),
        strikes=row["strikes"],
        waits=row["waits"],
        losses=row["losses"],
        deaths=row["deaths"],
        starvations=row["starvations"],
        not_before=row["not_before"],
        copy=_copy(row),
        plan=_plan(row),
        failure=_failure(row),
    )


def moment_from(row: sqlite3.Row) -> Moment:
    return Moment(row["at"], State(row["state"]), row["event"], row["note"])


def _copy(row: sqlite3.Row) -> Copy | None:
    if row["sha256"] is None:
        return None
    return Copy(row["sha256"], row["inode"], row["ctime_ns"])


def _plan(row: sqlite3.Row) -> Plan | None:
    if row["base"] is None:
        return None
    return Plan(os.fsdecode(row["base"]), tuple(json.loads(row["replaces"])))


def _failure(row: sqlite3.Row) -> Failure | None:
    if row["kind"] is None:
        return None
    return Failure(FailureKind(row["kind"]), row["message"], row["remedy"], row["detail"])
