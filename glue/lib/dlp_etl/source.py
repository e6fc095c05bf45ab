"""What a run reads: finds the files, pins their versions, and looks at each header before Spark starts.

Spark alone would map columns by position and pad short rows, so names are compared here and rows are checked later.
"""

import csv
import io
import zlib
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from .errors import JobError
from .storage import split_uri

_HEAD_BYTES = 256 * 1024
_BOM = "\ufeff"
# Spark reads these in a path as a pattern, and does not see files that start with an underscore or a dot.
_UNREADABLE = set("*?[]{}\\")


@dataclass(frozen=True)
class SourceFile:
    """One version of one object. `read_uri` is where Spark reads it: the object itself, or a copy of that version.

    `version` is None in a bucket without versions, `newest` the object's current one; `modified` is ISO 8601. `header` is
    its first line as it stands, `names` the columns in it.
    """

    uri: str
    version: str | None
    etag: str
    size: int
    modified: str
    read_uri: str
    newest: str | None = None
    header: str = ""
    names: tuple = ()

    @property
    def text_bytes(self):
        """About how much text it is; comma separated values shrink to a tenth or less."""
        return self.size * 10 if self.uri.endswith(".gz") else self.size

    def manifest_entry(self):
        return {"uri": self.uri, "version": self.version, "etag": self.etag, "bytes": self.size, "modified": self.modified}


def resolve_source(storage, uri, version):
    """The files of a run: the one object of `uri` (in `version`, or its current one), or every object below a
    `uri` that ends in a slash. Raises JobError SOURCE_MISSING."""
    bucket, key = split_uri(uri)
    if not uri.endswith("/"):
        return [_one_object(storage, uri, bucket, key, version)]
    try:
        listed = [item for item in storage.list_objects(uri) if not item["Key"].endswith("/")]
    except ClientError as error:
        raise JobError("SOURCE_MISSING", f"{uri} cannot be listed: {_reason(error)}") from error
    return [
        SourceFile(
            uri=f"s3://{bucket}/{item['Key']}", version=None, etag=item["ETag"].strip('"'), size=item["Size"],
            modified=item["LastModified"].isoformat(), read_uri=f"s3://{bucket}/{item['Key']}",
        )
        for item in sorted(listed, key=lambda item: item["Key"])
    ]


def _one_object(storage, uri, bucket, key, version):
    try:
        wanted = {"VersionId": version} if version else {}
        head = storage.client.head_object(Bucket=bucket, Key=key, **wanted)
    except ClientError as error:
        which = f"{uri} (version {version})" if version else uri
        raise JobError("SOURCE_MISSING", f"{which} cannot be read: {_reason(error)}") from error
    newest = _version_of(_head(storage, bucket, key)) if version else _version_of(head)
    return SourceFile(
        uri=uri, version=_version_of(head), etag=head["ETag"].strip('"'), size=head["ContentLength"],
        modified=head["LastModified"].isoformat(), read_uri=uri, newest=newest,
    )


def _version_of(answer):
    """The version id in an answer of S3; "null" is what an object has from before versions were kept."""
    found = (answer or {}).get("VersionId")
    return None if found == "null" else found


def _head(storage, bucket, key):
    """What lies at a key now, or None when nothing does (a deleted object may still have the version we want)."""
    try:
        return storage.client.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return None


def _reason(error):
    return f"{error.response['Error'].get('Code')} {error.response['Error'].get('Message', '')}".strip()


def pin(storage, file, tmp_uri, number):
    """The file with a `read_uri` that Spark can read and that holds this very version: an older version, or a key
    that Spark would not find, is copied below `tmp_uri`."""
    name = file.uri.rsplit("/", 1)[1]
    if is_current(storage, file) and name[0] not in "._" and not _UNREADABLE & set(file.uri):
        return file
    bucket, key = split_uri(file.uri)
    copy_uri = f"{tmp_uri}/source/{number:05d}{'.gz' if name.endswith('.gz') else ''}"
    to_bucket, to_key = split_uri(copy_uri)
    version = {"VersionId": file.version} if file.version else {}
    try:
        # Tags are not wanted, and reading them would need one more permission.
        storage.client.copy({"Bucket": bucket, "Key": key, **version}, to_bucket, to_key,
                            ExtraArgs={"TaggingDirective": "REPLACE", "CopySourceIfMatch": file.etag})
    except ClientError as error:
        raise JobError("SOURCE_MISSING", f"{file.uri} as it was found is gone: {_reason(error)}") from error
    return replace(file, read_uri=copy_uri)


