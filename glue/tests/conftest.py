"""One Spark session, one emulator and one PostgreSQL for the whole suite."""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "glue" / "lib"), str(Path(__file__).parent)]

import lake as lakes  # noqa: E402
import servers  # noqa: E402
from dlp_etl.session import iceberg_settings  # noqa: E402
from dlp_etl.testing import load_job, test_session as start_session  # noqa: E402

JARS = os.environ.get("DLP_JARS", str(ROOT / ".dlp" / "jars"))
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    os.environ.update(KEYS)
    with servers.emulator(tmp_path_factory.mktemp("emulator")) as url:
        # As on a laptop: boto3 learns the endpoint from here, and so does Spark from its settings.
        os.environ["AWS_ENDPOINT_URL"] = url
        yield url


@pytest.fixture(scope="session")
def mart_port(tmp_path_factory):
    with servers.postgres(tmp_path_factory.mktemp("postgres")) as port:
        yield port


def emulator_settings(endpoint):
    """Spark settings that SPARK_CONF_DIR holds on a laptop and that Glue does not need."""
    catalog = "spark.sql.catalog.glue_catalog"
    return {
        "spark.driver.extraClassPath": f"{JARS}/*",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint, "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.access.key": "test", "spark.hadoop.fs.s3a.secret.key": "test",
        "spark.hadoop.fs.s3a.path.style.access": "true", "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        f"{catalog}.glue.endpoint": endpoint, f"{catalog}.s3.endpoint": endpoint,
        f"{catalog}.s3.path-style-access": "true",
    }


@pytest.fixture(scope="session")
def spark(endpoint):
    session = start_session({**emulator_settings(endpoint), **iceberg_settings("s3://gold")})
    yield session
    session.stop()


@pytest.fixture(scope="session")
def template_job(tmp_path_factory):
    """The folder of the job that the template makes, named orders."""
    return render_template(tmp_path_factory.mktemp("jobs") / "orders", "orders", "Orders")


def render_template(target, name, title):
    """What `dlp etl new` does: names in contents and in file names."""
    source = ROOT / "templates" / "etl"
    for file in sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        to = target / str(file.relative_to(source)).replace("__JOB__", name)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(file.read_text(encoding="utf-8").replace("__JOB_TITLE__", title).replace("__JOB__", name))
    return target


@pytest.fixture(scope="session")
def orders(template_job):
    """The template's job.py as a module."""
    return load_job(template_job / "job.py")


@pytest.fixture(scope="session")
def orders_spec(template_job):
    """The template's job.yaml as the CLI turns it into JSON."""
    return json.loads(json.dumps(yaml.safe_load((template_job / "job.yaml").read_text()), default=str))


@pytest.fixture(scope="session")
def prepared(endpoint, mart_port):
    lakes.prepare(endpoint, mart_port)


@pytest.fixture
def lake(spark, endpoint, mart_port, prepared, orders_spec):
    return lakes.Lake(spark, endpoint, mart_port, orders_spec)
