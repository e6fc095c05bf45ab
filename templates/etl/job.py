"""__JOB_TITLE__: what is particular to this data. Pure functions; reading, loading and counting are dlp_etl's.

Runs unchanged on AWS Glue and on a laptop. What can be said in job.yaml (types, ranges, patterns) belongs there.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def clean(df: DataFrame) -> DataFrame:
    """Strings to strings, before types and rules. Keeps every column, also those that begin with an underscore."""
    return df.withColumn("o_orderstatus", F.upper(F.trim("o_orderstatus")))


def rules() -> dict:
    """Rules beyond job.yaml, over the typed columns: {"<column>.<rule>": what is true of a good row}; null is good."""
    return {"o_orderdate.future": F.col("o_orderdate") <= F.current_date()}


def enrich(df: DataFrame) -> DataFrame:
    """Good rows, one per key, with more columns for gold and the mart. Keeps the rows as many as they are."""
    return df


if __name__ == "__main__":
    from dlp_etl.run import main

    main(globals())
