"""Step Functions: the Glue integration, an end to aborted and timed-out executions, and the whole of Retry.

Touches in `ministack.services.stepfunctions`: `_SERVICE_DISPATCH` (extended), `_execute_task`, `_run_execution`,
`_fail_execution`, `_find_matching_retrier`, `_invoke_resource_with_timeout`.
"""

import contextvars
import json
import logging
import random
import threading
import time

from ministack.core.responses import now_iso
from ministack.services import glue, stepfunctions

from . import children
from .glue import jobs
from .seam import need, replace

logger = logging.getLogger("dlp_local.stepfunctions")

_POLL = 0.25
_END = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED")


class _Task:
    """The task that this thread works for: lets an integration see that nobody waits for it any more."""

    def __init__(self, execution):
        self.execution = execution
        self.given_up = threading.Event()

    def over(self) -> bool:
        return self.given_up.is_set() or (self.execution or {}).get("status", "RUNNING") != "RUNNING"


_task: contextvars.ContextVar[_Task | None] = contextvars.ContextVar("dlp_sfn_task", default=None)


def install() -> None:
    need(stepfunctions, "_SERVICE_DISPATCH", "_ExecutionError", "_emit_execution_status_event", "_add_event",
         "_scaled_sleep", "_error_matches", "_executions", "_state_machines")
    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::glue:startJobRun"] = _start_job_run
    replace(stepfunctions, "_execute_task", _in_task)
    replace(stepfunctions, "_run_execution", _with_timeout)
    replace(stepfunctions, "_fail_execution", _unless_over)
    replace(stepfunctions, "_find_matching_retrier", lambda _: _find_retrier)
    replace(stepfunctions, "_invoke_resource_with_timeout", _give_up_on_timeout)


# ---- glue:startJobRun ----

def _start_job_run(resource, arguments):
    request = {key: value for key, value in arguments.items() if value is not None}
    if isinstance(request.get("Arguments"), dict):
        # ASL can only build strings and numbers; Glue's API wants strings.
        request["Arguments"] = {key: value if isinstance(value, str) else json.dumps(value)
                                for key, value in request["Arguments"].items()}
    task = _task.get()
    if task and task.over():
        raise stepfunctions._ExecutionError("States.TaskFailed", "the execution is over")
    status, _, body = glue._start_job_run(request)
    answer = json.loads(body)
    if status >= 400:
        code = answer.get("__type", "GlueException").rsplit("#", 1)[-1]
        raise stepfunctions._ExecutionError(f"Glue.{code}", f"{answer.get('message', '')} (Service: AWSGlue; "
                                            f"Status Code: {status}; Error Code: {code})")
    if ".sync" not in resource:
        return answer
    run = jobs.find(request["JobName"], answer["JobRunId"])
    while run["JobRunState"] not in _END:
        if (task and task.over()) or children.closing.is_set():
            jobs.stop(run)
            raise stepfunctions._ExecutionError("States.TaskFailed", _cause(run))
        time.sleep(_POLL)
    if run["JobRunState"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", _cause(run))
    return _job_run(run)


def _cause(run) -> str:
    return json.dumps(_job_run(run))


def _job_run(run) -> dict:
    """GetJobRun's JobRun as Step Functions writes it: times in milliseconds, what is unset left out."""
    document = {}
    for key, value in run.items():
        if value in (None, "") or key.startswith("_"):
            continue
        document[key] = int(value * 1000) if key in ("StartedOn", "CompletedOn", "LastModifiedOn") else value
    return document


# ---- executions that end before their task does ----

def _in_task(execute):
    def execute_task(state, raw_input, execution, context):
        token = _task.set(_Task(execution))
        try:
            return execute(state, raw_input, execution, context)
        finally:
            _task.reset(token)

    return execute_task


def _give_up_on_timeout(invoke):
    def invoke_with_timeout(resource, input_data, timeout):
        outer = _task.get()
        task = _Task(outer.execution if outer else None)
        token = _task.set(task)
        try:
            return invoke(resource, input_data, timeout)
        except stepfunctions._ExecutionError as error:
            if error.error == "States.Timeout":
                task.given_up.set()
            raise
        finally:
            _task.reset(token)

    return invoke_with_timeout


def _unless_over(fail):
    def fail_execution(execution, error, cause):
        # A task that fails because its execution was aborted or timed out must not turn that into FAILED.
        if execution.get("status") == "RUNNING":
            fail(execution, error, cause)

    return fail_execution


def _with_timeout(run):
    def run_execution(arn):
        execution = stepfunctions._executions.get(arn)
        seconds = _timeout_of(execution)
        if seconds:
            context = contextvars.copy_context()
            timer = threading.Timer(seconds, context.run, args=(_time_out, execution))
            timer.daemon = True
            timer.start()
        return run(arn)

    return run_execution


def _timeout_of(execution) -> float | None:
    machine = stepfunctions._state_machines.get((execution or {}).get("stateMachineArn"))
    try:
        return json.loads(machine["definition"]).get("TimeoutSeconds")
    except (TypeError, KeyError, ValueError):
        return None  # the interpreter reports a broken definition itself


def _time_out(execution) -> None:
    if execution["status"] != "RUNNING":
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = now_iso()
    execution["error"] = "States.Timeout"
    stepfunctions._add_event(execution, "ExecutionTimedOut",
                             {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
    stepfunctions._emit_execution_status_event(execution)


# ---- Retry ----

def _find_retrier(retriers, error, counts):
    """The retrier that matches, after its wait: MaxDelaySeconds and JitterStrategy are respected, an abort ends the wait.

    MiniStack's caller sleeps `IntervalSeconds` itself and knows neither field, so it is told to wait no longer.
    """
    for index, retrier in enumerate(retriers):
        if not stepfunctions._error_matches(retrier.get("ErrorEquals", []), error):
            continue
        count = counts.get(index, 0)
        if count >= retrier.get("MaxAttempts", 3):
            return None, -1
        task = _task.get()
        _wait(_delay(retrier, count), task)
        if task and task.over():
            return None, -1
        return {**retrier, "IntervalSeconds": 0}, index
    return None, -1


def _delay(retrier, count) -> float:
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay


def _wait(seconds, task) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and not children.closing.is_set():
        if task and task.over():
            return
        time.sleep(min(left, _POLL))
