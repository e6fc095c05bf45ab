"""A resource type in MiniStack's terms, made of calls to the service it belongs to.

The services' own functions do the work, so that what a stack made is what Describe and Get calls find.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

Created = tuple[str, dict[str, Any]]


def kind(create: Callable[[str, dict, str], Created], delete: Callable[[str, dict], None],
         update: Callable[[str, dict, dict], Created] | None = None) -> dict:
    """A handler. Without `update` a change replaces the resource: the new one is made first, as CloudFormation does."""

    def replace(physical_id, old, new, stack_name, logical_id=None):
        made = create(logical_id or physical_id, new, stack_name)
        if made[0] != physical_id:
            provisioners._delete_predecessor(delete, physical_id, old)
        return made

    def in_place(physical_id, old, new, stack_name, logical_id=None):
        return update(physical_id, old, new)

    return {"create": create, "delete": delete, "update": in_place if update else replace, "update_with_logical_id": True}


def named(create: Callable[[str, dict], Created], delete: Callable[[str, dict], None], name_property: str = "Name",
          limit: int = 255) -> dict:
    """A type whose physical id is its name: kept on a change by making it again, replaced when the name changes."""

    def name_of(logical_id, props, stack_name):
        return props.get(name_property) or provisioners._physical_name(stack_name, logical_id, max_len=limit)

    def update(physical_id, old, new, stack_name, logical_id=None):
        name = new.get(name_property) or (physical_id if not old.get(name_property) else name_of(logical_id, new, stack_name))
        if name == physical_id:
            delete(physical_id, old)
            return create(name, new)
        made = create(name, new)
        provisioners._delete_predecessor(delete, physical_id, old)
        return made

    return {"create": lambda logical_id, props, stack_name: create(name_of(logical_id, props, stack_name), props),
            "delete": delete, "update": update, "update_with_logical_id": True}


def call(action: str, answer: tuple, absent: tuple[str, ...] = ()) -> Any:
    """The answer of a service's function, read; a refusal fails the resource, unless it says what `absent` allows."""
    status, _, body = answer
    text = body.decode() if isinstance(body, bytes) else str(body or "")
    if status >= 400 and not any(code in text for code in absent):
        code = re.search(r"<Code>(.*?)</Code>", text)
        message = re.search(r"<Message>(.*?)</Message>", text, re.S)
        raise ValueError(f"{action}: {code.group(1)}: {message.group(1)}" if code and message else f"{action}: {text}")
    if text.lstrip().startswith("{"):
        return json.loads(text)
    return text


def element(text: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", text)
    if not found:
        raise ValueError(f"no <{name}> in the answer")
    return found.group(1)


def members(prefix: str, values: list) -> dict[str, list[str]]:
    """A list as the query protocol writes it."""
    return {f"{prefix}.{index}": [str(value)] for index, value in enumerate(values, 1)}
