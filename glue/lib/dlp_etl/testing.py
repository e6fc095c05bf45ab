"""What the tests of a job need: one small Spark session, and a run of a file up to the point where it would be
published. Not used by a run, and the only module that reads YAML."""

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F

from .dedupe import RANK, rank
from .functions import functions_of
from .quarantine import without_headers
from .read import FLAGS, RAW, SOURCE, header_lines, read_rows
from .session import SETTINGS
from .source import SourceFile, first_line, header_names
from .spec import load_spec
from .validate import HEADER_RULE, broken_names, check, count_metrics, is_good

try:
    import pytest
except ImportError:  # on Glue
    pytest = None

# C1 only: tests are over before the optimising compiler would pay.
_QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def test_session(settings=None):
    """SparkSession with one core, no UI, and the semantics of a run; `settings` are added or win."""
    builder = SparkSession.builder.master("local[1]").appName("dlp tests")
    defaults = {
        **SETTINGS, "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": _QUICK_JVM,
    }
    for key, value in {**defaults, **(settings or {})}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


test_session.__test__ = False  # its name is not that of a test

if pytest:

    @pytest.fixture(scope="session")
    def spark():
        """The one session of a test run; starting it takes most of the time of a small suite."""
        session = test_session()
        yield session
        session.stop()


def load_job(path):
    """The module of a job.py, by its path: every job's is named alike, so `import job` would find only one of them."""
    path = Path(path).resolve()
    location = importlib.util.spec_from_file_location(f"{path.parent.name}_job", path)
    module = importlib.util.module_from_spec(location)
    location.loader.exec_module(module)
    return module


def load_job_spec(path):
    """Spec from a job.yaml. It is not validated here: `dlp etl check` does that."""
    import yaml

    return load_spec(json.dumps(yaml.safe_load(Path(path).read_text(encoding="utf-8")), default=str))


def rows_of(spark, spec, *rows):
    """DataFrame as clean(df) gets it, from dicts of strings; what a dict leaves out is null."""
    internal = {RAW: "", SOURCE: "test", **dict.fromkeys(FLAGS, False)}
    schema = ", ".join([*[f"`{name}` string" for name in spec.names], f"{RAW} string", f"{SOURCE} string",
                        *[f"{flag} boolean" for flag in FLAGS]])
    return spark.createDataFrame(
        [tuple({**dict.fromkeys(spec.names), **internal, **row}.values()) for row in rows], schema)


@dataclass(frozen=True)
class CheckedFile:
    """`counts` as in the run document; `written` {key as text (several joined by a bar): Row}; `bad` a list of
    (line as it stood, names of the broken rules)."""

    counts: dict
    written: dict
    bad: list


def check_file(spark, spec, job, path):
    """What a run would do with the local file at `path`, up to the batch that goes into gold. Raises JobError."""
    functions, path = functions_of(job), Path(path).resolve()
    head = path.read_bytes()
    header = first_line(head, path.name, whole=True)
    file = SourceFile(uri=path.as_uri(), version=None, etag="", size=len(head), modified="", read_uri=path.as_uri(),
                      header=header, names=tuple(header_names(header, path.name, spec)))
    marked, rules = check(read_rows(spark, [file], spec), spec, functions)
    seen = Observation("checked")
    marked = marked.observe(seen, *count_metrics(rules)).cache()
    marked.count()
    headers, found = header_lines([file], spec), seen.get
    header_rule = next(i for i, rule in enumerate(rules) if rule.name == HEADER_RULE)
    bad = without_headers(marked, rules, found[f"r{header_rule}"] > headers).select(RAW, broken_names(rules)).collect()
    good = marked.filter(is_good(rules)).select(*spec.names, SOURCE)
    batch = functions.enrich(rank(good, spec).filter(F.col(RANK) == 1).drop(RANK)).collect()
    marked.unpersist()
    return CheckedFile(
        counts={"read": found["rows"] - headers, "valid": found["valid"], "quarantined": len(bad),
                "deduplicated": found["valid"] - len(batch), "written": len(batch)},
        written={"|".join(str(row[name]) for name in spec.key): row for row in batch},
        bad=[(row[0], list(row[1])) for row in bad],
    )
