"""The emulator as `dlp local up` starts it, and what the tests ask of it."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config

from postgres import Postgres, free_port

_ROOT = Path(__file__).parents[2]


class Cloud:
    def __init__(self, state: Path, postgres: Postgres, **more):
        self.state = state
        self.postgres = postgres
        self.port = free_port(5500, 5550)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None
        self._more = more
        self._clients: dict = {}

    def start(self) -> None:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME", "LANG") if name in os.environ},
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "DLP_LOCAL_PORT": str(self.port), "DLP_LOCAL_STATE": str(self.state), "DLP_LOCAL_PG_HOST": "127.0.0.1",
            "DLP_LOCAL_PG_PORT": str(self.postgres.port), "DLP_LOCAL_PG_USER": self.postgres.user,
            "DLP_LOCAL_PG_PASSWORD_FILE": str(self.postgres.password_file),
            "DLP_LOCAL_JARS": os.environ.get("DLP_TEST_JARS") or str(_ROOT / ".dlp" / "jars"), "DLP_LOCAL_NODE": _node(),
            "DLP_LOCAL_CA": str(self.postgres.tls / "ca.pem"), "DLP_LOCAL_REGION": "eu-central-1",
            "DLP_LOCAL_SPARK_MEMORY": "512m", "DLP_LOCAL_GLUE_MINUTE": "6", **self._more,
        }
        with (self.state / "emulator.log").open("a") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "dlp_local"], env=environment, stdout=log, stderr=log,
                                            cwd=self.state, start_new_session=True)
        wait_for(lambda: self.health()["status"] == "ok", 30, "the emulator to answer")

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def health(self) -> dict:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_dlp/health", timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            if self.process.poll() is not None:
                raise RuntimeError((self.state / "emulator.log").read_text()[-3000:]) from None
            return {"status": "starting"}

    def log(self) -> str:
        return (self.state / "emulator.log").read_text()

    def client(self, service: str):
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service, endpoint_url=self.endpoint, region_name="eu-central-1", aws_access_key_id="test",
                aws_secret_access_key="test", config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}))
        return self._clients[service]

    # ---- stacks ----

    def deploy(self, name: str, resources: dict, outputs: dict | None = None) -> dict:
        """Create or update a stack as the CDK does, by a change set; its outputs, or the reason it failed."""
        formation = self.client("cloudformation")
        template = json.dumps({"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}})
        exists = any(stack["StackName"] == name and stack["StackStatus"] != "DELETE_COMPLETE"
                     for stack in formation.describe_stacks()["Stacks"])
        change = formation.create_change_set(
            StackName=name, ChangeSetName=f"change-{time.time_ns()}", ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])["Id"]
        wait_for(lambda: formation.describe_change_set(ChangeSetName=change)["Status"] == "CREATE_COMPLETE", 20, "the change set")
        formation.execute_change_set(ChangeSetName=change)
        stack = self.settle(name)
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise StackFailed(self.failures(name))
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def destroy(self, name: str) -> None:
        """Delete a stack; what would not go is the error."""
        formation = self.client("cloudformation")
        stack_id = formation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        formation.delete_stack(StackName=name)
        if self.settle(stack_id)["StackStatus"] != "DELETE_COMPLETE":
            raise StackFailed(self.failures(stack_id))

    def settle(self, name: str) -> dict:
        formation = self.client("cloudformation")
        return wait_for(lambda: next(
            (stack for stack in formation.describe_stacks(StackName=name)["Stacks"]
             if not stack["StackStatus"].endswith("_IN_PROGRESS")), None), 60, f"stack {name}")

    def failures(self, name: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
                         for event in events if event["ResourceStatus"].endswith("FAILED"))

    def resource(self, stack: str, logical_id: str) -> str:
        answer = self.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
        return answer["StackResourceDetail"]["PhysicalResourceId"]


class StackFailed(Exception):
    """Its message holds the reason of each resource that failed."""


def wait_for(check, seconds: float, what: str):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def alive(pid: int) -> bool:
    """A zombie has ended; only its parent has not asked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _node() -> str:
    local = _ROOT / "node_modules" / "node" / "bin" / "node"
    return str(local) if local.exists() else shutil.which("node")
