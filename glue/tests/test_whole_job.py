"""The whole job against an emulated AWS and a real PostgreSQL: what lands where, and how often."""

import gzip
import uuid

import pytest
from dlp_etl.errors import JobError

HEADER = "o_orderkey,o_custkey,o_orderstatus,o_totalprice,o_orderdate,o_orderpriority,o_clerk,o_shippriority,o_comment"


def order(key, price="10.00", date="1996-01-02", comment="as ordered"):
    return f'{key},7,O,{price},{date},5-LOW,Clerk#000000001,0,"{comment}"'


def file_of(*lines, header=HEADER, end="\n"):
    return end.join([header, *lines]) + end


def only(document, **counts):
    """The document's counts that are not zero are these and no others."""
    assert {name: count for name, count in document["rows"].items() if count} == counts


def failure(lake, job, key, version=None):
    """(the error, the document) of a run that fails."""
    run_id = f"{lake.job}-{uuid.uuid4().hex[:8]}"
    with pytest.raises(JobError) as caught:
        lake.run(job, key, version, run_id)
    document = lake.document(run_id)
    assert document["status"] == "failed"
    assert document["error"] == {"code": caught.value.code, "message": caught.value.message}
    return caught.value, document


def test_a_good_file_lands_in_gold_and_mart_once(lake, orders):
    version = lake.put("orders/a.csv", file_of(order(1), order(2, "20.50"), order(2, "21.50", "1996-01-03")))

    first = lake.run(orders, "orders/a.csv", version)
    again = lake.run(orders, "orders/a.csv", version)

    assert (first["status"], first["error"], first["quarantineUri"], first["rules"]) == ("ok", None, None, {})
    only(first, read=3, valid=3, deduplicated=1, written=2, staged=2, inserted=2, loaded=2)
    assert first["sums"] == {"o_totalprice": {"gold": "31.50", "mart": "31.50"}}
    assert first["checksum"]["gold"] == first["checksum"]["mart"] != "0"
    assert first["source"] == {"uri": f"s3://{lake.landing}/orders/a.csv", "version": version, "files": 1,
                               "bytes": len(file_of(order(1), order(2, "20.50"), order(2, "21.50", "1996-01-03")))}
    assert again["status"] == "skipped"
    assert [again[name] for name in ("rows", "sums", "checksum", "snapshotId", "batchId")] == [
        first[name] for name in ("rows", "sums", "checksum", "snapshotId", "batchId")]
    assert lake.snapshots() == 1
    assert lake.gold_rows() == lake.mart_rows()
    assert lake.document(again["runId"]) == again
    # Nothing is left behind but what is meant to stay.
    assert lake.keys(f"_dlp/{lake.job}/tmp/") == []
    assert lake.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'") == [(0,)]


def test_an_updated_file_counts_each_row_as_what_became_of_it(lake, orders):
    first = lake.put("orders/a.csv", file_of(*[order(key) for key in range(1, 6)]))
    lake.run(orders, "orders/a.csv", first)
    second = lake.put("orders/a.csv", file_of(order(1), order(2, "11.00"), order(3, date="1999-12-31"), order(9)))

    document = lake.run(orders, "orders/a.csv", second)

    only(document, read=4, valid=4, written=4, staged=4, inserted=1, updated=2, unchanged=1, loaded=4)
    assert sorted(lake.mart_rows()) == [1, 2, 3, 4, 5, 9]
    assert lake.gold_rows() == lake.mart_rows()
    # The first version, late: it must not put back what the second one changed.
    late = lake.put("orders/b.csv", file_of(order(1, "99.00")))
    lake.run(orders, "orders/b.csv", late)
    lake.s3.delete_object(Bucket="gold", Key=f"_dlp/{lake.job}/batches/{lake.document(document['runId'])['batchId']}.json")
    assert lake.run(orders, "orders/a.csv", second)["rows"]["updated"] == 1
    assert lake.gold_rows() == lake.mart_rows()


