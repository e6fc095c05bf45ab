"""A change set that changes only outputs is a change: stacks that refer to each other weakly publish nothing else.

And a template may be named by a virtual-host address of S3, not only by a path-style one.

Touches: `ministack.services.cloudformation.handlers._ACTION_HANDLERS["CreateChangeSet"]`, `_change_sets`, `_stacks`,
`helpers._resolve_document`.
"""

import re

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers

from ..seam import need, replace
from .resource import element


_VIRTUAL_HOST = re.compile(r"^https://([a-z0-9.-]+)\.s3[.-][a-z0-9.-]*amazonaws\.com/(.+)$")


def install() -> None:
    replace(helpers, "_resolve_document", _by_path)
    need(handlers, "_ACTION_HANDLERS")
    need(cloudformation, "_change_sets", "_stacks")
    # MiniStack and CloudFormation both read the action from this table.
    handlers._ACTION_HANDLERS["CreateChangeSet"] = _with_outputs(handlers._ACTION_HANDLERS["CreateChangeSet"])


def _with_outputs(create):
    def create_change_set(params):
        answer = create(params)
        if answer[0] < 400:
            body = answer[2].decode() if isinstance(answer[2], bytes) else answer[2]
            change_set = cloudformation._change_sets[element(body, "Id")]
            stack = cloudformation._stacks.get(change_set["StackName"])
            if _no_changes(change_set) and stack and _outputs(stack) != _outputs(change_set):
                change_set.update({"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""})
        return answer

    return create_change_set


def _no_changes(change_set: dict) -> bool:
    return change_set["Status"] == "FAILED" and change_set["StatusReason"].startswith("The submitted information didn't contain")


def _outputs(holder: dict) -> dict:
    return (holder.get("_template") or {}).get("Outputs") or {}


def _by_path(resolve):
    def resolve_document(params, body_key, url_key, label):
        virtual = _VIRTUAL_HOST.match(helpers._p(params, url_key) or "")
        if virtual:
            params = {**params, url_key: [f"https://s3.amazonaws.com/{virtual.group(1)}/{virtual.group(2)}"]}
        return resolve(params, body_key, url_key, label)

    return resolve_document
