"""What the emulator holds is there after a restart, and nothing it started is there after its end."""

import json
import signal
from pathlib import Path

import psycopg
import pytest

import lake
from cloud import Cloud, alive, wait_for, zipped
from test_lake import invoke
from test_rds import instance


@pytest.fixture(scope="module")
def again(postgres, tmp_path_factory):
    emulator = Cloud(tmp_path_factory.mktemp("again"), postgres)
    emulator.start()
    yield emulator
    emulator.stop()


def test_restart(again: Cloud):
    s3 = again.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="code", Key="job.py", Body=lake.JOB)
    s3.put_object(Bucket="code", Key="helper.zip", Body=zipped(lake.HELPER))
    s3.put_object(Bucket="code", Key="auditor.zip", Body=zipped({"index.js": lake.AUDITOR}))
    mart = instance(DBName="kept", MasterUsername="kept_admin", ManageMasterUserPassword=True)
    resources = {**lake.resources("code"), "Mart": mart, "Query": {
        "Type": "AWS::Logs::QueryDefinition", "Properties": {"Name": "kept", "QueryString": "filter 1"}}}
    names = again.deploy("lake", resources, {**lake.OUTPUTS, "Mart": {"Ref": "Mart"}, "Port": {"Fn::GetAtt": ["Mart", "Endpoint.Port"]}})
    old = s3.put_object(Bucket=names["Landing"], Key="x/a", Body=b"old")["VersionId"]
    s3.put_object(Bucket=names["Landing"], Key="x/a", Body=b"new")
    s3.put_object(Bucket=names["Gold"], Key="x/€ &?.txt", Body=b"1")
    lambda_process = invoke(again, names["Auditor"], {"action": "environment"})["pid"]
    sleeping = json.dumps({"StartAt": "Job", "States": {"Job": {
        "Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True,
        "Parameters": {"JobName": "orders", "Arguments": {"--mode": "sleep"}}}}})
    machine = again.client("stepfunctions").create_state_machine(name="sleeping", roleArn="arn:aws:iam::000000000000:role/a",
                                                                definition=sleeping)["stateMachineArn"]
    execution = again.client("stepfunctions").start_execution(stateMachineArn=machine)["executionArn"]
    run = wait_for(lambda: [run for run in again.health()["glueRuns"] if run["pid"]], 10, "a run")[0]

    assert again.stop() == 0
    wait_for(lambda: not alive(lambda_process) and not alive(run["pid"]), 5, "the children to end")
    assert list((again.state / "tmp").glob("ministack-lambda-*")) == []
    again.start()

    stacks = {stack["StackName"]: stack["StackStatus"] for stack in again.client("cloudformation").describe_stacks()["Stacks"]}
    assert stacks == {"lake": "CREATE_COMPLETE"}
    assert s3.get_object(Bucket=names["Landing"], Key="x/a")["Body"].read() == b"new"
    assert s3.get_object(Bucket=names["Landing"], Key="x/a", VersionId=old)["Body"].read() == b"old"
    assert s3.get_object(Bucket=names["Gold"], Key="x/€ &?.txt")["Body"].read() == b"1"
    assert s3.get_bucket_versioning(Bucket=names["Landing"])["Status"] == "Enabled"
    assert again.client("glue").get_database(Name="dlp_test_gold") and again.client("glue").get_job(JobName="orders")
    assert again.client("glue").get_job(JobName="orders")["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 2}
    assert again.client("athena").get_work_group(WorkGroup="dlp-test")
    assert again.client("logs").describe_query_definitions()["queryDefinitions"][0]["name"] == "kept"
    described = again.client("rds").describe_db_instances(DBInstanceIdentifier=names["Mart"])["DBInstances"][0]
    assert described["Endpoint"]["Port"] == again.postgres.port and described["DBInstanceStatus"] == "available"
    login = json.loads(again.client("secretsmanager").get_secret_value(
        SecretId=described["MasterUserSecret"]["SecretArn"])["SecretString"])
    psycopg.connect(host="127.0.0.1", port=again.postgres.port, dbname="kept", user=login["username"], password=login["password"]).close()

    interrupted = again.client("glue").get_job_run(JobName="orders", RunId=run["runId"])["JobRun"]
    assert interrupted["JobRunState"] in ("STOPPED", "FAILED")
    assert again.client("stepfunctions").describe_execution(executionArn=execution)["status"] == "FAILED"
    # The rule still fires, the Lambda still has its code, and both heard of the execution that did not survive.
    wait_for(lambda: [event for event in lake.heard(again, names["Gold"], "aws.states")
                      if event["detail"]["executionArn"] == execution and event["detail"]["status"] == "FAILED"], 10, "its end")
    s3.put_object(Bucket=names["Landing"], Key="orders/b.csv", Body=b"id,amount,ordered_at,day\n")
    started = wait_for(lambda: again.client("stepfunctions").list_executions(stateMachineArn=names["Machine"])["executions"], 10, "a start")
    again.client("stepfunctions").stop_execution(executionArn=started[0]["executionArn"])
    wait_for(lambda: not again.health()["glueRuns"], 15, "its run to end")

    for bucket in (names["Landing"], names["Gold"]):
        for kind in ("Versions", "DeleteMarkers"):
            for item in s3.list_object_versions(Bucket=bucket).get(kind, []):
                s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
    again.destroy("lake")


def test_a_job_does_not_outlive_a_killed_emulator(again: Cloud):
    glue, s3 = again.client("glue"), again.client("s3")
    s3.put_object(Bucket="code", Key="sleep.py", Body="import subprocess, time\nsubprocess.Popen(['sleep', '97531'])\ntime.sleep(60)")
    glue.create_job(Name="sleeper", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://code/sleep.py"})
    glue.start_job_run(JobName="sleeper")
    run = wait_for(lambda: [run for run in again.health()["glueRuns"] if run["pid"]], 10, "a run")[0]
    wait_for(lambda: _processes("97531"), 10, "what it started")
    again.stop(signal.SIGKILL)
    wait_for(lambda: not alive(run["pid"]) and not _processes("97531"), 10, "the job to end")
    again.start()


def test_an_interrupted_stack_is_not_waited_for(again: Cloud):
    s3, formation = again.client("s3"), again.client("cloudformation")
    s3.put_object(Bucket="code", Key="silent.zip", Body=zipped({"index.js": "exports.handler = async () => 'no answer';"}))
    formation.create_stack(StackName="silent", TemplateBody=json.dumps({"Resources": {
        "Silent": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "nodejs24.x", "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/any",
            "Code": {"S3Bucket": "code", "S3Key": "silent.zip"}}},
        "Asked": {"Type": "Custom::Silent", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Silent", "Arn"]}}}}}))
    wait_for(lambda: any(event["LogicalResourceId"] == "Asked" for event in
                         formation.describe_stack_events(StackName="silent")["StackEvents"]), 10, "the custom resource")
    assert again.stop() == 0
    again.start()
    stack = formation.describe_stacks(StackName="silent")["Stacks"][0]
    assert (stack["StackStatus"], stack["StackStatusReason"]) == ("ROLLBACK_FAILED", "the local cloud ended during this operation")
    again.destroy("silent")


def _processes(argument: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if argument in path.read_bytes().decode(errors="replace").split("\0"):
                found.append(path.parent.name)
        except OSError:
            pass  # it ended while we looked
    return found
