"""What this package changes in MiniStack is written down here: an upgrade that moves any of it must fail loudly."""

import subprocess
import sys
from pathlib import Path

import pytest

from dlp_local import seam

_ROOT = Path(__file__).parents[1]
_SEAMS = Path(__file__).with_name("seams.txt")

_LIST = """
import sys
from pathlib import Path
from dlp_local import seam, settings
given = settings.Settings(port=1, state=Path(sys.argv[1]), postgres_host="127.0.0.1", postgres_port=1, postgres_user="u",
    postgres_password="p", jars=Path("/nowhere"), node="node", authority="ca.pem", region="eu-central-1", spark_memory="1g",
    spark_slots=1, glue_minute=60)
settings.prepare(given)
from dlp_local import seams
%s
seams.install(given)
print("\\n".join(sorted(set(seam.SEAMS))))
"""


def _install(state: Path, first: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", _LIST % first, str(state)], cwd=_ROOT, capture_output=True, text=True, timeout=60)


def test_every_seam_is_written_down(tmp_path: Path):
    done = _install(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == _SEAMS.read_text(), "seams.txt is out of date: read what changed, then write it anew"


def test_a_seam_that_moved_stops_the_start(tmp_path: Path):
    done = _install(tmp_path, "import ministack.services.glue as glue; del glue._start_job_run")
    assert done.returncode != 0 and "ministack.services.glue._start_job_run is gone" in done.stderr


def test_replace_needs_the_attribute():
    with pytest.raises(SystemExit, match="is gone"):
        seam.replace(sys, "nothing_of_that_name", lambda original: original)


def test_an_added_type_that_ministack_has_by_now_stops_the_start(tmp_path: Path):
    first = ("from ministack.services.cloudformation import provisioners as p; "
             "p._RESOURCE_HANDLERS['AWS::EC2::EIP'] = p._RESOURCE_HANDLERS['AWS::EC2::VPC']")
    done = _install(tmp_path, first)
    assert done.returncode != 0 and "MiniStack has AWS::EC2::EIP now" in done.stderr
