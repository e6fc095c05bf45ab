"""A file arrives and the whole lake works: S3, EventBridge, Step Functions, Glue on real Spark, Lambda, Athena."""

import json
import time

import pytest
from botocore.exceptions import ClientError

import lake
from cloud import Cloud, alive, wait_for, zipped

_END = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")


@pytest.fixture(scope="module")
def names(cloud: Cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="code", Key="job.py", Body=lake.JOB)
    s3.put_object(Bucket="code", Key="helper.zip", Body=zipped(lake.HELPER))
    s3.put_object(Bucket="code", Key="auditor.zip", Body=zipped({"index.js": lake.AUDITOR}))
    return cloud.deploy("lake", lake.resources("code"), lake.OUTPUTS)


def invoke(cloud: Cloud, name: str, event: dict):
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    document = json.load(answer["Payload"])
    assert "FunctionError" not in answer, document
    return document


def run_job(cloud: Cloud, **arguments) -> str:
    given = {f"--{name}": value for name, value in arguments.items()}
    return cloud.client("glue").start_job_run(JobName="orders", Arguments=given)["JobRunId"]


def ended(cloud: Cloud, run: str, seconds: float = 60) -> dict:
    def check():
        found = cloud.client("glue").get_job_run(JobName="orders", RunId=run)["JobRun"]
        return found if found["JobRunState"] in _END else None

    return wait_for(check, seconds, f"run {run}")


def output(cloud: Cloud, run: str, group: str = "output") -> str:
    events = cloud.client("logs").get_log_events(logGroupName=f"/aws-glue/jobs/{group}", logStreamName=run, startFromHead=True)
    return "\n".join(event["message"] for event in events["events"])


def finished(cloud: Cloud, execution: str, seconds: float = 150) -> dict:
    def check():
        found = cloud.client("stepfunctions").describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return wait_for(check, seconds, execution)


def test_a_file_becomes_a_table(cloud: Cloud, names):
    states, s3 = cloud.client("stepfunctions"), cloud.client("s3")
    s3.put_object(Bucket=names["Landing"], Key="elsewhere/a.csv", Body=b"x")
    put = s3.put_object(Bucket=names["Landing"], Key="orders/a.csv",
                        Body=b"id,amount,ordered_at,day\n1,10.50,2026-11-23T10:00:00Z,2026-11-23\n2,0.25,2026-11-23T11:30:00.123456Z,2026-11-24\n")
    started = wait_for(lambda: states.list_executions(stateMachineArn=names["Machine"])["executions"], 10, "an execution")
    assert len(started) == 1
    done = finished(cloud, started[0]["executionArn"])
    assert done["status"] == "SUCCEEDED", (done.get("cause"), cloud.log()[-3000:])
    event = json.loads(done["input"])
    assert event["detail"]["object"]["version-id"] == put["VersionId"]
    assert event["detail"]["object"]["etag"] == put["ETag"].strip('"') and event["detail"]["object"]["size"] > 0
    assert event["detail"]["object"]["sequencer"]
    assert json.loads(done["output"])["state"] == "SUCCEEDED"

    run = cloud.client("glue").get_job_runs(JobName="orders")["JobRuns"][0]
    assert run["JobRunState"] == "SUCCEEDED" and run["ExecutionTime"] > 0
    said = output(cloud, run["Id"])
    assert "rows 2 DONE" in said and "conf two words 3" in said
    arguments = json.loads(said.split("arguments ", 1)[1].splitlines()[0])
    assert arguments["--run_id"] == f"run-{put['VersionId']}" and arguments["--JOB_RUN_ID"] == run["Id"]
    assert arguments["--JOB_NAME"] == "orders" and "--extra-py-files" not in arguments and "--enable-metrics" not in arguments
    statuses = wait_for(lambda: _heard(cloud, names, started[0]["executionArn"], "SUCCEEDED"), 5, "status events")
    assert statuses == ["RUNNING", "SUCCEEDED"]
    ends = [event["detail"] for event in lake.heard(cloud, names["Gold"], "aws.glue")]
    assert [(end["jobName"], end["jobRunId"], end["state"]) for end in ends] == [("orders", run["Id"], "SUCCEEDED")]


def _heard(cloud: Cloud, names, execution: str, last: str) -> list[str] | None:
    events = [event for event in lake.heard(cloud, names["Gold"], "aws.states") if event["detail"]["executionArn"] == execution]
    statuses = [event["detail"]["status"] for event in sorted(events, key=lambda event: event["detail"]["stopDate"] or 0)]
    return statuses if last in statuses else None


