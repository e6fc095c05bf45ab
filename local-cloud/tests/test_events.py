"""Lambdas behind events and stacks: nothing is lost, transformers and schedules work, custom resources answer."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloud import Cloud, StackFailed, wait_for, zipped

# Keeps what it was given in a bucket, slowly, and fails the first time it sees a marker.
_KEEPER = """
import http from 'node:http';
const put = (key, body) => new Promise((done, failed) => {
  const url = new URL(process.env.BUCKET + '/' + key, process.env.AWS_ENDPOINT_URL);
  http.request(url, { method: 'PUT', headers: { 'content-length': Buffer.byteLength(body) } }, (answer) => {
    answer.resume(); answer.on('end', done); }).on('error', failed).end(body);
});
export const handler = async (event) => {
  await new Promise((done) => setTimeout(done, 300));
  await put('seen/' + (event.name ?? event.id ?? 'x'), JSON.stringify(event));
};
"""

_CUSTOM = """
const http = require('http');
exports.handler = (event, context, callback) => {
  const bad = event.ResourceProperties.Fail === 'true' && event.RequestType !== 'Delete';
  const body = JSON.stringify({ Status: bad ? 'FAILED' : 'SUCCESS', Reason: bad ? 'migration 3 is wrong' : '', StackId: event.StackId,
    RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, PhysicalResourceId: 'mart-migrations',
    Data: { Applied: 3, Request: event.RequestType } });
  const request = http.request(event.ResponseURL, { method: 'PUT', headers: { 'content-length': Buffer.byteLength(body) } },
    (answer) => { answer.resume(); answer.on('end', () => callback(null, 'told')); });
  request.end(body);
};
"""


@pytest.fixture(scope="module")
def code(cloud: Cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="event-code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="event-code", Key="keeper.zip", Body=zipped({"index.mjs": _KEEPER}))
    s3.put_object(Bucket="event-code", Key="custom.zip", Body=zipped({"index.js": _CUSTOM}))
    return "event-code"


def function(code: str, key: str, **props) -> dict:
    return {"Type": "AWS::Lambda::Function", "Properties": {
        "Runtime": "nodejs22.x", "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/any", "Timeout": 20,
        "Code": {"S3Bucket": code, "S3Key": key}, **props}}


def seen(cloud: Cloud, bucket: str, prefix: str = "") -> list[str]:
    found = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"seen/{prefix}").get("Contents", [])
    return sorted(item["Key"].removeprefix("seen/") for item in found)


def test_no_event_is_lost_to_a_limit(cloud: Cloud, code: str):
    resources = {
        "Kept": {"Type": "AWS::S3::Bucket"},
        "Keeper": function(code, "keeper.zip", ReservedConcurrentExecutions=1,
                           Environment={"Variables": {"BUCKET": {"Ref": "Kept"}}}),
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": {"source": ["test"], "detail": {"file": [{"suffix": ".csv"}], "job": [{"prefix": "ord"}]}},
            "Targets": [{"Id": "keeper", "Arn": {"Fn::GetAtt": ["Keeper", "Arn"]}, "InputTransformer": {
                "InputPathsMap": {"name": "$.detail.name", "file": "$.detail.file"},
                "InputTemplate": '{"name": <name>, "said": "got <file>"}'}}]}},
    }
    bucket = cloud.deploy("events", resources, {"Kept": {"Ref": "Kept"}})["Kept"]
    entries = [{"Source": "test", "DetailType": "t", "Detail": json.dumps({"name": f"n{index}", "file": "a.csv", "job": "orders"})}
               for index in range(6)]
    entries.append({"Source": "test", "DetailType": "t", "Detail": json.dumps({"name": "not", "file": "a.txt", "job": "orders"})})
    cloud.client("events").put_events(Entries=entries)
    wait_for(lambda: len(seen(cloud, bucket)) == 6, 30, "six events")
    assert seen(cloud, bucket) == [f"n{index}" for index in range(6)]
    body = cloud.client("s3").get_object(Bucket=bucket, Key="seen/n3")["Body"].read()
    assert json.loads(body) == {"name": "n3", "said": "got a.csv"}


def test_a_throttled_task_has_awss_error(cloud: Cloud, code: str):
    name = cloud.deploy("full", {"Full": function(code, "keeper.zip", ReservedConcurrentExecutions=0)}, {"Full": {"Ref": "Full"}})["Full"]
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(name="throttled", roleArn="arn:aws:iam::000000000000:role/any", definition=json.dumps({
        "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True,
                                         "Parameters": {"FunctionName": name}}}}))["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    done = wait_for(lambda: [found for found in [states.describe_execution(executionArn=execution)] if found["status"] != "RUNNING"], 20, "it")
    assert done[0]["error"] == "Lambda.TooManyRequestsException"
    cloud.destroy("full")


def test_custom_resource(cloud: Cloud, code: str):
    resources = {
        "Migrate": function(code, "custom.zip"),
        "Migrations": {"Type": "Custom::MartMigrations", "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["Migrate", "Arn"]}, "MigrationsHash": "1"}},
    }
    outputs = {"Applied": {"Fn::GetAtt": ["Migrations", "Applied"]}, "Request": {"Fn::GetAtt": ["Migrations", "Request"]}}
    assert cloud.deploy("custom", resources, outputs) == {"Applied": "3", "Request": "Create"}
    resources["Migrations"]["Properties"]["MigrationsHash"] = "2"
    assert cloud.deploy("custom", resources, outputs)["Request"] == "Update"
    resources["Migrations"]["Properties"].update({"MigrationsHash": "3", "Fail": True})
    with pytest.raises(StackFailed, match="migration 3 is wrong"):
        cloud.deploy("custom", resources, outputs)
    cloud.destroy("custom")


def test_api_with_iam_authorization(cloud: Cloud, code: str):
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Answer.Arn}/invocations"
    resources = {
        "Answer": function(code, "answer.zip"),
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}},
        "Account": {"Type": "AWS::ApiGateway::Account", "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "lake"}},
        "Runs": {"Type": "AWS::ApiGateway::Resource", "Properties": {
            "RestApiId": {"Ref": "Api"}, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "runs"}},
        "Checked": {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {
            "RestApiId": {"Ref": "Api"}, "ValidateRequestParameters": True}},
        "Get": {"Type": "AWS::ApiGateway::Method", "Properties": {
            "RestApiId": {"Ref": "Api"}, "ResourceId": {"Ref": "Runs"}, "HttpMethod": "GET", "AuthorizationType": "AWS_IAM",
            "RequestValidatorId": {"Ref": "Checked"}, "Integration": {
                "Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri}}}},
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "DependsOn": "Get", "Properties": {"RestApiId": {"Ref": "Api"}}},
        "Access": {"Type": "AWS::Logs::LogGroup"},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {
            "RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "v1",
            "AccessLogSetting": {"DestinationArn": {"Fn::GetAtt": ["Access", "Arn"]}, "Format": "$context.requestId"}}},
        "Allowed": {"Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "Answer"}, "Principal": "apigateway.amazonaws.com"}},
    }
    cloud.client("s3").put_object(Bucket=code, Key="answer.zip", Body=zipped({"index.js": """
        exports.handler = async (event) => ({ statusCode: 202, headers: { 'x-own': 'yes' },
          body: JSON.stringify([event.httpMethod, event.path, event.queryStringParameters]) });"""}))
    api = cloud.deploy("api", resources, {"Api": {"Ref": "Api"}})["Api"]
    assert cloud.client("apigateway").get_account()["cloudwatchRoleArn"]
    url = f"{cloud.endpoint}/_aws/execute-api/{api}/v1/runs?job=orders"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url, timeout=10)
    signed = AWSRequest("GET", url)
    SigV4Auth(Credentials("test", "test"), "execute-api", "eu-central-1").add_auth(signed)
    with urllib.request.urlopen(urllib.request.Request(url, headers=dict(signed.headers)), timeout=10) as answer:
        assert (answer.status, answer.headers["x-own"]) == (202, "yes")
        assert json.load(answer) == ["GET", "/runs", {"job": "orders"}]
    cloud.destroy("api")
