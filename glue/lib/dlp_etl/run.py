"""One run of a job, from its arguments to its committed batch. Reads top-down; each step is a module of its own."""

import os
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

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
from .reconcile import reconcile, reconcile_batch
from .source import is_current, pin, read_header, resolve_source
from .spec import load_spec
from .steps import Steps, log
from .storage import Storage
from .validate import HEADER_RULE, check, count_metrics, is_good

_AT_ONCE = 8


def main(job, argv=None):
    """Runs `job` (its module, or its globals()) and ends the process: 0, or 1 with the message as the last line."""
    args = parse_arguments(argv)
    run = Run(functions_of(job), args, lambda: session.start_session(args.job, args.gold))
    run.report_when_stopped()
    try:
        run.execute()
    except JobError as error:
        run.stop_spark()
        # Not a traceback: Glue takes the last line for its ErrorMessage.
        sys.exit(str(error))
    run.stop_spark()


class Run:
    """One run. `job` is JobFunctions; `start_spark()` gives the session, asked for only when there is something to read.

    The steps are methods in the order in which they happen; what they find goes into `document`.
    """

    def __init__(self, job, args, start_spark, storage=None):
        self.job, self.args, self._start_spark = job, args, start_spark
        self.storage, self.steps, self.document = storage or Storage(), Steps(), RunDocument(args)
        self.rows = self.document.rows
        self.spark = None

    def execute(self):
        """Runs, and writes the document however that ended. Returns it; raises JobError when the run failed."""
        failure = None
        try:
            self._run()
        except Exception as error:
            failure = as_job_error(error)
            if failure is not error:
                failure.__cause__ = error
                traceback.print_exc()
            self.document.failed(failure)
        try:
            self.document.write(self.storage, self.steps.timings)
        except Exception as error:
            log(f"the run document cannot be written: {error}")
            failure = failure or as_job_error(error)
        if failure:
            raise failure
        log(f"{self.document.value['status']}: {self.rows}")
        return self.document.value

    def _run(self):
        with self.steps.step("plan"):
            spec, batch = self._plan()
        if batch is None:
            return
        with self.steps.step("start"):
            self.spark = self._start_spark()
            session.fit_shuffle(self.spark, sum(file.text_bytes for file in batch.files))
        with self.steps.step("read"):
            checked, rules, repeated_headers = self._stage(spec, batch.files)
        rejected = self.rows["read"] - self.rows["valid"]
        if rejected:
            # Before the gate, so that a file that is refused as a whole can be looked at row by row.
            with self.steps.step("quarantine"):
                bad = without_headers(checked, rules, repeated_headers)
                self.rows["quarantined"] = write_quarantine(bad, rules, self.args.quarantine_uri, self.args.run_id)
                self.document["quarantineUri"] = self.args.quarantine_uri
        self._gate(spec.max_bad_ratio, rejected)
        with self.steps.step("dedupe"):
            ready, columns = self._one_per_key(spec, checked.filter(is_good(rules)), batch.id)
        reconcile_batch(self.rows)
        with self.steps.step("connect"):
            postgres = mart.connect(self.spark, self.args)
        try:
            gold = GoldTable(self.spark, self.args.database, spec.table, columns)
            table = mart.MartTable(postgres, spec.table, columns, spec.key, batch.id)
            with table.locked():
                self._publish(spec, batch.id, ready, gold, table)
        finally:
            postgres.close()
        with self.steps.step("commit"):
            self._commit(batch)

    def _plan(self):
        """The spec, and the batch with the header of every file; no batch when there is nothing to do."""
        spec = load_spec(self.storage.read_text(self.args.job_spec))
        if spec.name != self.args.job:
            raise ValueError(f"{self.args.job_spec} is the spec of {spec.name}, not of {self.args.job}")
        uri = self.args.source_uri
        batch = plan_batch(self._manifests(), uri, resolve_source(self.storage, uri, self.args.source_version))
        if batch is None:
            log(f"nothing new below {uri}")
            self.document.skipped()
            return spec, None
        self.document.planned(batch)
        if batch.committed or batch.superseded_by:
            by = batch.committed or batch.superseded_by
            log(f"{uri}: {'this' if batch.committed else 'a newer'} version was loaded before, by {by['runId']}")
            self.document.skipped(batch.committed)
            return spec, None
        self.storage.delete_below(f"{self.args.tmp_uri}/")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            files = tuple(pool.map(lambda file: read_header(self.storage, file, spec), batch.files))
        return spec, replace(batch, files=files)

    def _manifests(self):
        return Manifests(self.storage, self.args.gold, self.args.job)

    def _stage(self, spec, files):
        """The files, parsed and checked once, as Parquet below tmp: what is split into good and bad later cannot change
        in between. Counts what was read. Returns the DataFrame, the rules, and whether a header came twice in a file."""
        for _ in range(2):
            pinned = [pin(self.storage, file, self.args.tmp_uri, number) for number, file in enumerate(files)]
            marked, rules = check(read_rows(self.spark, pinned, spec), spec, self.job)
            seen = Observation("checked")
            checked = self._scratch(marked.observe(seen, *count_metrics(rules)), "checked")
            # Was an object replaced while Spark read it? Then the version that was asked for is copied, and read.
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                if all(pool.map(lambda file: is_current(self.storage, file), pinned)):
                    break
            log("the source changed while it was read; reading again")
        else:
            raise JobError("SOURCE_MISSING", f"{self.args.source_uri} changed again and again while it was read")
        counts, headers = seen.get, header_lines(files, spec)
        broken = {rule.name: counts[f"r{i}"] for i, rule in enumerate(rules)}
        broken[HEADER_RULE] -= headers
        self.document["rules"] = {name: count for name, count in broken.items() if count}
        self.rows["read"], self.rows["valid"] = counts["rows"] - headers, counts["valid"]
        return checked, rules, broken[HEADER_RULE] > 0

    def _gate(self, max_bad_ratio, rejected):
        read = self.rows["read"]
        if rejected > max_bad_ratio * read:
            rules = ", ".join(f"{name} {count}" for name, count in self.document.value["rules"].items())
            raise JobError("TOO_MANY_BAD_ROWS", f"{rejected} of {read} rows ({rejected / read:.1%}) are bad, more than "
                           f"maxBadRatio {max_bad_ratio:.1%}: {rules}; see {self.args.quarantine_uri}")

    def _one_per_key(self, spec, good, batch_id):
        """The batch as it goes into gold, as Parquet below tmp (a merge may read it twice), and its TableColumns."""
        ranked, written = Observation("ranked"), Observation("written")
        ranks = rank(good.select(*spec.names, "_source"), spec)
        first = ranks.observe(ranked, F.count(F.when(F.col(RANK) > 1, 1)).alias("duplicates"))
        batch = self.job.enrich(first.filter(F.col(RANK) == 1).drop(RANK))
        missing = {*spec.names, "_source"} - set(batch.columns)
        if missing:
            raise ValueError(f"enrich(df) lost the columns {', '.join(sorted(missing))}")
        columns = table_columns(batch)
        batch = batch.select(*[column.name for column in columns], F.lit(batch_id).alias("_batch_id"), "_source")
        ready = self._scratch(batch.observe(written, F.count(F.lit(1)).alias("rows")), "batch")
        self.rows["deduplicated"], self.rows["written"] = ranked.get["duplicates"], written.get["rows"]
        return ready, columns

    def _publish(self, spec, batch_id, ready, gold, table):
        """The batch into gold, from there into the mart, and the mart commits only what adds up."""
        with self.steps.step("merge"):
            gold.ensure(spec.partition_by)
            table.ensure()
            if self.rows["written"]:
                gold.merge(ready, spec.key, self.args.run_id)
            snapshot = self.document["snapshotId"] = gold.snapshot_id()
        if not self.rows["written"]:
            return
        export_uri = f"{self.args.tmp_uri}/export"
        with self.steps.step("export"):
            in_gold = gold.export(batch_id, snapshot, spec.sums, export_uri)
        with table.staged():
            with self.steps.step("load"):
                self.rows["staged"] = table.stage(export_uri)
            with table.transaction():
                with self.steps.step("upsert"):
                    self.rows.update(table.upsert())
                with self.steps.step("reconcile"):
                    in_mart = table.figures(spec.sums)
                    self.rows["loaded"] = in_mart["rows"]
                    self.document.compare(in_gold, in_mart)
                    reconcile(self.rows, self.document.value["sums"], self.document.value["checksum"])

    def _commit(self, batch):
        self.document.ok()
        if not self._manifests().commit(batch, self.document.value):
            log(f"batch {batch.id} was committed meanwhile by another run; both wrote the same rows")
        self.storage.delete_below(f"{self.args.tmp_uri}/")

    def _scratch(self, frame, name):
        """`frame`, written below tmp and to be read from there."""
        uri = f"{self.args.tmp_uri}/{name}"
        # Version 2 saves a round of copies, and half a result is never read; snappy takes less time than zstd.
        frame.write.mode("overwrite").option("mapreduce.fileoutputcommitter.algorithm.version", "2") \
            .option("compression", "snappy").parquet(uri)
        return self.spark.read.schema(frame.schema).parquet(uri)

    def stop_spark(self):
        if self.spark:
            self.spark.stop()

    def report_when_stopped(self):
        """A stop from outside (a person, Glue's time limit) still leaves a document. The process then ends at once:
        what it had begun in the mart is rolled back with its connection, and a later run does the batch again."""
        def stopped(_signal, _frame):
            error = JobError("INTERNAL", "the run was stopped from outside")
            self.document.failed(error)
            try:
                self.document.write(self.storage, self.steps.timings)
            finally:
                print(str(error), file=sys.stderr, flush=True)
                os._exit(143)
        signal.signal(signal.SIGTERM, stopped)
