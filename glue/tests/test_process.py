"""The job as a process of its own, as Glue and the local cloud start it: exit codes, last words, and a stop from outside."""

import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from conftest import ROOT, emulator_settings
from test_whole_job import file_of, order

SECONDS = 90


@pytest.fixture
def started(lake, endpoint, template_job, tmp_path):
    """Starts job.py on a file; the settings that the session does not make come from SPARK_CONF_DIR."""
    lake.spec["name"] = lake.job
    settings = {**emulator_settings(endpoint), "spark.master": "local[1]", "spark.driver.memory": "512m",
                "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
                "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    (tmp_path / "spark-defaults.conf").write_text("\n".join(f"{key} {value}" for key, value in settings.items()))
    processes = []

    def start(key, run_id):
        args = vars(lake.arguments_for(key, run_id=run_id))
        names = ("job", "job_spec", "gold", "database", "mart_url", "mart_secret", "run_id", "source_uri")
        command = [sys.executable, template_job / "job.py", *[part for name in names for part in (f"--{name}", args[name])],
                   "--source_version", "-", "--JOB_RUN_ID", "jr_7", "--TempDir", "s3://gold/tmp/"]
        environment = {**os.environ, "SPARK_CONF_DIR": str(tmp_path), "PYTHONPATH": str(ROOT / "glue" / "lib"),
                       "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1"}
        # A Spark that a test session has started must not be found by this one.
        for name in [name for name in environment if name.startswith("PYSPARK_") or name == "SPARK_ENV_LOADED"]:
            del environment[name]
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_failure_is_the_last_line_of_the_error_and_the_exit_code(lake, started):
    lake.put("orders/a.csv", "a,b\n1,2\n")
    process = started("orders/a.csv", "wrong")
    _, error = process.communicate(timeout=SECONDS)

    assert process.returncode == 1
    assert error.splitlines()[-1].startswith("HEADER_MISMATCH: s3://")
    assert lake.document("wrong")["glueRunId"] == "jr_7"


def test_a_run_that_is_stopped_says_so_and_one_that_is_not_ends_well(lake, started):
    lake.put("orders/a.csv", file_of(order(1), order(2)))
    with psycopg.connect(lake.dsn) as holder:
        holder.execute(f"SELECT pg_advisory_lock(hashtextextended('dlp mart {lake.table}', 0))")
        process = started("orders/a.csv", "stopped")
        waiting = threading.Event()
        threading.Thread(target=lambda: any("waiting for another run" in line and (waiting.set() or True)
                                            for line in process.stdout), daemon=True).start()
        assert waiting.wait(SECONDS)
        time.sleep(0.5)  # it is now in a call of the JVM
        process.send_signal(signal.SIGTERM)
        error = process.stderr.read()
        assert process.wait(SECONDS) == 143
    assert error.splitlines()[-1] == "INTERNAL: the run was stopped from outside"
    assert lake.document("stopped")["error"] == {"code": "INTERNAL", "message": "the run was stopped from outside"}

    process = started("orders/a.csv", "again")
    output, error = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, error
    assert lake.document("again")["rows"]["inserted"] == 2
    assert "dlp: ok" in output
    assert lake.gold_rows() == lake.mart_rows()
