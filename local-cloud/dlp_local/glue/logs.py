"""What a job prints: to a file for people, to CloudWatch Logs for everything else, with every known password struck out.

Touches: `ministack.services.cloudwatch_logs` (`_create_log_group`, `_create_log_stream`, `_put_log_events`) and
`secretsmanager._secrets`, read for the values to strike out.
"""

import json
import re
import threading
import time
from pathlib import Path

from ministack.services import cloudwatch_logs, secretsmanager

from ..seam import need

GROUPS = {"stdout": "/aws-glue/jobs/output", "stderr": "/aws-glue/jobs/error"}
_FLUSH = 1.0
_LOG_LINE = re.compile(r"^\d\d/\d\d/\d\d \d\d:\d\d:\d\d |^SLF4J|^WARNING: |^Setting default log level|^To adjust logging")
_JAVA_LINE = re.compile(r"^\s|^at |^Caused by:|^: |^\.\.\. \d+ more|^$|^\)$")
_TAIL = 400
_LONGEST = 200_000  # CloudWatch Logs takes 256 KiB in one event


def install() -> None:
    need(cloudwatch_logs, "_create_log_group", "_create_log_stream", "_put_log_events", "_log_groups")
    need(secretsmanager, "_secrets")


def strike_out(text: str) -> str:
    for value in secret_values():
        text = text.replace(value, "***")
    return text


def secret_values() -> list[str]:
    """Every password held in Secrets Manager now, longest first so that no part of one survives."""
    values = set()
    for secret in secretsmanager._secrets.values():
        for version in secret.get("Versions", {}).values():
            text = version.get("SecretString") or ""
            try:
                document = json.loads(text)
            except ValueError:
                document = text
            if isinstance(document, dict):
                document = document.get("password", "")
            # A short value would strike out harmless words.
            if isinstance(document, str) and len(document) >= 8:
                values.add(document)
    return sorted(values, key=len, reverse=True)


class Log:
    """One run's output. `line` may be called from the threads that read the two streams."""

    def __init__(self, path: Path, stream: str):
        self._file = path.open("w", encoding="utf-8")
        self._stream = stream
        self._lock = threading.Lock()
        self._pending: dict[str, list[dict]] = {name: [] for name in GROUPS}
        self._errors: list[str] = []
        self._flushed = time.monotonic()
        for group in GROUPS.values():
            if group not in cloudwatch_logs._log_groups:
                cloudwatch_logs._create_log_group({"logGroupName": group})
            cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})

    def line(self, source: str, text: str) -> None:
        text = strike_out(text)
        with self._lock:
            self._file.write(text + "\n")
            if text:
                self._pending[source].append({"timestamp": int(time.time() * 1000), "message": text[:_LONGEST]})
            if source == "stderr":
                self._errors = [*self._errors[-_TAIL:], text]
            if time.monotonic() - self._flushed > _FLUSH or len(self._pending[source]) > 500:
                self._flush()

    def close(self) -> None:
        with self._lock:
            self._flush()
            self._file.close()

    def error(self) -> str:
        with self._lock:
            return last_message(self._errors)

    def _flush(self) -> None:
        self._file.flush()
        self._flushed = time.monotonic()
        for source, events in self._pending.items():
            if events:
                cloudwatch_logs._put_log_events(
                    {"logGroupName": GROUPS[source], "logStreamName": self._stream, "logEvents": events})
                self._pending[source] = []


def last_message(lines: list[str]) -> str:
    """The last thing a script said before it ended, past what Spark logs and the frames of Java."""
    said = [line for line in lines if not _LOG_LINE.match(line) and not _JAVA_LINE.match(line)]
    return said[-1][:2000] if said else ""
