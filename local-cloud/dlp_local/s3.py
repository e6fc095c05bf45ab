"""S3 events carry the version of the object, as AWS's do: the ledger keys a run on it.

Touches: `ministack.services.s3._fire_s3_event` and `ministack.services.eventbridge._dispatch_event`. The first knows the
version but does not put it in the event that it hands to the second.
"""

import contextvars
import json

from ministack.services import eventbridge, s3

from .seam import replace

_version: contextvars.ContextVar[str | None] = contextvars.ContextVar("dlp_s3_version", default=None)


def install() -> None:
    replace(s3, "_fire_s3_event", _remember_version)
    replace(eventbridge, "_dispatch_event", _add_version)


def _remember_version(fire):
    def fire_s3_event(*args, version_id=None, **kwargs):
        token = _version.set(version_id)
        try:
            return fire(*args, version_id=version_id, **kwargs)
        finally:
            _version.reset(token)

    return fire_s3_event


def _add_version(dispatch):
    def dispatch_event(event, view=None):
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
            view = None
        return dispatch(event, view)

    return dispatch_event
