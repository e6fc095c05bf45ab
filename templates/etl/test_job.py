"""Tests of this job on real Spark: its functions, and what happens to every row of the sample."""

from datetime import date
from pathlib import Path

import pytest
from dlp_etl.testing import check_file, load_job, load_job_spec, rows_of

HERE = Path(__file__).parent
job = load_job(HERE / "job.py")
SPEC = load_job_spec(HERE / "job.yaml")
SAMPLE = HERE / "sample" / "__JOB__.csv"


@pytest.fixture(scope="module")
def checked(spark):
    """The sample, read, cleaned, typed and checked as a run does it."""
    return check_file(spark, SPEC, job, SAMPLE)


def test_clean_puts_the_status_right_and_keeps_every_column(spark):
    rows = rows_of(spark, SPEC, {"o_orderstatus": " o "}, {"o_orderstatus": None})

    cleaned = job.clean(rows)

    assert [row.o_orderstatus for row in cleaned.collect()] == ["O", None]
    assert cleaned.columns == rows.columns


def test_rules_refuse_a_date_in_the_future(spark):
    rule = job.rules()["o_orderdate.future"].alias("good")
    dates = spark.createDataFrame([(date(1996, 1, 2),), (date(2996, 1, 2),), (None,)], "o_orderdate date")

    assert [row.good for row in dates.select(rule).collect()] == [True, False, None]


def test_good_rows_of_the_sample_are_typed(checked):
    assert checked.counts == {"read": 130, "valid": 124, "quarantined": 6, "deduplicated": 1, "written": 123}
    first = checked.written["1"]
    assert (first.o_orderdate, first.o_orderstatus) == (date(1996, 1, 3), "F")


def test_every_bad_row_of_the_sample_says_why(checked):
    assert {tuple(errors) for _, errors in checked.bad} == {
        ("o_orderstatus.enum",),
        ("o_totalprice.min",),
        ("o_orderdate.type",),
        ("o_orderdate.future",),
        ("o_orderkey.required", "o_clerk.pattern"),
        ("row.parse",),
    }


def test_a_bad_row_is_kept_as_it_stood(checked):
    assert "9006,8449,F,245689.04" in [raw for raw, _ in checked.bad]
