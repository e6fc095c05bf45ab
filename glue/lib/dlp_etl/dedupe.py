"""One row per key. Which of several wins is decided by the data alone, so a re-run decides the same."""

from pyspark.sql import Window
from pyspark.sql import functions as F

RANK = "_rank"


def rank(rows, spec):
    """`rows` with _rank: 1 for the row that wins its key. The greatest `orderBy` wins (null is least); what is still
    equal is decided by the remaining columns, greatest first: rows equal in all of them are the same row."""
    rest = [name for name in spec.names if name not in spec.key and name not in spec.order_by]
    order = [F.col(name).desc_nulls_last() for name in (*spec.order_by, *rest, "_source")]
    return rows.withColumn(RANK, F.row_number().over(Window.partitionBy(*spec.key).orderBy(*order)))
