"""A change set that changes only outputs is a change: stacks that refer to each other weakly publish nothing else.

Touches: `ministack.services.cloudformation.handlers._ACTION_HANDLERS["CreateChangeSet"]`, `_change_sets`, `_stacks`.
"""

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

from ..seam import need
from .resource import element


def install() -> None:
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
