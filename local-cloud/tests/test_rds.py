"""RDS is the local PostgreSQL: databases, logins, managed passwords, TLS, and what AWS refuses."""

import json

import psycopg
import pytest
from botocore.exceptions import ClientError

from cloud import Cloud, StackFailed


def connect(cloud: Cloud, found: dict, database: str, secret: str):
    login = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    return psycopg.connect(host=found["Host"], port=found["Port"], dbname=database, user=login["username"],
                           password=login["password"], sslmode="verify-full", sslrootcert=cloud.postgres.tls / "ca.pem",
                           autocommit=True)


def instance(**props) -> dict:
    return {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete", "Properties": {
        "Engine": "postgres", "EngineVersion": "17.6", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20",
        "MasterUsername": "lake_admin", **props}}


_OUTPUTS = {"Host": {"Fn::GetAtt": ["Mart", "Endpoint.Address"]}, "Port": {"Fn::GetAtt": ["Mart", "Endpoint.Port"]}}


def test_instance_with_a_managed_password(cloud: Cloud):
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}}
    template = {"Key": key, "Mart": instance(
        DBName="mart", ManageMasterUserPassword=True, DeletionProtection=True,
        MasterUserSecret={"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}})}
    outputs = {**_OUTPUTS, "Secret": {"Fn::GetAtt": ["Mart", "MasterUserSecret.SecretArn"]}, "Id": {"Ref": "Mart"},
               "Resource": {"Fn::GetAtt": ["Mart", "DbiResourceId"]}, "Key": {"Fn::GetAtt": ["Key", "Arn"]}}
    found = cloud.deploy("mart", template, outputs)
    assert (found["Host"], found["Port"]) == ("127.0.0.1", str(cloud.postgres.port)) and found["Resource"].startswith("db-")
    described = cloud.client("rds").describe_db_instances(DBInstanceIdentifier=found["Id"])["DBInstances"][0]
    assert described["Endpoint"]["Port"] == cloud.postgres.port and described["DBInstanceStatus"] == "available"
    assert described["MasterUserSecret"] == {"SecretArn": found["Secret"], "SecretStatus": "active", "KmsKeyId": found["Key"]}
    assert cloud.client("secretsmanager").describe_secret(SecretId=found["Secret"])["KmsKeyId"] == found["Key"]

    with connect(cloud, found, "mart", found["Secret"]) as session:
        assert session.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        session.execute("CREATE SCHEMA audit; CREATE ROLE audit_writer; GRANT audit_writer TO lake_admin")
        session.execute("GRANT USAGE ON SCHEMA audit TO audit_writer; SET ROLE audit_writer")

    before = cloud.client("secretsmanager").get_secret_value(SecretId=found["Secret"])["SecretString"]
    cloud.client("secretsmanager").rotate_secret(SecretId=found["Secret"])
    assert cloud.client("secretsmanager").get_secret_value(SecretId=found["Secret"])["SecretString"] != before
    connect(cloud, found, "mart", found["Secret"]).close()

    with pytest.raises(StackFailed, match="disable deletion protection"):
        cloud.destroy("mart")
    template["Mart"] = instance(DBName="mart", ManageMasterUserPassword=True, DeletionProtection=False,
                                MasterUserSecret={"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}})
    # A stack in DELETE_FAILED cannot be updated: a person turns the protection off, as on AWS.
    cloud.client("rds").modify_db_instance(DBInstanceIdentifier=found["Id"], DeletionProtection=False, ApplyImmediately=True)
    cloud.destroy("mart")
    assert roles_and_databases(cloud).isdisjoint({"mart", "lake_admin", "audit_writer"})
    assert found["Secret"] not in [secret["ARN"] for secret in cloud.client("secretsmanager").list_secrets()["SecretList"]]


def roles_and_databases(cloud: Cloud) -> set[str]:
    server = cloud.postgres
    with psycopg.connect(host="127.0.0.1", port=server.port, user=server.user, password=server.password, dbname="postgres") as session:
        return {row[0] for row in session.execute("SELECT rolname FROM pg_roles UNION SELECT datname FROM pg_database")}


def test_cluster_its_member_and_a_name_taken(cloud: Cloud):
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {
        "SecretStringTemplate": "{\"username\": \"cluster_admin\"}", "GenerateStringKey": "password", "ExcludePunctuation": True}}}
    password = {"Fn::Sub": "{{resolve:secretsmanager:${Login}:SecretString:password}}"}
    cluster = {"Type": "AWS::RDS::DBCluster", "DeletionPolicy": "Snapshot", "Properties": {
        "Engine": "aurora-postgresql", "EngineVersion": "17.5", "DatabaseName": "mart", "MasterUsername": "cluster_admin",
        "MasterUserPassword": password}}
    member = {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete", "Properties": {
        "DBClusterIdentifier": {"Ref": "Mart"}, "Engine": "aurora-postgresql", "DBInstanceClass": "db.serverless"}}
    found = cloud.deploy("aurora", {"Login": secret, "Mart": cluster, "Writer": member}, {**_OUTPUTS, "Login": {"Ref": "Login"}})
    with connect(cloud, found, "mart", found["Login"]) as session:
        assert session.execute("SELECT current_user").fetchone() == ("cluster_admin",)
    with pytest.raises(StackFailed, match="the database mart of the local PostgreSQL belongs to cluster:"):
        cloud.deploy("second", {"Mart": instance(DBName="mart", MasterUsername="other_admin", MasterUserPassword="long-enough-1")})
    connect(cloud, found, "mart", found["Login"]).close()
    cloud.destroy("second")
    cloud.destroy("aurora")
    assert roles_and_databases(cloud).isdisjoint({"mart", "cluster_admin", "other_admin"})
    snapshots = cloud.client("rds").describe_db_cluster_snapshots()["DBClusterSnapshots"]
    assert [snapshot["Status"] for snapshot in snapshots] == ["available"]


def test_the_api_does_the_same(cloud: Cloud):
    rds = cloud.client("rds")
    made = rds.create_db_instance(DBInstanceIdentifier="by-hand", DBInstanceClass="db.t4g.micro", Engine="postgres", DBName="hand",
                                  MasterUsername="hand_admin", ManageMasterUserPassword=True, AllocatedStorage=20)["DBInstance"]
    found = {"Host": made["Endpoint"]["Address"], "Port": made["Endpoint"]["Port"]}
    connect(cloud, found, "hand", made["MasterUserSecret"]["SecretArn"]).close()
    with pytest.raises(ClientError, match="PostgreSQL only"):
        rds.create_db_instance(DBInstanceIdentifier="mysql", DBInstanceClass="db.t4g.micro", Engine="mysql", MasterUsername="a",
                               MasterUserPassword="long-enough-1", AllocatedStorage=20)
    rds.delete_db_instance(DBInstanceIdentifier="by-hand", SkipFinalSnapshot=True)
    assert roles_and_databases(cloud).isdisjoint({"hand", "hand_admin"})
