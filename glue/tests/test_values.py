"""Values that are hard on their way: CSV in, Parquet, CSV out, COPY, and both sides' sums and checksums."""

from datetime import date, datetime, timezone
from decimal import Decimal

from dlp_etl.errors import JobError
import pytest

COLUMNS = [
    {"name": "id", "type": "int"}, {"name": "order", "type": "string"}, {"name": "flag", "type": "boolean"},
    {"name": "day", "type": "date"}, {"name": "at", "type": "timestamp"}, {"name": "ratio", "type": "double"},
    {"name": "wide", "type": "decimal(38,10)"}, {"name": "n", "type": "bigint"},
]
HEADER = "id,order,flag,day,at,ratio,wide,n"


@pytest.fixture
def hard(lake):
    """The lake with a job of every type, whose values may hold line breaks."""
    lake.spec = {**lake.spec, "columns": COLUMNS, "key": ["id", "order"], "orderBy": [],
                 "source": {"multiLine": True}, "checks": {"maxBadRatio": 0.5, "sums": ["wide", "n"]},
                 "target": {"table": lake.table, "partitionBy": ["bucket(4, id)", "month(day)"]}}
    lake.write_spec()
    return lake


def test_every_value_arrives_as_it_left(hard):
    texts = ["plain", " spaces ", 'a ""quote""', "back\\slash \\n \\N", "comma, semicolon;", "two\nlines", "tab\there",
             "ümlaut 漢字 😀", "NULL", "\\.", "'; DROP TABLE mart.x; --", "%s ${x} {0}"]
    lines = [f'{i},"{text}",{i % 2 == 0},1995-12-{i + 1:02d},2026-01-01T00:00:00.{i:06d}+01:00,{value},{wide},{n}'
             for i, (text, value, wide, n) in enumerate(zip(texts, [
                 "0.1", "-0.0", "1e300", "-1e-300", "3", "1e16", "123456789.123456789", "5e-324", "0", "", "1", "2"], [
                 "0", "0.0000000001", "-0.0000000001", "1234567890123456789012345678.0123456789", "-1", "10.5", "", "0.1",
                 "1", "1", "1", "1"], ["9223372036854775807", "9223372036854775807", "-1", "", *["0"] * 8]))]
    hard.put("hard/a.csv", "\n".join([HEADER, *lines, "1,1,1,1", '99,"",true,,,,,']) + "\n")

    document = hard.run({}, "hard/a.csv")

    mart = {row[1]: row for row in hard.query(f"SELECT * FROM mart.{hard.table}")}
    assert sorted(mart) == sorted(text.replace('""', '"') for text in texts)
    assert document["rows"]["loaded"] == 12
    assert document["rules"] == {"row.parse": 1, "order.required": 1}
    assert document["sums"] == {
        "wide": {"gold": "1234567890123456789012345691.6123456789", "mart": "1234567890123456789012345691.6123456789"},
        "n": {"gold": "18446744073709551613", "mart": "18446744073709551613"}}
    assert document["checksum"]["gold"] == document["checksum"]["mart"]
    assert mart[" spaces "][2:] == (False, date(1995, 12, 2), datetime(2025, 12, 31, 23, 0, 0, 1, timezone.utc), 0.0,
                                    Decimal("0.0000000001"), 9223372036854775807)
    assert mart["ümlaut 漢字 😀"][5] == 5e-324
    assert mart["\\."][5] is None
    rejected = {tuple(row["_errors"]): row["_raw"] for row in hard.quarantined(document)}
    assert rejected[("row.parse",)] == "1,1,1,1"
    # The same values from another file are the same to both sides.
    hard.put("hard/b.csv", "\n".join([HEADER, *lines]) + "\n")
    assert hard.run({}, "hard/b.csv")["rows"]["unchanged"] == 12


def test_a_mart_that_holds_something_else_is_found_and_left_as_it_was(hard):
    good = f"{HEADER}\n1,a,true,2026-01-01,,1,1,1\n2,b,true,2026-01-01,,1,1,1\n"
    hard.put("hard/a.csv", good)
    hard.run({}, "hard/a.csv")
    before = hard.query(f"SELECT * FROM mart.{hard.table} ORDER BY id")
    hard.query(f"""CREATE FUNCTION mart.spoil_{hard.id}() RETURNS trigger LANGUAGE plpgsql AS
                   $$ BEGIN NEW."order" := NEW."order"; NEW.n := NEW.n + 1; RETURN NEW; END $$""")
    hard.query(f"CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON mart.{hard.table} FOR EACH ROW EXECUTE FUNCTION mart.spoil_{hard.id}()")
    hard.put("hard/b.csv", good.replace("1,1,1\n2", "1,1,5\n2"))

    with pytest.raises(JobError) as caught:
        hard.run({}, "hard/b.csv", run_id="spoiled")

    assert caught.value.code == "RECONCILIATION"
    assert "sum of n in gold = in the mart, but 6 ≠ 7; checksum in gold = in the mart" in caught.value.message
    document = hard.document("spoiled")
    assert document["sums"]["n"] == {"gold": "6", "mart": "7"}
    assert hard.query(f"SELECT * FROM mart.{hard.table} ORDER BY id") == before
    assert hard.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'") == [(0,)]

    hard.query(f"DROP TRIGGER spoil ON mart.{hard.table}")
    assert hard.run({}, "hard/b.csv")["rows"]["updated"] == 1


def test_a_mart_with_another_key_is_refused(hard):
    hard.put("hard/a.csv", f"{HEADER}\n1,a,true,2026-01-01,,1,1,1\n")
    hard.run({}, "hard/a.csv")
    hard.spec["key"] = ["id"]
    hard.write_spec()
    hard.put("hard/b.csv", f"{HEADER}\n2,a,true,2026-01-01,,1,1,1\n")

    with pytest.raises(JobError, match=r"its key is \(id, order\) and the job's \(id\)"):
        hard.run({}, "hard/b.csv")


def test_rows_that_enrich_loses_are_found_before_anything_is_published(hard):
    hard.put("hard/a.csv", f"{HEADER}\n1,a,true,2026-01-01,,1,1,1\n2,b,true,2026-01-01,,1,1,1\n")

    with pytest.raises(JobError, match="valid = written . deduplicated, but 2 ≠ 1"):
        hard.run({"enrich": lambda df: df.filter("id = 1")}, "hard/a.csv")

    assert hard.query(f"SELECT to_regclass('mart.{hard.table}')") == [(None,)]
