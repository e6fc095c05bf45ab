"""Runs one ETL job of the lake: a file in the landing bucket becomes rows in gold (Iceberg) and in the mart.

Plain Spark and boto3, so that the same code runs on AWS Glue, on a laptop and in a test. A job calls
:func:`dlp_etl.run.main`; what crosses the border to other rooms is written down in ``docs/contracts.md``.
"""

__version__ = "0.1.0"
