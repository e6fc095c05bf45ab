"""Glue Spark jobs on local Spark: `jobs` is the API's side, `runner` one run, `logs` what it writes, `entry` its start."""
