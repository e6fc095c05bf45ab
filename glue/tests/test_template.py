"""What `dlp etl new` writes: its tests pass as written, and its state machine always closes what it opened."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT, render_template

VARIABLES = {"JobAuditorArn", "GlueJobName", "TopicArn", "JobName"}


@pytest.fixture(scope="module")
def workflow(template_job):
    return yaml.safe_load((template_job / "workflow.asl.yaml").read_text())


@pytest.fixture
def states(workflow):
    return workflow["States"]


def successors(state):
    """Every state that may follow."""
    return {state.get("Next"), state.get("Default"), *[choice["Next"] for choice in state.get("Choices", [])],
            *[catch["Next"] for catch in state.get("Catch", [])]} - {None}


def test_its_own_tests_pass_as_written(tmp_path):
    job = render_template(tmp_path / "daily_orders", "daily_orders", "DailyOrders")
    text = "".join(path.read_text() for path in job.rglob("*") if path.is_file())
    assert "__JOB" not in text and (job / "sample" / "daily_orders.csv").is_file()
    environment = {**os.environ, "DLP_ETL_LIB": str(ROOT / "glue" / "lib"), "SPARK_LOCAL_IP": "127.0.0.1"}
    for name in [name for name in environment if name.startswith("PYSPARK_") or name == "SPARK_ENV_LOADED"]:
        del environment[name]
    ended = subprocess.run([sys.executable, "-m", "pytest", "-q", str(job)], env=environment, cwd=tmp_path, text=True,
                           capture_output=True, timeout=120)
    assert ended.returncode == 0, ended.stdout
    assert "5 passed" in ended.stdout


def test_it_uses_the_variables_that_the_deployment_fills_in(template_job, workflow):
    text = (template_job / "workflow.asl.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == VARIABLES
    assert workflow["TimeoutSeconds"] > workflow["States"]["RunGlueJob"]["TimeoutSeconds"]


def test_every_task_has_a_limit_retries_and_a_way_out(states):
    for name, state in states.items():
        if state["Type"] != "Task":
            continue
        assert state["TimeoutSeconds"] > 0, name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"] and "ResultPath" in state["Catch"][-1], name
        for retry in state["Retry"]:
            if retry["MaxAttempts"] == 0:  # what asking again cannot mend
                assert retry["ErrorEquals"] == ["SourceMissing"], name
                continue
            assert {"BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxAttempts"} <= set(retry), name


def test_every_state_is_there_and_can_be_reached(workflow, states):
    reached, left = set(), [workflow["StartAt"]]
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += successors(states[name])
    assert reached == set(states)


def test_what_was_opened_is_closed_on_every_way_out(states):
    def ends(name, closed):
        state = states[name]
        closed = closed or state.get("Parameters", {}).get("Payload", {}).get("action") in ("close", "fail")
        if state["Type"] in ("Succeed", "Fail"):
            return {(name, closed)}
        return set().union(*[ends(next_name, closed) for next_name in successors(state)])

    # A file that is loaded already never got a row of its own that could stay open.
    assert {name for name, closed in ends("RunGlueJob", False) if not closed} == set()
    assert {name for name, _ in ends("CloseAudit", True)} == {"Loaded", "AlreadyLoaded", "Failed", "FailedUnaudited"}


def test_a_job_that_failed_is_not_tried_again_but_one_that_found_no_room_is(states):
    names = [name for retry in states["RunGlueJob"]["Retry"] for name in retry["ErrorEquals"]]
    assert "Glue.ConcurrentRunsExceededException" in names
    assert not {"States.ALL", "States.TaskFailed", "States.Timeout"} & set(names)


def test_success_is_called_success_and_a_lost_notification_changes_no_verdict(states):
    assert states["NotifySuccess"]["Parameters"]["Subject"].endswith("run succeeded")
    assert "FAILED" in states["NotifyFailure"]["Parameters"]["Subject"]
    for name, end in {"NotifySuccess": "Loaded", "NotifyFailure": "Failed", "NotifyUnaudited": "FailedUnaudited"}.items():
        assert successors(states[name]) == {end}
    assert (states["Loaded"]["Type"], states["Failed"]["Type"], states["FailedUnaudited"]["Type"]) == ("Succeed", "Fail", "Fail")
    [succeeded] = [choice for choice in states["DidItAddUp"]["Choices"] if choice["Next"] == "NotifySuccess"]
    assert succeeded == {"Variable": "$.close.status", "StringEquals": "SUCCEEDED", "Next": "NotifySuccess"}
    assert states["DidItAddUp"]["Default"] == "NotifyFailure"
