"""The arguments of a job run (contracts §3), the same on Glue and on a laptop."""

import argparse
import sys
from dataclasses import dataclass

_REQUIRED = ("job", "job_spec", "gold", "database", "mart_url", "mart_secret", "run_id", "source_uri")


@dataclass(frozen=True)
class Arguments:
    """`gold` has no trailing slash; `source_version` is None when the caller gave "-"; `glue_run_id` is Glue's jr_…"""

    job: str
    job_spec: str
    gold: str
    database: str
    mart_url: str
    mart_secret: str
    run_id: str
    source_uri: str
    source_version: str | None
    glue_run_id: str | None

    @property
    def tmp_uri(self):
        return f"{self.gold}/_dlp/{self.job}/tmp/{self.run_id}"

    @property
    def quarantine_uri(self):
        return f"{self.gold}/quarantine/{self.job}/run_id={self.run_id}/"


def parse_arguments(argv=None):
    """Arguments from `argv` (default: this process's). What Glue adds and we do not know is ignored.

    Glue's own getResolvedOptions is not used: it needs Glue's library and knows no optional argument.
    Ends the process with a usage message when a required argument is missing.
    """
    parser = argparse.ArgumentParser(prog="job.py", allow_abbrev=False)
    for name in _REQUIRED:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--source_version", default="-")
    parser.add_argument("--JOB_RUN_ID")
    known, _ = parser.parse_known_args(sys.argv[1:] if argv is None else argv)
    return Arguments(
        **{name: getattr(known, name) for name in _REQUIRED if name != "gold"},
        gold=known.gold.rstrip("/"),
        source_version=None if known.source_version in ("-", "", "null") else known.source_version,
        glue_run_id=known.JOB_RUN_ID,
    )
