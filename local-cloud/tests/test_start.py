"""The launcher: its health page, its one port, its settings; and the certificates that are made before it."""

import json
import os
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg
import pytest
from cryptography import x509

from cloud import Cloud
from dlp_local import certificates
from dlp_local.glue.logs import last_message


def test_health(cloud: Cloud):
    assert cloud.health() == {"status": "ok", "version": "0.1.0", "parts": {"postgres": "ok", "spark": "ok"}, "glueRuns": []}


def test_only_one_port_and_only_on_this_machine(cloud: Cloud):
    sockets = {os.readlink(path).removeprefix("socket:[").removesuffix("]")
               for path in Path(f"/proc/{cloud.process.pid}/fd").iterdir() if os.path.exists(path) and "socket:" in os.readlink(path)}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{cloud.process.pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and rest[5] in sockets:
                listening.append((table, local))
    assert listening == [("tcp", f"0100007F:{cloud.port:04X}")]


def test_a_missing_setting_is_named():
    done = subprocess.run([sys.executable, "-m", "dlp_local"], cwd=Path(__file__).parents[1], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "DLP_LOCAL_PORT": "5549"}, timeout=30)
    assert done.returncode != 0 and "DLP_LOCAL_STATE is not set" in done.stderr


def test_certificates_are_made_once(tmp_path: Path):
    assert certificates.make(tmp_path) is True
    before = {name: (tmp_path / name).read_bytes() for name in certificates.FILES}
    assert certificates.make(tmp_path) is False
    assert before == {name: (tmp_path / name).read_bytes() for name in certificates.FILES}
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600
    server = x509.load_pem_x509_certificate(before["server.pem"])
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    (tmp_path / "server.key").write_bytes(b"damaged")
    assert certificates.make(tmp_path) is True
    ssl.create_default_context(cafile=tmp_path / "ca.pem").load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")


def test_postgres_is_verified(cloud: Cloud, tmp_path: Path):
    server = cloud.postgres
    login = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password, "dbname": "postgres"}
    with psycopg.connect(**login, sslmode="verify-full", sslrootcert=server.tls / "ca.pem") as session:
        assert session.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)
    certificates.make(tmp_path)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(**login, sslmode="verify-full", sslrootcert=tmp_path / "ca.pem")


def test_objects_are_reached_by_every_host_form_and_have_checksums(cloud: Cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="forms", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="forms", Key="a.json", Body=b"{}", ChecksumAlgorithm="SHA256")
    for url, host in ((f"{cloud.endpoint}/forms/a.json", ""), (f"http://localhost:{cloud.port}/forms/a.json", ""),
                      (f"{cloud.endpoint}/a.json", f"forms.localhost:{cloud.port}"),
                      (f"{cloud.endpoint}/a.json", "forms.s3.eu-central-1.amazonaws.com"),
                      (s3.generate_presigned_url("get_object", Params={"Bucket": "forms", "Key": "a.json"}), "")):
        request = urllib.request.Request(url, headers={"Host": host} if host else {})
        assert urllib.request.urlopen(request, timeout=5).read() == b"{}", (url, host)
    head = s3.head_object(Bucket="forms", Key="a.json", ChecksumMode="ENABLED")
    attributes = s3.get_object_attributes(Bucket="forms", Key="a.json", ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
    assert head["ChecksumSHA256"] == attributes["Checksum"]["ChecksumSHA256"] and attributes["ObjectSize"] == 2


def test_a_template_by_its_url(cloud: Cloud):
    s3, formation = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="templates", Key="t.json", Body=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    for number, url in enumerate((f"{cloud.endpoint}/templates/t.json", "https://templates.s3.eu-central-1.amazonaws.com/t.json",
                                  "https://s3.eu-central-1.amazonaws.com/templates/t.json")):
        formation.create_stack(StackName=f"url-{number}", TemplateURL=url)
        assert cloud.settle(f"url-{number}")["StackStatus"] == "CREATE_COMPLETE"
        cloud.destroy(f"url-{number}")


def test_the_last_message():
    assert last_message(["26/11/23 10:00:00 WARN X: y", "NO_ROWS: nothing", "\tat a.b.C", "26/11/23 10:00:01 ERROR Z: q"]) == "NO_ROWS: nothing"
    assert last_message([]) == ""
