"""What `dlp local up` decided, read once from the environment (docs/contracts.md §10); nothing else reads DLP_LOCAL_*."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Settings:
    port: int
    state: Path
    postgres_host: str
    postgres_port: int
    postgres_user: str
    postgres_password: str
    jars: Path
    node: str
    authority: str
    region: str
    spark_memory: str
    spark_slots: int
    glue_minute: float

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def spark(self) -> Path:
        return self.state / "spark"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Takes the variables out of the environment, so that no Lambda and no job inherits them."""
        given = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("DLP_LOCAL_")}

        def need(name: str) -> str:
            value = given.get(f"DLP_LOCAL_{name}", "")
            if not value:
                raise SystemExit(f"dlp_local: DLP_LOCAL_{name} is not set; start the local cloud with `dlp local up`")
            return value

        return cls(
            port=int(need("PORT")),
            state=Path(need("STATE")).absolute(),
            postgres_host=need("PG_HOST"),
            postgres_port=int(need("PG_PORT")),
            postgres_user=need("PG_USER"),
            postgres_password=Path(need("PG_PASSWORD_FILE")).read_text().strip(),
            jars=Path(need("JARS")).absolute(),
            node=need("NODE"),
            authority=need("CA"),
            region=need("REGION"),
            spark_memory=given.get("DLP_LOCAL_SPARK_MEMORY") or "1g",
            # One JVM at a time: two Spark drivers do not fit beside an editor and a browser on a small laptop.
            spark_slots=int(given.get("DLP_LOCAL_SPARK_SLOTS") or 1),
            # The length of a Glue minute; only the tests shorten it, to see a timeout without waiting for one.
            glue_minute=float(given.get("DLP_LOCAL_GLUE_MINUTE") or 60),
        )


def prepare(settings: Settings) -> None:
    """Make the directories, and set what MiniStack reads while it is imported."""
    scratch = settings.state / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    for directory in (scratch, settings.logs / "spark", settings.spark, settings.state / "emulator"):
        directory.mkdir(parents=True, exist_ok=True)
    # MiniStack writes its Node workers as plain .js files here; a package.json further up may say "module".
    (scratch / "package.json").write_text('{"type": "commonjs"}\n')
    # Its files hold every secret in plain text.
    (settings.state / "emulator").chmod(0o700)
    os.environ.update({
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        # The name that URLs and virtual-host buckets are recognised by; requests to 127.0.0.1 are path style.
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": settings.region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(settings.state / "emulator"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.state / "emulator" / "s3"),
        "ATHENA_ENGINE": "duckdb",
        "LAMBDA_EXECUTOR": "local",
        # MiniStack's own listeners and back ends beside the one port.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{settings.state}/no-docker",
        "TMPDIR": str(scratch),
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": settings.endpoint,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    })
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ.pop(name, None)