def query(cloud: Cloud, sql: str, **more) -> dict:
    athena = cloud.client("athena")
    started = athena.start_query_execution(QueryString=sql, WorkGroup="dlp-test", **more)["QueryExecutionId"]

    def check():
        found = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        return found if found["Status"]["State"] in ("SUCCEEDED", "FAILED") else None

    execution = wait_for(check, 30, sql)
    if execution["Status"]["State"] == "FAILED":
        return {"reason": execution["Status"]["StateChangeReason"]}
    results = athena.get_query_results(QueryExecutionId=started)["ResultSet"]
    return {"types": [column["Type"] for column in results["ResultSetMetadata"]["ColumnInfo"]],
            "rows": [[cell.get("VarCharValue") for cell in row["Data"]] for row in results["Rows"]],
            "location": execution["ResultConfiguration"]["OutputLocation"]}


def test_athena_reads_the_table(cloud: Cloud, names):
    found = query(cloud, "SELECT id, amount, ordered_at, day FROM dlp_test_gold.orders ORDER BY id")
    assert "reason" not in found, found
    assert found["types"] == ["bigint", "decimal", "timestamp with time zone", "date"]
    assert found["rows"] == [["id", "amount", "ordered_at", "day"], ["1", "10.50", "2026-11-23 10:00:00.000000 UTC", "2026-11-23"],
                             ["2", "0.25", "2026-11-23 11:30:00.123456 UTC", "2026-11-24"]]
    bucket, key = found["location"].removeprefix("s3://").split("/", 1)
    assert cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().startswith(b'"id","amount"')
    found = query(cloud, 'SELECT o.day, sum(o.amount) s FROM orders o WHERE orders.id > 0 OR true GROUP BY 1'.replace("orders.id", "o.id"),
                  QueryExecutionContext={"Database": "dlp_test_gold", "Catalog": "AwsDataCatalog"})
    assert sorted(found["rows"][1:]) == [["2026-11-23", "10.50"], ["2026-11-24", "0.25"]]
    assert "does not exist" in query(cloud, "SELECT * FROM dlp_test_gold.nothing")["reason"]
    assert "COLUMN_NOT_FOUND" in query(cloud, "SELECT nothing FROM dlp_test_gold.orders")["reason"]
    assert query(cloud, "SHOW TABLES IN dlp_test_gold")["rows"] == [["orders"]]
    with pytest.raises(ClientError, match="not found"):
        cloud.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="nobody")


def test_a_failed_run_says_why(cloud: Cloud, names):
    run = ended(cloud, run_job(cloud, mode="fail"))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: HEADER_MISMATCH: no such column")
    assert "Traceback" in output(cloud, run["Id"], "error")
    run = ended(cloud, run_job(cloud, mode="exit"))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "EMPTY_FILE: nothing in it")
    run = ended(cloud, run_job(cloud, mode="kill"))
    assert run["JobRunState"] == "FAILED" and "SIGKILL" in run["ErrorMessage"]


def test_passwords_are_struck_out(cloud: Cloud, names):
    secret = cloud.client("secretsmanager").create_secret(
        Name="mart", SecretString=json.dumps({"username": "mart", "password": "very-secret-indeed"}))["ARN"]
    run = ended(cloud, run_job(cloud, mode="secret", mart_secret=secret))
    assert run["ErrorMessage"] == "RuntimeError: cannot log in with ***"
    assert "the secret is ***" in output(cloud, run["Id"])
    logs = list((cloud.state / "logs").rglob("*.log"))
    assert logs and not any("very-secret-indeed" in path.read_text() for path in logs)


def test_stop_timeout_and_limits(cloud: Cloud, names):
    glue = cloud.client("glue")
    first, second = run_job(cloud, mode="sleep"), run_job(cloud, mode="sleep")
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        run_job(cloud, mode="sleep")
    running = wait_for(lambda: [run for run in cloud.health()["glueRuns"] if run["state"] == "RUNNING"], 10, "a run")
    assert cloud.health()["parts"]["spark"] == "busy" and len(cloud.health()["glueRuns"]) == 2
    waiting = second if running[0]["runId"] == first else first
    stopped = glue.batch_stop_job_run(JobName="orders", JobRunIds=[waiting, running[0]["runId"], "nothing"])
    assert len(stopped["SuccessfulSubmissions"]) == 2 and stopped["Errors"][0]["JobRunId"] == "nothing"
    assert ended(cloud, first)["JobRunState"] == ended(cloud, second)["JobRunState"] == "STOPPED"
    assert not alive(running[0]["pid"])
    late = glue.start_job_run(JobName="orders", Arguments={"--mode": "sleep"}, Timeout=1)["JobRunId"]
    assert ended(cloud, late)["JobRunState"] == "TIMEOUT"


