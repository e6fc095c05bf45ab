"""What needs neither Spark nor a cloud: arguments, spec, headers, batches, sums, errors."""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from types import SimpleNamespace

import pytest
from dlp_etl.args import parse_arguments
from dlp_etl.batch import batch_id, plan_batch
from dlp_etl.columns import TableColumn, as_figures
from dlp_etl.errors import JobError, as_job_error
from dlp_etl.functions import functions_of
from dlp_etl.reconcile import differences, reconcile, reconcile_batch
from dlp_etl.source import SourceFile, first_line, header_names
from dlp_etl.spec import load_spec, spec_from_dict
from dlp_etl.steps import Steps
from dlp_etl.storage import Storage, split_uri

ARGUMENTS = ["--job", "orders", "--job_spec", "s3://a/s.json", "--gold", "s3://gold/", "--database", "dlp_dev_gold",
             "--mart_url", "jdbc:postgresql://h:5432/mart", "--mart_secret", "arn", "--run_id", "orders-1",
             "--source_uri", "s3://landing/orders/a.csv"]
SPEC = {
    "name": "orders", "key": ["id"], "orderBy": ["day"], "source": {"onExtraColumns": "reject"},
    "columns": [{"name": "id", "type": "bigint"}, {"name": "price", "type": "decimal(15,2)", "min": 0.1},
                {"name": "day", "type": "date"}],
    "checks": {"maxBadRatio": 0.1, "sums": ["price"]}, "target": {"table": "orders", "partitionBy": ["year(day)"]},
}


def test_arguments_take_what_glue_adds_and_a_dash_for_no_version():
    args = parse_arguments([*ARGUMENTS, "--source_version", "-", "--JOB_RUN_ID", "jr_1", "--TempDir", "s3://t/",
                            "--enable-metrics", "--extra-py-files", "s3://a/lib.zip"])

    assert (args.source_version, args.glue_run_id, args.gold) == (None, "jr_1", "s3://gold")
    assert args.tmp_uri == "s3://gold/_dlp/orders/tmp/orders-1"
    assert args.quarantine_uri == "s3://gold/quarantine/orders/run_id=orders-1/"


def test_a_missing_argument_is_named(capsys):
    with pytest.raises(SystemExit):
        parse_arguments(ARGUMENTS[:-2])
    assert "--source_uri" in capsys.readouterr().err


def test_spec_keeps_numbers_exact_and_speaks_sparks_transforms():
    spec = load_spec('{"name": "orders", "key": ["id"], "columns": [{"name": "id", "type": "bigint"}, {"name": "price", '
                     '"type": "decimal(15, 2)", "min": 0.1, "max": 1e6}], "target": {"table": "orders", '
                     '"partitionBy": ["bucket(16, id)", "id"]}}')

    assert [str(bound) for bound in (spec.columns[1].min, spec.columns[1].max)] == ["0.1", "1000000"]
    assert spec.columns[1].type == "decimal(15,2)"
    assert spec.partition_by == ("bucket(16, `id`)", "`id`")
    assert (spec.delimiter, spec.max_bad_ratio, spec.order_by, spec.ignore_extra_columns) == (",", 0.05, (), False)
    assert spec_from_dict(SPEC).partition_by == ("years(`day`)",)


