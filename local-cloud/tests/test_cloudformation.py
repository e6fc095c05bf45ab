"""Every type we add is deployed, found by its own service, and gone when its stack is."""

import json

import pytest
from botocore.exceptions import ClientError

from cloud import Cloud, StackFailed

_NETWORK = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.7.0.0/24"}},
    "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc", "Tags": [{"Key": "lake", "Value": "yes"}]}},
    "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {
        "SubnetId": {"Ref": "Subnet"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
        "Tags": [{"Key": "lake", "Value": "yes"}]}},
    "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "lake", "VpcId": {"Ref": "Vpc"}}},
    "In": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
        "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
        "SourceSecurityGroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, "Description": "mart"}},
    "Out": {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {
        "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.7.0.0/16"}},
    "Group2": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/test/flow"}},
    "Flow": {"Type": "AWS::EC2::FlowLog", "Properties": {
        "ResourceId": {"Ref": "Vpc"}, "ResourceType": "VPC", "TrafficType": "REJECT", "LogGroupName": {"Ref": "Group2"}}},
    "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Entry": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {
        "NetworkAclId": {"Ref": "Acl"}, "RuleNumber": 7, "Protocol": -1, "RuleAction": "deny", "Egress": True, "CidrBlock": "0.0.0.0/0"}},
    "Joined": {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": {
        "NetworkAclId": {"Ref": "Acl"}, "SubnetId": {"Ref": "Subnet"}}},
}


def test_network(cloud: Cloud):
    found = cloud.deploy("network", _NETWORK, {
        "Vpc": {"Ref": "Vpc"}, "Cidr": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}, "Group": {"Fn::GetAtt": ["Group", "GroupId"]},
        "Default": {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}, "Address": {"Ref": "Address"}, "Nat": {"Ref": "Nat"},
        "Flow": {"Ref": "Flow"}, "Acl": {"Ref": "Acl"}})
    ec2 = cloud.client("ec2")
    assert found["Cidr"] == "10.7.0.0/16" and found["Default"].startswith("sg-")
    address = ec2.describe_addresses()["Addresses"]
    assert [held["PublicIp"] for held in address if held["PublicIp"] == found["Address"]]
    nat = ec2.describe_nat_gateways(NatGatewayIds=[found["Nat"]])["NatGateways"][0]
    assert (nat["State"], nat["VpcId"], nat["Tags"][0]["Value"]) == ("available", found["Vpc"], "yes")
    flow = ec2.describe_flow_logs(FlowLogIds=[found["Flow"]])["FlowLogs"][0]
    assert (flow["ResourceId"], flow["TrafficType"]) == (found["Vpc"], "REJECT")
    group = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"][0]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == found["Group"]
    assert any(rule.get("FromPort") == 443 for rule in group["IpPermissionsEgress"])
    acl = ec2.describe_network_acls(NetworkAclIds=[found["Acl"]])["NetworkAcls"][0]
    assert acl["Entries"][0]["RuleNumber"] == 7 and acl["Associations"]

    changed = {**_NETWORK, "In": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
        **_NETWORK["In"]["Properties"], "FromPort": 6432, "ToPort": 6432}}}
    cloud.deploy("network", changed)
    rules = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"][0]["IpPermissions"]
    assert [rule["FromPort"] for rule in rules] == [6432]

    cloud.destroy("network")
    assert ec2.describe_flow_logs(FlowLogIds=[found["Flow"]])["FlowLogs"] == []
    assert found["Address"] not in [held["PublicIp"] for held in ec2.describe_addresses()["Addresses"]]
    assert all(nat["State"] == "deleted" for nat in ec2.describe_nat_gateways(NatGatewayIds=[found["Nat"]])["NatGateways"])


_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}

