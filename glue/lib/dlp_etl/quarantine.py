"""Where rejected rows go: JSON lines with the row as it stood and every reason. Nothing is dropped without a trace."""

from pyspark.sql import Observation, Window
from pyspark.sql import functions as F

from .read import RAW, SOURCE
from .validate import HEADER_RULE, breaks, broken_names, is_good


def without_headers(checked, rules, repeated):
    """The rejected rows, less one header line per file. `repeated`: some file has its header more than once; the
    further ones are bad rows like any other."""
    bad = checked.filter(~is_good(rules))
    number = next(i for i, rule in enumerate(rules) if rule.name == HEADER_RULE)
    if not repeated:
        return bad.filter(~breaks(rules, number))
    nth = F.row_number().over(Window.partitionBy(SOURCE, breaks(rules, number)).orderBy(RAW))
    return bad.withColumn("_nth", nth).filter(~breaks(rules, number) | (F.col("_nth") > 1)).drop("_nth")


def write_quarantine(bad, rules, uri, run_id):
    """Writes `bad` below `uri` as {_raw, _errors, _run_id, _source} and returns how many rows were written."""
    seen = Observation("quarantine")
    rows = bad.select(RAW, broken_names(rules).alias("_errors"), F.lit(run_id).alias("_run_id"), SOURCE)
    rows.observe(seen, F.count(F.lit(1)).alias("rows")).write.mode("overwrite").json(uri)
    return seen.get["rows"]
