"""Lets the tests of this job find dlp_etl: in the workspace's glue/lib, or where DLP_ETL_LIB says."""

import os
import sys
from pathlib import Path

sys.path.insert(0, os.environ.get("DLP_ETL_LIB") or str(Path(__file__).resolve().parents[2] / "lib"))

from dlp_etl.testing import spark  # noqa: E402, F401  (the session that every test shares)
