"""One run of a job, from its arguments to its committed batch. Reads top-down; each step is a module of its own."""

import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import Observation
from pyspark.sql import functions as F

from . import mart, session
from .args import parse_arguments
from .batch import Manifests, plan_batch
from .columns import table_columns
from .dedupe import RANK, rank
from .document import RunDocument
from .errors import JobError, as_job_error
from .functions import functions_of
from .gold import GoldTable
from .quarantine import without_headers, write_quarantine
from .read import header_lines, read_rows
from .reconcile import reconcile
from .source import is_current, pin, read_header, resolve_source
from .spec import load_spec
from .steps import Steps, log
from .storage import Storage
from .validate import HEADER_RULE, check, count_metrics, is_good

_HEADS_AT_ONCE = 8


def main(job, argv=None):
    """Runs `job` (its module, or its globals()) and ends the process: 0, or 1 with the message as the last line."""
    args = parse_arguments(argv)
    _raise_on_stop()
    sparks = []

    def start_spark():
        sparks.append(session.start_session(args.job, args.gold))
        return sparks[0]

    try:
        execute(functions_of(job), args, start_spark)
    except JobError as error:
        for spark in sparks:
            spark.stop()
        # Not a traceback: Glue takes the last line for its ErrorMessage.
        sys.exit(str(error))
    for spark in sparks:
        spark.stop()


def execute(job, args, start_spark, storage=None):
    """The run, with its document written however it ends. Returns the document; raises JobError when the run failed.

    `job` is JobFunctions; `start_spark()` gives the session, asked for only when there is something to read.
    """
    storage, steps, document = storage or Storage(), Steps(), RunDocument(args)
    failure = None
    try:
        _run(job, args, start_spark, storage, steps, document)
    except BaseException as error:  # also a stop from outside: the document says so while it can
        failure = as_job_error(error)
        document.failed(failure)
        if failure.code == "INTERNAL":
            traceback.print_exc()
        if not isinstance(error, JobError):
            failure.__cause__ = error
    try:
        document.write(storage, steps.timings)
    except Exception as error:
        log(f"the run document cannot be written: {error}")
        failure = failure or as_job_error(error)
    if failure:
        raise failure
    log(f"{document.value['status']}: {document.rows}")
    return document.value


def _run(job, args, start_spark, storage, steps, document):
    with steps.step("plan"):
        spec = load_spec(storage.read_text(args.job_spec))
        manifests = Manifests(storage, args.gold, args.job)
        found = resolve_source(storage, args.source_uri, args.source_version)
        batch = plan_batch(manifests, args.source_uri, found)
        if batch is None:
            log(f"nothing new below {args.source_uri}")
            return document.skipped()
        document.planned(batch)
        if batch.committed or batch.superseded_by:
            log(_why_skipped(args, batch))
            return document.skipped(batch.committed)
        storage.delete_below(f"{args.tmp_uri}/")
        with ThreadPoolExecutor(_HEADS_AT_ONCE) as pool:
            files = list(pool.map(lambda file: read_header(storage, file, spec), batch.files))
    with steps.step("start"):
        spark = start_spark()
        session.fit_shuffle(spark, sum(file.size for file in files))
    with steps.step("read"):
        checked, rules, counts = _stage(spark, storage, job, args, spec, files)
    headers = header_lines(files, spec)
    with steps.step("validate"):
        broken = {rule.name: counts[f"r{i}"] for i, rule in enumerate(rules)}
        repeated = broken[HEADER_RULE] - headers
        broken[HEADER_RULE] = repeated
        document["rules"] = {name: count for name, count in broken.items() if count}
        document.rows["read"] = counts["rows"] - headers
        document.rows["valid"] = counts["valid"]
        rejected = document.rows["read"] - counts["valid"]
    # Before the gate, so that a file that is refused as a whole can be looked at row by row.
    if rejected:
        with steps.step("quarantine"):
            bad = without_headers(checked, rules, repeated > 0)
            document.rows["quarantined"] = write_quarantine(bad, rules, args.quarantine_uri, args.run_id)
            document["quarantineUri"] = args.quarantine_uri
    _gate(document.value, spec.max_bad_ratio, rejected)
    with steps.step("dedupe"):
        good = checked.filter(is_good(rules)).select(*spec.names, "_source")
        ready, columns = _one_per_key(spark, job, args, spec, good, batch.id, document.rows)
    with steps.step("connect"):
        postgres = mart.connect(spark, args)
    try:
        gold = GoldTable(spark, args.database, spec.table, columns)
        table = mart.MartTable(postgres, spec.table, columns, spec.key, batch.id)
        with table.locked():
            _publish(args, spec, batch, steps, document, ready, gold, table)
    finally:
        postgres.close()
    with steps.step("commit"):
        document.ok()
        if not manifests.commit(batch, document.value):
            log(f"batch {batch.id} was committed meanwhile by another run; both wrote the same rows")
        storage.delete_below(f"{args.tmp_uri}/")


