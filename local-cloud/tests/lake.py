"""A mini lake: a bucket that sends events, a state machine, a Glue job on Spark, a Node Lambda, a PostgreSQL instance."""

import json

_TRUST = {"Version": "2012-10-17", "Statement": []}

AUDITOR = """
const http = require('http');
// Kept in a bucket: two events at once run in two processes, which share nothing.
const keep = (event) => new Promise((done, failed) => {
  const body = JSON.stringify(event);
  const url = new URL(process.env.GOLD + '/heard/' + event.id, process.env.AWS_ENDPOINT_URL);
  http.request(url, { method: 'PUT', headers: { 'content-length': Buffer.byteLength(body) } }, (answer) => {
    answer.resume(); answer.on('end', done); }).on('error', failed).end(body);
});
exports.handler = async (event) => {
  if (event.action === 'open') return { runId: 'run-' + event.input.detail.object['version-id'],
    key: event.input.detail.object.key, bucket: event.input.detail.bucket.name };
  if (event.action === 'close') return { state: event.glue.JobRunState, job: event.glue.JobName };
  if (event.action === 'environment') return { endpoint: process.env.AWS_ENDPOINT_URL, region: process.env.AWS_REGION,
    authority: process.env.NODE_EXTRA_CA_CERTS, key: process.env.AWS_ACCESS_KEY_ID, own: process.env.OWN, pid: process.pid,
    leaked: Object.keys(process.env).filter((name) => name.startsWith('DLP_')), node: process.execPath };
  if (event.action === 'break') throw new Error('broken on purpose');
  if (event.source) await keep(event);
  return {};
};
"""

# Reads what arrived with S3A, writes an Iceberg table through the Glue catalog, and says a secret.
JOB = """
import json, os, sys
from helper import shout
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
print('arguments', json.dumps(arguments))
if arguments.get('--mode') == 'fail':
    raise ValueError('HEADER_MISMATCH: no such column')
if arguments.get('--mode') == 'exit':
    sys.exit('EMPTY_FILE: nothing in it')
if arguments.get('--mode') == 'sleep':
    import time
    print('sleeping', flush=True)
    time.sleep(120)
if arguments.get('--mode') == 'kill':
    os.kill(os.getpid(), 9)
if arguments.get('--mode') == 'secret':
    import boto3
    value = boto3.client('secretsmanager').get_secret_value(SecretId=arguments['--mart_secret'])['SecretString']
    print('the secret is', json.loads(value)['password'])
    raise RuntimeError('cannot log in with ' + json.loads(value)['password'])
if arguments.get('--mode') == 'spark':
    from pyspark.sql import SparkSession
    spark = (SparkSession.builder.appName('orders')
             .config('spark.sql.catalog.glue_catalog.warehouse', arguments['--gold'] + '/tables/').getOrCreate())
    print('conf', spark.conf.get('spark.dlp.words'), spark.conf.get('spark.sql.shuffle.partitions'))
    frame = spark.read.csv(arguments['--source_uri'], header=True, schema='id long, amount decimal(12,2), ordered_at timestamp, day date')
    table = 'glue_catalog.' + arguments['--database'] + '.orders'
    spark.sql(f'CREATE TABLE IF NOT EXISTS {table} (id bigint, amount decimal(12,2), ordered_at timestamp, day date) USING iceberg')
    frame.createOrReplaceTempView('arrived')
    spark.sql(f'MERGE INTO {table} t USING arrived s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *')
    print('rows', spark.table(table).count(), shout('done'))
    spark.stop()
"""

HELPER = {"helper/__init__.py": "def shout(text):\n    return text.upper()\n"}

