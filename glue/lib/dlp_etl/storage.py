"""The few things a job asks of S3. One client; everything by s3:// URI."""

import json

import boto3
from botocore.exceptions import ClientError


def split_uri(uri):
    """("bucket", "key") of an s3://bucket/key URI. Raises ValueError for any other."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in ("s3", "s3a") or not bucket:
        raise ValueError(f"{uri!r} is not an s3:// URI")
    return bucket, key


class Storage:
    """S3 by URI. `client` is boto3's, for the calls that need more than this."""

    def __init__(self, client=None):
        self.client = client or boto3.client("s3")

    def read_text(self, uri):
        """The object as text, or the file when `uri` is a path (a developer's own job spec)."""
        if "://" not in uri:
            with open(uri, encoding="utf-8") as file:
                return file.read()
        bucket, key = split_uri(uri)
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8")

    def read_json(self, uri):
        """The parsed object, or None when there is none."""
        try:
            return json.loads(self.read_text(uri))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise

    def write_json(self, uri, value):
        bucket, key = split_uri(uri)
        self.client.put_object(Bucket=bucket, Key=key, Body=_encode(value), ContentType="application/json")

    def write_json_once(self, uri, value):
        """Writes only where nothing is. False when an object was there first; it is left as it is."""
        bucket, key = split_uri(uri)
        try:
            self.client.put_object(
                Bucket=bucket, Key=key, Body=_encode(value), ContentType="application/json", IfNoneMatch="*"
            )
            return True
        except ClientError as error:
            # 409: another conditional write of the same key is under way; it may still fail, so look.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 412) and self.read_json(uri) is not None:
                return False
            raise

    def list_objects(self, uri):
        """Yields {"Key", "Size", "ETag", "LastModified"} of every object whose key starts with that of `uri`."""
        bucket, prefix = split_uri(uri)
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", ())

    def delete_below(self, uri):
        """Deletes every object below `uri`, which must end in a slash so that it cannot match a neighbour."""
        if not uri.endswith("/"):
            raise ValueError(f"{uri!r} does not end in a slash")
        bucket, _ = split_uri(uri)
        keys = [{"Key": item["Key"]} for item in self.list_objects(uri)]
        for start in range(0, len(keys), 1000):
            self.client.delete_objects(Bucket=bucket, Delete={"Objects": keys[start : start + 1000], "Quiet": True})


def _encode(value):
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8")
