"""The Spark session. Knows the catalog and the semantics a job relies on, never where Spark or S3 is:
master, endpoints, credentials and jars come from Glue, or from SPARK_CONF_DIR on a laptop."""

from pyspark.sql import SparkSession

CATALOG = "glue_catalog"

# What the functions of a job rely on; the test session sets the same.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # The default raises on dates which Spark 2 read differently; a bad date must become a bad row instead.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.adaptive.enabled": "true",
    # Small inputs end in few files: sizes decide, not the number of cores.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.ui.showConsoleProgress": "false",
}

_BYTES_PER_SHUFFLE_PARTITION = 32 * 1024 * 1024


def start_session(job, gold):
    """SparkSession whose catalog `glue_catalog` is the Glue Data Catalog with Iceberg tables below `<gold>/tables`."""
    builder = SparkSession.builder.appName(f"dlp {job}")
    for key, value in {**SETTINGS, **iceberg_settings(gold)}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    # At INFO the JVM still talks while it shuts down, and our message would not be the last line of the error.
    spark.sparkContext.setLogLevel("WARN")
    return spark


def iceberg_settings(gold):
    """Spark settings of the Iceberg catalog; `gold` is the bucket's URI without a trailing slash."""
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.warehouse": f"{gold}/tables",
    }


def fit_shuffle(spark, input_bytes):
    """Sets the number of shuffle partitions for an input of `input_bytes` of text: two for a small file, not two hundred."""
    partitions = max(2, min(2000, -(-input_bytes // _BYTES_PER_SHUFFLE_PARTITION)))
    spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