def machine(cloud: Cloud, name: str, definition: dict) -> str:
    return cloud.client("stepfunctions").create_state_machine(
        name=name, roleArn="arn:aws:iam::000000000000:role/any", definition=json.dumps(definition))["stateMachineArn"]


def job_state(mode: str, **more) -> dict:
    return {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {"JobName": "orders", "Arguments": {"--mode": mode}}, "End": True, **more}


def execute(cloud: Cloud, definition: dict, name: str) -> str:
    return cloud.client("stepfunctions").start_execution(stateMachineArn=machine(cloud, name, definition))["executionArn"]


def test_a_failed_job_fails_its_task_as_on_aws(cloud: Cloud, names):
    caught = {"StartAt": "Job", "States": {
        "Job": job_state("fail", Catch=[{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Said"}]),
        "Said": {"Type": "Pass", "Parameters": {"cause.$": "States.StringToJson($.error.Cause)", "error.$": "$.error.Error"}, "End": True}}}
    found = json.loads(finished(cloud, execute(cloud, caught, "caught"))["output"])
    assert found["error"] == "States.TaskFailed" and found["cause"]["JobRunState"] == "FAILED"
    assert found["cause"]["ErrorMessage"].endswith("no such column") and isinstance(found["cause"]["StartedOn"], int)
    absent = {"StartAt": "Job", "States": {"Job": {**job_state("x"), "Parameters": {"JobName": "nothing"}}}}
    assert finished(cloud, execute(cloud, absent, "absent"))["error"] == "Glue.EntityNotFoundException"


def test_ending_an_execution_ends_its_run(cloud: Cloud, names):
    states = cloud.client("stepfunctions")
    execution = execute(cloud, {"StartAt": "Job", "States": {"Job": job_state("sleep")}}, "aborted")
    run = wait_for(lambda: [run for run in cloud.health()["glueRuns"] if run["state"] == "RUNNING"], 10, "the run")[0]
    states.stop_execution(executionArn=execution, error="Person", cause="said so")
    assert ended(cloud, run["runId"])["JobRunState"] == "STOPPED"
    assert finished(cloud, execution)["status"] == "ABORTED" and not alive(run["pid"])
    slow = {"StartAt": "Job", "TimeoutSeconds": 2, "States": {"Job": job_state("sleep")}}
    execution = execute(cloud, slow, "slow")
    assert finished(cloud, execution)["status"] == "TIMED_OUT"
    wait_for(lambda: not cloud.health()["glueRuns"], 10, "the run to be stopped")
    assert wait_for(lambda: _heard(cloud, names, execution, "TIMED_OUT"), 5, "the event")
    short = {"StartAt": "Job", "States": {"Job": job_state("sleep", TimeoutSeconds=2)}}
    assert finished(cloud, execute(cloud, short, "short"))["error"] == "States.Timeout"
    wait_for(lambda: not cloud.health()["glueRuns"], 10, "the run to be stopped")


def test_retry_waits_as_it_is_told(cloud: Cloud, names):
    definition = {"StartAt": "Ask", "States": {"Ask": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": names["Auditor"], "Payload": {"action": "break"}}, "End": True,
        "Retry": [{"ErrorEquals": ["Error"], "IntervalSeconds": 1, "BackoffRate": 50, "MaxAttempts": 3, "MaxDelaySeconds": 1,
                   "JitterStrategy": "FULL"}]}}}
    began = time.monotonic()
    done = finished(cloud, execute(cloud, definition, "retried"))
    assert done["error"] == "Error" and "broken on purpose" in done["cause"]
    assert time.monotonic() - began < 15  # without MaxDelaySeconds it were 1 + 50 + 60
    history = cloud.client("stepfunctions").get_execution_history(executionArn=done["executionArn"], maxResults=100)["events"]
    assert sum(event["type"] == "TaskFailed" for event in history) == 4


def test_lambda_environment(cloud: Cloud, names):
    found = invoke(cloud, names["Auditor"], {"action": "environment"})
    assert (found["endpoint"], found["region"], found["own"]) == (cloud.endpoint, "eu-central-1", "mine")
    assert found["authority"] == str(cloud.postgres.tls / "ca.pem") and found["key"] and found["leaked"] == []
    configured = cloud.client("lambda").get_function_configuration(FunctionName=names["Auditor"])["Environment"]["Variables"]
    assert configured["NODE_EXTRA_CA_CERTS"] == "/var/runtime/ca-cert.pem"
