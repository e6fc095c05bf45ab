"""Which files make up a run, and whether they were loaded before. A batch is committed by its manifest, which is
written once and last: without one nothing counts as loaded, and doing it again leaves the same rows."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone

_READERS = 16


@dataclass(frozen=True)
class Batch:
    """`committed` is the manifest when this batch is loaded already; `superseded_by` the manifest of a newer version
    of the same file. Either way there is nothing to do."""

    id: str
    files: tuple
    committed: dict | None = None
    superseded_by: dict | None = None


class Manifests:
    """The manifests of one job below `<gold>/_dlp/<job>/batches/`."""

    def __init__(self, storage, gold, job):
        self._storage, self._root = storage, f"{gold}/_dlp/{job}/batches/"

    def all(self):
        """Every manifest of the job."""
        return self._read(self._storage.list_objects(self._root))

    def of_file(self, uri):
        """The manifests of batches that are one version of this object."""
        found = self._read(self._storage.list_objects(f"{self._root}{_digest([uri])[:8]}-"))
        return [manifest for manifest in found if [entry["uri"] for entry in manifest["files"]] == [uri]]

    def _read(self, listed):
        bucket = self._root.split("/")[2]
        uris = [f"s3://{bucket}/{item['Key']}" for item in listed]
        with ThreadPoolExecutor(_READERS) as pool:
            return [manifest for manifest in pool.map(self._storage.read_json, uris) if manifest]

    def get(self, batch_id):
        return self._storage.read_json(f"{self._root}{batch_id}.json")

    def commit(self, batch, document):
        """Writes the manifest; False when another run of the same batch was first."""
        return self._storage.write_json_once(f"{self._root}{batch.id}.json", {
            "version": 1, "job": document["job"], "batchId": batch.id, "runId": document["runId"],
            "committedAt": datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "files": [file.manifest_entry() for file in batch.files],
            # With the result in it, a later run of the same batch can answer even when the run document was lost.
            "result": document,
        })


def plan_batch(manifests, uri, found):
    """Batch of the files `found` at `uri`, or None when there is nothing new below a prefix."""
    if uri.endswith("/"):
        done = {(entry["uri"], entry["etag"]) for manifest in manifests.all() for entry in manifest["files"]}
        new = tuple(file for file in found if (file.uri, file.etag) not in done)
        return Batch(batch_id(uri, new), new) if new else None
    file = found[0]
    identity = batch_id(uri, found)
    committed = manifests.get(identity)
    newer = None
    if not committed:
        # Events may overtake each other; an older version after a newer one would put old values over new ones.
        later = [m for m in manifests.of_file(uri) if _is_later(m["files"][0], file)]
        newer = max(later, key=lambda manifest: manifest["files"][0]["modified"], default=None)
    return Batch(identity, tuple(found), committed, newer)


def _is_later(entry, file):
    # S3 tells the time of an object in whole seconds.
    same_second = entry["modified"] == file.modified and entry["version"] == file.newest != file.version
    return entry["modified"] > file.modified or same_second


def batch_id(uri, files):
    """The same for the same files in the same versions, whoever runs it: `<hash of the URI>-<hash of the files>`.
    The first part finds the other versions of one file by prefix."""
    return f"{_digest([uri])[:8]}-{_digest(sorted(f'{f.uri}|{f.version}|{f.etag}|{f.size}' for f in files))[:24]}"


def _digest(texts):
    return hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()
