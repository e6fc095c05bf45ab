"""Stack operations that the end of the emulator interrupts: nobody goes on with them, so nobody must wait for them.

Touches: `ministack.services.cloudformation._stacks`.
"""

from ministack.services import cloudformation

# What each operation would have ended in, had CloudFormation lost it: from all of these a stack can be deleted.
_ENDS = {"CREATE_IN_PROGRESS": "ROLLBACK_FAILED", "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED", "DELETE_IN_PROGRESS": "DELETE_FAILED"}


def in_progress() -> bool:
    return any(_working(stack) for stack in cloudformation._stacks.all_values())


def end_interrupted() -> None:
    for stack in cloudformation._stacks.all_values():
        if _working(stack):
            stack["StackStatus"] = _ENDS.get(stack["StackStatus"], "UPDATE_ROLLBACK_FAILED")
            stack["StackStatusReason"] = "the local cloud ended during this operation"


def _working(stack: dict) -> bool:
    status = stack.get("StackStatus", "")
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