_REST = {
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}},
    "Logs": {"Type": "AWS::S3::Bucket"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Provider": {"Type": "AWS::IAM::OIDCProvider", "Properties": {
        "Url": "https://token.example.org", "ClientIdList": ["sts.amazonaws.com"], "ThumbprintList": ["f" * 40]}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}},
    "Inline": {"Type": "AWS::IAM::RolePolicy", "Properties": {
        "RoleName": {"Ref": "Role"}, "PolicyName": "inline", "PolicyDocument": _POLICY}},
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
    "SecretPolicy": {"Type": "AWS::SecretsManager::ResourcePolicy", "Properties": {
        "SecretId": {"Ref": "Secret"}, "ResourcePolicy": _POLICY}},
    "Rotation": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": {
        "SecretId": {"Ref": "Secret"}, "RotationRules": {"AutomaticallyAfterDays": 30}}},
    "Security": {"Type": "AWS::Glue::SecurityConfiguration", "Properties": {"Name": "lake-security", "EncryptionConfiguration": {
        "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": {"Fn::GetAtt": ["Key", "Arn"]}}]}}},
    "Catalog": {"Type": "AWS::Glue::DataCatalogEncryptionSettings", "Properties": {
        "CatalogId": {"Ref": "AWS::AccountId"}, "DataCatalogEncryptionSettings": {"EncryptionAtRest": {
            "CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}}}},
    "Group": {"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": "lake-tests"}},
    "Query": {"Type": "AWS::Athena::NamedQuery", "Properties": {
        "Name": "all", "Database": "gold", "QueryString": "SELECT 1", "WorkGroup": {"Ref": "Group"}}},
    "Statement": {"Type": "AWS::Athena::PreparedStatement", "Properties": {
        "StatementName": "one", "WorkGroup": {"Ref": "Group"}, "QueryStatement": "SELECT ?"}},
    "OtherCatalog": {"Type": "AWS::Athena::DataCatalog", "Properties": {"Name": "other", "Type": "GLUE"}},
    "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": "lake-one", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "m",
        "Namespace": "lake", "Period": 60, "Statistic": "Sum", "Threshold": 0}},
    "Both": {"Type": "AWS::CloudWatch::CompositeAlarm", "DependsOn": "Alarm", "Properties": {
        "AlarmName": "lake-both", "AlarmRule": "ALARM(\"lake-one\")", "AlarmActions": [{"Ref": "Topic"}]}},
    "Math": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": "lake-math", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0, "Metrics": [
            {"Id": "sum", "Expression": "a + a", "Label": "twice"},
            {"Id": "a", "ReturnData": False, "MetricStat": {"Metric": {"MetricName": "m", "Namespace": "lake"}, "Period": 300, "Stat": "Sum"}}]}},
    "LogQuery": {"Type": "AWS::Logs::QueryDefinition", "Properties": {"Name": "lake/errors", "QueryString": "filter 1"}},
    "Budget": {"Type": "AWS::Budgets::Budget", "Properties": {
        "Budget": {"BudgetName": "lake", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 50, "Unit": "USD"}},
        "NotificationsWithSubscribers": [{
            "Notification": {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80},
            "Subscribers": [{"SubscriptionType": "SNS", "Address": {"Ref": "Topic"}}]}]}},
    "Vault": {"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "lake"}},
    "Plan": {"Type": "AWS::Backup::BackupPlan", "Properties": {"BackupPlan": {"BackupPlanName": "lake", "BackupPlanRule": [
        {"RuleName": "daily", "TargetBackupVault": {"Ref": "Vault"}}]}}},
    "Selection": {"Type": "AWS::Backup::BackupSelection", "Properties": {"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": {
        "SelectionName": "mart", "IamRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "Resources": ["*"]}}},
    "Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {
        "TrailName": "lake", "S3BucketName": {"Ref": "Logs"}, "IsLogging": True, "EnableLogFileValidation": True}},
    "Archive": {"Type": "AWS::Events::Archive", "Properties": {
        "ArchiveName": "lake", "SourceArn": {"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"},
        "EventPattern": {"source": ["aws.s3"]}}},
    "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})}},
    "Version": {"Type": "AWS::StepFunctions::StateMachineVersion", "Properties": {"StateMachineArn": {"Ref": "Machine"}}},
    "Live": {"Type": "AWS::StepFunctions::StateMachineAlias", "Properties": {"Name": "live", "RoutingConfiguration": [
        {"StateMachineVersionArn": {"Ref": "Version"}, "Weight": 100}]}},
}


def test_everything_else(cloud: Cloud):
    found = cloud.deploy("rest", _REST, {name: {"Ref": name} for name in (
        "Provider", "Secret", "Query", "Trail", "LogQuery", "Selection", "Plan", "Key", "Machine", "Live", "Role")})
    client = cloud.client
    assert client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=found["Provider"])["ClientIDList"] == ["sts.amazonaws.com"]
    assert client("iam").list_role_policies(RoleName=found["Role"])["PolicyNames"] == ["inline"]
    assert client("secretsmanager").get_resource_policy(SecretId=found["Secret"])["ResourcePolicy"]
    assert client("secretsmanager").describe_secret(SecretId=found["Secret"])["RotationRules"] == {"AutomaticallyAfterDays": 30}
    security = client("glue").get_security_configuration(Name="lake-security")["SecurityConfiguration"]
    assert security["EncryptionConfiguration"]["S3Encryption"][0]["KmsKeyArn"].endswith(found["Key"])
    settings = client("glue").get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    assert settings["EncryptionAtRest"]["CatalogEncryptionMode"] == "SSE-KMS"
    assert client("athena").get_named_query(NamedQueryId=found["Query"])["NamedQuery"]["QueryString"] == "SELECT 1"
    assert client("athena").get_prepared_statement(StatementName="one", WorkGroup="lake-tests")
    assert client("athena").get_data_catalog(Name="other")["DataCatalog"]["Type"] == "GLUE"
    alarms = client("cloudwatch").describe_alarms(AlarmNames=["lake-both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert alarms[0]["AlarmRule"] == 'ALARM("lake-one")'
    math = client("cloudwatch").describe_alarms(AlarmNames=["lake-math"])["MetricAlarms"][0]
    assert [metric["Id"] for metric in math["Metrics"]] == ["sum", "a"] and "MetricName" not in math
    queries = client("logs").describe_query_definitions(queryDefinitionNamePrefix="lake/")["queryDefinitions"]
    assert [query["queryDefinitionId"] for query in queries] == [found["LogQuery"]]
    budget = client("budgets").describe_budget(AccountId="000000000000", BudgetName="lake")["Budget"]
    assert budget["BudgetLimit"]["Amount"] == "50"
    selections = client("backup").list_backup_selections(BackupPlanId=found["Plan"])["BackupSelectionsList"]
    assert selections[0]["SelectionName"] == "mart"
    assert client("cloudtrail").get_trail_status(Name=found["Trail"])["IsLogging"] is True
    assert client("events").describe_archive(ArchiveName="lake")["State"] == "ENABLED"
    assert client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=found["Live"])["name"] == "live"

    cloud.deploy("rest", {**_REST, "LogQuery": {"Type": "AWS::Logs::QueryDefinition", "Properties": {
        "Name": "lake/warnings", "QueryString": "filter 2"}}})
    queries = client("logs").describe_query_definitions(queryDefinitionNamePrefix="lake/")["queryDefinitions"]
    assert [(query["queryDefinitionId"], query["name"]) for query in queries] == [(found["LogQuery"], "lake/warnings")]

    cloud.destroy("rest")
    assert client("logs").describe_query_definitions()["queryDefinitions"] == []
    assert client("budgets").describe_budgets(AccountId="000000000000").get("Budgets", []) == []
    with pytest.raises(ClientError, match="EntityNotFound"):
        client("glue").get_security_configuration(Name="lake-security")
    assert client("cloudtrail").describe_trails()["trailList"] == []


def test_unknown_type_fails(cloud: Cloud):
    with pytest.raises(Exception, match="Unrecognized resource types|AWS::Nothing::AtAll"):
        cloud.deploy("unknown", {"A": {"Type": "AWS::Nothing::AtAll"}})


def test_bucket_is_encrypted_as_its_template_says(cloud: Cloud):
    def bucket(**properties) -> dict:
        return {"Key": {"Type": "AWS::KMS::Key"}, "Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}

    def rule() -> dict:
        rules = cloud.client("s3").get_bucket_encryption(Bucket=cloud.resource("encrypted", "Bucket"))
        return rules["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]

    with_key = {"ServerSideEncryptionConfiguration": [
        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}}]}
    cloud.deploy("encrypted", bucket(BucketEncryption=with_key))
    assert rule()["SSEAlgorithm"] == "aws:kms"
    assert rule()["KMSMasterKeyID"].endswith(cloud.resource("encrypted", "Key"))
    # Spark's client would refuse to copy an object that says so, since there is no HTTPS.
    assert "ServerSideEncryption" not in cloud.client("s3").put_object(Bucket=cloud.resource("encrypted", "Bucket"), Key="a", Body=b"1")
    cloud.client("s3").delete_object(Bucket=cloud.resource("encrypted", "Bucket"), Key="a")
    cloud.deploy("encrypted", bucket())
    assert rule() == {"SSEAlgorithm": "AES256"}


def test_bucket_with_contents_stays(cloud: Cloud):
    cloud.deploy("kept", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}})
    bucket, s3 = cloud.resource("kept", "Bucket"), cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    with pytest.raises(StackFailed, match="BucketNotEmpty"):
        cloud.destroy("kept")
    s3.delete_object(Bucket=bucket, Key="a", VersionId=version)
    with pytest.raises(StackFailed, match="BucketNotEmpty"):
        cloud.destroy("kept")
    s3.delete_object(Bucket=bucket, Key="a", VersionId=marker)
    cloud.destroy("kept")
    assert bucket not in [held["Name"] for held in s3.list_buckets()["Buckets"]]


def test_outputs_alone_are_a_change(cloud: Cloud):
    formation, topic = cloud.client("cloudformation"), {"Topic": {"Type": "AWS::SNS::Topic"}}
    cloud.deploy("outputs", topic, {"One": "1"})
    assert cloud.deploy("outputs", topic, {"One": "1", "Two": {"Ref": "Topic"}})["Two"].startswith("arn:aws:sns:")
    change = formation.create_change_set(StackName="outputs", ChangeSetName="same", ChangeSetType="UPDATE", UsePreviousTemplate=True)["Id"]
    same = formation.describe_change_set(ChangeSetName=change)
    assert same["Status"] == "FAILED" and same["StatusReason"].startswith("The submitted information didn't contain changes")
    cloud.destroy("outputs")