@pytest.mark.parametrize("change, message", [
    ({"key": ["nope"]}, "key: 'nope' is not a column"),
    ({"key": []}, "key: at least one"),
    ({"columns": [*SPEC["columns"], {"name": "id", "type": "int"}]}, "used twice"),
    ({"columns": [{"name": "id", "type": "money"}]}, "unknown type 'money'"),
    ({"columns": [{"name": "id", "type": "decimal(40,2)"}]}, "at most 38 digits"),
    ({"columns": [{"name": "_id", "type": "int"}]}, "'_id' is not a name"),
    ({"columns": [{"name": "id", "type": "int", "format": "yyyy"}]}, "format is for dates"),
    ({"checks": {"sums": ["day"]}}, "only int, bigint and decimal add up"),
    ({"target": {"table": "orders", "partitionBy": ["week(day)"]}}, "no partition transform"),
    ({"target": {"table": "orders", "partitionBy": ["year(nope)"]}}, "'nope' is not a column"),
    ({"source": {"format": "json"}}, "'json' is not csv"),
])
def test_a_wrong_spec_says_where(change, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        spec_from_dict({**SPEC, **change})


@pytest.mark.parametrize("head, code", [
    (b"id,price\n\0\1", "NOT_TEXT"),
    ("id,prix\n".encode("utf-16"), "NOT_TEXT"),
    (b"id,pr\xe9x\n1,2\n", "NOT_TEXT"),
    (b"id\n" + b"\xff\xfe" * 40, "NOT_TEXT"),
    (b"\n  \r\n", "EMPTY_FILE"),
    (b"\xef\xbb\xbf", "EMPTY_FILE"),
])
def test_what_is_no_text_is_refused(head, code):
    with pytest.raises(JobError) as caught:
        first_line(head, "s3://l/a.csv", whole=True)
    assert caught.value.code == code


@pytest.mark.parametrize("head", [b"id,price\n1,2\n", b"\n\nid,price\r\n1,2\r\n", b"\xef\xbb\xbfid,price\r1,2", b"id,price"])
def test_the_header_is_the_first_line_that_is_not_blank(head):
    assert first_line(head, "s3://l/a.csv", whole=True) == "id,price"


def test_one_bad_character_in_the_rows_is_a_matter_of_the_row():
    assert first_line(b"id,price\n1,caf\xe9\n" + b"2,plain\n" * 50, "s3://l/a.csv", whole=True) == "id,price"


def test_a_line_that_does_not_end_is_no_header():
    with pytest.raises(JobError, match="no line end"):
        first_line(b"x" * 100, "s3://l/a.csv", whole=False)


def test_a_wrong_header_names_every_column_that_is_wrong():
    spec = spec_from_dict(SPEC)
    with pytest.raises(JobError) as caught:
        header_names("id,Price,id,day ", "s3://l/a.csv", spec)
    assert caught.value.code == "HEADER_MISMATCH"
    assert "missing price; unexpected Price; twice id" in caught.value.message


def test_header_names_may_be_quoted_in_any_order_and_have_more_if_the_job_says_so():
    spec = replace(spec_from_dict(SPEC), ignore_extra_columns=True)
    assert header_names('"day","price",note,id', "s3://l/a.csv", spec) == ["day", "price", "note", "id"]


def file_of(uri="s3://l/orders/a.csv", version="v1", etag="e1", modified="2026-01-01T00:00:00+00:00", newest=None):
    return SourceFile(uri=uri, version=version, etag=etag, size=3, modified=modified, read_uri=uri, newest=newest or version)


class Manifests:
    """Those that a test says are there."""

    def __init__(self, *batches):
        self._manifests = [{"batchId": batch_id(uri, files), "runId": "r0", "files": [f.manifest_entry() for f in files]}
                           for uri, files in batches]

    def all(self):
        return self._manifests

    def of_file(self, uri):
        return [m for m in self._manifests if [entry["uri"] for entry in m["files"]] == [uri]]

    def get(self, identity):
        return next((m for m in self._manifests if m["batchId"] == identity), None)


def test_a_batch_is_the_same_for_the_same_files_only():
    one, other = file_of(), file_of(uri="s3://l/orders/b.csv")
    same = batch_id("s3://l/orders/", [one, other])
    assert batch_id("s3://l/orders/", [other, one]) == same
    assert batch_id("s3://l/orders/", [one, replace(other, etag="e2")]) != same
    assert batch_id(one.uri, [one])[:8] == batch_id(one.uri, [replace(one, version="v2")])[:8]


def test_a_committed_version_is_not_loaded_again():
    file = file_of()
    batch = plan_batch(Manifests((file.uri, [file])), file.uri, [file])
    assert batch.committed["runId"] == "r0"


@pytest.mark.parametrize("loaded, superseded", [
    (file_of(version="v2", modified="2026-01-01T00:00:05+00:00"), True),
    (file_of(version="v0", modified="2025-12-31T00:00:00+00:00"), False),
    (file_of(version="v2"), True),  # of the same second, and the newest
    (file_of(version="v0"), False),  # of the same second, but not the newest
])
def test_an_older_version_does_not_follow_a_newer_one(loaded, superseded):
    file = file_of(newest="v2")
    batch = plan_batch(Manifests((file.uri, [loaded])), file.uri, [file])
    assert batch.committed is None
    assert (batch.superseded_by is not None) == superseded


def test_a_prefix_means_the_files_that_no_manifest_names():
    prefix, done, changed, new = "s3://l/orders/", file_of(), file_of(uri="s3://l/orders/b.csv"), file_of(uri="s3://l/orders/c.csv")
    manifests = Manifests((prefix, [done, changed]))
    found = [done, replace(changed, etag="e2"), new]

    assert [file.uri[-5:] for file in plan_batch(manifests, prefix, found).files] == ["b.csv", "c.csv"]
    assert plan_batch(manifests, prefix, [done]) is None


ROWS = {"read": 10, "valid": 9, "quarantined": 1, "deduplicated": 2, "written": 7, "staged": 7, "inserted": 4, "updated": 2,
        "unchanged": 1, "loaded": 7}


def test_rows_that_add_up_are_reconciled():
    reconcile(ROWS, {"price": {"gold": "1.00", "mart": "1.00"}}, {"gold": "5", "mart": "5"})


@pytest.mark.parametrize("count", ROWS)
def test_one_row_too_many_anywhere_is_found(count):
    assert differences({**ROWS, count: ROWS[count] + 1}, {}, {"gold": "5", "mart": "5"})


def test_sums_and_checksums_must_be_equal():
    with pytest.raises(JobError, match="sum of price in gold = in the mart, but 1.00 ≠ 1.01; checksum"):
        reconcile(ROWS, {"price": {"gold": "1.00", "mart": "1.01"}}, {"gold": "5", "mart": "6"})


def test_lost_rows_are_found_before_anything_is_published():
    with pytest.raises(JobError, match="valid = written"):
        reconcile_batch({**ROWS, "written": 6, "staged": 0})


def test_figures_of_both_engines_read_alike():
    columns = [TableColumn("price", "decimal(15,2)"), TableColumn("n", "bigint")]
    from_spark = as_figures([2, Decimal("12"), Decimal("3.5"), Decimal(7)], columns, ("price", "n"))
    from_postgres = as_figures(["2", "12", "3.50", "7"], columns, ("price", "n"))
    assert from_spark == from_postgres == {"rows": 2, "checksum": "12", "sums": {"price": "3.50", "n": "7"}}
    assert as_figures([0, None, None, None], columns, ("price", "n"))["sums"] == {"price": "0.00", "n": "0"}


def test_every_error_becomes_one_line_with_a_code():
    assert str(as_job_error(ValueError("first\nsecond"))) == "INTERNAL: ValueError: first"
    java = SimpleNamespace(toString=lambda: "\norg.x.Boom: it broke\n\tat y")
    error = type("Py4JJavaError", (Exception,), {"java_exception": java})()
    assert as_job_error(error).message == "org.x.Boom: it broke"
    with pytest.raises(ValueError, match="OOPS"):
        JobError("OOPS", "no such code")


def test_functions_of_a_job_default_to_doing_nothing():
    job = functions_of({"clean": lambda df: "cleaned", "other": 1})
    assert (job.clean(None), job.rules(), job.enrich("df")) == ("cleaned", {}, "df")


def test_a_step_is_timed_even_when_it_fails():
    steps = Steps()
    with pytest.raises(KeyError), steps.step("read"):
        raise KeyError
    assert [item["step"] for item in steps.timings] == ["read"]


def test_only_s3_uris_and_whole_folders():
    assert split_uri("s3://b/k/x") == ("b", "k/x")
    with pytest.raises(ValueError):
        split_uri("https://b/k")
    with pytest.raises(ValueError, match="slash"):
        Storage(client=object()).delete_below("s3://b/orders")


def test_times_are_utc():
    from dlp_etl.document import RunDocument

    document = RunDocument(parse_arguments(ARGUMENTS))
    started = datetime.strptime(document.value["startedAt"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert abs((datetime.now(timezone.utc) - started).total_seconds()) < 5
