"""A bucket with anything in it cannot be deleted with its stack, as on AWS: versions and delete markers count.

Touches: the AWS::S3::Bucket delete handler; uses `ministack.services.s3._delete_bucket`.
"""

from ministack.services import s3

from ..seam import need
from .resource import call


def complete(handlers: dict) -> None:
    need(s3, "_delete_bucket", "_buckets")
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
