"""Types and rules on real Spark, with ANSI mode off (Glue 5.1) and on (Glue 6.0)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from dlp_etl.dedupe import RANK, rank
from dlp_etl.functions import functions_of
from dlp_etl.read import ENCODING, PARSE
from dlp_etl.spec import spec_from_dict
from dlp_etl.testing import rows_of
from dlp_etl.validate import broken_names, check, is_good, rules_for
from pyspark.sql import functions as F


@pytest.fixture(params=["false", "true"], ids=["ansi off", "ansi on"])
def ansi(spark, request):
    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", request.param)
    yield request.param
    spark.conf.set("spark.sql.ansi.enabled", before)


def spec_of(*columns, **more):
    key = {"name": "id", "type": "string"}
    return spec_from_dict({"name": "test", "columns": [key, *columns], "key": ["id"], "target": {"table": "test"}, **more})


def checked(spark, spec, rows, job=None):
    """{id: (Row, [broken rules])} of dicts of strings."""
    marked, rules = check(rows_of(spark, spec, *rows), spec, functions_of(job or {}))
    found = marked.withColumn("broken", broken_names(rules)).withColumn("good", is_good(rules)).collect()
    assert all(row.good == (not row.broken) for row in found)
    return {row.id: (row, list(row.broken)) for row in found}


@pytest.mark.parametrize("kind, more, values", [
    ("int", {}, {"1": 1, "+7": 7, " -3 ": -3, "2147483647": 2147483647, "2147483648": None, "1.0": None, "1e3": None,
                 "0x1": None, "1L": None, "٣": None}),
    ("bigint", {}, {"9223372036854775807": 9223372036854775807, "9223372036854775808": None}),
    ("double", {}, {"1.5": 1.5, "-1e-3": -0.001, ".5": 0.5, "NaN": None, "Infinity": None, "1e999": None, "1d": None,
                    "0x1p3": None}),
    ("decimal(5,2)", {}, {"1.5": Decimal("1.50"), "999.99": Decimal("999.99"), "1000": None, "1.239": None,
                          "1.2300": Decimal("1.23"), "1e2": None, "-.5": Decimal("-0.50"), ".": None, "": None}),
    ("boolean", {}, {"true": True, "F": False, "yes": True, "0": False, "maybe": None}),
    ("date", {}, {"2026-02-28": date(2026, 2, 28), "2026-02-30": None, "2026": None, "2026-2-8": None,
                  "2026-02-28T10:00": None, "0000-01-01": None, "12026-01-01": None}),
    ("date", {"format": "dd.MM.yyyy"}, {"28.02.2026": date(2026, 2, 28), "31.02.2026": None, "2026-02-28": None}),
    ("timestamp", {}, {"2026-02-28 10:00:00.123456": datetime(2026, 2, 28, 10, 0, 0, 123456),
                       "2026-02-28T10:00:00Z": datetime(2026, 2, 28, 10), "2026-02-28T10:00:00+02:00": datetime(2026, 2, 28, 8),
                       "2026-02-28": None, "T10:00": None, "2026-02-28 25:00:00": None,
                       "2026-02-28 10:00:00.1234567": None}),
    ("timestamp", {"format": "dd/MM/yyyy HH:mm"}, {"28/02/2026 10:30": datetime(2026, 2, 28, 10, 30), "28/02/2026": None}),
    ("string", {}, {" as it is ": " as it is ", "": None}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_value_is_what_it_says_or_nothing(spark, ansi, kind, more, values):
    spec = spec_of({"name": "x", "type": kind, **more})
    # Python would shift timestamps into its own zone; the text that Spark shows is UTC.
    found = {text: row for text, row in checked(spark, spec, [{"id": text or "empty", "x": text} for text in values]).items()}

    for text, expected in values.items():
        row, broken = found[text or "empty"]
        value = row.x
        if isinstance(expected, datetime):
            value = value and datetime.utcfromtimestamp(value.timestamp())
        assert value == expected, text
        assert broken == (["x.type"] if expected is None and text else []), text


def test_each_declared_rule_breaks_alone_and_takes_null(spark, ansi):
    spec = spec_of(
        {"name": "price", "type": "decimal(9,2)", "min": 0.1, "max": 10}, {"name": "n", "type": "int", "min": 1, "max": 3},
        {"name": "day", "type": "date", "min": "2020-01-01", "max": "2026-12-31"},
        {"name": "state", "type": "string", "enum": ["a", "b"]}, {"name": "code", "type": "string", "pattern": "[A-Z]{2}|x"},
        {"name": "text", "type": "string", "maxLength": 3}, {"name": "needed", "type": "int", "required": True},
        {"name": "f", "type": "double", "min": 0.5})
    good = {"price": "0.1", "n": "3", "day": "2020-01-01", "state": "a", "code": "AB", "text": "äöü", "needed": "0", "f": "0.5"}
    bad = {"price.min": {"price": "0.09"}, "price.max": {"price": "10.01"}, "n.min": {"n": "0"}, "n.max": {"n": "4"},
           "day.min": {"day": "2019-12-31"}, "day.max": {"day": "2027-01-01"}, "state.enum": {"state": "c"},
           "code.pattern": {"code": "AB1"}, "text.length": {"text": "abcd"}, "needed.required": {"needed": " "},
           "f.min": {"f": "0.49"}}

    found = checked(spark, spec, [{"id": "good", **good}, {"id": "nulls", "needed": "1"},
                                  *[{"id": name, **good, **change} for name, change in bad.items()]])

    assert {name: broken for name, (_, broken) in found.items()} == {"good": [], "nulls": [], **{name: [name] for name in bad}}


def test_a_key_is_needed_though_not_declared_so(spark, ansi):
    found = checked(spark, spec_of(), [{"id": None}, {"id": "1"}])
    assert found[None][1] == ["id.required"]


def test_the_line_stays_with_a_bad_row_only_and_a_torn_line_says_nothing_else(spark, ansi):
    spec = spec_of({"name": "x", "type": "int"})
    found = checked(spark, spec, [{"id": "good", "_raw": "good,1", "x": "1"}, {"id": "torn", "_raw": "torn", "x": "?", PARSE: True},
                                  {"id": "damaged", "x": "?", ENCODING: True}])
    assert {name: (row._raw, broken) for name, (row, broken) in found.items()} == {
        "good": (None, []), "torn": ("torn", ["row.parse"]), "damaged": ("", ["row.encoding", "x.type"])}


def test_more_rules_than_one_mask_holds(spark, ansi):
    columns = [{"name": f"c{i}", "type": "int", "min": 0} for i in range(70)]
    found = checked(spark, spec_of(*columns), [{"id": "1", "c0": "-1", "c69": "-1", "c33": "x"}, {"id": "2"}])
    assert found["1"][1] == ["c0.min", "c33.type", "c69.min"]
    assert found["2"][1] == []


def test_rules_of_the_job_join_in_and_null_is_good(spark, ansi):
    spec = spec_of({"name": "a", "type": "int"}, {"name": "b", "type": "int"})
    job = {"rules": lambda: {"row.order": F.col("a") <= F.col("b")},
           "clean": lambda df: df.withColumn("a", F.regexp_replace("a", "€", ""))}
    found = checked(spark, spec, [{"id": "1", "a": "€2", "b": "1"}, {"id": "2", "a": "1"}, {"id": "3", "a": "1", "b": "1"}], job)
    assert [found[i][1] for i in ("1", "2", "3")] == [["row.order"], [], []]


@pytest.mark.parametrize("extra, message", [({"id.required": 1}, "there twice"), ({"nope.rule": 1}, "must be named"), ({"id": 1}, "must be named")])
def test_rule_names_are_unique_and_of_a_column(spark, extra, message):
    with pytest.raises(ValueError, match=message):
        rules_for(spec_of(), {name: F.lit(True) for name in extra})


def test_clean_must_not_lose_a_column(spark):
    with pytest.raises(ValueError, match="_raw"):
        check(rows_of(spark, spec_of(), {"id": "1"}), spec_of(), functions_of({"clean": lambda df: df.drop("_raw")}))


def test_the_greatest_row_wins_whatever_the_order(spark, ansi):
    spec = spec_of({"name": "at", "type": "int"}, {"name": "x", "type": "string"}, orderBy=["at"])
    rows = [("1", 1, "a", "f"), ("1", 2, "b", "f"), ("1", None, "z", "f"), ("2", 1, "a", "f"), ("2", 1, "b", "f"), ("3", None, None, "f")]
    for order in (rows, rows[::-1]):
        frame = spark.createDataFrame(order, "id string, at int, x string, _source string")
        first = rank(frame, spec).filter(F.col(RANK) == 1).collect()
        assert {row.id: (row.at, row.x) for row in first} == {"1": (2, "b"), "2": (1, "b"), "3": (None, None)}