def _publish(args, spec, batch, steps, document, ready, gold, table):
    """The batch into gold, from there into the mart, and the mart commits only what adds up."""
    with steps.step("merge"):
        gold.ensure(spec.partition_by)
        table.ensure()
        if document.rows["written"]:
            gold.merge(ready, spec.key, args.run_id)
        snapshot = gold.snapshot_id()
        document["snapshotId"] = snapshot
    if not document.rows["written"]:
        return reconcile(document.rows, {}, document.value["checksum"])
    with steps.step("export"):
        in_gold = gold.export(batch.id, snapshot, spec.sums, f"{args.tmp_uri}/export")
    with steps.step("load"):
        document.rows["staged"] = table.stage(f"{args.tmp_uri}/export")
    with table.transaction():
        with steps.step("upsert"):
            document.rows.update(table.upsert())
        with steps.step("reconcile"):
            in_mart = table.figures(spec.sums)
            document.rows["loaded"] = in_mart["rows"]
            document.compare(in_gold, in_mart)
            reconcile(document.rows, document.value["sums"], document.value["checksum"])
    table.drop_staging()


def _stage(spark, storage, job, args, spec, files):
    """The files, parsed and checked once, as Parquet below tmp: what is split into good and bad later cannot change
    in between. Returns the DataFrame, the rules and the counts of `count_metrics`."""
    for _ in range(2):
        pinned = [pin(storage, file, args.tmp_uri, number) for number, file in enumerate(files)]
        marked, rules = check(read_rows(spark, pinned, spec), spec, job)
        seen = Observation("checked")
        uri = f"{args.tmp_uri}/checked"
        _write(marked.observe(seen, *count_metrics(rules)), uri)
        counts = seen.get
        # Was an object replaced while Spark read it? Then the version that was asked for is copied, and read.
        with ThreadPoolExecutor(_HEADS_AT_ONCE) as pool:
            if all(pool.map(lambda file: is_current(storage, file), pinned)):
                return spark.read.schema(marked.schema).parquet(uri), rules, counts
        log("the source changed while it was read; reading again")
    raise JobError("SOURCE_MISSING", f"{args.source_uri} changed again and again while it was read")


def _gate(document, max_bad_ratio, rejected):
    read = document["rows"]["read"]
    if rejected and rejected > max_bad_ratio * read:
        rules = ", ".join(f"{name} {count}" for name, count in document["rules"].items())
        raise JobError("TOO_MANY_BAD_ROWS", f"{rejected} of {read} rows ({rejected / read:.1%}) are bad, more than "
                       f"maxBadRatio {max_bad_ratio:.1%}: {rules}; see {document['quarantineUri']}")


def _one_per_key(spark, job, args, spec, good, batch_id, rows):
    """The batch as it goes into gold, as Parquet below tmp (a merge may read it twice), and its TableColumns."""
    ranked, written = Observation("ranked"), Observation("written")
    first = rank(good, spec).observe(ranked, F.count(F.when(F.col(RANK) > 1, 1)).alias("duplicates"))
    batch = job.enrich(first.filter(F.col(RANK) == 1).drop(RANK))
    missing = {*spec.names, "_source"} - set(batch.columns)
    if missing:
        raise ValueError(f"enrich(df) lost the columns {', '.join(sorted(missing))}")
    columns = table_columns(batch)
    batch = batch.select(*[column.name for column in columns], F.lit(batch_id).alias("_batch_id"), "_source")
    uri = f"{args.tmp_uri}/batch"
    _write(batch.observe(written, F.count(F.lit(1)).alias("rows")), uri)
    rows["deduplicated"], rows["written"] = ranked.get["duplicates"], written.get["rows"]
    return spark.read.schema(batch.schema).parquet(uri), columns


def _write(frame, uri):
    # Scratch: version 2 saves a round of copies, and half a result is never read. Snappy costs less time than zstd.
    frame.write.mode("overwrite").option("mapreduce.fileoutputcommitter.algorithm.version", "2") \
        .option("compression", "snappy").parquet(uri)


def _why_skipped(args, batch):
    if batch.committed:
        return f"{args.source_uri} was loaded before, by {batch.committed['runId']}"
    return f"a newer version of {args.source_uri} is loaded already, by {batch.superseded_by['runId']}"


def _raise_on_stop():
    """A stop (Glue, a time limit) raises in the main thread, so that the run document is still written."""
    def stop(_signal, _frame):
        raise JobError("INTERNAL", "the run was stopped from outside")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
