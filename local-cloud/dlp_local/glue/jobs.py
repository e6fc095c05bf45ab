"""Glue's job runs: which may start, which wait for Spark, how they are stopped, and the events they send.

Touches in `ministack.services.glue`: `_start_job_run`, `_batch_stop_job_run`, `_create_job`, `_update_job`, `_get_job_runs`;
`provisioners._glue_job_fields`; `eventbridge._put_events`; `stepfunctions._executions` after a restart.
"""

import contextvars
import json
import logging
import os
import threading
import time

from ministack.core.responses import error_response_json, json_response, set_request_account_id, set_request_region
from ministack.services import eventbridge, glue, stepfunctions
from ministack.services.cloudformation import provisioners

from .. import children
from ..seam import need, replace
from ..settings import ACCOUNT, Settings
from . import logs, runner, spark

logger = logging.getLogger("dlp_local.glue")

_ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")
# What MiniStack's record of a job leaves out.
_MORE_FIELDS = ("ExecutionProperty", "ExecutionClass", "NotificationProperty", "LogUri", "MaintenanceWindow", "JobRunQueuingEnabled")
_DEFAULT_TIMEOUT = 2880

_settings: Settings | None = None
_slots: threading.Semaphore
_runners: dict[str, runner.Runner] = {}
_active: dict[str, dict] = {}
_cancelled: set[str] = set()
_lock = threading.Lock()
_interrupted: list[dict] = []


def install(settings: Settings) -> None:
    global _settings, _slots
    _settings, _slots = settings, threading.Semaphore(settings.spark_slots)
    spark.configure(settings)
    logs.install()
    runner.install()
    need(glue, "_jobs", "_job_runs")
    need(eventbridge, "_put_events")
    replace(glue, "_start_job_run", lambda _: _start)
    replace(glue, "_batch_stop_job_run", lambda _: _batch_stop)
    replace(glue, "_create_job", _keep_more_fields("Name", lambda data: data))
    replace(glue, "_update_job", _keep_more_fields("JobName", lambda data: data.get("JobUpdate", {})))
    replace(glue, "_get_job_runs", lambda _: _get_job_runs)
    replace(provisioners, "_glue_job_fields", lambda original: lambda props: {
        **original(props), **{name: props[name] for name in _MORE_FIELDS if name in props}})


# ---- the API ----

def _keep_more_fields(name_key, fields_of):
    def make(original):
        def action(data):
            answer = original(data)
            if answer[0] < 400:
                fields = fields_of(data)
                glue._jobs[data[name_key]].update({key: fields[key] for key in _MORE_FIELDS if key in fields})
            return answer

        return action

    return make


def _start(data):
    name = data.get("JobName")
    job = glue._jobs.get(name)
    if not job:
        return error_response_json("EntityNotFoundException", f"Failed to start job run due to missing metadata: {name}", 400)
    with _lock:
        runs = glue._job_runs.setdefault(name, [])
        allowed = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
        if sum(run["JobRunState"] in _ACTIVE for run in runs) >= allowed:
            return error_response_json("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}", 400)
        run = _record(job, data)
        runs.append(run)
        _active[run["Id"]] = run
    # The copy carries the caller's account and region into the thread.
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_run, dict(job), run), name=f"glue-{run['Id'][:11]}", daemon=True).start()
    return json_response({"JobRunId": run["Id"]})


def _record(job, data) -> dict:
    now = time.time()
    return {
        "Id": f"jr_{os.urandom(32).hex()}", "JobName": job["Name"], "JobMode": "SCRIPT", "Attempt": 0,
        "StartedOn": now, "LastModifiedOn": now, "CompletedOn": None, "JobRunState": "STARTING",
        "Arguments": {name: str(value) for name, value in (data.get("Arguments") or {}).items()},
        "ErrorMessage": None, "PredecessorRuns": [], "ExecutionTime": 0,
        "Timeout": data.get("Timeout") or job.get("Timeout") or _DEFAULT_TIMEOUT,
        "AllocatedCapacity": int(job.get("MaxCapacity") or job.get("NumberOfWorkers") or 2),
        "MaxCapacity": float(job.get("MaxCapacity") or job.get("NumberOfWorkers") or 2),
        "WorkerType": data.get("WorkerType") or job.get("WorkerType"),
        "NumberOfWorkers": data.get("NumberOfWorkers") or job.get("NumberOfWorkers"),
        "SecurityConfiguration": data.get("SecurityConfiguration") or job.get("SecurityConfiguration") or None,
        "LogGroupName": "/aws-glue/jobs", "GlueVersion": job.get("GlueVersion"),
        "ExecutionClass": job.get("ExecutionClass") or "STANDARD",
    }


def _get_job_runs(data):
    """Newest first, as Glue answers; MiniStack answers oldest first and ignores the page size."""
    name = data.get("JobName")
    if name not in glue._jobs:
        return error_response_json("EntityNotFoundException", f"Job {name} not found", 400)
    runs = list(reversed(glue._job_runs.get(name, [])))
    begin, size = int(data.get("NextToken") or 0), int(data.get("MaxResults") or 200)
    answer = {"JobRuns": runs[begin:begin + size]}
    if begin + size < len(runs):
        answer["NextToken"] = str(begin + size)
    return json_response(answer)