def test_a_version_that_is_not_the_current_one_is_the_one_that_is_read(lake, orders):
    old = lake.put("orders/a.csv", file_of(order(1, "1.00")))
    new = lake.put("orders/a.csv", file_of(order(1, "2.00"), order(2, "2.00")))

    document = lake.run(orders, "orders/a.csv", old)
    assert (document["source"]["version"], document["sums"]["o_totalprice"]["mart"]) == (old, "1.00")

    assert lake.run(orders, "orders/a.csv", new)["rows"]["updated"] == 1
    third = lake.put("orders/a.csv", file_of(order(1, "3.00")))
    lake.run(orders, "orders/a.csv", lake.put("orders/a.csv", file_of(order(1, "4.00"))))
    superseded = lake.run(orders, "orders/a.csv", third)
    assert superseded["status"] == "skipped"
    only(superseded)
    assert str(lake.mart_rows()[1][3]) == "4.00"


def test_bad_rows_are_all_in_quarantine_with_every_reason(lake, orders):
    lake.spec["checks"]["maxBadRatio"] = 0.9
    lake.write_spec()
    good, bad = [order(key) for key in range(1, 4)], {
        order(4, "-1.00"): ["o_totalprice.min"],
        order(5, "x", "1996-02-30"): ["o_totalprice.type", "o_orderdate.type"],
        order("", "1.001"): ["o_orderkey.required", "o_totalprice.type"],
        order(6, date="2996-01-01"): ["o_orderdate.future"],
        "7,7,O,1.00": ["row.parse"],
        order(8) + ",more": ["row.parse"],
        '9,7,O,1.00,1996-01-02,5-LOW,Clerk#000000001,0,"torn': ["row.parse"],
        'in two"': ["row.parse"],
        HEADER: ["row.header"],
    }
    body = file_of(*good, *bad).encode() + b'10,7,O,1.00,1996-01-02,5-LOW,Clerk#000000001,0,"caf\xe9"\n\n'
    lake.put("orders/a.csv", body)

    document = lake.run(orders, "orders/a.csv")

    rows = lake.quarantined(document)
    assert {row["_raw"]: row["_errors"] for row in rows if "caf" not in row["_raw"]} == bad
    assert [row["_errors"] for row in rows if "caf" in row["_raw"]] == [["row.encoding"]]
    assert {(row["_run_id"], row["_source"]) for row in rows} == {(document["runId"], f"s3://{lake.landing}/orders/a.csv")}
    only(document, read=13, valid=3, quarantined=10, written=3, staged=3, inserted=3, loaded=3)
    assert document["rules"] == {"row.parse": 4, "row.header": 1, "row.encoding": 1, "o_totalprice.min": 1, "o_totalprice.type": 2,
                                 "o_orderdate.type": 1, "o_orderkey.required": 1, "o_orderdate.future": 1}
    assert sorted(lake.mart_rows()) == [1, 2, 3]


def test_too_many_bad_rows_publish_nothing_but_can_be_looked_at(lake, orders):
    lake.put("orders/a.csv", file_of(order(1), order(2, "-1.00")))

    error, document = failure(lake, orders, "orders/a.csv")

    assert error.code == "TOO_MANY_BAD_ROWS"
    assert "1 of 2 rows (50.0%) are bad, more than maxBadRatio 5.0%: o_totalprice.min 1; see s3://gold/quarantine/" in error.message
    only(document, read=2, valid=1, quarantined=1)
    assert len(lake.quarantined(document)) == 1
    assert lake.query(f"SELECT to_regclass('mart.{lake.table}')") == [(None,)]
    assert not lake.spark.catalog.tableExists(f"glue_catalog.dlp_test_gold.{lake.table}")


def test_files_that_cannot_be_read_fail_with_their_code(lake, orders):
    bodies = {"EMPTY_FILE": b"", "NOT_TEXT": b"PK\3\4\0\0\0", "HEADER_MISMATCH": b"o_orderkey,price\n1,2\n"}
    for code, body in bodies.items():
        lake.put(f"orders/{code}.csv", body)
        error, document = failure(lake, orders, f"orders/{code}.csv")
        assert (error.code, document["rows"]["read"]) == (code, 0)
    assert "missing o_custkey, " in error.message and "unexpected price" in error.message
    assert failure(lake, orders, "orders/none.csv")[0].code == "SOURCE_MISSING"