MACHINE = {
    "StartAt": "Open", "States": {
        "Open": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {
            "FunctionName": "${Auditor}", "Payload": {"action": "open", "input.$": "$"}},
            "ResultSelector": {"run.$": "$.Payload"}, "ResultPath": "$.opened", "Next": "Job"},
        "Job": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {
            "JobName": "${Job}", "Arguments": {
                "--mode": "spark", "--run_id.$": "$.opened.run.runId",
                "--source_uri.$": "States.Format('s3://{}/{}', $.opened.run.bucket, $.opened.run.key)"}},
            "ResultPath": "$.glue", "Next": "Close"},
        "Close": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {
            "FunctionName": "${Auditor}", "Payload": {"action": "close", "glue.$": "$.glue"}},
            "OutputPath": "$.Payload", "Next": "Well"},
        "Well": {"Type": "Choice", "Choices": [{"Variable": "$.state", "StringEquals": "SUCCEEDED", "Next": "Tell"}], "Default": "Bad"},
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {
            "TopicArn": "${Topic}", "Message.$": "$.job"}, "ResultPath": "$.told", "End": True},
        "Bad": {"Type": "Fail"},
    }}


def resources(code: str) -> dict:
    """`code` is the bucket that holds job.py, helper.zip and auditor.zip, as the CDK's bootstrap bucket does."""
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _TRUST}},
        "Landing": {"Type": "AWS::S3::Bucket", "Properties": {
            "VersioningConfiguration": {"Status": "Enabled"},
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}},
        "Gold": {"Type": "AWS::S3::Bucket"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Database": {"Type": "AWS::Glue::Database", "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": "dlp_test_gold"}}},
        "WorkGroup": {"Type": "AWS::Athena::WorkGroup", "Properties": {
            "Name": "dlp-test", "WorkGroupConfiguration": {"ResultConfiguration": {
                "OutputLocation": {"Fn::Sub": "s3://${Gold}/athena/"}}}}},
        "Job": {"Type": "AWS::Glue::Job", "Properties": {
            "Name": "orders", "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "GlueVersion": "5.1", "WorkerType": "G.1X", "NumberOfWorkers": 2,
            "ExecutionProperty": {"MaxConcurrentRuns": 2}, "Timeout": 30,
            "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{code}/job.py"},
            "DefaultArguments": {
                "--job": "orders", "--extra-py-files": f"s3://{code}/helper.zip", "--datalake-formats": "iceberg",
                "--enable-metrics": "true",
                "--conf": "spark.dlp.words=two words --conf spark.sql.shuffle.partitions=3",
                "--TempDir": {"Fn::Sub": "s3://${Gold}/tmp/"}, "--gold": {"Fn::Sub": "s3://${Gold}"},
                "--database": {"Ref": "Database"}, "--mode": "quick"}}},
        "Auditor": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": "auditor", "Runtime": "nodejs24.x", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Timeout": 20, "Code": {"S3Bucket": code, "S3Key": "auditor.zip"},
            "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "Environment": {"Variables": {"OWN": "mine", "GOLD": {"Ref": "Gold"}, "NODE_EXTRA_CA_CERTS": "/var/runtime/ca-cert.pem"}}}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "StateMachineName": "orders", "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": json.dumps(MACHINE),
            "DefinitionSubstitutions": {"Auditor": {"Fn::GetAtt": ["Auditor", "Arn"]}, "Job": {"Ref": "Job"}, "Topic": {"Ref": "Topic"}}}},
        "Arrival": {"Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {
                "bucket": {"name": [{"Ref": "Landing"}]}, "object": {"key": [{"wildcard": "orders/*.csv"}]}}},
            "Targets": [{"Id": "machine", "Arn": {"Ref": "Machine"}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}]}},
        "Ends": {"Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": {"source": ["aws.states", "aws.glue"], "detail": {"$or": [
                {"status": ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]}, {"state": [{"prefix": ""}]}]}},
            "Targets": [{"Id": "auditor", "Arn": {"Fn::GetAtt": ["Auditor", "Arn"]}}]}},
        "Allowed": {"Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "Auditor"}, "Principal": "events.amazonaws.com"}},
    }


def heard(cloud, gold: str, source: str) -> list[dict]:
    """The events that reached the auditor."""
    s3 = cloud.client("s3")
    found = s3.list_objects_v2(Bucket=gold, Prefix="heard/").get("Contents", [])
    events = [json.load(s3.get_object(Bucket=gold, Key=item["Key"])["Body"]) for item in found]
    return [event for event in events if event["source"] == source]


OUTPUTS = {name: {"Ref": name} for name in ("Landing", "Gold", "Job", "Machine", "Auditor", "Topic", "WorkGroup")}
