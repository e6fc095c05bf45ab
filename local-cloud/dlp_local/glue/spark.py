"""The Spark configuration and the process environment that stand in for Glue's: endpoints, jars, Iceberg's catalog.

A job's script sets only its own `spark.sql.catalog.glue_catalog.warehouse`; everything here is what Glue itself brings.
"""

import os
import sys
from pathlib import Path

from ..settings import Settings

_LOG4J = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.s3a.name = org.apache.hadoop.metrics2
logger.s3a.level = error
"""


def configure(settings: Settings) -> Path:
    """Write SPARK_CONF_DIR; the values are this machine's, so it is made anew at every start."""
    directory = settings.spark / "conf"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "log4j2.properties").write_text(_LOG4J)
    lines = [f"{name} {value}" for name, value in _defaults(settings).items()]
    (directory / "spark-defaults.conf").write_text("\n".join(lines) + "\n")
    return directory


def _defaults(settings: Settings) -> dict[str, str]:
    jars = f"{settings.jars}/*"
    catalog = "spark.sql.catalog.glue_catalog"
    return {
        "spark.master": "local[2]",
        "spark.driver.memory": settings.spark_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": jars,
        "spark.executor.extraClassPath": jars,
        "spark.sql.warehouse.dir": str(settings.spark / "warehouse"),
        "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir={settings.state}/tmp -Dderby.system.home={settings.spark}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Glue's own defaults are made for clusters; 200 shuffle files for some thousand rows only cost time.
        "spark.sql.shuffle.partitions": "4",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": settings.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": settings.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": "test",
        "spark.hadoop.fs.s3a.secret.key": "test",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.glue.endpoint": settings.endpoint,
        f"{catalog}.s3.endpoint": settings.endpoint,
        f"{catalog}.s3.path-style-access": "true",
    }


def environment(settings: Settings, configuration: Path, modules: list[str], conf: list[str]) -> dict[str, str]:
    """Everything the job's process gets; nothing of the emulator's own environment but the paths to Java and Python."""
    # DLP_CLOUD_ID marks every process of this cloud, so that `dlp local down` finds those that lost their parent.
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME", "LANG", "LC_ALL", "TZ", "USER", "DLP_CLOUD_ID")
                 if name in os.environ}
    submit = [part for value in conf for part in ("--conf", f'"{value}"')]
    return {
        **inherited,
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "SPARK_CONF_DIR": str(configuration),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": " ".join([*submit, "pyspark-shell"]),
        "PYTHONPATH": os.pathsep.join(modules),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(settings.state / "tmp"),
        "DLP_PARENT_PROCESS": str(os.getpid()),
    }
