"""The run document (contracts §4): what a run did, in numbers. Filled as the run goes, written whatever happens."""

from datetime import datetime, timezone

import pyspark

from . import __version__

COUNTS = ("read", "valid", "quarantined", "deduplicated", "written", "staged", "inserted", "updated", "unchanged", "loaded")


class RunDocument:
    """`value` is the JSON document. Counts that were not reached stay 0."""

    def __init__(self, args):
        self._uri = f"{args.gold}/_dlp/{args.job}/runs/{args.run_id}.json"
        self.value = {
            "version": 1, "job": args.job, "runId": args.run_id, "batchId": None, "status": "failed", "error": None,
            "source": {"uri": args.source_uri, "version": args.source_version, "files": 0, "bytes": 0},
            "engine": {"library": __version__, "spark": pyspark.__version__}, "glueRunId": args.glue_run_id,
            "startedAt": _now(), "endedAt": None, "rows": dict.fromkeys(COUNTS, 0), "rules": {}, "sums": {},
            "checksum": {"gold": "0", "mart": "0"}, "snapshotId": None, "quarantineUri": None, "steps": [],
        }

    @property
    def rows(self):
        return self.value["rows"]

    def __setitem__(self, key, value):
        self.value[key] = value

    def planned(self, batch):
        """Records what the run reads."""
        self.value["batchId"] = batch.id
        source = self.value["source"]
        source["files"], source["bytes"] = len(batch.files), sum(file.size for file in batch.files)
        if len(batch.files) == 1 and batch.files[0].uri == source["uri"]:
            source["version"] = batch.files[0].version

    def compare(self, gold, mart):
        """Records the figures (`as_figures`) of both sides."""
        self.value["sums"] = {name: {"gold": gold["sums"][name], "mart": mart["sums"][name]} for name in gold["sums"]}
        self.value["checksum"] = {"gold": gold["checksum"], "mart": mart["checksum"]}

    def skipped(self, manifest=None):
        """Nothing was written; the numbers are those of the run that committed the batch, if there was one."""
        self.value["status"] = "skipped"
        result = manifest["result"] if manifest else {}
        for key in ("rows", "rules", "sums", "checksum", "snapshotId", "quarantineUri"):
            self.value[key] = result.get(key, self.value[key])

    def failed(self, error):
        self.value["status"] = "failed"
        self.value["error"] = {"code": error.code, "message": error.message}

    def ok(self):
        self.value["status"] = "ok"

    def write(self, storage, timings):
        self.value["steps"], self.value["endedAt"] = timings, _now()
        storage.write_json(self._uri, self.value)


def _now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