def _batch_stop(data):
    name, stopped, errors = data.get("JobName"), [], []
    for run_id in data.get("JobRunIds", []):
        run = find(name, run_id)
        if run and stop(run):
            stopped.append({"JobName": name, "JobRunId": run_id})
            continue
        code, message = (("EntityNotFoundException", f"Job run {run_id} not found") if not run else
                         ("InvalidInputException", f"Run is in state {run['JobRunState']}"))
        errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": message}})
    return json_response({"SuccessfulSubmissions": stopped, "Errors": errors})


# ---- for the other seams ----

def find(job_name: str, run_id: str) -> dict | None:
    return next((run for run in glue._job_runs.get(job_name, []) if run["Id"] == run_id), None)


def stop(run: dict) -> bool:
    with _lock:
        if run["JobRunState"] not in _ACTIVE:
            return False
        run["JobRunState"] = "STOPPING"
        _cancelled.add(run["Id"])
        if run["Id"] in _runners:
            _runners[run["Id"]].cancel()
    return True


def active_runs() -> list[dict]:
    with _lock:
        return [{"runId": run["Id"], "jobName": run["JobName"], "state": run["JobRunState"],
                 "pid": _runners[run["Id"]].pid if run["Id"] in _runners else None} for run in _active.values()]


def health() -> str:
    if not any(_settings.jars.glob("iceberg-spark-runtime-*.jar")):
        return f"down: no Iceberg jar in {_settings.jars}; run `npm run setup`"
    running = sum(run["state"] == "RUNNING" for run in active_runs())
    return "busy" if running >= _settings.spark_slots else "ok"


# ---- one run ----

def _run(job: dict, run: dict) -> None:
    run_id, began = run["Id"], None
    state, message = "STOPPED", ""
    try:
        if _take_slot(run):
            try:
                began = time.time()
                state, message = _execute(job, run)
            finally:
                _slots.release()
    except Exception as error:  # a defect here must be seen as a failed run, not as one that never ends
        logger.exception("run %s", run_id)
        state, message = "FAILED", f"local cloud: {error}"
    with _lock:
        now = time.time()
        run.update({"CompletedOn": now, "LastModifiedOn": now, "ErrorMessage": message or None,
                    "ExecutionTime": int(now - began) if began else 0, "JobRunState": state})
        _active.pop(run_id, None)
        _runners.pop(run_id, None)
        _cancelled.discard(run_id)
    _announce(run)


def _take_slot(run: dict) -> bool:
    while not _slots.acquire(timeout=0.2):
        with _lock:
            if run["Id"] in _cancelled or children.closing.is_set():
                return False
            run["JobRunState"] = "WAITING"
    return True


def _execute(job: dict, run: dict) -> tuple[str, str]:
    arguments = runner.arguments_of(job, run["Id"], run["Arguments"])
    work = runner.Runner(_settings, job, run["Id"], arguments, float(run["Timeout"]))
    with _lock:
        if run["Id"] in _cancelled:
            return "STOPPED", ""
        _runners[run["Id"]] = work
        run.update({"JobRunState": "RUNNING", "StartedOn": time.time(), "LastModifiedOn": time.time()})
    return work.run()


def _announce(run: dict) -> None:
    severity = {"SUCCEEDED": "INFO", "STOPPED": "INFO", "TIMEOUT": "WARN"}.get(run["JobRunState"], "ERROR")
    message = run["ErrorMessage"] or {"SUCCEEDED": "Job run succeeded", "STOPPED": "Job run stopped"}.get(run["JobRunState"], "")
    eventbridge._put_events({"Entries": [{
        "Source": "aws.glue", "DetailType": "Glue Job State Change", "Resources": [],
        "Detail": json.dumps({"jobName": run["JobName"], "severity": severity, "state": run["JobRunState"],
                              "jobRunId": run["Id"], "message": message})}]}, allow_aws_source=True)


# ---- after a restart ----

def fail_interrupted() -> None:
    """Runs and executions that the last process did not finish are over; those who wait for them must hear of it."""
    for runs in glue._job_runs.all_values():
        for run in runs:
            if run["JobRunState"] in _ACTIVE:
                run.update({"JobRunState": "FAILED", "CompletedOn": time.time(),
                            "ErrorMessage": "the local cloud ended while this run was running"})
                _interrupted.append(run)


def announce_interrupted() -> None:
    set_request_account_id(ACCOUNT)
    set_request_region(_settings.region)
    for run in _interrupted:
        _announce(run)
    for execution in stepfunctions._executions.values():
        # MiniStack ends these on restore, and tells nobody.
        if execution.get("error") == "States.ServiceRestart" and not execution.get("_announced"):
            execution["_announced"] = True
            stepfunctions._emit_execution_status_event(execution)