def test_a_header_alone_is_no_rows_and_no_error(lake, orders):
    lake.put("orders/a.csv", file_of())
    document = lake.run(orders, "orders/a.csv")
    assert document["status"] == "ok"
    only(document)


def test_a_prefix_is_every_file_not_loaded_yet_whatever_its_name_and_column_order(lake, orders):
    swapped = ",".join(reversed(HEADER.split(",")))
    names = ["plain.csv", "_hidden.csv", "with space+plus%20.csv", "[a]{b}*.csv", "sub/dt=2026-01-01/10:00.csv", "ümlaut.csv"]
    for key, name in enumerate(names, 1):
        lake.put(f"orders/{name}", file_of(order(key)))
    lake.put("orders/swapped.csv", file_of(",".join(reversed(order(7).split(","))), header=swapped))
    lake.put("orders/packed.csv.gz", gzip.compress(file_of(order(8), order(9, "-1.00")).encode()))
    lake.put("orders/dos.csv", "\ufeff" + file_of(order(10, "-1.00"), *[order(key) for key in range(11, 60)], end="\r\n"))
    lake.put("orders/sub/", "")

    first = lake.run(orders, "orders/")
    assert (first["source"]["files"], first["rows"]["read"], first["rows"]["loaded"]) == (9, 59, 57)
    assert sorted(row["_source"].rsplit("/", 1)[1] for row in lake.quarantined(first)) == ["dos.csv", "packed.csv.gz"]
    assert lake.gold_rows() == lake.mart_rows()
    sources = lake.spark.table(f"glue_catalog.dlp_test_gold.{lake.table}").select("_source").distinct().collect()
    assert {row[0] for row in sources} == {
        f"s3://{lake.landing}/orders/{name}" for name in [*names, "swapped.csv", "packed.csv.gz", "dos.csv"]}

    assert lake.run(orders, "orders/")["status"] == "skipped"
    lake.put("orders/plain.csv", file_of(order(1, "5.00")))
    later = lake.run(orders, "orders/")
    assert later["source"]["files"] == 1
    only(later, read=1, valid=1, written=1, staged=1, updated=1, loaded=1)


def test_an_object_replaced_while_it_is_read_is_read_as_it_was(lake, orders):
    version = lake.put("orders/a.csv", file_of(order(1, "1.00")))

    def clean(df):
        # Called after the plan was made and before Spark reads.
        lake.put("orders/a.csv", file_of(order(1, "2.00"), order(2, "2.00")))
        return df

    document = lake.run({"clean": clean}, "orders/a.csv", version)

    assert (document["rows"]["read"], document["sums"]["o_totalprice"]["mart"]) == (1, "1.00")


def test_columns_may_be_added_by_the_job_and_to_the_job_but_not_change_type(lake, orders):
    lake.put("orders/a.csv", file_of(order(1)))
    lake.run(orders, "orders/a.csv")
    lake.put("orders/b.csv", file_of(order(2)))

    def enrich(df):
        return df.selectExpr("*", "o_totalprice * 2 AS doubled", "year(o_orderdate) AS o_year", "1 / o_orderkey AS ratio")

    lake.run({"enrich": enrich}, "orders/b.csv")
    assert {key: row[-3:] for key, row in lake.mart_rows().items()} == {1: (None, None, None), 2: (20, 1996, 0.5)}
    assert lake.gold_rows() == lake.mart_rows()
    # The job forgets them again: the table keeps them.
    lake.put("orders/c.csv", file_of(order(3)))
    lake.run(orders, "orders/c.csv")
    assert lake.gold_rows() == lake.mart_rows()

    lake.put("orders/d.csv", file_of(order(4)))
    error, _ = failure(lake, {"enrich": lambda df: enrich(df).withColumn("o_year", df.o_orderdate)}, "orders/d.csv")
    assert "o_year is int in the table and date in the job" in error.message
