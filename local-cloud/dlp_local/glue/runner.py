"""One run of a Spark job: fetch its files from the emulator's S3, start it, read it, end it in time.

Touches: `ministack.services.s3` (`_buckets`, `_get_object_data`), read only.
"""

import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlparse

from ministack.services import s3

from .. import children
from ..seam import need
from ..settings import Settings
from . import spark
from .logs import Log, strike_out

# Glue takes these for itself; the script sees the rest. https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
_INTERNAL = {
    "--additional-python-modules", "--class", "--conf", "--customer-driver-env-vars", "--customer-executor-env-vars",
    "--datalake-formats", "--executor-cores", "--extra-files", "--extra-jars", "--extra-py-files", "--job-bookmark-from",
    "--job-bookmark-option", "--job-bookmark-to", "--job-language", "--python-modules-installer-option", "--scriptLocation",
    "--spark-event-logs-path", "--use-postgres-driver", "--user-jars-first", "--write-shuffle-files-to-s3",
    "--write-shuffle-spills-to-s3",
}
_INTERNAL_PREFIXES = ("--enable-", "--continuous-log-", "--disable-")


def install() -> None:
    need(s3, "_buckets", "_get_object_data")


def arguments_of(job: dict, run_id: str, given: dict) -> dict[str, str]:
    """All arguments of a run, later ones winning as on Glue: the job's defaults, the run's, and those nobody may change."""
    return {"--JOB_NAME": job["Name"], "--JOB_RUN_ID": run_id, **job.get("DefaultArguments", {}), **given,
            **job.get("NonOverridableArguments", {})}


class Runner:
    """`run` blocks until the job is over and answers (state, message)."""

    def __init__(self, settings: Settings, job: dict, run_id: str, arguments: dict[str, str], minutes: float):
        self._settings = settings
        self._job = job
        self._run_id = run_id
        self._arguments = arguments
        self._minutes = minutes
        self._cancelled = threading.Event()
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def cancel(self) -> None:
        self._cancelled.set()

    def run(self) -> tuple[str, str]:
        directory = self._settings.spark / "runs" / self._run_id
        directory.mkdir(parents=True, exist_ok=True)
        log = Log(self._settings.logs / "spark" / f"{self._run_id}.log", self._run_id)
        try:
            command, environment = self._prepare(directory, log)
            return self._execute(command, environment, directory, log)
        except FileNotFoundError as missing:
            log.line("stderr", str(missing))
            return "FAILED", str(missing)
        finally:
            log.close()
            shutil.rmtree(directory, ignore_errors=True)

    def _prepare(self, directory: Path, log: Log) -> tuple[list[str], dict[str, str]]:
        script = _fetch(self._job.get("Command", {}).get("ScriptLocation", ""), directory)
        modules = [str(_fetch(uri, directory)) for uri in self._list("--extra-py-files")]
        for uri in self._list("--extra-files"):
            _fetch(uri, directory)
        conf = [part.strip() for part in self._arguments.get("--conf", "").split("--conf ") if part.strip()]
        jars = [str(_fetch(uri, directory)) for uri in self._list("--extra-jars")]
        if jars:
            conf.append(f"spark.driver.extraClassPath={':'.join([*jars, f'{self._settings.jars}/*'])}")
        if self._arguments.get("--additional-python-modules"):
            log.line("stderr", "the local cloud installs no --additional-python-modules; using what requirements.txt has")
        passed = [part for name, value in self._arguments.items() if not _internal(name) for part in (name, value)]
        entry = Path(__file__).with_name("entry.py")
        environment = spark.environment(self._settings, self._settings.spark / "conf", modules, conf)
        # In the run's own directory, which is removed even when Spark was killed and could not clean up.
        environment["SPARK_LOCAL_DIRS"] = str(directory / "scratch")
        environment["DLP_ERROR_FILE"] = str(directory / "error.txt")
        return [sys.executable, str(entry), str(script), *passed], environment

    def _list(self, name: str) -> list[str]:
        return [part.strip() for part in self._arguments.get(name, "").split(",") if part.strip()]

    def _execute(self, command, environment, directory, log) -> tuple[str, str]:
        self._process = children.watch(subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, text=True, encoding="utf-8", errors="replace"))
        readers = [threading.Thread(target=_read, args=(pipe, name, log), daemon=True)
                   for name, pipe in (("stdout", self._process.stdout), ("stderr", self._process.stderr))]
        for reader in readers:
            reader.start()
        ended = self._wait()
        children.stop(self._process)  # also what the driver left behind: its JVM, its workers
        for reader in readers:
            reader.join(timeout=10)
        if ended:
            return ended
        code = self._process.returncode
        if code == 0:
            return "SUCCEEDED", ""
        if code < 0:
            name = signal.Signals(-code).name
            hint = ", often for lack of memory" if name == "SIGKILL" else ""
            return "FAILED", f"Command failed: the job's process was ended by {name}{hint}"
        explanation = directory / "error.txt"
        said = strike_out(explanation.read_text()[:2000]) if explanation.exists() else ""
        return "FAILED", said or log.error() or f"Command failed with exit code {code}"

    def _wait(self) -> tuple[str, str] | None:
        """Until the process ends, or its end is decided: then the state and message."""
        deadline = time.monotonic() + self._minutes * self._settings.glue_minute
        while self._process.poll() is None:
            if self._cancelled.is_set() or children.closing.is_set():
                return "STOPPED", ""
            if time.monotonic() > deadline:
                return "TIMEOUT", f"Job run exceeded its timeout of {self._minutes:g} minutes"
            time.sleep(0.1)
        return None


def _internal(name: str) -> bool:
    return name in _INTERNAL or name.startswith(_INTERNAL_PREFIXES)


def _read(pipe, name: str, log: Log) -> None:
    with pipe:
        for line in pipe:
            log.line(name, line.rstrip("\n"))


def _fetch(uri: str, directory: Path) -> Path:
    """A file of the emulator's S3, kept under its own name as Glue keeps it."""
    parsed = urlparse(uri)
    key = parsed.path.lstrip("/")
    data = s3._get_object_data(parsed.netloc, key) if parsed.scheme == "s3" and parsed.netloc in s3._buckets else None
    if data is None:
        raise FileNotFoundError(f"LAUNCH ERROR | File {uri} does not exist")
    target = directory / Path(key).name
    target.write_bytes(data)
    return target
