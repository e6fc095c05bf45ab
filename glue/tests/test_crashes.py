"""A run that breaks off anywhere leaves nothing that a second run does not put right."""

import pytest
from dlp_etl import batch, document, gold, mart, run
from dlp_etl.errors import JobError
from test_whole_job import file_of, only, order

# The process is gone before, or right after, this was done: (what, when).
POINTS = {
    "after the quarantine": (run, "write_quarantine", "after"),
    "before the merge": (gold.GoldTable, "merge", "before"),
    "after the merge": (gold.GoldTable, "merge", "after"),
    "after the staging": (mart.MartTable, "stage", "after"),
    "in the mart's transaction": (mart.MartTable, "upsert", "after"),
    "before the manifest": (batch.Manifests, "commit", "before"),
    "before the run document": (document.RunDocument, "write", "before"),
}


class Gone(BaseException):
    """As when the process is killed: nothing of ours catches it."""


@pytest.fixture(params=POINTS)
def crash(request, monkeypatch):
    owner, name, when = POINTS[request.param]
    done = getattr(owner, name)

    def broken(*args, **kwargs):
        if when == "after":
            done(*args, **kwargs)
        raise Gone

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, broken)
        yield patched.undo


def test_a_second_run_ends_where_one_would_have(lake, orders, crash):
    lake.spec["checks"]["maxBadRatio"] = 0.5
    lake.write_spec()
    lake.query(f"CREATE TABLE mart.{lake.table} (o_orderkey bigint PRIMARY KEY, o_custkey bigint, o_orderstatus text, o_totalprice "
               "numeric(15,2), o_orderdate date, o_orderpriority text, o_clerk text, o_shippriority integer, o_comment text)")
    lake.query(f"ALTER TABLE mart.{lake.table} OWNER TO mart_writer")
    lake.query(f"INSERT INTO mart.{lake.table} VALUES (1, 7, 'O', 9.00, '1996-01-02', '5-LOW', 'Clerk#000000001', 0, 'as ordered')")
    version = lake.put("orders/a.csv", file_of(order(1), order(2), order(2, "5.00"), order(3, "-1.00")))

    with pytest.raises(Gone):
        lake.run(orders, "orders/a.csv", version)
    assert len(lake.mart_rows()) in (1, 2), "the mart is as it was or as it will be, never in between"
    crash()
    second = lake.run(orders, "orders/a.csv", version)

    assert {row[3] for row in lake.gold_rows().values()} == {10}
    assert lake.gold_rows() == lake.mart_rows()
    rows = second["rows"]
    assert {name: rows[name] for name in ("read", "valid", "quarantined", "deduplicated", "written", "loaded")} == {
        "read": 4, "valid": 3, "quarantined": 1, "deduplicated": 1, "written": 2, "loaded": 2}
    # What the first run had committed to the mart is unchanged to the second; all else it does itself.
    assert (rows["inserted"], rows["updated"], rows["unchanged"]) in ((1, 1, 0), (0, 0, 2))
    assert second["sums"]["o_totalprice"] == {"gold": "20.00", "mart": "20.00"}
    assert lake.run(orders, "orders/a.csv", version)["rows"] == rows
    assert lake.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'") == [(0,)]


def test_a_run_whose_batch_another_committed_first_is_as_good(lake, orders, monkeypatch):
    lake.put("orders/a.csv", file_of(order(1)))
    commit = batch.Manifests.commit
    monkeypatch.setattr(batch.Manifests, "commit", lambda self, *args: commit(self, *args) and commit(self, *args))
    assert lake.run(orders, "orders/a.csv")["status"] == "ok"
    assert len(lake.keys(f"_dlp/{lake.job}/batches/")) == 1


def test_a_merge_that_meets_another_writer_is_planned_anew(lake, orders, monkeypatch):
    lake.put("orders/a.csv", file_of(order(1)))
    lake.run(orders, "orders/a.csv")
    lake.put("orders/b.csv", file_of(order(1, "2.00"), order(2)))
    merge, name, late = gold.GoldTable._merge_into, f"glue_catalog.dlp_test_gold.{lake.table}", []

    def meet(self, ready, key):
        merge(self, ready, key)
        if not late:
            # Iceberg says so when another commit touched the same files.
            late.append(True)
            raise_in_java(lake.spark, "org.apache.iceberg.exceptions.CommitFailedException")

    monkeypatch.setattr(gold.GoldTable, "_merge_into", meet)
    assert lake.run(orders, "orders/b.csv")["rows"]["loaded"] == 2
    assert lake.gold_rows() == lake.mart_rows()
    assert lake.spark.table(name).count() == 2


def raise_in_java(spark, exception):
    """Raises what py4j makes of a Java exception of this class."""
    message = spark._sc._gateway.new_array(spark._jvm.Object, 0)
    problem = getattr(spark._jvm, exception)("the table moved on", message)
    future = spark._jvm.java.util.concurrent.CompletableFuture()
    future.completeExceptionally(problem)
    future.join()


def test_a_mart_that_cannot_be_reached_leaves_gold_alone(lake, orders, monkeypatch):
    monkeypatch.setattr("dlp_etl.postgres._CONNECT_ATTEMPTS", 1)
    lake.arguments = type(lake.arguments)(**{**vars(lake.arguments), "mart_url": "jdbc:postgresql://127.0.0.1:1/mart"})
    lake.put("orders/a.csv", file_of(order(1)))

    with pytest.raises(JobError, match="INTERNAL: PostgresError: the mart cannot be reached"):
        lake.run(orders, "orders/a.csv", run_id="alone")

    only(lake.document("alone"), read=1, valid=1, written=1)
    assert not lake.spark.catalog.tableExists(f"glue_catalog.dlp_test_gold.{lake.table}")