def is_current(storage, file):
    """Whether what lies at the file's URI now is what was planned (always true of a copy)."""
    if file.read_uri != file.uri:
        return True
    head = _head(storage, *split_uri(file.uri))
    if head is None:
        return False
    return _version_of(head) == file.version if file.version else head["ETag"].strip('"') == file.etag


def read_header(storage, file, spec):
    """The file with its header, and with its version when only the listing was known. Raises JobError EMPTY_FILE,
    NOT_TEXT, HEADER_MISMATCH or SOURCE_MISSING."""
    if file.size == 0:
        raise JobError("EMPTY_FILE", f"{file.uri} is empty")
    bucket, key = split_uri(file.uri)
    version = {"VersionId": file.version} if file.version else {}
    try:
        answer = storage.client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD_BYTES - 1}",
                                           IfMatch=file.etag, **version)
        head = answer["Body"].read()
    except ClientError as error:
        raise JobError("SOURCE_MISSING", f"{file.uri} cannot be read: {_reason(error)}") from error
    whole = file.size <= _HEAD_BYTES
    if file.uri.endswith(".gz"):
        head = _gunzip(head, file.uri)
        whole = whole and len(head) < _HEAD_BYTES
    header = first_line(head, file.uri, whole)
    return replace(file, version=file.version or _version_of(answer), header=header,
                   names=tuple(header_names(header, file.uri, spec)))


def _gunzip(head, uri):
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
    except zlib.error as error:
        raise JobError("NOT_TEXT", f"{uri} ends in .gz but is not gzip: {error}") from error


def first_line(head, uri, whole):
    """The first line of `head` (bytes) that is not blank, without a byte order mark. `whole`: it is the whole file.
    Raises JobError EMPTY_FILE or NOT_TEXT."""
    if b"\0" in head:
        raise JobError("NOT_TEXT", f"{uri} is binary (a zero byte at {head.index(0)}), not UTF-8 text")
    text = head.decode("utf-8", errors="replace").lstrip(_BOM)
    lines = [line for line in io.StringIO(text, newline=None) if line.strip()]
    if not lines:
        if whole:
            raise JobError("EMPTY_FILE", f"{uri} holds only blank lines")
        raise JobError("NOT_TEXT", f"{uri} begins with {len(head)} bytes of blank lines")
    if not whole and len(lines) == 1 and not lines[0].endswith("\n"):
        raise JobError("NOT_TEXT", f"{uri} has no line end in its first {len(head)} bytes")
    # Single bad characters become bad rows later; a header or a beginning full of them is another kind of file.
    if "\ufffd" in lines[0] or text.count("\ufffd") * 100 > len(text):
        raise JobError("NOT_TEXT", f"{uri} is not UTF-8 text")
    return lines[0].rstrip("\n")


def header_names(header, uri, spec):
    """The column names in a header line, in the file's order. Raises JobError HEADER_MISMATCH naming what is
    missing, unexpected or twice there."""
    names = [name.strip() for name in next(csv.reader([header], delimiter=spec.delimiter, quotechar=spec.quote))]
    missing = [name for name in spec.names if name not in names]
    unexpected = [] if spec.ignore_extra_columns else [name for name in names if name not in spec.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [
        f"{what} {', '.join(name or '(no name)' for name in which)}"
        for what, which in (("missing", missing), ("unexpected", unexpected), ("twice", twice)) if which
    ]
    if problems:
        raise JobError("HEADER_MISMATCH", f"{uri}: header does not fit the job: {'; '.join(problems)}"[:900])
    return names
