"""A lake for one test: its buckets, database, secret and mart, and runs of a job in it."""

import copy
import json
import uuid
from dataclasses import replace

import boto3
import psycopg
from dlp_etl.args import Arguments
from dlp_etl.run import Run
from dlp_etl.storage import Storage
from dlp_etl.functions import functions_of

MIGRATIONS = (
    "CREATE ROLE mart_writer NOLOGIN", "CREATE SCHEMA mart AUTHORIZATION mart_writer",
    "CREATE SCHEMA staging AUTHORIZATION mart_writer", "GRANT mart_writer TO dlp",
)


class Lake:
    """Everything a run needs. Buckets and tables are the test's own: their names carry a random part."""

    def __init__(self, spark, endpoint, mart_port, spec):
        self.spark, self.id = spark, uuid.uuid4().hex[:8]
        self.landing, self.gold = f"landing-{self.id}", "gold"
        self.spec = copy.deepcopy(spec)
        self.spec["name"] = self.spec["target"]["table"] = f"orders_{self.id}"
        self.job, self.table = self.spec["name"], self.spec["target"]["table"]
        self.s3 = boto3.client("s3", endpoint_url=endpoint)
        self.s3.create_bucket(Bucket=self.landing)
        self.s3.put_bucket_versioning(Bucket=self.landing, VersioningConfiguration={"Status": "Enabled"})
        self.dsn = f"postgresql://dlp:dlp-test@127.0.0.1:{mart_port}/mart"
        self.arguments = Arguments(
            job=self.job, job_spec=f"s3://gold/specs/{self.id}.json", gold="s3://gold", database="dlp_test_gold",
            mart_url=f"jdbc:postgresql://127.0.0.1:{mart_port}/mart?sslmode=disable", mart_secret="mart",
            run_id="", source_uri="", source_version=None, glue_run_id="jr_1")
        self.write_spec()

    def write_spec(self):
        self.s3.put_object(Bucket=self.gold, Key=f"specs/{self.id}.json", Body=json.dumps(self.spec).encode())

    def put(self, key, body):
        """The version id of a landed file."""
        body = body.encode() if isinstance(body, str) else body
        return self.s3.put_object(Bucket=self.landing, Key=key, Body=body)["VersionId"]

    def arguments_for(self, key, version=None, run_id=None):
        return replace(self.arguments, run_id=run_id or f"{self.job}-{uuid.uuid4().hex[:8]}",
                       source_uri=f"s3://{self.landing}/{key}", source_version=version)

    def run(self, job, key, version=None, run_id=None):
        """The document of a run of `job` (a module or a dict of functions). Raises JobError as the run does."""
        return Run(functions_of(job), self.arguments_for(key, version, run_id), lambda: self.spark).execute()

    def document(self, run_id):
        return Storage(self.s3).read_json(f"s3://gold/_dlp/{self.job}/runs/{run_id}.json")

    def quarantined(self, document):
        """Rejected rows of a run as dicts, read without Spark."""
        found = Storage(self.s3).list_objects(document["quarantineUri"])
        texts = [self.s3.get_object(Bucket="gold", Key=item["Key"])["Body"].read().decode() for item in found]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    def keys(self, prefix):
        return [item["Key"] for item in Storage(self.s3).list_objects(f"s3://gold/{prefix}")]

    def gold_rows(self):
        """{key: (values without lineage)} of the table."""
        rows = self.spark.table(f"glue_catalog.dlp_test_gold.{self.table}").drop("_batch_id", "_source").collect()
        return {row[0]: tuple(row) for row in rows}

    def snapshots(self):
        return self.spark.sql(f"SELECT count(*) FROM glue_catalog.dlp_test_gold.{self.table}.snapshots").first()[0]

    def mart_rows(self):
        rows = self.query(f"SELECT * FROM mart.{self.table}")
        return {row[0]: tuple(row) for row in rows}

    def query(self, sql):
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else None


def prepare(endpoint, mart_port):
    """What the stacks and the migrations make once: the gold bucket, the Glue database, the secret, roles and schemas."""
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="gold")
    boto3.client("glue", endpoint_url=endpoint).create_database(DatabaseInput={"Name": "dlp_test_gold"})
    boto3.client("secretsmanager", endpoint_url=endpoint).create_secret(
        Name="mart", SecretString=json.dumps({"username": "dlp", "password": "dlp-test"}))
    with psycopg.connect(f"postgresql://dlp:dlp-test@127.0.0.1:{mart_port}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE mart")
    with psycopg.connect(f"postgresql://dlp:dlp-test@127.0.0.1:{mart_port}/mart", autocommit=True) as connection:
        for statement in MIGRATIONS:
            connection.execute(statement)
