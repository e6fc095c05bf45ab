"""The Iceberg table of a job: made from the columns, widened when they grew, and merged into by key."""

from pyspark.errors import PySparkException
from pyspark.sql import Observation
from pyspark.sql import functions as F
from py4j.protocol import Py4JJavaError

from .columns import TableColumn, as_figures, spark_digest, spark_figures
from .session import CATALOG
from .steps import log

# Which batch a row came with last, and from which file; ours, and not part of the mart.
LINEAGE = (TableColumn("_batch_id", "string"), TableColumn("_source", "string"))
_ATTEMPTS = 4


class GoldTable:
    """One table of the catalog. `columns` are those of the batch, without lineage."""

    def __init__(self, spark, database, table, columns):
        self.spark = spark
        self.name = f"{CATALOG}.`{database}`.`{table}`"
        self.columns = [*columns, *LINEAGE]

    def ensure(self, partition_by):
        """Makes the table when it is absent; adds columns that the job has and the table has not. Raises ValueError
        when a column changed its type: what that means for the rows that are there is not ours to guess."""
        fields = ", ".join(f"`{column.name}` {column.type}" for column in self.columns)
        partitions = f"PARTITIONED BY ({', '.join(partition_by)})" if partition_by else ""
        self.spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.name} ({fields}) USING iceberg {partitions} "
            "TBLPROPERTIES ('format-version' = '2', 'write.parquet.compression-codec' = 'zstd')")
        there = {field.name: field.dataType.simpleString() for field in self.spark.table(self.name).schema.fields}
        changed = [f"{c.name} is {there[c.name]} in the table and {c.type} in the job"
                   for c in self.columns if there.get(c.name, c.type) != c.type]
        if changed:
            raise ValueError(f"table {self.name}: {'; '.join(changed)}; alter the table or use another one")
        grown = [column for column in self.columns if column.name not in there]
        if grown:
            added = ", ".join(f"`{column.name}` {column.type}" for column in grown)
            self.spark.sql(f"ALTER TABLE {self.name} ADD COLUMNS ({added})")
            log(f"added to {self.name}: {added}")

    def merge(self, batch, key, run_id):
        """Puts `batch` (a DataFrame with the table's columns, one row per key) into the table and returns the snapshot
        id. The same batch again leaves the same rows."""
        # Iceberg stamps the snapshot, so that a table's history names the run that wrote it.
        self.spark.conf.set("spark.sql.iceberg.snapshot-property.dlp-run-id", run_id)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if self.snapshot_id() is None:
                    batch.select(*[column.name for column in self.columns]).writeTo(self.name).append()
                else:
                    self._merge_into(batch, key)
                return self.snapshot_id()
            except (Py4JJavaError, PySparkException) as error:
                # Another writer (maintenance, a person in Athena) changed the same files meanwhile: plan anew.
                if attempt == _ATTEMPTS or not _is_conflict(error):
                    raise
                log(f"{self.name} changed while merging, attempt {attempt} of {_ATTEMPTS}")

    def _merge_into(self, batch, key):
        batch.createOrReplaceTempView("dlp_batch")
        names = [column.name for column in self.columns]
        # A column that only the table has (the job dropped it) keeps its values, and is null in new rows.
        others = [field.name for field in self.spark.table(self.name).schema.fields if field.name not in names]
        on = " AND ".join(f"t.`{name}` = s.`{name}`" for name in key)
        assign = ", ".join(f"t.`{name}` = s.`{name}`" for name in names)
        into = ", ".join(f"`{name}`" for name in [*names, *others])
        values = ", ".join([*[f"s.`{name}`" for name in names], *["NULL" for _ in others]])
        self.spark.sql(f"MERGE INTO {self.name} t USING dlp_batch s ON {on} "
                       f"WHEN MATCHED THEN UPDATE SET {assign} WHEN NOT MATCHED THEN INSERT ({into}) VALUES ({values})")

    def snapshot_id(self):
        """The current snapshot's id as text, or None when nothing was ever written."""
        row = self.spark.sql(f"SELECT CAST(snapshot_id AS string) FROM {self.name}.refs WHERE name = 'main'").first()
        return row[0] if row else None

    def export(self, batch_id, snapshot_id, sums, uri):
        """Reads the rows of a batch back from the table as of a snapshot, writes them as CSV files below `uri` and
        returns their figures (`as_figures`). Null is an empty field, the empty text a quoted one."""
        columns = self.columns[: -len(LINEAGE)]
        seen = Observation("gold")
        rows = self.spark.read.option("snapshot-id", snapshot_id).table(self.name)
        rows = rows.filter(F.col("_batch_id") == batch_id).withColumn("_digest", spark_digest(columns))
        rows = rows.observe(seen, *spark_figures(columns, sums, "_digest"))
        # Spark's own format of a timestamp ends at milliseconds; cast to text it does not.
        texts = rows.select(*[_export_text(column) for column in columns])
        texts.write.mode("overwrite").csv(
            uri, header=False, quote='"', escape='"', nullValue="", emptyValue='""',
            ignoreLeadingWhiteSpace=False, ignoreTrailingWhiteSpace=False)
        found = seen.get
        return as_figures([found["rows"], found["checksum"], *[found[f"sum_{name}"] for name in sums]], columns, sums)


def _export_text(column):
    text = F.col(column.name).cast("string")
    return (F.concat(text, F.lit("+00")) if column.type == "timestamp" else text).alias(column.name)


def _is_conflict(error):
    text = str(error)
    return "CommitFailedException" in text or "ValidationException: Found conflicting" in text
