"""A bucket of a stack is encrypted as its template says, and with anything in it cannot be deleted, as on AWS: versions
and delete markers count.

Touches: the AWS::S3::Bucket delete handler, what its others apply (`_S3_BUCKET_CONFIGURATIONS`), and
`_bucket_default_sse_headers` of `ministack.services.s3`, of which it uses `_delete_bucket`, `_put_bucket_encryption` and
`_delete_bucket_encryption`.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from ..seam import need, replace
from .resource import call


def complete(handlers: dict) -> None:
    need(s3, "_delete_bucket", "_buckets", "_put_bucket_encryption", "_delete_bucket_encryption")
    replace(provisioners, "_S3_BUCKET_CONFIGURATIONS", lambda original: (
        *original, ("BucketEncryption", encryption_body, s3._put_bucket_encryption, s3._delete_bucket_encryption)))
    # Objects carry no mark of it: Spark's client copies an object under a key of KMS over HTTPS only, and there is none here.
    replace(s3, "_bucket_default_sse_headers", lambda original: lambda bucket: {})
    original = handlers["AWS::S3::Bucket"]["delete"]

    def delete(physical_id, props):
        if physical_id in s3._buckets:
            status, _, body = s3._delete_bucket(physical_id)
            if status == 409:
                raise ValueError("The bucket you tried to delete is not empty. You must delete all versions in the bucket. "
                                 "(Service: S3, Status Code: 409, Error Code: BucketNotEmpty)")
            call("DeleteBucket", (status, {}, body), absent=("NoSuchBucket",))
        original(physical_id, props)

    handlers["AWS::S3::Bucket"]["delete"] = delete


def encryption_body(encryption: dict) -> bytes:
    """A `BucketEncryption` as the body of PutBucketEncryption."""
    root = Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    for rule in encryption.get("ServerSideEncryptionConfiguration") or []:
        made, default = SubElement(root, "Rule"), rule.get("ServerSideEncryptionByDefault") or {}
        applied = SubElement(made, "ApplyServerSideEncryptionByDefault")
        for name in ("SSEAlgorithm", "KMSMasterKeyID"):
            if default.get(name):
                SubElement(applied, name).text = str(default[name])
        SubElement(made, "BucketKeyEnabled").text = str(rule.get("BucketKeyEnabled", False)).lower()
    return tostring(root, encoding="utf-8")
